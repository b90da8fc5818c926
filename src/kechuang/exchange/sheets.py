"""Sheets of a workbook, row by row, with bounded memory: cells with what they hold, merged ranges, missing results.

openpyxl's own sheet parser is used directly: the read-only sheet fills gaps between rows, which a hostile file
can make endless, hides merged ranges, and cannot tell an empty cell from a formula whose result was not saved.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from xml.etree.ElementTree import ParseError

from openpyxl.reader.excel import ExcelReader
from openpyxl.worksheet._reader import FORMULA_TAG, WorkSheetParser

from kechuang.exchange.cells import Cell
from kechuang.exchange.intake import UnusableFileError
from kechuang.exchange.safety import check_workbook, damaged

MAX_ROWS: Final = 1_048_576
_PERCENT_FORMATS: Final = frozenset({9, 10})
_CUSTOM_FORMATS: Final = 164

Row = tuple[int, dict[int, Cell]]


class _Parser(WorkSheetParser):
    """openpyxl's parser, which also says of each cell whether it holds a formula."""

    def parse_cell(self, element: Any) -> dict[str, Any]:
        found: dict[str, Any] = super().parse_cell(element)
        found["formula"] = element.find(FORMULA_TAG) is not None
        return found


@dataclass
class Sheet:
    """One sheet. `merged` (first row, first column, last row, last column) is complete once all rows were read."""

    title: str
    _source: Any
    _workbook: Any
    _percent: frozenset[int]
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)

    @property
    def rows_declared(self) -> int | None:
        """The last row, as the sheet itself says, for progress only."""
        found = self._source.max_row
        return found if isinstance(found, int) else None

    def rows(self) -> Iterator[Row]:
        """The rows that hold anything: number, and cells by column number."""
        with self._workbook._archive.open(self._source._worksheet_path) as file:  # noqa: SLF001 - see the head
            parser = _Parser(
                file,
                self._source._shared_strings,  # noqa: SLF001
                data_only=True,
                epoch=self._workbook.epoch,
                date_formats=self._workbook._date_formats,  # noqa: SLF001
                timedelta_formats=self._workbook._timedelta_formats,  # noqa: SLF001
            )
            for number, cells in parser.parse():
                row = {cell["column"]: self._cell(cell) for cell in cells if _holds(cell)}
                if row:
                    yield number, row
            if parser.merged_cells is not None:
                self.merged = [
                    (part.min_row, part.min_col, part.max_row, part.max_col)
                    for part in parser.merged_cells.mergeCell
                ]

    def _cell(self, found: dict[str, Any]) -> Cell:
        error = found["data_type"] == "e" or (found["formula"] and found["value"] is None)
        value = "（公式没有保存结果）" if found["value"] is None else found["value"]
        return Cell(value, found["style_id"] in self._percent, error, found["formula"])


class Workbook:
    """A workbook opened for reading only: without macros, links and external entities. Use it in a `with` block."""

    def __init__(self, path: Path) -> None:
        check_workbook(path)
        self._quiet = warnings.catch_warnings()
        self._quiet.__enter__()
        warnings.simplefilter("ignore")  # openpyxl warns of drawings and styles that nobody asked for
        self._file = path.open("rb")  # ours to close: openpyxl leaves it open when it fails
        try:
            reader = ExcelReader(self._file, read_only=True, data_only=True, keep_links=False)
            reader.read()
        except Exception:  # noqa: BLE001 - a damaged file breaks openpyxl in any of a dozen ways
            self.__exit__(None, None, None)
            raise damaged() from None
        book: Any = reader.wb
        percent = _percent_styles(book)
        self.sheets = [
            Sheet(sheet.title, sheet, book, percent)
            for sheet in book._sheets  # noqa: SLF001 - with the chart sheets, which are left out here
            if hasattr(sheet, "_worksheet_path") and sheet.sheet_state == "visible"
        ]
        self.hidden = [sheet.title for sheet in book._sheets if sheet.sheet_state != "visible"]  # noqa: SLF001

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._quiet.__exit__(None, None, None)
        self._file.close()
        if error is not None and not isinstance(error, UnusableFileError) and _is_damage(error):
            raise damaged() from None


def _is_damage(error: BaseException) -> bool:
    """Whether an error while rows are read comes from the file's own XML or archive."""
    import zipfile
    import zlib

    from defusedxml.common import DefusedXmlException

    return isinstance(
        error, (ParseError, zipfile.BadZipFile, zlib.error, EOFError, DefusedXmlException, MemoryError)
    )


def _holds(cell: dict[str, Any]) -> bool:
    value = cell["value"]
    return cell["formula"] or (value is not None and not (isinstance(value, str) and not value.strip()))


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
