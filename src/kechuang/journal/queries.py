"""What is read from the journal: events, a person's messages, drafts, deliveries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db.models import Q, QuerySet
from django.utils import timezone

from kechuang.journal import statements
from kechuang.journal.models import Delivery, Event, Message, Webhook
from kechuang.journal.statements import Ask, Given


@dataclass(frozen=True)
class Filters:
    """Which events: `kind` and `subject` from their beginning, `who` within the actor's label, days inclusive."""

    kind: str = ""
    subject: str = ""
    who: str = ""
    since: date | None = None
    until: date | None = None


hidden: list[Callable[[], Q]] = []
"""Hooks of rooms above: what nobody may read yet, such as sealed bids, as a condition on events."""


def is_hidden(event: Event) -> bool:
    """Whether nobody but the organisation of the event may read it yet."""
    return any(Event.objects.filter(pk=event.pk).filter(hide()).exists() for hide in hidden)


def events(chosen: Filters) -> QuerySet[Event]:
    """Events that fit, the newest first. For auditors and operators only: it knows no bounds but `hidden`."""
    found = Event.objects.order_by("-number")
    for hide in hidden:
        found = found.exclude(hide())
    if chosen.kind:
        found = found.filter(kind__startswith=chosen.kind)
    if chosen.subject:
        found = found.filter(Q(subject=chosen.subject) | Q(subject__startswith=f"{chosen.subject}:"))
    if chosen.who:
        found = found.filter(actor__icontains=chosen.who)
    if chosen.since:
        found = found.filter(at__gte=_start(chosen.since))
    if chosen.until:
        found = found.filter(at__lt=_start(date.fromordinal(chosen.until.toordinal() + 1)))
    return found


def _start(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def events_of(subject: str) -> QuerySet[Event]:
    """What was done to one thing ('case:17'), in order."""
    return Event.objects.filter(subject=subject).order_by("number")


def messages_of(user_id: int | Given) -> QuerySet[Message]:
    """The messages that a person may read, the newest first."""
    return Message.objects.filter(recipient_id=user_id, state=Message.State.RELEASED)


def unread(user_id: int) -> Ask[int]:
    """How many messages a person has not read yet."""
    return statements.ask_count(
        "unread", lambda user: messages_of(user).filter(read_at__isnull=True), user=user_id
    )


def drafts_for(subject: str | Given) -> QuerySet[Message]:
    """The messages that wait for an officer of that case to release or discard them, with their recipients."""
    return Message.objects.filter(drafted_for=subject, state=Message.State.DRAFT).select_related("recipient")


def webhooks() -> QuerySet[Webhook]:
    """All webhooks, the newest first."""
    return Webhook.objects.order_by("-id")


def deliveries_given_up() -> QuerySet[Delivery]:
    """What did not arrive, the newest first, with what it was."""
    found = Delivery.objects.filter(state=Delivery.State.GIVEN_UP).order_by("-id")
    return found.select_related("message", "message__recipient", "webhook")
