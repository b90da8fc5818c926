"""What officers and experts hand in about panels, as people write it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kechuang.accounts.models import Membership
from kechuang.accounts.widgets import Day, area, text
from kechuang.experts.models import Draw
from kechuang.fulfilment.fields import LONG, Moment
from kechuang.fulfilment.judging.allocating import METHODS, UNITS
from kechuang.fulfilment.judging.allocations import METHOD_WORDS
from kechuang.fulfilment.judging.models import Seat
from kechuang.policy.language.values import Words
from kechuang.reader.templatetags.kechuang import words

UNIT_WORDS = {
    1: Words("分", "fen"),
    100: Words("元", "yuan"),
    10_000: Words("百元", "100 yuan"),
    100_000: Words("千元", "1,000 yuan"),
    1_000_000: Words("万元", "10,000 yuan"),
}


_NEEDED = {"required": _("请填写这一项。"), "max_length": _("太长了，请缩短到 2000 字以内。")}


class PanelForm(forms.Form):
    """Whom a panel consists of. away: memberships that cannot be chosen, since they stay away from an applicant."""

    name = forms.CharField(label=_("评审组名称"), max_length=100, widget=text(), error_messages=_NEEDED)
    scores_due_at = Moment(label=_("打分截止时间"))
    draw = forms.TypedChoiceField(
        label=_("依据哪次抽取"),
        required=False,
        coerce=int,
        empty_value=None,
        widget=forms.Select({"class": "form-select"}),
    )
    people = forms.MultipleChoiceField(
        label=_("或由经办人指定专家"),
        required=False,
        widget=forms.CheckboxSelectMultiple({"class": "form-check-input"}),
        error_messages={"invalid_choice": _("请从列表中选择。")},
    )
    chair = forms.ChoiceField(
        label=_("组长"),
        widget=forms.Select({"class": "form-select"}),
        error_messages={"required": _("请指定组长。")},
    )
    reason = forms.CharField(
        label=_("理由（人数与评审标准不同，或指定的专家中同一单位多于一位时写明）"),
        required=False,
        max_length=LONG,
        widget=area(2),
    )

    def __init__(
        self,
        people: Iterable[Membership],
        draws: Iterable[Draw],
        *args: Any,
        away: Collection[int] = (),
        **more: Any,
    ) -> None:
        super().__init__(*args, **more)
        drawn = [(one.pk, f"{one.number} {one.purpose}") for one in draws]
        self.fields["draw"].choices = [("", _("不是抽取产生")), *drawn]  # type: ignore[attr-defined]
        known = {one.pk: f"{one.user.name} · {one.organisation.name}" for one in people}
        self.away = [said for key, said in known.items() if key in away]
        choices = [(str(key), said) for key, said in known.items() if key not in away]
        self.fields["people"].choices = choices  # type: ignore[attr-defined]
        self.fields["chair"].choices = [("", _("请选择")), *choices]  # type: ignore[attr-defined]


class AddSeatForm(forms.Form):
    """Who joins a panel: the next substitute, where there is one, or somebody named with the reason."""

    person = forms.ChoiceField(
        label=_("增加哪位专家"), required=False, widget=forms.Select({"class": "form-select"})
    )
    reason = forms.CharField(
        label=_("理由（由经办人指定的须写明）"), required=False, max_length=LONG, widget=area(2)
    )

    def __init__(
        self, substitute: Membership | None, people: Iterable[Membership], *args: Any, **more: Any
    ) -> None:
        super().__init__(*args, **more)
        first = _("下一位候补：%(name)s") % {"name": substitute.user.name} if substitute else _("请选择")
        named = [(str(one.pk), f"{one.user.name} · {one.organisation.name}") for one in people]
        self.fields["person"].choices = [("", first), *named]  # type: ignore[attr-defined]


class LeaveForm(forms.Form):
    """Who leaves a panel, why, who takes over the chair, and whether the next substitute takes the seat."""

    seat = forms.ChoiceField(
        label=_("退出的专家"),
        widget=forms.Select({"class": "form-select"}),
        error_messages={"required": _("请选择。")},
    )
    reason = forms.CharField(label=_("退出的原因"), max_length=LONG, widget=area(2), error_messages=_NEEDED)
    chair = forms.ChoiceField(
        label=_("新的组长（组长退出时指定）"), required=False, widget=forms.Select({"class": "form-select"})
    )

    replaced = forms.BooleanField(
        label=_("由下一位候补接替"),
        required=False,
        widget=forms.CheckboxInput({"class": "form-check-input"}),
    )

    def __init__(self, seats: Iterable[tuple[Seat, str]], *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        choices = [("", _("请选择")), *((str(one.pk), said) for one, said in seats)]
        self.fields["seat"].choices = choices  # type: ignore[attr-defined]
        self.fields["chair"].choices = choices  # type: ignore[attr-defined]


class ChairForm(forms.Form):
    """Who takes the chair, and why."""

    seat = forms.ChoiceField(
        label=_("新的组长"),
        widget=forms.Select({"class": "form-select"}),
        error_messages={"required": _("请选择。")},
    )
    reason = forms.CharField(label=_("更换的原因"), max_length=LONG, widget=area(2), error_messages=_NEEDED)

    def __init__(self, seats: Iterable[tuple[Seat, str]], *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["seat"].choices = [("", _("请选择")), *((str(one.pk), said) for one, said in seats)]  # type: ignore[attr-defined]


class ExtendForm(forms.Form):
    """A later deadline, and why."""

    scores_due_at = Moment(label=_("新的打分截止时间"))
    reason = forms.CharField(label=_("延期的原因"), max_length=LONG, widget=area(2), error_messages=_NEEDED)


class MinutesForm(forms.Form):
    """The minutes of a meeting."""

    held_on = Day(label=_("会议日期"))
    present = forms.MultipleChoiceField(
        label=_("到会专家"),
        widget=forms.CheckboxSelectMultiple({"class": "form-check-input"}),
        error_messages={"required": _("请勾选到会的专家。")},
    )
    minutes = forms.CharField(label=_("会议记录"), max_length=20_000, widget=area(8), error_messages=_NEEDED)
    file = forms.FileField(
        label=_("签字的会议记录（可不交；重新上传即替换）"),
        required=False,
        max_length=255,
        widget=forms.FileInput({"class": "form-control"}),
        error_messages={"empty": _("这个文件是空的。"), "max_length": _("文件名太长了。")},
    )

    def __init__(self, seats: Iterable[tuple[Seat, str]], *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["present"].choices = [(str(one.pk), said) for one, said in seats]  # type: ignore[attr-defined]


class WordsForm(forms.Form):
    """A text and nothing else: dissent, a declared conflict, a written reason."""

    words = forms.CharField(label="", max_length=LONG, widget=area(3), error_messages=_NEEDED)

    def __init__(self, label: Any, *args: Any, required: bool = True, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["words"].label = label
        self.fields["words"].required = required


class AllocationForm(forms.Form):
    """What the proposals rest on, and which one a person begins from."""

    method = forms.ChoiceField(
        label=_("从哪个方案开始"), required=False, widget=forms.RadioSelect({"class": "form-check-input"})
    )
    unit = forms.TypedChoiceField(
        label=_("取整到（只舍不入）"),
        required=False,
        coerce=int,
        widget=forms.Select({"class": "form-select"}),
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["method"].choices = [(key, words(METHOD_WORDS[key])) for key in METHODS]  # type: ignore[attr-defined]
        self.fields["unit"].choices = [(one, words(UNIT_WORDS[one])) for one in UNITS]  # type: ignore[attr-defined]
