"""Files and facts for tests of the registry; each call makes what it names."""

from __future__ import annotations

import io
import zipfile
import zlib
from datetime import date, timedelta

import openpyxl
from django.core.files.uploadedfile import SimpleUploadedFile

from factories import AT
from kechuang.registry import actions, queries, working

PDF = b"%PDF-1.7\n1 0 obj\n<</Type /Catalog>>\nendobj\ntrailer\n<</Root 1 0 R>>\n%%EOF\n"


def png(extra: bytes = b"") -> bytes:
    """A picture of one dot; `extra` stands in a comment."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)

    head = chunk(b"IHDR", (1).to_bytes(4) * 2 + b"\x08\x00\x00\x00\x00")
    words = chunk(b"tEXt", b"Comment\0" + extra) if extra else b""
    return b"\x89PNG\r\n\x1a\n" + head + words + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(64) + b"\xff\xd9"


def package(parts: dict[str, bytes], comment: bytes = b"") -> bytes:
    """A ZIP of these parts."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.comment = comment
        for name, data in parts.items():
            archive.writestr(name, data)
    return file.getvalue()


DOCX = package({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"})
XLSX = package({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<w/>"})
OFD = package({"OFD.xml": b"<ofd/>"})


def upload(data: bytes = PDF, name: str = "证明.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


STATUSES = ["主体代码", "单位名称", "资质", "级别", "证书编号", "认定日期", "有效期至"]


def workbook(headings: list, *rows: list, title: str = "Sheet1") -> bytes:
    """A workbook of one sheet."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for row in (headings, *rows):
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def take(rows: list, officer, headings: list = STATUSES, record: str = "statuses", **more):
    """A list taken in and compared."""
    data = upload(workbook(headings, *rows), "名录.xlsx")
    found = actions.take_list(data, record, actor=officer, at=AT, **more)
    working.read_list(found.pk)
    found.refresh_from_db()
    return found


def apply(found, officer, at=AT):
    """A list applied at a moment."""
    actions.apply_list(found, actor=officer, at=at)
    working.apply_list(found.pk, lambda: at)
    found.refresh_from_db()
    return found


def undo(found, officer, at=AT):
    """A list taken back at a moment."""
    actions.undo_list(found, actor=officer, at=at)
    working.undo_list(found.pk, lambda: at)
    found.refresh_from_db()
    return found


def high_tech(organisation, number="GR202537000001", granted=date(2025, 11, 3), expires=None, name=None):
    """A row of the list of statuses: a high-tech enterprise."""
    code = organisation if isinstance(organisation, str) else organisation.uscc
    return [
        code,
        name or getattr(organisation, "name", "某公司"),
        "高新技术企业",
        "国家级",
        number,
        granted,
        expires,
    ]


def known(organisation, at=AT + timedelta(days=2)):
    """What lists say of an organisation's statuses at a moment."""
    facts = queries.facts_known(organisation.pk, at).filter(source="list", record="statuses")
    return {fact.field: fact.value for fact in facts}
