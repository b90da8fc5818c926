"""Background work of this room; what is done stands in actions.py and working.py."""

from __future__ import annotations

from procrastinate.contrib.django import app

from kechuang.entitlements import actions, working


@app.task(queue="assessments")
def assess_run(run_id: str) -> None:
    """Read, assess and report one file."""
    working.work(run_id)


@app.periodic(cron="17 * * * *")
@app.task(queueing_lock="delete_expired")
def delete_expired(timestamp: int) -> None:  # noqa: ARG001 - the schedule passes its time
    """Every hour: delete what was promised to be deleted."""
    actions.delete_expired()
