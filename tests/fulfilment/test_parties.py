"""Whoever stays away from one member of a consortium judges, reads, writes and hears nothing of its case."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from factories import AT, make_membership, make_organisation
from fulfilment.city import make_appropriation
from fulfilment.judged import (
    AFTER,
    make_agency_case,
    make_evaluation,
    make_experts,
    make_panel,
    meet,
    opened,
    put_before,
    recuse,
    score,
    score_all,
)
from kechuang.accounts.queries import events_seen_by
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.fulfilment import queries as of_cases
from kechuang.fulfilment import telling, workflow
from kechuang.fulfilment.judging import assigning, meetings, panels, queries
from kechuang.fulfilment.judging.models import Assignment, Dissent, Proposal, Sheet
from kechuang.fulfilment.models import Approval
from kechuang.fulfilment.noting import note
from kechuang.fulfilment.parties import parties_of
from kechuang.journal.models import Message
from kechuang.journal.queries import Filters
from kechuang.treasury import actions as treasury
from kechuang.treasury import queries as money
from treasury.factories import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def partner():
    """The manager of the second member."""
    return make_membership(Role.MANAGER, make_organisation(name="威海甲材料有限公司"))


@pytest.fixture
def case(city, partner):
    call, _ = make_evaluation(city, 0)
    return make_agency_case(city, call, partner=partner)


def before_a_panel(city, case, count=5):
    """The panel with the case before it, nobody assigned yet, and its experts."""
    experts = make_experts(count)
    panel = make_panel(case.call, city.officer, experts, reason="多请一位")
    workflow.apply(case, "evaluate", actor=city.officer, at=AT, panel=panel)
    return panel, experts


def test_the_organisations_of_a_case_are_its_lead_and_the_other_members(city, case, partner):
    alone = make_agency_case(city, case.call)

    assert parties_of([case.pk, alone.pk]) == {
        case.pk: {case.organisation_id, partner.organisation_id},
        alone.pk: {alone.organisation_id},
    }
    assert of_cases.parties_of_call(case.call.number, city.officer) == (
        f"call:{case.call_id}",
        sorted({case.organisation_id, partner.organisation_id, alone.organisation_id}),
    )


def test_an_expert_tied_to_a_member_is_neither_proposed_nor_assigned_nor_taken_by_the_database(
    city, case, partner
):
    panel, (one, colleague, *_) = before_a_panel(city, case)
    recuse(one, partner.organisation)
    make_membership(Role.CLERK, partner.organisation, user=colleague.user)
    seat = panel.seats.get(membership=one)

    proposed = assigning.propose(panel, panels.rubric_of(case.call).per_case - 2)

    assert {seat.pk, panel.seats.get(membership=colleague).pk}.isdisjoint(proposed[case.pk])
    with refused("须回避"):
        panels.assign(panel, {case.pk: [seat.pk]}, actor=city.officer, at=AT)
    with pytest.raises(IntegrityError, match="stays away"), transaction.atomic():
        Assignment.objects.create(panel=panel, case=case, seat=seat, assigned_by=city.officer, assigned_at=AT)
    assert queries.away_from_call(case.call, [one, city.decider], city.officer) == {one.pk}


def test_whoever_comes_to_stay_away_from_a_member_loses_the_case_and_its_sheet(city, case, partner):
    panel, (one, *_) = before_a_panel(city, case)
    proposed = assigning.propose(panel, panels.rubric_of(case.call).per_case)
    panels.assign(panel, proposed, actor=city.officer, at=AT)
    panels.begin(panel, actor=city.officer, at=AT)
    own = (
        panel.assignments.filter(ended_at__isnull=True)
        .select_related("seat__membership", "panel__call")
        .first()
    )
    one = own.seat.membership
    score(own, "6", seal=False)
    assert queries.reviews_of(one).count() == 1

    recuse(one, partner.organisation)

    assert queries.reviews_of(one).count() == 0
    with refused("须回避"):
        score(own, "7", seal=False)
    with pytest.raises(IntegrityError, match="stays away"), transaction.atomic():
        Sheet.objects.filter(assignment=own).update(comment="好")
    opened(panel)
    assert panel.assignments.get(pk=own.pk).ending == Assignment.Ending.RECUSED
    assert queries.cases_before(panel, one) == []


def test_at_the_meeting_whoever_stays_away_from_a_member_has_no_word_and_does_not_count(city, case, partner):
    panel = make_panel(case.call, city.officer, experts := make_experts(5))
    put_before(panel, [case], city.officer)
    score_all(panel, lambda _case, _place: "6")
    opened(panel)
    meet(panel, city.officer)
    recuse(experts[1], partner.organisation)
    recuse(experts[0], partner.organisation)
    seat = panel.seats.get(membership=experts[1])

    with refused("这件申报不在本评审组"):
        meetings.dissent(panel, case, "不同意。", actor=experts[1], at=AFTER)
    with refused("组长需回避"):
        meetings.conclude(panel, actor=experts[0], at=AFTER)
    with pytest.raises(IntegrityError, match="stays away"), transaction.atomic():
        Dissent.objects.create(meeting=panel.meeting, case=case, seat=seat, words="不同意。", at=AFTER)
    with pytest.raises(IntegrityError, match="stays away"), transaction.atomic():
        Proposal.objects.filter(case=case).update(grade="good", proposed_by=experts[1])


def test_an_official_who_stays_away_from_a_member_writes_no_opinion_and_is_told_nothing(city, case, partner):
    recuse(city.officer, partner.organisation)
    event = note("case.recusal_asked", case, partner, AT, request=1)

    telling.tell_offices("recusal_asked", case, event, due="")

    assert not Message.objects.filter(event=event.number, recipient=city.officer.user).exists()
    with pytest.raises(IntegrityError, match="stays away"), transaction.atomic():
        Approval.objects.create(
            case=case, kind="recommendation", result="agreed", asked_at=AT, given_at=AT, given_by=city.officer
        )


def test_the_treasury_keeps_whoever_stays_away_from_a_member_off_the_money_of_the_consortium(
    city, case, partner
):
    lead = case.organisation.memberships.get()
    treasury.state_account(
        case.organisation, holder="某", bank="某行", number="6228480402564890018", actor=lead, at=AT
    )
    grant = treasury.Grant(
        entitlement="17|x", subject=f"case:{case.pk}", organisation=case.organisation,
        appropriation=make_appropriation(city), benefit="17.cultivation_agency", year=2025, amount_fen=100,
    )  # fmt: skip
    award = treasury.grant(grant, actor=city.decider, at=AT)
    treasury.commit(award, actor=city.decider, at=AT)
    treasury.make_payable(award, actor=city.decider, at=AT)
    office = city.accountant.organisation
    away = [make_membership(role, office) for role in (Role.ACCOUNTANT, Role.TREASURER)]
    for one in away:
        recuse(one, partner.organisation)
    accountant, treasurer = away

    with pytest.raises(Refused, match="stay away"):
        treasury.prepare_batch([award], actor=accountant, at=AT)
    assert not money.to_pay(accountant, AT).exists()
    assert not money.entries(accountant, money.Wanted()).filter(award=award).exists()
    batch = treasury.prepare_batch([award], actor=city.accountant, at=AT)
    with pytest.raises(Refused, match="stay away"):
        treasury.approve_batch(batch, actor=treasurer, at=AT)

    with pytest.raises(IntegrityError, match="stays away"), transaction.atomic():
        type(batch).objects.filter(pk=batch.pk).update(
            state="approved", approved_by=treasurer, approved_user=treasurer.user_id, approved_at=AT
        )

    assert not money.batches(treasurer).exists()
    assert money.batches(city.treasurer).get() == batch
    auditor = make_membership(Role.AUDITOR)
    recuse(auditor, partner.organisation)
    assert not events_seen_by(auditor, Filters(subject=f"batch:{batch.pk}")).exists()
