"""Batches: two people, nothing before it is due, nothing twice, and what the bank answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from factories import AT, TODAY, make_department, make_membership, make_organisation, make_user
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.journal.models import Event
from kechuang.treasury import actions, hooks
from kechuang.treasury.models import Batch, Entry, Payment
from treasury.factories import (
    YUAN,
    make_accountant,
    make_appropriation,
    make_award,
    make_payable_award,
    make_sent_batch,
    make_treasurer,
    paid,
    refused,
    returned,
)

pytestmark = pytest.mark.django_db


def test_a_batch_pays_what_is_left_of_each_award_to_the_account_in_use():
    award = make_payable_award(yuan=500)

    batch = actions.prepare_batch([award], actor=make_accountant(), at=AT)

    payment = batch.payments.get()
    account = award.organisation.bank_accounts.get()
    assert (batch.number, payment.number) == ("2026-0001", "2026-0001-001")
    assert (payment.amount_fen, payment.part, payment.state) == (500 * YUAN, 1, "prepared")
    assert (payment.holder, payment.bank, payment.account) == (account.holder, account.bank, account.number)


def test_batches_of_a_year_are_numbered_without_gap():
    actor = make_accountant()
    first = actions.prepare_batch([make_payable_award()], actor=actor, at=AT)
    with refused("请先选择"):
        actions.prepare_batch([], actor=actor, at=AT)
    second = actions.prepare_batch([make_payable_award()], actor=actor, at=AT)
    next_year = actions.prepare_batch([make_payable_award()], actor=actor, at=AT.replace(year=2027))

    assert [one.number for one in (first, second, next_year)] == ["2026-0001", "2026-0002", "2027-0001"]


def test_nothing_is_paid_before_it_is_due():
    actor = make_accountant()
    not_cleared = make_award()
    actions.commit(not_cleared, actor=actor, at=AT)
    later = make_award()
    actions.commit(later, actor=actor, at=AT)
    actions.make_payable(later, actor=actor, at=AT + timedelta(days=5))
    held = make_payable_award()
    actions.hold(held, subject="objection:1", actor=actor, at=AT)
    no_account = make_payable_award(organisation=make_organisation())
    not_committed = actions.make_payable(make_award(), actor=actor, at=AT)

    for award, words in (
        (not_cleared, "尚未到可拨付日（公示或合同未完）"),
        (later, "2026-03-07 10:00 起才能拨付"),
        (held, "有 1 项异议或暂缓未了结"),
        (no_account, "还没有收款账户"),
        (not_committed, "尚未承诺资金"),
    ):
        with refused(words):
            actions.prepare_batch([award], actor=actor, at=AT)
    assert not Payment.objects.exists()


@pytest.mark.parametrize("state", ["sent", "paid", "returned"])
def test_the_database_lets_no_payment_begin_elsewhere_than_prepared(state):
    batch = actions.prepare_batch([make_payable_award()], actor=make_accountant(), at=AT)
    award = make_payable_award()

    with pytest.raises(IntegrityError, match="begins prepared"), transaction.atomic():
        Payment.objects.create(award=award, batch=batch, number="x", amount_fen=1, state=state)


def test_the_database_lets_no_payment_be_sent_without_approval():
    batch = actions.prepare_batch([make_payable_award()], actor=make_accountant(), at=AT)

    with pytest.raises(IntegrityError, match="is not approved"), transaction.atomic():
        batch.payments.update(state="sent")


def test_an_award_is_in_one_batch_at_a_time():
    award = make_payable_award()
    actor = make_accountant()
    actions.prepare_batch([award], actor=actor, at=AT)

    with refused("已在拨付 2026-0001-001 中"):
        actions.prepare_batch([award], actor=actor, at=AT)


def test_an_award_is_paid_in_parts_that_never_exceed_it():
    award = make_payable_award(yuan=500)
    actor = make_accountant()
    for part, yuan in ((1, 200), (2, 300)):
        batch = actions.prepare_batch([award], sums={award.pk: yuan * YUAN}, actor=actor, at=AT)
        actions.approve_batch(batch, actor=make_treasurer(), at=AT)
        actions.mark_sent(batch, actor=actor, at=AT)
        payment = batch.payments.get()
        actions.settle(batch, [paid(payment.number)], actor=actor, at=AT)
        assert payment.part == part

    award.refresh_from_db()
    assert award.paid_fen == 500 * YUAN
    with refused("已全部拨付"):
        actions.prepare_batch([award], actor=actor, at=AT)


def test_a_batch_takes_two_people():
    user = make_user()
    department = make_department("市财政局")
    both = [make_membership(role, department, user=user) for role in (Role.ACCOUNTANT, Role.TREASURER)]
    batch = actions.prepare_batch([make_payable_award()], actor=both[0], at=AT)

    with refused("须由另一人复核"):
        actions.approve_batch(batch, actor=both[1], at=AT)
    with refused("财政复核岗"):
        actions.approve_batch(batch, actor=make_accountant(), at=AT)
    with pytest.raises(IntegrityError), transaction.atomic():
        Batch.objects.update(state="approved", approved_user=user.pk)


def test_a_batch_is_approved_once():
    batch = actions.prepare_batch([make_payable_award()], actor=make_accountant(), at=AT)
    treasurer = make_treasurer()

    actions.approve_batch(batch, actor=treasurer, at=AT)
    actions.approve_batch(batch, actor=treasurer, at=AT)

    assert Event.objects.filter(kind="batch.approved").count() == 1
    with refused("已复核"):
        actions.approve_batch(batch, actor=make_treasurer(), at=AT)


def test_an_objection_after_approval_stops_the_batch_until_its_line_is_taken_out():
    held, other = make_payable_award(), make_payable_award()
    accountant = make_accountant()
    batch = actions.prepare_batch([held, other], actor=accountant, at=AT)
    actions.approve_batch(batch, actor=make_treasurer(), at=AT)
    actions.hold(held, subject="objection:1", actor=accountant, at=AT)

    with refused("撤出批次"):
        actions.mark_sent(batch, actor=accountant, at=AT)
    line = batch.payments.get(award=held)
    batch = actions.withdraw_payment(line, reason="异议", actor=accountant, at=AT)
    assert (batch.state, batch.approved_user) == ("prepared", None)
    actions.approve_batch(batch, actor=make_treasurer(), at=AT)
    batch = actions.mark_sent(batch, actor=accountant, at=AT)

    assert list(batch.payments.values_list("award", "state")) == [
        (held.pk, "withdrawn"),
        (other.pk, "sent"),
    ]


def test_a_batch_whose_last_line_is_taken_out_is_withdrawn():
    batch = actions.prepare_batch([make_payable_award()], actor=make_accountant(), at=AT)

    batch = actions.withdraw_payment(batch.payments.get(), reason="重复", actor=make_accountant(), at=AT)

    assert batch.state == "withdrawn"


def test_a_withdrawn_batch_leaves_its_awards_to_be_paid_in_another():
    award = make_payable_award()
    actor = make_accountant()
    batch = actions.prepare_batch([award], actor=actor, at=AT)

    for _ in range(2):
        actions.withdraw_batch(batch, reason="账户有误", actor=actor, at=AT)
    again = actions.prepare_batch([award], actor=actor, at=AT)

    assert again.payments.get().state == "prepared"
    assert Event.objects.filter(kind="batch.withdrawn").count() == 1


def test_what_is_sent_is_not_withdrawn():
    batch = make_sent_batch()

    with refused("已送出"):
        actions.withdraw_batch(batch, reason="x", actor=make_accountant(), at=AT)
    with refused("已送出"):
        actions.withdraw_payment(batch.payments.get(), reason="x", actor=make_accountant(), at=AT)


def test_a_batch_that_is_not_approved_is_not_sent():
    batch = actions.prepare_batch([make_payable_award()], actor=make_accountant(), at=AT)

    with refused("待复核"):
        actions.mark_sent(batch, actor=make_accountant(), at=AT)


def test_what_the_bank_has_paid_stands_in_the_ledger_once():
    money = make_appropriation(1000)
    award = make_payable_award(money, 400)
    batch = make_sent_batch(award)
    answers = [paid(batch.payments.get().number)]

    first = actions.settle(batch, answers, actor=make_accountant(), at=AT)
    second = actions.settle(batch, answers, actor=make_accountant(), at=AT)

    money.refresh_from_db()
    award.refresh_from_db()
    batch.refresh_from_db()
    assert (first.paid, first.unchanged, second.paid, second.unchanged) == (1, 0, 0, 1)
    assert (money.paid_fen, award.paid_fen, batch.state) == (400 * YUAN, 400 * YUAN, "settled")
    assert Entry.objects.filter(act="pay").count() == 1
    assert Event.objects.filter(kind__in=["payment.paid", "batch.settled"]).count() == 2


def test_what_the_bank_returns_may_be_paid_again():
    award = make_payable_award(yuan=400)
    batch = make_sent_batch(award)

    actions.settle(batch, [returned(batch.payments.get().number)], actor=make_accountant(), at=AT)
    again = make_sent_batch(award)

    assert batch.payments.get().reason == "户名不符"
    assert not Entry.objects.filter(act__in=["pay", "return"]).exists()
    assert again.payments.get().amount_fen == 400 * YUAN


def test_what_comes_back_after_it_was_paid_is_countered_in_the_ledger():
    award = make_payable_award(yuan=400)
    batch = make_sent_batch(award)
    number = batch.payments.get().number
    actor = make_accountant()
    actions.settle(batch, [paid(number)], actor=actor, at=AT)

    actions.settle(batch, [returned(number)], actor=actor, at=AT)
    old_file_again = actions.settle(batch, [paid(number)], actor=actor, at=AT)

    award.refresh_from_db()
    assert award.paid_fen == 0
    assert list(Entry.objects.filter(payment__isnull=False).values_list("act", flat=True)) == [
        "pay",
        "return",
    ]
    assert old_file_again.unchanged == 1
    with refused("已登记为已退回"):
        actions.settle(batch, [paid(number, "another")], actor=actor, at=AT)


def test_one_wrong_answer_leaves_all_as_it_was():
    batch = make_sent_batch(make_payable_award(), make_payable_award())
    first, _ = batch.payments.all()

    with refused("没有拨付 2026-0099-001"):
        actions.settle(batch, [paid(first.number), paid("2026-0099-001")], actor=make_accountant(), at=AT)
    with refused("两个不同的结果"):
        actions.settle(batch, [paid(first.number), returned(first.number)], actor=make_accountant(), at=AT)

    assert not Entry.objects.filter(act="pay").exists()


def test_a_batch_is_settled_when_the_bank_has_answered_for_every_payment():
    batch = make_sent_batch(make_payable_award(), make_payable_award())
    first, second = batch.payments.all()
    actor = make_accountant()

    actions.settle(batch, [paid(first.number)], actor=actor, at=AT)
    batch.refresh_from_db()
    halfway = batch.state
    actions.settle(batch, [paid(first.number), returned(second.number)], actor=actor, at=AT)

    batch.refresh_from_db()
    assert (halfway, batch.state) == ("sent", "settled")


def test_rooms_above_are_told_in_the_transaction_of_the_act(monkeypatch):
    told = []
    monkeypatch.setattr(hooks, "before_locks", [told.append])
    monkeypatch.setattr(hooks, "on_paid", [lambda award, *_: told.append(("paid", award.paid_fen))])
    batch = make_sent_batch(make_payable_award(yuan=400))
    payment = batch.payments.get()

    actions.settle(batch, [paid(payment.number)], actor=make_accountant(), at=AT)

    assert told == [[payment.award_id], ("paid", 400 * YUAN)]


@pytest.mark.parametrize(
    ("on", "words"),
    [(TODAY + timedelta(days=1), "is yet to come"), (TODAY - timedelta(days=1), "before the batch was sent")],
)
def test_the_bank_answers_between_the_day_of_sending_and_today(on, words):
    batch = make_sent_batch()

    with pytest.raises(Refused, match=words):
        actions.settle(
            batch, [replace(paid(batch.payments.get().number), on=on)], actor=make_accountant(), at=AT
        )


def test_the_same_answer_with_another_day_or_a_return_without_a_reason_is_refused():
    batch, actor = make_sent_batch(), make_accountant()
    answer = paid(batch.payments.get().number)
    actions.settle(batch, [answer], actor=actor, at=AT)

    with pytest.raises(Refused, match="entered with the bank's day"):
        actions.settle(batch, [replace(answer, on=TODAY + timedelta(days=1))], actor=actor, at=AT)
    with pytest.raises(Refused, match="without a reason"):
        actions.settle(batch, [returned(answer.number, " ")], actor=actor, at=AT)
