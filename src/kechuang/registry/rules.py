"""Who may see and do what in the registry; pages, API and templates ask here.

Rooms above widen who may see by appending to the hooks: a reviewer before whom a case lies sees its evidence.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.db.models import QuerySet

from kechuang.accounts.models import Membership, Organisation
from kechuang.accounts.queries import away_from, stays_away
from kechuang.accounts.roles import APPLICANTS, DEPARTMENT, FINANCE, READERS, Role
from kechuang.registry.models import Correction, Evidence, Fact

WHOLE_CITY: Final = frozenset({*DEPARTMENT, *FINANCE, *READERS, Role.POLICY})
"""Roles that see the profiles of all organisations."""
SEE_EVIDENCE: Final = frozenset({*DEPARTMENT, Role.AUDITOR})
"""Roles that see the evidence behind the profiles."""
SEE_CALENDAR: Final = frozenset(
    {*DEPARTMENT, *FINANCE, *READERS, Role.DISTRICT, Role.REVIEWER, Role.OPERATOR}
)
"""Roles that see the calendar of working days."""
FILERS: Final = frozenset({"bank", "insurer"})
"""Kinds of organisations whose lists are filings: each speaks of its own loans and policies."""

evidence_shown_to: list[Callable[[Membership, Evidence], bool]] = []
"""Hooks of rooms above: each may say that a membership may see a file."""
evidence_kept_from: list[Callable[[Membership, QuerySet[Evidence]], QuerySet[Evidence]]] = []
"""Hooks of rooms above: each takes out the files that are kept from a membership, whatever its role."""


def may_see_evidence(membership: Membership, evidence: Evidence) -> bool:
    """Its own organisation, departments and auditors; others where a room above says so."""
    if not evidence_open_to(membership, Evidence.objects.filter(pk=evidence.pk)).exists():
        return False
    if may_see_files_of(membership, evidence.organisation):
        return True
    return membership.role not in APPLICANTS and any(
        shown(membership, evidence) for shown in evidence_shown_to
    )


def evidence_open_to(membership: Membership, found: QuerySet[Evidence]) -> QuerySet[Evidence]:
    """Files without those that are kept from a membership: personal data of a pool, what it stays away from."""
    found = found.exclude(organisation__in=away_from(membership))
    for narrow in evidence_kept_from:
        found = narrow(membership, found)
    return found


def may_see_files_of(membership: Membership, organisation: Organisation) -> bool:
    """Whether one sees the files behind a profile by one's role alone."""
    if membership.role in APPLICANTS:
        return membership.organisation_id == organisation.pk
    return membership.role in SEE_EVIDENCE and not stays_away(membership, [organisation.pk])


def may_see_fact(membership: Membership, fact: Fact) -> bool:
    """Whether one sees a fact of an organisation whose profile is open to one.

    What a bank or an insurer filed is business of theirs and the organisation's: for it, departments and auditors.
    """
    filed = fact.list_import is not None and fact.list_import.imported_by.role in APPLICANTS
    return not filed or may_see_files_of(membership, fact.organisation)


def organisations_visible_to(membership: Membership) -> QuerySet[Organisation]:
    """Whose profiles a membership may open: all, those of its district, or its own; none that it stays away from."""
    there = Organisation.objects.exclude(pk__in=away_from(membership))
    if membership.role in WHOLE_CITY:
        return there
    if membership.role == Role.DISTRICT:
        return there.filter(district=membership.scope or "-")
    return Organisation.objects.filter(pk=membership.organisation_id)


def may_state(membership: Membership, organisation: Organisation) -> bool:
    """Whether one may state facts as the organisation itself."""
    return membership.role in APPLICANTS and membership.organisation_id == organisation.pk


def may_verify(membership: Membership) -> bool:
    """Whether one may verify what an organisation declared."""
    return membership.role == Role.OFFICER


def may_dispute(membership: Membership, fact: Fact) -> bool:
    """Whether one may say that a fact is wrong: of one's own organisation, and not one's own word."""
    return (
        membership.role in APPLICANTS
        and membership.organisation_id == fact.organisation_id
        and fact.source != Fact.Source.DECLARED
        and fact.known_to is None
    )


def answerable_for(fact: Fact) -> int | None:
    """The department that stated a fact and answers disputes about it; None when it was no department."""
    speaker = fact.list_import.imported_by if fact.list_import else fact.verified_by or fact.stated_by
    return speaker.organisation_id if speaker and speaker.role not in APPLICANTS else None


def may_answer(membership: Membership, correction: Correction) -> bool:
    """Whether one may answer a dispute that is open: an officer of the department that stated the fact."""
    if membership.role != Role.OFFICER or correction.state != Correction.State.OPEN:
        return False
    return answerable_for(correction.fact) in (None, membership.organisation_id)


def corrections_visible_to(membership: Membership) -> QuerySet[Correction]:
    """Disputes: all for departments and auditors, else those of one's own organisation."""
    if membership.role in SEE_EVIDENCE:
        return Correction.objects.exclude(organisation__in=away_from(membership))
    if membership.role in APPLICANTS:
        return Correction.objects.filter(organisation_id=membership.organisation_id)
    return Correction.objects.none()
