"""The stream of a sheet's XML: what spreadsheet programs write, and what only an attacker does."""

from __future__ import annotations

import io

import pytest

from kechuang.exchange.sheet_xml import RawCell, SheetError, column_of, read_rows, read_strings, span
from kechuang.exchange.sheets import holds


def rows(xml: str, merged: list | None = None):
    return list(read_rows(io.BytesIO(xml.encode()), [] if merged is None else merged))


def test_cells_keep_type_style_text_and_formula():
    xml = (
        '<worksheet><sheetData><row r="3"><c r="B3" t="s" s="4"><v>7</v></c>'
        '<c r="D3"><f>1+1</f><v>2</v></c><c t="inlineStr"><is><r><t>甲</t></r><r><t>乙</t></r></is></c></row>'
        "<row><c/></row></sheetData></worksheet>"
    )

    first, second = rows(xml)

    assert first == (
        3,
        {
            2: RawCell("s", 4, "7", False),
            4: RawCell("n", 0, "2", True),
            5: RawCell("inlineStr", 0, "甲乙", False),
        },
    )
    assert second == (4, {1: RawCell("n", 0, None, False)})


def test_prefixed_names_are_the_same_names():
    row = '<x:row r="1"><x:c r="A1"><x:v>5</x:v></x:c></x:row>'
    xml = f'<x:worksheet xmlns:x="u"><x:sheetData>{row}</x:sheetData></x:worksheet>'

    assert rows(xml) == [(1, {1: RawCell("n", 0, "5", False)})]


def test_merged_ranges_are_known_once_the_rows_were_read():
    merged: list = []

    rows(
        '<worksheet><sheetData/><mergeCells><mergeCell ref="B2:$D$3"/><mergeCell ref="A9"/></mergeCells></worksheet>',
        merged,
    )

    assert merged == [(2, 2, 3, 4), (9, 1, 9, 1)]


def test_shared_strings_join_their_runs_and_leave_out_phonetic_guides():
    second = "<si><r><t>乙</t></r><r><t> 丙</t></r><rPh><t>bing</t></rPh></si>"
    xml = f"<sst><si><t>甲</t></si>{second}<si><t>a_x000D_b</t></si></sst>"

    assert read_strings(io.BytesIO(xml.encode())) == ["甲", "乙 丙", "a\rb"]


@pytest.mark.parametrize(
    "xml",
    [
        "<worksheet>",
        "<!DOCTYPE a><worksheet/>",
        '<!DOCTYPE a [<!ENTITY b "c">]><worksheet>&b;</worksheet>',
        '<worksheet><row r="x"/></worksheet>',
        '<worksheet><row r="1"><c r="ZZZZZ1"/></row></worksheet>',
        '<worksheet><row r="1"><c r="1"/></row></worksheet>',
        '<worksheet><mergeCell ref="nowhere"/></worksheet>',
    ],
)
def test_what_is_no_sheet_is_refused(xml):
    with pytest.raises(SheetError):
        rows(xml)


@pytest.mark.parametrize(
    ("cell", "held"),
    [
        (RawCell("n", 0, "5", formula=False), True),
        (RawCell("n", 0, None, formula=False), False),
        (RawCell("n", 0, None, formula=True), True),
        (RawCell("str", 0, "", formula=True), False),
    ],
)
def test_a_formula_without_result_is_held_and_one_with_an_empty_text_is_an_empty_cell(cell, held):
    assert holds(cell) is held


def test_references():
    assert [column_of(reference) for reference in ("A1", "Z9", "AA1", "XFD1")] == [1, 26, 27, 16_384]
    assert span("C5") == (5, 3, 5, 3)
