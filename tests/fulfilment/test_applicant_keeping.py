"""What somebody typed outlives the sign-in; an offer is one page and one button."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from factories import make_membership, make_user
from forms import sent_untouched
from fulfilment.city import AT, WAN, make_call, make_grower
from fulfilment.office import offered
from kechuang.accounts.roles import Role
from kechuang.fulfilment import applying, statements
from kechuang.journal import clock
from kechuang.registry import actions as registry
from kechuang.registry.models import Fact
from kechuang.treasury.models import Account

pytestmark = pytest.mark.django_db
PASSWORD = "一段很长的口令1"
EXPIRES = "statuses:high_tech_enterprise||2024:expires_on"
TYPED = {"years:2025:rd_spend_0": "1234", "years:2025:rd_spend_1": "万元"}


@pytest.fixture(autouse=True)
def day(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: AT)


@pytest.fixture
def case(city, manager):
    return applying.start(make_call(city), actor=manager, at=AT)


def typed_form(client, address, typed):
    """What the browser sends: the hidden fields of the page as it stood, and what was typed."""
    who = re.search(r'name="who" value="([^"]+)"', client.get(address).content.decode()).group(1)
    return {**typed, "who": who}


def expire(client):
    """The session is gone; the browser's other cookies stay."""
    client.session.flush()


def sign_in_again(client, user, answer):
    """Sign in where the answer leads, with the address to return to."""
    address, _, query = answer.url.partition("?")
    back = dict(part.split("=") for part in query.split("&"))["next"].replace("%2F", "/")
    return client.post(address, {"login": user.username, "password": PASSWORD, "next": back})


def test_what_was_typed_is_shown_again_after_signing_in_and_not_saved_before_one_says_so(manager, case):
    client = Client()
    client.force_login(manager.user)
    address = f"/cases/{case.number}/parts/years"
    form = typed_form(client, address, TYPED)
    expire(client)

    answer = client.post(address, form)
    signed_in = sign_in_again(client, manager.user, answer)
    page = client.get(signed_in.url).content.decode()
    again = client.get(address).content.decode()

    assert signed_in.url == address
    assert 'value="1234"' in page
    assert "登录已过期，您又登录了" in page
    assert 'value="1234"' not in again
    assert Fact.objects.get(record="years", key="2025", field="rd_spend", known_to=None).value == 900 * WAN


def test_what_was_typed_in_the_account_form_is_shown_again_too(manager, case):
    client = Client()
    client.force_login(manager.user)
    address = f"/cases/{case.number}/parts/account"
    form = typed_form(
        client, address, {"holder": manager.organisation.name, "bank": "威海银行", "number": "62284804"}
    )
    expire(client)

    sign_in_again(client, manager.user, client.post(address, form))

    assert 'value="62284804"' in client.get(address).content.decode()
    assert not Account.objects.exists()


def test_a_record_that_was_being_added_is_shown_again_and_the_answers_that_stand_too(manager, case):
    client = Client()
    client.force_login(manager.user)
    address = f"/cases/{case.number}/parts/statuses"
    added = {"act": "add", "key-statuses::kind": "tech_sme", "key-statuses::granted_on": "2025-02-03"}
    form = typed_form(client, address, added)
    expire(client)

    sign_in_again(client, manager.user, client.post(address, form))
    page = client.get(address).content.decode()

    assert "登录已过期，您又登录了" in page
    assert 'value="2025-02-03"' in page
    assert 'value="2027-12-11"' in page


def test_answers_and_a_record_begun_beside_them_are_both_shown_again_after_signing_in(manager, case):
    client = Client()
    client.force_login(manager.user)
    address = f"/cases/{case.number}/parts/statuses"
    form = sent_untouched(client.get(address).content.decode())
    form |= {"act": "add", "key-statuses::granted_on": "2025-02-03", EXPIRES: "2027-06-30"}
    expire(client)

    sign_in_again(client, manager.user, client.post(address, form))
    again = sent_untouched(client.get(address).content.decode())

    assert (again["key-statuses::granted_on"], again[EXPIRES]) == ("2025-02-03", "2027-06-30")
    assert again[f"was:{EXPIRES}"] == '"2027-12-11"'


def test_over_what_a_colleague_changed_while_one_was_signed_out_nothing_is_saved_unseen(manager, case):
    client = Client()
    client.force_login(manager.user)
    address, was = f"/cases/{case.number}/parts/years", "was:years:2025:rd_spend"
    form = typed_form(client, address, {**TYPED, was: str(900 * WAN)})
    expire(client)
    registry.state(manager.organisation, "years", "rd_spend", 950 * WAN, key="2025", actor=manager, at=AT)

    sign_in_again(client, manager.user, client.post(address, form))
    again = sent_untouched(client.get(address).content.decode())
    answer = client.post(address, again)

    assert again["years:2025:rd_spend_0"] == "1234"
    assert "这一项已改为“950 万元”" in answer.content.decode()
    assert Fact.objects.get(key="2025", field="rd_spend", known_to=None).value == 950 * WAN


