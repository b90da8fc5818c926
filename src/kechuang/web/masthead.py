"""What stands at the head of every page: the house's name, the doors, how pages look, who is here.

It is written once for everybody who sees the same; what differs from request to request is put in afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import quote

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from kechuang.accounts.context import unread
from kechuang.accounts.models import Membership
from kechuang.accounts.roles import Role
from kechuang.web.doors import navigation

THEMES: Final = {"auto": _("跟随系统"), "light": _("浅色"), "dark": _("深色")}
TEXT_SIZES: Final = {"normal": _("常规"), "large": _("大"), "largest": _("特大")}
_TOKEN, _PATH, _PATH_QUOTED = "\ue000", "\ue001", "\ue002"  # of no language: nobody's name has them
_PLACES: Final = str.maketrans("", "", _TOKEN + _PATH + _PATH_QUOTED)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who has signed in, and in which capacity; role '' for whoever acts for nobody yet."""

    name: str
    role: str
    role_title: str
    organisation: str
    several: bool  # there are other capacities
    unread: int


def masthead(request: HttpRequest, looks: tuple[str, str]) -> SafeString:
    """The head of a page as HTML. looks: theme and size of text."""
    membership = getattr(request, "membership", None) or None
    path = request.get_full_path()
    shown = _masthead(_visitor(request, membership), navigation(request, membership), looks, get_language())
    filled = shown.replace(_TOKEN, get_token(request)).replace(_PATH_QUOTED, escape(quote(path)))
    return mark_safe(filled.replace(_PATH, escape(path)))  # noqa: S308 - of escaped parts


def _visitor(request: HttpRequest, membership: Membership | None) -> Visitor | None:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return None
    several = len(getattr(request, "memberships", ())) > 1
    if membership is None:
        return Visitor(user.name.translate(_PLACES), "", "", "", several, unread(request))
    title, organisation = str(Role(membership.role).label), membership.organisation.name.translate(_PLACES)
    return Visitor(
        user.name.translate(_PLACES), membership.role, title, organisation, several, unread(request)
    )


@lru_cache(maxsize=1024)
def _masthead(visitor: Visitor | None, doors: str, looks: tuple[str, str], _language: str | None) -> str:
    shown = {
        "visitor": visitor,
        "navigation": doors,
        "theme": looks[0],
        "text_size": looks[1],
        "themes": THEMES,
        "text_sizes": TEXT_SIZES,
        "csrf_token": _TOKEN,
        "path": _PATH,
        "path_quoted": _PATH_QUOTED,
    }
    return render_to_string("web/_masthead.html", shown)
