"""What must hold of the money and the journal after any storm, whoever acted and whatever was killed."""

from __future__ import annotations


def unsound() -> list[str]:
    """What of the money and the journal is not as promised."""
    return [*_ledger(), *_chain(), *_limits(), *_payments()]


def _ledger() -> list[str]:
    from kechuang.treasury.checking import check_ledger

    return [str(problem) for problem in check_ledger()]


def _chain() -> list[str]:
    """Numbers without gap, each event after the hash of the one before."""
    from kechuang.journal.actions import BEGINNING, hash_of
    from kechuang.journal.models import ChainEnd, Event

    found, number, previous = [], 0, BEGINNING
    for event in Event.objects.order_by("number"):
        if (event.number, event.previous, event.hash) != (number + 1, previous, hash_of(event)):
            found.append(f"event {event.number} does not follow {number}")
        number, previous = event.number, event.hash
    if ChainEnd.objects.get().number != number:
        found.append("the end of the chain is elsewhere")
    return found


def _limits() -> list[str]:
    from kechuang.treasury.models import Appropriation

    money = Appropriation.objects.earliest("id")
    if money.paid_fen <= money.committed_fen <= money.amount_fen - money.reserved_fen:
        return []
    return ["paid <= committed <= appropriation does not hold"]


def _payments() -> list[str]:
    """No award is paid twice, beyond what is committed, or before its notice has ended."""
    from django.db.models import Count, F, Q, Sum

    from kechuang.treasury.models import Award, Payment

    awards = Award.objects.annotate(
        times=Count("payments", filter=Q(payments__state="paid")),
        fen=Sum("payments__amount_fen", filter=Q(payments__state__in=["prepared", "sent", "paid"])),
    )
    found = [f"paid twice: {award}" for award in awards.filter(times__gt=1)]
    found += [
        f"more on its way than committed: {award}" for award in awards.filter(fen__gt=F("committed_fen"))
    ]
    early = Payment.objects.filter(state__in=["sent", "paid"], award__payable_from__isnull=True)
    return found + [f"paid before its notice ended: {payment}" for payment in early]
