"""What offices do beside deciding: calls by the clock, notices taken back, letters, many cases in the background."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from fulfilment.city import (
    AT,
    WAN,
    at_noon,
    carried_to,
    close_call,
    make_appropriation,
    make_call,
    make_case,
    make_grower,
)
from fulfilment.office import noticed, signed_in
from kechuang.accounts.refusals import Refused
from kechuang.entitlements import releasing
from kechuang.fulfilment import calls, clockwork, notices, tasks, workflow
from kechuang.fulfilment.models import BulkLine, BulkRun, Call, Case
from kechuang.fulfilment.office_views import bulk_views
from kechuang.journal.models import Event, Message

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_at")]


def text_of(response) -> str:
    return response.content.decode()


def local(at) -> str:
    return timezone.localtime(at).strftime("%Y-%m-%dT%H:%M")


def test_a_call_is_published_by_the_clock_when_its_page_says_so(city):
    money = make_appropriation(city)
    call = calls.draft(plan_of(city, money), actor=city.officer, at=AT)
    client, tomorrow = signed_in(city.officer), AT + timedelta(days=1)
    page = client.get(f"/calls/{call.number}/edit/")
    form = {name: value for name, value in page.context["form"].initial.items() if value is not None}
    form |= {name: local(form[name]) for name in ("opens_at", "closes_at")}

    changed = client.post(
        f"/calls/{call.number}/edit/", {**form, "publish_at": local(tomorrow), "revision": call.revision}
    )
    client.post(f"/calls/{call.number}/publish/", {"reserve": "50万元"})
    told = text_of(client.get(f"/calls/{call.number}/"))
    before = Client().get(f"/calls/{call.number}/").status_code
    clockwork.strike(tomorrow + timedelta(minutes=1))

    assert changed.status_code == 302
    assert "自动发布，预留 50.00 万元" in told
    assert before == 404
    call.refresh_from_db()
    assert (call.state, call.reserved_fen) == (Call.State.PUBLISHED, 50 * WAN)
    assert Client().get(f"/calls/{call.number}/").status_code == 200


def plan_of(city, money) -> calls.Plan:
    window = (AT - timedelta(days=1), AT + timedelta(days=30))
    return calls.Plan("9.rd_growth", releasing.version_in_force(), 2025, AT.date(), window, money)


def test_everybody_reads_why_a_call_was_extended(city):
    call = make_call(city)
    client, later = signed_in(city.officer), call.closes_at + timedelta(days=2)

    without = client.post(f"/calls/{call.number}/extend/", {"closes_at": local(later), "reason": ""})
    done = client.post(
        f"/calls/{call.number}/extend/", {"closes_at": local(later), "reason": "系统停机一天。"}
    )
    page = text_of(Client().get(f"/calls/{call.number}/"))

    assert (without.status_code, done.status_code) == (422, 302)
    assert "原因：系统停机一天。" in page
    assert timezone.localtime(later).strftime("延至 %Y-%m-%d %H:%M") in page


def test_a_call_that_nobody_applied_to_is_withdrawn_with_a_reason_and_its_money_is_free(city):
    call = make_call(city)

    done = signed_in(city.officer).post(f"/calls/{call.number}/withdraw/", {"reason": "预算调整。"})

    call.refresh_from_db()
    call.appropriation.refresh_from_db()
    assert done.status_code == 302
    assert (call.state, call.appropriation.reserved_fen) == (Call.State.WITHDRAWN, 0)
    assert Client().get(f"/calls/{call.number}/").status_code == 404


def test_who_determines_takes_a_notice_back_and_its_cases_are_determined_anew(city, clock_at):
    notice, after = noticed(city)
    clock_at(after)
    address = f"/notices/{notice.number}/withdraw/"

    officer = signed_in(city.officer).get(address).status_code
    decider = signed_in(city.decider)
    offered = address in text_of(decider.get(f"/notices/{notice.number}/"))
    without = decider.post(address, {"reason": ""})
    done = decider.post(address, {"reason": "金额计算有误。"})
    public = text_of(Client().get(f"/notices/{notice.number}/"))

    assert (officer, offered, without.status_code, done.status_code) == (404, True, 422, 302)
    assert "理由：金额计算有误。" in public
    case = Case.objects.get()
    assert (case.state, case.award) == ("accepted", None)
    with pytest.raises(Refused):
        notices.withdraw(notice, "再来一次", actor=city.decider, at=after)


def test_letters_wait_for_somebody_to_read_them(city, clock_at):
    case = carried_to(city, make_case(make_call(city)), "submitted")
    workflow.apply(case, "reject", actor=city.decider, at=AT, reason="不属于支持范围。")
    letter = Message.objects.get(drafted_for=f"case:{case.pk}")
    client = signed_in(city.officer)

    shown = text_of(client.get(f"/cases/{case.number}/"))
    before = letter.state
    done = client.post(f"/cases/{case.number}/letters/", {"letter": [letter.pk]})
    again = client.post(f"/cases/{case.number}/letters/", {"letter": [letter.pk]})

    letter.refresh_from_db()
    assert "不属于支持范围。" in shown
    assert (before, letter.state) == (Message.State.DRAFT, Message.State.RELEASED)
    assert done.status_code == again.status_code == 302
    assert Event.objects.filter(kind="letter.released").count() <= 1


def test_what_takes_long_goes_on_in_the_background_and_shows_its_progress(city, monkeypatch):
    monkeypatch.setattr(bulk_views, "AT_ONCE", 0)  # the page leaves everything to the background
    call = make_call(city)
    cases = [carried_to(city, make_case(call), "recommended") for _ in range(3)]
    client = signed_in(city.officer)
    chosen = {
        "command": "accept",
        "confirmed": "1",
        "case": [one.pk for one in cases],
        "shown": [one.pk for one in cases],
    }

    address = client.post("/tasks/list/cases/bulk/", chosen)["Location"]
    waiting = text_of(client.get(address))
    run = BulkRun.objects.get()
    first = run.lines.first()
    part = client.get(address, headers={"HX-Request": "true", "HX-Target": "bulk-progress"})
    tasks.carry_on_bulk(run.pk)
    finished = client.get(address, headers={"HX-Request": "true", "HX-Target": "bulk-progress"})
    events = Event.objects.filter(kind="case.accept").count()
    tasks.carry_on_bulk(run.pk)

    assert "0 / 3" in waiting or "0/3" in waiting
    assert "bulk-progress" in text_of(part)
    assert first.state == BulkLine.State.WAITING
    assert finished["HX-Refresh"] == "true"
    assert set(Case.objects.values_list("state", flat=True)) == {"accepted"}
    assert Event.objects.filter(kind="case.accept").count() == events == 3
    run.refresh_from_db()
    assert run.ended_at is not None


def shared_out(city):
    """Two cases by rank, money for the first alone; after the sharing."""
    call = make_call(city, make_appropriation(city, 15 * WAN), rule="ranking")
    first = carried_to(city, make_case(call, make_grower(900)), "determined")
    second = carried_to(city, make_case(call, make_grower(900)), "determined")
    Case.objects.filter(pk=first.pk).update(rank=1)
    Case.objects.filter(pk=second.pk).update(rank=2)
    after = close_call(call)
    call = calls.settle(call, actor=city.decider, at=after)
    first.refresh_from_db()
    second.refresh_from_db()
    return call, first, second, after


def test_a_case_without_a_share_ends_once_no_share_can_become_free(city):
    call, first, second, after = shared_out(city)
    notice = notices.publish(call, [first], actor=city.officer, at=after)
    ended = at_noon(notice.last_day + timedelta(days=1))

    early = clockwork.strike(ended)
    first.refresh_from_db()
    workflow.apply(first, "decide", actor=city.decider, at=ended)
    done = clockwork.strike(ended)

    assert (second.granted_fen, early["exhausted"], done["exhausted"]) == (0, 0, 1)
    second.refresh_from_db()
    assert (second.state, second.reason[:7]) == ("rejected", "资金已按申报通")
    assert Message.objects.filter(drafted_for=f"case:{second.pk}", state=Message.State.DRAFT).exists()


def test_a_share_that_becomes_free_falls_to_the_next_instead(city):
    call, first, second, after = shared_out(city)
    workflow.apply(
        first, "withdraw", actor=first.organisation.memberships.get(), at=after, reason="不再申报。"
    )

    calls.settle(call, actor=city.decider, at=after)

    second.refresh_from_db()
    assert (second.state, second.granted_fen) == ("determined", 15 * WAN)


def test_a_case_with_a_share_is_never_ended_for_want_of_one(city):
    _, first, _, after = shared_out(city)

    with pytest.raises(Refused):
        workflow.apply(first, "exhaust", actor=clockwork.CLOCK, at=after)
