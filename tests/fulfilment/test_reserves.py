"""What a call holds in reserve follows its sharings: what is under notice stays held, what nobody needs is free."""

from __future__ import annotations

from datetime import timedelta

import pytest

from api.programs import program
from fulfilment.city import (
    WAN,
    at_noon,
    carried_to,
    close_call,
    make_appropriation,
    make_call,
    make_case,
    make_grower,
    manager_of,
)
from fulfilment.office import signed_in
from kechuang.accounts.refusals import Refused
from kechuang.fulfilment import calls, clockwork, notices, sharing_out, workflow
from kechuang.fulfilment.models import Case
from kechuang.treasury import actions as treasury

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_at")]
SAID = notices.Said("王某", "13800001234", "研发投入数据不实", "重新核定")


@pytest.fixture(autouse=True)
def _no_limit_on_requests(settings):
    settings.API_RATE = 0


@pytest.fixture
def money(city):
    return make_appropriation(city, 70 * WAN)


def noticed(city, money):
    """Two cases of 30 and 40 万元 of a call that holds 70, both under notice; the call, the cases, the time."""
    call = make_call(city, money)
    cases = [carried_to(city, make_case(call, make_grower(spend)), "determined") for spend in (1200, 1400)]
    after = close_call(call)
    call = calls.settle(call, actor=city.decider, at=after)
    notices.publish(call, cases, actor=city.officer, at=after)
    return call, *Case.objects.order_by("pk"), after


def objected(city, case, at):
    """The case after an upheld objection."""
    objection = notices.object_to(case.notice_lines.get(), SAID, at=at)
    notices.answer(objection, upheld=True, text="情况属实。", actor=city.decider, at=at)
    case.refresh_from_db()
    return case


def determined(city, case, fen, at):
    return workflow.apply(case, "determine", actor=city.decider, at=at, amount=fen)


def left(money):
    """What of the appropriation is reserved and what is free: 万元."""
    money.refresh_from_db()
    return money.reserved_fen // WAN, money.free_fen // WAN


def test_a_second_sharing_keeps_the_money_of_what_is_under_notice(city, money):
    call, first, second, at = noticed(city, money)
    determined(city, objected(city, second, at), 35 * WAN, at)

    call = calls.settle(call, actor=city.decider, at=at)

    assert left(money) == (65, 5)
    notice = notices.publish(call, [second], actor=city.officer, at=at)
    ended = at_noon(notice.last_day + timedelta(days=1))
    clockwork.strike(ended)
    for case in (first, second):
        workflow.apply(case, "decide", actor=city.decider, at=ended)
    money.refresh_from_db()
    assert (money.committed_fen, *left(money)) == (65 * WAN, 0, 5)


def test_a_sharing_reserves_again_what_a_decision_taken_back_had_set_free(city, money):
    call, first, second, _ = noticed(city, money)
    ended = at_noon(first.notice_lines.get().notice.last_day + timedelta(days=1))
    clockwork.strike(ended)
    for case in (first, second):
        workflow.apply(case, "decide", actor=city.decider, at=ended)
    workflow.apply(second, "reconsider", actor=city.decider, at=ended, reason="金额算错。")
    determined(city, second, 40 * WAN, ended)
    before = left(money)

    calls.settle(call, actor=city.decider, at=ended)

    assert (before, left(money)) == ((0, 40), (40, 0))


def test_money_that_is_gone_is_not_shared_out_a_second_time(city, money):
    call, _, second, at = noticed(city, money)
    determined(city, objected(city, second, at), 35 * WAN, at)
    calls.settle(call, actor=city.decider, at=at)
    make_call(city, money, reserve_fen=5 * WAN)
    workflow.apply(second, "reconsider", actor=city.decider, at=at, reason="金额算错。")
    determined(city, second, 40 * WAN, at)

    with pytest.raises(Refused, match=r"50,000\.00 yuan are missing"):
        calls.settle(call, actor=city.decider, at=at)

    assert "50,000.00 yuan are missing" in sharing_out.preview(call).hindered.en
    assert left(money) == (70, 0)


def test_a_closed_call_without_an_application_sets_its_reserve_free_once(city, money):
    call = make_call(city, money)
    close_call(call)
    client = signed_in(city.officer)

    asked = client.get(f"/calls/{call.number}/settle/").content.decode()
    done = client.post(f"/calls/{call.number}/settle/")
    again = client.post(f"/calls/{call.number}/settle/")

    call.refresh_from_db()
    assert "确认释放" in asked
    assert (done.status_code, again.status_code) == (302, 422)
    assert "没有要释放的预留" in again.content.decode()
    assert (call.state, left(money)) == ("settled", (0, 70))


@pytest.mark.parametrize("end", ["withdraw", "reject"])
def test_the_reserve_of_a_call_is_free_when_its_last_case_ends_after_the_sharing(city, money, end):
    call = make_call(city, money)
    case = carried_to(city, make_case(call), "determined")
    at = close_call(call)
    calls.settle(call, actor=city.decider, at=at)
    who = {"withdraw": manager_of(case), "reject": city.decider}[end]
    workflow.apply(case, end, actor=who, at=at, reason="不再申报。")
    before = left(money)

    calls.settle(call, actor=city.officer, at=at)

    assert (before, left(money)) == ((15, 55), (0, 70))


def test_a_program_is_told_what_a_sharing_sets_free(city, money):
    call = make_call(city, money)
    carried_to(city, make_case(call), "determined")
    close_call(call)
    ask = program(city.officer)

    _, told = ask(f"offices/calls/{call.number}/sharing")
    ask(f"offices/calls/{call.number}/settle", {"sure": True})

    assert (told["held_fen"], told["freed_fen"], told["added_fen"]) == (70 * WAN, 55 * WAN, 0)
    assert left(money) == (15, 55)


def test_holding_what_is_held_already_makes_no_entry(city, money):
    call = make_call(city, money)
    given = {"subject": f"call:{call.pk}", "actor": city.officer, "at": call.created_at}

    assert treasury.hold_reserve(money, 70 * WAN, **given) is None
    assert treasury.hold_reserve(money, 20 * WAN, **given).act == "release"
    assert treasury.hold_reserve(money, 30 * WAN, **given).act == "reserve"
    assert left(money) == (30, 40)
