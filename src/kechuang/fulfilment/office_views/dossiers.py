"""The dossier of a case as a file to keep, for those who answer for the case and those who audit it."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kechuang.accounts.acting import acting, as_role
from kechuang.accounts.roles import Role
from kechuang.exchange.paper import PaperError
from kechuang.fulfilment import dossier, queries
from kechuang.fulfilment.office_views.frame import CALL_OFFICE, file
from kechuang.journal import clock
from kechuang.reader.templatetags.kechuang import language

MAY_TAKE: Final = (*CALL_OFFICE, Role.AUDITOR)
"""Who may take the dossier away: it holds evidence and the bank account."""


@require_safe
@as_role(*MAY_TAKE)
def take(request: HttpRequest, number: str) -> HttpResponse:
    """The archive with everything that a case rests on, as it stands now."""
    found = queries.case_at(number, acting(request))
    try:
        data = dossier.dossier_of(found, clock.now(), language(), acting(request))
    except PaperError as error:
        shown = {"case": found, "problem": error.words}
        return render(request, "fulfilment/office/no_dossier.html", shown, status=503)
    response = file(data, "zip", found.number)
    response.headers["Cache-Control"] = "private, no-store"
    return response
