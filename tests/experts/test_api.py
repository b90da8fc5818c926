"""Programs of the pool's department and of experts do what the pages do."""

from __future__ import annotations

import pytest
from django.test import Client

from experts.factories import AT, kept_from, make_decider, make_expert, make_officer, make_proposed
from factories import make_organisation
from kechuang.accounts import tokens
from kechuang.experts.models import Absence, Employment, Expert, ExpertFile
from registry.factories import PDF, upload

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def hour(clock_at, settings):
    """All stories play on one morning."""
    settings.API_RATE = 0


@pytest.fixture
def officer():
    return make_officer()


def bearer(membership):
    return {"authorization": f"Bearer {tokens.make(title='程序', days=30, actor=membership, at=AT)[1]}"}


def program(membership):
    """Asks as a program of this person: GET, or POST with a body."""
    headers = bearer(membership)

    def ask(path, body=None):
        if body is None:
            return Client().get(f"/api/{path}", headers=headers)
        return Client().post(f"/api/{path}", body, content_type="application/json", headers=headers)

    return ask


def test_an_entry_is_confirmed_with_an_address_and_changed_on_the_revision_that_was_seen(officer):
    expert, office = make_proposed(officer), program(officer)

    confirmed = program(make_decider())(f"experts/{expert.pk}/confirm", {"no_record": True}).json()
    change = {"revision": confirmed["revision"], "title": "full"}
    changed = office(f"experts/{expert.pk}/change", change).json()
    stale = office(f"experts/{expert.pk}/change", change)

    assert "/invitations/" in confirmed["address"]
    assert (changed["title"], changed["name"], changed["agreed"]) == ("full", expert.name, False)
    assert stale.status_code == 409


def test_a_file_that_was_kept_before_is_put_beside_an_entry(officer):
    expert, office = make_expert(officer), program(officer)

    kept = (
        Client()
        .post("/api/organisation/evidence", {"file": upload(PDF, "聘书.pdf")}, headers=bearer(officer))
        .json()
    )
    done = office(f"experts/{expert.pk}/files", {"evidence": kept["id"]})
    again = office(f"experts/{make_expert(officer).pk}/files", {"evidence": kept["id"]})
    others = office(f"experts/{expert.pk}/files", {"evidence": 987_654_321})

    assert (done.status_code, again.status_code, others.status_code) == (200, 409, 422)
    assert ExpertFile.objects.get().expert == expert


def test_employments_and_works_entered_by_programme_make_recusals(officer):
    firm, other = make_organisation(), make_organisation()
    first, second, office = make_expert(officer), make_expert(officer), program(officer)
    work = {
        "kind": "paper",
        "title": "碳纤维",
        "identifier": "10.1000/1",
        "on": "2025-06-01",
        "source": "知网",
    }

    shown = office(f"experts/{first.pk}/employments", {"organisation": firm.uscc, "began_on": "2024-01-01"})
    foreign = office("works", work | {"experts": [first.pk, make_expert(make_officer("市卫生健康委")).pk]})
    stated = office("works", work | {"experts": [first.pk, second.pk], "organisations": [other.uscc]})
    alone = office("works", work | {"identifier": "10.1000/2", "experts": [first.pk]})

    assert [one["organisation"] for one in shown.json()["employments"]] == [firm.uscc]
    assert (foreign.status_code, foreign.json()["errors"][0]["pointer"]) == (422, "/experts")
    assert (stated.status_code, alone.status_code) == (200, 409)
    assert {firm.pk, other.pk} <= kept_from(first.membership)
    assert other.pk in kept_from(second.membership)
    assert [one["identifier"] for one in office(f"experts/{first.pk}/background").json()["works"]] == [
        "10.1000/1"
    ]


def test_experts_read_and_keep_their_own_entry(officer):
    expert, other = make_expert(officer), make_expert(officer)
    own, firm = program(expert.membership), make_organisation()

    stated = own("expert/employments", {"organisation": firm.uscc, "began_on": "2024-01-01"}).json()
    (employment,) = stated["employments"]
    ended = own(f"expert/employments/{employment['id']}/end", {"sure": True}).json()
    own("expert/absences", {"since": "2026-04-01", "until": "2026-04-09"})
    (absence,) = own("expert").json()["absences"]
    theirs = program(other.membership)(f"expert/absences/{absence['id']}/remove", {"sure": True})
    dropped = own(f"expert/absences/{absence['id']}/remove", {"sure": True}).json()
    own("recusals", {"kind": "holding", "organisation": make_organisation().uscc})
    ties = own("recusals/ties").json()["ties"]

    assert (employment["ended_on"], ended["employments"][0]["ended_on"]) == (None, "2026-03-02")
    assert theirs.status_code == 404
    assert (dropped["absences"], Absence.objects.count()) == ([], 0)
    assert firm.pk in kept_from(expert.membership)
    assert "holding" in {one["kind"] for one in ties}
    assert Employment.objects.get().expert == Expert.objects.get(pk=expert.pk)
