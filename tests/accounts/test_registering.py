"""Registering by code: what is wrong is said at once, nothing typed is lost, no answer tells who is known."""

from __future__ import annotations

import pytest
from django.test import Client

from factories import AT, make_membership, make_organisation, make_user
from kechuang.accounts import actions, queries
from kechuang.accounts.models import Claim, Membership, Organisation, User
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.accounts.telling import tell_of_claim
from kechuang.journal.models import Event, Message
from kechuang.reference.uscc import make_uscc

pytestmark = pytest.mark.django_db
CODE = make_uscc("9", "1", "371002", "MA3TY5K1")
PERSON = {
    "name": "张三",
    "email": "zhang@example.com",
    "username": "Zhangsan",
    "password": "一段很长的口令也很好记呀",
}


def walk(client, code=CODE, name="威海新海科技有限公司", person=PERSON):
    client.post("/register", {"uscc": code})
    client.post("/register/organisation", {"name": name, "kind": "enterprise", "district": "371002"})
    return client.post("/register/person", person)


def test_a_stranger_registers_an_unknown_organisation_and_is_its_manager(client):
    done = walk(client)

    membership = Membership.objects.get()
    assert done["Location"] == "/register/done"
    assert (membership.role, membership.organisation.uscc) == (Role.MANAGER, CODE)
    assert membership.user.username == "zhangsan"
    assert "您现在是威海新海科技有限公司的单位管理员" in client.get("/register/done").content.decode()
    assert list(Event.objects.values_list("kind", flat=True)) == [
        "person.enrolled",
        "organisation.registered",
    ]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "请填写统一社会信用代码"),
        ("9137100", "共 18 位，现在是 7 位"),
        (CODE[:5] + "A" + CODE[6:], "第 6 位应为数字，现在是“A”"),
        (CODE[:9] + "I" + CODE[10:], "不用 I、O、S、V、Z"),
        (CODE[:-1] + ("0" if CODE[-1] != "0" else "1"), "校验码不符"),
    ],
)
def test_a_wrong_code_is_explained_on_sending_and_while_typing(client, typed, said):
    sent = client.post("/register", {"uscc": typed})
    live = client.get("/register/code", {"uscc": typed})

    assert sent.status_code == 422
    assert said in sent.content.decode()
    assert typed == "" or said in live.content.decode()


def test_a_code_is_read_whatever_its_blanks_and_width(client):
    client.post("/register", {"uscc": f" {CODE[:8].lower()} {CODE[8:]}".replace("9", "９")})

    assert CODE in client.get("/register/organisation").content.decode()


