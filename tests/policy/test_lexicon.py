"""Figures and boundary words are found as an official reads them."""

import re
from collections import Counter
from datetime import date
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kechuang
from kechuang.policy.text.document import read_document
from kechuang.policy.text.lexicon import boundary_words, figures
from kechuang.policy.text.numerals import chinese_number

RAW = (Path(kechuang.__path__[0]) / "packs/weihai-2023-5/source.txt").read_text(encoding="utf-8")
CLAUSES = read_document(RAW).clauses
FLAT = re.sub(r"— \d+ —|\s", "", RAW[RAW.index("1.优化") : RAW.index("本实施意见自")])


def kinds(text):
    return [(figure.kind, figure.text, figure.value) for figure in figures(text)]


def words(text, names=()):
    return [(word.word, word.operators[0], word.partner) for word in boundary_words(text, names)]


def test_the_figures_of_the_document_are_counted_as_an_independent_search_counts_them():
    found = [figure for clause in CLAUSES.values() for figure in figures(clause.text)]

    count = Counter(figure.kind for figure in found)
    assert count == {"money": 54, "rate": 14, "count": 8, "period": 5, "label": 2, "ratio": 1}
    assert count["money"] == len(re.findall(r"\d万元?", FLAT))
    assert [figure.text for figure in found if figure.kind == "money"] == re.findall(r"\d+万元?", FLAT)
    assert [figure.text for figure in found if figure.kind == "rate"] == re.findall(r"[\d.]+%", FLAT)
    assert [figure.text for figure in found if figure.kind == "period"] == re.findall(r"\d+年", FLAT)


def test_the_counts_of_the_document():
    found = [(key, figure.text) for key, clause in CLAUSES.items() for figure in figures(clause.text)
             if figure.kind in ("count", "label")]  # fmt: skip

    assert found == [
        ("1", "八大"), ("1", "十条"), ("3", "1+4+N"), ("3", "1+4+N"), ("3", "4"),
        ("6", "十大"), ("6", "5大"), ("7", "八大"), ("7", "十条"), ("7", "4类"),
    ]  # fmt: skip


def test_every_arabic_digit_of_a_clause_belongs_to_a_figure():
    for clause in CLAUSES.values():
        covered = {at for figure in figures(clause.text) for at in range(figure.start, figure.end)}
        assert {found.start() for found in re.finditer(r"\d", clause.text)} <= covered


def test_the_boundary_words_of_the_document_are_counted_as_an_independent_search_counts_them():
    found = Counter(word.word for clause in CLAUSES.values() for word in boundary_words(clause.text))

    assert found == {"不超过": 39, "以上": 10, "最高": 4, "含": 3, "超过": 2, "上限": 2, "不低于": 2}
    assert found["不超过"] + found["超过"] == FLAT.count("超过")
    assert [found[word] for word in ("以上", "最高", "上限", "不低于")] == [
        FLAT.count(word) for word in ("以上", "最高", "上限", "不低于")
    ]
    assert found["含"] == FLAT.count("（含）")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("奖励1000万元", ("money", "1000万元", 1_000_000_000)),
        ("奖励50 万元", ("money", "50 万元", 50_000_000)),
        ("1.2亿元", ("money", "1.2亿元", 12_000_000_000)),
        ("120万家企业", ("count", "120万家", 1_200_000)),
        ("12.5元", ("money", "12.5元", 1250)),
        ("1，500元", ("money", "1，500元", 150_000)),
        ("五十万元", ("money", "五十万元", 50_000_000)),
        ("0.6%", ("rate", "0.6%", Fraction(6, 1000))),
        ("３％", ("rate", "３％", Fraction(3, 100))),
        ("5‰", ("rate", "5‰", Fraction(5, 1000))),
        ("百分之二十", ("rate", "百分之二十", Fraction(1, 5))),
        ("1:1的比例", ("ratio", "1:1", Fraction(1))),
        ("近3年", ("period", "3年", (3, "年"))),
        ("1年期", ("period", "1年", (1, "年"))),
        ("三个月", ("period", "三个月", (3, "月"))),
        ("十二个工作日", ("period", "十二个工作日", (12, "工作日"))),
        ("30天", ("period", "30天", (30, "日"))),
        ("4类技术", ("count", "4类", 4)),
        ("八大产业集群", ("count", "八大", 8)),
        ("两家企业", ("count", "两家", 2)),
        ("“4”平台", ("count", "4", 4)),
        ("2023年7月13日起", ("date", "2023年7月13日", date(2023, 7, 13))),
        ("2023年2月30日", ("label", "2023年2月30日", "2023年2月30日")),
        ("2024年度", ("label", "2024年", "2024年")),
        ("二〇二三年七月十三日", ("label", "二〇二三年七月十三日", "二〇二三年七月十三日")),
        ("“1+4+N”", ("label", "1+4+N", "1+4+N")),
        ("威科字〔2023〕37号", ("label", "〔2023〕37号", "〔2023〕37号")),
        ("1:0", ("label", "1:0", "1:0")),
        ("0.001元", ("label", "0.001元", "0.001元")),
        ("1.5年", ("label", "1.5年", "1.5年")),
        ("1.5倍", ("label", "1.5倍", "1.5倍")),
    ],
)
def test_one_figure_and_its_exact_value(text, expected):
    assert kinds(text) == [expected]


