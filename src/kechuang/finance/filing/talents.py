"""Talent loans given to a person count to the total of the firm in which the talent works (measure 27).

Who works where is read from the records of talents: the person has the number as oneself, the firm as founder or as
employed. Each standing line of a talent loan to such a person is a fact of the firm too, under the same number, with
the talent's number beside it and its source; it comes, changes and goes with the line and with the employment.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Max

from kechuang.finance.models import FiledLine
from kechuang.registry.actions.stating import on_change
from kechuang.registry.keys import values_of
from kechuang.registry.lists import corrected
from kechuang.registry.lists.applying import lock_organisations
from kechuang.registry.models import Fact

LOANS: Final = "loans"
TALENT: Final = "talent"
"""The kind of loan; and the field that holds the number of the talent who borrows."""
EMPLOYS: Final = frozenset({"founder", "employed"})
TOLD: Final = (
    "number", "kind", "principal", "balance", "signed_on", "due_on", "secured", "guaranteed",
)  # fmt: skip
"""What a firm is told of a loan to its talent: what its total is worked out from, and nothing else."""
_RANK: Final = {source.value: rank for rank, source in enumerate(Fact.Source)}
Place = tuple[int, str]


@dataclass(frozen=True, slots=True)
class _Said:
    """A fact as it should stand: value, and the line that it comes from."""

    value: Any
    line: FiledLine


def firms_of(people: Collection[int]) -> dict[int, set[int]]:
    """The firms in which each of these persons works as a talent, as known now."""
    own = _relations(Fact.objects.filter(organisation__in=people))
    mine = {(who, number) for (who, number), relation in own.items() if relation == "self"}
    return _pairs(mine, EMPLOYS)


def follow(organisations: Collection[int], at: datetime) -> bool:
    """State anew, as of `at`, what these organisations, or the firms of these persons, owe as talent loans of persons.

    Runs inside the transaction that has changed lines or employments; whether anything changed.
    """
    firms = {firm for found in firms_of(organisations).values() for firm in found}
    firms |= {who for (who, _), relation in _relations(Fact.objects.filter(organisation__in=organisations)).items()
              if relation in EMPLOYS}  # fmt: skip
    firms |= set(_derived(organisations).values_list("organisation_id", flat=True))
    if not firms:
        return False
    lock_organisations(sorted(firms))
    changed = _state(firms, at)
    if changed:
        for hook in on_change:
            hook(sorted(firms))
    return changed


def on_facts_changed(organisations: Collection[int]) -> None:
    """For registry.on_change: employments may have changed; as of the last change of a talent's record."""
    employments = Fact.objects.filter(organisation__in=organisations, record="talents", field="relation")
    found = employments.aggregate(said=Max("known_from"), ended=Max("known_to"))
    moments = [one for one in found.values() if one is not None]
    if moments:
        follow(organisations, max(moments))


def _relations(among: Any) -> dict[Place, str]:
    """What each talent is to each organisation: {(organisation, key of the talent): relation}, by who prevails."""
    facts = among.filter(record="talents", field="relation", known_to__isnull=True)
    rows = sorted(
        facts.values_list("organisation_id", "key", "value", "source"), key=lambda row: -_RANK[row[3]]
    )
    return {(who, key): value for who, key, value, _ in rows}


def _pairs(mine: Iterable[Place], wanted: Collection[str]) -> dict[int, set[int]]:
    """To each organisation of `mine` those others that have the same talent in one of the wanted relations."""
    by_key: defaultdict[str, set[int]] = defaultdict(set)
    for who, key in mine:
        by_key[key].add(who)
    found: defaultdict[int, set[int]] = defaultdict(set)
    for (other, key), relation in _relations(Fact.objects.filter(key__in=by_key)).items():
        for who in by_key[key] if relation in wanted else ():
            found[who].add(other)
    return found


def _derived(firms: Collection[int]) -> Any:
    """The facts that say which talent borrows: one for each loan that stands with a firm because of a person."""
    return Fact.objects.filter(
        organisation__in=firms, record=LOANS, field=TALENT, source=Fact.Source.LIST, known_to__isnull=True
    )


def _state(firms: Collection[int], at: datetime) -> bool:
    said = _as_it_should_be(firms)
    keys = {(one.organisation_id, one.key) for one in _derived(firms)}
    standing = Fact.objects.filter(
        organisation__in=firms, record=LOANS, source=Fact.Source.LIST, known_to__isnull=True
    )
    current = {
        (one.organisation_id, one.key, one.field): one
        for one in standing
        if (one.organisation_id, one.key) in keys
    }
    mended = corrected.standing(LOANS, firms)
    kept = {place for place, one in mended.items() if place in said and one.repeats(said[place].value)}
    ended = [
        fact
        for place, fact in current.items()
        if place not in kept and (place not in said or said[place].value != fact.value)
    ]
    for fact in ended:
        fact.known_to = max(at, fact.known_from)
    Fact.objects.bulk_update(ended, ["known_to"], batch_size=1_000)
    gone = {(one.organisation_id, one.key, one.field): one for one in ended}
    fresh = {place: one for place, one in said.items() if place not in current or place in gone}
    Fact.objects.bulk_create(
        [_fact(place, one, gone.get(place), at) for place, one in fresh.items()], batch_size=2_000
    )
    return bool(ended or fresh)


def _as_it_should_be(firms: Collection[int]) -> Mapping[tuple[int, str, str], _Said]:
    """Every field of every standing talent loan to a person who works in one of these firms."""
    places = {
        place
        for place, relation in _relations(Fact.objects.filter(organisation__in=firms)).items()
        if relation in EMPLOYS
    }
    works: defaultdict[int, set[Place]] = defaultdict(set)  # the person: firms, each with the talent's key
    for (person, key), relation in _relations(
        Fact.objects.filter(key__in={key for _, key in places})
    ).items():
        if relation == "self":
            works[person] |= {place for place in places if place[1] == key and place[0] != person}
    lines = FiledLine.objects.filter(record=LOANS, values__kind=TALENT, ended_at__isnull=True)
    own = set(lines.filter(organisation__in=firms).values_list("organisation_id", "key"))
    said: dict[tuple[int, str, str], _Said] = {}
    for line in lines.filter(organisation__in=works).select_related("filing__list_import"):
        for firm, talent in works[line.organisation_id]:
            if (firm, line.key) not in own:
                values = {name: line.values[name] for name in TOLD if name in line.values}
                values[TALENT] = values_of("talents", talent)["number"]
                said |= {(firm, line.key, name): _Said(value, line) for name, value in values.items()}
    return said


def _fact(place: tuple[int, str, str], said: _Said, before: Fact | None, at: datetime) -> Fact:
    return Fact(
        organisation_id=place[0],
        record=LOANS,
        key=place[1],
        field=place[2],
        value=said.value,
        known_from=at if before is None else before.known_to or at,
        source=Fact.Source.LIST,
        stated_by_id=said.line.filing.list_import.applied_by_id,
        list_import_id=said.line.filing.list_import_id,
        supersedes=before,
    )
