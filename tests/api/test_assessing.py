"""Assessments and explanations: the same as the library gives and the commands write, and the same again later."""

from __future__ import annotations

import json
from datetime import date

import pytest
from django.utils import timezone

from kechuang.cli import main
from kechuang.policy import assess, explain, load_pack, read_case

ON = "2024-06-01"
CASE = "docs/examples/enterprise.json"


@pytest.fixture(scope="module")
def pack():
    return load_pack("weihai-2023-5")


def test_an_assessment_is_what_the_command_writes(ask, enterprise, tmp_path, capsys):
    out = tmp_path / "results.json"
    main(["assess", CASE, "--on", ON, "--out", str(out)])

    response = ask("assess", {"on": ON, "cases": [enterprise]})

    assert response.status_code == 200
    assert response.json() == json.loads(out.read_text(encoding="utf-8"))


def test_an_explanation_is_what_the_command_prints(ask, enterprise, capsys):
    for language in ("zh", "en"):
        main(["explain", CASE, "--on", ON, "--json", "--language", language])
        printed = json.loads(capsys.readouterr().out)

        response = ask(f"explain?language={language}", {"on": ON, "facts": enterprise})

        assert response.json()["explanations"] == printed


def test_many_cases_come_out_as_the_library_says_one_by_one(ask, pack):
    question = {"on": ON, "year": 2023}
    told = [
        one["facts"]
        for benefit in pack.benefits
        for one in ask(f"packs/{pack.id}/benefits/{benefit.id}?on={ON}").json()["examples"]
        if one["on"] == ON and one["year"] == 2023 and not one["readings"]
    ][:200]

    results = ask("assess", question | {"cases": told}).json()["results"]

    assert len(results) == len(told) > 20
    for facts, result in zip(told, results, strict=True):
        expected = assess(pack, read_case(facts, pack.vocabulary), date(2024, 6, 1), 2023)
        for benefit_id, line in result["benefits"].items():
            one = expected.results[benefit_id]
            assert (line["outcome"], line.get("amount_fen"), line.get("because")) == (
                str(one.outcome),
                one.amount,
                one.because,
            )


def test_one_benefit_alone_can_be_explained(ask, pack, enterprise):
    told = ask("explain", {"on": ON, "facts": enterprise, "benefit": "9.rd_growth"}).json()["explanations"]

    expected = explain(assess(pack, read_case(enterprise, pack.vocabulary), date(2024, 6, 1)), "9.rd_growth")
    assert told == [expected.to_dict()]
    assert told[0]["amount_fen"] == 15_000_000


def test_an_answer_says_what_it_rests_on_and_can_be_asked_again(ask, enterprise):
    first = ask("assess", {"cases": [enterprise]}).json()
    basis = {"pack": first["pack"]["id"], "hash": first["pack"]["hash"]}
    basis |= {key: first[key] for key in ("on", "year", "readings")}

    again = ask("assess", basis | {"cases": [enterprise]}).json()

    assert first["on"] == timezone.localdate().isoformat()
    assert first["year"] == timezone.localdate().year - 1
    assert again == first


def test_an_answer_of_another_pack_cannot_be_asked_again(ask, enterprise):
    response = ask("assess", {"hash": "0" * 64, "cases": [enterprise]})

    assert response.status_code == 409
    assert response.json()["type"] == "/api/problems/pack-changed"


def test_another_reading_gives_another_answer(ask, pack):
    benefit = next(one for one in pack.measures["17"].benefits if one.examples)
    examples = ask(f"packs/{pack.id}/benefits/{benefit.id}?on={ON}").json()["examples"]
    facts = examples[0]["facts"]

    default = ask("assess", {"on": examples[0]["on"], "cases": [facts]}).json()
    other = ask(
        "assess", {"on": examples[0]["on"], "readings": {"I-17": "three-intervals"}, "cases": [facts]}
    ).json()

    assert default["readings"]["I-17"] == "two-intervals"
    assert other["readings"]["I-17"] == "three-intervals"
    assert default["pack"] == other["pack"]


def test_another_pack_can_be_asked(ask):
    answer = ask(
        "assess", {"pack": "example-city", "on": "2026-06-01", "cases": [{"kind": "enterprise"}]}
    ).json()

    assert answer["pack"]["id"] == "example-city"
    assert set(answer["results"][0]["benefits"]) == {one.id for one in load_pack("example-city").benefits}


