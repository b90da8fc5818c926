"""Cases to columns and back, and populations from Parquet."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kechuang.exchange.code_columns import holding
from kechuang.exchange.intake import UnusableFileError
from kechuang.exchange.parquet import intake_of_table
from kechuang.exchange.reading import read_file
from kechuang.exchange.tables import to_cases, to_table
from kechuang.policy.columns.columns import arrow_schema
from kechuang.policy.language.vocabulary import load_vocabulary
from kechuang.population.generate import generate
from kechuang.reference.uscc import UsccError, body_warning, check_uscc, make_uscc

VOCABULARY = load_vocabulary()
CODES = [make_uscc("9", "1", "370100", f"MA0000{number:02d}") for number in range(9)]
CASES = [
    {
        "uscc": CODES[0],
        "kind": "enterprise",
        "registered_on": date(2001, 2, 3),
        "years": [{"year": 2024, "rd_spend": 120_500_001, "above_scale": True}, {"year": 2023}],
        "loans": [{"number": "L1", "rate": Fraction(435, 10_000), "signed_on": date(2024, 6, 20)}],
        "contracts": [],
    },
    {"uscc": CODES[1], "kind": "hospital"},
    {},
]


def test_cases_survive_the_way_through_columns():
    assert to_cases(to_table(CASES, VOCABULARY), VOCABULARY) == CASES


def test_the_table_has_the_schema_of_a_population():
    assert to_table(CASES, VOCABULARY).schema.equals(arrow_schema(VOCABULARY))


def test_unknown_lists_are_null_and_known_none_is_empty():
    column = to_table(CASES, VOCABULARY).column("contracts")

    assert column.to_pylist() == [[], None, None]


def test_a_population_survives_parquet(tmp_path):
    file = tmp_path / "population.parquet"
    pq.write_table(to_table(CASES, VOCABULARY), file)

    intake = read_file(file, VOCABULARY)

    assert list(intake.as_cases()) == CASES
    assert (intake.rows_in, intake.rows_used) == (6, 6)


def test_a_generated_city_is_read_whole():
    city = generate(500, seed=3, year=2023, on=date(2024, 6, 1))

    intake = intake_of_table(city, VOCABULARY)

    assert intake.size == 500
    assert intake.rows_refused == 0


def test_columns_outside_the_vocabulary_are_named(tmp_path):
    file = tmp_path / "odd.parquet"
    pq.write_table(pa.table({"uscc": ["1"], "colour": ["red"], "registered_on": ["2024"]}), file)

    with pytest.raises(UnusableFileError, match=r"'colour'.*'registered_on' must be date32"):
        read_file(file, VOCABULARY)


def test_bad_rows_are_taken_out_and_placed():
    bad = [
        {"uscc": CODES[0], "kind": "enterprise"},
        {"uscc": CODES[1][:-1] + "A", "kind": "enterprise"},
        {"uscc": CODES[2], "kind": "enterprise", "years": [{"year": 2024}, {"year": 2024}]},
        {"uscc": CODES[3], "kind": "enterprise", "years": [{"year": 2024, "rd_spend": 10**16}]},
        {"uscc": CODES[4], "kind": "enterprise", "registered_on": date(1800, 1, 1)},
        {"uscc": CODES[5], "kind": "enterprise"},
        {"uscc": CODES[5], "kind": "enterprise"},
    ]

    intake = intake_of_table(to_table(bad, VOCABULARY), VOCABULARY)

    assert [case["uscc"] for case in intake.as_cases()] == [CODES[0]]
    assert [(one.row, one.faults[0].column) for one in intake.refused] == [
        (2, "uscc"),
        (3, "year"),
        (4, "rd_spend"),
        (5, "registered_on"),
        (6, "uscc"),
        (7, "uscc"),
    ]
    assert (intake.rows_in, intake.rows_used) == (10, 1)


def test_a_code_outside_its_list_refuses_its_row():
    table = pa.table({"uscc": CODES[:2], "kind": ["enterprise", "shop"]})

    intake = intake_of_table(table, VOCABULARY)

    assert intake.size == 1
    assert intake.refused[0].faults[0].found == "“shop”"


def test_codes_in_columns_are_judged_as_single_codes_are():
    broken = [CODES[0].lower(), CODES[1][:-1], "中" * 6, "", None, CODES[2].replace("3", "S"), "9" * 18]
    wrong = [code[:place] + "7" + code[place + 1 :] for code in CODES for place in range(18)]
    codes = [*CODES, *broken, *wrong]

    def holds(code: str | None) -> bool:
        try:
            return code is not None and check_uscc(code) == code and body_warning(code) is None
        except UsccError:
            return False

    assert holding(pa.array(codes)).tolist() == [holds(code) for code in codes]


def test_a_population_of_several_row_groups_is_read(tmp_path):
    file = tmp_path / "city.parquet"
    pq.write_table(generate(900, seed=1, year=2023, on=date(2024, 6, 1)), file, row_group_size=200)

    assert read_file(file, VOCABULARY).size == 900


def test_a_damaged_file_is_said(tmp_path):
    file = tmp_path / "cut.parquet"
    file.write_bytes(b"PAR1 and then nothing")

    with pytest.raises(UnusableFileError, match="damaged"):
        read_file(file, VOCABULARY)
