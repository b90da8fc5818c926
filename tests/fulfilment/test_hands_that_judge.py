"""Who judges, and who may not: recused hands at a meeting, the quorum of each case, what stays hidden from whom."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from factories import AT, make_membership
from fulfilment.judged import (
    AFTER,
    conclude,
    graded,
    make_evaluation,
    make_experts,
    make_panel,
    meet,
    opened,
    put_before,
    recuse,
    rubric_with,
    score_all,
)
from fulfilment.office import signed_in
from fulfilment.projects import make_office
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.chains import actions as chains
from kechuang.chains.models import Need, Screening
from kechuang.fulfilment.assessing import benefit_of
from kechuang.fulfilment.judging import allocations, meetings, queries
from kechuang.fulfilment.judging.allocating import Terms
from kechuang.fulfilment.judging.evaluated import evaluated_by
from kechuang.fulfilment.judging.models import Dissent, Proposal
from kechuang.fulfilment.models import Case

pytestmark = pytest.mark.django_db


def met(city, away=2, quorum=3):
    """Two cases before a panel of five that has met; the expert at `away` stays away from the first case."""
    call, cases = make_evaluation(city, 2, rubric=rubric_with(per_case=4, size=5, quorum=quorum))
    experts = make_experts(5)
    recuse(experts[away], cases[0].organisation)
    panel = make_panel(call, city.officer, experts)
    put_before(panel, cases, city.officer)
    score_all(panel, lambda _case, _place: "6")
    opened(panel)
    meet(panel, city.officer)
    return panel, cases, experts


def test_a_recused_hand_sets_no_grade_whether_expert_or_officer(city):
    panel, cases, experts = met(city)
    before = set(Proposal.objects.values_list("case", "grade"))
    form = {"grades": "1", f"grade-{cases[0].pk}": "excellent", f"reason-{cases[0].pk}": "好"}

    by_expert = signed_in(experts[2]).post(f"/panels/{panel.pk}/meeting/", form)
    recuse(city.officer, cases[0].organisation)
    by_officer = signed_in(city.officer).post(f"/panels/{panel.pk}/meeting/", form)
    by_colleague = signed_in(experts[1]).post(f"/panels/{panel.pk}/meeting/", form)

    assert (by_expert.status_code, by_officer.status_code) == (422, 422)
    assert "这件申报不在本评审组" in by_expert.content.decode()
    assert by_colleague.status_code == 302
    after = Proposal.objects.get(case=cases[0])
    assert (after.grade, after.proposed_by) == ("excellent", experts[1])
    assert set(Proposal.objects.exclude(pk=after.pk).values_list("case", "grade")) <= before


def test_the_database_takes_no_proposal_dissent_or_screening_of_a_recused_hand(city):
    panel, cases, experts = met(city)
    meeting, seat = panel.meeting, panel.seats.get(membership=experts[2])

    with pytest.raises(IntegrityError, match="stays away"), transaction.atomic():
        Proposal.objects.filter(meeting=meeting, case=cases[0]).update(grade="good", proposed_by=experts[2])
    with pytest.raises(IntegrityError, match="stays away"), transaction.atomic():
        Dissent.objects.create(meeting=meeting, case=cases[0], seat=seat, words="不同意。", at=AFTER)
    Dissent.objects.create(meeting=meeting, case=cases[1], seat=seat, words="不同意。", at=AFTER)
    need = Need.objects.create(
        number="XQ2026-0001", organisation=cases[0].organisation, kind="chain", title="原丝", summary="摘要",
        deadline=AT.date(), budget_fen=1, created_by=city.officer, created_at=AT, state="handed_in",
    )  # fmt: skip
    recuse(city.officer, cases[0].organisation)
    with pytest.raises(IntegrityError, match="stays away"), transaction.atomic():
        Screening.objects.create(need=need, aspect="industry", score=9, reason="好", by=city.officer, at=AT)


def test_a_recused_officer_is_told_that_a_colleague_screens_the_need(city):
    office = make_office()
    _, cases = make_evaluation(city, 1)
    need = Need.objects.create(
        number="XQ2026-0001", organisation=cases[0].organisation, kind="chain", title="原丝", summary="摘要",
        deadline=AT.date(), budget_fen=1, created_by=city.officer, created_at=AT, state="handed_in",
    )  # fmt: skip
    recuse(office.officer, cases[0].organisation)

    with pytest.raises(Refused):
        chains.screen(
            need, dict.fromkeys(Screening.Aspect.values, (80, "好")), fit=True, actor=office.officer, at=AT
        )


def test_a_dissent_names_its_case_and_is_hidden_from_whoever_stays_away(city):
    panel, cases, experts = met(city)
    meetings.dissent(panel, cases[0], "这一件不应给良好。", actor=experts[1], at=AFTER)
    meetings.dissent(panel, None, "整体偏宽。", actor=experts[1], at=AFTER)

    hidden = signed_in(experts[2]).get(f"/panels/{panel.pk}/").content.decode()
    shown = signed_in(experts[3]).get(f"/panels/{panel.pk}/").content.decode()

    assert "这一件不应给良好" not in hidden
    assert "整体偏宽" in hidden
    assert "这一件不应给良好" in shown
    cite = shown.split("这一件不应给良好。", 1)[1].split("</cite>")[0]
    assert "第 1 件" in cite
    with pytest.raises(Refused, match="not before this panel"):
        meetings.dissent(panel, cases[0], "不同意。", actor=experts[2], at=AFTER)


def test_the_quorum_of_a_case_counts_nobody_who_stays_away_from_it(city):
    panel, _, _ = met(city, quorum=5)

    with pytest.raises(Refused, match="Case 1: 4 of those present"):
        conclude(panel)


def test_a_chair_who_stays_away_from_a_case_does_not_conclude(city):
    panel, _, _ = met(city, away=0)

    with pytest.raises(Refused, match="another chair"):
        conclude(panel)


def test_the_grades_of_earlier_years_are_those_of_the_same_thing(city):
    _, (case,) = make_evaluation(city, 1)
    Case.objects.filter(pk=case.pk).update(grade="fail", year=2024, key="high_tech_cultivation|2024")
    later = {"call": case.call, "organisation": case.organisation, "year": 2025}
    same, other = (
        Case(**later, key=key) for key in ("high_tech_cultivation|2025", "technology_transfer|2025")
    )
    what = evaluated_by(benefit_of(case))

    assert queries.graded_before(same, what) == {2024: "fail"}
    assert queries.graded_before(other, what) == {}


def test_a_choice_of_sums_shows_what_each_alternative_cost_then_but_no_line_of_whom_one_stays_away_from(city):
    call, cases = make_evaluation(city, 2)
    panel = make_panel(call, city.officer)
    put_before(panel, cases, city.officer)
    graded(panel, city.officer, lambda _case, _place: "9")
    terms = Terms(allocations.PARTS)
    found = allocations.table(call, terms, actor=city.decider, at=AFTER)
    sums = {row.case.number: row.line.ceiling_fen // 2 for row in found.rows}
    allocations.choose(call, "grade", terms, sums, "减半支持", actor=city.decider, at=AFTER)
    colleague = make_membership(Role.DECIDER, city.decider.organisation)
    recuse(colleague, cases[0].organisation)

    page = signed_in(city.decider).get(f"/calls/{call.number}/allocation/").content.decode()
    kept = signed_in(colleague).get(f"/calls/{call.number}/allocation/").content.decode()

    for one in found.proposals:
        assert (
            f"{one.total_fen // 100:,}" in page.replace("万", "") or str(one.total_fen // 1_000_000) in page
        )
    assert "当时的金额和各方案" in page
    assert all(number in page for number in sums)
    assert cases[0].number not in kept
    assert cases[1].number in kept
