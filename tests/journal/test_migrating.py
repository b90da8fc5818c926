"""Tables are the same, to the letter, whether Django renders all models between two steps or only those that change."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from kechuang.operations.postgres import Postgres, clients

OWN, DJANGOS = "from kechuang.web.management.commands.migrate", "from django.core.management.commands.migrate"
SCRIPT = """
import django
from django.core.management import call_command
django.setup()
{} import Command
call_command(Command(), interactive=False, verbosity=0)
"""


@pytest.fixture
def server(data_folder):
    server = Postgres(data_folder)
    server.start()
    yield server
    server.stop()


def dumped(server: Postgres, command: str, data_folder) -> str:
    """The statements that make the tables which a command makes in an empty database."""
    psql = next(clients()) / "psql"
    for statement in ("DROP DATABASE kechuang WITH (FORCE)", "CREATE DATABASE kechuang"):
        subprocess.run([psql, server.url.replace("/kechuang?", "/postgres?"), "-qc", statement], check=True)
    environment = {
        **os.environ,
        "KECHUANG_DATA": str(data_folder),
        "DATABASE_URL": server.url,
        "DJANGO_SETTINGS_MODULE": "kechuang.web.settings",
    }
    subprocess.run([sys.executable, "-c", SCRIPT.format(command)], env=environment, check=True)
    told = subprocess.run(
        [next(clients()) / "pg_dump", "--schema-only", server.url], capture_output=True, text=True, check=True
    ).stdout
    return re.sub(r"\\(un)?restrict \w+", "", told)  # a new word each time


@pytest.mark.long
def test_the_tables_are_those_that_django_alone_would_make(server, data_folder):
    own = dumped(server, OWN, data_folder)
    djangos = dumped(server, DJANGOS, data_folder)

    assert own.count("CREATE TABLE") > 100
    assert own == djangos
