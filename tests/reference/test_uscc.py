"""Unified social credit codes: both check signs, and errors that say what is wrong."""

import pytest
from stdnum.cn import uscc as stdnum_uscc

from kechuang.reference.uscc import (
    ALPHABET,
    WEIGHTS,
    UsccError,
    body_check_sign,
    body_warning,
    check_sign,
    check_uscc,
    make_uscc,
)

BUREAU = "11371000004359096D"


@pytest.mark.parametrize("code", [BUREAU, "91110000600037341L"])
def test_real_codes_pass(code):
    assert check_uscc(code) == code
    assert body_warning(code) is None


@pytest.mark.parametrize(
    "text", ["１１３７１０００００４３５９０９６Ｄ", " 11371000 004359096d\n", "11 371000-004359096-D"]
)
def test_full_width_signs_blanks_and_small_letters_are_normalised(text):
    assert check_uscc(text) == BUREAU


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "found 0 characters, expected 18"),
        (BUREAU[:-1], "found 17 characters, expected 18"),
        (BUREAU + "1", "found 19 characters, expected 18"),
        ("1137100000435909ID", "found 'I' at place 17"),
        ("11B71000004359096D", "found 'B' at place 3, expected a digit"),
        ("11371000004359096E", "found check character 'E', expected 'D'"),
        ("11371000004359069D", "found check character 'D', expected"),
    ],
)
def test_a_wrong_code_says_what_is_wrong(text, says):
    with pytest.raises(UsccError, match=says):
        check_uscc(text)


def test_every_single_wrong_sign_is_caught():
    for place in range(8, 18):
        for sign in set(ALPHABET) - {BUREAU[place]}:
            with pytest.raises(UsccError):
                check_uscc(BUREAU[:place] + sign + BUREAU[place + 1 :])


def test_a_code_made_from_parts_has_both_checks():
    assert make_uscc("1", "1", "371000", "00435909") == BUREAU


def test_letters_count_differently_in_body_and_outer_code():
    # MA3C0000: body M=22 A=10 3 C=12 → 22*3 + 10*7 + 3*9 + 12*10 = 283, 283 mod 11 = 8, 11 - 8 = 3
    assert body_check_sign("MA3C0000") == "3"
    code = make_uscc("9", "1", "371000", "MA3C0000")
    assert code[8:17] == "MA3C00003"
    assert code[-1] == ALPHABET[-sum(ALPHABET.index(s) * w for s, w in zip(code, WEIGHTS, strict=False)) % 31]


def test_ten_is_written_x_in_the_body():
    assert body_check_sign("00000006") == "X"


def test_codes_agree_with_an_independent_library():
    for number in range(0, 99_999_999, 1_234_567):
        code = make_uscc("9", "1", "371082", f"{number:08d}")
        assert stdnum_uscc.validate(code) == code


def test_an_odd_body_inside_a_valid_code_is_kept_with_a_warning():
    first = "11371000" + "004359097"
    code = first + check_sign(first)
    assert check_uscc(code) == code
    assert "GB 11714 gives '6'" in body_warning(code)


@pytest.mark.parametrize(
    "parts",
    [("1", "1", "37100", "00435909"), ("1", "1", "371000", "0043590I"), ("", "1", "371000", "00435909")],
)
def test_parts_that_do_not_fit_are_refused(parts):
    with pytest.raises(UsccError, match="parts of a social credit code"):
        make_uscc(*parts)
