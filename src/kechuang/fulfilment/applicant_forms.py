"""Forms of the applicant: account, declaration, files, reasons. Facts have forms of their own (registry.forms)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kechuang.fulfilment.statements import Clause
from kechuang.reader.templatetags.kechuang import language


class Told(forms.Form):
    """A form beside others on one page: its fields have ids of their own."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **{"auto_id": "f-%s", **named})


class AccountForm(Told):
    """Where the money goes."""

    holder = forms.CharField(
        label=_("户名"),
        max_length=200,
        error_messages={"required": _("请填写户名。")},
        widget=forms.TextInput({"class": "form-control", "autocomplete": "off"}),
    )
    bank = forms.CharField(
        label=_("开户银行"),
        help_text=_("写到支行，如：威海银行环翠支行"),
        max_length=200,
        error_messages={"required": _("请填写开户银行。")},
        widget=forms.TextInput({"class": "form-control", "autocomplete": "off"}),
    )
    number = forms.CharField(
        label=_("账号"),
        help_text=_("可以带空格"),
        max_length=60,
        error_messages={"required": _("请填写账号。")},
        widget=forms.TextInput({"class": "form-control", "inputmode": "numeric", "autocomplete": "off"}),
    )


class StatementForm(Told):
    """The declaration: every clause is ticked on its own."""

    def __init__(self, clauses: Iterable[Clause], *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        for clause in clauses:
            self.fields[clause.key] = forms.BooleanField(
                label=clause.title.pick(language()),
                help_text=clause.text.pick(language()),
                widget=forms.CheckboxInput({"class": "form-check-input"}),
                error_messages={
                    "required": _("请阅读并勾选：%(title)s") % {"title": clause.title.pick(language())}
                },
            )


class ReasonForm(Told):
    """Why one withdraws or declines."""

    reason = forms.CharField(
        label=_("理由"),
        max_length=500,
        required=False,
        widget=forms.Textarea({"class": "form-control", "rows": 3}),
    )


class DefenceForm(Told):
    """What the organisation says to a finding, with a file."""

    text = forms.CharField(
        label=_("陈述、申辩"),
        max_length=5000,
        widget=forms.Textarea({"class": "form-control", "rows": 8}),
        error_messages={"required": _("请填写这一项。")},
    )
    file = forms.FileField(label=_("证明材料（可不交）"), required=False, max_length=255)
