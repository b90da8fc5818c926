"""The API of an organisation's people: who acts for it, invitations, claims. With the token of a manager."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.http import Http404, HttpRequest
from django.urls import reverse
from ninja import Router
from pydantic import Field

from kechuang.accounts import actions, contacts, queries
from kechuang.accounts.calling import SURE, Given, Id, Sure, acting
from kechuang.accounts.models import Claim, Invitation, Membership
from kechuang.accounts.roles import DEPARTMENT, Role
from kechuang.accounts.tokens import bearer
from kechuang.journal import clock
from kechuang.reader.api_shapes import Shape
from kechuang.reader.told import told

router = Router(tags=["people"], auth=bearer)


class NewInvitation(Given):
    """Whom to invite, in which role."""

    role: Literal["manager", "clerk"]
    email: Annotated[str, Field(pattern=r"^[^@\s]{1,64}@[^@\s]{1,180}\.[^@\s]{2,20}$")]


class ClaimDecision(Given):
    """Whether a person may manage the organisation."""

    confirmed: bool


class Contact(Given):
    """Whom to call in an office; all of it is public. All empty: nothing is told."""

    person: Annotated[str, Field(max_length=64)] = ""
    phone: Annotated[str, Field(max_length=32)] = ""
    address: Annotated[str, Field(max_length=200)] = ""


class ToldContact(Shape):
    """How an office is reached."""

    person: str
    phone: str
    address: str


class ToldPerson(Shape):
    """A person who acts for the organisation."""

    id: int
    name: str
    role: str
    since: date
    until: date | None


class ToldInvitation(Shape):
    """An invitation that is open; the address is told once, when it is made."""

    id: int
    role: str
    email: str
    expires_at: datetime
    address: str = ""


class ToldClaim(Shape):
    """A person who asks to manage the organisation."""

    id: int
    name: str
    created_at: datetime


class ToldPeople(Shape):
    """People, open invitations and claims of the organisation."""

    people: list[ToldPerson]
    invitations: list[ToldInvitation]
    claims: list[ToldClaim]


@router.get(
    "", response=ToldPeople, **told("people", "本单位的人员", "People", "本单位的人员、邀请和认领申请。")
)
def people(request: HttpRequest) -> dict[str, Any]:
    """Who acts for the token's organisation, whom it has invited, who asks to manage it."""
    organisation = acting(request, Role.MANAGER).organisation
    return {
        "people": [_person(one) for one in queries.people_of(organisation)],
        "invitations": [_invitation(one) for one in queries.invitations_open(organisation, clock.now())],
        "claims": [
            {"id": one.pk, "name": one.user.name, "created_at": one.created_at}
            for one in queries.claims_open(organisation)
        ],
    }


@router.post(
    "/invitations",
    response=ToldInvitation,
    **told(
        "invite", "邀请同事", "Invite a colleague", "邀请同事，七天内有效；网址只告知一次。",
        {"role": "clerk", "email": "li@example.com"},
    ),
)  # fmt: skip
def invite(request: HttpRequest, given: NewInvitation) -> dict[str, Any]:
    """Invite a colleague for seven days; the address to open is told this once."""
    actor = acting(request, Role.MANAGER)
    made, code = actions.invite(
        actor.organisation, Role(given.role), given.email, actor=actor, at=clock.now()
    )
    return {**_invitation(made), "address": request.build_absolute_uri(reverse("invitation", args=[code]))}


@router.post(
    "/invitations/{number}/withdraw",
    response=ToldPeople,
    **told("withdrawInvitation", "撤回邀请", "Withdraw an invitation", "撤回还没有接受的邀请。", SURE),
)
def withdraw(request: HttpRequest, number: Id, given: Sure) -> dict[str, Any]:  # noqa: ARG001 - it is meant
    """Make an invitation void."""
    actor = acting(request, Role.MANAGER)
    actions.withdraw(_own(Invitation, number, actor), actor=actor, at=clock.now())
    return people(request)


@router.post(
    "/{number}/end",
    response=ToldPeople,
    **told(
        "endMembership",
        "结束身份",
        "End a membership",
        "立即结束一人在本单位的身份；最后一名管理员除外。",
        SURE,
    ),
)
def end(request: HttpRequest, number: Id, given: Sure) -> dict[str, Any]:  # noqa: ARG001
    """End a membership of the token's organisation at once; the last manager stays."""
    actor = acting(request, Role.MANAGER)
    actions.end(_own(Membership, number, actor), actor=actor, at=clock.now())
    return people(request)


@router.post(
    "/claims/{number}",
    response=ToldPeople,
    **told(
        "decideClaim", "处理认领申请", "Decide a claim", "确认或拒绝一人管理本单位。", {"confirmed": True}
    ),
)
def decide(request: HttpRequest, number: Id, given: ClaimDecision) -> dict[str, Any]:
    """Confirm that a person may manage the token's organisation, or refuse."""
    actor = acting(request, Role.MANAGER)
    actions.decide_claim(_own(Claim, number, actor), confirmed=given.confirmed, actor=actor, at=clock.now())
    return people(request)


@router.get(
    "/contact",
    tags=["offices"],
    response=ToldContact,
    **told("contact", "本部门的联系方式", "Contact", "写在申报通知和公示上的联系人、电话和地址。"),
)
def contact(request: HttpRequest) -> dict[str, Any]:
    """How the token's department is reached, as its calls and notices tell it."""
    found = contacts.contact_of(acting(request, *sorted(DEPARTMENT)).organisation)
    return asdict(found or contacts.Reached("", "", ""))


@router.post(
    "/contact",
    tags=["offices"],
    response=ToldContact,
    **told(
        "stateContact", "填写本部门的联系方式", "State the contact",
        "写在申报通知和以后发布的公示上；全部留空即不公布。",
        {"person": "李女士", "phone": "0631-0000000", "address": ""},
    ),
)  # fmt: skip
def state_contact(request: HttpRequest, given: Contact) -> dict[str, Any]:
    """State how the token's department is reached; it stands on calls and on notices published from now on."""
    actor = acting(request, *sorted(DEPARTMENT))
    reached = contacts.Reached(given.person, given.phone, given.address)
    contacts.state_contact(actor.organisation, reached, actor=actor, at=clock.now())
    return contact(request)


def _own(kind: Any, number: int, actor: Membership) -> Any:
    found = kind.objects.filter(pk=number, organisation=actor.organisation_id).first()
    if found is None:
        raise Http404
    return found


def _person(one: Membership) -> dict[str, Any]:
    return {"id": one.pk, "name": one.user.name, "role": one.role, "since": one.since, "until": one.until}


def _invitation(one: Invitation) -> dict[str, Any]:
    return {"id": one.pk, "role": one.role, "email": one.email, "expires_at": one.expires_at}
