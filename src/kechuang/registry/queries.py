"""What reads the registry. Every list is narrowed to what the membership may see, see rules.py."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet

from kechuang.registry.models import Fact


def known_at(at: datetime) -> Q:
    """Facts that the house knew at a moment: from `known_from` on, up to and without `known_to`."""
    return Q(known_from__lte=at) & (Q(known_to__isnull=True) | Q(known_to__gt=at))


def facts_known(organisation_id: int, at: datetime) -> QuerySet[Fact]:
    """What the house knew of an organisation at a moment, from all sources."""
    return Fact.objects.filter(known_at(at), organisation_id=organisation_id)
