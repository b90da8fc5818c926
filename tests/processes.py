"""Processes of a running site: found by its data folder, awaited, and killed without a word."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import psycopg

from kechuang.operations.postgres import url_of


def processes_of(data: Path) -> dict[int, str]:
    """Command lines of living processes that belong to the site of `data`."""
    found = {}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            environment = (place / "environ").read_bytes()
            command = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if f"KECHUANG_DATA={data}".encode() in environment and command:
            found[int(place.name)] = command
    return found


def comes_true(condition: Callable[[], bool], seconds: float = 60) -> bool:
    """Whether a condition holds within the time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.1)
    return False


def kill(what: str, data: Path, chance: random.Random) -> None:
    """`kill -9` of one process of a site, one of `FOUND`; waits for one where what was killed before still begins."""
    until = time.monotonic() + 120
    while True:
        assert time.monotonic() < until, f"no {what} runs any more"
        found = FOUND[what](data)
        with contextlib.suppress(ProcessLookupError):
            if found:
                os.kill(chance.choice(found), signal.SIGKILL)
                return
        time.sleep(0.1)


def _web_servers(data: Path) -> list[int]:
    """The processes of gunicorn that started the others."""
    found = [pid for pid, command in processes_of(data).items() if "gunicorn" in command]
    return [pid for pid in found if _parent(pid) not in found]


def _web_processes(data: Path) -> list[int]:
    """Those that answer requests."""
    found = [pid for pid, command in processes_of(data).items() if "gunicorn" in command]
    return [pid for pid in found if _parent(pid) in found]


def _workers(data: Path) -> list[int]:
    return [pid for pid, command in processes_of(data).items() if "procrastinate worker" in command]


def _servers(data: Path) -> list[int]:
    """The first process of PostgreSQL."""
    try:
        return [int((data / "postgresql/data/postmaster.pid").read_text().splitlines()[0])]
    except (OSError, ValueError, IndexError):
        return []


def _backends(data: Path) -> list[int]:
    """The processes of PostgreSQL that serve our connections."""
    try:
        with psycopg.connect(url_of(data)) as asking:
            found = asking.execute(
                "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            ).fetchall()
    except psycopg.OperationalError:
        return []
    return [pid for (pid,) in found]


FOUND: dict[str, Callable[[Path], list[int]]] = {
    "web process": _web_processes,
    "web server": _web_servers,
    "worker": _workers,
    "backend": _backends,
    "server": _servers,
}


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0
