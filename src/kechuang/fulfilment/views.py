"""Pages of calls and cases: each parses, calls one action or query, and renders."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kechuang.accounts.acting import as_role
from kechuang.fulfilment import queries
from kechuang.fulfilment.table import states


@require_safe
@as_role()
def case(request: HttpRequest, number: str) -> HttpResponse:
    """One case."""
    found = queries.case_at(number, request.membership)  # type: ignore[attr-defined]
    return render(request, "fulfilment/case.html", {"case": found, "state": states()[found.state]})
