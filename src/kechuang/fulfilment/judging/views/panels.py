"""Panels as officers form and follow them: people, cases, progress in counts, and after the deadline the results."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kechuang.accounts.acting import acting, as_role
from kechuang.accounts.forms import refuse
from kechuang.accounts.models import Membership
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import DEPARTMENT, READERS, Role
from kechuang.experts.assignment import Reason
from kechuang.experts.catalogue import fields as known_fields
from kechuang.experts.queries import fields_of
from kechuang.fulfilment import queries as cases
from kechuang.fulfilment import rules
from kechuang.fulfilment.fields import local
from kechuang.fulfilment.judging import assigning, material, meetings, panels, queries
from kechuang.fulfilment.judging import seats as coming_and_going
from kechuang.fulfilment.judging.forms import (
    AddSeatForm,
    ChairForm,
    ExtendForm,
    LeaveForm,
    PanelForm,
    WordsForm,
)
from kechuang.fulfilment.judging.models import Panel, PanelCase, Seat
from kechuang.fulfilment.judging.tallies import OPEN
from kechuang.fulfilment.models import Call, Document
from kechuang.fulfilment.office_views.frame import CALL_OFFICE
from kechuang.journal import clock
from kechuang.policy.language.values import Words
from kechuang.reader.paging import paged
from kechuang.reader.templatetags.kechuang import language
from kechuang.registry import actions as registry
from kechuang.registry.rules import may_see_evidence

POST_OR_READ: Final = ["GET", "HEAD", "POST"]
JUDGES: Final = (Role.EXPERT, Role.REVIEWER, *sorted(DEPARTMENT))
SEES: Final = (*JUDGES, *sorted(READERS))
DISSENT: Final = _("保留意见")
WITHOUT_SHEETS: Final = _("评分表不齐的，写明仍作结论的理由")
WITHOUT: Final = _("离群评分没有说明的，写明不再等待的理由")


@require_safe
@as_role(*CALL_OFFICE, *sorted(READERS))
def index(request: HttpRequest) -> HttpResponse:
    """The panels of the department's calls, the newest first, and the calls that may form one."""
    membership = acting(request)
    found = queries.panels_seen(membership)
    waiting = rules.visible_calls(membership).exclude(rubric={}).filter(
        department=membership.organisation_id, state__in=(Call.State.PUBLISHED, Call.State.CLOSED)
    )  # fmt: skip
    shown = {
        "now": clock.now(),
        "calls": waiting if membership.role in DEPARTMENT else [],
        **paged(request, found, rows=30),
    }
    return render(request, "fulfilment/judging/panels.html", shown)


@require_http_methods(POST_OR_READ)
@as_role(*CALL_OFFICE)
def new(request: HttpRequest, number: str) -> HttpResponse:
    """Form a panel from experts named here."""
    call = _own_call(request, number)
    people, draws = list(queries.people_for(clock.today())), list(queries.draws_for(acting(request), call))
    away = queries.away_from_call(call, people, acting(request))
    form = PanelForm(people, draws, request.POST or None, initial={"name": _free_name(call)}, away=away)
    if request.method == "POST" and form.is_valid():
        known, given = {str(one.pk): one for one in people}, form.cleaned_data
        draw = next((one for one in draws if one.pk == given["draw"]), None)
        chosen = draw.memberships() if draw else [known[one] for one in given["people"]]
        plan = panels.Plan(
            given["name"], chosen, known[given["chair"]], given["scores_due_at"], draw, given["reason"]
        )
        try:
            made = panels.form(call, plan, actor=acting(request), at=clock.now())
        except Refused as refused:
            refuse(form, refused)
        else:
            return redirect("panel", made.pk)
    shown = {"call": call, "form": form, "rubric": panels.rubric_of(call)}
    return render(request, "fulfilment/judging/panel_new.html", shown, status=422 if form.errors else 200)


@require_safe
@as_role(*SEES)
def page(request: HttpRequest, number: int) -> HttpResponse:
    """One panel: who, which cases, how far; and after the deadline how it came out."""
    return panel_page(request, queries.panel_at(number, acting(request)), {})


