"""The API of judging: the same eyes as the pages, sealed until the deadline."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from factories import AT, make_membership
from fulfilment.city import WAN
from fulfilment.judged import (
    AFTER,
    assignment_of,
    graded,
    make_evaluation,
    make_evidence,
    make_experts,
    make_panel,
    opened,
    put_before,
    rubric_with,
    score,
    score_all,
)
from fulfilment.test_office_api import bearer
from kechuang.accounts.models import Recusal
from kechuang.accounts.roles import Role
from kechuang.fulfilment import calls
from kechuang.fulfilment.judging.models import Sheet
from registry.factories import PDF, upload

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_at")]


@pytest.fixture(autouse=True)
def _no_limit_on_requests(settings):
    settings.API_RATE = 0
    settings.STAFF_MFA = False


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


def office_of(membership):
    """Asks as a program of this person: the answer's JSON, or its status where it is a problem."""

    def ask(path, body=None):
        answer = asked(membership, "GET" if body is None else "POST", path, body)
        return answer.json() if answer.status_code == 200 else answer.status_code

    return ask


def test_an_office_forms_assigns_and_begins_a_panel_by_programme(city):
    call, (case,) = make_evaluation(city, 1)
    office, people = office_of(city.officer), [one.pk for one in make_experts()]
    due = "2026-03-20T17:00:00+08:00"

    listed = {one["id"] for one in office("/judges")["people"]}
    given = {
        "call": call.number,
        "name": "第一组",
        "people": people,
        "chair": people[0],
        "scores_due_at": due,
    }
    odd = office("/panels", given | {"people": [*people, 987_654_321]})
    panel = office("/panels", given)
    address = f"/panels/{panel['id']}"
    early = office(f"{address}/begin", {"sure": True})
    act = {"revision": case.revision, "panel": panel["id"]}
    asked(city.officer, "POST", f"/cases/{case.number}/acts/evaluate", act)
    before = office(f"{address}/assignments")
    nobody = office(f"{address}/assignments", {"pairs": {"1": [1, 99]}})
    assigned = office(f"{address}/assignments", {"pairs": before["proposed"]})
    begun = office(f"{address}/begin", {"sure": True})
    later = office(f"{address}/extend", {"scores_due_at": "2026-03-25T17:00:00+08:00", "reason": "出差"})

    assert set(people) <= listed
    assert (odd, early, nobody) == (422, 409, 409)
    assert [one["chair"] for one in before["seats"]] == [True, False, False, False, False]
    assert before["cases"] == [{"place": 1, "case": case.number, "seats": [], "away": []}]
    assert assigned["cases"][0]["seats"] == [1, 2, 3, 4, 5]
    assert (begun["state"], begun["assigned"]) == ("scoring", 5)
    assert later["scores_due_at"].startswith("2026-03-25")


def test_the_meeting_is_held_and_its_grades_are_taken_over_by_programme(city, before, clock_at):
    panel, cases = before
    score_all(panel, lambda case, place: "3" if (case == cases[0] and place == 5) else "8")
    opened(panel)
    clock_at(AFTER)
    office, address = office_of(city.officer), f"/panels/{panel.pk}"
    chair, second, outlier = (office_of(panel.seats.get(place=place).membership) for place in (1, 2, 5))
    minutes = {"held_on": "2026-03-09", "present": [1, 2, 3, 4], "minutes": "经讨论，同意。"}

    (asking,) = [one for one in outlier("/reviews")["reviews"] if outlier(f"/reviews/{one['id']}")["asked"]]
    nothing = chair(f"/reviews/{chair('/reviews')['reviews'][0]['id']}/explanation", {"words": "没有询问。"})
    told = outlier(f"/reviews/{asking['id']}/explanation", {"words": "产出不足。"})
    early = office(f"{address}/grades", {"grades": [{"place": 1, "grade": "good"}]})
    met = office(f"{address}/meeting", minutes)
    places = {one["case"]: one["place"] for one in office(address)["cases"]}
    unreasoned = office(
        f"{address}/grades", {"grades": [{"place": places[cases[1].number], "grade": "excellent"}]}
    )
    dissent = second(f"{address}/dissents", {"words": "得分偏高。", "place": places[cases[1].number]})
    by_second = second(f"{address}/conclude", {})
    concluded = chair(f"{address}/conclude", {})
    taken = office(f"{address}/grade", {"sure": True})
    table = office(f"/evaluations/{panel.call.number}")

    assert (nothing, told["asked"], early, unreasoned, by_second) == (404, False, 409, 409, 409)
    assert met["present"] == [1, 2, 3, 4]
    assert dissent["dissents"] == [{"seat": 2, "place": places[cases[1].number], "words": "得分偏高。"}]
    assert (concluded["state"], len(concluded["hash"])) == ("concluded", 64)
    assert taken == {"call": panel.call.number, "refused": {}}
    assert {one["case"]: bool(one["grade"]) for one in table["cases"]} == {one.number: True for one in cases}


