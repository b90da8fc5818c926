"""Who may do what in the pool, with recusals and with draws; pages, API and actions ask here."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Q, QuerySet
from django.utils.timezone import localdate

from kechuang.accounts.models import Membership
from kechuang.accounts.queries import away_from
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import DEPARTMENT, STAFF, Role
from kechuang.experts.catalogue import entry
from kechuang.experts.models import Draw, Expert, ExpertFile, Tie, Work
from kechuang.registry.models import Evidence


def experts_visible_to(who: Membership) -> QuerySet[Expert]:
    """The pool: those that one's department keeps; all for auditors; oneself for an expert."""
    if who.role in DEPARTMENT:
        return Expert.objects.filter(keeper_id=who.organisation_id)
    if who.role == Role.AUDITOR:
        return Expert.objects.all()
    if who.role == Role.EXPERT:
        return Expert.objects.filter(user_id=who.user_id)
    return Expert.objects.none()


def ties_visible_to(who: Membership) -> QuerySet[Tie]:
    """What ties people: all for auditors, of the kept experts for a department, and always one's own.

    Of others' ties those to organisations that one stays away from oneself are not there.
    """
    own = Q(user_id=who.user_id) | Q(expert__user_id=who.user_id)
    theirs = ~Q(organisation__in=away_from(who)) | Q(organisation__isnull=True)
    if who.role == Role.AUDITOR:
        return Tie.objects.filter(own | theirs)
    if who.role in DEPARTMENT:
        colleagues = Q(entered_by__organisation=who.organisation_id, expert__isnull=True)
        return Tie.objects.filter(own | theirs & (Q(expert__keeper_id=who.organisation_id) | colleagues))
    return Tie.objects.filter(own)


def of_organisations(organisations: list[int]) -> Q:
    """The events of the journal that tell who is tied to these organisations, or stays away from them."""
    ties = Tie.objects.filter(organisation__in=organisations).values_list("pk", flat=True)
    found = Q(subject__in=[f"tie:{pk}" for pk in ties])
    for one in organisations:
        found |= Q(kind="recusal.renewed") & (
            Q(data__begun__contains=[[one]]) | Q(data__ended__contains=[[one]])
        )
    return found


def may_keep(who: Membership, expert: Expert) -> bool:
    """Whether one changes an entry of the pool: an officer of the department that keeps it, never one's own."""
    return (
        who.role == Role.OFFICER and expert.keeper_id == who.organisation_id and expert.user_id != who.user_id
    )


def must_keep(who: Membership, expert: Expert) -> None:
    """Raises Refused for anybody else."""
    if not may_keep(who, expert):
        raise Refused("专家库由管理部门的经办岗维护。", "The pool is kept by an officer of its department.")


def must_enter(who: Membership) -> None:
    """Raises Refused unless one may enter experts: an officer of a department."""
    if who.role != Role.OFFICER:
        raise Refused("专家由部门经办岗录入。", "Experts are entered by an officer of a department.")


def may_withdraw(who: Membership, work: Work) -> bool:
    """Whether one may take back a work: an officer of the department that entered it, never a work of one's own."""
    same = who.role == Role.OFFICER and work.entered_by.organisation_id == who.organisation_id
    return same and not work.shares.filter(expert__user=who.user_id).exists()


def must_declare(who: Membership) -> None:
    """Raises Refused for applicants: they are parties."""
    if who.role not in STAFF:
        raise Refused("申报单位无需申报回避。", "Applicants declare nothing here.")


def must_draw(who: Membership) -> None:
    """Raises Refused unless one may prepare draws: an officer of a department."""
    if who.role != Role.OFFICER:
        raise Refused("抽取由部门经办岗办理。", "Draws are prepared by an officer of a department.")


def may_run(who: Membership, draw: Draw) -> bool:
    """Whether one carries out a draw and notes who declines: department that prepared it."""
    return who.role in DEPARTMENT and who.organisation_id == draw.department_id


def must_run(who: Membership, draw: Draw) -> None:
    """Raises Refused for other departments."""
    if not may_run(who, draw):
        raise Refused("由准备抽取的部门办理。", "The department that prepared the draw does this.")


def check_due_on(expert: Expert) -> date:
    """The last day of the yearly check; of one never checked, the day of confirmation counts."""
    since = expert.checked_on or localdate(expert.confirmed_at or expert.proposed_at)
    return since + timedelta(days=entry().check_days)


def without_foreign_files(who: Membership, found: QuerySet[Evidence]) -> QuerySet[Evidence]:
    """Files without those of experts whom this membership may not see: personal data stay in the pool."""
    foreign = ExpertFile.objects.exclude(expert__in=experts_visible_to(who))
    return found.exclude(pk__in=foreign.values("evidence"))


def shows_evidence(who: Membership, evidence: Evidence) -> bool:
    """Whether a file is the expert's own."""
    return who.role == Role.EXPERT and experts_visible_to(who).filter(files__evidence=evidence).exists()
