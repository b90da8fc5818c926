"""What time it is. Views, tasks and commands ask here and pass the time on; nothing below reads a clock.

In a demonstration (settings.DEMO) the clock may be put forward, so that a public notice of five working days can be
walked through in an afternoon; every page then says so.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

from kechuang.journal.models import DemoClock


def now() -> datetime:
    """The time of this act, in UTC."""
    at = timezone.now()
    return at + ahead() if settings.DEMO else at


def today() -> date:
    """The day of this act in the city's time zone."""
    return timezone.localdate(now())


def ahead() -> timedelta:
    """How far the demonstration's clock has been put forward."""
    found = DemoClock.objects.values_list("ahead", flat=True).first()
    return found or timedelta(0)


def begin_at(at: datetime) -> None:
    """Let the demonstration's clock stand at `at` now. Raises ValueError outside a demonstration."""
    if not settings.DEMO:
        message = "the clock can be set in a demonstration only"
        raise ValueError(message)
    DemoClock.objects.update_or_create(pk=1, defaults={"ahead": at - timezone.now()})


def put_forward(by: timedelta) -> None:
    """Put the demonstration's clock forward, never back. Raises ValueError outside a demonstration."""
    if not settings.DEMO or by < timedelta(0):
        message = f"the clock can be put forward, by a positive time, in a demonstration only; found {by}"
        raise ValueError(message)
    DemoClock.objects.get_or_create(pk=1)
    DemoClock.objects.update(ahead=models.F("ahead") + by)
