"""Panels: formed of people, given cases, opened for scores, closed by the clock."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from kechuang.accounts.models import Membership
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import DEPARTMENT, Role
from kechuang.experts.catalogue import fields
from kechuang.experts.models import Draw
from kechuang.fulfilment import rules
from kechuang.fulfilment.judging import assigning, composition, tallies
from kechuang.fulfilment.judging.models import Assignment, Panel, Question, Seat, Sheet
from kechuang.fulfilment.judging.rubrics import Rubric, read
from kechuang.fulfilment.judging.sealing import complete, seal
from kechuang.fulfilment.models import Call, Case
from kechuang.journal.actions import CLOCK, Clock, record, tell
from kechuang.journal.models import Event

SEATED: Final = frozenset({Role.EXPERT, Role.REVIEWER, *DEPARTMENT})
"""Who may sit on a panel: experts, and officials named to it."""
JUDGED: Final = "evaluating"


@dataclass(frozen=True)
class Plan:
    """What a panel begins with. chair: one of the people. draw: whose seats they are; None when named by hand.

    reason: why there are more or fewer people than the rubric says, or several of one institution named by hand.
    """

    name: str
    people: Sequence[Membership]
    chair: Membership
    scores_due_at: datetime
    draw: Draw | None = None
    reason: str = ""


def form(call: Call, plan: Plan, *, actor: Membership, at: datetime) -> Panel:
    """Form a panel for a call that experts judge, of people who are in the pool now.

    Raises Refused for a draw that was made for another call, and for what wants a written reason without one.
    """
    rubric = rubric_of(call)
    people = {one.pk: one for one in plan.people}
    if not plan.name.strip():
        raise Refused("请填写评审组名称。", "Name the panel.", field="name")
    if len(people) < rubric.per_case:
        raise Refused(
            f"评审标准要求每件由 {rubric.per_case} 位专家评审，请至少选择 {rubric.per_case} 位。",
            f"The rubric asks for {rubric.per_case} experts a case: choose at least as many.",
            field="people",
        )
    if plan.chair.pk not in people or any(Role(one.role) not in SEATED for one in people.values()):
        raise Refused("请从所选专家中指定组长。", "Choose the chair from among the experts.", field="chair")
    composition.must_be_different(people.values())
    if plan.draw is not None and people.keys() != {one.pk for one in plan.draw.memberships()}:
        raise Refused("评审组成员须与抽取结果一致。", "The panel is the seats of the draw.", field="draw")
    if plan.draw is not None and plan.draw.subject not in {"", f"call:{call.pk}"}:
        raise Refused(
            "这次抽取是为另一份申报通知作的。", "This draw was made for another call.", field="draw"
        )
    composition.must_be_in_the_pool(people.values(), timezone.localdate(at))
    _explained(rubric, plan, list(people.values()), timezone.localdate(at))
    if plan.scores_due_at <= at:
        raise Refused("打分截止时间须在现在之后。", "The deadline must lie ahead.", field="scores_due_at")
    with transaction.atomic():
        locked = Call.objects.select_for_update(no_key=True).get(pk=call.pk)
        must_manage(actor, locked)
        if locked.panels.filter(name=plan.name.strip()).exists():
            raise Refused("已有同名的评审组。", "There is a panel of this name.", field="name")
        panel = Panel.objects.create(
            call=locked,
            name=plan.name.strip(),
            draw=plan.draw,
            reason=plan.reason.strip(),
            blind="scoring" in rubric.blind,
            scores_due_at=plan.scores_due_at,
            created_by=actor,
            created_at=at,
        )
        Seat.objects.bulk_create(
            Seat(panel=panel, membership=one, chair=one.pk == plan.chair.pk, place=place)
            for place, one in enumerate(sorted(people.values(), key=lambda one: one.pk), 1)
        )
        drawn = plan.draw and plan.draw.number
        note(
            "panel.formed", panel, actor, at,
            people=sorted(people), chair=plan.chair.pk, draw=drawn, reason=panel.reason,
        )  # fmt: skip
    return panel


def _explained(rubric: Rubric, plan: Plan, people: Sequence[Membership], today: date) -> None:
    odd = composition.oddities(rubric, people, plan.draw, today)
    if not odd or plan.reason.strip():
        return
    if odd[0] == "size":
        raise Refused(
            f"评审标准为每组 {rubric.size} 人，现为 {len(people)} 人：请写明理由。",
            f"The rubric asks for a panel of {rubric.size}, there are {len(people)}: state why.",
            field="reason",
        )
    raise Refused(
        "指定的专家中同一单位多于一位：请写明理由。",
        "Several of those named work at one institution: state why.",
        field="reason",
    )


def assign(panel: Panel, wanted: Mapping[int, Iterable[int]], *, actor: Membership, at: datetime) -> Panel:
    """Let seats judge cases, as a person confirms it: {case: seats}. What is not named any more is taken off.

    Raises Refused for a person who stays away from the applicant, and for taking off a sheet that is sealed.
    """
    with transaction.atomic():
        locked = lock(panel, {Panel.State.FORMING, Panel.State.SCORING})
        must_manage(actor, locked.call)
        must_see_all(actor, locked)
        cases = {one.case_id: one.case for one in _cases(locked)}
        seats = {
            one.pk: one for one in locked.seats.filter(left_at__isnull=True).select_related("membership")
        }
        away = assigning.stays_away([one.membership for one in seats.values()], cases)
        pairs = {(case, seat) for case, chosen in wanted.items() for seat in chosen}
        if any(case not in cases or seat not in seats for case, seat in pairs):
            raise Refused("申报或专家不在本评审组。", "A case or expert is not of this panel.")
        for case, seat in pairs:
            if (seats[seat].membership_id, case) in away:
                raise Refused(
                    f"专家 {seats[seat].place} 须回避其中一件，不能分给他。",
                    f"Expert {seats[seat].place} stays away from one of these cases.",
                )
        _set(locked, pairs, actor, at)
        bump(locked)
        note("panel.assigned", locked, actor, at, pairs=sorted([list(one) for one in pairs]))
    return locked


def _set(panel: Panel, pairs: set[tuple[int, int]], actor: Membership, at: datetime) -> None:
    there = {(one.case_id, one.seat_id): one for one in panel.assignments.select_for_update().order_by("pk")}
    for pair, one in there.items():
        if one.ended_at is None and pair not in pairs:
            if Sheet.objects.filter(assignment=one, sealed_at__isnull=False).exists():
                raise Refused("已提交的评分表不能撤下。", "A sealed sheet is not taken off.")
            one.ended_at, one.ending = at, Assignment.Ending.MOVED
            one.save(update_fields=["ended_at", "ending"])
    for case, seat in sorted(pairs):
        known = there.get((case, seat))
        if known is None:
            Assignment.objects.create(
                panel=panel, case_id=case, seat_id=seat, assigned_by=actor, assigned_at=at
            )
        elif known.ending == Assignment.Ending.CONFLICT:
            raise Refused(
                "该专家已声明回避，请另选。", "This expert has declared a conflict: choose another."
            )
        elif known.ended_at is not None:
            known.ended_at, known.ending, known.assigned_by, known.assigned_at = None, "", actor, at
            known.save(update_fields=["ended_at", "ending", "assigned_by", "assigned_at"])


def state_fields(
    panel: Panel, given: Mapping[int, Collection[str]], *, actor: Membership, at: datetime
) -> Panel:
    """Say which fields of expertise cases belong to, {case: codes}; the proposal of who judges them rests on it.

    Raises Refused for a field that there is not, and for a case that is not before the panel.
    """
    with transaction.atomic():
        locked = lock(panel, {Panel.State.FORMING, Panel.State.SCORING})
        must_manage(actor, locked.call)
        seen = rules.visible_cases(actor)
        places = {
            one.case_id: one
            for one in locked.cases.select_related("case").filter(left_at__isnull=True, case__in=seen)
        }
        if set(given) - places.keys() or set().union(*given.values()) - fields().keys():
            raise Refused(
                "申报不在本评审组，或没有这个领域。", "No such field, or a case is not of this panel."
            )
        changed = {}
        for case, codes in given.items():
            wanted = [code for code in fields() if code in codes]
            if places[case].fields != wanted:
                places[case].fields = wanted
                places[case].save(update_fields=["fields"])
                changed[places[case].case.number] = wanted
        if changed:
            bump(locked)
            note("panel.fields_stated", locked, actor, at, fields=changed)
    return locked


def begin(panel: Panel, *, actor: Membership, at: datetime) -> Panel:
    """Open the panel for scores: every case has as many experts as the rubric asks for. The experts are told.

    Whoever has come to stay away since the cases were assigned is taken off first, everybody is in the pool still, and
    no applicant's request that somebody be kept off may be open.
    """
    with transaction.atomic():
        locked = lock(panel, {Panel.State.FORMING})
        must_manage(actor, locked.call)
        must_see_all(actor, locked)
        if locked.scores_due_at <= at:
            raise Refused("打分截止时间已过，请先延期。", "The deadline has passed: extend it first.")
        per_case, cases = rubric_of(locked.call).per_case, _cases(locked)
        if not cases:
            raise Refused("请先把申报提请本评审组评审。", "Put cases before the panel first.")
        there = locked.seats.filter(left_at__isnull=True).select_related("membership__user")
        composition.must_be_in_the_pool([one.membership for one in there], timezone.localdate(at))
        composition.must_be_answered([one.case_id for one in cases])
        end_recused(locked, at)
        short = [one.place for one in cases if _live(locked).filter(case=one.case_id).count() < per_case]
        if short:
            raise Refused(
                f"第 {'、'.join(map(str, short))} 件的专家不足 {per_case} 位，请先分配。",
                f"Cases {', '.join(map(str, short))} have fewer than {per_case} experts: assign them first.",
            )
        locked.state = Panel.State.SCORING
        bump(locked)
        event = note("panel.begun", locked, actor, at, due=locked.scores_due_at.isoformat(), cases=len(cases))
        due = timezone.localtime(locked.scores_due_at)
        _tell_experts(
            locked, event,
            {"zh": "请评审打分", "en": "Please score the cases before you"},
            {"zh": f"“{locked.name}”的评分表请在 {due:%Y-%m-%d %H:%M} 前提交。",
             "en": f"Seal your sheets of “{locked.name}” by {due:%Y-%m-%d %H:%M}."},
        )  # fmt: skip
    return locked


def extend(panel: Panel, until: datetime, reason: str, *, actor: Membership, at: datetime) -> Panel:
    """Give the experts more time, with a reason; a deadline is never brought forward."""
    if not reason.strip():
        raise Refused("请写明延期的原因。", "State why.", field="reason")
    with transaction.atomic():
        locked = lock(panel, {Panel.State.FORMING, Panel.State.SCORING})
        must_manage(actor, locked.call)
        if until <= max(locked.scores_due_at, at):
            raise Refused(
                "新的截止时间须晚于原截止时间。", "The new time must be later.", field="scores_due_at"
            )
        before, locked.scores_due_at = locked.scores_due_at, until
        bump(locked)
        note(
            "panel.extended", locked, actor, at,
            **{"from": before.isoformat(), "to": until.isoformat(), "reason": reason.strip()},
        )  # fmt: skip
    return locked


def give_back(assignment: Assignment, reason: str, *, actor: Membership, at: datetime) -> None:
    """The expert has seen the case and declares a conflict: the case goes back, an officer is told and reassigns it."""
    if not reason.strip():
        raise Refused("请写明回避的原因。", "State the conflict.", field="reason")
    with transaction.atomic():
        locked = lock(assignment.panel, {Panel.State.SCORING})
        own = Assignment.objects.select_for_update(of=("self",)).select_related("seat").get(pk=assignment.pk)
        if own.seat.membership_id != actor.pk or own.ended_at is not None:
            raise Refused("这件申报不由您评审。", "This case is not yours to judge.")
        if Sheet.objects.filter(assignment=own, sealed_at__isnull=False).exists():
            raise Refused("评分表已提交，不能退回。", "The sheet is sealed and cannot be given back.")
        own.ended_at, own.ending, own.reason = at, Assignment.Ending.CONFLICT, reason.strip()
        own.save(update_fields=["ended_at", "ending", "reason"])
        event = note("panel.conflict_declared", locked, actor, at, case=own.case_id, seat=own.seat.place)
        tell_officers(
            locked, event,
            {"zh": "专家声明回避，请另行分配", "en": "An expert declared a conflict: reassign the case"},
            {"zh": f"{locked.name}：专家 {own.seat.place} 退回一件。",
             "en": f"{locked.name}: expert {own.seat.place} gave a case back."},
        )  # fmt: skip


def open_scores(panel: Panel, *, at: datetime, actor: Clock = CLOCK) -> bool:
    """At the deadline: complete sheets are sealed, others stay missing, outliers are asked. Whether it was due."""
    with transaction.atomic():
        locked = Panel.objects.select_for_update(of=("self",)).select_related("call").get(pk=panel.pk)
        if locked.state != Panel.State.SCORING or at < locked.scores_due_at:
            return False
        rubric = rubric_of(locked.call)
        end_recused(locked, at)
        sheets = list(
            Sheet.objects.select_for_update(of=("self",)).filter(
                assignment__panel=locked, assignment__ended_at__isnull=True
            )
        )
        for sheet in sheets:
            if sheet.sealed_at is None and complete(sheet, rubric) is None:
                seal(sheet, at, by_clock=True)
                sheet.save(update_fields=["sealed_at", "by_clock", "salt", "hash"])
        locked.state, locked.opened_at = Panel.State.OPENED, at
        bump(locked)
        sealed = {str(one.pk): one.hash for one in sheets if one.sealed_at}
        asked = _ask(locked, at)
        missing = _live(locked).count() - len(sealed)
        event = note("panel.opened", locked, actor, at, sheets=sealed, missing=missing, asked=asked)
        _tell_experts(
            locked, event,
            {"zh": "评分已截止", "en": "Scores are closed"},
            {"zh": f"“{locked.name}”的评分已公开给评审会；请查看是否需要您作书面说明。",
             "en": f"The meeting sees the scores of “{locked.name}”; see whether a written reason is asked of you."},
        )  # fmt: skip
    return True


def end_recused(panel: Panel, at: datetime) -> None:
    """Whoever has to stay away by now judges nothing: the sheet does not count. The caller holds the panel.

    Once the scores are open, a sheet that lies far from those that are left is asked about like every other.
    """
    ended = 0
    for one in _live(panel).select_related("seat__membership"):
        if not assigning.may_judge(one.seat, one.case_id):
            ended += Assignment.objects.filter(pk=one.pk).update(
                ended_at=at, ending=Assignment.Ending.RECUSED
            )
    if ended and panel.state == Panel.State.OPENED and (asked := _ask(panel, at)):
        event = note("panel.asked", panel, CLOCK, at, asked=asked)
        _tell_experts(
            panel, event,
            {"zh": "请查看是否需要书面说明", "en": "See whether a written reason is asked of you"},
            {"zh": f"“{panel.name}”有专家回避后，个别评分与其余评分相差较大。",
             "en": f"Since an expert of “{panel.name}” stays away, some scores lie far from the others."},
        )  # fmt: skip


def _ask(panel: Panel, at: datetime) -> list[int]:
    """Ask for a written reason for sheets that lie far from the others, as far as they were not asked about."""
    there = set(Question.objects.filter(sheet__assignment__panel=panel).values_list("sheet", flat=True))
    asked = [sheet for sheet in tallies.outlying(panel) if sheet not in there]
    Question.objects.bulk_create(Question(sheet_id=sheet, asked_at=at) for sheet in asked)
    return asked


def rubric_of(call: Call) -> Rubric:
    """The call's rubric. Raises Refused where experts do not judge."""
    if not call.rubric:
        raise Refused("本次申报不设专家评审。", "No experts judge in this call.")
    return read(call.rubric)


