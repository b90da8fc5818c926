"""Staff sessions: the time in which an operator or auditor uses the wide powers of the role, with a reason."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from kechuang.accounts.models import Membership, StaffSession
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import WIDE
from kechuang.journal import actions as journal

LONGEST: Final = 60  # minutes
SHORTEST_REASON: Final = 4  # characters


@transaction.atomic
def begin(*, reason: str, minutes: int, actor: Membership, at: datetime) -> StaffSession:
    """Begin a session of at most 60 minutes; one that is under way ends. Raises Refused."""
    reason = reason.strip()
    if actor.role not in WIDE:
        raise Refused("您的身份无需工作时段。", "Your role needs no staff session.")
    if len(reason) < SHORTEST_REASON:
        raise Refused("请写明事由，至少 4 个字。", "Say why, in at least 4 characters.", "reason")
    if not 1 <= minutes <= LONGEST:
        raise Refused("时长为 1 至 60 分钟。", "A session lasts 1 to 60 minutes.", "minutes")
    Membership.objects.select_for_update().get(pk=actor.pk)
    _under_way(actor, at).update(ended_at=at)
    session = StaffSession.objects.create(
        membership=actor, reason=reason, began_at=at, ends_at=at + timedelta(minutes=minutes)
    )
    said = {"reason": reason, "minutes": minutes}
    journal.record("staff_session.begun", f"staff_session:{session.pk}", actor=actor, at=at, data=said)
    return session


@transaction.atomic
def finish(*, actor: Membership, at: datetime) -> None:
    """End the session that is under way, if any."""
    for session in _under_way(actor, at).select_for_update():
        StaffSession.objects.filter(pk=session.pk).update(ended_at=at)
        journal.record("staff_session.ended", f"staff_session:{session.pk}", actor=actor, at=at)


def _under_way(actor: Membership, at: datetime) -> QuerySet[StaffSession]:
    return StaffSession.objects.filter(membership=actor, ended_at__isnull=True, ends_at__gt=at)