def panel_page(request: HttpRequest, panel: Panel, bound: dict[str, Any], status: int = 200) -> HttpResponse:
    """The page of a panel; `bound`: forms that came back with faults, and a `problem` of the whole."""
    membership = acting(request)
    manages = rules.may_manage(membership, panel.call)
    whole, by_case, by_seat = queries.progress(panel, membership)
    seats = list(panel.seats.filter(left_at__isnull=True).select_related("membership__user"))
    meeting = getattr(panel, "meeting", None) if panel.state in OPEN else None
    changing = seat_forms(panel, request) if manages and not (meeting and meeting.concluded_at) else {}
    own = next((one for one in seats if one.membership_id == membership.pk), None)
    lines = queries.lines(panel, membership, clock.now())
    shown = {
        "panel": panel,
        "call": panel.call,
        "rubric": panels.rubric_of(panel.call),
        "manages": manages,
        "own": own,
        "open": panel.state in OPEN,
        "now": clock.now(),
        "progress": whole,
        "by_case": by_case,
        "seats": [(one, by_seat.get(one.pk)) for one in seats],
        "declined": coming_and_going.declined(panel) if "leave" in changing else {},
        "substitute": coming_and_going.substitute(panel) if "leave" in changing else None,
        "lines": lines,
        "meeting": meeting,
        "whole": not queries.kept_from(panel, membership),
        "file_open": meeting and meeting.file and may_see_evidence(membership, meeting.file),
        "present": list(meeting.present.order_by("place")) if meeting else [],
        "dissents": queries.dissents_seen(panel, membership) if meeting else [],
        "asks_selection": meetings.asks_selection(panel),
        "named": queries.sees_names(panel, membership),
        "fielding": _fielding(panel, lines) if manages and panel.state not in OPEN else [],
        "conflicts": queries.conflicts_seen(panel, membership) if manages else [],
        "unanswered": panels.unanswered(panel, membership)
        if manages and panel.state == Panel.State.FORMING
        else 0,
        "to_grade": manages and meeting and meeting.concluded_at and _evaluating(lines),
        "extend_form": bound.get("extend")
        or ExtendForm(initial={"scores_due_at": local(panel.scores_due_at)}),
        "dissent_form": bound.get("dissent") or WordsForm(DISSENT, prefix="dissent"),
        "conclude_form": bound.get("conclude") or WordsForm(WITHOUT, prefix="conclude", required=False),
        "add_form": bound.get("add") or changing.get("add"),
        "leave_form": bound.get("leave") or changing.get("leave"),
        "chair_form": bound.get("chair") or changing.get("chair"),
        "gone": list(panel.seats.filter(left_at__isnull=False).select_related("membership__user")),
        "without_form": bound.get("without") or WordsForm(WITHOUT_SHEETS, prefix="without", required=False),
        "problem": bound.get("problem"),
        "form": next((one for one in bound.values() if getattr(one, "errors", None)), None),
    }
    return render(request, "fulfilment/judging/panel.html", shown, status=status)


def to_seat(panel: Panel, request: HttpRequest) -> list[Membership]:
    """Whom an officer may add by hand: of the pools, never seated here, staying away from no applicant."""
    there = set(panel.seats.values_list("membership", flat=True))
    people = [one for one in queries.people_for(clock.today()) if one.pk not in there]
    away = queries.away_from_call(panel.call, people, acting(request))
    return [one for one in people if one.pk not in away]


def seat_forms(panel: Panel, request: HttpRequest, data: Any = None) -> dict[str, Any]:
    """The forms by which seats change, by name: what the panel's state still allows."""
    there = list(panel.seats.filter(left_at__isnull=True).select_related("membership__user"))
    named = [(one, seat_words(one)) for one in there]
    found: dict[str, Any] = {"chair": ChairForm(named, data, prefix="chair")}
    if panel.state in coming_and_going.OPEN_TO_CHANGE:
        substitute = coming_and_going.substitute(panel)
        found["add"] = AddSeatForm(substitute, to_seat(panel, request), data, prefix="add")
        found["leave"] = LeaveForm(named, data, prefix="leave")
    return found


