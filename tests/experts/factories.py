"""Experts and what ties them, for tests."""

from __future__ import annotations

from datetime import date
from itertools import count

from factories import AT, FIRST, make_department, make_membership, make_user
from kechuang.accounts.models import Membership
from kechuang.accounts.roles import Role
from kechuang.experts import actions, recusal
from kechuang.experts.identity import check_digit
from kechuang.experts.models import Expert

BORN = date(1975, 5, 20)
_numbers = count(FIRST)


def make_id(born: date = BORN, number: int | None = None) -> str:
    """A resident's ID number with the right check digit."""
    text = f"371002{born:%Y%m%d}{(number or next(_numbers)) % 1000:03d}"
    return text + check_digit(text)


def make_profile(**more) -> actions.Profile:
    number = next(_numbers)
    given = {
        "name": f"专家{number}",
        "born": BORN,
        "title": "associate",
        "fields": ("materials",),
        "email": f"expert{number}@example.com",
        **more,
    }
    return actions.Profile(**given)


def make_officer(department: str = "市科技局") -> Membership:
    return make_membership(Role.OFFICER, make_department(department))


def make_decider(department: str = "市科技局") -> Membership:
    return make_membership(Role.DECIDER, make_department(department))


def make_proposed(officer: Membership | None = None, **more) -> Expert:
    """Entered, and waiting for the decider."""
    profile = make_profile(**more)
    return actions.propose(profile, make_id(profile.born), actor=officer or make_officer(), at=AT)


def make_expert(
    officer: Membership | None = None, *, at=AT, works_at=None, employer: str = "", **more
) -> Expert:
    """Confirmed, with an account, the profile agreed to; employed by an organisation, or by one only named."""
    officer = officer or make_officer()
    expert = make_proposed(officer, **more)
    decider = Membership.objects.filter(
        organisation=expert.keeper, role=Role.DECIDER
    ).first() or make_decider(officer.organisation.department)
    expert, _code = actions.confirm(expert, actor=decider, at=at, no_record=True)
    membership = make_membership(Role.EXPERT, expert.keeper, user=make_user(name=expert.name))
    actions.join(expert.invitation, membership, at)
    expert = Expert.objects.get(pk=expert.pk)
    if works_at or employer:
        actions.employ(expert, works_at, employer, (date(2020, 1, 1), None), actor=membership, at=at)
    actions.agree(expert, actor=membership, at=at)
    return Expert.objects.get(pk=expert.pk)


def kept_from(membership: Membership) -> set[int]:
    """The organisations that a person stays away from, by the rows in force."""
    from kechuang.accounts.queries import recused_from

    return set(recused_from(membership))


__all__ = ["AT", "BORN", "recusal"]