def test_facts_that_are_not_known_are_undetermined_and_named(ask):
    line = ask("assess", {"on": ON, "cases": [{"kind": "enterprise"}]}).json()["results"][0]["benefits"][
        "9.rd_growth"
    ]

    assert line["outcome"] == "undetermined"
    assert {"fact": "years"} in line["missing"] or {one["fact"].split(".")[0] for one in line["missing"]} >= {
        "years"
    }


def test_out_of_force_is_an_outcome_and_no_fault(ask, enterprise):
    for day in ("1900-01-01", "2023-07-12", "2028-07-13", "2200-12-31"):
        lines = ask("assess", {"on": day, "cases": [enterprise]}).json()["results"][0]["benefits"].values()
        assert {one["outcome"] for one in lines} == {"not_in_force"}


def test_a_code_that_was_tidied_is_said(ask):
    answer = ask(
        "assess?language=en", {"on": ON, "cases": [{"uscc": " 91371000-ma0000dmxd ", "kind": "enterprise"}]}
    )

    assert answer.json()["results"][0]["uscc"] == "91371000MA0000DMXD"
    assert "plain capitals" in answer.json()["stated"][0]["how"]


@pytest.mark.parametrize(
    ("facts", "pointer", "expected"),
    [
        (
            {"years": [{"year": 2023, "rd_spend": 9_000_000.0}]},
            "/cases/0/years/0/rd_spend",
            "exact to the fen",
        ),
        ({"years": [{"year": 2023}, {"year": 2023}]}, "/cases/0/years/1", "once a subject"),
        ({"years": [{}, {"sales": "many"}]}, "/cases/0/years/1/sales", "a sum such as"),
        ({"years": {}}, "/cases/0/years", "a list of at most"),
        ({"years": [7]}, "/cases/0/years/0", "an object with named facts"),
        ({"ears": []}, "/cases/0/ears", "'years'"),
        ({"a/b~c": 1}, "/cases/0/a~1b~0c", "one of:"),
        ({"uscc": "91371000MA0000DMX0", "kind": "enterprise"}, "/cases/0/uscc", "check character"),
        ({"kind": "factory"}, "/cases/0/kind", "enterprise (enterprise)"),
        ({"registered_on": "2200-12-32"}, "/cases/0/registered_on", "from 1900 to 2200"),
        ({"years": [{"rd_spend": -1}]}, "/cases/0/years/0/rd_spend", "a sum such as"),
        ({"years": [{"rd_spend": 10**15 + 1}]}, "/cases/0/years/0/rd_spend", "10 trillion"),
        ({"years": [{"rd_spend": True}]}, "/cases/0/years/0/rd_spend", "a sum such as"),
        ({"name": "x" * 501}, "/cases/0/name", "500 characters"),
    ],
)
def test_every_fault_of_the_facts_names_place_found_expected_and_remedy(ask, facts, pointer, expected):
    response = ask("assess?language=en", {"on": ON, "cases": [facts]})

    problem = response.json()
    assert response.status_code == problem["status"] == 422
    assert problem["type"] == "/api/problems/invalid-facts"
    error = problem["errors"][0]
    assert error["pointer"] == pointer
    assert expected in error["expected"]
    assert error["found"]
    assert error["remedy"]


def test_one_fault_and_nothing_is_assessed(ask, enterprise):
    response = ask("assess", {"on": ON, "cases": [enterprise, {"kind": "factory"}, {"size": "giant"}]})

    assert [one["pointer"] for one in response.json()["errors"]] == ["/cases/1/kind", "/cases/2/size"]
    assert "未测算" in response.json()["detail"]


def test_two_cases_of_one_code_are_both_faults(ask, enterprise):
    errors = ask("assess", {"on": ON, "cases": [enterprise, enterprise]}).json()["errors"]

    assert [one["pointer"] for one in errors] == ["/cases/0/uscc", "/cases/1/uscc"]


def test_the_facts_of_an_explanation_are_named_from_their_root(ask):
    errors = ask("explain", {"facts": {"years": [{"sales": 0.1}]}}).json()["errors"]

    assert errors[0]["pointer"] == "/facts/years/0/sales"


def test_a_hundred_faults_are_listed_and_all_are_counted(ask):
    response = ask("assess?language=en", {"cases": [{"kind": "factory"}] * 150})

    assert len(response.json()["errors"]) == 100
    assert response.json()["detail"].startswith("150 fault(s)")