def test_an_expert_takes_documents_and_gives_a_case_back_by_programme(city, before):
    panel, cases = before
    mine = assignment_of(panel, cases[0])
    person = office_of(mine.seat.membership)

    documents = person(f"/reviews/{mine.pk}")["documents"]
    left = person(f"/reviews/{mine.pk}/return", {"reason": "有合作项目。"})
    seats = office_of(city.officer)(f"/panels/{panel.pk}/assignments")["cases"][0]["seats"]

    assert documents
    assert {one["open"] for one in documents} == {True}
    assert mine.pk not in {one["id"] for one in left["reviews"]}
    assert seats == [2, 3, 4, 5]
    assert person(f"/reviews/{mine.pk}") == 404


def test_a_rubric_is_read_and_changed_before_the_call_is_published_only(city):
    published, _ = make_evaluation(city, 1)
    window = (published.opens_at, published.closes_at)
    plan = calls.Plan(
        published.benefit, published.version, 2025, published.on, window, published.appropriation
    )
    draft = calls.draft(plan, actor=city.officer, at=AT)
    office = office_of(city.officer)

    first = office(f"/rubrics/{draft.number}")
    given = {"revision": first["revision"], "rubric": first["rubric"] | {"quorum": 3}}
    changed = office(f"/rubrics/{draft.number}", given)
    stale = office(f"/rubrics/{draft.number}", given | {"rubric": None})
    late = office(f"/rubrics/{published.number}", {"revision": published.revision, "rubric": None})
    odd = office(f"/rubrics/{draft.number}", given | {"rubric": first["rubric"] | {"quorum": "x"}})

    assert (first["changeable"], changed["rubric"]["quorum"]) == (True, 3)
    assert (stale, late, odd) == (409, 409, 422)
    assert office(f"/rubrics/{published.number}")["changeable"] is False


def test_a_copy_without_names_is_put_beside_a_document_by_programme(city):
    call, (case,) = make_evaluation(city, 1, rubric=rubric_with(blind={"scoring": True, "meeting": True}))
    panel = make_panel(call, city.officer)
    put_before(panel, [case], city.officer)
    mine, office = assignment_of(panel, case), office_of(city.officer)
    person, foreign = office_of(mine.seat.membership), make_evidence(make_membership(Role.MANAGER))

    kept = Client().post(
        "/api/organisation/evidence", {"file": upload(PDF, "隐名.pdf")}, **bearer(city.officer)
    )
    (document, *_) = office(f"/panels/{panel.pk}/documents")["documents"]
    address = f"/panels/{panel.pk}/documents/{document['id']}"
    closed = person(f"/reviews/{mine.pk}")["documents"]
    others = office(address, {"evidence": foreign.pk})
    put = office(address, {"evidence": kept.json()["id"]})
    answer = asked(mine.seat.membership, "GET", f"/reviews/{mine.pk}/documents/{document['id']}")

    assert {one["open"] for one in closed} == {False}
    assert others == 422
    assert [one["has_copy"] for one in put["documents"] if one["id"] == document["id"]] == [True]
    assert b"".join(answer.streaming_content) == PDF
    assert "filename" in answer.headers["Content-Disposition"]
    assert case.number not in answer.headers["Content-Disposition"]
