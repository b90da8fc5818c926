"""Background work of this room; what is done stands in working.py and lists/."""

from __future__ import annotations

from procrastinate.contrib.django import app

from kechuang.journal import clock
from kechuang.registry import working


@app.task
def scan_evidence(evidence_id: int) -> None:
    """Have one file scanned for viruses."""
    working.scan_evidence(evidence_id, clock.now)


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="scan_waiting")
def scan_waiting(timestamp: int) -> None:  # noqa: ARG001 - the schedule passes its time
    """Every ten minutes: ask the scanner again for files that still wait."""
    working.scan_waiting(clock.now)


@app.task(queue="lists", lock="lists")
def read_list(list_import_id: int) -> None:
    """The dry run of one list."""
    working.read_list(list_import_id)


@app.task(queue="lists", lock="lists")
def apply_list(list_import_id: int) -> None:
    """Let a list become facts."""
    working.apply_list(list_import_id, clock.now)


@app.task(queue="lists", lock="lists")
def undo_list(list_import_id: int) -> None:
    """Take a list back."""
    working.undo_list(list_import_id, clock.now)
