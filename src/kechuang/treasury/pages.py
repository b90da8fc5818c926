"""What the pages of the treasury share: the frame with its tabs, one thing or nothing."""

from __future__ import annotations

from collections.abc import Callable, Container
from datetime import date, datetime
from typing import Any, Final, TypeVar

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest

from kechuang.accounts.acting import acting
from kechuang.accounts.context import unread
from kechuang.journal import clock
from kechuang.journal import queries as journal
from kechuang.journal.statements import Ask, together
from kechuang.treasury import lists, rules

ROWS: Final = 30  # each says a lot; what is filtered goes into a batch or a workbook as a whole
Thing = TypeVar("Thing")


def frame(request: HttpRequest, tab: str, at: datetime | None = None, **known: int) -> dict[str, Any]:
    """What stands above every page: tabs with their tallies, and what this person may do.

    known: tallies that the page has counted for itself.
    """
    who = acting(request)
    at = at or clock.now()
    with together(asks(request, at, known)):
        tallies = lists.tallies(who, at, clock.today(), **known)
        unread(request)
    return {
        "tab": tab,
        "tallies": tallies,
        "tallied": lists.TALLIED,
        "may_prepare": rules.may_prepare(who),
        "may_approve": rules.may_approve(who),
        "done": request.GET.get("done", ""),
    }


def asks(request: HttpRequest, at: datetime, known: Container[str] = ()) -> list[Ask[int]]:
    """What the frame reads, to be sent together."""
    who = acting(request)
    return [*lists.tallies_asks(who, at, clock.today(), known).values(), journal.unread(who.user_id)]


def found_or_404(ask: Callable[[], Thing]) -> Thing:
    """What is asked for; 404 when it is not there or not for this person."""
    try:
        return ask()
    except ObjectDoesNotExist:
        raise Http404 from None


def day_or_none(value: object) -> date | None:
    """A day of a cleaned form."""
    return value if isinstance(value, date) else None
