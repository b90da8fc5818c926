"""In which capacity a signed-in person acts, and pages that only some roles may see.

Whoever may not see a page gets the answer of a page that is not there: 404, in the same words.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, cast
from urllib.parse import urlencode

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from kechuang.accounts import typed
from kechuang.accounts.models import Membership, Recusal, StaffSession, User
from kechuang.accounts.roles import STAFF, WIDE, Role
from kechuang.journal import clock, statements
from kechuang.journal.statements import Given

CHOSEN: Final = "membership"  # in the session: the number of the membership that the person acts in
FACTORS: Final = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
View = Callable[..., HttpResponseBase]


class ActingRequest(HttpRequest):
    """A request whose person acts for an organisation in a role."""

    membership: Membership


def acting(request: HttpRequest) -> Membership:
    """In which capacity the person acts, where only members come: behind `as_role`, or with a token."""
    return cast("ActingRequest", request).membership


def acting_or_none(request: HttpRequest) -> Membership | None:
    """The same where strangers come too."""
    return cast("ActingRequest", request).membership or None


@dataclass(frozen=True)
class Person:
    """Who acts for nobody but themselves: registers, claims, accepts. An actor of the journal."""

    user_id: int
    label: str
    id: None = None

    @classmethod
    def of(cls, user: User) -> Person:
        """That person, by name and user name."""
        return cls(user.pk, f"{user.name}（{user.username}）")


def memberships_of(user_id: int | Given, on: date | Given) -> QuerySet[Membership]:
    """The memberships that a person holds on a day, with what `knowing` adds."""
    return knowing(held_on(on).filter(user_id=user_id))


def knowing(memberships: QuerySet[Membership]) -> QuerySet[Membership]:
    """Memberships with user and organisation, and whether the person stays away from any organisation.

    `is_recused` spares every list of a request the question, see queries.away_from.
    """
    recused = Recusal.objects.filter(user_id=OuterRef("user_id"), ended_at__isnull=True)
    return memberships.select_related("user", "organisation").annotate(is_recused=Exists(recused))


def held_on(on: date | Given) -> QuerySet[Membership]:
    """All memberships that are held on a day by people who may sign in."""
    open_or_later = Q(until__isnull=True) | Q(until__gte=on)
    return Membership.objects.filter(
        open_or_later, ended_at__isnull=True, since__lte=on, user__is_active=True
    )


def know_who_acts(handle: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Gives every request its `memberships`, `membership`, `staff_session`; leads staff to their second factor first.

    memberships: all that are held. membership: the chosen one, else the first; None for a stranger. staff_session: the
    one under way, else None.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        request.memberships = SimpleLazyObject(lambda: _memberships(request))  # type: ignore[attr-defined]
        request.membership = SimpleLazyObject(lambda: _membership(request))  # type: ignore[attr-defined]
        request.staff_session = SimpleLazyObject(  # type: ignore[attr-defined]
            lambda: session_under_way(cast("ActingRequest", request).membership, clock.now())
        )
        request.must_set_factor = settings.STAFF_MFA and _lacks_factor(request)  # type: ignore[attr-defined]
        if request.must_set_factor and not request.path.startswith(_BEFORE_FACTOR):  # type: ignore[attr-defined]
            return redirect("mfa_index")
        response = handle(request)
        typed.remember_who(request, response)
        return response

    return middleware


_BEFORE_FACTOR: Final = (
    "/account/second-factor/", "/account/confirm", "/sign-out", "/memberships", "/language", "/display", "/api/",
    "/health",
)  # fmt: skip


def _lacks_factor(request: HttpRequest) -> bool:
    """Whether the person acts for an office without a second factor."""
    if not request.user.is_authenticated:
        return False
    membership = cast("ActingRequest", request).membership
    return bool(membership) and membership.role in STAFF and not has_factor(membership.user_id)


def has_factor(user_id: int) -> bool:
    """Whether a person has set up an authenticator app or a security key."""
    return bool(Authenticator.objects.filter(user_id=user_id, type__in=FACTORS).exists())


def session_under_way(membership: Membership | None, at: datetime) -> StaffSession | None:
    """The staff session of a membership that has neither ended nor run out."""
    if not membership or membership.role not in WIDE:
        return None
    return statements.ask_first(
        "staff session",
        lambda membership, at: StaffSession.objects.filter(
            membership=membership, ended_at__isnull=True, began_at__lte=at, ends_at__gt=at
        ),
        membership=membership.pk,
        at=at,
    ).first()


def _memberships(request: HttpRequest) -> list[Membership]:
    if not request.user.is_authenticated:
        return []
    return statements.asked(
        "memberships",
        lambda user, on: memberships_of(user, on).order_by("id"),
        user=request.user.pk,
        on=clock.today(),
    )


def _membership(request: HttpRequest) -> Membership | None:
    held: list[Membership] = request.memberships  # type: ignore[attr-defined]
    if not held:
        return None
    chosen = request.session.get(CHOSEN)
    return next((one for one in held if one.pk == chosen), held[0])


def user_of(request: HttpRequest) -> User:
    """The person of a request that has signed in."""
    return cast("User", request.user)


def signed_in(view: View) -> View:
    """A page for everybody who has signed in, with or without a membership; a stranger is led to sign in."""

    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: object, **named: object) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return to_sign_in(request)
        return view(request, *args, **named)

    guarded.roles = "signed in"  # type: ignore[attr-defined]  # the role x route matrix reads it
    return guarded


def as_role(*roles: Role, unbounded: bool = False) -> Callable[[View], View]:
    """A page for some roles (all roles, if none is named): a stranger is led to sign in, anyone else finds nothing.

    Operators and auditors must have begun a staff session, unless the page is `unbounded`.
    """

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: object, **named: object) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return to_sign_in(request)
            membership = cast("ActingRequest", request).membership
            if not membership or (roles and membership.role not in roles):
                raise Http404
            if roles and not unbounded and _must_begin(request, membership):
                return redirect(f"{reverse('staff-session')}?{_back_to(request)}")
            return view(request, *args, **named)

        guarded.roles = roles  # type: ignore[attr-defined]  # the role x route matrix reads it
        return guarded

    return decorate


def _must_begin(request: HttpRequest, membership: Membership) -> bool:
    """Whether the role sees everything and no staff session is under way."""
    return membership.role in WIDE and not request.staff_session  # type: ignore[attr-defined]


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """Lead a stranger to sign in, and back to this page afterwards; what was typed waits, see typed.py."""
    if request.headers.get("HX-Request") and request.method == "POST":
        return not_saved(request, anew=False)
    where = urlencode({"next": reverse("typed")}) if _is_kept(request) else _back_to(request)
    address = f"{reverse('sign-in')}?{where}"
    return (
        HttpResponse(headers={"HX-Redirect": address})
        if request.headers.get("HX-Request")
        else redirect(address)
    )


def _is_kept(request: HttpRequest) -> bool:
    return request.method == "POST" and typed.keep(request)


def not_saved(request: HttpRequest, *, anew: bool) -> HttpResponse:
    """Word beside a question that its answer was not saved; what stands in it stays. anew: signed in again."""
    response = render(request, "accounts/_not_saved.html", {"anew": anew})
    response.headers["HX-Reswap"] = "beforeend"
    return response


def _back_to(request: HttpRequest) -> str:
    """Where to go on: this page, or the one that sent a form, since a form cannot be sent twice."""
    return urlencode({"next": request.get_full_path() if request.method in {"GET", "HEAD"} else "/"})
