"""Background work of this room."""

from __future__ import annotations

from procrastinate.contrib.django import app

from kechuang.accounts import counting, telling
from kechuang.journal import clock


@app.task
def tell_of_claim(claim_id: int) -> None:
    """Tell whoever can confirm a claim; in the background, so that the page takes the same time for all codes."""
    telling.tell_of_claim(claim_id)


@app.periodic(cron="41 3 * * *")
@app.task(queueing_lock="forget_old_tries")
def forget_old_tries(timestamp: int) -> None:  # noqa: ARG001 - the schedule passes its time
    """Every night: delete counts of tries that no longer matter."""
    counting.forget_old(clock.now())