def seat_words(seat: Seat) -> str:
    """A seat as its panel knows it: 专家 3 张三."""
    return (
        f"{Words(f'专家 {seat.place}', f'Expert {seat.place}').pick(language())} {seat.membership.user.name}"
    )


@dataclass(frozen=True)
class Fielding:
    """A case with the fields it belongs to. suggested: not stated yet, but known; boxes: (code, title, ticked)."""

    place: PanelCase
    stated: list[Words]
    suggested: bool
    boxes: list[tuple[str, Words, bool]]


def _fielding(panel: Panel, lines: list[queries.Line]) -> list[Fielding]:
    places = [line.place for line in lines]
    suggested = assigning.suggested_fields(panel, places)
    found = []
    for one in places:
        ticked = one.fields or suggested.get(one.case_id, [])
        boxes = [(code, title, code in ticked) for code, title in known_fields().items()]
        stated = _titles(one.fields)
        found.append(Fielding(one, stated, bool(ticked) and not stated, boxes))
    return found


@require_POST
@as_role(*CALL_OFFICE)
def fields(request: HttpRequest, number: int) -> HttpResponse:
    """State the fields of expertise that the cases belong to."""
    panel = managed(request, number)
    given = {
        one.case_id: request.POST.getlist(f"fields-{one.case_id}")
        for one in queries.cases_before(panel, acting(request))
    }
    return _acted(
        request, panel, lambda: panels.state_fields(panel, given, actor=acting(request), at=clock.now())
    )


def _evaluating(lines: list[queries.Line]) -> bool:
    return any(line.place.case.state == panels.JUDGED for line in lines)


@require_http_methods(POST_OR_READ)
@as_role(*CALL_OFFICE)
def assign(request: HttpRequest, number: int) -> HttpResponse:
    """Who judges which case: a proposal by load and fit, changed and confirmed by a person."""
    panel, problem = managed(request, number), None
    try:
        panels.must_see_all(acting(request), panel)
    except Refused as refused:
        return panel_page(request, panel, {"problem": refused.words}, 409)
    if request.method == "POST":
        try:
            panels.assign(panel, _pairs(request, panel), actor=acting(request), at=clock.now())
        except Refused as refused:
            problem = refused.words
        else:
            return redirect("panel", number)
    per_case = panels.rubric_of(panel.call).per_case
    chosen, proposed = _chosen(request, panel), "propose" in request.GET
    if request.method != "POST" and (proposed or not any(chosen.values())):
        try:
            chosen, proposed = assigning.propose(panel, per_case), True
        except Refused as refused:
            problem = refused.words
    places = queries.cases_before(panel, acting(request))
    asked = assigning.asked_of(panel, places)
    reasons = assigning.why(asked, chosen)
    known = fields_of([seat.membership.user_id for seat in asked.seats])
    shown = {
        "panel": panel, "call": panel.call, "problem": problem, "proposed": proposed, "per_case": per_case,
        "seats": [(seat, _titles(known[seat.membership.user_id])) for seat in asked.seats],
        "rows": [(one, _titles(one.fields), _cells(asked, place, chosen, reasons)) for place, one in enumerate(places)],
        "unstated": any(not one.fields for one in places),
    }  # fmt: skip
    return render(request, "fulfilment/judging/assign.html", shown, status=422 if problem else 200)


@dataclass(frozen=True)
class Cell:
    """A seat beside a case: whether it judges it, whether it may not, how well it fits, and why it is proposed."""

    seat: Seat
    ticked: bool
    away: bool
    fit: int
    reason: Reason | None


def _cells(
    asked: assigning.Asked,
    number: int,
    chosen: Mapping[int, Collection[int]],
    reasons: Mapping[tuple[int, int], Reason],
) -> list[Cell]:
    case, away = asked.places[number].case_id, asked.forbidden[number]
    return [
        Cell(seat, seat.pk in chosen.get(case, ()), place in away, fit, reasons.get((case, seat.pk)))
        for place, (seat, fit) in enumerate(zip(asked.seats, asked.fits[number], strict=True))
    ]


