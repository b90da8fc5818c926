"""What the offices hand in about contracts: milestones line by line, conclusions, grades."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kechuang.accounts.widgets import area, text
from kechuang.fulfilment.fields import LONG, Yuan, fen_of
from kechuang.fulfilment.projects.contracts import Planned

LABELS: Final = {
    "contract_number": _("合同登记编号"),
    "own_fen": _("自筹资金（元）"),
    "milestones": _("里程碑（每行一个：日期 金额 名称：验收指标）"),
    "milestone": _("里程碑"),
    "text": _("说明"),
    "conclusion": _("结论"),
    "grade": _("验收等次"),
}
_MILESTONE: Final = re.compile(r"(\S+)\s+(\S+)\s+([^：:]+)[：:](.+)")


class Milestones(forms.CharField):
    """Milestones of a contract, one a line: day, sum, title, colon, criteria; its value is [Planned, …]."""

    def __init__(self, **more: Any) -> None:
        super().__init__(max_length=10 * LONG, widget=area(6), **more)

    def clean(self, value: Any) -> Any:
        """In the order written."""
        return [self._line(line.strip()) for line in super().clean(value).splitlines() if line.strip()]

    def _line(self, line: str) -> Planned:
        found = _MILESTONE.fullmatch(line)
        try:
            day, fen, title, criteria = found.groups() if found else ("", "", "", "")
            return Planned(title.strip(), criteria.strip(), date.fromisoformat(day), fen_of(fen))
        except ValueError:
            raise forms.ValidationError(
                gettext("“%(line)s”请写成“2026-09-01 500000 样机：精度不低于 0.01 毫米”的样子。")
                % {"line": line[:60]}
            ) from None


def needed(name: str, given: Mapping[str, Any]) -> forms.Field:
    """The field for something that an act on a contract needs. given: {"milestones": choices that are open}."""
    label = LABELS[name]
    if name == "contract_number":
        errors = {"required": _("请填写合同登记编号。")}
        return forms.CharField(label=label, max_length=64, widget=text(), error_messages=errors)
    if name == "own_fen":
        errors = {"required": _("请填写自筹资金，没有的填 0。")}
        return Yuan(label=label, help_text=_("承担单位自己投入的资金；没有的填 0。"), error_messages=errors)
    if name == "milestones":
        return Milestones(
            label=label,
            help_text=_("如：2026-09-01 500000 样机：精度不低于 0.01 毫米。各阶段金额合计等于核定金额。"),
            error_messages={"required": _("请列出里程碑。")},
        )
    if name == "milestone":
        errors = {"required": _("请选择里程碑。"), "invalid_choice": _("请选择里程碑。")}
        select = forms.Select({"class": "form-select"})
        choices = given.get("milestones", [])
        return forms.TypedChoiceField(
            label=label, choices=choices, coerce=int, widget=select, error_messages=errors
        )
    if name == "grade":
        choices = [("excellent", _("优秀")), ("good", _("良好")), ("pass", _("合格"))]
        radio = forms.RadioSelect({"class": "form-check-input"})
        errors = {"required": _("请选择验收等次。")}
        return forms.ChoiceField(label=label, choices=choices, widget=radio, error_messages=errors)
    errors = {"required": _("请填写这一项。"), "max_length": _("太长了，请缩短到 2000 字以内。")}
    return forms.CharField(label=label, max_length=LONG, widget=area(3), error_messages=errors)
