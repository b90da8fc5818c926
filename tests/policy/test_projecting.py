"""A table cut down to the columns that a pack reads gives the same answers."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest

from kechuang.policy import bind, load_pack
from kechuang.policy.columns.population import assess_columns
from kechuang.policy.columns.projecting import projected, read_by_benefits, read_by_pack
from kechuang.policy.language.vocabulary import YEARS
from kechuang.population.generate import generate

ON = date(2024, 6, 20)


@pytest.fixture(scope="module")
def city():
    return generate(1_200, seed=6, year=2023, on=ON)


def answers(bound, table):
    return {
        key: (one.verdict.tolist(), one.rows.tolist(), one.sums.tolist())
        for key, one in assess_columns(bound, table, threads=1).items()
    }


@pytest.mark.parametrize("readings", [{}, {"I-9b": "tax", "I-9": "both"}, {"I-9b": "audited"}])
def test_what_a_pack_reads_answers_every_question_under_every_reading(city, readings):
    pack = load_pack()
    bound = bind(pack, ON, readings=readings)

    narrow = projected(city, read_by_pack(pack))

    assert narrow.num_columns <= city.num_columns
    assert narrow.nbytes < city.nbytes
    assert narrow.schema.metadata == city.schema.metadata
    assert answers(bound, narrow) == answers(bound, city)


def test_what_bound_benefits_read_is_enough_for_them(city):
    bound = bind(load_pack(), ON)

    narrow = projected(city, read_by_benefits(bound.benefits, bound.pack.vocabulary))

    assert answers(bound, narrow) == answers(bound, city)


def test_a_part_of_a_table_keeps_its_own_rows(city):
    bound = bind(load_pack(), ON)
    part = city.slice(333, 500)

    assert answers(bound, projected(part, read_by_pack(bound.pack))) == answers(bound, part)


def test_records_that_begin_later_in_their_buffers_are_copied_once():
    records = pa.array([{"year": year, "sales": year} for year in range(10)]).slice(3)
    lists = pa.ListArray.from_arrays(pa.array([0, 2, 7], pa.int32()), records)

    found = projected(pa.table({YEARS: lists}), {(YEARS, "sales")})

    assert found.column(YEARS).to_pylist() == [
        [{"sales": 3}, {"sales": 4}],
        [{"sales": year} for year in range(5, 10)],
    ]


def test_a_list_wanted_for_itself_keeps_its_records(city):
    found = projected(city, {("contracts", "")})

    lengths = [None if rows is None else len(rows) for rows in city.column("contracts").to_pylist()]
    assert [None if rows is None else len(rows) for rows in found.column("contracts").to_pylist()] == lengths
    assert found.column_names == ["contracts"]
