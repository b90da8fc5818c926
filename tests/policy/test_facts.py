"""Facts are taken exactly or refused by name: nothing is guessed, rounded or dropped."""

from __future__ import annotations

import json
from datetime import date, datetime
from fractions import Fraction

import pytest

from kechuang.policy.cases.facts import FactsError, check_range, read_case, read_value, repeated_keys
from policy.packs_on_disk import language_pack

MOST = 10**15


@pytest.fixture(scope="module")
def vocabulary(tmp_path_factory):
    return language_pack(tmp_path_factory.mktemp("packs")).vocabulary


@pytest.fixture(scope="module")
def field(vocabulary):
    return vocabulary.records["trials"].fields.__getitem__


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("cost", "120万元", 120 * 10**6),
        ("cost", "3500.50元", 350_050),
        ("cost", "1.2亿元", 12 * 10**9),
        ("cost", "7分", 7),
        ("cost", 7, 7),
        ("cost", 0, 0),
        ("cost", MOST, MOST),
        ("cost", "100000亿元", MOST),
        ("share", "4.35%", Fraction(435, 10_000)),
        ("share", "0.0001%", Fraction(1, 10**6)),
        ("share", "1:2", Fraction(1, 2)),
        ("share", Fraction(1, 4), Fraction(1, 4)),
        ("share", 1, 1),
        ("share", "100000%", 1000),
        ("heads", 3, 3),
        ("heads", "3", 3),
        ("heads", 10**12, 10**12),
        ("held_on", "2024-02-29", date(2024, 2, 29)),
        ("held_on", date(1900, 1, 1), date(1900, 1, 1)),
        ("held_on", "2200-12-31", date(2200, 12, 31)),
        ("passed", True, True),
        ("passed", "false", False),
        ("label", "甲", "甲"),
        ("label", "120万元", "120万元"),
        ("label", "x" * 500, "x" * 500),
        ("level", "national", "national"),
        ("level", "国家级", "national"),
        ("level", " provincial ", "provincial"),
        ("colour", "red", "red"),
        ("cost", None, None),
        ("label", "", None),
        ("level", "", None),
    ],
)
def test_a_value_is_taken_exactly(vocabulary, field, name, raw, value):
    found = read_value(raw, field(name), vocabulary)

    assert found == value
    assert type(found) in (type(value), Fraction)


@pytest.mark.parametrize(
    ("name", "raw", "words"),
    [
        (
            "cost",
            1.5,
            "found 1.5, expected a sum such as '120万元' or '3500.50元' (or a whole number of fen)",
        ),
        ("cost", 3.0, "found 3.0, expected a sum"),
        ("cost", True, "found True, expected a sum"),
        ("cost", "120", "found '120', expected a sum"),
        ("cost", "10%", "found '10%', expected a sum"),
        ("cost", "0.001元", "expected a sum"),
        ("cost", Fraction(1, 3), "expected a sum"),
        ("cost", [1], "found [1], expected a sum"),
        ("cost", MOST + 1, f"found a sum of {MOST + 1} fen, expected at most 10,000,000,000,000 yuan"),
        ("cost", -1, "found -1, expected nothing below zero"),
        ("cost", "9" * 5000 + "元", "expected a sum"),
        ("share", 0.1, "found 0.1, expected a rate such as '4.35%'"),
        ("share", True, "found True, expected a rate"),
        ("share", "0.1", "found '0.1', expected a rate"),
        ("share", "0.00001%", "in steps of 0.0001%"),
        ("share", "1:3", "in steps of 0.0001%"),
        ("share", "100000.0001%", "expected a rate of at most 100000%"),
        ("share", "1:0", "expected a rate"),
        ("share", Fraction(-1, 2), "expected nothing below zero"),
        ("heads", 3.0, "found 3.0, expected a whole number"),
        ("heads", False, "found False, expected a whole number"),
        ("heads", "3人", "found '3人', expected a whole number"),
        ("heads", "3元", "expected a whole number"),
        ("heads", "-3", "found -3, expected nothing below zero"),
        ("heads", 10**12 + 1, "expected at most 1,000,000,000,000"),
        ("held_on", "2024-02-30", "found '2024-02-30', expected a date such as '2024-06-20'"),
        ("held_on", "2024/02/03", "expected a date such as"),
        ("held_on", 20240203, "expected a date such as"),
        ("held_on", datetime(2024, 2, 3, 4, 5), "expected a date such as"),  # noqa: DTZ001
        ("held_on", date(1899, 12, 31), "expected a date from 1900-01-01 to 2200-12-31"),
        ("held_on", "2201-01-01", "expected a date"),
        ("passed", 1, "found 1, expected true or false"),
        ("passed", "yes", "found 'yes', expected true or false"),
        ("label", 3, "found 3, expected a text"),
        ("label", "x" * 501, "expected a text"),
        ("level", "city", "found 'city', expected one of: national (国家级), provincial (省级)"),
        ("level", 3, "found 3, expected one of: national"),
        ("colour", "national", "expected one of: red (红), green (绿), blue (蓝)"),
    ],
)
def test_anything_else_is_refused_with_what_was_expected(vocabulary, field, name, raw, words):
    with pytest.raises(ValueError, match="found") as error:
        read_value(raw, field(name), vocabulary)

    assert words in str(error.value)


