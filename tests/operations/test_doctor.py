"""The check-up, one finding after another."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from django.db import connections

from kechuang.cli.main import main
from kechuang.operations.checks_database import check_database
from kechuang.operations.checks_folder import check_disk, check_folder
from kechuang.operations.findings import Finding
from kechuang.reference.series import lpr_quotes
from kechuang.reference.workdays import brought_years
from kechuang.web import doctor

pytestmark = pytest.mark.django_db


def now() -> datetime:
    return datetime.now(UTC)


def states(findings: Iterable[Finding]) -> dict[str, str]:
    return {one.check: one.state for one in findings}


def said(findings: Iterable[Finding], check: str) -> str:
    return " ".join(one.words.en for one in findings if one.check == check)


def outside() -> dict[str, str]:
    """What a process of its own inherits: not what lets a browser's loop run in the thread of a test."""
    return {name: value for name, value in os.environ.items() if name != "DJANGO_ALLOW_ASYNC_UNSAFE"}


def execute(url: str, text: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(text)


def test_a_closed_data_folder_is_well(data_folder):
    (data_folder / "uploads").mkdir(mode=0o700)

    assert states(check_folder(data_folder)) == {"folder": "ok"}


@pytest.mark.parametrize("name", ["uploads", "secret_key"])
def test_what_others_could_read_is_a_fault_with_the_command_that_mends_it(data_folder, name):
    (data_folder / name).mkdir()
    (data_folder / name).chmod(0o755)

    found = list(check_folder(data_folder))

    assert states(found) == {"folder": "fault"}
    assert said(found, "folder").endswith(f"run chmod go= {data_folder / name}")


def test_the_rest_of_an_interrupted_restore_is_noticed(data_folder):
    (data_folder / ".replaced-x").mkdir()

    assert "a restore was interrupted" in said(check_folder(data_folder), "folder")


def test_a_folder_that_is_not_there_yet_is_no_fault(data_folder):
    assert states(check_folder(data_folder / "none")) == {"folder": "notice"}


def test_the_disk_is_measured_where_the_data_will_lie(data_folder):
    assert str(data_folder) in check_disk(data_folder / "none" / "none").words.en


def test_a_server_of_ours_is_well(new_database):
    url = new_database()
    execute(url, "INSERT INTO procrastinate_workers DEFAULT VALUES")

    assert states(check_database(url, now)) == dict.fromkeys(
        ("database", "encoding", "checksums", "connections", "clock", "standby", "worker", "jobs"), "ok"
    )


def test_a_server_that_does_not_answer_is_one_fault():
    found = list(check_database("postgresql://127.0.0.1:1/x?connect_timeout=2", now))

    assert states(found) == {"database": "fault"}


@pytest.mark.parametrize(("seconds", "state"), [(0, "ok"), (10, "notice"), (3600, "fault")])
def test_clocks_that_differ_are_told(new_database, seconds, state):
    found = check_database(new_database(), lambda: now() + timedelta(seconds=seconds))

    assert states(found)["clock"] == state


@pytest.mark.parametrize(("running", "state"), [(True, "fault"), (False, "notice")])
def test_a_missing_worker_is_a_fault_while_the_site_runs(new_database, running, state):
    assert states(check_database(new_database(), now, running=running))["worker"] == state


def test_a_worker_that_fell_silent_is_missing(new_database):
    url = new_database()
    execute(url, "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '5 minutes')")

    assert states(check_database(url, now))["worker"] == "fault"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("UPDATE procrastinate_jobs SET status = 'failed'", "1 failed"),
        ("UPDATE procrastinate_events SET at = now() - interval '3 hours'", "the oldest waits 180 minutes"),
    ],
)
def test_jobs_that_failed_or_wait_long_are_noticed(new_database, change, words):
    url = new_database()
    execute(url, "INSERT INTO procrastinate_jobs (queue_name, task_name) VALUES ('default', 'any')")
    execute(url, change)

    found = list(check_database(url, now))

    assert states(found)["jobs"] == "notice"
    assert words in said(found, "jobs")


def test_a_job_for_later_is_not_late(new_database):
    url = new_database()
    execute(
        url,
        "INSERT INTO procrastinate_jobs (queue_name, task_name, scheduled_at) "
        "VALUES ('default', 'any', now() + interval '1 day')",
    )

    assert states(check_database(url, now))["jobs"] == "ok"


