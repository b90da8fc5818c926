"""Pages that both sides share an address for: who acts decides which side answers."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from kechuang.accounts.acting import as_role
from kechuang.accounts.roles import APPLICANTS
from kechuang.fulfilment import office_views, queries
from kechuang.fulfilment.office_views import lists
from kechuang.fulfilment.office_views.frame import acting
from kechuang.fulfilment.table import states


@as_role()
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
