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

from kechuang.policy.binding import AMOUNT, FOR, NO_RECORD, bind
from kechuang.policy.columns import Chunk, check_schema, slices
from kechuang.policy.outcome import Outcome
from kechuang.policy.tree import SUBJECT_LEVEL
from kechuang.policy.vector import LIMIT, bound_of
from kechuang.policy.vector_records import reduce_rows
from kechuang.policy.vectorise import Plan, Run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from kechuang.policy.binding import Bound, BoundBenefit
    from kechuang.policy.columns import Records
    from kechuang.policy.pack import Pack
    from kechuang.policy.tree import Node
    from kechuang.policy.vector import Vector

    Array = np.ndarray[Any, Any]

CHUNK_ROWS: Final = 131_072
OUTCOMES: Final = tuple(Outcome)
ENTITLED, MAY_APPLY, UNDETERMINED, NOT_ELIGIBLE, NOT_IN_FORCE = range(5)
NO_REASON: Final = 255
NO_AMOUNT: Final = -1
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class BenefitColumns:
    """One benefit over all subjects: position in OUTCOMES, position in `reasons` (255: none), sum in fen (-1: none)."""

    outcome: Array
    because: Array
    amount: Array
    reasons: tuple[str, ...]

    @property
    def total_fen(self) -> int:
        """The exact sum over all subjects, in fen."""
        given = self.amount[self.amount > 0]
        if len(given) * bound_of(given) <= LIMIT:
            return int(given.sum())
        return sum(int(part) for part in given)


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
    *,
    threads: int = 2,
    chunk_rows: int = CHUNK_ROWS,
    progress: Progress | None = None,
) -> PopulationResult:
    """Assess every row of a population (shape and units: `columns.arrow_schema`).

    Memory is bounded by chunk and threads.

    `progress` is called with the number of rows done since the last call. Raises ValueError for columns
    that do not fit the
    vocabulary, for a code outside its list, for two annual records of one year, and for an unknown reading.
    """
    faults = check_schema(table.schema, pack.vocabulary)
    if faults:
        raise ValueError("; ".join(faults))
    bound = bind(pack, on, year, readings)
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
    """The benefits of a bound pack over a table whose schema has been checked."""
    plan = _plan(bound)
    size = table.num_rows
    found = {
        benefit.benefit.id: BenefitColumns(
            np.full(size, NOT_IN_FORCE, dtype=np.uint8),
            np.full(size, NO_REASON, dtype=np.uint8),
            np.full(size, NO_AMOUNT, dtype=np.int64),
            benefit.reasons,
        )
        for benefit in bound.benefits
    }
    table = table.unify_dictionaries()

    def work(part: tuple[int, int]) -> int:
        start, length = part
        run = Run(Chunk(table.slice(start, length), bound.pack.vocabulary), plan.uses)
        for benefit in bound.benefits:
            if benefit.in_force:
                columns = found[benefit.benefit.id]
                at = slice(start, start + length)
                _assess(plan, benefit, run, columns.outcome[at], columns.because[at], columns.amount[at])
        return length

    with ThreadPoolExecutor(max(threads, 1)) as pool:
        for done in pool.map(work, slices(table, chunk_rows)):
            if progress is not None:
                progress(done)
    return found


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


def _assess(
    plan: Plan, benefit: BoundBenefit, run: Run, outcome: Array, because: Array, amount: Array
) -> None:
    """One benefit over one chunk, written into the slices given."""
    fits = plan.get(benefit.kind_fits, SUBJECT_LEVEL)(run)
    each = benefit.benefit.each
    if each is None:
        item_outcome, item_because, item_amount = _items(plan, benefit, run, SUBJECT_LEVEL, run.chunk.size)
        outcome[:], because[:] = item_outcome, item_because
        if item_amount is not None:
            amount[:] = item_amount
    else:
        records = run.chunk.records(each)
        parts = _items(plan, benefit, run, each, records.count)
        caps = [plan.get(node, SUBJECT_LEVEL)(run) for _, node in benefit.total_caps]
        _by_subject(benefit, records, parts, caps, (outcome, because, amount))
    _settle_kind(benefit, fits, outcome, because, amount)


def _settle_kind(benefit: BoundBenefit, fits: Vector, outcome: Array, because: Array, amount: Array) -> None:
    """A subject of another kind is not eligible; one of unknown kind is undetermined unless it fails anyway."""
    reason = benefit.reasons.index(FOR)
    other = fits.false
    outcome[other], because[other], amount[other] = NOT_ELIGIBLE, reason, NO_AMOUNT
    if fits.known is not None:
        open_ = ~fits.known & (outcome != NOT_ELIGIBLE)
        outcome[open_], because[open_], amount[open_] = UNDETERMINED, reason, NO_AMOUNT


