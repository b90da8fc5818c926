"""What Prometheus reads, and who may."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.request

import pytest
from django.db import DatabaseError, connection
from procrastinate.contrib.django import app

from kechuang.operations import gauges

COUNTED = "django_http_requests_before_middlewares_total "


@pytest.fixture
def scrape(client, db, settings):
    """A function that asks as Prometheus does."""
    settings.METRICS_TOKEN = "geheim"
    return lambda: client.get("/metrics", headers={"authorization": "Bearer geheim"})


@pytest.fixture
def announce(monkeypatch):
    """The function by which a room announces a figure; forgotten after the test."""
    monkeypatch.setattr(gauges, "_GAUGES", dict(gauges._GAUGES))
    return gauges.gauge


@pytest.mark.parametrize(
    "given", ["", "Bearer", "Bearer ", "Bearer wrong", "geheim", "Basic geheim", "Bearer geheim "]
)
def test_without_the_token_there_is_no_such_address(client, db, settings, given):
    settings.METRICS_TOKEN = "geheim"
    stranger = client.get("/nowhere").content

    response = client.get("/metrics", headers={"authorization": given})

    assert response.status_code == 404
    assert len(response.content) == len(stranger)


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer "])
def test_where_no_token_is_set_nobody_gets_in(client, db, settings, given):
    settings.METRICS_TOKEN = ""

    assert client.get("/metrics", headers={"authorization": given}).status_code == 404


def test_requests_are_counted_by_view_and_status(client, scrape):
    client.get("/nowhere")

    text = scrape().content.decode()

    assert 'django_http_responses_total_by_status_total{status="404"}' in text
    assert 'django_http_requests_latency_seconds_by_view_method_count{method="GET"' in text


def test_jobs_are_counted_by_queue_and_state(scrape):
    for _ in range(3):
        app.configure_task("kechuang.any", allow_unknown=True, queue="letters").defer()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'failed' WHERE id = (SELECT max(id) FROM procrastinate_jobs)"
        )
        cursor.execute("UPDATE procrastinate_events SET at = now() - interval '90 seconds'")
        cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")

    lines = scrape().content.decode().splitlines()

    assert 'kechuang_jobs{queue="letters",status="todo"} 2.0' in lines
    assert 'kechuang_jobs{queue="letters",status="failed"} 1.0' in lines
    assert 'kechuang_oldest_job_seconds{queue="letters"} 90.0' in [
        line.partition(".")[0] + ".0" for line in lines
    ]
    assert "kechuang_workers 1.0" in lines
    assert "kechuang_database_up 1.0" in lines


def test_a_room_announces_a_figure_of_its_own(announce, scrape):
    announce("cases_overdue", "Cases past a deadline", ["state"], lambda: [(("review",), 7)])

    assert b'kechuang_cases_overdue{state="review"} 7.0' in scrape().content


def test_two_rooms_cannot_use_one_name(announce):
    with pytest.raises(ValueError, match=r"'jobs' is already announced by kechuang.web.metrics"):
        announce("jobs", "Jobs", [], list)


def test_without_a_database_the_requests_are_still_shown(announce, scrape):
    def broken():
        raise DatabaseError

    announce("aaa", "Fails", [], broken)

    text = scrape().content.decode()

    assert "kechuang_database_up 0.0" in text
    assert "django_http_requests_before_middlewares_total" in text


def test_the_hook_of_the_web_server_takes_an_ended_process_out(tmp_path):
    (tmp_path / "gauge_livesum_77.db").write_bytes(b"")
    text = (
        "from types import SimpleNamespace; from kechuang.web.gunicorn import child_exit; "
        "child_exit(None, SimpleNamespace(pid=77))"
    )

    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}

    subprocess.run([sys.executable, "-c", text], env=environment, check=True)

    assert list(tmp_path.iterdir()) == []


def test_the_figures_of_all_processes_come_from_one_address(site):
    def count() -> float:
        request = urllib.request.Request(f"{site}/metrics", headers={"Authorization": "Bearer geheim"})
        with urllib.request.urlopen(request, timeout=10) as response:
            lines = response.read().decode().splitlines()
        return sum(float(line.split()[1]) for line in lines if line.startswith(COUNTED))

    before = count()
    for _ in range(20):
        urllib.request.urlopen(f"{site}/health", timeout=10).close()

    assert count() - before >= 20
