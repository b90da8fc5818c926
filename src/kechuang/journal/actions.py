"""What the journal does: record an event, tell people, defer work. All three join the transaction of the act itself."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from procrastinate.contrib.django import app

from kechuang.journal import statements
from kechuang.journal.models import ChainEnd, Delivery, Event, Message, Webhook
from kechuang.journal.queries import is_hidden
from kechuang.journal.statements import Given

BEGINNING: Final = hashlib.sha256("科创".encode()).hexdigest()  # what the first event calls the one before

DELIVER: Final = "kechuang.journal.tasks.deliver_due"


class Actor(Protocol):
    """Who acts, and in which capacity: a membership (accounts.models.Membership), or a person for themselves."""

    @property
    def id(self) -> int | None:
        """Number of the membership."""

    @property
    def user_id(self) -> int | None:
        """Number of the person."""

    @property
    def label(self) -> str:
        """Name, organisation and role as they stand today."""


@dataclass(frozen=True)
class Clock:
    """Acts that fall due by themselves: a window that closes, a notice that ends."""

    id: None = None
    user_id: None = None
    label: str = "系统"


CLOCK: Final = Clock()


def record(
    kind: str,
    subject: str,
    *,
    actor: Actor | Clock,
    at: datetime,
    organisation_id: int | None = None,
    data: Mapping[str, Any] | None = None,
) -> Event:
    """Append an event to the chain and return it; call it last in the act, inside its transaction.

    kind: "case.submitted". subject: "case:17". data: plain JSON without floats; money in fen, times in ISO 8601.
    Everybody who records waits for the end of the chain, so lock whatever else the act needs before.
    """
    if not connection.in_atomic_block:
        message = f"event {kind} of {subject}: record it inside the transaction of the act"
        raise transaction.TransactionManagementError(message)
    end = _end_of_chain()
    event = Event(
        number=end.number + 1,
        at=at,
        user_id=actor.user_id,
        membership_id=actor.id,
        actor=actor.label,
        kind=kind,
        subject=subject,
        organisation_id=organisation_id,
        data=dict(data or {}),
        previous=end.hash,
    )
    event.hash = hash_of(event)
    event.save(force_insert=True)
    ChainEnd.objects.update(number=event.number, hash=event.hash)
    _post(event)
    return event


def _end_of_chain() -> ChainEnd:
    """The last event, locked until the act is done."""
    locked = statements.ask("end of chain", ChainEnd.objects.select_for_update)
    found = locked.first()
    if found is None:
        ChainEnd.objects.bulk_create([ChainEnd(hash=BEGINNING)], ignore_conflicts=True)
        (found,) = locked.rows()
    return found


def hash_of(event: Event) -> str:
    """SHA-256 over `hashed` as canonical JSON."""
    return hashlib.sha256(canonical(hashed(event))).hexdigest()


def hashed(event: Event) -> dict[str, Any]:
    """Everything that an event says, and the hash of the one before: what its own hash covers."""
    return {
        "number": event.number,
        "at": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "user": event.user_id,
        "membership": event.membership_id,
        "actor": event.actor,
        "kind": event.kind,
        "subject": event.subject,
        "organisation": event.organisation_id,
        "data": event.data,
        "previous": event.previous,
    }


def canonical(value: Any) -> bytes:
    """JSON with sorted keys, no blanks and no floats: the same data always give the same bytes."""
    _refuse_floats(value)
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def tell(
    people: Iterable[tuple[int, int | None]],
    *,
    event: Event,
    title: Mapping[str, str],
    body: Mapping[str, str],
    link: str = "",
    draft_for: str = "",
) -> list[Message]:
    """Tell people of an event, in the site and by mail.

    people: (user, membership). draft_for: the case whose officers must release the message first; else it goes at once.
    """
    state = Message.State.DRAFT if draft_for else Message.State.RELEASED
    messages = Message.objects.bulk_create(
        Message(
            recipient_id=user_id,
            membership_id=membership_id,
            kind=event.kind,
            event=event.number,
            subject=event.subject,
            title=dict(title),
            body=dict(body),
            link=link,
            state=state,
            drafted_for=draft_for,
            created_at=event.at,
            released_at=None if draft_for else event.at,
        )
        for user_id, membership_id in people
    )
    if not draft_for:
        _send(messages, event.at)
    return messages


def write_to(
    address: str, *, event: Event, title: Mapping[str, str], body: Mapping[str, str], link: str
) -> Delivery:
    """Write to a mail address of somebody who is not one of our people yet. The text is forgotten once it is sent."""
    text = {"title": dict(title), "body": dict(body), "link": link}
    letter = Delivery.objects.create(
        to=address, text=text, event=event.number, channel=Delivery.Channel.EMAIL, next_try_at=event.at
    )
    defer(DELIVER)
    return letter


def release(messages: Iterable[Message], *, actor: Actor, at: datetime) -> int:
    """Send drafts that a person has read; returns how many. Those already released or discarded stay as they are."""
    with transaction.atomic():
        drafts = list(
            Message.objects.select_for_update().filter(
                pk__in=[one.pk for one in messages], state=Message.State.DRAFT
            )
        )
        Message.objects.filter(pk__in=[one.pk for one in drafts]).update(
            state=Message.State.RELEASED, released_at=at
        )
        _send(drafts, at)
        for draft in drafts:
            record(
                "message.released", f"message:{draft.pk}", actor=actor, at=at, data={"about": draft.subject}
            )
    return len(drafts)


def discard(messages: Iterable[Message], *, actor: Actor, at: datetime) -> int:
    """Throw drafts away; returns how many. Those already released or discarded stay as they are."""
    with transaction.atomic():
        drafts = Message.objects.select_for_update().filter(
            pk__in=[one.pk for one in messages], state=Message.State.DRAFT
        )
        kept = list(drafts)
        Message.objects.filter(pk__in=[one.pk for one in kept]).update(state=Message.State.DISCARDED)
        for draft in kept:
            said = {"about": draft.subject}
            record("message.discarded", f"message:{draft.pk}", actor=actor, at=at, data=said)
    return len(kept)


def mark_read(messages: Iterable[int], *, reader: int, at: datetime) -> int:
    """Note that a person has read messages of their own; returns how many were new."""
    own = Message.objects.filter(pk__in=list(messages), recipient_id=reader, state=Message.State.RELEASED)
    return own.filter(read_at__isnull=True).update(read_at=at)


def mark_all_read(*, reader: int, at: datetime) -> int:
    """Note that a person has read everything; returns how many were new."""
    own = Message.objects.filter(recipient_id=reader, state=Message.State.RELEASED, read_at__isnull=True)
    return own.update(read_at=at)


@transaction.atomic
def add_webhook(
    *, url: str, kinds: list[str], organisation_id: int | None, actor: Actor, at: datetime
) -> Webhook:
    """Tell an address of events from now on; its secret stands in the row and is shown once."""
    webhook = Webhook.objects.create(
        url=url, secret=secrets.token_hex(32), kinds=kinds, organisation_id=organisation_id, created_at=at
    )
    said = {"url": url, "kinds": kinds, "organisation": organisation_id}
    record("webhook.added", f"webhook:{webhook.pk}", actor=actor, at=at, data=said)
    return webhook


@transaction.atomic
def switch_webhook(webhook: Webhook, *, active: bool, actor: Actor, at: datetime) -> None:
    """Stop telling an address, or begin again; nothing happens if it is so already."""
    if Webhook.objects.filter(pk=webhook.pk).exclude(active=active).update(active=active):
        kind = "webhook.resumed" if active else "webhook.stopped"
        record(kind, f"webhook:{webhook.pk}", actor=actor, at=at, data={"url": webhook.url})


@transaction.atomic
def try_again(delivery: Delivery, *, actor: Actor, at: datetime) -> None:
    """Begin anew with something that was given up; a letter whose text is forgotten stays as it is."""
    waiting = {"state": Delivery.State.WAITING, "attempts": 0, "next_try_at": at, "error": ""}
    given_up = Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.GIVEN_UP)
    if given_up.exclude(message=None, webhook=None).update(**waiting):
        record("delivery.restarted", f"delivery:{delivery.pk}", actor=actor, at=at)
        defer(DELIVER)


def defer(task: str, **arguments: Any) -> int:
    """Queue background work by the name of its task; it vanishes with the transaction if that is rolled back."""
    return app.configure_task(task, allow_unknown=False).defer(**arguments)


def _send(messages: Iterable[Message], at: datetime) -> None:
    """By mail, and as a short message where the site can send some and the person has a number."""
    messages = list(messages)
    channels = [(Delivery.Channel.EMAIL, one) for one in messages]
    if settings.SMS_COMMAND:
        people = get_user_model().objects.filter(pk__in=[one.recipient_id for one in messages])
        reached = set(people.exclude(phone="").values_list("pk", flat=True))
        channels += [(Delivery.Channel.SMS, one) for one in messages if one.recipient_id in reached]
    deliveries = [Delivery(message=one, channel=channel, next_try_at=at) for channel, one in channels]
    if Delivery.objects.bulk_create(deliveries):
        defer(DELIVER)


def _post(event: Event) -> None:
    """Put the event into the outbox of every webhook that is told of it."""
    of = {} if event.organisation_id is None else {"organisation_id": event.organisation_id}
    told = statements.asked(("webhooks", *of), _webhooks_told, **of)
    wanted = [one for one in told if not one.kinds or event.kind in one.kinds]
    if any(one.organisation_id is None for one in wanted) and is_hidden(event):
        wanted = [one for one in wanted if one.organisation_id is not None]
    channel = Delivery.Channel.WEBHOOK
    deliveries = [
        Delivery(webhook=one, event=event.number, channel=channel, next_try_at=event.at) for one in wanted
    ]
    if deliveries and Delivery.objects.bulk_create(deliveries):
        defer(DELIVER)


def _webhooks_told(organisation_id: Given | None = None) -> QuerySet[Webhook]:
    """Those that are told of the city's events, and of an organisation's when one is given."""
    active = Webhook.objects.filter(active=True)
    return active.filter(Q(organisation_id=None) | Q(organisation_id=organisation_id))


def _refuse_floats(value: object) -> None:
    """A float has no one way to be written, and no place near money."""
    if isinstance(value, float):
        message = f"a float ({value}) in canonical JSON: give fen as integers, rates as text such as '5/100'"
        raise TypeError(message)
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()
    for one in inner:
        _refuse_floats(one)
