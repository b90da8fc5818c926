"""A call is published: who may apply by what is known of it is told, in the background, part by part and once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Substr
from django.urls import reverse
from django.utils import timezone

from kechuang.accounts.acting import held_on
from kechuang.accounts.roles import APPLICANTS
from kechuang.entitlements.models import Standing
from kechuang.entitlements.releasing import version_in_force
from kechuang.entitlements.versions import pack_of
from kechuang.fulfilment.holding import ENDED, NOT_YET
from kechuang.fulfilment.models import Call, Case
from kechuang.journal.actions import CLOCK, defer, record, tell
from kechuang.journal.models import Event
from kechuang.journal.queries import events_of
from kechuang.policy.cases.outcome import Outcome
from kechuang.policy.encoding.binding import bind

ANNOUNCE: Final = "kechuang.fulfilment.tasks.announce_call"
KIND: Final = "call.announced"
PART: Final = 500  # organisations told in one transaction
_TOLD: Final = [str(place) for place, one in enumerate(Outcome) if one.passes]


def later(call: Call) -> None:
    """Leave it to the background; an award without application tells those whom it is offered to, not these."""
    if call.sweep_id is None:
        defer(ANNOUNCE, call=call.pk)


def announce(call: Call, *, at: datetime, go_on: Callable[[], bool]) -> int:
    """Tell those who have not been told yet, as long as `go_on` says so; how many organisations."""
    told = 0
    while go_on() and (part := _announce_part(call.pk, at)):
        told += part
    return told


def _announce_part(number: int, at: datetime) -> int:
    with transaction.atomic():
        call = Call.objects.select_for_update(no_key=True).get(pk=number)
        if call.state != Call.State.PUBLISHED or call.closes_at <= at:
            return 0
        last = events_of(f"call:{call.pk}").filter(kind=KIND).order_by("-number").first()
        after = 0 if last is None else int(last.data["upto"])
        wanted = who_may_apply(call).filter(organisation__gt=after).order_by("organisation")
        part = list(wanted.values_list("organisation", flat=True)[:PART])
        if part:
            data = {"number": call.number, "upto": part[-1], "organisations": len(part)}
            _tell(call, part, record(KIND, f"call:{call.pk}", actor=CLOCK, at=at, data=data))
    return len(part)


def who_may_apply(call: Call) -> QuerySet[Standing]:
    """The kept standings by which an organisation may apply, and has not: of the call's year, by the law in force."""
    version = version_in_force()
    benefits = [one.benefit.id for one in bind(pack_of(version.pk), call.on, call.year).benefits]
    if call.benefit not in benefits:
        return Standing.objects.none()
    applied = Case.objects.filter(
        organisation=OuterRef("organisation"), year=call.year, call__benefit=call.benefit, key=""
    ).exclude(state__in=[*NOT_YET, *ENDED])
    kept = Standing.objects.filter(year=call.year, version=version)
    kept = kept.annotate(outcome=Substr("outcomes", benefits.index(call.benefit) + 1, 1))
    return kept.filter(~Exists(applied), outcome__in=_TOLD)


def _tell(call: Call, organisations: list[int], event: Event) -> None:
    day = timezone.localdate(event.at)
    people = held_on(day).filter(organisation__in=organisations, role__in=APPLICANTS, user__is_active=True)
    opens, closes = (f"{timezone.localtime(one):%Y-%m-%d %H:%M}" for one in (call.opens_at, call.closes_at))
    tell(
        list({one.user_id: (one.user_id, one.pk) for one in people.order_by("pk")}.values()),
        event=event,
        title={"zh": f"可以申报：{call.title['zh']}", "en": f"Open to you: {call.title['en']}"},
        body={
            "zh": f"按已知事实，贵单位可以申报。申报时间 {opens} 至 {closes}。",
            "en": f"By what is known your organisation may apply, from {opens} to {closes}.",
        },
        link=reverse("call", args=[call.number]),
    )
