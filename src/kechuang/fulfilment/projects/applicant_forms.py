"""What applicants fill in of projects: the proposal, who undertakes it together, reports, changes."""

from __future__ import annotations

import re
from typing import Any, Final

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kechuang.accounts.models import Organisation
from kechuang.accounts.queries import organisation_by_code
from kechuang.accounts.widgets import Day, area
from kechuang.fulfilment.applicant_forms import Told
from kechuang.fulfilment.fields import LONG, Yuan
from kechuang.fulfilment.models import Case, CaseMember
from kechuang.fulfilment.projects.consortium import MOST, Stake, percent

_PERCENT: Final = re.compile(r"(\d{1,3})(?:\.(\d{1,2}))?\s*[%％]?")
SPARE: Final = 3  # empty rows
_REQUIRED: Final = {"required": _("请填写这一项。"), "max_length": _("太长了，请缩短。")}


class ProposalForm(Told):
    """How the need would be met, and for how much."""

    approach = forms.CharField(
        label=_("技术方案"),
        help_text=_("用什么路线、分几步、到什么指标；附件放在“证明材料”。"),
        max_length=20_000,
        widget=area(10),
        error_messages=_REQUIRED,
    )
    asked_fen = Yuan(label=_("申请金额（元）"), error_messages={"required": _("请填写金额。")})


class Percent(forms.CharField):
    """A share as people write it, '33.33%': hundredths of a per cent."""

    def clean(self, value: Any) -> Any:
        """Hundredths; None when left empty."""
        text = super().clean(value)
        if not text:
            return None
        found = _PERCENT.fullmatch(text.strip())
        if found is None:
            raise forms.ValidationError(gettext("比例请写成 33.33 的样子，最多两位小数。"))
        return int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0"))


class ConsortiumForm(Told):
    """One row for each organisation, the applicant first. All others empty: it undertakes the project alone."""

    def __init__(self, *args: Any, case: Case, members: list[CaseMember], **named: Any) -> None:
        super().__init__(*args, **named)
        self.case = case
        own = next((one for one in members if one.organisation_id == case.organisation_id), None)
        others = [one for one in members if one.organisation_id != case.organisation_id]
        self.places = range(min(len(others) + SPARE + 1, MOST))
        shown = [own, *others, *[None] * SPARE][: len(self.places)]
        for place, member in zip(self.places, shown, strict=True):
            self._row(place, member)

    def _row(self, place: int, member: CaseMember | None) -> None:
        code = self.case.organisation.uscc if place == 0 else member.organisation.uscc if member else ""
        fields: dict[str, forms.Field] = {
            "uscc": forms.CharField(label=_("统一社会信用代码"), max_length=18, required=False, initial=code),
            "money": Percent(
                label=_("资金比例（%）"), required=False, initial=percent(member.money)[:-1] if member else ""
            ),
            "work": Percent(
                label=_("任务比例（%）"), required=False, initial=percent(member.work)[:-1] if member else ""
            ),
            "duty": forms.CharField(
                label=_("承担的任务"),
                max_length=LONG,
                required=False,
                initial=member.duty if member else "",
            ),
        }
        for name, field in fields.items():
            field.widget = forms.TextInput(
                {"class": "form-control", "autocomplete": "off"}
                | ({"readonly": True} if (place, name) == (0, "uscc") else {})
            )
            self.fields[f"{name}-{place}"] = field

    def rows(self) -> list[dict[str, Any]]:
        """The fields row by row, with the name of the organisation where it is known."""
        names = dict(
            Organisation.objects.filter(
                uscc__in=[self[f"uscc-{place}"].value() or "" for place in self.places]
            ).values_list("uscc", "name")
        )
        return [
            {
                "lead": place == 0,
                "name": names.get(self[f"uscc-{place}"].value() or "", ""),
                "fields": [self[f"{name}-{place}"] for name in ("uscc", "money", "work", "duty")],
            }
            for place in self.places
        ]

    def clean(self) -> dict[str, Any]:
        """Every row that says something says all of it, and names an organisation that has registered."""
        given = super().clean() or {}
        self._stakes: list[Stake] = []
        for place in self.places:
            values = [given.get(f"{name}-{place}") for name in ("money", "work", "duty")]
            code = self.case.organisation.uscc if place == 0 else given.get(f"uscc-{place}") or ""
            if not any(values) and (place == 0 or not code):
                continue
            self._read(place, code, values)
        return given

    def _read(self, place: int, code: str, values: list[Any]) -> None:
        found = organisation_by_code(code)
        if found is None:
            self.add_error(f"uscc-{place}", gettext("没有这个代码的注册单位。请先请对方注册。"))
        elif any(one in (None, "") for one in values):
            self.add_error(f"duty-{place}", gettext("请写全资金比例、任务比例和承担的任务。"))
        else:
            self._stakes.append(Stake(found, values[0], values[1], values[2]))

    def stakes(self) -> list[Stake]:
        """Who undertakes what, as typed."""
        return self._stakes


class ReportForm(Told):
    """What was reached, with a file that proves it."""

    text = forms.CharField(
        label=_("对照验收指标，达到了什么"), max_length=LONG, widget=area(6), error_messages=_REQUIRED
    )
    file = forms.FileField(label=_("证明材料（可不交）"), required=False, max_length=255)


class ChangeForm(Told):
    """A later day, or another change in words."""

    milestone = forms.TypedChoiceField(
        label=_("要延期的里程碑（其他变更不选）"),
        required=False,
        coerce=int,
        empty_value=None,
        widget=forms.Select({"class": "form-select"}),
    )
    due_on = Day(label=_("新的日期"), required=False)
    text = forms.CharField(
        label=_("变更内容和理由"), max_length=LONG, widget=area(4), error_messages=_REQUIRED
    )

    def __init__(self, *args: Any, milestones: list[tuple[int, str]], **named: Any) -> None:
        super().__init__(*args, **named)
        self.fields["milestone"].choices = [("", _("不是延期")), *milestones]  # type: ignore[attr-defined]
