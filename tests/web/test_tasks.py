"""A job whose worker died is taken up again, but not for ever."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from kechuang.web.tasks import ATTEMPTS, retry_stalled

pytestmark = pytest.mark.django_db(transaction=True)


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

    async_to_sync(retry_stalled.func)(SimpleNamespace(app=app), 0)

    assert ProcrastinateJob.objects.get(id=job).status == status
