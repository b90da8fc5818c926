"""Colleagues: invited, accepted, withdrawn, ended; never without a manager; foreign ones are not there."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from factories import AT, TODAY, make_membership, make_organisation, make_user
from kechuang.accounts import actions, queries
from kechuang.accounts.acting import memberships_of
from kechuang.accounts.models import Invitation, Membership
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.journal.models import Delivery, Event

pytestmark = pytest.mark.django_db
NEW = {"name": "李四", "email": "li@example.com", "username": "lisi4", "password": "另一段很长的口令也很好记"}


def invite(manager, email="li@example.com", role=Role.CLERK):
    page = manager.post("/people/invite", {"email": email, "role": role}).content.decode()
    return re.search(r"/invitations/[\w-]+", page)[0]


def test_an_invited_stranger_accepts_while_making_an_account(act_as, client):
    manager = act_as(Role.MANAGER)
    address = invite(manager)

    done = client.post(address, NEW)

    assert done["Location"] == "/memberships"
    held = Membership.objects.get(user__username="lisi4")
    assert (held.organisation, held.role) == (manager.membership.organisation, Role.CLERK)
    assert held.granted_by == manager.membership


def test_an_invitation_is_accepted_once(act_as, client):
    address = invite(act_as(Role.MANAGER))
    client.post(address, NEW)

    again = act_as(Role.CLERK).post(address)

    assert again.status_code == 410
    assert Membership.objects.filter(role=Role.CLERK, user__username="lisi4").count() == 1


def test_the_mail_carries_the_address_and_the_database_only_its_hash(act_as):
    address = invite(act_as(Role.MANAGER))

    code = address.rpartition("/")[2]
    letter = Delivery.objects.get()
    assert (letter.to, letter.text["link"]) == ("li@example.com", address)
    assert not Invitation.objects.filter(code_hash=code).exists()
    assert queries.invitation_by(code).email == "li@example.com"


def test_an_invitation_ends_after_seven_days():
    manager = make_membership(Role.MANAGER)
    _invitation, code = actions.invite(
        manager.organisation, Role.CLERK, "a@example.com", actor=manager, at=AT
    )

    with pytest.raises(Refused, match="no longer valid"):
        actions.accept(code, user=make_user(), at=AT + timedelta(days=7))
    assert actions.accept(code, user=make_user(), at=AT + timedelta(days=7, seconds=-1)).role == Role.CLERK


def test_a_withdrawn_invitation_opens_nothing(act_as, client):
    manager = act_as(Role.MANAGER)
    address = invite(manager)

    manager.post(f"/people/invitations/{Invitation.objects.get().pk}/withdraw")

    assert client.get(address).status_code == 410
    assert client.post(address, NEW).status_code == 410
    assert Event.objects.filter(kind="invitation.withdrawn").exists()


@pytest.mark.parametrize("role", [Role.OFFICER, Role.OPERATOR, Role.TREASURER])
def test_a_manager_cannot_give_roles_of_an_office(act_as, role):
    manager = act_as(Role.MANAGER)

    assert manager.post("/people/invite", {"email": "a@example.com", "role": role}).status_code == 422
    with pytest.raises(Refused):
        actions.invite(
            manager.membership.organisation, role, "a@example.com", actor=manager.membership, at=AT
        )


def test_a_manager_cannot_invite_into_another_organisation():
    with pytest.raises(Refused):
        actions.invite(make_organisation(), Role.CLERK, "a@b.cn", actor=make_membership(Role.MANAGER), at=AT)


def test_ending_a_membership_takes_effect_at_once(act_as):
    manager = act_as(Role.MANAGER)
    colleague = act_as(make_membership(Role.CLERK, manager.membership.organisation))
    assert colleague.get("/people/").status_code == 200

    manager.post(f"/people/{colleague.membership.pk}/end")

    assert colleague.get("/people/").status_code == 404
    assert not memberships_of(colleague.membership.user_id, TODAY).exists()


def test_the_last_manager_stays(act_as):
    manager = act_as(Role.MANAGER)

    refused = manager.post(f"/people/{manager.membership.pk}/end")
    make_membership(Role.MANAGER, manager.membership.organisation)
    done = manager.post(f"/people/{manager.membership.pk}/end")

    assert refused.status_code == 409
    assert "最后一位管理员" in refused.content.decode()
    assert done.status_code == 302


def test_people_of_other_organisations_are_not_there(act_as):
    manager, foreign = act_as(Role.MANAGER), make_membership(Role.CLERK)
    theirs, _code = actions.invite(
        foreign.organisation,
        Role.CLERK,
        "x@example.com",
        actor=make_membership(Role.MANAGER, foreign.organisation),
        at=AT,
    )

    answers = [
        manager.get(f"/people/{foreign.pk}/end").status_code,
        manager.post(f"/people/{foreign.pk}/end").status_code,
        manager.post(f"/people/invitations/{theirs.pk}/withdraw").status_code,
    ]

    assert answers == [404, 404, 404]
    assert foreign.user.name not in manager.get("/people/").content.decode()
    foreign.refresh_from_db()
    assert foreign.until is None


def test_a_person_switches_between_organisations_and_the_header_says_so(act_as):
    first = make_membership(Role.CLERK)
    second = make_membership(Role.MANAGER, user=first.user)
    client = act_as(first)

    before = client.get("/people/").content.decode()
    moved = client.post("/memberships", {"membership": second.pk, "next": "/people/"})
    after = client.get("/people/").content.decode()

    assert moved["Location"] == "/people/"
    assert first.organisation.name in before
    assert second.organisation.name not in before
    assert second.organisation.name in after


def test_nobody_switches_to_somebody_elses_membership(act_as):
    client, foreign = act_as(Role.CLERK), make_membership(Role.MANAGER)

    assert client.post("/memberships", {"membership": foreign.pk}).status_code == 404
    assert client.post("/memberships", {"membership": "1 OR 1=1"}).status_code == 404


def test_a_membership_begins_and_ends_with_its_days():
    user = make_user()
    given = {"user": user, "role": Role.CLERK}
    over = make_organisation(), make_organisation(), make_organisation()
    yesterday, tomorrow = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
    for organisation, since, until in (
        (over[0], yesterday, yesterday),
        (over[1], yesterday, TODAY),
        (over[2], tomorrow, None),
    ):
        Membership.objects.create(organisation=organisation, since=since, until=until, **given)

    assert [one.organisation for one in memberships_of(user.pk, TODAY)] == [over[1]]


@pytest.mark.parametrize("typed", ["{}", " {} ", "{lower}", "{wide}", "{hyphens}"])
def test_an_organisation_is_found_by_its_code_however_it_is_typed(typed):
    firm = make_organisation()
    wide = "".join(chr(ord(one) + 0xFEE0) for one in firm.uscc)
    hyphens = f"{firm.uscc[:8]}-{firm.uscc[8:]}"
    text = typed.format(firm.uscc, lower=firm.uscc.lower(), wide=wide, hyphens=hyphens)

    assert queries.organisation_by_code(text) == firm


def test_no_organisation_is_found_by_an_empty_or_unknown_code():
    make_organisation()

    assert queries.organisation_by_code(" - ") is None
    assert queries.organisation_by_code("91371000MA3C4D5E6X") is None


def test_the_list_of_people_takes_the_same_queries_however_long(act_as, django_assert_num_queries):
    manager = act_as(Role.MANAGER)
    organisation = manager.membership.organisation
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as few:
        manager.get("/people/")
    for _ in range(8):
        make_membership(Role.CLERK, organisation)
    with django_assert_num_queries(len(few)):
        manager.get("/people/")
