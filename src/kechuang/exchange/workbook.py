"""A workbook as an intake: a sheet a kind of record, joined by the subject's code.

What the guide sheet of the template promises:
- A sheet that is missing, or has no row, is unknown for all; a sheet with a row is complete: a subject without rows
  there has none. A single 无 (none) in the column of codes says that nobody has any. An empty cell is unknown.
- A row with a bad cell is refused, and with it its subject and all rows of that subject: nobody is assessed on part
  of the facts. No other row suffers.
- A formula counts as the result saved with the file; one without a saved result is a bad cell.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from openpyxl.utils import get_column_letter

from kechuang.exchange.cells import Cell, Column, plain, read_cell
from kechuang.exchange.expectations import CORRECT_CELL, LEAVE_EMPTY, expected
from kechuang.exchange.headings import (
    EXAMPLE,
    NONE_WORDS,
    Headings,
    heading,
    is_guide,
    kind_of_sheet,
    match_headings,
    nearest,
    nearest_sheet,
    sheet_name,
)
from kechuang.exchange.intake import Fault, Intake, Notes, Progress, UnusableFileError, shown
from kechuang.exchange.joining import Records, Row, join
from kechuang.exchange.sheets import Sheet, Workbook
from kechuang.policy.language.values import MONEY, RATE, Value, Words, rate_text, yuan
from kechuang.policy.language.vocabulary import SUBJECT, SUBJECT_KEY, RecordKind, Vocabulary

HEADING_ROWS: Final = 20
"""The headings must stand within so many rows."""
_STEP: Final = 1_000  # rows between two reports of progress

TITLE_ROWS: Final = Words("标题行之上的行不读", "rows above the headings not read")
EXAMPLE_ROW: Final = Words("示例行不读", "example row not read")
NOBODY: Final = Words(
    "表中写明“无”，所有主体都没有这类记录", "the sheet says 'none': nobody has such records"
)
HELP_COLUMN: Final = Words("仅供核对的列不读", "column for checking by eye not read")
_ALL_SHEETS: Final = "各表 (all sheets)"
HIDDEN_SHEET: Final = Words("隐藏的工作表不读", "hidden sheet not read")
FORMULAS: Final = Words("公式按文件中保存的结果读取", "formulas read as the results saved with the file")
MISSING_COLUMN: Final = Words("没有这一列，各行均按未知处理", "no such column: unknown for all rows")
WAN_HEADING: Final = Words("标题写明单位，数字按该单位读取", "unit named in the heading: numbers read in it")
_NOT_READ: Final = Words("这一列未读入，请改正标题", "this column was not read: correct the heading")
_SHEET_NOT_READ: Final = Words("这张表未读入，请改正表名", "this sheet was not read: correct its name")
_NO_MERGES: Final = Words("每个单元格各填各的内容", "each cell filled on its own")
_UNMERGE: Final = Words("请取消合并并逐行填写", "undo the merge and fill in every row")


@dataclass
class Reading:
    """What reading one workbook collects."""

    vocabulary: Vocabulary
    progress: Progress | None
    total: int | None
    notes: Notes = field(default_factory=Notes)
    faults: list[Fault] = field(default_factory=list)
    other_rows: dict[str, int] = field(default_factory=dict)
    done: int = 0

    def step(self) -> None:
        """One more row was read."""
        self.done += 1
        if self.progress is not None and self.done % _STEP == 0:
            self.progress(self.done, max(self.total, self.done) if self.total else None)


def read_workbook(path: Path, vocabulary: Vocabulary, progress: Progress | None = None) -> Intake:
    """The cases of a workbook. Raises UnusableFileError when nothing of it can be read."""
    with Workbook(path) as workbook:
        declared = [sheet.rows_declared for sheet in workbook.sheets]
        reading = Reading(
            vocabulary, progress, None if None in declared else sum(rows or 0 for rows in declared)
        )
        for title in (title for title in workbook.hidden if kind_of_sheet(title, vocabulary)):
            reading.notes.state(HIDDEN_SHEET, title, None, "", title)
        sheets = list(_read_sheets(workbook, reading))
    subjects = [sheet for sheet in sheets if sheet.kind.name == SUBJECT]
    if not subjects or not subjects[0].complete:
        raise _no_subjects(vocabulary, [sheet.title for sheet in workbook.sheets], reading.faults)
    related = [sheet for sheet in sheets if sheet.kind.name != SUBJECT]
    return join(vocabulary, subjects[0], related, reading.notes, reading.faults, reading.other_rows)


def _read_sheets(workbook: Workbook, reading: Reading) -> Iterator[Records]:
    seen: set[str] = set()
    for sheet in workbook.sheets:
        if is_guide(sheet.title):
            continue
        kind = kind_of_sheet(sheet.title, reading.vocabulary)
        if kind is None or kind.name in seen:
            _refuse_sheet(sheet, kind, reading)
            continue
        seen.add(kind.name)
        yield read_sheet(sheet, kind, reading)


def _refuse_sheet(sheet: Sheet, kind: RecordKind | None, reading: Reading) -> None:
    """A sheet of another name, or a second one of a kind: its rows are counted as refused."""
    rows = sum(1 for _ in sheet.rows())
    if not rows:
        return
    near = nearest_sheet(sheet.title, reading.vocabulary)
    names = "、".join(sheet_name(known, "zh") for known in reading.vocabulary.records.values())
    words = Words(f"“{near}”", f"'{near}'") if near else Words(names, f"one of {names}")
    if kind is not None:
        words = Words("每类记录一张表", "one sheet a kind of record")
    reading.faults.append(Fault(sheet.title, None, None, shown(sheet.title), words, _SHEET_NOT_READ))
    reading.other_rows[sheet.title] = max(rows - 1, 0)


def read_sheet(sheet: Sheet, kind: RecordKind, reading: Reading) -> Records:
    """The rows of one sheet; what is wrong with the sheet as a whole stands in `reading.faults`."""
    found = Records(kind, sheet.title)
    rows = sheet.rows()
    headings, waiting = _find_headings(rows, kind, reading.vocabulary)
    if headings is None or headings.code is None or headings.double:
        numbers = [row for row, _ in waiting] + [row for row, _ in rows]
        if numbers:
            _refuse_headings(found, headings, waiting, reading)
            reading.other_rows[sheet.title] = len(numbers) - 1
            found.complete = False
        elif kind.name == SUBJECT:
            found.complete = False
        return found
    _note_headings(found, headings, waiting, reading)
    found.code_heading = headings.columns[headings.code].heading if kind.name == SUBJECT else "主体代码"
    later = [row for row in waiting if row[0] > headings.row]
    for source in (later, rows):
        for number, cells in source:
            reading.step()
            row = _read_row(number, cells, headings, found, reading)
            if row is not None:
                found.rows.append(row)
    _refuse_merged(found, sheet, headings)
    return found


def _find_headings(
    rows: Iterator[tuple[int, dict[int, Cell]]], kind: RecordKind, vocabulary: Vocabulary
) -> tuple[Headings | None, list[tuple[int, dict[int, Cell]]]]:
    """The row among the first that has most known headings, and all rows read to find it."""
    read: list[tuple[int, dict[int, Cell]]] = []
    best: Headings | None = None
    for number, cells in rows:
        read.append((number, cells))
        texts = {place: str(cell.value) for place, cell in cells.items()}
        found = match_headings(number, texts, kind, vocabulary)
        if best is None or _known(found) > _known(best):
            best = found
        if len(read) >= HEADING_ROWS or (_known(found) and not found.unknown):
            break
    return (best if best is not None and _known(best) else None), read


def _known(headings: Headings) -> int:
    return len(headings.columns) + (headings.code is not None)


def _refuse_headings(
    found: Records, headings: Headings | None, read: list[tuple[int, dict[int, Cell]]], reading: Reading
) -> None:
    """A sheet without usable headings: say what stands there and what was expected."""
    code = reading.vocabulary.subject.fields[SUBJECT_KEY].title
    if headings is None:
        texts = "、".join(str(cell.value) for cell in read[0][1].values())
        names = "、".join(heading(known) for known in found.kind.fields.values())
        words = Words(f"标题行：{code.zh}、{names}", f"a row of headings: {code.zh}、{names}")
        fault = Fault(found.title, read[0][0], None, shown(texts), words, _SHEET_NOT_READ)
    elif headings.double:
        texts = "、".join(headings.double.values())
        words = Words("每项只有一列", "one column a fact")
        fault = Fault(found.title, headings.row, texts, shown(texts), words, CORRECT_CELL)
    else:
        texts = "、".join(column.heading for column in headings.columns.values())
        words = Words(f"有“{code.zh}”一列", f"a column '{code.zh}'")
        fault = Fault(found.title, headings.row, None, shown(texts), words, CORRECT_CELL)
    reading.faults.append(fault)


def _note_headings(
    found: Records, headings: Headings, read: list[tuple[int, dict[int, Cell]]], reading: Reading
) -> None:
    notes, title = reading.notes, found.title
    for number, cells in read:
        if number < headings.row:
            notes.state(TITLE_ROWS, title, number, "", shown(next(iter(cells.values())).value))
    for text in headings.help.values():
        notes.state(HELP_COLUMN, title, headings.row, text, shown(text))
    for column in headings.columns.values():
        if column.unit not in {None, "元", "%"}:
            notes.state(WAN_HEADING, title, headings.row, column.heading, shown(column.unit))
    present = {column.field.name for column in headings.columns.values()}
    for known in found.kind.fields.values():
        if known.name not in present:
            notes.state(MISSING_COLUMN, title, None, known.title.zh, shown(known.title.zh))
    for text in headings.unknown.values():
        near = nearest(text, found.kind)
        names = "、".join(heading(known) for known in found.kind.fields.values())
        words = Words(f"“{near}”", f"'{near}'") if near else Words(names, f"one of {names}")
        reading.faults.append(Fault(title, headings.row, text, shown(text), words, _NOT_READ))


def _read_row(
    number: int, cells: dict[int, Cell], headings: Headings, found: Records, reading: Reading
) -> Row | None:
    """One row, or None for the example row and for the word that says that nobody has such records."""
    code_cell = cells.get(headings.code or 0)
    code = "" if code_cell is None else str(code_cell.value).strip()
    if plain(code).startswith((EXAMPLE.zh, EXAMPLE.en)):
        reading.notes.state(EXAMPLE_ROW, _ALL_SHEETS, None, "", shown(code))
        return None
    if found.kind.name != SUBJECT and len(cells) == 1 and plain(code) in NONE_WORDS:
        reading.notes.state(NOBODY, _ALL_SHEETS, None, "", shown(found.title))
        found.none = True
        return None
    row = Row(number, code, {})
    for place, cell in cells.items():
        column = headings.columns.get(place)
        if column is not None:
            _read_into(row, cell, column, found, reading)
        elif place != headings.code and place not in headings.help and place not in headings.unknown:
            _stray_cell(row, cell, place, found)
    if code_cell is not None and found.kind.name != SUBJECT and isinstance(code_cell.value, (int, float)):
        row.code = _code_text(code_cell.value)
    return row


def _read_into(row: Row, cell: Cell, column: Column, found: Records, reading: Reading) -> None:
    try:
        value, how = read_cell(cell, column)
    except (ValueError, OverflowError):
        words = expected(column.field, reading.vocabulary)
        remedy = CORRECT_CELL if column.field.name == SUBJECT_KEY else LEAVE_EMPTY
        row.faults.append(Fault(found.title, row.number, column.heading, shown(cell.value), words, remedy))
        return
    if value is not None:
        row.record[column.field.name] = value
    if how is not None:
        reading.notes.state(
            how, found.title, row.number, column.heading, shown(cell.value), _told(value, column)
        )
    if cell.formula:
        reading.notes.state(FORMULAS, found.title, row.number, column.heading, shown(cell.value))


def _told(value: Value, column: Column) -> str:
    if column.field.type == MONEY and isinstance(value, int):
        return f"{yuan(value)} 元"
    return rate_text(value) if column.field.type == RATE and isinstance(value, Fraction) else str(value)


def _code_text(value: Any) -> str:
    return str(int(value)) if value == int(value) else str(value)


def _stray_cell(row: Row, cell: Cell, place: int, found: Records) -> None:
    words = Words("没有标题的列应为空", "nothing in a column without a heading")
    row.faults.append(
        Fault(found.title, row.number, get_column_letter(place), shown(cell.value), words, CORRECT_CELL)
    )


def _refuse_merged(found: Records, sheet: Sheet, headings: Headings) -> None:
    """Below the headings a merged range leaves cells empty that look filled: every row that it touches is refused."""
    rows = sorted(found.rows, key=lambda row: row.number)
    numbers = [row.number for row in rows]
    for first, left, last, right in sheet.merged:
        if last <= headings.row:
            continue
        place = f"{get_column_letter(left)}{first}:{get_column_letter(right)}{last}"
        for row in rows[bisect_left(numbers, first) : bisect_right(numbers, last)]:
            row.faults.append(
                Fault(found.title, row.number, None, f"合并的单元格 {place}", _NO_MERGES, _UNMERGE)
            )


def _no_subjects(vocabulary: Vocabulary, titles: list[str], faults: list[Fault]) -> UnusableFileError:
    """The error for a workbook whose sheet of subjects is missing or has no usable headings."""
    name = sheet_name(vocabulary.subject, "zh")
    own = [
        fault
        for fault in faults
        if fault.sheet in titles and kind_of_sheet(fault.sheet, vocabulary) is not None
    ]
    if own:
        return UnusableFileError(own[0].sentence("zh"), own[0].sentence("en"))
    listed = "、".join(titles)
    return UnusableFileError(
        f"没有可读的“{name}”表；现有：{listed}。请填空白工作簿（网站首页或 kechuang template 可得）",
        f"no sheet '{name}' that can be read; there are: {listed}. "
        "Fill in the empty workbook (first page of the site, or `kechuang template`)",
    )
