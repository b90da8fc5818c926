"""The measures, one page each, down to every benefit and every worked example."""

from __future__ import annotations

import re
from html import unescape

import pytest

from kechuang.policy import load_pack
from kechuang.policy.cases.examples import run_example
from kechuang.reader import examples

pytestmark = pytest.mark.django_db
PACK = load_pack("weihai-2023-5")
LANGUAGES = ["zh-hans", "en"]


def text_of(html):
    return unescape(re.sub(r"<[^>]*>", "", html))


def test_the_list_holds_every_measure_and_every_benefit_without_a_query(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        said = client.get("/measures/").content.decode()

    for measure in PACK.measures.values():
        assert f'href="/measures/{measure.key}/"' in said
    for benefit in PACK.benefits:
        assert f'href="/measures/{benefit.measure}/{benefit.key}/"' in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_measure_shows_its_words_duties_and_readings(client, language, django_assert_num_queries):
    client.cookies["django_language"] = language

    for measure in PACK.measures.values():
        with django_assert_num_queries(0):
            said = client.get(f"/measures/{measure.key}/").content.decode()
        plain = text_of(re.sub(r'<a class="anchor".*?</a>', "", said))
        assert PACK.document.clauses[measure.key].text.replace("\n", "")[:60] in plain.replace("\n", "")
        assert said.count("<li><strong>") == len(measure.duties)
        of_measure = [one for one in PACK.readings.values() if one.measure == measure.key]
        assert said.count('<div class="reading-card">') == len(of_measure)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_benefit_shows_each_condition_with_its_words_and_the_way_back_to_them(client, language):
    client.cookies["django_language"] = language
    whole = client.get("/policy/").content.decode()

    for benefit in PACK.benefits:
        said = client.get(f"/measures/{benefit.measure}/{benefit.key}/").content.decode()
        for condition in benefit.conditions:
            if condition.quote:
                assert condition.quote.text in said
                assert f'href="/policy/#m-{benefit.measure}-{condition.quote.start}"' in said
        for mark in set(re.findall(r'href="/policy/#(m-[^"]+)"', said)):
            assert f'id="{mark}"' in whole
        assert said.count("<tr id=") == len(benefit.examples)


def test_the_implementing_rules_stand_with_their_steps_and_their_own_validity(client):
    said = client.get("/measures/14/contract/").content.decode()

    assert "威科字〔2023〕37号" in said
    assert "合同签订之日起 60 日内" in said
    assert "细则自身的有效期未知" in said


def test_evidence_says_where_it_is_shared_or_why_it_is_asked_for(client):
    for benefit in PACK.benefits:
        said = client.get(f"/measures/{benefit.measure}/{benefit.key}/").content.decode()
        for one in benefit.evidence:
            assert one.title.zh in unescape(said)
            assert (one.shared or one.asked).zh in unescape(said)


def test_an_example_shows_its_facts_in_short_and_opens_to_its_reasoning(client, django_assert_num_queries):
    listed = client.get("/measures/9/rd_growth/").content.decode()
    with django_assert_num_queries(0):
        said = client.get("/measures/9/rd_growth/examples/3/").content.decode()

    assert "2022 年：研发投入（统计口径） 2,000 万元" in listed
    assert "增长差一分不到 10%，不符合" in said
    assert "差 0.01 元" in said
    assert "研发投入增量不低于上年研发投入的 10%" in said
    assert '<details class="result result-not_eligible" id="b-9.rd_growth" open>' in said


def test_the_register_beside_a_value_is_where_such_a_fact_is_to_be_had(client):
    chinese = client.get("/measures/9/rd_growth/examples/3/").content.decode()
    client.cookies["django_language"] = "en"
    english = client.get("/measures/9/rd_growth/examples/3/").content.decode()

    assert '<small class="quiet">统计部门可查</small>' in chinese
    assert '<small class="quiet">held by: statistics office</small>' in english
    assert '<small class="quiet">统计部门</small>' not in chinese


def test_what_an_example_page_shows_is_what_the_examples_runner_finds():
    for benefit in PACK.benefits:
        for example in benefit.examples[:2]:
            found = examples.assessed(PACK, benefit, example).results[benefit.id]
            ran = run_example(PACK, benefit, example).result
            assert (found.outcome, found.amount) == (ran.outcome, ran.amount)


def test_what_another_reading_changes_is_counted_by_carrying_the_examples_out():
    benefit = PACK.benefit("9.rd_growth")

    changed = examples.effects(PACK, benefit, PACK.readings["I-9"])

    assert list(changed) == ["both"]
    for number, example in enumerate(benefit.examples, start=1):
        if "I-9" in example.readings:
            assert number not in changed["both"]
            continue
        now = examples.assessed(PACK, benefit, example).results[benefit.id]
        then = examples.assessed(PACK, benefit, example, {"I-9": "both"}).results[benefit.id]
        assert (number in changed["both"]) is ((now.outcome, now.amount) != (then.outcome, then.amount))
    assert 0 < len(changed["both"]) < len(benefit.examples)


@pytest.mark.parametrize("address", ["/measures/33/", "/measures/9/nothing/", "/measures/x/y/"])
def test_what_the_document_does_not_hold_is_404(client, address):
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("address", ["/measures/9/rd_growth/", "/measures/9/", "/policy/phrases/9-126/"])
def test_from_the_policy_one_comes_to_questions_about_that_part_of_it_alone(client, address):
    said = client.get(address).content.decode()

    asked = client.get(unescape(re.search(r'href="(/ask/questions/\?about=[^"]+)"', said)[1]))

    assert asked.status_code == 200
    assert "关系到 1 项政策" in asked.content.decode()


def test_another_pack_than_the_one_in_force_is_not_asked_about(client):
    assert "about=" not in client.get("/packs/example-city/measures/1/").content.decode()


def test_questions_about_what_is_not_in_the_policy_are_not_found(client):
    assert client.get("/ask/questions/", {"about": "9.nothing"}).status_code == 404
