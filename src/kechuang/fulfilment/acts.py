"""One act of a person on a case, as pages, lists of acts and the API carry it out: by the table, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from kechuang.accounts.models import Membership
from kechuang.accounts.refusals import Refused
from kechuang.fulfilment import notices, rules, workflow
from kechuang.fulfilment.assessing import benefit_of
from kechuang.fulfilment.judging.models import Panel
from kechuang.fulfilment.models import Case, Notice
from kechuang.fulfilment.table import transitions

PUBLISH: Final = "publish"
ASIDE: Final = frozenset(
    {
        "withdraw",
        "reject",
        "reconsider",
        "find_breach",
        "move_hearing",
        "send_back",
        "renew",
        "drop_finding",
        "end_support",
        "decline",
        "fail",
        "refuse_milestone",
        "return_contract",
        "take_back",
    }
)
"""Acts that are open to a person but never the next step of the work."""


def do(
    case: Case, command: str, *, actor: Membership, at: datetime, revision: int | None = None, **given: Any
) -> Case:
    """Carry out an act and return the case as it stands then. A case goes public in a notice, never by itself.

    Raises Refused, also for a day that no calendar covers.
    """
    if isinstance(given.get("panel"), int):  # as programs name it
        given["panel"] = Panel.objects.filter(pk=given["panel"], call=case.call).first()
    if command != PUBLISH:
        return workflow.apply(case, command, actor=actor, at=at, revision=revision, **given)
    if revision is not None and Case.objects.get(pk=case.pk).revision != revision:
        raise workflow.changed_since()
    publish(case.call.pk, [case], actor=actor, at=at)
    return Case.objects.get(pk=case.pk)


def publish(call_id: int, cases: Sequence[Case], *, actor: Membership, at: datetime) -> Notice:
    """Publish determined cases of one call together."""
    call = cases[0].call
    if call.pk != call_id or any(case.call_id != call_id for case in cases):
        message = f"cases of several calls in one notice: {[case.number for case in cases]}"
        raise ValueError(message)
    return notices.publish(call, cases, actor=actor, at=at)


def proposed_fen(case: Case, command: str) -> int | None:
    """The sum that is filled in beforehand: the district's where there is one, else what was declared."""
    if command == "recommend":
        return case.declared_fen
    if command == "claim":
        return None if case.award is None else case.award.paid_fen - case.award.recovered_fen
    return case.recommended_fen if case.recommended_fen is not None else case.declared_fen


SUMS_OF_CASES: Final = frozenset({"recommend", "determine"})
"""Acts that state a sum beside one that was proposed before."""


def looks_slipped(case: Case, command: str, amount: int, actor: Membership) -> int | None:
    """The proposal that a sum is less than a hundredth of: yuan written where 万元 were meant; None for any other.

    None for whoever may not do the act: who sees no sums is not told them in an answer either.
    """
    asked = command in SUMS_OF_CASES and rules.is_for(actor, transitions()[command], case)
    proposed = proposed_fen(case, command) if asked else None
    return proposed if proposed is not None and amount * 100 < proposed else None


def proposed_for_many(case: Case, command: str) -> int:
    """The sum of a bulk act. Raises Refused where a person must look at the sum itself: under a free ceiling."""
    amount = proposed_fen(case, command)
    if amount is None:
        raise Refused("还没有可以采用的金额。", "There is no sum to take over.")
    if (
        command == "determine"
        and case.result.get("outcome") == "may_apply"
        and benefit_of(case).lifecycle != "formula"
    ):
        raise Refused(
            "这一事项只规定了上限，金额须逐件核定。",
            "The clause sets a ceiling only: the sum is determined case by case.",
        )
    return amount
