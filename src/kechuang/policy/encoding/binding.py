"""Binds a pack to a date, an assessed year and a choice of readings.

Parameters become constants, readings one expression.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from kechuang.policy.language.parameter import Parameter, Table
from kechuang.policy.language.tree import CONSTANT, Node, join_levels
from kechuang.policy.language.values import BOOLEAN, DATE, MONEY, NUMBER, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from kechuang.policy.encoding.pack import Benefit, Cap, Condition, Pack

FOR: Final = "for"  # reason: the subject is of another kind
NO_RECORD: Final = "no_record"  # reason: the subject has no record of the kind at all
AMOUNT: Final = "amount"  # reason: all conditions hold, but a fact of the sum is unknown


@dataclass(frozen=True, slots=True)
class BoundBenefit:
    """One benefit on a date: whether it is in force, its conditions, and the sum after its caps, rounded.

    `reasons` lists the keys that a result may give as its reason; results refer to them by position.
    """

    benefit: Benefit
    in_force: bool
    kind_fits: Node
    conditions: tuple[tuple[Condition, Node], ...]
    formula: Node | None
    caps: tuple[tuple[Cap, Node], ...]
    amount: Node | None
    total_caps: tuple[tuple[Cap, Node], ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Bound:
    """A pack bound to a date, a year and readings. `compiled` holds what evaluators derive from it once."""

    pack: Pack
    on: date
    year: int
    readings: Mapping[str, str]
    benefits: tuple[BoundBenefit, ...]
    compiled: dict[object, object] = field(default_factory=dict, repr=False)


def bind(
    pack: Pack,
    on: date,
    year: int | None = None,
    readings: Mapping[str, str] | None = None,
) -> Bound:
    """The pack as it stands on `on`, assessed for `year` (the calendar year before `on` unless given).

    Raises ValueError for an unknown reading or option, and for a year after `on` or before the year that precedes the
    document's force: no annual benefit of the document can rest on it.
    """
    chosen = pack.chosen_readings(readings)
    assessed = on.year - 1 if year is None else year
    first = pack.valid[0].year - 1
    if pack.valid[0] <= on <= pack.valid[1] and not first <= assessed <= on.year:
        raise ValueError(f"assessed year {assessed}: expected a year from {first} to {on.year}, the year of {on}")
    return _bind(pack, on, assessed, tuple(chosen.items()))


@lru_cache(maxsize=64)
def _bind(pack: Pack, on: date, year: int, chosen: tuple[tuple[str, str], ...]) -> Bound:
    return bind_anew(pack, on, year, dict(chosen))


def bind_anew(
    pack: Pack, on: date, year: int, readings: Mapping[str, str], day: Node | None = None
) -> Bound:
    """As `bind`, with every reading given, unchecked and not kept.

    With `day`, a node, each expression reads the day of assessment from it; parameters stay those of `on`.
    """
    change = _changer(pack, on, year, readings, day)
    done: dict[int, Node] = {}

    def fix(node: Node) -> Node:
        return pack.forest.rewrite(node, change, done)

    in_force = pack.valid[0] <= on <= pack.valid[1]
    benefits = tuple(_benefit(pack, benefit, on, fix, in_force=in_force) for benefit in pack.benefits)
    return Bound(pack, on, year, readings, benefits)


def _changer(
    pack: Pack, on: date, year: int, readings: Mapping[str, str], day: Node | None
) -> Callable[[Node], Node | None]:
    forest = pack.forest

    def constant(type_: str, value: Value | Table) -> Node:
        return forest.node("const", type_, CONSTANT, (), value)

    def change(node: Node) -> Node | None:
        if node.op == "parameter" and isinstance(node.value, Parameter):
            return constant(node.type, node.value.at(on, readings))
        if node.op == "reading" and isinstance(node.value, tuple):
            reading_id, options = node.value
            chosen: Node = node.args[options.index(readings[reading_id])]
            return chosen
        if node.op == "on":
            return day or constant(DATE, on)
        if node.op == "year":
            return constant(NUMBER, year)
        if node.op == "in_force" and len(node.args) == 1:
            start, end = (constant(DATE, day) for day in pack.valid)
            return forest.node("in_force", BOOLEAN, node.level, (node.args[0], start, end))
        return None

    return change


def _benefit(
    pack: Pack, benefit: Benefit, on: date, fix: Callable[[Node], Node], *, in_force: bool
) -> BoundBenefit:
    forest = pack.forest
    kind = forest.node(
        "field", pack.vocabulary.subject.fields["kind"].type, "subject", (), ("subject", "kind")
    )
    conditions = tuple((condition, fix(condition.node)) for condition in benefit.conditions)
    caps = tuple((cap, fix(cap.node)) for cap in benefit.amount.caps)
    formula = None if benefit.amount.node is None else fix(benefit.amount.node)
    keys = (
        FOR,
        *((NO_RECORD,) if benefit.each else ()),
        *(condition.key for condition, _ in conditions),
        AMOUNT,
    )
    return BoundBenefit(
        benefit=benefit,
        in_force=in_force and benefit.valid[0] <= on <= benefit.valid[1],
        kind_fits=forest.node("in", BOOLEAN, "subject", (kind,), benefit.subjects),
        conditions=conditions,
        formula=formula,
        caps=caps,
        amount=None if formula is None else _capped(pack, formula, tuple(node for _, node in caps)),
        total_caps=tuple((cap, fix(cap.node)) for cap in benefit.amount.total_caps),
        reasons=keys,
    )


def _capped(pack: Pack, formula: Node, caps: tuple[Node, ...]) -> Node:
    """The smallest of formula and caps, never below zero, rounded as the pack says."""
    forest = pack.forest
    smallest = formula
    if caps:
        level = join_levels(formula.level, *(cap.level for cap in caps)) or formula.level
        smallest = forest.node("min", MONEY, level, (formula, *caps))
    if smallest.level != CONSTANT:
        nothing = forest.node("const", MONEY, CONSTANT, (), 0)
        smallest = forest.node("max", MONEY, smallest.level, (smallest, nothing))
    unit = forest.node("const", MONEY, CONSTANT, (), pack.rounding.unit)
    return forest.node(f"round_{pack.rounding.mode}", MONEY, smallest.level, (smallest, unit))
