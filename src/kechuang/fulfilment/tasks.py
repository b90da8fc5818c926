"""Background work of this room."""

from __future__ import annotations

from procrastinate.contrib.django import app

from kechuang.fulfilment import announcing, bulk, clockwork, outgrown
from kechuang.fulfilment.models import BulkRun, Call
from kechuang.journal import clock


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="strike_the_clock")
def strike_the_clock(timestamp: int) -> None:  # noqa: ARG001 - the schedule passes its time
    """Every minute: publish, lapse, close, end what is due."""
    clockwork.strike(clock.now())


@app.task
def carry_on_bulk(run: int) -> None:
    """Do what waits of a bulk act."""
    found = BulkRun.objects.select_related("membership__user", "membership__organisation").get(pk=run)
    bulk.carry_on(found, at=clock.now(), go_on=lambda: True)


@app.task
def announce_call(call: int) -> None:
    """Tell who may apply that a call is open."""
    announcing.announce(Call.objects.get(pk=call), at=clock.now(), go_on=lambda: True)


@app.task
def look_again(organisations: list[int]) -> None:
    """Look again at the settled cases of organisations of which something else is known."""
    outgrown.follow(organisations, at=clock.now())
