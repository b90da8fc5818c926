"""A fact that changes after the decision, wherever it comes from, stops what is unpaid; put right, it frees it."""

from __future__ import annotations

from datetime import timedelta

import pgtrigger
import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from factories import make_department, make_membership, make_organisation
from fulfilment.city import (
    AT,
    WAN,
    carried_to,
    make_call,
    make_case,
    make_grower,
)
from fulfilment.judged import recuse
from fulfilment.office import decided, look, paid
from kechuang.accounts.roles import Role
from kechuang.fulfilment import outgrown, workflow
from kechuang.fulfilment.models import CaseMember
from kechuang.journal.models import Event, Message
from kechuang.registry import actions as registry
from kechuang.registry.models import Fact
from kechuang.treasury import queries as treasury
from kechuang.treasury import settling

pytestmark = pytest.mark.django_db


def state_spend(organisation, fen, officer, at):
    return registry.state(organisation, "years", "rd_spend", fen, key="2025", actor=officer, at=at,
                          source=Fact.Source.LIST)  # fmt: skip


def test_a_correction_upheld_after_the_decision_holds_the_payment_until_the_fact_is_right_again(city):
    manager, statistics = make_grower(), make_membership(Role.OFFICER, make_department("市统计局"))
    fact = state_spend(manager.organisation, 900 * WAN, statistics, AT)
    case = decided(city, manager)
    at = case.state_since
    assert case.award in treasury.to_pay(city.accountant, at)

    dispute = registry.raise_correction(fact, 500 * WAN, "审计更正", actor=manager, at=at)
    registry.answer_correction(dispute, uphold=True, answer="属实", actor=statistics, at=at)
    assert look(at) == 1

    assert case.award not in treasury.to_pay(city.accountant, at)
    told = Event.objects.get(kind="case.outgrown")
    assert Message.objects.filter(event=told.number, membership_id=city.officer.pk).exists()
    state_spend(manager.organisation, 900 * WAN, statistics, at + timedelta(hours=1))
    assert look(at + timedelta(hours=2)) == 0
    assert case.award in treasury.to_pay(city.accountant, at + timedelta(hours=2))


def test_paid_money_that_facts_no_longer_allow_is_not_paid_again_when_the_bank_sends_it_back(city):
    statistics = make_membership(Role.OFFICER, make_department("市统计局"))
    [case] = paid(city, make_grower())
    at = case.state_since + timedelta(days=1)
    state_spend(case.organisation, 500 * WAN, statistics, at)
    assert look(at) == 1

    payment = case.award.payments.get()
    back = settling.Result(payment.number, paid=False, on=at.date(), reason="户名不符")
    settling.settle(payment.batch, [back], actor=city.accountant, at=at)

    case.refresh_from_db()
    assert case.state == "decided"
    assert case.award not in treasury.to_pay(city.accountant, at)


def test_whoever_stays_away_from_a_member_is_not_told_of_the_case(city):
    manager, statistics = make_grower(), make_membership(Role.OFFICER, make_department("市统计局"))
    state_spend(manager.organisation, 900 * WAN, statistics, AT)
    case = decided(city, manager)
    at, colleague = case.state_since, make_membership(Role.OFFICER, city.officer.organisation)
    member = make_organisation()
    with pgtrigger.ignore("fulfilment.CaseMember:members_settled"):
        CaseMember.objects.create(case=case, organisation=member, role="member", money=0, work=0, duty="测试")
    recuse(city.officer, member)

    state_spend(manager.organisation, 500 * WAN, statistics, at)
    look(at)

    told = Event.objects.get(kind="case.outgrown").number
    heard = set(Message.objects.filter(event=told).values_list("membership_id", flat=True))
    assert colleague.pk in heard
    assert city.officer.pk not in heard


def test_facts_of_an_organisation_without_a_settled_case_ask_for_no_second_look(city):
    carried_to(city, make_case(make_call(city)), "accepted")

    make_grower()

    assert not ProcrastinateJob.objects.filter(task_name=outgrown.LOOK_AGAIN).exists()


def test_what_changed_while_a_finding_stood_is_looked_at_when_the_finding_is_dropped(city):
    statistics = make_membership(Role.OFFICER, make_department("市统计局"))
    [case] = paid(city, make_grower())
    at = case.state_since + timedelta(days=1)
    given = {"reason": "材料不实", "hearing_on": (at + timedelta(days=1)).date()}
    case = workflow.apply(case, "find_breach", actor=city.officer, at=at, **given)
    state_spend(case.organisation, 500 * WAN, statistics, at)
    assert look(at) == 0
    assert not Event.objects.filter(kind="case.outgrown").exists()

    case = workflow.apply(case, "drop_finding", actor=city.decider, at=at, reason="不成立")

    assert look(at) == 1
    assert Event.objects.get(kind="case.outgrown").subject == f"case:{case.pk}"
