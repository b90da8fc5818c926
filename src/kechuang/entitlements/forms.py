"""What a visitor hands in."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

EARLIEST, LATEST = date(2000, 1, 1), date(2099, 12, 31)


class UploadForm(forms.Form):
    """A file with subjects, the day of assessment and the assessed year."""

    file = forms.FileField(
        label=_("要测算的文件"),
        max_length=255,
        error_messages={
            "required": _("请选择要测算的文件。"),
            "empty": _("这份文件是空的，请选择填好的文件。"),
            "missing": _("请选择要测算的文件。"),
            "invalid": _("没有收到文件，请重新选择。"),
            "max_length": _("文件名太长，请缩短到 255 字以内。"),
        },
    )
    on = forms.DateField(
        label=_("测算日"),
        input_formats=["%Y-%m-%d"],
        error_messages={"required": _("请填写测算日。"), "invalid": _("测算日请写成 2026-03-01 的样子。")},
    )
    year = forms.IntegerField(
        label=_("测算年度"),
        error_messages={"required": _("请填写测算年度。"), "invalid": _("测算年度请写成 2025 的样子。")},
    )

    def clean_on(self) -> date:
        """Within a century, so that a mistyped year is noticed."""
        on: date = self.cleaned_data["on"]
        if not EARLIEST <= on <= LATEST:
            raise forms.ValidationError(_("测算日须在 2000 年至 2099 年之间。"))
        return on

    def clean(self) -> dict[str, Any]:
        """The assessed year is not after the day of assessment."""
        given = super().clean() or {}
        on, year = given.get("on"), given.get("year")
        if on and year is not None and not EARLIEST.year <= year <= on.year:
            self.add_error("year", _("测算年度须在 2000 年之后，且不晚于测算日所在年份。"))
        return given
