"""One appropriation of a running site and all who act on it: prints their tokens as JSON.

`DEMO=1 python -m treasury.site_city CASES PEOPLE`, the site's address of the database in the environment. CASES cases
have their public notice behind them and wait for the decision, as many others are submitted. PEOPLE hold a role each;
every eighth is accountant and treasurer at once. The clock of the site stands after the notice.
"""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from typing import Any

import django

ROLES = (
    "accountant",
    "treasurer",
    "decider",
    "accountant",
    "treasurer",
    "officer",
    "district_officer",
    "both",
)


def main(cases: int, people: int) -> None:
    from django.conf import settings

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # nobody signs in
    from fulfilment.city import (
        AT,
        at_noon,
        carried_to,
        close_call,
        make_appropriation,
        make_call,
        make_case,
        make_city,
        make_grower,
    )
    from kechuang.fulfilment import calls, clockwork, notices
    from kechuang.journal import clock

    clock.begin_at(AT)  # else the worker that runs already would close calls and end notices by today
    city = make_city()
    money = make_appropriation(city)
    call, other = (make_call(city, money, reserve_fen=money.amount_fen // 2) for _ in range(2))
    ours = [carried_to(city, make_case(call, make_grower()), "determined") for _ in range(cases)]
    submitted = [carried_to(city, make_case(other, make_grower()), "submitted") for _ in range(cases)]
    after = close_call(call)
    calls.settle(call, actor=city.decider, at=after)
    notice = notices.publish(call, ours, actor=city.officer, at=after)
    ended = at_noon(notice.last_day + timedelta(days=1))
    clockwork.strike(ended)
    clock.begin_at(ended)
    told = {
        "cases": [one.number for one in [*ours, *submitted]],
        "people": [_person(city, ROLES[place % len(ROLES)]) for place in range(people)],
    }
    sys.stdout.write(json.dumps(told))


def _person(city: Any, role: str) -> dict[str, Any]:
    """A new person in a role, with the token of each of their capacities."""
    from factories import make_membership, make_user
    from kechuang.accounts import tokens
    from kechuang.accounts.roles import Role
    from kechuang.journal import clock

    user = make_user()
    offices = {
        "accountant": city.accountant,
        "treasurer": city.treasurer,
        "decider": city.decider,
        "officer": city.officer,
        "district_officer": city.district,
    }
    secrets = {}
    for name in ("accountant", "treasurer") if role == "both" else (role,):
        office = offices[name]
        held = make_membership(Role(name), office.organisation, user=user, scope=office.scope)
        _, secrets[name] = tokens.make(title="storm", days=365, actor=held, at=clock.now())
    return {"user": user.pk, "tokens": secrets}


if __name__ == "__main__":
    django.setup()
    main(*map(int, sys.argv[1:]))
