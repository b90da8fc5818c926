"""Unfinished files: locked while their maker lives, swept away by the next one when it was killed."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

SUFFIX: Final = ".kechuang-partial"


@contextlib.contextmanager
def scratch(folder: Path, name: str) -> Iterator[tuple[Path, IO[bytes]]]:
    """A new file in `folder`, closed to others and open for writing; gone at the end unless it was renamed."""
    sweep(folder)
    path = folder / f".{name}.{os.getpid()}{SUFFIX}"
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        fcntl.flock(handle, fcntl.LOCK_EX)
        try:
            yield path, file
        finally:
            path.unlink(missing_ok=True)


def sweep(folder: Path) -> None:
    """Delete unfinished files in `folder` whose makers are dead."""
    for path in folder.glob(f".*{SUFFIX}"):
        with contextlib.suppress(OSError), path.open("rb") as file:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()


def sync_folder(folder: Path) -> None:
    """Make names that changed in `folder` outlive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
