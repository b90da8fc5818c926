"""Whatever people try, in whatever order: what must not happen does not, and what must not be seen is not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fulfilment.city import AT, WAN, make_appropriation, make_call, make_case, make_city, make_grower
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.fulfilment import calls, clockwork, notices, rules, workflow
from kechuang.fulfilment.models import Call, Case, Notice, Objection
from kechuang.fulfilment.table import transitions
from kechuang.fulfilment.verifying import checks
from kechuang.journal.actions import CLOCK
from kechuang.treasury import actions as treasury
from kechuang.treasury.models import Appropriation, Award, Batch, Payment

FORWARD = ("submit", "recommend", "accept", "ask_review", "answer_gate", "determine", "clear", "decide")
AMOUNTS = [0, 1, 5 * WAN, 15 * WAN, 15 * WAN + 1, 45 * WAN]
MINUTES = [1, 60, 24 * 60, 7 * 24 * 60, 31 * 24 * 60]
OBJECTION = notices.Said("王某", "13800001234", "数据不实", "重新核定")


class World:
    """A call with three cases and too little money, and somebody for every role."""

    def __init__(self) -> None:
        self.at = AT
        self.city = make_city()
        gates = [{"gate": "credit", "days": 3, "silence": "agree"}]
        self.call = make_call(self.city, make_appropriation(self.city, 40 * WAN), gates=gates, quorum=1)
        managers = [make_grower(900, 600), make_grower(1500, 600), make_grower(800, 600)]
        self.cases = [make_case(self.call, manager) for manager in managers]
        city = self.city
        self.actors = [
            *managers, city.officer, city.decider, city.district, city.accountant, city.treasurer,
            city.reviewers["credit"], CLOCK,
        ]  # fmt: skip

    def act(self, draw) -> None:
        """One thing that somebody tries."""
        tries = [self.move, self.move, self.move, self.wait, self.office, self.object, self.answer, self.pay]
        draw(st.sampled_from(tries))(draw)

    def move(self, draw) -> None:
        case = draw(st.sampled_from(self.cases))
        state = Case.objects.get(pk=case.pk).state
        onward = [rule.command for rule in transitions().values() if state in rule.sources]
        command = draw(st.sampled_from([*(one for one in onward if one in FORWARD), *onward, "decide"]))
        fitting = [one for one in self.actors if getattr(one, "role", "clock") in transitions()[command].who]
        actor = draw(st.sampled_from([*fitting, *fitting, *self.actors[:2], self.city.accountant]))
        amount = case.declared_fen or draw(st.sampled_from(AMOUNTS))
        workflow.apply(
            case, command, actor=actor, at=self.at, amount=draw(st.sampled_from([amount, *AMOUNTS])), reason="理由",
            sections=["years"], result=draw(st.sampled_from(["agreed", "opposed"])), note="说明",
            hearing_on=(self.at + timedelta(days=9)).date(), plan=[((self.at + timedelta(days=30)).date(), 15 * WAN)],
        )  # fmt: skip

    def wait(self, draw) -> None:
        self.at += timedelta(minutes=draw(st.sampled_from(MINUTES)))
        clockwork.strike(self.at)

    def office(self, draw) -> None:
        call = Call.objects.get(pk=self.call.pk)
        if draw(st.booleans()):
            calls.settle(call, actor=self.city.decider, at=self.at)
        else:
            determined = list(call.cases.filter(state="determined"))
            notices.publish(call, determined, actor=self.city.officer, at=self.at)

    def object(self, draw) -> None:
        notice = Notice.objects.order_by("-pk").first()
        if notice:
            notices.object_to(draw(st.sampled_from(list(notice.lines.all()))), OBJECTION, at=self.at)

    def answer(self, draw) -> None:
        objection = Objection.objects.filter(state="open").first()
        if objection:
            notices.answer(
                objection, upheld=draw(st.booleans()), text="答复", actor=self.city.decider, at=self.at
            )

    def pay(self, draw) -> None:
        accountant, treasurer = self.city.accountant, self.city.treasurer
        batch = Batch.objects.exclude(state__in=["settled", "withdrawn"]).first()
        if batch is None:
            treasury.prepare_batch(list(Award.objects.all()), actor=accountant, at=self.at)
        elif batch.state == "prepared":
            treasury.approve_batch(batch, actor=draw(st.sampled_from([accountant, treasurer])), at=self.at)
        elif batch.state == "approved":
            treasury.mark_sent(batch, actor=accountant, at=self.at)
        else:
            paid = draw(st.booleans())
            results = [
                treasury.Result(one.number, paid, self.at.date(), f"V{one.pk}", "" if paid else "户名不符")
                for one in batch.payments.filter(state="sent")
            ]
            treasury.settle(batch, results, actor=accountant, at=self.at)

    def hold_what_must_hold(self) -> None:
        money = Appropriation.objects.get()
        assert money.paid_fen <= money.committed_fen <= money.amount_fen
        for payment in Payment.objects.filter(state__in=["prepared", "sent", "paid"]).select_related(
            "award__case"
        ):
            line = payment.award.case.notice_lines.select_related("notice").latest("pk")
            assert line.notice.last_day < payment.batch.prepared_at.date()
        assert all(award.payments.filter(state="paid").count() <= 1 for award in Award.objects.all())
        foreign, own = self.cases[0], self.actors[1]
        assert foreign.organisation_id != own.organisation_id
        assert not rules.visible_cases(own).filter(pk=foreign.pk).exists()
        assert set(rules.visible_cases(own).values_list("organisation", flat=True)) == {own.organisation_id}

    def end(self) -> None:
        assert [one for check in checks() for one in check.run() if one is not None] == []


def live(draw, steps: int) -> None:
    with transaction.atomic():
        world = World()
        for _ in range(steps):
            try:
                with transaction.atomic():
                    world.act(draw)
            except Refused:
                pass
            world.hold_what_must_hold()
        world.end()
        transaction.set_rollback(True)


@pytest.mark.django_db
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_few_random_worlds_hold(data):
    live(data.draw, steps=25)


@pytest.mark.long
@pytest.mark.django_db
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_many_random_worlds_hold(data):
    live(data.draw, steps=80)


def test_every_role_is_in_the_world_or_has_no_act_on_cases():
    acting = {role for rule in transitions().values() for role in rule.who} - {"clock"}

    assert acting <= {Role.MANAGER, Role.CLERK, Role.DISTRICT, Role.OFFICER, Role.DECIDER, Role.REVIEWER}
