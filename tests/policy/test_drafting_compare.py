"""How good drafts are: precision and recall against finished packs and against truths written by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from kechuang.policy.drafting.compare import MEASURES, compare, percent
from kechuang.policy.drafting.truth import truth_of_file, truth_of_pack
from kechuang.policy.encoding.loading import load_pack
from policy.drafted import TEXTS, draft_of, of_clause

PAGE = Path(__file__).parents[2] / "docs" / "drafting.md"
FILES = {
    "qinghe": "qinghe-measures-for-rd",
    "lingang": "lingang-measures-for-equipment",
    "wangshan": "wangshan-policies-for-innovation",
}
COLUMNS = (
    "weihai-2023-5",
    "example-city",
    None,
    "qinghe",
    None,
    "lingang",
    None,
    "wangshan",
)  # None: a first run


def scores_of(name: str) -> dict[str, tuple[str | None, str | None]]:
    draft = draft_of(name)
    if name in FILES:
        truth = truth_of_file(
            (TEXTS / f"{FILES[name]}.truth.yaml").read_text(encoding="utf-8"), draft.document
        )
    else:
        truth = truth_of_pack(load_pack(name))
    scores = compare(draft, truth)
    assert tuple(score.name for score in scores) == tuple(MEASURES)
    return {score.name: (score.to_dict()["precision"], score.to_dict()["recall"]) for score in scores}


def told_on_the_page(name: str) -> dict[str, tuple[str, str]]:
    """The column of a text in the table of docs/drafting.md."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    rows = {
        cells[1].strip(): cells[2:-1] for line in lines if len(cells := line.split("|")) == len(COLUMNS) + 3
    }
    column = COLUMNS.index(name)
    found = {}
    for measure, title in MEASURES.items():
        precision, recall = (part.strip() for part in rows[title.zh][column].split("/"))
        found[measure] = (precision, recall)
    return found


@pytest.mark.parametrize("name", [name for name in COLUMNS if name])
def test_a_draft_agrees_with_the_encoding_made_by_hand_as_the_page_says(name):
    found = scores_of(name)

    assert {
        measure: tuple(one.replace(".0%", "%") if one else "—" for one in pair)
        for measure, pair in found.items()
    } == told_on_the_page(name)


def test_a_perfect_pack_against_itself_misses_nothing_and_each_miss_is_told():
    draft = of_clause("奖励某事。对企业，给予10万元奖励。")
    truth = truth_of_file(
        "1:\n"
        "  departments: [市科技局, 市财政局]\n"
        "  figures: [{quote: 10万元, role: cap, value: 20万元}]\n"
        "  words: []\n"
        "  benefits:\n"
        "    - {quote: 给予10万元奖励, kind: up_to, instrument: reward, lifecycle: formula, payee: enterprise}\n",
        draft.document,
    )

    scores = {score.name: score for score in compare(draft, truth)}

    assert scores["parameters"].misses == ("1 “对企业，给予10万元奖励。（”: 20万元 ≠ 10万元",)
    assert scores["departments"].misses == ("1: 市财政局",)
    assert scores["amount kinds"].misses == ("给予10万元奖励: up_to ≠ exact",)
    assert scores["instruments"].right == 1
    assert scores["boundary words"].to_dict()["precision"] is None


def test_a_benefit_that_nobody_wants_is_told_as_too_much():
    draft = of_clause("奖励某事。对企业，给予10万元奖励。")

    scores = {score.name: score for score in compare(draft, truth_of_file("1: {}", draft.document))}

    assert scores["benefits"].extras == ("1.reward",)
    assert scores["parameters"].extras == ("1 “对企业，给予10万元奖励。（”: 10万元",)


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("figures: [{quote: 不在文中, role: sum}]", "stands 0 times"),
        ("figures: [{quote: 企业, role: sum}]", "holds 0 such tokens"),
        ("figures: [{quote: 给予10万元、20万元, role: sum}]", "holds 2 such tokens"),
    ],
)
def test_a_truth_that_does_not_fit_its_text_says_so(entry, says):
    draft = of_clause("奖励某事。对企业，给予10万元、20万元奖励。")

    with pytest.raises(ValueError, match=says):
        truth_of_file(f"1:\n  {entry}\n", draft.document)


def test_one_of_several_tokens_may_be_picked():
    draft = of_clause("奖励某事。对企业，给予10万元、20万元奖励。")

    truth = truth_of_file(
        "1:\n  figures: [{quote: 给予10万元、20万元, which: 2, role: sum}]\n", draft.document
    )

    assert list(truth.values.values()) == ["20万元"]


def test_a_share_is_never_rounded_up_to_the_whole():
    assert (percent(999, 1000), percent(1999, 2000), percent(1, 1), percent(0, 0)) == (
        "99.9%",
        "99.9%",
        "100.0%",
        None,
    )
