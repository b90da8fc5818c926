"""The XML of sheets and of shared strings, read as a stream: one row in memory at a time, no entities.

openpyxl builds a tree of Python objects for every cell; two hundred thousand rows take it a minute. A sheet is simple
enough to be read straight from the parser. What a number means (its date system, its formats) openpyxl still says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import IO, Any, Final
from xml.parsers import expat

_CHUNK: Final = 1 << 16
_ESCAPE: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
_REFERENCE: Final = re.compile(r"([A-Z]{1,3})([0-9]{1,9})")
MAX_COLUMN: Final = 16_384


class SheetError(ValueError):
    """The XML is damaged, or holds what a sheet never does."""


@dataclass(slots=True)
class RawCell:
    """A cell as written: type (n, s, str, inlineStr, b, e, d), style, text of its value, whether it has a formula."""

    type: str
    style: int
    text: str | None
    formula: bool


RawRow = tuple[int, dict[int, RawCell]]
Span = tuple[int, int, int, int]


@dataclass
class _SheetHandler:
    """Takes the parser's events of one sheet; complete rows wait in `rows`."""

    rows: list[RawRow] = field(default_factory=list)
    merged: list[Span] = field(default_factory=list)
    _number: int = 0
    _column: int = 0
    _cells: dict[int, RawCell] = field(default_factory=dict)
    _cell: RawCell | None = None
    _text: list[str] | None = None
    _phonetic: int = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(":")[2]
        if tag == "c":
            self._start_cell(attributes)
        elif tag == "row":
            self._number = int(attributes.get("r", self._number + 1))
            self._cells, self._column = {}, 0
        elif tag == "rPh":
            self._phonetic += 1
        elif tag in {"v", "t"} and self._cell is not None and not self._phonetic:
            self._text = []
        elif tag == "f" and self._cell is not None:
            self._cell.formula = True
        elif tag == "mergeCell":
            self.merged.append(span(attributes.get("ref", "")))

    def end(self, name: str) -> None:
        tag = name.rpartition(":")[2]
        if tag in {"v", "t"} and self._text is not None and self._cell is not None:
            self._cell.text = (self._cell.text or "") + "".join(self._text)
            self._text = None
        elif tag == "c":
            self._cell = None
        elif tag == "rPh":
            self._phonetic -= 1
        elif tag == "row":
            self.rows.append((self._number, self._cells))

    def data(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def _start_cell(self, attributes: dict[str, str]) -> None:
        reference = attributes.get("r")
        self._column = self._column + 1 if reference is None else column_of(reference)
        if not 1 <= self._column <= MAX_COLUMN:
            raise SheetError
        self._cell = RawCell(attributes.get("t", "n"), int(attributes.get("s", 0)), None, formula=False)
        self._cells[self._column] = self._cell


@dataclass
class _StringHandler:
    """Takes the parser's events of the shared strings."""

    strings: list[str] = field(default_factory=list)
    _parts: list[str] | None = None
    _in_text: bool = False
    _phonetic: int = 0

    def start(self, name: str, _: dict[str, str]) -> None:
        tag = name.rpartition(":")[2]
        if tag == "si":
            self._parts = []
        elif tag == "rPh":
            self._phonetic += 1
        elif tag == "t":
            self._in_text = not self._phonetic

    def end(self, name: str) -> None:
        tag = name.rpartition(":")[2]
        if tag == "si" and self._parts is not None:
            self.strings.append(unescape("".join(self._parts)))
            self._parts = None
        elif tag == "rPh":
            self._phonetic -= 1
        elif tag == "t":
            self._in_text = False

    def data(self, text: str) -> None:
        if self._in_text and self._parts is not None:
            self._parts.append(text)


def read_rows(file: IO[bytes], merged: list[Span]) -> Iterator[RawRow]:
    """The rows of a sheet as they come; `merged` is filled with its merged ranges once all rows were read."""
    handler = _SheetHandler()
    for _ in _parse(file, handler):
        yield from handler.rows
        handler.rows.clear()
    merged += handler.merged


def read_strings(file: IO[bytes]) -> list[str]:
    """The shared strings, without phonetic guides."""
    handler = _StringHandler()
    for _ in _parse(file, handler):
        pass
    return handler.strings


def unescape(text: str) -> str:
    """A text with the spreadsheet's own escapes (_x000D_) taken out."""
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def span(reference: str) -> Span:
    """'B2:D3' as (first row, first column, last row, last column)."""
    first, _, last = reference.partition(":")
    (left, top), (right, bottom) = (_place(part) for part in (first, last or first))
    return top, left, bottom, right


def column_of(reference: str) -> int:
    """The column number of 'AB12'."""
    number = 0
    for letter in reference:
        if not "A" <= letter <= "Z":
            break
        number = number * 26 + ord(letter) - 64
    return number


def _place(reference: str) -> tuple[int, int]:
    found = _REFERENCE.fullmatch(reference.replace("$", ""))
    if found is None:
        raise SheetError
    return column_of(found[1]), int(found[2])


def _parse(file: IO[bytes], handler: Any) -> Iterator[None]:
    """Feed the parser chunk by chunk; after each the handler holds what has been read."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = handler.start, handler.end
    parser.CharacterDataHandler = handler.data
    parser.StartDoctypeDeclHandler = _refuse()
    parser.EntityDeclHandler = _refuse()
    try:
        while chunk := file.read(_CHUNK):
            parser.Parse(chunk, False)  # noqa: FBT003 - as expat has it
            yield
        parser.Parse(b"", True)  # noqa: FBT003
        yield
    except (expat.ExpatError, ValueError) as error:
        raise SheetError(str(error)) from None


def _refuse() -> Callable[..., None]:
    def refuse(*_: object) -> None:
        raise SheetError("document types and entities are not read")

    return refuse
