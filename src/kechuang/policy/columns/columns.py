"""Cases as columns.

A chunk of an Arrow table, decoded field by field into NumPy arrays with a mask of what is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kechuang.policy.cases.doubles import unclear
from kechuang.policy.columns.buffers import booleans, lists, numbers, validity
from kechuang.policy.columns.vector import Vector, bound_of
from kechuang.policy.language.values import (
    BOOLEAN,
    DATE,
    FIRST_DAY,
    LAST_DAY,
    MONEY,
    NUMBER,
    RATE,
    RATE_UNIT,
    TEXT,
    code_list,
    is_code,
)
from kechuang.policy.language.vocabulary import SUBJECT, YEARS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kechuang.policy.language.vocabulary import Field, RecordKind, Vocabulary

    Array = np.ndarray[Any, Any]

_EPOCH: Final = date(1970, 1, 1)
_FIRST, _LAST = (FIRST_DAY - _EPOCH).days, (LAST_DAY - _EPOCH).days
_PLAUSIBLE: Final = 2**53  # fen; more is looked at twice
CODE_TYPE: Final = pa.dictionary(pa.int32(), pa.string())
_ARROW: Final = {
    MONEY: pa.int64(),
    RATE: pa.int64(),
    NUMBER: pa.int64(),
    DATE: pa.date32(),
    BOOLEAN: pa.bool_(),
    TEXT: pa.string(),
}


def arrow_type(field: Field) -> pa.DataType:
    """The Arrow type of a field.

    Sums and numbers int64 (fen), rates int64 (millionths), dates date32, codes dictionary of strings.
    """
    return CODE_TYPE if is_code(field.type) else _ARROW[field.type]


def arrow_schema(vocabulary: Vocabulary) -> pa.Schema:
    """The schema of a population: one row a subject, each kind of related record a list of structs."""
    fields = [pa.field(field.name, arrow_type(field)) for field in vocabulary.subject.fields.values()]
    for kind in vocabulary.related:
        struct = pa.struct([pa.field(field.name, arrow_type(field)) for field in kind.fields.values()])
        fields.append(pa.field(kind.name, pa.list_(pa.field("item", struct))))
    return pa.schema(fields)


def check_schema(schema: pa.Schema, vocabulary: Vocabulary) -> list[str]:
    """What in a schema does not fit the vocabulary: unknown columns and wrong types, each with what was expected."""
    faults: list[str] = []
    records = vocabulary.records
    for column in schema:
        if column.name in records and column.name != SUBJECT:
            faults += _check_list(column, records[column.name])
        elif column.name in vocabulary.subject.fields:
            faults += _check_type(column.name, column.type, vocabulary.subject.fields[column.name])
        else:
            faults.append(f"column '{column.name}' is no fact of the vocabulary")
    return faults


def _check_list(column: pa.Field, kind: RecordKind) -> list[str]:
    if not (pa.types.is_list(column.type) or pa.types.is_large_list(column.type)) or not pa.types.is_struct(
        column.type.value_type
    ):
        return [f"column '{column.name}' must be a list of structs, found {column.type}"]
    faults: list[str] = []
    for member in column.type.value_type:
        name = f"{column.name}.{member.name}"
        if member.name not in kind.fields:
            faults.append(f"column '{name}' is no fact of the vocabulary")
        else:
            faults += _check_type(name, member.type, kind.fields[member.name])
    return faults


def _check_type(name: str, found: pa.DataType, field: Field) -> list[str]:
    if is_code(field.type) or field.type == TEXT:
        inner = found.value_type if pa.types.is_dictionary(found) else found
        return (
            []
            if pa.types.is_string(inner) or pa.types.is_large_string(inner)
            else [f"column '{name}' must hold text, found {found}"]
        )
    return (
        []
        if found == _ARROW[field.type]
        else [f"column '{name}' must be {_ARROW[field.type]}, found {found}"]
    )


@dataclass(slots=True)
class Records:
    """One list column of a chunk: record counts, and for each record the row of its subject.

    `parts` are the records of each contiguous piece of the column. `rows` and `starts` name the subjects that have
    any record, and where their records begin.
    """

    parts: tuple[pa.StructArray, ...]
    known: Array | None
    parents: Array
    rows: Array
    starts: Array
    count: int


class Chunk:
    """A slice of a population; columns are decoded when first asked for."""

    def __init__(self, table: pa.Table, vocabulary: Vocabulary) -> None:
        self.table = table
        self.names = frozenset(table.column_names)
        self.size: int = table.num_rows
        self.vocabulary = vocabulary
        self._records: dict[str, Records] = {}
        self._annual: dict[int, tuple[Array, Array] | None] = {}
        self._years: Vector | None = None
        self._doubles: dict[str, Array | None] = {}

    def records(self, kind: str) -> Records:
        """The related records of one kind; a table without the column knows nothing of them."""
        found = self._records.get(kind)
        if found is None:
            found = self._records[kind] = self._decode_list(kind)
        return found

    def possible_doubles(self, kind: str) -> Array | None:
        """Which records of a kind may be another of their subject filed once more; None when none may."""
        if kind not in self._doubles:
            self._doubles[kind] = self._find_doubles(self.records(kind), self.vocabulary.records[kind])
        return self._doubles[kind]

    def field(self, record: str, name: str, rows: Array | None = None) -> Vector:
        """One field, of the subject or of every record of a kind; of some rows only if they are named."""
        array = self._array(record, name)
        if array is None:
            size = self.size if record == SUBJECT else self.records(record).count
            return Vector.unknown(size if rows is None else len(rows))
        return self._decode(array, self.vocabulary.records[record].fields[name], rows)

    def annual(self, name: str, year: int, rows: Array | None = None) -> Vector:
        """An annual figure of one calendar year, by subject; unknown where there is no record for the year.

        `rows` names the subjects that are wanted; all if left out.
        """
        if year not in self._annual:
            self._annual[year] = self._year_rows(year)
        found = self._annual[year]
        array = self._array(YEARS, name)
        if found is None or array is None:
            return Vector.unknown(self.size if rows is None else len(rows))
        positions, present = found if rows is None else (found[0][rows], found[1][rows])
        inner = self._decode(array, self.vocabulary.records[YEARS].fields[name], positions)
        known = present if inner.known is None else present & inner.known
        values = inner.values & known if inner.values.dtype == np.bool_ else inner.values
        return Vector(values, inner.den, known, inner.bound)

    def _array(self, record: str, name: str) -> pa.Array | None:
        """The Arrow array of one field, not copied when the column is one piece; None when there is none."""
        if record == SUBJECT:
            return _combined(self.table.column(name)) if name in self.names else None
        parts = self.records(record).parts
        if not parts or parts[0].type.get_field_index(name) < 0:
            return None
        fields = [part.field(part.type.get_field_index(name)) for part in parts]
        return fields[0] if len(fields) == 1 else pa.concat_arrays(fields)

    def _year_rows(self, year: int) -> tuple[Array, Array] | None:
        """For each subject the position of its row for the year, and whether it has one; None when nobody has.

        Two rows for one year are refused.
        """
        if self._years is None:
            self._years = self.field(YEARS, "year")
        mask = self._years.values == year
        if self._years.known is not None:
            mask &= self._years.known
        found = np.flatnonzero(mask)
        if not len(found):
            return None
        rows = self.records(YEARS).parents[found]
        twice = np.flatnonzero(rows[1:] == rows[:-1])
        if len(twice):
            row = int(rows[twice[0]])
            message = f"row {row} of the chunk has two annual records for {year}; expected one"
            raise ValueError(message)
        positions, present = np.zeros(self.size, dtype=np.intp), np.zeros(self.size, dtype=np.bool_)
        positions[rows], present[rows] = found, True
        return positions, present

    def _find_doubles(self, records: Records, kind: RecordKind) -> Array | None:
        """As `possible_doubles`: only subjects with several records, and a key not known whole, are looked at."""
        counts = np.diff(np.append(records.starts, records.count))
        if not kind.key or counts.max(initial=0) < 2:  # noqa: PLR2004 - a pair
            return None
        lacking = np.zeros(records.count, dtype=np.bool_)
        arrays = [self._array(kind.name, name) for name in kind.key]
        for array in arrays:
            known = np.zeros(records.count, dtype=np.bool_) if array is None else validity(array)
            if known is not None:
                lacking |= ~known
        if not lacking.any():
            return None
        looked_at = np.logical_or.reduceat(lacking, records.starts) & (counts > 1)
        places = np.flatnonzero(np.repeat(looked_at, counts))
        parts = [
            [None] * len(places) if array is None else array.take(places).to_pylist() for array in arrays
        ]
        found = places[list(unclear(list(zip(records.parents[places].tolist(), *parts, strict=True))))]
        doubles = np.zeros(records.count, dtype=np.bool_)
        doubles[found] = True
        return doubles

    def _decode_list(self, kind: str) -> Records:
        if kind not in self.names or not self.size:
            empty = np.zeros(0, dtype=np.int64)
            return Records((), np.zeros(self.size, dtype=np.bool_), empty, empty, empty, 0)
        pieces = [lists(array) for array in self.table.column(kind).chunks if len(array)]
        rows, counts, known = pieces[0].rows, pieces[0].counts, pieces[0].known
        if len(pieces) > 1:
            befores = np.cumsum([0, *(piece.size for piece in pieces)])
            rows = np.concatenate(
                [piece.rows + before for piece, before in zip(pieces, befores, strict=False)]
            )
            counts = np.concatenate([piece.counts for piece in pieces])
            stated = [
                np.ones(piece.size, np.bool_) if piece.known is None else piece.known for piece in pieces
            ]
            known = np.concatenate(stated)
        ends = np.cumsum(counts, dtype=np.int64)
        parents = np.repeat(rows, counts)
        return Records(
            tuple(piece.records for piece in pieces), known, parents, rows, ends - counts, len(parents)
        )

    def _decode(self, array: pa.Array, field: Field, at: Array | None = None) -> Vector:
        """An array, or some positions of it, as a vector. An unknown number may be any number."""
        if field.type == TEXT:
            plain = array.dictionary_decode() if pa.types.is_dictionary(array.type) else array
            plain = plain if at is None else plain.take(pa.array(at))
            return Vector(np.asarray(pc.fill_null(plain, ""), dtype=object), 1, validity(plain), 0)
        known = validity(array, at)
        if is_code(field.type):
            return self._decode_codes(array, field, known, at)
        if field.type == BOOLEAN:
            values = booleans(array, at)
            return Vector(values if known is None else values & known, 1, known, 1)
        values = numbers(array, at)
        bound = bound_of(values)
        if known is not None and (field.type == DATE or bound > _PLAUSIBLE):
            values = np.where(known, values, values.dtype.type(0))
            bound = bound_of(values)
        if field.type == DATE and (values.max(initial=0) > _LAST or values.min(initial=0) < _FIRST):
            raise ValueError(
                f"field '{field.name}' holds a date outside the calendar, expected {FIRST_DAY} to {LAST_DAY}"
            )
        return Vector(values, RATE_UNIT if field.type == RATE else 1, known, bound)

    def _decode_codes(self, array: pa.Array, field: Field, known: Array | None, at: Array | None) -> Vector:
        """Codes as positions in their list; a code that is not in the list is refused where a row has it.

        A dictionary may still hold what only rows had that were taken out.
        """
        if not pa.types.is_dictionary(array.type):
            array = array.dictionary_encode()
        members = list(self.vocabulary.codes[code_list(field.type)])
        places = {code: position for position, code in enumerate(members)}
        held = array.dictionary.to_pylist()
        strange = [position for position, code in enumerate(held) if code not in places]
        indices = numbers(array.indices, at)
        if strange:
            used = np.intersect1d(indices if known is None else indices[known], strange)
            if len(used):
                found = held[used[0]]
                raise ValueError(
                    f"field '{field.name}' holds {found!r}, expected one of: {', '.join(members)}"
                )
        if known is not None:
            indices = np.where(known, indices, indices.dtype.type(0))
        table = np.array([places.get(code, 0) for code in held] or [0], dtype=np.int16)
        values = indices.astype(np.int16) if np.array_equal(table, np.arange(len(table))) else table[indices]
        return Vector(values, 1, known, len(members))


def _combined(column: pa.ChunkedArray) -> Any:
    """A column's chunks as one array; without copying when there is one."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def slices(table: pa.Table, size: int) -> Sequence[tuple[int, int]]:
    """(start, length) of chunks of at most `size` rows."""
    return [(start, min(size, table.num_rows - start)) for start in range(0, table.num_rows, size)]
