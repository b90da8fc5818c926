"""What is written of requests that somebody be kept off a case: by the applicant, and in answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from kechuang.accounts.widgets import area, text
from kechuang.fulfilment.applicant_forms import Told
from kechuang.fulfilment.fields import LONG
from kechuang.fulfilment.judging.requests import Meant, grounds_of_parties
from kechuang.reader.templatetags.kechuang import words

_CHOOSE: Final = {"required": _("请选择。"), "invalid_choice": _("请选择。")}
_FILL: Final = {"required": _("请填写这一项。"), "max_length": _("太长了，请缩短到 2000 字以内。")}


class PleaForm(Told):
    """Who is to be kept off, and why; a name, an institution, or both."""

    person = forms.CharField(
        label=_("姓名"),
        help_text=_("只写单位的，指在该单位任职的全部评审人员。"),
        max_length=64,
        required=False,
        widget=text(),
    )
    institution = forms.CharField(label=_("任职单位"), max_length=200, required=False, widget=text())
    kind = forms.ChoiceField(
        label=_("回避事由"), widget=forms.Select({"class": "form-select"}), error_messages=_CHOOSE
    )
    text = forms.CharField(label=_("具体情况"), max_length=LONG, widget=area(4), error_messages=_FILL)

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        choices = [(key, words(one.title)) for key, one in grounds_of_parties().items()]
        self.fields["kind"].choices = [("", _("请选择")), *choices]  # type: ignore[attr-defined]


class DecisionForm(forms.Form):
    """Upheld or refused, whom it keeps away, and the reason."""

    upheld = forms.ChoiceField(
        label=_("结论"),
        choices=[("yes", _("准予回避")), ("no", _("不予准许"))],
        widget=forms.RadioSelect({"class": "form-check-input"}),
        error_messages=_CHOOSE,
    )
    people = forms.MultipleChoiceField(
        label=_("由下列人员回避"),
        help_text=_("勾选申请所指的人；名单中没有的，可以不勾。"),
        required=False,
        widget=forms.CheckboxSelectMultiple({"class": "form-check-input"}),
        error_messages={"invalid_choice": _("请从所列人员中选择。")},
    )
    text = forms.CharField(
        label=_("理由（不予准许的，会告知申报单位）"),
        max_length=LONG,
        required=False,
        widget=area(3),
        error_messages=_FILL,
    )

    def __init__(self, *args: Any, people: Sequence[Meant], **named: Any) -> None:
        super().__init__(*args, **named)
        choices = [(one.key, f"{one.name} · {one.places}" if one.places else one.name) for one in people]
        self.fields["people"].choices = choices  # type: ignore[attr-defined]
        if not choices:
            del self.fields["people"]
