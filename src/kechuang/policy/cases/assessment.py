"""Assesses one case with the reference evaluator.

For each benefit the outcome, sum, reason, missing facts and shortfall.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from kechuang.policy.cases.doubles import NONE
from kechuang.policy.cases.evaluator import Environment, compile_node
from kechuang.policy.cases.outcome import Assessment, Item, Missing, Outcome, Result, Shortfall
from kechuang.policy.encoding.binding import AMOUNT, FOR, NO_RECORD, bind
from kechuang.policy.language.tree import AGGREGATES, COMPARISONS, COUNTING
from kechuang.policy.language.vocabulary import SUBJECT, YEARS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from kechuang.policy.cases.evaluator import Closure
    from kechuang.policy.encoding.binding import Bound, BoundBenefit
    from kechuang.policy.encoding.pack import Pack
    from kechuang.policy.language.tree import Node
    from kechuang.policy.language.values import Value

_NOT_REACHED = object()  # a value that was never asked for, because another settled the answer
_SUBJECT_ALONE = (None,)  # stands for the records of a benefit that has no `each`
_ORDER = (Outcome.ENTITLED, Outcome.MAY_APPLY, Outcome.UNDETERMINED, Outcome.NOT_ELIGIBLE)


def assess(
    pack: Pack,
    facts: Mapping[str, Any],
    on: date,
    year: int | None = None,
    readings: Mapping[str, str] | None = None,
    parameters: Mapping[str, Value] | None = None,
) -> Assessment:
    """Assess one case.

    facts: fields of the subject, and each kind of related record as a list of mappings (shape and units:
    the vocabulary; money in
    fen, rates as Fraction, dates as date, codes as str). A field or list that is absent or None is unknown;
    [] is known to be none.
    `kechuang.policy.cases.facts.read_case` makes and checks such a mapping. on: the day of assessment. year: the
    assessed year, the
    calendar year before `on` unless given. readings: options that replace the pack's chosen ones. parameters: new
    values of parameters by name, see `binding.bind`.

    Raises ValueError for an unknown reading or option, and for a change that the pack does not allow.
    """
    return assess_bound(bind(pack, on, year, readings, parameters), facts)


def assess_bound(bound: Bound, facts: Mapping[str, Any], only: frozenset[str] | None = None) -> Assessment:
    """Assess one case under a bound pack; `only` limits it to some benefit ids."""
    env = Environment(facts)
    results = {
        key: _result(plan, bound, env) for key, plan in _plans(bound).items() if only is None or key in only
    }
    return Assessment(bound, facts, results)


@dataclass(frozen=True, slots=True)
class _Plan:
    """A benefit made ready for many cases: the closures of its conditions and sums, in order."""

    benefit: BoundBenefit
    fits: Closure
    conditions: tuple[tuple[str, Node, Closure], ...]
    amount: Closure | None
    total_caps: tuple[Closure, ...]
    outcome: Outcome  # when every condition holds


def _plans(bound: Bound) -> dict[str, _Plan]:
    """The plan of every benefit by id, made once for each bound pack."""
    found = bound.compiled.get("plans")
    if found is None:
        found = bound.compiled["plans"] = {one.benefit.id: _plan(one, bound) for one in bound.benefits}
    return cast("dict[str, _Plan]", found)


def _plan(benefit: BoundBenefit, bound: Bound) -> _Plan:
    return _Plan(
        benefit=benefit,
        fits=compile_node(benefit.kind_fits, bound),
        conditions=tuple((one.key, node, compile_node(node, bound)) for one, node in benefit.conditions),
        amount=None if benefit.amount is None else compile_node(benefit.amount, bound),
        total_caps=tuple(compile_node(node, bound) for _, node in benefit.total_caps),
        outcome=Outcome.MAY_APPLY if benefit.benefit.amount.is_ceiling else Outcome.ENTITLED,
    )


def _result(plan: _Plan, bound: Bound, env: Environment) -> Result:
    benefit = plan.benefit
    if not benefit.in_force:
        return Result(benefit, Outcome.NOT_IN_FORCE, None, None, (), None, (), env.memo)
    fits = plan.fits(env)
    each = benefit.benefit.each
    rows = _SUBJECT_ALONE if each is None else env.facts.get(each)
    if fits is False or not rows:
        return _without_items(benefit, bound, env, fits=fits, unknown=rows is None)
    alone = each is None or len(rows) == 1 or plan.amount is None
    doubles = NONE if alone else env.possible_doubles(str(each), bound)
    items = tuple(
        [_item(plan, bound, env, index, row, double=index in doubles) for index, row in enumerate(rows)]
    )
    best = items[0] if len(items) == 1 else _best(benefit, items)
    if fits is None and best.outcome is not Outcome.NOT_ELIGIBLE:
        missing = (
            *_missing(benefit.kind_fits, bound, env, None),
            *(fact for item in items for fact in item.missing),
        )
        return Result(
            benefit, Outcome.UNDETERMINED, None, FOR, tuple(dict.fromkeys(missing)), None, items, env.memo
        )
    amount = _total(plan, env, items) if best.outcome.passes else None
    return Result(benefit, best.outcome, amount, best.because, best.missing, best.short, items, env.memo)


def _without_items(
    benefit: BoundBenefit, bound: Bound, env: Environment, *, fits: bool | None, unknown: bool
) -> Result:
    """The subject is of another kind, or the list of records is unknown or empty."""
    if fits is False:
        return Result(benefit, Outcome.NOT_ELIGIBLE, None, FOR, (), None, (), env.memo)
    if not unknown:
        return Result(benefit, Outcome.NOT_ELIGIBLE, None, NO_RECORD, (), None, (), env.memo)
    kind = _missing(benefit.kind_fits, bound, env, None) if fits is None else ()
    missing = (*kind, Missing(str(benefit.benefit.each), None))
    return Result(
        benefit, Outcome.UNDETERMINED, None, FOR if fits is None else NO_RECORD, missing, None, (), env.memo
    )


def _item(
    plan: _Plan,
    bound: Bound,
    base: Environment,
    index: int,
    row: Mapping[str, Any] | None,
    *,
    double: bool,
) -> Item:
    """One record, or the subject itself (row None): the first false condition decides, then the first unknown one.

    What a `double` adds, a record that may be another one filed once more, is unknown.
    """
    env = base if row is None else Environment(base.facts, base, row)
    position = None if row is None else index
    unknown: list[tuple[str, Node]] = []
    for key, node, run in plan.conditions:
        value = run(env)
        if value is False:
            short = _shortfall(node, bound, env)
            return Item(position, Outcome.NOT_ELIGIBLE, None, key, (), short, env.memo)
        if value is None:
            unknown.append((key, node))
    amount = None if plan.amount is None else plan.amount(env)
    if plan.benefit.amount is not None and (amount is None or double):
        unknown.append((AMOUNT, plan.benefit.amount))
    if unknown:
        facts = [fact for _, node in unknown for fact in _missing(node, bound, env, position)]
        if double:
            facts += _unknown_key(str(plan.benefit.benefit.each), bound, env, index)
        missing = tuple(dict.fromkeys(facts))
        return Item(position, Outcome.UNDETERMINED, None, unknown[0][0], missing, None, env.memo)
    return Item(position, plan.outcome, None if amount is None else int(amount), None, (), None, env.memo)


def _best(benefit: BoundBenefit, items: tuple[Item, ...]) -> Item:
    """The record that speaks for all.

    One that passes, else an undetermined one, else the one that got furthest; first of equals.
    """

    def rank(item: Item) -> tuple[int, int]:
        progress = benefit.reasons.index(item.because) if item.because else 0
        return (_ORDER.index(item.outcome), -progress)

    return min(items, key=rank)


def _total(plan: _Plan, env: Environment, items: tuple[Item, ...]) -> int | None:
    """The sum over the records that pass, under the caps on the subject's sum; an unknown cap leaves it unknown."""
    if plan.amount is None:
        return None
    total = sum(item.amount or 0 for item in items if item.outcome.passes)
    caps = [cap(env) for cap in plan.total_caps]
    return None if None in caps else min([total, *(int(cap) for cap in caps)])


