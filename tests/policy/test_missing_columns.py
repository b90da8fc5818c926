"""A column that a table does not have is a fact that nobody knows: the same answers as a column of nulls."""

from __future__ import annotations

from datetime import date
from random import Random

import numpy as np
import pyarrow as pa
import pytest

from kechuang.policy import load_pack, shipped_packs
from kechuang.policy.columns.casting import to_table
from kechuang.policy.columns.population import assess_columns
from kechuang.policy.encoding.binding import bind
from policy.worlds import case

DAYS = {"weihai-2023-5": date(2024, 6, 20), "example-city": date(2027, 6, 20)}


def without(lists, gone, *, nulls):
    """A column of lists of records without some fields, or with nulls in their places."""
    array = lists.combine_chunks()
    records = array.values
    fields = [field for field in records.type if nulls or field.name not in gone]
    arrays = [
        pa.nulls(len(records), field.type) if field.name in gone else records.field(field.name)
        for field in fields
    ]
    structs = pa.StructArray.from_arrays(arrays, fields=fields)
    return pa.ListArray.from_arrays(array.offsets, structs, mask=array.is_null())


def thinned(table, pack, rng, *, nulls):
    """The table without a third of its columns and of the fields of its records, or with nulls in their places."""
    for name in table.column_names:
        place = table.column_names.index(name)
        kind = pack.vocabulary.records.get(name)
        if rng.random() < 1 / 3:
            type_ = table.schema.field(name).type
            table = (
                table.set_column(place, name, pa.nulls(len(table), type_)) if nulls else table.drop([name])
            )
        elif kind is not None:
            gone = {field for field in list(kind.fields)[1:] if rng.random() < 1 / 3}
            table = table.set_column(place, name, without(table.column(name), gone, nulls=nulls))
    return table


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("name", shipped_packs())
def test_a_column_that_is_not_there_answers_as_one_of_nulls(name, seed):
    pack, rng = load_pack(name), Random(seed)
    table = to_table([case(rng, pack, DAYS[name]) for _ in range(60)], pack.vocabulary)
    bound = bind(pack, DAYS[name])

    absent = assess_columns(bound, thinned(table, pack, Random(seed), nulls=False), threads=1)
    null = assess_columns(bound, thinned(table, pack, Random(seed), nulls=True), threads=1)

    for benefit, found in absent.items():
        assert np.array_equal(found.verdict, null[benefit].verdict), benefit
        assert np.array_equal(found.amount, null[benefit].amount), benefit
