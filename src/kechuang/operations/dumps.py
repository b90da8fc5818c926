"""pg_dump, pg_restore and psql of a version that fits the server."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from kechuang.operations.errors import OperationError
from kechuang.operations.postgres import clients, major_version
from kechuang.operations.turns import unreachable

_SECONDS_FOR_LOCKS: Final = 10
_HAS_TRANSACTION_TIMEOUT: Final = 17
_COPY: Final = 1024 * 1024
_OWN_SCHEMAS: Final = """
    SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' ORDER BY nspname
"""
_TABLES: Final = """
    SELECT count(*) FROM pg_class table_ JOIN pg_namespace schema_ ON schema_.oid = table_.relnamespace
    WHERE table_.relkind IN ('r', 'p') AND nspname !~ '^pg_' AND nspname <> 'information_schema'
"""
_OTHERS: Final = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
_LAST_MIGRATIONS: Final = "SELECT DISTINCT ON (app) app, name FROM django_migrations ORDER BY app, id DESC"


@dataclass(frozen=True)
class Contents:
    """What a database holds. `server`: its major version; `migrations`: the last of each app; `others`: connections."""

    server: int
    tables: int
    others: int
    schemas: tuple[str, ...]
    migrations: dict[str, str]


def contents(url: str) -> Contents:
    """Look into the database at `url`. Raises OperationError when it cannot be reached."""
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            tables = connection.execute(_TABLES).fetchone() or (0,)
            others = connection.execute(_OTHERS).fetchone() or (0,)
            schemas = tuple(name for (name,) in connection.execute(_OWN_SCHEMAS))
            known = connection.execute("SELECT to_regclass('django_migrations') IS NOT NULL").fetchone() == (
                True,
            )
            migrations: dict[str, str] = (
                dict(connection.execute(_LAST_MIGRATIONS).fetchall()) if known else {}
            )
            return Contents(
                connection.info.server_version // 10000, tables[0], others[0], schemas, migrations
            )
    except psycopg.OperationalError as error:
        raise unreachable(error) from error


def programs(least: int) -> tuple[Path, int]:
    """A folder with pg_dump, pg_restore and psql of PostgreSQL `least`, else of the next newer, and its version.

    A newer program reads older servers and dumps, not the other way round. Raises OperationError, which says what to
    install.
    """
    found = sorted((int(major_version(place, "pg_dump")), place) for place in clients())
    for version, place in found:
        if version >= least:
            return place, version
    there = ", ".join(f"PostgreSQL {version}" for version, _ in found) or "—"
    raise OperationError(
        f"备份和恢复需要 PostgreSQL {least} 或更新版本的 pg_dump、pg_restore 和 psql；现有：{there}。"
        f"请安装（Debian：apt-get install postgresql-client-{least}）",
        f"Backup and restore need pg_dump, pg_restore and psql of PostgreSQL {least} or newer; found: {there}. "
        f"Install them (Debian: apt-get install postgresql-client-{least})",
    )


def dump(url: str, to: Path, program: Path) -> None:
    """Write a copy of the database as it is at one moment, while others go on writing. Raises OperationError."""
    command: list[str | Path] = [
        program / "pg_dump",
        "--format=custom",
        "--no-owner",
        "--no-privileges",
        "--no-password",
    ]
    address, environment = _address(url)
    done = subprocess.run(
        [*command, "--file", to, "--dbname", address],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise OperationError(f"pg_dump 失败：{done.stderr.strip()}", f"pg_dump failed: {done.stderr.strip()}")


def load(url: str, dumped: Path, program: Path, into: Contents) -> None:
    """Put what was dumped in place of all that the database holds, in one transaction: all of it or nothing.

    Raises OperationError; the database is then as it was.
    """
    address, environment = _address(url)
    psql = subprocess.Popen(
        [
            *(program / "psql", "--no-psqlrc", "--quiet", "--no-password", "--set", "ON_ERROR_STOP=1"),
            *("--dbname", address, "--file", "-"),
        ],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    script = subprocess.Popen(
        [program / "pg_restore", "--no-owner", "--no-privileges", "--file", "-", dumped],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert psql.stdin  # noqa: S101 - asked for above
    assert script.stdout  # noqa: S101 - asked for above
    try:
        psql.stdin.write(
            f"BEGIN;\nSET lock_timeout = '{_SECONDS_FOR_LOCKS}s';\n{_emptying(into.schemas)}".encode()
        )
        _copy(script.stdout, psql.stdin, into.server)
        read = script.communicate()[1]
        if script.returncode == 0:  # else it ends without COMMIT, and nothing has happened
            psql.stdin.write(b"\nCOMMIT;\n")
        psql.stdin.flush()
    except BrokenPipeError:
        script.kill()
        read = script.communicate()[1]
    said = psql.communicate()[1] or read
    if psql.returncode or script.returncode:
        text = said.decode("utf-8", "replace").strip()
        raise OperationError(
            f"恢复失败，数据库未变：{text}", f"Restoring failed, the database is as it was: {text}"
        )


def _copy(source: IO[bytes], to: IO[bytes], server: int) -> None:
    """Pass the script on, without the one setting in its head that older servers do not know."""
    head = source.read(_COPY)
    if server < _HAS_TRANSACTION_TIMEOUT:
        head = head.replace(b"\nSET transaction_timeout = 0;", b"", 1)
    to.write(head)
    while chunk := source.read(_COPY):
        to.write(chunk)


def _emptying(schemas: Iterable[str]) -> str:
    """SQL that leaves the database as it was made."""
    named = [psycopg.sql.Identifier(name).as_string(None) for name in schemas]
    drop = "".join(f"DROP SCHEMA {name} CASCADE;\n" for name in named)
    return f"SET client_min_messages = warning;\n{drop}CREATE SCHEMA public;\nGRANT USAGE ON SCHEMA public TO PUBLIC;\n"


def _address(url: str) -> tuple[str, dict[str, str]]:
    """The address as an argument, and the environment with its password: arguments can be seen by everybody."""
    parts = conninfo_to_dict(url)
    password = parts.pop("password", None)
    secret = {"PGPASSWORD": str(password)} if password else {}
    return make_conninfo("", **parts), {**os.environ, **secret}
