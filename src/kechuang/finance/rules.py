"""Who may see and do what in this room; pages, API and templates ask here."""

from __future__ import annotations

from typing import Final

from django.db.models import Q, QuerySet

from kechuang.accounts.models import Membership
from kechuang.accounts.queries import away_from
from kechuang.accounts.roles import APPLICANTS, DEPARTMENT, FINANCE, Role
from kechuang.finance.filing.kinds import FilingKind, kinds_for
from kechuang.finance.models import FiledLine, Filing, Letter, Overlap, Partner
from kechuang.registry.rules import FILERS

SEE_ALL: Final = frozenset({*DEPARTMENT, Role.AUDITOR})
"""Roles that see the filings and lines of all banks and insurers."""
SEE_POOLS: Final = frozenset({*DEPARTMENT, *FINANCE, Role.LEADER, Role.AUDITOR})
SEE_SERIES: Final = frozenset({*DEPARTMENT, *FINANCE, Role.POLICY, Role.AUDITOR, Role.OPERATOR})


def is_filer(membership: Membership) -> bool:
    """Whether one acts for a bank or an insurer."""
    return membership.role in APPLICANTS and membership.organisation.kind in FILERS


def may_file(membership: Membership, kind: FilingKind) -> bool:
    """Whether one files this kind."""
    return is_filer(membership) and kind in kinds_for(membership.organisation.kind)


def filings_visible_to(membership: Membership) -> QuerySet[Filing]:
    """A bank sees its own filings, never another's; departments and auditors see all."""
    if membership.role in SEE_ALL:
        return Filing.objects.exclude(filer__in=away_from(membership))
    return (
        Filing.objects.filter(filer=membership.organisation_id)
        if is_filer(membership)
        else Filing.objects.none()
    )


def lines_visible_to(membership: Membership) -> QuerySet[FiledLine]:
    """Standing lines: a filer's own; those about one's own organisation; all for departments and auditors."""
    standing = FiledLine.objects.filter(ended_at__isnull=True)
    if membership.role in SEE_ALL:
        return away(standing, membership)
    if membership.role not in APPLICANTS:
        return standing.none()
    if is_filer(membership):
        return standing.filter(filer=membership.organisation_id)
    return standing.filter(organisation=membership.organisation_id)


def away(lines: QuerySet[FiledLine], membership: Membership) -> QuerySet[FiledLine]:
    """Lines without those about, or filed by, whom one stays away from."""
    kept = away_from(membership)
    return lines.exclude(organisation__in=kept).exclude(filer__in=kept)


def overlaps_visible_to(membership: Membership) -> QuerySet[Overlap]:
    """Overlaps for departments and auditors, none of whom or whose bank one stays away from."""
    if membership.role not in SEE_ALL:
        return Overlap.objects.none()
    kept = away_from(membership)
    return Overlap.objects.exclude(
        Q(organisation__in=kept) | Q(first__filer__in=kept) | Q(second__filer__in=kept)
    )


def partners_visible_to(membership: Membership) -> QuerySet[Partner]:
    """Selected banks and insurers, none that one stays away from."""
    return Partner.objects.exclude(organisation__in=away_from(membership))


def letters_visible_to(membership: Membership) -> QuerySet[Letter]:
    """Letters: one's own that are issued; all for departments and auditors."""
    if membership.role in SEE_ALL:
        return Letter.objects.exclude(organisation__in=away_from(membership))
    if membership.role in APPLICANTS:
        return Letter.objects.filter(organisation=membership.organisation_id, state=Letter.State.ISSUED)
    return Letter.objects.none()
