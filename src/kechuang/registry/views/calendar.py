"""The calendar of working days: every year that is known, and a form for the operator."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from kechuang.accounts.acting import acting, as_role
from kechuang.accounts.forms import refuse
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.journal import clock
from kechuang.registry import calendar
from kechuang.registry.forms import HolidaysForm
from kechuang.registry.rules import SEE_CALENDAR

SEE: Final = tuple(sorted(SEE_CALENDAR))


@require_http_methods(["GET", "HEAD", "POST"])
@as_role(*SEE)
def calendar_page(request: HttpRequest) -> HttpResponse:
    """The years and their days off; an operator enters the next one from the State Council's notice."""
    membership = acting(request)
    enters = membership.role == Role.OPERATOR
    today = clock.today()
    form = HolidaysForm(
        request.POST if enters and request.method == "POST" else None, initial={"year": today.year + 1}
    )
    shown: dict[str, Any] = {"years": calendar.shown(), "enters": enters, "form": form}
    if request.method != "POST":
        return render(request, "registry/calendar.html", shown)
    if enters and form.is_valid():
        try:
            calendar.enter(calendar.Entry(**form.cleaned_data), actor=membership, at=clock.now())
        except Refused as refused:
            refuse(form, refused)
        else:
            return redirect("calendar")
    return render(request, "registry/calendar.html", shown, status=422)
