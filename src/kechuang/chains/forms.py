"""What is handed in about needs and challenges."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kechuang.accounts.widgets import Day, area, text
from kechuang.chains.words import ASPECTS, DETAILS, FORMS, KINDS
from kechuang.fulfilment.applicant_forms import Told
from kechuang.fulfilment.fields import Yuan
from kechuang.reader.templatetags.kechuang import words

LONG = 5000
_REQUIRED = {"required": _("请填写这一项。"), "max_length": _("太长了，请缩短。")}


def _long(label: Any, *, required: bool = False, rows: int = 3, **more: Any) -> forms.CharField:
    return forms.CharField(
        label=label, required=required, max_length=LONG, widget=area(rows), error_messages=_REQUIRED, **more
    )


class Targets(forms.CharField):
    """Targets, one a line: what, colon, how it is measured; its value is [(what, measure), …]."""

    def clean(self, value: Any) -> Any:
        """In the order written."""
        found = []
        for line in super().clean(value).splitlines():
            if not line.strip():
                continue
            what, colon, measure = line.replace("：", ":").partition(":")
            if not colon or not what.strip() or not measure.strip():
                raise forms.ValidationError(
                    gettext("“%(line)s”请写成“拉伸强度：不低于 4900 MPa，第三方检测”的样子。")
                    % {"line": line[:60]}
                )
            found.append((what.strip(), measure.strip()))
        return found


class NeedForm(Told):
    """A need."""

    kind = forms.ChoiceField(label=_("需求类型"), widget=forms.Select({"class": "form-select"}))
    title = forms.CharField(label=_("名称"), max_length=200, widget=text(), error_messages=_REQUIRED)
    title_en = forms.CharField(label=_("英文名称（可不填）"), max_length=300, required=False, widget=text())
    summary = _long(_("公开摘要"), required=True, rows=4, help_text=_("张榜后人人可见，不写需要保密的内容。"))
    background = _long(DETAILS["background"].zh)
    current = _long(DETAILS["current"].zh)
    conditions = _long(DETAILS["conditions"].zh)
    targets = Targets(
        label=_("技术指标（每行一项：指标：怎样衡量）"),
        max_length=LONG,
        widget=area(4),
        error_messages=_REQUIRED,
    )
    deadline = Day(label=_("完成期限"))
    budget = Yuan(label=_("预计投入（元）"), error_messages={"required": _("请填写金额。")})
    confidential = forms.MultipleChoiceField(
        label=_("需要保密的部分"),
        required=False,
        widget=forms.CheckboxSelectMultiple({"class": "form-check-input"}),
    )

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.fields["kind"].choices = [(key, words(one)) for key, one in KINDS.items()]  # type: ignore[attr-defined]
        choices = [(key, words(one)) for key, one in DETAILS.items()]
        self.fields["confidential"].choices = choices  # type: ignore[attr-defined]
        for key in ("background", "current", "conditions"):
            self.fields[key].label = words(DETAILS[key])


class ScreeningForm(Told):
    """Four scores with reasons, and what follows."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        for key, title in ASPECTS.items():
            self.fields[f"{key}-score"] = forms.IntegerField(
                label=f"{words(title)} {gettext('得分（0–100）')}",
                min_value=0,
                max_value=100,
                widget=forms.NumberInput({"class": "form-control", "inputmode": "numeric"}),
                error_messages={"required": _("请填写得分。"), "invalid": _("请填写 0 到 100 的整数。")},
            )
            self.fields[f"{key}-reason"] = _long(
                f"{words(title)} {gettext('理由（张榜时公开）')}", required=True, rows=2
            )
        self.fields["fit"] = forms.ChoiceField(
            label=_("结论"),
            choices=[("yes", _("可以张榜")), ("no", _("不张榜"))],
            widget=forms.RadioSelect({"class": "form-check-input"}),
            error_messages={"required": _("请选择结论。")},
        )

    def found(self) -> dict[str, tuple[int, str]]:
        """Score and reason by aspect."""
        given = self.cleaned_data
        return {key: (given[f"{key}-score"], given[f"{key}-reason"]) for key in ASPECTS}


class ListForm(Told):
    """The call on whose list a need goes, and the terms."""

    call = forms.TypedChoiceField(
        label=_("列入哪份申报通知（未发布的）"),
        coerce=int,
        widget=forms.Select({"class": "form-select"}),
        error_messages={"required": _("请选择。没有时先起草申报通知。"), "invalid_choice": _("请选择。")},
    )
    form = forms.ChoiceField(
        label=_("组织方式"), widget=forms.RadioSelect({"class": "form-check-input"}), error_messages=_REQUIRED
    )
    budget = Yuan(label=_("榜单金额（元，最高）"), error_messages={"required": _("请填写金额。")})
    rights = _long(_("知识产权约定"), required=True)

    def __init__(self, *args: Any, calls: list[tuple[int, str]], **named: Any) -> None:
        super().__init__(*args, **named)
        self.fields["call"].choices = [("", _("请选择")), *calls]  # type: ignore[attr-defined]
        self.fields["form"].choices = [(key, words(one)) for key, one in FORMS.items()]  # type: ignore[attr-defined]


class TextForm(Told):
    """A question, or an answer."""

    text = _long(_("内容"), required=True)
