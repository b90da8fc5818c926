"""The description of the API: committed, whole, in both languages, and the one that the site serves."""

from __future__ import annotations

import json
import re

import jsonschema_rs
import pytest

from kechuang.policy import load_pack
from kechuang.web.api import api
from kechuang.web.openapi import text_of

CHINESE = re.compile("[\u4e00-\u9fff]")


@pytest.fixture
def operations(description):
    return [
        (address, method, one)
        for address, methods in description["paths"].items()
        for method, one in methods.items()
    ]


def test_the_committed_description_is_the_one_of_the_code(description):
    fresh = json.loads(text_of(api.get_openapi_schema()))

    assert description == fresh, (
        "docs/openapi.json is stale; write it anew: python -m kechuang.web.openapi > docs/openapi.json"
    )


def test_the_site_serves_the_description(ask, description):
    assert ask("openapi.json").json() == description


def test_it_is_valid_openapi(description):
    from schemathesis import openapi

    assert description["openapi"] == "3.1.0"
    assert len(list(openapi.from_dict(description).get_all_operations())) == len(
        [one for methods in description["paths"].values() for one in methods]
    )
    for name, schema in description["components"]["schemas"].items():
        jsonschema_rs.validator_for({**schema, "components": description["components"]})
        assert name[0].isupper()


def test_every_operation_has_a_name_a_tag_both_languages_and_examples(operations, description):
    names = [one["operationId"] for _, _, one in operations]
    tags = {one["name"] for one in description["tags"]}

    assert len(set(names)) == len(names)
    for _, method, one in operations:
        zh, en = one["summary"].split(" · ")
        assert CHINESE.search(zh)
        assert not CHINESE.search(en)
        first, second = one["description"].split("\n\n")
        assert CHINESE.search(first)
        assert not CHINESE.search(second)
        assert set(one["tags"]) <= tags
        assert [sample["lang"] for sample in one["x-codeSamples"]] == ["curl", "Python"]
        if method == "post" and "requestBody" in one:  # some acts need no more than their address
            content = one["requestBody"]["content"]
            assert "multipart/form-data" in content or content["application/json"]["example"]
        for parameter in one["parameters"]:
            assert "$ref" in parameter or parameter["description"]


def test_every_example_of_a_body_is_a_right_question(operations, ask):
    for address, method, one in operations:
        if (
            method == "post" and "security" not in one
        ):  # those are asked with a token where their room is tested
            example = one["requestBody"]["content"]["application/json"]["example"]
            assert ask(address.removeprefix("/api/"), example).status_code == 200, address


def test_every_problem_is_described_with_its_status_and_has_a_page(operations, description, client):
    kinds = description["components"]["schemas"]["Problem"]["properties"]["type"]["enum"]

    for kind in kinds:
        page = client.get(kind)
        assert page.status_code == 200
        assert page["Content-Type"].startswith("text/html")
    for _, _, one in operations:
        assert {"422", "429", "500"} <= set(one["responses"])


def test_the_facts_described_are_those_of_the_vocabulary(description):
    vocabulary = load_pack("weihai-2023-5").vocabulary
    properties = description["components"]["schemas"]["Facts"]["properties"]

    assert set(properties) == {*vocabulary.subject.fields, *(kind.name for kind in vocabulary.related)}
