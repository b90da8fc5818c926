"""Results for machines, as Parquet: one row a subject.

Columns: `uscc`, `name`, and for each benefit `<id>.outcome` (dictionary of the five outcomes), `<id>.because` (key of
the condition, or for, no_record, amount; null: none), `<id>.amount_fen` (int64, null: none), and in runs of up to
20,000 subjects `<id>.missing` (list of fact names). The metadata entry `kechuang` holds pack, hash, day, year,
readings, and rows in, assessed and refused, as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet

from kechuang.exchange.intake import Intake
from kechuang.exchange.machine import run_of
from kechuang.exchange.results import SubjectResult, Totals
from kechuang.policy.cases.outcome import Outcome
from kechuang.policy.columns.population import BenefitColumns, PopulationResult
from kechuang.policy.encoding.binding import Bound

_BLOCK: Final = 4_096
_OUTCOMES: Final = pa.array([str(outcome) for outcome in Outcome])
_NUMBER: Final = {outcome: place for place, outcome in enumerate(Outcome)}


def write_parquet(path: Path, results: Iterable[SubjectResult], intake: Intake, totals: Totals) -> None:
    """Write the results as they come, and add up the totals."""
    waiting = iter(results)
    schema = _schema(totals.bound, intake)
    with pyarrow.parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        while block := list(islice(waiting, _BLOCK)):
            writer.write_table(_table(block, totals.bound, schema))
            for result in block:
                totals.add(result)


def write_columns(path: Path, columns: Mapping[str, BenefitColumns], bound: Bound, intake: Intake) -> None:
    """Write the results of a population from its columns."""
    pyarrow.parquet.write_table(table_of(columns, bound, intake), path, compression="zstd")


def table_of(columns: Mapping[str, BenefitColumns], bound: Bound, intake: Intake) -> pa.Table:
    """The results of a population, or of a part of one, as the file holds them."""
    population = intake.as_table()
    names = population.column_names
    codes, titles = (
        population.column(name).combine_chunks()
        if name in names
        else pa.nulls(population.num_rows, pa.string())
        for name in ("uscc", "name")
    )
    table = PopulationResult(bound, population.num_rows, columns, codes).to_table()
    return table.add_column(1, "name", titles).replace_schema_metadata(_metadata(bound, intake))


def _metadata(bound: Bound, intake: Intake) -> dict[str, str]:
    return {"kechuang": json.dumps(run_of(bound, intake), ensure_ascii=False)}


def _schema(bound: Bound, intake: Intake) -> pa.Schema:
    fields = [pa.field("uscc", pa.string()), pa.field("name", pa.string())]
    for benefit in bound.benefits:
        key = benefit.benefit.id
        fields += [
            pa.field(f"{key}.outcome", pa.dictionary(pa.int8(), pa.string())),
            pa.field(f"{key}.because", pa.dictionary(pa.int16(), pa.string())),
            pa.field(f"{key}.amount_fen", pa.int64()),
            pa.field(f"{key}.missing", pa.list_(pa.string())),
        ]
    return pa.schema(fields, metadata=_metadata(bound, intake))


def _table(block: list[SubjectResult], bound: Bound, schema: pa.Schema) -> pa.Table:
    columns: list[Any] = [pa.array([one.code for one in block]), pa.array([one.name for one in block])]
    for benefit in bound.benefits:
        lines = [one.lines[benefit.benefit.id] for one in block]
        reasons = {key: place for place, key in enumerate(benefit.reasons)}
        outcome = pa.array([_NUMBER[line.outcome] for line in lines], pa.int8())
        because = pa.array(
            [None if line.because is None else reasons[line.because] for line in lines], pa.int16()
        )
        columns += [
            pa.DictionaryArray.from_arrays(outcome, _OUTCOMES),
            pa.DictionaryArray.from_arrays(because, pa.array(list(reasons))),
            pa.array([line.amount for line in lines], pa.int64()),
            pa.array(
                [list(dict.fromkeys(fact.path for fact in line.missing)) for line in lines],
                pa.list_(pa.string()),
            ),
        ]
    return pa.Table.from_arrays(columns, schema=schema)
