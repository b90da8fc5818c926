"""The receipt and the decision, on a page and on paper."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from kechuang.exchange.paper import PaperError, pdf_of
from kechuang.fulfilment import sections
from kechuang.fulfilment.applicant_queries import Filling
from kechuang.fulfilment.applicant_views.common import filling_at, page
from kechuang.fulfilment.decision_models import Decision
from kechuang.fulfilment.keeping import for_applicants
from kechuang.fulfilment.models import Case
from kechuang.journal.queries import events_of
from kechuang.reader.templatetags.kechuang import language

SUBMITTING = ("case.submit", "case.resubmit", "case.confirm")


@require_safe
@for_applicants
def receipt(request: HttpRequest, number: str) -> HttpResponse:
    """What was received, when by the server's clock, and by which hash it is known."""
    return page(request, "receipt", received(filling_at(request, number)))


@require_safe
@for_applicants
def receipt_paper(request: HttpRequest, number: str) -> HttpResponse:
    """The receipt as PDF."""
    shown = received(filling_at(request, number))
    return _paper(
        request, "receipt_paper", shown, f"{number}-{'receipt' if language() == 'en' else '回执'}.pdf"
    )


@require_safe
@for_applicants
def decision_paper(request: HttpRequest, number: str) -> HttpResponse:
    """The decision as PDF: the letter as it went out, in the look of official papers. Chinese is what counts.

    ?of=<number>: a former one, marked as revoked; else the one in force, or the last if none is.
    """
    case = filling_at(request, number).case
    decision = decision_of(case, request.GET.get("of", "").replace("\0", ""))
    shown = {"decision": decision, "letter": decision.letter[language()]}
    return _paper(request, "decision_paper", shown, f"{decision.number}.pdf")


def decision_of(case: Case, wanted: str) -> Decision:
    """The decision of this number; where none is named the one in force, or the last if none is. 404 for none."""
    found = case.decisions.all()
    decision = found.filter(number=wanted).first() if wanted else found.order_by("-revoked_at", "-pk").first()
    if decision is None:
        raise Http404
    return decision


def received(filling: Filling) -> dict[str, Any]:
    """The last submission of the case; 404 before there is one."""
    found = events_of(f"case:{filling.case.pk}").filter(kind__in=SUBMITTING).order_by("-number").first()
    if found is None:
        raise Http404
    titles = sections.sections_of(filling.case)
    kept: dict[str, str] = found.data.get("sections") or filling.case.sections
    return {
        "filling": filling,
        "case": filling.case,
        "event": found,
        "parts": [(title, kept[key]) for key, title in titles.items() if key in kept],
    }


def paper_of(name: str, shown: dict[str, Any]) -> bytes:
    """A paper of applicants as PDF, in the language of the moment. Raises PaperError."""
    return pdf_of(render_to_string(f"fulfilment/applicant/{name}.html", shown))


def _paper(request: HttpRequest, name: str, shown: dict[str, Any], file_name: str) -> HttpResponse:
    try:
        made = paper_of(name, shown)
    except PaperError as error:
        return page(request, "no_paper", {**shown, "why": error.words}, 503)
    response = HttpResponse(made, content_type="application/pdf")
    response.headers["Content-Disposition"] = "attachment; " + _named(file_name)
    return response


def _named(file_name: str) -> str:
    from django.utils.http import content_disposition_header

    return str(content_disposition_header(as_attachment=True, filename=file_name)).removeprefix(
        "attachment; "
    )
