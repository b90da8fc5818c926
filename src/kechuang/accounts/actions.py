"""What changes organisations and memberships: registering, claiming, inviting, accepting, ending."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from kechuang.accounts import queries
from kechuang.accounts.acting import Person
from kechuang.accounts.models import Claim, Invitation, Membership, Organisation, User
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import APPLICANTS, Role
from kechuang.journal import actions as journal
from kechuang.journal.models import Event

INVITED_FOR: Final = timedelta(days=7)

on_accept: list[Callable[[Invitation, Membership, datetime], None]] = []
"""Hooks of rooms above: told, within the transaction, who has accepted which invitation."""
on_membership: list[Callable[[Membership, Membership, datetime], None]] = []
"""Hooks of rooms above: told, before it is recorded, which membership has begun or ended, and by whom."""


@transaction.atomic
def enrol(*, username: str, name: str, email: str, password: str, at: datetime) -> User:
    """A new person who may sign in. Raises Refused when the user name is taken."""
    try:
        with transaction.atomic():
            user = User.objects.create_user(username, password, name=name, email=email)
    except IntegrityError:
        raise Refused(
            "这个用户名已有人用。请换一个。", "This user name is taken. Choose another.", "username"
        ) from None
    journal.record("person.enrolled", f"person:{user.pk}", actor=Person.of(user), at=at)
    return user


@transaction.atomic
def register(
    *, uscc: str, name: str, kind: str, district: str, user: User, at: datetime
) -> Membership | Claim:
    """Register an organisation; the person becomes its manager.

    If the city knew the organisation already, with or without members, a claim is made that somebody must confirm:
    both cases do the same work, so that neither answer nor time tells them apart.
    """
    given = {"name": name, "kind": kind, "district": district, "created_at": at}
    organisation, new = Organisation.objects.get_or_create(uscc=uscc, defaults=given)
    if not new:
        return _claim(organisation, name=name, user=user, at=at)
    membership = Membership.objects.create(
        user=user, organisation=organisation, role=Role.MANAGER, since=_day(at)
    )
    _tell_rooms(membership, membership, at)
    _record("organisation.registered", membership, actor=membership, at=at, data={"uscc": uscc, "name": name})
    return membership


def _claim(organisation: Organisation, *, name: str, user: User, at: datetime) -> Claim:
    claim, new = Claim.objects.get_or_create(
        organisation=organisation, user=user, decided_at=None, defaults={"name": name, "created_at": at}
    )
    if new:
        journal.defer("kechuang.accounts.tasks.tell_of_claim", claim_id=claim.pk)
        subject, who = f"organisation:{organisation.pk}", Person.of(user)
        said = {"claim": claim.pk, "name": name}
        journal.record(
            "membership.claimed", subject, actor=who, at=at, organisation_id=organisation.pk, data=said
        )
    return claim


@transaction.atomic
def decide_claim(claim: Claim, *, confirmed: bool, actor: Membership, at: datetime) -> Membership | None:
    """A manager of the organisation, or an operator, confirms that a person may manage it, or refuses."""
    claim = (
        Claim.objects.select_for_update(of=("self",)).select_related("user", "organisation").get(pk=claim.pk)
    )
    if claim.decided_at:
        raise Refused(
            "这份认领已有人处理。请刷新查看。", "This claim has been decided by now. Reload the page."
        )
    granted = None
    if confirmed:
        granted, _new = Membership.objects.get_or_create(
            user=claim.user,
            organisation=claim.organisation,
            role=Role.MANAGER,
            scope="",
            until=None,
            defaults={"since": _day(at), "granted_by": actor},
        )
        _tell_rooms(granted, actor, at)
    Claim.objects.filter(pk=claim.pk).update(decided_at=at, decided_by=actor, granted=granted)
    kind = "membership.confirmed" if confirmed else "membership.refused"
    event = journal.record(
        kind,
        f"organisation:{claim.organisation_id}",
        actor=actor,
        at=at,
        organisation_id=claim.organisation_id,
        data={"claim": claim.pk, "user": claim.user_id},
    )
    name = claim.organisation.name
    title = {"zh": f"您对{name}的认领已确认", "en": f"You may now act for {name}"}
    body = {
        "zh": f"您现在是{name}的单位管理员。",
        "en": f"You are now a manager of {name}.",
    }
    if not confirmed:
        title = {"zh": f"您对{name}的认领未获确认", "en": f"Your claim for {name} was not confirmed"}
        body = {
            "zh": f"处理人认为您不是{name}的管理人员。如有误，请联系本单位已有的管理员。",
            "en": f"Whoever decided does not know you as a manager of {name}. If this is wrong, talk to its manager.",
        }
    journal.tell([(claim.user_id, None)], event=event, title=title, body=body, link="/memberships")
    return granted


@transaction.atomic
def invite(
    organisation: Organisation, role: Role, email: str, *, scope: str = "", actor: Membership, at: datetime
) -> tuple[Invitation, str]:
    """Offer a membership to whoever holds a mail address; returns the invitation and the code of its address.

    The code is told once: to the mail, and to the inviter, who may pass it on where no mail goes out.
    """
    _may_give(organisation, role, actor)
    code = secrets.token_urlsafe(24)
    invitation = Invitation.objects.create(
        organisation=organisation,
        role=role,
        scope=scope,
        email=email,
        code_hash=_hash(code),
        invited_by=actor,
        created_at=at,
        expires_at=at + INVITED_FOR,
    )
    said = {"invitation": invitation.pk, "email": email, "role": role, "scope": scope}
    event = _record_for(organisation, "member.invited", actor=actor, at=at, data=said)
    until = timezone.localtime(invitation.expires_at)
    title = {"zh": f"邀请您加入{organisation.name}", "en": f"An invitation to act for {organisation.name}"}
    body = {
        "zh": f"{actor.user.name}邀请您作为{Role(role).zh}加入{organisation.name}。"
        f"请在 {until:%Y-%m-%d %H:%M} 前打开下面的网址接受。",
        "en": f"{actor.user.name} invites you to act for {organisation.name}. Open the address below to accept by "
        f"{until:%Y-%m-%d %H:%M}.",
    }
    journal.write_to(email, event=event, title=title, body=body, link=f"/invitations/{code}")
    return invitation, code


@transaction.atomic
def withdraw(invitation: Invitation, *, actor: Membership, at: datetime) -> None:
    """Make an invitation void; nothing happens if it was used or is void already."""
    invitation = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if invitation.accepted_by_id or invitation.withdrawn_at:
        return
    Invitation.objects.filter(pk=invitation.pk).update(withdrawn_at=at)
    _record_for(
        invitation.organisation,
        "invitation.withdrawn",
        actor=actor,
        at=at,
        data={"invitation": invitation.pk, "email": invitation.email},
    )


@transaction.atomic
def accept(code: str, *, user: User, at: datetime) -> Membership:
    """Accept an invitation by the code of its address. Raises Refused when it is used, withdrawn or too old."""
    found = queries.invitation_by(code, lock=True)
    if found is None or not queries.is_open(found, at):
        raise Refused(
            "邀请已失效：可能已用过、已撤回，或过了七天。请让邀请人重新发一份。",
            "The invitation is no longer valid: used, withdrawn, or older than seven days. Ask for a new one.",
        )
    Organisation.objects.select_for_update().get(pk=found.organisation_id)
    membership, _new = Membership.objects.get_or_create(
        user=user,
        organisation=found.organisation,
        role=found.role,
        scope=found.scope,
        until=None,
        defaults={"since": _day(at), "granted_by": found.invited_by},
    )
    Invitation.objects.filter(pk=found.pk).update(accepted_by=membership)
    for told in on_accept:
        told(found, membership, at)
    _tell_rooms(membership, membership, at)
    event = _record("invitation.accepted", membership, actor=membership, at=at, data={"invitation": found.pk})
    journal.tell(
        [(found.invited_by.user_id, found.invited_by_id)],
        event=event,
        title={"zh": f"{user.name}接受了邀请", "en": f"{user.name} has accepted"},
        body={
            "zh": f"{user.name}现在可以作为{Role(found.role).zh}代表{found.organisation.name}办事。",
            "en": f"{user.name} may now act for {found.organisation.name}.",
        },
        link="/people/",
    )
    return membership


@transaction.atomic
def grant(
    user: User, organisation: Organisation, role: Role, *, scope: str = "", actor: Membership, at: datetime
) -> Membership:
    """Give a person a role in an office (an operator does); the person is told."""
    _may_give(organisation, role, actor)
    membership, new = Membership.objects.get_or_create(
        user=user,
        organisation=organisation,
        role=role,
        scope=scope,
        until=None,
        defaults={"since": _day(at), "granted_by": actor},
    )
    if not new:
        raise Refused("此人已有这个身份。", "This person holds that role already.", "who")
    _tell_rooms(membership, actor, at)
    event = _record("membership.granted", membership, actor=actor, at=at)
    journal.tell(
        [(user.pk, membership.pk)],
        event=event,
        title={"zh": f"您有了新的身份：{Role(role).zh}", "en": f"You have a new role at {organisation.name}"},
        body={
            "zh": f"您现在可以作为{Role(role).zh}代表{organisation.name}办事。",
            "en": f"You may now act for {organisation.name}.",
        },
        link="/memberships",
    )
    return membership


@transaction.atomic
def add_office(*, name: str, uscc: str, department: str, actor: Membership, at: datetime) -> Organisation:
    """An office of the city. Raises Refused when the code or the short name is taken."""
    if Organisation.objects.filter(uscc=uscc).exists():
        raise Refused("这个代码的单位已在册。", "An organisation with this code is on file already.", "uscc")
    if department and Organisation.objects.filter(department=department).exists():
        raise Refused("这个简称已有单位在用。", "Another office has this short name.", "department")
    given = {"name": name, "uscc": uscc, "department": department, "kind": "government", "created_at": at}
    office = Organisation.objects.create(**given)
    _record_for(office, "office.added", actor=actor, at=at, data={"name": name, "department": department})
    return office


@transaction.atomic
def end(membership: Membership, *, actor: Membership, at: datetime) -> None:
    """End a membership at once; refused for the last manager of an organisation, who would leave it without one."""
    Organisation.objects.select_for_update().get(pk=membership.organisation_id)
    held = queries.people_of(membership.organisation_id, at=at)
    membership = held.filter(pk=membership.pk).first()  # type: ignore[assignment]
    if membership is None:
        raise Refused("这个身份已经结束。", "This membership has ended already.")
    managers = held.filter(role=Role.MANAGER).exclude(pk=membership.pk)
    if membership.role == Role.MANAGER and not managers.exists():
        raise Refused(
            "这是本单位最后一位管理员。请先邀请另一位管理员，再结束这个身份。",
            "This is the last manager. Invite another manager first, then end this membership.",
        )
    day = max(_day(at), membership.since)
    Membership.objects.filter(pk=membership.pk).update(until=day, ended_at=at)
    _tell_rooms(membership, actor, at)
    _record("membership.ended", membership, actor=actor, at=at)


def _tell_rooms(membership: Membership, actor: Membership, at: datetime) -> None:
    for told in on_membership:
        told(membership, actor, at)


def _may_give(organisation: Organisation, role: Role, actor: Membership) -> None:
    """Managers give the roles of their own organisation, operators those of offices, deciders alone let experts in."""
    gives = {Role.MANAGER: APPLICANTS, Role.DECIDER: {Role.EXPERT}}.get(Role(actor.role), frozenset())
    own = actor.organisation_id == organisation.pk and role in gives
    if not own and (actor.role != Role.OPERATOR or role == Role.EXPERT):
        raise Refused("您不能授予这个身份。", "This role is not yours to give.", "role")


def _record(
    kind: str,
    membership: Membership,
    *,
    actor: Membership,
    at: datetime,
    data: dict[str, object] | None = None,
) -> Event:
    said = {
        "membership": membership.pk,
        "user": membership.user_id,
        "role": membership.role,
        "scope": membership.scope,
        **(data or {}),
    }
    return _record_for(membership.organisation, kind, actor=actor, at=at, data=said)


def _record_for(
    organisation: Organisation, kind: str, *, actor: Membership, at: datetime, data: dict[str, object]
) -> Event:
    return journal.record(
        kind,
        f"organisation:{organisation.pk}",
        actor=actor,
        at=at,
        organisation_id=organisation.pk,
        data=data,
    )


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


def _day(at: datetime) -> date:
    return timezone.localdate(at)
