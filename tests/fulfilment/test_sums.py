"""The sums that a person chooses among proposals: bounded, whole, with the reason."""

from __future__ import annotations

from datetime import timedelta

import pytest

from factories import AT, make_membership, make_organisation
from fulfilment.city import (
    WAN,
    carried_to,
    close_call,
    make_appropriation,
    make_call,
    make_case,
    make_grower,
    make_twin,
)
from fulfilment.judged import (
    AFTER,
    graded,
    make_evaluation,
    make_evidence,
    make_panel,
    points,
    put_before,
)
from fulfilment.office import paid_of
from fulfilment.test_every_benefit import state_facts
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.fulfilment import applying, calls, caps, findings, guards, notices, stacking, workflow
from kechuang.fulfilment.assessing import assess_case
from kechuang.fulfilment.judging import (
    allocations,
)
from kechuang.fulfilment.judging.allocating import BY_GRADE, BY_RANK, Terms
from kechuang.fulfilment.judging.models import Allocation
from kechuang.fulfilment.models import Case
from kechuang.journal.models import Event
from kechuang.treasury import recovering

pytestmark = pytest.mark.django_db
TERMS = Terms(allocations.PARTS)


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


@pytest.mark.parametrize("claimed_wan", [10, 50])
def test_what_came_back_is_free_again_in_the_pool_and_nothing_more(city, claimed_wan):
    money = make_appropriation(city, 1000 * WAN, "14")
    first, second = (
        make_call(city, money, benefit="14.training_fund", reserve_fen=100 * WAN) for _ in range(2)
    )
    case, other = (make_training_case(city, call) for call in (first, second))
    workflow.apply(case, "determine", actor=city.decider, at=AT, amount=50 * WAN)
    after = close_call(first)
    call = calls.settle(first, actor=city.decider, at=after)
    [case] = paid_of(city, notices.publish(call, [case], actor=city.officer, at=after))
    at = case.state_since + timedelta(days=1)
    later = at + timedelta(days=9)
    assert caps.pool_left(other, at) == 0

    workflow.apply(case, "find_breach", actor=city.officer, at=at, reason="失实", hearing_on=later.date())
    workflow.apply(case, "hear", actor=city.officer, at=later, reason="承认")
    plan = [(later.date(), claimed_wan * WAN)]
    case = workflow.apply(
        case, "claim", actor=city.decider, at=later, reason="追回", amount=plan[0][1], plan=plan
    )
    finding = case.findings.get()
    recovering.receive(finding.receivable, plan[0][1], later.date(), "V9", actor=city.accountant, at=later)

    assert Case.objects.get(pk=case.pk).state == "recovered"
    assert caps.pool_left(other, later) == claimed_wan * WAN
    findings.record_credit(finding, "失实。", actor=city.officer, at=later)
    workflow.apply(case, "close", actor=city.officer, at=later)
    assert caps.pool_left(other, later) == claimed_wan * WAN


def test_the_yearly_ceiling_counts_what_is_determined_and_not_yet_decided(city):
    manager, money = make_grower(90_000, 600), make_appropriation(city)
    first, second = (make_call(city, money, reserve_fen=1000 * WAN) for _ in range(2))
    one = carried_to(city, make_case(first, manager), "accepted")
    two = carried_to(city, make_twin(second, one), "accepted")
    ceiling = caps.left(one, AT)
    for case, other in ((one, two), (two, one)):
        stacking.decide(case, other, same=True, why="同一事项", actor=city.officer, at=AT)
    workflow.apply(one, "determine", actor=city.decider, at=AT, amount=ceiling - 5 * WAN)

    with pytest.raises(Refused, match=r"leaves 50,000\.00 yuan"):
        guards.within_cap(two, city.decider, AT, {"amount": 5 * WAN + 1})

    assert (caps.left(one, AT), caps.left(two, AT)) == (ceiling, 5 * WAN)
    guards.within_cap(two, city.decider, AT, {"amount": 5 * WAN})


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
