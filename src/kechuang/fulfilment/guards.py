"""What must hold before an act, each a function named in the table: it returns, or raises Refused with what to do."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from django.utils import timezone

from kechuang.accounts.models import Membership
from kechuang.accounts.refusals import Refused
from kechuang.fulfilment import caps, payee_accounts, sections, stacking
from kechuang.fulfilment.assessing import assess_case, left_to_selection
from kechuang.fulfilment.due import question_about, still_due
from kechuang.fulfilment.judging.guards import (
    grade_supports,
    graded_where_asked,
    has_rubric,
    meeting_concluded,
    panel_takes,
)
from kechuang.fulfilment.models import Approval, Call, Case, Notice, Objection
from kechuang.fulfilment.projects import guards as projects
from kechuang.fulfilment.projects.bids import within_bid
from kechuang.fulfilment.table import voices
from kechuang.journal.actions import Clock, canonical
from kechuang.policy.cases.outcome import Outcome
from kechuang.policy.language.values import yuan
from kechuang.policy.words.reasons import missing_fact, reason_sentence
from kechuang.registry.models import Correction
from kechuang.treasury.refusals import IN_PAYMENT

Guard = Callable[[Case, Membership | Clock, datetime, Mapping[str, Any]], None]


def window_open(case: Case, _actor: object, at: datetime, _given: object) -> None:
    """The call takes applications now."""
    call = case.call
    if call.state != Call.State.PUBLISHED or at < call.opens_at:
        raise Refused("申报还没有开始。", "Applications are not open yet.")
    if at > call.closes_at:
        closed = timezone.localtime(call.closes_at)
        raise Refused(
            f"申报已于 {closed:%Y-%m-%d %H:%M} 截止。",
            f"Applications closed on {closed:%Y-%m-%d} at {closed:%H:%M}.",
        )


def account_given(case: Case, _actor: object, _at: object, _given: object) -> None:
    """There is a bank account to pay to."""
    if case.account is None:
        raise Refused("请填写收款账户。", "State the bank account to pay to.", field=sections.ACCOUNT)


def statement_agreed(case: Case, _actor: object, _at: object, _given: object) -> None:
    """The applicant has made the declaration."""
    if not case.statement.get("agreed"):
        raise Refused("请阅读并勾选申报声明。", "Read and tick the declaration.", field=sections.STATEMENT)


def sections_complete(case: Case, _actor: object, at: datetime, _given: object) -> None:
    """Nothing that the benefit needs is unknown, every document is there, and the conditions hold or are in dispute."""
    found = assess_case(case, at)
    missing = [one for one in (found.item or found.result).missing if not left_to_selection(case, one)]
    if found.outcome is Outcome.UNDETERMINED and missing:
        told = [
            [missing_fact(one, found.assessment, language).title for one in missing]
            for language in ("zh", "en")
        ]
        raise Refused(
            f"还缺：{'；'.join(told[0])}。", f"Still missing: {'; '.join(told[1])}.", field=missing[0].record
        )
    lacking = [one for one in case.call.documents if one["key"] not in documents_given(case)]
    if lacking:
        raise Refused(
            f"还缺材料：{'；'.join(one['title']['zh'] for one in lacking)}。",
            f"Documents missing: {'; '.join(one['title']['en'] for one in lacking)}.",
            field=sections.DOCUMENTS,
        )
    refuted = not found.outcome.passes and found.outcome is not Outcome.UNDETERMINED
    if refuted and not _open_corrections(case):
        reasons = [reason_sentence(found.assessment, found.result, language) for language in ("zh", "en")]
        raise Refused(
            f"按已知事实不符合条件：{reasons[0]}如事实有误，请先提出更正。",
            f"By what is known the conditions do not hold: {reasons[1]} If a fact is wrong, dispute it first.",
        )


def documents_given(case: Case) -> set[str]:
    """The keys of the call's documents for which a file is there."""
    return set(case.documents.filter(removed_at__isnull=True).values_list("key", flat=True))


def as_checked(case: Case, _actor: object, at: datetime, given: Mapping[str, Any]) -> None:
    """Nothing has changed since the page on which the answers were checked, where the act says what it showed."""
    seen = given.get("checked")
    if seen is not None and seen != fingerprint(sections.hashes(sections.content_of(case, at))):
        raise Refused(
            "核对之后内容有了变化（可能是同事修改，或名录更新）。请再核对一遍，然后提交。",
            "Something has changed since you checked (a colleague, or an updated list). Check once more, then submit.",
        )


