"""What the system refuses of a file or folder, as a sentence: which one, what was found, what to do."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Final

from kechuang.policy.language.values import Words

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_FORBIDDEN: Final = frozenset({errno.EACCES, errno.EPERM})
_OF_FILES: Final = _FULL | _FORBIDDEN | {errno.EROFS, errno.ENOENT, errno.EISDIR, errno.ENOTDIR, errno.EEXIST}


def refusal(error: OSError, named: str | None = None) -> Words | None:
    """The sentence for an error of a file; `named`: the file meant where the error names none. None: not of a file."""
    own = (
        error.filename2 or error.filename
    )  # of a move the second: what was asked for, not the file on its way there
    name = own or (named if error.errno in _OF_FILES else None)
    if name is None or error.errno is None:
        return None
    path = Path(os.fsdecode(name)).absolute()
    if error.errno in _FULL:
        return Words(
            f"磁盘已满，{path} 未能写完。请腾出空间，或写到别的磁盘，再运行一次",
            f"the disk is full: {path} could not be written whole. Make room or take another disk, then run it again",
        )
    if error.errno in _FORBIDDEN:
        return _forbidden(path)
    if error.errno == errno.ENOENT:
        return _missing(path)
    return _other_kind(path, error)


def _missing(path: Path) -> Words:
    folder = path.parent
    if folder.is_dir():
        return Words(
            f"没有文件 {path}。请核对文件名和所在的文件夹",
            f"there is no file {path}: check its name and folder",
        )
    return Words(
        f"没有文件夹 {folder}。请核对位置；要写到那里，请先建立",
        f"there is no folder {folder}: check the place; to write there, make it first",
    )


def _forbidden(path: Path) -> Words:
    """Of a file that is not there or not to be seen, the folder that could not be entered or written is named."""
    reached = _reached(path)
    if reached == path:
        return Words(
            f"没有读写 {path} 的权限。请用有权限的账户运行，或换一个位置",
            f"{path} may not be read or written by this user: run it as a user who may, or choose another place",
        )
    return Words(
        f"没有进入文件夹 {reached} 或在其中写文件的权限。请用有权限的账户运行，或换一个位置",
        f"the folder {reached} may not be entered or written by this user: run it as a user who may, or choose another "
        "place",
    )


def _other_kind(path: Path, error: OSError) -> Words:
    reached = _reached(path)
    if error.errno == errno.EISDIR:
        return Words(
            f"{path} 是文件夹，不是文件。请指明文件",
            f"{path} is a folder, not a file: name a file",
        )
    if error.errno == errno.ENOTDIR:
        return Words(
            f"{reached} 是文件，不是文件夹。请核对位置",
            f"{reached} is a file, not a folder: check the place",
        )
    if error.errno == errno.EEXIST:
        return Words(
            f"{path} 已存在。请换一个名称，或先移走它",
            f"{path} is already there: choose another name, or move it away first",
        )
    return Words(
        f"无法读写 {reached}，系统的说明是“{error.strerror}”。请据此处理后再运行一次",
        f"{reached} cannot be read or written; the system says '{error.strerror}'. Mend that and run it again",
    )


def _reached(path: Path) -> Path:
    """The path, or the closest above it that is there to be seen."""
    for place in (path, *path.parents):
        try:
            place.stat()
        except OSError:
            continue
        return place
    return path
