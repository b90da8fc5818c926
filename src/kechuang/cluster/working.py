"""What a worker does with a part: read it, check it, assess it, write its results, and sum up in a few lines.

Every step gives the same again when it is done again, so a part whose worker died is simply given to another one.
"""

from __future__ import annotations

import gc
import pickle
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final
from uuid import uuid4

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

from kechuang.cluster.errors import ClusterError
from kechuang.cluster.job import Job, bound_for
from kechuang.cluster.parts import Part, opened, place
from kechuang.exchange.intake import Count, Notes, Refused, Stated, UnusableFileError
from kechuang.exchange.machine_table import table_of
from kechuang.exchange.parquet import damaged, intake_of_table, is_damage, read_groups, tidy_codes
from kechuang.exchange.results import Total, totals_of_columns
from kechuang.policy.columns.population import assess_columns
from kechuang.policy.language.values import Words
from kechuang.policy.language.vocabulary import SUBJECT_KEY

CODES: Final = pa.schema([("code", pa.string()), ("row", pa.int64())])
SUMMARIES: Final = pa.schema([("part", pa.int64()), ("summary", pa.binary())])
UNFINISHED: Final = ".part-"  # readers of Parquet folders pass over names with a dot


@dataclass(frozen=True, slots=True)
class Summary:
    """What one part came to; `trouble` says why it could not be assessed, and why doing it again would not help."""

    part: int
    counts: Mapping[str, Count] = field(default_factory=dict)
    refused: Sequence[Refused] = ()
    stated: Sequence[Stated] = ()
    totals: Mapping[str, Total] = field(default_factory=dict)
    trouble: Words | None = None


def summaries(job: Job, parts: Sequence[Part], batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Assess the parts whose numbers stand in the batches: the function that Spark maps (SUMMARIES, pickled)."""
    for number in _numbers(batches):
        found = pickle.dumps(assess_part(job, parts[number]))
        _settle(job)
        yield pa.RecordBatch.from_pydict({"part": [number], "summary": [found]}, schema=SUMMARIES)


def twice(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Of codes and rows (CODES) those whose code comes more than once; equal codes must have been brought together."""
    table = pa.Table.from_batches(batches, CODES)
    counted = table.group_by("code").aggregate([([], "count_all")])
    several = counted.filter(pc.greater(counted.column("count_all"), 1)).column("code")
    yield from table.filter(pc.is_in(table.column("code"), several)).to_batches()


def codes(parts: Sequence[Part], batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The tidied codes of the subjects of some parts, with their rows from 1 (CODES); unreadable parts have none."""
    for number in _numbers(batches):
        part = parts[number]
        try:
            table = _read(part, [name for name in (SUBJECT_KEY, "kind") if name in _names(part)])
        except (pa.ArrowException, OSError, UnusableFileError):
            continue  # assessing it says what is wrong
        tidied, _ = tidy_codes(table, Notes())
        rows = pa.array(range(part.first + 1, part.first + table.num_rows + 1), pa.int64())
        yield from pa.table([pa.array(tidied, pa.string()), rows], schema=CODES).drop_null().to_batches()


def assess_part(job: Job, part: Part) -> Summary:
    """Assess one part and write its results below `job.out`. What cannot be mended by trying again is `trouble`."""
    try:
        bound = bound_for(job)
        intake = intake_of_table(_read(part), bound.pack.vocabulary, part.first, part.doubles)
    except (ClusterError, UnusableFileError) as error:
        return Summary(part.number, trouble=error.words)
    except (pa.ArrowException, OSError) as error:
        if not is_damage(error):
            raise  # Spark tries again, elsewhere
        return Summary(part.number, trouble=damaged(error).words)
    columns = assess_columns(bound, intake.as_table(), threads=1)
    if job.out is not None:
        _write(table_of(columns, bound, intake), job.out, part.number)
    totals = totals_of_columns(bound, columns, intake.size)
    return Summary(part.number, intake.counts, intake.refused, intake.stated, totals.benefits)


@lru_cache(maxsize=1)
def _settle(_job: Job) -> None:
    """Spark has Python look for dead objects after every part; pack and modules live on and need no look (0.1 s)."""
    gc.collect()
    gc.freeze()


def part_name(number: int) -> str:
    """The file of a part's results; in the order of the names stand the subjects in the order of the source."""
    return f"part-{number:06}.parquet"


def _numbers(batches: Iterator[pa.RecordBatch]) -> Iterator[int]:
    for batch in batches:
        yield from batch.column(0).to_pylist()


def _names(part: Part) -> list[str]:
    return list(opened(part.path).schema_arrow.names)


def _read(part: Part, columns: list[str] | None = None) -> pa.Table:
    """On one thread: Spark gives each worker one core."""
    return read_groups(opened(part.path), part.groups, threads=False, columns=columns)


def _write(table: pa.Table, out: str, number: int) -> None:
    """Under a name of its own first: an attempt that dies leaves no half part, and two attempts do not meet."""
    system, folder = place(out)
    unfinished = f"{folder}/{UNFINISHED}{number:06}-{uuid4().hex}"
    with system.open_output_stream(unfinished) as file:
        pyarrow.parquet.write_table(table, file, compression="zstd")
    system.move(unfinished, f"{folder}/{part_name(number)}")
