"""The work of one run, outside of any request: read the file, assess it, keep results, write the reports.

It may be begun again after a crash: everything kept by an earlier attempt is replaced.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
import structlog
from django.db import InterfaceError, OperationalError

from kechuang.entitlements.models import UPLOAD, RowFault, Run, Subject
from kechuang.entitlements.packs import bound_of
from kechuang.entitlements.reporting import FORMATS, write_results
from kechuang.exchange.intake import Fault, Intake, UnusableFileError
from kechuang.exchange.machine import run_of
from kechuang.exchange.reading import read_file
from kechuang.exchange.results import SubjectResult, Total, Totals, limits_of, results_of
from kechuang.policy.cases.outcome import Outcome
from kechuang.policy.encoding.binding import Bound
from kechuang.population.generate import write_parquet

log = structlog.get_logger("kechuang.entitlements")

FACTS: Final = "facts.parquet"
FACTS_GROUP: Final = 500  # subjects in one group of rows: one subject is read without reading the others
BATCH: Final = 1_000
SECONDS_BETWEEN_NOTES: Final = 0.4
OUTCOMES: Final = tuple(Outcome)
DIGITS: Final = {outcome: str(place) for place, outcome in enumerate(OUTCOMES)}
EXAMPLE_SIZE: Final = 300
EXAMPLE_SEED: Final = 20230713


class CancelledError(Exception):
    """The visitor asked to stop, or deleted the run."""


class Progress:
    """Notes how far the work is, not more often than people can read; raises CancelledError when it shall stop."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.noted = 0.0

    def begin(self, state: Run.State) -> None:
        """The next step begins."""
        self._note(state=state, done=0, total=None)

    def __call__(self, done: int, total: int | None) -> None:
        """`done` of `total` rows, or of an unknown number."""
        if time.monotonic() - self.noted >= SECONDS_BETWEEN_NOTES:
            self._note(done=done, total=total)

    def _note(self, **values: Any) -> None:
        if not Run.objects.filter(pk=self.run.pk, stop=False).update(**values):
            raise CancelledError
        self.noted = time.monotonic()


class Wanted:
    """The facts that keep results undetermined: for how many subjects, and for which benefits."""

    def __init__(self) -> None:
        self.subjects: Counter[str] = Counter()
        self.benefits: defaultdict[str, dict[str, None]] = defaultdict(dict)

    def add(self, result: SubjectResult) -> None:
        """Count the facts that one subject is asked for, each once."""
        asked: set[str] = set()
        for benefit_id, line in result.lines.items():
            for fact in line.missing:
                asked.add(fact.path)
                self.benefits[fact.path][benefit_id] = None
        self.subjects.update(asked)

    def listed(self) -> list[dict[str, Any]]:
        """The most wanted first, then by name."""
        order = sorted(self.subjects.items(), key=lambda one: (-one[1], one[0]))
        return [
            {"fact": fact, "subjects": count, "benefits": list(self.benefits[fact])} for fact, count in order
        ]


def work(run_id: str) -> None:
    """Carry out a run from its file to its reports; what goes wrong is kept on the run as a sentence."""
    run = Run.objects.filter(pk=run_id).first()
    if run is None or run.state in {Run.State.CANCELLED, Run.State.FAILED}:
        return
    try:
        _work(run)
    except CancelledError:
        _forget(run)
        Run.objects.filter(pk=run.pk).update(state=Run.State.CANCELLED)
    except UnusableFileError as error:
        _fail(run, error.words.zh, error.words.en)
    except (InterfaceError, OperationalError):
        raise  # the database is gone, not the file at fault: the job begins again
    except Exception:
        log.exception("assessment failed", run=run.pk)
        _fail(
            run,
            "系统在处理这份文件时出错，错误已记录",
            "the system failed on this file; the error is recorded",
        )


def _work(run: Run) -> None:
    bound, progress = bound_of(run), Progress(run)
    progress.begin(Run.State.READING)
    _forget(run)
    intake = _intake(run, bound, progress)
    progress.begin(Run.State.ASSESSING)
    table = intake.as_table()
    pq.write_table(table, run.folder / FACTS, row_group_size=FACTS_GROUP)
    _keep_refused(run, intake)
    totals, wanted = _keep_results(run, bound, intake, table, progress)
    _keep_summary(run, intake, totals, wanted)
    _write_reports(run, bound, intake)


def _intake(run: Run, bound: Bound, progress: Progress) -> Intake:
    """The content of the file; messages call it by the visitor's name for it."""
    path = run.folder / UPLOAD
    if not run.file_name:
        write_parquet(path, EXAMPLE_SIZE, EXAMPLE_SEED, run.year, run.on, vocabulary=bound.pack.vocabulary)
    try:
        return read_file(path, bound.pack.vocabulary, progress)
    except UnusableFileError as error:
        zh, en = (
            text.replace(f"{UPLOAD} ", f"{run.file_name} ", 1) for text in (error.words.zh, error.words.en)
        )
        raise UnusableFileError(zh, en) from None


