"""Who is signed in, at which hour: what stories of pages begin with."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from factories import TODAY
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
from kechuang.accounts.acting import CHOSEN
from kechuang.accounts.models import Membership
from kechuang.entitlements import releasing
from kechuang.entitlements.models import Sweep
from kechuang.fulfilment import applying, calls, clockwork, notices, outgrown, workflow
from kechuang.fulfilment.models import Case
from kechuang.treasury import paying, settling


def signed_in(membership: Membership) -> Client:
    """A browser of this person, acting in this capacity."""
    client = Client()
    client.force_login(membership.user)
    session = client.session
    session[CHOSEN] = membership.pk
    session.save()
    return client


def noticed(city, *growers, **call_changes):
    """A notice over cases of these growers, and the time after its publication."""
    call = make_call(city, **call_changes)
    people = growers or (make_grower(),)
    cases = [carried_to(city, make_case(call, one), "determined") for one in people]
    after = close_call(call)
    call = calls.settle(call, actor=city.decider, at=after)
    return notices.publish(call, cases, actor=city.officer, at=after), after


def reviewed(city, case: Case, at: datetime = AT) -> Case:
    """The accepted case, laid before its gates."""
    return workflow.apply(case, "ask_review", actor=city.officer, at=at)


def paid(city, *growers) -> list[Case]:
    """Cases whose money the bank has confirmed."""
    return paid_of(city, noticed(city, *growers)[0])


def paid_of(city, notice) -> list[Case]:
    """The cases of a notice, paid when its days have passed."""
    ended = at_noon(notice.last_day + timedelta(days=1))
    clockwork.strike(ended)
    cases = [workflow.apply(line.case, "decide", actor=city.decider, at=ended) for line in notice.lines.all()]
    batch = paying.prepare_batch([case.award for case in cases], actor=city.accountant, at=ended)
    batch = paying.approve_batch(batch, actor=city.treasurer, at=ended)
    batch = paying.mark_sent(batch, actor=city.accountant, at=ended)
    results = [
        settling.Result(one.number, paid=True, on=ended.date(), reference=f"V{one.pk}")
        for one in batch.payments.all()
    ]
    settling.settle(batch, results, actor=city.accountant, at=ended)
    return list(Case.objects.filter(pk__in=[case.pk for case in cases]).order_by("pk"))


def decided(city, manager):
    call = make_call(city)
    case = carried_to(city, make_case(call, manager), "determined")
    after = close_call(call)
    call = calls.settle(call, actor=city.decider, at=after)
    notice = notices.publish(call, [case], actor=city.officer, at=after)
    ended = at_noon(notice.last_day + timedelta(days=1))
    clockwork.strike(ended)
    return workflow.apply(case, "decide", actor=city.decider, at=ended)


def offered(city, manager):
    """A case offered from a sweep that found the organisation."""
    sweep = Sweep.objects.create(
        benefit="9.rd_growth", version=releasing.version_in_force(), on=TODAY, year=2025, known_at=AT,
        state=Sweep.State.DONE, started_by=city.officer, started_at=AT,
    )  # fmt: skip
    sweep.lines.create(organisation=manager.organisation, outcome="may_apply", amount_fen=15 * WAN)
    call = make_call(city, make_appropriation(city), sweep=sweep)
    applying.offer(call, sweep.lines.all(), actor=city.officer, at=AT)
    return Case.objects.get(call=call)


def look(at: datetime) -> int:
    """What the background does: the tasks that were queued and not done, at a time."""
    jobs = ProcrastinateJob.objects.filter(task_name=outgrown.LOOK_AGAIN)
    return sum(outgrown.follow(one.args["organisations"], at=at) for one in jobs)
