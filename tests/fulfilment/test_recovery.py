"""Recovery: what the organisation may say, when it is heard, what is due; and how a finding is dropped."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from api.programs import program
from fulfilment.city import make_city, make_grower, manager_of
from fulfilment.office import paid, signed_in
from kechuang.accounts.refusals import Refused
from kechuang.fulfilment import applicant_queries, findings, workflow
from kechuang.fulfilment.models import Case, Defence
from kechuang.fulfilment.table import transitions
from kechuang.journal import clock
from kechuang.journal.models import Message
from kechuang.registry.calendar import working_day_after
from kechuang.treasury import paying, recovering, settling
from kechuang.treasury.models import Appropriation, Receivable
from registry.factories import upload
from treasury.factories import refused

pytestmark = pytest.mark.django_db


def breached(city, days=9):
    """A paid case with a finding, the hearing in so many days; and the time of the finding."""
    [case] = paid(city, make_grower())
    at = case.state_since + timedelta(days=1)
    hearing = (at + timedelta(days=days)).date()
    return workflow.apply(
        case, "find_breach", actor=city.officer, at=at, reason="材料不实", hearing_on=hearing
    ), at


def heard(city):
    case, at = breached(city)
    at += timedelta(days=9)
    return workflow.apply(case, "hear", actor=city.officer, at=at, reason="承认"), at


def claimed(city, *plan):
    """A claim in instalments of (days from the hearing, fen)."""
    case, at = heard(city)
    plan = [((at + timedelta(days=days)).date(), fen) for days, fen in plan]
    total = sum(fen for _, fen in plan)
    return workflow.apply(
        case, "claim", actor=city.decider, at=at, reason="追回", amount=total, plan=plan
    ), at


def test_a_hearing_is_not_recorded_before_its_day():
    city = make_city()
    case, at = breached(city, days=30)

    with pytest.raises(Refused, match="it is recorded from that day on"):
        workflow.apply(case, "hear", actor=city.officer, at=at + timedelta(days=29), reason="x")

    case = workflow.apply(case, "hear", actor=city.officer, at=at + timedelta(days=30), reason="承认")
    assert case.state == "heard"


def test_the_hearing_is_due_on_its_own_day_where_that_is_later_than_the_table_says():
    near, _ = breached(make_city(), days=9)
    far, at = breached(make_city(), days=60)

    assert near.due_on == working_day_after(
        near.findings.get().found_at.date(), transitions()["find_breach"].days
    )
    assert far.due_on == far.findings.get().hearing_on == (at + timedelta(days=60)).date()


def test_no_hearing_lies_further_away_than_ninety_days():
    with refused("听证日期最迟为"):
        breached(make_city(), days=91)


@pytest.mark.parametrize("days", [3, 40])
def test_the_officer_moves_the_hearing_and_the_organisation_is_told_why(monkeypatch, days):
    city = make_city()
    case, at = breached(city, days=60)
    monkeypatch.setattr(clock, "now", lambda: at)
    day, client = (at + timedelta(days=days)).date(), signed_in(city.officer)
    given = {
        "revision": case.revision,
        "move_hearing-hearing_on": day,
        "move_hearing-reason": "日期录入有误。",
    }

    answer = client.post(reverse("case-act", args=[case.number, "move_hearing"]), given)

    case.refresh_from_db()
    by_table = working_day_after(at.date(), transitions()["find_breach"].days)
    assert answer.status_code == 302
    assert (case.state, case.findings.get().hearing_on) == ("breached", day)
    assert case.due_on == max(day, by_table)
    told = Message.objects.filter(recipient=manager_of(case).user).latest("pk")
    assert f"听证改在 {day} 举行。理由：日期录入有误。" in told.body["zh"]
    assert f"The hearing is on {day} now. Why: 日期录入有误。" in told.body["en"]
    heard_at = at + timedelta(days=days)
    assert workflow.apply(case, "hear", actor=city.officer, at=heard_at, reason="承认").state == "heard"


def test_a_hearing_is_moved_by_the_office_alone_to_another_day_and_not_once_it_is_recorded():
    city = make_city()
    case, at = breached(city)
    same, other = case.findings.get().hearing_on, (at + timedelta(days=20)).date()

    with refused("听证已定在这一天"):
        workflow.apply(case, "move_hearing", actor=city.officer, at=at, reason="x", hearing_on=same)
    with refused("不由您办理"):
        workflow.apply(case, "move_hearing", actor=manager_of(case), at=at, reason="x", hearing_on=other)
    case = workflow.apply(case, "hear", actor=city.officer, at=at + timedelta(days=9), reason="承认")
    with refused("不能“改期听证”"):
        workflow.apply(case, "move_hearing", actor=city.officer, at=at, reason="x", hearing_on=other)


def test_the_first_instalment_does_not_lie_before_today():
    with pytest.raises(Refused, match="cannot be before today"):
        claimed(make_city(), (-1, 100), (30, 100))


def test_the_organisation_states_its_defence_with_a_file_and_the_officer_reads_it(monkeypatch):
    city = make_city()
    case, at = breached(city)
    monkeypatch.setattr(clock, "now", lambda: at)
    own, address = signed_in(manager_of(case)), reverse("case-defence", args=[case.number])
    assert address in own.get(reverse("case", args=[case.number])).content.decode()
    assert "材料不实" in own.get(address).content.decode()

    seen = {"revision": case.revision}
    empty = own.post(address, {"text": "", **seen})
    sent = own.post(address, {"text": "凭证装订有误，附更正。", "file": upload(name="更正.pdf"), **seen})

    assert (empty.status_code, sent.status_code) == (422, 302)
    said = Defence.objects.get()
    assert (said.finding.case, said.evidence.name) == (case, "更正.pdf")
    for client in (own, signed_in(city.officer)):
        page = client.get(reverse("case", args=[case.number])).content.decode()
        assert "凭证装订有误，附更正。" in page
        assert "更正.pdf" in page
    last = Message.objects.filter(recipient=city.officer.user).latest("pk")
    assert "书面陈述申辩" in last.body["zh"]


def test_a_defence_sent_twice_is_kept_once_and_another_one_from_the_same_page_is_refused(monkeypatch):
    city = make_city()
    case, at = breached(city)
    monkeypatch.setattr(clock, "now", lambda: at)
    own, address = signed_in(manager_of(case)), reverse("case-defence", args=[case.number])
    seen = {"revision": case.revision}
    shown = own.get(address).content.decode()

    answers = [own.post(address, {"text": "凭证装订有误。", "file": upload(), **seen}) for _ in range(2)]
    other = own.post(address, {"text": "另有说明。", **seen})

    assert f'name="revision" value="{case.revision}"' in shown
    assert [one.status_code for one in answers] == [302, 302]
    assert other.status_code == 422
    assert "另有说明。" in other.content.decode()
    assert Defence.objects.count() == 1


def test_after_the_hearing_no_defence_is_taken(monkeypatch):
    city = make_city()
    case, at = heard(city)
    monkeypatch.setattr(clock, "now", lambda: at)
    client, address = signed_in(manager_of(case)), reverse("case-defence", args=[case.number])

    assert client.get(address).status_code == client.post(address, {"text": "x"}).status_code == 404
    with pytest.raises(Refused, match="not possible"):
        workflow.apply(case, "state_defence", actor=manager_of(case), at=at, text="x")


def test_a_finding_on_money_that_the_bank_sends_back_is_dropped_and_the_money_paid_again():
    city = make_city()
    case, at = breached(city)
    payment = case.award.payments.get()
    back = settling.Result(payment.number, paid=False, on=at.date(), reason="户名不符")
    settling.settle(payment.batch, [back], actor=city.accountant, at=at)
    case = Case.objects.get(pk=case.pk)
    told = Message.objects.filter(recipient=manager_of(case).user).latest("pk")
    assert (case.state, "户名不符" in told.body["zh"]) == ("breached", True)

    with pytest.raises(Refused, match="not possible"):
        workflow.apply(case, "end_support", actor=city.decider, at=at, reason="不成立")
    case = workflow.apply(case, "drop_finding", actor=city.decider, at=at, reason="不成立")

    assert case.state == "decided"
    assert paying.prepare_batch([case.award], actor=city.accountant, at=at).payments.count() == 1


def test_what_is_due_is_the_next_instalment_that_has_not_come():
    city = make_city()
    case, at = claimed(city, (30, 500), (60, 1000))
    assert case.due_on == (at + timedelta(days=30)).date()

    recovering.receive(case.findings.get().receivable, 700, at.date(), "V1", actor=city.accountant, at=at)

    case.refresh_from_db()
    assert case.due_on == (at + timedelta(days=60)).date()
    [row] = applicant_queries.own_cases(manager_of(case), at.date())
    assert (row.act, row.due_on, row.owed) == ("repay", case.due_on, (800, 800))


def test_the_home_page_says_what_is_due_by_the_day_and_what_remains_in_all(monkeypatch):
    city = make_city()
    case, at = claimed(city, (30, 250_00), (60, 250_01))
    monkeypatch.setattr(clock, "now", lambda: at)

    page = signed_in(manager_of(case)).get(reverse("home-applicant")).text

    rows = page.split('class="case-rows"')[1].split("</ul>")[0]
    assert "250.00" in rows
    assert "500.01" in rows


def test_the_organisation_sees_what_came_for_each_instalment_and_what_is_overdue(monkeypatch):
    city = make_city()
    case, at = claimed(city, (30, 50000), (60, 100000))
    receivable = case.findings.get().receivable
    recovering.receive(receivable, 20000, at.date(), "V1", actor=city.accountant, at=at)
    monkeypatch.setattr(clock, "now", lambda: at + timedelta(days=40))

    page = signed_in(manager_of(case)).get(reverse("case", args=[case.number])).content.decode()

    assert page.count("已逾期") == 1
    assert "200.00" in page


def test_where_a_finding_holds_and_nothing_is_paid_the_support_ends_and_the_money_is_free_again():
    city = make_city()
    case, at = heard(city)
    with pytest.raises(Refused, match="claim it back"):
        workflow.apply(case, "end_support", actor=city.decider, at=at, reason="材料不实")
    payment = case.award.payments.get()
    back = settling.Result(payment.number, paid=False, on=at.date(), reason="户名不符")
    settling.settle(payment.batch, [back], actor=city.accountant, at=at)
    bound = Appropriation.objects.get(pk=case.award.appropriation_id).committed_fen
    found, plan = Case.objects.get(pk=case.pk), [((at + timedelta(days=20)).date(), 1)]
    with pytest.raises(Refused, match="has not been paid"):
        workflow.apply(found, "claim", actor=city.decider, at=at, reason="追回", amount=1, plan=plan)

    workflow.apply(found, "end_support", actor=city.decider, at=at, reason="材料不实")

    case = Case.objects.get(pk=case.pk)
    money = Appropriation.objects.get(pk=case.award.appropriation_id)
    assert (case.state, case.award.committed_fen) == ("failed", 0)
    assert bound - money.committed_fen == payment.amount_fen
    assert case.decisions.get().revoked_why == "材料不实"
    with pytest.raises(Refused):
        paying.prepare_batch([case.award], actor=city.accountant, at=at)
    letter = Message.objects.get(kind="case.end_support", recipient=manager_of(case).user)
    assert letter.state == "draft"


def test_a_later_finding_that_is_dropped_does_not_bring_ended_support_back():
    city = make_city()
    case, at = heard(city)
    payment = case.award.payments.get()
    back = settling.Result(payment.number, paid=False, on=at.date(), reason="户名不符")
    settling.settle(payment.batch, [back], actor=city.accountant, at=at)
    ended = workflow.apply(
        Case.objects.get(pk=case.pk), "end_support", actor=city.decider, at=at, reason="材料不实"
    )
    given = {"reason": "又有反映", "hearing_on": (at + timedelta(days=10)).date()}
    found = workflow.apply(ended, "find_breach", actor=city.officer, at=at, **given)

    dropped = workflow.apply(found, "drop_finding", actor=city.decider, at=at, reason="查无实据")

    assert dropped.state == "failed"


def test_a_finding_on_which_the_support_ended_goes_to_the_credit_record_and_the_case_is_closed(monkeypatch):
    city = make_city()
    case, at = heard(city)
    monkeypatch.setattr(clock, "now", lambda: at)
    payment = case.award.payments.get()
    back = settling.Result(payment.number, paid=False, on=at.date(), reason="户名不符")
    settling.settle(payment.batch, [back], actor=city.accountant, at=at)
    finding, client = case.findings.get(), signed_in(city.officer)
    address = reverse("case-credit", args=[case.number, finding.pk])
    assert address not in client.get(reverse("case", args=[case.number])).content.decode()
    with pytest.raises(Refused, match="cannot go to the credit record"):
        findings.record_credit(finding, "虚报", actor=city.officer, at=at)
    case = workflow.apply(case, "end_support", actor=city.decider, at=at, reason="材料不实")
    with pytest.raises(Refused, match="credit record first"):
        workflow.apply(case, "close", actor=city.officer, at=at)

    assert address in client.get(reverse("case", args=[case.number])).content.decode()
    findings.record_credit(case.findings.get(), "虚报研发投入。", actor=city.officer, at=at)

    assert workflow.apply(case, "close", actor=city.officer, at=at).state == "closed"


def test_a_program_claims_money_back(monkeypatch):
    city = make_city()
    case, at = heard(city)
    ask = program(city.decider)
    monkeypatch.setattr(clock, "now", lambda: at)
    plan = [[(at + timedelta(days=20)).date().isoformat(), 100]]
    claim = {"amount_fen": 100, "plan": plan, "reason": "追回", "revision": case.revision}

    status, told = ask(f"cases/{case.number}/acts/claim", claim)

    assert (status, told["state"]) == (200, "recovering")
    assert Receivable.objects.get().amount_fen == 100
