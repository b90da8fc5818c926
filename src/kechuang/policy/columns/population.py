"""The population evaluator, from columns, in chunks.

It gives the same answers as the reference evaluator, to the fen and to the reason.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from kechuang.policy.columns.columns import Chunk, check_schema, slices
from kechuang.policy.columns.runs import Run
from kechuang.policy.columns.vector import LIMIT, both, bound_of
from kechuang.policy.columns.vectorise import Plan
from kechuang.policy.columns.verdict import (
    NO_AMOUNT,
    NO_REASON,
    OPEN,
    OUT_OF_FORCE,
    OUTCOMES,
    PASSED,
    BenefitColumns,
    lower,
    open_where_unknown,
)
from kechuang.policy.encoding.binding import AMOUNT, FOR, NO_RECORD, bind
from kechuang.policy.language.tree import SUBJECT_LEVEL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from kechuang.policy.columns.columns import Records
    from kechuang.policy.columns.vector import Vector
    from kechuang.policy.encoding.binding import Bound, BoundBenefit
    from kechuang.policy.encoding.pack import Pack
    from kechuang.policy.language.tree import Node
    from kechuang.policy.language.values import Value

    Array = np.ndarray[Any, Any]
    Sums = tuple[Array, Array]

__all__ = ("OUTCOMES", "BenefitColumns", "PopulationResult", "assess_columns", "assess_table")

CHUNK_ROWS: Final = 262_144
_NO_SUMS: Final = (np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
_RARE: Final = 4  # a quarter of the subjects, or fewer, are few
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class PopulationResult:
    """All benefits over all subjects, with the bound pack they rest on."""

    bound: Bound
    rows: int
    benefits: Mapping[str, BenefitColumns]
    subjects: pa.Array | None = field(repr=False)

    def to_table(self) -> pa.Table:
        """One row a subject.

        Its code, and for each benefit `<id>.outcome`, `<id>.because`, `<id>.amount_fen` (null: none).
        """
        columns: dict[str, Any] = {} if self.subjects is None else {"uscc": self.subjects}
        for key, found in self.benefits.items():
            outcome = pa.array(found.outcome.astype(np.int8))
            columns[f"{key}.outcome"] = pa.DictionaryArray.from_arrays(
                outcome, pa.array([str(name) for name in OUTCOMES])
            )
            because = pa.array(found.because.astype(np.int16), mask=found.because == NO_REASON)
            columns[f"{key}.because"] = pa.DictionaryArray.from_arrays(because, pa.array(found.reasons))
            columns[f"{key}.amount_fen"] = pa.array(found.amount, mask=found.amount == NO_AMOUNT)
        return pa.table(columns)


def assess_table(  # noqa: PLR0913 - the arguments of assess, and how to run
    pack: Pack,
    table: pa.Table,
    on: date,
    year: int | None = None,
    readings: Mapping[str, str] | None = None,
    parameters: Mapping[str, Value] | None = None,
    *,
    threads: int = 2,
    chunk_rows: int = CHUNK_ROWS,
    progress: Progress | None = None,
) -> PopulationResult:
    """Assess every row of a population (shape and units: `columns.arrow_schema`).

    Memory is bounded by chunk and threads, beside one byte a subject and benefit, and 16 for each sum.

    `progress` is called with the number of rows done since the last call. Raises ValueError for columns
    that do not fit the vocabulary, for a code outside its list, for a date outside the calendar, for two annual
    records of one year, for an unknown reading, and for a change of parameters that the pack does not allow.
    """
    faults = check_schema(table.schema, pack.vocabulary)
    if faults:
        raise ValueError("; ".join(faults))
    bound = bind(pack, on, year, readings, parameters)
    subjects = table.column("uscc").combine_chunks() if "uscc" in table.column_names else None
    return PopulationResult(
        bound, table.num_rows, assess_columns(bound, table, threads, chunk_rows, progress), subjects
    )


def assess_columns(
    bound: Bound,
    table: pa.Table,
    threads: int = 2,
    chunk_rows: int = CHUNK_ROWS,
    progress: Progress | None = None,
) -> dict[str, BenefitColumns]:
    """The benefits of a bound pack, by id, over a table whose schema has been checked."""
    found = assess_in_order(bound, table, threads, chunk_rows, progress)
    return {benefit.benefit.id: columns for benefit, columns in zip(bound.benefits, found, strict=True)}


def assess_in_order(
    bound: Bound,
    table: pa.Table,
    threads: int = 2,
    chunk_rows: int = CHUNK_ROWS,
    progress: Progress | None = None,
) -> list[BenefitColumns]:
    """As `assess_columns`, in the order of the bound benefits, which may hold variants of one benefit."""
    plan = _plan(bound)
    verdicts = [np.full(table.num_rows, OUT_OF_FORCE, dtype=np.uint8) for _ in bound.benefits]
    sums: list[list[Sums]] = [[_NO_SUMS] for _ in bound.benefits]
    table = table.unify_dictionaries()

    def work(part: tuple[int, int]) -> tuple[int, int, list[Sums]]:
        start, length = part
        run = Run(Chunk(table.slice(start, length), bound.pack.vocabulary), plan.uses)
        found = [
            _assess(plan, benefit, run, verdict[start : start + length]) if benefit.in_force else _NO_SUMS
            for benefit, verdict in zip(bound.benefits, verdicts, strict=True)
        ]
        return start, length, found

    with ThreadPoolExecutor(max(threads, 1)) as pool:
        for start, length, found in pool.map(work, slices(table, chunk_rows)):
            for kept, (rows, given) in zip(sums, found, strict=True):
                if len(rows):
                    kept.append((rows + start, given))
            if progress is not None:
                progress(length)
    return [
        BenefitColumns(
            verdict,
            benefit.reasons,
            np.concatenate([rows for rows, _ in kept]),
            np.concatenate([given for _, given in kept]),
            benefit.benefit.amount.is_ceiling,
        )
        for benefit, verdict, kept in zip(bound.benefits, verdicts, sums, strict=True)
    ]


def _plan(bound: Bound) -> Plan:
    """The functions of all conditions and sums of a bound pack, made once."""
    found = bound.compiled.get("plan")
    if not isinstance(found, Plan):
        found = bound.compiled["plan"] = Plan(bound, _roots(bound))
    return found


def _roots(bound: Bound) -> Iterator[tuple[Node, str]]:
    for benefit in bound.benefits:
        if benefit.in_force:
            level = benefit.benefit.each or SUBJECT_LEVEL
            yield benefit.kind_fits, SUBJECT_LEVEL
            yield from ((node, level) for _, node in benefit.conditions)
            yield from ((benefit.amount, level),) if benefit.amount is not None else ()
            yield from ((node, SUBJECT_LEVEL) for _, node in benefit.total_caps)


def _assess(plan: Plan, benefit: BoundBenefit, run: Run, verdict: Array) -> Sums:
    """One benefit over one chunk: the verdicts are written into the slice given, the sums returned."""
    each = benefit.benefit.each
    return (
        _subjects(plan, benefit, run, verdict)
        if each is None
        else _records(plan, benefit, run, verdict, each)
    )


def _subjects(plan: Plan, benefit: BoundBenefit, run: Run, verdict: Array) -> Sums:
    """A benefit without records. Once few subjects can still pass or stay open, only those are looked at."""
    verdict[:] = PASSED
    lower(verdict, plan.get(benefit.kind_fits, SUBJECT_LEVEL)(run), benefit.reasons.index(FOR))
    rows: Array | None = None
    part, judged = run, verdict
    for position, node in (*_positions(benefit), (0, None)):
        if rows is None:
            candidates = verdict >= OPEN
            if np.count_nonzero(candidates) <= len(verdict) // _RARE:
                rows = np.flatnonzero(candidates)
                part, judged = run.at(rows), verdict[rows]
        if node is not None and len(judged):
            lower(judged, plan.get(node, SUBJECT_LEVEL)(part), position)
    sums = _sums(plan, benefit, part, SUBJECT_LEVEL, judged) if len(judged) else None
    if rows is not None:
        verdict[rows] = judged
    if sums is None:
        return _NO_SUMS
    passed = np.flatnonzero(judged == PASSED)
    return passed if rows is None else rows[passed], _in_range(benefit, sums[passed])


def _records(plan: Plan, benefit: BoundBenefit, run: Run, verdict: Array, each: str) -> Sums:
    """A benefit for each record of a kind, gathered by subject."""
    records = run.chunk.records(each)
    judged = np.full(records.count, PASSED, dtype=np.uint8)
    for position, node in _positions(benefit):
        lower(judged, plan.get(node, each)(run), position)
    sums = _sums(plan, benefit, run, each, judged)
    _gather(benefit, records, judged, verdict)
    lower(verdict, plan.get(benefit.kind_fits, SUBJECT_LEVEL)(run), benefit.reasons.index(FOR))
    caps = [plan.get(node, SUBJECT_LEVEL)(run) for _, node in benefit.total_caps]
    if sums is None:
        return _NO_SUMS
    counted = np.flatnonzero(judged == PASSED)
    counted = counted[verdict[records.parents[counted]] == PASSED]
    rows, totals = _totals(records.parents[counted], sums[counted], caps)
    return rows, _in_range(benefit, totals)


def _positions(benefit: BoundBenefit) -> Iterator[tuple[int, Node]]:
    """The conditions, each with the position of its reason."""
    first = benefit.reasons.index(AMOUNT) - len(benefit.conditions)
    return enumerate((node for _, node in benefit.conditions), start=first)


def _sums(plan: Plan, benefit: BoundBenefit, run: Run, level: str, verdict: Array) -> Array | None:
    """The sums in fen, None for a benefit without.

    An unknown one, or a record that may be another filed once more, opens the verdict of those who pass all else.
    """
    if benefit.amount is None:
        return None
    sums = plan.get(benefit.amount, level)(run)
    doubles = None if level == SUBJECT_LEVEL else run.chunk.possible_doubles(level)
    known = sums.known if doubles is None else both(sums.known, ~doubles)
    if known is not None:
        verdict[(verdict == PASSED) & ~known] = OPEN + benefit.reasons.index(AMOUNT)
    if sums.den != 1:
        raise OverflowError(f"{benefit.benefit.id}: a sum is not in whole fen; expected it rounded")
    return sums.values


def _gather(benefit: BoundBenefit, records: Records, judged: Array, verdict: Array) -> None:
    """The records' verdicts as one a subject; NO_RECORD is the reason of one without, or with an unknown list."""
    verdict[:] = benefit.reasons.index(NO_RECORD)
    if records.known is not None:
        verdict |= open_where_unknown(records.known)
    if records.count:
        verdict[records.rows] = np.maximum.reduceat(judged, records.starts)


def _totals(parents: Array, given: Array, caps: list[Vector]) -> Sums:
    """The subjects of some records, and their sums under the caps on a subject's sum; -1: a cap is unknown."""
    if not len(parents):
        return _NO_SUMS
    starts = np.flatnonzero(np.diff(parents, prepend=-1))
    rows = parents[starts]
    if bound_of(given) * len(given) > LIMIT:
        given = given.astype(object)
    totals = np.add.reduceat(given, starts)
    for cap in caps:
        totals = np.minimum(totals, cap.values[rows] // cap.den)
    for cap in caps:
        if cap.known is not None:
            totals = np.where(cap.known[rows], totals, NO_AMOUNT)
    return rows, totals


def _in_range(benefit: BoundBenefit, sums: Array) -> Array:
    """Sums as 64-bit integers; OverflowError for one that does not fit."""
    if sums.dtype == object and bound_of(sums) > LIMIT:
        raise OverflowError(
            f"{benefit.benefit.id}: found a sum of {bound_of(sums)} fen; expected at most {LIMIT}"
        )
    return sums.astype(np.int64, copy=False)
