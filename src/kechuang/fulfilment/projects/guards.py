"""What must hold before an act on a project, each a function named in the table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from django.db.models import QuerySet

from kechuang.accounts.refusals import Refused
from kechuang.fulfilment.models import Case, Change, Contract, Milestone, Report
from kechuang.fulfilment.projects import bids, consortium, contracts, matching
from kechuang.policy.language.values import yuan


def consortium_agreed(case: Case, _actor: object, _at: object, _given: object) -> None:
    """Where several undertake a project: shares add up exactly and everybody has confirmed its own."""
    consortium.check(case)


def proposal_made(case: Case, _actor: object, _at: object, _given: object) -> None:
    """A bid says how, and for how much, within the budget of its need."""
    bids.check_proposal(case)


def still_sealed(case: Case, _actor: object, _at: object, _given: object) -> None:
    """The call is sealed and its bids are not opened."""
    if not case.call.sealed or case.call.opened_at:
        raise Refused("只有密封投标可以在截止前取回修改。", "Only a sealed bid is taken back to be changed.")


def not_signed(case: Case, _actor: object, _at: object, _given: object) -> None:
    """There is no contract yet."""
    if Contract.objects.filter(case=case).exists():
        raise Refused("合同已经签订。", "The contract is signed.")


def draft_waits(case: Case, _actor: object, _at: object, _given: object) -> None:
    """A contract waits for the undertaker."""
    if contracts.waiting_draft(case) is None:
        raise Refused("没有等待确认的合同。", "No contract waits to be confirmed.")


def report_waits(case: Case, _actor: object, _at: object, _given: object) -> None:
    """A report on a milestone waits for an answer."""
    if not Report.objects.filter(milestone__contract__case=case, result=Report.Result.WAITS).exists():
        raise Refused("没有等待答复的阶段报告。", "No report of a milestone waits.")


def change_waits(case: Case, _actor: object, _at: object, _given: object) -> None:
    """A change that was asked for waits for an answer."""
    if not _waiting(case).exists():
        raise Refused("没有等待答复的变更申请。", "No change waits for an answer.")


def _waiting(case: Case) -> QuerySet[Change]:
    return Change.objects.filter(contract__case=case, result=Change.Result.WAITS)


def milestones_accepted(case: Case, _actor: object, _at: object, _given: object) -> None:
    """Every milestone is accepted and no change waits."""
    left = Milestone.objects.filter(contract__case=case, accepted_at__isnull=True).count()
    if left:
        raise Refused(f"还有 {left} 个里程碑没有验收。", f"Milestones not accepted yet: {left}.")
    if _waiting(case).exists():
        raise Refused(
            "还有变更申请没有答复，请先答复。", "A change that was asked for waits: answer it first."
        )


def matched_sum_stated(case: Case, _actor: object, _at: object, _given: object) -> None:
    """Where the city's sum follows another body's, that body or an office has stated it."""
    matching.check(case)


def nothing_owed(case: Case, _actor: object, _at: object, _given: object) -> None:
    """Every stage that was accepted is paid, where there is a contract."""
    if case.award is None or not Contract.objects.filter(case=case).exists():
        return
    left = case.award.committed_fen - case.award.paid_fen
    if left > 0:
        raise Refused(
            f"还有 {yuan(left)} 元已验收的资金没有拨付。",
            f"{yuan(left)} yuan of accepted stages are not paid yet.",
        )


GUARDS: Final[Mapping[str, Callable[[Case, object, datetime, object], None]]] = {
    guard.__name__: guard
    for guard in (
        consortium_agreed, proposal_made, still_sealed, not_signed, draft_waits, report_waits, change_waits,
        milestones_accepted, matched_sum_stated, nothing_owed,
    )
}  # fmt: skip
