"""Binds a pack to a date, an assessed year, a choice of readings and, for what-if questions, changed parameters.

Parameters become constants, readings one expression.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Final

from kechuang.policy.encoding.changes import changeable, changed_value, checked_changes
from kechuang.policy.language.parameter import Parameter, Table
from kechuang.policy.language.tree import CONSTANT, Forest, Node, join_levels
from kechuang.policy.language.values import BOOLEAN, DATE, MONEY, NUMBER, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
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
    """A pack bound to a date, a year and readings, perhaps with parameters changed (by name, as given to `bind`).

    `compiled` holds what evaluators derive from it once.
    """

    pack: Pack
    on: date
    year: int
    readings: Mapping[str, str]
    benefits: tuple[BoundBenefit, ...]
    parameters: Mapping[str, Value] = field(default_factory=dict)
    forest: Forest = field(default_factory=Forest, repr=False)
    compiled: dict[object, object] = field(default_factory=dict, repr=False)

    def value_of(self, parameter: Parameter) -> Value | Table:
        """What a parameter of the pack is on this date, under these readings and changes."""
        changed = _changed_values(self.pack, self.on, self.readings, self.parameters)
        return changed.get(parameter, parameter.at(self.on, self.readings))


def bind(
    pack: Pack,
    on: date,
    year: int | None = None,
    readings: Mapping[str, str] | None = None,
    parameters: Mapping[str, Value] | None = None,
) -> Bound:
    """The pack as it stands on `on`, assessed for `year` (the calendar year before `on` unless given).

    parameters: new values of parameters by name, for what-if questions: '9.rd_growth.subsidy_rate', one row of a table
    as '22.award.sums[national]'; money in fen, rates as Fraction, numbers int, dates date. `changes.parse_change` reads
    them from text.

    Raises ValueError for an unknown reading or option; for an unknown parameter (naming the nearest), a value of
    another type or out of range, and a row that a table lacks on the date; for a year after `on` or before the year
    that precedes the document's force: no annual benefit of the document can rest on it.
    """
    chosen = pack.chosen_readings(readings)
    changed = checked_changes(pack, parameters)
    assessed = on.year - 1 if year is None else year
    first = pack.valid[0].year - 1
    if pack.valid[0] <= on <= pack.valid[1] and not first <= assessed <= on.year:
        raise ValueError(
            f"assessed year {assessed}: expected a year from {first} to {on.year}, the year of {on}"
        )
    key = (pack, on, assessed, tuple(chosen.items()), tuple(sorted(changed.items(), key=_name)))
    return _bind_changed(*key) if changed else _bind(*key)


def _name(change: tuple[str, Value]) -> str:
    return change[0]


@lru_cache(maxsize=64)
def _bind(
    pack: Pack,
    on: date,
    year: int,
    chosen: tuple[tuple[str, str], ...],
    changed: tuple[tuple[str, Value], ...],
) -> Bound:
    return bind_anew(pack, on, year, dict(chosen), dict(changed))


def bind_anew(
    pack: Pack,
    on: date,
    year: int,
    readings: Mapping[str, str],
    parameters: Mapping[str, Value],
    day: Node | None = None,
) -> Bound:
    """As `bind`, with every reading given, unchecked and not kept.

    With `day`, a node, each expression reads the day of assessment from it; parameters stay those of `on`.
    """
    forest = pack.forest.over()
    changed = _changed_values(pack, on, readings, parameters)
    change = _changer(
        pack, year, readings, forest, changed, on, day or forest.node("const", DATE, CONSTANT, (), on)
    )
    done: dict[int, Node] = {}

    def fix(node: Node) -> Node:
        return forest.rewrite(node, change, done)

    in_force = pack.valid[0] <= on <= pack.valid[1]
    benefits = tuple(_benefit(pack, benefit, on, fix, forest, in_force=in_force) for benefit in pack.benefits)
    return Bound(pack, on, year, readings, benefits, parameters, forest)


# Apart, so that no series of what-ifs drives out the law.
_bind_changed = lru_cache(maxsize=16)(_bind.__wrapped__)


def variants(
    bound: Bound, benefit_id: str, changes: Sequence[Mapping[str, Value]], forest: Forest | None = None
) -> tuple[BoundBenefit, ...]:
    """One benefit under each of several changes, on top of those that the bound pack has already.

    What the variants have in common is one and the same node, so a population evaluator works it out once; give one
    `forest` (over `bound.forest`) to share with the variants of other benefits too. Raises ValueError as `bind` does.
    """
    shared = bound.forest.over() if forest is None else forest
    day = shared.node("const", DATE, CONSTANT, (), bound.on)
    benefit = bound.pack.benefit(benefit_id)
    in_force = bound.pack.valid[0] <= bound.on <= bound.pack.valid[1]
    found = []
    for change in changes:
        parameters = {**bound.parameters, **checked_changes(bound.pack, change)}
        values = _changed_values(bound.pack, bound.on, bound.readings, parameters)
        changer = _changer(bound.pack, bound.year, bound.readings, shared, values, bound.on, day)
        fix = partial(shared.rewrite, change=changer, done={})
        found.append(_benefit(bound.pack, benefit, bound.on, fix, shared, in_force=in_force))
    return tuple(found)


def _changed_values(
    pack: Pack, on: date, readings: Mapping[str, str], parameters: Mapping[str, Value]
) -> dict[Parameter, Value | Table]:
    """The changed parameters, each with its value; ValueError for a row that its table lacks on the date."""
    known = changeable(pack)
    rows: dict[Parameter, dict[tuple[str, ...] | None, Value]] = {}
    for key, value in parameters.items():
        rows.setdefault(known[key].parameter, {})[known[key].codes] = value
    return {one: changed_value(one, one.at(on, readings), changed) for one, changed in rows.items()}


def _changer(
    pack: Pack,
    year: int,
    readings: Mapping[str, str],
    forest: Forest,
    changed: Mapping[Parameter, Value | Table],
    on: date,
    day: Node,
) -> Callable[[Node], Node | None]:
    def constant(type_: str, value: Value | Table) -> Node:
        return forest.node("const", type_, CONSTANT, (), value)

    def change(node: Node) -> Node | None:
        if node.op == "parameter" and isinstance(node.value, Parameter):
            own = changed[node.value] if node.value in changed else node.value.at(on, readings)
            return constant(node.type, own)
        if node.op == "reading" and isinstance(node.value, tuple):
            reading_id, options = node.value
            chosen: Node = node.args[options.index(readings[reading_id])]
            return chosen
        if node.op == "on":
            return day
        if node.op == "year":
            return constant(NUMBER, year)
        if node.op == "in_force" and len(node.args) == 1:
            start, end = (constant(DATE, bound) for bound in pack.valid)
            return forest.node("in_force", BOOLEAN, node.level, (node.args[0], start, end))
        return None

    return change


def _benefit(
    pack: Pack, benefit: Benefit, on: date, fix: Callable[[Node], Node], forest: Forest, *, in_force: bool
) -> BoundBenefit:
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
        amount=None if formula is None else _capped(pack, forest, formula, tuple(node for _, node in caps)),
        total_caps=tuple((cap, fix(cap.node)) for cap in benefit.amount.total_caps),
        reasons=keys,
    )


def _capped(pack: Pack, forest: Forest, formula: Node, caps: tuple[Node, ...]) -> Node:
    """The smallest of formula and caps, never below zero, rounded as the pack says."""
    smallest = formula
    if caps:
        level = join_levels(formula.level, *(cap.level for cap in caps)) or formula.level
        smallest = forest.node("min", MONEY, level, (formula, *caps))
    if smallest.level != CONSTANT:
        nothing = forest.node("const", MONEY, CONSTANT, (), 0)
        smallest = forest.node("max", MONEY, smallest.level, (smallest, nothing))
    unit = forest.node("const", MONEY, CONSTANT, (), pack.rounding.unit)
    return forest.node(f"round_{pack.rounding.mode}", MONEY, smallest.level, (smallest, unit))
