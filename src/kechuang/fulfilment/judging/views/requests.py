"""Requests that somebody be kept off a case: the applicant asks, an officer of the call decides."""

from __future__ import annotations

from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from kechuang.accounts.acting import acting, as_role
from kechuang.accounts.forms import refuse
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import APPLICANTS, READERS
from kechuang.fulfilment import queries as of_cases
from kechuang.fulfilment.applicant_views.common import WRONG
from kechuang.fulfilment.applicant_views.common import page as own_page
from kechuang.fulfilment.judging import requests
from kechuang.fulfilment.judging.request_forms import DecisionForm, PleaForm
from kechuang.fulfilment.judging.request_models import RecusalRequest
from kechuang.fulfilment.office_views.frame import CALL_OFFICE
from kechuang.journal import clock
from kechuang.reader.paging import paged

READ: Final = ["GET", "HEAD", "POST"]


@require_http_methods(READ)
@as_role(*APPLICANTS)
def ask(request: HttpRequest, number: str) -> HttpResponse:
    """Ask that somebody be kept off one's own case; what was asked before, and the answers."""
    membership = acting(request)
    case = of_cases.case_at(number, membership)
    if not case.call.rubric:
        raise Http404
    form = PleaForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            plea = requests.Plea(**form.cleaned_data)
            requests.ask(case, plea, actor=membership, at=clock.now())
        except Refused as refused:
            refuse(form, refused)
        else:
            return redirect("case-recusals", number)
    shown = {
        "case": case,
        "form": form,
        "errors": [
            (f"f-{name}", text) for name, texts in form.errors.items() if name != "__all__" for text in texts
        ],
        "may_ask": requests.may_ask(case, membership),
        "asked": requests.visible(membership).filter(case=case).order_by("pk"),
        "today": clock.today(),
    }
    return own_page(request, "recusals", shown, WRONG if form.errors else 200)


@require_safe
@as_role(*CALL_OFFICE, *sorted(READERS))
def index(request: HttpRequest) -> HttpResponse:
    """The requests, the most due first."""
    state = request.GET.get("state", RecusalRequest.State.OPEN)
    found = requests.visible(acting(request))
    if state in RecusalRequest.State.values:
        found = found.filter(state=state)
    shown = {
        "state": state,
        "states": RecusalRequest.State.values,
        "today": clock.today(),
        **paged(request, found),
    }
    return render(request, "fulfilment/judging/requests.html", shown)


@require_http_methods(READ)
@as_role(*CALL_OFFICE, *sorted(READERS))
def page(request: HttpRequest, number: int) -> HttpResponse:
    """One request: who is meant and why; the answer, or the form for it."""
    membership, at = acting(request), clock.now()
    found = requests.visible(membership).filter(pk=number).first()
    if found is None:
        raise Http404
    answers = requests.may_answer(found, found.case, membership)
    if request.method == "POST" and not answers:
        raise Http404
    meant = requests.meant(found, at) if answers else []
    form = DecisionForm(request.POST or None, people=meant)
    if request.method == "POST" and form.is_valid() and _answered(found, form, membership, at):
        return redirect("recusal-request", number)
    shown = {"one": found, "form": form, "meant": meant, "may_answer": answers, "today": clock.today()}
    return render(request, "fulfilment/judging/request.html", shown, status=WRONG if form.errors else 200)


def _answered(found: RecusalRequest, form: DecisionForm, membership: Any, at: Any) -> bool:
    given = form.cleaned_data
    try:
        requests.answer(
            found, upheld=given["upheld"] == "yes", text=given["text"], people=given.get("people", ()),
            actor=membership, at=at,
        )  # fmt: skip
    except Refused as refused:
        refuse(form, refused)
        return False
    return True
