"""Dated rates: the loan prime rate (LPR) by month, and the benchmark lending rate frozen on 2015-10-24.

They are two different things: measure 25 follows the LPR of the month before a contract, measure 24 is bound
by the benchmark rate.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from importlib.resources import files

Month = tuple[int, int]
_PER_CENT = 100


class MissingQuote(LookupError):  # noqa: N818 - reads as what it is: except MissingQuote
    """A month (or day) for which the table holds no rate. It is never answered with a neighbouring rate."""


class MonthlyRates(dict[Month, Fraction]):
    """Rates by (year, month). Indexing a month without a quote raises MissingQuote; `get` answers None."""

    def __init__(self, name: str, rates: dict[Month, Fraction]) -> None:
        """Name the series, for its errors."""
        super().__init__(rates)
        self.name = name

    def __missing__(self, month: Month) -> Fraction:
        """Refuse a month that was not quoted."""
        first, last = min(self), max(self)
        raise MissingQuote(
            f"{self.name}: no quote for {_spell(month)}; the table runs from {_spell(first)} to {_spell(last)}. "
            "Add the published quote to reference/lpr.csv."
        )


@dataclass(frozen=True)
class Quote:
    """One LPR announcement: the day, both tenors as exact fractions, and where the figure was read."""

    day: date
    one_year: Fraction
    five_year: Fraction
    source: str
    source_zh: str


def series(name: str, tenor: str) -> MonthlyRates:
    """Return a monthly series, e.g. `series("lpr", "one_year")[2023, 5] == Fraction(365, 10000)`.

    Tenors of `lpr` are one_year and five_year. Raises KeyError for another series or tenor.
    """
    if name != "lpr" or tenor not in {"one_year", "five_year"}:
        raise KeyError(f"no series {name!r} with tenor {tenor!r}; there are lpr one_year and lpr five_year")
    return MonthlyRates(
        f"{name} {tenor}", {(q.day.year, q.day.month): getattr(q, tenor) for q in lpr_quotes()}
    )


@cache
def lpr_quotes() -> tuple[Quote, ...]:
    """Return every LPR announcement in the table, oldest first."""
    return tuple(
        Quote(
            date.fromisoformat(row["date"]),
            _rate(row["one_year"]),
            _rate(row["five_year"]),
            row["source"],
            row["source_zh"],
        )
        for row in _rows("lpr.csv")
    )


def benchmark_rate(term_months: int) -> Fraction:
    """Return the benchmark lending rate for a loan of that many months.

    Up to and including one year 4.35%, over one to five years 4.75%, over five years 4.90%; unchanged since
    2015-10-24.
    """
    if term_months <= 0:
        raise ValueError(f"term of a loan: found {term_months} months, expected at least 1")
    for row in _rows("benchmark.csv"):
        if not row["up_to_months"] or term_months <= int(row["up_to_months"]):
            return _rate(row["rate"])
    raise MissingQuote(f"benchmark.csv has no rate for a loan of {term_months} months")


def _rate(per_cent: str) -> Fraction:
    return Fraction(Decimal(per_cent)) / _PER_CENT


@cache
def _rows(name: str) -> tuple[dict[str, str], ...]:
    text = (files(__package__) / name).read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


def _spell(month: Month) -> str:
    return f"{month[0]:04d}-{month[1]:02d}"
