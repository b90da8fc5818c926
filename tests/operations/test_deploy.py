"""What `deploy/` ships fits the program."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from django.conf import settings

from kechuang.cli.main import build_parser
from kechuang.operations.gauges import gauges
from kechuang.operations.postgres import django_database
from kechuang.web import settings as documented

DEPLOY = Path(__file__).parents[2] / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))


def text(name: str) -> str:
    return (DEPLOY / name).read_text(encoding="utf-8")


def variables() -> dict[str, str]:
    lines = (line for line in text("kechuang.env.example").splitlines() if line and line[0] != "#")
    return {name: value.strip("'") for name, _, value in (line.partition("=") for line in lines)}


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_every_unit_starts_a_command_that_the_program_takes(unit):
    command = re.search(r"^ExecStart=/opt/kechuang/\.venv/bin/kechuang (.*)$", unit.read_text(), re.MULTILINE)

    found = build_parser(chinese=False).parse_args(shlex.split(command[1].replace("%i", "8001")))

    assert found.module.startswith("kechuang.cli.")


def test_every_variable_of_the_example_is_documented():
    assert all(re.search(rf"^{name} ", documented.__doc__, re.MULTILINE) for name in variables())


def test_the_address_of_the_example_names_both_servers_and_wants_the_one_that_takes_writes():
    found = django_database(variables()["DATABASE_URL"])

    assert (found["HOST"], found["PORT"]) == ("db1.internal,db2.internal", "5432,5432")
    assert found["OPTIONS"]["target_session_attrs"] == "read-write"
    assert found["OPTIONS"]["connect_timeout"] == "3"


def test_nginx_takes_what_the_site_takes_and_serves_where_it_collects():
    megabytes = re.search(r"client_max_body_size (\d+)m", text("nginx/kechuang.conf"))[1]

    assert int(megabytes) * 1024**2 == settings.UPLOAD_LIMIT
    assert f"alias {variables()['KECHUANG_DATA']}/static/;" in text("nginx/kechuang.conf")


def test_alerts_watch_figures_that_there_are():
    ours = {f"kechuang_{one.name}" for one in gauges()} | {"kechuang_database_up"}

    assert set(re.findall(r"\bkechuang_\w+", text("prometheus/alerts.yml"))) <= ours


def test_no_secret_is_shipped():
    assert {name for name, value in variables().items() if "CHANGE-ME" in value} == {
        "DATABASE_URL",
        "SECRET_KEY",
        "METRICS_TOKEN",
    }
