"""A result explained: exact words in both languages, every verdict, every step of the sum."""

from __future__ import annotations

import json
from datetime import date
from fractions import Fraction

import pytest

from kechuang.policy.cases.assessment import assess, assess_bound
from kechuang.policy.cases.examples import run_examples
from kechuang.policy.cases.facts import read_case, read_facts_section
from kechuang.policy.cases.outcome import Outcome
from kechuang.policy.encoding.binding import bind
from kechuang.policy.encoding.loading import load_pack, shipped_packs
from kechuang.policy.words.explanation import Verdict, explain, explain_all
from kechuang.policy.words.reasons import plain_reason, reason_sentence

CERTIFICATE = {"kind": "high_tech_enterprise", "granted_on": "2022-12-12", "expires_on": "2025-12-11"}
LANGUAGES = ("zh", "en")


@pytest.fixture(scope="module")
def pack():
    return load_pack("weihai-2023-5")


@pytest.fixture(scope="module")
def told(pack):
    def tell(case, benefit, on, *, year=2023, language="zh", readings=None):
        facts = read_case(case, pack.vocabulary)
        return explain(assess(pack, facts, date.fromisoformat(on), year, readings), benefit, language)

    return tell


def spender(this_year, last_year):
    years = [{"year": 2023, "above_scale": True, "has_rd_activity": True, "rd_spend": this_year}]
    if last_year:
        years.append({"year": 2022, "rd_spend": last_year})
    return {"kind": "enterprise", "statuses": [CERTIFICATE], "years": years}


def contract(number, paid, **changes):
    return {
        "number": number, "year": 2023, "kind": "development", "side": "buyer", "counterparty": "university",
        "in_city": True, "signed_on": "2023-08-01", "filed": True, "filed_on": "2023-09-01",
        "same_as_registered": True, "total": "300万元", "paid": paid, **changes,
    }  # fmt: skip


def buyer(*contracts):
    return {"kind": "enterprise", "statuses": [CERTIFICATE], "contracts": list(contracts)}


def pledger(**changes):
    interest = {
        "number": "ZY-1", "year": 2024, "kind": "pledge", "signed_on": "2023-07-01",
        "principal": "1000万元", "interest_days": 365, **changes,
    }  # fmt: skip
    return {"kind": "enterprise", "size": "small", "interests": [interest]}


@pytest.mark.parametrize(
    ("case", "headline", "reason"),
    [
        (
            spender("900万元", "600万元"),
            ("可申报，最高 15.00 万元（150,000.00 元）", "May apply, up to 150,000.00 yuan"),
            ("7 项条件均已满足", "All 7 conditions are met"),
        ),
        (
            spender("9000万元", "4000万元"),
            ("可申报，最高 100.00 万元（1,000,000.00 元）", "May apply, up to 1,000,000.00 yuan"),
            (
                "7 项条件均已满足，止于上限 100 万元",
                "All 7 conditions are met; held at the ceiling of 1,000,000 yuan",
            ),
        ),
        (
            spender("588万元", "500万元"),
            ("不符合", "Not eligible"),
            (
                "研发投入增量还差 12 万元（须超过 100 万元）",
                "Increment of R&D spend is short by 120,000 yuan (must be more than 1,000,000 yuan)",
            ),
        ),
        (
            spender("600万元", "500万元"),
            ("不符合", "Not eligible"),
            (
                "研发投入增量正好 100 万元，须超过 100 万元",
                "Increment of R&D spend is exactly 1,000,000 yuan; it must be more than 1,000,000 yuan",
            ),
        ),
        (
            spender("2199.999999万元", "2000万元"),
            ("不符合", "Not eligible"),
            (
                "研发投入增量还差 0.01 元（须不低于上年研发投入的 10%，即 200 万元）",
                (
                    "Increment of R&D spend is short by 0.01 yuan "
                    "(must be at least 10% of R&D spend of the year before, that is 2,000,000 yuan)"
                ),
            ),
        ),
        (
            spender("600万元", "0元"),
            ("不符合", "Not eligible"),
            (
                "上年研发投入须大于零，现为 0 元",
                "R&D spend of the year before must be above zero, now 0 yuan",
            ),
        ),
        (
            spender("900万元", None),
            ("待定：还需 1 项信息", "Undetermined: one more fact needed"),
            (
                "还需补充：2022 年研发投入（统计口径）（统计部门可查）",
                "Still needed: R&D spend (statistics return) in 2022 (held by: statistics office)",
            ),
        ),
        (
            {"kind": "university"},
            ("不符合", "Not eligible"),
            (
                "此项面向企业，当前主体类型为高等院校",
                "This is for: enterprise; the kind of subject is university",
            ),
        ),
    ],
)
def test_measure_9_says_its_outcome_and_its_reason(told, case, headline, reason):
    for language, said, why in zip(LANGUAGES, headline, reason, strict=True):
        explanation = told(case, "9.rd_growth", "2024-06-01", language=language)
        assert explanation.headline == said
        assert explanation.reason == why


