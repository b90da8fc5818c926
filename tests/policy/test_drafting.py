"""A raw text becomes a draft pack that loads, accounts for every token, and grants nothing that nobody has encoded."""

from __future__ import annotations

import re
import time
from datetime import date

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from kechuang.policy.cases.assessment import assess
from kechuang.policy.cases.facts import read_case
from kechuang.policy.cases.outcome import Outcome
from kechuang.policy.drafting import DraftError, draft_pack
from kechuang.policy.drafting.candidates import SURE
from kechuang.policy.encoding.trace import trace
from kechuang.policy.text.document import read_document
from policy.drafted import FOOT, HEAD, RAW, draft_of, loaded, of_clause

WEIHAI = draft_of("weihai-2023-5")


@pytest.mark.parametrize("name", sorted(RAW))
def test_a_draft_loads_and_accounts_for_every_token(name, tmp_path):
    draft = draft_of(name)

    report = trace(loaded(draft, tmp_path))

    assert report.faults == ()
    assert {(token.clause, token.start) for token in report.gaps} == {
        (one.clause, one.start) for one in draft.unclaimed
    }
    assert draft.files["source.txt"] == RAW[name]


def test_structure_dates_and_departments_of_the_given_document_are_found_by_the_program():
    document = WEIHAI.document

    assert len(document.sections) == 7
    assert list(document.clauses) == [str(number) for number in range(1, 33)] + ["S1", "S2", "S3", "S4"]
    assert (document.issued, document.valid_from, document.valid_to) == (
        date(2023, 7, 13), date(2023, 7, 13), date(2028, 7, 12),
    )  # fmt: skip
    assert (document.number, document.issuer) == ("威政发〔2023〕5号", "威海市人民政府")
    flat = re.sub(r"—\s*\d+\s*—|\s", "", RAW["weihai-2023-5"])
    named = [name for names in re.findall(r"（责任单位：(.*?)）", flat) for name in names.split("、")]
    assert [one.says for one in WEIHAI.of("department")] == named
    assert WEIHAI.problems == ()


def test_each_candidate_stands_where_it_says_with_a_plain_confidence_and_a_reason():
    for one in (*WEIHAI.candidates, *WEIHAI.unclaimed):
        clause = WEIHAI.document.clauses[one.clause]
        words = one.quote if hasattr(one, "quote") else one.text
        assert clause.text[one.start : one.end] == words
        assert WEIHAI.document.anchors[one.anchor].start <= clause.start + one.start
        assert WEIHAI.document.clause_line(one.clause, one.start) == one.line
        assert one.why.zh
        assert one.why.en
        assert one.to_dict()["clause"] == one.clause
    assert {one.sure for one in WEIHAI.candidates} == set(SURE)


