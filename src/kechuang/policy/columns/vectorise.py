"""Compiles a node of the tree into a function over a chunk of columns: the population evaluator's half of the language.

Constant nodes are computed once by the reference evaluator. Values of the subject are spread to its records
where the two meet.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from kechuang.policy.cases.evaluator import Environment, compile_node
from kechuang.policy.columns import vector as vec
from kechuang.policy.columns import vector_dates, vector_logic, vector_records
from kechuang.policy.columns.runs import Run
from kechuang.policy.columns.vector import Vector
from kechuang.policy.columns.vector_dates import EPOCH
from kechuang.policy.language.parameter import Table
from kechuang.policy.language.tree import (
    AGGREGATES,
    COMPARISONS,
    CONSTANT,
    COUNTING,
    ROUNDINGS,
    SUBJECT_LEVEL,
    Node,
)
from kechuang.policy.language.values import BOOLEAN, code_list, is_code
from kechuang.policy.language.weights import MAX_EXPONENT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kechuang.policy.columns.runs import Function
    from kechuang.policy.encoding.binding import Bound


class Plan:
    """The functions of all nodes that a bound pack's results need."""

    def __init__(self, bound: Bound, roots: Iterable[tuple[Node, str]]) -> None:
        self.bound = bound
        self.uses: Counter[object] = Counter()
        self._functions: dict[tuple[Node, str], Function] = {}
        self._constants: dict[Node, Any] = {}
        for node, level in roots:
            self.need(node, level)

    def need(self, node: Node, level: str) -> Function:
        """The function of a node at a level (subject, or a record kind); counted as one use."""
        key = (_meant(node), level)
        self.uses[key] += 1
        found = self._functions.get(key)
        if found is None:
            function = self._build(*key)
            found = self._functions[key] = _picked(key, _kept(key, function), function)
        return found

    def get(self, node: Node, level: str) -> Function:
        """The function of a node already needed."""
        return self._functions[(_meant(node), level)]

    def constant(self, node: Node) -> Any:
        """The value of a constant node, by the reference evaluator.

        Codes become their position, dates days since 1970.
        """
        if node not in self._constants:
            self._constants[node] = self.position(compile_node(node, self.bound)(Environment({})), node)
        return self._constants[node]

    def position(self, value: Any, node: Node) -> Any:
        """A value as columns hold it: codes as positions in their list, dates as days since 1970."""
        if isinstance(value, date):
            return (value - EPOCH).days
        if is_code(node.type) and value is not None:
            return list(self.bound.pack.vocabulary.codes[code_list(node.type)]).index(value)
        return value

    def _build(self, node: Node, level: str) -> Function:
        if node.level == CONSTANT:
            return self._filled(self.constant(node), level)
        if node.level == SUBJECT_LEVEL and level != SUBJECT_LEVEL:
            inner = self.need(node, SUBJECT_LEVEL)
            return lambda run: run.spread(inner(run), level)
        if node.op in AGGREGATES:
            return self._aggregate(node)
        if node.op in COMPARISONS:
            return self._comparison(node, level)
        if node.op in ROUNDINGS:
            inner, unit, mode = self.need(node.args[0], level), self.constant(node.args[1]), node.op
            return lambda run: vec.round_to(inner(run), unit, mode)
        return _BUILDERS[node.op](self, node, level)

    def _filled(self, value: Any, level: str) -> Function:
        """A constant as a vector of the level's length; None is unknown."""
        exact = Fraction(0 if value is None or isinstance(value, (Table, str)) else value)
        text = value if isinstance(value, str) else None

        def run(state: Run) -> Vector:
            size = state.size(level)
            if value is None:
                return Vector.unknown(size)
            if isinstance(value, bool):
                return Vector(np.full(size, value), 1, None, 1)
            if text is not None:
                return Vector(np.full(size, text, dtype=object), 1, None, 0)
            wide = abs(exact.numerator) > vec.LIMIT
            filled = np.full(size, exact.numerator, dtype=object if wide else np.int64)
            return Vector(filled, exact.denominator, None, abs(exact.numerator))

        return run

    def _aggregate(self, node: Node) -> Function:
        record = str(node.value)
        where_node = node.args[-1]
        everything = where_node.op == "const" and where_node.value is True
        where = None if everything else self.need(where_node, record)
        element = None if node.op == "count_of" else self.need(node.args[0], record)
        fold, counts_each = vector_records.FOLDS[node.op], node.op in COUNTING

        def run(state: Run) -> Vector:
            records = state.chunk.records(record)
            doubles = state.chunk.possible_doubles(record) if counts_each else None
            chosen = None if where is None else where(state)
            if chosen is None and (element is None or doubles is not None):
                chosen = Vector(np.ones(records.count, dtype=np.bool_), 1, None, 1)
            if chosen is not None and doubles is not None:
                chosen = vec.boolean(chosen.values, vec.both(chosen.known, ~(doubles & chosen.values)))
            return fold(records, state.chunk.size, chosen, None if element is None else element(state))

        return run

    def _comparison(self, node: Node, level: str) -> Function:
        left, right = node.args
        if left.type == "text":
            return self._text(node, level)
        for side, other, op in ((left, right, node.op), (right, left, vec.MIRRORED[node.op])):
            if other.level == CONSTANT:
                value, inner = self.constant(other), self.need(side, level)
                if value is None:
                    return self._filled(None, level)
                return lambda run: vec.compare_constant(op, inner(run), value)
        first, second, op = self.need(left, level), self.need(right, level), node.op
        return lambda run: vec.compare(op, first(run), second(run))

    def _text(self, node: Node, level: str) -> Function:
        left, right = (self.need(arg, level) if arg.level != CONSTANT else None for arg in node.args)
        constants = [None if arg.level != CONSTANT else str(self.constant(arg)) for arg in node.args]

        def run(state: Run) -> Vector:
            sides = [
                constant if side is None else side(state)
                for side, constant in zip((left, right), constants, strict=True)
            ]
            values = [side.values if isinstance(side, Vector) else side for side in sides]
            known = None
            for side in sides:
                known = vec.both(known, side.known) if isinstance(side, Vector) else known
            equal = np.asarray(values[0] == values[1], dtype=np.bool_)
            return vec.boolean(equal if node.op == "eq" else ~equal, known)

        return run


