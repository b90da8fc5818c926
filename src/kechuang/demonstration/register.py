"""The register of the invented city: units drawn by `population`, stated as if departments' lists had brought them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from fractions import Fraction
from typing import Any, Final

from kechuang.accounts.models import Organisation
from kechuang.accounts.refusals import Refused
from kechuang.policy.language.values import RATE
from kechuang.policy.language.vocabulary import SUBJECT, RecordKind, load_vocabulary
from kechuang.population.generate import generate
from kechuang.registry.keys import key_of
from kechuang.registry.models import Fact
from kechuang.registry.values import plain_of

IDENTITY: Final = ("uscc", "name", "kind", "district")
MILLION: Final = 1_000_000  # rates of a drawn city come in millionths
CHUNK: Final = 5_000


def draw(units: int, seed: int, *, year: int, on: date, at: datetime) -> list[Organisation]:
    """Register `units` invented organisations with their facts, known since `at`; the same seed gives the same city."""
    rows = generate(units, seed, year, on).to_pylist()
    organisations = Organisation.objects.bulk_create(
        Organisation(**{name: row[name] or "" for name in IDENTITY}, created_at=at) for row in rows
    )
    facts = (
        fact
        for organisation, row in zip(organisations, rows, strict=True)
        for fact in facts_of(organisation, row, at)
    )
    Fact.objects.bulk_create(facts, batch_size=CHUNK)
    return organisations


def facts_of(organisation: Organisation, row: Mapping[str, Any], at: datetime) -> Iterator[Fact]:
    """The facts of a drawn row, as lists of departments state them: a known empty list as "has none"."""
    records = load_vocabulary().records
    for name in records[SUBJECT].fields:
        if name not in IDENTITY and row[name] is not None:
            yield _fact(organisation, records[SUBJECT], "", name, row[name], at)
    for kind in load_vocabulary().related:
        found = row[kind.name]
        if found == []:
            yield _fact(organisation, kind, "", "", False, at)  # noqa: FBT003 - the value of "has none"
        seen: set[str] = set()
        for record in found or ():
            key = _key(kind, record)
            if key and key not in seen:
                seen.add(key)
                stated = {name: value for name, value in record.items() if value is not None}
                yield from (_fact(organisation, kind, key, name, value, at) for name, value in stated.items())


def _key(kind: RecordKind, record: Mapping[str, Any]) -> str:
    """The key of a drawn record; '' for one that nothing tells apart, which no list could carry either."""
    try:
        return key_of(kind.name, record)
    except Refused:
        return ""


def _fact(
    organisation: Organisation, kind: RecordKind, key: str, name: str, value: Any, at: datetime
) -> Fact:
    if name and kind.fields[name].type == RATE:
        value = Fraction(value, MILLION)
    return Fact(
        organisation=organisation,
        record=kind.name,
        key=key,
        field=name,
        value=plain_of(value),
        known_from=at,
        source=Fact.Source.LIST,
    )
