"""The API of an organisation's own facts: with a token, for its own organisation, as the pages do it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from api.conftest import ROOT, check
from factories import AT, make_department, make_membership
from kechuang.accounts import tokens
from kechuang.accounts.roles import Role
from kechuang.journal import clock
from kechuang.registry import actions
from kechuang.registry.models import Evidence, Fact
from registry.factories import PDF, upload

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_a_known_time_in_a_folder_of_its_own(settings, data_folder, monkeypatch):
    settings.EVIDENCE_ROOT = data_folder / "evidence"
    settings.CLAMD = ""
    settings.API_RATE = 0
    monkeypatch.setattr(clock, "now", lambda: AT)


@pytest.fixture
def clerk():
    return make_membership(Role.CLERK)


@pytest.fixture
def description():
    return json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))


@pytest.fixture
def ask(client, clerk, description):
    """Asks with the clerk's token, or with another one; the answer is held against the description."""
    _, own = tokens.make(title="账务系统", days=30, actor=clerk, at=AT)

    def asked(address, data=None, token=own, **files):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if files:
            response = client.post(f"/api/{address}", files, headers=headers)
        elif data is None:
            response = client.get(f"/api/{address}", headers=headers)
        else:
            response = client.post(f"/api/{address}", json.dumps(data), "application/json", headers=headers)
        method = "get" if data is None and not files else "post"
        check(response, description, method, f"/api/{address}")
        return response

    return asked


FACT = {"record": "years", "key": "2025", "field": "sales", "value": "3000万元"}


def test_a_fact_is_stated_and_read_back(ask, clerk):
    stated = ask("organisation/facts", FACT)
    read = ask("organisation/facts")

    assert stated.status_code == 200
    fact = Fact.objects.get()
    assert (fact.value, fact.source, fact.stated_by) == (3_000_000_000, "declared", clerk)
    assert read.json()["uscc"] == clerk.organisation.uscc
    assert [(one["field"], one["value"], one["prevails"]) for one in read.json()["facts"]] == [
        ("sales", 3_000_000_000, True)
    ]
    assert "no-store" in read.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"value": "很多"}, "refused"),
        ({"record": "nothing"}, "refused"),
        ({"key": "abc"}, "refused"),
        ({"value": 1.5}, "invalid-request"),
        ({"source": "list"}, "invalid-request"),
        ({"organisation": 1}, "invalid-request"),
        ({"evidence": 999}, "invalid-request"),
    ],
)
def test_what_cannot_be_stated_is_refused_and_nothing_is_kept(ask, change, kind):
    response = ask("organisation/facts", FACT | change)

    assert response.status_code == (409 if kind == "refused" else 422)
    assert response.json()["type"] == f"/api/problems/{kind}"
    assert not Fact.objects.exists()


def test_evidence_is_uploaded_and_stands_behind_a_fact(ask):
    kept = ask("organisation/evidence", file=upload(PDF, "证明.pdf"))
    stated = ask("organisation/facts", FACT | {"evidence": kept.json()["id"]})

    assert (kept.status_code, kept.json()["scan"]) == (200, "not_scanned")
    assert stated.json()["evidence"] == Evidence.objects.get().pk


def test_a_hostile_file_is_refused(ask):
    response = ask("organisation/evidence", file=upload(b"<svg/>", "a.svg"))

    assert response.status_code == 409
    assert response.json()["type"] == "/api/problems/refused"
    assert "请上传 PDF" in response.json()["detail"]


def test_the_disputes_of_the_organisation_are_listed(ask, clerk):
    officer = make_membership(Role.OFFICER, make_department())
    fact = actions.state(
        clerk.organisation, "years", "rd_spend", "1元", key="2025", actor=officer, at=AT, source="list"
    )
    actions.raise_correction(fact, "2元", "错", actor=clerk, at=AT)

    found = ask("organisation/corrections").json()["corrections"]

    assert [(one["fact"], one["proposed"], one["state"]) for one in found] == [(fact.pk, 200, "open")]


@pytest.mark.parametrize("token", [None, "kc_wrong"])
@pytest.mark.parametrize("address", ["organisation/facts", "organisation/corrections"])
def test_without_a_valid_token_nothing_is_told(ask, token, address):
    response = ask(address, token=token)

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert response.json()["type"] == "/api/problems/unauthorized"


def test_a_session_opens_nothing_of_the_api(client, clerk):
    client.force_login(clerk.user)

    assert client.get("/api/organisation/facts").status_code == 401


def test_a_token_that_has_expired_opens_nothing(ask, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: AT + timedelta(days=31))

    assert ask("organisation/facts").status_code == 401


def test_other_roles_find_no_such_address(ask):
    officer = make_membership(Role.LEADER, make_department())
    _, token = tokens.make(title="x", days=30, actor=officer, at=AT)

    assert ask("organisation/facts", token=token).status_code in (
        401,
        404,
    )  # 401 until a second factor is set up


def test_evidence_of_another_organisation_stands_behind_nothing(ask):
    other = make_membership()
    foreign = actions.keep_evidence(upload(), other.organisation, actor=other, at=AT)

    assert ask("organisation/facts", FACT | {"evidence": foreign.pk}).status_code == 422
