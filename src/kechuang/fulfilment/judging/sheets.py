"""An expert's sheet: saved field by field as it is written, sealed once, and for nobody else before the deadline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from kechuang.accounts.models import Membership
from kechuang.accounts.refusals import Refused
from kechuang.fulfilment.judging import assigning, sealing
from kechuang.fulfilment.judging.models import Assignment, Panel, Question, Sheet
from kechuang.fulfilment.judging.panels import lock, rubric_of
from kechuang.fulfilment.judging.rubrics import Rubric
from kechuang.journal.actions import record

LONG: Final = 2000  # characters of a reason


@dataclass(frozen=True)
class Written:
    """What an expert has typed: only the fields named are changed. scores: as typed, '' takes the score away.

    vetoes: {veto: why}; None takes the veto back.
    """

    scores: Mapping[str, str] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    vetoes: Mapping[str, str | None] = field(default_factory=dict)
    comment: str | None = None


def save(
    assignment: Assignment, written: Written, *, revision: int, actor: Membership, at: datetime
) -> Sheet:
    """Keep what was typed. revision: of the sheet that the expert saw, 0 for none yet; the same again does nothing.

    An older revision is taken where it only adds to what has been kept since: a page that is handed in while it is
    still being saved would otherwise contradict itself.
    Raises Refused for a score that the scale does not have, a sheet changed elsewhere since, and after the deadline.
    """
    with transaction.atomic():
        panel, own = _own(assignment, actor, at)
        rubric = rubric_of(panel.call)
        sheet = Sheet.objects.select_for_update().filter(assignment=own).first() or Sheet(
            assignment=own, saved_at=at
        )
        if sheet.sealed_at is not None:
            raise Refused("评分表已提交，不能再改。", "The sheet is sealed.")
        before = (dict(sheet.scores), dict(sheet.reasons), dict(sheet.vetoes), sheet.comment)
        _write(sheet, written, rubric)
        if before == (sheet.scores, sheet.reasons, sheet.vetoes, sheet.comment) and sheet.pk:
            return sheet
        if sheet.revision != revision and _overwritten(before, sheet):
            raise Refused(
                "这份评分表在别处（另一个窗口或设备）有了变化。请重新载入页面，您刚输入的内容还在下面，请核对后再保存。",
                "The sheet has changed elsewhere since you opened it. Reload the page; what you typed is still below.",
                field="revision",
            )
        sheet.revision += 1
        sheet.saved_at = at
        sheet.save()
    return sheet


def _overwritten(before: tuple[dict[str, int], dict[str, str], dict[str, str], str], sheet: Sheet) -> bool:
    """Whether something that had been written is no longer what it was; before: scores, reasons, vetoes, comment."""
    scores, reasons, vetoes, comment = before
    pairs: list[tuple[dict[str, Any], dict[str, Any]]] = [
        (scores, sheet.scores), (reasons, sheet.reasons), (vetoes, sheet.vetoes),
    ]  # fmt: skip
    changed = any(now.get(key) != said for then, now in pairs for key, said in then.items())
    return changed or comment not in ("", sheet.comment)


def seal(assignment: Assignment, *, revision: int, actor: Membership, at: datetime) -> Sheet:
    """Hand the sheet in: complete, and from now on unchanged. The journal keeps its hash, not what it says."""
    with transaction.atomic():
        panel, own = _own(assignment, actor, at)
        sheet = Sheet.objects.select_for_update().filter(assignment=own).first()
        if sheet is None:
            raise Refused("请先打分。", "Score the case first.")
        if sheet.sealed_at is not None:
            return sheet
        if sheet.revision != revision:
            raise Refused(
                "这份评分表有了变化，请重新载入核对后再提交。",
                "The sheet has changed: reload, check, and seal it.",
            )
        missing = sealing.complete(sheet, rubric_of(panel.call))
        if missing is not None:
            raise missing
        sealing.seal(sheet, at)
        sheet.revision += 1
        sheet.save()
        record(
            "sheet.sealed",
            f"panel:{panel.pk}",
            actor=actor,
            at=at,
            data={"sheet": sheet.pk, "hash": sheet.hash},
        )
    return sheet


def answer(question: Question, words: str, *, actor: Membership, at: datetime) -> Question:
    """The written reason for a score far from the others."""
    if not words.strip():
        raise Refused("请写明理由。", "State the reason.", field="answer")
    with transaction.atomic():
        found = Question.objects.select_for_update(of=("self",)).get(pk=question.pk)
        seat = found.sheet.assignment.seat
        panel = lock(seat.panel, {Panel.State.OPENED})
        if seat.membership_id != actor.pk:
            raise Refused("这份评分表不是您的。", "This sheet is not yours.")
        found.answer, found.answered_at = words.strip()[:LONG], at
        found.save(update_fields=["answer", "answered_at"])
        record(
            "sheet.explained", f"panel:{panel.pk}", actor=actor, at=at,
            data={"sheet": found.sheet_id, "answer": found.answer},
        )  # fmt: skip
    return found


def _own(assignment: Assignment, actor: Membership, at: datetime) -> tuple[Panel, Assignment]:
    """The panel and the assignment, locked; Refused unless the actor may write its sheet now."""
    panel = (
        Panel.objects.select_for_update(of=("self",), no_key=True)
        .select_related("call")
        .get(pk=assignment.panel_id)
    )
    own = Assignment.objects.select_related("seat__membership", "case").get(pk=assignment.pk)
    if own.seat.membership_id != actor.pk or own.ended_at is not None:
        raise Refused("这件申报不由您评审。", "This case is not yours to judge.")
    if not assigning.may_judge(own.seat, own.case_id):
        raise Refused("您须回避这件申报。", "You stay away from this case.")
    if panel.state != Panel.State.SCORING or at >= panel.scores_due_at:
        raise Refused("打分已截止。", "Scores are closed.")
    if own.case.state != "evaluating":
        raise Refused("这件申报已不在评审中。", "This case is not before the experts any more.")
    return panel, own


def _write(sheet: Sheet, written: Written, rubric: Rubric) -> None:
    known = {one.key: one for one in rubric.criteria}
    odd = [
        *({*written.scores, *written.reasons} - known.keys()),
        *(written.vetoes.keys() - rubric.vetoes.keys()),
    ]
    if odd:
        raise Refused("评审标准没有这一项。", "The rubric has no such item.", field=odd[0])
    for key, text in written.scores.items():
        if text.strip():
            sheet.scores[key] = known[key].steps_of(text)
        else:
            sheet.scores.pop(key, None)
    for key, text in written.reasons.items():
        sheet.reasons[key] = text[:LONG]
    for key, why in written.vetoes.items():
        if why is None:
            sheet.vetoes.pop(key, None)
        else:
            sheet.vetoes[key] = why[:LONG]
    if written.comment is not None:
        sheet.comment = written.comment[:LONG]
