"""Every operation and function of the language, with what it gives: exact, three-valued, alike in both evaluators."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from kechuang.policy.language.expression import AGGREGATE_NAMES
from kechuang.policy.language.functions import FUNCTIONS, SCALAR
from kechuang.policy.language.tree import Node
from policy.evaluating import by_columns, by_reference, chunk_of
from policy.language_rows import CASE, ON, RECORD_ROWS, SUBJECT_ROWS
from policy.packs_on_disk import bound_node, bound_on, language_pack, read, scope_of

TYPES = {
    "money": (int, Fraction),
    "rate": (int, Fraction),
    "number": (int, Fraction),
    "date": date,
    "boolean": bool,
}


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    return language_pack(tmp_path_factory.mktemp("packs"))


@pytest.fixture(scope="module")
def bound(pack):
    return bound_on(pack, ON)


@pytest.fixture(scope="module")
def chunks(pack):
    """The case between others, alone, and a subject of which nothing is known."""
    groups = {"mixed": [CASE, {}, CASE, {"trials": []}], "alone": [CASE], "nothing": [{}]}
    return {name: chunk_of(cases, pack) for name, cases in groups.items()}


def test_the_tables_name_every_operation_and_function_of_the_language(pack):
    texts = [row[0] for row in SUBJECT_ROWS + RECORD_ROWS]
    nodes = [node for text in texts if isinstance(node := read(text, scope_of(pack, "trials")), Node)]
    covered = {below.op for node in nodes for below in node.walk()}

    assert {*FUNCTIONS, *SCALAR, *(f"{name}_of" for name in AGGREGATE_NAMES)} <= covered
    assert {"and", "or", "not", "if", "in", "lookup", "series", "annual", "field", "parameter"} <= covered


@pytest.mark.parametrize(("text", "type_", "expected"), SUBJECT_ROWS, ids=lambda x: str(x)[:60])
def test_an_expression_over_a_subject(pack, bound, chunks, text, type_, expected):
    node = read(text, scope_of(pack))

    assert isinstance(node, Node), node
    assert node.type == type_
    fixed = bound_node(node, bound)
    nothing, none = by_reference(fixed, bound, {}), by_reference(fixed, bound, {"trials": []})
    assert same(by_reference(fixed, bound, CASE), [expected], type_)
    assert same(by_columns(fixed, bound, chunks["mixed"]), [expected, *nothing, expected, *none], type_)
    assert same(by_columns(fixed, bound, chunks["alone"]), [expected], type_)
    assert same(by_columns(fixed, bound, chunks["nothing"]), nothing, type_)


@pytest.mark.parametrize(("text", "type_", "expected"), RECORD_ROWS, ids=lambda x: str(x)[:60])
def test_an_expression_over_records(pack, bound, chunks, text, type_, expected):
    node = read(text, scope_of(pack, "trials"))

    assert isinstance(node, Node), node
    assert node.type == type_
    fixed = bound_node(node, bound)
    assert same(by_reference(fixed, bound, CASE, "trials"), expected, type_)
    assert same(by_columns(fixed, bound, chunks["mixed"], "trials"), expected * 2, type_)
    assert same(by_columns(fixed, bound, chunks["alone"], "trials"), expected, type_)
    assert by_columns(fixed, bound, chunks["nothing"], "trials") == []


def same(found, expected, type_):
    """Equal values, and every known one of the type that the language gives it."""
    assert found == expected
    kinds = TYPES.get(type_, str)
    assert all(value is None or isinstance(value, kinds) for value in found)
    assert all(isinstance(value, bool) == (type_ == "boolean") for value in found if value is not None)
    return True


def test_a_parameter_is_the_one_in_force_on_the_day_and_unknown_before_the_first(pack):
    node = read("dated", scope_of(pack))

    values = {}
    for day in (date(2026, 2, 28), date(2026, 3, 1), date(2026, 5, 31), date(2026, 6, 1), date(2026, 6, 2)):
        bound = bound_on(pack, day)
        fixed = bound_node(node, bound)
        assert by_columns(fixed, bound, [{}]) == by_reference(fixed, bound, {})
        values[day.isoformat()] = by_reference(fixed, bound, {})[0]

    assert values == {
        "2026-02-28": None,
        "2026-03-01": 700,
        "2026-05-31": 700,
        "2026-06-01": 800,
        "2026-06-02": 900,
    }


def test_a_switched_reading_gives_the_other_value(pack):
    bound = bound_on(pack, ON, E_5="with-licences")
    node = bound_node(read("by_reading", scope_of(pack)), bound)

    assert by_reference(node, bound, {}) == by_columns(node, bound, [{}]) == [200]


def test_a_series_without_any_quote_is_unknown(pack):
    empty = type(pack)(
        **{name: getattr(pack, name) for name in pack.__slots__} | {"series": {"bank_rate": {}}}
    )
    bound = bound_on(empty, ON)
    node = bound_node(read("bank_rate(registered_on)", scope_of(empty)), bound)

    assert by_reference(node, bound, CASE) == by_columns(node, bound, [CASE]) == [None]


MOST = 10**15  # fen, the largest sum a fact may hold


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("this_year.sales * 1000000", MOST * 10**6),
        ("this_year.sales * this_year.employees", MOST * 10**12),
        ("this_year.sales * this_year.employees * this_year.employees", MOST * 10**24),
        ("this_year.employees ** 10", 10**120),
        ("this_year.sales * (this_year.employees ** 3) / 1000000000000", MOST * 10**24),
        ("this_year.sales + this_year.sales * 99999", MOST * 10**5),
        ("-this_year.sales * 10000 - this_year.sales * 10000", -2 * MOST * 10**4),
        ("this_year.sales * 0.0001% * 1:3 * 1:7 * 1:11 * 1:13", Fraction(MOST, 10**6 * 3 * 7 * 11 * 13)),
        ("99999999999999999999 + this_year.employees", 10**20 - 1 + 10**12),
        ("99999999999999999999 - this_year.employees", 10**20 - 1 - 10**12),
        ("min(this_year.sales * 1000000, 123456789012345678.9亿元)", MOST * 10**6),
        ("max(this_year.sales * 1000000, 1元)", MOST * 10**6),
        ("this_year.sales * 1000000 if this_year.above_scale else 1元", MOST * 10**6),
        ("round_down(this_year.sales * 100000 * 1:3, 1元)", MOST * 10**5 // 300 * 100),
        ("round_half_up(this_year.sales * 100000 * 1:3, 0.01元)", MOST * 10**5 // 3),
        ("round_up(this_year.sales * 100000 * 1:3, 0.01元)", MOST * 10**5 // 3 + 1),
        ("sum(t.cost * 10000 for t in trials)", MOST * 10**4 * 3),
        ("sum(t.cost * t.heads for t in trials if t.number > 1)", MOST * 10**12 * 2),
        ("max(t.cost * t.heads for t in trials)", MOST * 10**12),
        ("max(t.cost * t.heads for t in trials if t.number < 3)", MOST * 10**12),
        ("min(-t.cost * t.heads for t in trials)", -MOST * 10**12),
    ],
)
def test_numbers_beyond_64_bits_stay_exact(pack, bound, text, expected):
    records = [{"number": number, "cost": MOST, "heads": 10**12} for number in (1, 2, 3)]
    annual = [{"year": 2025, "sales": MOST, "employees": 10**12, "above_scale": True}]
    case = {"years": annual, "trials": records}
    node = bound_node(read(text, scope_of(pack)), bound)

    assert by_reference(node, bound, case) == [expected]
    assert by_columns(node, bound, [{}, case])[1] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("this_year.sales * 1000000 > 1亿元", True),
        ("this_year.sales * 1000000 == this_year.sales * 1000000", True),
        ("this_year.sales * 1000000 < 99999999999999999999999元", True),
        ("this_year.sales > 99999999999999999999999元", False),
        ("this_year.sales < 99999999999999999999999元", True),
        ("this_year.employees * this_year.employees in {1000000000000000000000000, 5}", True),
        ("this_year.sales * this_year.employees * 1:3 > this_year.sales * this_year.employees * 1:4", True),
    ],
)
def test_comparisons_beyond_64_bits_are_right(pack, bound, text, expected):
    case = {"years": [{"year": 2025, "sales": MOST, "employees": 10**12}]}
    node = bound_node(read(text, scope_of(pack)), bound)

    assert by_reference(node, bound, case) == by_columns(node, bound, [case]) == [expected]


def test_a_sum_over_many_records_leaves_64_bits_unharmed(pack, bound):
    case = {"trials": [{"number": number, "cost": MOST} for number in range(10_000)]}
    node = bound_node(read("sum(t.cost for t in trials)", scope_of(pack)), bound)

    assert by_reference(node, bound, case) == by_columns(node, bound, [case]) == [MOST * 10_000]
