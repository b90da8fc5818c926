"""Compares the law with a reform over a population: sums, winners and losers, groups, distribution.

Only the benefits that the reform touches are assessed again. Everything is counted over the same rows, so that
winners + losers + unchanged = all, and the groups of any grouping add up to the total.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from kechuang.policy.columns.columns import check_schema
from kechuang.policy.columns.population import assess_columns
from kechuang.policy.columns.verdict import OUTCOMES, UNDETERMINED
from kechuang.policy.reforms import strands
from kechuang.policy.reforms.reform import limited, touched
from kechuang.policy.reforms.strands import STRANDS, Tally, strand_of, tally_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from kechuang.policy.columns.population import Progress
    from kechuang.policy.columns.verdict import BenefitColumns
    from kechuang.policy.encoding.binding import Bound

    Array = np.ndarray[Any, Any]
    Columns = Mapping[str, BenefitColumns]
    Sums = Mapping[str, tuple[Array, Array]]

LISTED: Final = 10  # largest gains and losses
PER_MILLE: Final = (0, 100, 250, 500, 750, 900, 1000)
_NOBODY: Final = np.zeros(0, dtype=np.int64)
EDGES_FEN: Final = tuple(yuan * 100 for yuan in (10_000, 50_000, 100_000, 500_000, 1_000_000, 5_000_000))


@dataclass(frozen=True)
class Grouping:
    """A way to divide a population: its key, the names of the groups, each row's position in them (-1: unknown)."""

    key: str
    labels: tuple[str, ...]
    codes: Array = field(repr=False)

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """Subjects by group, those of unknown group last."""
        return tuple(strands.counts_by(self.codes, len(self.labels)))


@dataclass(frozen=True)
class Baseline:
    """The law over a population: every benefit's columns, kept so that a reform assesses only what it touches."""

    bound: Bound
    rows: int
    benefits: Columns = field(repr=False)

    @cached_property
    def tallies(self) -> Mapping[str, Tally]:
        """Each benefit's tally."""
        return {key: tally_of(columns) for key, columns in self.benefits.items()}


def baseline(bound: Bound, table: pa.Table, threads: int = 2, progress: Progress | None = None) -> Baseline:
    """Assess the law over a table. Raises ValueError for columns that do not fit the vocabulary."""
    _check(bound, table)
    return Baseline(bound, table.num_rows, assess_columns(bound, table, threads, progress=progress))


def _check(bound: Bound, table: pa.Table) -> None:
    faults = check_schema(table.schema, bound.pack.vocabulary)
    if faults:
        raise ValueError("; ".join(faults))


@dataclass(frozen=True, slots=True)
class BenefitChange:
    """One touched benefit before and after (None: the pack does not have it), each side with its strand.

    `flows[i][j]` counts the subjects whose outcome was the i-th of OUTCOMES and would be the j-th.
    """

    id: str
    before: Tally | None
    after: Tally | None
    strand_before: str
    strand_after: str
    newly: int
    no_longer: int
    flows: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Movement:
    """What happens to subjects in one strand; sums in fen.

    `largest_…` are (row, change); quantiles are of the changes that are not zero, by nearest rank: (per mille, change);
    the histogram counts changes by size: (above, up to, sign, subjects), None for an open end.
    """

    before: int
    after: int
    winners: int
    losers: int
    unchanged: int
    gained: int
    lost: int
    largest_gains: tuple[tuple[int, int], ...]
    largest_losses: tuple[tuple[int, int], ...]
    quantiles: tuple[tuple[int, int], ...]
    histogram: tuple[tuple[int, int | None, int, int], ...]


