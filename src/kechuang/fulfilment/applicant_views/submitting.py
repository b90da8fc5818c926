"""Check your answers, then submit."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from kechuang.accounts.acting import acting
from kechuang.accounts.masking import masked
from kechuang.accounts.refusals import Refused
from kechuang.fulfilment import sections, statements, workflow
from kechuang.fulfilment.applicant_queries import FILLING, Filling
from kechuang.fulfilment.applicant_views.common import WRONG, filling_at, page
from kechuang.fulfilment.keeping import for_applicants
from kechuang.fulfilment.office_facts import PERSONS
from kechuang.fulfilment.table import transitions

MOST_NOTED: Final = 2000  # characters of a note to a supplement


@require_http_methods(["GET", "HEAD", "POST"])
@for_applicants
def check(request: HttpRequest, number: str) -> HttpResponse:
    """All that was said, what will be published, and the button; who comes too late is told where the case is now."""
    filling, refused = filling_at(request, number), None
    again = filling.case.state == "returned" or request.POST.get("command") == "resubmit"
    command = "resubmit" if again else "submit"
    if request.method == "POST":
        revision = request.POST.get("revision", "")
        note = {"note": request.POST.get("note", "").strip()[:MOST_NOTED]} if again else {}
        try:
            workflow.apply(
                filling.case,
                command,
                actor=acting(request),
                at=filling.at,
                revision=int(revision) if revision.isdecimal() else -1,
                checked=request.POST.get("checked", ""),
                **note,
            )
            return redirect("case-receipt", number)
        except Refused as error:
            refused = error
    if filling.case.state not in FILLING:
        return redirect("case", number)
    rule = transitions()[command]
    shown = {
        "filling": filling,
        "case": filling.case,
        "command": command,
        "refused": refused,
        "note": request.POST.get("note", ""),
        "most_noted": MOST_NOTED,
        "hindrances": workflow.hindrances(rule, filling.case, acting(request), filling.at),
        "clauses": statements.clauses_of(filling.case),
        "published": _published(filling),
        "documents_key": sections.DOCUMENTS,
    }
    return page(request, "check", shown, WRONG if refused else 200)


def _published(filling: Filling) -> dict[str, object]:
    """What a public notice will show of this case: see notices._line."""
    organisation = filling.case.organisation
    person = organisation.kind in PERSONS
    return {
        "name": masked(organisation.name, "name") if person else organisation.name,
        "code": "" if person else organisation.uscc,
        "district": organisation.district,
        "fen": filling.found.amount_fen,
    }
