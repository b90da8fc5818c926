"""The panel's meeting: minutes, who was present, a grade proposed for each case, dissent; concluded by the chair."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from kechuang.accounts.models import Membership
from kechuang.accounts.refusals import Refused
from kechuang.fulfilment import rules, workflow
from kechuang.fulfilment.assessing import benefit_of
from kechuang.fulfilment.judging import assigning, queries, tallies
from kechuang.fulfilment.judging.evaluated import evaluated_by
from kechuang.fulfilment.judging.models import Dissent, Meeting, Panel, Proposal, Question, Seat
from kechuang.fulfilment.judging.panels import JUDGED, end_recused, lock, must_see_all, rubric_of
from kechuang.fulfilment.judging.results import Outcome
from kechuang.fulfilment.judging.rubrics import Rubric
from kechuang.fulfilment.models import Case
from kechuang.journal.actions import canonical, record
from kechuang.registry.models import Evidence


@dataclass(frozen=True)
class Minutes:
    """What the meeting writes down. present: seats, by number. file: signed; None keeps what is there."""

    held_on: date
    present: Sequence[int]
    text: str
    file: Evidence | None = None


@dataclass(frozen=True)
class Proposed:
    """A grade for a case. reason: needed where it leaves the band of its score. selected: 择优, None: not asked."""

    grade: str
    reason: str = ""
    selected: bool | None = None


def write(panel: Panel, minutes: Minutes, *, actor: Membership, at: datetime) -> Meeting:
    """Write the minutes, or write them anew until the meeting is concluded; proposals begin with the bands.

    They tell of every case, so whoever stays away from one leaves them to a colleague.
    """
    if not minutes.text.strip():
        raise Refused("请填写会议记录。", "Write the minutes.", field="minutes")
    if minutes.held_on > timezone.localdate(at):
        raise Refused("会议日期不能在今天之后。", "The meeting cannot lie ahead.", field="held_on")
    _without_recused(panel, at)
    with transaction.atomic():
        locked = lock(panel, {Panel.State.OPENED})
        _may_write(actor, locked)
        must_see_all(actor, locked)
        there = locked.seats.filter(pk__in=minutes.present, left_at__isnull=True)
        seats = list(there.select_related("membership"))
        if len(seats) != len(set(minutes.present)) or not seats:
            raise Refused("请勾选到会的专家。", "Tick who was present.", field="present")
        if any(one.membership.until and one.membership.until < minutes.held_on for one in seats):
            raise Refused(
                "会议之前已不再是评审专家的，不能列为到会。",
                "Whoever was no expert any more on the day of the meeting was not present.",
                field="present",
            )
        meeting = _open_meeting(locked) or Meeting(panel=locked)
        meeting.held_on, meeting.minutes = minutes.held_on, minutes.text.strip()
        meeting.file = minutes.file or meeting.file
        meeting.written_by, meeting.written_at = actor, at
        meeting.save()
        meeting.present.set(seats)
        _begin_proposals(meeting, locked)
        record(
            "meeting.written", f"panel:{locked.pk}", actor=actor, at=at,
            data={"held_on": minutes.held_on.isoformat(), "present": sorted(one.place for one in seats),
                  "file": meeting.file and meeting.file.hash},
        )  # fmt: skip
    return meeting


def propose(panel: Panel, given: Mapping[int, Proposed], *, actor: Membership, at: datetime) -> Meeting:
    """Set the grades that the meeting proposes, by case. Whoever leaves the band of a score says why.

    Raises Refused for a case that the person stays away from, as if it were not there.
    """
    _without_recused(panel, at)
    with transaction.atomic():
        locked = lock(panel, {Panel.State.OPENED})
        _may_write(actor, locked)
        meeting = _must_meet(locked)
        rubric, found = rubric_of(locked.call), tallies.outcomes(locked)
        asks = asks_selection(locked)
        _must_see(actor, locked, given)
        for number, one in given.items():
            outcome = found.get(number)
            if outcome is None or one.grade not in {grade for grade, _ in rubric.bands}:
                raise Refused("请为每件选择等次。", "Choose a grade for each case.", field=f"grade-{number}")
            if one.grade != tallies.band_of(outcome, rubric) and not one.reason.strip():
                raise Refused(
                    "等次与得分所在的档次不同，请写明理由。",
                    "The grade leaves the band of its score: state why.",
                    field=f"reason-{number}",
                )
            kept = {
                "grade": one.grade,
                "reason": one.reason.strip(),
                "selected": one.selected if asks else None,
                "proposed_by": actor,
            }
            Proposal.objects.update_or_create(
                meeting=meeting, case_id=number, defaults={**kept, **figures(outcome)}
            )
        record(
            "meeting.proposed", f"panel:{locked.pk}", actor=actor, at=at,
            data={"grades": {str(number): [one.grade, one.selected] for number, one in sorted(given.items())}},
        )  # fmt: skip
    return meeting


def dissent(panel: Panel, case: Case | None, words: str, *, actor: Membership, at: datetime) -> Dissent:
    """Record what somebody who was present holds against it; it stands beside the conclusion for good."""
    if not words.strip():
        raise Refused("请写明保留意见。", "State your dissent.", field="words")
    with transaction.atomic():
        locked = lock(panel, {Panel.State.OPENED})
        meeting = _must_meet(locked)
        seat = meeting.present.filter(membership=actor).first()
        if seat is None:
            raise Refused("到会的专家可以提出保留意见。", "Who was present may dissent.")
        if case is not None:
            _must_see(actor, locked, [case.pk])
        made = Dissent.objects.create(
            meeting=meeting, case=case, seat=seat, words=words.strip()[:2000], at=at
        )
        record(
            "meeting.dissent", f"panel:{locked.pk}", actor=actor, at=at,
            data={"case": case and case.number, "seat": seat.place, "words": made.words},
        )  # fmt: skip
    return made


def conclude(
    panel: Panel, *, actor: Membership, at: datetime, without_answers: str = "", without_sheets: str = ""
) -> Meeting:
    """The chair concludes: quorum present, a grade for every case, outliers explained or the reason why not.

    Where sheets are missing the reason to conclude all the same is kept beside the results.

    A sheet of somebody who has come to stay away since the scores were opened does not count.

    For each case the quorum counts those alone who may judge it, and a chair who stays away from one does not conclude.

    From then on minutes, proposals and dissents are fixed by one hash, which the journal keeps.
    """
    _without_recused(panel, at)
    with transaction.atomic():
        locked = lock(panel, {Panel.State.OPENED})
        meeting = _must_meet(locked)
        rubric = rubric_of(locked.call)
        chair = Seat.objects.filter(panel=locked, chair=True, left_at__isnull=True, membership=actor).first()
        if chair is None:
            raise Refused("会议结论由组长确认。", "The chair concludes the meeting.")
        present = set(meeting.present.values_list("pk", flat=True))
        if chair.pk not in present or len(present) < rubric.quorum:
            raise Refused(
                f"到会 {len(present)} 人；须有组长在内 {rubric.quorum} 人到会。",
                f"{len(present)} were present; {rubric.quorum} must be, the chair among them.",
            )
        _quorate(locked, meeting, actor, rubric)
        open_ones = Question.objects.filter(
            sheet__assignment__panel=locked,
            sheet__assignment__ended_at__isnull=True,
            answered_at__isnull=True,
        ).count()
        if open_ones and not without_answers.strip():
            raise Refused(
                f"有 {open_ones} 份离群评分未作书面说明；不再等待的，请写明理由。",
                f"{open_ones} outlying sheets are unexplained; to go on without, state why.",
                field="without_answers",
            )
        missing = _must_have_sheets(locked, without_sheets)
        found, proposed = tallies.outcomes(locked), set(meeting.proposals.values_list("case", flat=True))
        if _judged(locked) - proposed:
            raise Refused("还有申报没有等次。", "Some cases have no grade yet.")
        _follow(meeting, found, rubric)
        reasons = {"without_answers": without_answers, "without_sheets": without_sheets if missing else ""}
        _fix(meeting, locked, found, reasons, actor, at)
    return meeting


def grade_all(panel: Panel, *, actor: Membership, at: datetime) -> dict[str, Refused]:
    """Take the concluded grades over into the cases, each by the one workflow; what was refused, by its number."""
    refused = {}
    places = panel.cases.filter(left_at__isnull=True, case__state=JUDGED).select_related("case")
    for place in places:
        if rules.may_see(actor, place.case):
            try:
                workflow.apply(place.case, "grade", actor=actor, at=at)
            except Refused as why:
                refused[place.case.number] = why
    return refused


def asks_selection(panel: Panel) -> bool:
    """Whether the clause asks for a selection on merit beside the grade."""
    what = evaluated_by(benefit_of(panel.call))
    return what is not None and bool(what.selected)


def _begin_proposals(meeting: Meeting, panel: Panel) -> None:
    rubric, asks = rubric_of(panel.call), asks_selection(panel)
    for number, found in tallies.outcomes(panel).items():
        grade = tallies.band_of(found, rubric)
        if grade is not None and not meeting.proposals.filter(case=number).exists():
            kept = {"grade": grade, "selected": grade != tallies.WORST if asks else None, **figures(found)}
            Proposal.objects.create(meeting=meeting, case_id=number, **kept)


def _follow(meeting: Meeting, found: Mapping[int, Outcome], rubric: Rubric) -> None:
    """Scores and ranks as they are now: a case withdrawn since a grade was proposed moves those of the others.

    Raises Refused where the grade leaves the band of the score and nobody has said why.
    """
    for one in meeting.proposals.select_related("case"):
        outcome = found.get(one.case_id)
        if outcome is None:
            continue
        if one.grade != tallies.band_of(outcome, rubric) and not one.reason:
            raise Refused(
                f"{one.case.number} 的得分已变化，等次与所在档次不同：请重新选择等次或写明理由。",
                f"The score of {one.case.number} has changed and its grade leaves the band: choose anew or state why.",
            )
        meeting.proposals.filter(pk=one.pk).update(**figures(outcome))


def figures(found: Outcome) -> dict[str, int | None]:
    """Score in hundredths and rank, as a proposal and a case keep them."""
    score = None if found.counts is None else tallies.hundredths(found.counts)
    return {"score": score, "rank": found.rank}


def _fix(
    meeting: Meeting,
    panel: Panel,
    found: Mapping[int, Outcome],
    reasons: Mapping[str, str],
    actor: Membership,
    at: datetime,
) -> None:
    meeting.basis = {str(number): tallies.plain(one) for number, one in found.items()}
    meeting.basis |= {name: said.strip() for name, said in reasons.items() if said.strip()}
    meeting.concluded_by, meeting.concluded_at = actor, at
    meeting.hash = hashlib.sha256(canonical(told(meeting))).hexdigest()
    meeting.save()
    panel.state = Panel.State.CONCLUDED
    panel.revision += 1
    panel.save(update_fields=["state", "revision"])
    grades = {one.case.number: one.grade for one in meeting.proposals.select_related("case")}
    record(
        "meeting.concluded",
        f"panel:{panel.pk}",
        actor=actor,
        at=at,
        data={"hash": meeting.hash, "grades": grades},
    )


def told(meeting: Meeting) -> dict[str, Any]:
    """All that the hash of a meeting is over, as plain JSON."""
    return {
        "panel": meeting.panel_id,
        "held_on": meeting.held_on.isoformat(),
        "present": sorted(meeting.present.values_list("place", flat=True)),
        "minutes": meeting.minutes,
        "file": meeting.file and meeting.file.hash,
        "basis": meeting.basis,
        "proposals": [
            [one.case_id, one.grade, one.selected, one.score, one.rank, one.reason]
            for one in meeting.proposals.order_by("case")
        ],
        "dissents": [
            [one.case_id, one.seat.place, one.words] for one in meeting.dissents.select_related("seat")
        ],
    }


def _without_recused(panel: Panel, at: datetime) -> None:
    """The sheets of whoever has come to stay away count no more, even where the act that follows is refused.

    So whoever was refused sees the scores that the next try rests on.
    """
    with transaction.atomic():
        end_recused(lock(panel, {Panel.State.OPENED}), at)


def _must_have_sheets(panel: Panel, reason: str) -> bool:
    """Whether a case lacks sheets. Raises Refused, naming the cases, where one does and there is no reason."""
    lacking = tallies.lacking(panel)
    if lacking and not reason.strip():
        missing = sum(lacking.values())
        places = panel.cases.filter(case__in=lacking).values_list("place", flat=True)
        named = [str(one) for one in places]
        raise Refused(
            f"第 {'、'.join(named)} 件共缺 {missing} 份评分表；仍作结论的，请写明理由。",
            f"{missing} sheets are missing (cases {', '.join(named)}); to conclude all the same, state why.",
            field="without_sheets",
        )
    return bool(lacking)


def _judged(panel: Panel) -> set[int]:
    return set(panel.cases.filter(left_at__isnull=True, case__state=JUDGED).values_list("case", flat=True))


def _open_meeting(panel: Panel) -> Meeting | None:
    return (
        Meeting.objects.select_for_update(of=("self",)).filter(panel=panel, concluded_at__isnull=True).first()
    )


def _must_meet(panel: Panel) -> Meeting:
    meeting = _open_meeting(panel)
    if meeting is None:
        raise Refused("请先填写会议记录。", "Write the minutes first.")
    return meeting


def _must_see(actor: Membership, panel: Panel, cases: Iterable[int]) -> None:
    """Every one of these cases is before the panel, and the person may judge it."""
    there = {one.case_id for one in queries.cases_before(panel, actor)}
    away = assigning.stays_away([actor], there)
    if any(one not in there or (actor.pk, one) in away for one in cases):
        raise Refused("这件申报不在本评审组。", "The case is not before this panel.")


def _quorate(panel: Panel, meeting: Meeting, chair: Membership, rubric: Rubric) -> None:
    """For every case enough of those present may judge it, the chair among them."""
    there = [one.membership for one in meeting.present.select_related("membership")]
    places = panel.cases.filter(left_at__isnull=True, case__state=JUDGED).select_related("case")
    away = assigning.stays_away(there, [one.case_id for one in places])
    if any(person == chair.pk for person, _ in away):
        raise Refused(
            "组长需回避其中的申报，请经办人改由其他专家任组长后再确认结论。",
            "The chair stays away from one of the cases: the officer appoints another chair first.",
        )
    for one in places:
        able = sum((person.pk, one.case_id) not in away for person in there)
        if able < rubric.quorum:
            raise Refused(
                f"第 {one.place} 件：到会且无需回避的 {able} 人，须有 {rubric.quorum} 人。",
                f"Case {one.place}: {able} of those present may judge it; {rubric.quorum} must.",
            )


def _may_write(actor: Membership, panel: Panel) -> None:
    seated = panel.seats.filter(membership=actor, left_at__isnull=True).exists()
    if not seated and not rules.may_manage(actor, panel.call):
        raise Refused("这个评审组不由您办理。", "This panel is not yours.")
