"""JSON in: cases read, faults placed, nothing dropped."""

from __future__ import annotations

import json
from datetime import date
from fractions import Fraction

import pytest

from kechuang.exchange.intake import Intake, UnusableFileError
from kechuang.exchange.plain import read_json_text
from kechuang.exchange.reading import read_file
from kechuang.policy.language.vocabulary import load_vocabulary

GOOD = "91370100MA0000007J"


def read(data: object) -> Intake:
    return read_json_text(json.dumps(data), load_vocabulary())


def only_fault(intake: Intake):
    (refused,) = intake.refused
    (fault,) = refused.faults
    return fault


def test_values_are_exact_and_typed():
    intake = read(
        {
            "kind": "enterprise",
            "years": [{"year": 2024, "rd_spend": "120.5万元", "above_scale": True}],
            "loans": [{"number": "L1", "rate": "4.35%", "signed_on": "2024-06-20"}],
            "contracts": [],
        }
    )

    (case,) = intake.cases
    assert case["years"] == [{"year": 2024, "rd_spend": 120_500_000, "above_scale": True}]
    assert case["loans"] == [{"number": "L1", "rate": Fraction(435, 10_000), "signed_on": date(2024, 6, 20)}]
    assert case["contracts"] == []
    assert "statuses" not in case


def test_rows_in_are_rows_assessed_and_rows_refused():
    intake = read(
        [
            {"kind": "enterprise", "years": [{"year": 2024}]},
            {"kind": "shop", "years": [{"year": 2024}, {"year": 2023}]},
        ]
    )

    assert (intake.rows_in, intake.rows_used, intake.rows_refused) == (5, 2, 3)
    assert intake.size == 1


@pytest.mark.parametrize(
    ("years", "place", "found"),
    [
        ([{"rd_spend": 1.5}], ("years", 1, "rd_spend"), "“1.5”"),
        ([{"year": 2024}, {"rd_spend": "about 5"}], ("years", 2, "rd_spend"), "“about 5”"),
        ([{"rd_spends": "5元"}], ("years", 1, "rd_spends"), "“rd_spends”"),
        ([{"year": 2024}, {"year": 2024}], ("years", 2, None), "2024"),
        (["2024"], ("years", 1, None), "“2024”"),
        ("none", ("years", None, None), "“none”"),
    ],
)
def test_a_fault_names_record_field_and_what_was_found(years, place, found):
    fault = only_fault(read({"kind": "enterprise", "years": years}))

    assert (fault.sheet, fault.row, fault.column) == place
    assert fault.found == found
    assert fault.sentence("zh").endswith("。")
    assert fault.sentence("en").endswith(".")


def test_a_mistyped_name_is_answered_with_the_nearest():
    fault = only_fault(read({"years": [{"rd_spends": "5元"}]}))

    assert fault.expected.en == "'rd_spend'"


def test_a_wrong_check_sign_refuses_the_subject_only():
    intake = read([{"uscc": GOOD[:-1] + "X", "kind": "enterprise"}, {"uscc": GOOD, "kind": "enterprise"}])

    assert [case["uscc"] for case in intake.cases] == [GOOD]
    assert intake.refused[0].faults[0].column == "uscc"


def test_persons_have_free_codes():
    assert read({"uscc": "DJ-7", "kind": "person"}).size == 1


def test_a_code_written_loosely_is_tidied_and_said():
    intake = read({"uscc": f" {GOOD.lower()} ", "kind": "enterprise"})

    assert intake.cases[0]["uscc"] == GOOD
    assert intake.stated[0].read_as == GOOD


def test_a_code_that_stands_twice_refuses_both():
    intake = read([{"uscc": GOOD, "kind": "enterprise"}] * 2)

    assert intake.size == 0
    assert [one.row for one in intake.refused] == [1, 2]


@pytest.mark.parametrize("text", ["{", '{"kind": 1, "kind": 2}', b"\xff{", "[" * 100_000, "9" * 10_000])
def test_what_is_no_json_is_said_in_a_sentence(text):
    with pytest.raises(UnusableFileError) as error:
        read_json_text(text, load_vocabulary())

    assert error.value.words.zh
    assert error.value.words.en


def test_another_kind_of_file_is_named_not_guessed(tmp_path):
    file = tmp_path / "facts.csv"
    file.write_text("uscc,name\n", encoding="utf-8")

    with pytest.raises(UnusableFileError, match="neither a workbook"):
        read_file(file, load_vocabulary())


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(UnusableFileError, match="cannot read"):
        read_file(tmp_path / "none.json", load_vocabulary())
