"""Cold starts of the command line: a new process each time."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from common import ON, keep, machine, show

from kechuang.reference.uscc import make_uscc

RUNS = 15


def main() -> None:
    """Help, one case with the pack kept from an earlier run, and one case the very first time."""
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        case = Path(folder) / "case.json"
        case.write_text(json.dumps(facts(), ensure_ascii=False), encoding="utf-8")
        kechuang = str(Path(sys.executable).with_name("kechuang"))
        assess = [kechuang, "assess", str(case), "--on", ON.isoformat()]
        rows = [
            {"command": "kechuang --help", **starts([kechuang, "--help"], folder)},
            {"command": "kechuang assess, pack read before", **starts(assess, folder)},
            {"command": "kechuang assess, first time ever", **starts(assess, folder, forget=True)},
            {"command": "python -c pass, for comparison", **starts([sys.executable, "-c", "pass"], folder)},
        ]
    show(f"Cold starts, medians of {RUNS}", rows)
    keep("command_line", rows)


def facts() -> dict[str, Any]:
    """An enterprise that measure 9 subsidises."""
    return {
        "uscc": make_uscc("9", "1", "371000", "MA3C0K1Q"),
        "name": "样例企业",
        "kind": "enterprise",
        "statuses": [
            {"kind": "high_tech_enterprise", "granted_on": "2022-12-12", "expires_on": "2025-12-11"}
        ],
        "years": [
            {"year": 2023, "rd_spend": "900万元", "above_scale": True, "has_rd_activity": True},
            {"year": 2022, "rd_spend": "600万元"},
        ],
    }


def starts(command: list[str], folder: str, *, forget: bool = False) -> dict[str, float]:
    """Seconds on the clock and of CPU time of a command; `forget` drops what earlier runs have kept."""
    walls, cpus = [], []
    # An installed Python keeps compiled modules; where that is switched off, each start would compile them again.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    for run in range(RUNS + 1):
        cache = Path(folder) / (f"cache-{run}" if forget else "cache")
        before = os.times()
        begun = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True, env={**kept, "XDG_CACHE_HOME": str(cache)})
        walls.append(time.perf_counter() - begun)
        after = os.times()
        cpus.append(
            after.children_user + after.children_system - before.children_user - before.children_system
        )
    return {
        "median_s": statistics.median(walls[1:]),
        "least_s": min(walls[1:]),
        "cpu_s": statistics.median(cpus[1:]),
    }


if __name__ == "__main__":
    main()
