"""Background work of this room; what is done stands in actions.py."""

from __future__ import annotations

from procrastinate.contrib.django import app

from kechuang.drafting import actions, working


@app.task(queue="effects")
def work_out_effect(effect_id: int) -> None:
    """Assess a large invented city under two encodings."""
    working.work_out_behind(effect_id)


@app.periodic(cron="23 * * * *")
@app.task(queueing_lock="delete_expired_drafts")
def delete_expired_drafts(timestamp: int) -> None:  # noqa: ARG001 - the schedule passes its time
    """Every hour: delete drafts that nobody has edited for as long as was said."""
    actions.delete_expired()
