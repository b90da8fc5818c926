"""Cases as a table and back: one shape for one case and for a million."""

from __future__ import annotations

import io
from datetime import date
from fractions import Fraction
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kechuang.policy.columns.casting import to_cases, to_table
from kechuang.policy.columns.columns import arrow_schema
from kechuang.policy.encoding.loading import load_pack
from policy.packs_on_disk import language_pack
from policy.worlds import case

MOST = 10**15
EXAMPLE = load_pack("example-city")


@pytest.fixture(scope="module")
def vocabulary(tmp_path_factory):
    return language_pack(tmp_path_factory.mktemp("packs")).vocabulary


def test_a_case_becomes_a_row_and_comes_back_the_same(vocabulary):
    cases = [
        {
            "kind": "team",
            "registered_on": date(2020, 1, 2),
            "trials": [
                {
                    "number": 1,
                    "cost": MOST,
                    "share": Fraction(333_333, 10**6),
                    "passed": False,
                    "colour": "blue",
                },
                {"held_on": date(1900, 1, 1), "label": "乙"},
                {},
            ],
            "loans": [],
        },
        {},
        {"years": [{"year": 2023, "sales": 0}]},
    ]

    table = to_table(cases, vocabulary)

    assert list(to_cases(table, vocabulary)) == cases
    assert table.num_rows == 3
    assert table.column("trials")[0][0]["share"].as_py() == 333_333
    assert table.column("loans").to_pylist() == [[], None, None]


def test_the_table_has_the_schema_of_the_vocabulary(vocabulary):
    table = to_table([], vocabulary)

    assert table.schema == arrow_schema(vocabulary)
    assert table.schema.field("registered_on").type == pa.date32()
    assert table.schema.field("trials").type.value_type.field("cost").type == pa.int64()
    assert list(to_cases(table, vocabulary)) == []


def test_random_cases_survive_parquet():
    rng = Random(5)
    cases = [case(rng, EXAMPLE, date(2026, 6, 1)) for _ in range(60)]
    file = io.BytesIO()
    pq.write_table(to_table(cases, EXAMPLE.vocabulary), file)

    assert list(to_cases(pq.read_table(file), EXAMPLE.vocabulary)) == cases