def test_a_case_is_read_from_plain_data(vocabulary):
    data = json.loads(
        """{"kind": "企业", "registered_on": "2020-01-02", "name": null,
            "years": [{"year": 2023, "sales": "1.5亿元", "above_scale": true}], "trials": [], "loans": null}"""
    )

    assert read_case(data, vocabulary) == {
        "kind": "enterprise",
        "registered_on": date(2020, 1, 2),
        "years": [{"year": 2023, "sales": 15 * 10**9, "above_scale": True}],
        "trials": [],
    }


def test_all_faults_of_a_case_are_named_at_once(vocabulary):
    data = {
        "kindd": "enterprise",
        "size": "huge",
        "subject": {"kind": "enterprise"},
        "years": [{"year": 2023, "sales": 1.5}, {"year": 2023}, 7, {"sale": 1}],
        "trials": {"number": 1},
        "loans": [{}] * 10_001,
    }

    with pytest.raises(FactsError) as error:
        read_case(data, vocabulary)

    faults = error.value.faults
    assert str(error.value) == "; ".join(faults)
    for words in (
        "subject.kindd: there is no such fact; expected one of: uscc, name, kind",
        "subject.size: found 'huge', expected one of: micro (微型)",
        "subject.subject: there is no such fact",
        "years[1].sales: found 1.5, expected a sum",
        "years[3]: expected a record with named fields, found int",
        "years[4].sale: there is no such fact; expected one of: year, sales",
        "years[2]: year=2023 stands already in record 1; keep one",
        "trials: expected a list of at most 10000 records, found dict",
        "loans: expected a list of at most 10000 records, found list",
    ):
        assert any(fault.startswith(words) for fault in faults), words
    assert len(faults) == 9


@pytest.mark.parametrize("data", [[], "text", 3, None])
def test_a_case_that_is_no_record_is_refused(vocabulary, data):
    with pytest.raises(FactsError, match="subject: expected a record with named fields, found"):
        read_case(data, vocabulary)


def test_a_key_repeats_only_when_all_of_it_is_known(vocabulary):
    kind = vocabulary.records["contracts"]
    rows = [{"number": "A", "year": 2023}, {"number": "A"}, {"number": "A"}, {"number": "A", "year": 2024}]

    assert repeated_keys(rows, kind) == []
    assert repeated_keys([*rows, rows[0]], kind) == [
        "contracts[5]: number=A, year=2023 stands already in record 1; keep one"
    ]
    assert repeated_keys([{"kind": "tech_sme"}] * 2, vocabulary.records["statuses"]) == []


def test_the_range_of_an_unknown_value_is_no_matter():
    for type_ in ("number", "date", "rate", "text", "boolean"):
        check_range(None, type_)
