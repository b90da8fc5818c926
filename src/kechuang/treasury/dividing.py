"""Awards that are paid in named parts: stages of a contract, shares of several payees; and sums that are given back.

The parts of an award add up to it exactly and are fixed before anything is paid. A part that waits is released by the
row that it waits for, in the database, and by nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from kechuang.accounts.models import Membership
from kechuang.accounts.refusals import Refused
from kechuang.journal.actions import Actor, Clock, record
from kechuang.policy.language.values import yuan
from kechuang.treasury import locks, refusals, rules
from kechuang.treasury.ledger import enter
from kechuang.treasury.models import Award, Entry, Part, Payment

MOST_PARTS = 60


@dataclass(frozen=True)
class Share:
    """One part to be. holder, bank, account: its own payee, all or none. waits: it is released later by its cause."""

    title: str
    amount_fen: int
    holder: str = ""
    bank: str = ""
    account: str = ""
    waits: bool = False


def divide(award: Award, shares: Sequence[Share], *, actor: Actor | Clock, at: datetime) -> list[Part]:
    """Fix the parts in which an award is paid, once, before anything is paid; the same again does nothing."""
    with transaction.atomic():
        locked = locks.award(award.pk)
        refusals.cancelled(locked)
        found = list(locked.parts.order_by("number"))
        if found:
            _same(found, shares)
            return found
        _check(locked, shares)
        made = Part.objects.bulk_create(
            Part(
                award=locked,
                number=number,
                title=one.title.strip(),
                amount_fen=one.amount_fen,
                holder=one.holder,
                bank=one.bank,
                account=one.account,
                released_at=None if one.waits else at,
            )
            for number, one in enumerate(shares, 1)
        )
        data = {
            "for": locked.subject,
            "parts": [[one.number, one.title, one.amount_fen, one.holder, one.account[-4:]] for one in made],
        }
        record(
            "award.divided",
            f"award:{locked.pk}",
            actor=actor,
            at=at,
            organisation_id=locked.organisation_id,
            data=data,
        )
    return made


def divide_among(award: Award, shares: Sequence[Share], *, actor: Membership, at: datetime) -> list[Part]:
    """What the accountant does when one award goes to several payees: none of the shares waits."""
    rules.must_prepare(actor)
    if any(one.waits for one in shares):
        message = "a share of a payee does not wait"
        raise ValueError(message)
    return divide(award, shares, actor=actor, at=at)


def _same(found: Sequence[Part], shares: Sequence[Share]) -> None:
    said = [(one.title.strip(), one.amount_fen, one.holder, one.bank, one.account) for one in shares]
    if said != [(one.title, one.amount_fen, one.holder, one.bank, one.account) for one in found]:
        raise Refused(
            f"这笔资金已分成 {len(found)} 部分，不能再改。要改，请先取消原核定。",
            f"This award is divided into {len(found)} parts already. Cancel it to divide it anew.",
        )


def _check(award: Award, shares: Sequence[Share]) -> None:
    if not 1 <= len(shares) <= MOST_PARTS:
        raise Refused(f"分成 1 至 {MOST_PARTS} 部分。", f"There are 1 to {MOST_PARTS} parts.", "parts")
    for one in shares:
        refusals.above_zero(one.amount_fen)
        if not one.title.strip():
            raise Refused("请填写每一部分的名称。", "Name every part.", "parts")
        if len({bool(one.holder), bool(one.bank), bool(one.account)}) > 1:
            raise Refused(
                f"“{one.title}”的户名、开户银行、账号要一起填写。",
                f"“{one.title}”: holder, bank and account go together.",
                "parts",
            )
    total = sum(one.amount_fen for one in shares)
    if total != award.amount_fen:
        raise Refused(
            f"各部分合计 {yuan(total)} 元，核定 {yuan(award.amount_fen)} 元，两者要相等。",
            f"The parts add up to {yuan(total)} yuan, the award is {yuan(award.amount_fen)} yuan. Make them equal.",
            "parts",
        )
    under_way = award.payments.filter(
        state__in=[Payment.State.PREPARED, Payment.State.SENT, Payment.State.PAID]
    )
    if under_way.exists():
        raise Refused(
            "这笔资金已开始拨付，不能再分。", "This award is being paid: it is no longer divided.", "parts"
        )


def give_back(
    award: Award, *, reason: str, actor: Actor | Clock, at: datetime, released: bool = False
) -> int:
    """Free what of an award will not be paid any more, in fen: all parts that wait; `released`: all that is unpaid.

    What is on its way stops it: the payment is withdrawn, or the bank answers, first.
    """
    with transaction.atomic():
        locked, _ = locks.award_with_appropriation(award)
        refusals.cancelled(locked)
        way = locked.payments.filter(state__in=refusals.IN_PAYMENT).first()
        if way is not None:
            raise Refused(
                f"拨付 {way.number} 正在办理（{yuan(way.amount_fen)} 元）。请先撤出批次，或等银行回单。",
                f"Payment {way.number} of {yuan(way.amount_fen)} yuan is on its way. Take it out, or wait.",
            )
        unpaid = locked.committed_fen - locked.paid_fen
        owed = 0 if released else owed_fen(locked)
        freed = unpaid - owed
        if freed <= 0:
            return 0
        locks.cap(locked)
        entry = enter(Entry.Act.REVOKE, freed, of=locked, actor=actor, at=at)
        data = {"entries": [entry.pk], "revoked_fen": freed, "reason": reason, "for": locked.subject}
        record(
            "award.reduced",
            f"award:{locked.pk}",
            actor=actor,
            at=at,
            organisation_id=locked.organisation_id,
            data=data,
        )
    return freed


def owed_fen(award: Award) -> int:
    """What of an award in parts is released and not yet paid: owed, whatever becomes of the rest."""
    paid = {one.part for one in award.payments.all() if one.state == Payment.State.PAID}
    return sum(
        one.amount_fen for one in award.parts.all() if one.released_at is not None and one.number not in paid
    )
