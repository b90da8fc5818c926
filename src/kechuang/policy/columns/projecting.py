"""Which columns an expression reads, and a table cut down to some of its columns, without copying any."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from kechuang.policy.language.tree import AGGREGATES
from kechuang.policy.language.vocabulary import SUBJECT, YEARS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kechuang.policy.encoding.binding import BoundBenefit
    from kechuang.policy.encoding.pack import Pack
    from kechuang.policy.language.tree import Node
    from kechuang.policy.language.vocabulary import Vocabulary

Wanted = set[tuple[str, str]]  # (record kind or 'subject', field); field '' is the list itself


def read_by(nodes: Iterable[Node]) -> Wanted:
    """The facts that expressions read."""
    wanted: Wanted = set()
    for root in nodes:
        for node in root.walk():
            if node.op == "field":
                wanted.add(node.value)
            elif node.op == "annual":
                wanted |= {(YEARS, str(node.value)), (YEARS, "year")}
            elif node.op in AGGREGATES:
                wanted.add((str(node.value), ""))
    return wanted


def read_by_benefits(benefits: Iterable[BoundBenefit], vocabulary: Vocabulary) -> Wanted:
    """The facts that bound benefits read."""
    wanted: Wanted = set()
    for one in benefits:
        amount = () if one.amount is None else (one.amount,)
        conditions = (node for _, node in one.conditions)
        wanted |= read_by((one.kind_fits, *conditions, *amount, *(node for _, node in one.total_caps)))
        if one.benefit.each:
            wanted.add((one.benefit.each, ""))
    return wanted | _keys(wanted, vocabulary)


def read_by_pack(pack: Pack) -> Wanted:
    """The facts that a pack may read on any date and under any reading."""
    wanted: Wanted = {(SUBJECT, "kind")}
    for benefit in pack.benefits:
        amount = () if benefit.amount.node is None else (benefit.amount.node,)
        caps = (cap.node for cap in (*benefit.amount.caps, *benefit.amount.total_caps))
        wanted |= read_by((*(one.node for one in benefit.conditions), *amount, *caps))
        if benefit.each:
            wanted.add((benefit.each, ""))
    return wanted | _keys(wanted, pack.vocabulary)


def _keys(wanted: Wanted, vocabulary: Vocabulary) -> Wanted:
    """The keys of the records that are gone through: without them each might be another one again (`doubles.py`)."""
    return {
        (record, name) for record, field in wanted if not field for name in vocabulary.records[record].key
    }


def projected(table: pa.Table, wanted: Wanted) -> pa.Table:
    """The table with the wanted facts only; a list that is wanted for itself keeps one field."""
    kinds = {record for record, _ in wanted}
    columns = {
        name: _list(table.column(name), {field for record, field in wanted if record == name})
        if name in kinds
        else table.column(name)
        for name in table.column_names
        if name in kinds or (SUBJECT, name) in wanted
    }
    return pa.table(columns).replace_schema_metadata(table.schema.metadata)


def _list(column: pa.ChunkedArray, fields: set[str]) -> pa.ChunkedArray:
    members = list(column.type.value_type)
    chosen = [place for place, member in enumerate(members) if member.name in fields] or [0]
    struct = pa.struct([members[place] for place in chosen])
    kind = (
        pa.large_list(struct) if pa.types.is_large_list(column.type) else pa.list_(pa.field("item", struct))
    )
    return pa.chunked_array([_chunk(chunk, chosen, struct, kind) for chunk in column.chunks], type=kind)


def _chunk(chunk: pa.Array, chosen: list[int], struct: pa.DataType, kind: pa.DataType) -> pa.Array:
    """One piece of a list column, over the same buffers."""
    values = chunk.values
    if values.offset:
        values = pa.concat_arrays([values])
    records = pa.Array.from_buffers(
        struct, len(values), values.buffers()[:1], children=[values.field(place) for place in chosen]
    )
    return pa.Array.from_buffers(
        kind, len(chunk), chunk.buffers()[:2], offset=chunk.offset, children=[records]
    )
