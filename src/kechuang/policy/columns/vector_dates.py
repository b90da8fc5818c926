"""Dates and dated series over columns.

Dates are days since 1970; a result outside the calendar that facts may use is unknown.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from kechuang.policy.columns import vector as vec
from kechuang.policy.columns.vector import Vector
from kechuang.policy.language.values import FIRST_DAY, LAST_DAY

if TYPE_CHECKING:
    from collections.abc import Callable

    from kechuang.policy.columns.runs import Function, Needs, Run
    from kechuang.policy.language.tree import Node

    Array = np.ndarray[Any, Any]

EPOCH: Final = date(1970, 1, 1)
_FIRST, _LAST = (FIRST_DAY - EPOCH).days, (LAST_DAY - EPOCH).days
_MONTHS_LIMIT: Final = 12 * 400


_FIRST_MONTH: Final = int(np.datetime64(FIRST_DAY, "M").astype(np.int64))
_MONTH_OF: Final = np.arange(_FIRST, _LAST + 1).astype("M8[D]").astype("M8[M]").astype(np.int64)
_START_OF: Final = np.arange(_FIRST_MONTH, _MONTH_OF[-1] + 2).astype("M8[M]").astype("M8[D]").astype(np.int64)


def _months(vector: Vector) -> Array:
    """Months since 1970-01, looked up; those outside the calendar that facts may use are worked out."""
    days = vector.values
    if days.min(initial=0) < _FIRST or days.max(initial=0) > _LAST:
        return np.asarray(days.astype("M8[D]").astype("M8[M]").astype(np.int64))
    months: Array = _MONTH_OF[days - _FIRST]
    return months


def _starts(months: Array) -> Array:
    """The first days of months since 1970-01."""
    at = months - _FIRST_MONTH
    if at.min(initial=0) < 0 or at.max(initial=0) >= len(_START_OF):
        return np.asarray(months.astype("M8[M]").astype("M8[D]").astype(np.int64))
    days: Array = _START_OF[at]
    return days


def _year_of(vector: Vector) -> Vector:
    return Vector(_months(vector) // 12 + EPOCH.year, 1, vector.known, LAST_DAY.year)


def _month_before(vector: Vector) -> Vector:
    return Vector(_starts(_months(vector) - 1), 1, vector.known, vector.bound + 62)


def _days_between(first: Vector, second: Vector) -> Vector:
    return vec.subtract(second, first)


def _months_between(first: Vector, second: Vector) -> Vector:
    later, earlier = _months(second), _months(first)
    days_short = second.values - _starts(later) < first.values - _starts(earlier)
    months = later - earlier - days_short
    return Vector(months, 1, vec.both(first.known, second.known), _MONTHS_LIMIT)


def _years_between(first: Vector, second: Vector) -> Vector:
    months = _months_between(first, second)
    return Vector(months.values // 12, 1, months.known, _MONTHS_LIMIT)


def _within_calendar(days: Array, known: Array | None) -> Vector:
    inside = (days >= _FIRST) & (days <= _LAST)
    known = inside if known is None else known & inside
    return Vector(np.where(inside, days, 0).astype(np.int64), 1, known, _LAST)


def _add_days(first: Vector, second: Vector) -> Vector:
    total = vec.add(first, second)
    return _within_calendar(total.values, total.known)


def _add_months(first: Vector, second: Vector) -> Vector:
    shift = np.clip(second.values, -_MONTHS_LIMIT, _MONTHS_LIMIT).astype(np.int64)
    months = _months(first)
    day = first.values - _starts(months)
    start, after = _starts(months + shift), _starts(months + shift + 1)
    days = start + np.minimum(day, after - start - 1)
    return _within_calendar(days, vec.both(first.known, second.known))


def _series(plan: Needs, node: Node, level: str) -> Function:
    """The quote of each date's calendar month; a month without a quote is unknown."""
    quotes = plan.bound.pack.series[str(node.value)]
    inner = plan.need(node.args[0], level)
    if not quotes:
        return lambda run: Vector.unknown(len(inner(run).values))
    months = {(year - EPOCH.year) * 12 + month - 1: Fraction(rate) for (year, month), rate in quotes.items()}  # type: ignore[arg-type]
    den = lcm(*(rate.denominator for rate in months.values()))
    first, last = min(months), max(months)
    values, known = np.zeros(last - first + 3, dtype=np.int64), np.zeros(last - first + 3, dtype=np.bool_)
    for month, rate in months.items():
        values[month - first + 1], known[month - first + 1] = int(rate * den), True
    bound = vec.bound_of(values)

    def run(state: Run) -> Vector:
        days = inner(state)
        at = np.clip(_months(days) - first + 1, 0, len(values) - 1)
        return Vector(values[at], den, vec.both(known[at], days.known), bound)

    return run


def _one(function: Callable[[Vector], Vector]) -> Callable[[Needs, Node, str], Function]:
    def build(plan: Needs, node: Node, level: str) -> Function:
        inner = plan.need(node.args[0], level)
        return lambda run: function(inner(run))

    return build


def _two(function: Callable[[Vector, Vector], Vector]) -> Callable[[Needs, Node, str], Function]:
    def build(plan: Needs, node: Node, level: str) -> Function:
        first, second = (plan.need(arg, level) for arg in node.args)
        return lambda run: function(first(run), second(run))

    return build


BUILDERS: Final[dict[str, Callable[[Needs, Node, str], Function]]] = {
    "year_of": _one(_year_of),
    "month_before": _one(_month_before),
    "days_between": _two(_days_between),
    "months_between": _two(_months_between),
    "years_between": _two(_years_between),
    "add_days": _two(_add_days),
    "add_months": _two(_add_months),
    "series": _series,
}
