"""What holds for the background jobs of every room: they outlive the loss of the database, and none is forgotten."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Final

from django.db import InterfaceError, OperationalError
from procrastinate import App, JobContext, RetryStrategy
from procrastinate.jobs import Job
from procrastinate.middleware import AsyncCallNext
from procrastinate.worker import Worker

# The database went away under a job: a standby takes over within seconds. The job begins again.
WHEN_THE_DATABASE_IS_GONE: Final = RetryStrategy(
    max_attempts=10, wait=2, linear_wait=2, retry_exceptions=[InterfaceError, OperationalError]
)

_in_hand: defaultdict[int, set[int]] = defaultdict(set)  # jobs by the workers of this process
_suspects: set[tuple[int, int]] = (
    set()
)  # jobs, with their attempts, that nobody had in hand when last looked at


def prepare(app: App) -> None:
    """Called when all tasks are known."""
    for task in app.tasks.values():
        task.retry_strategy = task.retry_strategy or WHEN_THE_DATABASE_IS_GONE
    app.worker_defaults["worker_middleware"] = [note]


async def note(proceed: AsyncCallNext, context: JobContext, worker: Worker) -> Any:
    """Remember, while a job is worked on, that it is."""
    jobs, job = _in_hand[worker.worker_id or 0], context.job.id or 0
    jobs.add(job)
    try:
        return await proceed()
    finally:
        jobs.discard(job)


def forgotten(doing: list[Job]) -> list[Job]:
    """Of the jobs that the database says are being done, those that a living worker of ours knows nothing of.

    The database had given them out when the connection broke, so the worker never heard of them. A job is one of these
    when it is found so twice: between work and its end in the database a moment passes.
    """
    idle = {
        (job.id or 0, job.attempts): job
        for job in doing
        if job.worker_id in _in_hand and job.id not in _in_hand[job.worker_id or 0]
    }
    found = [job for key, job in idle.items() if key in _suspects]
    _suspects.clear()
    _suspects.update(idle)
    return found
