"""Background work of this room; what is done stands in working.py."""

from __future__ import annotations

from procrastinate.contrib.django import app

from kechuang.finance import working
from kechuang.journal import clock


@app.task(queue="lists", lock="lists")
def read_filing(list_import_id: int) -> None:
    """The dry run of one filing."""
    working.read_filing(list_import_id)


@app.task(queue="lists", lock="lists")
def apply_filing(list_import_id: int) -> None:
    """Let a filing become facts."""
    working.apply_filing(list_import_id, clock.now)


@app.task(queue="lists", lock="lists")
def undo_filing(list_import_id: int) -> None:
    """Take a filing back."""
    working.undo_filing(list_import_id, clock.now)
