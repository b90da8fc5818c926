"""Files kept by the SHA-256 of their content, and what a file must be to count as evidence.

A type is told by the content; the name must agree with it. Whatever could be read as two things, or could act when it
is opened, is refused with a sentence that says what to do instead.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import re
import secrets
import zipfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Final

import puremagic
from django.conf import settings

from kechuang.accounts.refusals import Refused
from kechuang.exchange.safety import UNPACKING
from kechuang.operations.folders import make_private

MAX_BYTES: Final = 20 * 2**20
MAX_UNPACKED_BYTES: Final = 200 * 2**20
MAX_PARTS: Final = 2_000
MAX_RATIO: Final = 200
SMALL: Final = 2**20  # a part below this may be packed as tightly as it likes
MAX_NAME: Final = 255
PDF: Final = "application/pdf"
PNG: Final = "image/png"
JPEG: Final = "image/jpeg"
OFD: Final = "application/ofd"
DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ENDINGS: Final = {
    PDF: (".pdf",), PNG: (".png",), JPEG: (".jpg", ".jpeg"), OFD: (".ofd",), DOCX: (".docx",), XLSX: (".xlsx",),
}  # fmt: skip
ACCEPTED: Final = ",".join(ending for endings in ENDINGS.values() for ending in endings)
_MARKS_OF_ZIP: Final = ((OFD, "ofd.xml"), (DOCX, "word/document.xml"), (XLSX, "xl/workbook.xml"))
_PNG_HEAD: Final = b"\x89PNG\r\n\x1a\n"
_ZIP_HEAD, _ZIP_END = b"PK\x03\x04", b"PK\x05\x06"
_TAIL: Final = 66_000  # bytes at the end in which a ZIP has its directory's end
_MARKUP: Final = re.compile(rb"<\s*(?:script|html|svg[\s>]|iframe|!doctype|\?php)|javascript:", re.IGNORECASE)
_PDF_ACTS: Final = re.compile(rb"/(?:JavaScript|Launch|EmbeddedFile|RichMedia|XFA)\b")
_ACTIVE: Final = frozenset(
    {
        "asp", "aspx", "bat", "cmd", "com", "dll", "docm", "exe", "hta", "htm", "html", "jar", "js", "jsp", "lnk",
        "mht", "mhtml", "msi", "php", "ps1", "py", "scr", "sh", "svg", "vbs", "wsf", "xhtml", "xlsm", "xml",
    }
)  # fmt: skip
_ODD_SIGNS: Final = re.compile(r"[\x00-\x1f\x7f/\\\u200b-\u200f\u202a-\u202e\u2066-\u2069]")
_BROKEN: Final = (*UNPACKING, ValueError)


def keep(chunks: Iterable[bytes]) -> tuple[str, int]:
    """Keep a file; its SHA-256 and size in bytes. The file appears complete or not at all, for our account only."""
    root = make_private(Path(settings.EVIDENCE_ROOT))
    unfinished = root / f".{secrets.token_hex(16)}"
    digest, size = hashlib.sha256(), 0
    try:
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        path = path_of(digest.hexdigest())
        path.parent.mkdir(mode=0o700, exist_ok=True)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return digest.hexdigest(), size


def path_of(file_hash: str) -> Path:
    """Where a kept file lies."""
    return Path(settings.EVIDENCE_ROOT) / file_hash[:2] / file_hash


def checked_name(name: str, media_type: str) -> str:
    """The name of a file as it is shown; raises Refused for one that leads elsewhere or hides what it is."""
    name = name.strip()
    if not name or name in {".", ".."} or _ODD_SIGNS.search(name):
        raise Refused(
            "文件名含有路径或不可见的字符：请改一个普通的文件名再上传。",
            "The file's name holds a path or characters that are not seen: give it a plain name and upload it again.",
            "file",
        )
    if len(name) > MAX_NAME:
        raise Refused(
            f"文件名有 {len(name)} 字：请缩短到 {MAX_NAME} 字以内。",
            f"The file's name has {len(name)} characters: shorten it to at most {MAX_NAME}.",
            "file",
        )
    endings = ENDINGS[media_type]
    hidden = {part.casefold() for part in name.split(".")[1:-1]} & _ACTIVE
    if PurePosixPath(name).suffix.casefold() not in endings or hidden:
        raise Refused(
            f"文件名“{name}”与内容不符（内容是 {endings[0]}）：请改为“名称{endings[0]}”再上传。",
            f"The name '{name}' does not agree with the content ({endings[0]}): call it 'name{endings[0]}' "
            "and upload it again.",
            "file",
        )
    return name


def media_type_of(data: bytes) -> str:
    """What a file is by its content; raises Refused for anything that is not taken as evidence."""
    if not data:
        raise Refused(
            "文件是空的：请选择有内容的文件。", "The file is empty: choose one that holds something.", "file"
        )
    if len(data) > MAX_BYTES:
        raise Refused(
            f"文件有 {len(data) / 2**20:,.0f} MB，最多 {MAX_BYTES // 2**20} MB：请压缩图片或分成几份上传。",
            f"The file has {len(data) / 2**20:,.0f} MB, at most {MAX_BYTES // 2**20} MB are taken: "
            "make its pictures smaller, or upload it in parts.",
            "file",
        )
    if data.startswith(b"%PDF-"):
        return _pdf(data)
    if data.startswith(_PNG_HEAD):
        return _png(data)
    if data.startswith(b"\xff\xd8\xff"):
        return _jpeg(data)
    return _package(data) if data.startswith(_ZIP_HEAD) else _refuse_type(data)


def _pdf(data: bytes) -> str:
    if b"%%EOF" not in data[-2048:]:
        raise _damaged()
    if _MARKUP.search(data[:1024]) or _ZIP_END in data[-_TAIL:]:
        raise _two_things()
    if _PDF_ACTS.search(data):
        raise Refused(
            "PDF 含有脚本、附件或会自动运行的内容：请用“打印为 PDF”另存一份再上传。",
            "The PDF holds scripts, attachments or acts of its own: print it to a new PDF and upload that.",
            "file",
        )
    return PDF


def _png(data: bytes) -> str:
    """Chunk by chunk to the last one, after which nothing may stand."""
    place = len(_PNG_HEAD)
    while place + 12 <= len(data):
        length, kind = int.from_bytes(data[place : place + 4]), data[place + 4 : place + 8]
        place += 12 + length
        if kind == b"IEND":
            if place != len(data) or _MARKUP.search(data):
                raise _two_things()
            return PNG
    raise _damaged()


def _jpeg(data: bytes) -> str:
    if b"\xff\xd9" not in data[4:]:
        raise _damaged()
    if _MARKUP.search(data) or _ZIP_END in data[-_TAIL:] or b"%PDF-" in data:
        raise _two_things()
    return JPEG


def _package(data: bytes) -> str:
    """A .docx, .xlsx or .ofd by what lies in it; nothing is unpacked but the list of its parts' types."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            names = {part.filename.casefold() for part in parts}
            _check_parts(parts)
            kind = next((kind for kind, mark in _MARKS_OF_ZIP if mark in names), None)
            types = archive.read("[Content_Types].xml") if "[content_types].xml" in names else b""
            comment = archive.comment
    except KeyError:
        raise _damaged() from None
    except Refused:
        raise
    except _BROKEN:
        raise _damaged() from None
    if kind is None:
        raise Refused(
            "这是压缩文件：请解开后逐个上传其中的 PDF、图片或 .docx、.xlsx。",
            "This is an archive: unpack it and upload the PDF, picture, .docx or .xlsx files in it one by one.",
            "file",
        )
    if any("vbaproject" in name for name in names) or b"macroenabled" in types.lower():
        raise Refused(
            "文件含有宏：请另存为不带宏的 .docx 或 .xlsx 再上传。",
            "The file holds macros: save it as .docx or .xlsx without macros and upload that.",
            "file",
        )
    if (
        comment
        or sum(mark in names for _, mark in _MARKS_OF_ZIP) > 1
        or data.rfind(_ZIP_END) != len(data) - 22
    ):
        raise _two_things()
    return kind


