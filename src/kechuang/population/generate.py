"""A synthetic city: `generate` in memory, `write_parquet` chunk by chunk with bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kechuang.policy.columns.columns import CODE_TYPE, arrow_schema, arrow_type
from kechuang.policy.language.values import code_list, is_code
from kechuang.policy.language.vocabulary import Field, Vocabulary, load_vocabulary
from kechuang.population.catalogue import plan_for
from kechuang.population.city import CHUNK, UNKNOWN_SHARE, City, Column, Records, draw_city
from kechuang.population.draws import by_type

ROW_GROUP_CHUNKS: Final = 8
"""Chunks in one row group of a Parquet file: 131,072 subjects; two are assessed together."""


def generate(subjects: int, seed: int, year: int, on: date, vocabulary: Vocabulary | None = None) -> pa.Table:
    """Make a synthetic city: one row a subject, its related records in list<struct> columns as the vocabulary says.

    `year` is the assessed year, the last one with annual figures; `on` the day as of which facts are known.
    The same arguments give the same table, and a larger city begins with the smaller one. Money is in fen,
    rates in millionths, codes are dictionaries, null is unknown. No row stands for a real unit; the schema's
    metadata says so (`kechuang.synthetic`).
    """
    known = vocabulary or load_vocabulary()
    schema = _described(arrow_schema(known), seed, year, on)
    return pa.Table.from_batches(batches_of(subjects, seed, year, on, known), schema=schema)


def write_parquet(
    path: Path | str,
    subjects: int,
    seed: int,
    year: int,
    on: date,
    *,
    vocabulary: Vocabulary | None = None,
    progress: Callable[[int], object] | None = None,
) -> int:
    """Write a synthetic city as Parquet, a row group at a time, and return the number of subjects.

    `progress` is called with the number of subjects just made. Memory is bounded by one row group.
    """
    known = vocabulary or load_vocabulary()
    schema = _described(arrow_schema(known), seed, year, on)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        held: list[pa.RecordBatch] = []
        for batch in batches_of(subjects, seed, year, on, known):
            held.append(batch)
            if len(held) == ROW_GROUP_CHUNKS:
                writer.write_table(pa.Table.from_batches(held, schema=schema))
                held = []
            if progress is not None:
                progress(batch.num_rows)
        if held:
            writer.write_table(pa.Table.from_batches(held, schema=schema))
    return subjects


def batches_of(
    subjects: int, seed: int, year: int, on: date, vocabulary: Vocabulary
) -> Iterator[pa.RecordBatch]:
    """Make the city chunk by chunk; raises ValueError for a negative number of subjects or seed."""
    if subjects < 0 or seed < 0:
        raise ValueError(f"subjects and seed: found {subjects} and {seed}, expected no negative number")
    schema = _described(arrow_schema(vocabulary), seed, year, on)
    for index in range(-(-subjects // CHUNK)):
        city = draw_city(seed, index, year, np.datetime64(on, "D"), vocabulary)
        columns = [_subject_column(city, field) for field in vocabulary.subject.fields.values()]
        lists = {kind: _related(city, kind) for kind in _in_order(vocabulary)}
        columns += [lists[kind.name] for kind in vocabulary.related]
        yield pa.RecordBatch.from_arrays(columns, schema=schema).slice(0, subjects - index * CHUNK)


def _in_order(vocabulary: Vocabulary) -> list[str]:
    """Names of the related records, those that follow others last."""
    names = [kind.name for kind in vocabulary.related]
    return sorted(names, key=lambda name: plan_for(name, vocabulary).follows is not None)


def _subject_column(city: City, field: Field) -> pa.Array:
    column = city.columns.get(field.name)
    if column is None:
        return pa.nulls(CHUNK, arrow_type(field))
    return _arrow(city.vocabulary, field, column)


def _related(city: City, name: str) -> pa.ListArray:
    """The list column of one record kind; the whole list is unknown for a few subjects."""
    kind = city.vocabulary.records[name]
    plan = plan_for(name, city.vocabulary)
    rng = city.rng(name)
    owner, link = plan.owners(city, rng)
    records = Records(name, city, city.vocabulary, rng, owner, link)
    city.records[name] = records
    for field_name in plan.order(kind):
        field = kind.fields[field_name]
        column = plan.fields.get(field_name, by_type)(records, field)
        if field_name not in plan.sure and field_name not in kind.key:
            missing = rng.random(records.size) < UNKNOWN_SHARE
            column = Column(column.values, missing if column.unknown is None else missing | column.unknown)
        records.made[field_name] = column
    arrays = [_arrow(city.vocabulary, field, records.made[field.name]) for field in kind.fields.values()]
    structs = pa.StructArray.from_arrays(arrays, names=list(kind.fields))
    counts = np.bincount(owner, minlength=CHUNK)
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    silent = (counts == 0) & (rng.random(CHUNK) < UNKNOWN_SHARE)
    return pa.ListArray.from_arrays(pa.array(offsets), structs, mask=pa.array(silent))


def _arrow(vocabulary: Vocabulary, field: Field, column: Column) -> pa.Array:
    """A column as Arrow, of the type that the vocabulary gives the field."""
    if is_code(field.type):
        members = list(vocabulary.codes[code_list(field.type)])
        places = pa.array(column.values, type=pa.int32(), mask=column.unknown)
        return pa.DictionaryArray.from_arrays(places, pa.array(members, type=pa.string())).cast(CODE_TYPE)
    if isinstance(column.values, pa.Array):
        if column.unknown is None:
            return column.values
        return pc.if_else(pa.array(~column.unknown), column.values, pa.scalar(None, pa.string()))
    return pa.array(column.values, type=arrow_type(field), mask=column.unknown)


def _described(schema: pa.Schema, seed: int, year: int, on: date) -> pa.Schema:
    """The schema with the word that all this is made up, and how to make it again."""
    return schema.with_metadata(
        {
            "kechuang.synthetic": "true",
            "kechuang.note": "合成数据，不对应任何真实单位或个人。Synthetic: no row stands for a real unit or person.",
            "kechuang.seed": str(seed),
            "kechuang.year": str(year),
            "kechuang.on": on.isoformat(),
        }
    )
