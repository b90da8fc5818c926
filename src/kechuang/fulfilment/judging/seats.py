"""Seats of a panel that come, go and change: substitutes and people named later, whoever leaves, the chair.

Freely while the panel is formed; while it scores, only for conflicts: whoever has one leaves, and a seat is added where
a case lacks experts. A panel has one chair throughout. Each act is in the journal with its reason.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from kechuang.accounts.models import Membership
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.experts import drawing
from kechuang.experts import rules as of_experts
from kechuang.experts.catalogue import entry
from kechuang.experts.models import Draw, Expert
from kechuang.fulfilment import rules
from kechuang.fulfilment.judging import assigning
from kechuang.fulfilment.judging.models import Assignment, Panel, Seat, Sheet
from kechuang.fulfilment.judging.rubrics import Rubric, read
from kechuang.fulfilment.models import Case
from kechuang.journal.actions import record, tell
from kechuang.journal.models import Event

JUDGED = "evaluating"
OPEN_TO_CHANGE = frozenset({Panel.State.FORMING, Panel.State.SCORING})


def substitute(panel: Panel) -> Membership | None:
    """The next of the panel's draw who neither declined nor ever had a seat here; None when there is nobody left."""
    if panel.draw is None:
        return None
    there = panel.draw.drawn.filter(decline__isnull=True).exclude(
        membership__in=panel.seats.values("membership")
    )
    found = there.select_related("membership__user", "membership__organisation").order_by("place").first()
    return found.membership if found else None


def add(
    panel: Panel, person: Membership | None = None, reason: str = "", *, actor: Membership, at: datetime
) -> Seat:
    """Add a seat: of the draw's next substitute (person None), or of somebody named by hand with the reason.

    Raises Refused without either, for whoever was seated here before, lapsed or not, and while scores are taken for
    any panel whose cases have their experts.
    """
    with transaction.atomic():
        locked = _lock(panel, OPEN_TO_CHANGE, actor)
        if locked.state == Panel.State.SCORING and not _short(locked):
            raise Refused(
                "打分已经开始，各件专家足数，不能再增加。", "Scores are taken and every case has its experts."
            )
        chosen = person or substitute(locked)
        if chosen is None:
            raise Refused("没有候补专家，请由经办人指定。", "No substitute is left: name somebody.", "person")
        if person is not None and not reason.strip():
            raise Refused("由经办人指定的，请写明理由。", "Say why this person is named.", "reason")
        if locked.seats.filter(membership__user=chosen.user_id).exists():
            raise Refused("这位专家已在本组，或已退出本组。", "This person is or was on the panel.", "person")
        must_be_in_the_pool([chosen], timezone.localdate(at))
        place = max(locked.seats.values_list("place", flat=True), default=0) + 1
        seat = Seat.objects.create(panel=locked, membership=chosen, place=place, reason=reason.strip())
        said = {"seat": place, "membership": chosen.pk, "drawn": person is None, "reason": seat.reason}
        event = _record("panel.seat_added", locked, actor, at, **said)
        tell(
            [(chosen.user_id, chosen.pk)],
            event=event,
            title={"zh": "请您参加评审", "en": "You are on a panel"},
            body={"zh": f"您已列入“{locked.name}”。", "en": f"You have a seat on “{locked.name}”."},
            link=reverse("reviews"),
        )
    return seat


def leave(
    panel: Panel, seat: Seat, reason: str, *, actor: Membership, at: datetime, chair: Seat | None = None
) -> Seat:
    """Take somebody off the panel: sheets not sealed end, sealed ones stand. chair: who takes over the chair."""
    with transaction.atomic():
        locked = _lock(panel, OPEN_TO_CHANGE, actor)
        own = _seat(locked, seat)
        if not reason.strip():
            raise Refused("请写明退出的原因。", "Say why the expert leaves.", "reason")
        if locked.state == Panel.State.SCORING and not _in_conflict(locked, own):
            raise Refused(
                "打分开始后，只有须回避的专家可以退出。",
                "Once scores are taken only a conflict lets one leave.",
            )
        if own.chair and (chair is None or chair.pk == own.pk):
            raise Refused("组长退出的，请同时指定新的组长。", "Name the new chair first.", "chair")
        heir = _seat(locked, chair) if own.chair and chair is not None else None
        sealed = Sheet.objects.filter(assignment__seat=own, sealed_at__isnull=False).values("assignment")
        ended = Assignment.objects.filter(seat=own, ended_at__isnull=True).exclude(pk__in=sealed)
        count = ended.update(ended_at=at, ending=Assignment.Ending.MOVED, reason=reason.strip())
        own.left_at, own.reason, own.chair = at, reason.strip(), False
        own.save(update_fields=["left_at", "reason", "chair"])
        if heir is not None:
            heir.chair = True
            heir.save(update_fields=["chair"])
        said = {"seat": own.place, "reason": own.reason, "ended": count, "chair": heir and heir.place}
        _record("panel.seat_left", locked, actor, at, **said)
    return own


