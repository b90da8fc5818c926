"""Packs as the API tells of them: every list leads on, every offset points at its words."""

from __future__ import annotations

import json

import jsonschema_rs
import pytest

from kechuang.policy import load_pack, shipped_packs

PACK = "packs/weihai-2023-5"


@pytest.fixture(scope="module")
def pack():
    return load_pack("weihai-2023-5")


def test_the_list_names_every_pack_that_comes_along(ask):
    packs = ask("packs").json()["packs"]

    assert packs[0]["id"] == "weihai-2023-5"
    assert {one["id"] for one in packs} == set(shipped_packs())
    assert [one["id"] for one in packs if one["in_force"]] == ["weihai-2023-5"]


def test_a_pack_tells_its_dates_counts_readings_and_rules(ask, pack):
    found = ask(PACK).json()

    assert (found["valid_from"], found["valid_to"]) == ("2023-07-13", "2028-07-12")
    assert found["document"]["number"] == "威政发〔2023〕5号"
    assert found["document"]["digest"] == pack.document.digest
    assert found["hash"] == pack.hash
    assert found["counts"]["benefits"] == len(list(pack.benefits))
    assert {one["id"] for one in found["readings"]} == set(pack.readings)
    assert all(one["chosen"] in {option["key"] for option in one["options"]} for one in found["readings"])
    assert [rule["number"] for rule in found["rules"]] == ["威科字〔2023〕37号"]


def test_every_measure_and_benefit_of_the_lists_can_be_read(ask, pack):
    measures = ask(f"{PACK}/measures").json()["measures"]

    assert [one["key"] for one in measures] == list(pack.measures)
    for one in measures:
        measure = ask(f"{PACK}/measures/{one['key']}").json()
        assert measure["text"] == pack.document.clauses[one["key"]].text
        assert len(measure["duties"]) == one["duty_count"]
        for brief in one["benefits"]:
            assert ask(f"{PACK}/benefits/{brief['id']}?on=2024-06-01").json()["title"] == brief["title"]


def test_every_quote_of_every_benefit_stands_where_it_says(ask, pack):
    text = ask(f"{PACK}/document").json()["text"]
    quotes = []
    for benefit in pack.benefits:
        found = ask(f"{PACK}/benefits/{benefit.id}?on=2024-06-01").json()
        parts = [*found["conditions"], *found["parameters"], found["given"], *found["given"]["caps"]]
        quotes += [part["quote"] for part in parts if part["quote"]]

    assert len(quotes) > 250
    assert all(
        "".join(text[one["start"] : one["end"]].split()) == "".join(one["text"].split()) for one in quotes
    )


def test_a_benefit_says_its_conditions_as_sentence_expression_and_quote(ask):
    found = ask(f"{PACK}/benefits/9.rd_growth?on=2024-06-01").json()
    growth = next(one for one in found["conditions"] if one["key"] == "growth")
    rate = next(one for one in found["parameters"] if one["key"] == "growth_rate")

    assert growth["expression"] == "increment >= growth_rate * spend_before"
    assert "10%" in growth["sentence"]["zh"]
    assert "10%" in growth["sentence"]["en"]
    assert growth["quote"]["text"] == "研发投入较上年度增长 10%（含）以上"
    assert growth["facts"] == ["years.rd_spend"]
    assert rate["values"][0]["value"] == "1/10"
    assert found["given"]["kind"] == "up_to"
    assert found["departments"] == ["市科技局", "市财政局"]
    assert [one["id"] for one in found["readings"]][:1] == ["I-9"]


def test_the_day_decides_whether_a_benefit_is_in_force(ask):
    within = ask(f"{PACK}/benefits/9.rd_growth?on=2024-06-01").json()
    after = ask(f"{PACK}/benefits/9.rd_growth?on=2028-07-13").json()

    assert (within["in_force"], after["in_force"]) == (True, False)
    assert after["on"] == "2028-07-13"


def test_the_worked_examples_can_be_sent_as_they_are(ask):
    for example in ask(f"{PACK}/benefits/9.rd_growth?on=2024-06-01").json()["examples"]:
        question = {key: example[key] for key in ("on", "year", "readings")}
        line = ask("assess", question | {"cases": [example["facts"]]}).json()["results"][0]["benefits"][
            "9.rd_growth"
        ]
        assert line["outcome"] == example["expect"]["outcome"], example["title"]


