"""Who is signed in, at which hour: what stories of pages begin with."""

from __future__ import annotations

from datetime import datetime

from django.test import Client

from fulfilment.city import AT, carried_to, close_call, make_call, make_case, make_grower
from kechuang.accounts.acting import CHOSEN
from kechuang.accounts.models import Membership
from kechuang.fulfilment import calls, notices, workflow
from kechuang.fulfilment.models import Case


def signed_in(membership: Membership) -> Client:
    """A browser of this person, acting in this capacity."""
    client = Client()
    client.force_login(membership.user)
    session = client.session
    session[CHOSEN] = membership.pk
    session.save()
    return client


def noticed(city, *growers, names=(), at=None, **call_changes):
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