def _kept(key: tuple[Node, str], function: Function) -> Function:
    """Keep a value that is used again until its last use."""

    def run(state: Run) -> Vector:
        found = state.kept.get(key)
        if found is None:
            found = function(state)
            if state.left[key] > 1:
                state.kept[key] = found
        state.left[key] -= 1
        if state.left[key] <= 0:
            state.kept.pop(key, None)
        return found

    return run


def _picked(key: tuple[Node, str], over_all: Function, function: Function) -> Function:
    """In a run over some subjects, pick what is, or must be, worked out for all; work out the rest for them only."""
    from_records = key[0].op in AGGREGATES

    def run(state: Run) -> Vector:
        if state.whole is None or state.rows is None:
            return over_all(state)
        found = state.kept.get(key)
        if found is None:
            known = over_all(state.whole) if from_records else state.whole.kept.get(key)
            found = state.kept[key] = function(state) if known is None else known.take(state.rows)
        return found

    return run


def _meant(node: Node) -> Node:
    """What a name stands for; a name computes nothing of its own."""
    while node.op == "named":
        node = node.args[0]
    return node


def _field(_: Plan, node: Node, __: str) -> Function:
    record, name = node.value
    return lambda run: run.chunk.field(record, name, run.rows)


def _annual(plan: Plan, node: Node, _: str) -> Function:
    back, name, year = plan.constant(node.args[0]), str(node.value), plan.bound.year
    if back is None:
        return lambda run: Vector.unknown(run.size())
    return lambda run: run.chunk.annual(name, year - back, run.rows)


