"""The workbook to fill in: a guide, a sheet a kind of record with headings, notes, pick lists and an example row.

Filled with cases it is the workbook that `assess` reads: a sample, or facts taken from elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import IO, Any, Final

import xlsxwriter

from kechuang.exchange.headings import EXAMPLE, GUIDE, NONE, heading, sheet_name
from kechuang.exchange.intake import Case
from kechuang.policy.language.values import (
    BOOLEAN,
    DATE,
    MONEY,
    NUMBER,
    RATE,
    TEXT,
    Words,
    code_list,
    is_code,
)
from kechuang.policy.language.vocabulary import SUBJECT, SUBJECT_KEY, Field, RecordKind, Vocabulary
from kechuang.reference.uscc import make_uscc

MAX_LIST: Final = 255  # characters of a pick list that stands in the cell rule itself
MAX_FILLED: Final = 20_000  # subjects
LAST_ROW: Final = 1_048_575
_YES, _NO = Words("是", "yes"), Words("否", "no")
_EXAMPLE_YEAR: Final = 2023
_EXAMPLES: Final = {
    MONEY: 6_000_000,
    RATE: 3.45,
    NUMBER: 12,
    DATE: datetime(2023, 6, 20),  # noqa: DTZ001 - a day in a spreadsheet has no zone
    BOOLEAN: _YES,
}
_GUIDE: Final = (
    Words("这份工作簿怎么填", "How to fill in this workbook"),
    Words(
        "“{subject}”表每行一个主体；其他各表每行一条记录，用“{code}”一列与主体对应。",
        "One row a subject on '{subject}'; one row a record on the others, joined by the column '{code}'.",
    ),
    Words(
        "各表第 2 行是示例，代码以“示例”开头，不会被读入，可以删除。",
        "Row 2 of each sheet is an example: its code begins with 'example', it is not read and may be deleted.",
    ),
    Words(
        "单元格留空表示不知道，不是零，也不是没有。",
        "An empty cell means not known: neither zero nor none.",
    ),
    Words(
        "整张表没有一行数据，表示这类记录对所有主体都不知道；只要有一行，就表示这张表是完整的，"
        "表中没有记录的主体即没有这类记录。如所有主体都没有，请在第一列写一个“无”。",
        "A sheet without any row means that such records are not known for anybody; a sheet with a row is complete: "
        "a subject without a row there has none. If nobody has any, write 'none' in the first column.",
    ),
    Words(
        "金额按标题所写单位填写，默认为元；单元格里也可以写明单位，如“120万元”，以单元格为准。精确到分。",
        "Sums are in the unit of the heading, yuan by default; a cell may name its own, such as 120万元, "
        "and that counts. Exact to the fen.",
    ),
    Words(
        "标题里的“元”可以改为“万元”，整列即按万元读取。",
        "Change 元 in a heading to 万元 and the whole column is read in 10,000 yuan.",
    ),
    Words(
        "日期写作 2024-06-20；2024年6月20日、2024/6/20 也可读，读法会在结果中说明。",
        "Dates are written 2024-06-20; 2024年6月20日 and 2024/6/20 are read too, and the result says so.",
    ),
    Words("是否类填“是”或“否”。", "Yes-or-no columns take 是 or 否, yes or no."),
    Words(
        "单位填统一社会信用代码，会核对校验位；个人和团队填登记编号。同一代码只能有一行。",
        "Units give their social credit code, whose check character is verified; persons and teams "
        "their register number. A code stands on one row only.",
    ),
    Words(
        "某行有误时，该主体不测算，并指出表、行、列、现值、应填什么；其他主体不受影响。",
        "A faulty row keeps its subject from being assessed, and sheet, row, column, what was found and what was "
        "expected are named; no other subject suffers.",
    ),
    Words(
        "公式按文件中保存的结果读取；没有保存结果的公式算作有误。请不要合并单元格。",
        "A formula counts as the result saved with the file; one without a saved result is a fault. "
        "Do not merge cells.",
    ),
)


def write_template(target: Path | str | IO[bytes], vocabulary: Vocabulary, language: str = "zh") -> None:
    """Write the empty workbook to a path or a binary file."""
    _write(target, vocabulary, language, None)


def write_filled(
    target: Path | str | IO[bytes], cases: Sequence[Case], vocabulary: Vocabulary, language: str = "zh"
) -> None:
    """Write cases as the workbook that is read back to them, exactly.

    A workbook cannot say that a kind of record is unknown for one subject and known for another: where any subject
    has a record of the kind, those for whom it is unknown come back as having none. ValueError for too many cases.
    """
    if len(cases) > MAX_FILLED:
        raise ValueError(
            f"{len(cases):,} subjects: a workbook is filled with at most {MAX_FILLED:,}; use Parquet"
        )
    _write(target, vocabulary, language, cases)


def _write(
    target: Path | str | IO[bytes], vocabulary: Vocabulary, language: str, cases: Sequence[Case] | None
) -> None:
    book = xlsxwriter.Workbook(target, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    try:
        # The same content gives the same file, whenever it is written.
        book.set_properties({"title": GUIDE.pick(language), "created": datetime(2023, 7, 13)})  # noqa: DTZ001
        writer = SheetWriter(book, vocabulary, language)
        writer.guide()
        for kind in vocabulary.records.values():
            writer.sheet(kind, cases)
        writer.lists()
    finally:
        book.close()


class SheetWriter:
    """Writes the sheets of one template; `kinds` are those that the guide tells of, all if none are named."""

    def __init__(
        self, book: Any, vocabulary: Vocabulary, language: str, kinds: Sequence[RecordKind] | None = None
    ) -> None:
        self._book, self._vocabulary, self._language = book, vocabulary, language
        self._kinds = kinds or tuple(vocabulary.records.values())
        self._long: dict[str, list[str]] = {}
        base = {"font_name": "Microsoft YaHei", "font_size": 10}
        self._title = book.add_format(base | {"bold": True, "font_size": 14, "font_color": "#1B4B7A"})
        self._text = book.add_format(base | {"text_wrap": True, "valign": "top"})
        self._head = book.add_format(
            base | {"bold": True, "bg_color": "#E8EEF5", "bottom": 1, "text_wrap": True, "valign": "vcenter"}
        )
        grey = base | {"font_color": "#8A8F98"}
        formats = {MONEY: "#,##0.00", RATE: "0.00##", NUMBER: "0", DATE: "yyyy-mm-dd", TEXT: "@"}
        self._cells = {
            type_: book.add_format(base | {"num_format": shape}) for type_, shape in formats.items()
        }
        self._greys = {
            type_: book.add_format(grey | {"num_format": shape}) for type_, shape in formats.items()
        }

    def guide(self, lines: Sequence[Words] = _GUIDE) -> None:
        """The first sheet: how to fill in, and what each sheet holds."""
        sheet = self._book.add_worksheet(GUIDE.pick(self._language))
        sheet.hide_gridlines(2)
        sheet.set_column(0, 0, 4)
        sheet.set_column(1, 1, 32)
        sheet.set_column(2, 2, 90)
        names = {
            "subject": sheet_name(self._vocabulary.subject, self._language),
            "code": self._vocabulary.subject.fields[SUBJECT_KEY].title.pick(self._language),
        }
        sheet.write_string(0, 0, lines[0].pick(self._language), self._title)
        for number, words in enumerate(lines[1:], start=1):
            sheet.write_number(number, 0, number, self._text)
            sheet.merge_range(number, 1, number, 2, words.pick(self._language).format(**names), self._text)
            sheet.set_row(number, 32)
        row = len(lines) + 1
        for column, words in enumerate((Words("工作表", "sheet"), Words("内容", "holds")), start=1):
            sheet.write_string(row, column, words.pick(self._language), self._head)
        for kind in self._kinds:
            row += 1
            name = sheet_name(kind, self._language)
            sheet.write_url(row, 1, f"internal:'{name}'!A1", self._text, name)
            sheet.write_string(row, 2, kind.note.pick(self._language) if kind.note else "", self._text)

    def sheet(self, kind: RecordKind, cases: Sequence[Case] | None) -> None:
        """One record kind: headings with notes, pick lists, an example row or the records of the cases."""
        sheet = self._book.add_worksheet(sheet_name(kind, self._language))
        sheet.freeze_panes(1, 1)
        sheet.set_row(0, 32)
        fields = list(kind.fields.values())
        if kind.name != SUBJECT:
            fields.insert(0, self._vocabulary.subject.fields[SUBJECT_KEY])
        for column, field in enumerate(fields):
            title = heading(field, self._language)
            shape = self._cells.get(field.type, self._cells[TEXT])
            sheet.set_column(column, column, max(12, min(2 * len(title) + 2, 34)), shape)
            sheet.write_string(0, column, title, self._head)
            sheet.write_comment(
                0, column, self._note(field), {"x_scale": 2.2, "y_scale": 1.3, "author": "Kechuang"}
            )
            self._rule(sheet, column, field)
            if cases is None:
                self._example(sheet, column, field, code=column == 0)
        row = 0
        if cases and kind.name != SUBJECT and all(case.get(kind.name) == [] for case in cases):
            sheet.write_string(1, 0, NONE.pick(self._language), self._cells[TEXT])
        for case in cases or ():
            for record in [case] if kind.name == SUBJECT else case.get(kind.name) or ():
                row += 1
                self._fill(sheet, row, fields, record | {SUBJECT_KEY: case.get(SUBJECT_KEY)})

    def _fill(self, sheet: Any, row: int, fields: Sequence[Field], record: Case) -> None:
        """One record; unknown facts stay empty."""
        for column, field in enumerate(fields):
            value = record.get(field.name)
            shape = self._cells.get(field.type, self._cells[TEXT])
            if value is None:
                continue
            if field.type == MONEY:
                sheet.write_number(row, column, value / 100, shape)
            elif field.type == RATE:
                sheet.write_number(row, column, float(value * 100), shape)
            elif field.type == NUMBER:
                sheet.write_number(row, column, value, shape)
            elif field.type == DATE:
                sheet.write_datetime(row, column, value, shape)
            elif field.type == BOOLEAN:
                sheet.write_string(row, column, (_YES if value else _NO).pick(self._language), shape)
            elif field.type == TEXT:
                sheet.write_string(row, column, value, shape)
            else:
                title = self._vocabulary.codes[code_list(field.type)][value]
                sheet.write_string(row, column, title.pick(self._language), shape)

    def lists(self) -> None:
        """The pick lists too long for a cell rule, on a hidden sheet."""
        if not self._long:
            return
        sheet = self._book.add_worksheet("_lists")
        sheet.hide()
        for column, titles in enumerate(self._long.values()):
            sheet.write_column(0, column, titles)

    def _note(self, field: Field) -> str:
        """What the heading's note says: what to fill in, what it means, which register holds it."""
        chosen = self._language
        lines = [_SHAPES[field.type].pick(chosen)] if field.type in _SHAPES else [_CHOOSE.pick(chosen)]
        lines += [words.pick(chosen) for words in (field.note,) if words]
        if field.source:
            lines.append(Words(f"来源：{field.source.zh}", f"Source: {field.source.en}").pick(chosen))
        return "\n".join(lines)

    def _rule(self, sheet: Any, column: int, field: Field) -> None:
        """A pick list for codes and yes-or-no; other types are checked when read, where a reason can be given."""
        titles = self._titles(field)
        if not titles:
            return
        source: Sequence[str] | str = titles
        if len(",".join(titles)) > MAX_LIST:
            self._long.setdefault(code_list(field.type), titles)
            place = list(self._long).index(code_list(field.type))
            name = xlsxwriter.utility.xl_col_to_name(place)
            source = f"=_lists!${name}$1:${name}${len(titles)}"
        sheet.data_validation(
            1,
            column,
            LAST_ROW,
            column,
            {
                "validate": "list",
                "source": source,
                "error_title": Words("不在列表中", "not in the list").pick(self._language),
                "error_message": Words(
                    "请从列表中选择；不知道的留空", "choose from the list, or leave empty"
                ).pick(self._language),
            },
        )

    def _titles(self, field: Field) -> list[str]:
        if field.type == BOOLEAN:
            return [_YES.pick(self._language), _NO.pick(self._language)]
        if is_code(field.type):
            return [
                title.pick(self._language) for title in self._vocabulary.codes[code_list(field.type)].values()
            ]
        return []

    def _example(self, sheet: Any, column: int, field: Field, *, code: bool) -> None:
        shape = self._greys.get(field.type, self._greys[TEXT])
        if code:
            mark = EXAMPLE.pick(self._language)
            sheet.write_string(1, column, f"{mark} {make_uscc('9', '1', '371000', 'MA000000')}", shape)
            return
        value: Any = _EXAMPLES.get(field.type)
        if field.name.endswith("year"):
            value = _EXAMPLE_YEAR
        titles = self._titles(field)
        if titles:
            value = titles[0]
        if isinstance(value, (date, datetime)):
            sheet.write_datetime(1, column, value, shape)
        elif isinstance(value, (int, float, Fraction)):
            sheet.write_number(1, column, float(value), shape)
        else:
            sheet.write_string(1, column, value or field.title.pick(self._language), shape)


_CHOOSE: Final = Words("从列表中选择", "choose from the list")
_SHAPES: Final = {
    MONEY: Words(
        "金额：数字按标题的单位读取，也可写“120万元”",
        "a sum: numbers are in the heading's unit, or write 120万元",
    ),
    RATE: Words("比率：如 4.35 表示 4.35%", "a rate: 4.35 means 4.35%"),
    NUMBER: Words("整数", "a whole number"),
    DATE: Words("日期：如 2024-06-20", "a date such as 2024-06-20"),
    BOOLEAN: Words("填“是”或“否”", "yes or no"),
    TEXT: Words("文字", "text"),
}
