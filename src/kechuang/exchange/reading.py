"""Reads a file by what it holds, not by what it is called: workbook, JSON or Parquet."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from kechuang.exchange.intake import Intake, Progress, UnusableFileError
from kechuang.exchange.system import refusal
from kechuang.policy.language.values import Words
from kechuang.policy.language.vocabulary import Vocabulary

_ZIP: Final = b"PK\x03\x04"
_PARQUET: Final = b"PAR1"
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEAD: Final = 4096


def read_file(path: Path | str, vocabulary: Vocabulary, progress: Progress | None = None) -> Intake:
    """The cases of a workbook (.xlsx), JSON or Parquet file. UnusableFileError when nothing can be read."""
    path = Path(path)
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        words = refusal(error, str(path)) or Words(str(error), str(error))
        raise UnusableFileError(f"无法读取：{words.zh}", f"cannot read: {words.en}") from None
    if head.startswith((_ZIP, _OLE)):
        from kechuang.exchange.workbook import read_workbook

        return read_workbook(path, vocabulary, progress)
    if head.startswith(_PARQUET):
        from kechuang.exchange.parquet import read_parquet

        return read_parquet(path, vocabulary)
    if head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in {b"{", b"["}:
        from kechuang.exchange.plain import read_json

        return read_json(path, vocabulary)
    raise UnusableFileError(
        f"{path.name} 既不是工作簿（.xlsx），也不是 JSON 或 Parquet；"
        "请填空白工作簿（网站首页或 kechuang template 可得）",
        f"{path.name} is neither a workbook (.xlsx) nor JSON nor Parquet; "
        "fill in the empty workbook (first page of the site, or `kechuang template`)",
    )
