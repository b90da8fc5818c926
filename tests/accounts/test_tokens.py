"""Tokens: shown once, kept as a hash, ending with time, revocation, membership; they open the API and no page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import RequestFactory

from factories import AT, make_membership
from kechuang.accounts import actions, tokens
from kechuang.accounts.models import ApiToken
from kechuang.accounts.roles import Role
from kechuang.accounts.tokens import bearer, membership_by
from kechuang.journal import clock

pytestmark = pytest.mark.django_db


def make(membership=None, days=30, at=AT):
    return tokens.make(title="每日取数", days=days, actor=membership or make_membership(), at=at)


def test_a_token_acts_for_its_membership():
    membership = make_membership(Role.MANAGER)
    _token, secret = make(membership)

    assert membership_by(secret, AT) == membership
    assert not ApiToken.objects.filter(token_hash__contains=secret).exists()


def test_a_token_ends_with_its_time():
    _token, secret = make(days=1)

    assert membership_by(secret, AT + timedelta(days=1, seconds=-1))
    assert membership_by(secret, AT + timedelta(days=1)) is None


def test_a_revoked_token_opens_nothing():
    token, secret = make()

    tokens.revoke(token, actor=token.membership, at=AT)

    assert membership_by(secret, AT) is None


def test_a_token_ends_with_the_membership_and_with_the_person():
    first, second = make_membership(), make_membership()
    (_one, ended), (_two, shut) = make(first), make(second)

    actions.end(first, actor=first, at=clock.now())
    type(second.user).objects.filter(pk=second.user_id).update(is_active=False)

    assert membership_by(ended, AT) is None
    assert membership_by(shut, AT) is None


def test_a_token_of_an_auditor_works_within_a_staff_session_only():
    resting, working = make_membership(Role.AUDITOR, at_work=False), make_membership(Role.AUDITOR)

    assert membership_by(make(resting)[1], clock.now() - timedelta(0)) is None
    assert membership_by(make(working, days=365, at=clock.now())[1], clock.now()) == working


@pytest.mark.parametrize("secret", ["", "kc_", "kc_wrong", "x" * 1000, "\x00"])
def test_nonsense_opens_nothing(secret):
    assert membership_by(secret, AT) is None


def test_the_last_use_is_noted_at_most_once_a_minute(django_assert_num_queries):
    token, secret = make()
    for seconds in (0, 30, 59):
        membership_by(secret, AT + timedelta(seconds=seconds))
    token.refresh_from_db()
    early = token.used_at

    membership_by(secret, AT + timedelta(seconds=61))

    token.refresh_from_db()
    assert (early, token.used_at) == (AT, AT + timedelta(seconds=61))


def test_the_api_takes_the_header_and_gives_the_request_its_membership():
    membership = make_membership()
    _token, secret = make(membership, at=clock.now())
    request = RequestFactory().post("/api/x", headers={"authorization": f"Bearer {secret}"})

    assert bearer(request) == membership
    assert request.membership == membership
    assert bearer(RequestFactory().post("/api/x", headers={"authorization": "Bearer kc_wrong"})) is None
    assert bearer(RequestFactory().post("/api/x", headers={"authorization": f"Basic {secret}"})) is None


def test_a_token_opens_no_page(client):
    _token, secret = make(at=clock.now())

    response = client.get("/people/", headers={"authorization": f"Bearer {secret}"})

    assert response["Location"].startswith("/sign-in")


def test_a_person_makes_a_token_that_is_shown_once_and_revokes_it(act_as):
    client = act_as(Role.MANAGER)
    given = {"title": "财务取数", "membership": client.membership.pk, "days": 90}

    made = client.post("/account/tokens", given).context["secret"]
    listed = client.get("/account/tokens").content.decode()
    token = ApiToken.objects.get()
    client.post(f"/account/tokens/{token.pk}/revoke")

    assert made.startswith("kc_")
    assert "财务取数" in listed
    assert made not in listed
    assert membership_by(made, clock.now()) is None


def test_nobody_makes_or_revokes_tokens_of_others(act_as):
    client, foreign = act_as(Role.CLERK), make_membership()
    token, secret = make(foreign)

    made = client.post("/account/tokens", {"title": "x", "membership": foreign.pk, "days": 30})
    revoked = client.post(f"/account/tokens/{token.pk}/revoke")

    assert (made.status_code, revoked.status_code) == (422, 404)
    assert membership_by(secret, AT) == foreign
