"""Seats of a panel that come, go and change: substitutes and people named later, whoever leaves, the chair.

Freely while the panel is formed. While it scores, whoever has a conflict, has declined the panel's draw or is out of
the pool leaves, and a seat is added where a case lacks experts. A panel has one chair throughout. Each act is in the
journal with its reason.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Count, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils import timezone

from kechuang.accounts.models import Membership
from kechuang.accounts.refusals import Refused
from kechuang.experts.models import Decline, Drawn
from kechuang.experts.recusal import People
from kechuang.fulfilment.judging import assigning
from kechuang.fulfilment.judging.composition import must_be_in_the_pool, out_of_the_pool
from kechuang.fulfilment.judging.models import Assignment, Panel, Seat, Sheet
from kechuang.fulfilment.judging.panels import JUDGED, bump, lock, must_manage, note, tell_officers
from kechuang.fulfilment.judging.rubrics import read
from kechuang.fulfilment.models import Case
from kechuang.journal.actions import tell
from kechuang.journal.models import Event

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
        locked = _opened(panel, OPEN_TO_CHANGE, actor)
        if locked.state == Panel.State.SCORING and not _short(locked):
            raise Refused(
                "打分已经开始，各件专家足数，不能再增加。", "Scores are taken and every case has its experts."
            )
        chosen = person or substitute(locked)
        if chosen is None:
            raise Refused("没有候补专家，请由经办人指定。", "No substitute is left: name somebody.", "person")
        if person is not None and not reason.strip():
            raise Refused("由经办人指定的，请写明理由。", "Say why this person is named.", "reason")
        if chosen.user_id in _people_of(locked):
            raise Refused("这位专家已在本组，或已退出本组。", "This person is or was on the panel.", "person")
        must_be_in_the_pool([chosen], timezone.localdate(at))
        place = max(locked.seats.values_list("place", flat=True), default=0) + 1
        seat = Seat.objects.create(panel=locked, membership=chosen, place=place, reason=reason.strip())
        said = {"seat": place, "membership": chosen.pk, "drawn": person is None, "reason": seat.reason}
        event = note("panel.seat_added", locked, actor, at, **said)
        tell(
            [(chosen.user_id, chosen.pk)],
            event=event,
            title={"zh": "请您参加评审", "en": "You are on a panel"},
            body={"zh": f"您已列入“{locked.name}”。", "en": f"You have a seat on “{locked.name}”."},
            link=reverse("reviews"),
        )
    return seat


def declined(panel: Panel) -> dict[int, str]:
    """Who of the panel has declined its draw meanwhile, by seat, with the reason."""
    if panel.draw_id is None:
        return {}
    said = Decline.objects.filter(drawn__draw=panel.draw_id).values_list("drawn__membership", "reason")
    reasons = dict(said)
    there = panel.seats.filter(left_at__isnull=True, membership__in=reasons)
    return {one.pk: reasons[one.membership_id] for one in there}


def note_decline(drawn: Drawn, event: Event) -> None:
    """Tell the officers of each panel on which somebody still has the seat that was just declined."""
    found = Seat.objects.filter(
        panel__draw=drawn.draw_id,
        panel__state__in=OPEN_TO_CHANGE,
        membership=drawn.membership_id,
        left_at__isnull=True,
    )
    for seat in found.select_related("panel__call"):
        tell_officers(
            seat.panel, event,
            {"zh": "专家谢绝抽取，请办理退出并由候补接替",
             "en": "An expert declined the draw: let the substitute take the seat"},
            {"zh": f"{seat.panel.name}：专家 {seat.place} 不能参加，其席位和申报仍待接替。",
             "en": f"{seat.panel.name}: expert {seat.place} cannot come; seat and cases wait to be taken over."},
        )  # fmt: skip


def leave(
    panel: Panel,
    seat: Seat,
    reason: str,
    *,
    actor: Membership,
    at: datetime,
    chair: Seat | None = None,
    replaced: bool = False,
) -> Seat:
    """Take somebody off the panel: sheets not sealed end, sealed ones stand. chair: who takes over the chair.

    replaced: the draw's next substitute is seated in the same act; the cases are assigned anew by a person.
    """
    with transaction.atomic():
        locked = _opened(panel, OPEN_TO_CHANGE, actor)
        own = _seat(locked, seat)
        if not reason.strip():
            raise Refused("请写明退出的原因。", "Say why the expert leaves.", "reason")
        if locked.state == Panel.State.SCORING and not (
            _in_conflict(locked, own)
            or own.pk in declined(locked)
            or out_of_the_pool([own.membership], timezone.localdate(at))
        ):
            raise Refused(
                "打分开始后，只有须回避、已谢绝抽取或不再在库的专家可以退出。",
                "Once scores are taken only a conflict, having declined the draw, or being out of the pool lets one "
                "leave.",
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
        note("panel.seat_left", locked, actor, at, **said)
        if replaced:
            add(locked, actor=actor, at=at)
    return own


def appoint(panel: Panel, seat: Seat, reason: str, *, actor: Membership, at: datetime) -> Seat:
    """Give the chair to somebody else of the panel, with the reason, until the meeting is concluded."""
    with transaction.atomic():
        locked = _opened(panel, OPEN_TO_CHANGE | {Panel.State.OPENED}, actor)
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
        note("panel.chair_changed", locked, actor, at, **said)
    return heir


def _people_of(panel: Panel) -> set[int]:
    """All accounts of those who are or were on the panel: entries of the pool that were merged are one person."""
    same, found = People(), set()
    for user in panel.seats.values_list("membership__user", flat=True):
        person = same.of(None, user)
        found |= same.users_of(person) if person else {user}
    return found


def _short(panel: Panel) -> bool:
    """Whether a case before the panel has fewer experts than the rubric asks for."""
    cases = Case.objects.filter(state=JUDGED, panel_cases__panel=panel, panel_cases__left_at__isnull=True)
    live = panel.assignments.filter(case=OuterRef("pk"), ended_at__isnull=True).order_by().values("case")
    judged = cases.annotate(experts=Subquery(live.annotate(n=Count("pk")).values("n")))
    per_case = read(panel.call.rubric).per_case
    return judged.filter(Q(experts__isnull=True) | Q(experts__lt=per_case)).exists()


def _in_conflict(panel: Panel, seat: Seat) -> bool:
    """Whether the person has given a case back, or stays away from one of the panel."""
    if seat.assignments.filter(ending__in=[Assignment.Ending.CONFLICT, Assignment.Ending.RECUSED]).exists():
        return True
    cases = panel.cases.filter(left_at__isnull=True).values_list("case", flat=True)
    return bool(assigning.stays_away([seat.membership], list(cases)))


def _seat(panel: Panel, seat: Seat) -> Seat:
    found = panel.seats.select_for_update(of=("self",)).filter(pk=seat.pk, left_at__isnull=True).first()
    if found is None:
        raise Refused("请选择本组的专家。", "Choose an expert of the panel.", "seat")
    return found


def _opened(panel: Panel, states: Collection[str], actor: Membership) -> Panel:
    """The panel, locked for a change by the department that runs its call, under its next revision."""
    must_manage(actor, panel.call)
    locked = lock(panel, states)
    bump(locked)
    return locked
