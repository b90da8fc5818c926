"""Policy documents as files: what the text is, whatever the file; and what no file may do."""

from __future__ import annotations

import contextlib
import io
import zipfile
from pathlib import Path

import docx
import pytest
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from exchange.documents_made import docx_of, html_of, text_of
from kechuang.exchange import documents
from kechuang.exchange.documents import raw_text
from kechuang.exchange.docx_text import _numeral
from kechuang.exchange.intake import UnusableFileError
from kechuang.exchange.paper import pdf_of
from kechuang.policy.text.document import read_document

NAMES = ("qinghe-measures-for-rd", "lingang-measures-for-equipment")


@pytest.mark.parametrize("name", NAMES)
def test_a_word_file_reads_as_its_plain_text(name, tmp_path):
    found = read_document(raw_text(docx_of(text_of(name), tmp_path / "policy.docx")))

    wanted = read_document(text_of(name))
    assert found.text == wanted.text
    assert found.anchors == wanted.anchors


@pytest.mark.parametrize("name", NAMES)
def test_a_pdf_with_headers_page_numbers_and_tables_reads_as_its_plain_text(name, tmp_path):
    file = tmp_path / "policy.pdf"
    file.write_bytes(pdf_of(html_of(text_of(name), "某某市人民政府公报")))

    found = read_document(raw_text(file))

    wanted = read_document(text_of(name))
    assert found.text == wanted.text
    assert found.anchors == wanted.anchors


def numbered(document: docx.document.Document, levels: list[tuple[str, str]]) -> int:
    """A list with these levels (kind of numeral, pattern); its number."""
    root = document.part.numbering_part.element
    abstract, number = OxmlElement("w:abstractNum"), OxmlElement("w:num")
    abstract.set(qn("w:abstractNumId"), "77")
    for at, (kind, pattern) in enumerate(levels):
        level = OxmlElement("w:lvl")
        level.set(qn("w:ilvl"), str(at))
        for name, value in (("start", "1"), ("numFmt", kind), ("lvlText", pattern)):
            child = OxmlElement(f"w:{name}")
            child.set(qn("w:val"), value)
            level.append(child)
        abstract.append(level)
    root.insert(0, abstract)
    number.set(qn("w:numId"), "77")
    link = OxmlElement("w:abstractNumId")
    link.set(qn("w:val"), "77")
    number.append(link)
    root.append(number)
    return 77


def listed(paragraph, number: int, level: int) -> None:
    properties = paragraph._p.get_or_add_pPr()
    found = OxmlElement("w:numPr")
    for name, value in (("ilvl", level), ("numId", number)):
        child = OxmlElement(f"w:{name}")
        child.set(qn("w:val"), str(value))
        found.append(child)
    properties.append(found)


def saved(document, tmp_path: Path) -> Path:
    path = tmp_path / "made.docx"
    document.save(str(path))
    return path


def test_automatic_numbers_of_word_become_characters(tmp_path):
    document = docx.Document()
    number = numbered(document, [("chineseCountingThousand", "第%1条"), ("decimal", "%2."), ("bullet", "•")])
    for words, level in (
        ("为了某事。", 0),
        ("甲；", 1),
        ("乙。", 1),
        ("点", 2),
        ("另一条。", 0),
        ("丙。", 1),
    ):
        listed(document.add_paragraph(words), number, level)

    assert raw_text(saved(document, tmp_path)).split("\n")[:6] == [
        "第一条为了某事。", "1.甲；", "2.乙。", "点", "第二条另一条。", "1.丙。",
    ]  # fmt: skip


def test_a_number_may_come_from_the_style_of_a_paragraph(tmp_path):
    document = docx.Document()
    document.add_paragraph("甲", style="List Number")

    assert raw_text(saved(document, tmp_path)).split("\n")[0] == "1.甲"


def test_chinese_numerals_are_written_as_an_office_writes_them():
    kind = "chineseCounting"

    assert [_numeral(one, kind) for one in (1, 10, 11, 20, 35, 120)] == [
        "一",
        "十",
        "十一",
        "二十",
        "三十五",
        "120",
    ]
    assert _numeral(12, "decimal") == "12"


def test_inserted_text_counts_and_deleted_text_does_not(tmp_path):
    document = docx.Document()
    paragraph = document.add_paragraph("给予")
    for tag, text_tag, words in (("w:del", "w:delText", "30万元"), ("w:ins", "w:t", "50万元")):
        change, run, text = OxmlElement(tag), OxmlElement("w:r"), OxmlElement(text_tag)
        text.text = words
        run.append(text)
        change.append(run)
        paragraph._p.append(change)
    broken = document.add_paragraph()
    broken.add_run("一").add_break()
    broken.add_run("二\t三")

    assert raw_text(saved(document, tmp_path)) == "给予50万元\n一\n二 三\n"


def test_content_controls_merged_cells_and_bars_in_cells_are_read(tmp_path):
    document = docx.Document()
    table = document.add_table(2, 3)
    for at, words in enumerate(("甲", "乙|丙", "丁")):
        table.cell(0, at).text = words
    table.cell(1, 0).text = "戊"
    table.cell(1, 0).merge(table.cell(1, 1))
    control, content = OxmlElement("w:sdt"), OxmlElement("w:sdtContent")
    content.append(document.add_paragraph("控件中的文字")._p)
    control.append(content)
    document.element.body.insert(0, control)

    lines = raw_text(saved(document, tmp_path)).split("\n")

    assert lines[:3] == ["控件中的文字", "| 甲 | 乙｜丙 | 丁 |", "| 戊 |  |"]


