"""Background work of this room; what is done stands in actions, working, renewing, sweeping and releasing."""

from __future__ import annotations

from procrastinate.contrib.django import app

from kechuang.entitlements import actions, releasing, renewing, sweeping, working
from kechuang.entitlements.releasing import version_in_force
from kechuang.journal import clock


@app.task(queue="assessments")
def assess_run(run_id: str) -> None:
    """Read, assess and report one file."""
    working.work(run_id)


@app.periodic(cron="17 * * * *")
@app.task(queueing_lock="delete_expired")
def delete_expired(timestamp: int) -> None:  # noqa: ARG001 - the schedule passes its time
    """Every hour: delete what was promised to be deleted."""
    actions.delete_expired()


@app.task(queueing_lock="renew_stale")
def renew_stale() -> None:
    """Renew the standings of organisations of which something else is known."""
    renewing.renew_stale(version_in_force(), clock.today(), clock.now)


@app.task(queueing_lock="renew_all", queue="assessments")
def renew_all() -> None:
    """Renew all standings that are of another version or day."""
    renewing.renew_all(version_in_force(), clock.today(), clock.now)


@app.periodic(cron="10 16 * * *")
@app.task(queueing_lock="renew_for_today")
def renew_for_today(timestamp: int) -> None:  # noqa: ARG001 - the schedule passes its time
    """Every night, ten past midnight in Weihai: a new day may open or end what an organisation can have."""
    renewing.ask_for_renewal(renewing.RENEW_ALL)


@app.task(queue="assessments")
def carry_out_sweep(sweep_id: int) -> None:
    """Assess one benefit for the whole city."""
    sweeping.carry_out(sweep_id, clock.now)


@app.task(queue="assessments")
def work_out_effect(release_id: int) -> None:
    """Work out what a proposed version would change for the organisations of the city."""
    releasing.work_out(release_id, clock.now)