@dataclass(frozen=True, slots=True)
class GroupChange:
    """One group (label None: unknown): its subjects, and how many of them the touched benefits reach.

    `strands` gives each strand's sums, winners and losers: (before, after, winners, losers).
    """

    label: str | None
    subjects: int
    reached_before: int
    reached_after: int
    strands: Mapping[str, tuple[int, int, int, int]]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A reform beside the law, over `rows` subjects.

    `law` and `reform` are the sums of the whole policy by strand; `movements`, `reached…` and `groups` are about the
    touched benefits only (all others are the same by construction). `open_…` counts the subjects for whom a touched
    benefit is undetermined: their sums may still rise. `places` are the rows with a sum in a touched benefit before or
    after, and `sums` these sums by strand: (before, after).
    """

    before: Bound
    after: Bound
    rows: int
    benefits: tuple[BenefitChange, ...]
    law: Mapping[str, int]
    reform: Mapping[str, int]
    movements: Mapping[str, Movement]
    reached_before: int
    reached_after: int
    newly_reached: int
    no_longer_reached: int
    open_before: int
    open_after: int
    groups: Mapping[str, tuple[GroupChange, ...]]
    places: Array = field(repr=False)
    sums: Sums = field(repr=False)


def compare(
    base: Baseline,
    after: Bound,
    table: pa.Table,
    groupings: Sequence[Grouping] = (),
    threads: int = 2,
    progress: Progress | None = None,
) -> Comparison:
    """The reform `after` beside the base over the table that the base was made from.

    Raises ValueError when the table does not fit the vocabulary of the reform's pack.
    """
    _check(after, table)
    ids = touched(base.bound, after)
    old = {key: base.benefits[key] for key in ids if key in base.benefits}
    new = dict(assess_columns(limited(after, ids), table, threads, progress=progress)) if ids else {}
    kinds = (_strands(base.bound), _strands(after))
    places = np.unique(np.concatenate([one.rows for one in (*old.values(), *new.values())] or [_NOBODY]))
    sums: Sums = {
        strand: (
            strands.sums_of(strands.by_strand(old, kinds[0], strand), places),
            strands.sums_of(strands.by_strand(new, kinds[1], strand), places),
        )
        for strand in STRANDS
    }
    law = {strand: _law(base, kinds[0], strand) for strand in STRANDS}
    movements = {strand: _movement(*sums[strand], places, base.rows) for strand in STRANDS}
    had, has = strands.reached(old.values(), base.rows), strands.reached(new.values(), base.rows)
    return Comparison(
        before=base.bound,
        after=after,
        rows=base.rows,
        benefits=tuple(_benefit(key, old, new, kinds, base.rows) for key in ids),
        law=law,
        reform={
            strand: law[strand] + movements[strand].after - movements[strand].before for strand in STRANDS
        },
        movements=movements,
        reached_before=int(had.sum()),
        reached_after=int(has.sum()),
        newly_reached=int((has & ~had).sum()),
        no_longer_reached=int((had & ~has).sum()),
        open_before=_open(old, base.rows),
        open_after=_open(new, base.rows),
        groups={one.key: _groups(one, sums, places, (had, has)) for one in groupings},
        places=places,
        sums=sums,
    )


def _strands(bound: Bound) -> dict[str, str]:
    return {one.benefit.id: strand_of(one.benefit) for one in bound.benefits}


def _law(base: Baseline, kinds: Mapping[str, str], strand: str) -> int:
    return sum(tally.fen for key, tally in base.tallies.items() if kinds[key] == strand)


def _open(columns: Columns, rows: int) -> int:
    anyone = np.zeros(rows, dtype=np.bool_)
    for one in columns.values():
        anyone |= one.outcome == UNDETERMINED
    return int(anyone.sum())


def _benefit(
    key: str, old: Columns, new: Columns, kinds: tuple[Mapping[str, str], Mapping[str, str]], rows: int
) -> BenefitChange:
    size = len(OUTCOMES)
    outside = np.full(
        rows, size - 1, dtype=np.uint8
    )  # a benefit that a pack does not have is not in force in it
    before = old[key].outcome if key in old else outside
    after = new[key].outcome if key in new else outside
    flows = np.bincount(before.astype(np.int64) * size + after, minlength=size * size).reshape(size, size)
    return BenefitChange(
        id=key,
        before=tally_of(old[key]) if key in old else None,
        after=tally_of(new[key]) if key in new else None,
        strand_before=kinds[0].get(key, strands.NO_MONEY),
        strand_after=kinds[1].get(key, strands.NO_MONEY),
        newly=int(flows[2:, :2].sum()),
        no_longer=int(flows[:2, 2:].sum()),
        flows=tuple(tuple(row) for row in flows.tolist()),
    )


def _movement(before: Array, after: Array, places: Array, rows: int) -> Movement:
    """The movement of sums that only the subjects at `places` have."""
    change = strands.differences(after, before)
    changed = np.flatnonzero(change)
    moved, places = change[changed], places[changed]
    order = np.argsort(moved, kind="stable")
    ranked = moved[order]
    up, down = ranked[ranked > 0], ranked[ranked < 0]
    return Movement(
        before=strands.total(before),
        after=strands.total(after),
        winners=len(up),
        losers=len(down),
        unchanged=rows - len(moved),
        gained=strands.total(up),
        lost=-strands.total(down),
        largest_gains=_largest(moved, places, 1),
        largest_losses=_largest(moved, places, -1),
        quantiles=tuple(
            (share, int(ranked[_rank(share, len(ranked))])) for share in PER_MILLE if len(ranked)
        ),
        histogram=_histogram(up, down),
    )


def _largest(moved: Array, places: Array, sign: int) -> tuple[tuple[int, int], ...]:
    """The largest gains (sign 1) or losses (-1), largest first, of equals the first row."""
    order = np.argsort(-sign * moved, kind="stable")[:LISTED]
    return tuple((int(places[at]), int(moved[at])) for at in order if moved[at] * sign > 0)


def _rank(per_mille: int, size: int) -> int:
    """The place of a quantile by nearest rank: the smallest value that at least the share does not exceed."""
    return max(-(-per_mille * size // 1000) - 1, 0)


def _histogram(up: Array, down: Array) -> tuple[tuple[int, int | None, int, int], ...]:
    """Losses from the largest to the smallest, then gains from the smallest to the largest."""
    edges = (0, *EDGES_FEN)
    sides = []
    for sign, sizes in ((-1, -down), (1, up)):
        counts = np.bincount(
            np.searchsorted(edges, sizes.astype(np.int64), side="left"), minlength=len(edges) + 1
        )
        bins = [
            (low, high, sign, int(count))
            for low, high, count in zip(edges, (*edges[1:], None), counts[1:].tolist(), strict=True)
        ]
        sides.append(bins[::sign])
    return tuple(sides[0] + sides[1])


def _groups(by: Grouping, sums: Sums, places: Array, reach: tuple[Array, Array]) -> tuple[GroupChange, ...]:
    """One entry a group that has subjects, in the order of the labels, the unknown one last."""
    size = len(by.labels)
    before, after = (strands.counts_by(by.codes[one], size) for one in reach)
    parts = {strand: _by_group(by.codes[places], size, *pair) for strand, pair in sums.items()}
    return tuple(
        GroupChange(
            label=by.labels[place] if place < size else None,
            subjects=by.sizes[place],
            reached_before=before[place],
            reached_after=after[place],
            strands={strand: part[place] for strand, part in parts.items()},
        )
        for place in range(size + 1)
        if by.sizes[place]
    )


def _by_group(codes: Array, size: int, before: Array, after: Array) -> list[tuple[int, int, int, int]]:
    change = strands.differences(after, before)
    return list(
        zip(
            strands.totals_by(codes, before, size),
            strands.totals_by(codes, after, size),
            strands.counts_by(codes[change > 0], size),
            strands.counts_by(codes[change < 0], size),
            strict=True,
        )
    )
