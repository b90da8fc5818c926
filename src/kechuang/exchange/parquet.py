"""A population from Parquet: its columns are checked against the vocabulary, its rows one by one.

A file may also be read in parts, each by itself: what a part cannot know (which row of the file it begins with, and
which codes stand elsewhere too) is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

from kechuang.exchange.code_columns import holding
from kechuang.exchange.expectations import CORRECT_CELL, expected
from kechuang.exchange.intake import Count, Fault, Intake, Notes, Refused, UnusableFileError, shown
from kechuang.exchange.plain import double_fault
from kechuang.exchange.subjects import EXPECTED_CODE, UsccError, subject_code
from kechuang.policy.cases.facts import MAX_TEXT
from kechuang.policy.columns.columns import arrow_schema, check_schema
from kechuang.policy.language.values import (
    DATE,
    MAX_MONEY_FEN,
    MAX_NUMBER,
    MAX_RATE,
    MONEY,
    NUMBER,
    RATE,
    TEXT,
    Words,
    code_list,
    is_code,
)
from kechuang.policy.language.vocabulary import SUBJECT, SUBJECT_KEY, Field, RecordKind, Vocabulary

MAX_PARQUET_BYTES: Final = 4 * 2**30
"""Of the columns unpacked: about two and a half million subjects."""
_VALUE_BYTES: Final = 8  # in memory; a run of equal values takes next to nothing in the file
_LIMITS: Final = {MONEY: MAX_MONEY_FEN, NUMBER: MAX_NUMBER, RATE: MAX_RATE}
_DAYS: Final = (pa.scalar(-25567, pa.int32()), pa.scalar(84370, pa.int32()))  # 1900-01-01 and 2200-12-31
_ONCE: Final = Words("每个主体只出现一次的记录", "records that stand once a subject")


def read_parquet(path: Path, vocabulary: Vocabulary) -> Intake:
    """The population of a Parquet file. UnusableFileError for a damaged or huge file, or columns that do not fit."""
    try:
        file = pyarrow.parquet.ParquetFile(path)
        table = read_groups(file, range(file.metadata.num_row_groups))
    except (pa.ArrowException, OSError) as error:
        raise damaged(error) from None
    return intake_of_table(table, vocabulary)


def read_groups(
    file: pyarrow.parquet.ParquetFile, groups: Sequence[int], *, threads: bool = True, columns: Any = None
) -> pa.Table:
    """Some row groups of an open file, `columns` of them or all; UnusableFileError if they are huge unpacked."""
    size = sum(_unpacked(file.metadata.row_group(group)) for group in groups)
    if size > MAX_PARQUET_BYTES:
        raise _too_large(size)
    if not groups:
        return file.read(columns=columns)
    # One row group at a time: several dictionaries within a list cannot be read in one go.
    return pa.concat_tables(file.read_row_group(group, columns, use_threads=threads) for group in groups)


def is_damage(error: Exception) -> bool:
    """Whether Arrow says of a file that it is damaged; other OSErrors say that it cannot be reached just now."""
    return isinstance(error, pa.ArrowInvalid) or (isinstance(error, OSError) and error.errno is None)


def damaged(error: Exception) -> UnusableFileError:
    """What to say of a file that Arrow cannot read."""
    return UnusableFileError(
        "Parquet 文件已损坏，请重新生成", f"the Parquet file is damaged, write it anew: {error}"
    )


def check_columns(schema: pa.Schema, vocabulary: Vocabulary) -> None:
    """UnusableFileError naming the columns that do not fit the vocabulary."""
    faults = check_schema(schema, vocabulary)
    if faults:
        listed = "; ".join(faults)
        raise UnusableFileError(f"列与词表不符：{listed}", f"columns do not fit the vocabulary: {listed}")


def intake_of_table(
    table: pa.Table,
    vocabulary: Vocabulary,
    first: int = 0,
    doubles: Mapping[str, Sequence[int]] | None = None,
) -> Intake:
    """A population as an intake: rows with a fault are taken out and named; the others stay in columns.

    Of a part of a file, `first` is the number of rows before it, and `doubles` has the codes that stand more than
    once in the whole file, with their rows from 1; if left out the table is all there is.
    """
    check_columns(table.schema, vocabulary)
    table = _cast(table, vocabulary)
    found: dict[int, list[Fault]] = {}
    for row, fault in _row_faults(table, vocabulary):
        found.setdefault(row, []).append(replace(fault, row=first + row + 1))
    notes = Notes()
    table = _check_codes(table, found, notes, first, doubles)
    counts = {SUBJECT: Count(table.num_rows, table.num_rows - len(found))}
    refused = tuple(_refused(table, row, first, faults) for row, faults in sorted(found.items()))
    keep = [row for row in range(table.num_rows) if row not in found] if found else None
    kept = table if keep is None else table.take(keep)
    for kind in vocabulary.related:
        if kind.name in table.column_names:
            rows = [
                pc.sum(pc.list_value_length(part.column(kind.name))).as_py() or 0 for part in (table, kept)
            ]
            if rows[0]:
                counts[kind.name] = Count(*rows)
    return Intake(vocabulary, (), kept, refused, (), tuple(notes.stated.values()), counts)


def _unpacked(group: pyarrow.parquet.RowGroupMetaData) -> int:
    """The bytes that a row group takes in memory, from what the file says of each column."""
    columns = [group.column(number) for number in range(group.num_columns)]
    return sum(max(one.total_uncompressed_size, one.num_values * _VALUE_BYTES) for one in columns)


def _too_large(size: int) -> UnusableFileError:
    limit = MAX_PARQUET_BYTES // 2**30
    return UnusableFileError(
        f"展开后有 {size / 2**30:,.1f} GB，最多读 {limit} GB；请分成几份",
        f"unpacked it has {size / 2**30:,.1f} GB, at most {limit} GB are read: split it",
    )


def _cast(table: pa.Table, vocabulary: Vocabulary) -> pa.Table:
    """The table in the vocabulary's own types (texts as dictionaries of codes, large lists as lists)."""
    wanted = arrow_schema(vocabulary)
    schema = pa.schema(
        [wanted.field(name) if _whole(column, wanted) else column for name, column in _named(table)]
    )
    if schema.equals(table.schema):
        return table
    try:
        return table.cast(schema)
    except pa.ArrowException as error:
        raise UnusableFileError(
            f"列的类型不符：{error}", f"the types of the columns do not fit: {error}"
        ) from None