def lock(panel: Panel, states: Collection[str]) -> Panel:
    """The panel, locked until the act is done. Raises Refused in any other state."""
    locked = Panel.objects.select_for_update(of=("self",)).select_related("call").get(pk=panel.pk)
    if locked.state not in states:
        raise Refused("评审组现在不能这样办理。", "This cannot be done with the panel now.")
    return locked


def must_manage(actor: Membership, call: Call) -> None:
    """Raises Refused for anybody but the department that runs the call."""
    if not rules.may_manage(actor, call):
        raise Refused("这次申报不由您的部门办理。", "This call is run by another department.")


def must_see_all(actor: Membership, panel: Panel) -> None:
    """Raises Refused where an act over the whole panel touches a case that the actor stays away from."""
    kept = Case.objects.filter(rules.kept_from(actor)).values("pk")
    if panel.cases.filter(left_at__isnull=True, case__in=kept).exists():
        raise Refused(
            "这项操作涉及您需回避的单位，请交由同事办理。",
            "This concerns an organisation that you stay away from; a colleague does it.",
        )


def unanswered(panel: Panel, reader: Membership) -> int:
    """How many requests that somebody be kept off hinder this panel from beginning, of the cases that one sees."""
    there = [one.case_id for one in _cases(panel)]
    seen = rules.visible_cases(reader).filter(pk__in=there)
    return composition.unanswered(list(seen.values_list("pk", flat=True)))