@pytest.mark.parametrize(
    "data",
    [
        "第一条 某事".encode(), "\ufeff第一条 某事".encode(), "第一条 某事".encode("gb18030"),
        "第一条 某事".encode("utf-16"),
    ],
)  # fmt: skip
def test_plain_text_is_read_in_the_encodings_that_offices_use(data, tmp_path):
    file = tmp_path / "policy.txt"
    file.write_bytes(data.replace(b"\n", b"\r\n"))

    assert raw_text(file) == "第一条 某事"


def packed(parts: dict[str, bytes]) -> bytes:
    found = io.BytesIO()
    with zipfile.ZipFile(found, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return found.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.doc", OLE + b"\0" * 600, "另存为 .docx"),
        ("a.docx", OLE + b"\0" * 90_000 + "EncryptedPackage".encode("utf-16-le"), "取消密码"),
        ("a.docx", b"PK\x03\x04 cut short", "损坏"),
        ("a.docx", b"<html>", "损坏"),
        ("a.docx", packed({"word/document.xml": b"<w:document"}), "损坏"),
        ("a.zip", packed({"a.txt": b"text"}), "压缩文件"),
        ("a.docx", packed({f"word/{at}.xml": b"" for at in range(2_001)}), "展开后过大"),
        ("a.docx", packed({"word/document.xml": b"0" * (101 * 2**20)}), "展开后过大"),
        ("a.pdf", b"%PDF-1.7 nothing else", "损坏"),
        ("a.txt", b"\0\1\2\3", "不是文本文件"),
        ("a.txt", b"\xff\xff\xff", "不是文本文件"),
        ("a.txt", b" \n ", "没有文字"),
        ("a.txt", b"a" * 5_000_001, "不像一份政策文件"),
        ("a.txt", b"a" * (20 * 2**20 + 1), "最多读 20 MB"),
    ],
)
def test_a_file_that_cannot_be_read_says_why_and_what_to_do(name, data, words, tmp_path):
    file = tmp_path / name
    file.write_bytes(data)

    with pytest.raises(UnusableFileError) as refused:
        raw_text(file)

    assert words in refused.value.words.zh
    assert refused.value.words.en


def test_an_encrypted_part_of_a_word_file_is_refused(tmp_path):
    file = tmp_path / "locked.docx"
    data = bytearray(packed({"word/document.xml": b"<a/>"}))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1
    file.write_bytes(bytes(data))

    with pytest.raises(UnusableFileError, match="encrypted"):
        raw_text(file)


PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAA"
    "DUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def test_a_scan_is_refused_since_it_holds_no_text(tmp_path):
    file = tmp_path / "scan.pdf"
    file.write_bytes(pdf_of(f'<html><body><img src="{PIXEL}"></body></html>'))

    with pytest.raises(UnusableFileError, match="scan"):
        raw_text(file)


def locked_pdf() -> bytes:
    """The smallest PDF whose trailer says that it is encrypted under a password that we do not have."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [] /Count 0 >>"]
    data, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    lock = b"<< /Filter /Standard /V 1 /R 2 /P -4 /O (%s) /U (%s) >>" % (b"a" * 32, b"b" * 32)
    trailer = b"trailer\n<< /Size 3 /Root 1 0 R /ID [(a) (b)] /Encrypt %s >>\n" % lock
    return (
        data + b"xref\n0 3\n0000000000 65535 f \n" + table + trailer + b"startxref\n%d\n%%%%EOF" % len(data)
    )


def test_a_pdf_under_a_password_is_refused(tmp_path):
    file = tmp_path / "locked.pdf"
    file.write_bytes(locked_pdf())

    with pytest.raises(UnusableFileError, match="encrypted"):
        raw_text(file)


def test_a_pdf_of_too_many_pages_is_refused(tmp_path, monkeypatch):
    file = tmp_path / "long.pdf"
    file.write_bytes(
        pdf_of(
            "<html><style>p { break-after: page }</style><body>" + "<p>某页的文字</p>" * 4 + "</body></html>"
        )
    )
    monkeypatch.setattr(documents, "MAX_PAGES", 3)

    with pytest.raises(UnusableFileError, match="more than"):
        raw_text(file)


def test_a_pdf_that_takes_too_long_is_refused(tmp_path, monkeypatch):
    file = tmp_path / "slow.pdf"
    file.write_bytes(pdf_of("<html><body><p>某事</p></body></html>"))
    monkeypatch.setattr(documents, "MAX_SECONDS", -10)

    with pytest.raises(UnusableFileError, match="cannot be read within"):
        raw_text(file)


def test_the_reader_of_pdf_never_raises_whatever_it_is_given(tmp_path):
    whole = pdf_of("<html><body><p>某事</p></body></html>")
    for at in range(0, len(whole), max(len(whole) // 6, 1)):
        file = tmp_path / "cut.pdf"
        file.write_bytes(whole[:at] + b"\0\xff" + whole[at + 40 :])
        with contextlib.suppress(UnusableFileError):
            assert isinstance(raw_text(file), str)
