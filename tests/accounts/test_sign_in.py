"""Who comes in: one answer for every refusal, tries counted across processes, a new session key, own paths only."""

from __future__ import annotations

import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import connections
from django.test import Client

from factories import AT, make_membership, make_user
from kechuang.accounts import counting
from kechuang.accounts.models import Tries
from kechuang.accounts.roles import Role

PASSWORD = "一段很长的口令1"


class QuickHasher(PBKDF2PasswordHasher):
    """The real one with fewer rounds: slow enough to be measured, quick enough to be tried often."""

    algorithm = "pbkdf2_quick"
    iterations = 40_000


def sign_in(client, name, password=PASSWORD, **more):
    return client.post("/sign-in", {"login": name, "password": password, **more})


def errors_of(response):
    return response.context["form"].errors.get_json_data()


def test_a_person_signs_in_by_user_name_in_any_case_and_lands_on_the_account(client, db):
    user = make_user()

    response = sign_in(client, user.username.upper())

    assert response["Location"] == "/account/"
    assert user.name in client.get("/account/").content.decode()


def test_who_acts_for_somebody_lands_where_the_work_begins(client, db):
    response = sign_in(client, make_membership(Role.CLERK).user.username)

    assert response["Location"] == "/start"


def test_signing_in_gives_the_session_a_new_key(client, db):
    user = make_user()
    client.post("/register", {"uscc": "x"})
    session = client.session
    session["typed"] = "kept"
    session.save()
    before = session.session_key
    client.cookies[settings.SESSION_COOKIE_NAME] = before

    sign_in(client, user.username)

    assert client.session.session_key != before
    assert not client.session.exists(before)


def test_unknown_wrong_and_inactive_get_the_same_answer(client, db):
    known, inactive = make_user(), make_user(is_active=False)

    answers = [
        errors_of(sign_in(client, "nobody")),
        errors_of(sign_in(client, known.username, "wrong password")),
        errors_of(sign_in(client, inactive.username)),
    ]

    assert answers[0] == answers[1] == answers[2]
    assert answers[0]["__all__"][0]["message"] == "用户名或口令不对。请核对后再试。"


def test_unknown_wrong_and_inactive_take_the_same_time(client, db, settings, monkeypatch):
    settings.PASSWORD_HASHERS = [f"{__name__}.QuickHasher"]
    monkeypatch.setattr("kechuang.accounts.adapters.TRIES_HERE", 10_000)
    monkeypatch.setattr("kechuang.accounts.adapters.TRIES_NAME", 10_000)
    monkeypatch.setattr("kechuang.accounts.adapters.TRIES_ADDRESS", 10_000)
    known, inactive = make_user(), make_user(is_active=False)
    tries = {"unknown": "nobody", "wrong": known.username, "inactive": inactive.username}
    took = {kind: [] for kind in tries}

    for _ in range(30):
        for kind, name in tries.items():
            begun = time.perf_counter()
            sign_in(client, name, PASSWORD if kind == "inactive" else "wrong password")
            took[kind].append(time.perf_counter() - begun)

    medians = {kind: statistics.median(seconds) for kind, seconds in took.items()}
    assert max(medians.values()) / min(medians.values()) < 1.25, medians


def test_after_five_tries_even_the_right_password_waits(client, db):
    user = make_user()
    for _ in range(5):
        sign_in(client, user.username, "wrong password")

    refused = sign_in(client, user.username)

    assert errors_of(refused)["__all__"][0]["message"].startswith("尝试次数过多。请 15 分钟后再试")
    assert "_auth_user_id" not in client.session


def test_an_unknown_name_is_locked_like_a_known_one(client, db):
    for _ in range(5):
        sign_in(client, "nobody")

    assert errors_of(sign_in(client, "nobody"))["__all__"][0]["message"].startswith("尝试次数过多")


def test_a_success_begins_the_count_anew(client, db):
    user = make_user()
    for _ in range(4):
        sign_in(client, user.username, "wrong password")
    sign_in(client, user.username)
    client.post("/sign-out")

    again = [sign_in(client, user.username, "wrong password").status_code for _ in range(4)]
    done = sign_in(client, user.username)

    assert again == [200] * 4
    assert done.status_code == 302


def test_names_and_addresses_are_not_kept_with_the_counts(client, db):
    sign_in(client, "zhangsan")

    assert not Tries.objects.filter(key__contains="zhangsan").exists()
    assert all(len(one.key) == 64 for one in Tries.objects.all())


@pytest.mark.django_db(transaction=True)
def test_parallel_tries_are_counted_one_by_one():
    def one(_):
        try:
            return counting.try_once("door", most=5, at=AT)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(12) as pool:
        allowed = list(pool.map(one, range(40)))

    assert sum(allowed) == 5


def test_counts_begin_anew_after_their_stretch_of_time(db):
    allowed = [counting.try_once("door", most=1, at=AT) for _ in range(2)]
    later = counting.try_once("door", most=1, at=AT + counting.WINDOW)

    assert [*allowed, later] == [True, False, True]


@pytest.mark.parametrize(
    "to",
    [
        "https://elsewhere.example/",
        "//elsewhere.example/",
        "/\\elsewhere.example/",
        "javascript:alert(1)",
        "http:///x",
        "testserver/x",
    ],
)
def test_nobody_is_led_to_another_site(client, db, to):
    response = sign_in(client, make_user().username, next=to)

    assert response["Location"] == "/account/"


def test_one_is_led_back_to_the_page_one_came_for(client, db):
    membership = make_membership(Role.MANAGER)
    asked = client.get("/people/invite?x=1")
    assert asked["Location"] == "/sign-in?next=%2Fpeople%2Finvite%3Fx%3D1"

    response = sign_in(client, membership.user.username, next="/people/invite?x=1")

    assert response["Location"] == "/people/invite?x=1"


def test_signing_out_needs_a_sent_form(client, db):
    client.force_login(make_user())

    assert client.get("/sign-out").status_code == 405
    assert "_auth_user_id" in client.session
    assert client.post("/sign-out").status_code == 302
    assert "_auth_user_id" not in client.session


def test_a_forged_form_signs_nobody_in(db):
    user = make_user()

    response = sign_in(Client(enforce_csrf_checks=True), user.username)

    assert response.status_code == 403


def test_cookies_are_for_this_site_only_and_no_script_reads_them(client, db):
    sign_in(client, make_user().username)

    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert settings.CSRF_COOKIE_HTTPONLY


def test_with_https_cookies_are_secure_and_staff_need_a_second_factor():
    import os
    import subprocess
    import sys

    code = (
        "from kechuang.web import settings as s; "
        "print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.STAFF_MFA, s.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "HTTPS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.split() == ["True", "True", "True", "False"]


@pytest.mark.parametrize(
    "password",
    [
        "kurz",
        "password1234",
        "111111111111",
        "123456789012",
        "qwerty!!!!!!",
        "lisi-lisi-lisi",
        "aaaaaaaabbbb",
    ],
)
def test_weak_passwords_are_refused(db, password):
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError

    with pytest.raises(ValidationError):
        validate_password(password, make_user(name="李四", username="lisi-lisi"))


@pytest.mark.parametrize("password", ["一段很长的口令也很好记呀", "correct horse battery", "Zq7-lampe-fuchs"])
def test_long_uncommon_passwords_are_taken(db, password):
    from django.contrib.auth.password_validation import validate_password

    validate_password(password, make_user(name="李四"))
