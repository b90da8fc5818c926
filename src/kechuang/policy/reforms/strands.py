"""The two strands of money, entitlements and ceilings, and exact sums over columns of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from kechuang.policy.columns.vector import LIMIT, bound_of
from kechuang.policy.columns.verdict import NO_AMOUNT, OPEN, OUT_OF_FORCE, OUTCOMES, PASSED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kechuang.policy.columns.verdict import BenefitColumns
    from kechuang.policy.encoding.pack import Benefit

    Array = np.ndarray[Any, Any]

ENTITLED: Final = "entitled"
CEILING: Final = "ceiling"
STRANDS: Final = (ENTITLED, CEILING)
NO_MONEY: Final = "none"  # in kind, or a bound on a loan, a balance or a cover: never added to any sum


def strand_of(benefit: Benefit) -> str:
    """Where a benefit's sums count: entitlements, ceilings, or nowhere."""
    if benefit.amount.node is None:
        return NO_MONEY
    return {"exact": ENTITLED, "up_to": CEILING}.get(benefit.amount.kind, NO_MONEY)


@dataclass(frozen=True, slots=True)
class Tally:
    """One benefit over a population.

    Subjects by outcome (in the order of OUTCOMES), the sum of all known sums in fen, and how many pass whose sum is not
    known. The sum of a benefit outside both strands bounds loans or covers.
    """

    counts: tuple[int, ...]
    fen: int
    unknown_sums: int

    @property
    def passing(self) -> int:
        """Subjects that are entitled or may apply."""
        return self.counts[0] + self.counts[1]

    @property
    def undetermined(self) -> int:
        """Subjects for whom a fact is missing."""
        return self.counts[2]

    def __add__(self, other: Tally) -> Tally:
        counts = tuple(one + more for one, more in zip(self.counts, other.counts, strict=True))
        return Tally(counts, self.fen + other.fen, self.unknown_sums + other.unknown_sums)


NOBODY: Final = Tally((0,) * len(OUTCOMES), 0, 0)


def tally_of(columns: BenefitColumns) -> Tally:
    """The tally of one benefit's columns."""
    verdicts = np.bincount(columns.verdict, minlength=PASSED + 1)
    passing, outside = int(verdicts[PASSED]), int(verdicts[OUT_OF_FORCE])
    refused, undetermined = int(verdicts[:OPEN].sum()), int(verdicts[OPEN:OUT_OF_FORCE].sum())
    entitled, may_apply = (0, passing) if columns.is_ceiling else (passing, 0)
    unknown = int(np.count_nonzero(columns.sums == NO_AMOUNT))
    return Tally((entitled, may_apply, undetermined, refused, outside), columns.total_fen, unknown)


def sums_of(columns: Iterable[BenefitColumns], places: Array) -> Array:
    """The known sums of several benefits, added up by subject: int64, or Python integers where these cannot do.

    `places` are the subjects wanted, sorted; they must hold all that have a sum.
    """
    parts = [(one.rows, np.maximum(one.sums, 0)) for one in columns if len(one.rows)]
    wide = sum(bound_of(sums) for _, sums in parts) > LIMIT
    total = np.zeros(len(places), dtype=object if wide else np.int64)
    for rows, sums in parts:
        total[np.searchsorted(places, rows)] += sums
    return total


def differences(after: Array, before: Array) -> Array:
    """After - before, exactly."""
    if after.dtype != object and bound_of(after) + bound_of(before) > LIMIT:
        after, before = after.astype(object), before.astype(object)
    change: Array = after - before
    return change


def total(values: Array) -> int:
    """The exact sum of a column of integers."""
    if values.dtype != object and bound_of(values) * len(values) <= LIMIT:
        return int(values.sum())
    return sum(int(value) for value in values)


def totals_by(codes: Array, values: Array, size: int) -> list[int]:
    """The exact sums of `values` by group: one for each code from 0 to size - 1, and one more for the code -1."""
    exact = values.dtype != object and bound_of(values) * len(values) <= LIMIT
    found = np.zeros(size + 1, dtype=np.int64 if exact else object)
    np.add.at(found, codes, values if exact else values.astype(object))
    return [int(one) for one in found]


def counts_by(codes: Array, size: int) -> list[int]:
    """How many there are by group, as `totals_by`."""
    found: list[int] = np.bincount(codes.astype(np.int64) + 1, minlength=size + 1).tolist()
    return [*found[1:], found[0]]


def reached(columns: Iterable[BenefitColumns], rows: int) -> Array:
    """Who passes at least one of several benefits."""
    anyone = np.zeros(rows, dtype=np.bool_)
    for one in columns:
        anyone |= one.verdict == PASSED
    return anyone


def by_strand(
    columns: Mapping[str, BenefitColumns], strands: Mapping[str, str], strand: str
) -> list[BenefitColumns]:
    """The columns of the benefits whose sums count in a strand."""
    return [one for key, one in columns.items() if strands[key] == strand]