def _named(table: pa.Table) -> Iterator[tuple[str, pa.Field]]:
    return ((column.name, column) for column in table.schema)


def _whole(column: pa.Field, wanted: pa.Schema) -> bool:
    """Whether the column can be cast: a plain one, or a list whose structs have all fields in order."""
    target = wanted.field(column.name).type
    if not pa.types.is_list(target):
        return True
    return [member.name for member in column.type.value_type] == [member.name for member in target.value_type]


def _row_faults(table: pa.Table, vocabulary: Vocabulary) -> Iterator[tuple[int, Fault]]:
    for field in vocabulary.subject.fields.values():
        if field.name in table.column_names:
            values = table.column(field.name)
            yield from _value_faults(values, None, vocabulary.subject, field, vocabulary)
    for kind in vocabulary.related:
        if kind.name in table.column_names:
            lists = table.column(kind.name).combine_chunks()
            owners = pc.list_parent_indices(lists)
            structs = pc.list_flatten(lists)
            for member in structs.type:
                values = pc.struct_field(structs, member.name)
                yield from _value_faults(values, owners, kind, kind.fields[member.name], vocabulary)
            yield from _key_faults(structs, owners, kind)


def _value_faults(
    values: Any, owners: Any, kind: RecordKind, field: Field, vocabulary: Vocabulary
) -> Iterator[tuple[int, Fault]]:
    """The values outside what facts may be."""
    bad = _outside(values, field, vocabulary)
    if not pc.any(bad).as_py():
        return
    for place in pc.indices_nonzero(pc.fill_null(bad, fill_value=False)).to_pylist():
        row = place if owners is None else owners[place].as_py()
        yield (
            row,
            Fault(
                kind.name,
                row + 1,
                field.name,
                shown(values[place].as_py()),
                expected(field, vocabulary),
                CORRECT_CELL,
            ),
        )


