"""What the pages of this room share: who acts, pages of a list, a form that asks and then acts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django import forms

from kechuang.accounts.forms import refuse
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import STAFF

STAFF_ROLES: Final = tuple(sorted(STAFF))


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
