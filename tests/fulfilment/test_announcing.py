"""“开放时通知您” is kept: a published call is told to those who may apply, and to nobody else, once."""

from __future__ import annotations

import pytest

from factories import AT, TODAY, make_membership
from fulfilment.city import carried_to, make_call, make_case, make_grower
from kechuang.accounts.roles import Role
from kechuang.entitlements import releasing, renewing
from kechuang.fulfilment import announcing, calls, tasks
from kechuang.fulfilment.models import Call
from kechuang.journal.models import Delivery, Event, Message

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_at")]


def renewed() -> None:
    """The standings of everybody, as the background keeps them."""
    renewing.renew_stale(releasing.version_in_force(), TODAY, lambda: AT)


def announce(call: Call) -> int:
    return announcing.announce(call, at=AT, go_on=lambda: True)


def told(membership) -> list[Message]:
    return list(Message.objects.filter(kind="call.announced", recipient=membership.user))


def test_who_may_apply_is_told_once_and_by_mail(city):
    grower, colleague = make_grower(), None
    colleague = make_membership(Role.CLERK, grower.organisation)
    shrinking = make_grower(600, 900)
    renewed()
    call = make_call(city)

    first, again = announce(call), announce(call)

    assert (first, again) == (1, 0)
    [message] = told(grower)
    assert call.title["zh"] in message.title["zh"]
    assert message.link == f"/calls/{call.number}/"
    assert len(told(colleague)) == 1
    assert told(shrinking) == told(city.officer) == []
    assert Delivery.objects.filter(message=message, channel="email").count() == 1


def test_who_has_applied_for_the_year_is_not_told_of_another_call(city):
    grower = make_grower()
    renewed()
    carried_to(city, make_case(make_call(city), grower), "submitted")

    assert announce(make_call(city)) == 0
    assert told(grower) == []


def test_telling_goes_on_where_it_was_stopped(city, monkeypatch):
    monkeypatch.setattr(announcing, "PART", 1)
    growers = [make_grower(), make_grower(), make_grower()]
    renewed()
    call = make_call(city)
    turns = iter([True, False])

    stopped = announcing.announce(call, at=AT, go_on=lambda: next(turns))
    rest = announce(call)

    assert (stopped, rest) == (1, 2)
    assert [len(told(one)) for one in growers] == [1, 1, 1]
    assert Event.objects.filter(kind="call.announced").count() == 3


def test_a_withdrawn_call_tells_nobody(city):
    grower = make_grower()
    renewed()
    call = calls.withdraw(make_call(city), "改期", actor=city.officer, at=AT)

    assert announce(call) == 0
    assert told(grower) == []


def test_publishing_leaves_it_to_the_background_which_does_it(city):
    grower = make_grower()
    renewed()
    call = make_call(city)

    tasks.announce_call(call=call.pk)

    assert len(told(grower)) == 1