def test_a_slot_that_no_standby_uses_is_a_fault(new_database):
    url = new_database()
    execute(url, "SELECT pg_create_physical_replication_slot('standby_1', true)")
    try:
        found = list(check_database(url, now))
    finally:
        execute(url, "SELECT pg_drop_replication_slot('standby_1')")

    assert states(found)["standby"] == "fault"
    assert "standby_1" in said(found, "standby")


def test_commits_that_wait_for_a_missing_standby_are_a_fault(new_database):
    url = new_database()
    execute(url, "ALTER SYSTEM SET synchronous_standby_names = 'standby_1'")
    execute(url, "SELECT pg_reload_conf()")
    try:
        until = time.monotonic() + 10
        while "commits wait" not in said(found := list(check_database(url, now)), "standby"):
            assert time.monotonic() < until, found
            time.sleep(0.05)
    finally:
        execute(url, "ALTER SYSTEM RESET synchronous_standby_names")
        execute(url, "SELECT pg_reload_conf()")

    assert states(found)["standby"] == "fault"


def test_the_last_loan_prime_rate_is_due_from_the_day_it_is_published():
    last = lpr_quotes()[-1].day
    later = date(last.year + last.month // 12, last.month % 12 + 1, 22)

    assert doctor.check_lpr(later, last).state == "ok"
    assert doctor.check_lpr(later.replace(day=23), last).state == "notice"


def test_a_year_without_working_days_is_a_fault_and_the_next_a_notice():
    years = brought_years()
    last = max(years)

    found = [doctor.check_workdays(date(year, 7, 1), years).state for year in (last - 1, last, last + 1)]

    assert found == ["ok", "notice", "fault"]


def test_a_pack_that_does_not_load_is_a_fault(tmp_path):
    assert doctor.check_pack("weihai-2023-5").state == "ok"
    assert doctor.check_pack(str(tmp_path)).state == "fault"


def test_styles_that_are_not_built_are_a_fault(tmp_path):
    assert doctor.check_front_end(tmp_path / "kechuang.css").state == "fault"


def test_this_machine_makes_chinese_pdf_files():
    assert doctor.check_paper().state == "ok"


def test_the_command_prints_a_line_each_and_leaves_with_1_for_a_fault(new_database, data_folder):
    url = new_database()
    execute(url, "DELETE FROM django_migrations WHERE app = 'sessions'")

    done = subprocess.run(
        [Path(sys.executable).with_name("kechuang"), "doctor", "--language", "en"],
        env={**outside(), "DATABASE_URL": url, "KECHUANG_DATA": str(data_folder), "DEBUG": ""},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "fault\t1 migrations are pending (sessions.0001_initial first)" in done.stdout
    assert "fault\tno background worker is alive" in done.stdout
    assert all(line.split("\t")[0] in {"ok", "notice", "fault"} for line in done.stdout.splitlines())


def test_as_data_a_well_site_leaves_with_0(db, capsys, monkeypatch):
    monkeypatch.delenv(
        "DJANGO_ALLOW_ASYNC_UNSAFE", raising=False
    )  # set beside a browser, whose loop is in this thread
    with ThreadPoolExecutor(1) as outside_the_loop:
        left = outside_the_loop.submit(main, ["doctor", "--json", "--language", "zh"]).result()
        outside_the_loop.submit(connections.close_all).result()

    found = {one["check"]: one for one in json.loads(capsys.readouterr().out)}
    assert left == 0, [one for one in found.values() if one["state"] == "fault"]
    assert found["migrations"] == {"check": "migrations", "state": "ok", "says": "表结构与程序一致"}
    assert {"folder", "disk", "database", "front-end", "pdf", "pack", "workdays", "lpr", "settings"} <= set(
        found
    )


def test_an_address_of_another_kind_is_refused_in_a_sentence(monkeypatch, capsys):
    monkeypatch.setenv("DATABASE_URL", "mysql://root@localhost/city")

    assert main(["doctor", "--language", "en"]) == 2
    assert "expected postgresql://" in capsys.readouterr().err


def test_check_deploy_is_clean_behind_https(data_folder):
    environment = {
        **outside(),
        "HTTPS": "1",
        "ALLOWED_HOSTS": "kechuang.example",
        "KECHUANG_DATA": str(data_folder),
    }
    environment["DEBUG"] = ""
    command = [sys.executable, "-m", "kechuang.web", "check", "--deploy", "--fail-level", "WARNING"]

    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout
