"""Who must stay away from what: computed from what the house knows, and from what was declared.

`renew` compares what keeps people away now with the rows of accounts.Recusal in force, begins those that are missing
and ends those whose reason is gone. It is asked after each change, before that is recorded (the end of the journal's
chain is the last lock), and every hour for everybody, since years run out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from kechuang.accounts.acting import held_on
from kechuang.accounts.models import Membership, Recusal, User
from kechuang.accounts.roles import APPLICANTS, STAFF
from kechuang.experts.catalogue import grounds
from kechuang.experts.employers import compact, organisations_of
from kechuang.experts.models import Employment, Expert, Share, Tie
from kechuang.journal import actions as journal
from kechuang.journal.actions import CLOCK, Clock


@dataclass(frozen=True, slots=True)
class Kept:
    """Everybody of an institution is kept off an organisation; at `since` those who worked there then were looked at.

    Whoever comes to work there later stays away by `source`, without anybody entering it.
    """

    organisation: int
    institution: str
    source: str
    since: datetime


institutions: list[Callable[[date], Iterable[Kept]]] = []
"""Rooms above say which institutions are kept off whom on a day."""

OF_WORK: Final = {"paper": "coauthor", "patent": "coinventor", "project": "coproject"}

Person = tuple[str, int]
"""("expert", number) of the entry that stands, or ("user", number) of somebody who is no expert."""


@dataclass(frozen=True, slots=True, order=True)
class Reason:
    """One reason to stay away: from which organisation, on which ground, resting on what ("tie:5")."""

    organisation: int
    ground: str
    source: str


class People:
    """Which entries and accounts are the same person: merged entries and their accounts count as one."""

    def __init__(self) -> None:
        rows = list(Expert.objects.values_list("pk", "merged_into_id", "user_id"))
        into = {pk: merged for pk, merged, _ in rows}
        self._root = {pk: _last(pk, into) for pk in into}
        self._of_user = {user: self._root[pk] for pk, _, user in rows if user}
        self.users: dict[Person, set[int]] = defaultdict(set)
        for pk, _, user in rows:
            if user:
                self.users["expert", self._root[pk]].add(user)

    def of(self, expert: int | None, user: int | None) -> Person | None:
        """Who an entry or account is."""
        if expert:
            return ("expert", self._root[expert])
        if user is None:
            return None
        return ("expert", self._of_user[user]) if user in self._of_user else ("user", user)

    def users_of(self, person: Person) -> set[int]:
        """The accounts of a person."""
        return {person[1]} if person[0] == "user" else self.users[person]


def _last(pk: int, into: Mapping[int, int | None]) -> int:
    while (following := into[pk]) is not None:
        pk = following
    return pk


def reasons(today: date) -> dict[Person, set[Reason]]:
    """Everybody's reasons to stay away on a day, from ten queries however many people there are."""
    people = People()
    found: dict[Person, set[Reason]] = defaultdict(set)
    now: dict[Person, set[int]] = defaultdict(
        set
    )  # the organisations that a person acts for or works for now
    for person, organisation, source, current in _places(people, today):
        found[person].add(Reason(organisation, "employer", source))
        if current:
            now[person].add(organisation)
    for person, reason in _joined(people, today):
        found[person].add(reason)
    for person, reason in _ties(people, now, today):
        found[person].add(reason)
    for person, reason in _works(people, now, today):
        found[person].add(reason)
    return found


def _places(people: People, today: date) -> Iterator[tuple[Person, int, str, bool]]:
    """Where people work and which applicants they act for, or did: person, organisation, source, whether now."""
    ground = grounds()["employer"]
    rows = list(Employment.objects.filter(withdrawn_at__isnull=True))
    meant = organisations_of(rows)
    for one in rows:
        person = people.of(one.expert_id, None)
        if person and ground.holds(one.began_on, one.ended_on, today):
            current = one.ended_on is None or one.ended_on >= today
            yield from ((person, place, f"employment:{one.pk}", current) for place in meant[one.pk])
    held = set(held_on(today).filter(_concerned(today), role__in=APPLICANTS).values_list("pk", flat=True))
    for own in Membership.objects.filter(_concerned(today), role__in=APPLICANTS).distinct():
        person = people.of(None, own.user_id)
        if person and ground.holds(own.since, own.until, today):
            yield person, own.organisation_id, f"membership:{own.pk}", own.pk in held


def _joined(people: People, today: date) -> Iterator[tuple[Person, Reason]]:
    """Who has come to work at an institution whose people are kept off an organisation."""
    wanted: dict[str, list[Kept]] = defaultdict(list)
    for one in (kept for kept_on in institutions for kept in kept_on(today)):
        wanted[compact(one.institution)].append(one)
    if not wanted:
        return
    now = Q(ended_on__isnull=True) | Q(ended_on__gte=today)
    for row in Employment.objects.filter(now, withdrawn_at__isnull=True).select_related("organisation"):
        person = people.of(row.expert_id, None)
        name = row.organisation.name if row.organisation else row.employer
        for kept in wanted.get(compact(name), []):
            if person and row.stated_at > kept.since:
                yield person, Reason(kept.organisation, "objection", kept.source)


