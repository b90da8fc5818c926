"""Beginning an application from a call."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from kechuang.accounts.acting import acting
from kechuang.accounts.refusals import Refused
from kechuang.fulfilment import applying, queries
from kechuang.fulfilment.applicant_queries import Filling
from kechuang.fulfilment.applicant_views.common import WRONG, page
from kechuang.fulfilment.assessing import benefit_of, by_record
from kechuang.fulfilment.keeping import for_applicants
from kechuang.fulfilment.models import Call, Case
from kechuang.fulfilment.templatetags.applicant import page_of
from kechuang.journal import clock
from kechuang.policy.cases.outcome import Outcome
from kechuang.policy.encoding.binding import FOR
from kechuang.reader.templatetags.kechuang import language


@dataclass(frozen=True)
class Choice:
    """One record that may be applied for, and what it would come to."""

    key: str
    filling: Filling
    case: Case | None


@require_http_methods(["GET", "HEAD", "POST"])
@for_applicants
def apply(request: HttpRequest, number: str) -> HttpResponse:
    """Begin or go on: at once where there is one thing to apply for, else by choice; a page that says why, for none."""
    membership, at = acting(request), clock.now()
    call = queries.call_at(number, membership)
    live = {
        one.key: one
        for one in call.cases.filter(organisation=membership.organisation_id).exclude(
            state__in=["withdrawn", "declined"]
        )
    }
    choices = _choices(call, membership, live, at)
    refused = None
    if request.method == "POST" and (chosen := _chosen(request, choices, live)) is not None:
        try:
            case = applying.start(call, actor=membership, at=at, key=chosen)
            return redirect("case", case.number)
        except Refused as error:
            refused = error
    whole = Filling(applying.probe(call, membership.organisation, at), at, language())
    shown = {
        "call": call,
        "choices": choices,
        "filling": whole,
        "may_begin": bool(choices) and whole.found.result.because != FOR,
        "by_record": by_record(benefit_of(call)),
        "refused": refused,
        "unchosen": request.method == "POST" and refused is None and len(choices) > 1,
        "profile": page_of("organisation"),
    }
    return page(request, "apply", shown, WRONG if refused or shown["unchosen"] else 200)


def _choices(call: Call, membership: object, live: dict[str, Case], at: object) -> list[Choice]:
    organisation = membership.organisation  # type: ignore[attr-defined]
    return [
        Choice(key, Filling(applying.probe(call, organisation, at, key), at, language()), live.get(key))  # type: ignore[arg-type]
        for key in applying.keys_to_apply_for(call, organisation, at)  # type: ignore[arg-type]
    ]


def _chosen(request: HttpRequest, choices: list[Choice], live: dict[str, Case]) -> str | None:
    """The key to apply for: the one that was ticked, or the only one there is; None while it has to be chosen."""
    if "key" in request.POST:
        return request.POST["key"]
    if len(choices) == 1:
        only = choices[0]
        doubtful = only.filling.outcome not in {Outcome.ENTITLED, Outcome.MAY_APPLY, Outcome.UNDETERMINED}
        return None if doubtful and only.key not in live else only.key
    return None
