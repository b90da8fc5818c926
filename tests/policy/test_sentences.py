"""Every expression of a pack reads as a plain sentence in both languages."""

from __future__ import annotations

import re
from datetime import date

import pytest

from kechuang.policy.encoding.binding import bind
from kechuang.policy.encoding.loading import load_pack, shipped_packs
from kechuang.policy.language.expression import Scope, read_expression
from kechuang.policy.language.problems import Place, Problems
from kechuang.policy.language.tree import Forest
from kechuang.policy.language.vocabulary import load_vocabulary
from kechuang.policy.words.sentences import Writer, writer_of
from kechuang.policy.words.wording import sum_text, value_text

DAY = date(2024, 6, 1)
LEFTOVERS = re.compile(r"None|\{\d?\}|\b[a-z]+_[a-z_]+\b|<|>=|Fraction|Table\(|  |，，|（）|\(\)|“”")


@pytest.fixture(scope="module")
def weihai():
    return load_pack("weihai-2023-5")


def sentence_of(pack, benefit_id, key, language, *, opened=False):
    bound = bind(pack, DAY)
    benefit = next(one for one in bound.benefits if one.benefit.id == benefit_id)
    node = next(node for condition, node in benefit.conditions if condition.key == key)
    return writer_of(bound, language, opened=opened).sentence(node)


@pytest.mark.parametrize(
    ("benefit", "condition", "zh", "en"),
    [
        ("9.rd_growth", "above_scale", "2023 年规模以上企业", "Above-scale enterprise in 2023"),
        (
            "9.rd_growth",
            "status",
            "国家高新技术企业或国家科技型中小企业",
            "High-tech enterprise or technology SME",
        ),
        ("9.rd_growth", "prior", "上年研发投入大于零", "R&D spend of the year before is above zero"),
        (
            "9.rd_growth",
            "growth",
            "研发投入增量不低于上年研发投入的 10%",
            "Increment of R&D spend is at least 10% of R&D spend of the year before",
        ),
        (
            "9.rd_growth",
            "floor",
            "研发投入增量超过 100 万元",
            "Increment of R&D spend is more than 1,000,000 yuan",
        ),
        (
            "14.contract",
            "seller",
            "对方类型为高等院校或科研院所",
            "Kind of the other party is university or research institute",
        ),
        (
            "14.contract",
            "in_time",
            "签订日期不晚于备案日期，且自签订日期至备案日期的天数不超过 60",
            "Date signed is not after date filed, and the days from date signed to date filed is at most 60",
        ),
        ("25.interest", "size", "中小微企业", "Micro, small or medium enterprise"),
        (
            "25.interest",
            "pledge",
            "贷款类别为知识产权质押贷款",
            "Kind of loan is intellectual-property pledge loan",
        ),
    ],
)
def test_a_condition_reads_as_a_sentence_in_both_languages(weihai, benefit, condition, zh, en):
    assert sentence_of(weihai, benefit, condition, "zh") == zh
    assert sentence_of(weihai, benefit, condition, "en") == en


def test_a_name_opens_to_its_meaning_one_level_deep(weihai):
    assert (
        sentence_of(weihai, "9.rd_growth", "floor", "zh", opened=True)
        == "研发投入增量（当年研发投入 − 上年研发投入）超过 100 万元"
    )
    assert (
        sentence_of(weihai, "9.rd_growth", "floor", "en", opened=True)
        == "Increment of R&D spend (R&D spend of the year − R&D spend of the year before) is more than 1,000,000 yuan"
    )


def every_root(bound):
    for benefit in bound.benefits:
        yield benefit.kind_fits
        yield from (node for _, node in benefit.conditions)
        yield from (node for _, node in (*benefit.caps, *benefit.total_caps))
        yield from (node for node in (benefit.formula, benefit.amount) if node is not None)


def every_node(roots):
    return {id(node): node for root in roots for node in root.walk()}.values()


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("pack_id", shipped_packs())
def test_every_node_of_every_shipped_pack_gets_a_sentence_without_leftovers(pack_id, language):
    bound = bind(load_pack(pack_id), DAY)
    plain, opened = writer_of(bound, language), writer_of(bound, language, opened=True)
    for node in every_node(every_root(bound)):
        for sentence in (plain.sentence(node), opened.sentence(node)):
            assert sentence
            assert not LEFTOVERS.search(sentence), (node.op, sentence)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("pack_id", shipped_packs())
def test_an_unbound_pack_reads_with_the_titles_of_its_parameters(pack_id, language):
    pack = load_pack(pack_id)
    writer = Writer(pack, language)
    roots = [one.node for benefit in pack.benefits for one in benefit.conditions]
    roots += [benefit.amount.node for benefit in pack.benefits if benefit.amount.node is not None]
    for node in every_node(roots):
        assert not LEFTOVERS.search(writer.sentence(node)), (node.op, writer.sentence(node))


def test_an_unbound_condition_names_the_day_the_year_and_the_parameter(weihai):
    writer = Writer(weihai, "zh")
    conditions = {one.key: one.node for one in weihai.benefit("9.rd_growth").conditions}
    assert writer.sentence(conditions["above_scale"]) == "测算年度规模以上企业"
    assert writer.sentence(conditions["floor"]) == "研发投入增量超过研发投入增量下限"
    statuses = Writer(weihai, "en").definition(weihai.definitions["tech_sme"].node)
    assert statuses == (
        "At least one record under “Statuses” where status is technology SME, "
        "date granted is not after the day of assessment, and valid until is not before the day of assessment"
    )


