"""The text of a PDF in reading order, in a process that bounds itself.

    python -m kechuang.exchange.pdf_text FILE PAGES SECONDS

Prints JSON: {"text", "pages"}, or {"fault": encrypted | damaged | pages | heavy}. Lines repeated at the edge of pages
and page numbers are left out; cells within ruled lines become rows `| … |`.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

_MEMORY: Final = 2 * 2**30
_EDGE: Final = 0.1  # of a page's height, above and below
_REPEATED: Final = 3  # pages
_NEAR: Final = 3.0  # points within which two rulings are one
_MOST_RULINGS: Final = 4_000
_SAME_LINE: Final = 0.5
PAGE_NUMBER: Final = re.compile(
    r"[—―–‒-]*\s*(?:第\s*)?\d{1,4}\s*(?:页)?\s*(?:[/，共]\s*(?:共\s*)?\d{1,4}\s*页?)?\s*[—―–‒-]*"
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a page: its height from the bottom, the left edge, the page's height, its words."""

    y: float
    x: float
    height: float
    text: str

    @property
    def at_edge(self) -> bool:
        """Whether it stands where headers and footers do."""
        return self.y < self.height * _EDGE or self.y > self.height * (1 - _EDGE)


def text_of_pdf(path: str, most_pages: int) -> tuple[str, int]:
    """The text and the number of pages; ValueError('pages') for too many, else what the parser raises."""
    from pdfminer.converter import PDFPageAggregator
    from pdfminer.layout import LAParams
    from pdfminer.pdfdocument import PDFDocument
    from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager
    from pdfminer.pdfpage import PDFPage
    from pdfminer.pdfparser import PDFParser

    pages: list[list[Line]] = []
    with open(path, "rb") as file:  # noqa: PTH123 - a path as text, from the command line
        document = PDFDocument(PDFParser(file))
        resources = PDFResourceManager()
        device = PDFPageAggregator(resources, laparams=LAParams(boxes_flow=None))
        interpreter = PDFPageInterpreter(resources, device)
        for page in PDFPage.create_pages(document):
            if len(pages) >= most_pages:
                raise ValueError("pages")
            interpreter.process_page(page)
            pages.append(_lines(device.get_result()))
    return _joined(pages), len(pages)


def _joined(pages: list[list[Line]]) -> str:
    """All pages without running headers, footers and page numbers."""
    seen = Counter(_bare(line.text) for lines in pages for line in lines if line.at_edge)
    often = min(_REPEATED, max(len(pages), 2))
    kept = [
        line.text
        for lines in pages
        for line in lines
        if not (
            line.at_edge and (PAGE_NUMBER.fullmatch(line.text.strip()) or seen[_bare(line.text)] >= often)
        )
    ]
    return "\n".join(kept) + "\n"


def _bare(text: str) -> str:
    return re.sub(r"[\s\d]", "", text)


def _lines(page: Any) -> list[Line]:
    """The lines of one page from the top, the cells of a ruled table together as rows."""
    from pdfminer.layout import LTTextContainer, LTTextLine

    texts = [
        line
        for box in page
        if isinstance(box, LTTextContainer)
        for line in box
        if isinstance(line, LTTextLine)
    ]
    tables = _tables(page)
    lines = [
        Line((text.y0 + text.y1) / 2, text.x0, page.height, text.get_text().strip("\n"))
        for text in texts
        if not any(table.holds((text.y0 + text.y1) / 2, (text.x0 + text.x1) / 2) for table in tables)
    ]
    for table in tables:
        lines += table.rows(texts, page.height)
    return list(_in_order(lines))


def _in_order(lines: list[Line]) -> Iterator[Line]:
    """From top to bottom, and from left to right what stands on one line."""
    ordered = sorted(lines, key=lambda line: -line.y)
    while ordered:
        first = ordered[0]
        beside = [line for line in ordered if first.y - line.y < _NEAR * _SAME_LINE]
        ordered = ordered[len(beside) :]
        yield from sorted(beside, key=lambda line: line.x)