def test_the_growth_subsidy_is_drafted_so_that_it_computes(tmp_path):
    pack = loaded(WEIHAI, tmp_path)
    facts = {
        "kind": "enterprise",
        "years": [
            {"year": 2023, "rd_spend": "600万元", "above_scale": True, "has_rd_activity": True},
            {"year": 2022, "rd_spend": "400万元"},
        ],
        "statuses": [{"kind": "tech_sme", "granted_on": "2023-01-01", "expires_on": "2024-12-31"}],
    }

    result = assess(pack, read_case(facts, pack.vocabulary), on=date(2024, 6, 1)).results["9.subsidy"]

    assert (result.outcome, result.amount) == (Outcome.MAY_APPLY, 1_000_000_00 // 10)  # 5% of 2 million yuan


def test_what_is_not_encoded_leaves_a_case_open_and_names_the_fact_to_be_added(tmp_path):
    draft = of_clause("奖励某事。对完成某种奇事的企业，给予10万元奖励。")
    pack = loaded(draft, tmp_path)

    result = assess(pack, read_case({"kind": "enterprise"}, pack.vocabulary), on=date(2026, 6, 1)).results[
        "1.reward"
    ]

    assert result.outcome is Outcome.UNDETERMINED
    (fact,) = draft.of("new_fact")
    assert fact.quote == "对完成某种奇事的企业"
    assert f"{fact.says}: {{type: boolean" in draft.files["vocabulary.yaml"]


def test_conditions_of_another_article_and_silence_about_whom_leave_a_case_open(tmp_path):
    draft = draft_of("qinghe")
    pack = loaded(draft, tmp_path)
    facts = {"kind": "enterprise", "years": [{"year": 2025, "rd_spend_tax": "500万元"}]}

    result = assess(pack, read_case(facts, pack.vocabulary), on=date(2026, 6, 1)).results["5.subsidy"]

    assert result.outcome is Outcome.UNDETERMINED
    assert "holds: any(o.general_4 for o in open_points)" in draft.files["measures/05.yaml"]
    assert "holds: any(o.m5_who for o in open_points)" in draft.files["measures/05.yaml"]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_page_breaks_stray_spaces_and_broken_lines_change_no_anchor_and_no_candidate(data):
    name = data.draw(st.sampled_from(["example-city", "qinghe", "lingang"]))
    raw = RAW[name]
    places = [
        found.start()
        for found in re.finditer(r"(?<=[\u4e00-\u9fff])(?=[\u4e00-\u9fff])", raw)
        if _is_running_text(raw, found.start())
    ]
    for at in sorted(data.draw(st.lists(st.sampled_from(places), max_size=12, unique=True)), reverse=True):
        noise = data.draw(st.sampled_from([" ", "\u3000", "\n", "\n\n", "\n— 12 —\n\n", " \t"]))
        raw = raw[:at] + noise + raw[at:]

    noisy, plain = draft_pack(raw, "draft-city"), draft_of(name)

    assert noisy.document.anchors == plain.document.anchors
    assert [_placeless(one) for one in noisy.candidates] == [_placeless(one) for one in plain.candidates]
    assert {name: text for name, text in noisy.files.items() if name != "source.txt"} == {
        name: text for name, text in plain.files.items() if name != "source.txt"
    }


def _is_running_text(raw: str, at: int) -> bool:
    """Within the sentences of a long line after its first: not in a heading, a row, the head or the foot."""
    start, end = raw.rfind("\n", 0, at) + 1, raw.find("\n", at)
    line = raw[start:end]
    first = line.find("。")
    return (
        len(line) > 40 and not line.startswith(("|", "附件")) and 0 <= first < at - start and raw[at] != "第"
    )


def _placeless(candidate) -> dict:
    """A candidate without its raw line, which may move."""
    return {name: value for name, value in candidate.to_dict().items() if name != "line"}


@pytest.mark.parametrize("name", sorted(RAW))
def test_drafting_the_normalised_text_equals_drafting_the_raw_text(name):
    plain = draft_of(name)

    again = draft_pack(plain.document.text, "draft-city")

    assert again.document.text == plain.document.text
    assert again.document.anchors == plain.document.anchors
    assert [_placeless(one) for one in again.candidates] == [_placeless(one) for one in plain.candidates]


FRAGMENTS = sorted(
    {
        words.replace("\n", "")
        for raw in RAW.values()
        for clause in read_document(raw).clauses.values()
        for words in re.split(r"(?<=[，。；、：|])", clause.text)
        if words.strip()
    }
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(st.sampled_from(FRAGMENTS), min_size=1, max_size=10), min_size=1, max_size=4))
@example([["市财政局负责资金拨付和监督，", "1.落实场地、", "1.落实场地、", "1.落实场地、"]])
@example([["|", "300万元奖励。", "组织开展科普竞赛、"]])
def test_whatever_a_text_says_its_draft_loads_and_accounts_for_every_token(tmp_path_factory, clauses):
    body = "\n".join(f"{number}.{''.join(words)}。" for number, words in enumerate(clauses, start=1))
    draft = draft_pack(HEAD + body + FOOT, "odd-city")

    report = trace(loaded(draft, tmp_path_factory.mktemp("odd")))

    assert report.faults == ()


def test_a_text_without_end_is_refused_or_left_open_and_never_hangs(tmp_path):
    with pytest.raises(DraftError, match="at most") as refused:
        draft_pack("给予5万元。" * 100_000, "endless")
    assert "请只给政策正文" in refused.value.words.zh

    started = time.monotonic()
    draft = of_clause("奖励某事。" + "对甲给予5万元，" * 4_000)
    assert time.monotonic() - started < 60
    assert len(draft.unclaimed) == 4_000
    assert trace(loaded(draft, tmp_path)).ok


def test_a_clause_whose_sums_no_quote_can_tell_apart_is_one_gap(tmp_path):
    words = "奖励某事。" + "给予5万元、" * 40 + "奖励。"
    draft = of_clause(words)

    report = trace(loaded(draft, tmp_path))

    assert report.ok
    assert [token.state for token in report.tokens if token.clause == "1" and token.kind == "figure"] == [
        "gap"
    ] * 40


@pytest.mark.parametrize("raw", ["", "只有一行字", "一、某事\n1.", "第一条\n第二条 某事。", "|a|b|\n|1|2|\n"])
def test_an_odd_text_is_drafted_without_an_accident_and_says_what_is_missing(raw):
    draft = draft_pack(raw, "odd-city")

    assert draft.problems
    for problem in draft.problems:
        assert problem.sentence("zh").startswith("第 ")
        assert problem.sentence("en").startswith("line ")
        assert problem.to_dict()["todo"]["zh"]


def test_dates_that_the_text_does_not_give_leave_the_draft_out_of_force(tmp_path):
    draft = draft_pack("某市关于某事的办法\n第一条 对企业给予5万元奖励。\n", "undated-city")

    pack = loaded(draft, tmp_path)

    assert pack.valid == (date(2200, 12, 31), date(2200, 12, 31))
    assert any("没有施行日期" in problem.sentence() for problem in draft.problems)


def test_a_sum_outside_of_any_clause_is_told():
    draft = draft_pack(
        "某市关于某事的措施\n为给企业发放5万元，制定本措施。\n一、事项\n说明文字给予3万元。\n（一）甲\n1.某事。\n",
        "c",
    )

    assert [problem.found.zh for problem in draft.problems if "条款之外" in problem.found.zh] == [
        "条款之外的数字“3万元”"
    ]


def test_a_number_that_is_not_due_is_told_with_its_line():
    draft = draft_pack(f"{HEAD}1.某事。\n3.另一事。{FOOT}", "c")

    assert "第 4 行：编号“3.”；应为2.。" in draft.problems[0].sentence()
