"""Objections as the department answers them, and a notice taken back."""

from __future__ import annotations

from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from kechuang.accounts.acting import acting, as_role
from kechuang.accounts.forms import refuse
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import READERS, Role
from kechuang.fulfilment import notices, office_queries, queries, rules
from kechuang.fulfilment.models import Notice, Objection
from kechuang.fulfilment.office_forms import AnswerForm, ReasonForm
from kechuang.fulfilment.office_views.frame import CALL_OFFICE
from kechuang.journal import clock
from kechuang.reader.paging import paged

POST_OR_READ: Final = ["GET", "HEAD", "POST"]


@require_safe
@as_role(*CALL_OFFICE, *sorted(READERS))
def index(request: HttpRequest) -> HttpResponse:
    """The objections, the most due first."""
    state = request.GET.get("state", Objection.State.OPEN)
    found = office_queries.objections_seen(acting(request))
    if state in Objection.State.values:
        found = found.filter(state=state)
    shown = {
        "state": state,
        "states": Objection.State.values,
        "today": clock.today(),
        **paged(request, found),
    }
    return render(request, "fulfilment/office/objections.html", shown)


@require_http_methods(POST_OR_READ)
@as_role(*CALL_OFFICE, *sorted(READERS))
def page(request: HttpRequest, number: str) -> HttpResponse:
    """One objection: who, why, what is asked for; and the answer."""
    membership = acting(request)
    found = office_queries.objections_seen(membership).filter(number=number).first()
    if found is None:
        raise Http404
    manages = rules.may_manage(membership, found.line.notice.call)
    if request.method == "POST" and not manages:
        raise Http404
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            notices.answer(
                found, upheld=given["upheld"] == "yes", text=given["answer"], actor=membership, at=clock.now()
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            return redirect("objection", number)
    shown = {
        "objection": found,
        "line": found.line.notice.content["lines"][found.line.line - 1],
        "form": form,
        "sees_files": True,
        "today": clock.today(),
        "may_answer": manages and found.state == Objection.State.OPEN,
    }
    return render(request, "fulfilment/office/objection.html", shown, status=422 if form.errors else 200)


@require_http_methods(POST_OR_READ)
@as_role(Role.DECIDER)
def withdraw_notice(request: HttpRequest, number: str) -> HttpResponse:
    """Take a notice back, with the reason; its cases are determined anew."""
    membership = acting(request)
    found = queries.notices().filter(number=number, state=Notice.State.PUBLISHED).first()
    if found is None or not rules.may_take_back(membership, found):
        raise Http404
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            notices.withdraw(found, form.cleaned_data["reason"], actor=membership, at=clock.now())
        except Refused as refused:
            refuse(form, refused)
        else:
            return redirect("notice", number)
    shown = {"notice": found, "content": found.content, "form": form, "today": clock.today()}
    return render(
        request, "fulfilment/office/notice_withdraw.html", shown, status=422 if form.errors else 200
    )
