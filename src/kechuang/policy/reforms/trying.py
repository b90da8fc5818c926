"""Tries many values of parameters over a population in one pass: what variants have in common is worked out once.

First those are set apart whom a condition refuses that is the same in all variants; only the others are looked at.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from kechuang.policy.columns.population import CHUNK_ROWS, assess_in_order
from kechuang.policy.columns.projecting import projected, read_by_benefits
from kechuang.policy.columns.verdict import NOT_ELIGIBLE, OPEN, OUTCOMES
from kechuang.policy.encoding.binding import AMOUNT, FOR, NO_RECORD
from kechuang.policy.reforms.strands import NOBODY, Tally, tally_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kechuang.policy.columns.population import Progress
    from kechuang.policy.encoding.binding import Bound, BoundBenefit

    Array = np.ndarray[Any, Any]

_CHUNKS: Final = 2  # taken together, one for each thread


class Trial:
    """One benefit over a population, ready to be tried with several values of its parameters.

    `some` are variants that differ wherever later ones will: two with unlike values of each parameter that changes.
    """

    def __init__(self, bound: Bound, some: Sequence[BoundBenefit], table: pa.Table, threads: int = 2) -> None:
        self.bound, self.threads = bound, threads
        self.rows = table.num_rows
        self.table = table
        fixed = _fixed(some)
        if fixed is not None and table.num_rows:
            narrow = projected(table, read_by_benefits([*some, fixed], bound.pack.vocabulary))
            verdict = self._assess([fixed], narrow)[0]
            self.table = narrow.filter(pa.array(verdict >= OPEN)).combine_chunks()

    def tallies(self, benefits: Sequence[BoundBenefit], progress: Progress | None = None) -> list[Tally]:
        """The tally of each variant over all subjects; `progress` is called with the number of variants done."""
        found = [NOBODY] * len(benefits)
        trial = replace(self.bound, benefits=tuple(benefits), compiled={})
        step = CHUNK_ROWS * _CHUNKS
        for start in range(0, self.table.num_rows, step):
            part = assess_in_order(trial, self.table.slice(start, step), self.threads)
            found = [tally + tally_of(columns) for tally, columns in zip(found, part, strict=True)]
        if progress is not None:
            progress(len(benefits))
        refused = [0] * len(OUTCOMES)
        refused[NOT_ELIGIBLE] = self.rows - self.table.num_rows
        return [tally + Tally(tuple(refused), 0, 0) for tally in found]

    def _assess(self, benefits: list[BoundBenefit], table: pa.Table) -> list[Array]:
        trial = replace(self.bound, benefits=tuple(benefits), compiled={})
        return [columns.verdict for columns in assess_in_order(trial, table, self.threads)]


def _fixed(some: Sequence[BoundBenefit]) -> BoundBenefit | None:
    """The benefit with those conditions only that are one and the same in all variants; None when not in force."""
    first = some[0]
    if not first.in_force:
        return None
    kept = tuple(
        pair
        for place, pair in enumerate(first.conditions)
        if all(other.conditions[place][1] is pair[1] for other in some)
    )
    keys = (
        FOR,
        *((NO_RECORD,) if first.benefit.each else ()),
        *(condition.key for condition, _ in kept),
        AMOUNT,
    )
    return replace(first, conditions=kept, formula=None, caps=(), amount=None, total_caps=(), reasons=keys)