def _cases(panel: Panel) -> list[Any]:
    found = panel.cases.filter(left_at__isnull=True, case__state=JUDGED)
    return list(found.select_related("case"))


def _live(panel: Panel) -> Any:
    cases = Case.objects.filter(state=JUDGED, panel_cases__panel=panel, panel_cases__left_at__isnull=True)
    return panel.assignments.filter(Q(ended_at__isnull=True), case__in=cases)


def bump(panel: Panel) -> None:
    """Save the panel under its next revision."""
    panel.revision += 1
    panel.save()


def _tell_experts(panel: Panel, event: Event, title: Mapping[str, str], body: Mapping[str, str]) -> None:
    people = panel.seats.filter(left_at__isnull=True).values_list("membership__user", "membership")
    tell(list(people), event=event, title=title, body=body, link=reverse("reviews"))


def tell_officers(panel: Panel, event: Event, title: Mapping[str, str], body: Mapping[str, str]) -> None:
    """Tell the officers of the department that runs the panel's call; the message leads to the panel."""
    officers = Membership.objects.filter(
        organisation=panel.call.department_id,
        role=Role.OFFICER,
        ended_at__isnull=True,
        user__is_active=True,
    )
    people = [(one.user_id, one.pk) for one in officers]
    tell(people, event=event, title=title, body=body, link=reverse("panel", args=[panel.pk]))


def note(kind: str, panel: Panel, actor: Membership | Clock, at: datetime, **data: object) -> Event:
    """Record it, with the names of the panel and its call; the event."""
    said = {"panel": panel.name, "call": panel.call.number, **data}
    return record(kind, f"panel:{panel.pk}", actor=actor, at=at, data=said)
