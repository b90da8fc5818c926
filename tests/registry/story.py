"""People for the browser's story, made in the database of a running site; prints their sessions as JSON."""

from __future__ import annotations

import json

import django

django.setup()

from django.conf import settings  # noqa: E402 - Django must be set up first
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402

from factories import make_department, make_membership, make_organisation  # noqa: E402
from kechuang.accounts.roles import Role  # noqa: E402
from kechuang.journal import clock  # noqa: E402
from kechuang.registry import actions  # noqa: E402


def session_of(membership) -> str:
    session = SessionStore()
    session["_auth_user_id"] = str(membership.user_id)
    session["_auth_user_backend"] = settings.AUTHENTICATION_BACKENDS[0]
    session["_auth_user_hash"] = membership.user.get_session_auth_hash()
    session.save()
    return str(session.session_key)


def main() -> None:
    enterprise = make_organisation(name="海创智能装备有限公司")
    clerk = make_membership(Role.CLERK, enterprise)
    officer = make_membership(Role.OFFICER, make_department())
    spend = {"key": "2025", "actor": officer, "at": clock.now(), "source": "list"}
    actions.state(enterprise, "years", "rd_spend", "712.5万元", **spend)
    told = {"clerk": session_of(clerk), "officer": session_of(officer), "uscc": enterprise.uscc}
    print(json.dumps(told))  # noqa: T201 - the answer


main()
