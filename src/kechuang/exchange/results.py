"""What one run says of each subject, one subject at a time, however it was worked out; and the totals over all.

Few cases go through the reference evaluator, which also says what is missing and by how much; a city goes
through the columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kechuang.exchange.intake import Intake, Progress, label
from kechuang.policy.cases.outcome import Assessment, Missing, Outcome, Shortfall
from kechuang.policy.encoding.binding import Bound

if TYPE_CHECKING:
    from kechuang.policy.columns.population import BenefitColumns

DETAILED = 20_000
"""Up to so many subjects each result carries missing facts, shortfall and sentence; above: outcome, reason, sum."""


@dataclass(frozen=True, slots=True)
class Line:
    """One benefit for one subject. amount: fen; because: key of the reason; missing, short: of detailed runs only."""

    outcome: Outcome
    amount: int | None
    because: str | None
    missing: tuple[Missing, ...] = ()
    short: Shortfall | None = None
    open_items: int = 0


@dataclass(frozen=True, slots=True)
class SubjectResult:
    """All benefits of one subject; `assessment` is kept in a detailed run, for its sentences."""

    code: str
    name: str
    lines: dict[str, Line]
    assessment: Assessment | None = field(default=None, repr=False)

    def reason(self, benefit_id: str, bound: Bound, language: str) -> str:
        """One sentence that says why; in a detailed run with the shortfall or the facts still needed."""
        from kechuang.policy.words.reasons import plain_reason, reason_sentence

        if self.assessment is not None:
            return reason_sentence(self.assessment, self.assessment.results[benefit_id], language)
        line = self.lines[benefit_id]
        return plain_reason(bound, benefit_id, line.outcome, line.because, language)


@dataclass(slots=True)
class Total:
    """One benefit over all subjects: how many by outcome, and the sums in fen."""

    subjects: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))
    entitled_fen: int = 0
    ceiling_fen: int = 0


@dataclass(slots=True)
class Totals:
    """Totals by benefit. A limit on loans or covers is no money paid, so it is not in the ceilings."""

    bound: Bound
    subjects: int = 0
    benefits: dict[str, Total] = field(default_factory=dict)
    _limits: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.benefits = {benefit.benefit.id: Total() for benefit in self.bound.benefits}
        self._limits = limits_of(self.bound)

    def add(self, result: SubjectResult) -> None:
        """Count one subject."""
        self.subjects += 1
        for benefit_id, line in result.lines.items():
            total = self.benefits[benefit_id]
            total.subjects[line.outcome] += 1
            if line.outcome is Outcome.ENTITLED:
                total.entitled_fen += line.amount or 0
            elif line.outcome is Outcome.MAY_APPLY and benefit_id not in self._limits:
                total.ceiling_fen += line.amount or 0

    @property
    def entitled_fen(self) -> int:
        """The sum that all subjects are entitled to."""
        return sum(total.entitled_fen for total in self.benefits.values())

    @property
    def ceiling_fen(self) -> int:
        """The sum of the ceilings under which they may apply."""
        return sum(total.ceiling_fen for total in self.benefits.values())


def limits_of(bound: Bound) -> frozenset[str]:
    """The benefits whose sum bounds a loan, a cover or a balance."""
    return frozenset(
        benefit.benefit.id
        for benefit in bound.benefits
        if benefit.benefit.amount.kind in ("limit", "at_least")
    )


def is_detailed(intake: Intake) -> bool:
    """Whether every result will carry missing facts, shortfall and sentence."""
    return intake.size <= DETAILED


def results_of(bound: Bound, intake: Intake, progress: Progress | None = None) -> Iterator[SubjectResult]:
    """The results of every subject of the intake, in the order of the file."""
    return _by_case(bound, intake, progress) if is_detailed(intake) else _by_column(bound, intake, progress)


def columns_of(
    bound: Bound, intake: Intake, progress: Progress | None = None
) -> Mapping[str, BenefitColumns]:
    """The results of all subjects as columns, by benefit: fast, without missing facts and shortfalls."""
    from kechuang.policy.columns.population import assess_columns

    table = intake.as_table()
    done = 0

    def report(rows: int) -> None:
        nonlocal done
        done += rows
        if progress is not None:
            progress(done, table.num_rows)

    return assess_columns(bound, table, progress=report)


def totals_of_columns(bound: Bound, columns: Mapping[str, BenefitColumns], subjects: int) -> Totals:
    """The totals over columns."""
    import numpy as np

    totals, limits = Totals(bound, subjects), limits_of(bound)
    for benefit_id, found in columns.items():
        total = totals.benefits[benefit_id]
        counts = np.bincount(found.outcome, minlength=len(_OUTCOMES)).tolist()
        total.subjects.update(zip(_OUTCOMES, counts, strict=True))
        if total.subjects[Outcome.ENTITLED]:
            total.entitled_fen = found.total_fen
        elif benefit_id not in limits:
            total.ceiling_fen = found.total_fen
    return totals


def result_of(assessment: Assessment, code: str) -> SubjectResult:
    """One assessed case as a result."""
    lines = {
        benefit_id: Line(
            found.outcome, found.amount, found.because, found.missing, found.short, found.open_items
        )
        for benefit_id, found in assessment.results.items()
    }
    return SubjectResult(code, str(assessment.facts.get("name") or ""), lines, assessment)


def _by_case(bound: Bound, intake: Intake, progress: Progress | None) -> Iterator[SubjectResult]:
    from kechuang.policy.cases.assessment import assess_bound

    for position, case in enumerate(intake.as_cases(), start=1):
        yield result_of(assess_bound(bound, case), label(case, position))
        if progress is not None:
            progress(position, intake.size)


def _by_column(bound: Bound, intake: Intake, progress: Progress | None) -> Iterator[SubjectResult]:
    table = intake.as_table()
    found = columns_of(bound, intake)
    codes, names = (_texts(table, name) for name in ("uscc", "name"))
    ready: dict[str, dict[tuple[int, int], Line]] = {benefit_id: {} for benefit_id in found}
    for start in range(0, table.num_rows, _BLOCK):
        part = slice(start, start + _BLOCK)
        lines = [_lines(columns, part, ready[benefit_id]) for benefit_id, columns in found.items()]
        for position, row in enumerate(zip(*lines, strict=True), start=start):
            code, name = codes[position] or str(position + 1), names[position] or ""
            yield SubjectResult(code, name, dict(zip(found, row, strict=True)))
        if progress is not None:
            progress(min(start + _BLOCK, table.num_rows), table.num_rows)


def _lines(columns: BenefitColumns, part: slice, ready: dict[tuple[int, int], Line]) -> list[Line]:
    """The lines of one benefit; those without a sum are few, so each is made once and kept in `ready`."""
    lines: list[Line] = []
    outcomes, reasons, amounts = (
        column[part].tolist() for column in (columns.outcome, columns.because, columns.amount)
    )
    for outcome, reason, amount in zip(outcomes, reasons, amounts, strict=True):
        line = ready.get((outcome, reason))
        if line is None:
            because = columns.reasons[reason] if reason < len(columns.reasons) else None
            line = ready[outcome, reason] = Line(_OUTCOMES[outcome], None, because)
        lines.append(line if amount < 0 else Line(line.outcome, amount, line.because))
    return lines


_BLOCK = 2_048
_OUTCOMES = tuple(Outcome)  # the order in which the columns number them


def _texts(table: Any, name: str) -> list[str | None]:
    return table.column(name).to_pylist() if name in table.column_names else [None] * table.num_rows
