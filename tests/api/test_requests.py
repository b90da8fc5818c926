"""What every request to the API meets: problems as data, limits, language, caching, other origins, hostile bodies."""

from __future__ import annotations

import gzip
import json

import pytest
from django.test import Client

ASSESS = "/api/assess"
JSON = "application/json"


@pytest.fixture
def client():
    return Client(raise_request_exception=False)


def problem_of(response, status: int, name: str) -> dict:
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert response["Cache-Control"] == "no-store"
    found = json.loads(response.content)
    assert found["type"] == f"/api/problems/{name}"
    assert found["status"] == status
    assert found["title"]
    assert found["detail"]
    assert found["instance"].startswith("urn:kechuang:request:")
    return found


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{"cases": [}', "line 1, column 12"),
        ('{"cases": [{"kind": "enterprise", "kind": "bank"}]}', "twice"),
        ('{"cases": [{"size": NaN}]}', "NaN"),
        ('{"cases": [{"size": -Infinity}]}', "-Infinity"),
        ("[" * 100_000, "levels deep"),
        ('{"cases": [' + "[" * 60 + "]" * 60 + "]}", "levels deep"),
        ('{"a":' * 400 + "1" + "}" * 400, "levels deep"),
        ('{"cases": [{"name": "\\ud800"}]}', "surrogate"),
        ('{"cases": [{"\\uDFFF": "x"}]}', "surrogate"),
        (b'{"cases": [{"name": "\xff\xfe"}]}', "UTF-8"),
        ('{"cases": []}'.encode("utf-16"), "UTF-8"),
        ('{"cases": [{"years": [{"sales": ' + "9" * 5000 + "}]}]}", "too long"),
        ("true false", "line 1"),
    ],
)
def test_a_body_that_is_no_json_is_refused_with_its_place(client, body, said):
    response = client.post(f"{ASSESS}?language=en", body, content_type=JSON)

    assert said in problem_of(response, 400, "invalid-json")["detail"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ("", ""),
        ("null", ""),
        ("7", ""),
        ("[]", ""),
        ("{}", "/cases"),
        ('{"cases": []}', "/cases"),
        ('{"cases": {}}', "/cases"),
        ('{"cases": [1]}', "/cases/0"),
        ('{"cases": [{}], "fact": 1}', "/fact"),
        ('{"cases": [{}], "on": "2024-02-30"}', "/on"),
        ('{"cases": [{}], "on": "1899-12-31"}', "/on"),
        ('{"cases": [{}], "on": "2201-01-01"}', "/on"),
        ('{"cases": [{}], "on": 20240601}', "/on"),
        ('{"cases": [{}], "on": "20240601"}', "/on"),
        ('{"cases": [{}], "on": "2024-06-01T00:00:00"}', "/on"),
        ('{"cases": [{}], "year": "2023"}', "/year"),
        ('{"cases": [{}], "year": 2023.0}', "/year"),
        ('{"cases": [{}], "year": 1000000000000000000000000}', "/year"),
        ('{"cases": [{}], "on": "2024-06-01", "year": 2025}', "/year"),
        ('{"cases": [{}], "year": true}', "/year"),
        ('{"cases": [{}], "pack": "nowhere"}', "/pack"),
        ('{"cases": [{}], "pack": "../weihai-2023-5"}', "/pack"),
        ('{"cases": [{}], "pack": ""}', "/pack"),
        ('{"cases": [{}], "hash": "x"}', "/hash"),
        ('{"cases": [{}], "readings": {"I-99": "x"}}', "/readings/I-99"),
        ('{"cases": [{}], "readings": {"I-17": "x"}}', "/readings/I-17"),
        ('{"cases": [{}], "readings": {"I-17": 7}}', "/readings/I-17"),
        ('{"cases": [{}], "readings": []}', "/readings"),
    ],
)
def test_a_question_that_is_not_one_names_the_place(ask, body, pointer):
    for language in ("zh", "en"):
        response = ask(f"assess?language={language}", body)
        found = problem_of(response, 422, "invalid-request")
        assert found["errors"][0]["in"] == "body"
        assert found["errors"][0]["pointer"] == pointer
        assert found["errors"][0]["expected"]


def test_a_wrong_parameter_of_the_address_is_named(ask):
    found = problem_of(ask("packs/weihai-2023-5/benefits/9.rd_growth?on=yesterday"), 422, "invalid-request")

    assert found["errors"][0] == {
        "in": "query",
        "pointer": "/on",
        "found": "“yesterday”",
        "expected": "1900 至 2200 年的日期，如 2024-06-01",
        "remedy": "请改正后重新提交",
    }