def fingerprint(hashes: Mapping[str, str]) -> str:
    """One hash over those of all sections."""
    return hashlib.sha256(canonical(dict(hashes))).hexdigest()


def overdue(case: Case, _actor: object, at: datetime, _given: object) -> None:
    """The day by which the applicant had to act has passed."""
    if case.state == "returned" and case.due_on:
        late = timezone.localdate(at) > case.due_on
    else:
        late = at > case.call.closes_at
    if not late:
        raise Refused("期限还没有届满。", "The time is not over yet.")


def call_is_recommended(case: Case, _actor: object, _at: object, _given: object) -> None:
    """The call asks for a district's recommendation."""
    if not case.call.recommended:
        raise Refused("本次申报不经区市推荐。", "This call goes without a district's recommendation.")


def recommended_where_asked(case: Case, _actor: object, _at: object, _given: object) -> None:
    """The district has recommended, where the call asks for it."""
    if case.call.recommended and not standing(case, "recommendation"):
        raise Refused("请等待区市推荐。", "Wait for the district's recommendation.")


def within_ceiling(case: Case, _actor: object, at: datetime, given: Mapping[str, Any]) -> None:
    """The sum is above zero and not above what the clause allows, what a bid asks for, or the budget of its need."""
    ceiling = assess_case(case, at).amount_fen
    amount = given["amount"]
    if ceiling is None:
        raise Refused(
            "按已知事实没有可核定的金额。", "By what is known there is no sum to determine.", field="amount"
        )
    within_bid(case, amount)
    if not 0 < amount <= ceiling:
        raise Refused(
            f"金额须大于零且不超过 {yuan(ceiling)} 元，现为 {yuan(amount)} 元。",
            f"The sum must be above zero and at most {yuan(ceiling)} yuan; found {yuan(amount)}.",
            field="amount",
        )
    stacking.must_be_left(case, ceiling, amount)


def within_cap(case: Case, _actor: object, at: datetime, given: Mapping[str, Any]) -> None:
    """The sum fits under what the pool, and the yearly ceiling of the organisation, still leave, across all calls."""
    caps.lock(case)
    pool = caps.pool_left(case, at)
    if pool is not None and given["amount"] > pool:
        raise Refused(
            f"这项资金全市共用一个总额，还余 {yuan(max(pool, 0))} 元，不能核定 {yuan(given['amount'])} 元。",
            f"This fund is one pool for the city; {yuan(max(pool, 0))} yuan are left, not {yuan(given['amount'])}.",
            field="amount",
        )
    left = caps.left(case, at)
    if left is not None and given["amount"] > left:
        raise Refused(
            f"该单位本年度在此事项上的上限还余 {yuan(left)} 元，不能核定 {yuan(given['amount'])} 元。",
            f"The yearly ceiling of this organisation leaves {yuan(left)} yuan, not {yuan(given['amount'])}.",
            field="amount",
        )


def has_gates(case: Case, _actor: object, _at: object, _given: object) -> None:
    """The call provides for a joint review."""
    if not case.call.gates:
        raise Refused("本次申报不设会审。", "This call has no joint review.")


def gate_pending(case: Case, actor: Membership | Clock, _at: object, _given: object) -> None:
    """The reviewer's own gate waits for an answer."""
    kind = getattr(actor, "scope", "")
    if not case.approvals.filter(kind=kind, voided_at__isnull=True, result=Approval.Result.PENDING).exists():
        raise Refused("这件申报没有等待您反馈的事项。", "Nothing waits for your answer here.")


def gate_overdue(case: Case, _actor: object, at: datetime, _given: object) -> None:
    """A gate is past its day."""
    if not overdue_gates(case, at):
        raise Refused("会审期限还没有届满。", "The review's time is not over yet.")


def overdue_gates(case: Case, at: datetime) -> list[Approval]:
    """The gates that wait past their day."""
    waiting = case.approvals.filter(voided_at__isnull=True, result=Approval.Result.PENDING)
    return list(waiting.filter(due_on__lt=timezone.localdate(at)).select_for_update())


