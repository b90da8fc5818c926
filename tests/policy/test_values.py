"""Literals of the language, and how values are written for people."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kechuang.policy.language.values import (
    Literal,
    Words,
    decimal_text,
    money_text,
    rate_text,
    read_literal,
    yuan,
)


@pytest.mark.parametrize(
    ("text", "literal"),
    [
        ("100万元", Literal("money", 10**8)),
        ("1.2亿元", Literal("money", 12 * 10**9)),
        ("3500元", Literal("money", 350_000)),
        ("12.5元", Literal("money", 1_250)),
        ("0.01元", Literal("money", 1)),
        ("5分", Literal("money", 5)),
        ("0.000001万元", Literal("money", 1)),
        ("10%", Literal("rate", Fraction(1, 10))),
        ("0.005%", Literal("rate", Fraction(5, 100_000))),
        ("1:3", Literal("rate", Fraction(1, 3))),
        ("0:5", Literal("rate", Fraction(0))),
        ("2024-02-29", Literal("date", date(2024, 2, 29))),
        ("1900-01-01", Literal("date", date(1900, 1, 1))),
        ("2200-12-31", Literal("date", date(2200, 12, 31))),
        ("42", Literal("number", 42)),
        ("-7", Literal("number", -7)),
        (" 42 ", Literal("number", 42)),
        ("true", Literal("boolean", True)),
        ("false", Literal("boolean", False)),
    ],
)
def test_a_literal_has_a_type_and_an_exact_value(text, literal):
    assert read_literal(text) == literal


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is no value; expected a sum (100万元), a rate (10%), a whole number"),
        ("words", "'words' is no value"),
        ("1.5", "'1.5' is no value"),
        ("-5元", "is no value"),
        ("1e3元", "is no value"),
        ("1,000元", "is no value"),
        ("100 万元", "is no value"),
        (".5元", "is no value"),
        ("1.元", "is no value"),
        ("元", "is no value"),
        ("True", "is no value"),
        ("0.001元", "finer than one fen"),
        ("0.0000001万元", "finer than one fen"),
        ("1:0", "'1:0' divides by zero"),
        ("2023-02-29", "day is out of range"),
        ("2023-13-01", "month must be in"),
        ("1899-12-31", "outside the calendar"),
        ("9" * 5000, "Exceeds the limit"),
    ],
)
def test_anything_else_is_no_literal(text, words):
    with pytest.raises(ValueError, match=r".") as error:
        read_literal(text)

    assert words in str(error.value)


@pytest.mark.parametrize(
    ("fen", "text"),
    [
        (0, "0.00"),
        (5, "0.05"),
        (100, "1.00"),
        (12_345_678, "123,456.78"),
        (-1, "-0.01"),
        (-12_345, "-123.45"),
    ],
)
def test_yuan_shows_every_fen(fen, text):
    assert yuan(fen) == text


@given(st.integers(-(10**18), 10**18))
def test_yuan_can_be_read_back(fen):
    text = yuan(fen)

    assert round(Fraction(text.replace(",", "")) * 100) == fen


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (0, 6, "0"),
        (Fraction(1, 2), 6, "0.5"),
        (1234, 6, "1,234"),
        (Fraction(1, 3), 6, "≈0.333333"),
        (Fraction(-1, 3), 2, "≈-0.33"),
        (Fraction(-5, 4), 6, "-1.25"),
        (Fraction(1, 10**7), 6, "≈0"),
        (Fraction(-1, 10**7), 6, "≈0"),
    ],
)
def test_a_decimal_is_exact_or_says_that_it_was_cut(value, places, text):
    assert decimal_text(value, places) == text


@pytest.mark.parametrize(
    ("fen", "chinese", "english"),
    [
        (0, "0 元", "0 yuan"),
        (1, "0.01 元", "0.01 yuan"),
        (999_999, "9,999.99 元", "9,999.99 yuan"),
        (10**6, "1 万元", "10,000 yuan"),
        (120_500_000, "120.5 万元", "1,205,000 yuan"),
        (-(10**6), "-1 万元", "-10,000 yuan"),
        (Fraction(100, 3), "≈0.3333 元", "≈0.3333 yuan"),
    ],
)
def test_a_sum_is_written_as_people_write_it(fen, chinese, english):
    assert money_text(fen) == chinese
    assert money_text(fen, "en") == english


@pytest.mark.parametrize(
    ("rate", "text"),
    [(Fraction(71, 10_000), "0.71%"), (0, "0%"), (1, "100%"), (Fraction(1, 3), "≈33.333333%")],
)
def test_a_rate_is_written_in_per_cent(rate, text):
    assert rate_text(rate) == text


def test_words_are_picked_by_language():
    words = Words("企业", "enterprise")

    assert (words.pick("zh"), words.pick("en"), words.pick("fr")) == ("企业", "enterprise", "企业")
