"""What is read of panels and sheets: every list starts from what the reader may see, counts included.

Before a panel's deadline nobody reads a sheet but its writer: officers see how many are sealed, and no more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.http import Http404

from kechuang.accounts.models import Membership
from kechuang.accounts.queries import recused_from
from kechuang.accounts.roles import DEPARTMENT, READERS, Role
from kechuang.experts.models import Draw
from kechuang.fulfilment import rules
from kechuang.fulfilment.assessing import benefit_of, pack_of, round_of
from kechuang.fulfilment.judging import tallies
from kechuang.fulfilment.judging.assigning import stays_away
from kechuang.fulfilment.judging.evaluated import (
    GRADES,
    Evaluated,
    earlier,
    evaluated_by,
    figures_of,
    row_at,
    rows_for,
    thing_of,
)
from kechuang.fulfilment.judging.indicators import Figure
from kechuang.fulfilment.judging.models import (
    Assignment,
    Dissent,
    Panel,
    PanelCase,
    Proposal,
    Question,
    Sheet,
)
from kechuang.fulfilment.judging.panels import rubric_of
from kechuang.fulfilment.judging.results import Outcome
from kechuang.fulfilment.models import Call, Case
from kechuang.fulfilment.parties import cases_with
from kechuang.policy.language.values import Words
from kechuang.registry.assembly import cases_of
from kechuang.registry.keys import values_of

LEFT: Final = ("withdrawn", "returned", "declined")
"""States in which a case is not before its panel any more."""


def panels_seen(membership: Membership) -> QuerySet[Panel]:
    """Panels of the department's calls; of all calls for readers; for an expert those whose scores are open."""
    found = Panel.objects.select_related("call__department", "call__appropriation")
    if membership.role in DEPARTMENT:
        seated = Q(seats__membership=membership, seats__left_at__isnull=True, state__in=tallies.OPEN)
        return found.filter(Q(call__department=membership.organisation_id) | seated).distinct()
    if membership.role in READERS:
        return found
    return found.filter(
        seats__membership=membership, seats__left_at__isnull=True, state__in=tallies.OPEN
    ).distinct()


def panel_at(number: int, membership: Membership) -> Panel:
    """The panel of this number, or 404."""
    panel = panels_seen(membership).filter(pk=number).first()
    if panel is None:
        raise Http404
    return panel


def cases_before(panel: Panel, membership: Membership) -> list[PanelCase]:
    """The cases of the panel that this person may see: none of whom it stays away from."""
    found = panel.cases.filter(left_at__isnull=True).exclude(case__state__in=LEFT)
    if membership.role in DEPARTMENT or membership.role in READERS:
        found = found.filter(case__in=rules.visible_cases(membership))
    found = found.exclude(case__in=cases_with(recused_from(membership)))
    return list(found.select_related("case__organisation", "case__call"))


def kept_from(panel: Panel, membership: Membership) -> set[int]:
    """The cases of the panel that this person stays away from, by number."""
    found = panel.cases.filter(left_at__isnull=True, case__in=cases_with(recused_from(membership)))
    return set(found.values_list("case", flat=True))


def dissents_seen(panel: Panel, membership: Membership) -> list[tuple[Dissent, PanelCase | None]]:
    """What was held against proposals, each with the case it is about (None: all of them); none on a hidden case."""
    places = {one.case_id: one for one in cases_before(panel, membership)}
    found = Dissent.objects.filter(meeting__panel=panel).select_related("seat").order_by("pk")
    return [
        (one, places[one.case_id] if one.case_id else None)
        for one in found
        if one.case_id is None or one.case_id in places
    ]


def conflicts_seen(panel: Panel, membership: Membership) -> list[tuple[Assignment, PanelCase]]:
    """What experts gave back with a conflict, each with its case."""
    places = {one.case_id: one for one in cases_before(panel, membership)}
    found = panel.assignments.filter(ending=Assignment.Ending.CONFLICT).select_related("seat").order_by("pk")
    return [(one, places[one.case_id]) for one in found if one.case_id in places]


def sees_names(panel: Panel, membership: Membership) -> bool:
    """Whether this person may know whose cases these are: everybody but those who judge, in a phase that is blind."""
    if not panel.seats.filter(membership=membership, left_at__isnull=True).exists():
        return True
    return ("meeting" if panel.state in tallies.OPEN else "scoring") not in rubric_of(panel.call).blind


