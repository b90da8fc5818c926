"""What changes a person: name and address; being let in at all."""

from __future__ import annotations

from datetime import datetime

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.urls import reverse

from kechuang.accounts.acting import Person
from kechuang.accounts.models import Membership, User
from kechuang.accounts.refusals import Refused
from kechuang.journal import actions as journal


@transaction.atomic
def keep_contact(user: User, *, name: str, email: str, phone: str, actor: Person, at: datetime) -> None:
    """Keep how a person is called and reached; no event if nothing changes. What it was stands in the journal."""
    user = User.objects.select_for_update().get(pk=user.pk)
    new = {"name": name, "email": email, "phone": phone}
    changed = [key for key, value in new.items() if getattr(user, key) != value]
    if changed:
        User.objects.filter(pk=user.pk).update(**new)
        journal.record("person.changed", f"person:{user.pk}", actor=actor, at=at, data={"fields": changed})


@transaction.atomic
def shut_out(user: User, *, actor: Membership, at: datetime) -> None:
    """A person may not sign in any more, and is signed out at once. Raises Refused for oneself."""
    if user.pk == actor.user_id:
        raise Refused("不能停用自己的账户。", "You cannot close your own account.")
    if User.objects.filter(pk=user.pk, is_active=True).update(is_active=False):
        journal.record("person.shut_out", f"person:{user.pk}", actor=actor, at=at)


@transaction.atomic
def let_in(user: User, *, actor: Membership, at: datetime) -> None:
    """A person who was shut out may sign in again."""
    if User.objects.filter(pk=user.pk, is_active=False).update(is_active=True):
        journal.record("person.let_in", f"person:{user.pk}", actor=actor, at=at)


@transaction.atomic
def offer_password(user: User, *, actor: Membership, at: datetime) -> str:
    """The path where a person sets a new password, for an operator who has checked who asks; it works once."""
    journal.record("password.offered", f"person:{user.pk}", actor=actor, at=at)
    given = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
    return reverse("account_reset_password_from_key", kwargs=given)


@transaction.atomic
def forget_factors(user: User, *, actor: Membership, at: datetime) -> None:
    """Remove the second factor of a person who has lost it; no event if there is none."""
    count, _each = Authenticator.objects.filter(user_id=user.pk).delete()
    if count:
        journal.record("second_factor.forgotten", f"person:{user.pk}", actor=actor, at=at)
