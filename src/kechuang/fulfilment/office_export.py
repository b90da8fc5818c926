"""Lists as files: workbook, CSV, JSON. Sums in yuan with two decimals; no text is ever taken for a formula."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Final

import xlsxwriter

from kechuang.exchange.report_sheets import Page, Styles
from kechuang.policy.language.values import Words
from kechuang.treasury.exporting import harmless, plain_yuan

FEN: Final = 100
MEDIA: Final = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "pdf": "application/pdf",
    "zip": "application/zip",
}
_WIDTHS: Final = {"text": 26, "words": 20, "sum": 16, "day": 13, "number": 10}
Heading = tuple[str, Words, str]  # key, title, kind: text, words, sum (fen), day, number


def workbook(title: str, headings: Sequence[Heading], rows: Iterable[Sequence[Any]], language: str) -> bytes:
    """One sheet. Texts are written as texts, whatever they begin with."""
    target = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(target, options)
    columns = [(_with_unit(words, kind), _WIDTHS[kind]) for _, words, kind in headings]
    page = Page(book, Styles(book), title[:31], columns, language)
    for row in rows:
        page.row([_cell(value, kind, language) for value, (_, _, kind) in zip(row, headings, strict=True)])
    book.close()
    return target.getvalue()


def comma_separated(headings: Sequence[Heading], rows: Iterable[Sequence[Any]], language: str) -> bytes:
    """UTF-8 with a byte order mark, so that spreadsheets read Chinese; a text like a formula gets an apostrophe."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow([_with_unit(words, kind).pick(language) for _, words, kind in headings])
    for row in rows:
        writer.writerow(
            [_text(value, kind, language) for value, (_, _, kind) in zip(row, headings, strict=True)]
        )
    return target.getvalue().encode("utf-8-sig")


def as_json(headings: Sequence[Heading], rows: Iterable[Sequence[Any]]) -> bytes:
    """A list of objects; sums in whole fen under `<key>_fen`, days in ISO 8601."""
    names = [f"{key}_fen" if kind == "sum" else key for key, _, kind in headings]
    said = [dict(zip(names, map(_plain, row), strict=True)) for row in rows]
    return json.dumps(said, ensure_ascii=False, indent=1).encode()


def _with_unit(words: Words, kind: str) -> Words:
    return Words(f"{words.zh}（元）", f"{words.en} (yuan)") if kind == "sum" else words


def _cell(value: Any, kind: str, language: str) -> Any:
    if value is None:
        return None
    if kind == "sum":
        return (
            value / FEN
        )  # a cell of a workbook is a double by definition; fen stay exact below 90 trillion yuan
    if kind == "number":
        return int(value)
    return _said(value, language)


def _text(value: Any, kind: str, language: str) -> str:
    if value is None:
        return ""
    if kind == "sum":
        return plain_yuan(value)
    return harmless(_said(value, language))


def _said(value: Any, language: str) -> str:
    if isinstance(value, Words):
        return value.pick(language)
    return value.isoformat() if isinstance(value, date) else str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, Words):
        return {"zh": value.zh, "en": value.en}
    return value.isoformat() if isinstance(value, date) else value