def _check_parts(parts: list[zipfile.ZipInfo]) -> None:
    total = sum(part.file_size for part in parts)
    dense = any(
        part.file_size > SMALL and part.file_size > MAX_RATIO * max(part.compress_size, 1) for part in parts
    )
    if dense or total > MAX_UNPACKED_BYTES or len(parts) > MAX_PARTS:
        raise Refused(
            f"文件展开后过大（{total / 2**20:,.0f} MB），不予打开：请打印为 PDF 再上传。",
            f"The file would unpack to {total / 2**20:,.0f} MB and is not opened: print it to PDF and upload that.",
            "file",
        )
    if any(part.flag_bits & 1 for part in parts):
        raise Refused(
            "文件已加密：请取消密码后再上传。",
            "The file is encrypted: take the password off and upload it again.",
            "file",
        )
    for part in parts:
        path = PurePosixPath(part.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in part.filename:
            raise _two_things()


def _refuse_type(data: bytes) -> str:
    found = "未知类型"
    with contextlib.suppress(puremagic.PureError, ValueError):
        found = puremagic.from_string(data[:65_536]) or found
    raise Refused(
        f"不收这种文件（{found}）：请上传 PDF、PNG、JPEG、OFD 或不带宏的 .docx、.xlsx；旧格式请先另存。",
        f"This kind of file ({'unknown' if found == '未知类型' else found}) is not taken: upload PDF, PNG, JPEG, OFD, "
        "or .docx or .xlsx without macros; save old formats as one of these first.",
        "file",
    )


def _damaged() -> Refused:
    return Refused(
        "文件已损坏，打不开：请重新导出或重新拍照后再上传。",
        "The file is damaged and cannot be opened: export it or take the picture again, and upload that.",
        "file",
    )


def _two_things() -> Refused:
    return Refused(
        "文件里夹带了别的内容：请打印为 PDF 再上传。",
        "The file carries something else inside: print it to PDF and upload that.",
        "file",
    )
