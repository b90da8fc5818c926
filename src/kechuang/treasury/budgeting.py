"""Money set aside by a budget document, and made more or less by another."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from kechuang.accounts.models import Membership
from kechuang.accounts.refusals import Refused
from kechuang.journal.actions import record
from kechuang.journal.queries import events_of
from kechuang.policy.language.values import yuan
from kechuang.reader.packs import pack_in_force
from kechuang.treasury import locks, refusals, rules
from kechuang.treasury.ledger import enter
from kechuang.treasury.models import Appropriation, Entry
from kechuang.treasury.paying_models import VOUCHER_LENGTH

BUDGET_CODE: Final = r"[0-9]{3,16}"  # the whole of it
_STATED: Final = "appropriation.subjects_stated"


@dataclass(frozen=True)
class Budget:
    """What an appropriation is for. The codes are budget subjects (功能分类, 政府预算经济分类), '' when unknown."""

    year: int
    measure: str
    title: str
    source: str  # the budget document
    function_code: str = ""
    economic_code: str = ""


def appropriate(budget: Budget, amount_fen: int, *, actor: Membership, at: datetime) -> Appropriation:
    """Set money aside for a year and a measure; the same of the same budget document does nothing the second time."""
    rules.must_prepare(actor)
    refusals.above_zero(amount_fen)
    if budget.measure not in pack_in_force().measures:
        raise Refused("政策中没有这一条措施。", "The policy has no such measure.", "measure")
    _must_be_codes(budget.function_code, budget.economic_code)
    with transaction.atomic():
        if earlier := _appropriated_before(budget, amount_fen):
            return earlier
        made = Appropriation.objects.create(
            **{name: getattr(budget, name) for name in budget.__dataclass_fields__},
            entered_by=actor,
            entered_at=at,
        )
        entry = enter(Entry.Act.APPROPRIATE, amount_fen, of=made, actor=actor, at=at)
        data = {
            "entries": [entry.pk],
            "amount_fen": amount_fen,
            "year": budget.year,
            "measure": budget.measure,
        }
        record("appropriation.granted", f"appropriation:{made.pk}", actor=actor, at=at, data=data)
    made.refresh_from_db()
    return made


def _appropriated_before(budget: Budget, amount_fen: int) -> Appropriation | None:
    """What this document has set aside under this title. Refuses another sum or other codes: that is an adjustment."""
    locks.alone(f"appropriation:{budget.source}")
    named = {name: getattr(budget, name) for name in ("year", "measure", "title", "source")}
    found = Appropriation.objects.filter(**named).first()
    if found is None:
        return None
    first = found.entries.filter(act=Entry.Act.APPROPRIATE).earliest("pk")
    stated = events_of(f"appropriation:{found.pk}").filter(kind=_STATED).first()
    codes = (
        tuple(stated.data["from"]) if stated else (found.function_code, found.economic_code)
    )  # as first entered
    if first.amount_fen != amount_fen or codes != (budget.function_code, budget.economic_code):
        raise Refused(
            f"{budget.source}的“{budget.title}”已登记为第 {found.pk} 号预算，{yuan(found.amount_fen)} 元："
            "增减请在该预算中调整；确是另一笔资金的，请另写名称。",
            f"“{budget.title}” of {budget.source} is appropriation {found.pk} already, of {yuan(found.amount_fen)} "
            "yuan: adjust that one, or give this money a title of its own.",
            "title",
        )
    return found


def _must_be_codes(*codes: str) -> None:
    """Refuse what is no budget subject, functional and economic; '' is one that is not known yet."""
    for name, code in zip(("function_code", "economic_code"), codes, strict=True):
        if code and not re.fullmatch(BUDGET_CODE, code):
            raise Refused("科目编码是 3 至 16 位数字。", "A budget subject has 3 to 16 digits.", name)


def state_subjects(
    appropriation: Appropriation,
    codes: tuple[str, str],
    *,
    actor: Membership,
    at: datetime,
    from_codes: tuple[str, str] | None = None,
) -> Appropriation:
    """Fill in or correct the budget subjects, functional and economic; the same does nothing.

    Approved batches keep theirs. from_codes: what the person has seen; where somebody has changed them since, it is
    refused.
    """
    rules.must_prepare(actor)
    _must_be_codes(*codes)
    with transaction.atomic():
        money = locks.appropriation(appropriation.pk)
        now = (money.function_code, money.economic_code)
        if codes == now:
            return money
        if from_codes is not None and from_codes != now:
            shown = "、".join(code or "未填" for code in now)
            raise Refused(
                f"预算科目现为 {shown}：已有他人更改。请核对后再保存。",
                f"The budget subjects are {', '.join(code or 'not given' for code in now)} now: somebody has changed "
                "them. Look at them again before you save.",
                "function_code",
            )
        money.function_code, money.economic_code = codes
        money.save(update_fields=["function_code", "economic_code"])
        data = {"from": list(now), "to": list(codes)}
        record(_STATED, f"appropriation:{money.pk}", actor=actor, at=at, data=data)
    return money


def adjust(
    appropriation: Appropriation,
    amount_fen: int,
    *,
    source: str,
    actor: Membership,
    at: datetime,
    from_fen: int | None = None,
) -> Appropriation:
    """Make an appropriation as large as `amount_fen`, on the ground of the document `source`; the same does nothing.

    One that was entered wrongly goes down to zero as long as nothing of it is reserved or committed.
    from_fen: the sum that the person has seen; where somebody has changed it since, the adjustment is refused.
    """
    rules.must_prepare(actor)
    if amount_fen < 0:
        raise Refused("金额不能小于零。", "The sum cannot be below zero.", "amount_fen")
    if len(source) > VOUCHER_LENGTH:  # it is the voucher of the entry
        raise Refused(
            f"调整文号最多 {VOUCHER_LENGTH} 个字。",
            f"The document has at most {VOUCHER_LENGTH} characters.",
            "source",
        )
    with transaction.atomic():
        money = locks.appropriation(appropriation.pk)
        change = amount_fen - money.amount_fen
        if change and from_fen is not None and from_fen != money.amount_fen:
            raise Refused(
                f"预算现为 {yuan(money.amount_fen)} 元，不是 {yuan(from_fen)} 元：已有他人调整。请核对后再调整。",
                f"The appropriation is {yuan(money.amount_fen)} yuan now, not {yuan(from_fen)}: somebody has adjusted "
                "it. Look at it again before you adjust it.",
                "amount_fen",
            )
        if change < 0 and -change > money.free_fen:
            bound = money.reserved_fen + money.committed_fen
            raise Refused(
                f"已预留和承诺 {yuan(bound)} 元，预算不能减到 {yuan(amount_fen)} 元。",
                f"{yuan(bound)} yuan are reserved and committed; the appropriation cannot go down to "
                f"{yuan(amount_fen)} yuan.",
                "amount_fen",
            )
        if change:
            act = Entry.Act.APPROPRIATE if change > 0 else Entry.Act.REDUCE
            entry = enter(act, abs(change), of=money, actor=actor, at=at, voucher=source)
            data = {
                "entries": [entry.pk],
                "from_fen": money.amount_fen,
                "to_fen": amount_fen,
                "source": source,
            }
            record("appropriation.adjusted", f"appropriation:{money.pk}", actor=actor, at=at, data=data)
    money.refresh_from_db()
    return money
