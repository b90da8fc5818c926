"""Truth over columns: three-valued and, or, not, if, membership, validity and whether a fact is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from kechuang.policy.columns import vector as vec
from kechuang.policy.columns.vector import Vector
from kechuang.policy.columns.vector_dates import EPOCH
from kechuang.policy.language.values import BOOLEAN

if TYPE_CHECKING:
    from collections.abc import Callable

    from kechuang.policy.columns.runs import Function, Needs, Run
    from kechuang.policy.language.tree import Node


def _and(plan: Needs, node: Node, level: str) -> Function:
    args = [plan.need(arg, level) for arg in node.args]

    def run(state: Run) -> Vector:
        result = args[0](state)
        for arg in args[1:]:
            other = arg(state)
            values = result.values & other.values
            known = None
            if result.known is not None or other.known is not None:
                known = values | result.false | other.false
            result = Vector(values, 1, known, 1)
        return result

    return run


def _or(plan: Needs, node: Node, level: str) -> Function:
    args = [plan.need(arg, level) for arg in node.args]

    def run(state: Run) -> Vector:
        result = args[0](state)
        for arg in args[1:]:
            other = arg(state)
            values = result.values | other.values
            known = None
            if result.known is not None or other.known is not None:
                known = values | (result.false & other.false)
            result = Vector(values, 1, known, 1)
        return result

    return run


def _not(plan: Needs, node: Node, level: str) -> Function:
    inner = plan.need(node.args[0], level)

    def run(state: Run) -> Vector:
        vector = inner(state)
        return Vector(vector.false, 1, vector.known, 1)

    return run


def _if(plan: Needs, node: Node, level: str) -> Function:
    test, then, other = (plan.need(arg, level) for arg in node.args)

    def run(state: Run) -> Vector:
        chosen, first, second = test(state), then(state), other(state)
        first, second, den = vec.common(first, second)
        known = None
        if chosen.known is not None or first.known is not None or second.known is not None:
            parts = [np.True_ if side.known is None else side.known for side in (first, second)]
            known = np.where(chosen.values, *parts)
            known = known if chosen.known is None else known & chosen.known
        values = np.where(chosen.values, first.values, second.values)
        if node.type == BOOLEAN:
            return vec.boolean(values, known)
        return Vector(values, den, known, max(first.bound, second.bound))

    return run


def _in(plan: Needs, node: Node, level: str) -> Function:
    inner, argument = plan.need(node.args[0], level), node.args[0]
    wanted = [plan.position(value, argument) for value in node.value]
    return lambda run: _among(inner(run), wanted)


def _among(vector: Vector, wanted: list[Any]) -> Vector:
    """Values that are one of a few; comparing with each is quicker than looking each up."""
    found = np.zeros(len(vector.values), dtype=np.bool_)
    for value in wanted:
        if isinstance(value, str):
            found |= vector.values == value
        else:
            found |= vec.compare_constant("eq", vector, value).values
    return vec.boolean(found, vector.known)


def _in_force(plan: Needs, node: Node, level: str) -> Function:
    inner = plan.need(node.args[0], level)
    start, end = ((day - EPOCH).days for day in plan.bound.pack.valid)

    def run(state: Run) -> Vector:
        days = inner(state)
        return vec.boolean((days.values >= start) & (days.values <= end), days.known)

    return run


def _known(plan: Needs, node: Node, level: str) -> Function:
    inner = plan.need(node.args[0], level)

    def run(state: Run) -> Vector:
        vector = inner(state)
        known = np.ones(len(vector.values), dtype=np.bool_) if vector.known is None else vector.known
        return Vector(known, 1, None, 1)

    return run


BUILDERS: Final[dict[str, Callable[[Needs, Node, str], Function]]] = {
    "and": _and,
    "or": _or,
    "not": _not,
    "if": _if,
    "in": _in,
    "in_force": _in_force,
    "known": _known,
}
