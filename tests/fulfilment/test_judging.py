"""Panels and sheets: sealed, exact, never lost, never doubled, and never before whoever stays away."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from factories import AT, make_membership, make_organisation
from fulfilment.city import WAN, carried_to, close_call, make_appropriation, make_call, make_city, manager_of
from fulfilment.judged import (
    AFTER,
    DUE,
    assignment_of,
    conclude,
    graded,
    make_draw,
    make_evaluation,
    make_evidence,
    make_experts,
    make_panel,
    meet,
    opened,
    put_before,
    rubric_with,
    score,
    score_all,
)
from fulfilment.test_every_benefit import state_facts
from kechuang.accounts.models import Recusal
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.fulfilment import acts, applying, calls, workflow
from kechuang.fulfilment.assessing import assess_case
from kechuang.fulfilment.judging import (
    allocations,
    assigning,
    meetings,
    panels,
    queries,
    rubrics,
    sheets,
    tallies,
)
from kechuang.fulfilment.judging.allocating import BY_GRADE, BY_RANK, Terms
from kechuang.fulfilment.judging.models import Allocation, Assignment, Question, Sheet
from kechuang.fulfilment.models import Case
from kechuang.journal.models import Event
from kechuang.registry import actions as registry
from kechuang.registry.models import Fact

pytestmark = pytest.mark.django_db
TERMS = Terms(allocations.PARTS)


@pytest.fixture
def city():
    return make_city()


def recuse(membership, organisation):
    Recusal.objects.create(
        user=membership.user, organisation=organisation, ground="employer", source="test:1", began_at=AT
    )


def points(*by_place):
    """Points by the place of the expert, the same for every case."""
    return lambda _case, place: by_place[place - 1]


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
    call, (case,) = make_evaluation(city, 1, rubric=rubric_with(per_case=4, size=5, quorum=3))
    panel = make_panel(call, city.officer, make_experts(6))
    put_before(panel, [case], city.officer)
    there = panel.assignments.select_related("seat__membership", "panel").first()

    panels.give_back(there, "我与该单位有合作。", actor=there.seat.membership, at=AT)

    assert there.seat_id not in assigning.propose(panel, 4)[case.pk]
    assert queries.reviews_of(there.seat.membership).count() == 0
    with pytest.raises(Refused, match="declared a conflict"):
        panels.assign(panel, {case.pk: [there.seat_id]}, actor=city.officer, at=AT)


# -- sheets


@pytest.fixture
def before(city):
    """A case before a panel that is scoring."""
    call, (case,) = make_evaluation(city, 1)
    panel = make_panel(call, city.officer)
    put_before(panel, [case], city.officer)
    return panel, case


def test_a_sheet_is_saved_field_by_field_and_a_second_tab_cannot_overwrite_it(before):
    panel, case = before
    there = assignment_of(panel, case)
    actor = there.seat.membership

    first = sheets.save(there, sheets.Written(scores={"clients": "8.5"}), revision=0, actor=actor, at=AT)
    sheets.save(there, sheets.Written(scores={"team": "7"}), revision=first.revision, actor=actor, at=AT)

    with pytest.raises(Refused, match="changed elsewhere"):
        sheets.save(there, sheets.Written(scores={"team": "1"}), revision=1, actor=actor, at=AT)
    again = sheets.save(there, sheets.Written(scores={"team": "7"}), revision=1, actor=actor, at=AT)
    assert (again.scores, again.revision) == ({"clients": 17, "team": 14}, 2)


@pytest.mark.parametrize("text", ["8.3", "11", "-1", "eight", "NaN", "Infinity", "1/2"])
def test_a_score_that_the_scale_does_not_have_is_refused_with_the_scale(before, text):
    panel, case = before
    there = assignment_of(panel, case)
    written = sheets.Written(scores={"clients": text})

    with pytest.raises(Refused, match=r"0 to 10 in steps of 0\.5"):
        sheets.save(there, written, revision=0, actor=there.seat.membership, at=AT)


def test_a_sheet_is_sealed_complete_once_and_the_database_keeps_it(before):
    panel, case = before
    there = assignment_of(panel, case)
    sheet = sheets.save(
        there, sheets.Written(scores={"clients": "8"}), revision=0, actor=there.seat.membership, at=AT
    )
    with pytest.raises(Refused, match="no score yet"):
        sheets.seal(there, revision=sheet.revision, actor=there.seat.membership, at=AT)

    there.refresh_from_db()
    sealed = score(there, "9")

    with pytest.raises(Refused, match="sealed"):
        score(there, "1", seal=False)
    with pytest.raises(DatabaseError, match="sealed"), transaction.atomic():
        Sheet.objects.filter(pk=sealed.pk).update(scores={})
    event = Event.objects.filter(kind="sheet.sealed").latest("number")
    assert event.data == {"sheet": sealed.pk, "hash": sealed.hash}


def test_a_veto_and_a_compulsory_reason_ask_for_words(city):
    rubric = rubric_with()
    rubric["criteria"][0]["reason"] = True
    call, (case,) = make_evaluation(city, 1, rubric=rubric)
    panel = make_panel(call, city.officer)
    put_before(panel, [case], city.officer)
    there = assignment_of(panel, case)

    with pytest.raises(Refused, match="asks for a reason"):
        score(there, "8")
    there = Assignment.objects.get(pk=there.pk)
    with pytest.raises(Refused, match="states the facts"):
        score(there, "8", reasons={"clients": "覆盖面广"}, vetoes={"false_material": " "})
    there = Assignment.objects.get(pk=there.pk)
    assert score(there, "8", vetoes={"false_material": None}).sealed_at == AT


def test_nobody_else_writes_a_sheet_and_nobody_after_the_deadline(before):
    panel, case = before
    there = assignment_of(panel, case)
    other = assignment_of(panel, case, 2).seat.membership

    with pytest.raises(Refused, match="not yours"):
        sheets.save(there, sheets.Written(scores={"clients": "8"}), revision=0, actor=other, at=AT)
    with pytest.raises(Refused, match="Scores are closed"):
        score(there, "8", at=DUE)
    opened(panel)
    with pytest.raises(DatabaseError, match="takes no scores"), transaction.atomic():
        Sheet.objects.create(assignment=there, saved_at=AT)


def test_whoever_has_to_stay_away_meanwhile_neither_sees_nor_writes_and_the_sheet_does_not_count(before):
    panel, case = before
    score_all(panel, points("9", "9", "9", "9", "2"))
    there = assignment_of(panel, case, 5)
    recuse(there.seat.membership, case.organisation)

    assert queries.reviews_of(there.seat.membership).count() == 0
    opened(panel)

    there.refresh_from_db()
    assert (there.ending, tallies.outcomes(panel)[case.pk].sheets) == ("recused", 4)
    assert tallies.outcomes(panel)[case.pk].raw == 90


def test_before_the_deadline_nobody_sees_a_score_and_afterwards_missing_is_not_zero(before, city):
    panel, case = before
    auditor = make_membership(Role.AUDITOR)
    for place, said in enumerate(("9", "9", "8"), 1):
        score(assignment_of(panel, case, place), said)
    score(assignment_of(panel, case, 4), "1", seal=False)  # complete, not sealed: the clock seals it
    half = assignment_of(panel, case, 5)
    sheets.save(half, sheets.Written(scores={"clients": "10"}), revision=0, actor=half.seat.membership, at=AT)

    for reader in (city.officer, city.decider, auditor):
        whole, by_case, _ = queries.progress(panel, reader)
        (line,) = queries.lines(panel, reader, AT)
        assert (whole.assigned, whole.sealed, by_case[case.pk].sealed) == (5, 3, 3)
        assert (line.outcome, line.band, line.proposal, line.sheets) == (None, None, None, [])
    assert tallies.outcomes(panel) == {}
    assert not any("scores" in str(event.data) for event in Event.objects.all())

    opened(panel)

    (line,) = queries.lines(panel, city.officer, AFTER)
    assert [one.by_clock for one in line.sheets] == [False, False, False, True]
    assert (line.outcome.sheets, line.outcome.raw) == (4, Fraction(90 + 90 + 80 + 10, 4))
    assert Event.objects.get(kind="panel.opened").data["missing"] == 1


def test_an_officer_who_stays_away_sees_neither_the_case_nor_its_count(city):
    call, cases = make_evaluation(city, 2)
    panel = make_panel(call, city.officer)
    put_before(panel, cases, city.officer)
    recuse(city.officer, cases[0].organisation)

    whole, by_case, by_seat = queries.progress(panel, city.officer)

    assert [one.case for one in queries.cases_before(panel, city.officer)] == [cases[1]]
    assert (whole.assigned, set(by_case)) == (5, {cases[1].pk})
    assert {one.assigned for one in by_seat.values()} == {1}


def test_a_deadline_moves_to_later_only_and_with_a_reason(before, city):
    panel, _ = before

    with pytest.raises(Refused, match="later"):
        panels.extend(panel, DUE - timedelta(hours=1), "台风", actor=city.officer, at=AT)
    with pytest.raises(Refused, match="why"):
        panels.extend(panel, DUE + timedelta(days=1), " ", actor=city.officer, at=AT)
    moved = panels.extend(panel, DUE + timedelta(days=1), "台风", actor=city.officer, at=AT)

    assert panels.open_scores(moved, at=AFTER) is False
    assert moved.scores_due_at == DUE + timedelta(days=1)


# -- the meeting


def test_an_outlier_is_asked_for_a_reason_and_the_meeting_waits_for_it(before, city):
    panel, case = before
    score_all(panel, points("9", "9", "9", "9", "3"))
    opened(panel)
    meet(panel, city.officer)
    (question,) = Question.objects.all()

    with pytest.raises(Refused, match="unexplained"):
        conclude(panel)
    sheets.answer(question, "指标口径与材料不符。", actor=question.sheet.assignment.seat.membership, at=AFTER)
    meeting = conclude(panel)

    assert question.sheet.assignment.seat.place == 5
    assert meeting.basis[str(case.pk)]["raw"] == 7800
    assert meeting.basis[str(case.pk)]["trimmed"] == 9000


def test_the_meeting_needs_its_quorum_and_only_the_chair_concludes(before, city):
    panel, _ = before
    score_all(panel, points(*["9"] * 5))
    opened(panel)
    seats = list(panel.seats.values_list("pk", flat=True))
    meet(panel, city.officer, present=seats[:3])

    with pytest.raises(Refused, match="4 must be"):
        conclude(panel)
    with pytest.raises(Refused, match="chair"):
        meetings.conclude(panel, actor=panel.seats.get(place=2).membership, at=AFTER)


def test_leaving_the_band_needs_a_reason_and_dissent_stays_beside_the_conclusion(before, city):
    panel, case = before
    score_all(panel, points(*["9"] * 5))
    opened(panel)
    meet(panel, city.officer)

    with pytest.raises(Refused, match="leaves the band"):
        meetings.propose(panel, {case.pk: meetings.Proposed("good")}, actor=city.officer, at=AFTER)
    meetings.propose(
        panel,
        {case.pk: meetings.Proposed("good", "服务企业中有两家重复计算。")},
        actor=city.officer,
        at=AFTER,
    )
    meetings.dissent(panel, case, "应评优秀。", actor=panel.seats.get(place=2).membership, at=AFTER)
    meeting = conclude(panel)

    assert meetings.told(meeting)["dissents"] == [[case.pk, 2, "应评优秀。"]]
    assert Event.objects.get(kind="meeting.concluded").data["hash"] == meeting.hash
    with pytest.raises(Refused):
        meetings.dissent(panel, case, "再说一次。", actor=panel.seats.get(place=3).membership, at=AFTER)


def test_a_veto_by_more_than_half_fails_the_case_whatever_its_score(before, city):
    panel, case = before
    for place in range(1, 6):
        more = {"vetoes": {"false_material": "合同系伪造。"}} if place < 4 else {}
        score(assignment_of(panel, case, place), "10", **more)
    opened(panel)
    meet(panel, city.officer)
    conclude(panel)
    assert meetings.grade_all(panel, actor=city.officer, at=AFTER) == {}

    case.refresh_from_db()
    assert (case.grade, case.rank) == ("fail", None)
    assert assess_case(case, AFTER).amount_fen is None
    with pytest.raises(Refused, match="conditions do not hold"):
        workflow.apply(case, "determine", actor=city.decider, at=AFTER, amount=WAN)


def test_the_grade_is_a_fact_decided_here_and_opinions_given_before_stand(before, city):
    panel, case = before

    assert graded(panel, city.officer, points(*["9"] * 5)) == {}

    fact = Fact.objects.get(organisation=case.organisation, field="grade", known_to__isnull=True)
    case.refresh_from_db()
    assert (fact.value, fact.source, fact.stated_by) == ("excellent", "decision", city.officer)
    assert assess_case(case, AFTER).supposed is False
    determined = workflow.apply(case, "determine", actor=city.decider, at=AFTER, amount=30 * WAN)
    assert determined.determined_fen == 30 * WAN


def test_facts_that_change_after_the_grade_void_it_with_the_opinions_they_touch(before, city):
    panel, case = before
    graded(panel, city.officer, points(*["9"] * 5))
    case.refresh_from_db()
    manager = manager_of(case)
    registry.state(
        case.organisation, "agencies", "clients", 3, key="high_tech_cultivation|2025", actor=manager, at=AFTER
    )

    with pytest.raises(Refused, match="have changed"):
        workflow.apply(case, "determine", actor=city.decider, at=AFTER, amount=WAN)
    case = workflow.apply(case, "renew", actor=city.officer, at=AFTER + timedelta(minutes=1))

    assert (case.grade, case.state) == ("", "submitted")
    assert not case.panel_cases.filter(left_at__isnull=True).exists()


def test_a_grade_below_what_the_clause_asks_gives_nothing(city):
    call, (case,) = make_evaluation(city, 1, benefit="14.transfer_agency")
    panel = make_panel(call, city.officer)
    put_before(panel, [case], city.officer)

    graded(panel, city.officer, points(*["8"] * 5))

    case.refresh_from_db()
    assert (case.grade, assess_case(case, AFTER).amount_fen) == ("good", None)
    table = allocations.table(call, TERMS, actor=city.decider, at=AFTER)
    assert (table.lines, table.rows[0].why is not None) == ([], True)


def test_the_same_thing_with_an_earlier_record_only_enters_with_what_stays_and_shows_its_earlier_grade(city):
    call, _ = make_evaluation(city, 0, benefit="14.transfer_agency")
    manager = make_membership(Role.MANAGER, make_organisation(kind="agency"))
    state_facts(manager, {"agencies": [
        {"kind": "technology_transfer", "level": "municipal", "filed_on": AT.date().replace(year=2021), "year": 2024,
         "grade": "good", "clients": 8},
    ]})  # fmt: skip
    (key,) = [
        one for one in applying.keys_to_apply_for(call, manager.organisation, AT) if one.endswith("2025")
    ]
    case = applying.probe(call, manager.organisation, AT, key)

    assert assess_case(case, AT).amount_fen == 10 * WAN
    assert queries.beside_scores([case], AT)[case.pk][1][0][0] == 2024


# -- the sums


def test_a_person_chooses_the_sums_and_the_reason_is_kept(city):
    call, cases = make_evaluation(city, 3, reserve_wan=80)
    panel = make_panel(call, city.officer)
    put_before(panel, cases, city.officer)
    order = {case.pk: text for case, text in zip(cases, ("9", "8", "6.5"), strict=True)}
    graded(panel, city.officer, lambda case, _: order[case.pk])
    after = close_call(call)

    table = allocations.table(call, TERMS, actor=city.decider, at=after)
    by = {one.method: one for one in table.proposals}
    sums = {case.number: by[BY_RANK].sums[case.pk] for case in cases}
    kept, refused = allocations.choose(
        call, BY_RANK, TERMS, sums, "第一名成效突出。", actor=city.decider, at=after
    )

    assert by[BY_GRADE].wanted_fen == (50 + 35 + 20) * WAN
    assert by[BY_GRADE].total_fen <= 80 * WAN
    assert [sums[case.number] for case in cases] == [50 * WAN, 30 * WAN, 0]
    assert (refused, kept.reason, kept.proposed[BY_RANK]) == ({}, "第一名成效突出。", 80 * WAN)
    assert [Case.objects.get(pk=case.pk).state for case in cases] == ["determined", "determined", "graded"]
    assert Event.objects.get(kind="call.allocated").data["sums"] == {
        cases[0].number: 50 * WAN,
        cases[1].number: 30 * WAN,
    }


def test_sums_above_a_bound_are_refused_whole(city):
    call, cases = make_evaluation(city, 2, reserve_wan=60)
    panel = make_panel(call, city.officer)
    put_before(panel, cases, city.officer)
    graded(panel, city.officer, points(*["9"] * 5))
    first, second = (case.number for case in cases)

    for sums, why in (({first: 51 * WAN}, "its ceiling"), ({first: 40 * WAN, second: 40 * WAN}, "available")):
        with pytest.raises(Refused, match=why):
            allocations.choose(call, BY_GRADE, TERMS, sums, "理由", actor=city.decider, at=AFTER)
    with pytest.raises(Refused, match="why"):
        allocations.choose(call, BY_GRADE, TERMS, {first: WAN}, " ", actor=city.decider, at=AFTER)
    with pytest.raises(Refused, match="decider"):
        allocations.choose(call, BY_GRADE, TERMS, {first: WAN}, "理由", actor=city.officer, at=AFTER)
    assert Allocation.objects.count() == 0


def test_an_event_never_gets_more_than_was_spent(city):
    call, _ = make_evaluation(city, 0, benefit="13.event")
    manager = make_membership(Role.MANAGER)
    event = {
        "name": "创客周",
        "kind": "contest",
        "level": "municipal",
        "role": "host",
        "actual_spend": 37 * WAN,
    }
    state_facts(manager, {"events": [{**event, "held_on": AT.date().replace(month=1)}]})
    (key,) = applying.keys_to_apply_for(call, manager.organisation, AT)

    assert assess_case(applying.probe(call, manager.organisation, AT, key), AT).amount_fen == 37 * WAN


def test_the_training_fund_is_one_pool_for_all_organisers_and_calls(city):
    money = make_appropriation(city, 1000 * WAN, "14")
    first, second = (
        make_call(city, money, benefit="14.training_fund", reserve_fen=100 * WAN) for _ in range(2)
    )
    cases = [make_training_case(city, call) for call in (first, first, second)]

    assert first.rubric == {}
    workflow.apply(cases[0], "determine", actor=city.decider, at=AT, amount=30 * WAN)
    with pytest.raises(Refused, match=r"one pool for the city; 200,000\.00"):
        workflow.apply(cases[1], "determine", actor=city.decider, at=AT, amount=21 * WAN)
    table = allocations.table(second, TERMS, actor=city.decider, at=AT)
    assert (table.pool_fen, table.available_fen) == (20 * WAN, 20 * WAN)
    workflow.apply(cases[2], "determine", actor=city.decider, at=AT, amount=20 * WAN)
    with pytest.raises(Refused, match="one pool"):
        workflow.apply(cases[1], "determine", actor=city.decider, at=AT, amount=1)


def make_training_case(city, call):
    manager = make_membership(Role.MANAGER, make_organisation(kind="association"))
    training = {"topic": "technology_transfer", "held_on": AT.date().replace(year=2025), "participants": 80}
    state_facts(manager, {"trainings": [training]})
    case = applying.start(call, actor=manager, at=AT)
    applying.state_account(
        case, manager.organisation.name, "威海银行", "6228480402564890018", actor=manager, at=AT
    )
    for document in call.documents:
        applying.hand_in(case, document["key"], make_evidence(manager), actor=manager, at=AT)
    applying.agree(case, agreed=True, actor=manager, at=AT)
    return carried_to(city, case, "accepted")