def appoint(panel: Panel, seat: Seat, reason: str, *, actor: Membership, at: datetime) -> Seat:
    """Give the chair to somebody else of the panel, with the reason, until the meeting is concluded."""
    with transaction.atomic():
        locked = _lock(panel, OPEN_TO_CHANGE | {Panel.State.OPENED}, actor)
        heir = _seat(locked, seat)
        if not reason.strip():
            raise Refused("请写明更换组长的原因。", "Say why the chair changes.", "reason")
        before = locked.seats.select_for_update().filter(chair=True, left_at__isnull=True).first()
        if before is not None and before.pk == heir.pk:
            raise Refused("这位专家已是组长。", "This expert is in the chair already.", "seat")
        locked.seats.filter(chair=True).update(chair=False)
        heir.chair = True
        heir.save(update_fields=["chair"])
        said = {"from": before and before.place, "to": heir.place, "reason": reason.strip()}
        _record("panel.chair_changed", locked, actor, at, **said)
    return heir


def must_be_in_the_pool(people: Iterable[Membership], today: date) -> None:
    """Raise Refused for an expert whose entry in the pool has lapsed, expired or waits for its yearly check.

    Officials and reviewers have no entry, and are named by their office.
    """
    chosen = {one.user_id: one for one in people if one.role == Role.EXPERT}
    known: dict[int, bool] = {}
    for one in Expert.objects.filter(user__in=chosen).select_related("merged_into"):
        now = one.merged_into or one
        fit = (
            now.state == Expert.State.CONFIRMED
            and (now.expires_on is None or now.expires_on >= today)
            and of_experts.check_due_on(now) >= today
        )
        known[one.user_id or 0] = known.get(one.user_id or 0, False) or fit
    gone = [chosen[user].user.name for user, fit in known.items() if not fit]
    if gone:
        raise Refused(
            f"{'、'.join(gone)} 的入库资格已失效或待复核，不能评审。",
            f"{', '.join(gone)} may not judge: the entry in the pool has lapsed or waits for its check.",
            "people",
        )


def oddities(rubric: Rubric, people: Sequence[Membership], draw: Draw | None, today: date) -> list[str]:
    """What a panel has that wants a written reason: 'size', 'institution'; of a draw, the size alone."""
    found = ["size"] if len(people) != rubric.size else []
    if draw is None and _most_of_one(people, today) > entry().most_of_an_institution:
        found.append("institution")
    return found


def _most_of_one(people: Sequence[Membership], today: date) -> int:
    """How many of these people work at one institution, of those whose institution is known."""
    entries = Expert.objects.filter(user__in=[one.user_id for one in people], merged_into__isnull=True)
    names = [one for one in drawing.institutions(list(entries), today).values() if one]
    return max((names.count(one) for one in names), default=0)


def _short(panel: Panel) -> bool:
    """Whether a case before the panel has fewer experts than the rubric asks for."""
    per_case = read(panel.call.rubric).per_case
    live = panel.assignments.filter(ended_at__isnull=True)
    cases = Case.objects.filter(state=JUDGED, panel_cases__panel=panel, panel_cases__left_at__isnull=True)
    return any(live.filter(case=one).count() < per_case for one in cases)


def _in_conflict(panel: Panel, seat: Seat) -> bool:
    """Whether the person has given a case back, or stays away from one of the panel."""
    if seat.assignments.filter(ending__in=[Assignment.Ending.CONFLICT, Assignment.Ending.RECUSED]).exists():
        return True
    applicants: Collection[int] = panel.cases.filter(left_at__isnull=True).values_list(
        "case__organisation", flat=True
    )
    return bool(assigning.stays_away([seat.membership], list(applicants)))


def _seat(panel: Panel, seat: Seat) -> Seat:
    found = panel.seats.select_for_update(of=("self",)).filter(pk=seat.pk, left_at__isnull=True).first()
    if found is None:
        raise Refused("请选择本组的专家。", "Choose an expert of the panel.", "seat")
    return found


def _lock(panel: Panel, states: Collection[str], actor: Membership) -> Panel:
    locked = Panel.objects.select_for_update(of=("self",)).select_related("call", "draw").get(pk=panel.pk)
    if not rules.may_manage(actor, locked.call):
        raise Refused("这次申报不由您的部门办理。", "This call is run by another department.")
    if locked.state not in states:
        raise Refused("评审组现在不能这样办理。", "This cannot be done with the panel now.")
    locked.revision += 1
    locked.save(update_fields=["revision"])
    return locked


def _record(kind: str, panel: Panel, actor: Membership, at: datetime, **data: object) -> Event:
    said = {"panel": panel.name, "call": panel.call.number, **data}
    return record(kind, f"panel:{panel.pk}", actor=actor, at=at, data=said)
