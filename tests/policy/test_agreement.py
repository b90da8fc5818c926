"""Words of the text against expressions of the pack: what agrees is passed over, all else is said."""

from datetime import date

import pytest

from kechuang.policy.encoding.agreement import disagreement, equals, figure_of, shown
from kechuang.policy.language.parameter import Parameter
from kechuang.policy.language.problems import Place
from kechuang.policy.language.tree import CONSTANT, Forest, Named
from kechuang.policy.language.values import Words
from kechuang.policy.text.lexicon import boundary_words, figures

FOREST = Forest()
WORDS = Words("甲", "A")
LIMIT = FOREST.node(
    "parameter", "money", CONSTANT, (), Parameter("limit", WORDS, "money", (), None, None, None, Place("x"))
)
FIELD = FOREST.node("field", "money", "subject", (), ("subject", "paid"))


def compare(op, left, right):
    return FOREST.node(op, "boolean", "subject", (left, right))


def let(inner):
    return FOREST.node("named", inner.type, "subject", (inner,), Named("let", "given", WORDS))


def word(text):
    return boundary_words(text)[0]


@pytest.mark.parametrize(
    ("text", "node", "wrong"),
    [
        ("超过10%", compare("gt", FIELD, LIMIT), None),
        ("超过10%", compare("lt", LIMIT, FIELD), None),
        ("超过10%", FOREST.node("not", "boolean", "subject", (compare("le", FIELD, LIMIT),)), None),
        ("超过10%", compare("gt", LIMIT, FIELD), "compares with <, expected >"),
        ("不超过10%", compare("le", FIELD, LIMIT), None),
        ("不超过10%", compare("lt", FIELD, LIMIT), "compares with <, expected <= or in"),
        (
            "不低于10%",
            compare("ge", let(FOREST.node("max", "money", "subject", (FIELD, LIMIT))), LIMIT),
            None,
        ),
        (
            "不低于10%",
            compare("ge", let(FOREST.node("max", "money", "subject", (FIELD, LIMIT))), FIELD),
            "compares with <=, ",
        ),
        ("市级以上", FOREST.node("in", "boolean", "subject", (FIELD,), ("national",)), None),
        (
            "超过10%",
            FOREST.node("in", "boolean", "subject", (FIELD,), ("national",)),
            "compares nothing, expected >",
        ),
        ("以上", FIELD, None),
    ],
)
def test_a_condition_agrees_with_its_word_or_says_what_was_expected(text, node, wrong):
    found = disagreement(word("甲" + text), node, "limit")

    assert found is None if wrong is None else wrong in found


def test_without_a_parameter_some_comparison_must_agree():
    other = compare("ge", FIELD, FIELD)

    assert disagreement(word("不低于上年"), other) is None
    assert "compares with >=, expected >" in disagreement(word("超过上年"), other)


def test_a_definition_does_not_lend_its_comparisons():
    inner = FOREST.node(
        "named", "boolean", "subject", (compare("gt", FIELD, LIMIT),), Named("definition", "big", WORDS)
    )

    assert "compares nothing" in disagreement(word("超过上年"), inner, "limit")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("增长10%（含）以上", "10%"),
        ("市级以上，给予10万元", None),
        ("不超过增量5%的比例", "5%"),
        ("不超过支付金额、5%", None),
        ("不超过县级财政资金的支持额度5万元", None),
        ("不超过县级", None),
    ],
)
def test_the_figure_a_word_speaks_of(text, expected):
    found = figure_of(boundary_words(text)[-1], figures(text), text)

    assert (found.text if found else None) == expected


def test_figures_equal_values_exactly():
    (period,), (name,) = figures("近3年"), figures("1+4+N")

    assert equals(period, 3)
    assert not equals(period, 4)
    assert not equals(name, "1+4+N")
    assert [shown("money", 100_000_000), shown("date", date(2023, 7, 13)), shown("number", 3)] == [
        "100万元",
        "2023-07-13",
        "3",
    ]
