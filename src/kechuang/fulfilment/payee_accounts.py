"""The bank account of a case: what is typed, checked; and whether the bank has sent the money back from it."""

from __future__ import annotations

from django.db.models import Exists, F, OuterRef, Q

from kechuang.accounts.refusals import Refused
from kechuang.fulfilment.models import Case
from kechuang.treasury.models import Award, Payment
from kechuang.treasury.refusals import IN_PAYMENT


def checked(case: Case, holder: str, bank: str, number: str) -> dict[str, str]:
    """Holder, bank and number as they are kept. Raises Refused, with the field, for what cannot be paid to."""
    holder, bank, number = holder.strip(), bank.strip(), "".join(number.split())
    for field, value, zh, en in (
        ("holder", holder, "户名", "holder"),
        ("bank", bank, "开户银行", "bank"),
        ("number", number, "账号", "account number"),
    ):
        if not value:
            raise Refused(f"请填写{zh}。", f"Fill in the {en}.", field=field)
    if not number.isascii() or not number.replace("-", "").isdigit() or not 8 <= len(number) <= 34:  # noqa: PLR2004
        raise Refused("账号应为 8 至 34 位数字。", "An account number has 8 to 34 digits.", field="number")
    if holder != case.organisation.name and case.organisation.kind not in {"person", "team"}:
        raise Refused(
            f"户名须与单位名称一致：{case.organisation.name}。",
            f"The holder must be the organisation: {case.organisation.name}.",
            field="holder",
        )
    return {"holder": holder, "bank": bank, "number": number}


def sent_back(case: Case) -> Payment | None:
    """The payment that the bank has sent back and that nothing has replaced; None also while one is on its way.

    Of a project it is a stage; what was freed after a return is not paid any more and waits for no account.
    """
    if case.award is None or case.award.committed_fen <= case.award.paid_fen:
        return None
    payments = list(case.award.payments.order_by("-pk"))
    if any(one.state in IN_PAYMENT for one in payments):
        return None
    paid = {one.part for one in payments if one.state == Payment.State.PAID}
    return next(
        (one for one in payments if one.state == Payment.State.RETURNED and one.part not in paid), None
    )


def is_the_same(award: Award) -> bool:
    """Whether the account of the award is the one that the bank sent the last payment back from."""
    last = award.payments.filter(state=Payment.State.RETURNED).order_by("-pk").first()
    to = award.account
    return (
        last is None
        or to is None
        or (last.holder, last.bank, last.account) == (to.holder, to.bank, to.number)
    )


def waits_for_account() -> Q:
    """On Case: the bank has sent the money back, and the account is still the one that it went to."""
    of_case = Payment.objects.filter(award=OuterRef("award"))
    same = Q(
        account=F("award__account__number"),
        holder=F("award__account__holder"),
        bank=F("award__account__bank"),
    )
    replaced = Payment.objects.filter(
        award=OuterRef("award"), part=OuterRef("part"), state=Payment.State.PAID
    )
    back = of_case.filter(same, ~Exists(replaced), state=Payment.State.RETURNED)
    left = Q(award__committed_fen__gt=F("award__paid_fen"))
    return left & Exists(back) & ~Exists(of_case.filter(state__in=IN_PAYMENT))