def test_checking_a_code_asks_no_database(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/register/code", {"uscc": CODE})

    assert "代码正确" in response.content.decode()


def test_nothing_typed_is_lost_on_the_way_back_or_on_an_error(client):
    walk(client, person={**PERSON, "email": "not an address"})

    third = client.post("/register/person", {**PERSON, "email": "not an address"}).content.decode()
    second = client.get("/register/organisation").content.decode()
    first = client.get("/register").content.decode()

    assert 'value="not an address"' in third
    assert 'value="一段很长的口令也很好记呀"' in third
    assert "邮箱请写成 name@example.com 的样子" in third
    assert 'value="威海新海科技有限公司"' in second
    assert CODE in first
    assert not User.objects.exists()


def test_a_taken_user_name_is_said_beside_the_field_and_leaves_nothing_behind(client):
    make_user(username="zhangsan")

    response = walk(client)

    assert "这个用户名已有人用" in response.content.decode()
    assert not Organisation.objects.exists()


def answers(organisation):
    """What somebody sees who registers the code of that organisation under a new name."""
    client = Client()
    person = {**PERSON, "username": f"person{organisation.pk}"}
    sent = walk(client, organisation.uscc, "某某公司", person)
    page = client.get("/register/done").content.decode()
    return sent.status_code, sent["Location"], page[page.index("<main") : page.index("</main>")]


def test_a_known_organisation_with_members_and_one_without_get_the_same_answer():
    with_members = make_membership(Role.MANAGER).organisation
    imported = make_organisation()

    assert answers(with_members) == answers(imported)
    assert Claim.objects.filter(decided_at=None).count() == 2
    assert not Membership.objects.filter(organisation=imported).exists()


def test_claims_on_known_organisations_do_the_same_work():
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    user = make_user()
    with_members, imported, first = (
        make_membership(Role.MANAGER).organisation,
        make_organisation(),
        make_organisation(),
    )
    given = {"name": "某某公司", "kind": "enterprise", "district": "371002", "user": user, "at": AT}
    actions.register(uscc=first.uscc, **given)  # begins the chain of events
    asked = []
    for organisation in (with_members, imported):
        with CaptureQueriesContext(connection) as queries_made:
            actions.register(uscc=organisation.uscc, **given)
        asked.append([one["sql"].split()[0] for one in queries_made])

    assert asked[0] == asked[1]


def test_managers_are_told_of_a_claim_else_the_operators():
    operator = make_membership(Role.OPERATOR)
    manager = make_membership(Role.MANAGER)
    given = {"name": "某某公司", "kind": "enterprise", "district": "371002", "user": make_user(), "at": AT}

    for organisation in (manager.organisation, make_organisation()):
        tell_of_claim(actions.register(uscc=organisation.uscc, **given).pk)

    told = [(one.recipient_id, one.link) for one in Message.objects.order_by("id")]
    assert told == [(manager.user_id, "/people/"), (operator.user_id, "/people/claims")]


def test_a_manager_confirms_a_claim_and_the_person_is_told(act_as):
    manager = act_as(Role.MANAGER)
    organisation, user = manager.membership.organisation, make_user()
    claim = actions.register(
        uscc=organisation.uscc, name="同名", kind="enterprise", district="", user=user, at=AT
    )

    manager.post(f"/people/claimed/{claim.pk}", {"confirm": "1"})

    assert queries.people_of(organisation, [Role.MANAGER]).filter(user=user).exists()
    assert Message.objects.get(recipient=user).title["zh"].endswith("的认领已确认")


def test_a_claim_is_decided_once():
    operator, user = make_membership(Role.OPERATOR), make_user()
    claim = actions.register(
        uscc=make_organisation().uscc, name="x", kind="enterprise", district="", user=user, at=AT
    )

    refused = actions.decide_claim(claim, confirmed=False, actor=operator, at=AT)

    assert refused is None
    with pytest.raises(Refused, match="decided by now"):
        actions.decide_claim(claim, confirmed=True, actor=operator, at=AT)
    assert not Membership.objects.filter(user=user).exists()


def test_registering_twice_makes_one_claim():
    user, organisation = make_user(), make_organisation()
    given = {"name": "x", "kind": "enterprise", "district": "", "user": user, "at": AT}

    first, second = (actions.register(uscc=organisation.uscc, **given) for _ in range(2))

    assert first == second
    assert Event.objects.filter(kind="membership.claimed").count() == 1


def test_too_many_registrations_from_one_address_wait(client, monkeypatch):
    monkeypatch.setattr("kechuang.accounts.registration_views.MOST", 1)
    walk(client)
    client.post("/sign-out")

    again = walk(client, make_uscc("9", "1", "371002", "MA3TY5K2"), person={**PERSON, "username": "lisi"})

    assert "登记次数过多" in again.content.decode()
    assert Organisation.objects.count() == 1


@pytest.mark.parametrize("kind", ["government", "team", "person", "nonsense"])
def test_offices_and_nonsense_cannot_be_registered(client, kind):
    client.post("/register", {"uscc": CODE})

    response = client.post("/register/organisation", {"name": "某局", "kind": kind, "district": "371002"})

    assert response.status_code == 422


def test_more_than_is_asked_for_changes_nothing(client):
    walk(client, person={**PERSON, "is_active": "0", "role": "operator", "department": "市科技局"})

    membership = Membership.objects.get()
    assert (membership.role, membership.organisation.department, membership.user.is_active) == (
        "manager",
        "",
        True,
    )
