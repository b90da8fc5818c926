"""A million enterprises on Spark by number of worker processes, beside the local run; and what it cost where.

python spark.py [SUBJECTS [RUNS]]: each number of workers is a local cluster of its own; they and the local run take
turns, so that a busy machine hits all alike. Needs `pip install 'kechuang[spark]'` and Java 17.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from common import ON, RESULTS, keep, machine, show
from whole_pack import make_city

from kechuang.cluster.assessing import assess_with_spark
from kechuang.cluster.session import session
from kechuang.exchange.machine_table import write_columns
from kechuang.exchange.reading import read_file
from kechuang.exchange.results import columns_of
from kechuang.policy import load_pack
from kechuang.policy.encoding.binding import bind

WORKERS = (1, 2, 4)
TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    """All numbers of workers and the local run, in turn; medians over the rounds."""
    if sys.argv[1:2] == ["one"]:
        print(json.dumps(one(int(sys.argv[2]), Path(sys.argv[3]))))
        return
    subjects = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    city = make_city(subjects)
    before = machine()
    rounds = [[child(workers, city) for workers in (0, *WORKERS)] for _ in range(runs)]
    rows = [median(subjects, list(found)) for found in zip(*rounds, strict=True)]
    print(before, machine()["load_average"])
    show(f"{subjects:,} subjects, medians of {runs} rounds", rows)
    keep("spark", {"subjects": subjects, "rounds": rounds, "rows": rows})


def child(workers: int, city: Path) -> dict[str, float]:
    """One measurement in a process of its own; 0 workers is the local run."""
    command = [sys.executable, __file__, "one", str(workers), str(city)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def median(subjects: int, found: list[dict[str, float]]) -> dict[str, Any]:
    """The medians of all figures."""
    row: dict[str, Any] = {key: statistics.median(one[key] for one in found) for key in found[0]}
    row["workers"] = int(row["workers"]) or "local"
    return {**row, "subjects_per_s": subjects / row["run_s"], "least_s": min(one["run_s"] for one in found)}


def one(workers: int, city: Path) -> dict[str, float]:
    """Seconds and processor time of a start and of a run: read, check, assess, write."""
    bound = bind(load_pack(), ON)
    folder = Path(tempfile.mkdtemp(dir=RESULTS))
    try:
        begun = time.perf_counter()
        if not workers:
            return {"workers": 0, "start_s": 0.0, **timed(lambda: local(bound, city, folder))}
        with session(f"local-cluster[{workers},1,1024]") as spark:
            # The first run starts the workers and has them read the pack; it counts as part of the start.
            assess_with_spark(spark, bound, str(city), str(folder / "first"))
            start = time.perf_counter() - begun
            run = timed(lambda: assess_with_spark(spark, bound, str(city), str(folder / "second")))
            return {"workers": workers, "start_s": start, **run}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def local(bound: Any, city: Path, folder: Path) -> None:
    """What `kechuang assess` does with a city."""
    intake = read_file(city, bound.pack.vocabulary)
    write_columns(folder / "local.parquet", columns_of(bound, intake), bound, intake)


def timed(run: Any) -> dict[str, float]:
    """Seconds on the clock, and of processor time in Python and in Java, of this process and all below it."""
    before, begun = processor_time(), time.perf_counter()
    run()
    seconds, after = time.perf_counter() - begun, processor_time()
    spent = {kind: after[kind] - before[kind] for kind in after}
    return {"run_s": seconds, "python_cpu_s": spent["python"], "java_cpu_s": spent["java"]}


def processor_time() -> dict[str, float]:
    """Processor seconds so far of this process and all below it, by kind of program."""
    parents: dict[int, int] = {}
    spent: dict[int, tuple[str, float]] = {}
    for entry in Path("/proc").iterdir():
        try:
            name, _, rest = (entry / "stat").read_text().rpartition(")")
        except OSError:
            continue
        fields = rest.split()
        if entry.name.isdigit():
            parents[int(entry.name)] = int(fields[1])
            kind = "java" if name.endswith("(java") else "python"
            spent[int(entry.name)] = kind, (int(fields[11]) + int(fields[12])) / TICKS
    total = {"python": 0.0, "java": 0.0}
    reached = {os.getpid()}
    while reached:
        for pid in reached & spent.keys():
            kind, seconds = spent[pid]
            total[kind] += seconds
        reached = {pid for pid, parent in parents.items() if parent in reached}
    return total


if __name__ == "__main__":
    main()
