"""What would change a refusal is verified, smallest, within what an applicant can do, and said in both languages."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

import pytest

from kechuang.policy.cases.assessment import assess, assess_bound
from kechuang.policy.cases.outcome import Outcome
from kechuang.policy.encoding.binding import bind
from kechuang.policy.encoding.loading import load_pack
from kechuang.policy.interview import changes, sentence
from kechuang.policy.interview.counterfactual import DO, HELD, OBTAIN, REACH, WAIT
from kechuang.policy.language.values import FEN_PER, LAST_DAY
from policy import worlds
from policy.boundaries import edges

PACK = load_pack("weihai-2023-5")
BOUND = bind(PACK, date(2026, 1, 20))
WAN = FEN_PER["万元"]
SME = {"kind": "tech_sme", "granted_on": date(2025, 3, 1), "expires_on": date(2026, 12, 31)}
CONTRACT = {
    "year": 2025, "kind": "development", "side": "buyer", "counterparty": "university", "in_city": True,
    "signed_on": date(2026, 1, 1), "filed": False, "same_as_registered": True, "paid": 100 * WAN,
}  # fmt: skip


def growing(spend, year=2025, **more):
    figures = {"above_scale": True, "has_rd_activity": True, **more}
    return {
        "kind": "enterprise",
        "statuses": [SME],
        "years": [{"year": year, "rd_spend": spend, **figures}, {"year": year - 1, "rd_spend": 600 * WAN}],
    }


def buying(**more):
    return {"kind": "enterprise", "statuses": [SME], "contracts": [{**CONTRACT, **more}]}


def told(facts, benefit, bound=BOUND):
    assessment = assess_bound(bound, facts)
    found = changes(assessment, benefit)
    return found, [(sentence(one, assessment), sentence(one, assessment, "en")) for one in found]


def test_a_missing_increment_is_named_to_the_fen():
    (change,), ((zh, en),) = told(growing(688 * WAN), "9.rd_growth")

    assert change.way == REACH
    assert change.value == 700 * WAN + 1
    assert change.then.amount == 5 * WAN
    assert zh.startswith(
        "假如 2025 年研发投入达到 700 万元（还差 12 万元，须超过这一数），则可申报，最高 5.00 万元"
    )
    assert zh.endswith("2025 年已经结束，供安排以后年度参考")
    assert "120,000 yuan more, and a little above" in en


def test_in_a_year_that_runs_the_figure_is_a_goal():
    _, ((zh, en),) = told(growing(688 * WAN, year=2026), "9.rd_growth", bind(PACK, date(2026, 6, 1), 2026))

    assert zh.startswith("2026 年研发投入达到 700 万元（还差 12 万元，须超过这一数），即可申报")
    assert en.startswith("R&D spend reaches 7,000,000 yuan in 2026")


def test_a_contract_can_be_filed_until_sixty_days_after_signing():
    (change,), ((zh, en),) = told(buying(), "14.contract")

    assert (change.way, change.by) == (DO, date(2026, 3, 2))
    assert "最迟 2026-03-02 为合同办理备案，即可申报，最高 5.00 万元" in zh
    assert "file the contract by 2026-03-02" in en


def test_on_the_last_day_it_can_still_be_filed_and_afterwards_nothing_is_promised():
    last, _ = told(buying(signed_on=date(2026, 1, 20) - timedelta(days=60)), "14.contract")
    late, _ = told(buying(signed_on=date(2026, 1, 20) - timedelta(days=61)), "14.contract")

    assert [one.by for one in last] == [date(2026, 1, 20)]
    assert late == ()


def test_a_status_can_be_obtained():
    (first, second), said = told({**growing(900 * WAN), "statuses": []}, "9.rd_growth")

    assert {first.value, second.value} == {"high_tech_enterprise", "tech_sme"}
    assert (first.way, first.then.amount) == (OBTAIN, 15 * WAN)
    assert said[0][0] == "取得“高新技术企业”资质，即可申报，最高 15.00 万元（150,000.00 元）"


def test_waiting_names_the_day():
    platform = {
        "kind": "key_laboratory",
        "level": "provincial",
        "role": "lead",
        "approved_on": date(2026, 2, 20),
    }
    (change,), ((zh, en),) = told({"kind": "enterprise", "platforms": [platform]}, "1.provincial_platform")
    tomorrow, said = told(
        {"kind": "enterprise", "platforms": [{**platform, "approved_on": date(2026, 1, 21)}]},
        "1.provincial_platform",
    )

    assert (change.way, change.on, change.gap) == (WAIT, date(2026, 2, 20), 31)
    assert zh.startswith("到 2026-02-20 条件即满足（还有 31 天），届时可申报，最高 100.00 万元")
    assert en.startswith("On 2026-02-20, in 31 days")
    assert tomorrow[0].gap == 1
    assert said[0][0].startswith("明天（2026-01-21）")


def test_a_grade_can_be_earned_and_the_nearest_one_is_named():
    base = {
        "level": "municipal",
        "filed_on": date(2024, 1, 1),
        "year": 2025,
        "grade": "fail",
        "selected": True,
    }
    (change,), ((zh, en),) = told({"kind": "enterprise", "bases": [base]}, "31.pilot_base")

    assert (change.way, change.value) == (DO, "pass")
    assert "绩效评价获评“合格”" in zh
    assert "be graded “pass” in the evaluation" in en


def test_a_sum_at_its_ceiling_says_from_where_on():
    (change,), ((zh, en),) = told(growing(8888 * WAN), "9.rd_growth")

    assert (change.way, change.value, change.gap) == (HELD, 2600 * WAN, 6288 * WAN)
    assert zh == "2025 年研发投入达到 2,600 万元，金额即达上限，再多不再增加（您多出 6,288 万元）"
    assert en.startswith("The ceiling is met once R&D spend reaches 26,000,000 yuan in 2025")


@pytest.mark.parametrize(
    ("facts", "benefit"),
    [
        ({"kind": "bank"}, "9.rd_growth"),  # another kind of subject
        ({"kind": "enterprise", "contracts": []}, "14.contract"),  # no record
        ({"kind": "enterprise"}, "9.rd_growth"),  # undetermined
        (growing(900 * WAN), "9.rd_growth"),  # passes below its ceiling
        (buying(side="seller"), "14.contract"),  # what a contract is cannot be changed
        (growing(601 * WAN, above_scale=False), "9.rd_growth"),  # two things are missing
    ],
)
def test_where_no_single_act_helps_nothing_is_promised(facts, benefit):
    assert told(facts, benefit) == ((), [])


def _applied(change, facts):
    """The facts after a change, put together by the test itself."""
    if change.way == WAIT:
        return facts
    record, place = change.fact.record, change.fact.index
    if record == "subject":
        return {**facts, change.fact.field: change.value}
    rows = [dict(row) for row in facts[record]]
    if record == "years":
        place = next(i for i, row in enumerate(rows) if row.get("year") == change.fact.year)
    rows[place][change.fact.field] = change.value
    return {**facts, record: rows}


def _step(change, facts, steps):
    return _applied(type(change)(**{**_fields(change), "value": change.value + steps}), facts)


def _fields(change):
    return {name: getattr(change, name) for name in change.__slots__}


def test_beside_every_threshold_each_change_flips_the_outcome_and_none_smaller_does():
    ways = {}
    for edge in list(edges(PACK))[::10]:
        bound = bind(PACK, edge.on, edge.year, dict(edge.readings))
        assessment = assess_bound(bound, edge.fails, frozenset({edge.benefit}))
        if assessment.results[edge.benefit].outcome is not Outcome.NOT_ELIGIBLE:
            continue
        for change in changes(assessment, edge.benefit):
            ways[change.way] = ways.get(change.way, 0) + 1
            on = change.on or edge.on
            if change.way == REACH:
                fewer = assess(PACK, _step(change, edge.fails, -1), on, edge.year, dict(edge.readings))
                assert not fewer.results[edge.benefit].outcome.passes
            if change.way == WAIT:
                before = assess(PACK, edge.fails, on - timedelta(days=1), edge.year, dict(edge.readings))
                assert not before.results[edge.benefit].outcome.passes
            if change.way in (REACH, WAIT):
                then = assess(PACK, _applied(change, edge.fails), on, edge.year, dict(edge.readings))
                result = then.results[edge.benefit]
                assert (result.outcome, result.amount) == (change.then.outcome, change.then.amount)

    assert ways[REACH] > 1
    assert ways[WAIT] > 1


@pytest.mark.parametrize("seed", range(2))
def test_in_random_worlds_whatever_is_promised_comes_true(seed):
    rng = Random(seed)
    for _ in range(20):
        facts = worlds.case(rng, PACK, BOUND.on)
        assessment = assess_bound(BOUND, facts)
        for benefit, result in assessment.results.items():
            for change in changes(assessment, benefit):
                assert change.then.outcome.passes
                assert sentence(change, assessment)
                assert sentence(change, assessment, "en")
                if change.way == DO and change.fact.field != "filed":
                    then = assess_bound(BOUND, _applied(change, facts)).results[benefit]
                    assert then.outcome.passes
                    assert not result.outcome.passes


def test_an_obtained_status_counts_from_today():
    facts = {**growing(900 * WAN), "statuses": []}
    row = {"kind": "tech_sme", "granted_on": BOUND.on, "expires_on": LAST_DAY}

    assert assess_bound(BOUND, {**facts, "statuses": [row]}).results["9.rd_growth"].outcome.passes


def test_what_is_not_known_yet_is_done_along_with_the_act():
    contract = {key: value for key, value in CONTRACT.items() if key != "same_as_registered"}
    (change,), ((zh, en),) = told(
        {"kind": "enterprise", "statuses": [SME], "contracts": [contract]}, "14.contract"
    )

    assert change.along == ("same_as_registered",)
    assert "最迟 2026-03-02 为合同办理备案，并使备案合同与登记合同一致，即可申报" in zh
    assert "file the contract and make the filed and the registered contract identical by 2026-03-02" in en
