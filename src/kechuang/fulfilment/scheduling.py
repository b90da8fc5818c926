"""Scheduled calls that could not be published when their time came: said once, and shown until it is settled."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.urls import reverse

from kechuang.accounts.queries import people_of
from kechuang.accounts.roles import DEPARTMENT
from kechuang.fulfilment.models import Call
from kechuang.journal.actions import CLOCK, record, tell
from kechuang.journal.queries import events_of
from kechuang.policy.language.values import Words


def note_unpublished(call: Call, why: Words, *, at: datetime) -> None:
    """Say once, to the officers of its department, why a scheduled call could not be published, and what to do."""
    with transaction.atomic():
        locked = Call.objects.select_for_update().get(pk=call.pk)
        if unpublished_because(locked) is not None:
            return
        event = record(
            "call.not_published", f"call:{locked.pk}", actor=CLOCK, at=at,
            data={"number": locked.number, "zh": why.zh, "en": why.en},
        )  # fmt: skip
        officers = {one.user_id: one.pk for one in people_of(locked.department_id, DEPARTMENT)}
        tell(
            list(officers.items()),
            event=event,
            title={
                "zh": f"申报通知 {locked.number} 没有按时发布",
                "en": f"Call {locked.number} was not published",
            },
            body={
                "zh": f"{why.zh}条件具备后自动发布，也可以手动发布。",
                "en": f"{why.en} It is published as soon as that is settled, or by hand.",
            },
            link=reverse("call", args=[locked.number]),
        )


def unpublished_because(call: Call) -> Words | None:
    """Why a scheduled call could not be published when its time came; None while there is nothing in its way."""
    kinds = ["call.drafted", "call.scheduled", "call.changed", "call.published", "call.not_published"]
    last = events_of(f"call:{call.pk}").filter(kind__in=kinds).order_by("-number").first()
    if last is None or last.kind != "call.not_published":
        return None
    return Words(last.data["zh"], last.data["en"])
