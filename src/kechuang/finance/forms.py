"""What people fill in in this room: pools, partners, overlaps, letters, offers."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any, ClassVar, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from kechuang.accounts.queries import organisation_by_code
from kechuang.finance.models import Overlap
from kechuang.finance.pools import MEASURES, Part
from kechuang.treasury.forms import MoneyField

PARTIES: Final = 5
MAX_DAYS: Final = 366
_RATIO: Final = re.compile(r"(\d{1,6})(?:\.(\d{1,4}))?%|(\d{1,6})/(\d{1,6})")


class RatioField(forms.CharField):
    """An exact ratio as people write it, '35%', '12.5%' or '1/3': a Fraction."""

    default_error_messages: ClassVar[dict[str, Any]] = {"ratio": _("比例请写成 35%、12.5% 或 1/3 的样子。")}

    def to_python(self, value: Any) -> Any:
        """The Fraction; None for an empty field."""
        text = (super().to_python(value) or "").replace("％", "%").replace(" ", "")
        if not text:
            return None
        found = _RATIO.fullmatch(text)
        if found is None or found[4] == "0":
            raise forms.ValidationError(self.error_messages["ratio"])
        if found[3]:
            return Fraction(int(found[3]), int(found[4]))
        return Fraction(f"{found[1]}.{found[2] or 0}") / 100


class OrganisationField(forms.CharField):
    """An organisation by its code."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "required": _("请填写统一社会信用代码。"),
        "unknown": _("没有这个代码的单位：请核对。"),
    }

    def to_python(self, value: Any) -> Any:
        """The organisation; None for an empty field."""
        text = super().to_python(value)
        if not text:
            return None
        found = organisation_by_code(text)
        if found is None:
            raise forms.ValidationError(self.error_messages["unknown"])
        return found


class PartnerForm(forms.Form):
    """A selected bank or insurer."""

    organisation = OrganisationField(label=_("银行或保险机构的代码"))
    since = forms.DateField(label=_("从哪一天起"))
    until = forms.DateField(label=_("到哪一天止"), required=False, help_text=_("没有期限的留空"))
    source = forms.CharField(label=_("依据的文件"), max_length=200)


class OverlapForm(forms.Form):
    """What a person decides on a pair of lines."""

    decision = forms.ChoiceField(label=_("怎样处理"), choices=Overlap.Decision.choices)
    reason = forms.CharField(label=_("理由"), max_length=1000)


class LetterForm(forms.Form):
    """For whom a letter is prepared; the benefits stand with the form."""

    benefit = forms.ChoiceField(label=_("事项"))
    organisation = OrganisationField(label=_("单位的代码"))
    year = forms.IntegerField(label=_("年度"), min_value=2000, max_value=2199)
    loan = forms.CharField(
        label=_("选定的贷款"),
        max_length=200,
        required=False,
        help_text=_("省级贴息只就一笔贷款出函：有几笔符合条件的，填单位选定的合同编号。"),
    )

    def __init__(self, *args: Any, benefits: list[tuple[str, str]], **named: Any) -> None:
        super().__init__(*args, **named)
        self.fields["benefit"].choices = benefits  # type: ignore[attr-defined]


class PoolForm(forms.Form):
    """A new pool: up to five parties with their exact ratios."""

    name = forms.CharField(label=_("名称"), max_length=200)
    measure = forms.ChoiceField(label=_("条款"), choices=[(one, one) for one in MEASURES])
    source = forms.CharField(label=_("依据的文件"), max_length=200)
    floor = MoneyField(label=_("余额警戒线"), help_text=_("元，或写明 万元"))
    concentration = RatioField(label=_("单户集中度警戒线"), help_text=_("一家占全部余额的比例，如 20%"))

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        for place in range(1, PARTIES + 1):
            self.fields[f"party_{place}"] = forms.CharField(label=_("分担方"), max_length=100, required=False)
            self.fields[f"ratio_{place}"] = RatioField(label=_("比例"), required=False)
            self.fields[f"pool_{place}"] = forms.BooleanField(label=_("由资金池承担"), required=False)

    @property
    def rows(self) -> list[tuple[Any, Any, Any]]:
        """The fields of each party."""
        return [(self[f"party_{n}"], self[f"ratio_{n}"], self[f"pool_{n}"]) for n in range(1, PARTIES + 1)]

    def parts(self) -> list[Part]:
        """The parties that are filled in."""
        said = self.cleaned_data
        return [
            Part(said[f"party_{n}"], said[f"ratio_{n}"] or Fraction(0), said[f"pool_{n}"])
            for n in range(1, PARTIES + 1)
            if said[f"party_{n}"]
        ]


class MoveForm(forms.Form):
    """A movement of a pool."""

    amount = MoneyField(label=_("金额"), help_text=_("元，或写明 万元"))
    organisation = OrganisationField(label=_("单位的代码"), required=False, help_text=_("预留和释放须填写"))
    reason = forms.CharField(label=_("事由"), max_length=300)


class LossForm(forms.Form):
    """A loss that the pool shares."""

    reason = forms.CharField(label=_("事由"), max_length=300)
    finding = forms.CharField(
        label=_("认定意见"), max_length=300, required=False, help_text=_("余额不足时须填写")
    )


class RecoverForm(forms.Form):
    """What came back of a loss."""

    amount = MoneyField(label=_("收回金额"), help_text=_("元，或写明 万元"))
    reason = forms.CharField(label=_("事由"), max_length=300)


class WishForm(forms.Form):
    """What a firm types to see what an offer would cost it; what is left empty is taken as shown."""

    principal = MoneyField(label=_("贷款本金"), required=False)
    days = forms.IntegerField(label=_("本年度计息天数"), required=False, min_value=1, max_value=MAX_DAYS)
    rate = RatioField(label=_("银行年利率"), required=False, help_text=_("如 3.45%；留空按最近一月的 LPR"))
    premium = MoneyField(label=_("保费"), required=False)
    fee = MoneyField(label=_("评估费"), required=False)

    def clean_rate(self) -> Fraction | None:
        """A rate is at most the whole."""
        rate: Fraction | None = self.cleaned_data["rate"]
        if rate is not None and rate > 1:
            raise forms.ValidationError(_("年利率不超过 100%。"))
        return rate
