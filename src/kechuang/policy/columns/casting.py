"""Cases as an Arrow table and back: JSON for one and Parquet for a million have the same shape."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from kechuang.policy.columns.columns import arrow_schema
from kechuang.policy.language.values import RATE, RATE_UNIT
from kechuang.policy.language.vocabulary import SUBJECT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from kechuang.policy.language.vocabulary import RecordKind, Vocabulary


def to_table(cases: Iterable[Mapping[str, Any]], vocabulary: Vocabulary) -> pa.Table:
    """Cases (as `facts.read_case` gives them) as a table with `columns.arrow_schema`."""
    schema = arrow_schema(vocabulary)
    rows = [_row_out(case, vocabulary) for case in cases]
    return pa.Table.from_pylist(rows, schema=schema)


def to_cases(table: pa.Table, vocabulary: Vocabulary) -> Iterator[dict[str, Any]]:
    """The rows of a table as cases; nulls are left out, rates become fractions."""
    for batch in table.to_batches(max_chunksize=10_000):
        for row in batch.to_pylist():
            yield _row_in(row, vocabulary)


def _row_out(case: Mapping[str, Any], vocabulary: Vocabulary) -> dict[str, Any]:
    row = _record_out(case, vocabulary.subject)
    for kind in vocabulary.related:
        records = case.get(kind.name)
        row[kind.name] = None if records is None else [_record_out(record, kind) for record in records]
    return row


def _record_out(record: Mapping[str, Any], kind: RecordKind) -> dict[str, Any]:
    return {
        name: int(record[name] * RATE_UNIT)
        if field.type == RATE and record.get(name) is not None
        else record.get(name)
        for name, field in kind.fields.items()
    }


def _row_in(row: Mapping[str, Any], vocabulary: Vocabulary) -> dict[str, Any]:
    case: dict[str, Any] = {}
    for name, value in row.items():
        if value is None:
            continue
        if name in vocabulary.records and name != SUBJECT:
            case[name] = [_record_in(record, vocabulary.records[name]) for record in value]
        else:
            case |= _record_in({name: value}, vocabulary.subject)
    return case


def _record_in(record: Mapping[str, Any], kind: RecordKind) -> dict[str, Any]:
    return {
        name: Fraction(value, RATE_UNIT) if kind.fields[name].type == RATE else value
        for name, value in record.items()
        if value is not None
    }