def test_an_unknown_benefit_is_named_with_those_there_are(ask):
    found = problem_of(ask("explain", {"facts": {}, "benefit": "9.nothing"}), 422, "invalid-request")

    assert "9.rd_growth" in found["errors"][0]["expected"]


@pytest.mark.parametrize(
    "media",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=gbk",
    ],
)
def test_a_body_of_another_type_is_refused(client, media):
    problem_of(client.post(ASSESS, b"{}", content_type=media), 415, "unsupported-media-type")


def test_the_types_of_json_are_taken(client):
    for media in ("application/json", "application/json; charset=utf-8", "Application/JSON;charset=UTF-8"):
        assert client.post(ASSESS, '{"cases": [{}]}', content_type=media).status_code == 200


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch", "options", "trace"])
def test_a_method_that_there_is_not_is_refused_with_those_there_are(client, method):
    response = getattr(client, method)(ASSESS)

    problem_of(response, 405, "method-not-allowed")
    assert response["Allow"] == "POST"


def test_reading_takes_get_and_head_alone(client):
    response = client.post("/api/packs", "{}", content_type=JSON)

    problem_of(response, 405, "method-not-allowed")
    assert response["Allow"] == "GET, HEAD, OPTIONS"


def test_head_is_get_without_the_body(client):
    whole, head = client.get("/api/packs"), client.head("/api/packs")

    assert head.status_code == 200
    assert head.content == b""
    assert head["ETag"] == whole["ETag"]


def test_a_body_past_the_limit_is_refused_unread(client, settings):
    settings.API_BODY = 2048

    response = client.post(f"{ASSESS}?language=en", b"x" * 2049, content_type=JSON)

    assert "at most 2 KB" in problem_of(response, 413, "too-large")["detail"]


def test_a_million_records_are_too_large(client):
    body = '{"cases":[{"contracts":[' + ",".join(["{}"] * 1_000_000) + "]}]}"

    problem_of(client.post(ASSESS, body, content_type=JSON), 413, "too-large")


def test_more_records_or_cases_than_one_request_takes_are_refused(ask):
    records = ask("assess?language=en", {"cases": [{"contracts": [{}] * 2001}]})
    cases = ask("assess", {"cases": [{}] * 201})
    explained = ask("explain", {"facts": {"contracts": [{}] * 301}})

    assert "at most 2,000" in problem_of(records, 413, "too-large")["detail"]
    assert problem_of(cases, 422, "invalid-request")["errors"][0]["expected"] == "至多 200 项"
    problem_of(explained, 413, "too-large")


def test_two_hundred_cases_are_assessed(ask):
    assert len(ask("assess", {"cases": [{}] * 200}).json()["results"]) == 200


def test_a_body_of_unknown_length_is_refused(client):
    response = client.post(ASSESS, "{}", content_type=JSON, headers={"transfer-encoding": "chunked"})

    problem_of(response, 411, "length-required")


def test_a_host_that_is_not_ours_is_a_problem_too(client):
    problem_of(client.get("/api/packs", headers={"host": "elsewhere.example"}), 400, "bad-request")


def test_an_error_of_ours_is_a_problem_without_its_trace(client, monkeypatch):
    def broken(*_):
        raise RuntimeError("secret")

    monkeypatch.setattr("kechuang.entitlements.api.results_of", broken)

    response = client.post(ASSESS, '{"cases": [{}]}', content_type=JSON)

    problem_of(response, 500, "internal-error")
    assert b"secret" not in response.content


def test_signs_of_nothing_and_of_control_stay_what_they_are(ask):
    name = "a\u0001b\u202e\U0001f600"

    assert ask("assess", {"cases": [{"name": name}]}).json()["results"][0]["name"] == name


@pytest.mark.parametrize("case", [{"name": "a\0b"}, {"a\0b": 1}])
def test_the_character_nul_in_a_body_is_refused_in_words(client, case):
    response = client.post(f"{ASSESS}?language=en", json.dumps({"cases": [case]}), content_type=JSON)

    assert "NUL" in problem_of(response, 400, "bad-request")["detail"]


def test_a_backslash_before_u0000_is_no_nul(ask):
    name = "a\\u0000b"

    assert ask("assess", {"cases": [{"name": name}]}).json()["results"][0]["name"] == name


