"""Backup and restore, with real servers and real files."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
import tarfile
import threading
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from kechuang.cli.main import main
from kechuang.operations import archive
from kechuang.operations.backup import back_up, restore
from kechuang.operations.errors import OperationError
from kechuang.operations.postgres import Postgres, servers
from kechuang.operations.turns import keeping

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
KEY, WORKBOOK = "data/secret_key", "data/uploads/r1/企业 名单.xlsx"


def anything(_: archive.Manifest) -> None:
    """Accept every manifest."""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def query(url: str, text: str) -> list[tuple]:
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute(text)
        return found.fetchall() if found.description else []


def content(path: Path) -> dict[str, bytes]:
    return {str(file.relative_to(path)): file.read_bytes() for file in path.rglob("*") if file.is_file()}


def tables(url: str) -> list[tuple]:
    return query(
        url, "SELECT tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    )


@pytest.fixture
def filled(data_folder) -> Path:
    """A data folder with a workbook and a key, and with what a backup leaves out."""
    for name, text in {
        "secret_key": "geheim",
        "uploads/r1/企业 名单.xlsx": "workbook" * 1000,
        "evidence/ab/abcd": "evidence",
        "static/kechuang.css": "made anew",
        "run.log": "not ours",
    }.items():
        (data_folder / name).parent.mkdir(parents=True, exist_ok=True)
        (data_folder / name).write_text(text)
    return data_folder


@pytest.fixture
def site_at(monkeypatch):
    """A function that names the database of the site, as an operator does."""
    return lambda url: monkeypatch.setenv("DATABASE_URL", url)


@pytest.fixture
def made(filled, new_database, site_at, tmp_path) -> Path:
    """A backup of the filled folder and of a database with one row of ours."""
    url = new_database()
    query(url, "INSERT INTO django_content_type (app_label, model) VALUES ('威海', '企业')")
    site_at(url)
    return back_up(tmp_path / "backup.tar", filled, NOW)[0]


def test_what_was_backed_up_comes_back_elsewhere(made, filled, new_database, site_at, tmp_path):
    other, elsewhere = new_database(empty=True), tmp_path / "elsewhere"
    site_at(other)

    found = restore(made, elsewhere, anything, replace=False)

    assert query(other, "SELECT model FROM django_content_type WHERE app_label = '威海'") == [("企业",)]
    assert found.tables == len(tables(other)) > 10
    kept = content(filled)
    del kept["static/kechuang.css"], kept["run.log"]
    restored = content(elsewhere)
    del restored["run.lock"]
    assert restored == kept
    assert mode(elsewhere / "uploads") == mode(elsewhere / "uploads/r1") == 0o700
    assert mode(elsewhere / "secret_key") == mode(elsewhere / "uploads/r1/企业 名单.xlsx") == 0o600


def test_a_backup_is_closed_to_others_and_says_what_it_holds(made):
    manifest = archive.checked(made)

    assert mode(made) == 0o600
    assert [member.name for member in manifest.members] == [
        "database.dump",
        KEY,
        "data/evidence/ab/abcd",
        WORKBOOK,
    ]
    assert (manifest.made_at, manifest.format) == ("2026-11-25T12:00:00+00:00", 1)
    assert manifest.migrations["contenttypes"] == "0002_remove_content_type_name"
    assert [path.name for path in made.parent.iterdir()] == ["backup.tar"]


def test_in_a_folder_a_backup_is_named_by_its_time(filled, new_database, site_at, tmp_path):
    site_at(new_database())

    path, _ = back_up(tmp_path, filled, NOW)

    assert path == tmp_path / "kechuang-20261125T120000Z.tar"
    with pytest.raises(OperationError, match="already there"):
        back_up(tmp_path, filled, NOW)


def test_a_backup_shows_one_moment_while_others_write(filled, new_database, site_at, tmp_path):
    url, other, done = new_database(), new_database(empty=True), threading.Event()
    query(url, "CREATE TABLE purse AS SELECT n, 1000 AS fen FROM generate_series(1, 2) n")

    def move() -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            while not done.is_set():
                connection.execute("UPDATE purse SET fen = fen + CASE n WHEN 1 THEN -1 ELSE 1 END")

    writer = threading.Thread(target=move)
    writer.start()
    try:
        site_at(url)
        path, _ = back_up(tmp_path, filled, NOW)
    finally:
        done.set()
        writer.join()
    site_at(other)
    restore(path, tmp_path / "elsewhere", anything, replace=False)

    assert query(other, "SELECT sum(fen) FROM purse") == [(2000,)]


@pytest.mark.parametrize("name", ["database.dump", KEY, WORKBOOK, "manifest"])
def test_one_changed_byte_is_found_and_its_member_named(made, filled, name):
    with tarfile.open(made) as tar:
        member = next(one for one in tar if one.name.startswith(name))
    data = bytearray(made.read_bytes())
    data[member.offset_data + member.size // 2] ^= 1
    made.write_bytes(data)
    before = content(filled)

    with pytest.raises(OperationError) as refused:
        restore(made, filled, anything, replace=True)

    assert name in str(refused.value)
    assert "Nothing was restored" in str(refused.value)
    assert content(filled) == before


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_backup_cut_short_is_refused(made, share):
    data = made.read_bytes()
    made.write_bytes(data[: int(len(data.rstrip(b"\0")) * share)])

    with pytest.raises(OperationError, match=r"is not a whole backup|is no backup"):
        archive.checked(made)


def test_another_file_is_no_backup(tmp_path):
    (tmp_path / "letter.tar").write_text("科创" * 1000)

    with pytest.raises(OperationError, match="is no backup written by kechuang backup"):
        archive.checked(tmp_path / "letter.tar")


def test_names_that_lead_out_of_the_data_folder_are_refused(tmp_path):
    (tmp_path / "x").write_text("x")
    with archive.writing(tmp_path / "evil.tar") as writer:
        for name in ("database.dump", "data/../../x"):
            writer.add(name, tmp_path / "x")
        writer.finish("", "", {}, {})

    with pytest.raises(OperationError, match="refused"):
        archive.checked(tmp_path / "evil.tar")


def test_data_that_is_there_is_not_overwritten_unasked(made, filled):
    before = content(filled)

    with pytest.raises(OperationError, match=r"There is data already: \d+ tables, 2 files .*--replace"):
        restore(made, filled, anything, replace=False)

    assert {**content(filled), "run.lock": b""} == {**before, "run.lock": b""}


def test_replacing_leaves_nothing_of_what_was_there(made, filled, new_database, site_at):
    other = new_database()
    query(other, "CREATE TABLE leftover (); CREATE SCHEMA more; CREATE TABLE more.leftover ()")
    (filled / "uploads/late.bin").write_text("late")
    site_at(other)

    restore(made, filled, anything, replace=True)

    assert "leftover" not in {name for (name,) in tables(other)}
    assert query(other, "SELECT model FROM django_content_type WHERE app_label = '威海'") == [("企业",)]
    assert not (filled / "uploads/late.bin").exists()
    assert [path.name for path in filled.iterdir() if path.name.startswith(".")] == []


def test_when_the_dump_cannot_be_loaded_database_and_files_stay_as_they_were(
    filled, new_database, site_at, tmp_path
):
    url = new_database()
    query(url, "CREATE TABLE ours AS SELECT 1 AS fen")
    site_at(url)
    (tmp_path / "x").write_text("no dump")
    with archive.writing(tmp_path / "whole.tar") as writer:
        writer.add("database.dump", tmp_path / "x")
        writer.add("data/uploads/other", tmp_path / "x")
        writer.finish("", "", {"server": 15, "pg_dump": 15}, {})
    before = content(filled)

    with pytest.raises(OperationError, match="the database is as it was"):
        restore(tmp_path / "whole.tar", filled, anything, replace=True)

    assert query(url, "SELECT fen FROM ours") == [(1,)]
    after = content(filled)
    del after["run.lock"]
    assert after == before


def test_a_restore_beside_other_connections_is_refused(made, filled, new_database, site_at):
    url = new_database(empty=True)
    site_at(url)

    with psycopg.connect(url), pytest.raises(OperationError, match="1 other connections use this database"):
        restore(made, filled, anything, replace=True)


def test_a_restore_under_a_running_site_is_refused(made, filled):
    with keeping(filled), pytest.raises(OperationError, match="already runs"):
        restore(made, filled, anything, replace=True)


def test_a_failing_backup_leaves_nothing(filled, new_database, site_at, tmp_path):
    site_at(new_database(empty=True))

    with pytest.raises(OperationError, match="nothing to back up"):
        back_up(tmp_path / "backup.tar", filled, NOW)

    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_backup_left_is_swept_away_by_the_next(filled, new_database, site_at, tmp_path):
    text = (
        "import os, pathlib, signal; from kechuang.operations import archive\n"
        f"with archive.writing(pathlib.Path({str(tmp_path / 'killed.tar')!r})): os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", text], check=False)
    left = [path.name for path in tmp_path.iterdir()]
    site_at(new_database())

    back_up(tmp_path / "backup.tar", filled, NOW)

    assert len(left) == 1
    assert left[0].startswith(".killed.tar")
    assert [path.name for path in tmp_path.iterdir()] == ["backup.tar"]


def test_a_file_that_is_being_written_is_not_swept_away(tmp_path):
    with archive.writing(tmp_path / "one.tar") as first, archive.writing(tmp_path / "two.tar") as second:
        for writer in (first, second):
            writer.finish("", "", {}, {})

    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.tar", "two.tar"]


def test_a_folder_without_a_database_is_not_backed_up_as_an_empty_one(
    data_folder, monkeypatch, tmp_path, capsys
):
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.setenv("KECHUANG_DATA", str(data_folder))

    left = main(["backup", str(tmp_path / "backup.tar"), "--language", "en"])

    assert left == 2
    assert "There is no database in" in capsys.readouterr().err
    assert list(data_folder.iterdir()) == list(tmp_path.iterdir()) == []


def test_a_backup_of_earlier_tables_is_restored_and_brought_up_to_date(
    new_database, site_at, filled, tmp_path, manage
):
    old, new = new_database(), new_database(empty=True)
    manage(old, "migrate", "contenttypes", "0001")
    query(old, "INSERT INTO django_content_type (name, app_label, model) VALUES ('旧', 'old', 'thing')")
    site_at(old)
    path, manifest = back_up(tmp_path, filled, NOW)
    site_at(new)

    restore(path, tmp_path / "elsewhere", anything, replace=False)
    before = query(new, "SELECT name FROM django_content_type WHERE app_label = 'old'")
    manage(new, "migrate")

    assert manifest.migrations["contenttypes"] == "0001_initial"
    assert before == [("旧",)]
    assert query(new, "SELECT model FROM django_content_type WHERE app_label = 'old'") == [("thing",)]
    assert ("0002_remove_content_type_name",) in query(new, "SELECT name FROM django_migrations")


def test_a_dump_of_the_wheels_server_is_loaded_by_the_systems_older_one(
    data_folder, new_database, site_at, tmp_path
):
    newer, older = Postgres(data_folder, list(servers())[-1]), new_database(empty=True)
    newer.start()
    query(newer.url, "CREATE TABLE django_migrations AS SELECT 1 AS id, 'a' AS app, 'b' AS name")
    site_at(newer.url)
    path, _ = back_up(tmp_path, data_folder, NOW)
    newer.stop()
    site_at(older)

    restore(path, data_folder / "other", anything, replace=False)

    assert query(older, "SELECT app, name FROM django_migrations") == [("a", "b")]


def test_the_command_backs_up_and_checks_and_tells_of_the_key(
    filled, new_database, site_at, monkeypatch, tmp_path, capsys
):
    site_at(new_database())
    monkeypatch.setenv("KECHUANG_DATA", str(filled))
    path = str(tmp_path / "b.tar")

    written, whole = (
        main(["backup", path, "--language", "zh"]),
        main(["restore", path, "--check", "--language", "en"]),
    )

    said = capsys.readouterr().out
    assert (written, whole) == (0, 0)
    assert "3 个文件" in said
    assert "secret_key" in said
    assert "4 members" in said


def test_the_command_refuses_what_a_newer_version_wrote(
    made, filled, new_database, site_at, monkeypatch, capsys
):
    with tarfile.open(made) as tar:
        text = json.load(tar.extractfile(tar.getmembers()[-1]))
    later = made.with_name("later.tar")
    with archive.writing(later) as writer:
        writer.add("database.dump", made)
        writer.finish("", "9.0", text["postgresql"], {**text["migrations"], "entitlements": "9999_later"})
    site_at(new_database(empty=True))
    monkeypatch.setenv("KECHUANG_DATA", str(filled))

    left = main(["restore", str(later), "--language", "en"])

    assert left == 2
    assert "The newer version 9.0 wrote this backup (entitlements.9999_later)" in capsys.readouterr().err
