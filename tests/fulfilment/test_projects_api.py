"""Programs of undertakers: a bid is proposed, sealed, taken back and opened; a consortium agrees; milestones."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from chains import story
from factories import AT, make_membership, make_organisation
from fulfilment.city import WAN
from fulfilment.projects import applicant_of, decided, filled_in, make_office, make_project_call, signed
from fulfilment.test_bids import APPROACH
from fulfilment.test_every_benefit import PACK
from fulfilment.test_office_api import bearer
from kechuang.accounts.roles import Role
from kechuang.fulfilment import applying, workflow
from kechuang.fulfilment.models import Case, Report
from registry.factories import PDF, upload

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_at")]


@pytest.fixture(autouse=True)
def _no_limit_on_requests(settings):
    settings.API_RATE = 0


@pytest.fixture
def office():
    return make_office()


def program(membership):
    """Asks as a program of this person: GET, or POST with a body."""

    def ask(path, body=None):
        if body is None:
            return Client().get(f"/api/{path}", **bearer(membership))
        return Client().post(f"/api/{path}", body, content_type="application/json", **bearer(membership))

    return ask


def test_a_challenge_is_bid_for_sealed_taken_back_and_opened_by_programme(city, office, pdf_upload, clock_at):
    challenge = story.make_challenge(office.officer, city.accountant)
    manager = make_membership(Role.MANAGER, make_organisation())
    bidder, officer = program(manager), program(office.officer)
    begin = {"call": challenge.call.number, "key": challenge.need.number}

    number = bidder("applications", begin).json()["number"]
    above = bidder(f"applications/{number}/proposal", {"approach": APPROACH, "asked_fen": 200 * WAN})
    said = bidder(f"applications/{number}/proposal", {"approach": APPROACH, "asked_fen": 100 * WAN}).json()
    case = filled_in(Case.objects.get(number=number), manager, pdf_upload)
    case = workflow.apply(case, "submit", actor=manager, at=AT)
    back = bidder(f"cases/{number}/acts/take_back", {"revision": case.revision})
    workflow.apply(Case.objects.get(pk=case.pk), "submit", actor=manager, at=AT)
    before = officer(f"projects/calls/{challenge.call.number}/opening")
    clock_at(challenge.call.closes_at + timedelta(minutes=1))
    opened = officer(f"projects/calls/{challenge.call.number}/opening", {}).json()
    record = officer(f"projects/calls/{challenge.call.number}/opening").json()

    assert above.status_code == 409
    assert (said["approach"], said["asked_fen"], said["members"]) == (APPROACH, 100 * WAN, [])
    assert (back.status_code, back.json()["state"]) == (200, "draft")
    assert before.status_code == 404
    assert [one["number"] for one in opened["bids"]] == [number]
    assert record == opened


def test_a_consortium_is_named_and_agrees_to_what_it_has_seen(city, office):
    manager, example = applicant_of(PACK.benefit("24.grant"))
    call = make_project_call(city, office, "24.grant", example.on, example.year)
    key = applying.keys_to_apply_for(call, manager.organisation, AT)[0]
    case = applying.start(call, actor=manager, at=AT, key=key)
    partner = make_membership(Role.MANAGER, make_organisation())
    lead, member = program(manager), program(partner)
    stakes = [
        {"uscc": case.organisation.uscc, "money": 6000, "work": 6000, "duty": "总体设计"},
        {"uscc": partner.organisation.uscc, "money": 4000, "work": 4000, "duty": "检测"},
    ]

    uneven = lead(f"applications/{case.number}/members", {"members": [stakes[0], stakes[1] | {"money": 1}]})
    unknown = lead(f"applications/{case.number}/members", {"members": [stakes[0], stakes[1] | {"uscc": "X"}]})
    lead(f"applications/{case.number}/members", {"members": stakes})
    (stake,) = member("consortia").json()["consortia"]
    seen = {name: stake[name] for name in ("money", "work", "duty")}
    stale = member(f"consortia/{stake['id']}/confirm", seen | {"money": 5000})
    done = member(f"consortia/{stake['id']}/confirm", seen).json()
    nothing = lead(f"applications/{case.number}/proposal", {"approach": APPROACH, "asked_fen": 1})

    assert (uneven.status_code, unknown.status_code, stale.status_code) == (409, 422, 409)
    assert unknown.json()["errors"][0]["pointer"] == "/members/1/uscc"
    assert [one["confirmed"] for one in done["consortia"]] == [True]
    members = lead(f"applications/{case.number}/undertaking").json()["members"]
    assert {one["code"]: one["confirmed"] for one in members} == {
        case.organisation.uscc: True,
        partner.organisation.uscc: True,
    }
    assert nothing.status_code == 409


def test_a_milestone_is_reported_with_a_file_and_a_delay_asked_for(city, office, pdf_upload, clock_at):
    manager, example = applicant_of(PACK.benefit("24.grant"))
    call = make_project_call(city, office, "24.grant", example.on, example.year)
    key = applying.keys_to_apply_for(call, manager.organisation, AT)[0]
    case = filled_in(applying.start(call, actor=manager, at=AT, key=key), manager, pdf_upload)
    case, at = decided(city, office, workflow.apply(case, "submit", actor=manager, at=AT))
    case = signed(office, case, at)
    clock_at(at)
    own, address = program(manager), f"cases/{case.number}/acts"
    day = case.contract.milestones.get(number=2).due_on + timedelta(days=20)

    kept = Client().post(
        "/api/organisation/evidence", {"file": upload(PDF + b" ", "报告.pdf")}, **bearer(manager)
    )
    report = {"revision": case.revision, "milestone": 1, "text": "精度 0.008 毫米"}
    foreign = own(f"{address}/report_milestone", report | {"evidence": 987_654_321})
    sent = own(f"{address}/report_milestone", report | {"evidence": kept.json()["id"]})
    delay = {"milestone": 2, "due_on": day.isoformat(), "text": "进口部件晚到"}
    asked = own(f"{address}/ask_change", {"revision": sent.json()["revision"], **delay})

    assert (foreign.status_code, foreign.json()["errors"][0]["pointer"]) == (422, "/evidence")
    assert (sent.status_code, asked.status_code) == (200, 200)
    assert Report.objects.get().evidence_id == kept.json()["id"]
