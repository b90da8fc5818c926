"""A person chooses among proposed sums, changes what is to be changed, gives the reason; then each is determined."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from kechuang.accounts.models import Membership
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.fulfilment import calls, caps, rules, workflow
from kechuang.fulfilment.assessing import CaseAssessment, assess_case
from kechuang.fulfilment.judging.allocating import (
    BY_GRADE,
    BY_RANK,
    BY_SCORE,
    METHODS,
    Line,
    Proposal,
    Terms,
    faults,
    propose,
)
from kechuang.fulfilment.judging.models import Allocation
from kechuang.fulfilment.models import Call, Case
from kechuang.fulfilment.projects import bids
from kechuang.journal.actions import record
from kechuang.policy.language.values import Words, yuan
from kechuang.policy.words.reasons import reason_sentence

PARTS: Final = {"excellent": 100, "good": 70, "pass": 40, "fail": 0}
"""Percent of the ceiling that a proposal by grade begins with; a person changes them."""
UNGRADED: Final = "excellent"
"""The part that a case gets where the clause asks for no grade."""

METHOD_WORDS: Final = {
    BY_GRADE: Words("按等次", "by grade"),
    BY_SCORE: Words("按得分", "by score"),
    BY_RANK: Words("按名次", "by rank"),
}
BOUNDS: Final = {
    "ceiling": Words("本件上限", "its ceiling"),
    "organisation": Words("该单位年度上限", "what the organisation's year leaves"),
}


@dataclass(frozen=True)
class Row:
    """A case with what it may have; why: what stands against any sum."""

    case: Case
    line: Line | None
    why: Words | None


@dataclass(frozen=True)
class Table:
    """All cases of a call that wait for a sum, what is available, and the proposals."""

    rows: list[Row]
    available_fen: int
    pool_fen: int | None
    terms: Terms
    proposals: list[Proposal] = field(default_factory=list)

    @property
    def method_titles(self) -> dict[int, Words]:
        """What each proposal is called, by its place."""
        return {place: METHOD_WORDS[one.method] for place, one in enumerate(self.proposals)}

    @property
    def lines(self) -> list[Line]:
        """What can be given something."""
        return [row.line for row in self.rows if row.line is not None]


def table(call: Call, terms: Terms, *, actor: Membership, at: datetime) -> Table:
    """What may be allocated now, and the alternatives side by side; of the cases that the person may see."""
    waiting = ("graded",) if call.rubric else ("accepted", "reviewing")
    cases = rules.visible_cases(actor).filter(call=call, state__in=waiting)
    rows = [
        _row(one, at) for one in cases.select_related("call", "organisation", "account").order_by("number")
    ]
    pools = [one for row in rows if row.line and (one := caps.pool_left(row.case, at)) is not None]
    pool = max(min(pools), 0) if pools else None
    left = max(call.reserved_fen - _taken(call), 0)
    available = left if pool is None else min(left, pool)
    lines = [row.line for row in rows if row.line is not None]
    return Table(rows, available, pool, terms, propose(lines, available, terms))


def choose(
    call: Call,
    method: str,
    terms: Terms,
    sums: Mapping[str, int],
    reason: str,
    *,
    actor: Membership,
    at: datetime,
) -> tuple[Allocation, dict[str, Refused]]:
    """Keep the sums that a person has chosen, by the numbers of cases, and determine each case by the one workflow.

    A case without a sum waits for its own act. What a guard refuses comes back with its sentence; the others stand.
    Raises Refused, naming the case, for a sum above any of its bounds, without a reason, and for whoever stays away
    from one who applied: what the others get is what is left for it.
    """
    if actor.role != Role.DECIDER or not rules.may_manage(actor, call):
        raise Refused("金额由责任单位审定人确定。", "The decider of the department settles the sums.")
    if not reason.strip():
        raise Refused("请写明选择的理由。", "State why.", field="reason")
    if method not in METHODS:
        raise Refused("请选择一种方案。", "Choose an alternative.", field="method")
    with transaction.atomic():
        locked = Call.objects.select_for_update(no_key=True).get(pk=call.pk)
        rules.applies_to_all(actor, locked)
        found = table(locked, terms, actor=actor, at=at)
        numbers = {row.case.number: row for row in found.rows}
        chosen = {number: fen for number, fen in sums.items() if fen}
        if not chosen:
            raise Refused("请至少给一件填写金额。", "Give at least one case a sum.", field="sums")
        _check(found, numbers, chosen)
        proposed = next(one for one in found.proposals if one.method == method)
        kept = Allocation.objects.create(
            call=locked,
            method=method,
            settings={"parts": dict(terms.parts), "unit_fen": terms.unit_fen},
            available_fen=found.available_fen,
            lines=[_told(row, proposed, chosen) for row in found.rows],
            proposed={one.method: one.total_fen for one in found.proposals},
            reason=reason.strip(),
            chosen_by=actor,
            chosen_at=at,
        )
        record(
            "call.allocated", f"call:{locked.pk}", actor=actor, at=at,
            data={
                "allocation": kept.pk, "method": method, "reason": kept.reason, "available_fen": found.available_fen,
                "proposed": kept.proposed, "sums": chosen,
            },
        )  # fmt: skip
    refused = {}
    for number, fen in sorted(chosen.items()):
        try:
            workflow.apply(
                numbers[number].case, "determine", actor=actor, at=at, amount=fen, reason=kept.reason
            )
        except Refused as why:
            refused[number] = why
    return kept, refused


def _check(found: Table, numbers: Mapping[str, Row], chosen: Mapping[str, int]) -> None:
    for number in chosen:
        row = numbers.get(number)
        if row is None or row.line is None:
            raise Refused(
                f"{number} 现在不能核定金额。", f"{number} cannot be given a sum now.", field=f"sum-{number}"
            )
    by_case = {numbers[number].case.pk: fen for number, fen in chosen.items()}
    broken = faults(found.lines, by_case, found.available_fen)
    if None in broken:
        fen = broken[None][1]
        raise Refused(
            f"合计 {yuan(sum(chosen.values()))} 元，超过可用的 {yuan(fen)} 元。",
            f"Together {yuan(sum(chosen.values()))} yuan, above the {yuan(fen)} yuan available.",
            field="sums",
        )
    for number in chosen:
        bound = broken.get(numbers[number].case.pk)
        if bound:
            what = _called(numbers[number].case, *bound)
            raise Refused(
                f"{number}：不能超过{what.zh} {yuan(bound[1])} 元。",
                f"{number}: at most {what.en}, {yuan(bound[1])} yuan.",
                field=f"sum-{number}",
            )


def _called(case: Case, kind: str, fen: int) -> Words:
    """What a bound is called: for a bid, what was asked for or the budget of the need where that is lower."""
    of_bid = bids.most(case)
    return of_bid[1] if kind == "ceiling" and of_bid is not None and of_bid[0] == fen else BOUNDS[kind]


def _row(case: Case, at: datetime) -> Row:
    found = assess_case(case, at)
    if found.amount_fen is None:
        return Row(case, None, _why(found))
    cap = caps.cap_of(case, at)
    bound = None if cap is None else max(caps.left(case, at) or 0, 0)
    of_bid = bids.most(case)
    ceiling = found.amount_fen if of_bid is None else min(found.amount_fen, of_bid[0])
    line = Line(case.pk, ceiling, case.grade or UNGRADED, case.score, case.organisation_id, bound)
    return Row(case, line, None)


def _why(found: CaseAssessment) -> Words:
    return Words(*(reason_sentence(found.assessment, found.result, language) for language in ("zh", "en")))


def _told(row: Row, proposed: Proposal, chosen: Mapping[str, int]) -> dict[str, Any]:
    return {
        "case": row.case.number,
        "grade": row.case.grade,
        "score": row.case.score,
        "ceiling_fen": row.line and row.line.ceiling_fen,
        "organisation_fen": row.line and row.line.organisation_fen,
        "proposed_fen": proposed.sums.get(row.case.pk),
        "amount_fen": chosen.get(row.case.number, 0),
    }


def _taken(call: Call) -> int:
    """What has been determined or granted of the call's money already."""
    return calls.granted_already(call) + calls.asked_fen(call)
