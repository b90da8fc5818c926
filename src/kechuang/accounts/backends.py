"""Who a session belongs to, read by a kept statement: every request reads it."""

from __future__ import annotations

from allauth.account.auth_backends import AuthenticationBackend

from kechuang.accounts.models import User
from kechuang.journal import statements


class Backend(AuthenticationBackend):  # type: ignore[misc]  # allauth has no types
    """Signing in with user name and password, as django-allauth does it."""

    def get_user(self, user_id: int) -> User | None:
        """The person of a session; None when there is none, or it may not sign in any more."""
        found = statements.ask_first("user", lambda pk: User.objects.filter(pk=pk), pk=user_id).first()
        return found if found is not None and self.user_can_authenticate(found) else None
