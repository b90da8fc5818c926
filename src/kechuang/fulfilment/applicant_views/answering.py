"""What an applicant does after the decision: correct the account of money sent back, answer a finding in writing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from kechuang.accounts.acting import acting
from kechuang.accounts.forms import refuse
from kechuang.accounts.refusals import Refused
from kechuang.fulfilment import payee_accounts, workflow
from kechuang.fulfilment.applicant_forms import AccountForm, DefenceForm, Told
from kechuang.fulfilment.applicant_queries import Filling
from kechuang.fulfilment.applicant_views.common import WRONG, filling_at, page, revision_of
from kechuang.fulfilment.keeping import for_applicants
from kechuang.fulfilment.table import transitions
from kechuang.registry import actions as registry


@require_http_methods(["GET", "HEAD", "POST"])
@for_applicants
def correct_account(request: HttpRequest, number: str) -> HttpResponse:
    """Another account, after the bank has sent the money back."""
    filling = filling_at(request, number)
    initial = {"holder": filling.case.organisation.name}
    form = AccountForm(request.POST if request.method == "POST" else None, initial=initial)
    return _act(request, filling, "correct_account", form, lambda given: {"account": given})


@require_http_methods(["GET", "HEAD", "POST"])
@for_applicants
def defend(request: HttpRequest, number: str) -> HttpResponse:
    """Answer a finding before the hearing, with a file if one likes."""
    filling = filling_at(request, number)
    posted = request.method == "POST"
    form = DefenceForm(request.POST if posted else None, request.FILES if posted else None)

    def said(given: dict[str, Any]) -> dict[str, Any]:
        if not given["file"]:
            return {"text": given["text"]}
        kept = registry.keep_evidence(
            given["file"], filling.case.organisation, actor=acting(request), at=filling.at
        )
        return {"text": given["text"], "evidence": kept}

    return _act(request, filling, "state_defence", form, said)


def _act(
    request: HttpRequest,
    filling: Filling,
    command: str,
    form: Told,
    said: Callable[[dict[str, Any]], dict[str, Any]],
) -> HttpResponse:
    """The page of an act with its form; 404 where the table does not give the act in this state."""
    case, rule, actor = filling.case, transitions()[command], acting(request)
    if rule not in workflow.possible(case, actor):
        raise Http404
    hindrance = workflow.hindrance(rule, case, actor, filling.at)
    if request.method == "POST" and form.is_valid():
        try:
            given = said(form.cleaned_data)
            workflow.apply(case, command, actor=actor, at=filling.at, revision=revision_of(request), **given)
        except Refused as refused:
            refuse(form, refused)
        else:
            return redirect(reverse("case", args=[case.number]))
    shown = {
        "case": case,
        "rule": rule,
        "form": form,
        "revision": case.revision,  # who has read why an older page was refused may send it again
        "errors": [
            (f"f-{name}", text) for name, texts in form.errors.items() if name != "__all__" for text in texts
        ],
        "hindrance": hindrance.words if hindrance else None,
        "sent_back": payee_accounts.sent_back(case) if command == "correct_account" else None,
        "finding": case.findings.filter(dropped_at__isnull=True).order_by("-id").first(),
    }
    return page(request, "answering", shown, WRONG if request.method == "POST" else 200)
