"""Background work of this room."""

from __future__ import annotations

from procrastinate.contrib.django import app

from kechuang.experts import actions, recusal
from kechuang.journal import clock


@app.periodic(cron="7 * * * *")
@app.task(queueing_lock="renew_recusals")
def renew_recusals(timestamp: int) -> None:  # noqa: ARG001 - the schedule passes its time
    """Every hour: years of a look-back run out, memberships begin and end, checks fall overdue."""
    at = clock.now()
    recusal.renew_all(at)
    actions.lapse_overdue(at)
