"""A server with the tables of the site, from which each test gets a database of its own in a moment.

Tests that want it are marked django_db: the tables come from those that Django makes for its tests.
"""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from django.core.management import call_command
from django.db import connections
from psycopg.conninfo import make_conninfo

from kechuang.operations import dumps
from kechuang.operations.postgres import Postgres, database_url, django_database

NUMBERS = itertools.count()


@pytest.fixture(scope="session")
def manage(django_db_blocker) -> Callable[..., None]:
    """A function that runs one of Django's commands on the database at an address."""

    def run(url: str, *command: str) -> None:
        connections.settings["other"] = {**connections.settings["default"], **django_database(url)}
        with django_db_blocker.unblock():
            call_command(*command, database="other", verbosity=0)
            connections["other"].close()
        del connections["other"], connections.settings["other"]

    return run


@pytest.fixture(scope="session")
def migrated(django_db_setup, django_db_blocker) -> Iterator[Postgres]:
    """Our own server with all tables in its database `kechuang`, copied from those of the tests."""
    folder = Path(tempfile.mkdtemp(prefix="kechuang-"))
    folder.chmod(0o711)
    server = Postgres(folder)
    server.start()
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")  # its data need not outlive the tests
        connection.execute("SELECT pg_reload_conf()")
    tables = make_conninfo(database_url(), dbname=connections["default"].settings_dict["NAME"])
    program, _ = dumps.programs(dumps.contents(tables).server)
    dumps.dump(tables, folder / "tables.dump", program)
    dumps.load(server.url, folder / "tables.dump", program, dumps.contents(server.url))
    yield server
    os.kill(int((server.cluster / "postmaster.pid").read_text().splitlines()[0]), signal.SIGQUIT)
    server.stop()
    shutil.rmtree(folder)


@pytest.fixture
def new_database(migrated) -> Callable[..., str]:
    """A function that makes a database and returns its address: with all tables, or `empty`."""

    def make(*, empty: bool = False) -> str:
        name = f"copy_{next(NUMBERS)}"
        with psycopg.connect(migrated.url, dbname="postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {'template0' if empty else 'kechuang'}")
        address = migrated.url.replace("/kechuang?", f"/{name}?")
        if not empty:  # other tests may have left jobs in the original, which grow old
            with psycopg.connect(address, autocommit=True) as connection:
                connection.execute("TRUNCATE procrastinate_jobs CASCADE")
        return address

    return make
