"""The pool of experts and the agencies that they will judge: as far as the draw, which is left to whoever looks on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from kechuang.accounts import actions as accounts
from kechuang.accounts.models import Membership, Organisation
from kechuang.demonstration.city import send_in
from kechuang.demonstration.people import cast, make_enterprise, make_user
from kechuang.experts import actions as pool
from kechuang.experts.identity import check_digit
from kechuang.fulfilment import applying
from kechuang.fulfilment.judging.rubrics import default_for
from kechuang.fulfilment.models import Call, Case
from kechuang.policy.encoding.pack import Benefit
from kechuang.registry import actions as registry

BENEFIT: Final = "17.cultivation_agency"
YEAR: Final = 2025
KIND: Final = "high_tech_cultivation"
SINCE: Final = date(2020, 1, 1)  # since when every expert is where people.yaml says


def rubric_for(benefit: Benefit) -> dict[str, Any]:
    """The rubric that a call begins with, but four experts judge a case, so that one of five may stay away from it."""
    return {**default_for(benefit), "per_case": 4}


def make_agencies(at: datetime) -> dict[str, Membership]:
    """The agencies of people.yaml, with what they say of their year; who acts for each, by user name."""
    members: dict[str, Membership] = {}
    for row in cast()["agencies"]:
        organisation, own = make_enterprise(row, at)
        members |= own
        if "clients" not in row:
            continue
        manager = next(iter(own.values()))
        said = {"kind": KIND, "year": YEAR, "clients": row["clients"], "certified": row["certified"]}
        for name, value in said.items():
            registry.state(organisation, "agencies", name, value, key=f"{KIND}|{YEAR}", actor=manager, at=at)
    return members


def make_experts(officer: Membership, decider: Membership, at: datetime) -> dict[str, Membership]:
    """The pool: entered, confirmed by another person, joined, agreed; whom people.yaml calls proposed still waits."""
    members = {}
    for place, (username, row) in enumerate(cast()["experts"].items(), start=1):
        expert = pool.propose(_profile(username, row), _id_number(row["born"], place), actor=officer, at=at)
        works_at = Organisation.objects.get(name=row["works_at"]) if "works_at" in row else None
        pool.employ(expert, works_at, row.get("employer", ""), (SINCE, None), actor=officer, at=at)
        if row.get("proposed"):
            continue
        _, code = pool.confirm(expert, actor=decider, at=at + timedelta(days=1), no_record=True)
        member = accounts.accept(code, user=make_user(username, row["name"]), at=at + timedelta(days=2))
        expert.refresh_from_db()
        pool.agree(expert, actor=member, at=at + timedelta(days=2, hours=1))
        members[username] = member
    return members


def apply_for(call: Call, manager: Membership, at: datetime) -> Case:
    """An agency's application with its documents, submitted."""
    return send_in(applying.start(call, actor=manager, at=at, key=f"{KIND}|{YEAR}"), manager, at)


def _profile(username: str, row: Mapping[str, Any]) -> pool.Profile:
    return pool.Profile(
        row["name"], row["born"], row["title"], tuple(row["fields"]), f"{username}@example.com"
    )


def _id_number(born: date, place: int) -> str:
    """An invented number of a resident that passes its check (GB 11643)."""
    text = f"371002{born:%Y%m%d}{place:03d}"
    return text + check_digit(text)
