"""Operators and auditors: within a session with a reason only; offices, staff, second factors."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator

from factories import AT, make_department, make_membership, make_organisation, make_user
from kechuang.accounts import actions, staff
from kechuang.accounts.acting import session_under_way
from kechuang.accounts.models import Invitation, Membership, Organisation, StaffSession
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.journal.models import Event, Message
from kechuang.reference.uscc import make_uscc

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("role", "page"), [(Role.OPERATOR, "/people/all"), (Role.AUDITOR, "/journal/")])
def test_without_a_session_the_wide_pages_lead_to_beginning_one(act_as, role, page):
    client = act_as(role, at_work=False)
    led = client.get(page)
    assert led["Location"] == f"/account/staff-session?next={page.replace('/', '%2F')}"

    begun = client.post(
        "/account/staff-session", {"reason": "核查来函〔2026〕3号", "minutes": 30, "next": page}
    )
    shown = client.get(page).content.decode()
    client.post("/account/staff-session/end")

    assert begun["Location"] == page
    assert "工作时段还有 30 分钟：核查来函〔2026〕3号" in shown
    assert client.get(page).status_code == 302
    assert list(Event.objects.values_list("kind", flat=True)) == [
        "staff_session.begun",
        "staff_session.ended",
    ]


def test_a_session_needs_a_reason_and_lasts_at_most_an_hour(act_as):
    client = act_as(Role.OPERATOR, at_work=False)

    without = client.post("/account/staff-session", {"reason": " 查 ", "minutes": 30})
    long = client.post("/account/staff-session", {"reason": "核查来函〔2026〕3号", "minutes": 90})

    assert "请写明事由" in without.content.decode()
    assert long.status_code == 422
    assert not StaffSession.objects.exists()
    with pytest.raises(Refused, match="1 to 60"):
        staff.begin(reason="核查来函", minutes=61, actor=client.membership, at=AT)


def test_a_session_ends_by_itself():
    auditor = make_membership(Role.AUDITOR, at_work=False)
    staff.begin(reason="年度审计", minutes=60, actor=auditor, at=AT)

    assert session_under_way(auditor, AT + timedelta(minutes=59))
    assert not session_under_way(auditor, AT + timedelta(minutes=60))


def test_other_roles_have_no_sessions():
    with pytest.raises(Refused):
        staff.begin(reason="想看一看", minutes=30, actor=make_membership(Role.LEADER), at=AT)


def test_an_operator_gives_a_role_by_user_name_at_once(act_as):
    operator, office, user = act_as(Role.OPERATOR), make_department(), make_user()
    given = {"who": user.username, "organisation": office.pk, "role": Role.OFFICER, "scope": ""}

    done = operator.post("/people/all/new", given)

    assert done["Location"] == "/people/all"
    held = Membership.objects.get(user=user)
    assert (held.role, held.organisation, held.granted_by) == (Role.OFFICER, office, operator.membership)
    assert Message.objects.get(recipient=user).title["zh"] == "您有了新的身份：部门经办岗"
    assert user.name in operator.get("/people/all").content.decode()


def test_an_operator_invites_by_mail_address(act_as, client):
    operator, office = act_as(Role.OPERATOR), make_department()
    given = {"who": "wang@example.com", "organisation": office.pk, "role": Role.DISTRICT, "scope": "371002"}

    page = operator.post("/people/all/new", given).content.decode()

    invitation = Invitation.objects.get()
    assert (invitation.role, invitation.scope) == (Role.DISTRICT, "371002")
    assert "/invitations/" in page


@pytest.mark.parametrize(
    ("role", "scope"),
    [(Role.DISTRICT, ""), (Role.DISTRICT, "credit"), (Role.REVIEWER, "371002"), (Role.OFFICER, "371002")],
)
def test_a_scope_must_fit_the_role(act_as, role, scope):
    operator, user = act_as(Role.OPERATOR), make_user()
    given = {"who": user.username, "organisation": make_department().pk, "role": role, "scope": scope}

    response = operator.post("/people/all/new", given)

    assert response.status_code == 422
    assert "范围不对" in response.content.decode()
    assert not Membership.objects.filter(user=user).exists()


def test_an_operator_sets_up_an_office_once(act_as):
    operator = act_as(Role.OPERATOR)
    code = make_uscc("1", "1", "371000", "00435909")
    given = {"name": "威海市财政局", "uscc": code, "department": "市财政局"}

    first = operator.post("/people/all/office", given)
    second = operator.post("/people/all/office", {**given, "department": "另一个"})

    assert first.status_code == 302
    assert Organisation.objects.get(department="市财政局").kind == "government"
    assert "已在册" in second.content.decode()


def test_an_operator_ends_a_role_of_an_office_but_none_of_an_enterprise(act_as):
    operator = act_as(Role.OPERATOR)
    officer, clerk = make_membership(Role.OFFICER, make_department()), make_membership(Role.CLERK)

    ended = operator.post(f"/people/all/{officer.pk}/end")
    foreign = operator.post(f"/people/all/{clerk.pk}/end")

    assert (ended.status_code, foreign.status_code) == (302, 404)
    officer.refresh_from_db()
    assert officer.ended_at is not None


def test_who_is_shut_out_is_signed_out_at_once_and_can_be_let_in_again(act_as):
    operator, officer = act_as(Role.OPERATOR), act_as(Role.OFFICER)
    address = f"/people/all/person/{officer.membership.user_id}/switch"
    assert officer.get("/account/").status_code == 200

    operator.post(address, {"shut_out": "1"})
    shut_out = officer.get("/account/").status_code
    operator.post(address, {"let_in": "1"})

    assert shut_out == 302
    assert officer.get("/account/").status_code == 200
    kinds = list(Event.objects.values_list("kind", flat=True))
    assert kinds == ["person.shut_out", "person.let_in"]


def test_an_operator_cannot_shut_themselves_out(act_as):
    operator = act_as(Role.OPERATOR)

    refused = operator.post(f"/people/all/person/{operator.membership.user_id}/switch", {"shut_out": "1"})

    assert refused.status_code == 409
    assert operator.get("/account/").status_code == 200


def test_staff_set_up_a_second_factor_before_anything_else(act_as, settings):
    settings.STAFF_MFA = True
    officer, clerk = act_as(Role.OFFICER), act_as(Role.CLERK)

    led = officer.get("/people/")
    told = officer.get("/account/second-factor/").content.decode()

    assert led["Location"] == "/account/second-factor/"
    assert "您的身份须有第二重验证" in told
    assert clerk.get("/people/").status_code == 200
    Authenticator.objects.create(user=officer.membership.user, type="totp", data={"secret": "x"})
    assert officer.get("/people/").status_code == 200


def test_operators_decide_claims_of_organisations_without_members(act_as):
    operator, user, organisation = act_as(Role.OPERATOR), make_user(), make_organisation()
    claim = actions.register(
        uscc=organisation.uscc, name="x", kind="enterprise", district="", user=user, at=AT
    )
    assert user.name in operator.get("/people/claims").content.decode()

    operator.post(f"/people/claims/{claim.pk}", {"confirm": "1"})

    assert Membership.objects.get(user=user).role == Role.MANAGER


def test_giving_the_same_role_twice_is_refused():
    operator, user, office = make_membership(Role.OPERATOR), make_user(), make_department()
    actions.grant(user, office, Role.LEADER, actor=operator, at=AT)

    with pytest.raises(Refused, match="already"):
        actions.grant(user, office, Role.LEADER, actor=operator, at=AT)


def test_an_operator_helps_who_forgot_the_password_and_lost_the_phone(act_as, client):
    operator, user = act_as(Role.OPERATOR), make_user()
    Authenticator.objects.create(user=user, type="totp", data={"secret": "x"})
    address = f"/people/all/person/{user.pk}/help"

    offered = operator.post(address, {"password": "1"}).context["address"].removeprefix("http://testserver")
    operator.post(address, {"factors": "1"})
    page = client.get(offered, follow=True)
    new = "新的一段很长的口令也好记"
    client.post(page.request["PATH_INFO"], {"password1": new, "password2": new})

    assert client.post("/sign-in", {"login": user.username, "password": new})["Location"] == "/account/"
    kinds = list(Event.objects.values_list("kind", flat=True))
    assert kinds == ["password.offered", "second_factor.forgotten", "password.changed"]
