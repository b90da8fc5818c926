"""What a policy officer offers."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from kechuang.entitlements import releasing
from kechuang.policy.encoding.pack import Pack

SHIPPED: Final = "shipped"
DRAFT: Final = "draft"
_LAST: Final = re.compile(r"([A-Za-z0-9_-]{16,32})/?(?:[?#].*)?\Z")


class ReleaseForm(forms.Form):
    """Where the version comes from, and why it is wanted."""

    source = forms.ChoiceField(
        choices=[(SHIPPED, _("随软件更新而来的版本")), (DRAFT, _("起草室的一份草稿"))],
        initial=SHIPPED,
        label=_("版本来源"),
        error_messages={"required": _("请选择版本来源。"), "invalid_choice": _("请选择版本来源。")},
    )
    draft = forms.CharField(max_length=500, required=False, label=_("草稿网址"))
    note = forms.CharField(
        max_length=2000,
        label=_("为什么更换"),
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("请写明为什么更换版本。"), "max_length": _("请缩短到 2000 字以内。")},
    )

    def clean(self) -> dict[str, Any]:
        """A draft needs its address."""
        given = super().clean() or {}
        if given.get("source") == DRAFT and not _LAST.search(given.get("draft", "").strip()):
            self.add_error("draft", _("请粘贴草稿页面的网址。"))
        return given

    def pack(self) -> AbstractContextManager[Pack]:
        """The pack that is offered. Raises Refused for a draft that is not there or has faults."""
        found = _LAST.search(self.cleaned_data.get("draft", "").strip())
        if self.cleaned_data["source"] == DRAFT and found:
            return releasing.pack_of_draft(found[1])
        return nullcontext(releasing.shipped())
