"""What words of official texts mean to a draft: roles of figures, kinds of amount, guesses, conditions."""

from __future__ import annotations

import pytest

from kechuang.policy.drafting.facts import base_of, conditions_of
from kechuang.policy.drafting.grants import read_grants
from kechuang.policy.drafting.roles import read_roles
from kechuang.policy.drafting.rules import lexicon
from policy.drafted import of_clause


def roles(words: str) -> list[tuple[str, str]]:
    return [(part.figure.text, part.role) for part in read_roles(words).parts]


def said(words: str, kind: str) -> list[str]:
    return [one.says for one in of_clause(words).of(kind)]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("对甲给予10万元奖励。", [("10万元", "sum")]),
        ("分别给予30万元、20万元奖励。", [("30万元", "sum"), ("20万元", "sum")]),
        ("给予50万元以内的补助。", [("50万元", "sum")]),
        ("给予不低于5万元补助。", [("5万元", "sum")]),
        ("按研发投入的3%给予补助，每家企业每年最高100万元。", [("3%", "rate"), ("100万元", "cap")]),
        (
            "按投资额的10%给予补助。单个企业年度补助金额最高不超过120万元。",
            [("10%", "rate"), ("120万元", "cap")],
        ),
        ("按30%以内的比例补助。", [("30%", "rate")]),
        ("对甲最高奖励50万元，对乙最高奖励100万元。", [("50万元", "sum"), ("100万元", "sum")]),
        ("贷款额度不超过1000万元、期限不超过1年。", [("1000万元", "limit"), ("1年", "threshold")]),
        ("对授信额度不超过500万元的贷款，给予贴息。", [("500万元", "threshold")]),
        ("按利息的50%贴息，贴息上限不超过余额的1%。", [("50%", "rate"), ("1%", "cap")]),
        ("提供保额不低于300万元的保险。", [("300万元", "floor")]),
        ("营业收入超过500万元的企业", [("500万元", "threshold")]),
        ("研发投入增长20%的企业", [("20%", "threshold")]),
        ("近3年无事故", [("3年", "span")]),
        ("奖金的50%用于奖励个人", [("50%", "share")]),
        ("在省级补助40%的基础上", [("40%", "reference")]),
        ("每人给予2000元。", [("2000元", "unit_sum")]),
        ("设立规模不低于2亿元的基金。", [("2亿元", "duty")]),
        ("公示不少于5个工作日。", [("5个工作日", "duty")]),
        ("围绕八大产业", [("八大", "name")]),
        ("“十大任务”", [("十大", "name")]),
        ("1年期利率", [("1年", "name")]),
        ("2025年度", [("2025年", "name")]),
        ("于2026年3月1日前申报", [("2026年3月1日", "date")]),
        ("投资1.5年", [("1.5年", "other")]),
        ("投资30万元", [("30万元", "other")]),
        ("注册资本最高30万元", [("30万元", "sum")]),
        ("奖励标准\n单位：万元\n|类|国家级|\n|甲|500|", [("万元", "name"), ("500", "sum")]),
        ("说明\n|类|数|\n|甲|500|", [("500", "other")]),
    ],
)
def test_each_figure_has_the_role_that_the_words_around_it_give(words, expected):
    assert roles(words) == expected


def test_the_unit_of_a_table_makes_sums_of_its_plain_numbers():
    draft = of_clause("奖励某事。标准如下。")
    assert draft.of("parameter") == ()
    table = "奖励标准\n（万元）\n|类|国家级|\n|甲|500|"

    (part,) = [one for one in read_roles(table).parts if one.role == "sum"]

    assert part.scale == 10_000_00


