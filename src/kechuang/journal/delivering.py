"""What waits goes out: mail, short messages, webhooks; tried again after growing pauses, then given up.

A try is noted before it is made, with the time of the next one: a worker that dies in the middle loses nothing, and
at worst something arrives twice.
"""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F

from kechuang.journal import posting
from kechuang.journal.models import Delivery, Event

log = structlog.get_logger("kechuang.journal")

PAUSES: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 720))
NO_MAIL: Final = "no mail server is set up"
NO_ADDRESS: Final = "the person has no mail address"
NO_SMS: Final = "no command for short messages is set up"
NO_NUMBER: Final = "the person has no phone number"
SECONDS: Final = 30  # that the command for short messages may take


class HopelessError(Exception):
    """It will not go out however often it is tried."""


def deliver(now: Callable[[], datetime]) -> int:
    """Try everything that is due; returns how many arrived. The clock is asked each time: a receiver may be slow."""
    sent = 0
    while (delivery := _take(now())) is not None:
        sent += _try(delivery, now())
    return sent


def _take(at: datetime) -> Delivery | None:
    """The most due delivery, noted as tried; nobody else takes it meanwhile."""
    with transaction.atomic():
        due = Delivery.objects.filter(state=Delivery.State.WAITING, next_try_at__lte=at)
        found = due.select_for_update(skip_locked=True, of=("self",)).order_by("next_try_at", "id").first()
        if found is None:
            return None
        pause = PAUSES[min(found.attempts, len(PAUSES) - 1)]
        Delivery.objects.filter(pk=found.pk).update(attempts=F("attempts") + 1, next_try_at=at + pause)
    whole = Delivery.objects.select_related("message", "message__recipient", "webhook")
    return whole.get(pk=found.pk)


def _try(delivery: Delivery, at: datetime) -> bool:
    """Send it and note what came of it."""
    try:
        _SENDERS[Delivery.Channel(delivery.channel)](delivery, at)
    except HopelessError as error:
        _note(delivery, state=Delivery.State.GIVEN_UP, error=str(error))
    except Exception as error:  # noqa: BLE001 - whatever a mail server or a receiver does, the next one must go out
        last = delivery.attempts > len(PAUSES)
        state = Delivery.State.GIVEN_UP if last else Delivery.State.WAITING
        _note(delivery, state=state, error=f"{type(error).__name__}: {error}"[:1000])
    else:
        _note(delivery, state=Delivery.State.SENT, sent_at=at, error="")
        return True
    return False


def _note(delivery: Delivery, **found: object) -> None:
    ended = found["state"] != Delivery.State.WAITING
    forget: dict[str, object] = {"text": {}} if ended else {}  # a letter may hold a code that opens something
    Delivery.objects.filter(pk=delivery.pk).update(**found, **forget)
    log.info(
        "delivery", number=delivery.pk, channel=delivery.channel, **{k: str(v) for k, v in found.items()}
    )


def _mail(delivery: Delivery, _at: datetime) -> None:
    """In both languages, Chinese first."""
    if not settings.EMAIL_HOST:
        raise HopelessError(NO_MAIL)
    message = delivery.message
    said = {"title": message.title, "body": message.body, "link": message.link} if message else delivery.text
    address = message.recipient.email if message else delivery.to
    if not address:
        raise HopelessError(NO_ADDRESS)
    link = f"\n\n{settings.SITE_URL}{said['link']}" if said["link"] else ""
    text = f"{said['body']['zh']}\n\n{said['body']['en']}{link}\n"
    subject = f"{said['title']['zh']} · {said['title']['en']}"
    EmailMessage(" ".join(subject.split()), text, to=[address]).send()


def _short_message(delivery: Delivery, _at: datetime) -> None:
    """By the command of the environment, which reads JSON and ends with 0."""
    if not settings.SMS_COMMAND:
        raise HopelessError(NO_SMS)
    if delivery.message is None or not delivery.message.recipient.phone:
        raise HopelessError(NO_NUMBER)
    given = {"to": delivery.message.recipient.phone, "text": delivery.message.title["zh"]}
    command = shlex.split(settings.SMS_COMMAND)
    subprocess.run(  # noqa: S603 - the operator's own command
        command, input=json.dumps(given).encode(), check=True, timeout=SECONDS, capture_output=True
    )


def _webhook(delivery: Delivery, at: datetime) -> None:
    """The event as JSON, signed."""
    webhook = delivery.webhook
    if webhook is None or not webhook.active:
        raise HopelessError("the webhook has been stopped")
    event = Event.objects.get(number=str(delivery.event))
    try:
        posting.post(webhook.url, webhook.secret, posting.body_of(event), at)
    except posting.AddressError as error:
        raise HopelessError(str(error)) from error


_SENDERS: Final = {
    Delivery.Channel.EMAIL: _mail,
    Delivery.Channel.SMS: _short_message,
    Delivery.Channel.WEBHOOK: _webhook,
}
