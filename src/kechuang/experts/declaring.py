"""Ties that people enter: declared by oneself, or by the department that keeps an expert; and works done together."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from kechuang.accounts.models import Membership, Organisation, User
from kechuang.accounts.refusals import Refused
from kechuang.experts import recusal, rules
from kechuang.experts.catalogue import grounds
from kechuang.experts.models import Expert, Share, Tie, Work
from kechuang.journal import actions as journal


@dataclass(frozen=True)
class Said:
    """What is said of a tie: its kind, what with, from when to when (None: not known, still so), on what it rests."""

    kind: str
    organisation: Organisation | None = None
    other: Expert | None = None
    other_user: User | None = None
    began_on: date | None = None
    ended_on: date | None = None
    note: str = ""
    source: str = ""


@transaction.atomic
def declare(said: Said, *, actor: Membership, at: datetime) -> Tie:
    """A person of the staff says what ties themselves; they stay away from that moment on. Raises Refused."""
    rules.must_declare(actor)
    _look(said, "self", at)
    own = Expert.objects.filter(user_id=actor.user_id, merged_into__isnull=True).first()
    mine = {"expert": own} if own else {"user_id": actor.user_id}
    return _enter(said, mine, said.source or "本人申报", actor, at)


@transaction.atomic
def enter(person: Expert | Membership, said: Said, *, actor: Membership, at: datetime) -> Tie:
    """The department enters what ties one of its experts, or one of its own officers; with what it rests on."""
    if isinstance(person, Expert):
        rules.must_keep(actor, person)
    else:
        rules.must_enter(actor)
        if person.organisation_id != actor.organisation_id or person.user_id == actor.user_id:
            raise Refused("只能为本部门同事录入。", "Only for colleagues of your department.")
    _look(said, "office", at)
    if not said.source.strip():
        raise Refused("请写明依据。", "Say what it rests on.", "source")
    of = {"expert": person} if isinstance(person, Expert) else {"user_id": person.user_id}
    return _enter(said, of, said.source, actor, at)


@transaction.atomic
def keep_off(
    person: Expert | User,
    organisation: Organisation,
    source: str,
    note: str,
    *,
    actor: Membership,
    at: datetime,
) -> Tie:
    """An applicant's request is upheld: the person stays away from it, whichever department keeps the entry.

    An officer decides, never about oneself. It holds for the years of the ground from today on.
    """
    rules.must_enter(actor)
    user = person.pk if isinstance(person, User) else person.user_id
    if actor.user_id == user:
        raise Refused("涉及您本人，请交由同事答复。", "This is about you: a colleague answers it.")
    today = timezone.localdate(at)
    said = Said("objection", organisation, began_on=today, ended_on=today, note=note, source=source)
    _look(said, "office", at)
    of = {"expert": person} if isinstance(person, Expert) else {"user_id": person.pk}
    return _enter(said, of, source, actor, at)


@transaction.atomic
def withdraw(tie: Tie, *, why: str, actor: Membership, at: datetime) -> None:
    """Take back what was entered by mistake: by the department that keeps the expert, never by the person tied.

    Officials' own declarations are taken back by a colleague of their department.
    """
    tie = Tie.objects.select_for_update(of=("self",)).select_related("expert", "user").get(pk=tie.pk)
    if not may_withdraw(actor, tie):
        raise Refused("由管理部门的其他经办岗核实后撤销。", "Another officer of the department does this.")
    if not why.strip():
        raise Refused("请写明撤销原因。", "Say why.", "why")
    if tie.withdrawn_at:
        return
    Tie.objects.filter(pk=tie.pk).update(withdrawn_at=at, withdrawn_by=actor, withdrawn_why=why.strip())
    _renew(tie, actor, at)
    journal.record("tie.withdrawn", f"tie:{tie.pk}", actor=actor, at=at, data={"why": why.strip()})


def may_withdraw(actor: Membership, tie: Tie) -> bool:
    """Whether one may take back a tie: an officer who keeps the expert, or a colleague of the official."""
    if tie.expert:
        return rules.may_keep(actor, tie.expert)
    same = actor.user_id != tie.user_id and tie.entered_by.organisation_id == actor.organisation_id
    return same and actor.role == "officer"


@transaction.atomic
def state_work(
    work: Work,
    experts: Collection[Expert],
    organisations: Collection[Organisation],
    *,
    actor: Membership,
    at: datetime,
) -> Work:
    """Enter a paper, patent or project with those who shared in it; ties follow from it. `work` is not saved yet."""
    rules.must_enter(actor)
    if len(experts) + len(organisations) < 2 or not experts:  # noqa: PLR2004 - together means two
        raise Refused(
            "请填写至少一位专家和另一位专家或单位。",
            "Name one expert and another expert or an organisation.",
            "experts",
        )
    if work.on > timezone.localdate(at):
        raise Refused("日期不能晚于今天。", "The day cannot be after today.", "on")
    work.entered_by, work.entered_at = actor, at
    try:
        with transaction.atomic():
            work.save(force_insert=True)
    except IntegrityError:
        raise Refused("这个编号已录入。", "A work of this number is there already.", "identifier") from None
    Share.objects.bulk_create(
        [
            *(Share(work=work, expert=one) for one in experts),
            *(Share(work=work, organisation=one) for one in organisations),
        ]
    )
    recusal.renew(next(iter(experts)), at, actor=actor)
    journal.record("work.stated", f"work:{work.pk}", actor=actor, at=at, data={"identifier": work.identifier})
    return work


def _look(said: Said, who: str, at: datetime) -> None:
    ground = grounds().get(said.kind)
    if ground is None or who not in ground.who:
        raise Refused("请选择回避事由。", "Choose a ground.", "kind")
    if said.organisation is None and said.other is None and said.other_user is None:
        raise Refused("请填写相关单位或人员。", "Name the organisation or person.", "organisation")
    if said.organisation is None and "person" not in ground.reaches:
        raise Refused("请填写相关单位。", "Name the organisation.", "organisation")
    if said.began_on and said.ended_on and said.ended_on < said.began_on:
        raise Refused("结束日早于开始日。", "The last day is before the first.", "ended_on")
    if said.began_on and said.began_on > timezone.localdate(at):
        raise Refused("开始日不能晚于今天。", "The first day cannot be after today.", "began_on")


def _enter(said: Said, of: Mapping[str, Any], source: str, actor: Membership, at: datetime) -> Tie:
    tie = Tie.objects.create(
        **of,
        kind=said.kind,
        organisation=said.organisation,
        other=said.other,
        other_user=said.other_user,
        began_on=said.began_on,
        ended_on=said.ended_on,
        note=said.note.strip(),
        source=source.strip(),
        entered_by=actor,
        entered_at=at,
    )
    _renew(tie, actor, at)
    journal.record("tie.entered", f"tie:{tie.pk}", actor=actor, at=at, data={"kind": tie.kind})
    return tie


def _renew(tie: Tie, actor: Membership, at: datetime) -> None:
    person = tie.expert or tie.user
    if person:
        recusal.renew(person, at, actor=actor)
