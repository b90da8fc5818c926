"""Forms that replace those of django-allauth; apart from forms.py because allauth reads them while it loads."""

from __future__ import annotations

from typing import Any

from allauth.socialaccount.forms import SignupForm
from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from kechuang.accounts.models import User


class OidcSignUpForm(SignupForm):  # type: ignore[misc]  # allauth has no types
    """What a person who comes by OpenID Connect for the first time still has to say."""

    name = forms.CharField(label=_("姓名"), max_length=64, error_messages={"required": _("请填写您的姓名。")})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["name"] = self.sociallogin.user.name
        self.fields["username"].label = _("用户名")
        self.fields["email"].label = _("邮箱")
        self.order_fields(["name", "username", "email"])

    def save(self, request: HttpRequest) -> User:
        """The new person, without a password."""
        self.sociallogin.user.name = self.cleaned_data["name"]
        user: User = super().save(request)
        return user
