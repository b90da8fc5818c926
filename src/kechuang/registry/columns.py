"""The table of many organisations from the facts known of them: the same as their cases, column by column.

Facts come as one Arrow table (organisation, record, key, field, value as text, rank of the source), in any order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kechuang.policy.columns.columns import CODE_TYPE, arrow_schema, arrow_type
from kechuang.policy.language.values import (
    MAX_MONEY_FEN,
    MAX_NUMBER,
    MONEY,
    NUMBER,
    RATE,
    RATE_UNIT,
    code_list,
    is_code,
)
from kechuang.policy.language.vocabulary import SUBJECT, Field, RecordKind, Vocabulary
from kechuang.registry.reading import WHOLE, read_text, told_by_key

Array = np.ndarray[Any, Any]
FACT_SCHEMA: Final = pa.schema(
    {
        "organisation": pa.int64(),
        "record": pa.string(),
        "key": pa.string(),
        "field": pa.string(),
        "value": pa.string(),
        "rank": pa.int8(),
    }
)
_MOST: Final = {MONEY: MAX_MONEY_FEN, NUMBER: MAX_NUMBER}
_NOBODY: Final = 127  # a rank after all


def table_of(
    numbers: Array,
    identities: Mapping[str, Sequence[str]],
    facts: pa.Table,
    listed: frozenset[str],
    vocabulary: Vocabulary,
) -> pa.Table:
    """One row an organisation with `columns.arrow_schema`, as `assess_table` takes it.

    numbers: of the organisations, ascending; facts name no others. identities: the fields of the subject that their own
    rows hold, '' for unknown. listed: kinds of records of which the city holds the complete list.
    """
    city = _City(numbers, facts, vocabulary)
    columns = []
    own = city.fields(SUBJECT, city.rows(SUBJECT), len(numbers))
    for name, field in vocabulary.subject.fields.items():
        given = pa.array(identities[name], pa.string()) if name in identities else own[name]
        columns.append(typed(given, field, vocabulary))
    columns += [city.records(kind, listed=kind.name in listed) for kind in vocabulary.related]
    return pa.Table.from_arrays(columns, schema=arrow_schema(vocabulary))


class _City:
    """Facts as arrays of numbers: which organisation (its place), which key (in the order of keys), which field."""

    def __init__(self, numbers: Array, facts: pa.Table, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.size = len(numbers)
        facts = facts.combine_chunks()
        self.values = _text(facts.column("value"))
        self.owners = np.searchsorted(numbers, facts.column("organisation").to_numpy())
        self.ranks = facts.column("rank").to_numpy()
        self.kinds, self.kind_of = _encoded(facts.column("record"))
        self.names, self.field_of = _encoded(facts.column("field"))
        self.keys, self.key_of = _ordered(*_encoded(facts.column("key")))
        self.by_kind: Array = np.argsort(self.kind_of, kind="stable")
        self.bounds: Array = np.searchsorted(self.kind_of[self.by_kind], np.arange(len(self.kinds) + 1))

    def rows(self, kind: str) -> Array:
        """The facts of a kind of record: of the subject those without a key, of others those with one."""
        found = self._all(kind)
        without: Array = self.key_of[found] == self._no_key()
        return found[without if kind == SUBJECT else ~without]

    def _all(self, kind: str) -> Array:
        if kind not in self.kinds:
            return np.zeros(0, dtype=np.intp)
        place = self.kinds.index(kind)
        return self.by_kind[self.bounds[place] : self.bounds[place + 1]]

    def _no_key(self) -> int:
        return self.keys.index("") if self.keys and self.keys[0] == "" else -1

    def _is(self, field: str, rows: Array) -> Array:
        place = self.names.index(field) if field in self.names else -1
        found: Array = self.field_of[rows] == place
        return found

    def fields(self, kind: str, rows: Array, size: int, places: Array | None = None) -> dict[str, pa.Array]:
        """Each field's value as text from the source that prevails, one a record; places: of each fact's record."""
        places = self.owners[rows] if places is None else places
        order = np.argsort(-self.ranks[rows], kind="stable")  # what is written last prevails
        rows, places = rows[order], places[order]
        found = {}
        for name in self.vocabulary.records[kind].fields:
            chosen = self._is(name, rows)
            at = np.full(size, -1, dtype=np.int64)
            at[places[chosen]] = rows[chosen]
            found[name] = self.values.take(pa.array(at, mask=at < 0))
        return found

    def records(self, kind: RecordKind, *, listed: bool) -> pa.ListArray:
        """The list column of one kind."""
        rows = self.rows(kind.name)
        none = np.zeros(self.size, dtype=np.bool_)
        rows = self._unsilenced(kind.name, rows, none)
        identity = self.owners[rows] * max(len(self.keys), 1) + self.key_of[rows]
        found, places = np.unique(identity, return_inverse=True)
        owners, keys = np.divmod(found, max(len(self.keys), 1))
        texts = self.fields(kind.name, rows, len(found), places)
        told = self._told(kind, keys)
        texts |= {name: pc.coalesce(said, texts[name]) for name, said in told.items()}
        arrays = {name: typed(texts[name], field, self.vocabulary) for name, field in kind.fields.items()}
        for name, lost in self._twice(kind, owners, arrays, told).items():
            kept = pc.if_else(pa.array(lost), pa.scalar(None, pa.string()), texts[name])
            arrays[name] = typed(kept, kind.fields[name], self.vocabulary)
        counts = np.bincount(owners, minlength=self.size)
        offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
        struct = pa.StructArray.from_arrays(list(arrays.values()), names=list(arrays))
        unknown = (counts == 0) & ~none & (not listed)
        return pa.ListArray.from_arrays(pa.array(offsets), struct, mask=pa.array(unknown))

    def _unsilenced(self, kind: str, rows: Array, none: Array) -> Array:
        """The facts that speak of records that there are; marks in `none` whose list is said to be empty."""
        everything = self._all(kind)
        says_no = everything[self._is("", everything) & _equal(self.values, everything, "false")]
        whole = says_no[self.key_of[says_no] == self._no_key()]
        none[self.owners[whole]] = True
        known = np.isin(self.field_of[rows], [
            place for place, name in enumerate(self.names) if name in self.vocabulary.records[kind].fields
        ])  # fmt: skip
        known |= self._is("", rows) & _equal(self.values, rows, "true")
        rows = rows[known]
        if not len(says_no):
            return rows
        limit = np.full(self.size, _NOBODY, dtype=np.int8)
        np.minimum.at(limit, self.owners[whole], self.ranks[whole])
        rows = rows[self.ranks[rows] <= limit[self.owners[rows]]]
        single = says_no[self.key_of[says_no] != self._no_key()]
        return rows[self.ranks[rows] <= self._limits(single, rows)] if len(single) else rows

    def _limits(self, single: Array, rows: Array) -> Array:
        """For each fact the rank of the source that says that its very record does not exist."""
        wide = len(self.keys)
        named, places = np.unique(self.owners[single] * wide + self.key_of[single], return_inverse=True)
        limit = np.full(len(named) + 1, _NOBODY, dtype=np.int8)
        np.minimum.at(limit, places, self.ranks[single])
        asked = self.owners[rows] * wide + self.key_of[rows]
        at = np.minimum(np.searchsorted(named, asked), len(named) - 1)
        return np.where(named[at] == asked, limit[at], _NOBODY)

    def _told(self, kind: RecordKind, keys: Array) -> dict[str, pa.Array]:
        """What the key of each record tells, as text, by field."""
        used, places = np.unique(keys, return_inverse=True)
        told = [told_by_key(kind.name, self.keys[key]) for key in used.tolist()]
        at = pa.array(places)
        names = {name for one in told for name in one if name in kind.fields}
        return {name: pa.array([one.get(name) for one in told], pa.string()).take(at) for name in names}

    def _twice(
        self, kind: RecordKind, owners: Array, arrays: dict[str, pa.Array], told: dict[str, pa.Array]
    ) -> dict[str, Array]:
        """As `reading.twice`: by key field, in which records a part that the key lacks must stay unknown."""
        size = len(owners)
        lacks = {
            name: np.asarray(told[name].is_null()) if name in told else np.ones(size, dtype=np.bool_)
            for name in kind.key
        }
        completed = np.logical_or.reduce([*lacks.values(), np.zeros(size, dtype=np.bool_)])
        at = np.flatnonzero(np.isin(owners, owners[completed]))
        if not len(at):
            return {}
        parts = [arrays[name].take(pa.array(at)).to_pylist() for name in kind.key]
        keys = list(zip(owners[at].tolist(), *parts, strict=True))
        often = Counter(key for key in keys if None not in key)
        again = np.zeros(size, dtype=np.bool_)
        again[at] = [often[key] > 1 for key in keys]
        return {name: again & lack for name, lack in lacks.items()} if again.any() else {}


def typed(texts: pa.Array, field: Field, vocabulary: Vocabulary) -> pa.Array:
    """A column of texts (reading.text_of) as the field's Arrow type; null where unknown or not to be read."""
    if is_code(field.type):
        return _codes(texts, list(vocabulary.codes[code_list(field.type)]))
    if field.type in _MOST and _all_match(texts, WHOLE):
        found = texts.cast(pa.int64())
        bounds = pc.min_max(found).as_py()
        if bounds["min"] is None or (bounds["min"] >= 0 and bounds["max"] <= _MOST[field.type]):
            return found
    distinct = texts.dictionary_encode()
    read = [
        None if text is None else read_text(text, field, vocabulary)
        for text in distinct.dictionary.to_pylist()
    ]
    if field.type == RATE:
        read = [None if rate is None else int(rate * RATE_UNIT) for rate in read]  # type: ignore[operator]
    return pa.array(read, arrow_type(field)).take(distinct.indices)


