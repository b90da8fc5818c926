"""Who may do what with the city's money: asked by pages, the API and the actions alike."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.db.models import Q

from kechuang.accounts.models import Membership
from kechuang.accounts.protection import recused
from kechuang.accounts.queries import away_from
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import FINANCE, READERS, Role
from kechuang.treasury import hooks
from kechuang.treasury.models import Award

SEES: Final = (Role.ACCOUNTANT, Role.TREASURER, Role.LEADER, Role.AUDITOR)
"""See appropriations, ledger, batches and receivables of the whole city."""


def may_see(who: Membership) -> bool:
    """Finance and those who read the whole city."""
    return who.role in FINANCE | READERS


def kept_from(who: Membership, path: str = "") -> Q:
    """The awards that one stays away from; a condition on Award, or on what `path` leads from ("award__")."""
    away = list(away_from(who))
    return of_organisations(away, path) if away else Q(pk__in=[])


def of_organisations(organisations: list[int], path: str = "") -> Q:
    """The awards whose payee is one of these organisations, or undertakes what is paid for with one of them."""
    subjects = {subject for told in hooks.concerning for subject in told(organisations)}
    payee = Q(**{f"{path}organisation__in": organisations})
    return payee | Q(**{f"{path}subject__in": subjects}) if subjects else payee


def must_not_stay_away(actor: Membership, awards: Iterable[int]) -> None:
    """Raises Refused for whoever stays away from one of these awards."""
    if Award.objects.filter(kept_from(actor), pk__in=list(awards)).exists():
        raise recused()


def may_prepare(who: Membership) -> bool:
    """Enter appropriations, prepare batches, read the bank's answers, take receipts: the accountant."""
    return who.role == Role.ACCOUNTANT


def may_approve(who: Membership) -> bool:
    """Approve a batch: the treasurer, and never the person who prepared it (the action looks)."""
    return who.role == Role.TREASURER


def must_prepare(who: Membership) -> None:
    """Raises Refused for anybody but an accountant."""
    if not may_prepare(who):
        raise Refused("这项操作由财政经办岗办理。", "This is done by the accountant of the finance bureau.")


def must_approve(who: Membership) -> None:
    """Raises Refused for anybody but a treasurer."""
    if not may_approve(who):
        raise Refused("复核由财政复核岗办理。", "Approval is given by the treasurer of the finance bureau.")
