"""What the pages of this room share: who acts, pages of a list, a form that asks and then acts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, cast

from django import forms
from django.http import HttpRequest

from kechuang.accounts.forms import refuse
from kechuang.accounts.models import Membership
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import STAFF

STAFF_ROLES: Final = tuple(sorted(STAFF))


def acting_or_none(request: HttpRequest) -> Membership | None:
    """The same on public pages, where strangers come too."""
    return cast("Membership | None", getattr(request, "membership", None)) or None


def done(form: forms.Form, do: Callable[[dict[str, Any]], object]) -> bool:
    """Whether a form was complete and the act on it was not refused; else the form says why."""
    if not form.is_valid():
        return False
    try:
        do(form.cleaned_data)
    except Refused as refused:
        refuse(form, refused)
        return False
    return True
