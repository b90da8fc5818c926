"""The API of calls, cases and notices: what a token opens, and what an act answers."""

from __future__ import annotations

import hashlib
import json

import pytest
from django.test import Client

from fulfilment.city import AT, carried_to, make_call, make_case
from fulfilment.office import noticed
from kechuang.accounts import tokens
from kechuang.journal.actions import canonical

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_at")]


@pytest.fixture(autouse=True)
def _no_limit_on_requests(settings):
    settings.API_RATE = 0
    settings.STAFF_MFA = False


def bearer(membership) -> dict[str, str]:
    _, secret = tokens.make(title="programme", days=30, actor=membership, at=AT)
    return {"HTTP_AUTHORIZATION": f"Bearer {secret}"}


def test_calls_and_notices_are_read_by_anybody(city):
    notice, _ = noticed(city)

    calls = Client().get("/api/calls").json()["calls"]
    one = Client().get(f"/api/calls/{calls[0]['number']}").json()
    told = Client().get(f"/api/notices/{notice.number}").json()

    assert one["rule"] == "pro_rata"
    assert hashlib.sha256(canonical(told["content"])).hexdigest() == told["hash"] == notice.hash
    assert Client().get("/api/notices").json()["notices"][0]["number"] == notice.number


def test_cases_are_told_to_nobody_without_a_token(city):
    case = carried_to(city, make_case(make_call(city)), "submitted")

    answer = Client().get(f"/api/cases/{case.number}")

    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["WWW-Authenticate"] == "Bearer"


def test_an_act_is_done_with_the_revision_that_was_seen(city):
    case = carried_to(city, make_case(make_call(city)), "submitted")
    token = bearer(city.district)
    seen = Client().get(f"/api/cases/{case.number}", **token).json()

    answer = Client().post(
        f"/api/cases/{case.number}/acts/recommend",
        json.dumps({"revision": seen["revision"], "amount_fen": seen["declared_fen"]}),
        content_type="application/json",
        **token,
    )

    assert [one["command"] for one in seen["acts"]] == ["recommend", "send_back"]
    assert answer.status_code == 200
    assert (answer.json()["state"], answer.json()["recommended_fen"]) == ("recommended", 15_000_000)


def test_a_program_says_once_more_that_a_sum_below_a_hundredth_is_meant(city):
    case = carried_to(city, make_case(make_call(city)), "submitted")
    address, token = f"/api/cases/{case.number}/acts/recommend", bearer(city.district)
    slipped = {"revision": case.revision, "amount_fen": 149_999}  # yuan given for fen

    refused, done, foreign = (
        Client().post(address, json.dumps(given), content_type="application/json", **who)
        for given, who in (
            (slipped, token),
            ({**slipped, "sure": True}, token),
            (slipped, bearer(city.officer)),
        )
    )

    assert refused.status_code == 409
    assert "1,499.99 元不到原来金额 150,000.00 元的百分之一" in refused.json()["detail"]
    assert (done.status_code, done.json()["recommended_fen"]) == (200, 149_999)
    assert "150,000" not in foreign.content.decode()


def test_a_refused_act_is_answered_with_the_sentence(city):
    case = carried_to(city, make_case(make_call(city)), "submitted")

    answer = Client().post(
        f"/api/cases/{case.number}/acts/accept",
        json.dumps({"revision": case.revision}),
        content_type="application/json",
        **bearer(city.officer),
    )

    assert answer.status_code == 409
    assert answer.json()["detail"] == "请等待区市推荐。"


def test_a_list_holds_only_what_the_bearer_may_see(city):
    call = make_call(city)
    carried_to(city, make_case(call), "submitted")
    make_case(call)  # a draft is its applicant's alone

    told = Client().get("/api/cases", **bearer(city.officer)).json()

    assert told["count"] == 1
    assert told["cases"][0]["state"] == "submitted"
