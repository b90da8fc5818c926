"""Batches of payments: one person prepares, another approves, the bank pays or sends back (拨付).

A payment says once and for all what goes where. It moves prepared, sent, paid; the bank may return it, even after it
was paid; until it is sent it may be withdrawn. Only what the bank has paid stands in the ledger.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils.timezone import localtime

from kechuang.accounts.models import Membership
from kechuang.accounts.refusals import Refused
from kechuang.journal.actions import record
from kechuang.policy.language.values import yuan
from kechuang.treasury import exporting, locks, refusals, rules
from kechuang.treasury.models import Account, Appropriation, Award, Batch, Part, Payment

MOST_PAYMENTS: Final = 1000  # in one batch
SHOWN: Final = 5  # reasons in one sentence
_NUMBERING: Final = "numbers of batches"
_APPROVAL: Final = ("approved_by", "approved_user", "approved_at", "file_hash", "subjects")
_ON_THE_WAY: Final = (Payment.State.PREPARED, Payment.State.SENT, Payment.State.PAID)


@dataclass(frozen=True)
class Line:
    """One payment to be: what is left of an award, or one part of it."""

    award: Award
    part: Part | None
    amount_fen: int


def prepare_batch(
    awards: Iterable[Award],
    *,
    actor: Membership,
    at: datetime,
    sums: Mapping[int, int] | None = None,
    parts: Iterable[Part] = (),
    key: str = "",
) -> Batch:
    """A batch with a payment for each award: what is left to pay, or the fen that `sums` names for its number.

    Of an award in parts it pays each part that is released and not yet on its way; or, with `parts`, only those named.
    key: the caller's own; the same person with the same key gets the batch there is, whatever became of it since.
    """
    rules.must_prepare(actor)
    named = list(parts)
    numbers = sorted({award.pk for award in awards} | {part.award_id for part in named})
    if not numbers:
        raise Refused("请先选择要拨付的资金。", "Choose the awards to pay first.")
    with transaction.atomic():
        batch_number = _next_number(at)
        if earlier := _prepared_before(key, numbers, actor):
            return earlier
        locks.awards(numbers)
        lines = _lines(numbers, {part.pk for part in named}, sums or {}, at)
        if len(lines) > MOST_PAYMENTS:
            raise Refused(
                f"一批至多 {MOST_PAYMENTS} 笔，现有 {len(lines)} 笔。请分批。",
                f"A batch has {MOST_PAYMENTS} payments at most; {len(lines)} are chosen. Make several batches.",
            )
        rules.must_not_stay_away(actor, {line.award.pk for line in lines})
        accounts = _accounts([line.award for line in lines])
        _refuse_undue(lines, accounts, at)
        batch = Batch.objects.create(
            number=batch_number, prepared_by=actor, prepared_user=actor.user_id, prepared_at=at, key=key
        )
        payments = [
            _payment(batch, place, line, accounts.get(line.award.pk)) for place, line in enumerate(lines, 1)
        ]
        with refusals.in_words(lambda: _refuse_undue(lines, accounts, at)):
            Payment.objects.bulk_create(payments)
        data = {
            "payments": [[one.number, one.award_id, one.amount_fen] for one in payments],
            "total_fen": sum(one.amount_fen for one in payments),
        }
        record("batch.prepared", f"batch:{batch.pk}", actor=actor, at=at, data=data)
    return batch


def _prepared_before(key: str, numbers: Sequence[int], actor: Membership) -> Batch | None:
    """The batch that this person has prepared under this key. Refuses a key that was used for other awards."""
    found = Batch.objects.filter(prepared_user=actor.user_id, key=key).first() if key else None
    if found and set(found.payments.values_list("award_id", flat=True)) != set(numbers):
        raise Refused(
            f"这个幂等键已用于批次 {found.number}，所列资金与这次不同：请换一个。",
            f"This idempotency key was used for batch {found.number}, of other awards: choose another.",
        )
    return found


def _lines(numbers: Sequence[int], named: set[int], sums: Mapping[int, int], at: datetime) -> list[Line]:
    """What is paid of each award, in the order of appropriations and awards."""
    chosen = Award.objects.filter(pk__in=numbers).select_related("organisation", "account")
    chosen = chosen.prefetch_related("payments", "parts").order_by("appropriation_id", "pk")
    found: list[Line] = []
    for award in chosen:
        every = list(award.parts.all())
        if not every:
            found.append(Line(award, None, sums.get(award.pk, award.committed_fen - award.paid_fen)))
            continue
        wanted = [one for one in every if one.pk in named]
        due = [one for one in every if refusals.why_not_due(award, at, one.amount_fen, one) is None]
        found += [Line(award, one, one.amount_fen) for one in wanted or due or every[:1]]
    return found


def _next_number(at: datetime) -> str:
    """The next number of the year, without gap: whoever prepares waits until the one before is done."""
    locks.alone(_NUMBERING)
    year = localtime(at).year
    last = (
        Batch.objects.filter(number__startswith=f"{year}-")
        .order_by("-id")
        .values_list("number", flat=True)
        .first()
    )
    return f"{year}-{int(last.split('-')[1]) + 1 if last else 1:04d}"


def _accounts(awards: Sequence[Award]) -> dict[int, Account]:
    """The account of each award, by the award's number: its own, or what was stated since where it had none."""
    without = {award.organisation_id for award in awards if award.account is None}
    used = Account.objects.filter(organisation_id__in=without, replaced_at__isnull=True)
    stated = {account.organisation_id: account for account in used}
    found = {award.pk: award.account or stated.get(award.organisation_id) for award in awards}
    return {number: account for number, account in found.items() if account is not None}


