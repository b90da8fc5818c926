"""Pages of calls and cases: each parses, calls one action or query, and renders. Whose page it is depends on the role."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kechuang.accounts.acting import as_role
from kechuang.accounts.roles import APPLICANTS
from kechuang.fulfilment import applicant_views, queries
from kechuang.fulfilment.table import states


@require_safe
@as_role()
def cases(request: HttpRequest) -> HttpResponseBase:
    """The cases that this membership may see."""
    return applicant_views.cases(request)


@require_safe
@as_role()
def case(request: HttpRequest, number: str) -> HttpResponseBase:
    """One case."""
    membership = request.membership  # type: ignore[attr-defined]
    if membership.role in APPLICANTS:
        return applicant_views.case(request, number)
    found = queries.case_at(number, membership)
    return _office(request, found)


def _office(request: HttpRequest, found: object) -> HttpResponse:
    return render(request, "fulfilment/case.html", {"case": found, "state": states()[found.state]})  # type: ignore[attr-defined]
