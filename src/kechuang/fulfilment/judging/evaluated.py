"""What an evaluation is about: the record, its fields that the evaluation itself settles, and earlier grades beside it.

Before the grade is known a case is assessed as if it were the best one: what else the clause asks for must hold, and
the sum is the ceiling. Afterwards the grade is a fact, and the engine alone says what follows from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from kechuang.fulfilment.judging.indicators import Figure, Indicator, figures, read_indicator
from kechuang.policy.columns.projecting import read_by
from kechuang.policy.encoding.pack import Benefit, Pack
from kechuang.policy.language.values import Value, Words
from kechuang.policy.language.vocabulary import load_vocabulary
from kechuang.registry.keys import key_of, parts_of

BEST: Final = "excellent"
GRADES: Final = {
    "excellent": Words("优秀", "excellent"),
    "good": Words("良好", "good"),
    "pass": Words("合格", "pass"),
    "fail": Words("不合格", "fail"),
}
"""The grades of the vocabulary, the best first."""
EVALUATION: Final = "evaluation"


@dataclass(frozen=True, slots=True)
class Evaluated:
    """How a kind of record is evaluated, see evaluated.yaml; '' where it has no such field."""

    record: str
    grade: str
    year: str
    day: str
    selected: str
    outstanding: str
    carries: tuple[str, ...]
    indicators: tuple[Indicator, ...]


@dataclass(frozen=True, slots=True)
class Round:
    """One round of evaluation: the assessed year, and the day that conditions are judged by."""

    year: int
    on: date


@cache
def kinds() -> Mapping[str, Evaluated]:
    """All kinds of record that are evaluated."""
    read = yaml.safe_load((Path(__file__).parent / "evaluated.yaml").read_text(encoding="utf-8"))
    return {name: _kind(name, row) for name, row in read.items()}


def _kind(name: str, row: Mapping[str, Any]) -> Evaluated:
    plain = {part: row.get(part, "") for part in ("grade", "year", "day", "selected", "outstanding")}
    indicators = tuple(read_indicator(name, one) for one in row["indicators"])
    return Evaluated(name, **plain, carries=tuple(row["carries"]), indicators=indicators)


def evaluated_by(benefit: Benefit) -> Evaluated | None:
    """What an evaluation for this benefit is about; None where the benefit reads no grade."""
    if benefit.lifecycle != EVALUATION:
        return None
    read = read_by(condition.node for condition in benefit.conditions)
    settled = (
        one for one in kinds().values() if {(one.record, one.grade), (one.record, one.outstanding)} & read
    )
    return next(settled, None)


def rows_for(facts: Mapping[str, Any], what: Evaluated, now: Round) -> list[dict[str, Value]] | None:
    """The records as this round sees them; None while it is unknown whether there are any.

    A record without year or day gets that of the round. Where a thing has a record of an earlier year only, it enters
    with what stays the same from year to year.
    """
    rows = facts.get(what.record)
    if rows is None:
        return None
    settled = what.year or what.day
    if not settled:
        return [dict(row) for row in rows]
    value: Value = now.year if what.year else now.on
    in_key = settled in parts_of(load_vocabulary().records[what.record])
    if not in_key:
        return [{**row, settled: value} for row in rows]
    found = [{**row, settled: value} if row.get(settled) is None else dict(row) for row in rows]
    there = {thing_of(row, what) for row in found if _year_of(row.get(settled)) == now.year}
    for row in sorted(found, key=lambda one: str(one.get(settled)), reverse=True):
        if thing_of(row, what) not in there and _year_of(row.get(settled)) < now.year:
            there.add(thing_of(row, what))
            found.append({**{name: row.get(name) for name in what.carries}, settled: value})
    return found


def at_best(facts: Mapping[str, Any], what: Evaluated, now: Round) -> dict[str, Any]:
    """The facts with the best grade put in for this round: what can at most come of it."""
    rows = rows_for(facts, what, now)
    if rows is None:
        return dict(facts)
    return {**facts, what.record: [{**row, **said_of(what, BEST, selected=True)} if of_round(row, what, now) else row
                                   for row in rows]}  # fmt: skip


def of_round(row: Mapping[str, Any], what: Evaluated, now: Round) -> bool:
    """Whether the record is of this round."""
    if what.year or what.day:
        return _year_of(row.get(what.year or what.day)) == now.year
    return True


def said_of(what: Evaluated, grade: str, *, selected: bool | None) -> dict[str, Value]:
    """The fields that follow from a grade, and from the selection where there is one."""
    said: dict[str, Value] = {what.grade: grade}
    if what.selected and selected is not None:
        said[what.selected] = selected
    if what.outstanding:
        said[what.outstanding] = grade == BEST
    return said


def row_at(rows: list[dict[str, Value]], what: Evaluated, key: str) -> dict[str, Value] | None:
    """The record that a case is about, by its key in this round."""
    return next((row for row in rows if key_of(what.record, row) == key), None)


def earlier(
    facts: Mapping[str, Any], what: Evaluated, row: Mapping[str, Any], now: Round
) -> list[tuple[int, str]]:
    """The grades of the same thing in earlier years, the latest first: (year, grade)."""
    settled = what.year or what.day
    if not settled:
        return []
    found = {
        (_year_of(one.get(settled)), str(one[what.grade]))
        for one in facts.get(what.record) or []
        if one.get(what.grade)
        and thing_of(one, what) == thing_of(row, what)
        and 0 < _year_of(one.get(settled)) < now.year
    }
    return sorted(found, reverse=True)


def figures_of(
    facts: Mapping[str, Any], what: Evaluated, row: Mapping[str, Any], now: Round, pack: Pack
) -> list[Figure]:
    """The indicators of a record in this round and in the years before, from its record of each year."""

    def in_year(year: int) -> Mapping[str, Any] | None:
        if year == now.year:
            return row
        settled = what.year or what.day
        rows = facts.get(what.record) or () if settled else ()
        same = [one for one in rows if thing_of(one, what) == thing_of(row, what)]
        return next((one for one in same if _year_of(one.get(settled)) == year), None)

    return figures(what.indicators, facts, in_year, pack, (now.year, now.on))


def thing_of(row: Mapping[str, Any], what: Evaluated) -> tuple[Any, ...]:
    """What a record is about, whatever the year: for a case, of what its key tells (registry.keys.values_of)."""
    parts = parts_of(load_vocabulary().records[what.record])
    return tuple(row.get(part) for part in parts if part not in {what.year, what.day})


def _year_of(value: Any) -> int:
    if value is None:
        return 0
    return value.year if isinstance(value, date) else int(value)
