"""Check-up of the data folder and the disk below it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from kechuang.operations.backup import REPLACED, SECRET_KEY
from kechuang.operations.findings import Finding, fault, notice, ok
from kechuang.operations.folders import database_folder

_GB: Final = 10**9
LITTLE, TOO_LITTLE = 5 * _GB, 1 * _GB  # bytes free
_FEW_FILES: Final = 10_000  # that may still be made
_OTHERS: Final = 0o077


def check_folder(data: Path) -> Iterator[Finding]:
    """Modes of what must be closed to others, the right to write, and what an interrupted restore left behind."""
    if not data.is_dir():
        yield notice(
            "folder",
            f"数据文件夹 {data} 还不存在；kechuang run 会建立它",
            f"there is no data folder {data} yet; kechuang run makes it",
        )
        return
    private = [path for path in (data / SECRET_KEY, data / "uploads", database_folder(data)) if path.exists()]
    open_ = [path for path in private if stat.S_IMODE(path.stat().st_mode) & _OTHERS]
    for path in open_:
        yield fault(
            "folder",
            f"{path} 对其他用户开放；请执行 chmod go= {path}",
            f"{path} is open to other users; run chmod go= {path}",
        )
    if not os.access(data, os.W_OK):
        yield fault(
            "folder",
            f"当前用户不能写 {data}；请以网站的用户运行，或改正属主",
            f"this user cannot write to {data}; run as the user of the site, or mend its owner",
        )
    for left in sorted(data.glob(f"{REPLACED}*")):
        yield notice(
            "folder",
            f"一次恢复中断，原有文件在 {left}；核对后重新恢复，再删除它",
            f"a restore was interrupted, the former files are in {left}; restore again, then delete it",
        )
    if not open_ and os.access(data, os.W_OK):
        yield ok("folder", f"数据文件夹 {data} 的权限妥当", f"the data folder {data} has proper modes")


def check_disk(data: Path) -> Finding:
    """Space and files left where the data lies."""
    place = next(path for path in (data, *data.parents) if path.is_dir())
    state = os.statvfs(place)
    free, files = state.f_bavail * state.f_frsize, state.f_favail
    zh, en = (
        f"{place} 所在磁盘剩余 {free / _GB:,.1f} GB",
        f"{free / _GB:,.1f} GB are free on the disk of {place}",
    )
    if state.f_files and files < _FEW_FILES:
        return fault(
            "disk", f"{zh}，但只能再建 {files} 个文件；请清理", f"{en}, but for {files} files only; make room"
        )
    if free < TOO_LITTLE:
        return fault("disk", f"{zh}；请立即清理或扩容", f"{en}; make room at once")
    if free < LITTLE:
        return notice("disk", f"{zh}；请尽快清理或扩容", f"{en}; make room soon")
    return ok("disk", zh, en)
