"""What happened to a case beside the acts of the table, as an event of the journal."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from kechuang.accounts.models import Membership
from kechuang.fulfilment.models import Case
from kechuang.journal.actions import Clock, record
from kechuang.journal.models import Event

NOTES: Final = "case-note"
"""What the notes of an office are about, "case-note:17": they stand in no history of the case itself."""


def note(kind: str, case: Case, actor: Membership | Clock, at: datetime, **data: object) -> Event:
    """Record it, with the case's number and the revision that it has now; the event."""
    return record(
        kind, f"case:{case.pk}", actor=actor, at=at, organisation_id=case.organisation_id,
        data={"number": case.number, "revision": case.revision, **data},
    )  # fmt: skip
