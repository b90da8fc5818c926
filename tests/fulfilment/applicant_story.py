"""An open call and an enterprise with two colleagues, for a site that runs: prints their sessions as JSON.

python -m fulfilment.applicant_story
"""

from __future__ import annotations

import json
import sys

import django


def main() -> None:
    django.setup()
    from django.utils import timezone

    import factories
    from fulfilment import city
    from kechuang.accounts.roles import Role

    now = timezone.now()
    factories.AT, factories.TODAY = now, timezone.localdate(now)
    city.AT, city.TODAY = factories.AT, factories.TODAY

    document = {
        "key": "audit",
        "title": {"zh": "审计报告", "en": "audit report"},
        "why": {"zh": "由会计师事务所出具，城市没有。", "en": "issued by an accountant; the city has none"},
    }
    call = city.make_call(city.make_city(), documents=[document])
    manager = city.make_grower(spend_wan=900, before_wan=600)
    clerk = factories.make_membership(Role.CLERK, manager.organisation)
    told = {
        "call": call.number,
        "manager": factories.session_of(manager),
        "clerk": factories.session_of(clerk),
    }
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
