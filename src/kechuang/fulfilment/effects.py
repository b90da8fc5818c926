"""What an act changes beside the state, each a function named in the table. It returns what the event shall say of it.

The case is locked; the caller saves it and records the event afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from django.utils import timezone

from kechuang.accounts.models import Membership
from kechuang.accounts.refusals import Refused
from kechuang.fulfilment import caps, decisions, payee_accounts, recovery, sections
from kechuang.fulfilment.assessing import assess_case, award_of, benefit_of, entitlement_of
from kechuang.fulfilment.guards import overdue_gates, standing
from kechuang.fulfilment.judging.effects import drop_grade, enter_panel, take_grade
from kechuang.fulfilment.models import Approval, Case, Notice
from kechuang.fulfilment.projects import bids, contracts
from kechuang.fulfilment.table import gates
from kechuang.journal.actions import CLOCK, Clock, discard
from kechuang.journal.queries import drafts_for
from kechuang.registry import calendar
from kechuang.treasury import actions as treasury

Given = Mapping[str, Any]
Said = dict[str, Any] | None
Effect = Callable[[Case, Any, datetime, Given], Said]


def take_in(case: Case, _actor: Membership, at: datetime, _given: Given) -> Said:
    """Keep what the application says: facts as known now, hashes of its sections, the assessment, the time."""
    _take_snapshot(case, at)
    case.submitted_at = at
    case.district = case.organisation.district
    case.asked_back = []
    return {"declared_fen": case.declared_fen, "sections": case.sections}


def take_in_again(case: Case, _actor: Membership, at: datetime, given: Given) -> Said:
    """As `take_in`; opinions that a change touches are void, the case goes on where the first one is missing.

    Who leaves a section as it is that was asked back says why.
    """
    before, note = case.sections, str(given.get("note") or "").strip()
    _take_snapshot(case, at)
    touched = sections.changed(before, case.sections)
    if not note and (unchanged := [key for key in case.asked_back if key not in touched]):
        _refuse_unchanged(case, unchanged)
    case.asked_back = []
    voided = _void(case, touched, at)
    if "recommendation" in voided:
        case.recommended_fen = None  # what was recommended stands in the event of that act
    if touched - {sections.ACCOUNT, sections.STATEMENT}:
        drop_grade(case, at)
    case.state = _resumes_at(case)
    said = {"declared_fen": case.declared_fen, "changed": sorted(touched), "voided": voided}
    return said | ({"note": note} if note else {})


def _refuse_unchanged(case: Case, unchanged: list[str]) -> None:
    titles = [sections.sections_of(case)[key] for key in unchanged]
    zh, en = "、".join(f"“{one.zh}”" for one in titles), ", ".join(f"“{one.en}”" for one in titles)
    raise Refused(
        f"{zh}要求补正，但没有改动：请改正，或在“补正说明”中写明情况。",
        f"{en} was to be supplemented and has not changed: correct it, or explain in the note to the supplement.",
        field="note",
    )


def accept_offer(case: Case, _actor: Membership, at: datetime, _given: Given) -> Said:
    """The recipient confirms: the sweep stands for the formal check."""
    said = take_in(case, _actor, at, _given)
    _approve(case, "acceptance", CLOCK, at, note="")
    return said


def recommend(case: Case, actor: Membership, at: datetime, given: Given) -> Said:
    """The district's sum and opinion."""
    case.recommended_fen = given["amount"]
    _approve(case, "recommendation", actor, at, note=given.get("note", ""))
    return {"recommended_fen": case.recommended_fen}


def accept(case: Case, actor: Membership, at: datetime, given: Given) -> Said:
    """The formal check is passed."""
    _approve(case, "acceptance", actor, at, note=given.get("note", ""))
    return None


def send_back(case: Case, _actor: Membership, _at: datetime, given: Given) -> Said:
    """Name the sections to supplement."""
    unknown = set(given["sections"]) - sections.sections_of(case).keys()
    if unknown:
        raise Refused(
            "所列部分不属于本申报。", "These are not sections of this application.", field="sections"
        )
    case.asked_back = sorted(given["sections"])
    return {"sections": case.asked_back}