def test_every_anchor_tells_its_words_and_who_claims_them(ask, pack):
    text = ask(f"{PACK}/document").json()["text"]
    listed = ask(f"{PACK}/anchors").json()["anchors"]

    assert {one["id"] for one in listed} == set(pack.document.anchors)
    for one in listed[::7]:
        found = ask(f"{PACK}/anchors/{one['id']}").json()
        assert found["text"] == text[one["start"] : one["end"]]
        assert found["digest"] == one["digest"] == pack.document.anchors[one["id"]].digest
        for claim in found["claims"]:
            assert text[claim["start"] : claim["end"]] == claim["text"]
            assert claim["state"] in {"claimed", "programmatic", "gap"}


def test_the_anchor_of_a_figure_leads_to_the_parameter(ask):
    found = ask(f"{PACK}/anchors/9").json()

    claims = {(one["text"], by) for one in found["claims"] for by in one["by"]}
    assert ("10%", "parameter 9.rd_growth.growth_rate") in claims
    assert {one["benefit"] for one in found["quoted_by"]} == {"9.rd_growth"}
    assert found["line"] == pack_line("9")


def pack_line(key: str) -> int:
    document = load_pack("weihai-2023-5").document
    return document.line(document.anchors[key].start)


def test_the_closing_claims_the_dates_of_force(ask):
    claims = ask(f"{PACK}/anchors/closing").json()["claims"]

    assert [one["by"] for one in claims] == [["valid_from"], ["valid_to"]]


def test_the_vocabulary_lists_every_fact_and_code(ask, pack):
    found = ask(f"{PACK}/vocabulary").json()

    assert {one["name"] for one in found["records"]} == set(pack.vocabulary.records)
    assert sum(len(one["fields"]) for one in found["records"]) == sum(
        len(kind.fields) for kind in pack.vocabulary.records.values()
    )
    assert {one["name"] for one in found["codes"]} == set(pack.vocabulary.codes)


@pytest.mark.parametrize("name", shipped_packs())
def test_the_schema_of_facts_takes_every_worked_example_of_its_pack(ask, name):
    validator = jsonschema_rs.validator_for(ask(f"packs/{name}/schema").json(), validate_formats=False)
    examples = [
        example
        for benefit in load_pack(name).benefits
        for example in ask(f"packs/{name}/benefits/{benefit.id}?on=2026-06-01").json()["examples"]
    ]

    refused = {
        f"{example['title']['en']}: {error.message} at {error.instance_path}"
        for example in examples
        for error in validator.iter_errors(example["facts"])
    }

    assert len(examples) > 10
    assert refused == set()


def test_the_schema_refuses_what_the_reader_refuses(ask, enterprise):
    validator = jsonschema_rs.validator_for(ask(f"{PACK}/schema").json())
    wrong = [
        {"no_such_fact": 1},
        {"years": [{"year": 2023, "rd_spend": 1.5}]},
        {"years": [{"year": 2023, "rd_spend": -1}]},
        {"years": [{"year": 2023, "rd_spend": "1.001元"}]},
        {"registered_on": "2024-13-01"},
        {"kind": "factory"},
        {"name": "x" * 501},
    ]

    assert validator.is_valid(enterprise)
    for facts in wrong:
        assert not validator.is_valid(facts), facts
        assert ask("assess", {"on": "2024-06-01", "cases": [facts]}).status_code == 422


@pytest.mark.parametrize(
    "address",
    [
        "packs/nowhere",
        "packs/..%2f..%2fetc",
        "packs/nowhere/measures",
        f"{PACK}/measures/99",
        f"{PACK}/benefits/9.nothing",
        f"{PACK}/anchors/99.9",
        f"{PACK}/nothing",
        "nothing",
        "packs/",
    ],
)
def test_what_there_is_not_is_a_problem_that_says_what_there_is(ask, address):
    response = ask(address)

    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"
    assert json.loads(response.content)["type"] == "/api/problems/not-found"


def test_titles_and_sentences_come_in_both_languages_whatever_is_asked(ask):
    chinese = ask(f"{PACK}/measures", headers={"accept-language": "zh"})
    english = ask(f"{PACK}/measures", headers={"accept-language": "en"})

    assert chinese.json() == english.json()
    assert chinese.json()["measures"][8]["title"]["en"] == "Guide enterprises to spend more on R&D"
