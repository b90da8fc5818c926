"""What accountants and treasurers fill in."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, ClassVar, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from kechuang.policy.language.values import MAX_MONEY_FEN, MONEY, read_literal
from kechuang.reader.packs import pack_in_force
from kechuang.reader.templatetags.kechuang import language
from kechuang.treasury.budgeting import BUDGET_CODE
from kechuang.treasury.dividing import MOST_PARTS
from kechuang.treasury.models import Batch, Entry
from kechuang.treasury.names import ACTS, BATCH_STATES, RECEIVABLE_STATES
from kechuang.treasury.paying_models import VOUCHER_LENGTH

FIRST_YEAR, LAST_YEAR = 2000, 2099
_BUDGET_CODE: Final = rf"^{BUDGET_CODE}\Z"
_WRITTEN: Final = str.maketrans("，．０１２３４５６７８９", ",.0123456789")


class MoneyField(forms.CharField):
    """A sum as people write it, '500,000.00', '50万元': fen."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "required": _("请填写金额。"),
        "money": _("金额请写成 500000.00 或 50万元 的样子，最细到分，要大于零。"),
    }

    def __init__(self, *, least: int = 1, **more: Any) -> None:
        super().__init__(**more)
        self.least = least

    def to_python(self, value: Any) -> Any:
        """Fen; '' for an empty field."""
        text = re.sub(r"[,\s]", "", (super().to_python(value) or "").translate(_WRITTEN))
        if not text:
            return ""
        try:
            found = read_literal(text if text[-1] in "元分" else f"{text}元")
        except ValueError:
            raise forms.ValidationError(self.error_messages["money"]) from None
        fen = found.value
        if found.type != MONEY or not isinstance(fen, int) or not self.least <= fen <= MAX_MONEY_FEN:
            raise forms.ValidationError(self.error_messages["money"])
        return fen


class _Subjects(forms.Form):
    """The budget subjects of an appropriation, which may be filled in later."""

    function_code = forms.RegexField(
        _BUDGET_CODE,
        label=_("功能分类科目"),
        required=False,
        help_text=_("如 2060404，可暂不填"),
        error_messages={"invalid": _("科目编码是 3 至 16 位数字。")},
    )
    economic_code = forms.RegexField(
        _BUDGET_CODE,
        label=_("政府预算经济分类科目"),
        required=False,
        help_text=_("如 50701，可暂不填"),
        error_messages={"invalid": _("科目编码是 3 至 16 位数字。")},
    )


class SubjectsForm(_Subjects):
    """Budget subjects filled in or corrected; from_…: what the page showed, '' where none was given."""

    from_function_code = forms.CharField(required=False, max_length=16)
    from_economic_code = forms.CharField(required=False, max_length=16)


