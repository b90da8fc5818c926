<<<<<<< HEAD
"""Pages of calls and cases: each parses, calls one action or query, and renders. Whose page it is depends on the role."""
=======
"""Pages that both sides share an address for: who acts decides which side answers."""
>>>>>>> officer

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from kechuang.accounts.acting import as_role
from kechuang.accounts.roles import APPLICANTS
<<<<<<< HEAD
from kechuang.fulfilment import applicant_views, queries
=======
from kechuang.fulfilment import office_views, queries
from kechuang.fulfilment.office_views import lists
from kechuang.fulfilment.office_views.frame import acting
>>>>>>> officer
from kechuang.fulfilment.table import states


@as_role()
<<<<<<< HEAD
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
=======
def case(request: HttpRequest, number: str) -> HttpResponseBase:
    """One case."""
    if acting(request).role in APPLICANTS:
        return _own(request, number)
    return office_views.case(request, number)


@as_role()
def cases(request: HttpRequest) -> HttpResponseBase:
    """The cases that one may see."""
    return lists.cases(request)


def _own(request: HttpRequest, number: str) -> HttpResponse:
    found = queries.case_at(number, acting(request))
    return render(request, "fulfilment/case.html", {"case": found, "state": states()[found.state]})
>>>>>>> officer
