"""What all benchmarks share: the machine they ran on, medians, tables on the screen and figures in results/."""

from __future__ import annotations

import json
import os
import platform
import resource
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np

ON: Final = date(2024, 6, 20)
"""The day of assessment in all benchmarks."""

RESULTS: Final = Path(__file__).parent / "results"
_KIB: Final = 1024


def timed(function: Callable[[], Any], runs: int) -> dict[str, float]:
    """Seconds of `runs` calls: the median, the quickest and the slowest on the clock, and the median of CPU time."""
    walls, cpus = [], []
    for _ in range(runs):
        cpu, wall = time.process_time(), time.perf_counter()
        function()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return {
        "median_s": statistics.median(walls),
        "least_s": min(walls),
        "most_s": max(walls),
        "cpu_s": statistics.median(cpus),
    }


def peak_mib() -> float:
    """The most memory that this process has held, in MiB."""
    status = Path("/proc/self/status")
    if status.exists():  # getrusage would also count the process that started this one
        line = next(
            line for line in status.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM")
        )
        return int(line.split()[1]) / _KIB
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KIB


def machine() -> dict[str, Any]:
    """Processor, cores, memory and Python of this machine, and how busy it is with other things."""
    about = Path("/proc/cpuinfo").read_text(encoding="utf-8") if Path("/proc/cpuinfo").exists() else ""
    models = [line.split(":")[1].strip() for line in about.splitlines() if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "processor": models[0] if models else platform.processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(memory / _KIB**3, 1),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "load_average": os.getloadavg()[0],
    }


def bandwidth(threads: int = 2) -> float:
    """Bytes a second that `threads` threads read and write while copying arrays far larger than the caches."""
    from concurrent.futures import ThreadPoolExecutor

    pairs = [(np.ones(2**25), np.empty(2**25)) for _ in range(threads)]

    def copy(pair: tuple[np.ndarray, np.ndarray]) -> None:
        np.copyto(pair[1], pair[0])

    with ThreadPoolExecutor(threads) as pool:
        took = timed(lambda: list(pool.map(copy, pairs)), 7)["median_s"]
    return sum(source.nbytes + target.nbytes for source, target in pairs) / took


def city_path(subjects: int) -> Path:
    """Where the synthetic city of so many subjects is kept, for the pack and vocabulary as they are now."""
    from kechuang.policy.encoding.loading import DEFAULT_PACK, content_hash, pack_folder

    return RESULTS / f"city-{subjects}-{content_hash(pack_folder(DEFAULT_PACK))[:8]}.parquet"


def show(title: str, rows: list[dict[str, Any]]) -> None:
    """Print rows as a table."""
    print(f"\n{title}")
    heads = list(dict.fromkeys(key for row in rows for key in row))
    cells = [heads] + [[_shown(row.get(head)) for head in heads] for row in rows]
    widths = [max(len(line[column]) for line in cells) for column in range(len(heads))]
    for line in cells:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
    return (
        f"{value:,}"
        if isinstance(value, int) and not isinstance(value, bool)
        else ""
        if value is None
        else str(value)
    )


def keep(name: str, found: object) -> None:
    """Write figures, with the machine, to results/<name>.json."""
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(
        {"machine": machine(), "command": sys.argv, "found": found}, indent=1, ensure_ascii=False
    )
    (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")
