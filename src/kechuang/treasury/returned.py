"""Payments that the bank has sent back, as the list of what is to be paid shows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from kechuang.treasury.models import Payment


@dataclass(frozen=True)
class Return:
    """What the bank said when it sent a payment back, and whether another account has been given since."""

    reason: str
    on: date | None
    corrected: bool


def returns(rows: Iterable[Mapping[str, Any]]) -> dict[int, Return]:
    """By award, of rows of `lists.to_pay_in_pages`: what came back."""
    by_payment = {row["returned"]: row for row in rows if row["returned"] is not None}
    found = {}
    for one in Payment.objects.filter(pk__in=by_payment) if by_payment else ():
        row = by_payment[one.pk]
        to = row["account__holder"], row["account__bank"], row["account__number"]
        corrected = to[2] is not None and to != (one.holder, one.bank, one.account)
        found[one.award_id] = Return(one.reason, one.settled_on, corrected)
    return found
