"""What a dossier tells of a project, and of requests that somebody be kept off.

Undertakers, drafts and contract, milestones with reports, changes. Of cases without a contract, requests alone.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from kechuang.accounts.models import Membership
from kechuang.fulfilment.judging import requests
from kechuang.fulfilment.models import Case, Change, Contract, ContractDraft, RecusalRequest, Report
from kechuang.fulfilment.projects import consortium
from kechuang.fulfilment.projects.models import Milestone
from kechuang.fulfilment.projects.showing import GRADES
from kechuang.policy.language.values import Words

DRAFTS: Final = {
    ContractDraft.State.WAITS: Words("待承担单位确认", "waits for the undertaker"),
    ContractDraft.State.CONFIRMED: Words("承担单位已确认", "confirmed by the undertaker"),
    ContractDraft.State.RETURNED: Words("已退回修改", "sent back"),
    ContractDraft.State.DROPPED: Words("重新核定后作废", "dropped, as the sum was determined anew"),
}


def told(case: Case, reader: Membership | None) -> dict[str, Any]:
    """For the page: members, drafts, contract, grade, milestones, changes, requests that the reader may see."""
    contract = Contract.objects.filter(case=case).select_related("signed_by__user").first()
    drafts = case.contract_drafts.select_related("answered_by__organisation").order_by("pk")
    return {
        "members": [
            {"member": one, "money": consortium.percent(one.money), "work": consortium.percent(one.work)}
            for one in case.members.select_related("organisation")
        ],
        "drafts": [{"draft": one, "state": DRAFTS[ContractDraft.State(one.state)]} for one in drafts],
        "contract": contract,
        "grade": GRADES.get(contract.grade) if contract else None,
        "milestones": list(contract.milestones.prefetch_related("reports__evidence")) if contract else [],
        "changes": list(contract.changes.select_related("milestone")) if contract else [],
        "requests": _requests(case, reader),
    }


def data(case: Case, reader: Membership | None) -> dict[str, Any]:
    """The same for programs: days and times in ISO 8601, sums in fen, shares in hundredths of a per cent."""
    found = told(case, reader)
    contract = found["contract"]
    return {
        "members": [_member(one["member"]) for one in found["members"]],
        "contract_drafts": [_draft(one["draft"]) for one in found["drafts"]],
        "contract": None if contract is None else _contract(contract, found),
        "recusal_requests": [_request(one) for one in found["requests"]],
    }


def _requests(case: Case, reader: Membership | None) -> list[RecusalRequest]:
    """All of them where nothing is kept from the reader."""
    found = case.recusal_requests.all() if reader is None else requests.visible(reader).filter(case=case)
    return list(found.select_related("answered_by__organisation").order_by("pk"))


def _member(one: Any) -> dict[str, Any]:
    return {
        "uscc": one.organisation.uscc,
        "name": one.organisation.name,
        "role": one.role,
        "money": one.money,
        "work": one.work,
        "duty": one.duty,
        "confirmed_at": _iso(one.confirmed_at),
    }


def _draft(one: ContractDraft) -> dict[str, Any]:
    same = ("number", "amount_fen", "own_fen", "milestones", "hash", "state", "reason")
    return {
        **{name: getattr(one, name) for name in same},
        "drafted_at": _iso(one.drafted_at),
        "answered_by": one.answered_by.label if one.answered_by else None,
        "answered_at": _iso(one.answered_at),
    }


def _contract(one: Contract, found: dict[str, Any]) -> dict[str, Any]:
    return {
        "number": one.number,
        "amount_fen": one.amount_fen,
        "own_fen": one.own_fen,
        "signed_by": one.signed_by.label,
        "signed_at": _iso(one.signed_at),
        "finished_at": _iso(one.finished_at),
        "grade": one.grade or None,
        "failed_at": _iso(one.failed_at),
        "milestones": [_milestone(each) for each in found["milestones"]],
        "changes": [_change(each) for each in found["changes"]],
    }


def _milestone(one: Milestone) -> dict[str, Any]:
    return {
        "number": one.number,
        "title": one.title,
        "criteria": one.criteria,
        "agreed_on": _iso(one.agreed_on),
        "due_on": _iso(one.due_on),
        "amount_fen": one.amount_fen,
        "accepted_at": _iso(one.accepted_at),
        "reports": [_report(each) for each in one.reports.all()],
    }


def _report(one: Report) -> dict[str, Any]:
    return {
        "text": one.text,
        "sha256": one.evidence.hash if one.evidence else None,
        "reported_at": _iso(one.reported_at),
        "result": one.result,
        "conclusion": one.conclusion,
        "decided_at": _iso(one.decided_at),
    }


def _change(one: Change) -> dict[str, Any]:
    return {
        "milestone": one.milestone.number if one.milestone else None,
        "text": one.text,
        "from_day": _iso(one.from_day),
        "to_day": _iso(one.to_day),
        "asked_at": _iso(one.asked_at),
        "result": one.result,
        "conclusion": one.conclusion,
        "decided_at": _iso(one.decided_at),
    }


def _request(one: RecusalRequest) -> dict[str, Any]:
    same = ("person", "institution", "kind", "text", "state", "answer")
    return {
        **{name: getattr(one, name) for name in same},
        "asked_at": _iso(one.asked_at),
        "answered_at": _iso(one.answered_at),
    }


def _iso(moment: date | datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
