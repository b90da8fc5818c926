"""The sentences with which the treasury says no, each with its figures: what there is, what is asked, what to do.

Actions look first, under lock, and refuse with these. What the database refuses nevertheless, because somebody else
came first, is put into the same sentences: the figures are read again and the same look is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction
from django.utils.timezone import localtime

from kechuang.accounts.refusals import Refused
from kechuang.policy.language.values import Words, yuan
from kechuang.treasury import hooks
from kechuang.treasury.models import Appropriation, Award, CapUse, Part, Payment, Receivable

IN_PAYMENT: Final = (Payment.State.PREPARED, Payment.State.SENT)


@contextmanager
def in_words(look: Callable[[], object]) -> Iterator[None]:
    """Undo and put into words what the database refuses inside; `look` reads anew and raises the same Refused."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        look()
        raise Refused(
            f"数据库不允许这笔变动（{_constraint(error)}），没有任何改动。请刷新后重试。",
            f"The database refuses this ({_constraint(error)}); nothing was changed. Reload and try again.",
        ) from error


def _constraint(error: IntegrityError) -> str:
    return getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or "unknown"


def above_zero(fen: int, field: str = "amount_fen") -> None:
    """Refuse a sum that is not above zero."""
    if fen <= 0:
        raise Refused("金额要大于零。", "The sum must be above zero.", field)


def free(appropriation: Appropriation, asked_fen: int, drawn_fen: int = 0) -> None:
    """Refuse what is more than the appropriation has free; `drawn_fen` comes out of a reserve."""
    found = appropriation.free_fen + drawn_fen
    if asked_fen > found:
        raise Refused(
            f"预算“{appropriation.title}”可用 {yuan(found)} 元，需要 {yuan(asked_fen)} 元，"
            f"还差 {yuan(asked_fen - found)} 元。请先追加预算或释放预留。",
            f"The appropriation “{appropriation.title}” has {yuan(found)} yuan free, {yuan(asked_fen)} yuan are asked, "
            f"{yuan(asked_fen - found)} yuan are missing. Add to the appropriation or release a reserve first.",
        )


def held(subject: str, held_fen: int, asked_fen: int) -> None:
    """Refuse to release more than a call holds."""
    if asked_fen > held_fen:
        called = hooks.called(subject)
        raise Refused(
            f"{called} 预留 {yuan(held_fen)} 元，不能释放 {yuan(asked_fen)} 元。",
            f"{called} holds {yuan(held_fen)} yuan; {yuan(asked_fen)} yuan cannot be released.",
        )


def under_cap(award: Award, use: CapUse | None) -> None:
    """Refuse what would pass the ceiling of the organisation and year."""
    if not award.cap or award.cap_fen is None:
        return
    used = use.used_fen if use else 0
    room = max(0, award.cap_fen - used)
    if award.amount_fen > room:
        raise Refused(
            f"{award.organisation.name} {award.year} 年度此项限额 {yuan(award.cap_fen)} 元，已用 {yuan(used)} 元，"
            f"还可核定 {yuan(room)} 元，需要 {yuan(award.amount_fen)} 元。请按余额核定。",
            f"{award.organisation.name} may have {yuan(award.cap_fen)} yuan of this in {award.year}, has used "
            f"{yuan(used)} yuan, so {yuan(room)} yuan are left; {yuan(award.amount_fen)} yuan are asked. "
            "Determine what is left.",
        )


def cancelled(award: Award) -> None:
    """Refuse anything on an award that is cancelled."""
    if award.cancelled_at:
        raise Refused(
            f"{award.organisation.name} 的这笔资金已取消，不能再变动。请重新核定。",
            f"This award of {award.organisation.name} is cancelled and no longer moves. Determine it anew.",
        )


