"""Several organisations that undertake a project together: shares that add up exactly, each confirmed by its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from kechuang.accounts.models import Membership, Organisation
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.fulfilment.models import Case, CaseMember
from kechuang.fulfilment.noting import note
from kechuang.fulfilment.projects.models import WHOLE
from kechuang.treasury.sharing import Claim, share

SECTION: Final = "consortium"
MOST: Final = 12  # organisations in one consortium


@dataclass(frozen=True)
class Stake:
    """What one organisation brings and gets. money, work: hundredths of a per cent."""

    organisation: Organisation
    money: int
    work: int
    duty: str


def name(case: Case, stakes: list[Stake], *, actor: Membership, at: datetime) -> list[CaseMember]:
    """Say who undertakes the project together; what changed must be confirmed anew, by everybody but the lead.

    Empty: the applicant undertakes it alone. The caller holds the case and has looked that it may be changed.
    """
    _check_stakes(case, stakes)
    asked = {
        one.organisation.pk: (
            "lead" if one.organisation.pk == case.organisation_id else "member",
            one.money,
            one.work,
            one.duty.strip(),
        )
        for one in stakes
    }
    with transaction.atomic():
        now = {one.organisation_id: (one.role, one.money, one.work, one.duty) for one in case.members.all()}
        if now == asked:
            return list(case.members.all())
        case.members.all().delete()
        made = [
            CaseMember.objects.create(
                case=case,
                organisation_id=number,
                role=role,
                money=money,
                work=work,
                duty=duty,
                confirmed_by=actor if role == "lead" else None,
                confirmed_at=at if role == "lead" else None,
            )
            for number, (role, money, work, duty) in asked.items()
        ]
        case.revision += 1
        case.save(update_fields=["revision"])
        told = [[one.organisation.uscc, one.money, one.work, one.duty] for one in made]
        note("case.consortium_named", case, actor, at, members=told)
    return made


def _check_stakes(case: Case, stakes: list[Stake]) -> None:
    if not stakes:
        return
    numbers = [one.organisation.pk for one in stakes]
    if len(set(numbers)) != len(numbers) or len(numbers) > MOST:
        raise Refused(
            f"每家单位只列一次，至多 {MOST} 家。", f"Name each organisation once, {MOST} at most.", "members"
        )
    if case.organisation_id not in numbers or len(numbers) == 1:
        raise Refused(
            "请列明牵头单位（本单位）和至少一家参与单位；独自承担的不用填。",
            "Name yourselves as lead and at least one member; leave this empty if you undertake it alone.",
            "members",
        )
    if any(not one.duty.strip() for one in stakes):
        raise Refused("请写明每家单位的任务。", "Say what each organisation does.", "members")
    for zh, en, total in (
        ("资金", "money", sum(one.money for one in stakes)),
        ("任务", "work", sum(one.work for one in stakes)),
    ):
        if total != WHOLE:
            raise Refused(
                f"{zh}比例合计 {percent(total)}，须正好是 100%。",
                f"The shares of {en} add up to {percent(total)}; they must be 100% exactly.",
                "members",
            )


def percent(share_of: int) -> str:
    """Hundredths of a per cent as people write them: 3333 is '33.33%'."""
    whole, part = divmod(share_of, 100)
    return f"{whole}.{part:02d}%" if part else f"{whole}%"


def confirm(member: CaseMember, *, actor: Membership, at: datetime) -> CaseMember:
    """The member's own manager agrees to its share and duty; the same again does nothing."""
    if actor.role != Role.MANAGER or actor.organisation_id != member.organisation_id:
        raise Refused("请由该单位的管理员确认。", "The organisation's own manager confirms.")
    with transaction.atomic():
        case = Case.objects.select_for_update(no_key=True).get(pk=member.case_id)
        locked = CaseMember.objects.select_for_update().filter(pk=member.pk).first()
        if locked is None or (locked.money, locked.work, locked.duty) != (
            member.money,
            member.work,
            member.duty,
        ):
            raise Refused(
                "内容有了变化，请重新载入后确认。",
                "It has changed meanwhile: reload the page and confirm then.",
            )
        if locked.confirmed_at:
            return locked
        locked.confirmed_by, locked.confirmed_at = actor, at
        locked.save(update_fields=["confirmed_by", "confirmed_at"])
        note("case.member_confirmed", case, actor, at, member=actor.organisation.uscc)
    return locked


def must_be_as_shown(member: CaseMember, seen: str) -> None:
    """Refuse to confirm what is not as the page showed it: "money:work:duty"."""
    if seen != f"{member.money}:{member.work}:{member.duty}":
        raise Refused("内容有了变化，请核对后再确认。", "It has changed: check it, then confirm.")


def check(case: Case) -> None:
    """Raise Refused unless the application is by one alone or by a consortium in which everybody has agreed."""
    found = list(case.members.select_related("organisation"))
    if not found:
        return
    _check_stakes(case, [Stake(one.organisation, one.money, one.work, one.duty) for one in found])
    waiting = [one.organisation.name for one in found if one.confirmed_at is None]
    if waiting:
        raise Refused(
            f"还没有确认分工：{'、'.join(waiting)}。请其单位管理员登录确认。",
            f"Not confirmed yet: {', '.join(waiting)}. Their managers sign in and confirm.",
            SECTION,
        )


def content_of(case: Case) -> list[list[Any]]:
    """What the section says, as plain JSON."""
    if case.pk is None:
        return []
    found = case.members.select_related("organisation").order_by("role", "organisation__uscc")
    return [
        [one.organisation.uscc, one.role, one.money, one.work, one.duty, one.confirmed_at is not None]
        for one in found
    ]


def sums_of(members: list[CaseMember], amount_fen: int) -> dict[int, int]:
    """What falls to each member of a sum, by its share of the money, to the fen: {number of the member: fen}."""
    claims = [Claim(id=one.pk, ceiling_fen=one.money * amount_fen) for one in members]
    return share(claims, amount_fen, "pro_rata")


def waiting_for(organisation: Organisation) -> Any:
    """The consortia that an organisation is named in and may still be changed: to confirm, or confirmed already."""
    found = CaseMember.objects.filter(organisation=organisation, role="member")
    return found.filter(case__state__in=["draft", "returned"]).select_related(
        "case__call", "case__organisation"
    )
