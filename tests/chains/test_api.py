"""Programs read the public list without a token, and hand in, screen and list needs with one."""

from __future__ import annotations

import pytest
from django.test import Client

from chains.story import FOUND, make_challenge, make_draft
from factories import make_department, make_membership, make_organisation
from kechuang.accounts import tokens
from kechuang.accounts.roles import Role
from kechuang.journal import clock
from treasury.factories import make_accountant

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_limit(settings):
    settings.API_RATE = 0


def program_of(membership):
    _, secret = tokens.make(title="程序", days=30, actor=membership, at=clock.now())
    headers = {"Authorization": f"Bearer {secret}"}

    def ask(path, body=None):
        if body is None:
            return Client().get(f"/api/{path}", headers=headers)
        return Client().post(f"/api/{path}", body, content_type="application/json", headers=headers)

    return ask


def test_the_list_is_public_and_what_is_confidential_is_not_in_it():
    made = make_challenge(make_membership(Role.OFFICER, make_department("市科技局")), make_accountant())

    listed = Client().get("/api/challenges").json()["challenges"]
    one = Client().get(f"/api/challenges/{made.need.number}").json()

    assert [found["number"] for found in listed] == [made.need.number]
    assert one["hash"] == made.hash
    assert "丙烯腈" not in str(one)


def test_a_need_goes_from_hand_in_to_the_list():
    manager = make_membership(Role.MANAGER, make_organisation())
    officer = make_membership(Role.OFFICER, make_department("市科技局"))
    need = {
        "kind": "chain", "title": "轴承", "summary": "需要耐腐蚀轴承", "deadline": "2028-06-30", "budget_fen": 100,
        "targets": [{"text": "寿命", "measure": "不低于 5000 小时"}], "confidential": ["targets"],
    }  # fmt: skip

    number = program_of(manager)("needs", need).json()["number"]
    office = program_of(officer)
    scores = {key: {"score": score, "reason": reason} for key, (score, reason) in FOUND.items()}
    screened = office(f"needs/{number}/screening", scores | {"fit": True}).json()
    terms = {
        "call": make_draft(officer, make_accountant()).number,
        "form": "open_challenge",
        "rights": "共有",
    }
    listed = office(f"needs/{number}/listing", terms | {"budget_fen": 100}).json()
    details = program_of(manager)(f"needs/{number}/details", {}).json()

    assert (screened["state"], listed["state"]) == ("screened", "listed")
    assert details["details"]["targets"][0]["text"] == "寿命"
    assert Client().get(f"/api/challenges/{number}").status_code == 404


def test_a_need_is_drafted_changed_handed_in_and_withdrawn_by_its_organisation_alone():
    own = program_of(make_membership(Role.MANAGER, make_organisation()))
    other = program_of(make_membership(Role.MANAGER, make_organisation()))
    officer = program_of(make_membership(Role.OFFICER, make_department("市科技局")))
    need = {
        "kind": "chain", "title": "轴承", "summary": "需要耐腐蚀轴承", "deadline": "2028-06-30", "budget_fen": 100,
        "targets": [{"text": "寿命", "measure": "不低于 5000 小时"}], "background": "船舶",
        "confidential": ["targets"],
    }  # fmt: skip

    drafted = own("needs/drafts", need).json()
    address = f"needs/{drafted['number']}"
    unseen = officer(address)
    changed = own(f"{address}/change", need | {"title": "耐腐蚀轴承"}).json()
    foreign = other(f"{address}/change", need)
    sent = own(f"{address}/hand-in", {"sure": True}).json()
    late = own(f"{address}/change", need)
    seen = officer(address).json()
    by_office = officer(f"{address}/withdraw", {"sure": True})
    withdrawn = own(f"{address}/withdraw", {"sure": True}).json()

    assert (drafted["state"], drafted["may_edit"], changed["title"]) == ("draft", True, "耐腐蚀轴承")
    assert (unseen.status_code, foreign.status_code, by_office.status_code) == (404, 404, 404)
    assert (sent["state"], sent["may_edit"], late.status_code) == ("handed_in", False, 409)
    assert (seen["details"], seen["confidential"]) == ({"background": "船舶"}, ["targets"])
    assert withdrawn["state"] == "withdrawn"
