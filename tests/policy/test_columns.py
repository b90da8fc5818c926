"""Columns of a population: what fits the vocabulary is decoded as the cases say, all else is refused by name."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from kechuang.policy.columns.casting import to_table
from kechuang.policy.columns.columns import Chunk, arrow_schema, check_schema, slices
from kechuang.policy.columns.population import assess_table
from kechuang.policy.encoding.loading import load_pack
from policy.both_evaluators import answers
from policy.evaluating import by_columns, by_reference
from policy.packs_on_disk import bound_node, bound_on, read, scope_of

PACK = load_pack("example-city")
VOCABULARY = PACK.vocabulary
ON = date(2026, 6, 1)
CASES = [
    {
        "uscc": "A",
        "kind": "enterprise",
        "size": "small",
        "years": [{"year": 2025, "sales": 5}, {"year": 2024, "sales": 4}],
    },
    {"kind": "team", "desks": [{"space": "public", "places": 2, "months": 12}, {"space": "private"}]},
    {"size": "large", "years": [], "desks": []},
    {
        "kind": "enterprise",
        "years": [{"year": 2025}, {"year": 2023, "sales": 3}],
        "desks": [{"space": "private"}],
    },
]


def test_the_schema_of_the_vocabulary_fits_it():
    assert check_schema(arrow_schema(VOCABULARY), VOCABULARY) == []
    assert check_schema(to_table(CASES, VOCABULARY).schema, VOCABULARY) == []


@pytest.mark.parametrize(
    ("name", "type_", "fault"),
    [
        ("colour", pa.string(), "column 'colour' is no fact of the vocabulary"),
        ("subject", pa.string(), "column 'subject' is no fact of the vocabulary"),
        ("registered_on", pa.string(), "column 'registered_on' must be date32[day], found string"),
        ("kind", pa.int64(), "column 'kind' must hold text, found int64"),
        (
            "kind",
            pa.dictionary(pa.int32(), pa.int64()),
            "column 'kind' must hold text, found dictionary<values=int64",
        ),
        ("name", pa.binary(), "column 'name' must hold text, found binary"),
        ("years", pa.int64(), "column 'years' must be a list of structs, found int64"),
        ("years", pa.list_(pa.int64()), "column 'years' must be a list of structs, found list<item: int64>"),
        (
            "years",
            pa.list_(pa.struct([("sales", pa.float64())])),
            "column 'years.sales' must be int64, found double",
        ),
        (
            "years",
            pa.list_(pa.struct([("sold", pa.int64())])),
            "column 'years.sold' is no fact of the vocabulary",
        ),
        (
            "years",
            pa.list_(pa.struct([("above_scale", pa.int64())])),
            "column 'years.above_scale' must be bool",
        ),
        (
            "desks",
            pa.list_(pa.struct([("space", pa.bool_())])),
            "column 'desks.space' must hold text, found bool",
        ),
    ],
)
def test_a_column_that_does_not_fit_is_named(name, type_, fault):
    schema = pa.schema([(name, type_)])

    (found,) = check_schema(schema, VOCABULARY)

    assert found.startswith(fault)
    with pytest.raises(ValueError, match="column"):
        assess_table(PACK, schema.empty_table(), ON)


@pytest.mark.parametrize("type_", [pa.string(), pa.large_string(), pa.dictionary(pa.int8(), pa.string())])
def test_codes_and_texts_may_come_plain_or_as_dictionaries(type_):
    table = pa.table(
        {
            name: pa.array(values).cast(type_)
            for name, values in (
                ("kind", ["team", None, "enterprise", "team"]),
                ("name", ["甲", "乙", None, "甲"]),
            )
        }
    )

    assert check_schema(table.schema, VOCABULARY) == []
    assert list_of("kind", table) == ["team", None, "enterprise", "team"]
    assert list_of('name == "甲"', table) == [True, False, None, True]


def list_of(text, table, level="subject"):
    """An expression over every row of a table."""
    bound = bound_on(PACK, ON)
    forms = {"scope": Scoped.subject if level == "subject" else Scoped.desks}
    node = bound_node(read(text, forms["scope"]), bound)
    return by_columns(node, bound, Chunk(table.unify_dictionaries(), VOCABULARY), level)


class Scoped:
    """What expressions over the example city may name."""

    subject = scope_of(PACK)
    desks = scope_of(PACK, "desks")


@pytest.mark.parametrize(
    "text",
    ["kind", "size", "this_year.sales", "last_year.sales", "years_ago(2).sales", "count(d for d in desks)",
     "sum(d.places for d in desks)", 'any(d.space == "public" for d in desks)', "max(a.sales for a in years)"],
)  # fmt: skip
@pytest.mark.parametrize("cut", ["whole", "pieces", "sliced", "empty pieces"])
def test_a_table_in_pieces_gives_what_its_cases_give(text, cut):
    whole = to_table(CASES, VOCABULARY)
    rows = [whole.slice(at, 1) for at in range(len(CASES))]
    table, cases = {
        "whole": (whole, CASES),
        "pieces": (pa.concat_tables([to_table([case], VOCABULARY) for case in CASES]), CASES),
        "sliced": (pa.concat_tables([whole, whole]).slice(3, 3), [CASES[3], CASES[0], CASES[1]]),
        "empty pieces": (pa.concat_tables([whole.slice(0, 0), *rows, whole.slice(4)]), CASES),
    }[cut]
    bound = bound_on(PACK, ON)
    node = bound_node(read(text, Scoped.subject), bound)

    assert list_of(text, table) == [by_reference(node, bound, case)[0] for case in cases]


def test_columns_and_fields_that_are_not_there_are_unknown():
    table = pa.table({"kind": ["team", "bank"], "desks": pa.array([[{"places": 3}], []])})

    assert list_of("size", table) == [None, None]
    assert list_of("this_year.sales", table) == [None, None]
    assert list_of("count(c for c in contracts)", table) == [None, None]
    assert list_of("sum(d.places for d in desks)", table) == [3, 0]
    assert list_of("sum(d.months for d in desks)", table) == [None, 0]
    assert list_of("desk.space", table, "desks") == [None]


def test_a_null_list_that_covers_records_has_none_of_them():
    inner = pa.array([{"places": 1}, {"places": 2}, {"places": 3}])
    lists = pa.ListArray.from_arrays(pa.array([0, 1, 2, 3]), inner, mask=pa.array([False, True, False]))
    table = pa.table({"desks": lists})

    assert list_of("sum(d.places for d in desks)", table) == [1, None, 3]
    assert list_of("desk.places", table, "desks") == [1, 3]


def test_a_code_outside_its_list_is_refused():
    with pytest.raises(
        ValueError, match="field 'kind' holds 'robot', expected one of: enterprise, institution"
    ):
        assess_table(PACK, pa.table({"kind": ["enterprise", "robot"]}), ON)


def test_a_code_that_only_rows_had_which_were_taken_out_is_no_matter():
    kinds = pa.array(["robot", "enterprise", None, "robot"]).dictionary_encode()
    kept = pa.table({"kind": kinds.take(pa.array([1, 2]))})

    found = assess_table(PACK, kept, ON)

    assert kept.column("kind").chunk(0).dictionary.to_pylist() == ["robot", "enterprise"]
    assert found.rows == 2


@pytest.mark.parametrize("day", [date(1899, 12, 31), date(2201, 1, 1), date(1, 1, 1), date(9999, 12, 31)])
def test_a_date_outside_the_calendar_is_refused(day):
    table = pa.table({"registered_on": pa.array([date(2020, 1, 1), day])})

    with pytest.raises(
        ValueError, match="field 'registered_on' holds a date outside the calendar, expected 1900-01-01"
    ):
        list_of("year_of(registered_on)", table)


def test_two_annual_records_of_one_year_are_refused():
    table = to_table([{}, {"years": [{"year": 2025, "sales": 1}, {"year": 2025, "sales": 2}]}], VOCABULARY)

    with pytest.raises(ValueError, match="row 1 of the chunk has two annual records for 2025; expected one"):
        list_of("this_year.sales", table)
    assert list_of("last_year.sales", table) == [None, None]


def test_annual_figures_of_every_type_and_size():
    most = 10**15
    table = to_table(
        [
            {"years": [{"year": 2025, "sales": most, "employees": 3, "above_scale": True}]},
            {
                "years": [
                    {"year": 2025, "above_scale": False},
                    {"year": 2024, "sales": 7, "above_scale": True},
                ]
            },
            {"years": [{"year": 2024}]},
        ],
        VOCABULARY,
    )

    assert list_of("this_year.sales", table) == [most, None, None]
    assert list_of("this_year.employees", table) == [3, None, None]
    assert list_of("this_year.above_scale", table) == [True, False, None]
    assert list_of("last_year.above_scale", table) == [None, True, None]
    assert list_of("this_year.sales * 3 + last_year.sales", table) == [None, None, None]


def test_rubbish_under_a_null_is_never_read():
    sales = pa.Array.from_buffers(
        pa.int64(),
        2,
        [pa.py_buffer(np.packbits([1, 0], bitorder="little")), pa.py_buffer(np.array([5, 2**63 - 1]))],
    )
    years = pa.StructArray.from_arrays([pa.array([2025, 2025]), sales], names=["year", "sales"])
    table = pa.table({"years": pa.ListArray.from_arrays(pa.array([0, 1, 2]), years)})

    assert list_of("this_year.sales", table) == [5, None]
    assert list_of("this_year.sales * 4 > 0.01元", table) == [True, None]
    assert list_of("sum(a.sales for a in years)", table) == [5, None]


def test_chunks_cover_every_row_once():
    table = pa.table({"kind": ["team"] * 10})

    assert slices(table, 4) == [(0, 4), (4, 4), (8, 2)]
    assert slices(table, 100) == [(0, 10)]
    assert slices(table.slice(0, 0), 4) == []


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("rows", [1, 2, 3, 100])
def test_answers_do_not_depend_on_chunks_and_threads(threads, rows):
    table = to_table(CASES * 3, VOCABULARY)
    done = []

    found = assess_table(PACK, table, ON, threads=threads, chunk_rows=rows, progress=done.append)

    expected = assess_table(PACK, table, ON, threads=1).to_table()
    assert found.to_table().equals(expected)
    assert sum(done) == len(CASES) * 3
    assert answers(PACK, CASES, ON, 2025)[1]["6.desks"][2] == 720_000


def test_a_population_of_nobody_has_no_answers():
    found = assess_table(PACK, to_table([], VOCABULARY), ON)

    assert found.rows == 0
    assert found.to_table().num_rows == 0
    assert {columns.total_fen for columns in found.benefits.values()} == {0}