@pytest.mark.parametrize(
    ("words", "kinds"),
    [
        ("对甲给予10万元奖励。", ["exact"]),
        ("对甲给予不超过10万元奖励。", ["up_to"]),
        ("对甲给予最高10万元奖励。", ["up_to"]),
        ("贷款额度上限10万元。", ["limit"]),
        ("提供保额不低于10万元的保险。", ["at_least"]),
        ("推荐申报国家重点研发计划。", ["in_kind"]),
        ("市级财政资金支持额不超过县级财政资金支持额。", ["up_to"]),
    ],
)
def test_the_kind_of_an_amount_follows_from_its_words(words, kinds):
    assert said(words, "amount") == kinds


@pytest.mark.parametrize(
    ("words", "instrument", "lifecycle", "payee"),
    [
        ("对新认定的重点实验室的单位，一次性给予10万元奖励。", "reward", "recognition", "unit"),
        ("对企业按实际支出保费的50%给予补贴。", "premium_subsidy", "finance", "enterprise"),
        ("对企业贷款按利息的50%给予贴息。", "interest_subsidy", "finance", "enterprise"),
        ("对合作银行，按损失的30%给予风险补偿。", "risk_compensation", "finance", "bank"),
        ("对绩效评价优秀的服务机构，给予不超过10万元补助。", "subsidy", "evaluation", "agency"),
        ("对“揭榜挂帅”项目承担单位，给予不超过100万元资金支持。", "project_funding", "project", "unit"),
        ("委托服务机构引才，给予不超过50万元服务费用。", "service_fee", "evaluation", "agency"),
        ("对获得国家科学技术奖的个人，给予50万元配套奖励。", "matching_grant", "recognition", "person"),
        ("给予5万元支持。", "project_funding", "duty", "enterprise"),
    ],
)
def test_instrument_lifecycle_and_payee_are_guessed_by_the_words(words, instrument, lifecycle, payee):
    draft = of_clause(f"支持某事。{words}")

    assert [one.says for one in draft.of("instrument")] == [instrument]
    assert [one.says for one in draft.of("lifecycle")] == [lifecycle]
    assert [one.role for one in draft.of("subject")] == [payee]


def test_scopes_payers_stacking_and_evidence_are_read():
    words = "对企业技术合同，在省级支持的基础上，市级再给予一次性奖励5万元，每家企业每年一次。省级财政负担。"
    draft = of_clause(f"奖励某事。{words}")
    file = draft.files["measures/01.yaml"]

    assert (
        said(f"奖励某事。{words}", "per") == ["enterprise、year、once"] or "once" in draft.of("per")[0].says
    )
    assert draft.of("stacking")[0].quote == "再给予"
    assert "rule: stacks" in file
    assert "合同及登记或备案证明" in file


def grant_of(words: str):
    (grant,) = read_grants(read_roles(words))
    return grant


@pytest.mark.parametrize(
    ("words", "holds"),
    [
        ("对规模以上企业，给予5万元奖励。", ["this_year.above_scale"]),
        ("对中小微企业，给予5万元奖励。", ['size in {"micro", "small", "medium"}']),
        (
            "对高新技术企业，给予5万元奖励。",
            [
                'any(s.kind == "high_tech_enterprise" and s.granted_on <= on and on <= s.expires_on for s in statuses)'
            ],
        ),
        (
            "对研发投入占营业收入比例不低于4%的企业，给予5万元奖励。",
            ["this_year.rd_spend >= {threshold} * this_year.sales"],
        ),
        (
            "对营业收入增长超过10%的企业，给予5万元奖励。",
            ["this_year.sales - last_year.sales > {threshold} * last_year.sales"],
        ),
        ("对营业收入不低于2000万元的企业，给予5万元奖励。", ["this_year.sales >= {threshold}"]),
        (
            "对研发投入增长且增量超过100万元的企业，给予5万元奖励。",
            ["this_year.rd_spend - last_year.rd_spend > {threshold}"],
        ),
        (
            "对从业人员比上年末净增5人以上的企业，给予5万元奖励。",
            ["this_year.employees - last_year.employees >= {threshold}"],
        ),
        ("对连续2个年度营业收入增长10%以上的企业，给予5万元奖励。", []),
        ("对占地比例不低于4%的企业，给予5万元奖励。", []),
        ("对营业收入不低于5人的企业，给予5万元奖励。", []),
        ("对增量超过100万元的企业，给予5万元奖励。", []),
    ],
)
def test_conditions_are_proposed_in_facts_of_the_vocabulary_where_names_match(words, holds):
    assert [found.holds for found in conditions_of(grant_of(words)).found] == holds


