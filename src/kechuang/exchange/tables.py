"""Cases to columns and back: a population is an Arrow table shaped by `policy.columns.columns.arrow_schema`.

One row a subject; related records are lists of structs. Money int64 in fen, rates int64 in millionths, numbers
int64, dates date32, codes dictionary<int32, string>. Null is unknown; an empty list is known to be none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from kechuang.policy.columns.columns import arrow_schema, arrow_type
from kechuang.policy.language.values import RATE, RATE_UNIT, code_list, is_code
from kechuang.policy.language.vocabulary import Field, RecordKind, Vocabulary


def to_table(cases: Sequence[Mapping[str, Any]], vocabulary: Vocabulary) -> pa.Table:
    """Cases as a table; every column of the vocabulary is there, and each holds its whole code list."""
    columns = [_column(cases, field, vocabulary) for field in vocabulary.subject.fields.values()]
    columns += [_lists(cases, kind, vocabulary) for kind in vocabulary.related]
    return pa.Table.from_arrays(columns, schema=arrow_schema(vocabulary))


def to_cases(table: pa.Table, vocabulary: Vocabulary) -> list[dict[str, Any]]:
    """The rows of a table as facts for `assess`; nulls are left out, rates become fractions."""
    columns = {name: table.column(name).to_pylist() for name in table.column_names}
    rates = {
        kind.name: [field.name for field in kind.fields.values() if field.type == RATE]
        for kind in vocabulary.records.values()
    }
    cases: list[dict[str, Any]] = []
    for row in range(table.num_rows):
        case: dict[str, Any] = {}
        for name, values in columns.items():
            value = values[row]
            if isinstance(value, list):
                case[name] = [_record(record, rates[name]) for record in value]
            elif value is not None:
                case[name] = value
        cases.append(_record(case, rates[vocabulary.subject.name]))
    return cases


def _record(record: Mapping[str, Any], rates: Sequence[str]) -> dict[str, Any]:
    found = {name: value for name, value in record.items() if value is not None}
    for name in rates:
        if name in found:
            found[name] = Fraction(found[name], RATE_UNIT)
    return found


def _column(rows: Sequence[Mapping[str, Any]], field: Field, vocabulary: Vocabulary) -> pa.Array:
    values: list[Any] = [row.get(field.name) for row in rows]
    if is_code(field.type):
        codes = list(vocabulary.codes[code_list(field.type)])
        place: Callable[[Any], int | None] = {code: position for position, code in enumerate(codes)}.get
        indices = pa.array([None if value is None else place(value) for value in values], pa.int32())
        return pa.DictionaryArray.from_arrays(indices, pa.array(codes, pa.string()))
    if field.type == RATE:
        values = [None if value is None else int(value * RATE_UNIT) for value in values]
    return pa.array(values, arrow_type(field))


def _lists(cases: Sequence[Mapping[str, Any]], kind: RecordKind, vocabulary: Vocabulary) -> pa.Array:
    rows: list[Mapping[str, Any]] = []
    offsets: list[int | None] = []
    for case in cases:
        records = case.get(kind.name)
        offsets.append(None if records is None else len(rows))
        rows += records or ()
    offsets.append(len(rows))
    fields = list(kind.fields.values())
    struct = pa.StructArray.from_arrays(
        [_column(rows, field, vocabulary) for field in fields],
        fields=[pa.field(field.name, arrow_type(field)) for field in fields],
    )
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), struct)
