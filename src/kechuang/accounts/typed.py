"""What somebody typed is not lost when the form comes back too late: signed out meanwhile, or signed in anew elsewhere.

A browser that has signed in carries a signed cookie saying who sat there last. A form from a stranger with that cookie
is kept in the stranger's session, which lives on through the sign-in, and the same person finds it on the page `typed`,
to be looked at and sent again; nobody else does. A form whose token is stale because of a sign-in in another tab is
shown again at once. Passwords and files are never kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase

KEPT: Final = "typed-form"  # in the session: {path, who, values, files}
COOKIE: Final = "who"
MOST: Final = 100_000  # characters; a form of ours has a few hundred
_SIGNED: Final = signing.Signer(salt="kechuang.accounts.typed")
_HIDDEN: Final = ("who", "revision", "next", "query", "was:")
"""Beginnings of fields that a page fills in by itself: sent again, not shown."""
_BUTTONS: Final = frozenset({"act", "back", "go", "only", "onward", "question", "which"})
"""What a button says that was pressed: sent again, not shown."""


@dataclass(frozen=True)
class Typed:
    """A form to be sent again: where to, its fields in order, and whether files must be chosen anew."""

    path: str
    fields: list[tuple[str, str]]
    files: bool

    @property
    def shown(self) -> list[str]:
        """What a person typed, for looking at before it is sent again."""
        typed = [(name, value) for name, value in self.fields if name not in _BUTTONS]
        return [value for name, value in typed if value.strip() and not name.startswith(_HIDDEN)]


def remember_who(request: HttpRequest, response: HttpResponseBase) -> None:
    """Leave the cookie that says who signed in here last; it opens nothing."""
    if not request.session.accessed or not (number := request.session.get(SESSION_KEY)):
        return
    signed = _SIGNED.sign(number)
    if request.COOKIES.get(COOKIE) != signed:
        secure = settings.SESSION_COOKIE_SECURE
        response.set_cookie(COOKIE, signed, secure=secure, httponly=True, samesite="Lax")


def typed_of(request: HttpRequest) -> Typed | None:
    """The form that a request brings, as long as it may be kept: no password, not past our size."""
    names = [name for name in request.POST if name != "csrfmiddlewaretoken"]
    fields = [(name, value) for name in names for value in request.POST.getlist(name)]
    too_much = sum(len(name) + len(value) for name, value in fields) > MOST
    if not fields or too_much or any("password" in name for name in names):
        return None
    return Typed(request.get_full_path(), fields, bool(request.FILES))


def keep(request: HttpRequest) -> bool:
    """Keep the form of a stranger for the person who sat there last; whether it was kept."""
    found = typed_of(request)
    try:
        person = _SIGNED.unsign(request.COOKIES.get(COOKIE, ""))
    except signing.BadSignature:
        return False
    if found is None:
        return False
    request.session[KEPT] = {"path": found.path, "who": person, "fields": found.fields, "files": found.files}
    return True


def taken(request: HttpRequest) -> Typed | None:
    """The form that was kept for this person; given back once."""
    kept: dict[str, Any] | None = request.session.pop(KEPT, None)
    if not kept or kept["who"] != str(request.user.pk):
        return None
    return Typed(kept["path"], [(name, value) for name, value in kept["fields"]], kept["files"])


def is_from_here(request: HttpRequest) -> bool:
    """Whether a page of this site sent the form: browsers say so themselves, and no other site can."""
    origin = f"{request.scheme}://{request.get_host()}"
    return request.headers.get("Origin") == origin or request.headers.get("Sec-Fetch-Site") == "same-origin"
