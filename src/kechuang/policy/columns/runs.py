"""One chunk under evaluation, and what the builders of functions over columns ask of the plan that they build for."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from kechuang.policy.language.tree import SUBJECT_LEVEL

if TYPE_CHECKING:
    from collections.abc import Callable

    from kechuang.policy.columns.columns import Chunk
    from kechuang.policy.columns.vector import Vector
    from kechuang.policy.encoding.binding import Bound
    from kechuang.policy.language.tree import Node

    Array = np.ndarray[Any, Any]
    Function = Callable[["Run"], Vector]


class Run:
    """One chunk under evaluation, or some of its subjects (`rows`, of the run over the `whole`).

    Values needed again are kept until their last use; `left` counts the uses still to come.
    """

    __slots__ = ("chunk", "kept", "left", "rows", "whole")

    def __init__(self, chunk: Chunk, uses: Counter[object]) -> None:
        self.chunk = chunk
        self.kept: dict[object, Vector] = {}
        self.left = Counter(uses)
        self.whole: Run | None = None
        self.rows: Array | None = None

    def at(self, rows: Array) -> Run:
        """A run over some subjects only."""
        part = Run(self.chunk, Counter())
        part.whole, part.rows = self, rows
        return part

    def size(self, level: str = SUBJECT_LEVEL) -> int:
        """The length of vectors at a level."""
        if level != SUBJECT_LEVEL:
            return self.chunk.records(level).count
        return self.chunk.size if self.rows is None else len(self.rows)

    def spread(self, vector: Vector, record: str) -> Vector:
        """A vector over subjects as one over the records of a kind."""
        return vector.take(self.chunk.records(record).parents)


class Needs(Protocol):
    """What a builder asks for: the functions of the nodes below its own, and constants as columns hold them."""

    bound: Bound

    def need(self, node: Node, level: str) -> Function:
        """The function of a node at a level, counted as one use."""

    def constant(self, node: Node) -> Any:
        """The value of a constant node."""

    def position(self, value: Any, node: Node) -> Any:
        """A value as columns hold it."""