def test_a_platform_is_asked_for_its_kind_level_role_grade_and_approval():
    words = "对新认定的省级重点实验室、技术创新中心，牵头的，评价优秀，择优给予5万元奖励。"

    found = conditions_of(grant_of(words))

    assert found.each is not None
    assert found.each.name == "platforms"
    assert [one.holds for one in found.found] == [
        'platform.kind in {"key_laboratory", "technology_centre"}',
        'platform.level == "provincial"',
        'platform.role == "lead"',
        'platform.grade == "excellent"',
        "in_force(platform.approved_on) and platform.approved_on <= on",
    ]


@pytest.mark.parametrize(
    ("words", "base"),
    [
        ("对企业，按研发投入的3%给予补助。", "this_year.rd_spend"),
        ("对研发投入增长的企业，按不超过增量的5%给予补助。", "(this_year.rd_spend - last_year.rd_spend)"),
        ("对企业，按实际支付金额的8%给予补助。", "contract.paid"),
        ("对企业，按奇怪数的8%给予补助。", None),
        ("对企业，按增量的8%给予补助。", None),
        ("对企业，给予8%的补助。", None),
    ],
)
def test_the_base_of_a_rate_is_a_fact_of_the_vocabulary_or_stays_open(words, base):
    grant = grant_of(words)

    found = base_of(grant, grant.main[0], None)

    assert (found and found[0]) == base


def test_sums_of_a_list_become_a_table_where_a_code_list_tells_them_apart():
    draft = of_clause("奖励某事。对微型、小型、中型企业分别给予5万元、10万元、20万元奖励。")

    assert "values: {micro: 5万元, small: 10万元, medium: 20万元}" in draft.files["measures/01.yaml"]
    assert "exact: standard_1[size]" in draft.files["measures/01.yaml"]


def test_sums_of_a_list_that_no_code_list_tells_apart_become_benefits_of_their_own():
    draft = of_clause("奖励某事。对甲类、乙类企业分别给予5万元、10万元奖励。")

    assert [one.benefit for one in draft.of("amount")] == ["1.reward", "1.reward_2"]


def test_words_shared_by_several_sums_hold_for_each():
    draft = of_clause("奖励某事。对获批省级重点实验室的单位，牵头的给予50万元奖励，参与的给予10万元奖励。")

    assert [one.benefit for one in draft.of("condition") if one.role == "kind"] == ["1.reward", "1.reward_2"]
    assert [one.says for one in draft.of("condition") if one.role == "role"] == [
        'platform.role == "lead"', 'platform.role == "participant"',
    ]  # fmt: skip


def test_a_ceiling_under_a_formula_that_cannot_be_written_is_what_is_encoded():
    draft = of_clause("补助某事。对企业，按奇怪数的8%给予补助，每家企业最高30万元。")
    file = draft.files["measures/01.yaml"]

    assert "up_to: cap_1" in file
    assert [one.text for one in draft.unclaimed] == ["8%"]
    assert draft.unclaimed[0].why.zh == "基数不在词汇表中，公式须由人编码"


def test_every_pattern_of_the_lexicon_is_of_words_and_every_list_is_used():
    known = lexicon()

    assert {"instruments", "lifecycles", "subjects", "per", "names", "evidence", "in_kind"} <= set(
        known.rules
    )
    assert all(rule.sure in ("clear", "likely", "check") for rules in known.rules.values() for rule in rules)
    assert not any("威海" in rule.pattern.pattern for rules in known.rules.values() for rule in rules)
