"""What reads the registry. Every list is narrowed to what the membership may see, see rules.py."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from django.db.models import Q, QuerySet

from kechuang.policy.language.values import Value, Words
from kechuang.policy.language.vocabulary import SUBJECT, Field, RecordKind, load_vocabulary
from kechuang.policy.words.wording import value_text
from kechuang.registry import keys, periods, values
from kechuang.registry.models import Correction, Fact, ListImport

Source = Fact.Source
PRECEDENCE: Final = (Source.DECISION, Source.LIST, Source.VERIFIED, Source.DECLARED)
"""Where several sources speak for one field, the first of these prevails."""
SOURCE_WORDS: Final = {
    Source.DECISION: Words("决定", "decision"),
    Source.LIST: Words("部门名录", "department's list"),
    Source.VERIFIED: Words("部门核实", "verified by a department"),
    Source.DECLARED: Words("本单位填报", "declared by the organisation"),
}


@dataclass(frozen=True, slots=True)
class ShownFact:
    """One fact as pages show it; `prevails` when no source before it speaks for the field."""

    fact: Fact
    kind: RecordKind
    field: Field | None
    value: Value
    prevails: bool
    correction: Correction | None

    @property
    def title(self) -> Words:
        """What the fact is about; of "has none", the kind of record."""
        return self.field.title if self.field else self.kind.title

    @property
    def said(self) -> Words:
        """The value as people read it."""
        if self.field is None:
            return Words("没有", "none")
        return said_of(self.field, self.value)

    @property
    def source(self) -> Words:
        """Who says so."""
        return SOURCE_WORDS[Source(self.fact.source)]

    @property
    def disputed(self) -> bool:
        """Whether the organisation says that it is wrong, and has no answer yet."""
        return self.correction is not None


@dataclass(slots=True)
class ShownRecord:
    """One record: the facts that have one key. `period`: from and until when it holds, by its own dates."""

    kind: RecordKind
    key: str
    facts: list[ShownFact] = field(default_factory=list)

    @property
    def prevailing(self) -> list[ShownFact]:
        """The facts that count, one a field."""
        return [one for one in self.facts if one.prevails]

    @property
    def title(self) -> Words:
        """What tells the record from others of its kind: '2025', '高新技术企业 国家级 2025'."""
        return title_of(self.kind, self.key)

    @property
    def period(self) -> tuple[date | None, date | None]:
        """From and until when the record holds."""
        return periods.period_of(self.kind.name, {one.fact.field: one.value for one in self.prevailing})


def known_at(at: datetime) -> Q:
    """Facts that the house knew at a moment: from `known_from` on, up to and without `known_to`."""
    return Q(known_from__lte=at) & (Q(known_to__isnull=True) | Q(known_to__gt=at))


def facts_known(organisation_id: int, at: datetime) -> QuerySet[Fact]:
    """What the house knew of an organisation at a moment, from all sources."""
    return Fact.objects.filter(known_at(at), organisation_id=organisation_id)


def facts_shown(organisation_id: int, at: datetime) -> list[ShownFact]:
    """What pages show of an organisation, from all sources, in the order of the vocabulary; two queries.

    Facts with their evidence, who stated and verified them, and their open dispute.
    """
    found = list(
        facts_known(organisation_id, at).select_related(
            "evidence",
            "stated_by__user",
            "stated_by__organisation",
            "verified_by__user",
            "verified_by__organisation",
            "list_import__imported_by__organisation",
        )
    )
    disputes = Correction.objects.filter(organisation_id=organisation_id, state=Correction.State.OPEN)
    open_by_fact = {one.fact_id: one for one in disputes}
    first: dict[tuple[str, str, str], int] = {}
    for fact in found:
        place = (fact.record, fact.key, fact.field)
        first[place] = min(first.get(place, len(PRECEDENCE)), _rank(fact))
    found = [fact for fact in found if fact.record in load_vocabulary().records]
    found.sort(key=_in_order)
    return [
        _shown(fact, _rank(fact) == first[fact.record, fact.key, fact.field], open_by_fact.get(fact.pk))
        for fact in found
    ]


def records_shown(facts: list[ShownFact]) -> list[ShownRecord]:
    """The facts put together to records."""
    found: dict[tuple[str, str], ShownRecord] = {}
    for one in facts:
        place = (one.kind.name, one.fact.key)
        found.setdefault(place, ShownRecord(one.kind, one.fact.key)).facts.append(one)
    return list(found.values())


def title_of(kind: RecordKind, key: str) -> Words:
    """What tells a record from others of its kind, in words."""
    if kind.name == SUBJECT:
        return kind.title
    try:
        told = keys.values_of(kind.name, key)
    except ValueError:
        told = {}
    parts = [said_of(kind.fields[name], value) for name, value in told.items()]
    if keys.parts_of(kind) and keys.parts_of(kind)[-1].endswith(keys.YEAR_OF) and key.rpartition("|")[2]:
        parts.append(Words(key.rpartition("|")[2], key.rpartition("|")[2]))
    if not parts:
        return Words(key, key)
    return Words(" · ".join(one.zh for one in parts), " · ".join(one.en for one in parts))


def said_of(about: Field, value: Value) -> Words:
    """A value as people read it, in both languages."""
    vocabulary = load_vocabulary()
    return Words(
        value_text(value, about.type, vocabulary, "zh"), value_text(value, about.type, vocabulary, "en")
    )


def _shown(fact: Fact, prevails: bool, correction: Correction | None) -> ShownFact:  # noqa: FBT001 - as found
    kind = load_vocabulary().records[fact.record]
    about = kind.fields.get(fact.field)
    value = values.typed_of(fact.value, about.type) if about else fact.value
    return ShownFact(fact, kind, about, value, prevails, correction)


def _rank(fact: Fact) -> int:
    return PRECEDENCE.index(Source(fact.source))


def _in_order(fact: Fact) -> tuple[int, str, int, int]:
    vocabulary = load_vocabulary()
    kinds, fields = list(vocabulary.records), list(vocabulary.records[fact.record].fields)
    field_place = fields.index(fact.field) if fact.field in fields else -1
    return kinds.index(fact.record), fact.key, field_place, _rank(fact)


def kept_when_undone(list_import: ListImport) -> QuerySet[Fact]:
    """What a list said that had given way to something else before the list was undone, and so was left alone."""
    said = Fact.objects.filter(list_import=list_import, known_to__lt=list_import.undone_at)
    return said.select_related("organisation").order_by("organisation__name", "record", "key", "field")