def ask_gates(case: Case, _actor: Membership, at: datetime, _given: Given) -> Said:
    """Ask every gate that has no standing answer."""
    asked = []
    for gate in case.call.gates:
        if standing(case, gate["gate"]) is None:
            due_on = calendar.working_day_after(timezone.localdate(at), gate["days"])
            case.approvals.create(
                kind=gate["gate"], asked_at=at, due_on=due_on, rests_on=_rests_on(case, gate["gate"])
            )
            asked.append(gate["gate"])
    return {"gates": asked}


def answer_gate(case: Case, actor: Membership, at: datetime, given: Given) -> Said:
    """The office's answer; one that does not agree says why."""
    if given["result"] == Approval.Result.OPPOSED and not given.get("note"):
        raise Refused("不同意的，请写明理由。", "State why you do not agree.", field="note")
    if given["result"] not in {Approval.Result.AGREED, Approval.Result.OPPOSED}:
        raise Refused("请选择同意或不同意。", "Choose whether you agree.", field="result")
    found = case.approvals.select_for_update().get(
        kind=actor.scope, voided_at__isnull=True, result=Approval.Result.PENDING
    )
    found.result, found.note, found.given_by, found.given_at = (
        given["result"],
        given.get("note", ""),
        actor,
        at,
    )
    found.save()
    return {"gate": actor.scope, "result": found.result, "note": found.note}


def note_silence(case: Case, _actor: Clock, at: datetime, _given: Given) -> Said:
    """Mark what was not answered in time."""
    late = overdue_gates(case, at)
    for one in late:
        one.result, one.given_at = Approval.Result.SILENT, at
        one.save()
    return {"gates": [one.kind for one in late]}


def determine(case: Case, _actor: Membership, at: datetime, given: Given) -> Said:
    """The sum, and the assessment that it rests on, by the facts known at this moment."""
    found = assess_case(case, at)
    case.known_at = at
    case.result = found.as_plain()
    case.determined_fen = given["amount"]
    case.granted_fen = None
    if given.get("rank") is not None:
        case.rank = given["rank"]
    return {
        "determined_fen": case.determined_fen,
        "ceiling_fen": found.amount_fen,
        "known_at": at.isoformat(),
    }


def end_bid(case: Case, _actor: Membership | Clock, at: datetime, _given: Given) -> Said:
    """A bid that is given up is selected no longer: what the department decided ends by rule, nobody else states it."""
    return bids.end_selection(case, CLOCK, at)


def reject(case: Case, actor: Membership, at: datetime, _given: Given) -> Said:
    """Nothing is granted, and a bid that was selected is so no longer."""
    case.determined_fen = case.granted_fen = None
    return bids.end_selection(case, actor, at)


def note_exhausted(case: Case, actor: Clock, at: datetime, _given: Given) -> Said:
    """The money of the call went to others by its rule; the determination stands as what was found."""
    case.reason = "资金已按申报通知载明的规则分完，这一件没有分得资金。"
    ended = bids.end_selection(case, actor, at)
    return {"determined_fen": case.determined_fen, "granted_fen": 0, "reason": case.reason, **ended}


def reconsider(case: Case, actor: Membership, at: datetime, _given: Given) -> Said:
    """Take the determination back; the award of its notice is cancelled and its decision revoked, if there are any."""
    before: dict[str, Any] = {"determined_fen": case.determined_fen, "granted_fen": case.granted_fen}
    contracts.drop_draft(case, actor, at)
    revoked = decisions.revoke(case, actor=actor, at=at)
    if revoked is not None:
        before["revoked"] = revoked.number
        discard(drafts_for(f"case:{case.pk}").filter(kind="case.decide"), actor=actor, at=at)
    if case.award is not None:
        treasury.cancel(case.award, reason=case.reason, actor=actor, at=at)
        case.award = None
    case.determined_fen = case.granted_fen = None
    return before


