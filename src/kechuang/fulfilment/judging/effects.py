"""What entering a panel and grading change beside the state of a case."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Max

from kechuang.accounts.models import Membership
from kechuang.accounts.refusals import Refused
from kechuang.fulfilment import sections
from kechuang.fulfilment.assessing import benefit_of, round_of
from kechuang.fulfilment.judging.evaluated import Evaluated, evaluated_by, of_round, row_at, rows_for, said_of
from kechuang.fulfilment.judging.models import Panel, PanelCase, Proposal
from kechuang.fulfilment.models import Case
from kechuang.policy.language.values import Value
from kechuang.registry import actions as registry
from kechuang.registry.actions import Statement
from kechuang.registry.assembly import case_of
from kechuang.registry.keys import key_of
from kechuang.registry.models import Fact

Given = Mapping[str, Any]
Said = dict[str, Any] | None


def enter_panel(case: Case, _actor: Membership, at: datetime, given: Given) -> Said:
    """Put the case before the panel; one that comes back keeps its place and its sheets."""
    panel = Panel.objects.select_for_update(no_key=True).get(pk=given["panel"].pk)
    case.panel_cases.filter(left_at__isnull=True).exclude(panel=panel).update(left_at=at)
    there = case.panel_cases.filter(panel=panel).first()
    if there is None:
        last = panel.cases.aggregate(last=Max("place"))["last"] or 0
        there = PanelCase.objects.create(panel=panel, case=case, place=last + 1, entered_at=at)
    elif there.left_at is not None:
        there.left_at = None
        there.save(update_fields=["left_at"])
    case.grade, case.score, case.rank = "", None, None
    return {"panel": panel.name, "place": there.place}


def take_grade(case: Case, actor: Membership, at: datetime, _given: Given) -> Said:
    """The grade of the concluded meeting: with the case, and as facts decided here, which the engine reads from now on.

    Opinions given before stand: what the grade itself adds to a section touches none of them, nor those on the other
    cases that the applicant has before the same panel, which show the same records.
    """
    proposal = Proposal.objects.select_related("meeting").filter(
        case=case, meeting__panel__cases__case=case, meeting__panel__cases__left_at__isnull=True
    ).latest("id")  # fmt: skip
    case.grade, case.score, case.rank = proposal.grade, proposal.score, proposal.rank
    what = evaluated_by(benefit_of(case))
    if what is not None:
        together = [case, *_beside(case, proposal.meeting.panel_id)]
        before = [sections.hashes(sections.content_of(one, at)) for one in together]
        _state_grade(case, what, proposal, actor, at)
        for one, earlier in zip(together, before, strict=True):
            _opinions_stand(one, earlier, sections.hashes(sections.content_of(one, at)))
            if one is not case:  # the case itself is saved with the act
                one.save(update_fields=["sections"])
    return {
        "grade": case.grade,
        "score": case.score,
        "rank": case.rank,
        "meeting": proposal.meeting_id,
        "hash": proposal.meeting.hash,
    }


def drop_grade(case: Case, at: datetime) -> None:
    """What the grade rested on has changed: it has to be given anew."""
    case.grade, case.score, case.rank = "", None, None
    case.panel_cases.filter(left_at__isnull=True).update(left_at=at)


def _beside(case: Case, panel: int) -> list[Case]:
    """The other cases of the applicant before the panel, locked in the order of their numbers."""
    there = PanelCase.objects.filter(panel=panel, left_at__isnull=True).values("case")
    mine = Case.objects.filter(organisation=case.organisation_id, pk__in=there).exclude(pk=case.pk)
    return list(mine.select_for_update(no_key=True).order_by("pk"))


def _state_grade(case: Case, what: Evaluated, proposal: Proposal, actor: Membership, at: datetime) -> None:
    """State what the evaluation settles on the record of the case; on all of the round where the case names none."""
    now = round_of(case)
    rows = rows_for(case_of(case.organisation, at, case.on), what, now) or []
    if case.key:
        found = row_at(rows, what, case.key)
        chosen = [found] if found else []
    else:
        chosen = [row for row in rows if of_round(row, what, now)]
    if not chosen:
        raise Refused(
            "档案中找不到所评价的记录，请先更新事实。",
            "The record that was evaluated is not on file: renew the facts.",
        )
    said = said_of(what, proposal.grade, selected=proposal.selected)
    for row in chosen:
        key = key_of(what.record, row)
        settled = {name: row[name] for name in (what.year, what.day) if name and row.get(name) is not None}
        _state(case, what.record, key, {**settled, **said}, actor, at, Fact.Source.DECISION)
        _carry(case, what, key, row, actor, at)


def _carry(
    case: Case, what: Evaluated, key: str, row: Mapping[str, Value], actor: Membership, at: datetime
) -> None:
    """Where the record of this round is new, what the formal check saw goes with it, as verified."""
    known = set(
        Fact.objects.filter(
            organisation=case.organisation_id, record=what.record, key=key, known_to__isnull=True
        ).values_list("field", flat=True)
    )
    settled = {what.grade, what.selected, what.outstanding, what.year, what.day}
    missing = {
        name: value
        for name, value in row.items()
        if value is not None and name not in known and name not in settled
    }
    if missing:
        _state(case, what.record, key, missing, actor, at, Fact.Source.VERIFIED)


def _state(
    case: Case,
    record: str,
    key: str,
    values: Mapping[str, Value],
    actor: Membership,
    at: datetime,
    source: Fact.Source,
) -> None:
    said = [Statement(record, name, value, key) for name, value in values.items()]
    registry.state_many(case.organisation, said, actor=actor, at=at, source=source)


def _opinions_stand(case: Case, before: Mapping[str, str], after: Mapping[str, str]) -> None:
    """What rested on a section as it was before the grade rests on it as it is now."""

    def moved(hashes: Mapping[str, str]) -> dict[str, str]:
        return {key: after.get(key, one) if before.get(key) == one else one for key, one in hashes.items()}

    for one in case.approvals.select_for_update().filter(voided_at__isnull=True):
        one.rests_on = moved(one.rests_on)
        one.save(update_fields=["rests_on"])
    case.sections = moved(case.sections)