@dataclass(frozen=True, slots=True)
class Table:
    """A grid of rulings: the heights of its rows from the top, and the left edges of its columns."""

    ys: tuple[float, ...]
    xs: tuple[float, ...]

    def holds(self, y: float, x: float) -> bool:
        """Whether a point lies within."""
        return self.ys[-1] < y < self.ys[0] and self.xs[0] < x < self.xs[-1]

    def rows(self, texts: list[Any], height: float) -> Iterator[Line]:
        """A line for each row, its cells between bars; letters are sorted into the cell in which they stand."""
        from pdfminer.layout import LTChar

        letters = [
            (-(letter.y0 + letter.y1) / 2, letter.x0, letter.get_text())
            for text in texts
            for letter in text
            if isinstance(letter, LTChar)
            and self.holds((letter.y0 + letter.y1) / 2, (letter.x0 + letter.x1) / 2)
        ]
        for top, bottom in pairwise(self.ys):
            cells = []
            for left, right in pairwise(self.xs):
                inside = [one for one in letters if bottom < -one[0] <= top and left < one[1] + 1 <= right]
                inside.sort(key=lambda one: (round(one[0] / _NEAR), one[1]))
                cells.append("".join(text for *_, text in inside).strip().replace("|", "｜"))
            if any(cells):
                yield Line((top + bottom) / 2, self.xs[0], height, f"| {' | '.join(cells)} |")


def _tables(page: Any) -> list[Table]:
    """The ruled tables of a page: rulings that touch, with at least two columns."""
    from pdfminer.layout import LTCurve

    rulings = [one.bbox for one in page if isinstance(one, LTCurve)][:_MOST_RULINGS]
    groups: list[list[tuple[float, float, float, float]]] = []
    for box in rulings:
        touching = [group for group in groups if any(_touch(box, other) for other in group)]
        merged = [box, *(one for group in touching for one in group)]
        groups = [group for group in groups if group not in touching] + [merged]
    tables = []
    for group in groups:
        ys = _distinct(y for x0, y0, x1, y1 in group for y in (y0, y1))[::-1]
        xs = _distinct(x for x0, y0, x1, y1 in group for x in (x0, x1))
        if len(ys) > 1 and len(xs) > 2:  # noqa: PLR2004 - one column is a frame, not a table
            tables.append(Table(tuple(ys), tuple(xs)))
    return tables


def _touch(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return (
        one[0] <= other[2] + _NEAR
        and other[0] <= one[2] + _NEAR
        and one[1] <= other[3] + _NEAR
        and other[1] <= one[3] + _NEAR
    )


def _distinct(values: Iterator[float]) -> list[float]:
    """The values from small to large, those nearer than a few points as one."""
    found: list[float] = []
    for value in sorted(values):
        if not found or value - found[-1] > _NEAR:
            found.append(value)
    return found


def main(arguments: list[str]) -> int:
    """Bound this process, read the file, print JSON."""
    path, most_pages, seconds = arguments[0], int(arguments[1]), int(arguments[2])
    import resource
    import signal

    logging.disable(logging.CRITICAL)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    signal.signal(signal.SIGALRM, lambda *_: (_ for _ in ()).throw(TimeoutError()))
    signal.alarm(seconds)
    from pdfminer.pdfdocument import PDFEncryptionError, PDFPasswordIncorrect

    try:
        text, pages = text_of_pdf(path, most_pages)
        answer: dict[str, object] = {"text": text, "pages": pages}
    except (PDFPasswordIncorrect, PDFEncryptionError):
        answer = {"fault": "encrypted"}
    except (MemoryError, TimeoutError, RecursionError):
        answer = {"fault": "heavy"}
    except Exception as error:  # noqa: BLE001 - a hostile file may make the parser raise anything
        answer = {"fault": "pages" if str(error) == "pages" else "damaged"}
    sys.stdout.buffer.write(json.dumps(answer, ensure_ascii=False).encode())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
