"""The pieces of a report: a page with headings and rows, and the sheets that are written once all is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import kechuang
from kechuang.exchange.intake import Fault, Intake
from kechuang.exchange.results import Totals
from kechuang.policy.cases.outcome import Outcome
from kechuang.policy.encoding.binding import Bound
from kechuang.policy.language.values import Words

_PAID: Final = frozenset({"exact", "up_to"})  # a limit on a loan, and what is given in kind, are no sums paid
MAX_ROWS: Final = 1_048_576
_COLOURS: Final = {
    Outcome.ENTITLED: "#1E7B45",
    Outcome.MAY_APPLY: "#1B5FA8",
    Outcome.UNDETERMINED: "#9A6700",
    Outcome.NOT_ELIGIBLE: "#6B7280",
    Outcome.NOT_IN_FORCE: "#6B7280",
}
_TOTALS: Final = (
    (Words("事项", "benefit"), 48),
    (Words("可享户", "entitled"), 12),
    (Words("可享（元）", "entitled to (yuan)"), 20),
    (Words("可申报户", "may apply"), 12),
    (Words("最高（元）", "up to (yuan)"), 20),
    (Words("待定户", "undetermined"), 12),
    (Words("不符合户", "not eligible"), 12),
    (Words("工作表", "sheet"), 34),
)
_REFUSED: Final = (
    (Words("工作表", "sheet"), 18),
    (Words("行", "row"), 8),
    (Words("列", "column"), 24),
    (Words("主体代码", "subject code"), 22),
    (Words("名称", "name"), 26),
    (Words("现为", "found"), 34),
    (Words("应为", "expected"), 60),
    (Words("怎么办", "what to do"), 34),
)


class Styles:
    """The formats of one workbook."""

    def __init__(self, book: Any) -> None:
        base = {"font_name": "Microsoft YaHei", "font_size": 10, "valign": "top"}
        self.text = book.add_format(base)
        self.wrap = book.add_format(base | {"text_wrap": True})
        self.bold = book.add_format(base | {"bold": True})
        self.title = book.add_format(base | {"bold": True, "font_size": 14, "font_color": "#1B4B7A"})
        self.head = book.add_format(
            base | {"bold": True, "bg_color": "#E8EEF5", "bottom": 1, "text_wrap": True}
        )
        self.sum = book.add_format(base | {"num_format": "#,##0.00"})
        self.count = book.add_format(base | {"num_format": "#,##0"})
        self.outcomes = {
            outcome: book.add_format(base | {"bold": True, "font_color": colour})
            for outcome, colour in _COLOURS.items()
        }


class Page:
    """A sheet written from top to bottom: rows of texts, sums (float), counts (int) and outcomes."""

    def __init__(
        self, book: Any, styles: Styles, title: str, columns: Sequence[tuple[Words, int]], language: str
    ) -> None:
        self.title, self.language, self._styles = title, language, styles
        self._sheet = book.add_worksheet(title)
        self.left_out = 0
        self._next = 0
        self._head: int | None = None
        if columns:
            self.head(columns)

    @property
    def is_empty(self) -> bool:
        """Whether nothing stands below the headings."""
        return self._head is not None and self._next == self._head + 1

    def head(self, columns: Sequence[tuple[Words, int]]) -> None:
        """The headings, frozen with everything above them."""
        for place, (words, width) in enumerate(columns):
            self._sheet.set_column(place, place, width)
            self._sheet.write_string(self._next, place, words.pick(self.language), self._styles.head)
        self._columns = len(columns)
        self._head = self._next
        self._next += 1
        self._sheet.freeze_panes(self._next, 0)

    def line(self, text: str, style: Any = None) -> None:
        """One text on a row of its own."""
        self._sheet.write_string(self._next, 0, text, style or self._styles.text)
        self._next += 1

    def row(self, values: Sequence[object]) -> None:
        """One row; None leaves a cell empty. Rows beyond what a sheet can hold are counted in `left_out`."""
        if self._next >= MAX_ROWS:
            self.left_out += 1
            return
        styles = self._styles
        for place, value in enumerate(values):
            if isinstance(value, Outcome):
                self._sheet.write_string(
                    self._next, place, value.words.pick(self.language), styles.outcomes[value]
                )
            elif isinstance(value, float):
                self._sheet.write_number(self._next, place, value, styles.sum)
            elif isinstance(value, int):
                self._sheet.write_number(self._next, place, value, styles.count)
            elif value is not None:
                self._sheet.write_string(self._next, place, str(value), styles.wrap)
        self._next += 1

    def link(self, place: int, title: str) -> None:
        """A link to another sheet, on the row to be written next."""
        self._sheet.write_url(self._next, place, f"internal:'{title}'!A1", self._styles.text, title)

    def blank(self) -> None:
        """An empty row."""
        self._next += 1

    def hide(self) -> None:
        """Hide a sheet that lists nothing."""
        self._sheet.hide()

    def close(self) -> None:
        """Filters over what was written."""
        if self._head is not None and self._next > self._head + 1:
            self._sheet.autofilter(self._head, 0, self._next - 1, self._columns - 1)


def write_summary(
    page: Page, totals: Totals, intake: Intake, sheets: Mapping[str, str], notes: Sequence[Words]
) -> None:
    """What went in, what came out, and a line for each benefit."""
    bound, language, styles = totals.bound, page.language, page._styles  # noqa: SLF001 - one module
    page.line(bound.pack.title.pick(language), styles.title)
    page.line(
        Words(f"测算日 {bound.on}，测算年度 {bound.year}", f"on {bound.on}, assessed year {bound.year}").pick(
            language
        )
    )
    rows = (intake.rows_in, intake.rows_used, intake.rows_refused, totals.subjects)
    page.line(
        Words(
            "读入 {:,} 行 = 测算 {:,} 行 + 未测算 {:,} 行；测算 {:,} 户".format(*rows),
            "{:,} rows in = {:,} assessed + {:,} refused; {:,} subjects assessed".format(*rows),
        ).pick(language)
    )
    for note in notes:
        page.line(note.pick(language))
    page.blank()
    page.head(_TOTALS)
    for benefit in bound.benefits:
        one = benefit.benefit
        total = totals.benefits[one.id]
        count = total.subjects
        if one.id in sheets:
            page.link(len(_TOTALS) - 1, sheets[one.id])
        page.row(
            [
                f"{one.id} {one.title.pick(language)}",
                count[Outcome.ENTITLED],
                total.entitled_fen / 100 if one.amount.kind in _PAID else None,
                count[Outcome.MAY_APPLY],
                total.ceiling_fen / 100 if one.amount.kind in _PAID else None,
                count[Outcome.UNDETERMINED],
                count[Outcome.NOT_ELIGIBLE],
                None if benefit.in_force else Outcome.NOT_IN_FORCE,
            ]
        )
    page.row(
        [
            Words("合计", "total").pick(language),
            None,
            totals.entitled_fen / 100,
            None,
            totals.ceiling_fen / 100,
        ]
    )


def write_refused(page: Page, intake: Intake) -> None:
    """Every fault: where, whose, what was found, what was expected, what to do."""
    page.head(_REFUSED)
    for fault in intake.faults:
        page.row(_fault(fault, "", "", page.language))
    for one in intake.refused:
        for fault in one.faults:
            page.row(_fault(fault, one.subject, one.name, page.language))
    page.close()


def _fault(fault: Fault, code: str, name: str, language: str) -> list[object]:
    place = (fault.sheet, fault.row, fault.column, code, name)
    return [*place, fault.found, fault.expected.pick(language), fault.remedy.pick(language)]


def write_basis(page: Page, bound: Bound, intake: Intake) -> None:
    """What the results rest on: pack and hash, day and year, readings, rows by sheet, how unclear cells were read."""
    language, pack = page.language, bound.pack
    page.head(((Words("项目", "item"), 26), (Words("内容", "value"), 60), (Words("说明", "note"), 80)))
    for item, value in (
        (Words("政策包", "pack"), pack.id),
        (Words("文件", "document"), pack.title.pick(language)),
        (Words("文号", "number"), pack.document.number or ""),
        (Words("内容校验值", "content hash"), pack.hash),
        (Words("测算日", "assessed on"), bound.on.isoformat()),
        (Words("测算年度", "assessed year"), str(bound.year)),
        (Words("程序版本", "program version"), kechuang.__version__),
    ):
        page.row([item.pick(language), value])
    for reading_id, option in bound.readings.items():
        reading = pack.readings[reading_id]
        chosen = reading.options[option].title.pick(language)
        page.row(
            [f"{Words('口径', 'reading').pick(language)} {reading_id}", chosen, reading.title.pick(language)]
        )
    for sheet, count in intake.counts.items():
        told = Words(
            f"读入 {count.rows:,} = 测算 {count.used:,} + 未测算 {count.refused:,}",
            f"{count.rows:,} in = {count.used:,} assessed + {count.refused:,} refused",
        ).pick(language)
        page.row([Words("行数", "rows").pick(language), sheet, told])
    for stated in intake.stated:
        page.row(
            [Words("读取说明", "read as follows").pick(language), stated.sheet, stated.sentence(language)]
        )
