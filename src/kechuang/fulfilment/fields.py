"""Fields of forms as people fill them in: sums in 元, days and times, instalments."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any, Final

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kechuang.accounts.widgets import area, text
from kechuang.policy.language.values import MAX_MONEY_FEN, yuan

WAN: Final = 1_000_000  # fen in one 万元
_SUM: Final = re.compile(r"(\d{1,14})(?:\.(\d{1,6}))?(万元|元|万)?")
_PLAN_LINE: Final = re.compile(r"(\S+?)[\s，,:：]+(.+)")
LONG: Final = 2000  # characters of a text that a person writes


def fen_of(text: str) -> int:
    """A sum as people write it: "150000", "150,000.00 元", "15 万元". Raises ValueError for anything else."""
    found = _SUM.fullmatch(re.sub(r"[\s,，¥￥]", "", text))
    if found is None:
        raise ValueError(text)
    unit = WAN if (found[3] or "").startswith("万") else 100
    whole, part = int(found[1]) * unit, found[2] or ""
    more, rest = divmod(int(part or 0) * unit, int("1" + "0" * len(part)))
    if rest or whole + more > MAX_MONEY_FEN:
        raise ValueError(text)
    return whole + more


class Yuan(forms.CharField):
    """A sum in 元; its value is whole fen."""

    def __init__(self, **more: Any) -> None:
        super().__init__(max_length=40, widget=text(inputmode="decimal"), **more)

    def prepare_value(self, value: Any) -> Any:
        """Fen as yuan; what a person typed stays as typed."""
        return yuan(value) if isinstance(value, int) else value

    def clean(self, value: Any) -> Any:
        """Whole fen, None when left empty."""
        text = super().clean(value)
        if not text:
            return None
        try:
            return fen_of(text)
        except ValueError:
            raise forms.ValidationError(
                gettext("请写成 150000.00 的样子，单位是元，最多两位小数。")
            ) from None


class Plan(forms.CharField):
    """Instalments, one a line: day and sum; its value is [(day, fen), …]."""

    def __init__(self, **more: Any) -> None:
        super().__init__(max_length=LONG, widget=area(rows=4), **more)

    def clean(self, value: Any) -> Any:
        """In the order written."""
        return [self._line(line.strip()) for line in super().clean(value).splitlines() if line.strip()]

    def _line(self, line: str) -> tuple[date, int]:
        found = _PLAN_LINE.fullmatch(line)
        try:
            day, fen = found.groups() if found else ("", "")
            return date.fromisoformat(day), fen_of(fen)
        except ValueError:
            raise forms.ValidationError(
                gettext("“%(line)s”请写成“2026-09-01 50000.00”的样子：日期、空格、金额（元）。")
                % {"line": line[:60]}
            ) from None


class Moment(forms.DateTimeField):
    """A day and a time in the city's time zone."""

    def __init__(self, **more: Any) -> None:
        widget = forms.DateTimeInput(
            {"type": "datetime-local", "class": "form-control"}, format="%Y-%m-%dT%H:%M"
        )
        super().__init__(
            widget=widget,
            input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"],
            error_messages={"invalid": _("请写成 2026-03-02 09:00 的样子。"), "required": _("请填写时间。")},
            **more,
        )


def local(moment: datetime | None) -> datetime | None:
    """A time as the city's clocks show it."""
    return moment and timezone.localtime(moment)
