"""Who judges which case, as a proposal: by load and fit, never who stays away. A person confirms it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kechuang.accounts.models import Membership, Recusal
from kechuang.accounts.refusals import Refused
from kechuang.experts import assignment
from kechuang.fulfilment.judging.models import Assignment, Panel, Seat

Assign = Callable[[Sequence[Sequence[int]], int, int, Sequence[frozenset[int]]], list[list[int]]]
"""(fits[case][seat], experts a case, cases an expert at most, forbidden seats of each case) -> seats of each case."""


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
    """Seats for each case of the panel, by their numbers, balanced over the panel."""
    seats = list(panel.seats.filter(left_at__isnull=True).select_related("membership"))
    cases = [one.case for one in panel.cases.filter(left_at__isnull=True).select_related("case")]
    if not cases or not seats:
        return {}
    away = stays_away([seat.membership for seat in seats], [case.organisation_id for case in cases])
    gone = set(
        Assignment.objects.filter(panel=panel, ending=Assignment.Ending.CONFLICT).values_list("case", "seat")
    )
    forbidden = [
        frozenset(
            place
            for place, seat in enumerate(seats)
            if (seat.membership_id, case.organisation_id) in away or (case.pk, seat.pk) in gone
        )
        for case in cases
    ]
    most = -(-len(cases) * per_case // len(seats)) + 1
    fits = [[0] * len(seats) for _ in cases]
    chosen = assign(fits, min(per_case, len(seats)), most, forbidden)
    return {
        case.pk: [seats[place].pk for place in places] for case, places in zip(cases, chosen, strict=True)
    }


def stays_away(people: Sequence[Membership], organisations: Sequence[int]) -> set[tuple[int, int]]:
    """(membership, organisation) of everybody who may not judge: recused, or a member of the organisation."""
    users = {one.user_id for one in people}
    recused = Recusal.objects.filter(
        user_id__in=users, ended_at__isnull=True, organisation_id__in=organisations
    )
    members = Membership.objects.filter(
        user_id__in=users, organisation_id__in=organisations, ended_at__isnull=True
    )
    pairs = {
        *recused.values_list("user_id", "organisation_id"),
        *members.values_list("user_id", "organisation_id"),
    }
    return {(one.pk, organisation) for one in people for user, organisation in pairs if user == one.user_id}


def may_judge(seat: Seat, organisation: int) -> bool:
    """Whether the person on this seat may judge cases of the organisation."""
    return not stays_away([seat.membership], [organisation])