@dataclass(frozen=True)
class Progress:
    """How far the sheets are, as counts alone."""

    assigned: int
    sealed: int


def progress(
    panel: Panel, membership: Membership
) -> tuple[Progress, dict[int, Progress], dict[int, Progress]]:
    """Sealed of assigned: of the panel, by case, and by seat; of the cases that the person may see."""
    cases = {one.case_id for one in cases_before(panel, membership)}
    live = panel.assignments.filter(ended_at__isnull=True, case__in=cases)
    pairs = [
        (case, seat, bool(sealed))
        for case, seat, sealed in live.values_list("case", "seat", "sheet__sealed_at")
    ]
    by_case = _tallied((case, sealed) for case, _, sealed in pairs)
    by_seat = _tallied((seat, sealed) for _, seat, sealed in pairs)
    return Progress(len(pairs), sum(sealed for *_, sealed in pairs)), by_case, by_seat


def _tallied(marks: Iterable[tuple[int, bool]]) -> dict[int, Progress]:
    """Assigned and sealed by number."""
    assigned, sealed = Counter[int](), Counter[int]()
    for key, done in marks:
        assigned[key] += 1
        sealed[key] += done
    return {key: Progress(number, sealed[key]) for key, number in assigned.items()}


@dataclass(frozen=True)
class Line:
    """One case of an evaluation: what it is, how it came out, and what stands beside it."""

    place: PanelCase
    outcome: Outcome | None
    band: str | None
    proposal: Proposal | None
    sheets: list[Sheet]
    lacking: int  # sheets, see tallies.lacking
    figures: list[Figure]
    earlier: list[tuple[int, Words]]


def lines(panel: Panel, membership: Membership, at: datetime) -> list[Line]:
    """The cases of a panel with their results, the best first; results only after the deadline."""
    places = cases_before(panel, membership)
    found, rubric = tallies.outcomes(panel, kept_from(panel, membership)), rubric_of(panel.call)
    kept = Proposal.objects.filter(meeting__panel=panel)
    proposals = {one.case_id: one for one in kept} if panel.state in tallies.OPEN else {}
    sheets: dict[int, list[Sheet]] = {}
    for sheet in tallies.sheets_of(panel):
        sheets.setdefault(sheet.assignment.case_id, []).append(sheet)
    beside, lacking = beside_scores([one.case for one in places], at), tallies.lacking(panel)
    made = []
    for one in places:
        outcome = found.get(one.case_id)
        shown, before = beside.get(one.case_id, ([], []))
        made.append(
            Line(
                place=one,
                outcome=outcome,
                band=None if outcome is None else tallies.band_of(outcome, rubric),
                proposal=proposals.get(one.case_id),
                sheets=sorted(sheets.get(one.case_id, []), key=lambda sheet: sheet.assignment.seat.place),
                lacking=lacking.get(one.case_id, 0),
                figures=shown,
                earlier=before,
            )
        )
    last = len(made) + 1
    return sorted(made, key=lambda line: ((line.outcome and line.outcome.rank) or last, line.place.place))


def beside_scores(cases: list[Case], at: datetime) -> dict[int, tuple[list[Figure], list[tuple[int, Words]]]]:
    """Indicators and earlier grades of each case, from facts and from earlier evaluations here."""
    facts = cases_of({one.organisation_id for one in cases}, at)
    found = {}
    for case in cases:
        what = evaluated_by(benefit_of(case))
        before = graded_before(case, what)
        row = None
        if what is not None:
            now = round_of(case)
            rows = rows_for(facts[case.organisation_id], what, now) or []
            row = row_at(rows, what, case.key) if case.key else next(iter(rows), None)
            if row is not None:
                before |= dict(earlier(facts[case.organisation_id], what, row, now))
        known = facts[case.organisation_id]
        shown = figures_of(known, what, row, round_of(case), pack_of(case)) if what and row else []
        found[case.pk] = (
            shown,
            [(year, GRADES[grade]) for year, grade in sorted(before.items(), reverse=True)],
        )
    return found