def _refuse_undue(lines: Sequence[Line], accounts: Mapping[int, Account], at: datetime) -> None:
    """Refuse what cannot be paid now, each with its reason."""
    found = []
    for line in lines:
        why = refusals.why_not_due(line.award, at, line.amount_fen, line.part)
        own = line.part is not None and line.part.account
        if why is None and not own and line.award.pk not in accounts:
            why = "还没有收款账户", "it has named no bank account"
        if why:
            name = line.award.organisation.name
            found.append((name if line.part is None else f"{name}（{line.part.title}）", *why))
    if found:
        more = len(found) - SHOWN
        zh = "；".join(f"{name}：{why}" for name, why, _ in found[:SHOWN])
        en = "; ".join(f"{name}: {why}" for name, _, why in found[:SHOWN])
        raise Refused(
            f"{len(found)} 笔现在不能拨付。{zh}{f'；另有 {more} 笔' if more > 0 else ''}。请去掉这几笔。",
            f"{len(found)} cannot be paid now. {en}{f'; and {more} more' if more > 0 else ''}. Leave them out.",
        )


def _payment(batch: Batch, place: int, line: Line, account: Account | None) -> Payment:
    """The payment of a line: a part goes to its own account, where it names one."""
    taken = {one.part for one in line.award.payments.all() if one.state in _ON_THE_WAY}
    free = next(part for part in range(1, len(taken) + 2) if part not in taken)
    if line.part is not None and line.part.account:
        to = line.part.holder, line.part.bank, line.part.account
    else:
        assert account is not None  # noqa: S101 - _refuse_undue has looked
        to = account.holder, account.bank, account.number
    return Payment(
        award=line.award,
        batch=batch,
        number=f"{batch.number}-{place:03d}",
        part=free if line.part is None else line.part.number,
        amount_fen=line.amount_fen,
        holder=to[0],
        bank=to[1],
        account=to[2],
    )


