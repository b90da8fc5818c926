"""Draws, meetings and allocations once more: from the frozen pool and the seed, the sealed sheets, the stated terms."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final

from django.db.models import Q

from kechuang.accounts.models import Recusal
from kechuang.experts import replaying
from kechuang.experts.drawing import exported
from kechuang.experts.models import Draw
from kechuang.fulfilment.judging import allocating, meetings, tallies
from kechuang.fulfilment.judging.allocations import UNGRADED
from kechuang.fulfilment.judging.models import Allocation, Meeting, Seat, Sheet
from kechuang.fulfilment.judging.results import Outcome, results
from kechuang.fulfilment.judging.rubrics import Rubric, read
from kechuang.fulfilment.judging.sealing import content_hash
from kechuang.fulfilment.models import Case
from kechuang.fulfilment.parties import parties_of
from kechuang.fulfilment.problems import Problem, told
from kechuang.journal.actions import canonical
from kechuang.journal.models import Event

CHUNK: Final = 500


def draws() -> Iterator[Problem | None]:
    """Every draw as `kechuang draw verify` does it, and against what the journal kept of it."""
    for draw in Draw.objects.select_related("outcome").iterator(chunk_size=CHUNK):
        place, out = f"draw:{draw.number}", exported(draw)
        for one in replaying.verify(out):
            yield Problem(place, one.what, one.found, one.expected)
        said = _said(f"draw:{draw.pk}", "draw.prepared")
        yield from told(
            place, {"pool": draw.pool_hash, "commitment": draw.commitment}, _of(said, "pool", "commitment")
        )
        carried = _said(f"draw:{draw.pk}", "draw.carried_out")
        if carried or out["drawn"]:
            drawn = [one["key"] for one in out["drawn"]]
            seed = out["outcome"]["seed"] if out["outcome"] else ""
            yield from told(place, {"seed": seed, "drawn": drawn}, _of(carried, "seed", "drawn"))
        yield None


def concluded() -> Iterator[Problem | None]:
    """Every sealed sheet by its hash; every concluded meeting from the sheets that lay there."""
    yield from _sheets()
    found = Meeting.objects.filter(concluded_at__isnull=False).select_related("panel__call", "file")
    for meeting in found.iterator(chunk_size=CHUNK):
        yield from _of_meeting(meeting)
        yield None


def allocations() -> Iterator[Problem | None]:
    """The proposals of every allocation from its own terms, its chosen sums within their bounds and as recorded."""
    for one in Allocation.objects.select_related("call").order_by("pk").iterator(chunk_size=CHUNK):
        yield from _of_allocation(one)
        yield None


def _sheets() -> Iterator[Problem | None]:
    """What a sealed sheet says has the hash that was sealed, which the journal keeps."""
    sealed: dict[str, str] = {}
    events = Event.objects.filter(kind__in=["sheet.sealed", "panel.opened"]).order_by("number")
    for data in events.values_list("data", flat=True).iterator(chunk_size=CHUNK):
        sealed |= {str(data["sheet"]): data["hash"]} if "sheet" in data else data["sheets"]
    for sheet in Sheet.objects.filter(sealed_at__isnull=False).iterator(chunk_size=CHUNK):
        place, made = f"sheet:{sheet.pk}", content_hash(sheet)
        kept = sealed.get(str(sheet.pk), "none")
        if sheet.hash != made:
            yield Problem(place, "hash", sheet.hash, made)
        if kept != made:
            yield Problem(place, "content", made, kept)
        yield None


def _of_meeting(meeting: Meeting) -> Iterator[Problem]:
    place, rubric = f"meeting:{meeting.panel_id}", read(meeting.panel.call.rubric)
    made = hashlib.sha256(canonical(meetings.told(meeting))).hexdigest()
    kept = _said(f"panel:{meeting.panel_id}", "meeting.concluded").get("hash", "none")
    if not made == meeting.hash == kept:
        yield Problem(place, "hash", meeting.hash if meeting.hash != kept else made, kept)
    cases = [int(one) for one in meeting.basis if one.isdigit()]
    found = _outcomes(meeting, cases, rubric)
    for number, outcome in found.items():
        basis = meeting.basis[str(number)]
        yield from told(place, basis, tallies.plain(outcome), f"case {number}: ")
    yield from _proposals(meeting, found, rubric)
    yield from _quorum(meeting, cases, rubric)


def _outcomes(meeting: Meeting, cases: Iterable[int], rubric: Rubric) -> dict[int, Outcome]:
    """The results of the cases that lay before the meeting, from the sheets that counted when it was concluded."""
    at = meeting.concluded_at
    sheets = Sheet.objects.filter(
        Q(assignment__ended_at__isnull=True) | Q(assignment__ended_at__gt=at),
        assignment__panel=meeting.panel_id,
        assignment__case__in=list(cases),
        sealed_at__lte=at,
    ).select_related("assignment")
    return results(cases, tallies.marks_of(list(sheets), rubric), tallies.terms_of(rubric))


def _proposals(meeting: Meeting, found: Mapping[int, Outcome], rubric: Rubric) -> Iterator[Problem]:
    """Score and rank are those of the results, the grade is the band or has its reason, and the case has it."""
    place = f"meeting:{meeting.panel_id}"
    for one in meeting.proposals.select_related("case").order_by("case"):
        outcome, prefix = found.get(one.case_id), f"case {one.case_id}: "
        if outcome is None:
            continue
        yield from told(place, {"score": one.score, "rank": one.rank}, meetings.figures(outcome), prefix)
        band = tallies.band_of(outcome, rubric)
        if one.grade != band and not one.reason:
            yield Problem(place, f"{prefix}grade", one.grade, str(band))
        case, here = one.case, one.case.panel_cases.filter(left_at__isnull=True, panel=meeting.panel_id)
        if case.grade and here.exists():
            kept = {"grade": case.grade, "score": case.score, "rank": case.rank}
            expected = {"grade": one.grade, "score": one.score, "rank": one.rank}
            yield from told(f"case:{case.number}", kept, expected)


def _quorum(meeting: Meeting, cases: Iterable[int], rubric: Rubric) -> Iterator[Problem]:
    """For each case enough of those present could judge it then, the chair who concluded among them."""
    place, seats = f"meeting:{meeting.panel_id}", list(meeting.present.select_related("membership"))
    if not any(one.membership_id == meeting.concluded_by_id for one in seats):
        yield Problem(place, "present", ", ".join(str(one.place) for one in seats), "the chair who concluded")
    for case, parties in sorted(parties_of(list(cases)).items()):
        able = len(seats) - _away(seats, parties, meeting)
        if able < rubric.quorum:
            yield Problem(place, f"case {case}: quorum", str(able), f">= {rubric.quorum}")


def _away(seats: Iterable[Seat], parties: Collection[int], meeting: Meeting) -> int:
    """How many of them had to stay away from an organisation of the case when the meeting was concluded."""
    at = meeting.concluded_at
    there = Recusal.objects.filter(
        Q(ended_at__isnull=True) | Q(ended_at__gt=at), organisation__in=parties, began_at__lte=at
    )
    return there.filter(user__in={one.membership.user_id for one in seats}).values("user").distinct().count()


def _of_allocation(one: Allocation) -> Iterator[Problem]:
    place = f"allocation:{one.pk}"
    chosen = {line["case"]: line["amount_fen"] for line in one.lines if line["amount_fen"]}
    event = Event.objects.filter(
        kind="call.allocated", subject=f"call:{one.call_id}", data__allocation=one.pk
    ).first()
    said = event.data if event else {}
    kept = {
        "method": one.method,
        "available_fen": one.available_fen,
        "proposed": one.proposed,
        "sums": chosen,
    }
    yield from told(place, kept, _of(said, *kept))
    numbers = dict(Case.objects.filter(call=one.call_id).values_list("number", "pk"))
    firms = dict(Case.objects.filter(call=one.call_id).values_list("number", "organisation_id"))
    if any("organisation_fen" not in line for line in one.lines):
        return  # kept before the bound of the organisation's year was written down
    lines = {
        line["case"]: allocating.Line(
            numbers[line["case"]],
            line["ceiling_fen"],
            line["grade"] or UNGRADED,
            line["score"],
            firms[line["case"]],
            line["organisation_fen"],
        )
        for line in one.lines
        if line["ceiling_fen"] is not None and line["case"] in numbers
    }
    terms = allocating.Terms(one.settings["parts"], one.settings["unit_fen"])
    proposals = {made.method: made for made in allocating.propose(lines.values(), one.available_fen, terms)}
    yield from told(
        place, one.proposed, {name: made.total_fen for name, made in proposals.items()}, "proposed: "
    )
    proposed = {line["case"]: line["proposed_fen"] or 0 for line in one.lines}
    sums = proposals[one.method].sums if one.method in proposals else {}
    again = {number: sums.get(numbers.get(number, 0), 0) for number in proposed}
    yield from told(place, proposed, again, f"{one.method}: ")
    by_case = {lines[number].case: fen for number, fen in chosen.items() if number in lines}
    named = {line.case: number for number, line in lines.items()}
    for case, (bound, fen) in allocating.faults(lines.values(), by_case, one.available_fen).items():
        found = sum(by_case.values()) if case is None else by_case.get(case, 0)
        yield Problem(
            place, f"{bound} of {named.get(case, 'all')}" if case else bound, str(found), f"<= {fen}"
        )


def _said(subject: str, kind: str) -> dict[str, Any]:
    """What the last event of a kind told of a subject; {} where there is none."""
    event = Event.objects.filter(subject=subject, kind=kind).order_by("-number").first()
    return event.data if event else {}


def _of(data: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: data.get(name) for name in names}
