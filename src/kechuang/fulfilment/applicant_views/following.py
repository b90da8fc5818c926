"""Own cases, one case, and what the applicant may still do with it: confirm, decline, withdraw."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kechuang.accounts.acting import acting
from kechuang.accounts.forms import refuse
from kechuang.accounts.models import Membership
from kechuang.accounts.refusals import Refused
from kechuang.fulfilment import applicant_queries, applying, following, payee_accounts, workflow
from kechuang.fulfilment.applicant_forms import AccountForm, ReasonForm
from kechuang.fulfilment.applicant_queries import FILLING, Filling
from kechuang.fulfilment.applicant_views.common import WRONG, filling_at, filling_in, page
from kechuang.fulfilment.assessing import benefit_of
from kechuang.fulfilment.judging import requests
from kechuang.fulfilment.keeping import for_applicants, taken
from kechuang.fulfilment.models import Case
from kechuang.fulfilment.projects import bids, showing
from kechuang.fulfilment.table import states, transitions
from kechuang.fulfilment.templatetags.applicant import page_of
from kechuang.journal import clock
from kechuang.journal.models import Message
from kechuang.reader.templatetags.kechuang import language
from kechuang.treasury.queries import plan_of


@require_safe
@for_applicants
def home(request: HttpRequest) -> HttpResponse:
    """What waits for you, what you can get now, open calls that fit, messages."""
    membership, at = acting(request), clock.now()
    rows = applicant_queries.own_cases(membership, timezone.localdate(at))
    shown = {
        "waiting": [one for one in rows if one.mine],
        "under_way": [one for one in rows if not one.mine and not states()[one.case.state].ends][:5],
        "fitting": applicant_queries.calls_that_fit(membership, at, language()),
        "messages_unread": Message.objects.filter(
            recipient=membership.user_id, state=Message.State.RELEASED, read_at__isnull=True
        ).order_by("-id")[:3],
        "standing": page_of("standing"),
        "messages": page_of("messages"),
        "calls": page_of("calls"),
        "profile": page_of("organisation"),
        "states": states(),
    }
    return page(request, "home", shown)


@require_safe
@for_applicants
def cases(request: HttpRequest) -> HttpResponse:
    """The organisation's cases: what it must do comes first."""
    rows = applicant_queries.own_cases(acting(request), clock.today())
    shown = {
        "mine": [one for one in rows if one.mine],
        "others": [one for one in rows if not one.mine and not states()[one.case.state].ends],
        "ended": [one for one in rows if not one.mine and states()[one.case.state].ends],
        "states": states(),
        "calls": page_of("calls"),
    }
    return page(request, "cases", shown)


@require_safe
@for_applicants
def case(request: HttpRequest, number: str) -> HttpResponse:
    """One case: an offer, a task list, or where it stands."""
    return case_page(request, filling_at(request, number))


def case_page(
    request: HttpRequest, filling: Filling, *, refused: Refused | None = None, form: Any = None
) -> HttpResponse:
    """The page of a case in its state."""
    found, membership = filling.case, acting(request)
    today = timezone.localdate(filling.at)
    done = following.timeline(found, membership)
    shown: dict[str, Any] = {
        "filling": filling,
        "case": found,
        "state": states()[found.state],
        "row": applicant_queries.row_of(found, today),
        "benefit": benefit_of(found),
        "done": done,
        "refused": refused,
        "may_withdraw": any(one.command == "withdraw" for one in workflow.possible(found, membership)),
    }
    status = WRONG if refused or (form and form.errors) else 200
    if found.state == "offered":
        form = form or AccountForm(initial={"holder": found.organisation.name})
        rule = transitions()["confirm"]
        window = workflow.hindrance(rule, found, membership, filling.at) if found.account else None
        return page(request, "offer", {**shown, "form": form, "hindrance": window}, status)
    if found.state in FILLING:
        return page(request, "tasks", shown, status)
    return page(request, "stands", {**shown, **_progress(found, membership, filling.at, done)}, status)


