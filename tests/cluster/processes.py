"""The processes below this one, as Linux lists them: Java executors, and the Python workers that they start."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

EXECUTOR = "CoarseGrainedExecutorBackend"
WORKER = "pyspark.daemon"


def below(top: int) -> dict[int, tuple[int, str]]:
    """All descendants: the parent and the command line of each. Some may be gone by the time they are looked at."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError):
                continue
    found: dict[int, tuple[int, str]] = {}
    reached = {top}
    while reached:
        reached = {pid for pid, parent in parents.items() if parent in reached}
        for pid in reached:
            try:
                found[pid] = parents[pid], Path(f"/proc/{pid}/cmdline").read_text()
            except OSError:
                continue
    return found


def executors() -> list[int]:
    """Java processes that run tasks."""
    return [pid for pid, (_, command) in below(os.getpid()).items() if EXECUTOR in command]


def workers() -> list[int]:
    """Python processes that do the work: each is forked from the one that an executor has started."""
    daemons = {pid: parent for pid, (parent, command) in below(os.getpid()).items() if WORKER in command}
    return [pid for pid, parent in daemons.items() if parent in daemons]


def kill_when_begun(victims: Callable[[], list[int]], out: Path) -> Callable[[], tuple[int, int]]:
    """Kill `victims()` as soon as the first part lies in `out`, the way the kernel does when memory runs out.

    Returns a function that waits for it, and says how many parts were finished and how many processes were killed.
    """
    noted: list[int] = []

    def wait_and_kill() -> None:
        while not (finished := list(out.glob("part-*.parquet"))):
            time.sleep(0.002)
        killed = victims()
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        noted.extend((len(finished), len(killed)))

    thread = threading.Thread(target=wait_and_kill, daemon=True)
    thread.start()

    def wait() -> tuple[int, int]:
        thread.join(10)
        finished, killed = noted
        return finished, killed

    return wait