def why_not_due(
    award: Award, at: datetime, asked_fen: int, part: Part | None = None
) -> tuple[str, str] | None:
    """Why an award, or a part of it, cannot be paid now, in both languages; None when it can. Prefetch payments."""
    left = award.committed_fen - award.paid_fen
    opens = award.payable_from and f"{localtime(award.payable_from):%Y-%m-%d %H:%M}"
    open_payments = [one for one in award.payments.all() if one.state in IN_PAYMENT]
    if part is not None:
        left -= sum(one.amount_fen for one in open_payments)
    way = next((one.number for one in open_payments if part is None or one.part == part.number), None)
    done = part is not None and any(
        one.part == part.number and one.state == Payment.State.PAID for one in award.payments.all()
    )
    waits = part is not None and (part.released_at is None or part.released_at > at)
    nothing = "已全部拨付" if award.committed_fen else "尚未承诺资金"
    looks = (
        (award.cancelled_at, "已取消", "cancelled"),
        (
            award.payable_from is None,
            "尚未到可拨付日（公示或合同未完），不能拨付",
            "it is not payable yet: its public notice or its contract is not complete",
        ),
        (
            award.payable_from and award.payable_from > at,
            f"{opens} 起才能拨付",
            f"it is payable from {opens} on",
        ),
        (
            award.holds,
            f"有 {award.holds} 项异议或暂缓未了结",
            f"{award.holds} objection(s) or stop(s) are open",
        ),
        (way, f"已在拨付 {way} 中", f"already on its way as {way}"),
        (done, "这一部分已拨付", "this part is paid"),
        (waits, "这一部分还没有到拨付条件", "this part waits for its condition"),
        (left <= 0, nothing, "nothing is left to pay"),
        (asked_fen <= 0, "金额要大于零", "the sum must be above zero"),
        (
            asked_fen > left,
            f"还可拨付 {yuan(left)} 元，需要 {yuan(asked_fen)} 元",
            f"{yuan(left)} yuan are left to pay, {yuan(asked_fen)} yuan are asked",
        ),
    )
    return next(((zh, en) for found, zh, en in looks if found), None)


def receivable_open(receivable: Receivable, asked_fen: int) -> None:
    """Refuse a receipt beyond what is still due."""
    left = receivable.amount_fen - receivable.recovered_fen
    if asked_fen > left:
        raise Refused(
            f"应追回 {yuan(receivable.amount_fen)} 元，已收 {yuan(receivable.recovered_fen)} 元，"
            f"还应收 {yuan(left)} 元；收到 {yuan(asked_fen)} 元超出应收。请核对金额，多收部分退回缴款人。",
            f"{yuan(receivable.amount_fen)} yuan are due, {yuan(receivable.recovered_fen)} came back, {yuan(left)} are "
            f"left; {yuan(asked_fen)} yuan are too much. Check the sum and give back what is beyond.",
            "amount_fen",
        )


def recoverable(award: Award, due_fen: int, asked_fen: int) -> None:
    """Refuse to claim back more than was paid; `due_fen` is claimed already and not yet back."""
    left = award.paid_fen - award.recovered_fen - due_fen
    if asked_fen > left:
        raise Refused(
            f"已拨付 {yuan(award.paid_fen)} 元，已追回 {yuan(award.recovered_fen)} 元，"
            f"另有 {yuan(due_fen)} 元在追回中，至多还可追回 {yuan(left)} 元，需要 {yuan(asked_fen)} 元。",
            f"{yuan(award.paid_fen)} yuan were paid, {yuan(award.recovered_fen)} came back, "
            f"{yuan(due_fen)} are claimed: {yuan(left)} yuan at most are left to claim, {yuan(asked_fen)} asked.",
            "amount_fen",
        )


def returnable(payment: Payment, due_fen: int) -> None:
    """Refuse that a payment came back as if it had never been paid where a claim rests on it (`why_not_returned`)."""
    why = why_not_returned(payment, due_fen)
    if why:
        raise Refused(why.zh, why.en)


def why_not_returned(payment: Payment, due_fen: int) -> Words | None:
    """Why a payment that was paid cannot be entered as returned, and how it is entered instead; None when it can.

    What is claimed and what has come back stay within what is paid: recovered + due <= paid. Beyond that the money is
    no returned payment but a receipt of the claim, and what is left over belongs to the organisation.
    """
    award = payment.award
    left = award.paid_fen - payment.amount_fen
    if award.recovered_fen + due_fen <= left:
        return None
    receipt = min(payment.amount_fen, due_fen)
    rest = payment.amount_fen - receipt
    zh = [f"登记收回 {yuan(receipt)} 元"] * bool(receipt) + [f"把 {yuan(rest)} 元退给该单位"] * bool(rest)
    en = [f"enter a receipt of {yuan(receipt)} yuan there"] * bool(receipt)
    en += [f"give {yuan(rest)} yuan back to the organisation"] * bool(rest)
    return Words(
        f"拨付 {payment.number} 的资金在追回中：已收回 {yuan(award.recovered_fen)} 元，还应收 {yuan(due_fen)} 元，"
        f"退汇后已拨付只余 {yuan(left)} 元，不能按退汇登记。请在应收款页面{'，'.join(zh)}。",
        f"Money of payment {payment.number} is being recovered: {yuan(award.recovered_fen)} yuan came back, "
        f"{yuan(due_fen)} are due, and with the return only {yuan(left)} would be paid. It is no returned payment: on "
        f"the page of the claim, {' and '.join(en)}.",
    )
