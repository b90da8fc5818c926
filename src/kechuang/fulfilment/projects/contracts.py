"""The acts on a contract, as effects of the table: from the draft to the end.

The case is locked; the caller saves it and records the event. The department drafts, the undertaker confirms; only then
is there a contract. Criteria and sums are fixed when signed; a day moves by a change alone that the undertaker asks for
and the department agrees to, and what was signed is kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.utils import timezone

from kechuang.accounts.models import Membership
from kechuang.accounts.refusals import Refused
from kechuang.fulfilment.assessing import award_of, benefit_of
from kechuang.fulfilment.models import Case, Change, Contract, ContractDraft, Milestone, Report
from kechuang.journal.actions import canonical
from kechuang.policy.language.values import yuan
from kechuang.registry import actions as registry
from kechuang.registry.models import Evidence, Fact
from kechuang.treasury import actions as treasury

Given = Mapping[str, Any]
Said = dict[str, Any] | None
MOST: Final = 30  # milestones of one contract
LONGEST_TITLE: Final = 200
GRADES: Final = ("excellent", "good", "pass")


@dataclass(frozen=True)
class Planned:
    """A milestone of a contract: what, how it is measured, by when, the stage in fen."""

    title: str
    criteria: str
    due_on: date
    amount_fen: int


def draft_contract(case: Case, actor: Membership, at: datetime, given: Given) -> Said:
    """Fix what the undertaker is asked to confirm: number, sums, milestones with criteria, days and stages."""
    number, planned = given["contract_number"].strip(), given["milestones"]
    amount_fen = award_of(case).amount_fen
    _check(planned, amount_fen, timezone.localdate(at))
    _must_be_free(case, number)
    said: dict[str, Any] = {
        "contract": number,
        "amount_fen": amount_fen,
        "own_fen": given["own_fen"],
        "milestones": [
            [one.title.strip(), one.criteria.strip(), one.due_on.isoformat(), one.amount_fen]
            for one in planned
        ],
    }
    said["hash"] = hashlib.sha256(canonical(said)).hexdigest()
    ContractDraft.objects.create(
        case=case,
        number=number,
        amount_fen=amount_fen,
        own_fen=given["own_fen"],
        milestones=said["milestones"],
        hash=said["hash"],
        drafted_by=actor,
        drafted_at=at,
    )
    return said


def sign(case: Case, actor: Membership, at: datetime, _given: Given) -> Said:
    """The undertaker confirms: the milestones stand; the award becomes payable stage by stage as each is accepted."""
    draft = _answered(case, ContractDraft.State.CONFIRMED, actor, at)
    planned, award = planned_of(draft), award_of(case)
    _check(planned, award.amount_fen, timezone.localdate(at))
    _must_be_free(case, draft.number)
    shares = [treasury.Share(one.title, one.amount_fen, waits=True) for one in planned]
    parts = treasury.divide(award, shares, actor=actor, at=at)
    case.award = treasury.make_payable(award, actor=actor, at=at)
    contract = Contract.objects.create(
        case=case,
        number=draft.number,
        amount_fen=draft.amount_fen,
        own_fen=draft.own_fen,
        draft=draft,
        signed_by=actor,
        signed_at=at,
    )
    Milestone.objects.bulk_create(
        Milestone(
            contract=contract,
            number=place,
            title=one.title,
            criteria=one.criteria,
            agreed_on=one.due_on,
            due_on=one.due_on,
            amount_fen=one.amount_fen,
            part=part,
        )
        for place, (one, part) in enumerate(zip(planned, parts, strict=True), 1)
    )
    case.due_on = planned[0].due_on
    return {
        "contract": draft.number,
        "amount_fen": draft.amount_fen,
        "own_fen": draft.own_fen,
        "milestones": draft.milestones,
        "hash": draft.hash,
    }


def return_contract(case: Case, actor: Membership, at: datetime, given: Given) -> Said:
    """The undertaker does not agree, or the office takes its draft back: another one is drafted."""
    draft = _answered(case, ContractDraft.State.RETURNED, actor, at, given["reason"].strip())
    return {"contract": draft.number}


def drop_draft(case: Case, actor: Membership, at: datetime) -> None:
    """What waits for the undertaker falls when the sum is determined anew; nothing happens where nothing waits."""
    if waiting_draft(case) is not None:
        _answered(case, ContractDraft.State.DROPPED, actor, at)


def waiting_draft(case: Case) -> ContractDraft | None:
    """The draft that the undertaker is asked to confirm."""
    return ContractDraft.objects.filter(case=case, state=ContractDraft.State.WAITS).first()


def planned_of(draft: ContractDraft) -> list[Planned]:
    """The milestones of a draft."""
    return [
        Planned(title, criteria, date.fromisoformat(day), fen)
        for title, criteria, day, fen in draft.milestones
    ]


def _answered(case: Case, state: str, actor: Membership, at: datetime, reason: str = "") -> ContractDraft:
    """The draft that waits, answered."""
    draft = ContractDraft.objects.select_for_update().get(case=case, state=ContractDraft.State.WAITS)
    draft.state, draft.reason, draft.answered_by, draft.answered_at = state, reason, actor, at
    draft.save()
    return draft


def _must_be_free(case: Case, number: str) -> None:
    """Raises Refused when another project has, or is offered, a contract of this number."""
    waits = ContractDraft.objects.filter(number=number, state=ContractDraft.State.WAITS).exclude(case=case)
    if waits.exists() or Contract.objects.filter(number=number).exists():
        raise Refused(
            "这个合同登记编号已经用过。", "This number is taken by another contract.", "contract_number"
        )


def _check(planned: Sequence[Planned], award_fen: int, today: date) -> None:
    if len(planned) > MOST:
        raise Refused(f"里程碑至多 {MOST} 个。", f"There are {MOST} milestones at most.", "milestones")
    for one in planned:
        if not one.title.strip() or not one.criteria.strip():
            raise Refused(
                "每个里程碑都要写明名称和可以衡量的验收指标。",
                "Every milestone has a title and criteria that can be measured.",
                "milestones",
            )
        if len(one.title.strip()) > LONGEST_TITLE:
            raise Refused(
                f"里程碑名称至多 {LONGEST_TITLE} 字，其余写进验收指标。",
                f"A title has {LONGEST_TITLE} letters at most; write the rest into the criteria.",
                "milestones",
            )
        if one.amount_fen <= 0:
            raise Refused("每个阶段的金额要大于零。", "Each stage must be above zero.", "milestones")
    days = [one.due_on for one in planned]
    if days != sorted(days) or days[0] <= today:
        raise Refused(
            "里程碑的日期要从早到晚，且在今天之后。",
            "The days go from early to late, after today.",
            "milestones",
        )
    total = sum(one.amount_fen for one in planned)
    if total != award_fen:
        raise Refused(
            f"各阶段合计 {yuan(total)} 元，核定 {yuan(award_fen)} 元，两者要相等。",
            f"The stages add up to {yuan(total)} yuan, the award is {yuan(award_fen)} yuan. Make them equal.",
            "milestones",
        )


def report_milestone(case: Case, actor: Membership, at: datetime, given: Given) -> Said:
    """What was reached, against the criteria; a file may prove it."""
    milestone = _milestone(case, given)
    if milestone.accepted_at:
        raise Refused("这个里程碑已经验收。", "This milestone is accepted already.", "milestone")
    if milestone.reports.filter(result=Report.Result.WAITS).exists():
        raise Refused("上一份报告还没有答复。", "The report before is not answered yet.", "milestone")
    evidence: Evidence | None = given.get("evidence")
    if evidence is not None and evidence.organisation_id != case.organisation_id:
        raise Refused("这不是本单位的文件。", "This file is another organisation's.", "evidence")
    Report.objects.create(
        milestone=milestone, text=given["text"].strip(), evidence=evidence, reported_by=actor, reported_at=at
    )
    return {
        "milestone": milestone.number,
        "title": milestone.title,
        "text": given["text"].strip(),
        **({"evidence": evidence.hash} if evidence else {}),
    }


def accept_milestone(case: Case, actor: Membership, at: datetime, given: Given) -> Said:
    """The criteria are met: the stage becomes payable from now on."""
    milestone, report = _reported(case, given)
    _decide(report, Report.Result.ACCEPTED, given["conclusion"], actor, at)
    milestone.accepted_at = at
    milestone.save(update_fields=["accepted_at"])
    case.due_on = _next_day(milestone.contract)
    return {
        "milestone": milestone.number,
        "title": milestone.title,
        "amount_fen": milestone.amount_fen,
        "note": given["conclusion"],
    }


def refuse_milestone(case: Case, actor: Membership, at: datetime, given: Given) -> Said:
    """They are not met yet; the reason names the gap."""
    milestone, report = _reported(case, given)
    _decide(report, Report.Result.REFUSED, given["reason"], actor, at)
    return {"milestone": milestone.number, "title": milestone.title}


def ask_change(case: Case, actor: Membership, at: datetime, given: Given) -> Said:
    """A later day for a milestone, or another change in words."""
    contract = contract_of(case)
    if contract.changes.filter(result=Change.Result.WAITS).exists():
        raise Refused("上一次变更申请还没有答复。", "The change asked for before is not answered yet.")
    milestone = _milestone(case, given) if given.get("milestone") else None
    to_day: date | None = given.get("due_on")
    if (milestone is None) != (to_day is None):
        raise Refused(
            "延期的，请选择里程碑并填写新的日期。",
            "For a delay choose the milestone and the new day.",
            "due_on",
        )
    if milestone and to_day and (milestone.accepted_at or to_day <= milestone.due_on):
        raise Refused(
            f"新的日期须晚于 {milestone.due_on}，且里程碑尚未验收。",
            f"The new day must be after {milestone.due_on}, and the milestone not accepted yet.",
            "due_on",
        )
    Change.objects.create(
        contract=contract,
        milestone=milestone,
        text=given["text"].strip(),
        from_day=milestone.due_on if milestone else None,
        to_day=to_day,
        asked_by=actor,
        asked_at=at,
    )
    return {
        "text": given["text"].strip(),
        "milestone": milestone.number if milestone else None,
        "to_day": to_day.isoformat() if to_day else None,
    }


def change(case: Case, actor: Membership, at: datetime, given: Given) -> Said:
    """Agree to the change that waits, or not; agreed, the milestone is due on its new day."""
    asked = contract_of(case).changes.select_for_update().get(result=Change.Result.WAITS)
    agreed = given["result"] == "agreed"
    _decide(asked, Change.Result.AGREED if agreed else Change.Result.REFUSED, given["conclusion"], actor, at)
    if agreed and asked.milestone is not None and asked.to_day is not None:
        Milestone.objects.filter(pk=asked.milestone.pk).update(due_on=asked.to_day)
        case.due_on = _next_day(asked.contract)
    return {"result": asked.result, "note": given["conclusion"]}


def finish(case: Case, actor: Membership, at: datetime, given: Given) -> Said:
    """All milestones are accepted: the whole is graded, and the grade becomes a fact of the project."""
    if given["grade"] not in GRADES:
        raise Refused("请选择验收等次。", "Choose the grade.", "grade")
    contract = contract_of(case)
    contract.finished_at, contract.grade = at, given["grade"]
    contract.save(update_fields=["finished_at", "grade"])
    if benefit_of(case).each == "projects" and case.key:
        facts = {"results": given["grade"], "accepted_on": timezone.localdate(at)}
        registry.state_many(
            case.organisation,
            [registry.Statement("projects", name, value, case.key) for name, value in facts.items()],
            actor=actor,
            at=at,
            source=Fact.Source.DECISION,
        )
    return {"grade": given["grade"], "note": given["conclusion"]}


def fail(case: Case, actor: Membership, at: datetime, given: Given) -> Said:
    """The contract ends: stages not accepted are not paid any more, and their money is free again.

    A report or a change that waits is refused with the reason: nobody can answer it afterwards.
    """
    contract = contract_of(case)
    contract.failed_at = at
    contract.save(update_fields=["failed_at"])
    for report in Report.objects.select_for_update().filter(
        milestone__contract=contract, result=Report.Result.WAITS
    ):
        _decide(report, Report.Result.REFUSED, given["reason"], actor, at)
    for asked in contract.changes.select_for_update().filter(result=Change.Result.WAITS):
        _decide(asked, Change.Result.REFUSED, given["reason"], actor, at)
    freed = treasury.give_back(award_of(case), reason=given["reason"], actor=actor, at=at)
    return {"freed_fen": freed}


def contract_of(case: Case) -> Contract:
    """The contract of a case, locked. Raises LookupError before it is signed."""
    found = Contract.objects.select_for_update().filter(case=case).first()
    if found is None:
        message = f"case {case.number} in state {case.state} has no contract"
        raise LookupError(message)
    return found


def _milestone(case: Case, given: Given) -> Milestone:
    found = contract_of(case).milestones.select_for_update().filter(number=given["milestone"]).first()
    if found is None:
        raise Refused("请选择里程碑。", "Choose the milestone.", "milestone")
    return found


def _reported(case: Case, given: Given) -> tuple[Milestone, Report]:
    milestone = _milestone(case, given)
    report = milestone.reports.select_for_update().filter(result=Report.Result.WAITS).first()
    if report is None:
        raise Refused("这个里程碑没有等待答复的报告。", "No report on this milestone waits.", "milestone")
    return milestone, report


def _decide(asked: Report | Change, result: str, conclusion: str, actor: Membership, at: datetime) -> None:
    asked.result, asked.conclusion, asked.decided_by, asked.decided_at = (
        result,
        conclusion.strip(),
        actor,
        at,
    )
    asked.save()


def _next_day(contract: Contract) -> date | None:
    """The day of the next milestone that is not accepted."""
    left = contract.milestones.filter(accepted_at__isnull=True).order_by("due_on")
    return left.values_list("due_on", flat=True).first()


EFFECTS: Final[Mapping[str, Callable[..., Said]]] = {
    effect.__name__: effect
    for effect in (
        draft_contract, sign, return_contract, report_milestone, accept_milestone, refuse_milestone, ask_change, change,
        finish, fail,
    )
}  # fmt: skip
