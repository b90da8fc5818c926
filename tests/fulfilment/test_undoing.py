"""A decision that is taken back, money that the bank sends back, and the account that it goes to."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from fulfilment.city import WAN, at_noon, make_city, make_grower, manager_of
from fulfilment.office import decided, paid, signed_in
from kechuang.accounts import tokens
from kechuang.accounts.refusals import Refused
from kechuang.fulfilment import applicant_queries, applying, calls, clockwork, notices, workflow
from kechuang.fulfilment.dossier import dossier_of
from kechuang.fulfilment.models import Case, Decision
from kechuang.fulfilment.verifying import checks
from kechuang.journal import clock
from kechuang.journal.models import Event, Message
from kechuang.treasury import actions as treasury
from kechuang.treasury import lists, paying, returned, settling
from kechuang.treasury.models import Payment

pytestmark = pytest.mark.django_db
OTHER = {"bank": "威海银行经区支行", "number": "9999222233334444"}


def problems():
    return [one for check in checks() for one in check.run() if one is not None]


def taken_back(city):
    """A decided case, taken back for an error."""
    case = decided(city, make_grower())
    at = case.award.payable_from
    return workflow.apply(case, "reconsider", actor=city.decider, at=at, reason="金额算错"), at


def decided_again(city, case, at):
    case = workflow.apply(case, "determine", actor=city.decider, at=at, amount=10 * WAN)
    call = calls.settle(case.call, actor=city.decider, at=at)
    notice = notices.publish(call, [case], actor=city.officer, at=at)
    ended = at_noon(notice.last_day + timedelta(days=1))
    clockwork.strike(ended)
    case.refresh_from_db()
    return workflow.apply(case, "decide", actor=city.decider, at=ended)


def sent_back(city, case, at, reason="账号与户名不符"):
    """The case after the bank has sent its payment back."""
    batch = paying.prepare_batch([case.award], actor=city.accountant, at=at)
    batch = paying.approve_batch(batch, actor=city.treasurer, at=at)
    batch = paying.mark_sent(batch, actor=city.accountant, at=at)
    number = batch.payments.get().number
    result = settling.Result(number, paid=False, on=at.date(), reason=reason)
    settling.settle(batch, [result], actor=city.accountant, at=at)
    return Case.objects.get(pk=case.pk)


def account_of(case):
    return {"holder": case.organisation.name, **OTHER}


def bodies(user):
    return [one.body["zh"] for one in Message.objects.filter(recipient=user).order_by("pk")]


def test_a_decision_taken_back_is_revoked_and_the_case_is_decided_again_under_a_new_number():
    city = make_city()
    case, at = taken_back(city)
    assert problems() == []

    case = decided_again(city, case, at)

    last, first = case.decisions.all()
    assert (first.number, last.number) == (f"{case.number}-D", f"{case.number}-D2")
    assert (first.revoked_at, first.revoked_why, last.revoked_at) == (at, "金额算错", None)
    assert (first.amount_fen, last.amount_fen, case.award.amount_fen) == (15 * WAN, 10 * WAN, 10 * WAN)
    assert problems() == []


def test_what_was_issued_is_never_changed_and_a_revoked_decision_never_comes_back():
    case, _ = taken_back(make_city())

    for change in ({"amount_fen": 1}, {"revoked_at": None, "revoked_by": None, "revoked_why": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Decision.objects.filter(case=case).update(**change)


def test_the_organisation_is_told_and_the_unsent_letter_of_the_decision_is_thrown_away():
    case, _ = taken_back(make_city())
    told = bodies(manager_of(case).user)

    assert "原决定书不再有效。理由：金额算错" in told[-1]
    assert not Message.objects.filter(kind="case.decide", state=Message.State.DRAFT).exists()


def test_a_revoked_decision_says_so_on_the_pages_on_paper_in_the_dossier_and_to_programs(monkeypatch):
    city = make_city()
    case, at = taken_back(city)
    monkeypatch.setattr(clock, "now", lambda: at)
    own, office = signed_in(manager_of(case)), signed_in(city.officer)

    for client in (own, office):
        assert "已撤销" in client.get(reverse("case", args=[case.number])).content.decode()
    assert own.get(reverse("case-decision-paper", args=[case.number])).content.startswith(b"%PDF")
    told = office.get(reverse("case", args=[case.number]), {"lang": "zh"}).content.decode()
    assert "金额算错" in told
    kept = zipfile.ZipFile(io.BytesIO(dossier_of(case, at))).read(f"decision-{case.number}-D.json").decode()
    assert '"revoked_why": "金额算错"' in kept


def test_money_goes_to_the_account_of_the_decision_whatever_is_stated_later():
    city = make_city()
    manager = make_grower()
    case = decided(city, manager)
    at = case.award.payable_from
    treasury.state_account(manager.organisation, **account_of(case), actor=manager, at=at)

    payment = paying.prepare_batch([case.award], actor=city.accountant, at=at).payments.get()

    assert payment.account == case.account.number != OTHER["number"]
    assert case.account.number[-4:] in Decision.objects.get().letter["zh"]["paragraphs"][2]


def test_the_database_refuses_a_payment_to_another_account_than_that_of_the_decision():
    city = make_city()
    case, other = decided(city, make_grower()), decided(city, make_grower())
    batch = paying.prepare_batch([other.award], actor=city.accountant, at=other.award.payable_from)

    with pytest.raises(IntegrityError, match="another account"), transaction.atomic():
        Payment.objects.create(
            award=case.award, batch=batch, number="x", part=1, amount_fen=1, holder="x", bank="x", account="9" * 16
        )  # fmt: skip


def test_a_payment_sent_back_is_told_to_applicant_and_accountant_and_waits_for_the_applicant():
    city = make_city()
    case = decided(city, make_grower())
    case = sent_back(city, case, case.award.payable_from)
    manager = manager_of(case)

    for who in (manager, city.accountant):
        assert "银行说明：账号与户名不符。" in bodies(who.user)[-1]
    [row] = applicant_queries.own_cases(manager, case.award.payable_from.date())
    assert (row.act, row.mine, case.state) == ("correct", True, "decided")


def test_the_applicant_corrects_the_account_and_is_paid_there(monkeypatch):
    city = make_city()
    case = decided(city, make_grower())
    at = case.award.payable_from
    case = sent_back(city, case, at)
    monkeypatch.setattr(clock, "now", lambda: at)
    client = signed_in(manager_of(case))
    page = client.get(reverse("case", args=[case.number])).content.decode()
    assert "账号与户名不符" in page
    address = reverse("case-account", args=[case.number])
    assert address in page
    assert "账号与户名不符" in client.get(address).content.decode()

    seen = {"revision": case.revision}
    wrong = client.post(address, {**account_of(case), "number": "12", **seen})
    right = client.post(address, account_of(case) | seen)

    assert (wrong.status_code, right.status_code) == (422, 302)
    case.refresh_from_db()
    assert Event.objects.filter(kind="award.account_corrected", data__to="4444").exists()
    [row] = applicant_queries.own_cases(manager_of(case), at.date())
    assert not row.mine
    [due] = lists.to_pay_in_pages(city.accountant, at)[-1][0:9]
    back = returned.returns([due])[due["pk"]]
    assert (back.reason, back.corrected) == ("账号与户名不符", True)
    listed = signed_in(city.accountant).get(reverse("treasury-to-pay")).content.decode()
    assert "单位已更正收款账户" in listed
    batch = paying.prepare_batch([case.award], actor=city.accountant, at=at)
    assert batch.payments.get().account == OTHER["number"]


def test_the_account_is_not_corrected_while_nothing_has_come_back_nor_while_a_payment_is_on_its_way():
    city = make_city()
    case = decided(city, make_grower())
    at = case.award.payable_from
    given = {"actor": manager_of(case), "at": at, "account": account_of(case)}
    with pytest.raises(Refused, match="sent the payment back"):
        workflow.apply(case, "correct_account", **given)

    case = sent_back(city, case, at)
    paying.prepare_batch([case.award], actor=city.accountant, at=at)

    with pytest.raises(Refused, match="being paid"):
        workflow.apply(case, "correct_account", **given)


def test_a_program_corrects_the_account_by_the_same_act(monkeypatch):
    city = make_city()
    case = decided(city, make_grower())
    at = case.award.payable_from
    case = sent_back(city, case, at)
    monkeypatch.setattr(clock, "now", lambda: at)
    manager = manager_of(case)
    _, secret = tokens.make(title="programme", days=30, actor=manager, at=at)

    answer = Client().post(
        f"/api/cases/{case.number}/acts/correct_account",
        {"revision": case.revision, "account": account_of(case)},
        content_type="application/json",
        headers={"Authorization": f"Bearer {secret}"},
    )

    assert answer.status_code == 200, answer.content
    assert answer.json()["decisions"][0]["revoked_at"] is None
    case.refresh_from_db()
    assert case.award.account.number == OTHER["number"]


def test_money_sent_back_after_it_was_paid_takes_the_case_back_to_be_paid_again():
    city = make_city()
    [case] = paid(city, make_grower())
    payment = case.award.payments.get()
    at = case.state_since

    result = settling.Result(payment.number, paid=False, on=at.date(), reason="账户已销户")
    settling.settle(payment.batch, [result], actor=city.accountant, at=at)

    case.refresh_from_db()
    assert case.state == "decided"
    assert "账户已销户" in bodies(manager_of(case).user)[-1]
    with pytest.raises(Refused):
        applying.state_account(case, **account_of(case), actor=manager_of(case), at=at)