def test_many_missing_facts_are_counted_and_the_first_named(told):
    explanation = told({}, "9.rd_growth", "2024-06-01")
    assert explanation.reason == (
        "还需补充：主体类型、2023 年是否规模以上企业（统计部门名录可查）、2023 年是否有研发活动（统计部门可查）等 6 项"
    )
    assert explanation.missing[0].path == "kind"
    assert len(explanation.missing) == 6


def test_outside_its_validity_nothing_is_examined(told):
    explanation = told(spender("900万元", "600万元"), "9.rd_growth", "2028-07-13")
    assert explanation.headline == "不在有效期"
    assert explanation.reason == "有效期为 2023-07-13 至 2028-07-12，测算日 2028-07-13 不在其内"
    assert explanation.kind is Verdict.NOT_EXAMINED
    assert {one.verdict for one in explanation.checks} == {Verdict.NOT_EXAMINED}


def test_the_checklist_goes_on_after_the_condition_that_decided(told):
    checks = told(spender("588万元", "500万元"), "9.rd_growth", "2024-06-01").checks
    assert [(one.parts.key, one.verdict.sign, one.decisive) for one in checks] == [
        ("above_scale", "✓", False),
        ("rd_activity", "✓", False),
        ("status", "✓", False),
        ("prior", "✓", False),
        ("growth", "✓", False),
        ("floor", "✗", True),
    ]
    unknown = told(spender("588万元", None), "9.rd_growth", "2024-06-01").checks
    assert [one.verdict.sign for one in unknown] == ["✓", "✓", "✓", "?", "?", "?"]


def test_a_condition_shows_its_words_its_values_and_its_reading(told):
    check = told(spender("900万元", "600万元"), "9.rd_growth", "2024-06-01").checks[5]
    assert check.parts.sentence == "研发投入增量超过 100 万元"
    assert check.parts.quote is not None
    assert (check.parts.quote.text, check.parts.quote.clause, check.parts.quote.anchor) == (
        "且增量超过 100万元",
        "9",
        "9.2",
    )
    assert [(one.title, one.value, one.meaning) for one in check.terms] == [
        ("研发投入增量", "300 万元", "当年研发投入 − 上年研发投入"),
        ("当年研发投入", "900 万元", "2023 年研发投入（统计口径）"),
        ("上年研发投入", "600 万元", "2022 年研发投入（统计口径）"),
    ]
    assert [(one.title, one.value, one.source) for one in check.facts] == [
        ("2023 年研发投入（统计口径）", "900 万元", "统计部门"),
        ("2022 年研发投入（统计口径）", "600 万元", "统计部门"),
    ]
    (reading,) = check.parts.readings
    assert (reading.id, reading.option, len(reading.others)) == ("I-9b", "统计年报中的研发经费支出", 2)


def test_a_switched_reading_is_the_one_in_force(told):
    case = spender("900万元", "600万元")
    explanation = told(case, "9.rd_growth", "2024-06-01", readings={"I-9": "both"})
    status = explanation.checks[2]
    assert status.parts.sentence == "国家高新技术企业，且国家科技型中小企业"
    assert status.parts.readings[0].option == "须同时持有两项有效资质"
    assert status.parts.readings[0].others == ("持有任一有效资质即可，“和”列举两类企业",)


