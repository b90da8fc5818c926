"""Files that must not be opened are refused by limit, in a sentence; hostile ones cannot hang or run anything."""

from __future__ import annotations

import time
import zipfile
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from kechuang.exchange.intake import UnusableFileError
from kechuang.exchange.reading import read_file
from kechuang.policy.language.vocabulary import load_vocabulary
from kechuang.reference.uscc import make_uscc

VOCABULARY = load_vocabulary()
CODE = make_uscc("9", "1", "371000", "MA000000")


def good(path: Path) -> Path:
    workbook = openpyxl.Workbook()
    workbook.active.title = "主体"
    workbook.active.append(["主体代码", "名称", "主体类型"])
    workbook.active.append([CODE, "甲", "企业"])
    workbook.save(path)
    return path


def with_part(path: Path, name: str, data: bytes) -> Path:
    good(path)
    changed = path.with_suffix(".changed.xlsx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            if part != name:
                new.writestr(part, old.read(part))
        new.writestr(name, data)
    return changed


def refused(path: Path) -> str:
    with pytest.raises(UnusableFileError) as error:
        read_file(path, VOCABULARY)
    assert error.value.words.zh
    return error.value.words.en


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "facts.xlsx"


def test_a_zip_bomb_is_not_unpacked(path):
    assert "unpack" in refused(with_part(path, "xl/media/bomb.bin", bytes(64 * 2**20)))


def test_a_workbook_with_macros_is_not_opened(path):
    assert "macros" in refused(with_part(path, "xl/vbaProject.bin", b"macro"))


def test_a_workbook_that_says_it_has_macros_is_not_opened(path):
    good(path)
    with zipfile.ZipFile(path) as archive:
        types = archive.read("[Content_Types].xml")
    types = types.replace(b"spreadsheetml.sheet.main+xml", b"sheet.macroEnabled.main+xml")

    assert "macros" in refused(with_part(path, "[Content_Types].xml", types))


def test_a_huge_file_is_refused_by_its_size(path):
    with path.open("wb") as file:
        file.write(b"PK\x03\x04")
        file.truncate(2 * 2**30)

    assert "2,048 MB" in refused(path)


def test_an_encrypted_workbook_is_said(path):
    path.write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000) + "EncryptedPackage".encode("utf-16-le")
    )

    assert "encrypted" in refused(path)


def test_the_old_format_is_said(path):
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000))

    assert "old format" in refused(path)


def test_an_archive_that_is_no_workbook_is_said(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("facts.txt", "hello")

    assert "archive" in refused(path)


@pytest.mark.parametrize(
    "name", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "[Content_Types].xml", "xl/styles.xml"]
)
def test_a_damaged_part_is_said(path, name):
    assert "damaged" in refused(with_part(path, name, b"<not xml"))


def test_a_sheet_that_is_listed_but_absent_is_said(path):
    good(path)
    with zipfile.ZipFile(path) as archive:
        frame = archive.read("xl/_rels/workbook.xml.rels").replace(b"sheet1.xml", b"sheet9.xml")

    assert "damaged" in refused(with_part(path, "xl/_rels/workbook.xml.rels", frame))


def test_a_file_cut_short_is_said(path):
    good(path)
    path.write_bytes(path.read_bytes()[:-500])

    assert "damaged" in refused(path)


@pytest.mark.parametrize("place", [0.1, 0.3, 0.5, 0.7, 0.9])
def test_a_file_with_changed_bytes_is_read_or_said_to_be_damaged(path, place):
    good(path)
    data = bytearray(path.read_bytes())
    start = int(len(data) * place)
    for offset in range(start, start + 40):
        data[offset] ^= 0x5A
    path.write_bytes(data)

    try:
        said: object = read_file(path, VOCABULARY)
    except UnusableFileError as error:
        said = error.words

    assert said


def test_entities_are_not_expanded(path):
    bomb = b'<!DOCTYPE a [<!ENTITY b "bbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]>'
    main = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rows = b'<row r="1"><c r="A1" t="inlineStr"><is><t>&c;</t></is></c></row>'
    sheet = bomb + b'<worksheet xmlns="' + main + b'"><sheetData>' + rows + b"</sheetData></worksheet>"

    assert "damaged" in refused(with_part(path, "xl/worksheets/sheet1.xml", sheet))


def test_a_row_number_without_end_costs_nothing(path):
    good(path)
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    far = sheet.replace(b'<row r="2"', b'<row r="999999999999"').replace(b'r="A2"', b'r="A999999999999"')
    started = time.monotonic()

    intake = read_file(with_part(path, "xl/worksheets/sheet1.xml", far), VOCABULARY)

    assert time.monotonic() - started < 5
    assert intake.rows_in == 1


@pytest.mark.long
def test_two_hundred_thousand_rows_are_read_with_progress(path):
    codes = [make_uscc("9", "1", "371000", f"MA{number:06d}") for number in range(100_000)]
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as made:
        subjects = made.add_worksheet("主体")
        subjects.write_row(0, 0, ["主体代码", "名称", "主体类型"])
        years = made.add_worksheet("年度数据")
        years.write_row(0, 0, ["主体代码", "年度", "销售收入（元）"])
        for row, code in enumerate(codes, start=1):
            subjects.write_row(row, 0, [code, f"样例企业{row}", "企业"])
        for row, code in enumerate(codes, start=1):
            years.write_row(row, 0, [code, 2023, row * 100_000])
    seen: list[int] = []

    intake = read_file(path, VOCABULARY, lambda done, _: seen.append(done))

    assert intake.rows_in == intake.rows_used == 200_000
    assert seen[-1] == 200_000
    assert intake.cases[99_999]["years"] == [{"year": 2023, "sales": 100_000 * 10_000_000}]
