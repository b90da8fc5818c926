"""A list of one kind of record, as a department keeps it: one sheet, a row a record, each with the subject's code.

Beside the record's own columns a row may say who the subject is: name, kind and district.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, Final

import xlsxwriter

from kechuang.exchange.headings import GUIDE, LISTED, is_guide, kind_of_sheet
from kechuang.exchange.intake import Fault, Progress, Stated, UnusableFileError
from kechuang.exchange.joining import Row
from kechuang.exchange.sheets import Sheet, Workbook
from kechuang.exchange.template import SheetWriter
from kechuang.exchange.workbook import Reading, read_sheet
from kechuang.policy.language.values import Words
from kechuang.policy.language.vocabulary import SUBJECT, RecordKind, Vocabulary

WHO: Final = ("name", "kind", "district")
"""Fields of the subject that a row may give."""
_TITLES: Final = {
    "name": Words("单位名称", "name of the organisation"),
    "kind": Words("单位类型", "kind of organisation"),
    "district": Words("区市或开发区", "district"),
}
UNSAID: Final = frozenset(title.zh for title in _TITLES.values())
"""Columns that a list may go without: nothing is unknown for it."""
_GUIDE: Final = (
    Words("这份名录怎么填", "How to fill in this list"),
    Words(
        "每行一条记录，用“主体代码”（统一社会信用代码）与单位对应。",
        "One row a record, joined to the organisation by its code (the unified social credit code).",
    ),
    Words(
        "第 2 行是示例，代码以“示例”开头，不会被读入，可以删除。",
        "Row 2 is an example: its code begins with 'example', it is not read and may be deleted.",
    ),
    Words(
        "单元格留空表示名录没有说，档案中已有的值不变。",
        "An empty cell says nothing: what is on file stays.",
    ),
    Words(
        "单位名称用于核对；单位类型和区市只在登记尚未登记的单位时用到。",
        "The name serves to check the code; kind and district are used only to register organisations not known yet.",
    ),
    Words(
        "上传后先显示差异，确认后才写入；写入后可以整批撤销。",
        "After upload the differences are shown first; nothing is written before you agree, and a batch can be undone.",
    ),
)


@dataclass(frozen=True, slots=True)
class ListSheet:
    """What a list holds: its rows, what is wrong with the sheet as a whole, how unclear cells were read."""

    rows: Sequence[Row]
    faults: tuple[Fault, ...] = ()
    stated: tuple[Stated, ...] = field(default=())


def list_kind(kind: RecordKind, vocabulary: Vocabulary, told: Sequence[str] = WHO) -> RecordKind:
    """The kind with columns for who the subject is, named 'subject.name' and so on; the subject has them itself."""
    if kind.name == SUBJECT:
        return kind
    subject = vocabulary.subject.fields
    who = {
        f"{LISTED}{name}": replace(subject[name], name=f"{LISTED}{name}", title=_TITLES[name], ask=None)
        for name in told
    }
    return replace(kind, fields={**who, **kind.fields})


def read_list(
    path: Path,
    kind: RecordKind,
    vocabulary: Vocabulary,
    progress: Progress | None = None,
    told: Sequence[str] = WHO,
) -> ListSheet:
    """The rows of a list; `told`: what its rows may say of the subject. UnusableFileError when nothing can be read."""
    with Workbook(path) as workbook:
        sheet = _sheet_of(workbook, kind, vocabulary)
        reading = Reading(vocabulary, progress, sheet.rows_declared)
        records = read_sheet(sheet, list_kind(kind, vocabulary, told), reading)
    if not records.complete or (not records.rows and reading.faults):
        fault = reading.faults[0] if reading.faults else None
        raise UnusableFileError(
            fault.sentence("zh") if fault else "表中没有数据行；请从第 2 行起填写",
            fault.sentence("en") if fault else "the sheet holds no rows; fill in from row 2",
        )
    if not records.rows:
        raise UnusableFileError(
            f"“{sheet.title}”表中没有数据行；请从标题行的下一行起填写",
            f"sheet '{sheet.title}' holds no rows; fill them in below the headings",
        )
    return ListSheet(records.rows, tuple(reading.faults), tuple(reading.notes.stated.values()))


def write_list_template(
    target: Path | str | IO[bytes],
    kind: RecordKind,
    vocabulary: Vocabulary,
    language: str = "zh",
    told: Sequence[str] = WHO,
    guide: Sequence[Words] = _GUIDE,
) -> None:
    """Write the empty list of one kind of record; `told`: what its rows may say of the subject."""
    listed = list_kind(kind, vocabulary, told)
    book = xlsxwriter.Workbook(target, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    try:
        # The same content gives the same file, whenever it is written.
        book.set_properties({"title": GUIDE.pick(language), "created": datetime(2023, 7, 13)})  # noqa: DTZ001
        writer = SheetWriter(book, vocabulary, language, [listed])
        writer.guide(guide)
        writer.sheet(listed, None)
        writer.lists()
    finally:
        book.close()


def write_listing(
    target: Path | str | IO[bytes], title: str, headings: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Write a table as a workbook, row by row; every text stays a text, whatever it begins with.

    A Decimal is a sum and shows two decimals.
    """
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(target, options)
    try:
        sheet = book.add_worksheet(title)
        head = book.add_format({"bold": True, "bg_color": "#E8EEF5", "bottom": 1})
        money = book.add_format({"num_format": "#,##0.00"})
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(headings) - 1, 24)
        sheet.write_row(0, 0, headings, head)
        for number, row in enumerate(rows, start=1):
            for place, value in enumerate(row):
                if isinstance(value, Decimal):
                    sheet.write_number(number, place, value, money)
                elif isinstance(value, (int, float)) and not isinstance(value, bool):
                    sheet.write_number(number, place, value)
                else:
                    sheet.write_string(number, place, "" if value is None else str(value))
    finally:
        book.close()


def _sheet_of(workbook: Workbook, kind: RecordKind, vocabulary: Vocabulary) -> Sheet:
    """The sheet called after the kind, else the first that is no guide and not called after another kind."""
    sheets = [sheet for sheet in workbook.sheets if not is_guide(sheet.title)]
    named = [sheet for sheet in sheets if kind_of_sheet(sheet.title, vocabulary) is kind]
    free = [sheet for sheet in sheets if kind_of_sheet(sheet.title, vocabulary) is None]
    if not named and not free:
        titles = "、".join(sheet.title for sheet in workbook.sheets)
        raise UnusableFileError(
            f"没有“{kind.title.zh}”表；现有：{titles}。请下载并填写空白名录",
            f"no sheet '{kind.title.en}'; there are: {titles}. Download the empty list and fill it in",
        )
    return (named or free)[0]
