"""Story 8: an operator backs the running site up and restores it elsewhere; one changed byte is named."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import psycopg
import pytest

from kechuang.operations.postgres import Postgres
from stories.acting import become, kechuang, says, visit

pytestmark = pytest.mark.story

CASE = "2026-9-02-00001"


@pytest.fixture(scope="module")
def copy(demo_site):
    """The site as it came back from a backup of the running one, in another data folder."""
    folder = Path(tempfile.mkdtemp(prefix="kechuang-"))
    folder.chmod(0o711)
    archive = folder.with_suffix(".tar")
    kept = kechuang(demo_site.data, "backup", str(archive))
    assert kept.returncode == 0, kept.stderr
    restored = kechuang(folder, "restore", str(archive))
    assert restored.returncode == 0, restored.stderr
    archive.unlink()
    yield folder
    shutil.rmtree(folder)


def test_the_copy_is_whole(copy):
    found = kechuang(copy, "verify")

    assert found.returncode == 0, found.stdout + found.stderr


def test_meanwhile_the_site_works(page):
    become(page, "keji-jingban")
    visit(page, f"/cases/{CASE}/")

    says(page, "已办结")


def test_one_changed_byte_is_found_and_named(copy):
    change = (
        "UPDATE treasury_entry SET amount_fen = amount_fen + 1 WHERE act = 'pay' AND amount_fen = 11250000"
    )
    server = Postgres(copy)
    server.start()
    try:
        with psycopg.connect(server.url) as connection:
            connection.execute("SET session_replication_role = replica")  # past the triggers that refuse it
            assert connection.execute(change).rowcount == 1
    finally:
        server.stop()

    found = kechuang(copy, "verify")

    assert found.returncode == 1
    assert "paid_fen" in found.stdout
    assert "award:" in found.stdout