def _items(
    plan: Plan, benefit: BoundBenefit, run: Run, level: str, size: int
) -> tuple[Array, Array, Array | None]:
    """Outcome, reason and sum of each record (or subject).

    The first false condition decides, then the first unknown one.
    """
    failed = np.full(size, NO_REASON, dtype=np.uint8)
    unknown = np.full(size, NO_REASON, dtype=np.uint8)
    first = benefit.reasons.index(AMOUNT) - len(benefit.conditions)
    verdicts = [plan.get(node, level)(run) for _, node in benefit.conditions]
    for position, verdict in reversed(list(enumerate(verdicts, start=first))):
        np.copyto(failed, position, where=verdict.false)
        if verdict.known is not None:
            np.copyto(unknown, position, where=~verdict.known)
    amount = _amounts(plan, benefit, run, level, unknown)
    passed = MAY_APPLY if benefit.benefit.amount.is_ceiling else ENTITLED
    outcome = np.full(size, passed, dtype=np.uint8)
    because = np.full(size, NO_REASON, dtype=np.uint8)
    open_ = unknown != NO_REASON
    outcome[open_] = UNDETERMINED
    np.copyto(because, unknown, where=open_)
    false = failed != NO_REASON
    outcome[false] = NOT_ELIGIBLE
    np.copyto(because, failed, where=false)
    if amount is not None:
        amount = np.where(outcome == passed, amount, NO_AMOUNT)
    return outcome, because, amount


def _amounts(plan: Plan, benefit: BoundBenefit, run: Run, level: str, unknown: Array) -> Array | None:
    """The sums, in fen; where a sum is unknown, that is the reason unless a condition is unknown before it."""
    if benefit.amount is None:
        return None
    vector = plan.get(benefit.amount, level)(run)
    if vector.known is not None:
        np.copyto(unknown, benefit.reasons.index(AMOUNT), where=~vector.known & (unknown == NO_REASON))
    if vector.den != 1 or vector.values.dtype == object:
        message = f"{benefit.benefit.id}: a sum left the range of whole fen in 64 bits; expected at most {LIMIT} fen"
        raise OverflowError(message)
    return vector.values


def _by_subject(
    benefit: BoundBenefit,
    records: Records,
    parts: tuple[Array, Array, Array | None],
    caps: list[Vector],
    into: tuple[Array, Array, Array],
) -> None:
    """The records' results as one a subject: any that passes, else any undetermined, else the one that got furthest."""
    outcome, because, amount = into
    size = len(outcome)
    outcome[:], because[:] = NOT_ELIGIBLE, benefit.reasons.index(NO_RECORD)
    if records.known is not None:
        outcome[~records.known] = UNDETERMINED
    if not records.count:
        return
    item_outcome, item_because, item_amount = parts
    best = reduce_rows(np.minimum, item_outcome, records, size, NOT_ELIGIBLE)
    speaking = item_outcome == best[records.parents]
    progress = np.where(speaking, item_because, 0).astype(np.uint8)
    reason = reduce_rows(np.maximum, progress, records, size, 0)
    outcome[records.rows] = best[records.rows]
    because[records.rows] = reason[records.rows]
    passes = np.zeros(size, dtype=np.bool_)
    passes[records.rows] = best[records.rows] <= MAY_APPLY
    because[passes] = NO_REASON
    if item_amount is not None:
        amount[passes] = _totals(item_amount, records, caps, size)[passes]


def _totals(item_amount: Array, records: Records, caps: list[Vector], size: int) -> Array:
    """The sum over the records that pass, under the caps on the subject's sum; -1 where a cap is unknown."""
    given = np.where(item_amount == NO_AMOUNT, 0, item_amount)
    if bound_of(given) * len(given) > LIMIT:
        given = given.astype(object)
    total = reduce_rows(np.add, given, records, size)
    for cap in caps:
        total = np.minimum(total, cap.values // cap.den)
        if cap.known is not None:
            total = np.where(cap.known, total, NO_AMOUNT)
    if total.dtype == object:
        if bound_of(total) > LIMIT:
            message = f"a subject's total is above {LIMIT} fen"
            raise OverflowError(message)
        total = total.astype(np.int64)
    return total
