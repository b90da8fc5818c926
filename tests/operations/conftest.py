"""A server with the tables of the site, from which each test gets a database of its own in a moment."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from kechuang.operations.postgres import Postgres

NUMBERS = itertools.count()


def run_command(url: str, *command: str) -> None:
    """Run one of Django's commands on the database at `url`."""
    environment = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "kechuang.web.settings"}
    subprocess.run(
        [sys.executable, "-m", "kechuang.web", *command, "--verbosity", "0"], env=environment, check=True
    )


@pytest.fixture(name="manage")
def command_of_django() -> Callable[..., None]:
    """A function that runs one of Django's commands on a database."""
    return run_command


@pytest.fixture(scope="session")
def migrated() -> Iterator[Postgres]:
    """Our own server with all tables in its database `kechuang`."""
    folder = Path(tempfile.mkdtemp(prefix="kechuang-"))
    folder.chmod(0o711)
    server = Postgres(folder)
    server.start()
    run_command(server.url, "migrate")
    yield server
    server.stop()
    shutil.rmtree(folder)


@pytest.fixture
def new_database(migrated) -> Callable[..., str]:
    """A function that makes a database and returns its address: with all tables, or `empty`."""

    def make(*, empty: bool = False) -> str:
        name = f"copy_{next(NUMBERS)}"
        with psycopg.connect(migrated.url, dbname="postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {'template0' if empty else 'kechuang'}")
        return migrated.url.replace("/kechuang?", f"/{name}?")

    return make
