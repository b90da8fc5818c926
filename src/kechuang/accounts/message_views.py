"""What a person is told: the inbox."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from kechuang.accounts.acting import signed_in, user_of
from kechuang.journal import actions, clock, queries
from kechuang.reader.paging import paged


@require_safe
@signed_in
def inbox(request: HttpRequest) -> HttpResponse:
    """All messages, or the unread ones, the newest first."""
    found = queries.messages_of(user_of(request).pk)
    only_unread = "unread" in request.GET
    if only_unread:
        found = found.filter(read_at__isnull=True)
    shown = {**paged(request, found, rows=30), "only_unread": only_unread}
    return render(request, "accounts/messages.html", shown)


@require_safe
@signed_in
def message(request: HttpRequest, number: int) -> HttpResponse:
    """One of my own messages; opening it is reading it."""
    found = get_object_or_404(queries.messages_of(user_of(request).pk), pk=number)
    actions.mark_read([found.pk], reader=found.recipient_id, at=clock.now())
    return render(request, "accounts/message.html", {"message": found})


@require_POST
@signed_in
def mark_all(request: HttpRequest) -> HttpResponse:
    """Everything is read."""
    actions.mark_all_read(reader=user_of(request).pk, at=clock.now())
    return redirect("messages")
