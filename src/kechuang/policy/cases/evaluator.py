"""The reference evaluator: one case, exact, three-valued, every intermediate value kept.

It is the meaning of the language.

Each node becomes a closure once; a closure answers from the memo of its environment or computes and keeps
the value there.
None is unknown. A conjunction with a false part is false even when another part is unknown (Kleene).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from kechuang.policy.cases.doubles import possible_doubles
from kechuang.policy.language.functions import SCALAR
from kechuang.policy.language.parameter import Table
from kechuang.policy.language.tree import CONSTANT, COUNTING, SUBJECT_LEVEL
from kechuang.policy.language.values import DATE, FIRST_DAY, LAST_DAY
from kechuang.policy.language.vocabulary import SUBJECT, YEARS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from kechuang.policy.encoding.binding import Bound
    from kechuang.policy.language.tree import Node
    from kechuang.policy.language.values import Value

    Closure = Callable[["Environment"], Any]
    Rows = list[tuple[bool | None, "Environment"]]  # each with what the filter says of it
    Fold = Callable[[Rows, Closure], Any]

_ABSENT: Final = object()


class Environment:
    """The facts that a closure reads, and the memo it writes.

    `base` is the subject's environment, `record` the current record.
    """

    __slots__ = ("base", "doubles", "facts", "memo", "record", "years")

    def __init__(
        self,
        facts: Mapping[str, Any],
        base: Environment | None = None,
        record: Mapping[str, Any] | None = None,
    ) -> None:
        self.facts = facts
        self.base = base or self
        self.record: Mapping[str, Any] = record or {}
        self.memo: dict[Node, Value] = {}
        self.years: dict[int, Mapping[str, Any]] = {}
        if base is None:
            self.years = {row["year"]: row for row in facts.get(YEARS) or () if row.get("year") is not None}
            self.doubles: dict[str, frozenset[int]] = {}

    def possible_doubles(self, record: str, bound: Bound) -> frozenset[int]:
        """The positions of the records of a kind that may be another one filed once more; found once a subject."""
        known = self.base.doubles
        found = known.get(record)
        if found is None:
            key = bound.pack.vocabulary.records[record].key
            found = known[record] = possible_doubles(self.facts.get(record) or (), key)
        return found


def compile_node(node: Node, bound: Bound) -> Closure:
    """The closure of a node, made once for each bound pack."""
    cache: dict[Node, Closure] = bound.compiled.setdefault("closures", {})  # type: ignore[assignment]
    found = cache.get(node)
    if found is None:
        found = cache[node] = _field(node) if node.op == "field" else _keep(node, _build(node, bound))
    return found


def _keep(node: Node, compute: Closure) -> Closure:
    """Answer from the memo, or compute and keep.

    A subject's values are kept in its own environment and shared by its records. A constant is computed here.
    """
    if node.level == CONSTANT:
        known = compute(Environment({}))
        if known is not None:
            return lambda _env: known
    if node.level in (CONSTANT, SUBJECT_LEVEL):

        def subject(env: Environment) -> Any:
            base = env.base
            value = base.memo.get(node, _ABSENT)
            if value is _ABSENT:
                value = base.memo[node] = compute(base)
            return value

        return subject

    def record(env: Environment) -> Any:
        value = env.memo.get(node, _ABSENT)
        if value is _ABSENT:
            value = env.memo[node] = compute(env)
        return value

    return record


def _build(node: Node, bound: Bound) -> Closure:
    special = _SPECIAL.get(node.op)
    if special is not None:
        return special(node, bound)
    args = [compile_node(arg, bound) for arg in node.args]
    function = SCALAR[node.op]
    if len(args) == 1:
        return _unary(function, args[0])
    if len(args) == 2:  # noqa: PLR2004
        known = args[1](Environment({})) if node.args[1].level == CONSTANT else None
        if known is not None and node.type != DATE:
            return _with_constant(function, args[0], known)
        return _binary(function, *args, dates=node.type == DATE)
    return _many(function, args)


def _unary(function: Callable[..., Any], inner: Closure) -> Closure:
    def run(env: Environment) -> Any:
        value = inner(env)
        return None if value is None else function(value)

    return run


def _with_constant(function: Callable[..., Any], inner: Closure, known: object) -> Closure:
    def run(env: Environment) -> Any:
        value = inner(env)
        return None if value is None else function(value, known)

    return run


def _binary(function: Callable[..., Any], left: Closure, right: Closure, *, dates: bool) -> Closure:
    def run(env: Environment) -> Any:
        first = left(env)
        if first is None:
            return None
        second = right(env)
        return None if second is None else function(first, second)

    def run_dates(env: Environment) -> Any:
        """A date beyond the calendar that facts may use is unknown."""
        try:
            day = run(env)
        except (OverflowError, ValueError):
            return None
        return day if day is not None and FIRST_DAY <= day <= LAST_DAY else None

    return run_dates if dates else run


def _many(function: Callable[..., Any], args: Sequence[Closure]) -> Closure:
    def run(env: Environment) -> Any:
        values = [arg(env) for arg in args]
        return None if None in values else function(*values)

    return run


def _const(node: Node, _: Bound) -> Closure:
    value = node.value
    return lambda _env: value


def _named(node: Node, bound: Bound) -> Closure:
    return compile_node(node.args[0], bound)


def _field(node: Node) -> Closure:
    """A fact, kept like every other value, so that it is seen which facts were asked for."""
    record, name = cast("tuple[str, str]", node.value)

    def subject(env: Environment) -> Any:
        base = env.base
        value = base.memo[node] = base.facts.get(name)
        return value

    def of_record(env: Environment) -> Any:
        value = env.memo[node] = env.record.get(name)
        return value

    return subject if record == SUBJECT else of_record


def _annual(node: Node, bound: Bound) -> Closure:
    offset, name, year = compile_node(node.args[0], bound), str(node.value), bound.year

    def run(env: Environment) -> Any:
        back = offset(env)
        row = None if back is None else env.years.get(year - back)
        return None if row is None else row.get(name)

    return run


def _junction(node: Node, bound: Bound) -> Closure:
    """`and` or `or`: one false part settles a conjunction, one true part a disjunction; else an unknown one counts."""
    args = [compile_node(arg, bound) for arg in node.args]
    settling = node.op == "or"

    def run(env: Environment) -> Any:
        result: bool | None = not settling
        for arg in args:
            value = arg(env)
            if value is settling:
                return settling
            if value is None:
                result = None
        return result

    return run


def _not(node: Node, bound: Bound) -> Closure:
    return _unary(lambda value: not value, compile_node(node.args[0], bound))


def _if(node: Node, bound: Bound) -> Closure:
    test, then, other = (compile_node(arg, bound) for arg in node.args)

    def run(env: Environment) -> Any:
        value = test(env)
        if value is None:
            return None
        return then(env) if value else other(env)

    return run


def _in(node: Node, bound: Bound) -> Closure:
    codes = frozenset(node.value)
    return _unary(codes.__contains__, compile_node(node.args[0], bound))


def _in_force(node: Node, bound: Bound) -> Closure:
    start, end = bound.pack.valid
    return _unary(lambda day: start <= day <= end, compile_node(node.args[0], bound))


def _known(node: Node, bound: Bound) -> Closure:
    inner = compile_node(node.args[0], bound)
    return lambda env: inner(env) is not None


def _lookup(node: Node, bound: Bound) -> Closure:
    table, *keys = (compile_node(arg, bound) for arg in node.args)

    def run(env: Environment) -> Any:
        values = tuple(key(env) for key in keys)
        rows = table(env)
        return rows.rows.get(values) if isinstance(rows, Table) else None

    return run


def _series(node: Node, bound: Bound) -> Closure:
    quotes = bound.pack.series[str(node.value)]
    return _unary(lambda day: quotes.get((day.year, day.month)), compile_node(node.args[0], bound))


def _aggregate(node: Node, bound: Bound) -> Closure:
    """An aggregate over the records whose filter holds.

    Unknown when the list, a filter or a needed value is unknown. Where a record counts once more, in a sum or a count,
    it is unknown too whether one counts that may be another filed again.
    """
    record = str(node.value)
    where = compile_node(node.args[-1], bound)
    element = compile_node(node.args[0], bound)
    fold, counts_each = _FOLDS[node.op], node.op in COUNTING

    def run(env: Environment) -> Any:
        rows = env.facts.get(record)
        if rows is None:
            return None
        envs = [Environment(env.facts, env, row) for row in rows]
        chosen = [(where(inner), inner) for inner in envs]
        for place in env.possible_doubles(record, bound) if counts_each else ():
            if chosen[place][0]:
                chosen[place] = (None, envs[place])
        return fold(chosen, element)

    return run


def _settled_by(*, settling: bool) -> Fold:
    """`any` (settled by a true element of a chosen row) or `all` (by a false one); else open rows leave it unknown."""
    otherwise = not settling

    def fold(rows: Rows, element: Closure) -> Any:
        result: bool | None = otherwise
        for chosen, env in rows:
            if chosen is False:
                continue
            value = element(env)
            if value is settling and chosen is True:
                return settling
            if value is not otherwise:
                result = None
        return result

    return fold


def _values(rows: Rows, element: Closure) -> list[Any] | None:
    """The values of the chosen rows; None when a filter or a value is unknown."""
    if any(chosen is None for chosen, _ in rows):
        return None
    values = [element(env) for chosen, env in rows if chosen]
    return None if None in values else values


def _fold_sum(rows: Rows, element: Closure) -> Any:
    values = _values(rows, element)
    return None if values is None else sum(values)


def _extreme(choose: Callable[[list[Any]], Any]) -> Fold:
    def fold(rows: Rows, element: Closure) -> Any:
        values = _values(rows, element)
        return choose(values) if values else None

    return fold


def _fold_count(rows: Rows, _: Closure) -> int | None:
    return None if any(chosen is None for chosen, _env in rows) else sum(1 for chosen, _env in rows if chosen)


_FOLDS: Final = {
    "any_of": _settled_by(settling=True),
    "all_of": _settled_by(settling=False),
    "sum_of": _fold_sum,
    "max_of": _extreme(max),
    "min_of": _extreme(min),
    "count_of": _fold_count,
}
_SPECIAL: Final[dict[str, Callable[[Node, Bound], Closure]]] = {
    "const": _const,
    "named": _named,
    "annual": _annual,
    "and": _junction,
    "or": _junction,
    "not": _not,
    "if": _if,
    "in": _in,
    "in_force": _in_force,
    "known": _known,
    "lookup": _lookup,
    "series": _series,
    **dict.fromkeys(_FOLDS, _aggregate),
}
