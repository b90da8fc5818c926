"""Totals are worked out again from the entries alone; one changed figure is found and named."""

from __future__ import annotations

from datetime import date

import pgtrigger
import pytest
from django.db import connection

from factories import AT, make_membership
from kechuang.accounts.roles import Role
from kechuang.treasury import actions
from kechuang.treasury.checking import Problem, check_ledger
from kechuang.treasury.models import Appropriation, Award, CapUse, Entry, Payment, Receivable, Reserve
from treasury.factories import (
    YUAN,
    make_accountant,
    make_appropriation,
    make_award,
    make_paid_award,
    make_sent_batch,
    returned,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def busy_treasury():
    """Every kind of entry at least once."""
    actor = make_accountant()
    money = make_appropriation(10_000)
    actions.adjust(money, 9_000 * YUAN, source="威财预〔2026〕9号", actor=actor, at=AT)
    actions.reserve(money, 2_000 * YUAN, subject="call:1", actor=actor, at=AT)
    award = make_award(money, 500, cap="9.rd_growth/yearly", cap_fen=1_000 * YUAN)
    actions.commit(award, reserve="call:1", actor=actor, at=AT)
    cancelled = make_award(money, 300)
    actions.commit(cancelled, actor=actor, at=AT)
    actions.cancel(cancelled, reason="放弃", actor=actor, at=AT)
    actions.hold(award, subject="objection:1", actor=actor, at=AT)
    paid = make_paid_award(800, appropriation=money)
    back = make_paid_award(700, appropriation=money)
    payment = back.payments.get()
    actions.settle(payment.batch, [returned(payment.number)], actor=actor, at=AT)
    receivable = actions.open_receivable(
        paid, 300 * YUAN, "不实", [(date(2026, 5, 1), 300 * YUAN)], actor=make_membership(Role.DECIDER), at=AT
    )
    actions.receive(receivable, 100 * YUAN, AT.date(), "B1", actor=actor, at=AT)
    make_sent_batch()


def test_what_the_actions_did_agrees_with_the_entries(busy_treasury):
    assert set(Entry.objects.values_list("act", flat=True)) == set(Entry.Act.values)
    assert check_ledger() == []


@pytest.mark.parametrize(
    ("model", "which", "change", "what"),
    [
        (Appropriation, {"amount_fen": 9_000 * YUAN}, {"amount_fen": 9_001 * YUAN}, "amount_fen"),
        (Appropriation, {"amount_fen": 9_000 * YUAN}, {"reserved_fen": 0}, "reserved_fen"),
        (Appropriation, {"amount_fen": 9_000 * YUAN}, {"recovered_fen": 1}, "recovered_fen"),
        (Reserve, {}, {"amount_fen": 1}, "amount_fen"),
        (Award, {"amount_fen": 800 * YUAN}, {"recovered_fen": 1}, "recovered_fen"),
        (Award, {"amount_fen": 500 * YUAN}, {"holds": 2}, "holds"),
        (CapUse, {}, {"used_fen": 1}, "used_fen"),
        (Receivable, {}, {"recovered_fen": 1}, "recovered_fen"),
        (Payment, {"amount_fen": 700 * YUAN}, {"state": "withdrawn"}, ""),
        (Payment, {"amount_fen": 800 * YUAN}, {"state": "withdrawn"}, "state"),
    ],
)
def test_a_changed_figure_is_found_and_named(busy_treasury, model, which, change, what):
    with pgtrigger.ignore():
        assert model.objects.filter(**which).update(**change) == 1

    assert [problem.what for problem in check_ledger()] == [what] * bool(what)


def test_an_entry_that_no_event_names_is_found(busy_treasury):
    money = Appropriation.objects.get(amount_fen=9_000 * YUAN)
    entry = Entry.objects.create(
        act="reserve",
        appropriation=money,
        subject="call:9",
        amount_fen=1,
        at=AT,
        entered_by=make_accountant(),
    )

    assert check_ledger() == [Problem(f"entry:{entry.pk}", "event", "0 events", "1 event")]


def test_an_entry_that_was_removed_is_found(busy_treasury):
    entry = Entry.objects.get(act="release")
    with pgtrigger.ignore(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM treasury_entry WHERE id = %s", [entry.pk])

    assert {problem.what for problem in check_ledger()} == {"event", "reserved_fen", "amount_fen"}
