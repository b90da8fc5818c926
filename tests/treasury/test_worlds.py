"""Random worlds: whatever is done in whatever order, nothing is paid early, held or twice, and every limit holds."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models import F, Sum
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from factories import AT
from kechuang.accounts.refusals import Refused
from kechuang.treasury import actions
from kechuang.treasury.checking import check_ledger
from kechuang.treasury.models import Appropriation, Award, Batch, CapUse, Payment
from treasury.factories import make_accountant, make_appropriation, make_payee, make_treasurer, paid, returned

CAP_FEN = 900
PLACES = st.integers(0, 4)


class Treasury(RuleBasedStateMachine):
    """Two appropriations, two enterprises with a ceiling, one clock that only moves on."""

    @initialize()
    def begin(self):
        self.world = transaction.atomic()
        self.world.__enter__()
        self.now = AT
        self.accountant, self.treasurer = make_accountant(), make_treasurer()
        self.moneys = [make_appropriation(20), make_appropriation(6)]
        self.payees = [make_payee(), make_payee()]
        self.granted = 0

    def attempt(self, act, *arguments, **more):
        """An act that may be refused; what it refuses changes nothing, which the invariants see."""
        try:
            return act(*arguments, **{"actor": self.accountant, "at": self.now} | more)
        except Refused:
            return None

    def one(self, model, place):
        found = list(model.objects.order_by("-id"))
        return found[place % len(found)] if found else None

    @rule(hours=st.integers(1, 48))
    def time_passes(self, hours):
        self.now += timedelta(hours=hours)

    @rule(
        fen=st.integers(1, 700),
        money=st.integers(0, 1),
        payee=st.integers(0, 1),
        call=st.sampled_from(["", "call:1"]),
    )
    def grant_and_commit(self, fen, money, payee, call):
        self.granted += 1
        given = actions.Grant(
            f"9.rd_growth|2025|{self.granted}", f"case:{self.granted}", self.payees[payee], self.moneys[money],
            "9.rd_growth", 2025, fen, "9.rd_growth/yearly", CAP_FEN,
        )  # fmt: skip
        award = self.attempt(actions.grant, given)
        self.attempt(actions.commit, award, reserve=call)

    @rule(fen=st.integers(1, 900), money=st.integers(0, 1))
    def reserve(self, fen, money):
        self.attempt(actions.reserve, self.moneys[money], fen, subject="call:1")

    @rule(money=st.integers(0, 1))
    def release(self, money):
        self.attempt(actions.release_reserve, self.moneys[money], subject="call:1")

    @rule(place=PLACES, hours=st.integers(0, 48))
    def announce_the_end_of_a_notice(self, place, hours):
        award = self.one(Award, place)
        if award:
            self.attempt(actions.make_payable, award, at=self.now + timedelta(hours=hours))

    @rule(place=PLACES, subject=st.sampled_from(["objection:1", "objection:2"]), lift=st.booleans())
    def object_to(self, place, subject, lift):
        award = self.one(Award, place)
        if award:
            self.attempt(actions.unhold if lift else actions.hold, award, subject=subject)

    @rule(place=PLACES)
    def cancel(self, place):
        award = self.one(Award, place)
        if award:
            self.attempt(actions.cancel, award, reason="x")

    @rule(places=st.lists(PLACES, min_size=1, max_size=3))
    def prepare(self, places):
        awards = [award for award in (self.one(Award, place) for place in places) if award]
        due = {a.pk: a.payable_from and a.payable_from <= self.now and not a.holds for a in awards}
        batch = self.attempt(actions.prepare_batch, awards)
        assert batch is None or all(due.values())

    @rule(place=PLACES)
    def approve(self, place):
        batch = self.one(Batch, place)
        if batch:
            self.attempt(actions.approve_batch, batch, actor=self.treasurer)

    @rule(place=PLACES)
    def send(self, place):
        batch = self.one(Batch, place)
        if batch:
            held = batch.payments.filter(state="prepared", award__holds__gt=0).exists()
            sent = self.attempt(actions.mark_sent, batch)
            assert sent is None or not held

    @rule(place=PLACES)
    def withdraw(self, place):
        payment = self.one(Payment, place)
        if payment:
            self.attempt(actions.withdraw_payment, payment, reason="x")

    @rule(place=PLACES, well=st.booleans())
    def bank_answers(self, place, well):
        payment = self.one(Payment, place)
        if payment:
            result = paid(payment.number) if well else returned(payment.number)
            self.attempt(actions.settle, payment.batch, [result])

    @rule(place=PLACES, fen=st.integers(1, 700))
    def claim_back(self, place, fen):
        award = self.one(Award, place)
        if award:
            self.attempt(actions.open_receivable, award, fen, "x")

    @rule(place=PLACES, fen=st.integers(1, 700))
    def receive(self, place, fen):
        receivable = self.one(Award, place) and self.one(Award, place).receivables.first()
        if receivable:
            self.attempt(actions.receive, receivable, fen, AT.date(), f"B{fen}")

    @invariant()
    def limits_hold(self):
        for money in Appropriation.objects.all():
            assert money.paid_fen <= money.committed_fen <= money.amount_fen - money.reserved_fen
        assert not CapUse.objects.filter(used_fen__gt=CAP_FEN).exists()
        used = Award.objects.values("organisation").annotate(fen=Sum("committed_fen"))
        assert all(row["fen"] <= CAP_FEN for row in used)

    @invariant()
    def nothing_went_out_early_or_twice(self):
        early = Payment.objects.filter(
            state__in=["sent", "paid"], award__payable_from__gt=F("batch__approved_at")
        )
        assert not early.exists()
        out = (
            Payment.objects.filter(state__in=["prepared", "sent", "paid"])
            .values("award")
            .annotate(fen=Sum("amount_fen"))
        )
        assert all(row["fen"] <= Award.objects.get(pk=row["award"]).committed_fen for row in out)

    def teardown(self):
        """Totals agree with the entries; then the world is undone."""
        problems = check_ledger()
        transaction.set_rollback(True)
        self.world.__exit__(None, None, None)
        assert problems == []


@pytest.mark.django_db
def test_limits_hold_in_every_world():
    run_state_machine_as_test(
        Treasury,
        settings=settings(
            max_examples=6,
            stateful_step_count=30,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
