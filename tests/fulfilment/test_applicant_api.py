"""The API of applicants: from an open call to a submission, with a token, as the pages do it."""

from __future__ import annotations

import json

import pytest

from api.conftest import ROOT, check
from factories import AT
from fulfilment.city import WAN, make_call, make_case, make_grower
from kechuang.accounts import tokens
from kechuang.fulfilment import applying
from kechuang.fulfilment.models import Case
from kechuang.journal import clock
from kechuang.registry import actions as registry
from registry.factories import PDF, upload

pytestmark = pytest.mark.django_db
DOCUMENT = {"key": "audit", "title": {"zh": "审计报告", "en": "audit report"}, "why": {}}
CLAUSES = ["truth", "once", "spending", "green", "publication"]


@pytest.fixture(autouse=True)
def at_a_known_time(settings, monkeypatch):
    settings.API_RATE = 0
    monkeypatch.setattr(clock, "now", lambda: AT)


@pytest.fixture(scope="module")
def description():
    return json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))


@pytest.fixture
def ask(client, manager, description):
    """Asks with the manager's token, or as somebody else; the answer is held against the description."""

    def asked(address, data=None, actor=manager):
        secret = tokens.make(title="财务系统", days=30, actor=actor, at=AT)[1] if actor else "nothing"
        headers = {"Authorization": f"Bearer {secret}"}
        path = f"/api/applications{address}"
        if data is None:
            response = client.get(path, headers=headers)
        else:
            response = client.post(path, json.dumps(data), "application/json", headers=headers)
        described = path.replace(address.split("/")[1], "{number}") if address.startswith("/2") else path
        check(response, description, "get" if data is None else "post", described)
        return response

    return asked


def test_an_application_is_begun_filled_in_and_submitted(ask, city, manager):
    call = make_call(city, documents=[DOCUMENT])
    evidence = registry.keep_evidence(upload(PDF, "审计.pdf"), manager.organisation, actor=manager, at=AT)

    number = ask("", {"call": call.number}).json()["number"]
    ask(f"/{number}/documents", {"key": "audit", "evidence": evidence.pk})
    account = {"holder": manager.organisation.name, "bank": "威海银行", "number": "6228480402564890018"}
    ask(f"/{number}/account", account)
    ready = ask(f"/{number}/declaration", {"agreed": CLAUSES}).json()
    sent = ask(f"/{number}/submit", {"revision": ready["revision"], "checked": ready["checked"]}).json()

    assert {one["state"] for one in ready["sections"]} <= {"filled", "known"}
    assert ready["worth"]["amount_fen"] == 15 * WAN
    assert (sent["state"], sent["declared_fen"]) == ("submitted", 15 * WAN)
    assert sent["submitted_at"] == "2026-03-02T02:00:00Z"


def test_open_calls_say_what_they_would_come_to(ask, city):
    call = make_call(city)

    found = ask("/calls").json()["calls"]

    assert [(one["number"], one["worth"]["outcome"], one["keys"]) for one in found] == [
        (call.number, "may_apply", [""])
    ]


def test_what_changed_since_it_was_read_is_not_submitted(ask, city, manager):
    case = make_case(make_call(city), manager)
    read = ask(f"/{case.number}").json()
    registry.state(manager.organisation, "years", "rd_spend", 800 * WAN, key="2025", actor=manager, at=AT)

    answer = ask(f"/{case.number}/submit", {"revision": read["revision"], "checked": read["checked"]})

    assert answer.status_code == 409
    assert "核对之后内容有了变化" in answer.json()["detail"]
    assert Case.objects.get().state == "draft"


def test_a_declaration_that_lacks_a_clause_is_none(ask, city, manager):
    case = applying.start(make_call(city), actor=manager, at=AT)

    answer = ask(f"/{case.number}/declaration", {"agreed": CLAUSES[:-1]})

    assert answer.status_code == 422
    assert not Case.objects.get().statement


def test_own_applications_are_listed_and_others_are_not(ask, city, manager):
    call = make_call(city)
    own = applying.start(call, actor=manager, at=AT)
    foreign = applying.start(call, actor=make_grower(), at=AT)

    listed = ask("").json()["applications"]

    assert [one["number"] for one in listed] == [own.number]
    assert ask(f"/{foreign.number}").status_code == 404
    assert (
        ask(f"/{foreign.number}/account", {"holder": "x", "bank": "y", "number": "12345678"}).status_code
        == 404
    )


def test_offices_and_strangers_have_no_such_address(ask, city):
    assert ask("", actor=city.officer).status_code == 404
    assert ask("", actor=None).status_code == 401
