"""People, offices and organisations for tests: each call makes what it names, with defaults that do not matter."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from itertools import count

from kechuang.accounts.models import Membership, Organisation, StaffSession, User
from kechuang.accounts.roles import WIDE, Role
from kechuang.journal import clock
from kechuang.reference.uscc import make_uscc

AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)  # Monday 10:00 in Weihai
TODAY = date(2026, 3, 2)
FIRST = int(os.environ.get("FIRST_NUMBER", "1"))
"""Where numbers of things begin: several that make things in one database begin apart."""
_numbers = count(FIRST)


def make_organisation(**more) -> Organisation:
    """An enterprise in 环翠区 unless said otherwise."""
    number = next(_numbers)
    given = {
        "uscc": make_uscc("9", "1", "371002", f"{number:08d}"),
        "name": f"威海第{number}科技有限公司",
        "kind": "enterprise",
        "district": "371002",
        "created_at": AT,
        **more,
    }
    return Organisation.objects.create(**given)


def make_department(short: str = "市科技局") -> Organisation:
    """A responsible department, one for each name."""
    found = Organisation.objects.filter(department=short).first()
    return found or make_organisation(
        name=f"威海{short}", kind="government", district="371000", department=short
    )


def make_user(**more) -> User:
    number = next(_numbers)
    given = {
        "username": f"user{number}",
        "name": f"第{number}人",
        "email": f"user{number}@example.com",
        **more,
    }
    return User.objects.create_user(given.pop("username"), given.pop("password", "一段很长的口令1"), **given)


def make_membership(role: Role = Role.CLERK, organisation: Organisation | None = None, **more) -> Membership:
    """A new person in a role; of a new enterprise unless an organisation is named.

    Operators and auditors have a staff session under way, without which their pages stay shut; `at_work=False`: none.
    """
    user = more.pop("user", None) or make_user()
    organisation = organisation or make_organisation()
    at_work = more.pop("at_work", True)
    made = Membership.objects.create(
        user=user, organisation=organisation, role=role, since=date(2026, 1, 1), **more
    )
    if at_work and role in WIDE:
        now = clock.now()
        StaffSession.objects.create(
            membership=made, reason="来函核查", began_at=now, ends_at=now + timedelta(minutes=60)
        )
    return made


def session_of(membership: Membership) -> str:
    """The key of a session in which the person is signed in, for a browser's cookie."""
    from django.test import Client

    client = Client()
    client.force_login(membership.user)
    return client.cookies["sessionid"].value