def _codes(texts: pa.Array, members: list[str]) -> pa.Array:
    distinct = texts.dictionary_encode()
    places = {code: place for place, code in enumerate(members)}
    table = pa.array([places.get(code) for code in distinct.dictionary.to_pylist()], pa.int32())
    return pa.DictionaryArray.from_arrays(table.take(distinct.indices), pa.array(members, pa.string())).cast(
        CODE_TYPE
    )


def _all_match(texts: pa.Array, pattern: str) -> bool:
    return bool(pc.all(pc.match_substring_regex(texts, rf"^{pattern}$"), min_count=0).as_py())


def _equal(values: pa.Array, rows: Array, text: str) -> Array:
    return np.asarray(pc.equal(values.take(pa.array(rows)), text).fill_null(False), dtype=np.bool_)  # noqa: FBT003 - Arrow's


def _text(column: pa.ChunkedArray) -> pa.Array:
    """A column as one array."""
    found = column.combine_chunks()
    return found if isinstance(found, pa.Array) else pa.concat_arrays(found.chunks)


def _encoded(column: pa.ChunkedArray) -> tuple[list[str], Array]:
    """The distinct texts of a column, and of each row the place of its text among them."""
    found = _text(column).dictionary_encode()
    return found.dictionary.to_pylist(), np.asarray(found.indices).astype(np.int64)


def _ordered(texts: list[str], places: Array) -> tuple[list[str], Array]:
    """The texts by length, then by their letters, and the places among them."""
    order = sorted(range(len(texts)), key=lambda place: (len(texts[place]), texts[place]))
    rank = np.zeros(max(len(texts), 1), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return [texts[place] for place in order], rank[places] if len(texts) else places