def enter_notice(case: Case, actor: Membership, at: datetime, _: Given) -> Said:
    """The award of the notice: granted, payable to nobody until the notice has ended and the decision is issued."""
    if not case.notice_lines.filter(notice__state=Notice.State.PUBLISHED).exists():
        raise Refused("请把这件申报列入公示名单。", "Put the case on the list of a notice.")
    cap = caps.cap_of(case, at)
    given = treasury.Grant(
        entitlement=entitlement_of(case),
        subject=f"case:{case.pk}",
        organisation=case.organisation,
        appropriation=case.call.appropriation,
        benefit=case.call.benefit,
        year=case.year,
        amount_fen=case.granted_fen or 0,
        cap=cap[0] if cap else "",
        cap_fen=cap[1] if cap else None,
    )
    case.award = treasury.grant(given, actor=actor, at=at)
    return {"granted_fen": case.granted_fen, "award": case.award.pk}


def issue_decision(case: Case, actor: Membership, at: datetime, _given: Given) -> Said:
    """Bind the money, make it payable, and write the letter; a project is paid by its contract, once that is signed."""
    award = treasury.commit(
        award_of(case), actor=actor, at=at, reserve=f"call:{case.call_id}", account=case.account
    )
    by_contract = benefit_of(case).lifecycle == "project"
    case.award = award if by_contract else treasury.make_payable(award, actor=actor, at=at)
    decision = decisions.issue(case, actor=actor, at=at)
    return {"decision": decision.number, "amount_fen": decision.amount_fen, "hash": decision.hash}


def correct_account(case: Case, actor: Membership, at: datetime, given: Given) -> Said:
    """Another account, after the bank has sent the money back: it is paid there the next time."""
    said = payee_accounts.checked(case, **given["account"])
    account = treasury.state_account(case.organisation, **said, actor=actor, at=at)
    case.award = treasury.correct_account(award_of(case), account, actor=actor, at=at)
    case.account = account
    return {"tail": account.number[-4:], "bank": account.bank}


def close(_case: Case, _actor: Membership, _at: datetime, given: Given) -> Said:
    """What the officer found when closing."""
    return {"note": given["note"]} if given.get("note") else None


def _take_snapshot(case: Case, at: datetime) -> None:
    found = assess_case(case, at)
    case.known_at = at
    case.result = found.as_plain()
    case.declared_fen = case.bid.asked_fen if case.call.needs else found.amount_fen
    case.sections = sections.hashes(sections.content_of(case, at))


def _approve(case: Case, kind: str, actor: Membership | Clock, at: datetime, *, note: str) -> None:
    """An opinion of this kind, in place of one that stood."""
    case.approvals.filter(kind=kind, voided_at__isnull=True).update(voided_at=at)
    case.approvals.create(
        kind=kind,
        result=Approval.Result.AGREED,
        rests_on=_rests_on(case, kind),
        note=note,
        asked_at=at,
        given_by=actor if isinstance(actor, Membership) else None,
        given_at=at,
    )


def _rests_on(case: Case, kind: str) -> dict[str, str]:
    return sections.rests_on(kind, case.sections)


def _void(case: Case, touched: set[str], at: datetime) -> list[str]:
    """Void the opinions that rest on what has changed, and no others."""
    voided = []
    for one in case.approvals.select_for_update().filter(voided_at__isnull=True):
        under = sorted(touched & one.rests_on.keys())
        if under:
            one.voided_at, one.voided_by = at, under
            one.save(update_fields=["voided_at", "voided_by"])
            voided.append(one.kind)
    return voided


def _resumes_at(case: Case) -> str:
    """Where the case goes on: at the first opinion that is asked for and does not stand."""
    if case.call.recommended and not standing(case, "recommendation"):
        return "submitted"
    if not standing(case, "acceptance"):
        return "recommended" if case.call.recommended else "submitted"
    if case.grade:
        return "graded"
    asked = case.approvals.filter(kind__in=gates()).exists()
    return (
        "reviewing" if asked and all(standing(case, gate["gate"]) for gate in case.call.gates) else "accepted"
    )


EFFECTS: Final[Mapping[str, Effect]] = {
    **contracts.EFFECTS,
    **recovery.EFFECTS,
    **{
    effect.__name__: effect
    for effect in (
        take_in, take_in_again, accept_offer, recommend, accept, send_back, ask_gates, answer_gate, note_silence,
        determine, end_bid, reject, note_exhausted, reconsider, enter_notice, issue_decision, close, correct_account,
        enter_panel, take_grade,
    )
    },
}  # fmt: skip
