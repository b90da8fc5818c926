"""A job whose worker died is taken up again, but not for ever."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from types import SimpleNamespace

import pytest
from asgiref.sync import async_to_sync
from django.db import OperationalError, connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from kechuang.web import jobs
from kechuang.web.tasks import ATTEMPTS, forget_done, retry_stalled

pytestmark = pytest.mark.django_db(transaction=True)


def run(act: Callable[..., Awaitable], *args):
    """What the task answers, also after a browser of Playwright has left its loop running in this thread."""
    running = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    try:
        return async_to_sync(act)(*args)
    finally:
        asyncio._set_running_loop(running)


def look() -> None:
    run(retry_stalled.func, SimpleNamespace(app=app), 0)


def job_in_hand(*, attempts: int, silent_for: str) -> int:
    """A job that a worker has in hand whose last sign of life is `silent_for` ago."""
    job = app.configure_task("kechuang.any", allow_unknown=True).defer()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - %s::interval) RETURNING id",
            [silent_for],
        )
        worker = cursor.fetchone()[0]
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s, attempts = %s WHERE id = %s",
            [worker, attempts, job],
        )
    return job


@pytest.mark.parametrize(
    ("attempts", "silent_for", "status"),
    [
        (0, "1 hour", "todo"),
        (ATTEMPTS - 1, "1 hour", "todo"),
        (ATTEMPTS, "1 hour", "failed"),
        (0, "1 second", "doing"),
    ],
)
def test_a_job_in_hand(attempts, silent_for, status):
    job = job_in_hand(attempts=attempts, silent_for=silent_for)

    look()

    assert ProcrastinateJob.objects.get(id=job).status == status


@pytest.fixture
def in_hand(monkeypatch):
    """What the workers of this process say that they do, by worker."""
    monkeypatch.setattr(jobs, "_in_hand", defaultdict(set))
    monkeypatch.setattr(jobs, "_suspects", set())
    return jobs._in_hand


def test_a_job_that_a_living_worker_never_heard_of_is_taken_up_again_when_found_twice(in_hand):
    job = job_in_hand(attempts=0, silent_for="1 second")
    in_hand[ProcrastinateJob.objects.get(id=job).worker_id] = set()

    look()
    once = ProcrastinateJob.objects.get(id=job).status
    look()

    assert once == "doing"
    assert ProcrastinateJob.objects.get(id=job).status == "todo"


def test_a_job_that_is_worked_on_is_left_alone(in_hand):
    job = job_in_hand(attempts=0, silent_for="1 second")
    in_hand[ProcrastinateJob.objects.get(id=job).worker_id] = {job}

    look()
    look()

    assert ProcrastinateJob.objects.get(id=job).status == "doing"


def test_the_jobs_of_another_process_are_left_to_it(in_hand):
    job = job_in_hand(attempts=0, silent_for="1 second")

    look()
    look()

    assert ProcrastinateJob.objects.get(id=job).status == "doing"


def test_a_job_is_noted_while_it_is_worked_on(in_hand):
    seen = []

    async def proceed():
        seen.append({worker: set(found) for worker, found in in_hand.items()})
        return "done"

    context, worker = SimpleNamespace(job=SimpleNamespace(id=5)), SimpleNamespace(worker_id=7)

    assert run(jobs.note, proceed, context, worker) == "done"
    assert seen == [{7: {5}}]
    assert in_hand == {7: set()}


@pytest.mark.parametrize(
    ("error", "again"), [(OperationalError("gone"), True), (ValueError("bad file"), False)]
)
def test_every_task_begins_again_when_the_database_was_gone_and_not_otherwise(error, again):
    job = SimpleNamespace(attempts=0)

    decided = [task.get_retry_exception(error, job) for task in app.tasks.values()]

    assert len(decided) > 5
    assert all((one is not None) == again for one in decided)


def test_jobs_that_succeeded_long_ago_are_deleted_and_those_that_failed_are_kept():
    done, failed, recent = (app.configure_task("kechuang.any", allow_unknown=True).defer() for _ in range(3))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'doing' WHERE id = ANY(%s)", [[done, failed, recent]]
        )
        for job, status in ((done, "succeeded"), (failed, "failed"), (recent, "succeeded")):
            cursor.execute("SELECT procrastinate_finish_job_v1(%s, %s, false)", [job, status])
        long_ago = "UPDATE procrastinate_events SET at = at - interval '20 days' WHERE job_id = ANY(%s)"
        cursor.execute(long_ago, [[done, failed]])

    run(forget_done.func, SimpleNamespace(app=app), 0)

    kept = set(ProcrastinateJob.objects.values_list("id", flat=True))
    assert done not in kept
    assert {failed, recent} <= kept
