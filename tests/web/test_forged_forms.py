"""Forms of other sites change nothing, at no address; and a form changes nothing but what its page asks."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from factories import AT, make_department, make_membership
from fulfilment.city import make_appropriation, make_call, make_case, make_city
from kechuang.accounts import tokens
from kechuang.accounts.roles import Role
from kechuang.fulfilment.models import Call
from web.test_matrix import routes

pytestmark = pytest.mark.django_db
PUBLIC_ANYWAY = {"health", "metrics", "api", "openapi", "problem-kind"}
"""Answer whoever asks, whatever is sent, and change nothing."""


def test_no_address_takes_a_form_without_its_token():
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(make_membership(Role.OFFICER, make_department()).user)
    taken = {}
    for one in routes():
        if one.name in PUBLIC_ANYWAY or one.room == "django":
            continue
        status = client.post(
            one.address(), {"x": "1"}, headers={"origin": "http://elsewhere.example"}
        ).status_code
        if status != 403:
            taken[one.pattern] = status

    assert taken == {}


@pytest.fixture
def still(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)


@pytest.mark.usefixtures("still")
def test_what_a_form_does_not_ask_for_is_not_taken(settings):
    settings.API_RATE = 0
    person = make_membership(Role.CLERK)
    client = Client()
    client.force_login(person.user)
    more = {
        "username": "root",
        "is_active": "",
        "role": "operator",
        "password": "x",
        "date_joined": "2000-01-01",
    }
    before = (person.user.username, person.user.password, person.user.date_joined)

    client.post("/account/", {"name": "新名", "email": "x@example.com", "phone": "", **more})

    person.refresh_from_db()
    user = type(person.user).objects.get(pk=person.user_id)
    assert user.name == "新名"
    assert (user.username, user.password, user.date_joined, user.is_active, person.role) == (
        *before,
        True,
        "clerk",
    )


@pytest.mark.usefixtures("still")
def test_a_call_is_not_published_closed_or_given_away_by_editing_it():
    city = make_city()
    call = make_call(city, make_appropriation(city))
    Call.objects.filter(pk=call.pk).update(state=Call.State.DRAFT)
    client = Client()
    client.force_login(city.officer.user)
    more = {"state": "settled", "department": "1", "reserved_fen": "1", "number": "X", "version": "0" * 64}

    client.post(f"/calls/{call.number}/edit/", {"title_zh": "甲", "revision": "1", **more})

    found = Call.objects.get(pk=call.pk)
    kept = (found.state, found.department_id, found.reserved_fen, found.number, found.version_id)
    assert kept == (Call.State.DRAFT, call.department_id, call.reserved_fen, call.number, call.version_id)


@pytest.mark.usefixtures("still")
def test_an_act_of_the_api_takes_no_member_that_it_does_not_name(settings):
    settings.API_RATE = 0
    city = make_city()
    case = make_case(make_call(city))
    _, secret = tokens.make(title="x", days=30, actor=city.officer, at=AT)
    body = json.dumps({"revision": case.revision, "state": "paid", "granted_fen": 1})

    answer = Client().post(
        f"/api/cases/{case.number}/acts/accept",
        body,
        "application/json",
        headers={"authorization": f"Bearer {secret}"},
    )

    case.refresh_from_db()
    assert answer.status_code == 422
    assert {one["pointer"] for one in answer.json()["errors"]} >= {"/state", "/granted_fen"}
    assert (case.state, case.granted_fen) == ("draft", None)


@pytest.mark.usefixtures("still")
@pytest.mark.parametrize("name", ["language", "memberships"])
def test_a_switch_leads_to_no_other_site(name):
    client = Client()
    person = make_membership()
    client.force_login(person.user)
    told = {"language": "en", "membership": str(person.pk), "next": "https://elsewhere.example/"}

    answer = client.post(f"/{name}", told)

    assert answer.status_code == 302
    assert "elsewhere" not in answer["Location"]
