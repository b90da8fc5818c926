"""One run on Spark: cut into parts, find the codes that stand twice, assess the parts, add up."""

from __future__ import annotations

import pickle
import threading
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import pyarrow as pa
import pyarrow.fs

from kechuang.cluster.errors import ClusterError
from kechuang.cluster.gathering import SpreadIntake, gather
from kechuang.cluster.job import job_of
from kechuang.cluster.parts import PART_ROWS, Part, parts_of, place
from kechuang.cluster.working import UNFINISHED, Summary, codes, part_name, summaries, twice
from kechuang.exchange.intake import Progress
from kechuang.exchange.machine import write_json
from kechuang.exchange.results import Totals
from kechuang.policy.encoding.binding import Bound
from kechuang.policy.language.values import Words

if TYPE_CHECKING:
    from pyspark import StatusTracker
    from pyspark.sql import SparkSession

RUN: Final = "_run.json"
"""Written last: pack, day, rows in, assessed and refused, totals. Its presence says that the result is whole."""
_CODES: Final = "code string, row long"
_LOOK: Final = 0.5  # seconds between two looks at the progress


@dataclass(frozen=True, slots=True)
class Spread:
    """What a run came to, and over how many parts."""

    intake: SpreadIntake
    totals: Totals
    parts: int


def assess_with_spark(
    spark: SparkSession,
    bound: Bound,
    source: str,
    out: str | None = None,
    *,
    language: str = "zh",
    progress: Progress | None = None,
    part_rows: int = PART_ROWS,
) -> Spread:
    """Assess a Parquet file, or a folder of them, part by part on the workers of a Spark session.

    Gives the same as the local run over columns: outcome, reason and sum of every subject, in the order of the
    source; rows refused with the same words; totals. `out` becomes a folder with a Parquet file a part, and RUN.
    `source` and `out` are paths or addresses (hdfs://…, s3://…) that every worker can reach.

    `progress` is called with the parts done. Raises UnusableFileError as the local run does, and ClusterError.
    """
    parts = parts_of(source, bound.pack.vocabulary, part_rows)
    if out is not None:
        _make(out)
    try:
        parts = _with_doubles(spark, parts)
        work = partial(summaries, job_of(bound, out), parts)
        with _watched(spark, len(parts), progress):
            rows = _mapped(spark, len(parts), work, "part long, summary binary").collect()
        intake, totals = gather(bound, parts, _unpickled(rows))
        if out is not None:
            _finish(out, parts, intake, totals, language)
    except BaseException:
        if out is not None:
            _clear(out, lambda _: True)
        raise
    return Spread(intake, totals, len(parts))


def _mapped(spark: SparkSession, parts: int, work: Callable[..., Any], schema: str) -> Any:
    """A task for each part; it is given only the part's number."""
    return spark.range(0, parts, 1, numPartitions=max(parts, 1)).mapInArrow(work, schema)


def _unpickled(rows: Sequence[Any]) -> Iterator[Summary]:
    """Made by our own workers a moment ago; Spark itself sends them our functions in the same way."""
    return (pickle.loads(row.summary) for row in rows)  # noqa: S301


def _with_doubles(spark: SparkSession, parts: list[Part]) -> list[Part]:
    """The parts, with the codes that stand more than once anywhere: no part can know that by itself.

    Spark brings equal codes together, workers keep those that come more than once.
    """
    found = _mapped(spark, len(parts), partial(codes, parts), _CODES)
    together = found.repartition(len(parts), "code").mapInArrow(twice, _CODES)
    rows: dict[str, list[int]] = {}
    for row, code in sorted((one.row, one.code) for one in together.collect()):
        rows.setdefault(code, []).append(row)
    places: dict[int, dict[str, Sequence[int]]] = {}
    ends = [part.first + part.rows for part in parts]
    for code, standing in rows.items():
        for row in standing:
            places.setdefault(bisect_left(ends, row), {})[code] = standing
    return [replace(part, doubles=places.get(part.number, {})) for part in parts]


def _make(out: str) -> None:
    """An empty folder for the result; what lies there already is not touched."""
    system, folder = place(out)
    about = system.get_file_info(folder)
    taken = about.type == pa.fs.FileType.File or (
        about.type == pa.fs.FileType.Directory and system.get_file_info(pa.fs.FileSelector(folder))
    )
    if taken:
        raise ClusterError(
            Words(
                f"{out} 已存在且不为空；请先移走或换个名称",
                f"{out} is there and not empty: move it, or take another name",
            )
        )
    system.create_dir(folder)


def _finish(out: str, parts: Sequence[Part], intake: SpreadIntake, totals: Totals, language: str) -> None:
    """Drop what dead attempts left, look that every part is there, and write RUN."""
    _clear(out, lambda name: name.startswith(UNFINISHED))
    system, folder = place(out)
    there = {entry.base_name for entry in system.get_file_info(pa.fs.FileSelector(folder))}
    missing = [name for name in map(part_name, range(len(parts))) if name not in there]
    if missing:
        raise ClusterError(
            Words(
                f"{out} 中缺少 {len(missing)} 份结果；该文件夹须为各节点共享的存储",
                f"{len(missing)} parts are missing in {out}: it must lie on storage that all nodes share",
            )
        )
    with system.open_output_stream(f"{folder}/{RUN}") as file, TextIOWrapper(file, "utf-8") as text:
        write_json(text, (), intake, totals, language)


def _clear(out: str, chosen: Callable[[str], bool]) -> None:
    system, folder = place(out)
    for entry in system.get_file_info(pa.fs.FileSelector(folder)):
        if chosen(entry.base_name):
            system.delete_file(entry.path)


@contextmanager
def _watched(spark: SparkSession, parts: int, progress: Progress | None) -> Iterator[None]:
    """Tells how many parts are done, from a thread that asks Spark now and then."""
    context, group = spark.sparkContext, f"kechuang-{uuid4().hex}"
    context.setJobGroup(group, "kechuang assess", interruptOnCancel=True)
    over = threading.Event()

    def look() -> None:
        while progress is not None and not over.wait(_LOOK):
            progress(_done(context.statusTracker(), group, parts), parts)

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def _done(tracker: StatusTracker, group: str, parts: int) -> int:
    """Parts done so far; a stage that Spark has forgotten counts as none."""
    jobs = [tracker.getJobInfo(job) for job in tracker.getJobIdsForGroup(group)]
    stages = [tracker.getStageInfo(stage) for job in jobs if job is not None for stage in job.stageIds]
    return max((min(stage.numCompletedTasks, parts) for stage in stages if stage is not None), default=0)
