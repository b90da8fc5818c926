"""Limits on workbooks, checked before anything is unpacked: size, what it would unpack to, macros, encryption."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Final

from kechuang.exchange.intake import UnusableFileError

MAX_FILE_BYTES: Final = 100 * 2**20
MAX_UNPACKED_BYTES: Final = 2**30
MAX_STRINGS_BYTES: Final = 256 * 2**20
MAX_PARTS: Final = 2_000
MAX_RATIO: Final = 200
SMALL: Final = 16 * 2**20  # a part below this may be packed as tightly as it likes
UNPACKING: Final = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    KeyError,
    OSError,
)
"""What zipfile raises for a part that cannot be unpacked: cut short, false sums, a password, an unknown method."""
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_HEAD: Final = 65_536
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")


def check_workbook(path: Path) -> None:
    """Raise UnusableFileError for a file that must not be opened as a workbook, saying why and what to do."""
    size = path.stat().st_size
    if size > MAX_FILE_BYTES:
        raise UnusableFileError(
            f"文件有 {size / 2**20:,.0f} MB，工作簿最多读 {MAX_FILE_BYTES // 2**20} MB；请分成几份，或用 Parquet",
            f"the file has {size / 2**20:,.0f} MB, workbooks are read up to {MAX_FILE_BYTES // 2**20} MB: "
            "split it, or use Parquet",
        )
    _check_container(path)
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            types = b""
            if any(part.filename == "[Content_Types].xml" and part.file_size < SMALL for part in parts):
                types = archive.read("[Content_Types].xml")
    except UNPACKING:
        raise damaged() from None
    _check_parts(parts)
    if any("vbaproject" in part.filename.lower() for part in parts) or b"macroEnabled" in types:
        raise UnusableFileError(
            "工作簿含有宏，不予打开；请另存为“Excel 工作簿（.xlsx）”后再提交",
            "the workbook holds macros and is not opened: save it as 'Excel workbook (.xlsx)' and submit that",
        )
    if not any(part.filename.lower().startswith("xl/") for part in parts):
        raise UnusableFileError(
            "这是压缩文件，不是工作簿；请提交其中的 .xlsx",
            "this is an archive, not a workbook: submit the .xlsx in it",
        )


def damaged() -> UnusableFileError:
    """The error for a workbook that cannot be unpacked or parsed."""
    return UnusableFileError(
        "工作簿已损坏，请用 Excel 或 WPS 打开后另存为 .xlsx 再提交",
        "the workbook is damaged: open it in a spreadsheet program, save it as .xlsx, and submit that",
    )


def _check_container(path: Path) -> None:
    with path.open("rb") as file:
        head = file.read(_OLE_HEAD)
        file.seek(max(path.stat().st_size - _OLE_HEAD, 0))
        tail = file.read(_OLE_HEAD)
    if not head.startswith(_OLE):
        return
    if _ENCRYPTED in head or _ENCRYPTED in tail:
        raise UnusableFileError(
            "工作簿已加密；请取消密码后再提交",
            "the workbook is encrypted: take the password off and submit again",
        )
    raise UnusableFileError(
        "这是旧格式（.xls）；请另存为“Excel 工作簿（.xlsx）”后再提交",
        "this is the old format (.xls): save it as 'Excel workbook (.xlsx)' and submit that",
    )


def _check_parts(parts: list[zipfile.ZipInfo]) -> None:
    total = sum(part.file_size for part in parts)
    strings = sum(part.file_size for part in parts if part.filename.lower().endswith("sharedstrings.xml"))
    dense = any(
        part.file_size > SMALL and part.file_size > MAX_RATIO * max(part.compress_size, 1) for part in parts
    )
    if dense or total > MAX_UNPACKED_BYTES or strings > MAX_STRINGS_BYTES or len(parts) > MAX_PARTS:
        raise UnusableFileError(
            f"工作簿展开后过大（{total / 2**20:,.0f} MB），不予打开；请分成几份，或用 Parquet",
            f"the workbook would unpack to {total / 2**20:,.0f} MB and is not opened: split it, or use Parquet",
        )
    if any(part.flag_bits & 1 for part in parts):
        raise UnusableFileError(
            "文件已加密；请取消密码后再提交", "the file is encrypted: take the password off and submit again"
        )
