"""The plain fields of forms, as every room draws them."""

from __future__ import annotations

from django import forms


def text(**more: str) -> forms.TextInput:
    """One line that the browser does not fill in; more: further attributes, such as inputmode."""
    return forms.TextInput({"class": "form-control", "autocomplete": "off", **more})


def area(rows: int = 3) -> forms.Textarea:
    """Several lines."""
    return forms.Textarea({"class": "form-control", "rows": rows})
