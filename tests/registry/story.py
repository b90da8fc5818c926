"""People for the browser's story, made in the database of a running site; prints their sessions as JSON."""

from __future__ import annotations

import json

import django

django.setup()

from factories import (  # noqa: E402 - Django must be set up first
    make_department,
    make_membership,
    make_organisation,
    session_of,
)
from kechuang.accounts.roles import Role  # noqa: E402
from kechuang.journal import clock  # noqa: E402
from kechuang.registry import actions  # noqa: E402


def main() -> None:
    enterprise = make_organisation(name="海创智能装备有限公司")
    clerk = make_membership(Role.CLERK, enterprise)
    officer = make_membership(Role.OFFICER, make_department())
    spend = {"key": "2025", "actor": officer, "at": clock.now(), "source": "list"}
    actions.state(enterprise, "years", "rd_spend", "712.5万元", **spend)
    told = {"clerk": session_of(clerk), "officer": session_of(officer), "uscc": enterprise.uscc}
    print(json.dumps(told))  # noqa: T201 - the answer


main()
