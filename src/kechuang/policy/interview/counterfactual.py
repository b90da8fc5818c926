"""What would change a refusal: the smallest change of one fact that flips it, verified by assessing again.

Only what an applicant can change is offered: facts whose vocabulary says how (`change`), lists of which one can
obtain a record (`obtain`), and waiting. docs/interview.md states the search in prose.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import product
from typing import Any, Final, cast

from kechuang.policy.cases.assessment import assess_bound
from kechuang.policy.cases.evaluator import Environment, compile_node
from kechuang.policy.cases.outcome import Assessment, Item, Missing, Outcome, Result
from kechuang.policy.encoding.binding import FOR, NO_RECORD, Bound, bind_anew
from kechuang.policy.encoding.pack import Pack
from kechuang.policy.interview.keys import selector
from kechuang.policy.language.tree import SUBJECT_LEVEL, Forest, Node
from kechuang.policy.language.values import (
    BOOLEAN,
    DATE,
    LAST_DAY,
    MAX_MONEY_FEN,
    MAX_NUMBER,
    MAX_RATE,
    MONEY,
    NUMBER,
    RATE,
    RATE_UNIT,
    Value,
    code_list,
    is_code,
)
from kechuang.policy.language.vocabulary import SUBJECT, YEARS, Field, RecordKind

DO, WAIT, OBTAIN, REACH, HELD = "do", "wait", "obtain", "reach", "held"
_ORDER: Final = (DO, WAIT, OBTAIN, REACH, HELD)
_MOST_ITEMS: Final = 5  # records of one benefit that are tried
_DAY: Final = "@on"  # the fact that stands for the day of assessment while days are tried
_LIMITS: Final = {MONEY: MAX_MONEY_FEN, NUMBER: MAX_NUMBER, RATE: MAX_RATE}
_ROOM: Final = 12  # a list of codes longer than this is not tried


@dataclass(frozen=True, slots=True)
class Change:
    """One change that flips a result, and what comes of it.

    `way`: do (an act; `by` is the last day on which it helps), wait (until `on`), obtain (a record of the list `fact`,
    `value` its code), reach (a figure), held (a ceiling has been met at `value`). `gap` is how much more a figure
    takes, how many days one waits, or how much lies above the ceiling. `then` is the result after the change,
    `along` the fields of the same record, not known so far, that are to be made true along with the act.
    """

    benefit: str
    way: str
    fact: Missing | None
    value: Value
    gap: Fraction | int | None
    by: date | None
    on: date | None
    then: Result
    along: tuple[str, ...] = ()


def changes(assessment: Assessment, benefit_id: str, most: int = 2) -> tuple[Change, ...]:
    """The single changes that turn a refusal into a pass, the easiest first, or where a ceiling was met.

    Empty when no one change does; each was verified by assessing anew.
    """
    result = assessment.results[benefit_id]
    search = _Search(assessment, result)
    if result.outcome.passes:
        found = list(search.held())
    elif result.outcome is Outcome.NOT_ELIGIBLE and result.because not in (FOR, NO_RECORD):
        found = list(search.flips())
    else:
        return ()
    found.sort(key=lambda one: _ORDER.index(one.way))
    return tuple(found[:most])


class _Search:
    """Tries changes of one case on one benefit, whose day of assessment is a fact like any other."""

    def __init__(self, assessment: Assessment, result: Result) -> None:
        self.bound = assessment.bound
        self.result = result
        self.id = result.benefit_id
        self.vocabulary = self.bound.pack.vocabulary
        self.moving = _moving(self.bound, self.id)
        self.facts: dict[str, Any] = {**assessment.facts, _DAY: self.bound.on}
        self.last = min(self.bound.pack.valid[1], result.bound.benefit.valid[1])

    # -- trying ----------------------------------------------------------------------------------------------------

    def outcome(self, facts: Mapping[str, Any]) -> Result:
        """The result for changed facts."""
        return assess_bound(self.moving, facts).results[self.id]

    def passes(self, facts: Mapping[str, Any]) -> bool:
        """Whether changed facts pass."""
        return self.outcome(facts).outcome.passes

    def change(
        self, way: str, facts: Mapping[str, Any], *, fact: Missing | None = None, value: Value = None,
        gap: Fraction | int | None = None, by: date | None = None, on: date | None = None,
    ) -> Iterator[Change]:  # fmt: skip
        """The change, if the law as it stands on the day of assessment then (not on today's) passes it too."""
        day = facts[_DAY]
        plain = {name: value for name, value in facts.items() if name != _DAY}
        bound = self.bound
        then = bind_anew(_only(bound.pack, self.id), day, bound.year, bound.readings, bound.parameters)
        result = assess_bound(then, plain).results[self.id]
        if result.outcome.passes:
            yield Change(self.id, way, fact, value, gap, by, on, result)

    # -- flipping a refusal ----------------------------------------------------------------------------------------

    def flips(self) -> Iterator[Change]:
        """Every change that flips the refusal."""
        items = sorted(self.result.items, key=self._distance)[:_MOST_ITEMS]
        for item in items:
            unmet = list(self._unmet(item))
            facts = list(self._facts(unmet, item))
            for fact in facts:
                yield from self._by_fact(fact, item, facts)
            for node in unmet:
                yield from self._by_obtaining(node)
        yield from self._by_waiting()

    def _distance(self, item: Item) -> int:
        return -self.result.bound.reasons.index(item.because) if item.because else 0

    def _unmet(self, item: Item) -> Iterator[Node]:
        """The conditions that do not hold for a record, those not known to hold included."""
        env = Environment(self.facts)
        each = self.result.bound.benefit.each
        if each is not None and item.index is not None:
            env = Environment(self.facts, env, self.facts[each][item.index])
        for _, node in self.moving.benefits[0].conditions:
            if compile_node(node, self.moving)(env) is not True:
                yield node

    def _facts(self, nodes: list[Node], item: Item) -> Iterator[Missing]:
        """The facts of the subject, its years and this record that some expressions read, each once."""
        found: dict[Missing, None] = {}
        for node in (below for root in nodes for below in root.walk()):
            if node.op == "annual":
                back = compile_node(node.args[0], self.moving)(Environment({}))
                found[Missing(YEARS, str(node.value), self.bound.year - back)] = None
            elif node.op == "field" and node.value[1] != _DAY:
                record, name = node.value
                if record == SUBJECT:
                    found[Missing(SUBJECT, name)] = None
                elif record == self.result.bound.benefit.each:
                    found[Missing(record, name, None, item.index)] = None
        return iter(found)

    def _by_fact(self, fact: Missing, item: Item, read: list[Missing]) -> Iterator[Change]:
        field = self.vocabulary.records[fact.record].fields[str(fact.field)]
        now = self._read(fact)
        if field.change is None or now is None:
            return
        if field.type == BOOLEAN and now is False:
            yield from self._by_doing(fact, field, tuple(one for one in read if self._goes_along(one, fact)))
        elif is_code(field.type):
            yield from self._by_code(fact, field, str(now))
        elif field.type in _LIMITS and isinstance(now, (int, Fraction)):
            gap = item.short.gap if item.short is not None and item.short.type == field.type else 0
            if not self._goes_wrong(fact, now, gap, item):
                yield from self._by_reaching(fact, field.type, now, gap)

    def _goes_along(self, one: Missing, act: Missing) -> bool:
        """Whether a fact of the same record, not known so far, can be made true along with an act."""
        field = self.vocabulary.records[one.record].fields[str(one.field)]
        same = (one.record, one.year, one.index) == (act.record, act.year, act.index)
        return same and field.type == BOOLEAN and field.change is not None and self._read(one) is None

    def _by_doing(self, fact: Missing, field: Field, along: tuple[Missing, ...]) -> Iterator[Change]:
        """The act done today, and the last day on which it still helps."""

        def done(day: date) -> dict[str, Any]:
            facts = {**self.facts, _DAY: day}
            for one in (fact, *along):
                facts = self._with(one, True, facts)  # noqa: FBT003 - the value of the fact
            if field.done_on is None:
                return facts
            return self._with(replace(fact, field=field.done_on), day, facts)

        today = self.bound.on
        if not self.passes(done(today)):
            return
        by = None
        if field.done_on is not None:
            late = _first(
                lambda days: not self.passes(done(today + timedelta(days=days))), (self.last - today).days
            )
            by = None if late is None else today + timedelta(days=late - 1)
        for change in self.change(DO, done(today), fact=fact, value=True, by=by):
            yield replace(change, along=tuple(str(one.field) for one in along))

    def _by_code(self, fact: Missing, field: Field, now: str) -> Iterator[Change]:
        """The code that passes and stands nearest to the present one."""
        codes = list(self.vocabulary.codes[code_list(field.type)])
        if len(codes) > _ROOM:
            return
        place = codes.index(now)
        for code in sorted(
            (one for one in codes if one != now), key=lambda one: abs(codes.index(one) - place)
        ):
            facts = self._with(fact, code)
            if self.passes(facts):
                yield from self.change(DO, facts, fact=fact, value=code)
                return

    def _goes_wrong(self, fact: Missing, now: Fraction | int, gap: Fraction | int, item: Item) -> bool:
        """Whether raising a figure by what is short leaves the same condition as short as before, or shorter."""
        if not gap:
            return False
        for then in self.outcome(self._with(fact, now + gap)).items:
            if then.index == item.index and then.because == item.because and then.short is not None:
                return then.short.gap >= gap
        return False

    def _by_reaching(
        self, fact: Missing, type_: str, now: Fraction | int, gap: Fraction | int
    ) -> Iterator[Change]:
        """The least figure above the present one that passes; often the shortfall, or one step more, is just it."""
        unit = Fraction(1, RATE_UNIT) if type_ == RATE else 1
        start, guess = int(now / unit), int(gap / unit)
        more = _first(
            lambda steps: self.passes(self._with(fact, (start + steps) * unit)), _LIMITS[type_] - start, guess
        )
        if more is not None:
            value = (start + more) * unit
            yield from self.change(REACH, self._with(fact, value), fact=fact, value=value, gap=more * unit)

    def _by_obtaining(self, node: Node) -> Iterator[Change]:
        """A further record, made from today, of each list in which the condition looks for any."""
        for below in node.walk():
            if below.op != "any_of":
                continue
            kind = self.vocabulary.records[str(below.value)]
            if kind.obtain is not None and self.facts.get(kind.name) is not None:
                yield from self._obtained(kind, below)

    def _obtained(self, kind: RecordKind, node: Node) -> Iterator[Change]:
        by, rows = selector(kind), list(self.facts[kind.name])
        read = {name: kind.fields[name] for name in _fields_read(node, kind.name)}
        for code in _codes_named(node, kind.name, by):
            for row in self._rows({name: field for name, field in read.items() if name != by}):
                facts = {**self.facts, kind.name: [*rows, {str(by): code, **row}]}
                if self.passes(facts):
                    yield from self.change(OBTAIN, facts, fact=Missing(kind.name, by), value=code)
                    break

    def _rows(self, fields: Mapping[str, Field]) -> Iterator[dict[str, Value]]:
        """The records that could be obtained today: dates from today on, codes from the lowest, marks that hold."""
        choices: list[list[Value]] = []
        for field in fields.values():
            if field.type == DATE:
                choices.append([self.bound.on, LAST_DAY])
            elif field.type == BOOLEAN:
                choices.append([True])
            elif is_code(field.type):
                choices.append([*reversed(list(self.vocabulary.codes[code_list(field.type)]))])
            else:
                return
        for values in product(*choices):
            yield dict(zip(fields, values, strict=True))

    def _by_waiting(self) -> Iterator[Change]:
        """The first later day on which the same facts pass, while the document is in force."""
        today, benefit = self.bound.on, self.moving.benefits[0]
        if not any(_reads_day(node) for _, node in benefit.conditions):
            return
        days = _first(
            lambda more: self.passes(self._on(today + timedelta(days=more))), (self.last - today).days
        )
        if days is not None:
            day = today + timedelta(days=days)
            yield from self.change(WAIT, self._on(day), on=day, gap=days)

    def _on(self, day: date) -> dict[str, Any]:
        return {**self.facts, _DAY: day}

    # -- a ceiling that was met ------------------------------------------------------------------------------------

    def held(self) -> Iterator[Change]:
        """The figure from which on the sum no longer grows, for a sum of the subject that a ceiling holds."""
        one, amount = self.result.bound, self.result.amount
        if one.benefit.each is not None or one.formula is None or amount is None or not one.caps:
            return
        whole = compile_node(one.formula, self.bound)(Environment(self.facts))
        if whole is None or int(whole) <= amount:
            return
        for fact in self._facts([one.formula], self.result.items[0]):
            field, now = self.vocabulary.records[fact.record].fields[str(fact.field)], self._read(fact)
            if field.type != MONEY or field.change is None or not isinstance(now, int):
                continue
            less = _first(lambda fen, fact=fact, now=now: self._falls(fact, now - fen, amount), now)  # type: ignore[misc]
            if less is not None and less > 1 and self.passes(self._with(fact, now - less)):
                value = now - less + 1
                yield from self.change(HELD, self._with(fact, value), fact=fact, value=value, gap=less - 1)

    def _falls(self, fact: Missing, value: int, amount: int) -> bool:
        """Whether the sum falls below `amount` with this figure."""
        return (self.outcome(self._with(fact, value)).amount or 0) < amount

    # -- facts -----------------------------------------------------------------------------------------------------

    def _row(self, fact: Missing) -> Mapping[str, Any]:
        rows = self.facts.get(fact.record) or ()
        if fact.record == SUBJECT:
            return self.facts
        if fact.record == YEARS and fact.year is not None:
            return next((row for row in rows if row.get("year") == fact.year), {})
        return cast("Mapping[str, Any]", rows[fact.index or 0])

    def _read(self, fact: Missing) -> Value:
        return cast("Value", self._row(fact).get(str(fact.field)))

    def _with(self, fact: Missing, value: Value, facts: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The facts with one of them changed."""
        base = self.facts if facts is None else facts
        if fact.record == SUBJECT:
            return {**base, str(fact.field): value}
        rows = list(base[fact.record])
        place = fact.index or 0
        if fact.record == YEARS and fact.year is not None:
            place = next(index for index, row in enumerate(rows) if row.get("year") == fact.year)
        rows[place] = {**rows[place], str(fact.field): value}
        return {**base, fact.record: rows}


def _moving(bound: Bound, benefit_id: str) -> Bound:
    """One benefit of a bound pack with its day of assessment left open, as the fact `_DAY`; kept."""
    key = ("moving", benefit_id)
    if key not in bound.compiled:
        pack = _only(bound.pack, benefit_id)
        day = pack.forest.node("field", DATE, SUBJECT_LEVEL, (), (SUBJECT, _DAY))
        bound.compiled[key] = bind_anew(pack, bound.on, bound.year, bound.readings, bound.parameters, day)
    return cast("Bound", bound.compiled[key])


def _only(pack: Pack, benefit_id: str) -> Pack:
    """The pack with one benefit alone, and nodes of its own."""
    benefit = pack.benefit(benefit_id)
    measure = replace(pack.measures[benefit.measure], benefits=(benefit,))
    return replace(pack, measures={measure.key: measure}, forest=Forest())


def _first(holds: Callable[[int], bool], most: int, guess: int = 0) -> int | None:
    """The least number from 1 to `most` for which `holds` becomes true, found by doubling and halving; None if none.

    With a good guess, or one more than it, three questions are enough.
    """
    for number in (guess, guess + 1):
        if 0 < number <= most and holds(number):
            if number == 1 or not holds(number - 1):
                return number
            break
    below, step = 0, 1
    while not holds(min(step, most)):
        if step >= most:
            return None
        below, step = step, step * 2
    above = min(step, most)
    while above - below > 1:
        middle = (below + above) // 2
        if holds(middle):
            above = middle
        else:
            below = middle
    return above


def _reads_day(node: Node) -> bool:
    """Whether an expression reads the day of assessment."""
    return any(below.op == "field" and below.value == (SUBJECT, _DAY) for below in node.walk())


def _fields_read(node: Node, record: str) -> list[str]:
    """The fields of a list that an expression reads, each once."""
    return list(
        dict.fromkeys(
            below.value[1] for below in node.walk() if below.op == "field" and below.value[0] == record
        )
    )


def _codes_named(node: Node, record: str, by: str | None) -> list[str]:
    """The codes of the field `by` that an expression names."""
    found: dict[str, None] = {}
    for below in node.walk():
        if below.op in ("eq", "in") and below.args[0].op == "field" and below.args[0].value == (record, by):
            found |= dict.fromkeys(below.value if below.op == "in" else (below.args[1].value,))
    return list(found)
