"""Early warnings (预警) of a pool: loans past due and unpaid, one debtor too large, a balance below its floor."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from kechuang.accounts.models import Organisation
from kechuang.finance.filing.kinds import filing_kinds, number_of
from kechuang.finance.models import FiledLine, Pool, PoolEntry
from kechuang.policy.language.values import Words, yuan
from kechuang.policy.words.wording import sum_text


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing to look at: what it is about, in words; organisation and bank where it is about a loan."""

    ground: str  # "past_due", "concentration", "floor", "reserved"
    words: Words
    organisation: Organisation | None = None
    bank: Organisation | None = None


def kinds_of_measure(measure: str) -> frozenset[str]:
    """The kinds of loans that benefits of a measure judge: those that its pool stands behind."""
    judged = filing_kinds()["loans"].judged
    return frozenset(
        kind for kind, benefits in judged.items() if any(one.startswith(f"{measure}.") for one in benefits)
    )


def loans_of(pool: Pool) -> list[FiledLine]:
    """The standing loans that the pool stands behind, with debtor and bank; for compensation, those filed for it."""
    lines = FiledLine.objects.filter(
        record="loans", ended_at__isnull=True, values__kind__in=kinds_of_measure(pool.measure)
    )
    found = lines.select_related("organisation", "filer").order_by("organisation_id", "id")
    return [one for one in found if one.values.get("risk_compensated") is not False]


def alerts_of(pool: Pool, today: date) -> list[Alert]:
    """All warnings of a pool on a day. A loan whose balance is not filed counts with its principal, never as zero.

    What a pool has shared of a loan is dealt with: it is neither past due nor at risk any more.
    """
    found = _of_balance(pool)
    owed, dealt_with = defaultdict[int, int](int), _shared()
    debtors: dict[int, Organisation] = {}
    for line in loans_of(pool):
        values = line.values
        balance = values.get("balance", values["principal"])
        balance = max(balance - dealt_with.get((line.filer.pk, values["number"]), 0), 0)
        owed[line.organisation.pk] += balance
        debtors[line.organisation.pk] = line.organisation
        due = date.fromisoformat(values["due_on"])
        if balance > 0 and due < today:
            days, number = (today - due).days, number_of(values)
            words = Words(
                f"{number} 于 {due} 到期，逾期 {days} 天，余额 {sum_text(balance, 'zh')}",
                f"{number} was due on {due}, {days} days ago; {yuan(balance)} yuan are open",
            )
            found.append(Alert("past_due", words, line.organisation, line.filer))
    return found + _concentrated(pool, owed, debtors)


def _shared() -> dict[tuple[int, str], int]:
    """What pools have shared of each loan, by filer and number, in fen: it is dealt with, and no more at risk."""
    found = PoolEntry.objects.filter(act=PoolEntry.Act.LOSE, line__isnull=False).select_related("line")
    return {(one.line.filer_id, one.line.values["number"]): one.whole_fen or 0 for one in found if one.line}


def _of_balance(pool: Pool) -> list[Alert]:
    found = []
    if pool.balance_fen < pool.floor_fen:
        words = Words(
            f"余额 {sum_text(pool.balance_fen, 'zh')}，低于警戒线 {sum_text(pool.floor_fen, 'zh')}",
            f"the balance of {yuan(pool.balance_fen)} yuan is below the floor of {yuan(pool.floor_fen)}",
        )
        found.append(Alert("floor", words))
    if pool.free_fen < 0:
        words = Words(
            f"余额不足预留，差 {sum_text(-pool.free_fen, 'zh')}",
            f"{yuan(-pool.free_fen)} yuan more are reserved than there are",
        )
        found.append(Alert("reserved", words))
    return found


def _concentrated(pool: Pool, owed: dict[int, int], debtors: dict[int, Organisation]) -> list[Alert]:
    total, most = sum(owed.values()), Fraction(pool.concentration)
    found = []
    for number, balance in sorted(owed.items(), key=lambda one: (-one[1], one[0])):
        if total and Fraction(balance, total) > most and len(owed) > 1:
            share = Fraction(balance, total) * 100
            part = f"{int(share)}.{int(share * 10) % 10}%"
            words = Words(
                f"占全部余额的 {part}，共 {sum_text(balance, 'zh')}",
                f"owes {part} of all, {yuan(balance)} yuan",
            )
            found.append(Alert("concentration", words, debtors[number]))
    return found
