"""The meeting of a panel: minutes, proposals, dissent, conclusion; and the grades taken over into the cases."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from kechuang.accounts.acting import acting, as_role
from kechuang.accounts.forms import refuse
from kechuang.accounts.refusals import Refused
from kechuang.fulfilment.judging import meetings, panels, queries
from kechuang.fulfilment.judging.forms import MinutesForm, WordsForm
from kechuang.fulfilment.judging.models import Panel, Seat
from kechuang.fulfilment.judging.views.panels import (
    DISSENT,
    JUDGES,
    POST_OR_READ,
    WITHOUT,
    WITHOUT_SHEETS,
    managed,
    panel_page,
    seat_words,
)
from kechuang.fulfilment.office_views.frame import CALL_OFFICE
from kechuang.journal import clock
from kechuang.policy.language.values import Words
from kechuang.registry import actions as registry
from kechuang.registry.models import Evidence
from kechuang.registry.rules import may_see_evidence


@require_http_methods(POST_OR_READ)
@as_role(*JUDGES)
def meeting(request: HttpRequest, number: int) -> HttpResponse:
    """Write the minutes, and then the grades that the meeting proposes."""
    panel = queries.panel_at(number, acting(request))
    if panel.state != Panel.State.OPENED:
        return redirect("panel", number)
    there, problem = getattr(panel, "meeting", None), None
    whole = not queries.kept_from(panel, acting(request))
    seats = list(panel.seats.filter(left_at__isnull=True).select_related("membership__user"))
    form = MinutesForm(
        [(one, seat_words(one)) for one in seats],
        request.POST or None,
        request.FILES or None,
        initial=_initial(there, seats),
    )
    if request.method == "POST":
        try:
            if "grades" in request.POST:
                meetings.propose(panel, _proposed(request, panel), actor=acting(request), at=clock.now())
                return redirect("panel", number)
            if form.is_valid():
                given = form.cleaned_data
                minutes = meetings.Minutes(
                    given["held_on"], [int(one) for one in given["present"]], given["minutes"],
                    _kept(given["file"], panel, request),
                )  # fmt: skip
                meetings.write(panel, minutes, actor=acting(request), at=clock.now())
                return redirect(f"{reverse('panel-meeting', args=[number])}#grades")
        except Refused as refused:
            problem = refused.words
    rubric = panels.rubric_of(panel.call)
    shown = {
        "panel": panel, "call": panel.call, "meeting": there, "problem": problem, "rubric": rubric,
        "form": form if "grades" not in request.POST else MinutesForm(
            [(one, seat_words(one)) for one in seats], initial=_initial(there, seats)),
        "lines": queries.lines(panel, acting(request), clock.now()), "asks_selection": meetings.asks_selection(panel),
        "file_open": there and there.file and may_see_evidence(acting(request), there.file),
        "grades": [grade for grade, _ in rubric.bands], "typed": request.POST,
        "named": queries.sees_names(panel, acting(request)), "whole": whole,
    }  # fmt: skip
    status = 422 if problem or form.errors else 200
    return render(request, "fulfilment/judging/meeting.html", shown, status=status)


def _kept(upload: Any, panel: Panel, request: HttpRequest) -> Evidence | None:
    """The signed minutes as a file of the department that runs the call, by the hash of its content; None for none."""
    if not upload:
        return None
    return registry.keep_evidence(upload, panel.call.department, actor=acting(request), at=clock.now())


def _initial(there: Any, seats: list[Seat]) -> dict[str, Any]:
    if there is None:
        return {"held_on": clock.today(), "present": [str(one.pk) for one in seats]}
    present = [str(one) for one in there.present.values_list("pk", flat=True)]
    return {"held_on": there.held_on, "present": present, "minutes": there.minutes}


def _proposed(request: HttpRequest, panel: Panel) -> dict[int, meetings.Proposed]:
    numbers = panel.cases.filter(left_at__isnull=True).values_list("case", flat=True)
    asks = meetings.asks_selection(panel)
    return {
        number: meetings.Proposed(
            request.POST.get(f"grade-{number}", ""),
            request.POST.get(f"reason-{number}", "")[:2000],
            request.POST.get(f"selected-{number}") == "1" if asks else None,
        )
        for number in numbers
        if f"grade-{number}" in request.POST
    }


@require_POST
@as_role(*JUDGES)
def dissent(request: HttpRequest, number: int) -> HttpResponse:
    """Record what somebody present holds against a proposal."""
    panel = queries.panel_at(number, acting(request))
    form = WordsForm(DISSENT, request.POST, prefix="dissent")
    about = request.POST.get("case", "")
    places = {str(one.place): one.case for one in queries.cases_before(panel, acting(request))}
    if about and about not in places:
        raise Http404
    if form.is_valid():
        try:
            meetings.dissent(
                panel, places.get(about), form.cleaned_data["words"], actor=acting(request), at=clock.now()
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            return redirect(f"{reverse('panel', args=[number])}#dissent")
    return panel_page(request, panel, {"dissent": form}, 422)


@require_POST
@as_role(*JUDGES)
def conclude(request: HttpRequest, number: int) -> HttpResponse:
    """The chair concludes the meeting."""
    panel = queries.panel_at(number, acting(request))
    form = WordsForm(WITHOUT, request.POST, prefix="conclude", required=False)
    missing = WordsForm(WITHOUT_SHEETS, request.POST, prefix="without", required=False)
    if form.is_valid() and missing.is_valid():
        try:
            meetings.conclude(
                panel, actor=acting(request), at=clock.now(), without_answers=form.cleaned_data["words"],
                without_sheets=missing.cleaned_data["words"],
            )  # fmt: skip
        except Refused as refused:
            refuse(missing if refused.field == "without_sheets" else form, refused)
        else:
            return redirect("panel", number)
    return panel_page(request, panel, {"conclude": form, "without": missing}, 422)


@require_POST
@as_role(*CALL_OFFICE)
def grade(request: HttpRequest, number: int) -> HttpResponse:
    """Take the concluded grades over into the cases."""
    panel = managed(request, number)
    refused = meetings.grade_all(panel, actor=acting(request), at=clock.now())
    if not refused:
        return redirect("call-evaluation", panel.call.number)
    said = [(key, one.words) for key, one in sorted(refused.items())]
    problem = Words(
        " ".join(f"{key}：{one.zh}" for key, one in said), " ".join(f"{key}: {one.en}" for key, one in said)
    )
    return panel_page(request, panel, {"problem": problem}, 422)
