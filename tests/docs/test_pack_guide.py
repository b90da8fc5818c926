"""The walk-through of docs/pack-guide.md leads to a pack that loads, and its mistakes are found as it says."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from kechuang.cli.main import main
from kechuang.policy import PackError, load_pack
from kechuang.policy.cases.assessment import assess
from kechuang.policy.cases.examples import MIN_EXAMPLES, run_examples
from kechuang.policy.cases.facts import read_case
from kechuang.policy.encoding.loading_benefit import _KEYS
from kechuang.policy.encoding.pack import AMOUNT_KINDS, INSTRUMENTS, LIFECYCLES, PAYERS, SCOPES
from kechuang.policy.encoding.trace import trace
from kechuang.policy.language.functions import FUNCTIONS

GUIDE = (Path(__file__).parents[2] / "docs" / "pack-guide.md").read_text(encoding="utf-8")
FILE = re.compile(
    r"^文件 `(?P<name>harbour-city/[^`]+)`：\n\n```\w+\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
MISTAKES = re.findall(
    r"^\| `([^`]+)` \| `([^`]+)` \| ([^|]+) \|$", GUIDE.split("## 各文件的写法")[0], re.MULTILINE
)


@pytest.fixture(name="folder")
def pack_of_the_walk_through(tmp_path):
    for found in FILE.finditer(GUIDE):
        file = tmp_path / found["name"]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(found["text"], encoding="utf-8")
    return tmp_path / "harbour-city"


def _faults(folder: Path) -> str:
    """Whatever is wrong with a pack: its reading, its examples, its trace."""
    try:
        pack = load_pack(folder)
    except PackError as error:
        return str(error)
    found = [difference for run in run_examples(pack) for difference in run.differences]
    return "\n".join([*found, *(str(fault) for fault in trace(pack).faults)])


def test_the_pack_of_the_walk_through_has_no_fault_and_no_gap(folder):
    pack = load_pack(folder)

    assert main(["pack", "check", str(folder)]) == 0

    assert _faults(folder) == ""
    assert trace(pack).ok
    assert trace(pack).gaps == ()
    assert all(len(benefit.examples) >= MIN_EXAMPLES for benefit in pack.benefits)


@pytest.mark.parametrize(("before", "after", "says"), MISTAKES)
def test_each_mistake_is_found_in_the_words_of_the_guide(folder, before, after, says):
    file = folder / "measures" / "01.yaml"
    text = file.read_text(encoding="utf-8")
    assert text.count(before) == 1

    file.write_text(text.replace(before, after), encoding="utf-8")

    assert says.strip() in _faults(folder)


def test_the_guide_shows_several_mistakes():
    assert len(MISTAKES) >= 10


def test_a_reading_is_added_and_switched_as_the_guide_says(folder):
    file = folder / "measures" / "01.yaml"
    text = file.read_text(encoding="utf-8")
    block = re.search(r"^```yaml\n(increment:\n.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    assert block
    indented = "".join(f"      {line}\n" for line in block[1].splitlines())
    file.write_text(re.sub(r"^      increment: .*\n", indented, text, flags=re.MULTILINE), encoding="utf-8")
    pack = load_pack(folder)
    facts = read_case(
        {
            "kind": "enterprise",
            "years": [
                {"year": 2026, "rd_spend": "300万元", "rd_spend_tax": "290万元", "above_scale": True},
                {"year": 2025, "rd_spend": "200万元", "rd_spend_tax": "180万元"},
            ],
        },
        pack.vocabulary,
    )

    by_statistics = assess(pack, facts, on=date(2027, 6, 1)).results["1.rd_growth"]
    by_tax = assess(pack, facts, on=date(2027, 6, 1), readings={"H-1": "tax"}).results["1.rd_growth"]

    assert _faults(folder) == ""
    assert by_statistics.amount == 5_000_000
    assert by_tax.amount == 5_500_000


def test_the_guide_names_every_key_and_word_that_the_loader_takes():
    kinds = load_pack("example-city").vocabulary.codes["subject_kind"]
    words = {*_KEYS, *AMOUNT_KINDS, *INSTRUMENTS, *LIFECYCLES, *PAYERS, *SCOPES, *kinds, *FUNCTIONS} - {
        "note"
    }
    named = {word for code in re.findall(r"`([^`\n]+)`", GUIDE) for word in re.findall(r"[a-z_]+", code)}

    assert words - named == set()
