"""What somebody typed is not lost when the sign-in has run out meanwhile.

Every form of the applicant, and the sheet of an expert, carries a signed `who`: the person that it was shown to. When
the form comes back from a stranger, its values are kept in the stranger's new session, which lives on through the
sign-in; the page that had the form shows them again, to the same person alone. Files cannot be kept: a browser lets
nobody put one back.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection
from typing import Any, Final
from urllib.parse import urlencode

from django.core import signing
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from kechuang.accounts.acting import as_role
from kechuang.accounts.roles import APPLICANTS, Role

KEPT: Final = "typed"  # in the session: {path, who, values}
MOST: Final = 100_000  # characters; a form of ours has a few hundred
FIELD: Final = "who"
_SALT: Final = "kechuang.fulfilment.typed"
View = Callable[..., HttpResponseBase]


def who(request: HttpRequest) -> str:
    """The person that a form is shown to, signed."""
    return signing.dumps(request.user.pk, salt=_SALT)


def for_applicants(view: View) -> View:
    """A page for applicants. A form from a stranger is kept until the same person has signed in again."""
    return kept_for(view, APPLICANTS)


def kept_for(view: View, roles: Collection[Role]) -> View:
    """A page for these roles whose forms are kept so."""
    inside = as_role(*roles)(view)

    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: object, **named: object) -> HttpResponseBase:
        if request.user.is_authenticated or request.method != "POST":
            return inside(request, *args, **named)
        if request.headers.get("HX-Request"):
            return render(request, "fulfilment/applicant/_signed_out.html")
        return to_sign_in(request)

    guarded.roles = roles  # type: ignore[attr-defined]  # the role x route matrix reads it
    return guarded


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """Keep what the form says and lead to the sign-in, and from there back to the page of the form."""
    keep(request)
    return redirect(f"{reverse('sign-in')}?{urlencode({'next': request.path})}")


def shown_to(request: HttpRequest) -> int | None:
    """The person that a form was shown to, by its `who`; None where it has none that counts."""
    try:
        return int(signing.loads(request.POST.get(FIELD, ""), salt=_SALT, max_age=7 * 24 * 3600))
    except signing.BadSignature:
        return None


def keep(request: HttpRequest) -> None:
    """Keep the values of a form that was shown to somebody who had signed in; of any other, nothing."""
    person = shown_to(request)
    if person is None:
        return
    values = {name: request.POST.getlist(name) for name in request.POST if name != "csrfmiddlewaretoken"}
    if sum(len(name) + sum(map(len, given)) for name, given in values.items()) <= MOST:
        request.session[KEPT] = {"path": request.path, "who": person, "values": values}


def taken(request: HttpRequest) -> QueryDict | None:
    """What this person typed on this page before the sign-in ran out; given back once."""
    found: dict[str, Any] | None = request.session.get(KEPT)
    if not found or found["path"] != request.path:
        return None
    del request.session[KEPT]
    if found["who"] != request.user.pk:
        return None
    values = QueryDict(mutable=True)
    for name, given in found["values"].items():
        values.setlist(name, given)
    return values
