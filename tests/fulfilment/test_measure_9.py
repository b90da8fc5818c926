"""Measure 9 from the first answer to the yuan in the account, and back to the sentence of the law."""

from __future__ import annotations

from datetime import timedelta

import pytest

from forms import sent_untouched
from fulfilment.city import (
    AT,
    WAN,
    at_noon,
    carried_to,
    close_call,
    make_call,
    make_case,
    manager_of,
)
from fulfilment.office import signed_in
from kechuang.accounts.refusals import Refused
from kechuang.fulfilment import calls, clockwork, notices, workflow
from kechuang.fulfilment.models import Case, Decision
from kechuang.journal import clock
from kechuang.journal.models import Event
from kechuang.reference.workdays import add_working_days

pytestmark = pytest.mark.django_db
OBJECTION = notices.Said("王某", "13800001234", "研发投入数据不实", "重新核定")


def test_a_case_goes_from_submission_to_a_payable_award(city):
    call = make_call(city)
    case = carried_to(city, make_case(call), "determined")
    after = close_call(call)

    call = calls.settle(call, actor=city.decider, at=after)
    notice = notices.publish(call, [case], actor=city.officer, at=after)
    ended = at_noon(notice.last_day + timedelta(days=1))
    clockwork.strike(ended)
    case = workflow.apply(case, "decide", actor=city.decider, at=ended)

    assert case.state == "decided"
    assert case.determined_fen == case.granted_fen == 15 * WAN
    assert case.award.committed_fen == 15 * WAN
    assert case.award.payable_from == ended
    decision = Decision.objects.get(case=case)
    assert decision.amount_fen == 15 * WAN
    assert "按不超过增量 5%的比例给予补助" in decision.letter["zh"]["paragraphs"][0]


def test_every_act_of_a_case_is_an_event_in_order(city):
    case = carried_to(city, make_case(make_call(city)), "accepted")

    kinds = list(Event.objects.filter(subject=f"case:{case.pk}").values_list("kind", flat=True))

    assert kinds == [
        "case.started", "case.account_stated", "case.declared", "case.submit", "case.recommend", "case.accept",
    ]  # fmt: skip


def test_the_decision_cannot_be_issued_before_the_notice_has_ended(city):
    call = make_call(city)
    case = carried_to(city, make_case(call), "determined")
    after = close_call(call)
    call = calls.settle(call, actor=city.decider, at=after)
    notice = notices.publish(call, [case], actor=city.officer, at=after)

    clockwork.strike(at_noon(notice.last_day))
    case.refresh_from_db()

    assert case.state == "noticed"
    with pytest.raises(Refused, match="“Issue the decision” is not possible"):
        workflow.apply(case, "decide", actor=city.decider, at=at_noon(notice.last_day))


def test_the_notice_is_up_for_five_working_days_after_the_day_of_publication(city):
    call = make_call(city)
    case = carried_to(city, make_case(call), "determined")
    after = close_call(call)
    call = calls.settle(call, actor=city.decider, at=after)

    notice = notices.publish(call, [case], actor=city.officer, at=after)

    assert notice.first_day == add_working_days(after.date(), 1)
    assert notice.last_day == add_working_days(after.date(), 5)
    assert notices.hash_of(notice.content) == notice.hash


def test_a_sum_above_the_ceiling_is_refused_with_the_ceiling(city):
    case = carried_to(city, make_case(make_call(city)), "accepted")

    with pytest.raises(Refused, match=r"at most 150,000\.00 yuan"):
        workflow.apply(case, "determine", actor=city.decider, at=AT, amount=15 * WAN + 1)


def test_a_return_names_the_sections_and_voids_only_what_they_touch(city):
    call = make_call(city, gates=[{"gate": "credit", "days": 5, "silence": "agree"}], quorum=1)
    case = carried_to(city, make_case(call), "accepted")
    case = workflow.apply(case, "ask_review", actor=city.officer, at=AT)
    case = workflow.apply(case, "answer_gate", actor=city.reviewers["credit"], at=AT, result="agreed")
    case = workflow.apply(
        case, "send_back", actor=city.officer, at=AT, sections=["account"], reason="账号有误。"
    )
    manager = manager_of(case)

    from kechuang.fulfilment import applying

    applying.state_account(
        case, manager.organisation.name, "威海银行", "6228480402564890026", actor=manager, at=AT
    )
    case = workflow.apply(case, "resubmit", actor=manager, at=AT)

    standing = set(case.approvals.filter(voided_at__isnull=True).values_list("kind", flat=True))
    voided = set(case.approvals.filter(voided_at__isnull=False).values_list("kind", flat=True))
    assert standing == {"credit"}
    assert voided == {"recommendation", "acceptance"}
    assert case.state == "submitted"


