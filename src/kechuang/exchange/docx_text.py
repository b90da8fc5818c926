"""The text of a .docx in reading order: paragraphs with their automatic numbers, table rows; no deleted text."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

_W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_DIGITS: Final = "零一二三四五六七八九"
_SKIPPED: Final = {f"{_W}del", f"{_W}moveFrom", f"{_W}txbxContent", f"{_W}pPr", f"{_W}rPr"}
_BREAKS: Final = {f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}tab": " ", f"{_W}noBreakHyphen": "-"}
_PLACE: Final = re.compile("%([1-9])")
_TEN: Final = 10
_HUNDRED: Final = 100


def text_of_docx(path: Path) -> str:
    """The body of the document as lines; ValueError, KeyError and the like for an odd package."""
    import docx

    document = docx.Document(str(path))
    numbering = _Numbering(document)
    return "\n".join(_lines(document.element.body, numbering)) + "\n"


def _lines(body: Any, numbering: _Numbering) -> Iterator[str]:
    for child in body:
        if child.tag == f"{_W}p":
            yield numbering.label(child) + _words(child)
        elif child.tag == f"{_W}tbl":
            yield from _rows(child)
        elif child.tag in (f"{_W}sdt", f"{_W}ins", f"{_W}customXml"):
            content = child.find(f"{_W}sdtContent")
            yield from _lines(child if content is None else content, numbering)


def _rows(table: Any) -> Iterator[str]:
    """A line for each row: | 国家级 | 300万元 |; a cell merged with the one above stays empty."""
    for row in table.iter(f"{_W}tr"):
        cells = [
            " ".join(words for one in cell.iter(f"{_W}p") if (words := _words(one).strip()))
            .replace("|", "｜")
            .replace("\n", " ")
            for cell in row.iterchildren(f"{_W}tc", f"{_W}sdt")
        ]
        if any(cells):
            yield f"| {' | '.join(cells)} |"


def _words(element: Any) -> str:
    if element.tag in _SKIPPED:
        return ""
    if element.tag == f"{_W}t":
        return element.text or ""
    if element.tag in _BREAKS:
        return _BREAKS[element.tag]
    return "".join(_words(child) for child in element if isinstance(child.tag, str))


class _Numbering:
    """Counts the automatic numbers of paragraphs as Word would print them: 第一条, （一）, 1."""

    def __init__(self, document: Any) -> None:
        self.levels: dict[str, dict[int, tuple[str, str, int]]] = {}
        self.counts: dict[str, dict[int, int]] = defaultdict(dict)
        self.styles = {
            style.get(f"{_W}styleId"): style for style in document.styles.element.iter(f"{_W}style")
        }
        try:
            root = document.part.numbering_part.element
        except (KeyError, NotImplementedError):  # python-docx says so of a document without numbered lists
            return
        abstract = {one.get(f"{_W}abstractNumId"): one for one in root.iter(f"{_W}abstractNum")}
        for number in root.iter(f"{_W}num"):
            link = number.find(f"{_W}abstractNumId")
            source = abstract.get(_value(link)) if link is not None else None
            if source is not None:
                self.levels[number.get(f"{_W}numId")] = dict(_level(one) for one in source.iter(f"{_W}lvl"))

    def label(self, paragraph: Any) -> str:
        """The number that stands before a paragraph; empty for one without, and for bullets."""
        number, level = self._of(paragraph)
        levels = self.levels.get(number or "")
        if not levels or level not in levels:
            return ""
        counts = self.counts[str(number)]
        counts[level] = counts.get(level, levels[level][2] - 1) + 1
        for deeper in [one for one in counts if one > level]:
            del counts[deeper]
        kind, pattern, _ = levels[level]
        if kind in ("bullet", "none"):
            return ""

        def printed(place: re.Match[str]) -> str:
            at = int(place[1]) - 1
            its_kind, _, start = levels.get(at, (kind, "", 1))
            return _numeral(counts.get(at, start), its_kind)

        return _PLACE.sub(printed, pattern)

    def _of(self, paragraph: Any) -> tuple[str | None, int]:
        """The list and level of a paragraph: its own, else those of its style."""
        properties = paragraph.find(f"{_W}pPr")
        for _ in range(_TEN):  # a style may rest on another
            found = properties.find(f"{_W}numPr") if properties is not None else None
            if found is not None:
                level = found.find(f"{_W}ilvl")
                return _value(found.find(f"{_W}numId")), int(_value(level) or 0)
            named = properties.find(f"{_W}pStyle") if properties is not None else None
            style = self.styles.get(_value(named))
            if style is None:
                return None, 0
            properties = style.find(f"{_W}pPr")
        return None, 0


def _value(element: Any) -> str | None:
    return None if element is None else element.get(f"{_W}val")


def _level(level: Any) -> tuple[int, tuple[str, str, int]]:
    """A level's index, and its kind of numeral, its pattern (第%1条) and its first number."""
    kind, text, start = (level.find(f"{_W}{name}") for name in ("numFmt", "lvlText", "start"))
    return int(level.get(f"{_W}ilvl")), (
        _value(kind) or "decimal",
        _value(text) or "",
        int(_value(start) or 1),
    )


def _numeral(number: int, kind: str) -> str:
    """A number as its kind prints it; Chinese below a hundred, Arabic otherwise."""
    if "hinese" not in kind and kind not in ("ideographDigital", "japaneseCounting", "taiwaneseCounting"):
        return str(number)
    tens, ones = divmod(number, _TEN)
    if number >= _HUNDRED:
        return str(number)
    return (("" if tens == 1 else _DIGITS[tens]) + "十" if tens else "") + (
        _DIGITS[ones] if ones or not tens else ""
    )
