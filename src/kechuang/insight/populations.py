"""Populations on disk: facts as Arrow that is mapped into memory, cut down to what packs read, and the law's verdicts.

A few are held by each process; mapping costs no memory of its own.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa

from kechuang.exchange.simulation_groups import groupings_of
from kechuang.policy.columns.population import CHUNK_ROWS
from kechuang.policy.columns.projecting import projected, read_by_pack
from kechuang.policy.columns.verdict import BenefitColumns
from kechuang.policy.encoding.binding import Bound
from kechuang.policy.encoding.pack import Pack
from kechuang.policy.reforms.comparing import Baseline, Grouping, baseline

FACTS: Final = "facts.arrow"
INDEX: Final = "index.json"
HELD: Final = 3  # populations that a process keeps open
_NAMED: Final = frozenset(("subject", name) for name in ("uscc", "name", "kind", "district", "industry", "size"))
Progress = Callable[[int], object]


@dataclass(frozen=True)
class Loaded:
    """A population ready for questions."""

    table: pa.Table
    base: Baseline
    groupings: tuple[Grouping, ...]


def write_facts(folder: Path, batches: Iterable[pa.RecordBatch], packs: Iterable[Pack], progress: Progress) -> None:
    """Write what the packs read of a population, in pieces as large as the evaluator takes them."""
    wanted = set(_NAMED).union(*(read_by_pack(pack) for pack in packs))
    writer = None
    with pa.OSFile(str(folder / FACTS), "wb") as file:
        for table in _pieces(batches, progress):
            narrow = projected(table, wanted).combine_chunks()
            writer = writer or pa.ipc.new_file(file, narrow.schema)
            writer.write_table(narrow)
        if writer is not None:
            writer.close()


def _pieces(batches: Iterable[pa.RecordBatch], progress: Progress) -> Iterator[pa.Table]:
    held: list[pa.RecordBatch] = []
    for batch in batches:
        held.append(batch)
        progress(batch.num_rows)
        if sum(one.num_rows for one in held) >= CHUNK_ROWS:
            yield pa.Table.from_batches(held)
            held = []
    if held:
        yield pa.Table.from_batches(held)


def read_facts(folder: Path) -> pa.Table:
    """The facts, mapped into memory."""
    return pa.ipc.open_file(pa.memory_map(str(folder / FACTS))).read_all()


def write_verdicts(folder: Path, bound: Bound, progress: Progress) -> None:
    """Assess the law over the facts and keep every verdict and sum; INDEX appears last."""
    base = baseline(bound, read_facts(folder), progress=progress)
    columns = list(base.benefits.values())
    np.save(folder / "verdicts.npy", np.stack([one.verdict for one in columns]))
    np.save(folder / "rows.npy", np.concatenate([one.rows for one in columns]))
    np.save(folder / "sums.npy", np.concatenate([one.sums for one in columns]))
    index = [[key, list(one.reasons), len(one.rows), one.is_ceiling] for key, one in base.benefits.items()]
    unfinished = folder / f"{INDEX}.unfinished"
    unfinished.write_text(json.dumps({"rows": base.rows, "benefits": index}), encoding="utf-8")
    unfinished.replace(folder / INDEX)


def is_written(folder: Path) -> bool:
    """Whether the population is complete."""
    return (folder / INDEX).exists()


def load(folder: Path, bound: Bound) -> Loaded:
    """The population with the law's verdicts; `bound` is the law that they were made by."""
    return _load(folder, (folder / INDEX).stat().st_mtime_ns, bound)


@lru_cache(maxsize=HELD)
def _load(folder: Path, _written_at: int, bound: Bound) -> Loaded:
    index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    verdicts, rows, sums = (
        np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r")) for name in ("verdicts", "rows", "sums")
    )
    benefits: dict[str, BenefitColumns] = {}
    start = 0
    for place, (key, reasons, count, is_ceiling) in enumerate(index["benefits"]):
        part = slice(start, start + count)
        benefits[key] = BenefitColumns(verdicts[place], tuple(reasons), rows[part], sums[part], is_ceiling)
        start += count
    table = read_facts(folder)
    groupings = groupings_of(table, bound.pack.vocabulary)
    return Loaded(table, Baseline(bound, int(index["rows"]), benefits), groupings)


def delete(folder: Path) -> None:
    """Delete a population's files."""
    shutil.rmtree(folder, ignore_errors=True)

