"""Disputes about facts: raised by the organisation, answered by the department."""

from __future__ import annotations

from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kechuang.accounts.acting import acting, as_role
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import APPLICANTS, Role
from kechuang.journal import clock
from kechuang.reader.paging import paged
from kechuang.reader.templatetags.kechuang import language
from kechuang.reference.workdays import days_left
from kechuang.registry import actions, files, queries, rules, showing
from kechuang.registry.forms import Asked, fact_form
from kechuang.registry.models import Correction, Fact
from kechuang.registry.showing import ShownRecord, said_of
from kechuang.registry.values import field_of, typed_of

SEE: Final = (*APPLICANTS, Role.OFFICER, Role.DECIDER, Role.AUDITOR)
State = Correction.State


@require_safe
@as_role(*SEE)
def every(request: HttpRequest) -> HttpResponse:
    """The disputes that one may see: of one's own organisation, or an office's queue, the most due first."""
    membership = acting(request)
    office = membership.role == Role.OFFICER
    whole = "all" in request.GET or not office
    state = request.GET.get("state", State.OPEN if office else "")
    if state and state not in State.values:
        raise Http404
    count, found = queries.corrections_in_pages(membership, state=state, mine=not whole)
    pages = paged(request, found, count, rows=30)  # each says what stands and what should
    shown = {
        **pages,
        "rows": [_row(one) for one in pages["page"].object_list],
        "state": state,
        "office": office,
        "whole": whole,
        "applicant": membership.role in APPLICANTS,
    }
    return render(request, "registry/corrections.html", shown)


def _row(correction: Correction) -> dict[str, Any]:
    """One dispute with its words, and how many working days are left (None: answered, or no calendar)."""
    fact = correction.fact
    about, today = showing.shown(fact), clock.today()
    left = days_left(today, correction.due_on) if correction.state == State.OPEN else None
    return {
        "correction": correction,
        "fact": about,
        "record": ShownRecord(about.kind, fact.key),
        "proposed": said_of(field_of(fact.record, fact.field), _proposed(correction)),
        "left": left,
    }


def _proposed(correction: Correction) -> Any:
    return typed_of(correction.proposed, field_of(correction.fact.record, correction.fact.field).type)


@require_http_methods(["GET", "HEAD", "POST"])
@as_role(*APPLICANTS)
def dispute(request: HttpRequest, number: int) -> HttpResponse:
    """Say that a fact of one's own organisation is wrong."""
    membership = acting(request)
    fact: Fact = queries.fact_at(number, membership)
    if not rules.may_dispute(membership, fact) or not fact.field:
        raise Http404
    about = showing.shown(fact)
    asked = Asked(fact.record, fact.field, fact.key)
    form = fact_form([asked], request.POST if request.method == "POST" else None)
    shown: dict[str, Any] = {
        "fact": about,
        "record": ShownRecord(about.kind, fact.key),
        "form": form,
        "field": form[asked.name],
        "ground": request.POST.get("ground", ""),
        "accepted": files.ACCEPTED,
    }
    if request.method != "POST":
        return render(request, "registry/dispute.html", shown)
    if form.is_valid():
        try:
            correction = _raise(request, fact, form.cleaned_data[asked.name])
            return redirect("correction", correction.pk)
        except Refused as refused:
            shown["refused"] = refused
            if refused.field in {"proposed", fact.field}:
                form.add_error(asked.name, refused.words.pick(language()))
    return render(request, "registry/dispute.html", shown, status=422)


def _raise(request: HttpRequest, fact: Fact, value: Any) -> Correction:
    membership, at = acting(request), clock.now()
    if value is None:
        raise Refused("请填写您认为正确的值。", "Give the value that would be right.", "proposed")
    upload = request.FILES.get("file")
    evidence = (
        actions.keep_evidence(upload, membership.organisation, actor=membership, at=at) if upload else None
    )
    ground = request.POST.get("ground", "")
    return actions.raise_correction(fact, value, ground, evidence=evidence, actor=membership, at=at)


@require_http_methods(["GET", "HEAD", "POST"])
@as_role(*SEE)
def one(request: HttpRequest, number: int) -> HttpResponse:
    """One dispute; an officer of the department that stated the fact answers it here."""
    membership = acting(request)
    correction = queries.correction_at(number, membership)
    answers = rules.may_answer(membership, correction)
    if request.method == "POST" and not answers:
        raise Http404
    fact = correction.fact
    asked = Asked(fact.record, fact.field, fact.key, _proposed(correction))
    form = fact_form([asked], request.POST if request.method == "POST" else None)
    shown: dict[str, Any] = {
        **_row(correction),
        "answers": answers,
        "form": form,
        "field": form[asked.name],
        "answer": request.POST.get("answer", ""),
        "withdraws": correction.state == State.OPEN and rules.may_state(membership, correction.organisation),
        "sees_evidence": correction.evidence and rules.may_see_evidence(membership, correction.evidence),
        "applicant": membership.role in APPLICANTS,
    }
    if request.method == "POST" and form.is_valid():
        try:
            actions.answer_correction(
                correction,
                uphold="uphold" in request.POST,
                answer=request.POST.get("answer", ""),
                value=form.cleaned_data[asked.name],
                actor=membership,
                at=clock.now(),
            )
            return redirect("correction", number)
        except Refused as refused:
            shown["refused"] = refused
    return render(request, "registry/correction.html", shown, status=422 if request.method == "POST" else 200)


@require_POST
@as_role(*APPLICANTS)
def withdraw(request: HttpRequest, number: int) -> HttpResponse:
    """Take one's own dispute back."""
    membership = acting(request)
    correction = queries.correction_at(number, membership)
    try:
        actions.withdraw_correction(correction, actor=membership, at=clock.now())
    except Refused as refused:
        return render(request, "registry/refused.html", {"refused": refused.words}, status=409)
    return redirect("correction", number)