def test_what_was_asked_back_and_is_not_changed_is_explained_and_the_officer_reads_it(city, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: AT)
    case = carried_to(city, make_case(make_call(city)), "accepted")
    case = workflow.apply(
        case, "send_back", actor=city.officer, at=AT, sections=["account", "years"], reason="请核对。"
    )
    client = signed_in(manager_of(case))
    form = sent_untouched(client.get(f"/cases/{case.number}/check").content.decode())

    refused = client.post(f"/cases/{case.number}/check", form)
    unchanged = Case.objects.get(pk=case.pk).state
    client.post(f"/cases/{case.number}/check", {**form, "note": "账号与数据经核对无误。"})

    assert refused.status_code == 422
    assert "“收款账户”、“年度数据”要求补正，但没有改动" in refused.content.decode()
    assert (unchanged, Case.objects.get(pk=case.pk).state) == ("returned", "accepted")
    page = signed_in(city.officer).get(f"/cases/{case.number}/").content.decode()
    assert "账号与数据经核对无误。" in page


def test_the_same_act_sent_twice_is_done_once(city):
    case = carried_to(city, make_case(make_call(city)), "submitted")

    first = workflow.apply(
        case, "recommend", actor=city.district, at=AT, revision=case.revision, amount=case.declared_fen
    )
    second = workflow.apply(
        case, "recommend", actor=city.district, at=AT, revision=case.revision, amount=case.declared_fen
    )

    assert second.revision == first.revision
    assert Event.objects.filter(subject=f"case:{case.pk}", kind="case.recommend").count() == 1


def test_the_same_act_with_another_content_is_refused_and_never_reported_as_done(city):
    case = carried_to(city, make_case(make_call(city)), "accepted")
    given = {"actor": city.decider, "at": AT, "revision": case.revision}
    workflow.apply(case, "determine", amount=15 * WAN, **given)

    with pytest.raises(Refused, match="has changed since you opened the page"):
        workflow.apply(case, "determine", amount=10 * WAN, **given)
    again = workflow.apply(case, "determine", amount=15 * WAN, **given)

    assert again.determined_fen == 15 * WAN
    assert Event.objects.filter(subject=f"case:{case.pk}", kind="case.determine").count() == 1


def test_a_case_changed_since_the_page_was_opened_is_refused(city):
    case = carried_to(city, make_case(make_call(city)), "submitted")
    seen = case.revision
    workflow.apply(case, "recommend", actor=city.district, at=AT, amount=case.declared_fen)

    with pytest.raises(Refused, match="has changed since you opened the page"):
        workflow.apply(case, "accept", actor=city.officer, at=AT, revision=seen)


def test_an_upheld_objection_cancels_the_award_and_the_case_is_determined_anew(city):
    call = make_call(city)
    case = carried_to(city, make_case(call), "determined")
    after = close_call(call)
    call = calls.settle(call, actor=city.decider, at=after)
    notice = notices.publish(call, [case], actor=city.officer, at=after)

    objection = notices.object_to(notice.lines.get(), OBJECTION, at=after)
    case.refresh_from_db()
    held = case.award.holds
    notices.answer(objection, upheld=True, text="情况属实。", actor=city.decider, at=after)
    case.refresh_from_db()

    assert held == 1
    assert case.state == "accepted"
    assert case.award is None
    assert notice.lines.get().objections.get().state == "upheld"


def test_an_open_objection_keeps_the_notice_from_ending(city):
    call = make_call(city)
    case = carried_to(city, make_case(call), "determined")
    after = close_call(call)
    call = calls.settle(call, actor=city.decider, at=after)
    notice = notices.publish(call, [case], actor=city.officer, at=after)
    notices.object_to(notice.lines.get(), OBJECTION, at=after)

    done = clockwork.strike(at_noon(notice.last_day + timedelta(days=3)))
    case.refresh_from_db()

    assert done["ended"] == 0
    assert case.state == "noticed"


def test_what_is_too_little_is_shared_pro_rata_whatever_the_order(city):
    from fulfilment.city import make_appropriation, make_grower

    call = make_call(city, make_appropriation(city, 30 * WAN))
    first = carried_to(city, make_case(call, make_grower(900, 600)), "determined")  # 15 万元
    second = carried_to(city, make_case(call, make_grower(1500, 600)), "determined")  # 45 万元
    after = close_call(call)

    calls.settle(call, actor=city.decider, at=after)

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.granted_fen, second.granted_fen) == (750_0000, 2250_0000)


def test_the_ledger_is_searched_by_the_number_of_a_call_as_people_know_it(city):
    from kechuang.treasury.queries import Wanted, entries

    call = make_call(city)

    found = entries(city.accountant, Wanted(q=call.number))

    assert [(entry.act, entry.subject) for entry in found] == [("reserve", f"call:{call.pk}")]
    assert not entries(city.accountant, Wanted(q="2099-9")).exists()