def approve_batch(batch: Batch, *, actor: Membership, at: datetime, seen_fen: int | None = None) -> Batch:
    """Approve what another person prepared. Approving twice does nothing.

    seen_fen: the sum of the batch that the person has seen; where it adds up to another by now, it is refused.
    """
    rules.must_approve(actor)
    with transaction.atomic():
        locks.rows(
            Appropriation, batch.payments.values_list("award__appropriation", flat=True)
        )  # their subjects
        awards = _locked_awards(batch, actor)
        locked = locks.batch(batch.pk)
        again = locked.state == Batch.State.APPROVED and locked.approved_user == actor.user_id
        if not again:
            must_be(locked, Batch.State.PREPARED)
        total = sum(one.amount_fen for one in locked.payments.exclude(state=Payment.State.WITHDRAWN))
        if seen_fen is not None and seen_fen != total:
            raise Refused(
                f"批次合计 {yuan(total)} 元，不是 {yuan(seen_fen)} 元。请重新查看。",
                f"The batch adds up to {yuan(total)} yuan, not {yuan(seen_fen)}. Look at it again.",
            )
        if again:
            return locked
        if locked.prepared_user == actor.user_id:
            raise Refused(
                f"批次 {locked.number} 由您准备，须由另一人复核。",
                f"You prepared batch {locked.number}: another person must approve it.",
            )
        _refuse_stopped(awards)
        locked.state, locked.approved_by, locked.approved_user = Batch.State.APPROVED, actor, actor.user_id
        locked.approved_at = at
        locked.subjects = exporting.subjects_of(locked)
        locked.file_hash = exporting.hash_of(exporting.csv_of(locked))
        locked.save(update_fields=["state", *_APPROVAL])
        data = {"total_fen": total, "sha256": locked.file_hash}
        record("batch.approved", f"batch:{locked.pk}", actor=actor, at=at, data=data)
    return locked


def _locked_awards(batch: Batch, actor: Membership) -> list[Award]:
    """The awards of a batch that is not sent yet, locked. Which they are was fixed when it was prepared.

    Raises Refused when whoever acts stays away from one of the payees.
    """
    rules.must_not_stay_away(actor, batch.payments.values_list("award", flat=True))
    waiting = batch.payments.filter(state=Payment.State.PREPARED)
    locked = locks.awards(waiting.values_list("award_id", flat=True))
    return list(Award.objects.filter(pk__in=locked).select_related("organisation").order_by("pk"))


def _refuse_stopped(awards: Iterable[Award]) -> None:
    """Refuse a batch in which an award was stopped after it was prepared."""
    stopped = [award for award in awards if award.holds or award.cancelled_at]
    if stopped:
        names = stopped[:SHOWN]
        raise Refused(
            f"{'、'.join(award.organisation.name for award in names)} 等 {len(stopped)} 笔有异议或暂缓未了结。"
            "请把这几笔撤出批次，或等了结后再办。",
            f"Payments on which an objection or stop is open ({len(stopped)}): "
            f"{', '.join(award.organisation.name for award in names)}. Take them out of the batch, or wait.",
        )


def must_be(batch: Batch, *states: str) -> None:
    """Refuse an act on a batch in any other state."""
    if batch.state not in states:
        names = STATE_WORDS
        raise Refused(
            f"批次 {batch.number} {names[batch.state][0]}，不能再这样办理。请刷新后查看。",
            f"Batch {batch.number} is {names[batch.state][1]}: this can no longer be done. Reload to see.",
        )


STATE_WORDS: Final = {
    Batch.State.PREPARED.value: ("待复核", "waiting for approval"),
    Batch.State.APPROVED.value: ("已复核", "approved"),
    Batch.State.SENT.value: ("已送出", "sent"),
    Batch.State.SETTLED.value: ("已办结", "settled"),
    Batch.State.WITHDRAWN.value: ("已撤回", "withdrawn"),
}


PAYMENT_WORDS: Final = {
    Payment.State.PREPARED.value: ("待送出", "prepared"),
    Payment.State.SENT.value: ("已送出", "sent"),
    Payment.State.PAID.value: ("已付", "paid"),
    Payment.State.RETURNED.value: ("已退回", "returned"),
    Payment.State.WITHDRAWN.value: ("已撤回", "withdrawn"),
}