def _forget(run: Run) -> None:
    """Leave nothing of an earlier attempt."""
    Subject.objects.filter(run=run).delete()
    RowFault.objects.filter(run=run).delete()


def batched(things: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """The things in lists of at most `size` (itertools.batched is younger than Python 3.11)."""
    rest = iter(things)
    while part := list(islice(rest, size)):
        yield part


def _keep_refused(run: Run, intake: Intake) -> None:
    found = [("", "", fault) for fault in intake.faults]
    found += [(one.subject, one.name, fault) for one in intake.refused for fault in one.faults]
    for part in batched(found, BATCH):
        RowFault.objects.bulk_create(_row_fault(run, *one) for one in part)


def _row_fault(run: Run, subject: str, name: str, fault: Fault) -> RowFault:
    return RowFault(
        run=run,
        subject=subject,
        name=name,
        sheet=fault.sheet,
        row=fault.row,
        column=fault.column or "",
        found=fault.found.replace("\0", ""),
        expected={"zh": fault.expected.zh, "en": fault.expected.en},
        remedy={"zh": fault.remedy.zh, "en": fault.remedy.en},
    )


def _keep_results(
    run: Run, bound: Bound, intake: Intake, table: pa.Table, progress: Progress
) -> tuple[Totals, Wanted]:
    """Keep every subject's outcomes and sums; give the totals by benefit, and the facts that are wanted."""
    totals, wanted, limits = Totals(bound), Wanted(), limits_of(bound)
    kinds, districts = (_texts(table, name) for name in ("kind", "district"))
    numbered = enumerate(results_of(bound, intake, progress))
    for part in batched(numbered, BATCH):
        subjects = []
        for position, result in part:
            totals.add(result)
            wanted.add(result)
            subjects.append(_subject(run, position, result, limits, (kinds[position], districts[position])))
        Subject.objects.bulk_create(subjects)
        progress(totals.subjects, intake.size)
    return totals, wanted


def _subject(
    run: Run, position: int, result: SubjectResult, limits: frozenset[str], described: tuple[str, str]
) -> Subject:
    lines = result.lines
    counts = Counter(line.outcome for line in lines.values())
    passed = {key: line for key, line in lines.items() if line.outcome.passes}
    return Subject(
        run=run,
        position=position + 1,
        code=result.code,
        name=result.name,
        kind=described[0],
        district=described[1],
        entitled_fen=sum(line.amount or 0 for line in passed.values() if line.outcome is Outcome.ENTITLED),
        ceiling_fen=sum(
            line.amount or 0
            for key, line in passed.items()
            if line.outcome is Outcome.MAY_APPLY and key not in limits
        ),
        outcomes="".join(DIGITS[line.outcome] for line in lines.values()),
        **{str(outcome): counts[outcome] for outcome in OUTCOMES},
    )


def _texts(table: pa.Table, name: str) -> list[str]:
    if name not in table.column_names:
        return [""] * table.num_rows
    return [text or "" for text in table.column(name).to_pylist()]


def _keep_summary(run: Run, intake: Intake, totals: Totals, wanted: Wanted) -> None:
    """The last step: from here on the results can be read."""
    counted = run_of(totals.bound, intake)["subjects"]
    done = Run.objects.filter(pk=run.pk, stop=False).update(
        state=Run.State.DONE,
        done=intake.size,
        total=intake.size,
        rows_in=intake.rows_in,
        rows_used=intake.rows_used,
        subjects_used=intake.size,
        subjects_refused=counted["refused"],
        entitled_fen=totals.entitled_fen,
        ceiling_fen=totals.ceiling_fen,
        benefits=[_total(benefit_id, total) for benefit_id, total in totals.benefits.items()],
        missing=wanted.listed(),
        stated=[{"zh": one.sentence("zh"), "en": one.sentence("en")} for one in intake.stated],
    )
    if not done:
        raise CancelledError


def _total(benefit_id: str, total: Total) -> dict[str, Any]:
    return {
        "id": benefit_id,
        "counts": [total.subjects[outcome] for outcome in OUTCOMES],
        "entitled_fen": total.entitled_fen,
        "ceiling_fen": total.ceiling_fen,
    }


def _write_reports(run: Run, bound: Bound, intake: Intake) -> None:
    """Write the results in every format; each can be fetched as soon as it is there."""
    ready: list[str] = []
    for kind in FORMATS:
        write_results(run.folder, kind, results_of(bound, intake), intake, Totals(bound), run.language)
        ready.append(kind)
        if not Run.objects.filter(pk=run.pk).update(reports=ready):
            return


def _fail(run: Run, zh: str, en: str) -> None:
    """Keep what went wrong as a sentence. A run that already shows its results keeps them, without the reports."""
    mine = Run.objects.filter(pk=run.pk)
    mine.update(problem={"zh": zh, "en": en})
    if mine.exclude(state=Run.State.DONE).update(state=Run.State.FAILED):
        _forget(run)
