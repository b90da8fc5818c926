"""docs/measures.md says what the pack says, no more and no less."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kechuang.policy import load_pack
from kechuang.policy.encoding.pack import Pack
from kechuang.policy.words.measure_pages import measures_page

PAGE = Path(__file__).parents[2] / "docs" / "measures.md"


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack("weihai-2023-5")


def test_the_page_is_what_the_pack_says_today(pack):
    written = PAGE.read_text(encoding="utf-8")

    assert written == measures_page(pack), (
        "run: python -m kechuang.policy.words.measure_pages > docs/measures.md"
    )


def test_the_page_has_every_measure_benefit_duty_and_reading_once(pack):
    lines = measures_page(pack).splitlines()

    headings = [line for line in lines if line.startswith("## ") and line[3:4] in "123456789S"]
    assert [line.split()[1] for line in headings] == list(pack.measures)
    shown = re.findall(r"^### <a id=\S+></a>(\S+) ", "\n".join(lines), re.MULTILINE)
    assert shown == [benefit.id for benefit in pack.benefits]
    duties = [duty.id for measure in pack.measures.values() for duty in measure.duties]
    assert [
        line.split()[1] for line in lines if line.startswith("| ") and line.split()[1] in duties
    ] == duties
    assert [line.split()[1] for line in lines if line.startswith("### I-")] == list(pack.readings)


def test_a_parameter_stands_beside_the_words_that_hold_it(pack):
    page = measures_page(pack)

    assert "| 10% | “增长 10%（含）以上” |" in page
    assert "| 60 | 威科字〔2023〕37号：合同签订之日起 60 日内备案" in page


def test_every_table_has_rows_of_one_length(pack):
    widths: set[int] = set()
    for line in (*measures_page(pack).splitlines(), ""):
        if line.startswith("|"):
            widths.add(len(re.findall(r"\|", line)))
        else:
            assert len(widths) <= 1, line
            widths = set()


def test_another_city_gets_its_page_from_its_own_pack():
    page = measures_page(load_pack("example-city"))

    assert page.startswith("<!--")
    assert "# 示政发〔2026〕1号" in page
    assert "E-5" in page
    assert "威海" not in page
