"""How django-allauth behaves in this house: counted tries, one answer for every refusal, own paths only, our words."""

from __future__ import annotations

import time
from typing import Any, Final

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from kechuang.accounts import counting
from kechuang.accounts.acting import memberships_of
from kechuang.accounts.models import User
from kechuang.journal import clock

TRIES_HERE: Final = 5  # of one user name from one address in 15 minutes
TRIES_NAME: Final = 30  # of one user name from everywhere
TRIES_ADDRESS: Final = 100  # from one address, of whatever names: an office may stand behind one
FRESH: Final = 600  # seconds after signing in during which the password is not asked for again

WORDS: Final = {
    "username_password_mismatch": _("用户名或口令不对。请核对后再试。"),
    "incorrect_password": _("口令不对。请再输入一次。"),
    "enter_current_password": _("现在的口令不对。请再输入一次。"),
    "too_many_login_attempts": _("尝试次数过多。请 15 分钟后再试，或请系统管理员帮助。"),
    "rate_limited": _("尝试次数过多。请 15 分钟后再试，或请系统管理员帮助。"),
    "incorrect_code": _("验证码不对，或已用过。请输入现在显示的 6 位数字，或一个没用过的备用码。"),
    "invalid_password_reset": _("这个网址已失效。请重新申请。"),
    "cannot_delete_authenticator": _("您的身份必须有第二重验证，不能停用。"),
    "cannot_generate_recovery_codes": _("请先设置验证器，再生成备用码。"),
    "invalid_or_expired_key": _("这个网址已失效。请重新申请。"),
    "username_taken": _("这个用户名已有人用。请换一个。"),
    "username_blacklisted": _("这个用户名已有人用。请换一个。"),
    "no_password": _("请先设置口令，否则解除后您将无法登录。"),
    "disconnect_last": _("请先设置口令，否则解除后您将无法登录。"),
    "connected_other": _("这个外部账号已与别人的账户关联。"),
}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Signing in with user name and password."""

    error_messages = {**DefaultAccountAdapter.error_messages, **WORDS}  # noqa: RUF012 - allauth's class attribute

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """The person, or None: unknown, wrong password and inactive take the same way and the same time.

        A try is counted before the password is looked at, so that parallel tries cannot slip through.
        """
        name, address, at = credentials.get("username", "").lower(), self.get_client_ip(request), clock.now()
        counted = {f"sign-in {name} {address}": TRIES_HERE, f"sign-in {name}": TRIES_NAME}
        counted[f"sign-in from {address}"] = TRIES_ADDRESS
        allowed = {what: counting.try_once(what, most=most, at=at) for what, most in counted.items()}
        if not all(allowed.values()):
            raise self.validation_error("too_many_login_attempts")
        user = authenticate(request, **credentials)
        AuthenticationBackend.unstash_authenticated_user()  # an inactive person stays unknown
        if user is not None:
            counting.forget(f"sign-in {name} {address}", f"sign-in {name}")
            counting.take_back(f"sign-in from {address}")
        return user

    def is_safe_url(self, url: str) -> bool:
        """Whether one may be led there: a path of this site, nothing else."""
        return bool(url) and url.startswith("/") and url_has_allowed_host_and_scheme(url, None)

    def get_client_ip(self, request: HttpRequest) -> str:
        """The client's address; that of the nearest proxy where the others do not say what they should."""
        try:
            return str(super().get_client_ip(request))
        except ImproperlyConfigured:
            return str(request.META.get("REMOTE_ADDR", ""))

    def is_reauthentication_required(self, *, app: str, **more: Any) -> bool:
        """The password is asked for again before a delicate change, but not right after signing in."""
        request = context.request
        records = get_authentication_records(request, request.user)
        fresh = bool(records) and time.time() - records[-1]["at"] < FRESH
        return not fresh and super().is_reauthentication_required(app=app, **more)

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth's signature
        """Without a provider people register with their organisation, by invitation, or not at all."""
        return bool(settings.OIDC_ISSUER)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Where one's work begins; one's own account for who acts for nobody yet."""
        held = memberships_of(request.user.pk or 0, clock.today())
        return reverse("start" if held.exists() else "account")

    def get_signup_redirect_url(self, request: HttpRequest) -> str:  # noqa: ARG002 - allauth's signature
        """Who has just come by the provider acts for nobody yet."""
        return reverse("account")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:  # noqa: ARG002 - allauth's signature
        """Back to one's own account."""
        return reverse("account")


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """The second factor."""

    error_messages = {**DefaultMFAAdapter.error_messages, **WORDS}  # noqa: RUF012 - allauth's class attribute

    def get_totp_label(self, user: AbstractBaseUser) -> str:
        """What the app on the phone calls the account."""
        return user.get_username()

    def build_totp_svg(self, url: str) -> str:
        """The code as a picture with its own white ground, since it is read in the dark too."""
        import segno

        picture: str = segno.make(url, error="m").svg_inline(scale=5, border=3, dark="#000", light="#fff")
        return picture.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)

    def encrypt(self, text: str) -> str:
        """Secrets are kept encrypted with the key of the site."""
        return str(_box().encrypt(text.encode()).decode())

    def decrypt(self, encrypted_text: str) -> str:
        """What `encrypt` made."""
        return str(_box().decrypt(encrypted_text.encode()).decode())


class OidcAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Sign-in by OpenID Connect."""

    error_messages = {**DefaultSocialAccountAdapter.error_messages, **WORDS}  # noqa: RUF012 - allauth's class attribute

    def populate_user(self, request: HttpRequest, sociallogin: Any, data: dict[str, Any]) -> User:
        """A suggestion from what the provider says; the person may change it."""
        user: User = super().populate_user(request, sociallogin, data)
        user.name = (data.get("name") or "")[:64]
        return user

    def get_connect_redirect_url(self, request: HttpRequest, socialaccount: Any) -> str:  # noqa: ARG002
        """Back to one's own account."""
        return reverse("account")


def _box() -> Any:
    """Authenticated encryption with a key derived from the site's own."""
    import base64
    import hashlib

    from cryptography.fernet import Fernet

    key = hashlib.sha256(f"second factors {settings.SECRET_KEY}".encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