def _progress(
    found: Case, membership: Membership, at: datetime, done: list[following.Done]
) -> dict[str, Any]:
    """What a case under way shows: stages, office, next step, notice, decision, payment, recovery."""
    today = timezone.localdate(at)
    line = found.notice_lines.select_related("notice").order_by("-id").first()
    finding = found.findings.select_related("receivable").order_by("-id").first()
    receivable = finding.receivable if finding else None
    nobody = states()[found.state].ends or found.state == "contracting"  # of the offices has it
    return {
        "stages": following.stages_of(found, done),
        "sums": following.sums_of(found),
        "office": None if nobody else following.office_of(found, today),
        "next_step": following.next_step(found),
        "notice": line.notice if line else None,
        "notice_link": page_of("notice", line.notice.number) if line else "",
        "object_link": page_of("object", line.notice.number) if line else "",
        "line_number": line.line if line else None,
        "decisions": list(found.decisions.all()),
        "sent_back": payee_accounts.sent_back(found) if _may_correct(found) else None,
        "account_corrected": found.award is not None and not payee_accounts.is_the_same(found.award),
        "may_defend": found.state == "breached",
        "defences": list(finding.defences.select_related("evidence")) if finding else [],
        "payments": list(found.award.payments.filter(state__in=["sent", "paid", "returned"]))
        if found.award
        else [],
        "finding": finding,
        "receivable": receivable,
        "project": showing.project(found, today),
        "may_report": found.state == "running",
        "may_ask_recusal": requests.may_ask(found, membership),
        "recusals_asked": found.recusal_requests.count(),
        "may_sign": any(one.command == "sign" for one in workflow.possible(found, membership)),
        "may_take_back": any(one.command == "take_back" for one in workflow.possible(found, membership))
        and workflow.hindrance(transitions()["take_back"], found, membership, at) is None,
        "seal": bids.seal_of(found.sections) if found.call.sealed and found.sections else "",
        "instalments": plan_of(receivable, today) if receivable else [],
        "receipt": next(
            (one for one in done if one.kind in {"case.submit", "case.resubmit", "case.confirm"}), None
        ),
    }


def _may_correct(found: Case) -> bool:
    """Whether the account of the case may be corrected in its state, once the bank has sent a payment back."""
    return found.state in transitions()["correct_account"].sources


@require_POST
@for_applicants
def confirm(request: HttpRequest, number: str) -> HttpResponse:
    """Take an offer, with the account it goes to."""
    filling = filling_at(request, number)
    form = AccountForm(request.POST) if filling.case.state == "offered" and not filling.case.account else None
    if form and not form.is_valid():
        return case_page(request, filling, form=form)
    revision = request.POST.get("revision", "")
    try:
        if form:
            applying.state_account(filling.case, **form.cleaned_data, actor=acting(request), at=filling.at)
            revision = str(filling_at(request, number).case.revision)
        workflow.apply(
            filling.case, "confirm", actor=acting(request), at=filling.at,
            revision=int(revision) if revision.isdecimal() else -1,
        )  # fmt: skip
    except Refused as refused:
        if form:
            refuse(form, refused)
        return case_page(request, filling_at(request, number), refused=None if form else refused, form=form)
    return redirect("case-receipt", number)


@require_http_methods(["GET", "HEAD", "POST"])
@for_applicants
def decline(request: HttpRequest, number: str) -> HttpResponse:
    """Say no to an offer, with the reason."""
    return _with_reason(request, number, "decline")


@require_POST
@for_applicants
def sign_contract(request: HttpRequest, number: str) -> HttpResponse:
    """Confirm the contract that the page showed; what has changed since is refused."""
    filling, revision = filling_at(request, number), request.POST.get("revision", "")
    try:
        workflow.apply(
            filling.case, "sign", actor=acting(request), at=filling.at,
            revision=int(revision) if revision.isdecimal() else -1,
        )  # fmt: skip
    except Refused as refused:
        return case_page(request, filling_at(request, number), refused=refused)
    return redirect(f"{reverse('case', args=[number])}#contract")


@require_http_methods(["GET", "HEAD", "POST"])
@for_applicants
def return_contract(request: HttpRequest, number: str) -> HttpResponse:
    """Send the contract back to the department, with the reason."""
    return _with_reason(request, number, "return_contract")


@require_http_methods(["GET", "HEAD", "POST"])
@for_applicants
def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    """Take an application back, with the reason."""
    return _with_reason(request, number, "withdraw")


def _with_reason(request: HttpRequest, number: str, command: str) -> HttpResponse:
    rule = transitions()[command]
    if request.method == "POST":
        filling = filling_at(request, number)
        if filling.case.state == rule.target:
            return redirect("case", number)
    else:
        filling = filling_in(request, number, *rule.sources)
    if rule not in workflow.possible(filling.case, acting(request)):
        raise Http404
    typed = taken(request) if request.method != "POST" else None
    form = ReasonForm(request.POST if request.method == "POST" else typed)
    if request.method == "POST" and form.is_valid():
        revision = request.POST.get("revision", "")
        try:
            workflow.apply(
                filling.case, command, actor=acting(request), at=filling.at, reason=form.cleaned_data["reason"].strip(),
                revision=int(revision) if revision.isdecimal() else -1,
            )  # fmt: skip
            return redirect("case", number)
        except Refused as refused:
            refuse(form, refused)
    shown = {"filling": filling, "case": filling.case, "rule": rule, "form": form, "kept": typed is not None}
    return page(request, "reason", shown, WRONG if request.method == "POST" else 200)
