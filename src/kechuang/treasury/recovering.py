"""Money that must come back: a receivable with its instalments, receipts, and its close when all is back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import F, Sum
from django.utils.timezone import localdate

from kechuang.accounts.models import Membership
from kechuang.accounts.refusals import Refused
from kechuang.journal.actions import record
from kechuang.policy.language.values import yuan
from kechuang.treasury import hooks, locks, refusals, rules
from kechuang.treasury.ledger import enter
from kechuang.treasury.models import Award, Entry, Instalment, Receivable


def open_receivable(
    award: Award,
    amount_fen: int,
    ground: str,
    plan: Sequence[tuple[date, int]] = (),
    *,
    actor: Membership,
    at: datetime,
) -> Receivable:
    """Claim back a part of what was paid. plan: (day, fen) of each instalment; empty: all at once, no day agreed."""
    refusals.above_zero(amount_fen)
    _check_plan(amount_fen, plan, localdate(at))
    with transaction.atomic():
        locked, _ = locks.award_with_appropriation(award)
        refusals.recoverable(locked, due_of(locked), amount_fen)
        made = Receivable.objects.create(
            award=locked, amount_fen=amount_fen, ground=ground, decided_by=actor, decided_at=at
        )
        Instalment.objects.bulk_create(
            Instalment(receivable=made, number=number, due_on=due_on, amount_fen=fen)
            for number, (due_on, fen) in enumerate(plan, 1)
        )
        data = {
            "award": locked.pk,
            "for": locked.subject,
            "amount_fen": amount_fen,
            "ground": ground,
            "plan": [[due_on.isoformat(), fen] for due_on, fen in plan],
        }
        _record("receivable.opened", made, locked, actor, at, data)
    return made


def _check_plan(amount_fen: int, plan: Sequence[tuple[date, int]], today: date) -> None:
    """Instalments are above zero, come in order of their days from today on, and add up to the whole."""
    if not plan:
        return
    total = sum(fen for _, fen in plan)
    if any(fen <= 0 for _, fen in plan):
        raise Refused("每期金额要大于零。", "Each instalment must be above zero.", "plan")
    if [day for day, _ in plan] != sorted({day for day, _ in plan}):
        raise Refused(
            "各期的日期要从早到晚，且各不相同。", "The days of instalments go from early to late.", "plan"
        )
    if plan[0][0] < today:
        raise Refused(
            f"第一期不能早于今天（{today}）。",
            f"The first instalment cannot be before today ({today}).",
            "plan",
        )
    if total != amount_fen:
        raise Refused(
            f"各期合计 {yuan(total)} 元，应追回 {yuan(amount_fen)} 元，两者要相等。",
            f"The instalments add up to {yuan(total)} yuan; {yuan(amount_fen)} yuan are to come back. Make them equal.",
            "plan",
        )


def due_of(award: Award) -> int:
    """What is claimed of an award and not yet back, in fen."""
    found = award.receivables.aggregate(due=Sum(F("amount_fen") - F("recovered_fen")))
    return found["due"] or 0


def receive(
    receivable: Receivable, amount_fen: int, on: date, voucher: str, *, actor: Membership, at: datetime
) -> Entry:
    """Enter what came back, by the voucher of the bank; the same again does nothing. Closed when all is back."""
    rules.must_prepare(actor)
    rules.must_not_stay_away(actor, [receivable.award_id])
    refusals.above_zero(amount_fen)
    if not voucher:
        raise Refused("请填写银行凭证号。", "Give the number of the bank's voucher.", "voucher")
    with transaction.atomic():
        hooks.prepare_locks([receivable.award_id])
        award, _ = locks.award_with_appropriation(receivable.award)
        locked = locks.receivable(receivable.pk)
        locked.award = award
        before = locked.entries.filter(voucher=voucher).first()
        if before:
            return _same(before, amount_fen, on)
        _check_day(on, localdate(locked.decided_at), localdate(at))
        refusals.receivable_open(locked, amount_fen)
        entry = enter(Entry.Act.RECOVER, amount_fen, of=locked, actor=actor, at=at, voucher=voucher, on=on)
        locked.refresh_from_db(fields=["recovered_fen"])
        left = locked.amount_fen - locked.recovered_fen
        data = {
            "entries": [entry.pk],
            "amount_fen": amount_fen,
            "left_fen": left,
            "voucher": voucher,
            "on": on.isoformat(),
        }
        if not left:
            Receivable.objects.filter(pk=locked.pk).update(closed_at=at)
        award.refresh_from_db()
        hooks.tell(hooks.on_recovered, award, at, actor)
        _record("receivable.received", locked, award, actor, at, data)
        if not left:
            _record("receivable.closed", locked, award, actor, at, {"amount_fen": locked.amount_fen})
    return entry


def _check_day(on: date, decided_on: date, today: date) -> None:
    """Money comes back between the day of the claim and today."""
    if on > today:
        raise Refused(f"到账日期 {on} 还没有到。", f"The day {on} is yet to come.", "on")
    if on < decided_on:
        raise Refused(
            f"到账日期 {on} 早于决定追回的日期 {decided_on}。请核对。",
            f"The day {on} is before the claim of {decided_on}. Check it.",
            "on",
        )


def _same(before: Entry, amount_fen: int, on: date) -> Entry:
    if before.on != on:
        raise Refused(
            f"凭证 {before.voucher} 已登记，到账日期是 {before.on}，与这次的 {on} 不同。请核对。",
            f"Voucher {before.voucher} is entered with the day {before.on}, not {on}. Check it.",
            "on",
        )
    if before.amount_fen != amount_fen:
        raise Refused(
            f"凭证 {before.voucher} 已登记收回 {yuan(before.amount_fen)} 元，与这次的 {yuan(amount_fen)} 元不同。"
            "请核对凭证号。",
            f"Voucher {before.voucher} is entered with {yuan(before.amount_fen)} yuan, not {yuan(amount_fen)}. "
            "Check its number.",
            "voucher",
        )
    return before


def _record(
    kind: str, receivable: Receivable, award: Award, actor: Membership, at: datetime, data: dict[str, object]
) -> None:
    record(
        kind,
        f"receivable:{receivable.pk}",
        actor=actor,
        at=at,
        organisation_id=award.organisation_id,
        data=data,
    )