@pytest.mark.parametrize(
    ("expression", "zh", "en"),
    [
        ('not (kind == "bank")', "主体类型不是银行", "Kind of subject is not bank"),
        (
            'kind not in {"bank", "insurer"}',
            "主体类型不是银行或保险机构",
            "Kind of subject is not bank or insurer",
        ),
        (
            "not this_year.above_scale",
            "并非“测算年度规模以上企业”",
            "Not “above-scale enterprise in the assessed year”",
        ),
        (
            "this_year.above_scale == false",
            "并非“测算年度规模以上企业”",
            "Not “above-scale enterprise in the assessed year”",
        ),
        (
            "not not this_year.above_scale",
            "测算年度规模以上企业",
            "Above-scale enterprise in the assessed year",
        ),
        (
            "2024-01-01 <= registered_on",
            "成立日期不早于 2024-01-01",
            "Date of registration is not before 2024-01-01",
        ),
        ("registered_on > 2024-01-01", "成立日期晚于 2024-01-01", "Date of registration is after 2024-01-01"),
        ("known(registered_on)", "已知成立日期", "Date of registration is known"),
        (
            "years_ago(3).sales < 100万元",
            "前 3 年销售收入低于 100 万元",
            "Sales 3 years before is less than 1,000,000 yuan",
        ),
        (
            "(this_year.sales - last_year.sales) * 5% >= 1元",
            "（测算年度销售收入 − 上年销售收入）的 5% 不低于 1 元",
            "5% of (sales in the assessed year − sales in the year before) is at least 1 yuan",
        ),
        (
            "min(this_year.sales, last_year.sales, 5元) > 0元",
            "测算年度销售收入、上年销售收入和 5 元中的最小者大于零",
            "The smallest of sales in the assessed year, sales in the year before and 5 yuan is above zero",
        ),
        (
            "max(registered_on, on) == add_months(registered_on, 12)",
            "成立日期和测算日中的较晚者为成立日期后 12 个月",
            "The later of date of registration and the day of assessment is 12 months after date of registration",
        ),
        (
            "round_down(this_year.sales, 1万元) == 5万元",
            "测算年度销售收入（以 1 万元为单位舍去尾数）为 5 万元",
            "Sales in the assessed year (rounded down to 10,000 yuan) is 50,000 yuan",
        ),
        (
            'count(s for s in statuses if s.level == "national") >= 2',
            "“资质认定”记录（级别为国家级）的条数不低于 2",
            "The number of records under “Statuses” (level is national) is at least 2",
        ),
        (
            "sum(y.sales for y in years) > 1亿元",
            "“年度数据”销售收入合计超过 10,000 万元",
            "The total of sales under “Annual figures” is more than 100,000,000 yuan",
        ),
        (
            "max(s.granted_on for s in statuses) < on",
            "“资质认定”最晚的认定日期早于测算日",
            "The latest date granted under “Statuses” is before the day of assessment",
        ),
        (
            'all(s.level == "national" for s in statuses)',
            "每条“资质认定”记录都符合：级别为国家级",
            "For every record under “Statuses”: level is national",
        ),
        (
            'this_year.sales >= (5元 if kind == "bank" else 6元)',
            "测算年度销售收入不低于（若主体类型为银行则为 5 元，否则为 6 元）",
            "Sales in the assessed year is at least (5 yuan if kind of subject is bank, otherwise 6 yuan)",
        ),
        (
            'kind == "bank" and (this_year.above_scale or size == "small")',
            "主体类型为银行，且（测算年度规模以上企业，或企业规模为小型）",
            "Kind of subject is bank, and (above-scale enterprise in the assessed year, or enterprise size is small)",
        ),
    ],
)
def test_each_operation_of_the_language_has_its_wording(weihai, expression, zh, en):
    problems = Problems()
    scope = Scope(load_vocabulary(), Forest(), {})
    node = read_expression(expression, Place("test"), scope, problems)
    assert not problems.found
    assert Writer(weihai, "zh").sentence(node) == zh
    assert Writer(weihai, "en").sentence(node) == en


@pytest.mark.parametrize(
    ("fen", "zh", "en"),
    [
        (5_000_000, "5.00 万元（50,000.00 元）", "50,000.00 yuan"),
        (690_000, "6,900.00 元", "6,900.00 yuan"),
        (19_923_287, "19.923287 万元（199,232.87 元）", "199,232.87 yuan"),
        (0, "0.00 元", "0.00 yuan"),
    ],
)
def test_a_sum_is_told_at_full_length(fen, zh, en):
    assert sum_text(fen, "zh") == zh
    assert sum_text(fen, "en") == en


def test_values_carry_their_units():
    vocabulary = load_vocabulary()
    assert value_text(None, "money", vocabulary, "zh") == "未知"
    assert value_text(True, "boolean", vocabulary, "en") == "yes"
    assert value_text(2023, "number", vocabulary, "zh") == "2023"
    assert value_text(12_000, "number", vocabulary, "zh") == "12,000"
    assert value_text("national", "code:level", vocabulary, "zh") == "国家级"
    assert value_text(DAY, "date", vocabulary, "en") == "2024-06-01"
