"""What people hand in about themselves, their organisations and each other."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Final, cast

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext_lazy as _

from kechuang.accounts import codes
from kechuang.accounts.models import KINDS, Organisation, User
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import GATES, STAFF, Role
from kechuang.accounts.staff import LONGEST
from kechuang.policy.language.values import Words
from kechuang.reader.packs import pack_in_force
from kechuang.reader.templatetags.kechuang import language
from kechuang.reference.divisions import weihai_districts
from kechuang.reference.uscc import normalise_uscc

NOT_REGISTERED: Final = (
    "government",
    "team",
    "person",
)  # offices are set up by operators; teams and people have no code
USERNAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{2,63}")


def sent(request: HttpRequest) -> QueryDict | None:
    """What was sent, even if it is nothing; None when the page is only looked at."""
    return request.POST if request.method == "POST" else None


def said(words: Words) -> str:
    """The sentence in the language of the page."""
    return words.pick(language())


def offer(form: forms.Form, name: str, choices: list[Any]) -> None:
    """What may be chosen in a field."""
    cast("forms.ChoiceField", form.fields[name]).choices = choices


def refuse(form: forms.Form, refused: Refused) -> None:
    """Show why an act was refused: beside the field that it is about, else above all of them."""
    field = refused.field if refused.field in form.fields else None
    form.add_error(field, refused.words.pick(language()))


class UsccForm(forms.Form):
    """The code of an organisation; only what can be said of the code itself, never whether somebody has it."""

    uscc = forms.CharField(
        label=_("统一社会信用代码"),
        max_length=64,
        required=False,
        help_text=_("营业执照或法人证书上的 18 位代码。"),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )

    def clean_uscc(self) -> str:
        """In half-width capitals without blanks."""
        code: str = self.cleaned_data["uscc"]
        if fault := codes.fault_of(code):
            raise ValidationError(said(fault))
        return normalise_uscc(code)


class OrganisationForm(forms.Form):
    """What an organisation is called, what it is and where."""

    name = forms.CharField(
        label=_("单位全称"),
        max_length=200,
        help_text=_("与证照上的名称一致。"),
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
        error_messages={"required": _("请填写单位全称。"), "max_length": _("单位全称不超过 200 字。")},
    )
    kind = forms.ChoiceField(
        label=_("单位类型"), widget=forms.RadioSelect, error_messages={"required": _("请选择单位类型。")}
    )
    district = forms.ChoiceField(
        label=_("所在区市或开发区"),
        widget=forms.RadioSelect,
        help_text=_("以税收或主管关系所属为准；代码里看不出来。"),
        error_messages={"required": _("请选择所在区市或开发区。")},
    )

    def __init__(self, *args: Any, on: date, **more: Any) -> None:
        super().__init__(*args, **more)
        kinds = pack_in_force().vocabulary.codes["subject_kind"]
        offer(self, "kind", [(one, said(kinds[one])) for one in KINDS if one not in NOT_REGISTERED])
        english = language() == "en"
        places = [(one.code, one.en if english else one.zh) for one in weihai_districts(on)]
        offer(self, "district", places)


class PersonForm(forms.Form):
    """A new person: name, mail, user name, password."""

    name = forms.CharField(
        label=_("姓名"),
        max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("请填写您的姓名。")},
    )
    email = forms.EmailField(
        label=_("邮箱"),
        help_text=_("办理进展和找回口令用。"),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": _("请填写邮箱。"),
            "invalid": _("邮箱请写成 name@example.com 的样子。"),
        },
    )
    username = forms.CharField(
        label=_("用户名"),
        max_length=64,
        help_text=_("登录用。3 至 64 位小写字母、数字、点、横线或下划线。"),
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        ),
        error_messages={"required": _("请取一个用户名。")},
    )
    password = forms.CharField(
        label=_("口令"),
        help_text=_("至少 12 个字符。几个不相干的词连成一句，好记也难猜。"),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=True),
        error_messages={"required": _("请设一个口令。")},
    )

    def clean_username(self) -> str:
        """In lower case."""
        name: str = self.cleaned_data["username"].lower()
        if not USERNAME.fullmatch(name):
            raise ValidationError(
                _("用户名用 3 至 64 位小写字母、数字、点、横线或下划线，以字母或数字开头。")
            )
        return name

    def clean(self) -> dict[str, Any]:
        """The password is judged beside the names."""
        given = super().clean() or {}
        told = {name: given.get(name, "") for name in ("username", "name", "email")}
        if "password" in given:
            try:
                validate_password(given["password"], User(**told))
            except ValidationError as error:
                self.add_error("password", error)
        return given


class ContactForm(forms.Form):
    """How a person is called and reached."""

    name = PersonForm.base_fields["name"]
    email = PersonForm.base_fields["email"]
    phone = forms.CharField(
        label=_("手机号"),
        max_length=32,
        required=False,
        help_text=_("可不填。填了才能收短信。"),
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
    )

    def clean_phone(self) -> str:
        """Digits, perhaps with a country before them."""
        phone = re.sub(r"[\s-]", "", self.cleaned_data["phone"])
        if phone and not re.fullmatch(r"\+?\d{6,15}", phone):
            raise ValidationError(_("手机号只写数字，如 13812341234。"))
        return phone


class InviteForm(forms.Form):
    """Whom a manager invites, and as what."""

    email = forms.EmailField(
        label=_("对方的邮箱"), error_messages=PersonForm.base_fields["email"].error_messages
    )
    role = forms.ChoiceField(
        label=_("身份"), widget=forms.RadioSelect, error_messages={"required": _("请选择身份。")}
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        offer(
            self,
            "role",
            [
                (Role.CLERK, _("经办人：填写资料、办理申报")),
                (Role.MANAGER, _("单位管理员：另可邀请和移出同事")),
            ],
        )


class StaffForm(forms.Form):
    """Whom an operator gives a role in an office."""

    who = forms.CharField(
        label=_("用户名或邮箱"),
        max_length=254,
        help_text=_("已有账户的写用户名，立即生效；没有的写邮箱，发出邀请。"),
        error_messages={"required": _("请填写用户名或邮箱。")},
    )
    organisation = forms.ModelChoiceField(
        label=_("单位"),
        queryset=Organisation.objects.none(),
        empty_label=_("请选择"),
        error_messages={"required": _("请选择单位。"), "invalid_choice": _("没有这个单位。请重新选择。")},
    )
    role = forms.ChoiceField(
        label=_("身份"),
        error_messages={"required": _("请选择身份。"), "invalid_choice": _("没有这个身份。请重新选择。")},
    )
    scope = forms.ChoiceField(
        label=_("范围"),
        required=False,
        help_text=_("区市推荐岗选区市；会审岗选审查事项；其他身份不选。"),
        error_messages={"invalid_choice": _("没有这个范围。请重新选择。")},
    )

    def __init__(self, *args: Any, offices: Any, on: date, **more: Any) -> None:
        super().__init__(*args, **more)
        english = language() == "en"
        places = [(one.code, one.en if english else one.zh) for one in weihai_districts(on)]
        gates = list(zip(GATES, (_("信用"), _("绿色门槛"), _("科研诚信")), strict=True))
        cast("forms.ModelChoiceField[Organisation]", self.fields["organisation"]).queryset = offices
        offer(
            self,
            "role",
            [
                ("", _("请选择")),
                *[(one.value, one.label) for one in Role if one in STAFF - {Role.EXPERT}],
            ],
        )
        offer(self, "scope", [("", _("不限")), (_("区市"), places), (_("审查事项"), gates)])
        self._scopes: dict[str, set[str]] = {
            Role.DISTRICT: {code for code, _name in places},
            Role.REVIEWER: set(GATES),
        }

    def clean(self) -> dict[str, Any]:
        """The scope must fit the role."""
        given = super().clean() or {}
        fitting = self._scopes.get(str(given.get("role", "")), {""})
        if "role" in given and given.get("scope", "") not in fitting:
            self.add_error(
                "scope", _("这个身份的范围不对：区市推荐岗选区市，会审岗选审查事项，其他身份不选。")
            )
        return given


class OfficeForm(forms.Form):
    """A new office of the city."""

    name = forms.CharField(
        label=_("单位全称"), max_length=200, error_messages={"required": _("请填写单位全称。")}
    )
    uscc = UsccForm.base_fields["uscc"]
    department = forms.CharField(
        label=_("责任单位简称"),
        max_length=64,
        required=False,
        help_text=_("政策中“责任单位”后面的写法，如市科技局；不是责任单位的留空。"),
    )
    clean_uscc = UsccForm.clean_uscc


class OfficeContactForm(forms.Form):
    """Whom to call in an office; all of it is public."""

    person = forms.CharField(
        label=_("联系人"), max_length=64, required=False, help_text=_("如李女士，或写科室名称。")
    )
    phone = forms.CharField(
        label=_("联系电话"),
        max_length=32,
        required=False,
        help_text=_("办公电话，如 0631-5231234。"),
        widget=forms.TextInput(attrs={"inputmode": "tel"}),
    )
    address = forms.CharField(label=_("联系地址"), max_length=200, required=False)


class SessionForm(forms.Form):
    """Why and for how long an operator or auditor works."""

    reason = forms.CharField(
        label=_("工作事由"),
        max_length=500,
        required=False,
        help_text=_("写明要办什么事、依据什么，如来函编号。留痕可查。"),
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"max_length": _("事由不超过 500 字。")},
    )
    minutes = forms.TypedChoiceField(
        label=_("时长"),
        coerce=int,
        initial=30,
        choices=[(15, _("15 分钟")), (30, _("30 分钟")), (LONGEST, _("60 分钟"))],
        error_messages={"invalid_choice": _("请选择时长。"), "required": _("请选择时长。")},
    )


class TokenForm(forms.Form):
    """A token for a program."""

    title = forms.CharField(
        label=_("用途"),
        max_length=100,
        help_text=_("写给以后的自己看，如“财务系统每日取数”。"),
        error_messages={"required": _("请写明用途。")},
    )
    membership = forms.TypedChoiceField(
        label=_("以哪个身份"),
        coerce=int,
        error_messages={"required": _("请选择身份。"), "invalid_choice": _("请选择身份。")},
    )
    days = forms.TypedChoiceField(
        label=_("有效期限"),
        coerce=int,
        initial=90,
        choices=[(30, _("30 天")), (90, _("90 天")), (365, _("365 天"))],
        error_messages={"required": _("请选择有效期限。"), "invalid_choice": _("请选择有效期限。")},
    )

    def __init__(self, *args: Any, held: list[Any], **more: Any) -> None:
        super().__init__(*args, **more)
        offer(
            self,
            "membership",
            [(one.pk, f"{one.organisation.name} · {one.get_role_display()}") for one in held],
        )


class WebhookForm(forms.Form):
    """An address that is told of events."""

    url = forms.CharField(
        label=_("接收地址"),
        max_length=500,
        help_text=_("以 https:// 开头的公网地址。"),
        error_messages={"required": _("请填写接收地址。")},
    )
    kinds = forms.CharField(
        label=_("事件种类"),
        max_length=2000,
        required=False,
        help_text=_("每行一种，如 batch.approved；留空为全部。"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean_url(self) -> str:
        """Outside, and without a password in it."""
        from kechuang.journal.posting import AddressError, check_url

        url: str = self.cleaned_data["url"].strip()
        try:
            check_url(url)
        except AddressError:
            raise ValidationError(_("接收地址须以 https:// 开头，不含用户名和口令。")) from None
        return url

    def clean_kinds(self) -> list[str]:
        """One word of the form thing.done a line."""
        kinds: list[str] = self.cleaned_data["kinds"].split()
        wrong = [one for one in kinds if not re.fullmatch(r"[a-z_]+\.[a-z_]+", one)]
        if wrong:
            raise ValidationError(
                _("“%(found)s”不是事件种类。请写成 batch.approved 的样子。") % {"found": wrong[0]}
            )
        return kinds


class JournalFilterForm(forms.Form):
    """Which events an auditor looks for."""

    kind = forms.CharField(label=_("种类"), max_length=64, required=False)
    subject = forms.CharField(label=_("对象"), max_length=64, required=False)
    who = forms.CharField(label=_("谁"), max_length=100, required=False)
    since = forms.DateField(
        label=_("自"), required=False, error_messages={"invalid": _("日期请写成 2026-03-01 的样子。")}
    )
    until = forms.DateField(
        label=_("至"), required=False, error_messages={"invalid": _("日期请写成 2026-03-01 的样子。")}
    )
