"""Calls that experts judge, and their panels: nobody judges twice, and never before whoever stays away."""

from __future__ import annotations

from fractions import Fraction

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from factories import AT, make_membership
from fulfilment.city import WAN
from fulfilment.judged import (
    DUE,
    assignment_of,
    make_draw,
    make_evaluation,
    make_experts,
    make_panel,
    put_before,
    recuse,
    rubric_with,
    score,
    scoring,
)
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.fulfilment import acts, calls, workflow
from kechuang.fulfilment.assessing import assess_case
from kechuang.fulfilment.judging import (
    assigning,
    panels,
    queries,
    rubrics,
)
from kechuang.fulfilment.judging.models import Assignment, Sheet

pytestmark = pytest.mark.django_db


@pytest.fixture
def before(city):
    """A case before a panel that is scoring."""
    return scoring(city)


# -- the call


def test_a_call_for_an_evaluation_begins_with_a_rubric_and_keeps_it_once_published(city):
    call, _ = make_evaluation(city, 0)

    assert rubrics.read(call.rubric).bands[0] == ("excellent", 85)
    with pytest.raises(Refused):
        calls.change(call, {"rubric": {}}, revision=call.revision, actor=city.officer, at=AT)
    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
        type(call).objects.filter(pk=call.pk).update(rubric={})


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"bands": [{"grade": "good", "from": 60}, {"grade": "excellent", "from": 0}]}, "bands"),
        ({"bands": [{"grade": "good", "from": 60}]}, "bands"),
        ({"trim": 3}, "trim"),
        ({"per_case": 9}, "per_case"),
        ({"counts": "best"}, "counts"),
        ({"quorum": 6}, "quorum"),
        ({"criteria": []}, "criteria"),
        ({"blind": {"scoring": True}}, "blind"),
        ({"vetoes": [{"key": "X", "title": {"zh": "甲", "en": "a"}}]}, "vetoes[1].key"),
        ({"more": 1}, "rubric"),
    ],
)
def test_a_rubric_that_cannot_be_is_refused_with_its_place(changes, place):
    with pytest.raises(Refused) as refused:
        rubrics.read(rubric_with(**changes))

    assert f"Rubric, {place}:" in refused.value.words.en


def test_a_scale_must_hold_whole_steps():
    rubric = rubric_with()
    rubric["criteria"][1]["scale"] = {"least": "0", "most": "10", "step": "0.3"}

    with pytest.raises(Refused, match="criteria") as refused:
        rubrics.read(rubric)

    assert "criteria[2].scale" in refused.value.words.en


def test_points_are_exact_parts_of_the_scale_by_weight():
    rubric = rubrics.read(rubric_with())  # weights 30, 35, 20, 15, scales of 10 in halves

    total = rubric.total({"clients": 17, "success": 13, "team": 20, "satisfaction": 0})

    assert total == Fraction(3 * 17 + 2 * 20, 2) + Fraction(35 * 13, 20)
    assert rubric.total({"clients": 17, "success": 13, "team": 20}) is None
    assert [rubric.grade_of(Fraction(one)) for one in (85, Fraction(8499, 100), 60, 59)] == [
        "excellent", "good", "pass", "fail",
    ]  # fmt: skip


# -- entering the panel


def test_before_the_grade_the_case_is_assessed_at_the_best_one_and_cannot_be_determined(city):
    _, (case,) = make_evaluation(city, 1)

    found = assess_case(case, AT)

    assert (found.supposed, found.amount_fen) == (True, 50 * WAN)
    assert found.supposing.fields == {("agencies", "grade")}
    assert [row["clients"] for row in found.supposing.rows] == [10]
    with pytest.raises(Refused, match="graded"):
        workflow.apply(case, "determine", actor=city.decider, at=AT, amount=WAN)


def test_a_case_enters_a_panel_of_its_own_call_only(city):
    _, (case,) = make_evaluation(city, 1)
    other, _ = make_evaluation(city, 0)

    with pytest.raises(Refused, match="panel of this call"):
        workflow.apply(case, "evaluate", actor=city.officer, at=AT, panel=make_panel(other, city.officer))
    with pytest.raises(Refused, match="Choose the panel"):
        workflow.apply(case, "evaluate", actor=city.officer, at=AT)


def test_a_program_names_the_panel_by_its_number(city):
    call, (case,) = make_evaluation(city, 1)
    panel = make_panel(call, city.officer)

    case = acts.do(case, "evaluate", actor=city.officer, at=AT, panel=panel.pk)

    assert case.state == "evaluating"


