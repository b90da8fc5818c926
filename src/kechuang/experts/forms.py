"""What officers, experts and all staff fill in here."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from kechuang.accounts.models import Organisation
from kechuang.accounts.queries import organisation_by_code
from kechuang.accounts.widgets import Day
from kechuang.experts.actions import Profile
from kechuang.experts.catalogue import entry, fields, grounds
from kechuang.experts.declaring import Said
from kechuang.experts.models import Employment, Expert, Work
from kechuang.reader.templatetags.kechuang import language

LONG: Final = 500


class Text(forms.CharField):
    """A line of text; `rows` for several."""

    def __init__(self, *, rows: int = 0, max_length: int = 200, **more: Any) -> None:
        attributes = {"class": "form-control", "autocomplete": "off"}
        widget = (
            forms.Textarea({"class": "form-control", "rows": rows}) if rows else forms.TextInput(attributes)
        )
        errors = {"required": _("请填写这一项。"), "max_length": _("太长了，请缩短。")}
        super().__init__(max_length=max_length, widget=widget, error_messages=errors, **more)


class Choice(forms.ChoiceField):
    """One of several, as a list to choose from."""

    def __init__(self, **more: Any) -> None:
        errors = {"required": _("请选择一项。"), "invalid_choice": _("请选择一项。")}
        super().__init__(widget=forms.Select({"class": "form-select"}), error_messages=errors, **more)


class Several(forms.MultipleChoiceField):
    """Some of several, ticked."""

    def __init__(self, **more: Any) -> None:
        errors = {"required": _("请至少选一项。"), "invalid_choice": _("请至少选一项。")}
        super().__init__(
            widget=forms.CheckboxSelectMultiple({"class": "form-check-input"}), error_messages=errors, **more
        )


class Tick(forms.BooleanField):
    """Yes, ticked."""

    def __init__(self, **more: Any) -> None:
        errors = {"required": _("请勾选确认。")}
        super().__init__(
            widget=forms.CheckboxInput({"class": "form-check-input"}), error_messages=errors, **more
        )


class OrganisationField(Text):
    """An organisation by its code, or by its whole name; None when empty."""

    def clean(self, value: Any) -> Any:
        """The organisation; refused with a sentence where there is none, or more than one."""
        text = str(super().clean(value) or "").strip()
        if not text:
            return None
        by_code = organisation_by_code(text)
        found = [by_code] if by_code else list(Organisation.objects.filter(name=text)[:2])
        if len(found) != 1:
            raise forms.ValidationError(_("没有找到这个单位。请填统一社会信用代码，或与登记一致的全称。"))
        return found[0]


class ProfileForm(forms.Form):
    """What is entered of an expert; the ID number only at first."""

    name = Text(label=_("姓名"), max_length=64)
    id_number = Text(
        label=_("身份证号"),
        max_length=32,
        help_text=_("外籍专家填护照或永久居留证号码；只保存不可还原的校验值。"),
    )
    born = Day(label=_("出生日期"))
    title = Choice(label=_("职称"))
    fields_ = Several(label=_("专业领域"))
    email = forms.EmailField(
        label=_("电子邮箱"),
        widget=forms.EmailInput({"class": "form-control", "autocomplete": "off"}),
        error_messages={"required": _("请填写电子邮箱。"), "invalid": _("请核对电子邮箱。")},
    )
    orcid = Text(label="ORCID", required=False, max_length=40, help_text=_("可不填"))
    exception = Text(label=_("超过年龄仍需入库的理由"), required=False, max_length=LONG, rows=2)

    def __init__(self, *args: Any, first: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked, at_least, _language = self.fields, entry(), language()
        asked["title"].choices = [(key, one.pick(_language)) for key, one in at_least.titles.items()]  # type: ignore[attr-defined]
        asked["fields_"].choices = [(key, one.pick(_language)) for key, one in fields().items()]  # type: ignore[attr-defined]
        if not first:
            del asked["id_number"]

    def profile(self) -> Profile:
        """What was entered."""
        given = self.cleaned_data
        names = ("name", "born", "title", "email", "orcid", "exception")
        return Profile(fields=tuple(given["fields_"]), **{name: given[name] for name in names})


class ConfirmForm(forms.Form):
    """The decider has looked at the integrity file."""

    no_record = Tick(label=_("已查询科研诚信记录，没有失信记录"))


class CheckForm(forms.Form):
    """The yearly check."""

    no_record = forms.BooleanField(
        label=_("已查询科研诚信记录，没有失信记录"), required=False,
        widget=forms.CheckboxInput({"class": "form-check-input"}),
    )  # fmt: skip
    note = Text(label=_("核对说明"), required=False, max_length=LONG)


class ReasonForm(forms.Form):
    """A reason and nothing else."""

    reason = Text(label=_("理由"), max_length=LONG, rows=2)


class WithdrawForm(forms.Form):
    """Which employment or work was entered by mistake, and why. what: "employment:5", "work:3"."""

    what = Choice(label=_("撤回哪一条"))
    reason = Text(label=_("撤回原因"), max_length=LONG, rows=2)

    def __init__(
        self, employments: Iterable[Employment], works: Iterable[Work], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.found: dict[str, Employment | Work] = {
            **{f"employment:{one.pk}": one for one in employments},
            **{f"work:{one.pk}": one for one in works},
        }
        names = {
            key: one.title if isinstance(one, Work) else one.employer or str(one.organisation)
            for key, one in self.found.items()
        }
        self.fields["what"].choices = list(names.items())  # type: ignore[attr-defined]


class MergeForm(forms.Form):
    """Which entry is the same person, and why."""

    into = Choice(label=_("保留哪一条"))
    reason = Text(label=_("认定为同一人的依据"), max_length=LONG, rows=2)

    def __init__(self, others: list[Expert], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["into"].choices = [(one.pk, f"{one.name} {one.orcid} #{one.pk}") for one in others]  # type: ignore[attr-defined]


class FileForm(forms.Form):
    """A file that proves something."""

    file = forms.FileField(
        label=_("证明材料"), widget=forms.FileInput({"class": "form-control"}),
        error_messages={"required": _("请选择文件。"), "empty": _("文件是空的。")},
    )  # fmt: skip


class EmploymentForm(forms.Form):
    """Where an expert works or worked."""

    organisation = OrganisationField(
        label=_("单位（本市已登记的）"), required=False, help_text=_("统一社会信用代码或全称")
    )
    employer = Text(label=_("单位（未登记的）"), required=False)
    began_on = Day(label=_("入职日期"), required=False)
    ended_on = Day(label=_("离职日期"), required=False)


class AbsenceForm(forms.Form):
    """Days on which an expert cannot come."""

    since = Day(label=_("从"))
    until = Day(label=_("到"))
    note = Text(label=_("说明"), required=False)


class TieForm(forms.Form):
    """What ties a person; `who` says which grounds there are: self or office."""

    kind = Choice(label=_("回避事由"))
    organisation = OrganisationField(
        label=_("相关单位"), required=False, help_text=_("统一社会信用代码或全称")
    )
    other = Text(
        label=_("相关专家"),
        required=False,
        max_length=64,
        help_text=_("本市专家库中的姓名；回避将延及此人任职的单位"),
    )
    began_on = Day(label=_("开始日期"), required=False)
    ended_on = Day(label=_("结束日期"), required=False, help_text=_("仍在持续的不填"))
    note = Text(label=_("说明"), required=False, max_length=LONG)
    source = Text(label=_("依据"), required=False)

    def __init__(self, who: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = [(key, one.title.pick(language())) for key, one in grounds().items() if who in one.who]
        self.fields["kind"].choices = [("", _("请选择")), *chosen]  # type: ignore[attr-defined]
        if who == "self":
            del self.fields["source"]

    def clean_other(self) -> Expert | None:
        """The expert of this name; refused where there is none, or more than one."""
        text = self.cleaned_data["other"].strip()
        if not text:
            return None
        found = list(Expert.objects.filter(name=text, merged_into__isnull=True)[:2])
        if len(found) != 1:
            raise forms.ValidationError(_("没有找到这位专家，或有同名。请改填其任职单位。"))
        return found[0]

    def said(self) -> Said:
        """What was entered."""
        given = self.cleaned_data
        names = ("kind", "organisation", "other", "began_on", "ended_on", "note")
        return Said(source=given.get("source", ""), **{name: given[name] for name in names})


class WorkForm(forms.Form):
    """A paper, patent or project done together."""

    kind = Choice(
        label=_("种类"),
        choices=[(Work.Kind.PAPER, _("论文")), (Work.Kind.PATENT, _("专利")), (Work.Kind.PROJECT, _("项目"))],
    )
    title = Text(label=_("名称"), max_length=300)
    identifier = Text(label=_("DOI、专利号或项目编号"), max_length=100)
    on = Day(label=_("发表、申请或结束日期"))
    experts = Several(label=_("参与的专家"))
    organisations = Text(
        label=_("参与的单位"),
        required=False,
        rows=2,
        max_length=2_000,
        help_text=_("每行一个，统一社会信用代码或全称"),
    )
    source = Text(label=_("依据"))

    def __init__(self, pool: list[Expert], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pool = {str(one.pk): one for one in pool}
        self.fields["experts"].choices = [(key, one.name) for key, one in self.pool.items()]  # type: ignore[attr-defined]

    def clean_organisations(self) -> list[Organisation]:
        """The organisations, one a line."""
        field = OrganisationField(required=False)
        lines = [one for one in self.cleaned_data["organisations"].splitlines() if one.strip()]
        return [field.clean(one) for one in lines]

    def work(self) -> Work:
        """The work, not saved yet."""
        names = ("kind", "title", "identifier", "on", "source")
        return Work(**{name: self.cleaned_data[name] for name in names})


class DrawForm(forms.Form):
    """A draw to be prepared."""

    purpose = Text(label=_("抽取用途"), help_text=_("例如：2026 年第 7 条项目评审"))
    subject = Text(
        label=_("申报通知编号"),
        required=False,
        max_length=32,
        help_text=_("填写后，与任一申报单位有关联的专家不参加抽取"),
    )
    seats = forms.IntegerField(label=_("席位"), min_value=1, max_value=99, initial=5)
    substitutes = forms.IntegerField(label=_("候补"), min_value=0, max_value=99, initial=2)
    first_day = Day(label=_("评审开始日"))
    last_day = Day(label=_("评审结束日"))
    fields_ = Several(label=_("专业领域"), required=False, help_text=_("不选则不限"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["fields_"].choices = [(key, one.pick(language())) for key, one in fields().items()]  # type: ignore[attr-defined]
        for name in ("seats", "substitutes"):
            self.fields[name].widget.attrs = {"class": "form-control days"}
            self.fields[name].error_messages |= {
                "required": _("请填写人数。"), "invalid": _("请填写整数。"),
                "min_value": _("人数太少。"), "max_value": _("一次最多 99 人。"),
            }  # fmt: skip

    def days(self) -> tuple[date, date]:
        """The days of the review."""
        return self.cleaned_data["first_day"], self.cleaned_data["last_day"]


class CarryOutForm(forms.Form):
    """The draw itself, in front of a witness."""

    witness = Text(
        label=_("见证词"),
        required=False,
        help_text=_("由监督人员当场说出，例如当日开奖号码；与种子一起决定次序"),
    )


class DeclineForm(forms.Form):
    """Why one cannot come."""

    reason = Text(label=_("原因"), max_length=LONG)
