"""What a visitor hands in to begin a draft, and to see what it would cost."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from kechuang.drafting.files import LONGEST_ID, MOST_SOURCE, PACK_ID

EARLIEST, LATEST = date(2000, 1, 1), date(2099, 12, 31)
UNNAMED: Final = "draft"  # the folder of a draft whose writer gave it no name
MOST_FILE: Final = 10_000_000  # bytes of a document; its text must be far smaller
SIZES: Final = (1_000, 10_000, 100_000, 1_000_000)


class _Named(forms.Form):
    """A draft gets a title for people and a name for its folder."""

    title = forms.CharField(label=_("标题"), max_length=200, required=False)
    pack_id = forms.CharField(
        label=_("英文名"),
        max_length=LONGEST_ID,
        required=False,
        error_messages={"max_length": _("英文名最多 40 个字符。")},
    )

    def clean_pack_id(self) -> str:
        """Small letters, digits and single hyphens: it names a folder."""
        name: str = self.cleaned_data["pack_id"] or UNNAMED
        if not PACK_ID.fullmatch(name):
            raise forms.ValidationError(
                _("英文名以小写字母开头，只用小写字母、数字和单个连字符，如 weihai-2027。")
            )
        return name


class FromPackForm(_Named):
    """A copy of a shipped pack."""

    pack = forms.CharField(label=_("现有政策包"), max_length=64)


class FromTextForm(_Named):
    """A text as published: a file, or pasted."""

    file = forms.FileField(
        label=_("政策原文（.txt、.docx、.pdf）"),
        required=False,
        error_messages={"empty": _("这份文件是空的。")},
    )
    text = forms.CharField(label=_("或粘贴原文"), required=False, strip=False, max_length=MOST_SOURCE)

    def clean(self) -> dict[str, Any]:
        """One of the two, and not too large."""
        given = super().clean() or {}
        file = given.get("file")
        if not file and not (given.get("text") or "").strip() and "file" not in self.errors:
            self.add_error("file", _("请选择原文文件，或把原文粘贴到下面。"))
        if file and file.size > MOST_FILE:
            self.add_error("file", _("文件不得超过 10 MB。"))
        return given


class EffectForm(forms.Form):
    """Which city, on which day, against what."""

    against = forms.CharField(label=_("对比"), max_length=64)
    subjects = forms.TypedChoiceField(
        label=_("虚构城市的规模"), coerce=int, choices=[(size, size) for size in SIZES]
    )
    on = forms.DateField(
        label=_("测算日"),
        input_formats=["%Y-%m-%d"],
        error_messages={"required": _("请填写测算日。"), "invalid": _("测算日请写成 2026-03-01 的样子。")},
    )

    def clean_on(self) -> date:
        """Within a century, so that a mistyped year is noticed."""
        on: date = self.cleaned_data["on"]
        if not EARLIEST <= on <= LATEST:
            raise forms.ValidationError(_("测算日须在 2000 年至 2099 年之间。"))
        return on
