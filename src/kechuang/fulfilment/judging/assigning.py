"""Who judges which case, as a proposal: by load and fit, never who stays away. A person confirms it.

The fit is the fields of expertise that a case and the person on a seat share (`experts.fitting`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kechuang.accounts.models import Membership, Recusal
from kechuang.accounts.refusals import Refused
from kechuang.experts import assignment
from kechuang.experts.fitting import fit
from kechuang.experts.models import Draw
from kechuang.experts.queries import fields_of
from kechuang.fulfilment.judging.models import Assignment, Panel, PanelCase, Seat
from kechuang.fulfilment.parties import parties_of

Assign = Callable[[Sequence[Sequence[int]], int, int, Sequence[frozenset[int]]], list[list[int]]]
"""(fits[case][seat], experts a case, cases an expert at most, forbidden seats of each case) -> seats of each case."""


@dataclass(frozen=True)
class Asked:
    """What is to be assigned: `fits` and `forbidden` by the places of cases and seats in their lists."""

    places: list[PanelCase]
    seats: list[Seat]
    fits: list[list[int]]
    forbidden: list[frozenset[int]]

    def pairs(self) -> set[tuple[int, int]]:
        """The forbidden (case, seat)."""
        return {(case, seat) for case, seats in enumerate(self.forbidden) for seat in seats}


def by_fit(
    fits: Sequence[Sequence[int]], per_case: int, most: int, forbidden: Sequence[frozenset[int]]
) -> list[list[int]]:
    """The best assignment of the room of experts. Raises Refused, naming the case, where too few may judge it."""
    pairs = {(case, seat) for case, seats in enumerate(forbidden) for seat in seats}
    found = assignment.assign(fits, per_case, most, pairs)
    for case, chosen in enumerate(found):
        if len(chosen) < per_case:
            raise Refused(
                f"第 {case + 1} 件须有 {per_case} 位专家，回避后只有 {len(chosen)} 位可用，请增加专家。",
                f"Case {case + 1} needs {per_case} experts; after recusals {len(chosen)} are left: add some.",
            )
    return found


def propose(panel: Panel, per_case: int, assign: Assign = by_fit) -> dict[int, list[int]]:
    """Seats for each case of the panel, by their numbers: as fitting as can be, the load balanced over the panel."""
    asked = asked_of(panel, panel.cases.filter(left_at__isnull=True).select_related("case"))
    if not asked.places or not asked.seats:
        return {}
    most = -(-len(asked.places) * per_case // len(asked.seats)) + 1
    chosen = assign(asked.fits, min(per_case, len(asked.seats)), most, asked.forbidden)
    return {
        place.case_id: [asked.seats[one].pk for one in some]
        for place, some in zip(asked.places, chosen, strict=True)
    }


def asked_of(panel: Panel, places: Iterable[PanelCase]) -> Asked:
    """These cases of the panel and its seats as the calculation takes them."""
    there, seats = list(places), list(panel.seats.filter(left_at__isnull=True).select_related("membership"))
    away = stays_away([seat.membership for seat in seats], [one.case_id for one in there])
    gone = set(
        Assignment.objects.filter(panel=panel, ending=Assignment.Ending.CONFLICT).values_list("case", "seat")
    )
    known = fields_of([seat.membership.user_id for seat in seats])
    forbidden = [
        frozenset(
            number
            for number, seat in enumerate(seats)
            if (seat.membership_id, one.case_id) in away or (one.case_id, seat.pk) in gone
        )
        for one in there
    ]
    fits = [[fit(one.fields, known[seat.membership.user_id]) for seat in seats] for one in there]
    return Asked(there, seats, fits, forbidden)


def why(asked: Asked, chosen: Mapping[int, Collection[int]]) -> dict[tuple[int, int], assignment.Reason]:
    """Why each pair is there, by (case, seat): its fit, its rank among those who may judge the case, the load."""
    assigned = [
        [number for number, seat in enumerate(asked.seats) if seat.pk in chosen.get(one.case_id, ())]
        for one in asked.places
    ]
    found = assignment.reasons(asked.fits, assigned, asked.pairs())
    return {(asked.places[one.proposal].case_id, asked.seats[one.expert].pk): one for one in found}


def suggested_fields(panel: Panel, places: Collection[PanelCase]) -> dict[int, list[str]]:
    """What is known of the fields of cases for which none are stated, by case: nobody has confirmed it.

    What was last stated before a panel for the same thing of the same organisation; else the fields of the panel's
    draw, or of the draws for its call.
    """
    drawn = Draw.objects.filter(pk=panel.draw_id) if panel.draw_id else _draws_of(panel)
    of_draws = sorted({code for pool in drawn.values_list("pool", flat=True) for code in pool["fields"]})
    before = PanelCase.objects.filter(case__call__benefit=panel.call.benefit).exclude(fields=[])
    before = before.filter(case__organisation__in={one.case.organisation_id for one in places})
    said = before.order_by("entered_at", "pk").values_list("case__organisation", "case__key", "fields")
    last = {(organisation, key): fields for organisation, key, fields in said}
    return {
        one.case_id: last.get((one.case.organisation_id, one.case.key), of_draws)
        for one in places
        if not one.fields
    }


def _draws_of(panel: Panel) -> Any:
    return Draw.objects.filter(subject=f"call:{panel.call_id}").exclude(outcome__seed="")


def stays_away(people: Sequence[Membership], cases: Collection[int]) -> set[tuple[int, int]]:
    """(membership, case) of everybody who may not judge: recused from an organisation of the case, or of its people."""
    users, parties = {one.user_id for one in people}, parties_of(cases)
    organisations: set[int] = set().union(*parties.values())
    recused = Recusal.objects.filter(
        user_id__in=users, ended_at__isnull=True, organisation_id__in=organisations
    )
    members = Membership.objects.filter(
        user_id__in=users, organisation_id__in=organisations, ended_at__isnull=True
    )
    away: dict[int, set[int]] = {user: set() for user in users}
    for user, organisation in (
        *recused.values_list("user_id", "organisation_id"),
        *members.values_list("user_id", "organisation_id"),
    ):
        away[user].add(organisation)
    return {
        (one.pk, case) for one in people for case, of_case in parties.items() if away[one.user_id] & of_case
    }


def may_judge(seat: Seat, case: int) -> bool:
    """Whether the person on this seat may judge the case."""
    return not stays_away([seat.membership], [case])