class AppropriationForm(_Subjects):
    """A new appropriation."""

    field_order = ("year", "measure", "title", "amount", "source", "function_code", "economic_code")

    year = forms.IntegerField(
        label=_("预算年度"),
        min_value=FIRST_YEAR,
        max_value=LAST_YEAR,
        error_messages={
            "required": _("请填写预算年度。"),
            "invalid": _("预算年度请写成 2026 的样子。"),
            "min_value": _("预算年度请写成 2026 的样子。"),
            "max_value": _("预算年度请写成 2026 的样子。"),
        },
    )
    measure = forms.ChoiceField(
        label=_("哪一条措施"),
        error_messages={"required": _("请选择措施。"), "invalid_choice": _("请选择措施。")},
    )
    title = forms.CharField(
        label=_("预算项目名称"), max_length=200, error_messages={"required": _("请填写预算项目名称。")}
    )
    amount = MoneyField(label=_("金额"), help_text=_("元，或写明 万元"))
    source = forms.CharField(
        label=_("预算文号"),
        max_length=200,
        help_text=_("下达这笔预算的文件"),
        error_messages={"required": _("请填写预算文号。")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        measures = pack_in_force().measures.values()
        choices = [(one.key, f"{one.key}. {one.title.pick(language())}") for one in measures]
        self.fields["measure"].choices = [("", "—"), *choices]  # type: ignore[attr-defined]


class AdjustForm(forms.Form):
    """Another size for an appropriation."""

    amount = MoneyField(
        label=_("调整后金额"), help_text=_("元，或写明 万元；登记错了、还没有动用的，填 0"), least=0
    )
    source = forms.CharField(
        label=_("调整文号"), max_length=VOUCHER_LENGTH, error_messages={"required": _("请填写调整文号。")}
    )
    from_fen = forms.IntegerField(
        min_value=0,
        max_value=MAX_MONEY_FEN,
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"), _("请刷新页面后再调整。")
        ),
    )
    """What the page showed."""


class ReceiptForm(forms.Form):
    """Money that came back."""

    amount = MoneyField(label=_("收回金额"), help_text=_("元，或写明 万元"))
    on = forms.DateField(
        label=_("到账日期"),
        input_formats=["%Y-%m-%d"],
        error_messages={"required": _("请填写到账日期。"), "invalid": _("日期请写成 2026-03-01 的样子。")},
    )
    voucher = forms.CharField(
        label=_("银行凭证号"), max_length=VOUCHER_LENGTH, error_messages={"required": _("请填写银行凭证号。")}
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_on(self) -> date:
        """Not in the future."""
        on: date = self.cleaned_data["on"]
        if on > self.today:
            raise forms.ValidationError(_("到账日期不能晚于今天。"))
        return on


class ReasonForm(forms.Form):
    """Why something is taken back."""

    reason = forms.CharField(label=_("原因"), max_length=200, error_messages={"required": _("请写明原因。")})


class ResultForm(forms.Form):
    """The bank's answer as a file."""

    file = forms.FileField(
        label=_("银行结果文件"),
        max_length=255,
        error_messages={
            "required": _("请选择银行结果文件。"),
            "missing": _("请选择银行结果文件。"),
            "empty": _("这份文件是空的，请选择填好的文件。"),
            "invalid": _("没有收到文件，请重新选择。"),
            "max_length": _("文件名太长，请缩短到 255 字以内。"),
        },
    )


class ShareForm(forms.Form):
    """One payee of an award that is divided; without an account: the organisation's own."""

    title = forms.CharField(
        label=_("名称"), max_length=200, error_messages={"required": _("请填写每一部分的名称。")}
    )
    amount = MoneyField(label=_("金额"))
    holder = forms.CharField(label=_("户名"), max_length=200, required=False)
    bank = forms.CharField(label=_("开户银行"), max_length=200, required=False)
    account = forms.CharField(label=_("账号"), max_length=60, required=False)

    def clean_account(self) -> str:
        """Without the blanks that cards are printed with."""
        return re.sub(r"\s", "", self.cleaned_data["account"].translate(_WRITTEN))


SharesForm = forms.formset_factory(ShareForm, extra=3, max_num=MOST_PARTS, absolute_max=MOST_PARTS)
"""Three payees at first; the page adds rows. All rows count as new, so that any may stay empty."""


class LedgerFilter(forms.Form):
    """Which entries of the ledger are wanted; what cannot be read is as if it were not given."""

    q = forms.CharField(label=_("单位、业务编号或凭证号"), required=False, max_length=100)
    act = forms.ChoiceField(
        label=_("记账事项"),
        required=False,
        choices=[("", _("全部")), *((act.value, ACTS[act]) for act in Entry.Act)],
    )
    since = forms.DateField(label=_("从"), required=False, input_formats=["%Y-%m-%d"])
    until = forms.DateField(label=_("到"), required=False, input_formats=["%Y-%m-%d"])


class ToPayFilter(forms.Form):
    """Which awards to pay are wanted."""

    q = forms.CharField(label=_("单位名称或代码"), required=False, max_length=100)
    measure = forms.CharField(required=False, max_length=8)
    appropriation = forms.IntegerField(required=False, min_value=1, max_value=2**62)


class StateFilter(forms.Form):
    """Batches in one state, or receivables."""

    state = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, of: type[Batch] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = BATCH_STATES if of is Batch else RECEIVABLE_STATES
        self.fields["state"].choices = [("", _("全部")), *known.items()]  # type: ignore[attr-defined]
