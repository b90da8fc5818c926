"""What pages show of a project: who undertakes it, proposal, contract, milestones, changes, matched money."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from kechuang.fulfilment.assessing import award_of, benefit_of
from kechuang.fulfilment.models import (
    Bid,
    Case,
    CaseMember,
    Change,
    Contract,
    ContractDraft,
    Milestone,
    Report,
)
from kechuang.fulfilment.projects import consortium, contracts, matching, queries
from kechuang.fulfilment.projects.supposing import need_of
from kechuang.policy.language.values import Words
from kechuang.treasury.names import PartState
from kechuang.treasury.queries import parts_shown

STATES = {
    "paid": Words("已拨付", "paid"),
    "on_way": Words("拨付中", "being paid"),
    "payable": Words("已验收，待拨付", "accepted, to be paid"),
    "reported": Words("待验收", "reported"),
    "late": Words("已逾期", "overdue"),
    "due": Words("实施中", "under way"),
    "dropped": Words("不再拨付", "not paid any more"),
}
_OF_PART = {"paid": "paid", "sent": "on_way", "due": "payable", "freed": "dropped"}
GRADES = {
    "excellent": Words("优秀", "excellent"),
    "good": Words("良好", "good"),
    "pass": Words("合格", "pass"),
}


@dataclass(frozen=True)
class Stage:
    """One milestone as it stands: state is a key of STATES."""

    milestone: Milestone
    state: str
    reports: list[Report]

    @property
    def words(self) -> Words:
        """The state in words."""
        return STATES[self.state]

    @property
    def waiting(self) -> Report | None:
        """The report that waits for an answer."""
        return next((one for one in self.reports if one.result == Report.Result.WAITS), None)


def stages(contract: Contract, today: date) -> list[Stage]:
    """The milestones of a contract with their states; a few queries. What is paid is as the treasury says."""
    stands = {part.pk: state for part, state in parts_shown(award_of(contract.case))}
    found = contract.milestones.prefetch_related("reports__evidence")
    return [_stage(one, stands[one.part_id], contract, today) for one in found]


def _stage(one: Milestone, part: PartState, contract: Contract, today: date) -> Stage:
    reports = list(one.reports.all())
    if part != "waits":
        state = _OF_PART[part]
    elif contract.failed_at:
        state = "dropped"
    elif any(each.result == Report.Result.WAITS for each in reports):
        state = "reported"
    else:
        state = "late" if one.due_on < today else "due"
    return Stage(one, state, reports)


def is_project(case: Case) -> bool:
    """Whether a case runs by a contract; others have neither members nor milestones, and are not asked for them."""
    return benefit_of(case).lifecycle == "project"


def milestone_choices(case: Case) -> list[tuple[int, str]]:
    """The milestones with a report that waits, for the forms that answer one."""
    if not is_project(case):
        return []
    waiting = Milestone.objects.filter(contract__case=case, reports__result=Report.Result.WAITS)
    return [(one.number, f"{one.number}. {one.title}") for one in waiting.order_by("number")]


def project(case: Case, today: date) -> dict[str, Any]:
    """Everything of a project on the page of its case; empty parts where there is nothing."""
    members: list[CaseMember] = []
    drafts: list[ContractDraft] = []
    contract = None
    if is_project(case):
        members = list(case.members.select_related("organisation", "confirmed_by__user"))
        contract = queries.contract_of(case)
        drafts = list(case.contract_drafts.select_related("answered_by__organisation"))
    waiting = next((one for one in drafts if one.state == ContractDraft.State.WAITS), None)
    amount = contract.amount_fen if contract else case.granted_fen or case.determined_fen or 0
    return {
        "need": need_of(case) if case.call.needs and case.key else None,
        "proposal": Bid.objects.filter(case=case).first() if case.call.needs else None,
        "members": _members(members, amount),
        "draft": waiting,
        "planned": contracts.planned_of(waiting) if waiting else [],
        "returned": [one for one in drafts if one.state == ContractDraft.State.RETURNED],
        "contract": contract,
        "grade": GRADES.get(contract.grade) if contract else None,
        "stages": stages(contract, today) if contract else [],
        "changes": list(contract.changes.select_related("milestone", "asked_by__user")) if contract else [],
        "change_waits": bool(contract) and contract.changes.filter(result=Change.Result.WAITS).exists()
        if contract
        else False,
        "matched": matching.matched(case),
    }


def _members(members: list[CaseMember], amount_fen: int) -> list[dict[str, Any]]:
    sums = consortium.sums_of(members, amount_fen) if amount_fen and members else {}
    return [
        {
            "member": one,
            "money": consortium.percent(one.money),
            "work": consortium.percent(one.work),
            "fen": sums.get(one.pk),
        }
        for one in members
    ]
