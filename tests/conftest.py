"""What all tests share: their own data folder, and a PostgreSQL that starts with the first test that asks."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from kechuang.operations.postgres import Postgres, url_of

# Not pytest's tmp_path: the account that runs PostgreSQL for root may not enter it.
DATA = Path(tempfile.mkdtemp(prefix="kechuang-"))
DATA.chmod(0o711)
OPERATOR = os.environ.get("DATABASE_URL")
os.environ["KECHUANG_DATA"] = str(DATA)
os.environ["DATABASE_URL"] = OPERATOR or url_of(DATA)
os.environ["DJANGO_SETTINGS_MODULE"] = "kechuang.web.settings"


def pytest_unconfigure() -> None:
    shutil.rmtree(DATA, ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> Iterator[None]:
    """Starts our own server once per test process, unless the operator names one."""
    if OPERATOR:
        yield
        return
    server = Postgres(DATA)
    server.start()
    yield
    server.stop()


@pytest.fixture
def data_folder() -> Iterator[Path]:
    """A fresh data folder that the service account may pass through."""
    folder = Path(tempfile.mkdtemp(prefix="kechuang-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)
