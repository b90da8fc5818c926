"""Results for people, as a workbook: summary, subjects, missing facts, what was not assessed, a sheet a benefit, basis.

Texts are always written as texts, so that a name that begins with = + - @ is no formula. Rows are written as they
come, with memory bounded by the number of sheets.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, Any, Final

import xlsxwriter

from kechuang.exchange.intake import Intake
from kechuang.exchange.report_sheets import Page, Styles, write_basis, write_refused, write_summary
from kechuang.exchange.results import DETAILED, Line, SubjectResult, Totals, limits_of
from kechuang.policy.cases.outcome import Outcome
from kechuang.policy.encoding.binding import FOR, Bound
from kechuang.policy.language.values import Words
from kechuang.policy.words.reasons import missing_fact

LISTED: Final = 5_000
"""Up to so many subjects the benefits' sheets list everybody of the right kind; above, only who passes or might."""

_SUBJECTS: Final = (
    (Words("主体代码", "subject code"), 22),
    (Words("名称", "name"), 30),
    (Words("可享（元）", "entitled to (yuan)"), 18),
    (Words("可申报，最高（元）", "may apply, up to (yuan)"), 20),
    (Words("可享项", "entitled"), 10),
    (Words("可申报项", "may apply"), 10),
    (Words("待定项", "undetermined"), 10),
    (Words("不符合项", "not eligible"), 10),
)
_MISSING: Final = (
    (Words("主体代码", "subject code"), 22),
    (Words("名称", "name"), 30),
    (Words("还需补充", "still needed"), 44),
    (Words("由谁掌握", "held by"), 24),
    (Words("影响的事项", "benefits that hang on it"), 70),
)
_BENEFIT: Final = (
    (Words("主体代码", "subject code"), 22),
    (Words("名称", "name"), 30),
    (Words("结果", "outcome"), 18),
    (Words("金额（元）", "sum (yuan)"), 18),
    (Words("理由", "reason"), 90),
)
_APPLICANT: Final = Words("由主体填报", "the applicant")


