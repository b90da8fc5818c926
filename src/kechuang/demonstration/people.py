"""The offices, enterprises and accounts of the demonstration (people.yaml)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml
from django.contrib.auth.hashers import make_password

from kechuang.accounts.models import Membership, Organisation, User
from kechuang.accounts.roles import Role
from kechuang.reference.uscc import make_uscc

PASSWORD: Final = "kechuang-demo-2026"  # noqa: S105 - invented people, printed for everybody
SINCE: Final = date(2026, 1, 1)


@dataclass(frozen=True)
class Account:
    """A line of what is printed: who can sign in, and in which role."""

    username: str
    name: str
    organisation: str
    role: Role


@cache
def cast() -> Mapping[str, Any]:
    """What people.yaml says."""
    return dict(yaml.safe_load((Path(__file__).parent / "people.yaml").read_text(encoding="utf-8")))


def make_offices(at: datetime) -> dict[str, Membership]:
    """Every office with its people; their memberships by user name."""
    offices = {
        key: Organisation.objects.create(
            uscc=make_uscc("1", "1", "371000", f"{place:08d}"),
            name=row["name"],
            kind="government",
            district=row.get("district", "371000"),
            department=row.get("department", ""),
            created_at=at,
        )
        for place, (key, row) in enumerate(cast()["offices"].items(), start=1)
    }
    return {
        username: make_member(
            username, row["name"], offices[row["office"]], Role(row["role"]), row.get("scope", "")
        )
        for username, row in cast()["people"].items()
    }


def make_enterprise(row: Mapping[str, Any], at: datetime) -> tuple[Organisation, dict[str, Membership]]:
    """An enterprise of people.yaml and its people."""
    organisation = Organisation.objects.create(
        uscc=make_uscc("9", "1", row["district"], row["uscc_body"]),
        name=row["name"],
        kind="carrier" if "carrier" in row else row.get("kind", "enterprise"),
        district=row["district"],
        created_at=at,
    )
    roles = {"manager": Role.MANAGER, "clerk": Role.CLERK}
    members = {
        username: make_member(username, name, organisation, role)
        for key, role in roles.items()
        for username, name in row.get(key, {}).items()
    }
    return organisation, members


def make_member(
    username: str, name: str, organisation: Organisation, role: Role, scope: str = ""
) -> Membership:
    """A person who can sign in, acting for an organisation."""
    user = make_user(username, name)
    return Membership.objects.create(
        user=user, organisation=organisation, role=role, scope=scope, since=SINCE
    )


def make_user(username: str, name: str) -> User:
    """A person who can sign in, and acts for nobody yet."""
    user = User.objects.create_user(username, name=name, email=f"{username}@example.com")
    user.password = _hashed()
    user.save(update_fields=["password"])
    return user


@cache
def _hashed() -> str:
    """The password as it is kept: hashed once, for a good hash takes a second and it is the same for everybody."""
    return make_password(PASSWORD)


def accounts() -> list[Account]:
    """Who can sign in to the demonstration, in the order of people.yaml."""
    named = [*cast()["people"], *cast()["experts"]]
    for kind in ("enterprises", "carriers", "agencies", "filers", "innovators"):
        named += _named(kind)
    held = {
        one.user.username: one
        for one in Membership.objects.filter(user__username__in=named).select_related("user", "organisation")
    }
    return [
        Account(
            username, held[username].user.name, held[username].organisation.name, Role(held[username].role)
        )
        for username in named
        if username in held
    ]


def _named(part: str) -> list[str]:
    return [username for row in cast()[part] for key in ("manager", "clerk") for username in row.get(key, {})]
