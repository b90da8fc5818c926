"""A fact that changes after the decision, wherever it comes from, stops what is unpaid; put right, it frees it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from factories import make_department, make_membership
from fulfilment.city import (
    AT,
    WAN,
    at_noon,
    carried_to,
    close_call,
    make_call,
    make_case,
    make_city,
    make_grower,
)
from kechuang.accounts.roles import Role
from kechuang.fulfilment import calls, clockwork, notices, outgrown, workflow
from kechuang.journal.models import Event, Message
from kechuang.registry import actions as registry
from kechuang.registry.models import Fact
from kechuang.treasury import queries as treasury

pytestmark = pytest.mark.django_db


@pytest.fixture
def city():
    return make_city()


def state_spend(organisation, fen, officer, at):
    return registry.state(organisation, "years", "rd_spend", fen, key="2025", actor=officer, at=at,
                          source=Fact.Source.LIST)  # fmt: skip


def look(at):
    """What the background does: the tasks that were queued and not done, at a time."""
    jobs = ProcrastinateJob.objects.filter(task_name=outgrown.LOOK_AGAIN)
    return sum(outgrown.follow(one.args["organisations"], at=at) for one in jobs)


def decided(city, manager):
    call = make_call(city)
    case = carried_to(city, make_case(call, manager), "determined")
    after = close_call(call)
    call = calls.settle(call, actor=city.decider, at=after)
    notice = notices.publish(call, [case], actor=city.officer, at=after)
    ended = at_noon(notice.last_day + timedelta(days=1))
    clockwork.strike(ended)
    return workflow.apply(case, "decide", actor=city.decider, at=ended), ended


def test_a_correction_upheld_after_the_decision_holds_the_payment_until_the_fact_is_right_again(city):
    manager, statistics = make_grower(), make_membership(Role.OFFICER, make_department("市统计局"))
    fact = state_spend(manager.organisation, 900 * WAN, statistics, AT)
    case, at = decided(city, manager)
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


def test_facts_of_an_organisation_without_a_settled_case_ask_for_no_second_look(city):
    carried_to(city, make_case(make_call(city)), "accepted")

    make_grower()

    assert not ProcrastinateJob.objects.filter(task_name=outgrown.LOOK_AGAIN).exists()
