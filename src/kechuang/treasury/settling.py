"""What the bank answers: payments that were paid or sent back, entered once each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction
from django.utils.timezone import localdate

from kechuang.accounts.models import Membership
from kechuang.accounts.refusals import Refused
from kechuang.journal.actions import record
from kechuang.policy.language.values import Words
from kechuang.treasury import hooks, locks, refusals, rules
from kechuang.treasury.ledger import enter
from kechuang.treasury.models import Appropriation, Batch, Entry, Payment
from kechuang.treasury.paying import PAYMENT_WORDS, must_be
from kechuang.treasury.recovering import due_of


@dataclass(frozen=True)
class Result:
    """What the bank says of one payment. reference: its voucher; reason: why the money came back."""

    number: str
    paid: bool
    on: date
    reference: str = ""
    reason: str = ""


@dataclass
class Settled:
    """How many payments were paid, returned, or had been entered before."""

    paid: int = 0
    returned: int = 0
    unchanged: int = 0
    numbers: list[str] = field(default_factory=list)


def settle(batch: Batch, results: Sequence[Result], *, actor: Membership, at: datetime) -> Settled:
    """Enter what the bank answered: all of it or, when one answer cannot be, nothing. The same again does nothing."""
    rules.must_prepare(actor)
    by_number = _by_number(results)
    with transaction.atomic():
        known = dict(batch.payments.filter(number__in=by_number).values_list("number", "pk"))
        if unknown := [number for number in by_number if number not in known]:
            raise Refused(
                f"批次 {batch.number} 没有拨付 {unknown[0]}。请核对结果文件。",
                f"Batch {batch.number} has no payment {unknown[0]}. Check the file.",
            )
        rules.must_not_stay_away(actor, batch.payments.values_list("award", flat=True))
        locked_batch, payments = _lock_for_settling(batch, known.values())
        must_be(locked_batch, Batch.State.SENT, Batch.State.SETTLED)
        done = Settled()
        for payment in payments:
            _settle_one(payment, by_number[payment.number], done, actor, at)
        open_left = locked_batch.payments.filter(state=Payment.State.SENT).exists()
        if locked_batch.state == Batch.State.SENT and not open_left:
            locked_batch.state = Batch.State.SETTLED
            locked_batch.save(update_fields=["state"])
            record("batch.settled", f"batch:{batch.pk}", actor=actor, at=at, data={"paid": done.paid})
    return done


def _by_number(results: Sequence[Result]) -> dict[str, Result]:
    """The answers by number of payment. Refuses two that differ, and one that says paid without a voucher."""
    found: dict[str, Result] = {}
    for result in results:
        if result.paid and not result.reference:
            raise Refused(
                f"拨付 {result.number} 已付，但没有银行凭证号。请补上。",
                f"Payment {result.number} is paid but has no number of a bank's voucher. Add it.",
            )
        if not result.paid and not result.reason.strip():
            raise Refused(
                f"拨付 {result.number} 被退回，但没有写明原因。请补上。",
                f"Payment {result.number} came back without a reason. Add it.",
            )
        if found.setdefault(result.number, result) != result:
            raise Refused(
                f"拨付 {result.number} 有两个不同的结果。请核对结果文件。",
                f"Payment {result.number} has two different results. Check the file.",
            )
    return found


def _lock_for_settling(batch: Batch, numbers: Iterable[int]) -> tuple[Batch, list[Payment]]:
    """Everything that the bank's answer moves, locked in order."""
    wanted = list(
        Payment.objects.filter(pk__in=numbers).values_list("pk", "award_id", "award__appropriation_id")
    )
    hooks.prepare_locks(award for _, award, _ in wanted)
    locks.rows(Appropriation, {money for *_, money in wanted})
    awards = locks.awards(award for _, award, _ in wanted)
    locked = locks.batch(batch.pk)
    payments = locks.payments(pk for pk, *_ in wanted)
    for payment in payments.values():
        payment.batch = locked
        payment.award = awards[payment.award_id]
    return locked, list(payments.values())


