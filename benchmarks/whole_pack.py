"""A population through the whole pack, with reasons: seconds, rates, bytes read, memory.

python whole_pack.py [SUBJECTS …]: up to a million lie in memory as Arrow; more are made piece by piece.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
from common import ON, RESULTS, bandwidth, city_path, keep, machine, peak_mib, show, timed

from kechuang.policy import load_pack
from kechuang.policy.columns.columns import Chunk
from kechuang.policy.columns.population import CHUNK_ROWS, assess_columns
from kechuang.policy.columns.vectorise import Plan
from kechuang.policy.encoding.binding import Bound, bind
from kechuang.population.generate import batches_of, write_parquet

IN_MEMORY: Final = 1_000_000
SEED: Final = 20230713
THREADS: Final = 2
RUNS: Final = 7


def main() -> None:
    """Run each size in a process of its own, so that its peak of memory is its own."""
    if sys.argv[1:2] == ["one"]:
        print(json.dumps(one(int(sys.argv[2]))))
        return
    sizes = [int(argument.replace("_", "")) for argument in sys.argv[1:]] or [100_000, 1_000_000, 10_000_000]
    copied = bandwidth(THREADS)
    rows = []
    for size in sizes:
        if size <= IN_MEMORY:
            make_city(size)
        done = subprocess.run(
            [sys.executable, __file__, "one", str(size)], check=True, capture_output=True, text=True
        )
        rows.append(json.loads(done.stdout))
        rows[-1]["of_bandwidth_%"] = 100 * rows[-1]["read_GB_per_s"] * 1e9 / copied
    print(
        machine(),
        f"memory bandwidth: {copied / 1e9:.1f} GB/s read and written by {THREADS} threads",
        sep="\n",
    )
    show(f"Whole pack, {THREADS} threads, with reasons", rows)
    keep("whole_pack", {"bandwidth": copied, "rows": rows})


def one(size: int) -> dict[str, Any]:
    """The figures of one size."""
    bound = bind(load_pack(), ON)
    return in_memory(bound, size) if size <= IN_MEMORY else in_pieces(bound, size)


def make_city(size: int) -> Path:
    """The synthetic city as a Parquet file in results/, made when it is not there yet."""
    path = city_path(size)
    if not path.exists():
        RESULTS.mkdir(exist_ok=True)
        write_parquet(path, size, SEED, ON.year - 1, ON)
    return path


def in_memory(bound: Bound, size: int) -> dict[str, Any]:
    """A table that lies in memory, as one piece; and the same from a Parquet file, read and assessed group by group."""
    path = make_city(size)
    table = pq.read_table(path).combine_chunks()
    before = peak_mib()
    assess_columns(bound, table, THREADS)
    took = timed(lambda: assess_columns(bound, table, THREADS), RUNS)
    peak = peak_mib()
    alone = timed(lambda: assess_columns(bound, table, 1), RUNS)
    spread = timed(
        lambda: [
            (each.outcome, each.because, each.amount)
            for each in assess_columns(bound, table, THREADS).values()
        ],
        3,
    )
    from_file = timed(lambda: [assess_columns(bound, group, THREADS) for group in groups(path)], 3)
    return {
        **rates(bound, size, took, used_bytes(bound, table)),
        "1_thread_s": alone["median_s"],
        "all_spread_out_s": spread["median_s"],
        "from_parquet_s": from_file["median_s"],
        "table_MiB": table.nbytes / 2**20,
        "peak_MiB": peak,
        "peak_over_table_MiB": peak - before,
    }


def groups(path: Path) -> Iterator[pa.Table]:
    """The row groups of a Parquet file, one after another."""
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            yield file.read_row_group(group)


def in_pieces(bound: Bound, size: int) -> dict[str, Any]:
    """A city made piece by piece, assessed and let go; only the assessing is timed."""
    took = {"median_s": 0.0, "cpu_s": 0.0}
    read = 0
    assess_columns(bound, next(pieces(bound, CHUNK_ROWS)), THREADS)
    for table in pieces(bound, size):
        once = timed(lambda table=table: assess_columns(bound, table, THREADS), 1)
        took = {key: took[key] + once[key] for key in took}
        read += used_bytes(bound, table)
    return {**rates(bound, size, took, read), "peak_MiB": peak_mib()}


def pieces(bound: Bound, size: int) -> Iterator[pa.Table]:
    """The city in tables of two chunks, one for each thread."""
    held: list[pa.RecordBatch] = []
    for batch in batches_of(size, SEED, ON.year - 1, ON, bound.pack.vocabulary):
        held.append(batch)
        if sum(each.num_rows for each in held) >= THREADS * CHUNK_ROWS:
            yield pa.Table.from_batches(held).combine_chunks()
            held = []
    if held:
        yield pa.Table.from_batches(held).combine_chunks()


def rates(bound: Bound, size: int, took: dict[str, float], read: int) -> dict[str, Any]:
    """Seconds as rates."""
    seconds = took["median_s"]
    return {
        "subjects": size,
        **took,
        "subjects_per_s": size / seconds,
        "benefits_x_subjects_per_s": size * len(bound.benefits) / seconds,
        "read_MB": read / 1e6,
        "read_GB_per_s": read / 1e9 / seconds,
    }


def used_bytes(bound: Bound, table: pa.Table) -> int:
    """Bytes of the columns that the pack's conditions and sums name, and of the lists they lie in."""
    plan = bound.compiled["plan"]
    assert isinstance(plan, Plan)
    chunk = Chunk(table, bound.pack.vocabulary)
    wanted = {node.value for node, _ in plan.uses if node.op == "field"}
    wanted |= {("years", node.value) for node, _ in plan.uses if node.op == "annual"} | {("years", "year")}
    lists = {record for record, _ in wanted} - {"subject"}
    arrays = [chunk._array(record, name) for record, name in wanted]  # noqa: SLF001 - the very array that is read
    read = sum(array.nbytes for array in arrays if array is not None)
    return read + sum(4 * (table.num_rows + 1) + table.num_rows // 8 for _ in lists)


if __name__ == "__main__":
    main()
