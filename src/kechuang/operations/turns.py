"""One at a time: who keeps the site of a data folder, and whose turn it is to change the tables."""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import psycopg

from kechuang.operations.errors import OperationError
from kechuang.operations.folders import make_passable

MIGRATING: Final = (
    0x6B656368  # the advisory lock of migrations: "kech"; every node of one database asks for it
)


def refuse_a_running_site(data: Path) -> None:
    """Raise OperationError when a site runs on `data`. Nothing is made or kept."""
    path = data / "run.lock"
    if path.is_file():
        with path.open("rb") as file:
            _lock(file.fileno(), path, fcntl.LOCK_SH)


@contextlib.contextmanager
def keeping(data: Path) -> Iterator[None]:
    """Be the only one that runs, or restores, the site of `data`; ends with our process. Raises OperationError."""
    make_passable(data)
    path = data / "run.lock"
    with path.open("a+b") as file:
        _lock(file.fileno(), path, fcntl.LOCK_EX)
        file.truncate(0)
        file.write(str(os.getpid()).encode())
        file.flush()
        yield


def _lock(handle: int, path: Path, how: int) -> None:
    try:
        fcntl.flock(handle, how | fcntl.LOCK_NB)
    except BlockingIOError:
        who = path.read_text(encoding="ascii", errors="replace").strip() or "?"
        raise OperationError(
            f"{path.parent} 中的网站正在运行（进程 {who}）。请先停止它，或用 KECHUANG_DATA 另选文件夹",
            f"The site in {path.parent} already runs (process {who}): stop it first, or choose another folder "
            "with KECHUANG_DATA",
        ) from None


class StoppedError(Exception):
    """Asked to end while still waiting or preparing."""


@contextlib.contextmanager
def preparing(data: Path, stop: threading.Event) -> Iterator[None]:
    """Wait until no other process of this machine prepares the files of `data`. Raises StoppedError."""
    make_passable(data)
    with (data / "prepare.lock").open("a+b") as file:
        until(lambda: _free(file.fileno()), stop)
        yield


@contextlib.contextmanager
def migrating(url: str, say: Callable[[str], None], stop: threading.Event) -> Iterator[None]:
    """Wait until no other node migrates the database at `url`; `say` tells why it takes a while.

    Raises OperationError when the database cannot be reached, StoppedError when `stop` is set meanwhile.
    """
    try:
        connection = psycopg.connect(url, autocommit=True, connect_timeout=10)
    except psycopg.OperationalError as error:
        raise unreachable(error) from error
    with connection:
        if not _ours(connection):
            say("Another process brings the tables up to date; waiting for it")
            until(lambda: _ours(connection), stop)
        yield


def until(done: Callable[[], bool], stop: threading.Event) -> None:
    """Ask again and again whether it is `done`. Raises StoppedError when `stop` is set before."""
    while not done():
        if stop.wait(0.1):
            raise StoppedError


def _free(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _ours(connection: psycopg.Connection) -> bool:
    return connection.execute("SELECT pg_try_advisory_lock(%s)", [MIGRATING]).fetchone() == (True,)


def unreachable(error: psycopg.Error) -> OperationError:
    """The sentence for a database that does not answer."""
    said = " ".join(str(error).split())
    return OperationError(
        f"连不上数据库：{said}。请检查 DATABASE_URL 和数据库服务",
        f"The database cannot be reached: {said}. Check DATABASE_URL and the database server",
    )