def _missing(node: Node, bound: Bound, env: Environment, position: int | None) -> tuple[Missing, ...]:
    """The unknown facts that keep this node unknown, each once, in the order in which the expression names them."""
    return _leaves(node, bound, env, position, {})


def _leaves(
    node: Node, bound: Bound, env: Environment, position: int | None, done: dict[Node, tuple[Missing, ...]]
) -> tuple[Missing, ...]:
    """As `_missing`; `done` holds the answers for this environment, since names share what they stand for."""
    found = done.get(node)
    if found is None:
        found = done[node] = tuple(dict.fromkeys(_unknown_leaves(node, bound, env, position, done)))
    return found


def _unknown_leaves(
    node: Node, bound: Bound, env: Environment, position: int | None, done: dict[Node, tuple[Missing, ...]]
) -> Iterator[Missing]:
    memo = env.memo if node in env.memo else env.base.memo
    if node.op == "const" or memo.get(node, _NOT_REACHED) is not None:
        return
    if node.op == "field":
        record, name = node.value
        yield Missing(record, name, None, position if record != SUBJECT else None)
    elif node.op == "annual":
        back = compile_node(node.args[0], bound)(env)
        yield Missing(YEARS, str(node.value), None if back is None else bound.year - back)
    elif node.op in AGGREGATES:
        yield from _unknown_in_records(node, bound, env)
    else:
        below = [missing for arg in node.args for missing in _leaves(arg, bound, env, position, done)]
        if not below and node.op in ("series", "lookup"):
            below = [Missing(node.op, str(node.value) if node.op == "series" else _table_name(node))]
        yield from below


