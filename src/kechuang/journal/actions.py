"""What the journal does: record an event, tell people, defer work. All three join the transaction of the act itself."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from django.db import connection, transaction
from procrastinate.contrib.django import app

from kechuang.journal.models import ChainEnd, Delivery, Event, Message

BEGINNING: Final = hashlib.sha256("科创".encode()).hexdigest()  # what the first event calls the one before


class Actor(Protocol):
    """Who acts, and in which capacity: a membership (accounts.models.Membership)."""

    @property
    def id(self) -> int:
        """Number of the membership."""

    @property
    def user_id(self) -> int:
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
    return event


def _end_of_chain() -> ChainEnd:
    """The last event, locked until the act is done."""
    found = ChainEnd.objects.select_for_update().first()
    if found is None:
        ChainEnd.objects.bulk_create([ChainEnd(hash=BEGINNING)], ignore_conflicts=True)
        found = ChainEnd.objects.select_for_update().get()
    return found


def hash_of(event: Event) -> str:
    """SHA-256 over everything that the event says and the hash of the one before, as canonical JSON."""
    said = {
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
    return hashlib.sha256(canonical(said)).hexdigest()


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


def defer(task: str, **arguments: Any) -> int:
    """Queue background work by the name of its task; it vanishes with the transaction if that is rolled back."""
    return app.configure_task(task, allow_unknown=False).defer(**arguments)


def _send(messages: Iterable[Message], at: datetime) -> None:
    deliveries = Delivery.objects.bulk_create(
        Delivery(message=message, channel=Delivery.Channel.EMAIL, next_try_at=at) for message in messages
    )
    if deliveries:
        defer("kechuang.journal.tasks.deliver_due")


def _refuse_floats(value: object) -> None:
    """A float has no one way to be written, and no place near money."""
    if isinstance(value, float):
        message = f"a float ({value}) in canonical JSON: give fen as integers, rates as text such as '5/100'"
        raise TypeError(message)
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()
    for one in inner:
        _refuse_floats(one)
