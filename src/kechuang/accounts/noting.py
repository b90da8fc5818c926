"""What django-allauth changes of a person's way in, noted in the journal."""

from __future__ import annotations

from typing import Any

from allauth.account import signals as account
from allauth.mfa import signals as factor
from django.db import transaction
from django.dispatch import receiver

from kechuang.accounts.acting import Person
from kechuang.accounts.models import User
from kechuang.journal import actions as journal
from kechuang.journal import clock


def _note(kind: str, user: User, **data: str) -> None:
    with transaction.atomic():
        journal.record(kind, f"person:{user.pk}", actor=Person.of(user), at=clock.now(), data=data)


@receiver([account.password_changed, account.password_set, account.password_reset])
def _password(user: User, **_more: Any) -> None:
    _note("password.changed", user)


@receiver(factor.authenticator_added)
def _added(user: User, authenticator: Any, **_more: Any) -> None:
    _note("second_factor.added", user, type=authenticator.type)


@receiver(factor.authenticator_removed)
def _removed(user: User, authenticator: Any, **_more: Any) -> None:
    _note("second_factor.removed", user, type=authenticator.type)