def _table_name(node: Node) -> str:
    """The key of the table parameter that lacks a row."""
    table = node.args[0]
    return str(table.value.key) if table.op == "named" else "table"


def _unknown_in_records(node: Node, bound: Bound, env: Environment) -> Iterator[Missing]:
    """What keeps an aggregate unknown: the list itself, or facts of the records that its filter does not exclude."""
    record = str(node.value)
    rows = env.base.facts.get(record)
    if rows is None:
        yield Missing(record, None)
        return
    *elements, where = node.args
    doubles = env.possible_doubles(record, bound) if node.op in COUNTING else NONE
    for index, row in enumerate(rows):
        inner = Environment(env.base.facts, env.base, row)
        chosen = compile_node(where, bound)(inner)
        if chosen is None:
            yield from _missing(where, bound, inner, index)
        if chosen is not False:
            if index in doubles:
                yield from _unknown_key(record, bound, inner, index)
            for element in elements:
                if compile_node(element, bound)(inner) is None:
                    yield from _missing(element, bound, inner, index)


def _unknown_key(record: str, bound: Bound, env: Environment, position: int) -> Iterator[Missing]:
    """The unknown parts of the key that would tell a record from the others."""
    for name in bound.pack.vocabulary.records[record].key:
        if env.record.get(name) is None:
            yield Missing(record, name, None, position)


def _shortfall(node: Node, bound: Bound, env: Environment) -> Shortfall | None:
    """How far the comparison in a false condition is from holding; None when it is no comparison of quantities."""
    comparison = _failed_comparison(node, bound, env)
    if comparison is None:
        return None
    left, right = (compile_node(arg, bound)(env) for arg in comparison.args)
    gap = right - left if comparison.op in ("gt", "ge") else left - right
    return Shortfall(
        gap.days if comparison.args[0].type == "date" else gap,
        comparison.args[0].type,
        comparison.op in ("gt", "lt"),
        comparison,
    )


def _failed_comparison(node: Node, bound: Bound, env: Environment) -> Node | None:
    if node.op == "named":
        return _failed_comparison(node.args[0], bound, env)
    if node.op == "and":
        false = next(arg for arg in node.args if compile_node(arg, bound)(env) is False)
        return _failed_comparison(false, bound, env)
    ordered = node.op in COMPARISONS and node.op not in ("eq", "ne")
    return node if ordered else None
