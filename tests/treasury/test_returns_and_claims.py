"""The bank sends a payment back while its money is being recovered: in every order the ledger balances."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import transaction
from django.db.models import F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from factories import AT
from kechuang.accounts.refusals import Refused
from kechuang.treasury import actions, bank_files
from kechuang.treasury.checking import check_ledger
from kechuang.treasury.models import Appropriation, Award, Payment, Receivable
from treasury.factories import (
    YUAN,
    make_accountant,
    make_paid_award,
    make_payable_award,
    make_treasurer,
    paid,
    refused,
    returned,
)

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 2)


def claimed(award, yuan, actor):
    return actions.open_receivable(award, yuan * YUAN, "材料不实", actor=actor, at=AT)


def come_back(award, actor):
    """The bank sends the award's payment back."""
    payment = award.payments.get(state="paid")
    return actions.settle(payment.batch, [returned(payment.number)], actor=actor, at=AT)


def test_after_a_part_has_been_recovered_a_return_is_refused_and_says_what_to_enter_instead():
    award, actor = make_paid_award(yuan=100), make_accountant()
    receivable = claimed(award, 60, actor)
    actions.receive(receivable, 20 * YUAN, DAY, "B1", actor=actor, at=AT)

    with refused("请在应收款页面登记收回 40.00 元，把 60.00 元退给该单位"):
        come_back(award, actor)
    actions.receive(receivable, 40 * YUAN, DAY, "B2", actor=actor, at=AT)

    receivable.refresh_from_db()
    award.refresh_from_db()
    assert receivable.closed_at == AT
    assert (award.paid_fen, award.recovered_fen) == (100 * YUAN, 60 * YUAN)
    assert check_ledger() == []


def test_after_all_has_been_recovered_what_the_bank_sends_is_the_organisations():
    award, actor = make_paid_award(yuan=100), make_accountant()
    actions.receive(claimed(award, 60, actor), 60 * YUAN, DAY, "B1", actor=actor, at=AT)

    with refused("请在应收款页面把 100.00 元退给该单位"):
        come_back(award, actor)


def test_a_return_is_refused_too_while_a_claim_is_open_of_which_nothing_has_come():
    award, actor = make_paid_award(yuan=100), make_accountant()
    claimed(award, 60, actor)

    with refused("登记收回 60.00 元"):
        come_back(award, actor)


def test_a_return_that_leaves_enough_paid_is_entered_as_ever():
    award, actor = make_payable_award(yuan=100), make_accountant()
    for _ in range(2):
        batch = actions.prepare_batch([award], sums={award.pk: 50 * YUAN}, actor=actor, at=AT)
        actions.approve_batch(batch, actor=make_treasurer(), at=AT)
        batch = actions.mark_sent(batch, actor=actor, at=AT)
        actions.settle(batch, [paid(batch.payments.get().number)], actor=actor, at=AT)
    receivable = claimed(Award.objects.get(), 50, actor)

    actions.settle(batch, [returned(batch.payments.get().number)], actor=actor, at=AT)
    actions.receive(receivable, 50 * YUAN, DAY, "B1", actor=actor, at=AT)

    award.refresh_from_db()
    assert award.paid_fen == award.recovered_fen == 50 * YUAN
    assert check_ledger() == []


def test_the_dry_run_of_the_banks_file_says_so_beside_the_row():
    award, actor = make_paid_award(yuan=100), make_accountant()
    claimed(award, 60, actor)
    payment = award.payments.get()
    cells = {
        bank_files.NUMBER: payment.number, bank_files.AMOUNT: "100.00", bank_files.ACCOUNT: payment.account,
        bank_files.RESULT: "退回", bank_files.ON: "2026-03-02", bank_files.REASON: "已销户",
    }  # fmt: skip

    found = bank_files.check(payment.batch, [bank_files.Line(2, cells)], DAY)

    assert [(one.row, one.column) for one in found.faults] == [(2, bank_files.RESULT)]
    assert "登记收回 60.00 元，把 40.00 元退给该单位" in found.faults[0].words.zh
    assert found.results == []


class Money:
    """One award that is paid bit by bit, claimed, received and sent back by the bank."""

    def __init__(self) -> None:
        self.accountant, self.treasurer = make_accountant(), make_treasurer()
        self.award = make_payable_award(yuan=100)
        self.vouchers = 0

    def pay(self, draw):
        left = Award.objects.get().committed_fen - Award.objects.get().paid_fen
        sums = {self.award.pk: draw(st.sampled_from([50 * YUAN, max(left, 1), 30 * YUAN]))}
        batch = actions.prepare_batch([self.award], sums=sums, actor=self.accountant, at=AT)
        actions.approve_batch(batch, actor=self.treasurer, at=AT)
        batch = actions.mark_sent(batch, actor=self.accountant, at=AT)
        result = paid(batch.payments.get().number)
        actions.settle(batch, [result], actor=self.accountant, at=AT)

    def claim(self, draw):
        fen = draw(st.sampled_from([20, 60, 100])) * YUAN
        halves = [(DAY, fen // 2), (DAY + timedelta(days=30), fen - fen // 2)]
        plan = draw(st.sampled_from([(), halves]))
        actions.open_receivable(self.award, fen, "材料不实", plan, actor=self.accountant, at=AT)

    def receive(self, draw):
        receivable = Receivable.objects.filter(closed_at__isnull=True).first()
        if receivable:
            self.vouchers += 1
            fen = draw(st.sampled_from([receivable.amount_fen - receivable.recovered_fen, 10 * YUAN]))
            voucher = f"B{self.vouchers}"
            actions.receive(receivable, fen, DAY, voucher, actor=self.accountant, at=AT)

    def come_back(self, draw):
        found = list(Payment.objects.filter(state="paid").select_related("batch"))
        if found:
            payment = draw(st.sampled_from(found))
            actions.settle(payment.batch, [returned(payment.number)], actor=self.accountant, at=AT)

    def hold_what_must_hold(self):
        award, money = Award.objects.get(), Appropriation.objects.get()
        due = sum(one.amount_fen - one.recovered_fen for one in Receivable.objects.all())
        out = sum(one.amount_fen for one in Payment.objects.filter(state="paid"))
        assert award.recovered_fen + due <= award.paid_fen == out <= award.committed_fen
        assert (money.paid_fen, money.recovered_fen) == (award.paid_fen, award.recovered_fen)
        open_ones = Receivable.objects.filter(closed_at__isnull=True)
        assert not open_ones.filter(recovered_fen__gte=F("amount_fen")).exists()
        assert check_ledger() == []


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_in_every_order_of_payments_claims_receipts_and_returns_the_ledger_balances(data):
    with transaction.atomic():
        money = Money()
        for _ in range(14):
            act = data.draw(
                st.sampled_from([money.pay, money.claim, money.receive, money.come_back, money.come_back])
            )
            try:
                with transaction.atomic():
                    act(data.draw)
            except Refused:
                pass
            money.hold_what_must_hold()
        transaction.set_rollback(True)