def test_a_sum_of_a_list_takes_the_unit_at_its_end():
    assert [value for _, _, value in kinds("100-200万元")] == [100_000_000, 200_000_000]
    assert [value for _, _, value in kinds("分别给予5、10万元")] == [5_000_000, 10_000_000]


@pytest.mark.parametrize(
    "text", ["培育一批", "一次性给予", "一大批", "第3条", "第十三条", "零部件", "千方百计", "一等奖"]
)
def test_words_that_only_look_like_figures(text):
    assert figures(text) == []


@given(st.text(alphabet="0123456789.,:%万元年月日个至-+N一二十百第〔〕号 ", max_size=30))
def test_figures_stand_in_order_apart_and_are_their_own_words(text):
    found = figures(text)

    assert all(text[figure.start : figure.end] == figure.text for figure in found)
    assert all(left.end <= right.start for left, right in pairwise(found))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("增量超过100万元", [("超过", ">", None)]),
        ("不超过100万元", [("不超过", "<=", None)]),
        ("不得超过100万元", [("不得超过", "<=", None)]),
        ("增长10%（含）以上", [("含", ">=", "以上"), ("以上", ">=", "含")]),
        ("增长率超过10%（含）", [("超过", ">=", "含"), ("含", ">=", "超过")]),
        ("超过10%（不含）", [("超过", ">", "不含"), ("不含", ">", "超过")]),
        ("10%以上（含）", [("以上", ">=", "含"), ("含", ">=", "以上")]),
        ("10%（不含）以上", [("不含", ">", "以上"), ("以上", ">", "不含")]),
        ("10%以下（不含）", [("以下", "<", "不含"), ("不含", "<", "以下")]),
        ("10%（含10%）以下", [("含", "<=", "以下"), ("以下", "<=", "含")]),
        ("50万元（含）", [("含", ">=", None)]),
        ("超过去年，奖励50万元（含）", [("超过", ">", None), ("含", ">=", None)]),
        ("市级以上创业人才", [("以上", ">=", None)]),
        ("额度最高20万元", [("最高", "<=", None)]),
        ("上限不超过20万元", [("上限", "<=", None), ("不超过", "<=", None)]),
        ("总保额不低于1000万元", [("不低于", ">=", None)]),
        ("注册满3年", [("满", ">=", None)]),
        ("不满3年", [("不满", "<", None)]),
        ("达到10%", [("达到", ">=", None)]),
        ("3年以内", [("以内", "<=", None)]),
    ],
)
def test_boundary_words_and_the_operator_they_imply(text, expected):
    assert words(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "包含",
        "涵养人才",
        "蕴含（内含）",
        "含税价",
        "建设期满考核",
        "达到先进水平。",
        "以上措施自发布起",
        "完成。以上政策",
    ],
)
def test_words_that_draw_no_line(text):
    assert words(text) == []


def test_proper_names_can_be_left_out():
    text = "省最高科学技术奖，最高补贴5万元"

    assert words(text) == [("最高", "<=", None), ("最高", "<=", None)]
    assert words(text, names={"最高科学技术奖"}) == [("最高", "<=", None)]


def test_a_ceiling_is_known_as_such():
    assert [word.is_ceiling for word in boundary_words("上限不超过20万元，增长10%以上且超过5万元")] == [
        True, True, False, False,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("numeral", "value"),
    [
        ("十", 10),
        ("十二", 12),
        ("二十", 20),
        ("两百零五", 205),
        ("二〇二三", 2023),
        ("五千万", 50_000_000),
        ("万", 10_000),
    ],
)
def test_chinese_numerals(numeral, value):
    assert chinese_number(numeral) == value


def test_a_letter_that_is_no_numeral_is_refused():
    with pytest.raises(ValueError, match="'甲' is not one of"):
        chinese_number("十甲")