def test_the_sum_shows_its_formula_and_the_ceiling_that_binds(told):
    (record,) = told(spender("9000万元", "4000万元"), "9.rd_growth", "2024-06-01").records
    assert record.label is None
    assert record.amount is not None
    assert record.amount.parts.sentence == "研发投入增量的 5%"
    assert record.amount.formula == 250_000_000
    assert [(one.parts.sentence, one.fen, one.binds) for one in record.amount.caps] == [
        ("100 万元", 100_000_000, True)
    ]
    assert record.amount.amount == 100_000_000
    (free,) = told(spender("900万元", "600万元"), "9.rd_growth", "2024-06-01").records
    assert free.amount is not None
    assert [one.binds for one in free.amount.caps] == [False]


@pytest.mark.parametrize(
    ("contracts", "zh", "en"),
    [
        (
            [contract("A1", "400万元"), contract("A2", "300万元")],
            "2 条“技术合同付款”记录符合全部条件，止于上限 30 万元",
            (
                "All 2 records under “Payments under technology contracts” meet all conditions; "
                "held at the ceiling of 300,000 yuan"
            ),
        ),
        (
            [contract("A1", "100万元"), contract("A2", None)],
            "2 条“技术合同付款”记录中 1 条符合全部条件，另有 1 条待补充信息",
            (
                "1 of 2 records under “Payments under technology contracts” meet all conditions; "
                "for 1 more facts are needed"
            ),
        ),
        (
            [contract("A2", "100万元", filed_on="2023-10-01")],
            "自签订日期至备案日期的天数超出 1 天（须不超过 60）",
            "The days from date signed to date filed is over by 1 day (must be at most 60)",
        ),
        (
            [contract("A2", "100万元", kind="service")],
            "尚不满足：合同类别为技术开发或技术转让（现为技术服务）",
            "Not met: Kind of contract is technology development or technology transfer (now: technology service)",
        ),
        (
            [],
            "没有“技术合同付款”记录",
            "There is no record under “Payments under technology contracts”",
        ),
    ],
)
def test_a_benefit_for_each_record_speaks_for_all_of_them(told, contracts, zh, en):
    for language, reason in zip(LANGUAGES, (zh, en), strict=True):
        assert told(buyer(*contracts), "14.contract", "2024-03-01", language=language).reason == reason


def test_each_record_is_explained_under_its_own_label(told):
    case = buyer(contract("A1", "400万元"), contract("A2", "300万元", filed_on="2023-10-01"))
    explanation = told(case, "14.contract", "2024-03-01")
    first, second = explanation.records
    assert (first.label, first.outcome, first.item.amount) == (
        "A1·技术开发·购买方",
        Outcome.MAY_APPLY,
        20_000_000,
    )
    assert (second.label, second.outcome, second.amount) == ("A2·技术开发·购买方", Outcome.NOT_ELIGIBLE, None)
    assert second.shortfall == "自签订日期至备案日期的天数超出 1 天（须不超过 60）"
    assert [one.verdict.sign for one in second.checks].count("✗") == 1
    assert explanation.checks == first.checks
    assert explanation.total == 20_000_000
    assert [(one.fen, one.binds) for one in explanation.total_caps] == [(30_000_000, False)]
    both = told(buyer(contract("A1", "400万元"), contract("A2", "300万元")), "14.contract", "2024-03-01")
    assert (both.total, both.total_caps[0].binds, both.result.amount) == (35_000_000, True, 30_000_000)


def test_facts_of_a_record_that_may_raise_the_sum_are_asked_for(told):
    case = buyer(contract("A1", "100万元"), contract("A2", None))
    (missing,) = told(case, "14.contract", "2024-03-01").missing
    assert (missing.path, missing.title) == ("contracts.paid", "“A2·技术开发·购买方”的当年实际支付金额")


def test_interest_is_told_step_by_step_and_cut_below_the_fen(told):
    explanation = told(
        pledger(principal="100万元", interest_days=200, signed_on="2023-07-15"),
        "25.interest",
        "2024-08-01",
        year=2024,
    )
    assert explanation.headline == "可享 3,890.41 元"
    amount = explanation.records[0].amount
    assert amount is not None
    assert amount.formula == Fraction(28_400_000, 73)
    assert amount.rounded
    assert amount.parts.rounding == "计算到 0.01 元，不足部分舍去"
    assert [(one.title, one.value) for one in amount.terms] == [
        ("本金×利率×天数", "710 万元"),
        ("合同签订日上月的 1 年期 LPR", "3.55%"),
    ]