def write_report(
    target: Path | str | IO[bytes],
    results: Iterable[SubjectResult],
    intake: Intake,
    totals: Totals,
    language: str = "zh",
) -> None:
    """Write the workbook to a path or a binary file, adding up the totals on the way."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(target, options)
    try:
        writer = _Report(book, totals.bound, intake, language)
        for result in results:
            totals.add(result)
            writer.add(result)
        writer.finish(totals)
    finally:
        book.close()


class _Report:
    """The sheets of one report; subjects are added one by one, the summary is written last."""

    def __init__(self, book: Any, bound: Bound, intake: Intake, language: str) -> None:
        self._bound, self._intake, self._language = bound, intake, language
        self._all = intake.size <= LISTED
        self._limits = limits_of(bound)
        styles = Styles(book)
        self._styles = styles

        def page(title: Words, columns: Sequence[tuple[Words, int]] = ()) -> Page:
            return Page(book, styles, title.pick(language), columns, language)

        self._summary = page(Words("汇总", "Summary"))
        self._subjects = page(Words("各主体", "Subjects"), _SUBJECTS)
        self._missing = page(Words("待补信息", "Still needed"), _MISSING)
        self._refused = page(Words("未测算", "Not assessed"))
        self._pages = {
            benefit.benefit.id: page(title, _BENEFIT)
            for benefit, title in zip(bound.benefits, _sheet_titles(bound), strict=True)
        }
        self._basis = page(Words("依据与口径", "Basis"))

    def add(self, result: SubjectResult) -> None:
        """One subject on its own row, and on the sheets of its benefits."""
        self._subjects.row([result.code, result.name, *self._sums(result)])
        for benefit_id, line in result.lines.items():
            if self._is_listed(line):
                self._pages[benefit_id].row(
                    [
                        result.code,
                        result.name,
                        line.outcome,
                        None if line.amount is None else line.amount / 100,
                        result.reason(benefit_id, self._bound, self._language),
                    ]
                )
        self._add_missing(result)

    def finish(self, totals: Totals) -> None:
        """The sheets that are complete only now; sheets of benefits that list nobody are hidden."""
        for page in self._pages.values():
            page.close()
            if page.is_empty:
                page.hide()
        sheets = {key: page.title for key, page in self._pages.items() if not page.is_empty}
        write_refused(self._refused, self._intake)
        write_summary(
            self._summary, totals, self._intake, sheets, [*self._limits_of_detail(), *self._left_out()]
        )
        write_basis(self._basis, self._bound, self._intake)
        self._subjects.close()
        self._missing.close()

    def _sums(self, result: SubjectResult) -> list[Any]:
        counts = dict.fromkeys(Outcome, 0)
        entitled = ceiling = 0
        for benefit_id, line in result.lines.items():
            counts[line.outcome] += 1
            if line.outcome is Outcome.ENTITLED:
                entitled += line.amount or 0
            elif line.outcome is Outcome.MAY_APPLY and benefit_id not in self._limits:
                ceiling += line.amount or 0
        shown = (Outcome.ENTITLED, Outcome.MAY_APPLY, Outcome.UNDETERMINED, Outcome.NOT_ELIGIBLE)
        return [entitled / 100, ceiling / 100, *(counts[outcome] for outcome in shown)]

    def _is_listed(self, line: Line) -> bool:
        if line.outcome is Outcome.NOT_IN_FORCE or (
            line.outcome is Outcome.NOT_ELIGIBLE and line.because == FOR
        ):
            return False
        if line.outcome.passes or self._all:
            return True
        return line.outcome is Outcome.UNDETERMINED and self._intake.size <= DETAILED

    def _add_missing(self, result: SubjectResult) -> None:
        """Each missing fact once, with the benefits that hang on it."""
        assessment = result.assessment
        if assessment is None:
            return
        hanging: dict[tuple[str, str], list[str]] = {}
        for benefit_id, line in result.lines.items():
            title = assessment.results[benefit_id].bound.benefit.title.pick(self._language)
            for missing in line.missing:
                fact = missing_fact(missing, assessment, self._language)
                holder = fact.source or _APPLICANT.pick(self._language)
                titles = hanging.setdefault((fact.title, holder), [])
                if title not in titles:
                    titles.append(title)
        for (fact_title, holder), titles in hanging.items():
            self._missing.row([result.code, result.name, fact_title, holder, "；".join(titles)])

    def _left_out(self) -> list[Words]:
        """The sheets that could not hold all their rows."""
        pages = (self._subjects, self._missing, self._refused, *self._pages.values())
        return [
            Words(
                f"“{page.title}”放不下全部行，另有 {page.left_out:,} 行未列出；请改用 JSON 或 Parquet。",
                f"'{page.title}' cannot hold all rows: {page.left_out:,} more are left out; use JSON or Parquet.",
            )
            for page in pages
            if page.left_out
        ]

    def _limits_of_detail(self) -> list[Words]:
        notes = [
            Words(
                "事项表不列主体类型不符的主体；没有可列主体的事项表已隐藏。",
                "The benefits' sheets leave out subjects of another kind; sheets that list nobody are hidden.",
            )
        ]
        if not self._all:
            notes.append(
                Words(
                    f"超过 {LISTED:,} 户，事项表不列不符合的主体；用 kechuang explain 查看任一户的全部理由。",
                    f"With more than {LISTED:,} subjects those not eligible are left out; `kechuang explain` "
                    "gives the reasons for any of them.",
                )
            )
        if self._intake.size > DETAILED:
            notes.append(
                Words(
                    f"超过 {DETAILED:,} 户，不列待补信息，事项表也不列待定的主体。",
                    f"With more than {DETAILED:,} subjects missing facts and undetermined subjects are not listed.",
                )
            )
        return notes


def _sheet_titles(bound: Bound) -> list[Words]:
    """A sheet name for each benefit: measure and title, at most 31 characters, each once."""
    titles: list[Words] = []
    seen: set[str] = set()
    for benefit in bound.benefits:
        one = benefit.benefit
        names = []
        for language in ("zh", "en"):
            name = "".join(" " if letter in "[]:*?/\\'" else letter for letter in one.title.pick(language))
            name = f"{one.measure} {name}"[:_SHEET_NAME].strip()
            key = name.casefold()
            if key in seen:
                name = one.id.replace("_", " ")[:_SHEET_NAME]
            seen.add(name.casefold())
            names.append(name)
        titles.append(Words(*names))
    return titles


_SHEET_NAME: Final = 31
