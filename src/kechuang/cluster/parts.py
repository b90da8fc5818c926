"""A population in Parquet cut into parts: whole row groups, in the order of the file, each with its place in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.fs
import pyarrow.parquet

from kechuang.cluster.errors import ClusterError
from kechuang.exchange.parquet import check_columns, damaged, is_damage
from kechuang.policy.language.values import Words
from kechuang.policy.language.vocabulary import Vocabulary

PART_ROWS: Final = 131_072
"""Small row groups are put together until a part has about so many subjects: 60 MB of facts, a second of work."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some row groups of one file. `first`: the rows before it in the whole population; `rows`: its own.

    `doubles` has the codes of this part that stand more than once in the population, with all their rows from 1.
    """

    number: int
    path: str
    groups: tuple[int, ...]
    first: int
    rows: int
    doubles: Mapping[str, Sequence[int]] = field(default_factory=dict)


def place(path: str) -> tuple[pa.fs.FileSystem, str]:
    """The storage that an address such as hdfs://… or s3://… names, and the path in it; a plain path is local."""
    if "://" in path:
        system, inner = pa.fs.FileSystem.from_uri(path)
        return system, str(inner)
    return pa.fs.LocalFileSystem(), str(Path(path).absolute())


def opened(path: str) -> pyarrow.parquet.ParquetFile:
    """A Parquet file on any storage. The usual errors of Arrow and of the storage."""
    system, inner = place(path)
    return pyarrow.parquet.ParquetFile(inner, filesystem=system)


def parts_of(source: str, vocabulary: Vocabulary, part_rows: int = PART_ROWS) -> list[Part]:
    """The parts of a Parquet file, or of all Parquet files of a folder in the order of their names.

    Raises ClusterError if there is none, UnusableFileError for a damaged one and for columns that do not fit.
    """
    found: list[Part] = []
    first = 0
    for path in _files(source):
        try:
            file = opened(path)
        except (pa.ArrowException, OSError) as error:
            if not is_damage(error):
                raise
            raise damaged(error) from None
        check_columns(file.schema_arrow, vocabulary)
        for groups, rows in _bundles(file.metadata, part_rows):
            found.append(Part(len(found), path, groups, first, rows))
            first += rows
    return found


def _bundles(about: Any, part_rows: int) -> Iterator[tuple[tuple[int, ...], int]]:
    """Neighbouring row groups of about `part_rows` rows, and how many rows they have; a group is never cut."""
    groups: list[int] = []
    rows = 0
    for number in range(about.num_row_groups):
        size = about.row_group(number).num_rows
        if groups and rows + size > part_rows:
            yield tuple(groups), rows
            groups, rows = [], 0
        groups.append(number)
        rows += size
    if groups or not about.num_row_groups:
        yield tuple(groups), rows


def _files(source: str) -> list[str]:
    system, inner = place(source)
    about = system.get_file_info(inner)
    if about.type == pa.fs.FileType.File:
        return [source if "://" in source else inner]
    if about.type == pa.fs.FileType.NotFound:
        raise ClusterError(Words(f"没有文件 {source}", f"there is no file {source}"))
    names = sorted(
        entry.base_name
        for entry in system.get_file_info(pa.fs.FileSelector(inner))
        if entry.extension == "parquet" and not entry.base_name.startswith((".", "_"))
    )
    if not names:
        raise ClusterError(
            Words(
                f"文件夹 {source} 中没有 .parquet 文件", f"there is no .parquet file in the folder {source}"
            )
        )
    folder = (source if "://" in source else inner).rstrip("/")
    return [f"{folder}/{name}" for name in names]