def test_a_panel_needs_as_many_experts_as_a_case_and_a_chair_among_them(city):
    call, _ = make_evaluation(city, 0)
    people = make_experts(5)

    with pytest.raises(Refused, match="experts a case"):
        make_panel(call, city.officer, people[:4])
    with pytest.raises(Refused, match="chair"):
        panels.form(call, panels.Plan("甲", people[:5], make_experts(1)[0], DUE), actor=city.officer, at=AT)
    with pytest.raises(Refused, match="another department"):
        make_panel(call, city.district, people)


def test_a_panel_that_rests_on_a_draw_is_the_seats_of_the_draw(city):
    call, _ = make_evaluation(city, 0)
    draw = make_draw(city, seats=5)
    drawn = draw.memberships()

    with pytest.raises(Refused, match="seats of the draw"):
        make_panel(call, city.officer, [*drawn[:4], *make_experts(1)], draw=draw)
    panel = make_panel(call, city.officer, drawn, draw=draw)

    assert {one.membership for one in panel.seats.all()} == set(drawn)
    assert list(queries.draws_for(city.officer)) == []


# -- who judges what


def test_whoever_stays_away_or_belongs_to_the_applicant_is_never_proposed_nor_assigned(city):
    call, cases = make_evaluation(city, 2, rubric=rubric_with(per_case=4, size=6, quorum=3))
    experts = make_experts(6)
    recuse(experts[2], cases[0].organisation)
    make_membership(Role.CLERK, cases[1].organisation, user=experts[4].user)
    panel = make_panel(call, city.officer, experts)
    for case in cases:
        workflow.apply(case, "evaluate", actor=city.officer, at=AT, panel=panel)

    proposed = assigning.propose(panel, 4)
    seats = {one.membership_id: one.pk for one in panel.seats.all()}

    assert all(len(chosen) == 4 for chosen in proposed.values())
    assert seats[experts[2].pk] not in proposed[cases[0].pk]
    assert seats[experts[4].pk] not in proposed[cases[1].pk]
    with pytest.raises(Refused, match="stays away"):
        panels.assign(panel, {cases[0].pk: [seats[experts[2].pk]]}, actor=city.officer, at=AT)


def test_the_work_is_spread_evenly_and_the_same_every_time():
    fits, nobody = [[0] * 6 for _ in range(20)], [frozenset()] * 20

    first = assigning.by_fit(fits, 3, 11, nobody)

    load = [sum(seat in chosen for chosen in first) for seat in range(6)]
    assert (max(load), min(load)) == (10, 10)
    assert first == assigning.by_fit(fits, 3, 11, nobody)
    with pytest.raises(Refused, match="Case 1"):
        assigning.by_fit([[0, 0]], 2, 5, [frozenset({1})])


def test_the_database_itself_refuses_an_expert_who_stays_away(before):
    panel, case = before
    mine, other = assignment_of(panel, case), assignment_of(panel, case, 2)
    recuse(mine.seat.membership, case.organisation)

    with pytest.raises(DatabaseError, match="stays away"), transaction.atomic():
        Sheet.objects.create(assignment=mine, saved_at=AT)
    with pytest.raises(DatabaseError, match="stays away"), transaction.atomic():
        Assignment.objects.filter(pk=mine.pk).update(reason="x")
    assert Sheet.objects.create(assignment=other, saved_at=AT).pk


def test_a_person_judges_a_case_once_whatever_anybody_writes(city):
    call, (case,) = make_evaluation(city, 1)
    panel = make_panel(call, city.officer)
    put_before(panel, [case], city.officer)
    there = assignment_of(panel, case)

    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.create(
            panel=panel, case=case, seat=there.seat, assigned_by=city.officer, assigned_at=AT
        )
    score(there, "8", seal=False)
    with pytest.raises(IntegrityError), transaction.atomic():
        Sheet.objects.create(assignment=there, saved_at=AT)


def test_a_conflict_declared_on_seeing_the_case_gives_it_back_for_good(city):
    call, (case,) = make_evaluation(city, 1, rubric=rubric_with(per_case=4, size=6, quorum=3))
    panel = make_panel(call, city.officer, make_experts(6))
    put_before(panel, [case], city.officer)
    there = panel.assignments.select_related("seat__membership", "panel").first()

    panels.give_back(there, "我与该单位有合作。", actor=there.seat.membership, at=AT)

    assert there.seat_id not in assigning.propose(panel, 4)[case.pk]
    assert queries.reviews_of(there.seat.membership).count() == 0
    with pytest.raises(Refused, match="declared a conflict"):
        panels.assign(panel, {case.pk: [there.seat_id]}, actor=city.officer, at=AT)