def _outside(values: Any, field: Field, vocabulary: Vocabulary) -> Any:
    if is_code(field.type):
        codes = pa.array(list(vocabulary.codes[code_list(field.type)]))
        plain = pc.cast(values, pa.string())
        return pc.and_(pc.is_valid(plain), pc.invert(pc.is_in(plain, value_set=codes)))
    if field.type in _LIMITS:
        limit = _LIMITS[field.type]
        return pc.or_(pc.greater(values, limit), pc.less(values, -limit))
    if field.type == DATE:
        days = pc.cast(values, pa.int32())
        return pc.or_(pc.less(days, _DAYS[0]), pc.greater(days, _DAYS[1]))
    if field.type == TEXT:
        return pc.greater(pc.utf8_length(pc.cast(values, pa.string())), MAX_TEXT)
    return pa.array([False])


def _key_faults(structs: Any, owners: Any, kind: RecordKind) -> Iterator[tuple[int, Fault]]:
    """Records whose key stands twice within one subject."""
    names = [member.name for member in structs.type]
    if not kind.key or any(name not in names for name in kind.key):
        return
    columns = {name: pc.struct_field(structs, name) for name in kind.key}
    plain = {
        name: pc.cast(part, pa.string()) if pa.types.is_dictionary(part.type) else part
        for name, part in columns.items()
    }
    records = pa.table({"owner": owners, **plain})
    grouped = records.drop_null().group_by(["owner", *kind.key]).aggregate([([], "count_all")])
    double = grouped.filter(pc.greater(grouped.column("count_all"), 1))
    for found in double.to_pylist():
        key = "、".join(str(found[name]) for name in kind.key)
        yield (
            found["owner"],
            Fault(kind.name, found["owner"] + 1, "、".join(kind.key), shown(key), _ONCE, CORRECT_CELL),
        )


def _check_codes(
    table: pa.Table,
    found: dict[int, list[Fault]],
    notes: Notes,
    first: int,
    doubles: Mapping[str, Sequence[int]] | None,
) -> pa.Table:
    """Check the subjects' codes and refuse doubles; returns the table with tidied codes."""
    if SUBJECT_KEY not in table.column_names:
        return table
    codes, wrong = tidy_codes(table, notes, first)
    for row in wrong:
        fault = Fault(SUBJECT, first + row + 1, SUBJECT_KEY, shown(codes[row]), EXPECTED_CODE, CORRECT_CELL)
        found.setdefault(row, []).append(fault)
    if doubles is None:
        doubles = _doubles(codes)
    for code, rows in doubles.items():
        for row in rows:
            if first < row <= first + len(codes):
                fault = double_fault(code, row, rows, SUBJECT, SUBJECT_KEY)
                found.setdefault(row - first - 1, []).append(fault)
    place = table.column_names.index(SUBJECT_KEY)
    return table.set_column(place, SUBJECT_KEY, pa.array(codes, pa.string()))


def tidy_codes(table: pa.Table, notes: Notes, first: int = 0) -> tuple[list[str | None], list[int]]:
    """The subjects' codes as they are kept, and the rows whose code is none (it stays as written)."""
    column = pc.cast(table.column(SUBJECT_KEY), pa.string()).combine_chunks()
    codes: list[str | None] = column.to_pylist()
    kinds = table.column("kind") if "kind" in table.column_names else None
    wrong: list[int] = []
    for row in np.flatnonzero(~holding(column)).tolist():
        code = codes[row]
        if code is None:
            continue
        try:
            codes[row], how = subject_code(code, None if kinds is None else kinds[row].as_py())
        except UsccError:
            wrong.append(row)
            continue
        if how is not None:
            notes.state(how, SUBJECT, first + row + 1, SUBJECT_KEY, code, str(codes[row]))
    return codes, wrong


def _doubles(codes: Sequence[str | None]) -> dict[str, list[int]]:
    """The codes that stand more than once, with their rows from 1."""
    if len(set(codes)) == len(codes):
        return {}
    places: dict[str, list[int]] = {}
    for row, code in enumerate(codes, start=1):
        if code is not None:
            places.setdefault(code, []).append(row)
    return {code: rows for code, rows in places.items() if len(rows) > 1}


def _refused(table: pa.Table, row: int, first: int, faults: list[Fault]) -> Refused:
    code, name = (
        str(table.column(column)[row].as_py() or "") if column in table.column_names else ""
        for column in (SUBJECT_KEY, "name")
    )
    return Refused(code, name, first + row + 1, tuple(faults))
