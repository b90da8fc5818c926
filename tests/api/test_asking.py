"""The stateless interview: the client carries facts and skipped questions, the API says what to ask next and why."""

from __future__ import annotations

from datetime import date

import pytest

from kechuang.exchange.plain import intake_of, plain_case
from kechuang.policy import load_pack, read_case
from kechuang.policy.cases.facts import read_facts_section
from kechuang.policy.encoding.binding import bind
from kechuang.policy.interview import next_question

ON = "2024-06-01"
HELD = {
    "kind": "enterprise",
    "records": ["statuses"],
    "statuses": ["high_tech_enterprise"],
    "statuses.high_tech_enterprise.granted_on": "2022-12-12",
    "statuses.high_tech_enterprise.expires_on": "2025-12-11",
    "years.2023.rd_spend": "900",
    "years.2022.rd_spend": "600",
    "years.2023.above_scale": True,
    "years.2023.has_rd_activity": "是",
}


def interview(ask, answers: dict, most: int = 120) -> list[dict]:
    """Every answer of the API, until it asks no more; what is not in `answers` is not known, lists hold nothing."""
    told = [ask("ask", {"on": ON}).json()]
    while told[-1]["question"]:
        question = told[-1]["question"]
        none = [] if question["form"] in {"records", "kinds"} else None
        carried = {name: told[-1][name] for name in ("on", "year", "readings", "facts", "skipped")}
        value = answers.get(question["key"], none)
        told.append(ask("ask", carried | {"answer": {"key": question["key"], "value": value}}).json())
        assert len(told) < most
    return told


def test_an_interview_ends_with_what_an_assessment_of_its_facts_says(ask):
    told = interview(ask, HELD)
    facts = told[-1]["facts"]

    totals = ask("assess", {"on": ON, "cases": [facts]}).json()["totals"]

    assert facts["years"][0] | facts["years"][1]
    assert told[-1]["ceiling_fen"] == totals["ceiling_fen"] >= 15_000_000
    assert told[-1]["entitled_fen"] == totals["entitled_fen"]
    assert sum(told[-1]["outcomes"].values()) == len(list(load_pack("weihai-2023-5").benefits))
    assert told[-1]["open"] == []
    assert told[-1]["remaining"] == 0
    assert all(one["remaining"] > 0 for one in told[:-1])


def test_the_next_question_is_the_one_of_the_library(ask):
    bound = bind(load_pack("weihai-2023-5"), date(2024, 6, 1))
    facts = read_case({"kind": "enterprise"}, bound.pack.vocabulary)

    question = ask("ask", {"on": ON, "facts": {"kind": "enterprise"}}).json()["question"]

    expected = next_question(bound, facts)
    assert (question["key"], question["form"], question["fen"]) == (expected.key, expected.form, expected.fen)
    assert question["ask"] == {"zh": expected.ask.zh, "en": expected.ask.en}
    assert question["benefits"] == list(expected.benefits)


def test_a_question_says_why_it_is_asked_in_the_language_of_the_visitor(ask):
    chinese = ask("ask", {"on": ON}).json()["question"]["why"]
    english = ask("ask?language=en", {"on": ON}).json()["question"]["why"]

    assert [one["benefit"] for one in chinese] == [one["benefit"] for one in english]
    assert chinese[0]["sentence"] != english[0]["sentence"]


def test_what_is_not_known_is_skipped_and_not_asked_again(ask):
    first = ask("ask", {"on": ON}).json()
    key = first["question"]["key"]

    second = ask("ask", {"on": ON, "answer": {"key": key, "value": None}}).json()

    assert second["skipped"] == [key]
    assert second["facts"] == {}
    assert second["question"]["key"] != key


def test_an_answer_given_before_can_be_changed(ask):
    facts = {"kind": "enterprise", "size": "small"}

    changed = ask("ask", {"on": ON, "facts": facts, "answer": {"key": "size", "value": "large"}}).json()

    assert changed["facts"]["size"] == "large"


@pytest.mark.parametrize(
    ("answer", "pointer"),
    [
        ({"key": "nothing", "value": 1}, "/answer/key"),
        ({"key": "contracts.7.paid", "value": 1}, "/answer/key"),
        ({"key": "", "value": 1}, "/answer/key"),
        ({"key": "kind", "value": "factory"}, "/answer/value"),
        ({"key": "kind", "value": ["enterprise"]}, "/answer/value"),
        ({"key": "years.2023.rd_spend", "value": 1.5}, "/answer/value"),
        ({"key": "years.2023.rd_spend", "value": "much"}, "/answer/value"),
        ({"key": "years.2023.rd_spend", "value": 10**30}, "/answer/value"),
        ({"key": "statuses", "value": {"high_tech_enterprise": 10**9}}, "/answer/value"),
        ({"key": "statuses", "value": {"high_tech_enterprise": True}}, "/answer/value"),
        ({"key": "statuses", "value": [["x"]]}, "/answer/value"),
        ({"key": "statuses", "value": [{"x": 1}]}, "/answer/value"),
        ({"key": "registered_on", "value": "2024-02-30"}, "/answer/value"),
        ({"key": 7, "value": 1}, "/answer/key"),
        ({"value": 1}, "/answer/key"),
        ({"key": "kind"}, "/answer/value"),
    ],
)
def test_an_answer_that_fits_no_question_names_its_place(ask, answer, pointer):
    response = ask("ask", {"on": ON, "facts": {"kind": "enterprise"}, "answer": answer})

    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == pointer


def test_facts_of_an_interview_are_checked_as_all_facts_are(ask):
    response = ask("ask", {"facts": {"years": [{"sales": "many"}]}})

    assert response.json()["type"] == "/api/problems/invalid-facts"
    assert response.json()["errors"][0]["pointer"] == "/facts/years/0/sales"


@pytest.mark.parametrize("name", ["weihai-2023-5", "example-city"])
def test_facts_come_back_such_that_reading_them_gives_the_same(name):
    pack = load_pack(name)
    for benefit in pack.benefits:
        for example in benefit.examples:
            facts = read_facts_section(example.facts, pack.vocabulary)
            assert list(intake_of([plain_case(facts)], pack.vocabulary).cases) == [facts]


def test_an_interview_about_one_benefit_asks_only_what_it_needs(ask):
    here = ask("ask", {"on": ON, "facts": {"kind": "enterprise"}, "benefits": ["9.rd_growth"]}).json()

    assert here["question"]["benefits"] == here["open"] == ["9.rd_growth"]


def test_an_interview_about_a_benefit_that_there_is_not_is_refused(ask):
    response = ask("ask", {"benefits": ["9.rd_growth", "9.nothing"]})

    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == "/benefits/1"