def _concerned(today: date) -> Q:
    """The memberships of people who hold an office on a day, are in the pool, or are tied to somebody."""
    judges = held_on(today).filter(role__in=STAFF).values("user")
    return Q(user__in=judges) | Q(user__experts__isnull=False) | Q(user__ties_to__isnull=False)


def _ties(people: People, now: dict[Person, set[int]], today: date) -> Iterator[tuple[Person, Reason]]:
    """What was entered; a tie between two people keeps each away from the places of the other."""
    for tie in Tie.objects.filter(withdrawn_at__isnull=True):
        ground = grounds().get(tie.kind)
        person = people.of(tie.expert_id, tie.user_id)
        if ground is None or person is None or not ground.holds(tie.began_on, tie.ended_on, today):
            continue
        source = f"tie:{tie.pk}"
        other = people.of(tie.other_id, tie.other_user_id)
        if tie.organisation_id:
            yield person, Reason(tie.organisation_id, tie.kind, source)
        if other:
            yield from ((person, Reason(place, tie.kind, source)) for place in now[other])
            yield from ((other, Reason(place, tie.kind, source)) for place in now[person])


def _works(people: People, now: dict[Person, set[int]], today: date) -> Iterator[tuple[Person, Reason]]:
    """What was done together: each who shared in a work stays away from the others in it, and from their places."""
    shared: dict[int, list[Share]] = defaultdict(list)
    for share in Share.objects.filter(work__withdrawn_at__isnull=True).select_related("work").order_by("pk"):
        shared[share.work_id].append(share)
    for number, shares in shared.items():
        work = shares[0].work
        kind = OF_WORK[work.kind]
        if not grounds()[kind].holds(work.on, work.on, today):
            continue
        persons = {people.of(one.expert_id, None) for one in shares if one.expert_id} - {None}
        named = {one.organisation_id for one in shares if one.organisation_id}
        for person in persons:
            others = [now[one] for one in persons if one and one != person]
            for place in named.union(*others):
                if person and place:
                    yield person, Reason(place, kind, f"work:{number}")


def kept_away(today: date, organisations: Collection[int]) -> dict[Person, set[Reason]]:
    """Whom the reasons keep away from any of these organisations, whether or not they have an account."""
    wanted = set(organisations)
    found = {who: {one for one in whys if one.organisation in wanted} for who, whys in reasons(today).items()}
    return {who: whys for who, whys in found.items() if whys}


def renew(person: Expert | User, at: datetime, *, actor: journal.Actor | Clock = CLOCK) -> int:
    """Begin and end recusals of a person and of whoever is tied to them; how many rows changed."""
    people = People()
    return _renew(
        at, actor, people.of(person.pk, None) if isinstance(person, Expert) else people.of(None, person.pk)
    )


def renew_for(membership: Membership, actor: Membership, at: datetime) -> None:
    """Somebody's membership has begun or ended (called by accounts, in its transaction)."""
    if Membership.objects.filter(_concerned(timezone.localdate(at)), pk=membership.pk).exists():
        renew(membership.user, at, actor=actor)


def renew_all(at: datetime) -> int:
    """Begin and end everybody's recusals, as the daily clock does; how many rows changed."""
    return _renew(at, CLOCK, None)


@transaction.atomic
def _renew(at: datetime, actor: journal.Actor | Clock, about: Person | None) -> int:
    """Compare the rows in force with the reasons of now.

    The rows are read first: whatever somebody enters beside us is committed with its row, so that the reason of each
    row is among those that are read afterwards. The other way round a declaration that came between would be ended.
    """
    rows = {
        (row.user_id, Reason(row.organisation_id, row.ground, row.source)): row
        for row in Recusal.objects.filter(ended_at__isnull=True)
    }
    people = People()
    wanted = {
        (user, one)
        for person, whys in reasons(timezone.localdate(at)).items()
        for user in people.users_of(person)
        for one in whys
    }
    ended = [row for key, row in rows.items() if key not in wanted]
    begun = sorted(wanted - rows.keys())
    Recusal.objects.filter(pk__in=[row.pk for row in ended], ended_at__isnull=True).update(ended_at=at)
    Recusal.objects.bulk_create(
        (
            Recusal(
                user_id=user,
                organisation_id=one.organisation,
                ground=one.ground,
                source=one.source,
                began_at=at,
            )
            for user, one in begun
        ),
        ignore_conflicts=True,
    )
    if begun or ended:
        subject = f"{about[0]}:{about[1]}" if about else "recusals"
        journal.record("recusal.renewed", subject, actor=actor, at=at, data=_said(begun, ended))
    return len(begun) + len(ended)


def _said(begun: Iterable[tuple[int, Reason]], ended: Iterable[Recusal]) -> dict[str, list[list[int | str]]]:
    """What the journal keeps of it: [user, organisation, ground, source]."""
    return {
        "begun": [[user, one.organisation, one.ground, one.source] for user, one in begun],
        "ended": sorted([row.user_id, row.organisation_id, row.ground, row.source] for row in ended),
    }
