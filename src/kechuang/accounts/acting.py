"""In which capacity a signed-in person acts, and pages that only some roles may see.

Whoever may not see a page gets the answer of a page that is not there: 404, in the same words.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import date
from typing import Final, cast
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from kechuang.accounts.models import Membership
from kechuang.accounts.roles import Role
from kechuang.journal import clock

CHOSEN: Final = "membership"  # in the session: the number of the membership that the person acts in
View = Callable[..., HttpResponseBase]


class ActingRequest(HttpRequest):
    """A request whose person acts for an organisation in a role."""

    membership: Membership


def memberships_of(user_id: int, on: date) -> QuerySet[Membership]:
    """The memberships that a person holds on a day, with user and organisation."""
    held = Membership.objects.filter(Q(until__isnull=True) | Q(until__gte=on), user_id=user_id, since__lte=on)
    return held.filter(user__is_active=True).select_related("user", "organisation")


def know_who_acts(handle: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Gives every request its `membership`: the chosen one, else the first; None for a stranger."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.membership = SimpleLazyObject(lambda: _membership(request))  # type: ignore[attr-defined]
        return handle(request)

    return middleware


def _membership(request: HttpRequest) -> Membership | None:
    if not request.user.is_authenticated:
        return None
    held = memberships_of(request.user.pk, clock.today())
    chosen = request.session.get(CHOSEN)
    return (held.filter(pk=chosen).first() if chosen else None) or held.order_by("id").first()


def as_role(*roles: Role) -> Callable[[View], View]:
    """A page for some roles (all roles, if none is named): a stranger is led to sign in, anyone else finds nothing."""

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: object, **named: object) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect(f"{reverse('sign-in')}?{urlencode({'next': request.get_full_path()})}")
            membership = cast("ActingRequest", request).membership
            if not membership or (roles and membership.role not in roles):
                raise Http404
            return view(request, *args, **named)

        guarded.roles = roles  # type: ignore[attr-defined]  # the role x route matrix reads it
        return guarded

    return decorate
