"""Sheets of a workbook, row by row: cells with what they hold, merged ranges, formulas without a saved result.

openpyxl reads the workbook's frame (which sheets there are, date system, formats); the rows are read as a stream.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Self

from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.utils.datetime import from_excel, from_ISO8601
from openpyxl.xml.constants import SHARED_STRINGS

from kechuang.exchange.cells import Cell
from kechuang.exchange.safety import UNPACKING, check_workbook, damaged
from kechuang.exchange.sheet_xml import RawCell, SheetError, Span, read_rows, read_strings, unescape

_PERCENT_FORMATS: Final = frozenset({9, 10})
_CUSTOM_FORMATS: Final = 164
_DIMENSION: Final = re.compile(rb'<(?:\w+:)?dimension ref="[^":]*:[A-Z]+(\d{1,9})"')
_HEAD: Final = 4096
_NO_RESULT: Final = "（公式没有保存结果）"

Row = tuple[int, dict[int, Cell]]


class _Reader(ExcelReader):
    """openpyxl's reader, for the frame only: no properties, themes, names or drawings."""

    def read_frame(self) -> list[tuple[str, str, str]]:
        """Read strings, date system and formats; returns name, state and part of every sheet."""
        self.read_manifest()
        self.read_strings()
        self.read_workbook()
        apply_stylesheet(self.archive, self.wb)
        found = [
            (str(sheet.name), str(sheet.state or "visible"), str(relation.target))
            for sheet, relation in self.parser.find_sheets()
            if "chartsheet" not in relation.Type
        ]
        absent = [part for _, _, part in found if part not in self.valid_files]
        if absent:
            raise SheetError(f"{absent[0]} is not in the file")
        return found

    def read_strings(self) -> None:
        package: Any = self.package
        part = package.find(SHARED_STRINGS)
        if part is not None:
            with self.archive.open(part.PartName[1:]) as file:
                self.shared_strings = read_strings(file)


@dataclass
class Sheet:
    """One sheet. `merged` (first row, first column, last row, last column) is complete once all rows were read."""

    title: str
    _part: str
    _frame: _Reader
    _percent: frozenset[int]
    merged: list[Span] = field(default_factory=list)

    @property
    def rows_declared(self) -> int | None:
        """The last row, as the sheet itself says, for progress only."""
        with self._open() as file:
            found = _DIMENSION.search(file.read(_HEAD))
        return int(found[1]) if found else None

    def rows(self) -> Iterator[Row]:
        """The rows that hold anything: number, and cells by column number."""
        self.merged.clear()
        with self._open() as file:
            for number, cells in read_rows(file, self.merged):
                row = {place: self._cell(cell) for place, cell in cells.items() if holds(cell)}
                held = {place: cell for place, cell in row.items() if not _is_blank(cell)}
                if held:
                    yield number, held

    @contextmanager
    def _open(self) -> Iterator[IO[bytes]]:
        """The sheet's part; SheetError if it cannot be unpacked."""
        try:
            with self._frame.archive.open(self._part) as file:
                yield file
        except UNPACKING as error:
            raise SheetError(str(error)) from None

    def _cell(self, raw: RawCell) -> Cell:
        if not raw.text:
            return Cell(_NO_RESULT, error=True, formula=True)
        try:
            value = self._value(raw)
        except (ValueError, IndexError, OverflowError) as error:
            raise SheetError(str(error)) from None
        return Cell(value, raw.style in self._percent, error=raw.type == "e", formula=raw.formula)

    def _value(self, raw: RawCell) -> object:
        text = str(raw.text)
        if raw.type == "s":
            return self._frame.shared_strings[_natural(text)]
        if raw.type in {"str", "inlineStr", "e"}:
            return unescape(text)
        if raw.type == "b":
            return text.strip() in {"1", "true"}
        if raw.type == "d":
            return from_ISO8601(text)  # type: ignore[no-untyped-call]
        return self._number(text, raw.style)

    def _number(self, text: str, style: int) -> object:
        book: Any = self._frame.wb
        number = int(text) if text.lstrip("-").isdigit() else float(text)
        if style not in book._date_formats:  # noqa: SLF001
            return number
        try:
            return from_excel(number, book.epoch, timedelta=style in book._timedelta_formats)  # noqa: SLF001
        except (OverflowError, ValueError):
            return text  # no day of the calendar: refused where a date is expected


class Workbook:
    """A workbook opened for reading only: without macros, links and external entities. Use it in a `with` block."""

    def __init__(self, path: Path) -> None:
        check_workbook(path)
        self._quiet = warnings.catch_warnings()
        self._quiet.__enter__()
        warnings.simplefilter("ignore")  # openpyxl warns of drawings and styles that nobody asked for
        self._file = path.open("rb")  # ours to close: openpyxl leaves it open when it fails
        try:
            reader = _Reader(self._file, read_only=True, data_only=True, keep_links=False)
            found = reader.read_frame()
        except Exception:  # noqa: BLE001 - a damaged file breaks openpyxl in any of a dozen ways
            self.__exit__(None, None, None)
            raise damaged() from None
        percent = _percent_styles(reader.wb)
        self.sheets = [
            Sheet(title, part, reader, percent) for title, state, part in found if state == "visible"
        ]
        self.hidden = [title for title, state, _ in found if state != "visible"]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._quiet.__exit__(None, None, None)
        self._file.close()
        if isinstance(error, SheetError):
            raise damaged() from None


def _natural(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number


def holds(raw: RawCell) -> bool:
    """Whether there is a value, or a formula whose result was not saved (a saved empty text is no value)."""
    return bool(raw.text) or (raw.formula and not (raw.type == "str" and raw.text is not None))


def _is_blank(cell: Cell) -> bool:
    return isinstance(cell.value, str) and not cell.value.strip()


def _percent_styles(workbook: Any) -> frozenset[int]:
    """The styles that show a number as a percentage."""
    formats = workbook._number_formats  # noqa: SLF001 - the only place where they are kept
    found = set()
    for place, style in enumerate(workbook._cell_styles):  # noqa: SLF001
        code = style.numFmtId
        custom = code - _CUSTOM_FORMATS
        if code in _PERCENT_FORMATS or (0 <= custom < len(formats) and "%" in formats[custom]):
            found.add(place)
    return frozenset(found)
