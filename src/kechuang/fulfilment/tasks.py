"""Background work of this room."""

from __future__ import annotations

from procrastinate.contrib.django import app

from kechuang.fulfilment import clockwork
from kechuang.journal import clock


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="strike_the_clock")
def strike_the_clock(timestamp: int) -> None:  # noqa: ARG001 - the schedule passes its time
    """Every minute: publish, lapse, close, end what is due."""
    clockwork.strike(clock.now())
