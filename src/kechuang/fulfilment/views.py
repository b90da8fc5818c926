"""Pages that both sides share an address for: who acts decides which side answers."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from kechuang.accounts.acting import acting, as_role
from kechuang.accounts.roles import APPLICANTS
from kechuang.fulfilment import applicant_views, office_views
from kechuang.fulfilment.office_views import lists
from kechuang.fulfilment.office_views.frame import OFFICES


@as_role(*APPLICANTS, *OFFICES)
def cases(request: HttpRequest) -> HttpResponseBase:
    """The cases that this membership may see."""
    return applicant_views.cases(request) if acting(request).role in APPLICANTS else lists.cases(request)


@as_role(*APPLICANTS, *OFFICES)
def case(request: HttpRequest, number: str) -> HttpResponseBase:
    """One case."""
    if acting(request).role in APPLICANTS:
        return applicant_views.case(request, number)
    return office_views.case(request, number)
