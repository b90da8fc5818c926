"""A policy document as a file becomes raw text: .txt as it is, .docx and text PDF with lists, tables and attachments.

A table row becomes one line `| 国家级 | 300万元 |`, an automatic number its characters. Headers, footers and page
numbers go.
A file that cannot be read raises UnusableFileError, which says why and what to do.
"""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from kechuang.exchange.intake import UnusableFileError
from kechuang.exchange.safety import UNPACKING

MAX_FILE_BYTES: Final = 20 * 2**20
MAX_TEXT_BYTES: Final = 5_000_000  # what a pack may hold as its source
MAX_UNPACKED_BYTES: Final = 100 * 2**20
MAX_XML_BYTES: Final = 20 * 2**20  # parts that become trees in memory, many times their size
MAX_PARTS: Final = 2_000
MAX_PAGES: Final = 300
MAX_SECONDS: Final = 60
LEGIBLE: Final = 20  # letters a page below which a PDF holds pictures of pages
KINDS: Final = (".txt", ".docx", ".pdf")
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_DAMAGED: Final = (*UNPACKING, ValueError, SyntaxError)


def raw_text(path: Path) -> str:
    """The raw text of a .txt, .docx or .pdf file, by its content and not by its name alone."""
    size = path.stat().st_size
    if size > MAX_FILE_BYTES:
        raise UnusableFileError(
            f"文件有 {size / 2**20:,.0f} MB，最多读 {MAX_FILE_BYTES // 2**20} MB；请只提交政策正文",
            f"the file has {size / 2**20:,.0f} MB, documents are read up to {MAX_FILE_BYTES // 2**20} MB: "
            "submit the text of the policy alone",
        )
    with path.open("rb") as file:
        head = file.read(65_536)
    if head.startswith(_OLE):
        raise _old_or_locked(_ENCRYPTED in path.read_bytes())
    if head.startswith(b"%PDF-"):
        text = _of_pdf(path)
    elif head.startswith(b"PK"):
        text = _of_docx(path)
    elif path.suffix.lower() in (".docx", ".pdf"):
        raise damaged()
    else:
        text = _of_plain(path.read_bytes())
    if len(text.encode()) > MAX_TEXT_BYTES:
        raise UnusableFileError(
            f"文字超过 {MAX_TEXT_BYTES // 10**6} MB，不像一份政策文件；请只提交政策正文",
            f"the text is longer than {MAX_TEXT_BYTES // 10**6} MB, more than a policy: submit its text alone",
        )
    if not text.strip():
        raise UnusableFileError("文件里没有文字", "the file holds no text")
    return text


def damaged() -> UnusableFileError:
    """The error for a file that is not what it says, or is cut short."""
    return UnusableFileError(
        "文件已损坏或不是 .docx、.pdf；请重新导出后再提交",
        "the file is damaged, or no .docx or .pdf: export it again and submit that",
    )


def _old_or_locked(encrypted: bool) -> UnusableFileError:  # noqa: FBT001 - named at its one call
    if encrypted:
        return UnusableFileError(
            "文件已加密；请取消密码后再提交", "the file is encrypted: take the password off and submit again"
        )
    return UnusableFileError(
        "这是旧格式（.doc 或 .wps）；请另存为 .docx 后再提交",
        "this is an old format (.doc or .wps): save it as .docx and submit that",
    )


def _of_plain(data: bytes) -> str:
    """UTF-8, or the Chinese national encoding; a file with zero bytes is no text."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text.replace("\r\n", "\n").replace("\r", "\n")
    raise UnusableFileError(
        "这不是文本文件；请提交 .txt（UTF-8 或 GB18030）、.docx 或文字版 .pdf",
        "this is no text file: submit .txt (UTF-8 or GB18030), .docx or a PDF with text",
    )


def _of_docx(path: Path) -> str:
    """The text of a .docx, its package checked before anything is unpacked."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except _DAMAGED:
        raise damaged() from None
    names = {part.filename.lower() for part in parts}
    total = sum(part.file_size for part in parts)
    trees = sum(part.file_size for part in parts if part.filename.lower().endswith((".xml", ".rels")))
    if total > MAX_UNPACKED_BYTES or trees > MAX_XML_BYTES or len(parts) > MAX_PARTS:
        raise UnusableFileError(
            f"文件展开后过大（{total / 2**20:,.0f} MB），不予打开；请只提交政策正文",
            f"the file would unpack to {total / 2**20:,.0f} MB and is not opened: submit the text of the policy alone",
        )
    if any(part.flag_bits & 1 for part in parts):
        raise _old_or_locked(encrypted=True)
    if "word/document.xml" not in names:
        raise UnusableFileError(
            "这是压缩文件，不是 .docx；请提交其中的文件",
            "this is an archive, not a .docx: submit the file in it",
        )
    from kechuang.exchange.docx_text import text_of_docx

    try:
        return text_of_docx(path)
    except Exception:  # noqa: BLE001 - an odd package may make the parser raise anything
        raise damaged() from None


def _of_pdf(path: Path) -> str:
    """The text of a PDF, read in a process of its own that may not take more than its share of time and memory."""
    command = [
        sys.executable,
        "-m",
        "kechuang.exchange.pdf_text",
        str(path),
        str(MAX_PAGES),
        str(MAX_SECONDS),
    ]
    try:
        done = subprocess.run(command, capture_output=True, timeout=MAX_SECONDS + 10, check=False)  # noqa: S603
        answer = json.loads(done.stdout) if done.returncode == 0 else {"fault": "damaged"}
    except subprocess.TimeoutExpired:
        answer = {"fault": "heavy"}
    if done_fault := answer.get("fault"):
        fault = _PDF_FAULTS.get(done_fault, damaged)
        raise fault() from None
    text, pages = str(answer["text"]), int(answer["pages"])
    if len(text) < LEGIBLE * pages:
        raise UnusableFileError(
            "PDF 里没有可读的文字（多半是扫描件）；请提交文字版 PDF、.docx 或 .txt",
            "the PDF holds no text that can be read (most likely a scan): submit a PDF with text, .docx or .txt",
        )
    return text


_PDF_FAULTS: Final[dict[str, Callable[[], UnusableFileError]]] = {
    "encrypted": lambda: _old_or_locked(encrypted=True),
    "damaged": damaged,
    "pages": lambda: UnusableFileError(
        f"PDF 超过 {MAX_PAGES} 页；请只提交政策正文",
        f"the PDF has more than {MAX_PAGES} pages: submit the text of the policy alone",
    ),
    "heavy": lambda: UnusableFileError(
        f"PDF 在 {MAX_SECONDS} 秒内读不完；请另存为 .docx 或 .txt 后再提交",
        f"the PDF cannot be read within {MAX_SECONDS} seconds: save it as .docx or .txt and submit that",
    ),
}
