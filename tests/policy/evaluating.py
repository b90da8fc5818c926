"""One expression over one case by both evaluators, as plain Python values."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from kechuang.policy.cases.evaluator import Environment, compile_node
from kechuang.policy.columns.casting import to_table
from kechuang.policy.columns.columns import Chunk
from kechuang.policy.columns.runs import Run
from kechuang.policy.columns.vector_dates import EPOCH
from kechuang.policy.columns.vectorise import Plan
from kechuang.policy.language.tree import SUBJECT_LEVEL
from kechuang.policy.language.values import code_list, is_code

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kechuang.policy.columns.vector import Vector
    from kechuang.policy.encoding.binding import Bound
    from kechuang.policy.encoding.pack import Pack
    from kechuang.policy.language.tree import Node


def by_reference(node: Node, bound: Bound, case: Mapping[str, Any], level: str = SUBJECT_LEVEL) -> list[Any]:
    """The value of a bound node for the case, or for each of its records of the level."""
    base = Environment(case)
    rows = (
        [base] if level == SUBJECT_LEVEL else [Environment(case, base, row) for row in case.get(level) or ()]
    )
    return [compile_node(node, bound)(env) for env in rows]


def chunk_of(cases: Sequence[Mapping[str, Any]], pack: Pack) -> Chunk:
    """Cases as the population evaluator reads them."""
    return Chunk(to_table(cases, pack.vocabulary).unify_dictionaries(), pack.vocabulary)


def by_columns(
    node: Node, bound: Bound, cases: Chunk | Sequence[Mapping[str, Any]], level: str = SUBJECT_LEVEL
) -> list[Any]:
    """The value of a bound node for every case, or for every record of every case."""
    plan = Plan(bound, [(node, level)])
    chunk = cases if isinstance(cases, Chunk) else chunk_of(cases, bound.pack)
    run = Run(chunk, plan.uses)
    vector = plan.get(node, level)(run)
    found = [plain(vector, node, at, bound) for at in range(len(vector.values))]
    if level == SUBJECT_LEVEL:
        some = np.arange(0, chunk.size, 2)
        part = plan.get(node, level)(run.at(some))
        assert [plain(part, node, at, bound) for at in range(len(some))] == found[::2]
    return found


def plain(vector: Vector, node: Node, at: int, bound: Bound) -> Any:
    """One element of a vector as the reference evaluator would give it."""
    value = vector.values[at]
    if node.type == "boolean":
        assert vector.values.dtype == np.bool_
        assert not (value and vector.known is not None and not vector.known[at]), "true where it is unknown"
    if vector.known is not None and not vector.known[at]:
        return None
    if node.type == "boolean":
        return bool(value)
    if node.type == "text":
        return value
    if node.type == "date":
        return EPOCH + timedelta(days=int(value))
    if is_code(node.type):
        return list(bound.pack.vocabulary.codes[code_list(node.type)])[int(value)]
    return Fraction(int(value), vector.den)
