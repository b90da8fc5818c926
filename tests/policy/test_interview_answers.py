"""What people type becomes facts; what fits nothing gets a sentence."""

from __future__ import annotations

import json
from datetime import date
from fractions import Fraction

import pytest

from kechuang.policy.cases.assessment import assess_bound
from kechuang.policy.cases.facts import read_case
from kechuang.policy.encoding.binding import bind
from kechuang.policy.encoding.loading import load_pack
from kechuang.policy.interview import (
    AnswerError,
    Lists,
    next_question,
    plain_facts,
    put,
    question_for,
    read_answer,
    replay,
)
from kechuang.policy.language.values import FEN_PER

PACK = load_pack("weihai-2023-5")
BOUND = bind(PACK, date(2025, 6, 1))
VOCABULARY = PACK.vocabulary
WAN = FEN_PER["万元"]
FACTS = {
    "kind": "enterprise",
    "contracts": [{"kind": "development"}, {"kind": "development"}, {}],
    "loans": [{}],
}


def answered(key, raw):
    return read_answer(question_for(key, BOUND, FACTS), raw, BOUND)


@pytest.mark.parametrize(
    ("key", "typed", "read"),
    [
        ("years.2024.rd_spend", "120", 120 * WAN),
        ("years.2024.rd_spend", "1,200.5", 120050 * WAN // 100),
        ("years.2024.rd_spend", "3500.50元", 350050),
        ("years.2024.rd_spend", "120 万元", 120 * WAN),
        ("loans.1.rate", "4.35", Fraction(435, 10000)),
        ("loans.1.rate", "4.35％", Fraction(435, 10000)),
        ("years.2024.above_scale", "是", True),
        ("years.2024.above_scale", "no", False),
        ("contracts.development.signed_on", "2024-05-01", date(2024, 5, 1)),
        ("contracts.3.year", " 2024 ", 2024),
        ("size", "small", "small"),
        ("size", "小型", "small"),
        ("kind", "", None),
        ("statuses", ["tech_sme"], {"tech_sme": 1}),
        ("statuses", {"srdi": 1, "tech_sme": 0}, {"srdi": 1}),
        ("contracts", {"development": 3}, {"development": 3}),
        ("parks", [], {}),
        ("bases", "2", 2),
    ],
)
def test_what_is_typed_is_read_exactly(key, typed, read):
    assert answered(key, typed) == read


@pytest.mark.parametrize(
    ("key", "typed", "words"),
    [
        ("years.2024.rd_spend", "很多", "金额"),
        ("years.2024.rd_spend", "-5", "金额"),
        ("years.2024.rd_spend", "0.0000001", "金额"),
        ("years.2024.above_scale", "perhaps", "是"),
        ("contracts.3.year", "二零二四", "整数"),
        ("contracts.3.signed_on", "2024-13-01", "日期"),
        ("size", "giant", "选项"),
        ("statuses", ["nothing"], "选项"),
        ("statuses", {"tech_sme": 2}, "选项"),
        ("contracts", {"development": 21}, "20"),
        ("contracts", {"development": True}, "20"),
        ("contracts", 3, "20"),
        ("bases", "21", "20"),
        ("bases", "some", "整数"),
        ("loans.1.rate", "9" * 40, "百分比"),
    ],
)
def test_what_cannot_be_read_gets_a_sentence_in_both_languages(key, typed, words):
    with pytest.raises(AnswerError) as caught:
        answered(key, typed)

    assert words in caught.value.words.zh
    assert caught.value.words.en


def test_several_lists_are_answered_at_once():
    question = next_question(BOUND, {"kind": "enterprise"})

    answer = read_answer(question, ["statuses", "loans"], BOUND)
    facts, settled = put({"kind": "enterprise"}, frozenset(), "records", answer, VOCABULARY)

    assert set(answer.some) == {"statuses", "loans"}
    assert facts["contracts"] == []
    assert "statuses" not in facts
    assert settled == {"records"}


@pytest.mark.parametrize("raw", [["nothing"], "statuses", 3])
def test_a_list_that_was_not_offered_is_refused(raw):
    with pytest.raises(AnswerError):
        read_answer(next_question(BOUND, {"kind": "enterprise"}), raw, BOUND)


def test_not_knowing_which_lists_leaves_all_of_them_open():
    facts, settled = put({"kind": "enterprise"}, frozenset(), "records", None, VOCABULARY)

    assert facts == {"kind": "enterprise"}
    assert next_question(BOUND, facts, settled).key != "records"


def test_given_facts_stand_against_an_answer_about_several_lists():
    facts, _ = put({"loans": [{}]}, frozenset(), "records", Lists((), ("loans", "covers")), VOCABULARY)

    assert facts == {"loans": [{}], "covers": []}


def test_records_are_told_apart_by_their_code():
    facts, _ = put({}, frozenset(), "contracts", {"development": 2}, VOCABULARY)
    facts, _ = put(facts, frozenset(), "contracts.development-2.paid", 5 * WAN, VOCABULARY)
    question = question_for("contracts.development-2.in_city", BOUND, facts)

    assert facts["contracts"] == [
        {"kind": "development", "number": "#1"},
        {"kind": "development", "number": "#2", "paid": 5 * WAN},
    ]
    assert question.key == "contracts.development-2.in_city"
    assert "第 2 项" in question.about.zh
    assert "no. 2" in question.about.en


def test_answers_are_replayed_in_order_and_what_no_longer_fits_is_left_out():
    answers = {
        "kind": "enterprise",
        "statuses": {"tech_sme": 1, "srdi": 1},
        "statuses.srdi.level": "municipal",
        "statuses.tech_sme.granted_on": None,
        "years.2024.sales": 7 * WAN,
        "years.2024.rd_spend": 5 * WAN,
    }

    facts, settled = replay(answers, VOCABULARY)
    fewer, _ = replay({**answers, "statuses": {"tech_sme": 1}}, VOCABULARY)

    assert facts["statuses"] == [{"kind": "tech_sme"}, {"kind": "srdi", "level": "municipal"}]
    assert facts["years"] == [{"year": 2024, "sales": 7 * WAN, "rd_spend": 5 * WAN}]
    assert settled == {"statuses.tech_sme.granted_on"}
    assert fewer["statuses"] == [{"kind": "tech_sme"}]


def test_a_later_answer_settles_what_was_not_known_before():
    facts, settled = put({}, frozenset({"size"}), "size", "small", VOCABULARY)

    assert (facts, settled) == ({"size": "small"}, frozenset())


def test_facts_survive_as_plain_data():
    facts = {
        "kind": "enterprise",
        "statuses": [{"kind": "tech_sme", "granted_on": date(2025, 3, 1)}],
        "loans": [
            {"rate": Fraction(435, 10000), "balance": 5 * WAN, "secured": True},
            {"rate": Fraction(3, 1)},
        ],
        "covers": [],
    }

    plain = plain_facts(facts)

    assert plain["loans"][0]["rate"] == "4.35%"
    assert read_case(json.loads(json.dumps(plain)), VOCABULARY) == facts


def test_the_question_about_lists_takes_lists_too():
    question = next_question(BOUND, {"kind": "enterprise"})

    assert read_answer(question, Lists(("loans",), ()), BOUND) == Lists(("loans",), ())
    with pytest.raises(KeyError):
        question_for("records", BOUND, {})


def test_what_a_person_counts_as_several_is_counted_as_several_without_asking_for_numbers_of_papers():
    facts, _ = put({"kind": "person"}, frozenset(), "awards", {"top": 2}, VOCABULARY)
    for key in ("awards.top", "awards.top-2"):
        facts, _ = put(facts, frozenset(), f"{key}.level", "national", VOCABULARY)
        facts, _ = put(facts, frozenset(), f"{key}.won_on", date(2024, 1, 15), VOCABULARY)

    result = assess_bound(BOUND, facts).results["22.top_award"]

    assert (result.amount, result.open_items) == (2 * 500 * WAN, 0)


def test_a_single_record_needs_no_name():
    facts, _ = put({}, frozenset(), "awards", {"top": 1}, VOCABULARY)

    assert facts["awards"] == [{"kind": "top"}]


def test_several_records_are_different_things_and_each_adds_to_the_sum():
    contract = {
        "in_city": True, "side": "buyer", "counterparty": "university", "year": 2024, "filed": True,
        "signed_on": date(2024, 5, 1), "filed_on": date(2024, 6, 1), "same_as_registered": True,
    }  # fmt: skip
    each = {
        f"contracts.{one}.{name}": value
        for one in ("development", "development-2")
        for name, value in contract.items()
    }
    answers = {
        "kind": "enterprise",
        "statuses": {"tech_sme": 1},
        "statuses.tech_sme.granted_on": date(2024, 3, 1),
        "statuses.tech_sme.expires_on": date(2025, 12, 31),
        "contracts": {"development": 2},
        **each,
        "contracts.development.paid": 100 * WAN,
        "contracts.development-2.paid": 300 * WAN,
    }

    facts, _ = replay(answers, VOCABULARY)

    assert [row["number"] for row in facts["contracts"]] == ["#1", "#2"]
    assert assess_bound(BOUND, facts).results["14.contract"].amount == 20 * WAN
