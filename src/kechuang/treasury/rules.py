"""Who may do what with the city's money: asked by pages, the API and the actions alike."""

from __future__ import annotations

from typing import Final

from kechuang.accounts.models import Membership
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import FINANCE, READERS, Role

SEES: Final = (Role.ACCOUNTANT, Role.TREASURER, Role.LEADER, Role.AUDITOR)
"""See appropriations, ledger, batches and receivables of the whole city."""


def may_see(who: Membership) -> bool:
    """Finance and those who read the whole city."""
    return who.role in FINANCE | READERS


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
