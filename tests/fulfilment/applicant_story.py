"""An open call and an enterprise with two colleagues, for a site that runs: prints their sessions as JSON.

python -m fulfilment.applicant_story
"""

from __future__ import annotations

import json
import sys

import django


def main() -> None:
    django.setup()
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.utils import timezone

    import factories
    from fulfilment import city
    from kechuang.accounts.roles import Role

    now = timezone.now()
    factories.AT, factories.TODAY = now, timezone.localdate(now)
    city.AT, city.TODAY = factories.AT, factories.TODAY

    def session_of(membership) -> str:
        session = SessionStore()
        session[SESSION_KEY] = str(membership.user_id)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = membership.user.get_session_auth_hash()
        session.save()
        return session.session_key

    document = {
        "key": "audit",
        "title": {"zh": "审计报告", "en": "audit report"},
        "why": {"zh": "由会计师事务所出具，城市没有。", "en": "issued by an accountant; the city has none"},
    }
    call = city.make_call(city.make_city(), documents=[document])
    manager = city.make_grower(spend_wan=900, before_wan=600)
    clerk = factories.make_membership(Role.CLERK, manager.organisation)
    told = {"call": call.number, "manager": session_of(manager), "clerk": session_of(clerk)}
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