def _titles(codes: Collection[str]) -> list[Words]:
    """Fields in words, in the order of the data."""
    return [title for code, title in known_fields().items() if code in codes]


def _chosen(request: HttpRequest, panel: Panel) -> dict[int, list[int]]:
    if request.method == "POST":
        return _pairs(request, panel)
    found: dict[int, list[int]] = {}
    for case, seat in panel.assignments.filter(ended_at__isnull=True).values_list("case", "seat"):
        found.setdefault(case, []).append(seat)
    return found


def _pairs(request: HttpRequest, panel: Panel) -> dict[int, list[int]]:
    """{case: seats} as ticked; a case without a tick has none."""
    found: dict[int, list[int]] = {one.case_id: [] for one in panel.cases.filter(left_at__isnull=True)}
    for text in request.POST.getlist("pair"):
        case, _, seat = text.partition("-")
        if case.isdecimal() and seat.isdecimal() and len(text) < 30:  # noqa: PLR2004 - two numbers of the database
            found.setdefault(int(case), []).append(int(seat))
    return found


@require_POST
@as_role(*CALL_OFFICE)
def begin(request: HttpRequest, number: int) -> HttpResponse:
    """Open the panel for scores."""
    panel = managed(request, number)
    return _acted(request, panel, lambda: panels.begin(panel, actor=acting(request), at=clock.now()))


@require_POST
@as_role(*CALL_OFFICE)
def extend(request: HttpRequest, number: int) -> HttpResponse:
    """Give the experts more time."""
    panel, form = managed(request, number), ExtendForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        try:
            panels.extend(
                panel, given["scores_due_at"], given["reason"], actor=acting(request), at=clock.now()
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            return redirect("panel", number)
    return panel_page(request, panel, {"extend": form}, 422)


@require_http_methods(POST_OR_READ)
@as_role(*CALL_OFFICE)
def blind(request: HttpRequest, number: int) -> HttpResponse:
    """Documents without names, for blind experts."""
    panel, problem = managed(request, number), None
    there = [one.case for one in queries.cases_before(panel, acting(request))]
    if request.method == "POST":
        text = request.POST.get("document", "")
        found = get_object_or_404(
            Document.objects.select_related("case__call"), pk=int(text) if text.isdecimal() and len(text) < 19 else 0,  # noqa: PLR2004
            case__in=there,
        )  # fmt: skip
        upload = request.FILES.get("file")
        try:
            if upload is None:
                raise Refused("请选择文件。", "Choose a file.")  # noqa: TRY301 - shown like any other refusal
            kept = registry.keep_evidence(
                upload, acting(request).organisation, actor=acting(request), at=clock.now()
            )
            material.put_blind_copy(found, kept, actor=acting(request), at=clock.now())
        except Refused as refused:
            problem = refused.words
        else:
            return redirect("panel-blind", number)
    shown = {"panel": panel, "call": panel.call, "rows": material.documents_of(there), "problem": problem}
    return render(request, "fulfilment/judging/blind.html", shown, status=422 if problem else 200)


def _acted(request: HttpRequest, panel: Panel, act: Any) -> HttpResponse:
    try:
        act()
    except Refused as refused:
        return panel_page(request, panel, {"problem": refused.words}, 422)
    return redirect("panel", panel.pk)


def managed(request: HttpRequest, number: int) -> Panel:
    """A panel of the person's own department, or 404."""
    panel = queries.panel_at(number, acting(request))
    if not rules.may_manage(acting(request), panel.call):
        raise Http404
    return panel


def _own_call(request: HttpRequest, number: str) -> Call:
    call = cases.call_at(number, acting(request))
    if not rules.may_manage(acting(request), call) or not call.rubric:
        raise Http404
    return call


def _free_name(call: Call) -> str:
    return f"评审组 {call.panels.count() + 1}"
