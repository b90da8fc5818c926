"""A dated series is read exactly, or refused with file, line and what was found."""

from __future__ import annotations

from fractions import Fraction

import pytest

from kechuang.policy.encoding.series import read_series


def test_a_series_holds_one_exact_rate_a_month_and_knows_no_others(tmp_path):
    (tmp_path / "bank.csv").write_text(
        '# a note\ndate,rate,source\n2023-08-21,3.45,"a, b"\n\n# between\n2023-10-20,3.4500,x\n',
        encoding="utf-8",
    )

    found = read_series(tmp_path, "bank", "rate")

    assert found == {(2023, 8): Fraction(345, 10_000), (2023, 10): Fraction(345, 10_000)}


def test_the_reference_data_serve_where_the_pack_has_none(tmp_path):
    found = read_series(tmp_path, "lpr", "one_year")

    assert found[(2023, 6)] == Fraction(355, 10_000)
    assert (2019, 7) not in found


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "bank.csv needs the columns date and rate, found none"),
        ("# only a note\n", "found none"),
        ("date,value\n2023-08-21,3\n", "bank.csv needs the columns date and rate, found date, value"),
        (
            "date,rate\n2023-08-32,3\n",
            "bank.csv line 2: expected a date and a rate in per cent, found '2023-08-32', '3'",
        ),
        ("# note\n\ndate,rate\n2023-08-21,3\nsoon,3\n", "bank.csv line 5: expected a date"),
        ("date,rate\n2023-08-21,three\n", "found '2023-08-21', 'three'"),
        ("date,rate\n2023-08-21,1/3\n", "line 2: expected"),
        ("date,rate\n2023-08-21,1e999999999\n", "line 2: expected"),
        ("date,rate\n2023-08-21\n", "found '2023-08-21', None"),
        ("date,rate\n2023-08-21,\n", "line 2: expected"),
        ("date,rate\n2023-08-21,3\n2023-08-22,3\n", "bank.csv line 3: a second quote for the month"),
        ("date,rate\n2023-08-21,3.00001\n", "bank.csv line 2: a rate finer than 0.0001%"),
        ('date,rate\n2023-08-21,"3\n2023-09-21,3\n', "bank.csv line 2: cannot be read as CSV"),
        ("date,rate\n2023-08-21," + "3" * 200_000, "cannot be read as CSV: field larger than field limit"),
    ],
)
def test_anything_else_is_named(tmp_path, content, words):
    (tmp_path / "bank.csv").write_text(content, encoding="utf-8")

    with pytest.raises(ValueError, match=r".") as error:
        read_series(tmp_path, "bank", "rate")

    assert words in str(error.value)


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "", "a b"])
def test_a_series_is_named_by_a_plain_name(tmp_path, name):
    with pytest.raises(ValueError, match="is no name of a series"):
        read_series(tmp_path, name, "rate")


def test_an_unknown_series_is_named(tmp_path):
    with pytest.raises(
        ValueError, match=r"no series 'libor': neither libor.csv in the pack nor in the reference data"
    ):
        read_series(tmp_path, "libor", "rate")
