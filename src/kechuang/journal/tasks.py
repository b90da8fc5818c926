"""Background work of this room; what is done stands in delivering.py."""

from __future__ import annotations

from procrastinate.contrib.django import app

from kechuang.journal import clock, delivering


@app.periodic(cron="* * * * *")
@app.task
def deliver_due(timestamp: int = 0) -> None:  # noqa: ARG001 - the schedule passes its time
    """Every minute, and whenever something was put into the outbox: send what is due."""
    delivering.deliver(clock.now)
