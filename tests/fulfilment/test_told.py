"""Nobody has to look by chance: offers, days that end, calls that could not be published are told, once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from factories import make_membership
from fulfilment.city import (
    AT,
    TODAY,
    WAN,
    carried_to,
    make_appropriation,
    make_call,
    make_case,
    make_grower,
    manager_of,
)
from fulfilment.office import signed_in
from kechuang.accounts import actions as accounts
from kechuang.accounts.roles import Role
from kechuang.entitlements import releasing
from kechuang.entitlements.models import Sweep
from kechuang.fulfilment import applying, calls, case_reads, clockwork, workflow
from kechuang.fulfilment.models import Call, Case
from kechuang.journal.models import Delivery, Event, Message

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_at")]
DAY = timedelta(days=1)


def offered(city, manager) -> Case:
    """A case that a sweep found and its call offers."""
    sweep = Sweep.objects.create(
        benefit="9.rd_growth", version=releasing.version_in_force(), on=TODAY, year=2025, known_at=AT,
        state=Sweep.State.DONE, started_by=city.officer, started_at=AT,
    )  # fmt: skip
    sweep.lines.create(organisation=manager.organisation, outcome="may_apply", amount_fen=15 * WAN)
    call = make_call(city, sweep=sweep)
    applying.offer(call, sweep.lines.all(), actor=city.officer, at=AT)
    return Case.objects.get(call=call)


def told(kind: str, membership) -> list[Message]:
    return list(Message.objects.filter(kind=kind, recipient=membership.user))


def test_who_is_offered_an_award_is_told_in_the_site_and_by_mail(city):
    manager = make_grower()

    case = offered(city, manager)

    [message] = told("case.offered", manager)
    assert case.number in message.title["zh"]
    assert "15.00 万元" in message.body["zh"]
    assert "2026-04-01 前确认或放弃" in message.body["zh"]
    assert message.link == f"/cases/{case.number}/"
    assert Delivery.objects.filter(message=message, channel="email").count() == 1


def test_who_has_not_confirmed_is_reminded_once_before_the_call_closes(city):
    manager = make_grower()
    case = offered(city, manager)

    early = clockwork.strike(case.call.closes_at - 4 * DAY)["warned"]
    first = clockwork.strike(case.call.closes_at - 3 * DAY)["warned"]
    again = clockwork.strike(case.call.closes_at - 2 * DAY)["warned"]

    assert (early, first, again) == (0, 1, 0)
    [message] = told("case.lapse_warned", manager)
    assert "2026-04-01 截止" in message.body["zh"]
    case.refresh_from_db()
    assert case.state == "offered"


def test_an_extended_call_reminds_again_before_its_new_end(city):
    case = make_case(make_call(city))
    clockwork.strike(case.call.closes_at - DAY)
    later = case.call.closes_at + 10 * DAY
    calls.extend(case.call, later, "停电", actor=city.officer, at=case.call.closes_at - DAY / 2)

    between = clockwork.strike(later - 5 * DAY)["warned"]
    then = clockwork.strike(later - DAY)["warned"]

    assert (between, then) == (0, 1)
    assert len(told("case.lapse_warned", manager_of(case))) == 2


def test_who_has_confirmed_or_submitted_is_not_reminded(city):
    case = carried_to(city, make_case(make_call(city)), "submitted")

    assert clockwork.strike(case.call.closes_at - DAY)["warned"] == 0


def test_a_returned_case_reminds_before_its_own_day(city):
    case = carried_to(city, make_case(make_call(city)), "recommended")
    case = workflow.apply(case, "send_back", actor=city.officer, at=AT, reason="缺页", sections=["account"])

    early = clockwork.strike(AT)["warned"] if case.due_on > (AT + 3 * DAY).date() else 0
    soon = clockwork.strike(AT.replace(month=case.due_on.month, day=case.due_on.day) - DAY)["warned"]

    assert (early, soon) == (0, 1)
    [message] = told("case.lapse_warned", manager_of(case))
    assert str(case.due_on) in message.body["zh"]


def scheduled(city, money, reserve_fen: int) -> Call:
    plan = calls.Plan("9.rd_growth", releasing.version_in_force(), 2025, TODAY, (AT, AT + 30 * DAY), money)
    call = calls.draft(plan, actor=city.officer, at=AT)
    change = {"publish_at": AT + timedelta(hours=2)}
    call = calls.change(call, change, revision=call.revision, actor=city.officer, at=AT)
    return calls.publish(call, reserve_fen=reserve_fen, actor=city.officer, at=AT)


def test_the_officers_are_told_once_why_a_scheduled_call_was_not_published(city, clock_at):
    money = make_appropriation(city, 50 * WAN)
    call = scheduled(city, money, 40 * WAN)
    other = make_call(city, money, reserve_fen=30 * WAN)
    due = AT + timedelta(hours=3)

    for minute in range(3):
        clockwork.strike(due + timedelta(minutes=minute))
    clock_at(due)
    page = signed_in(city.officer).get(f"/calls/{call.number}/").content.decode()

    call.refresh_from_db()
    assert call.state == Call.State.DRAFT
    [message] = told("call.not_published", city.officer)
    assert len(told("call.not_published", city.decider)) == 1
    todo = "不够预留。请减少预留金额，或请财政部门追加预算。"
    assert f"{todo}条件具备后自动发布" in message.body["zh"]
    assert "没有按时" in page
    assert todo in page

    calls.withdraw(other, "另行安排", actor=city.officer, at=due)
    clockwork.strike(due + timedelta(minutes=9))

    call.refresh_from_db()
    assert call.state == Call.State.PUBLISHED
    page = signed_in(city.officer).get(f"/calls/{call.number}/").content.decode()
    assert "没有按时" not in page
    assert Event.objects.filter(kind="call.not_published").count() == 1


def test_a_call_scheduled_anew_is_told_of_anew(city):
    money = make_appropriation(city, 50 * WAN)
    call = scheduled(city, money, 40 * WAN)
    make_call(city, money, reserve_fen=30 * WAN)
    clockwork.strike(AT + timedelta(hours=3))
    call.refresh_from_db()
    change = {"publish_at": AT + timedelta(hours=5)}
    call = calls.change(call, change, revision=call.revision, actor=city.officer, at=AT + timedelta(hours=4))
    calls.publish(call, reserve_fen=20 * WAN, actor=city.officer, at=AT + timedelta(hours=4))
    make_call(city, money, reserve_fen=10 * WAN)

    clockwork.strike(AT + timedelta(hours=6))

    assert len(told("call.not_published", city.officer)) == 2


def test_less_is_reserved_by_hand_where_the_money_no_longer_suffices(city):
    money = make_appropriation(city, 50 * WAN)
    call = scheduled(city, money, 40 * WAN)
    make_call(city, money, reserve_fen=30 * WAN)
    later = AT + timedelta(hours=3)
    clockwork.strike(later)

    call = calls.publish(call, reserve_fen=20 * WAN, actor=city.officer, at=later)

    assert (call.state, call.reserved_fen) == (Call.State.PUBLISHED, 20 * WAN)


def test_whoever_left_that_day_gets_no_letter_and_stands_on_no_case(city):
    case = carried_to(city, make_case(make_call(city)), "submitted")
    leaver = make_membership(Role.OFFICER, city.officer.organisation)
    assert leaver in case_reads.people(case, AT).rows()
    accounts.end(leaver, actor=make_membership(Role.OPERATOR), at=AT)

    workflow.apply(case, "recommend", actor=city.district, at=AT, amount=case.declared_fen)

    assert told("case.recommend", city.officer)
    assert not told("case.recommend", leaver)
    assert leaver not in case_reads.people(case, AT).rows()
