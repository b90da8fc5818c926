"""Money that must come back: claimed, received in instalments, closed; the ledger balances throughout."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from factories import AT, make_membership
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.journal.models import Event
from kechuang.treasury import actions
from kechuang.treasury.models import Appropriation, Entry
from treasury.factories import YUAN, make_accountant, make_paid_award, make_payable_award, refused

pytestmark = pytest.mark.django_db
PLAN = [(date(2026, 4, 1), 300 * YUAN), (date(2026, 7, 1), 200 * YUAN)]
DAY = date(2026, 3, 2)


def make_receivable(yuan=500, plan=PLAN, **more):
    award = more.pop("award", None) or make_paid_award(yuan=500)
    decider = make_membership(Role.DECIDER)
    return actions.open_receivable(award, yuan * YUAN, "研发费用不实", plan, actor=decider, at=AT)


def receive(receivable, yuan, voucher):
    return actions.receive(receivable, yuan * YUAN, DAY, voucher, actor=make_accountant(), at=AT)


def test_a_receivable_is_received_in_instalments_and_closed_when_all_is_back():
    receivable = make_receivable()

    receive(receivable, 300, "B1")
    receivable.refresh_from_db()
    halfway = receivable.closed_at
    receive(receivable, 200, "B2")

    receivable.refresh_from_db()
    receivable.award.refresh_from_db()
    assert (halfway, receivable.closed_at) == (None, AT)
    assert receivable.award.recovered_fen == 500 * YUAN
    assert Appropriation.objects.get().recovered_fen == 500 * YUAN
    assert [one.due_on for one in receivable.instalments.all()] == [day for day, _ in PLAN]
    assert Event.objects.filter(kind__startswith="receivable.").count() == 4


def test_a_receipt_is_entered_once_by_its_voucher():
    receivable = make_receivable()

    first = receive(receivable, 300, "B1")
    same = receive(receivable, 300, "B1")

    assert same == first
    assert Entry.objects.filter(act="recover").count() == 1
    with refused("凭证 B1 已登记收回 300.00 元，与这次的 200.00 元不同"):
        receive(receivable, 200, "B1")


def test_nothing_is_received_beyond_what_is_due():
    receivable = make_receivable()
    receive(receivable, 300, "B1")

    with refused("还应收 200.00 元；收到 200.01 元超出应收"):
        actions.receive(receivable, 200 * YUAN + 1, DAY, "B2", actor=make_accountant(), at=AT)


def test_nothing_is_claimed_back_that_was_not_paid():
    with refused("至多还可追回 0.00 元，需要 500.00 元"):
        make_receivable(award=make_payable_award())


def test_two_claims_together_do_not_exceed_what_was_paid():
    first = make_receivable(yuan=400, plan=())
    receive(first, 150, "B1")

    with refused("已追回 150.00 元，另有 250.00 元在追回中，至多还可追回 100.00 元，需要 101.00 元"):
        make_receivable(yuan=101, plan=(), award=first.award)


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (PLAN[:1], "各期合计 300.00 元，应追回 500.00 元"),
        (PLAN[::-1], "从早到晚"),
        ([(date(2026, 4, 1), 600 * YUAN), (date(2026, 7, 1), -100 * YUAN)], "大于零"),
    ],
)
def test_the_instalments_add_up_and_come_in_order(plan, words):
    with refused(words):
        make_receivable(plan=plan)


def test_a_receipt_names_its_voucher_and_is_taken_by_the_accountant():
    receivable = make_receivable()

    with refused("银行凭证号"):
        receive(receivable, 300, "")
    with refused("财政经办岗"):
        actions.receive(receivable, 1, DAY, "B1", actor=make_membership(Role.TREASURER), at=AT)


@pytest.mark.parametrize(("days", "words"), [(1, "is yet to come"), (-1, "before the claim")])
def test_money_comes_back_between_the_day_of_the_claim_and_today(days, words):
    receivable, actor = make_receivable(), make_accountant()

    with pytest.raises(Refused, match=words):
        actions.receive(receivable, YUAN, DAY + timedelta(days=days), "B1", actor=actor, at=AT)
    actions.receive(receivable, YUAN, DAY, "B1", actor=actor, at=AT)
    with pytest.raises(Refused, match="entered with the day"):
        actions.receive(receivable, YUAN, DAY - timedelta(days=1), "B1", actor=actor, at=AT)
