"""For how long a record holds, by its own dates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from kechuang.policy.language.values import Value
from kechuang.policy.language.vocabulary import YEARS

SPANS: Final[Mapping[str, tuple[str, str]]] = {
    "covers": ("starts_on", "ends_on"),
    "loans": ("signed_on", "due_on"),
    "statuses": ("granted_on", "expires_on"),
    "talent_cards": ("issued_on", "expires_on"),
    "talents": ("managed_from", "managed_until"),
}
"""The fields that say from and until when a record of a kind holds."""


DATED: Final = (*SPANS, YEARS)
"""Kinds of records that say themselves from when to when they hold."""


def period_of(record: str, values: Mapping[str, Value]) -> tuple[date | None, date | None]:
    """First and last day of a record by its typed values; None where it does not say. An annual figure: its year."""
    year = values.get("year")
    if record == YEARS and isinstance(year, int):
        return date(year, 1, 1), date(year, 12, 31)
    first, last = (values.get(name) for name in SPANS.get(record, ("", "")))
    return first if isinstance(first, date) else None, last if isinstance(last, date) else None