def graded_before(case: Case, what: Evaluated | None) -> dict[int, str]:
    """The grades that the same thing got in earlier calls, by year; never those of another of the organisation's."""
    others = Case.objects.filter(
        organisation=case.organisation_id, call__benefit=case.call.benefit, year__lt=case.year
    ).exclude(grade="")
    thing = _thing_of(case.key, what)
    return {
        year: grade
        for key, year, grade in others.order_by("pk").values_list("key", "year", "grade")
        if _thing_of(key, what) == thing
    }


def _thing_of(key: str, what: Evaluated | None) -> object:
    """What a case is about, whatever the year; its key where that names nothing else."""
    known = values_of(what.record, key) if what is not None else {}
    return thing_of(known, what) if what is not None and known else key


def reviews_of(membership: Membership) -> QuerySet[Assignment]:
    """The cases that this person judges, the due ones first; never one of whom it stays away from."""
    found = Assignment.objects.filter(
        seat__membership=membership, seat__left_at__isnull=True, ended_at__isnull=True
    ).exclude(panel__state=Panel.State.FORMING)
    found = found.exclude(case__in=cases_with(recused_from(membership))).exclude(case__state__in=LEFT)
    place = PanelCase.objects.filter(panel=OuterRef("panel"), case=OuterRef("case"))
    found = found.annotate(place=Subquery(place.values("place")[:1]))
    people = ("panel__call", "case__organisation", "case__call", "seat__membership", "sheet__question")
    return found.select_related(*people).order_by("panel__scores_due_at", "panel", "place")


def review_at(number: int, membership: Membership) -> Assignment:
    """The case that this person judges, or 404."""
    found = reviews_of(membership).filter(pk=number).first()
    if found is None:
        raise Http404
    return found


def sheet_of(own: Assignment) -> Sheet | None:
    """What this expert has written of the case so far, as it stands now; None for nothing."""
    return Sheet.objects.filter(assignment=own).first()


def begun_sheet(own: Assignment) -> Sheet:
    """The same; where nothing is written yet, an empty one that is not kept."""
    return sheet_of(own) or Sheet(assignment=own)


def asked_of(own: Assignment) -> Question | None:
    """The question that waits for an answer of this expert, if any."""
    question: Question | None = getattr(getattr(own, "sheet", None), "question", None)
    waits = question is not None and question.answered_at is None and own.panel.state == Panel.State.OPENED
    return question if waits else None


def evaluated_cases(call: Call, membership: Membership) -> QuerySet[Case]:
    """The cases of a call that this person may see, the best first; none that is not before anybody."""
    found = rules.visible_cases(membership).filter(call=call)
    found = found.exclude(state__in=("draft", "withdrawn", "declined"))
    return found.select_related("organisation", "call").order_by(F("score").desc(nulls_last=True), "number")


def people_for(today: date) -> QuerySet[Membership]:
    """Whom an officer may name to a panel by hand: the experts of the pools, by name."""
    held = Membership.objects.filter(Q(until__isnull=True) | Q(until__gte=today), ended_at__isnull=True)
    found = held.filter(role=Role.EXPERT, since__lte=today, user__is_active=True)
    return found.select_related("user", "organisation").order_by("user__name", "pk")


def away_from_call(call: Call, people: Iterable[Membership], membership: Membership) -> set[int]:
    """Who of these people stays away from an applicant of the call, by the number of the membership.

    Only of applicants that the reader sees; for whoever forms the panel, and for nobody else.
    """
    seen = rules.visible_cases(membership).filter(call=call).exclude(state__in=LEFT)
    return {one for one, _ in stays_away(list(people), list(seen.values_list("pk", flat=True)))}


def draws_for(membership: Membership, call: Call | None = None) -> QuerySet[Draw]:
    """The draws of the department that are carried out and seat no panel yet, the newest first.

    call: those made for it, or for nothing in particular.
    """
    found = Draw.objects.filter(department=membership.organisation_id, panels__isnull=True)
    if call is not None:
        found = found.filter(subject__in=["", f"call:{call.pk}"])
    return found.exclude(outcome__seed="").exclude(outcome__isnull=True).order_by("-id")


def panels_of(call: Call, membership: Membership) -> QuerySet[Panel]:
    """The panels of a call that this person may see."""
    return panels_seen(membership).filter(call=call).order_by("pk")
