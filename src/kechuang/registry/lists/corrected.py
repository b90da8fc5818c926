"""What a department has corrected after a dispute stands, until its source says something new.

A list, or a filing, that only repeats what was corrected says nothing new: the correction stays. Where it says
something else, that counts, and the officer who decided and the organisation are told.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection
from django.urls import reverse

from kechuang.accounts.models import Membership
from kechuang.accounts.queries import stays_away
from kechuang.accounts.roles import APPLICANTS
from kechuang.journal.actions import record, tell
from kechuang.registry.actions.following import value_words
from kechuang.registry.models import Correction, Fact, ListImport
from kechuang.registry.values import field_of

ByRecord = dict[tuple[int, str], dict[str, "Corrected"]]
"""Corrections by organisation and key of the record, then by field."""
GONE: Final = (ListImport.State.UNDOING, ListImport.State.UNDONE)
Place = tuple[int, str, str]
"""An organisation, the key of a record, and a field."""
_SAID: Final = """
    SELECT s.organisation_id, s.key, s.field, s.value FROM list_said s
    JOIN unnest(%(organisations)s::bigint[], %(keys)s::text[], %(names)s::text[]) AS c(organisation_id, key, field)
      ON s.organisation_id = c.organisation_id AND s.key = c.key AND s.field = c.field
"""
_LEAVE_OUT: Final = """
    DELETE FROM list_said s
    USING unnest(%(organisations)s::bigint[], %(keys)s::text[], %(names)s::text[]) AS c(organisation_id, key, field)
    WHERE s.organisation_id = c.organisation_id AND s.key = c.key AND s.field = c.field
"""


@dataclass(frozen=True, slots=True)
class Corrected:
    """A correction that stands. fact: the value now, and by whom. said: the fact of the source that it corrected."""

    fact: Fact
    said: Fact | None

    def repeats(self, value: Any) -> bool:
        """Whether a value is the very one that was corrected."""
        return self.said is not None and self.said.value == value


def standing(record_kind: str, organisations: Collection[int]) -> dict[Place, Corrected]:
    """What departments have corrected of these organisations' records of a kind, where that stands."""
    found = Fact.objects.filter(
        organisation__in=organisations,
        record=record_kind,
        source=Fact.Source.LIST,
        known_to__isnull=True,
        verified_by__isnull=False,
    )
    facts = list(found.select_related("organisation", "verified_by__user"))
    said = _said_before(facts)
    return {(one.organisation_id, one.key, one.field): Corrected(one, said.get(one.pk)) for one in facts}


def of_rows(record_kind: str, organisations: Collection[int]) -> ByRecord:
    """The same by record, for a part of a dry run."""
    found: ByRecord = {}
    for (organisation, key, name), one in standing(record_kind, organisations).items():
        found.setdefault((organisation, key), {})[name] = one
    return found


def keep(record_kind: str, organisations: Collection[int]) -> None:
    """Leave out of what a list says (`list_said`) whatever only repeats what was corrected. Holds the locks."""
    corrected = standing(record_kind, organisations)
    if not corrected:
        return
    with connection.cursor() as cursor:
        cursor.execute(_SAID, _columns(corrected))
        said = {(row[0], row[1], row[2]): json.loads(row[3]) for row in cursor.fetchall()}
        repeated = [place for place, value in said.items() if corrected[place].repeats(value)]
        if repeated:
            cursor.execute(_LEAVE_OUT, _columns(repeated))


def tell_of(found: ListImport, at: datetime) -> None:
    """Tell who decided, and who had disputed, of each correction that the list has overtaken by something new."""
    facts = Fact.objects.filter(
        list_import=found, supersedes__source=Fact.Source.LIST, supersedes__verified_by__isnull=False
    ).select_related("organisation", "supersedes__verified_by__user")
    for fact in list(facts):
        corrected = fact.supersedes
        assert corrected is not None  # noqa: S101 - filtered so
        assert found.applied_by is not None  # noqa: S101 - set by whoever applies
        event = record(
            "correction.overtaken",
            f"fact:{fact.pk}",
            actor=found.applied_by,
            at=at,
            organisation_id=fact.organisation_id,
            data={"corrected": corrected.value, "value": fact.value},
        )
        about = field_of(fact.record, fact.field).title
        old, new = value_words(fact, corrected.value), value_words(fact, fact.value)
        tell(
            [(who.user_id, who.pk) for who in _concerned(corrected)],
            event=event,
            title={"zh": "已更正的事实有了新的说法", "en": "A corrected fact is stated anew"},
            body={
                "zh": f"{fact.organisation.name}的“{about.zh}”曾更正为 {old.zh}；来源现改为 {new.zh}，以此为准。"
                "认为不对的，可以重新提出更正。",
                "en": f"“{about.en}” of {fact.organisation.name} was corrected to {old.en}. Its source now says "
                f"{new.en}, and that counts. The organisation may dispute it anew.",
            },
            link=reverse("fact", args=[fact.pk]),
        )


def of_undone(found: ListImport, most: int) -> dict[int, int]:
    """Up to `most` standing corrections of what undone filings said of the kind: {fact: organisation}.

    A department's list leaves them: what the department has said after its list stays, and the list's page names it.
    """
    if found.imported_by.role not in APPLICANTS:
        return {}
    upheld = Correction.objects.filter(
        state=Correction.State.UPHELD, fact__record=found.record, fact__list_import__state__in=GONE
    )
    corrected = standing(found.record, set(upheld.values_list("organisation_id", flat=True)))
    mine = [one.fact for one in corrected.values() if one.said and _is_gone(one.said.list_import)]
    return {fact.pk: fact.organisation_id for fact in sorted(mine, key=lambda fact: fact.pk)[:most]}


def _is_gone(found: ListImport | None) -> bool:
    return found is not None and found.state in GONE and found.imported_by.role in APPLICANTS


def _said_before(facts: Iterable[Fact]) -> dict[int, Fact]:
    """What the source itself had said before these corrections, by their numbers; one may follow upon another."""
    found: dict[int, Fact] = {}
    waiting: dict[int, int | None] = {one.pk: one.supersedes_id for one in facts if one.supersedes_id}
    while waiting:
        known = Fact.objects.select_related("list_import__imported_by")
        before = known.in_bulk(set(waiting.values()))
        found |= {one: before[at] for one, at in waiting.items() if before[at].verified_by_id is None}
        waiting = {
            one: before[at].supersedes_id
            for one, at in waiting.items()
            if before[at].verified_by_id is not None and before[at].supersedes_id
        }
    return found


def _concerned(fact: Fact) -> list[Membership]:
    """Who decided on the correction, and who had asked for it; nobody who stays away."""
    asked = Correction.objects.filter(
        state=Correction.State.UPHELD,
        organisation=fact.organisation_id,
        fact__record=fact.record,
        fact__key=fact.key,
        fact__field=fact.field,
    ).select_related("raised_by__user")
    people = {one.raised_by.pk: one.raised_by for one in asked}
    if fact.verified_by is not None:
        people[fact.verified_by.pk] = fact.verified_by
    return [one for one in people.values() if not stays_away(one, [fact.organisation_id])]


def _columns(places: Collection[Place]) -> dict[str, Any]:
    organisations, keys, names = zip(*places, strict=True)
    return {"organisations": list(organisations), "keys": list(keys), "names": list(names)}
