"""Payments that the bank has sent back, as the list of what is to be paid shows them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from kechuang.treasury.models import Award, Payment


@dataclass(frozen=True)
class Return:
    """What the bank said when it sent a payment back, and whether another account has been given since."""

    reason: str
    on: date | None
    corrected: bool


def returns(awards: Iterable[Award]) -> dict[int, Return]:
    """By award, of rows of `to_pay`: what came back."""
    rows = {getattr(award, "returned", None): award for award in awards}
    found = {}
    for one in Payment.objects.filter(pk__in=[number for number in rows if number is not None]):
        to = rows[one.pk].account
        corrected = to is not None and (to.holder, to.bank, to.number) != (one.holder, one.bank, one.account)
        found[one.award_id] = Return(one.reason, one.settled_on, corrected)
    return found
