"""The house's own background work."""

from __future__ import annotations

import structlog
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.jobs import Status

from kechuang.web.jobs import forgotten

log = structlog.get_logger("kechuang.web")


ATTEMPTS = 3  # a job that took three workers with it is given up
KEPT_HOURS = 14 * 24  # of jobs that succeeded; those that failed stay until somebody has looked


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="retry_stalled", pass_context=True)
async def retry_stalled(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - the schedule passes its time
    """Take up again what a worker that died was doing, or one that lives never heard of."""
    jobs = context.app.job_manager
    lost = forgotten(list(await jobs.list_jobs_async(status="doing")))
    for job in [*await jobs.get_stalled_jobs(), *lost]:
        if job.attempts < ATTEMPTS:
            await jobs.retry_job(job)
            log.warning("retried", job=job.id, task=job.task_name)
        else:
            await jobs.finish_job(job, Status.FAILED, delete_job=False)
            log.error("given up", job=job.id, task=job.task_name)


@app.periodic(cron="23 3 * * *")
@app.task(queueing_lock="forget_done", pass_context=True)
async def forget_done(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - the schedule passes its time
    """Delete jobs that succeeded long ago: one a minute is half a million a year."""
    await context.app.job_manager.delete_old_jobs(nb_hours=KEPT_HOURS)