def approvals_stand(case: Case, _actor: object, at: datetime, given: Mapping[str, Any]) -> None:
    """All that the call asks for has been said, nothing against, and nothing it rests on has changed since."""
    current = sections.hashes(sections.content_of(case, at))
    wanted = (["recommendation"] if case.call.recommended else []) + ["acceptance"]
    for kind in wanted:
        found = standing(case, kind)
        title = voices()[kind].title
        if found is None:
            raise Refused(f"还缺：{title.zh}。", f"Missing: {title.en}.")
        _unchanged(found, current)
    given_gates = [one for gate in case.call.gates if (one := standing(case, gate["gate"]))]
    for one in given_gates:
        _gate_lets_pass(one, case, given)
        _unchanged(one, current)
    answered = sum(one.result != Approval.Result.PENDING for one in given_gates)
    if answered < case.call.quorum:
        raise Refused(
            f"会审须有 {case.call.quorum} 家反馈，现有 {answered} 家。",
            f"{case.call.quorum} offices must answer the review; {answered} have.",
        )


def standing(case: Case, kind: str) -> Approval | None:
    """The opinion of this kind that counts now."""
    return next((one for one in case.approvals.all() if one.kind == kind and one.voided_at is None), None)


def no_open_correction(case: Case, _actor: object, _at: object, _given: object) -> None:
    """No fact that the benefit reads is in dispute."""
    if _open_corrections(case):
        raise Refused(
            "该单位对有关事实提出了更正，答复后再核定。",
            "The organisation disputes a fact of this case: answer first.",
        )
    question = question_about(case)
    if question is not None:
        raise Refused(question.zh, question.en)


def stacking_decided(case: Case, _actor: object, _at: object, _given: object) -> None:
    """Every overlap with other support has been shown and decided by a person."""
    undecided = [one for one in stacking.overlaps(case) if not one.decided]
    if undecided:
        raise Refused(
            f"有 {len(undecided)} 项可能重复的支持，请先逐项判断。",
            f"Other grants that may overlap: {len(undecided)}. Decide on each first.",
            field="stacking",
        )


def eligible(case: Case, _actor: object, at: datetime, _given: object) -> None:
    """The conditions hold by what is known now."""
    found = assess_case(case, at)
    if not found.outcome.passes:
        reasons = [reason_sentence(found.assessment, found.result, language) for language in ("zh", "en")]
        raise Refused(f"条件不成立：{reasons[0]}", f"The conditions do not hold: {reasons[1]}")


def sum_granted(case: Case, _actor: object, _at: object, _given: object) -> None:
    """The call's money has been shared out, and something fell to this case."""
    if not case.granted_fen:
        raise Refused("请先确定资金分配。", "Share out the appropriation first.")


FINAL: Final = (
    "decided", "contracting", "running", "completed", "failed", "paid", "breached", "heard", "recovering",
    "recovered", "closed", "withdrawn", "declined", "rejected",
)  # fmt: skip
"""States of a case whose share can no longer fall to another."""


def sharing_is_final(case: Case, _actor: object, _at: object, _given: object) -> None:
    """Nothing fell to this case, and nothing can any more: every case that got a share has been decided on."""
    if case.granted_fen != 0:
        raise Refused(
            "这件申报分得了资金，或还没有分配。", "A share fell to this case, or none has been made."
        )
    others = case.call.cases.exclude(pk=case.pk).exclude(state__in=FINAL)
    if others.exclude(state="determined", granted_fen=0).exists():
        raise Refused("同批申报还没有全部下达。", "Not all cases of the call have been decided on.")


def notice_ended(case: Case, _actor: object, at: datetime, _given: object) -> None:
    """The days of the notice have passed and no objection to this line is open."""
    line = case.notice_lines.select_related("notice").order_by("-id").first()
    if line is None or line.notice.state == Notice.State.WITHDRAWN:
        raise Refused("这件申报还没有公示。", "This case has not been under public notice.")
    if timezone.localdate(at) <= line.notice.last_day:
        raise Refused(
            f"公示到 {line.notice.last_day} 止，期满前不能办理。",
            f"The public notice runs until {line.notice.last_day}; nothing can follow before.",
        )
    if Objection.objects.filter(line=line, state=Objection.State.OPEN).exists():
        raise Refused("有异议尚未答复。", "An objection is still open.")


def money_paid(case: Case, _actor: object, _at: object, _given: object) -> None:
    """The bank has confirmed the payment."""
    if case.award is None or case.award.paid_fen == 0:
        raise Refused("资金尚未拨付。", "The money has not been paid.")


def nothing_paid(case: Case, _actor: object, _at: object, _given: object) -> None:
    """No money of the award is with the organisation; what is there is claimed back."""
    if case.award is not None and case.award.paid_fen > 0:
        raise Refused(
            "资金已经拨付，请决定追回；未拨付的部分同时不再拨付。",
            "Money has been paid: claim it back; what is unpaid is given up with that.",
        )


