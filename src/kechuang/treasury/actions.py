"""What the treasury does with reserves and awards.

Appropriations stand in budgeting, batches in paying, claims back in recovering.

Each act is one transaction: locks in the order of locks.py, the look, the entries, the event last. An act that was
done before does nothing again; one that must not be raises accounts.refusals.Refused with its figures.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from kechuang.accounts.models import Membership, Organisation
from kechuang.accounts.refusals import Refused
from kechuang.journal.actions import Actor, Clock, record
from kechuang.policy.language.values import yuan
from kechuang.treasury import hooks, locks, refusals
from kechuang.treasury.budgeting import Budget, adjust, appropriate, state_subjects
from kechuang.treasury.dividing import Share, divide, divide_among, give_back, owed_fen
from kechuang.treasury.hooks import before_locks, on_paid, on_recovered, on_returned
from kechuang.treasury.ledger import enter
from kechuang.treasury.models import Account, Appropriation, Award, Entry, Hold, Payment
from kechuang.treasury.paying import (
    approve_batch,
    mark_sent,
    note_export,
    prepare_batch,
    withdraw_batch,
    withdraw_payment,
)
from kechuang.treasury.recovering import open_receivable, receive
from kechuang.treasury.settling import Result, Settled, settle

__all__ = [
    "Budget",
    "Grant",
    "Result",
    "Settled",
    "Share",
    "adjust",
    "appropriate",
    "approve_batch",
    "before_locks",
    "cancel",
    "commit",
    "correct_account",
    "divide",
    "divide_among",
    "give_back",
    "grant",
    "hold",
    "hold_reserve",
    "make_payable",
    "mark_sent",
    "note_export",
    "on_paid",
    "on_recovered",
    "on_returned",
    "open_receivable",
    "owed_fen",
    "prepare_batch",
    "receive",
    "release_reserve",
    "reserve",
    "settle",
    "state_account",
    "state_subjects",
    "unhold",
    "withdraw_batch",
    "withdraw_payment",
]


@dataclass(frozen=True)
class Grant:
    """What an award is for, see models.Award. cap: the ceiling a year that it counts against, '' for none."""

    entitlement: str
    subject: str
    organisation: Organisation
    appropriation: Appropriation
    benefit: str
    year: int
    amount_fen: int
    cap: str = ""
    cap_fen: int | None = None


def reserve(
    appropriation: Appropriation, amount_fen: int, *, subject: str, actor: Actor | Clock, at: datetime
) -> Entry:
    """Hold money for a call, "call:3", on top of what it holds already."""
    refusals.above_zero(amount_fen)
    with transaction.atomic():
        money = locks.appropriation(appropriation.pk)
        refusals.free(money, amount_fen)
        entry = enter(Entry.Act.RESERVE, amount_fen, of=money, actor=actor, at=at, subject=subject)
        _record_reserve("reserve.placed", entry, actor, at)
    return entry


def release_reserve(
    appropriation: Appropriation,
    *,
    subject: str,
    actor: Actor | Clock,
    at: datetime,
    amount_fen: int | None = None,
) -> Entry | None:
    """Let go of what a call holds, all of it unless a sum is named; None when it holds nothing and none is named."""
    with transaction.atomic():
        money = locks.appropriation(appropriation.pk)
        held = locks.reserve(money.pk, subject)
        asked = held if amount_fen is None else amount_fen
        if not held and amount_fen is None:
            return None
        refusals.above_zero(asked)
        refusals.held(subject, held, asked)
        entry = enter(Entry.Act.RELEASE, asked, of=money, actor=actor, at=at, subject=subject)
        _record_reserve("reserve.released", entry, actor, at)
    return entry


def hold_reserve(
    appropriation: Appropriation, amount_fen: int, *, subject: str, actor: Actor | Clock, at: datetime
) -> Entry | None:
    """Let a call hold exactly this from now on: what is beyond it is free, what is missing is reserved.

    None when it holds that already. Raises Refused when what is missing is not free.
    """
    with transaction.atomic():
        money = locks.appropriation(appropriation.pk)
        beyond = locks.reserve(money.pk, subject) - amount_fen
        if beyond > 0:
            return release_reserve(money, subject=subject, actor=actor, at=at, amount_fen=beyond)
        return reserve(money, -beyond, subject=subject, actor=actor, at=at) if beyond else None


def _record_reserve(kind: str, entry: Entry, actor: Actor | Clock, at: datetime) -> None:
    data = {"entries": [entry.pk], "amount_fen": entry.amount_fen, "for": entry.subject}
    record(kind, f"appropriation:{entry.appropriation_id}", actor=actor, at=at, data=data)


def grant(given: Grant, *, actor: Actor | Clock, at: datetime) -> Award:
    """An award for an entitlement, not yet committed. The same again gives the same award; another sum is refused."""
    refusals.above_zero(given.amount_fen)
    if given.cap and (given.cap_fen is None or given.cap_fen < 0):
        raise Refused("有限额名称，还要写明限额金额。", "A cap needs its limit.", "cap_fen")
    with transaction.atomic():
        locks.appropriation(given.appropriation.pk)
        found = _granted(given)
        if found:
            return found
        try:
            with transaction.atomic():
                award = Award.objects.create(
                    **{name: getattr(given, name) for name in given.__dataclass_fields__}, created_at=at
                )
        except IntegrityError:  # somebody granted the same from another appropriation just now
            found = _granted(given)
            if found:
                return found
            raise
        _record(award, "award.granted", actor, at, amount_fen=award.amount_fen)
    return award


def _granted(given: Grant) -> Award | None:
    """The award that stands for this entitlement; Refused when it says something else."""
    found = Award.objects.filter(entitlement=given.entitlement, cancelled_at__isnull=True).first()
    if found is None:
        return None
    asked = (given.subject, given.organisation.pk, given.appropriation.pk, given.amount_fen)
    if (found.subject, found.organisation_id, found.appropriation_id, found.amount_fen) != asked:
        stands, asked_yuan = yuan(found.amount_fen), yuan(given.amount_fen)
        called = hooks.called(found.subject)
        raise Refused(
            f"这一事项已核定 {stands} 元（{called}），不能再核定 {asked_yuan} 元。"
            "同一事项只核定一次；要改，请先取消原核定。",
            f"{stands} yuan are granted for this already ({called}); {asked_yuan} yuan cannot be granted too. "
            "Cancel the former award first.",
        )
    return found


def commit(
    award: Award,
    *,
    actor: Actor | Clock,
    at: datetime,
    reserve: str = "",
    account: Account | None = None,
) -> Award:
    """Bind the whole sum of an award to its appropriation, drawing on what call `reserve` ("call:3") holds first.

    It is paid to `account`, by default the one that its organisation uses now, whatever is stated later.
    """
    with transaction.atomic():
        locked, money = locks.award_with_appropriation(award)
        refusals.cancelled(locked)
        if locked.committed_fen == locked.amount_fen:
            return locked
        drawn = min(locks.reserve(money.pk, reserve), locked.amount_fen) if reserve else 0
        refusals.free(money, locked.amount_fen, drawn)
        refusals.under_cap(locked, locks.cap(locked))
        with refusals.in_words(lambda: refusals.under_cap(locked, locks.cap(locked))):
            entries = []
            if drawn:
                entries += [enter(Entry.Act.RELEASE, drawn, of=money, actor=actor, at=at, subject=reserve)]
            entries += [enter(Entry.Act.COMMIT, locked.amount_fen, of=locked, actor=actor, at=at)]
        account = account or account_in_use(locked.organisation)
        Award.objects.filter(pk=locked.pk).update(account=account)
        _record(
            locked,
            "award.committed",
            actor,
            at,
            entries=[entry.pk for entry in entries],
            amount_fen=locked.amount_fen,
            drawn_fen=drawn,
            account="" if account is None else account.number[-4:],
        )
    locked.refresh_from_db()
    return locked


def correct_account(award: Award, account: Account, *, actor: Membership, at: datetime) -> Award:
    """Pay an award that the bank has sent back to another account of its organisation. The same does nothing."""
    with transaction.atomic():
        locked = locks.award(award.pk)
        refusals.cancelled(locked)
        if account.organisation_id != locked.organisation_id:
            raise Refused("这不是收款单位的账户。", "This account is another organisation's.", "number")
        payments = list(locked.payments.order_by("pk"))
        if any(one.state in refusals.IN_PAYMENT for one in payments):
            raise Refused(
                "这笔资金正在拨付，现在不能更换账户。", "The award is being paid: its account stays."
            )
        if not any(one.state == Payment.State.RETURNED for one in payments):
            raise Refused("银行没有退回这笔资金。", "The bank has not sent this award back.")
        if locked.account_id != account.pk:
            before = "" if locked.account is None else locked.account.number[-4:]
            locked.account = account
            locked.save(update_fields=["account"])
            said = {"from": before, "to": account.number[-4:], "bank": account.bank}
            _record(locked, "award.account_corrected", actor, at, **said)
    return locked


def make_payable(award: Award, *, actor: Actor | Clock, at: datetime) -> Award:
    """The award may be paid from `at` on: its public notice has ended and a contract, where it needs one, is signed.

    The first such moment counts.
    """
    with transaction.atomic():
        locked = locks.award(award.pk)
        refusals.cancelled(locked)
        if locked.payable_from is None:
            locked.payable_from = at
            locked.save(update_fields=["payable_from"])
            _record(locked, "award.cleared", actor, at)
    return locked


def hold(award: Award, *, subject: str, actor: Actor | Clock, at: datetime) -> Award:
    """Stop payment while `subject` ("objection:5") is open; the same stop once more does nothing."""
    with transaction.atomic():
        locked = locks.award(award.pk)
        if not locked.stops.filter(subject=subject, lifted_at__isnull=True).exists():
            Hold.objects.create(award=locked, subject=subject, placed_at=at)
            locked.holds += 1
            locked.save(update_fields=["holds"])
            _record(locked, "award.held", actor, at, because=subject)
    return locked


def unhold(award: Award, *, subject: str, actor: Actor | Clock, at: datetime) -> Award:
    """Lift the stop for `subject`; where there is none, nothing happens."""
    with transaction.atomic():
        locked = locks.award(award.pk)
        if locked.stops.filter(subject=subject, lifted_at__isnull=True).update(lifted_at=at):
            locked.holds -= 1
            locked.save(update_fields=["holds"])
            _record(locked, "award.freed", actor, at, because=subject)
    return locked


def cancel(award: Award, *, reason: str, actor: Actor | Clock, at: datetime) -> Award:
    """Give the committed sum of an award back to its appropriation, before anything was paid."""
    with transaction.atomic():
        locked, _ = locks.award_with_appropriation(award)
        if locked.cancelled_at:
            return locked
        _refuse_to_cancel(locked)
        entries = []
        if locked.committed_fen:
            locks.cap(locked)
            entries = [enter(Entry.Act.REVOKE, locked.committed_fen, of=locked, actor=actor, at=at)]
        data = {"entries": [entry.pk for entry in entries], "revoked_fen": locked.committed_fen}
        _record(locked, "award.cancelled", actor, at, **data, reason=reason)
        Award.objects.filter(pk=locked.pk).update(cancelled_at=at)
    locked.refresh_from_db()
    return locked


def _refuse_to_cancel(award: Award) -> None:
    if award.paid_fen:
        raise Refused(
            f"已拨付 {yuan(award.paid_fen)} 元，不能取消；应收回的，请办理追回。",
            f"{yuan(award.paid_fen)} yuan are paid: it cannot be cancelled. Recover what must come back.",
        )
    under_way = Payment.objects.filter(award=award, state__in=refusals.IN_PAYMENT).first()
    if under_way:
        raise Refused(
            f"拨付 {under_way.number} 正在办理（{yuan(under_way.amount_fen)} 元）。请先从批次中撤出。",
            f"Payment {under_way.number} of {yuan(under_way.amount_fen)} yuan is on its way. "
            "Take it out of its batch first.",
        )


def _record(award: Award, kind: str, actor: Actor | Clock, at: datetime, **data: object) -> None:
    """The event of an act on an award, which is the organisation's affair."""
    record(
        kind,
        f"award:{award.pk}",
        actor=actor,
        at=at,
        organisation_id=award.organisation_id,
        data={"for": award.subject, **data},
    )


def account_in_use(organisation: Organisation) -> Account | None:
    """The account that an organisation has stated last."""
    return Account.objects.filter(organisation=organisation, replaced_at__isnull=True).first()


def state_account(
    organisation: Organisation, *, holder: str, bank: str, number: str, actor: Membership, at: datetime
) -> Account:
    """The account that an organisation is paid to from now on; the one before is kept. The same does nothing."""
    with transaction.atomic():
        Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
        used = Account.objects.filter(organisation=organisation, replaced_at__isnull=True).first()
        if used and (used.holder, used.bank, used.number) == (holder, bank, number):
            return used
        Account.objects.filter(organisation=organisation, replaced_at__isnull=True).update(replaced_at=at)
        made = Account.objects.create(
            organisation=organisation, holder=holder, bank=bank, number=number, stated_by=actor, stated_at=at
        )
        subject, data = f"account:{made.pk}", {"ending": number[-4:], "bank": bank}
        record("account.stated", subject, actor=actor, at=at, organisation_id=organisation.pk, data=data)
    return made