def _settle_one(payment: Payment, result: Result, done: Settled, actor: Membership, at: datetime) -> None:
    if _entered_before(payment, result):
        done.unchanged += 1
        return
    if wrong := wrong_day(payment, result.on, localdate(at)):
        raise Refused(
            f"拨付 {payment.number}：{wrong.zh}。请核对银行日期。",
            f"Payment {payment.number}: {wrong.en}. Check the day of the bank.",
        )
    was_paid = payment.state == Payment.State.PAID
    if was_paid:
        refusals.returnable(payment, due_of(payment.award))
    payment.state = Payment.State.PAID if result.paid else Payment.State.RETURNED
    payment.settled_on, payment.reason = result.on, result.reason[:200]
    payment.reference = result.reference or payment.reference
    payment.save(update_fields=["state", "settled_on", "reference", "reason"])
    entries: list[Entry] = []
    if result.paid or was_paid:
        act = Entry.Act.PAY if result.paid else Entry.Act.RETURN
        more: dict[str, str | date] = {"voucher": payment.reference, "on": result.on}
        entries = [enter(act, payment.amount_fen, of=payment, actor=actor, at=at, **more)]
    payment.award.refresh_from_db()
    _record_result(payment, entries, actor, at)
    hooks.tell(hooks.on_paid if result.paid else hooks.on_returned, payment.award, at, actor)
    done.paid += result.paid
    done.returned += not result.paid
    done.numbers.append(payment.number)


def wrong_day(payment: Payment, on: date, today: date) -> Words | None:
    """Why a payment cannot have been answered on a day; None when it can. Without a stop, for sentences and cells."""
    if on > today:
        return Words(f"{on} 还没有到", f"{on} is yet to come")
    sent_on = localdate(payment.batch.sent_at) if payment.batch.sent_at else None
    if sent_on and on < sent_on:
        return Words(f"{on} 早于批次送出的日期 {sent_on}", f"{on} is before the batch was sent, {sent_on}")
    paid_on = payment.settled_on if payment.state == Payment.State.PAID else None
    if paid_on and on < paid_on:
        return Words(f"{on} 早于付款的日期 {paid_on}", f"{on} is before the day it was paid, {paid_on}")
    return None


def _entered_before(payment: Payment, result: Result) -> bool:
    """Whether the ledger says this already. Refuses what contradicts it."""
    state = Payment.State(payment.state)
    if state == Payment.State.SENT or (state == Payment.State.PAID and not result.paid):
        return False
    if result.paid:
        entered = payment.entries.filter(act=Entry.Act.PAY, voucher=result.reference).first()
        same, day = entered is not None, entered.on if entered else None
    else:
        same = state == Payment.State.RETURNED and result.reference in {"", payment.reference}
        day = payment.settled_on
    if same and day != result.on:
        raise Refused(
            f"拨付 {payment.number} 已登记，银行日期是 {day}，与这次的 {result.on} 不同。请核对结果文件。",
            f"Payment {payment.number} is entered with the bank's day {day}, not {result.on}. Check the file.",
        )
    if not same:
        zh, en = PAYMENT_WORDS[state]
        raise Refused(
            f"拨付 {payment.number} 已登记为{zh}，凭证 {payment.reference or '无'}，与这次的结果不同。"
            "请核对结果文件；退回后重新拨付的，会有新的拨付编号。",
            f"Payment {payment.number} is entered as {en} with voucher {payment.reference or 'none'}, "
            "which this result contradicts. Check the file; what is paid again after a return has a new number.",
        )
    return True


def _record_result(payment: Payment, entries: Sequence[Entry], actor: Membership, at: datetime) -> None:
    data = {
        "entries": [entry.pk for entry in entries],
        "payment": payment.number,
        "for": payment.award.subject,
        "amount_fen": payment.amount_fen,
        "voucher": payment.reference,
        "on": payment.settled_on.isoformat() if payment.settled_on else None,
        "reason": payment.reason,
    }
    record(
        f"payment.{payment.state}",
        f"award:{payment.award_id}",
        actor=actor,
        at=at,
        organisation_id=payment.award.organisation_id,
        data=data,
    )
