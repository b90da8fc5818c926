"""Sealed sheets of a panel become results, after its deadline and never before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from fractions import Fraction
from typing import Any

from kechuang.fulfilment.judging.models import Panel, Sheet
from kechuang.fulfilment.judging.results import Mark, Outcome, Terms, results
from kechuang.fulfilment.judging.rubrics import Rubric, read

WORST = "fail"
OPEN = frozenset({Panel.State.OPENED, Panel.State.CONCLUDED})
"""States in which sheets may be read by others than their writers."""


def sheets_of(panel: Panel) -> list[Sheet]:
    """The sheets that count, each with its assignment and seat; [] while they are sealed from everybody."""
    if panel.state not in OPEN:
        return []
    found = Sheet.objects.filter(
        assignment__panel=panel,
        assignment__ended_at__isnull=True,
        assignment__case__panel_cases__panel=panel,
        assignment__case__panel_cases__left_at__isnull=True,
        sealed_at__isnull=False,
    ).exclude(assignment__case__state__in=["withdrawn", "returned"])
    return list(found.select_related("assignment__seat__membership__user", "question"))


def lacking(panel: Panel) -> dict[int, int]:
    """How many sheets each case that is judged lacks, by case: up to the experts a case that the rubric asks for.

    From the deadline on what was assigned and not handed in is lacking too; before, only who is assigned is counted.
    """
    judged = panel.cases.filter(left_at__isnull=True, case__state="evaluating").values_list("case", flat=True)
    live = panel.assignments.filter(ended_at__isnull=True, case__in=judged)
    assigned = Counter(live.values_list("case", flat=True))
    done = assigned
    if panel.state in OPEN:
        done = Counter(live.filter(sheet__sealed_at__isnull=False).values_list("case", flat=True))
    per_case = read(panel.call.rubric).per_case
    found = {case: max(assigned[case], per_case) - done[case] for case in judged}
    return {case: number for case, number in found.items() if number > 0}


def marks_of(sheets: list[Sheet], rubric: Rubric) -> list[Mark]:
    """The sheets as marks; one that lacks a score is missing, never zero."""
    found = []
    for one in sheets:
        points = rubric.total(one.scores)
        if points is not None:
            found.append(Mark(one.assignment.seat_id, one.assignment.case_id, points, frozenset(one.vetoes)))
    return found


def terms_of(rubric: Rubric) -> Terms:
    """What the rubric says of results."""
    return Terms(rubric.trim, rubric.counts, rubric.veto, rubric.outlier)


def outcomes(panel: Panel, without: Collection[int] = ()) -> dict[int, Outcome]:
    """The results of a panel by case; {} before its deadline.

    without: cases that the reader stays away from. Ranks and normalised points are then those of the others alone, as
    if these had never been there: a gap in the ranks would tell of them.
    """
    if panel.state not in OPEN:
        return {}
    rubric = read(panel.call.rubric)
    cases = panel.cases.filter(left_at__isnull=True).exclude(case__state__in=["withdrawn", "returned"])
    wanted = [one for one in cases.values_list("case", flat=True) if one not in without]
    marks = [one for one in marks_of(sheets_of(panel), rubric) if one.case not in without]
    return results(wanted, marks, terms_of(rubric))


def outlying(panel: Panel) -> list[int]:
    """The sheets that lie far from the others on their case."""
    far = {(case, seat) for case, one in outcomes(panel).items() for seat in one.outliers}
    return sorted(
        one.pk for one in sheets_of(panel) if (one.assignment.case_id, one.assignment.seat_id) in far
    )


def band_of(found: Outcome, rubric: Rubric) -> str | None:
    """The grade that the score alone gives: the worst where a veto holds, None where no sheet counts."""
    if found.vetoed:
        return WORST
    return None if found.counts is None else rubric.grade_of(found.counts)


def hundredths(points: Fraction) -> int:
    """Points in hundredths, halves upward: how scores are shown and kept with a case."""
    return int((points * 100 + Fraction(1, 2)).__floor__())


def plain(found: Outcome) -> dict[str, Any]:
    """A result as plain JSON, figures in hundredths."""

    def shown(points: Fraction | None) -> int | None:
        return None if points is None else hundredths(points)

    return {
        "sheets": found.sheets,
        "raw": shown(found.raw),
        "trimmed": shown(found.trimmed),
        "normalised": shown(found.normalised),
        "counts": shown(found.counts),
        "ranks": dict(found.ranks),
        "rank": found.rank,
        "best": found.best,
        "worst": found.worst,
        "vetoes": dict(found.vetoes),
        "vetoed": found.vetoed,
        "outliers": len(found.outliers),
    }
