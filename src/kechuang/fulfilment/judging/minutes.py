"""The signed minutes of a panel as a file, and who may have it.

It names every case of the panel: whoever stays away from one of them does not get it, nor do applicants.
"""

from __future__ import annotations

from django.db.models import QuerySet

from kechuang.accounts.models import Membership
from kechuang.fulfilment import rules
from kechuang.fulfilment.judging.models import Meeting, PanelCase
from kechuang.fulfilment.judging.queries import panels_seen
from kechuang.fulfilment.models import Case
from kechuang.registry.models import Evidence


def open_to(membership: Membership) -> QuerySet[Meeting]:
    """The meetings whose signed minutes this person may have."""
    kept = PanelCase.objects.filter(case__in=Case.objects.filter(rules.kept_from(membership)).values("pk"))
    found = Meeting.objects.filter(panel__in=panels_seen(membership).values("pk"))
    return found.exclude(panel__in=kept.values("panel"))


def without_minutes(membership: Membership, files: QuerySet[Evidence]) -> QuerySet[Evidence]:
    """The files without the signed minutes that are kept from this person."""
    closed = Meeting.objects.filter(file__isnull=False).exclude(pk__in=open_to(membership).values("pk"))
    return files.exclude(pk__in=closed.values("file"))


def sees_minutes(membership: Membership, evidence: Evidence) -> bool:
    """Whether a file is the signed minutes of a panel that this person sees."""
    return open_to(membership).filter(file=evidence).exists()
