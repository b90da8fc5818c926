"""Seats of a panel that come, go and change, each by a form on the panel's page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from kechuang.accounts.acting import acting, as_role
from kechuang.accounts.forms import refuse
from kechuang.accounts.refusals import Refused
from kechuang.fulfilment.judging import seats
from kechuang.fulfilment.judging.models import Panel
from kechuang.fulfilment.judging.views import panels as pages
from kechuang.fulfilment.office_views.frame import CALL_OFFICE
from kechuang.journal import clock

CLOSED: Final = Refused(
    "评审组已不能再增减专家，下面是现在的情况。",
    "Experts no longer come to this panel or leave it; below is how it stands now.",
)


@require_POST
@as_role(*CALL_OFFICE)
def add(request: HttpRequest, number: int) -> HttpResponse:
    """Add the next substitute of the draw, or somebody named by hand."""
    panel = pages.managed(request, number)
    people = {str(one.pk): one for one in pages.to_seat(panel, request)}

    def act(given: dict[str, Any]) -> None:
        seats.add(panel, people.get(given["person"]), given["reason"], actor=acting(request), at=clock.now())

    return _acted(request, panel, "add", act)


@require_POST
@as_role(*CALL_OFFICE)
def leave(request: HttpRequest, number: int) -> HttpResponse:
    """Take somebody off the panel."""
    panel = pages.managed(request, number)
    there = {str(one.pk): one for one in panel.seats.filter(left_at__isnull=True)}

    def act(given: dict[str, Any]) -> None:
        seats.leave(
            panel, there[given["seat"]], given["reason"],
            actor=acting(request), at=clock.now(), chair=there.get(given["chair"]), replaced=given["replaced"],
        )  # fmt: skip

    return _acted(request, panel, "leave", act)


@require_POST
@as_role(*CALL_OFFICE)
def chair(request: HttpRequest, number: int) -> HttpResponse:
    """Give the chair to somebody else."""
    panel = pages.managed(request, number)
    there = {str(one.pk): one for one in panel.seats.filter(left_at__isnull=True)}

    def act(given: dict[str, Any]) -> None:
        seats.appoint(panel, there[given["seat"]], given["reason"], actor=acting(request), at=clock.now())

    return _acted(request, panel, "chair", act)


def _acted(
    request: HttpRequest, panel: Panel, name: str, act: Callable[[dict[str, Any]], None]
) -> HttpResponse:
    form = pages.seat_forms(panel, request, request.POST).get(name)
    if form is None:  # a page left open since
        return pages.panel_page(request, panel, {"problem": CLOSED.words}, 409)
    if form.is_valid():
        try:
            act(form.cleaned_data)
        except Refused as refused:
            refuse(form, refused)
        else:
            return redirect(f"{reverse('panel', args=[panel.pk])}#experts")
    return pages.panel_page(request, panel, {name: form}, 422)
