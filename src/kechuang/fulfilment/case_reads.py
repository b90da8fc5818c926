"""What the page of a case reads of the database beside the case itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from kechuang.accounts.acting import held_on
from kechuang.accounts.models import Membership
from kechuang.accounts.roles import APPLICANTS, DEPARTMENT, Role
from kechuang.fulfilment import caps, office_facts, stacking
from kechuang.fulfilment.models import Approval, Case, Decision, Finding, NoticeLine
from kechuang.fulfilment.noting import NOTES
from kechuang.journal import queries as journal
from kechuang.journal.models import Event, Message
from kechuang.journal.statements import Ask, Given, ask, ask_first
from kechuang.registry import assembly


def asks(case: Case, actor: Membership, at: datetime) -> list[Ask[Any]]:
    """All of it: to be sent together, for each alone is a small question."""
    now = assembly.asks((case.organisation_id,), at)
    facts: list[Ask[Any]] = [
        *office_facts.asks(case, at),
        *now,
        journal.unread(actor.user_id),
        approvals(case),
    ]
    if actor.role == Role.REVIEWER:
        return facts
    judged_by = assembly.asks((case.organisation_id,), case.known_at or at, case.on)
    told: list[Ask[Any]] = [
        office_facts.known(case, case.known_at or at),
        events(case),
        findings(case),
        drafts(case),
        decisions(case),
        notice_line(case),
        people(case, at),
    ]
    return [*facts, *judged_by, *told, *caps.asks(case), stacking.beside(case)]


def approvals(case: Case) -> Ask[Approval]:
    """What other offices have said of it."""
    return ask(
        "approvals of a case",
        lambda case: Approval.objects.filter(case=case).select_related(
            "given_by__user", "given_by__organisation"
        ),
        case=case.pk,
    )


def events(case: Case) -> Ask[Event]:
    """All acts on it and the notes that colleagues left, the newest first."""
    return ask(
        "events of a case",
        lambda case, notes: Event.objects.filter(Q(subject=case) | Q(subject=notes)).order_by("-number"),
        case=f"case:{case.pk}",
        notes=f"{NOTES}:{case.pk}",
    )


def findings(case: Case) -> Ask[Finding]:
    """The breaches found in it with what was said to them and what must come back, the newest first."""
    return ask(
        "findings of a case",
        lambda case: (
            Finding.objects.filter(case=case)
            .select_related("receivable")
            .prefetch_related("receivable__instalments", "defences__evidence", "defences__stated_by__user")
        ),
        case=case.pk,
    )


def people(case: Case, at: datetime) -> Ask[Membership]:
    """Who has to do with it today: the applicant's people, the district, the department."""

    def concerned(organisation: Given, department: Given, district: Given, on: Given) -> QuerySet[Membership]:
        found = held_on(on).filter(
            Q(organisation=organisation, role__in=APPLICANTS)
            | Q(organisation=department, role__in=DEPARTMENT)
            | Q(role=Role.DISTRICT, scope=district)
        )
        return found.select_related("user", "organisation").order_by("role", "id")

    return ask(
        "people of a case",
        concerned,
        organisation=case.organisation_id,
        department=case.call.department_id,
        district=case.district or "-",
        on=timezone.localdate(at),
    )


def drafts(case: Case) -> Ask[Message]:
    """The letters that wait for an officer to release or discard them."""
    return ask("drafts of a case", journal.drafts_for, subject=f"case:{case.pk}")


def decisions(case: Case) -> Ask[Decision]:
    """Its decisions, those that were revoked too, the newest first."""
    return ask(
        "decisions of a case",
        lambda case: Decision.objects.filter(case=case).select_related("revoked_by__user"),
        case=case.pk,
    )


def notice_line(case: Case) -> Ask[NoticeLine]:
    """Its line in the latest public notice."""
    return ask_first(
        "notice of a case",
        lambda case: NoticeLine.objects.filter(case=case).select_related("notice").order_by("-id"),
        case=case.pk,
    )
