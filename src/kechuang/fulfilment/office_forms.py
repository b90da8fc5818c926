"""What the offices and the public hand in, read as people write it: sums in 元, days, plans, sections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from kechuang.accounts.widgets import Day, area, text
from kechuang.fulfilment.calls import LEAST_NOTICE_DAYS
from kechuang.fulfilment.fields import LONG, Moment, Plan, Yuan
from kechuang.fulfilment.judging.models import Panel
from kechuang.fulfilment.models import Call
from kechuang.policy.language.values import Words
from kechuang.reader.templatetags.kechuang import language, words


def _words(label: Any, *, required: bool = True, rows: int = 3, **more: Any) -> forms.CharField:
    errors = {"required": _("请填写这一项。"), "max_length": _("太长了，请缩短到 2000 字以内。")}
    return forms.CharField(
        label=label, required=required, max_length=LONG, widget=area(rows), error_messages=errors, **more
    )


class ReasonForm(forms.Form):
    """A reason and nothing else."""

    reason = _words(_("理由"))


class ExtendForm(forms.Form):
    """A later end of the window, and why."""

    closes_at = Moment(label=_("新的截止时间"))
    reason = _words(_("延期的原因（会公开）"))


class PublishForm(forms.Form):
    """The sum to set aside."""

    reserve = Yuan(label=_("预留金额（元）"), error_messages={"required": _("请填写预留金额。")})


class NoteForm(forms.Form):
    """A note for colleagues."""

    text = _words(_("备注"))


class CreditForm(forms.Form):
    """What goes to the credit record."""

    text = _words(_("记入信用记录的内容"))


class AnswerForm(forms.Form):
    """The answer to an objection."""

    upheld = forms.ChoiceField(
        label=_("结论"),
        choices=[("no", _("异议不成立")), ("yes", _("异议成立，重新核定、重新公示"))],
        widget=forms.RadioSelect({"class": "form-check-input"}),
        error_messages={"required": _("请选择结论。")},
    )
    answer = _words(_("答复（会公开，不要写异议人的姓名）"), rows=4)


class ObjectForm(forms.Form):
    """An objection to one line of a notice, from anybody."""

    line = forms.TypedChoiceField(
        label=_("对哪一家的公示内容有异议"),
        coerce=int,
        widget=forms.Select({"class": "form-select"}),
        error_messages={"required": _("请选择。"), "invalid_choice": _("请选择名单中的一家。")},
    )
    name = forms.CharField(
        label=_("您的姓名或单位名称"),
        max_length=100,
        widget=text(),
        error_messages={"required": _("请填写这一项。")},
    )
    contact = forms.CharField(
        label=_("联系方式（电话或电子邮箱）"),
        max_length=200,
        widget=text(),
        error_messages={"required": _("请填写这一项。")},
    )
    ground = _words(_("异议的事实和理由"), rows=5)
    remedy = _words(_("您的诉求"), rows=2)
    evidence = forms.FileField(label=_("证明材料（可不交）"), required=False, max_length=255)

    def __init__(self, lines: Sequence[tuple[int, str]], **more: Any) -> None:
        super().__init__(**more)
        self.fields["line"].choices = lines  # type: ignore[attr-defined]


class OverlapForm(forms.Form):
    """Whether another case supports the same thing."""

    same = forms.ChoiceField(
        label=_("是否支持同一事项"),
        choices=[("no", _("不是同一事项，可以同时享受")), ("yes", _("是同一事项，按就高不重复"))],
        widget=forms.RadioSelect({"class": "form-check-input"}),
        error_messages={"required": _("请选择。")},
    )
    why = _words(_("理由"), rows=2)


LABELS: Final = {
    "amount": _("金额（元）"),
    "reason": _("理由"),
    "sections": _("需要补正的部分"),
    "result": _("意见"),
    "hearing_on": _("听证日期"),
    "plan": _("还款计划（每行一期：日期 金额）"),
    "note": _("备注（可不填）"),
    "opinion": _("理由（不同意的必须写明）"),
    "rank": _("名次"),
    "panel": _("评审组"),
    "account": _("收款账户"),
}
WITH_NOTE: Final = frozenset({"recommend", "accept", "answer_gate", "close"})


def act_form(command: str, needs: Sequence[str], given: Mapping[str, Any], data: Any = None) -> forms.Form:
    """The form of an act: what the table says must be said, and what may be.

    given: {"amount": the proposed fen, "sections": {key: Words}, "ranked": bool, "escalated": bool, "panels": the
    panels that take cases}.
    """
    form = forms.Form(data, prefix=command, initial={"amount": given.get("amount")})
    for name in needs:
        form.fields[name] = _panel(given) if name == "panel" else _needed(name, given)
    if command == "determine":
        if given.get("ranked"):
            form.fields["rank"] = forms.IntegerField(
                label=LABELS["rank"], required=False, min_value=1, widget=text(inputmode="numeric")
            )
        if given.get("escalated"):
            form.fields["reason"] = _words(_("理由（有会审逾期未反馈时须写明）"), required=False, rows=2)
    if command in WITH_NOTE:
        label = LABELS["opinion" if command == "answer_gate" else "note"]
        form.fields["note"] = _words(label, required=False, rows=2)
    return form


def _panel(given: Mapping[str, Any]) -> forms.Field:
    errors = {"required": _("请选择评审组；还没有的，请先在“评审组”中组建。")}
    select = forms.Select({"class": "form-select"})
    panels = given.get("panels", Panel.objects.none())
    return forms.ModelChoiceField(panels, label=LABELS["panel"], widget=select, error_messages=errors)


def _needed(name: str, given: Mapping[str, Any]) -> forms.Field:
    from kechuang.fulfilment.projects import forms as projects  # made of the fields above

    if name in projects.LABELS:
        return projects.needed(name, given)
    label = LABELS[name]
    if name == "amount":
        return Yuan(label=label, error_messages={"required": _("请填写金额。")})
    if name == "sections":
        choices = [(key, title.pick(language())) for key, title in given.get("sections", {}).items()]
        boxes = forms.CheckboxSelectMultiple({"class": "form-check-input"})
        errors = {"required": _("请勾选需要补正的部分。")}
        return forms.MultipleChoiceField(label=label, choices=choices, widget=boxes, error_messages=errors)
    if name == "result":
        choices = [("agreed", _("同意")), ("opposed", _("不同意"))]
        errors = {"required": _("请选择同意或不同意。")}
        radio = forms.RadioSelect({"class": "form-check-input"})
        return forms.ChoiceField(label=label, choices=choices, widget=radio, error_messages=errors)
    if name == "plan":
        return Plan(label=label, error_messages={"required": _("请填写还款计划。")})
    return Day(label=label) if name == "hearing_on" else _words(label)


class NewCallForm(forms.Form):
    """What a call begins with."""

    benefit = forms.ChoiceField(
        label=_("政策事项"),
        widget=forms.Select({"class": "form-select"}),
        error_messages={"required": _("请选择。")},
    )
    sweep = forms.TypedChoiceField(
        label=_("免申即享：依据哪次筛查"),
        required=False,
        coerce=int,
        empty_value=None,
        widget=forms.Select({"class": "form-select"}),
    )
    year = forms.IntegerField(
        label=_("测算年度"), min_value=2000, max_value=2099, widget=text(inputmode="numeric")
    )
    on = Day(label=_("条件按哪一天判断"))
    opens_at = Moment(label=_("开始时间"))
    closes_at = Moment(label=_("截止时间"))
    appropriation = forms.TypedChoiceField(
        label=_("使用的预算"),
        coerce=int,
        widget=forms.Select({"class": "form-select"}),
        error_messages={"required": _("请选择预算；没有时请财政部门先录入。")},
    )

    def __init__(
        self, benefits: Sequence[Any], sweeps: Sequence[Any], appropriations: Sequence[Any], **more: Any
    ) -> None:
        super().__init__(**more)
        self.fields["benefit"].choices = [("", _("请选择")), *benefits]  # type: ignore[attr-defined]
        self.fields["sweep"].choices = [("", _("不是免申即享")), *sweeps]  # type: ignore[attr-defined]
        self.fields["appropriation"].choices = [("", _("请选择")), *appropriations]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """The window opens before it closes; a sweep is of the chosen benefit."""
        given = super().clean() or {}
        opens, closes = given.get("opens_at"), given.get("closes_at")
        if opens and closes and opens >= closes:
            self.add_error("closes_at", _("截止时间须晚于开始时间。"))
        return given


class CallForm(forms.Form):
    """A draft: all of it may be changed until it is published."""

    title_zh = forms.CharField(label=_("标题（中文）"), max_length=200, widget=text())
    title_en = forms.CharField(label=_("标题（英文）"), max_length=300, widget=text())
    guide_zh = forms.CharField(label=_("申报指南（中文，每行一段）"), max_length=20_000, widget=area(8))
    guide_en = forms.CharField(label=_("申报指南（英文，每行一段）"), max_length=20_000, widget=area(8))
    on = Day(label=_("条件按哪一天判断"))
    opens_at = Moment(label=_("开始时间"))
    closes_at = Moment(label=_("截止时间"))
    publish_at = Moment(label=_("定时发布（留空即随时手动发布）"), required=False)
    rule = forms.ChoiceField(
        label=_("资金不足时怎样分配"), widget=forms.RadioSelect({"class": "form-check-input"})
    )
    recommended = forms.BooleanField(
        label=_("须经区市推荐"), required=False, widget=forms.CheckboxInput({"class": "form-check-input"})
    )
    quorum = forms.IntegerField(
        label=_("会审至少几家反馈"), min_value=0, max_value=9, widget=text(inputmode="numeric")
    )
    notice_days = forms.IntegerField(
        label=_("公示几个工作日"),
        min_value=LEAST_NOTICE_DAYS,
        max_value=60,
        widget=text(inputmode="numeric"),
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["rule"].choices = [(key, words(title)) for key, title in RULES.items()]  # type: ignore[attr-defined]


RULES: Final = {
    Call.Rule.PRO_RATA: Words("按核定金额同比例分配", "in proportion to the determined sums"),
    Call.Rule.RANKING: Words("按评审名次依次分配，用完为止", "by rank, until the money is used up"),
    Call.Rule.QUEUE: Words(
        "按提交先后依次分配，用完为止", "in the order of submission, until the money is used up"
    ),
}
SILENCE: Final = {
    "agree": Words("视为同意", "counts as agreement"),
    "escalate": Words("由审定人写明理由后决定", "is left to the decider, with reasons"),
}
