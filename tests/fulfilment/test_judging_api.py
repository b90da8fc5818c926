"""The API of judging: the same eyes as the pages, sealed until the deadline."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from factories import make_membership
from fulfilment.city import WAN, make_city
from fulfilment.judged import (
    AFTER,
    assignment_of,
    graded,
    make_evaluation,
    make_panel,
    opened,
    put_before,
    rubric_with,
    score,
)
from fulfilment.test_office_api import bearer
from kechuang.accounts.models import Recusal
from kechuang.accounts.roles import Role
from kechuang.fulfilment.judging.models import Sheet

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_at")]


@pytest.fixture(autouse=True)
def _no_limit_on_requests(settings):
    settings.API_RATE = 0
    settings.STAFF_MFA = False


@pytest.fixture
def city():
    return make_city()


@pytest.fixture
def before(city):
    call, cases = make_evaluation(city, 2)
    panel = make_panel(call, city.officer)
    put_before(panel, cases, city.officer)
    return panel, cases


def asked(membership, method, path, body=None):
    data = json.dumps(body) if body is not None else ""
    return Client().generic(method, f"/api{path}", data, "application/json", **bearer(membership))


def test_an_expert_writes_and_seals_by_programme(before):
    panel, cases = before
    mine = assignment_of(panel, cases[0])
    person = mine.seat.membership
    scores = {"clients": "8.5", "success": "8", "team": "7", "satisfaction": "9"}

    listed = asked(person, "GET", "/reviews").json()["reviews"]
    early = asked(person, "PUT", f"/reviews/{mine.pk}", {"revision": 0, "scores": {"clients": "8.5"}}).json()
    stale = asked(person, "PUT", f"/reviews/{mine.pk}", {"revision": 0, "scores": {"clients": "7"}})
    unfinished = asked(person, "POST", f"/reviews/{mine.pk}/seal", {"revision": 1})
    asked(person, "PUT", f"/reviews/{mine.pk}", {"revision": 1, "scores": scores})
    sealed = asked(person, "POST", f"/reviews/{mine.pk}/seal", {"revision": 2}).json()

    assert [one["id"] for one in listed if one["case"] == cases[0].number] == [mine.pk]
    assert (early["scores"], early["revision"]) == ({"clients": "8.5"}, 1)
    assert (stale.status_code, unfinished.status_code) == (409, 409)
    assert (sealed["sealed"], sealed["scores"]) == (True, scores)
    other = assignment_of(panel, cases[0], 2)
    assert asked(person, "GET", f"/reviews/{other.pk}").status_code == 404


def test_nobody_is_told_a_score_before_the_deadline(city, before):
    panel, cases = before
    score(assignment_of(panel, cases[0]), "9.5")
    leader = make_membership(Role.LEADER)

    told = [asked(one, "GET", f"/panels/{panel.pk}") for one in (city.officer, city.decider, leader)]
    expert = asked(assignment_of(panel, cases[0]).seat.membership, "GET", f"/panels/{panel.pk}")

    assert expert.status_code == 404
    for answer in told:
        found = answer.json()
        assert (found["sealed"], found["assigned"]) == (1, 10)
        assert {one["result"] for one in found["cases"]} == {None}
        assert "9500" not in answer.content.decode()
    opened(panel)
    after = asked(leader, "GET", f"/panels/{panel.pk}").json()["cases"]
    assert [one["result"]["raw"] for one in after] == [9500, None]


def test_blind_and_recused_eyes_see_nothing_by_programme_either(city):
    call, (case,) = make_evaluation(city, 1, rubric=rubric_with(blind={"scoring": True, "meeting": True}))
    panel = make_panel(call, city.officer)
    put_before(panel, [case], city.officer)
    mine, second = assignment_of(panel, case), assignment_of(panel, case, 2)

    answer = asked(mine.seat.membership, "GET", f"/reviews/{mine.pk}")
    for user in (second.seat.membership.user, city.officer.user):
        Recusal.objects.create(
            user=user, organisation=case.organisation, ground="employer", source="test:1", began_at=AFTER
        )

    for telling in (case.organisation.name, case.organisation.uscc, case.number, "371002"):
        assert telling not in answer.content.decode()
    assert asked(second.seat.membership, "GET", f"/reviews/{second.pk}").status_code == 404
    assert asked(second.seat.membership, "GET", "/reviews").json() == {"reviews": []}
    told = asked(city.officer, "GET", f"/panels/{panel.pk}").json()
    assert (told["cases"], told["assigned"]) == ([], 0)


def test_the_decider_reads_and_chooses_sums_by_programme(city, before, clock_at):
    panel, cases = before
    graded(panel, city.officer, lambda case, _: "9" if case == cases[0] else "8")
    call = panel.call
    clock_at(AFTER)
    first, second = (case.number for case in cases)

    table = asked(city.decider, "GET", f"/allocations/{call.number}").json()
    above = {"method": "grade", "sums": {first: 51 * WAN}, "reason": "按等次。"}
    wrong = asked(city.decider, "POST", f"/allocations/{call.number}", above)
    given = {"method": "grade", "sums": {first: 50 * WAN, second: 35 * WAN}, "reason": "按等次。"}
    done = asked(city.decider, "POST", f"/allocations/{call.number}", given)

    assert table["ceilings"] == {first: 50 * WAN, second: 50 * WAN}
    assert table["proposals"][0]["sums"] == {first: 50 * WAN, second: 35 * WAN}
    assert wrong.status_code == 409
    assert (done.status_code, done.json()["refused"]) == (200, {})
    assert asked(city.officer, "POST", f"/allocations/{call.number}", given).status_code == 409
    assert Sheet.objects.filter(sealed_at__isnull=True).count() == 0
