"""What the pages of applicants share."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from kechuang.accounts.acting import acting
from kechuang.fulfilment import keeping, queries
from kechuang.fulfilment.applicant_queries import Filling
from kechuang.journal import clock
from kechuang.reader.templatetags.kechuang import language

WRONG = 422  # the status of a page that asks to correct something


def filling_at(request: HttpRequest, number: str) -> Filling:
    """The organisation's own case, or 404."""
    case = queries.case_at(number, acting(request))
    return Filling(case, clock.now(), language())


def filling_in(request: HttpRequest, number: str, *states: str) -> Filling:
    """The organisation's own case in one of these states, or 404."""
    found = filling_at(request, number)
    if found.case.state not in states:
        raise Http404
    return found


def revision_of(request: HttpRequest) -> int:
    """The revision of the case that the page showed which was sent; one that never was where the page says none."""
    text = request.POST.get("revision", "")
    return int(text) if text.isdecimal() and len(text) < 10 else -1  # noqa: PLR2004 - as wide as the column


def page(request: HttpRequest, name: str, shown: dict[str, Any], status: int = 200) -> HttpResponse:
    """A page of applicants: its forms know to whom they were shown."""
    return render(
        request, f"fulfilment/applicant/{name}.html", {"who": keeping.who(request), **shown}, status=status
    )