def _add(plan: Plan, node: Node, level: str) -> Function:
    first, second = node.args
    for side, other, negate in ((first, second, False), (second, first, node.op == "sub")):
        if other.level == CONSTANT:
            value, inner = plan.constant(other), plan.need(side, level)
            if value is None:
                return plan._filled(None, level)  # noqa: SLF001
            shift = -value if node.op == "sub" and not negate else value
            return lambda run: vec.add_constant(inner(run), shift, negate=negate)
    left, right = plan.need(first, level), plan.need(second, level)
    function = vec.add if node.op == "add" else vec.subtract
    return lambda run: function(left(run), right(run))


def _multiply(plan: Plan, node: Node, level: str) -> Function:
    first, second = node.args
    for side, other in ((first, second), (second, first)):
        if other.level == CONSTANT:
            value, inner = plan.constant(other), plan.need(side, level)
            if value is None or (node.op == "div" and not value):
                return plan._filled(None, level)  # noqa: SLF001
            factor = 1 / Fraction(value) if node.op == "div" else value
            return lambda run: vec.multiply_constant(inner(run), factor)
    left, right = plan.need(first, level), plan.need(second, level)
    return lambda run: vec.multiply(left(run), right(run))


def _negate(plan: Plan, node: Node, level: str) -> Function:
    inner = plan.need(node.args[0], level)
    return lambda run: vec.scaled(inner(run), -1)


def _power(plan: Plan, node: Node, level: str) -> Function:
    inner, exponent = plan.need(node.args[0], level), plan.constant(node.args[1])
    if exponent is None or not 0 <= exponent <= MAX_EXPONENT:
        return plan._filled(None, level)  # noqa: SLF001
    return lambda run: vec.power(inner(run), exponent)


def _extreme(plan: Plan, node: Node, level: str) -> Function:
    args = [plan.need(arg, level) for arg in node.args]
    choose = np.minimum if node.op == "min" else np.maximum

    def run(state: Run) -> Vector:
        result = args[0](state)
        for arg in args[1:]:
            first, second, den = vec.common(result, arg(state))
            values = choose(first.values, second.values)
            result = Vector(values, den, vec.both(first.known, second.known), max(first.bound, second.bound))
        return result

    return run


def _lookup(plan: Plan, node: Node, level: str) -> Function:
    """A table by one or two codes, as an array over their positions; a row that the table lacks is unknown."""
    table = plan.constant(node.args[0])
    keys = [plan.need(arg, level) for arg in node.args[1:]]
    if not isinstance(table, Table):
        return plan._filled(None, level)  # noqa: SLF001
    lists = [list(plan.bound.pack.vocabulary.codes[name]) for name in table.by]
    shape = tuple(map(len, lists))
    rows = {codes: Fraction(plan.position(value, node)) for codes, value in table.rows.items()}
    den = lcm(*(value.denominator for value in rows.values()))
    bound = max(abs(int(value * den)) for value in rows.values())
    kind = np.bool_ if node.type == BOOLEAN else np.int64 if bound <= vec.LIMIT else object
    values, known = np.zeros(shape, dtype=kind), np.zeros(shape, dtype=np.bool_)
    for codes, value in rows.items():
        at = tuple(members.index(code) for members, code in zip(lists, codes, strict=True))
        values[at], known[at] = int(value * den), True

    def run(state: Run) -> Vector:
        found = [key(state) for key in keys]
        at = tuple(vector.values.astype(np.intp, copy=False) for vector in found)  # unknown ones are booleans
        mask = known[at]
        for vector in found:
            mask = mask if vector.known is None else mask & vector.known
        return vec.boolean(values[at], mask) if node.type == BOOLEAN else Vector(values[at], den, mask, bound)

    return run


_BUILDERS: Final[dict[str, Callable[[Plan, Node, str], Function]]] = {
    "field": _field,
    "annual": _annual,
    "add": _add,
    "sub": _add,
    "mul": _multiply,
    "div": _multiply,
    "neg": _negate,
    "pow": _power,
    "min": _extreme,
    "max": _extreme,
    "lookup": _lookup,
    **vector_logic.BUILDERS,
    **vector_dates.BUILDERS,
}
