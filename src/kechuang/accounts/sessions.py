"""Sign-in sessions in the database, read by a kept statement: every request reads one."""

from __future__ import annotations

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from kechuang.journal import statements


class SessionStore(db.SessionStore):
    """Django's own store of sessions."""

    def _get_session_from_db(self) -> Session | None:
        found = statements.ask_first(
            "session",
            lambda key, now: Session.objects.filter(session_key=key, expire_date__gt=now),
            key=self.session_key or "",
            now=timezone.now(),  # of the machine: a demonstration's clock ends no session
        ).first()
        if found is None:
            self._session_key = None
        return found
