"""Which filed losses a pool shares: of a loan under compensation, undisputed, once, and within the law's own limits."""

from __future__ import annotations

from datetime import datetime
from typing import Final, cast

from django.db.models import Case, F, Sum, When
from django.utils import timezone

from kechuang.accounts.refusals import Refused
from kechuang.entitlements import versions
from kechuang.entitlements.releasing import version_in_force
from kechuang.finance import newly_granted
from kechuang.finance.alerts import kinds_of_measure
from kechuang.finance.filing.kinds import filing_kinds
from kechuang.finance.models import FiledLine, PoolEntry
from kechuang.finance.overlaps import undecided_of
from kechuang.policy.encoding.binding import bind
from kechuang.policy.language.values import yuan
from kechuang.registry.models import Correction, Fact

Act = PoolEntry.Act
CEILING: Final = "ceiling"
"""The parameter of a benefit that limits what an enterprise has under compensation."""


def loan_of(loss: FiledLine) -> FiledLine | None:
    """The standing line of the loan that a loss is of."""
    return FiledLine.objects.filter(
        filer_id=loss.filer_id,
        record="loans",
        organisation_id=loss.organisation_id,
        values__number=loss.values["number"],
        ended_at__isnull=True,
    ).first()


def belongs(loss: FiledLine, measure: str) -> bool:
    """Whether a loss is of a loan that this measure judges and that was not filed as outside of compensation."""
    loan = loan_of(loss)
    if loan is None or loan.values.get("risk_compensated") is False:
        return False
    return loan.values.get("kind") in kinds_of_measure(measure)


def shared_of(loss: FiledLine) -> PoolEntry | None:
    """The entry that has shared a loss of the same loan, of this filing or an earlier one."""
    return PoolEntry.objects.filter(
        act=Act.LOSE, line__filer=loss.filer_id, line__values__number=loss.values["number"]
    ).first()


def may_be_shared(loss: FiledLine, measure: str, at: datetime) -> None:
    """Raises Refused for a loss that no pool of this measure shares, with the reason."""
    if loss.record != "losses" or loss.ended_at is not None:
        raise Refused(
            "这笔损失已不在报送中：请刷新页面。", "This loss is not on file any more: reload the page."
        )
    if shared_of(loss) is not None:
        raise Refused("这笔贷款的损失已分担。", "The loss of this loan is shared already.")
    _not_disputed(loss)
    loan = loan_of(loss)
    if loan is None or not belongs(loss, measure):
        raise Refused(
            "这笔贷款不属于这个资金池的条款，或未纳入风险补偿。",
            "The loan is none of this pool's measure, or not under compensation.",
        )
    amount, open_fen = int(loss.values["amount"]), loan.values.get("balance", loan.values["principal"])
    if amount > open_fen:
        raise Refused(
            f"损失 {yuan(amount)} 元超过贷款余额 {yuan(open_fen)} 元：请银行更正后再分担。",
            f"The loss of {yuan(amount)} yuan is more than the loan's balance of {yuan(open_fen)}: "
            "the bank corrects it first.",
        )
    _within_the_law(loss, loan, measure, at)
    if str(loss.values["lost_on"]) < str(loan.values["signed_on"]):
        raise Refused(
            "认定损失日早于合同签订日：请银行更正后再分担。",
            "The loss lies before the contract: the bank corrects it first.",
        )
    if undecided_of(loss.filer_id, [loss.values["number"]]).exists():
        raise Refused(
            "这笔贷款疑似重复，尚未判断：请先逐项判断。",
            "This loan may be filed twice: decide on the overlap first.",
        )


def _not_disputed(loss: FiledLine) -> None:
    """Raises Refused while the debtor disputes what was filed, and where the city has corrected it since."""
    facts = Fact.objects.filter(
        organisation=loss.organisation_id,
        record="losses",
        key=loss.key,
        source=Fact.Source.LIST,
        known_to__isnull=True,
    )
    if facts.filter(corrections__state=Correction.State.OPEN).exists():
        raise Refused(
            "借款单位对这笔损失提出了更正，尚未答复：请先答复。",
            "The debtor disputes this loss: answer that first.",
        )
    if any(one.value != loss.values.get(one.field) for one in facts):
        raise Refused(
            "这笔损失经异议已更正，与银行所报不同：请银行按更正后的报送。",
            "This loss was corrected after a dispute: the bank files it as corrected first.",
        )


def _within_the_law(loss: FiledLine, loan: FiledLine, measure: str, at: datetime) -> None:
    """Raises Refused for a loan that is known to miss its clause's terms, and above the enterprise's limit.

    The limit is of what is under compensation at a time: what came back of earlier losses leaves room again.
    """
    version, on = version_in_force(), timezone.localdate(at)
    bound = bind(versions.pack_as_known(version.pk, at), on, on.year)
    benefits = filing_kinds()["loans"].judged[loan.values["kind"]]
    if newly_granted.LOAN in benefits and not newly_granted.keeps_terms(loan.values, bound):
        raise Refused(
            "这笔攻关贷的抵押、期限或利率不合条款，损失不由资金池分担。",
            "This bottleneck loan misses a term of its clause (security, term or rate): no pool shares its loss.",
        )
    shared, amount = _shared_with(loss.organisation_id, measure), int(loss.values["amount"])
    for benefit in benefits:
        most = cast("int", bound.value_of(bound.pack.benefit(benefit).parameters[CEILING]))
        if shared + amount > most:
            raise Refused(
                f"每家企业纳入分担的以 {yuan(most)} 元为限，该企业已分担未收回 {yuan(shared)} 元，"
                f"这笔损失 {yuan(amount)} 元：请银行按限额以内的部分报送。",
                f"At most {yuan(most)} yuan of an enterprise are shared; {yuan(shared)} are shared and not back, "
                f"and this loss is {yuan(amount)}: the bank files what lies within the limit.",
            )


def _shared_with(organisation: int, measure: str) -> int:
    """What all pools of a measure have shared of an organisation's losses and not got back, in fen."""
    signed = Case(
        When(act=Act.LOSE, then=F("whole_fen")), When(act=Act.RECOVER, then=-F("whole_fen")), default=0
    )
    found = PoolEntry.objects.filter(pool__measure=measure, organisation=organisation).aggregate(
        sum=Sum(signed)
    )
    return int(found["sum"] or 0)
