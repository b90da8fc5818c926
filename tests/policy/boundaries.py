"""Cases on both sides of every threshold of a pack, one smallest step apart, made from its granted worked examples.

For each ordered comparison in a condition, each fact that it reads is moved, up and down, to the last value at which
the comparison still holds and the first at which it does not: one fen, one day, one unit, 0.0001 %.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any

from kechuang.policy.cases.assessment import assess_bound
from kechuang.policy.cases.evaluator import FIRST_DAY, LAST_DAY, Environment, compile_node
from kechuang.policy.cases.facts import read_facts_section
from kechuang.policy.encoding.binding import bind
from kechuang.policy.language.tree import AGGREGATES, COMPARISONS
from kechuang.policy.language.values import MAX_MONEY_FEN, MAX_NUMBER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kechuang.policy.encoding.binding import Bound, BoundBenefit
    from kechuang.policy.encoding.pack import Pack
    from kechuang.policy.language.tree import Node

MILLIONTH = Fraction(1, 10**6)
LIMITS = {"money": MAX_MONEY_FEN, "number": MAX_NUMBER, "rate": 10**9}


@dataclass(frozen=True)
class Slot:
    """Where a fact stands in a case: the subject (record None), or a record by position."""

    record: str | None
    index: int
    name: str
    type: str

    def read(self, case: dict[str, Any]) -> int | None:
        row = case if self.record is None else case[self.record][self.index]
        value = row.get(self.name)
        if value is None:
            return None
        if self.type == "date":
            return (value - FIRST_DAY).days
        return int(value / MILLIONTH) if self.type == "rate" else int(value)

    def put(self, case: dict[str, Any], steps: int) -> dict[str, Any]:
        changed = copy.deepcopy(case)
        row = changed if self.record is None else changed[self.record][self.index]
        if self.type == "date":
            row[self.name] = FIRST_DAY + timedelta(days=steps)
        else:
            row[self.name] = steps * MILLIONTH if self.type == "rate" else steps
        return changed

    def allows(self, steps: int) -> bool:
        if self.type == "date":
            return 0 <= steps <= (LAST_DAY - FIRST_DAY).days
        return abs(steps) <= LIMITS[self.type]


@dataclass(frozen=True)
class Edge:
    """A pair of neighbouring cases: the comparison holds in the first and fails in the second."""

    benefit: str
    condition: str
    on: date
    year: int
    readings: tuple[tuple[str, str], ...]
    holds: dict[str, Any]
    fails: dict[str, Any]


def comparisons(benefit: BoundBenefit) -> Iterator[tuple[str, Node]]:
    """The ordered comparisons that a condition itself makes (those inside an aggregate are another matter)."""
    for condition, root in benefit.conditions:
        waiting = [root]
        while waiting:
            node = waiting.pop()
            if node.op in COMPARISONS and node.op not in ("eq", "ne"):
                yield condition.key, node
            elif node.op not in AGGREGATES:
                waiting.extend(node.args)


def slots(node: Node, bound: Bound, case: dict[str, Any], item: tuple[str, int] | None) -> Iterator[Slot]:
    """The known facts of the case that a comparison reads and that can be moved by steps."""
    for below in node.walk():
        if below.type not in (*LIMITS, "date"):
            continue
        if below.op == "annual":
            back = compile_node(below.args[0], bound)(Environment({}))
            for index, row in enumerate(case.get("years", ())):
                if row.get("year") == bound.year - back:
                    yield Slot("years", index, str(below.value), below.type)
        elif below.op == "field":
            record, name = below.value
            if record == "subject":
                yield Slot(None, 0, name, below.type)
            elif item is not None and record == item[0]:
                yield Slot(record, item[1], name, below.type)
            else:
                yield from (
                    Slot(record, index, name, below.type) for index in range(len(case.get(record) or ()))
                )


@cache
def edges(pack: Pack) -> tuple[Edge, ...]:
    """Every edge that moving one fact of a granted worked example reaches; found once a pack."""
    return tuple(_edges(pack))


def _edges(pack: Pack) -> Iterator[Edge]:
    for benefit in pack.benefits:
        for example in benefit.examples:
            bound = bind(pack, example.on, example.year, example.readings)
            case = read_facts_section(example.facts, pack.vocabulary)
            result = assess_bound(bound, case, frozenset({benefit.id})).results[benefit.id]
            if not result.outcome.passes:
                continue
            index = next(
                (item.index for item in result.items if item.outcome.passes and item.index is not None), None
            )
            item = None if benefit.each is None or index is None else (benefit.each, index)
            for key, node in comparisons(result.bound):
                for holds, fails in _around(node, bound, case, item):
                    readings = tuple(example.readings.items())
                    yield Edge(benefit.id, key, example.on, example.year, readings, holds, fails)


def _around(
    node: Node, bound: Bound, case: dict[str, Any], item: tuple[str, int] | None
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    test = compile_node(node, bound)

    def verdict(changed: dict[str, Any]) -> bool | None:
        base = Environment(changed)
        return test(base if item is None else Environment(changed, base, changed[item[0]][item[1]]))

    if verdict(case) is not True:
        return
    for slot in dict.fromkeys(slots(node, bound, case, item)):
        start = slot.read(case)
        for direction in (1, -1):
            found = (
                None
                if start is None
                else _flip(lambda at, s=slot: verdict(s.put(case, at)), start, direction, slot)
            )
            if found is not None:
                yield slot.put(case, found[0]), slot.put(case, found[1])


def _flip(verdict: Any, start: int, direction: int, slot: Slot) -> tuple[int, int] | None:
    """The last value that holds and the first that fails, in one direction from `start`; None when there is none."""
    inside, step = start, 1
    while True:
        outside = start + direction * step
        if not slot.allows(outside):
            return None
        if verdict(outside) is False:
            break
        inside, step = outside, step * 2
    while abs(outside - inside) > 1:
        middle = (inside + outside) // 2
        if verdict(middle) is False:
            outside = middle
        else:
            inside = middle
    return inside, outside