def test_another_person_who_signs_in_there_sees_nothing_of_it(manager, case):
    client, colleague = Client(), make_user()
    make_membership(Role.CLERK, manager.organisation, user=colleague)
    client.force_login(manager.user)
    address = f"/cases/{case.number}/parts/years"
    form = typed_form(client, address, TYPED)
    expire(client)

    sign_in_again(client, colleague, client.post(address, form))

    assert 'value="1234"' not in client.get(address).content.decode()


@pytest.mark.parametrize("who", ["", "made-up"])
def test_a_form_that_was_shown_to_nobody_is_not_kept(case, who):
    client = Client()

    answer = client.post(f"/cases/{case.number}/parts/years", {**TYPED, "who": who})

    assert answer.status_code == 302
    assert "typed" not in client.session


def test_a_form_past_the_size_of_ours_is_not_kept(manager, case):
    client = Client()
    client.force_login(manager.user)
    address = f"/cases/{case.number}/parts/years"
    form = typed_form(client, address, {"x": "长" * 100_001})
    expire(client)

    client.post(address, form)

    assert "typed" not in client.session


def test_ticks_of_the_declaration_are_kept_and_nothing_is_declared_before_one_says_so(manager, case):
    client = Client()
    client.force_login(manager.user)
    address = f"/cases/{case.number}/parts/statement"
    clauses = [one.key for one in statements.clauses_of(case)]
    form = typed_form(client, address, {clauses[0]: "on", clauses[1]: "on"})
    expire(client)

    sign_in_again(client, manager.user, client.post(address, form))
    page = client.get(address).content.decode()

    ticked = re.findall(r'<input type="checkbox" name="(\w+)"[^>]*\bchecked\b', page)
    assert ticked == clauses[:2]
    case.refresh_from_db()
    assert not case.statement.get("agreed")


def test_an_answer_by_itself_says_that_the_sign_in_has_run_out(case):
    answer = Client().post(f"/cases/{case.number}/parts/years/answer", TYPED, headers={"HX-Request": "true"})

    assert "登录已过期，这一项还没有保存" in answer.content.decode()


def page_of(client, case):
    page = client.get(f"/cases/{case.number}/").content.decode()
    return page, re.search(r'name="revision" value="(\d+)"', page).group(1)


def test_an_offer_says_what_why_and_how_much_and_one_button_takes_it(city, manager):
    case, client = offered(city, manager), Client()
    client.force_login(manager.user)
    page, revision = page_of(client, case)
    account = {"holder": manager.organisation.name, "bank": "威海银行", "number": "6228480402564890018"}

    taken = client.post(f"/cases/{case.number}/confirm", {"revision": revision, **account})

    case.refresh_from_db()
    assert "您符合条件，不用申报" in page
    assert "15.00" in page
    assert "按不超过增量 5%的比例给予补助" in page
    assert (taken.url, case.state, case.account.number) == (
        f"/cases/{case.number}/receipt",
        "accepted",
        account["number"],
    )


def test_an_offer_taken_with_a_wrong_account_keeps_what_was_typed(city, manager):
    case, client = offered(city, manager), Client()
    client.force_login(manager.user)
    _, revision = page_of(client, case)

    answer = client.post(
        f"/cases/{case.number}/confirm",
        {"revision": revision, "holder": manager.organisation.name, "bank": "威海银行", "number": "12"},
    )

    case.refresh_from_db()
    assert answer.status_code == 422
    assert 'value="12"' in answer.content.decode()
    assert case.state == "offered"


def test_declining_takes_a_reason(city, manager):
    case, client = offered(city, manager), Client()
    client.force_login(manager.user)
    _, revision = page_of(client, case)

    silent = client.post(f"/cases/{case.number}/decline", {"revision": revision})
    told = client.post(f"/cases/{case.number}/decline", {"revision": revision, "reason": "已由集团统一申报"})

    case.refresh_from_db()
    assert (silent.status_code, told.status_code, case.state) == (422, 302, "declined")


def test_nobody_applies_to_a_call_that_offers(city, manager):
    case, stranger = offered(city, manager), make_grower(800, 600)
    client = Client()
    client.force_login(stranger.user)

    answer = client.post(f"/calls/{case.call.number}/apply")

    assert answer.status_code == 422
    assert "这次是免申即享" in answer.content.decode()
