"""The plain fields of forms, as every room draws them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


def text(**more: str) -> forms.TextInput:
    """One line that the browser does not fill in; more: further attributes, such as inputmode."""
    return forms.TextInput({"class": "form-control", "autocomplete": "off", **more})


def area(rows: int = 3) -> forms.Textarea:
    """Several lines."""
    return forms.Textarea({"class": "form-control", "rows": rows})


class Day(forms.DateField):
    """A day."""

    def __init__(self, **more: Any) -> None:
        super().__init__(
            widget=forms.DateInput({"type": "date", "class": "form-control"}, format="%Y-%m-%d"),
            input_formats=["%Y-%m-%d"],
            error_messages={"invalid": _("日期请写成 2026-03-01 的样子。"), "required": _("请填写日期。")},
            **more,
        )