def test_a_month_without_a_quote_is_named(told):
    explanation = told(pledger(signed_on="2019-08-25"), "25.interest", "2024-08-01", year=2024, language="en")
    assert explanation.reason == "Still needed: the quote of the one-year LPR for that month"


def test_a_split_sum_shows_its_shares_in_fen(told):
    award = {"kind": "graded", "level": "national", "grade": "second", "rank": 1, "won_on": "2024-03-01"}
    explanation = told({"kind": "enterprise", "awards": [award]}, "22.national_award", "2024-08-01")
    assert explanation.shares == (("奖励主要完成人", 50_000_000), ("自主选题科研经费", 50_000_000))
    assert "其中奖励主要完成人：50.00 万元（500,000.00 元）" in explanation.to_text()


def test_support_without_money_and_limits_are_named_as_such(told):
    card = {"issued_on": "2024-01-01", "expires_on": "2026-01-01"}
    explanation = told({"kind": "person", "talent_cards": [card]}, "21.talent_card", "2024-08-01")
    assert explanation.headline.startswith("可享：健身、旅游等专属配套服务")
    borrower = {
        "kind": "enterprise",
        "statuses": [{"kind": "tech_sme", "granted_on": "2023-05-20", "expires_on": "2024-12-31"}],
        "loans": [],
    }
    limit = told(borrower, "23.risk_compensation", "2024-06-01")
    assert limit.headline == "可申报，额度最高 2,000.00 万元（20,000,000.00 元）"
    assert told(borrower, "23.risk_compensation", "2024-06-01", language="en").headline == (
        "May apply for a limit of up to 20,000,000.00 yuan"
    )


def test_the_printed_text_holds_the_whole_explanation(told):
    text = told(spender("9000万元", "4000万元"), "9.rd_growth", "2024-06-01").to_text()
    for line in (
        "9.rd_growth  研发投入递增补助\n可申报，最高 100.00 万元（1,000,000.00 元）\n",
        "7 项条件均已满足，止于上限 100 万元\n",
        "  ✓ 研发投入增量超过 100 万元\n      原文 9.2：“且增量超过 100万元”\n",
        "      2023 年研发投入（统计口径）：9,000 万元（统计部门可查）\n",
        "      研发投入增量：5,000 万元 ＝ 当年研发投入 − 上年研发投入\n",
        "  最高：研发投入增量的 5%\n",
        "      上限：100 万元（按此上限计）\n",
        "  - 规模以上企业名录：无需提交（统计部门可共享）\n",
        "  责任单位：市科技局、市财政局\n",
        "  兑付对象：企业；出资：市级财政\n",
        "  计算单位：每家企业·每年\n",
        "  有效期：2023-07-13 至 2028-07-12\n",
    ):
        assert line in text


def test_a_refused_case_still_reads_the_ceiling_and_who_decides(told):
    text = told(spender("588万元", "500万元"), "9.rd_growth", "2024-06-01").to_text()
    assert "      上限：100 万元\n        原文 9.2：“每家企业年度内补助资金不超过 100万元”\n" in text
    assert "  核定：最高数不是应得数，金额由市科技局、市财政局核定\n" in text
    exact = told(pledger(), "25.interest", "2024-08-01", year=2024).to_text()
    assert "  核定：按规则计算，由市市场监管局、市财政局审核\n" in exact


def test_the_data_of_an_explanation_is_plain(told):
    data = told(
        buyer(contract("A1", "400万元"), contract("A2", "300万元")), "14.contract", "2024-03-01"
    ).to_dict()
    assert json.loads(json.dumps(data)) == data
    assert data["outcome"] == "may_apply"
    assert data["amount_fen"] == 30_000_000
    assert data["amount"]["total_fen"] == 35_000_000
    assert data["amount"]["total_caps"][0]["binds"] is True
    assert [one["label"] for one in data["records"]] == ["A1·技术开发·购买方", "A2·技术开发·购买方"]
    assert data["records"][0]["amount"]["formula_fen"] == 20_000_000
    assert data["rules"] == ["《产学研合作补助资金实施细则（试行）》（威科字〔2023〕37号）"]
    assert {one["shared"] for one in data["evidence"]} == {True, False}


