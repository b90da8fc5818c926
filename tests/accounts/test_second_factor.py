"""The second factor: set up, asked for, never twice with one code, not to be guessed; a forgotten password."""

from __future__ import annotations

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core import mail
from django.core.cache import cache
from django.test import Client

from factories import make_membership, make_user
from kechuang.accounts.roles import Role

pytestmark = pytest.mark.django_db
PASSWORD = "一段很长的口令1"


def code_of(secret):
    _before, now, _after = yield_hotp_counters_from_time()
    return format_hotp_value(hotp_value(secret, now))


def sign_in(client, user, password=PASSWORD):
    return client.post("/sign-in", {"login": user.username, "password": password})


@pytest.fixture
def with_app():
    """A person who has set up an authenticator app, and its secret."""
    membership = make_membership(Role.MANAGER)
    client = Client()
    sign_in(client, membership.user)
    page = client.get("/account/second-factor/app")
    secret = page.context["form"].secret
    done = client.post("/account/second-factor/app", {"code": code_of(secret)})
    assert done["Location"] == "/account/second-factor/codes"
    return membership.user, secret, client


def test_right_after_signing_in_nobody_is_asked_for_the_password_again(client):
    sign_in(client, make_user())

    assert client.get("/account/second-factor/app").status_code == 200


def test_long_after_signing_in_the_password_is_asked_for_again(client, monkeypatch):
    sign_in(client, make_user())
    monkeypatch.setattr("kechuang.accounts.adapters.FRESH", -1)

    asked = client.get("/account/second-factor/app")

    assert asked["Location"].startswith("/account/confirm?")


def test_with_an_app_the_password_alone_opens_nothing(with_app, client):
    user, _secret, _client = with_app

    half = sign_in(client, user)

    assert half["Location"] == "/sign-in/code"
    assert client.get("/account/").status_code == 302
    assert "_auth_user_id" not in client.session


def test_a_recovery_code_opens_once(with_app, client):
    user, _secret, own = with_app
    code = own.get("/account/second-factor/codes").context["unused_codes"][0]
    sign_in(client, user)
    first = client.post("/sign-in/code", {"code": code})
    other = Client()
    sign_in(other, user)

    second = other.post("/sign-in/code", {"code": code})

    assert first["Location"] == "/start"
    assert "验证码不对，或已用过" in second.content.decode()
    assert "_auth_user_id" not in other.session


def test_a_code_of_the_app_opens_once(with_app, client):
    user, secret, _own = with_app
    sign_in(client, user)
    code = code_of(secret)
    first = client.post("/sign-in/code", {"code": code})
    cache.delete(
        f"allauth.mfa.totp.used?user={user.pk}&code={code}"
    )  # allauth forgets it while it is still valid
    other = Client()
    sign_in(other, user)

    assert first.status_code == 302
    assert other.post("/sign-in/code", {"code": f"{code[:3]} {code[3:]}"}).status_code == 200
    assert "_auth_user_id" not in other.session


def test_codes_are_not_guessed(with_app, client):
    user, secret, _own = with_app
    sign_in(client, user)
    for n in range(10):
        client.post("/sign-in/code", {"code": f"{n:06d}"})

    refused = client.post("/sign-in/code", {"code": code_of(secret)})

    assert "尝试次数过多" in refused.content.decode()
    assert "_auth_user_id" not in client.session


def test_the_secret_is_not_kept_in_clear(with_app):
    _user, secret, _own = with_app

    assert secret not in str(Authenticator.objects.get(type="totp").data)


def test_a_wrong_code_at_the_set_up_changes_nothing(client):
    sign_in(client, make_user())
    client.get("/account/second-factor/app")

    response = client.post("/account/second-factor/app", {"code": "000000"})

    assert "验证码不对" in response.content.decode()
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_of_the_second_factor_is_ours(with_app, language):
    client = with_app[2]
    client.cookies["django_language"] = language
    pages = ["", "app/remove", "codes", "codes/new", "keys", "keys/new"]

    found = {page: client.get(f"/account/second-factor/{page}").content.decode() for page in pages}

    for page, text in found.items():
        assert "masthead" in text, page
        assert not re.search(r"<script(?![^>]*(src=|application/json))", text), page
    found = client.get("/account/second-factor/codes/file")
    assert found["Content-Disposition"].startswith("attachment")
    assert len(found.getvalue().split()) == 10


def test_the_password_is_changed_with_the_present_one_only(client):
    user = make_user()
    sign_in(client, user)
    new = "新的一段很长的口令也好记"

    wrong = client.post("/account/password", {"oldpassword": "x", "password1": new, "password2": new})
    right = client.post("/account/password", {"oldpassword": PASSWORD, "password1": new, "password2": new})

    assert "现在的口令不对" in wrong.content.decode()
    assert right["Location"] == "/account/"
    assert sign_in(Client(), user, new).status_code == 302


def test_a_forgotten_password_is_set_by_the_address_in_a_mail(client, settings):
    settings.EMAIL_HOST = "mail.example"
    user = make_user(email="wang@example.com")

    asked = client.post("/password/forgotten", {"email": "wang@example.com"})
    address = re.search(r"http://testserver(/password/new/\S+)", mail.outbox[0].body)[1]
    page = client.get(address, follow=True)
    new = "新的一段很长的口令也好记"
    done = client.post(page.request["PATH_INFO"], {"password1": new, "password2": new})

    assert asked["Location"] == "/password/sent"
    assert user.username in mail.outbox[0].body
    assert done["Location"] == "/password/done"
    assert sign_in(Client(), user, new).status_code == 302
    assert "这个网址已失效" in Client().get(address, follow=True).content.decode()


def test_an_unknown_address_gets_the_same_page_and_no_mail(client, settings):
    settings.EMAIL_HOST = "mail.example"

    asked = client.post("/password/forgotten", {"email": "nobody@example.com"})

    assert asked["Location"] == "/password/sent"
    assert mail.outbox == []


def test_without_a_mail_server_the_page_says_what_to_do(client, settings):
    settings.EMAIL_HOST = ""

    assert "本站没有设置邮件服务器" in client.get("/password/forgotten").content.decode()
