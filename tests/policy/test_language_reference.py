"""The page on the language says what the code does."""

from __future__ import annotations

from pathlib import Path

import pytest

from kechuang.policy.encoding.loading import load_pack
from kechuang.policy.language.expression import AGGREGATE_NAMES
from kechuang.policy.language.functions import FUNCTIONS
from kechuang.policy.words.language_reference import language_page

PAGE = Path(__file__).parents[2] / "docs" / "language.md"


@pytest.fixture(scope="module")
def page():
    return language_page(load_pack())


def test_the_committed_page_is_what_the_code_writes(page):
    assert PAGE.read_text(encoding="utf-8") == page, (
        "run python -m kechuang.policy.words.language_reference > docs/language.md"
    )


@pytest.mark.parametrize("name", [*FUNCTIONS, *AGGREGATE_NAMES])
def test_every_function_has_an_example(page, name):
    assert f"{name}(" in page


def test_the_units_that_may_meet_are_listed(page):
    assert "| `money` | `rate` | | | `money` | `money` | |" in page.replace("|  |", "| |").replace(
        "|  |", "| |"
    )
    assert "| `rate` | `number` | `rate` | `rate` | `rate` | `rate` | `rate` |" in page


def test_an_example_stands_with_its_sentences(page):
    assert (
        "| `days_between(registered_on, on) <= 60` | 自成立日期至测算日的天数不超过 60 "
        "| The days from date of registration to the day of assessment is at most 60 |"
    ) in page