def test_a_sum_finer_than_a_fen_stays_exact_in_the_data(told):
    case = pledger(principal="100万元", interest_days=200, signed_on="2023-07-15")
    data = told(case, "25.interest", "2024-08-01", year=2024).to_dict()
    assert data["records"][0]["amount"]["formula_fen"] == "28400000/73"
    assert data["records"][0]["amount"]["rounded"] is True


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("pack_id", shipped_packs())
def test_every_worked_example_is_explained_in_agreement_with_its_result(pack_id, language):
    pack = load_pack(pack_id)
    for run in run_examples(pack):
        facts = read_facts_section(run.example.facts, pack.vocabulary)
        bound = bind(pack, run.example.on, run.example.year, run.example.readings)
        assessment = assess_bound(bound, facts, frozenset({run.benefit.id}))
        explanation = explain(assessment, run.benefit.id, language)
        verdicts = [one.verdict for one in explanation.checks]
        decided = [one.verdict for one in explanation.checks if one.decisive]
        text = explanation.to_text()
        assert explanation.headline in text
        assert explanation.reason in text
        assert "None" not in text
        assert explanation.reason == reason_sentence(assessment, explanation.result, language)
        if explanation.outcome.passes:
            assert set(verdicts) <= {Verdict.HOLDS}
        elif explanation.outcome is Outcome.NOT_ELIGIBLE and decided:
            assert decided == [Verdict.FAILS]
        if explanation.result.is_ceiling and explanation.outcome.passes:
            floor = run.benefit.amount.kind == "at_least"
            words = ("不低于", "at least") if floor else ("最高", "up to")
            assert words[language == "en"] in explanation.headline


def test_a_reason_without_facts_says_what_its_key_alone_tells(pack):
    bound = bind(pack, date(2024, 6, 1))
    key = "14.contract"
    refused, unknown = Outcome.NOT_ELIGIBLE, Outcome.UNDETERMINED
    assert plain_reason(bound, key, refused, "for") == "此项面向企业"
    assert plain_reason(bound, key, refused, "no_record") == "没有“技术合同付款”记录"
    assert plain_reason(bound, key, refused, "in_city") == "尚不满足：在威开展"
    assert plain_reason(bound, key, unknown, "no_record") == "还需补充：“技术合同付款”记录"
    assert plain_reason(bound, key, unknown, "for", "en") == "Still needed: kind of subject"
    assert plain_reason(bound, key, unknown, "in_city") == "信息不足，尚无法判断：在威开展"
    assert plain_reason(bound, key, unknown, "amount") == "信息不足，尚无法判断：当年实际支付金额的 5%"
    held = len(pack.benefit(key).conditions) + 1  # the kind of subject counts as one
    assert plain_reason(bound, key, Outcome.MAY_APPLY, None) == f"{held} 项条件均已满足"
    assert plain_reason(bound, key, Outcome.NOT_IN_FORCE, None, "en") == (
        "In force from 2023-07-13 to 2028-07-12; 2024-06-01 lies outside"
    )


def test_all_results_are_explained_in_the_order_of_the_document(pack):
    assessment = assess(pack, {}, date(2024, 6, 1))
    assert [one.benefit_id for one in explain_all(assessment)] == [one.id for one in pack.benefits]


def test_an_unknown_benefit_or_language_is_refused_by_name(pack):
    assessment = assess(pack, {}, date(2024, 6, 1))
    with pytest.raises(KeyError, match=r"no result for '9\.nothing'"):
        explain(assessment, "9.nothing")
    with pytest.raises(ValueError, match="language 'fr' is unknown"):
        explain(assessment, "9.rd_growth", "fr")
    with pytest.raises(ValueError, match="language 'fr' is unknown"):
        explain_all(assessment, "fr")
