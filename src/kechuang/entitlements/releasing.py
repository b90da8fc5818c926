"""Which version of the law is in force here: offered by one person, approved by another who has seen its effect.

The version that comes with the software is in force from the first use on. A case keeps the version it began with.
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction

from kechuang.entitlements.models import PackVersion, Release
from kechuang.entitlements.versions import keep
from kechuang.journal import clock
from kechuang.policy.encoding.loading import load_pack


def version_in_force() -> PackVersion:
    """The version that new cases are assessed by; at the very first use, the one that the software brings."""
    found = Release.objects.select_related("version").filter(state=Release.State.IN_FORCE).first()
    return found.version if found else begin(clock.now()).version


def begin(at: datetime) -> Release:
    """Put the pack that the software brings in force, unless one is; returns the release in force."""
    version = keep(load_pack(settings.POLICY_PACK), at)
    with transaction.atomic():
        # The constraint lets one of several who begin at once be first; the others find it there.
        Release.objects.bulk_create(
            [Release(version=version, state=Release.State.IN_FORCE, proposed_at=at, decided_at=at)],
            ignore_conflicts=True,
        )
        return Release.objects.select_related("version").get(state=Release.State.IN_FORCE)
