"""Cases of measure 9 where engines differ, each with the answer by whole-number arithmetic."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FEN = 100
MILLION_YUAN = 100_000_000  # in fen
ROWS = 100_000


@dataclass(frozen=True)
class Edge:
    """Spending of both years in fen (`before` None: not known), and what is due in fen (-1: cannot be told yet)."""

    name: str
    before: np.ndarray | None
    spend: np.ndarray
    due: np.ndarray


def edges() -> list[Edge]:
    """Every set has ROWS high-tech enterprises above scale with R&D activity; they differ in their spending alone."""
    rng = np.random.default_rng(9)
    large = rng.integers(10 * MILLION_YUAN // 10 + 1, 200 * MILLION_YUAN // 10, ROWS) * 10
    small = rng.integers(MILLION_YUAN, 9 * MILLION_YUAN, ROWS)
    tenth = large // 10
    nothing = np.zeros(ROWS, dtype=np.int64)
    return [
        Edge("growth of exactly 10% (含: passes)", large, large + tenth, due(tenth)),
        Edge("growth one fen short of 10%", large, large + tenth - 1, nothing),
        Edge("increment of exactly 1 million yuan (超过: fails)", small, small + MILLION_YUAN, nothing),
        Edge(
            "increment of 1 million yuan and one fen",
            small,
            small + MILLION_YUAN + 1,
            due(nothing + MILLION_YUAN + 1),
        ),
        Edge("year before not known (undetermined)", None, small + MILLION_YUAN, nothing - 1),
    ]


def due(increment: np.ndarray) -> np.ndarray:
    """Five per cent, rounded down to the fen, at most one million yuan."""
    return np.minimum(increment * 5 // 100, MILLION_YUAN)
