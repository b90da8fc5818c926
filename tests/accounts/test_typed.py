"""A form that comes back too late loses nothing: signed out meanwhile, or signed in again in another tab."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from factories import make_department, make_membership, make_user
from kechuang.accounts.models import User
from kechuang.accounts.roles import Role
from kechuang.registry.models import Fact

pytestmark = pytest.mark.django_db
PASSWORD = "一段很长的口令1"
HERE = {"origin": "http://testserver"}
REASON = {"minutes": "30", "reason": "来函核查，编号 17"}


@pytest.fixture
def clerk():
    return make_membership(Role.CLERK)


def browser(person: User) -> Client:
    """A browser that minds tokens, in which this person has signed in and looked at a page."""
    client = Client(enforce_csrf_checks=True)
    sign_in(client, person)
    client.get("/account/")
    return client


def sign_in(client: Client, person: User, to: str = ""):
    given = {
        "login": person.username,
        "password": PASSWORD,
        "next": to,
        "csrfmiddlewaretoken": token(client, "/sign-in"),
    }
    return client.post("/sign-in", given)


def sign_in_anew(client: Client, person: User) -> None:
    """What happens in another tab: the session has run out, and the person signs in."""
    client.session.flush()
    sign_in(client, person)


def token(client: Client, address: str) -> str:
    return re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', client.get(address).content.decode()).group(
        1
    )


def sent_again(client: Client, page: str):
    """Press the button of the page that shows what was typed."""
    form = page[page.index("<main") :]
    action = re.search(r'<form method="post" action="([^"]+)"', form).group(1)
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form)
    return client.post(action.replace("&amp;", "&"), dict(fields))


def test_signing_in_again_in_another_tab_keeps_what_was_typed_in_the_first(clerk):
    client = browser(clerk.user)
    address = "/organisation/facts/years/?key=2025"
    typed = {"years:2025:rd_spend_0": "1234", "years:2025:rd_spend_1": "万元"}
    stale = token(client, address)
    sign_in_anew(client, clerk.user)

    answer = client.post(address, {**typed, "csrfmiddlewaretoken": stale}, headers=HERE)
    again = sent_again(client, answer.content.decode())

    assert answer.status_code == 403
    assert "您在别处重新登录过，这份表单还没有提交" in answer.content.decode()
    assert "<li>1234</li>" in answer.content.decode()
    assert again.status_code == 302
    assert Fact.objects.get(field="rd_spend").value == 1_234_000_000


def test_an_answer_by_itself_says_that_it_was_not_saved_and_stays_where_it_is(clerk):
    client = browser(clerk.user)
    stale = token(client, "/account/")
    sign_in_anew(client, clerk.user)
    headers = {**HERE, "HX-Request": "true", "X-CSRFToken": stale}

    answer = client.post("/organisation/facts/years/?key=2025", {"only": "x"}, headers=headers)

    assert answer["HX-Reswap"] == "beforeend"
    assert "您在别处重新登录过，这一项还没有保存" in answer.content.decode()


def test_an_answer_by_itself_is_not_replaced_by_the_sign_in_page(clerk):
    answer = Client().post(
        "/organisation/facts/years/?key=2025", {"only": "x"}, headers={"HX-Request": "true"}
    )

    assert answer["HX-Reswap"] == "beforeend"
    assert "登录已过期，这一项还没有保存" in answer.content.decode()


def test_a_page_that_looks_for_news_leads_to_the_sign_in_as_a_whole():
    answer = Client().get("/lists/1/", headers={"HX-Request": "true"})

    assert answer["HX-Redirect"] == "/sign-in?next=%2Flists%2F1%2F"


def test_a_form_of_another_site_is_shown_to_nobody(clerk):
    client = browser(clerk.user)

    answers = [
        client.post("/account/", {"name": "forged"}, headers=headers)
        for headers in ({}, {"origin": "http://elsewhere.example"}, {"sec-fetch-site": "cross-site"})
    ]

    assert {answer.status_code for answer in answers} == {403}
    assert not any("forged" in answer.content.decode() for answer in answers)


def test_passwords_are_never_shown_again(clerk):
    client = browser(clerk.user)

    answer = client.post("/account/password", {"oldpassword": "geheim-geheim"}, headers=HERE)

    assert answer.status_code == 403
    assert "geheim-geheim" not in answer.content.decode()


def expired(person, address, typed):
    """A browser whose session ran out while this was typed; the answer to the form."""
    client = browser(person)
    form = {**typed, "csrfmiddlewaretoken": token(client, address)}
    client.session.flush()
    return client, client.post(address, form)


def test_what_an_officer_typed_outlives_the_sign_in_and_is_sent_by_a_button():
    auditor = make_membership(Role.AUDITOR, make_department("市审计局"), at_work=False)

    client, answer = expired(auditor.user, "/account/staff-session", REASON)
    page = sign_in(client, auditor.user, "/typed")
    shown = client.get("/typed").content.decode()
    again = sent_again(client, shown)

    assert answer["Location"] == "/sign-in?next=%2Ftyped"
    assert page["Location"] == "/typed"
    assert "来函核查，编号 17" in shown
    assert again.status_code == 302
    assert auditor.staff_sessions.get().reason == "来函核查，编号 17"


def test_another_person_who_signs_in_there_sees_nothing_of_it_and_afterwards_nobody_does(clerk):
    client, _ = expired(clerk.user, "/account/", {"name": "只有我知道"})
    other = make_user()

    sign_in(client, other)
    shown = client.get("/typed")

    assert (shown.status_code, shown["Location"]) == (302, "/start")
    assert "typed-form" not in client.session


def test_a_stranger_s_form_is_not_kept():
    client = Client()

    answer = client.post("/account/", {"name": "x"})

    assert answer["Location"] == "/sign-in?next=%2F"
    assert "typed-form" not in client.session


def test_a_form_past_the_size_of_ours_is_not_kept(clerk):
    client, answer = expired(clerk.user, "/account/", {"name": "长" * 100_001})

    assert answer["Location"] == "/sign-in?next=%2F"
    assert "typed-form" not in client.session
