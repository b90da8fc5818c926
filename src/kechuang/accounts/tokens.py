"""Tokens that let a program act as a membership. A token opens the API, never a page.

from kechuang.accounts.tokens import bearer
router = Router(auth=bearer)      # request.membership is whom the program acts for
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import date, datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from ninja.security import HttpBearer

from kechuang.accounts.acting import has_factor, held_on, knowing, session_under_way
from kechuang.accounts.models import ApiToken, Membership
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import STAFF, WIDE
from kechuang.journal import actions as journal
from kechuang.journal import clock, statements
from kechuang.journal.statements import Given

PREFIX: Final = "kc_"  # so that a token that leaked is recognised as one
LONGEST: Final = 365  # days
NOTED: Final = timedelta(minutes=1)  # the last use is noted at most so often


@transaction.atomic
def make(*, title: str, days: int, actor: Membership, at: datetime) -> tuple[ApiToken, str]:
    """A token for a membership: what is kept of it, and the token itself, told this once. Raises Refused."""
    if not 1 <= days <= LONGEST:
        raise Refused("有效期为 1 至 365 天。", "A token is valid for 1 to 365 days.", "days")
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        membership=actor,
        title=title,
        token_hash=_hash(secret),
        created_at=at,
        expires_at=at + timedelta(days=days),
    )
    _record("token.made", token, actor, at, {"title": title, "days": days})
    return token, secret


@transaction.atomic
def revoke(token: ApiToken, *, actor: Membership, at: datetime) -> None:
    """Make a token void at once; nothing happens if it is already."""
    token = ApiToken.objects.select_for_update().get(pk=token.pk)
    if token.revoked_at is None:
        ApiToken.objects.filter(pk=token.pk).update(revoked_at=at)
        _record("token.revoked", token, actor, at, {"title": token.title})


def membership_by(secret: str, at: datetime) -> Membership | None:
    """Whom a token acts for, as long as token, membership and person are valid and the role's conditions hold."""
    held = statements.ask_first("token", _held_by, hashed=_hash(secret), at=at, on=clock.today()).first()
    if not held or (held.role in WIDE and not session_under_way(held, at)):
        return None
    if settings.STAFF_MFA and held.role in STAFF and not has_factor(held.user_id):
        return None
    not_noted = Q(used_at__isnull=True) | Q(used_at__lt=at - NOTED)
    ApiToken.objects.filter(not_noted, pk=held.token).update(used_at=at)  # type: ignore[attr-defined]
    return held


def _held_by(*, hashed: str | Given, at: datetime | Given, on: date | Given) -> QuerySet[Membership]:
    """The membership of a token that is valid at a time, and is held on a day."""
    valid = Q(tokens__token_hash=hashed, tokens__revoked_at=None, tokens__expires_at__gt=at)
    return knowing(held_on(on).filter(valid)).annotate(token=F("tokens__pk")).order_by("pk")


class Bearer(HttpBearer):
    """`Authorization: Bearer kc_…`; cookies open nothing here, so there is no forged request to fear."""

    def authenticate(self, request: HttpRequest, token: str) -> Membership | None:
        """Whom the request acts for; None is answered with 401."""
        membership = membership_by(token, clock.now())
        if membership is not None:
            request.membership = membership  # type: ignore[attr-defined]
        return membership


bearer: Final = Bearer()


def _record(kind: str, token: ApiToken, actor: Membership, at: datetime, data: dict[str, object]) -> None:
    organisation = token.membership.organisation_id
    journal.record(kind, f"token:{token.pk}", actor=actor, at=at, organisation_id=organisation, data=data)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
