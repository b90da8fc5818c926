"""What the header of every page says about the visitor."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from kechuang.journal import clock, queries


def visitor(request: HttpRequest) -> dict[str, object]:
    """`unread`: messages not yet read; `minutes_left` of the staff session."""
    return {
        "unread": SimpleLazyObject(lambda: unread(request)),
        "minutes_left": SimpleLazyObject(lambda: _minutes_left(request)),
    }


def unread(request: HttpRequest) -> int:
    """How many messages the visitor has not read; asked once a request."""
    if not hasattr(request, "unread"):
        number = request.user.pk
        request.unread = queries.unread(number).first() or 0 if number else 0  # type: ignore[attr-defined]
    return request.unread  # type: ignore[attr-defined,no-any-return]


def _minutes_left(request: HttpRequest) -> int:
    session = getattr(request, "staff_session", None)
    return max(int((session.ends_at - clock.now()).total_seconds() + 59) // 60, 0) if session else 0
