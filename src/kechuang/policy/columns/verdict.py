"""Verdicts: outcome and reason of one benefit in one byte a subject (or record), so that the smallest decides.

A verdict is the position of the reason of the first false condition; else OPEN + the position of the first
unknown one; else PASSED. So the verdict over conditions is the smallest of theirs: a false one comes before every
unknown one, and of equals the first in the clause. The verdict over a subject's records is the greatest of theirs:
one that passes, else an undetermined one, else the one that got furthest.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from kechuang.policy.cases.outcome import Outcome
from kechuang.policy.columns.vector import LIMIT, bound_of

if TYPE_CHECKING:
    from kechuang.policy.columns.vector import Vector

    Array = np.ndarray[Any, Any]

OPEN: Final = 128
PASSED: Final = 255
OUT_OF_FORCE: Final = 254
MOST_REASONS: Final = OUT_OF_FORCE - OPEN

OUTCOMES: Final = tuple(Outcome)
ENTITLED, MAY_APPLY, UNDETERMINED, NOT_ELIGIBLE, NOT_IN_FORCE = range(5)
NO_REASON: Final = 255
NO_AMOUNT: Final = -1


def lower(verdict: Array, condition: Vector, position: int) -> None:
    """Lower the verdicts, in place, to what one more condition says; `position` is that of its reason.

    Arithmetic on whole bytes instead of masks: 255 where true, else the position, and OPEN above it where unknown.
    """
    said = np.negative(condition.values.view(np.uint8))
    if condition.known is not None:
        said |= open_where_unknown(condition.known)
    said |= np.uint8(position)
    np.minimum(verdict, said, out=verdict)


def open_where_unknown(known: Array) -> Array:
    """OPEN where something is unknown, else 0."""
    return (~known).view(np.uint8) * np.uint8(OPEN)


@dataclass(frozen=True)
class BenefitColumns:
    """One benefit over all subjects.

    `verdict` is one byte a subject (see the module), `reasons` what its positions stand for. `rows` are the subjects
    that pass and `sums` their sums in fen (-1: unknown), both empty for a benefit without a sum.
    """

    verdict: Array
    reasons: tuple[str, ...]
    rows: Array
    sums: Array
    is_ceiling: bool

    @cached_property
    def outcome(self) -> Array:
        """Position in OUTCOMES, for every subject."""
        passed = MAY_APPLY if self.is_ceiling else ENTITLED
        table = np.array(
            [NOT_ELIGIBLE] * OPEN + [UNDETERMINED] * MOST_REASONS + [NOT_IN_FORCE, passed], dtype=np.uint8
        )
        return table[self.verdict]

    @cached_property
    def because(self) -> Array:
        """Position in `reasons`, for every subject; 255 where there is no reason."""
        return np.where(self.verdict < OUT_OF_FORCE, self.verdict % OPEN, NO_REASON).astype(np.uint8)

    @cached_property
    def amount(self) -> Array:
        """The sum in fen, for every subject; -1 where there is none."""
        amounts = np.full(len(self.verdict), NO_AMOUNT, dtype=np.int64)
        amounts[self.rows] = self.sums
        return amounts

    @property
    def total_fen(self) -> int:
        """The exact sum over all subjects, in fen."""
        given = self.sums[self.sums > 0]
        if len(given) * bound_of(given) <= LIMIT:
            return int(given.sum())
        return sum(int(part) for part in given)