def money_returned(case: Case, _actor: object, _at: object, _given: object) -> None:
    """The bank has sent a payment back, so that something is left to pay."""
    if case.award is None or case.award.paid_fen >= case.award.committed_fen:
        raise Refused("资金没有退汇。", "The payment has not come back.")


def payment_came_back(case: Case, _actor: object, _at: object, _given: object) -> None:
    """The bank has sent a payment back that is still to be paid, and none is on its way."""
    if case.award is not None and case.award.payments.filter(state__in=IN_PAYMENT).exists():
        raise Refused("这笔资金正在拨付，现在不能更换账户。", "The award is being paid: its account stays.")
    if payee_accounts.sent_back(case) is None:
        raise Refused(
            "银行退回拨款之后，才能更正收款账户。",
            "The account can be corrected once the bank has sent the payment back.",
        )


def hearing_held(case: Case, _actor: object, at: datetime, _given: object) -> None:
    """The day of the hearing has come."""
    finding = case.findings.filter(dropped_at__isnull=True).order_by("-id").first()
    day = None if finding is None else finding.hearing_on
    if day is not None and timezone.localdate(at) < day:
        raise Refused(
            f"听证定在 {day}，当天起才能记录。",
            f"The hearing is on {day}; it is recorded from that day on.",
        )


def money_unpaid(case: Case, _actor: object, _at: object, _given: object) -> None:
    """Nothing has been paid yet."""
    if case.award is not None and case.award.paid_fen:
        raise Refused("资金已经拨付，请办理追回。", "The money has been paid: use recovery.")


def money_recovered(case: Case, _actor: object, _at: object, _given: object) -> None:
    """All that was claimed has come back."""
    finding = case.findings.select_related("receivable").order_by("-id").first()
    receivable = None if finding is None else finding.receivable
    if receivable is None or receivable.recovered_fen < receivable.amount_fen:
        raise Refused("应收款还没有全部收回。", "Not all of it has come back.")


def credit_recorded(case: Case, _actor: object, _at: object, _given: object) -> None:
    """A confirmed finding has gone to the credit record."""
    if case.findings.filter(dropped_at__isnull=True, credit_recorded_at__isnull=True).exists():
        raise Refused("请先登记信用记录。", "Enter the credit record first.")


def _gate_lets_pass(one: Approval, case: Case, given: Mapping[str, Any]) -> None:
    title = voices()[one.kind].title
    if one.result == Approval.Result.OPPOSED:
        raise Refused(
            f"{title.zh}会审不同意：{one.note}", f"The {title.en} review does not agree: {one.note}"
        )
    silence = next(gate["silence"] for gate in case.call.gates if gate["gate"] == one.kind)
    if one.result == Approval.Result.SILENT and silence == "escalate" and not given.get("reason"):
        raise Refused(
            f"{title.zh}会审逾期未反馈，按约定由您处理：请写明理由。",
            f"The {title.en} review did not answer in time; the call leaves it to you: state your reason.",
            field="reason",
        )


def _unchanged(one: Approval, current: Mapping[str, str]) -> None:
    touched = {key for key, value in one.rests_on.items() if current.get(key) != value}
    if touched:
        title = voices()[one.kind].title
        raise Refused(
            f"“{title.zh}”之后有关事实有了变化。请先更新事实，受影响的意见须重新出具。",
            f"Facts under the {title.en} have changed. Renew the facts first; opinions they touch are asked for anew.",
        )


def _open_corrections(case: Case) -> bool:
    fields = sections.fields_of(case)
    found = Correction.objects.filter(organisation=case.organisation_id, state=Correction.State.OPEN)
    return any(one.fact.field in fields.get(one.fact.record, ()) for one in found.select_related("fact"))


GUARDS: Final[Mapping[str, Guard]] = {
    **projects.GUARDS,
    **{
    guard.__name__: guard
    for guard in (
        window_open, account_given, statement_agreed, sections_complete, as_checked, overdue, call_is_recommended,
        recommended_where_asked, within_ceiling, within_cap, has_gates, gate_pending, gate_overdue, approvals_stand,
        no_open_correction, stacking_decided, eligible, sum_granted, sharing_is_final, notice_ended, money_paid,
        money_returned, money_unpaid, nothing_paid, money_recovered, payment_came_back, hearing_held, credit_recorded,
        has_rubric, panel_takes, meeting_concluded, graded_where_asked, grade_supports, still_due,
    )
    },
}  # fmt: skip
