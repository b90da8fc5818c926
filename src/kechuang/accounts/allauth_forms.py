"""Forms that replace those of django-allauth; apart from forms.py because allauth reads them while it loads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa import app_settings
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.socialaccount.forms import SignupForm
from django import forms
from django.core.cache import cache
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


class CodeOnce(forms.Form):
    """A code of the authenticator app opens once for as long as it is valid.

    allauth remembers it for one period; with the tolerance it is valid for three.
    """

    user: User  # of the form of allauth beside it, as are the next two
    authenticator: Authenticator
    _emit_authentication_failed: Callable[[Authenticator], None]

    def clean_code(self) -> str:
        """The code. Raises ValidationError when it is wrong or was used."""
        code: str = super().clean_code()  # type: ignore[misc]  # of the form beside it
        if self.authenticator.type == Authenticator.Type.TOTP:
            valid = app_settings.TOTP_PERIOD * (2 * app_settings.TOTP_TOLERANCE + 1)
            if not cache.add(f"code-used:{self.user.pk}:{normalize_user_code(code)}", "y", timeout=valid):
                self._emit_authentication_failed(self.authenticator)
                raise get_adapter().validation_error("incorrect_code")
        return code


class CodeForm(CodeOnce, AuthenticateForm):  # type: ignore[misc]  # allauth has no types
    """The code after the password."""


class CodeAgainForm(CodeOnce, ReauthenticateForm):  # type: ignore[misc]  # allauth has no types
    """The code before a delicate change."""
