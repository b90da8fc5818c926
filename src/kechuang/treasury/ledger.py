"""Adds entries to the ledger: the one place that does. The trigger of the table moves the totals."""

from __future__ import annotations

from datetime import date, datetime

from kechuang.journal.actions import Actor, Clock
from kechuang.treasury.models import Appropriation, Award, Entry, Payment, Receivable


def enter(
    act: Entry.Act,
    amount_fen: int,
    *,
    of: Appropriation | Award | Payment | Receivable,
    actor: Actor | Clock,
    at: datetime,
    **more: str | date,
) -> Entry:
    """One entry about `of`, which must be locked with all above it; more: subject, voucher, on."""
    payment = of if isinstance(of, Payment) else None
    receivable = of if isinstance(of, Receivable) else None
    award = of if isinstance(of, Award) else of.award if isinstance(of, (Payment, Receivable)) else None
    return Entry.objects.create(
        act=act,
        amount_fen=amount_fen,
        appropriation_id=award.appropriation_id if award else of.pk,
        award=award,
        payment=payment,
        receivable=receivable,
        at=at,
        entered_by_id=actor.id,
        **{"subject": award.subject if award else f"appropriation:{of.pk}", **more},
    )