def test_problems_speak_the_language_that_is_asked_for(client):
    spoken = {
        "": "没有这一资源",
        "zh-CN,zh;q=0.9,en;q=0.8": "没有这一资源",
        "en": "There is no such resource",
        "fr, en-GB;q=0.5, zh;q=0.1": "There is no such resource",
        "en;q=0.2, zh-TW;q=0.7": "没有这一资源",
        "en;q=0": "没有这一资源",
        "en;q=nonsense": "没有这一资源",
        "*": "没有这一资源",
    }
    for header, title in spoken.items():
        response = client.get("/api/nothing", headers={"accept-language": header})
        assert response.json()["title"] == title, header
        assert response["Content-Language"] == ("en" if title[0] == "T" else "zh-CN")
        assert "Accept-Language" in response["Vary"]


def test_the_address_wins_over_the_header(client):
    response = client.get("/api/nothing?language=en", headers={"accept-language": "zh"})

    assert response.json()["title"] == "There is no such resource"


def test_a_language_that_we_do_not_speak_is_a_problem(client):
    found = problem_of(client.get("/api/packs?language=fr"), 422, "invalid-request")

    assert found["errors"][0]["pointer"] == "/language"


def test_a_cookie_changes_nothing_and_none_is_set(client, settings):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"

    response = client.get("/api/nothing")

    assert response.json()["title"] == "没有这一资源"
    assert not response.cookies
    assert "Cookie" not in response["Vary"]


def test_reading_can_be_kept_and_asked_anew_at_no_cost(client):
    first = client.get("/api/packs/weihai-2023-5")
    again = client.get("/api/packs/weihai-2023-5", headers={"if-none-match": first["ETag"]})
    weak = client.get("/api/packs/weihai-2023-5", headers={"if-none-match": f'"x", W/{first["ETag"]}'})
    other = client.get("/api/packs/example-city", headers={"if-none-match": first["ETag"]})

    assert first["Cache-Control"] == "public, max-age=300"
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert weak.status_code == 304
    assert other.status_code == 200


def test_the_tag_of_an_answer_changes_with_its_day(client):
    address = "/api/packs/weihai-2023-5/benefits/9.rd_growth"

    assert client.get(f"{address}?on=2024-06-01")["ETag"] != client.get(address)["ETag"]


def test_assessments_are_kept_by_nobody(ask):
    assert ask("assess", {"cases": [{}]})["Cache-Control"] == "no-store"


def test_pages_of_every_origin_may_ask(client):
    answered = client.get("/api/packs", headers={"origin": "https://elsewhere.example"})
    asked = client.options(
        ASSESS,
        headers={
            "origin": "https://elsewhere.example",
            "access-control-request-method": "POST",
            "access-control-request-headers": "content-type",
        },
    )

    assert answered["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answered
    assert asked.status_code == 204
    assert "POST" in asked["Access-Control-Allow-Methods"]
    assert "Content-Type" in asked["Access-Control-Allow-Headers"]


def test_the_rest_of_the_site_stays_for_its_own_origin(client):
    response = client.get("/api/")

    assert "Access-Control-Allow-Origin" not in response
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"


def test_answers_are_compressed_for_who_wants_it(client):
    plain = client.get("/api/packs/weihai-2023-5/vocabulary")
    small = client.get("/api/packs/weihai-2023-5/vocabulary", headers={"accept-encoding": "gzip"})

    assert gzip.decompress(small.content) == plain.content
    assert len(small.content) < len(plain.content) / 4
    assert small["ETag"] == f"W/{plain['ETag']}"


def test_an_address_may_ask_so_often_and_no_more(settings):
    settings.API_RATE, settings.API_BURST = 0.01, 3
    client = Client()

    statuses = [client.get("/api/packs").status_code for _ in range(5)]
    refused = client.get("/api/packs")
    other = client.get("/api/packs", REMOTE_ADDR="192.0.2.7")

    assert statuses == [200, 200, 200, 429, 429]
    problem_of(refused, 429, "too-many-requests")
    assert 90 <= int(refused["Retry-After"]) <= 101
    assert other.status_code == 200
    assert client.get("/api/").status_code == 200


def test_a_long_body_counts_as_several_requests(settings):
    settings.API_RATE, settings.API_BURST = 0.01, 4
    client = Client()
    body = json.dumps({"cases": [{}], "pad": "x" * 33_000})

    statuses = [client.post(ASSESS, body, content_type=JSON).status_code for _ in range(2)]

    assert statuses == [422, 429]