def withdraw_batch(batch: Batch, *, reason: str, actor: Membership, at: datetime) -> Batch:
    """Take back a whole batch before it is sent; its awards may be paid in another. Twice does nothing."""
    rules.must_prepare(actor)
    with transaction.atomic():
        _locked_awards(batch, actor)
        locked = locks.batch(batch.pk)
        if locked.state == Batch.State.WITHDRAWN:
            return locked
        must_be(locked, Batch.State.PREPARED, Batch.State.APPROVED)
        waiting = locked.payments.filter(state=Payment.State.PREPARED)
        waiting.update(state=Payment.State.WITHDRAWN, reason=reason[:200])
        locked.state = Batch.State.WITHDRAWN
        locked.save(update_fields=["state"])
        record("batch.withdrawn", f"batch:{locked.pk}", actor=actor, at=at, data={"reason": reason})
    return locked


def withdraw_payment(payment: Payment, *, reason: str, actor: Membership, at: datetime) -> Batch:
    """Take one payment out of a batch not yet sent. An approval before is void; an empty batch is withdrawn."""
    rules.must_prepare(actor)
    with transaction.atomic():
        _locked_awards(payment.batch, actor)
        batch = locks.batch(payment.batch_id)
        locked = locks.payments([payment.pk])[payment.pk]
        if locked.state == Payment.State.WITHDRAWN:
            return batch
        must_be(batch, Batch.State.PREPARED, Batch.State.APPROVED)
        locked.state, locked.reason = Payment.State.WITHDRAWN, reason[:200]
        locked.save(update_fields=["state", "reason"])
        left = batch.payments.filter(state=Payment.State.PREPARED).exists()
        batch.state = Batch.State.PREPARED if left else Batch.State.WITHDRAWN
        batch.approved_by = batch.approved_user = batch.approved_at = None
        batch.file_hash, batch.subjects = "", {}
        batch.save(update_fields=["state", *_APPROVAL])
        data = {"payment": locked.number, "amount_fen": locked.amount_fen, "reason": reason}
        record("payment.withdrawn", f"batch:{batch.pk}", actor=actor, at=at, data=data)
    return batch


def note_export(batch: Batch, *, name: str, sha256: str, actor: Membership, at: datetime) -> None:
    """Record that somebody took the file for the budget system, which names accounts, by its name and hash."""
    with transaction.atomic():
        must_be(locks.batch(batch.pk), Batch.State.APPROVED, Batch.State.SENT, Batch.State.SETTLED)
        data = {"file": name, "sha256": sha256}
        record("batch.exported", f"batch:{batch.pk}", actor=actor, at=at, data=data)


def mark_sent(batch: Batch, *, actor: Membership, at: datetime, file_hash: str | None = None) -> Batch:
    """The file has gone to the budget system: from now on only the bank's answer moves its payments.

    file_hash: of the file that went out, as whoever sends it took it; another than that of the batch is refused.
    """
    rules.must_prepare(actor)
    with transaction.atomic():
        awards = _locked_awards(batch, actor)
        locked = locks.batch(batch.pk)
        must_be(locked, Batch.State.APPROVED, Batch.State.SENT, Batch.State.SETTLED)
        if file_hash is not None and file_hash != locked.file_hash:
            raise Refused(
                "批次在您下载后有变动，请重新下载。",
                "The batch has changed since you took its file. Take the file again.",
            )
        if locked.state != Batch.State.APPROVED:
            return locked
        _refuse_stopped(awards)
        locked.state, locked.sent_at = Batch.State.SENT, at
        locked.save(update_fields=["state", "sent_at"])
        with refusals.in_words(lambda: _refuse_stopped(_locked_awards(batch, actor))):
            locked.payments.filter(state=Payment.State.PREPARED).update(state=Payment.State.SENT)
        record("batch.sent", f"batch:{locked.pk}", actor=actor, at=at, data={"sha256": locked.file_hash})
    return locked
