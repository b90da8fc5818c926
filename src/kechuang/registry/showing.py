"""Facts and records as pages and programs show them: in words, with who says so and which prevails."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from kechuang.accounts.models import Membership, Organisation
from kechuang.policy.language.values import Value, Words
from kechuang.policy.language.vocabulary import SUBJECT, Field, RecordKind, load_vocabulary
from kechuang.policy.words.wording import value_text
from kechuang.registry import keys, periods, rules, values
from kechuang.registry.actions.stating import IDENTITY_FIELDS
from kechuang.registry.forms import Asked
from kechuang.registry.models import Correction, Fact
from kechuang.registry.queries import facts_known, with_people

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
    def declared(self) -> bool:
        """Whether the organisation itself said something of it."""
        return any(one.fact.source == Source.DECLARED for one in self.facts)

    @property
    def listed(self) -> list[ShownFact]:
        """The facts to list: all but those that the title of the record tells already."""
        told = keys.values_of(self.kind.name, self.key) if self.key else {}
        return [one for one in self.facts if one.fact.field not in told] or self.facts

    @property
    def one_source(self) -> ShownFact | None:
        """A fact whose source is that of all, so that it need be named once only; None where sources differ."""
        said = {(one.fact.source, one.fact.list_import_id, one.fact.stated_by_id) for one in self.facts}
        return self.facts[0] if len(said) == 1 and len(self.listed) > 1 else None

    @property
    def said_none(self) -> bool:
        """Whether it is no record but the word that there is none."""
        return any(one.field is None for one in self.facts)

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


def facts_shown(organisation_id: int, at: datetime) -> list[ShownFact]:
    """What pages show of an organisation, from all sources, in the order of the vocabulary; three queries.

    Facts with their evidence, who stated and verified them, and their open dispute.
    """
    known = facts_known(organisation_id, at)
    found = with_people(known.select_related("evidence", "list_import__imported_by__organisation"))
    disputes = Correction.objects.filter(organisation_id=organisation_id, state=Correction.State.OPEN)
    open_by_fact = {one.fact_id: one for one in disputes}
    first: dict[tuple[str, str, str], int] = {}
    for fact in found:
        place = (fact.record, fact.key, fact.field)
        first[place] = min(first.get(place, len(PRECEDENCE)), _rank(fact))
    spoken = {(fact.record, fact.key) for fact in found if fact.field}
    found = [fact for fact in found if fact.record in load_vocabulary().records and _tells(fact, spoken)]
    found.sort(key=_in_order)
    return [
        _shown(fact, _rank(fact) == first[fact.record, fact.key, fact.field], open_by_fact.get(fact.pk))
        for fact in found
    ]


def facts_open_to(membership: Membership, organisation: Organisation, at: datetime) -> list[ShownFact]:
    """The facts of an organisation as `facts_shown`, without those that are not for this person."""
    found = facts_shown(organisation.pk, at)
    if rules.may_see_files_of(membership, organisation):
        return found
    return [one for one in found if rules.may_see_fact(membership, one.fact)]


def _tells(fact: Fact, spoken: set[tuple[str, str]]) -> bool:
    """Whether a fact tells something: that one record of many is not there does, if somebody says that it is."""
    return bool(fact.field or not fact.key or (fact.record, fact.key) in spoken)


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


def history_of(fact: Fact) -> list[ShownFact]:
    """All that was ever said of the field of a fact, by all sources, the newest first."""
    said = Fact.objects.filter(
        organisation_id=fact.organisation_id, record=fact.record, key=fact.key, field=fact.field
    ).select_related(
        "evidence",
        "stated_by__user",
        "stated_by__organisation",
        "verified_by__user",
        "verified_by__organisation",
        "list_import__imported_by__organisation",
    )
    found = sorted(said, key=lambda one: (one.known_from, one.pk), reverse=True)
    known = [_rank(one) for one in found if one.known_to is None]
    return [_shown(one, one.known_to is None and _rank(one) == min(known), None) for one in found]


def shown(fact: Fact) -> ShownFact:
    """One fact as pages show it."""
    return _shown(fact, prevails=fact.known_to is None, correction=None)


def asked_of(
    organisation_id: int, record: str, key: str, at: datetime
) -> tuple[list[ShownFact], list[Asked]]:
    """Of one record: what the city knows, which nobody is asked for again, and the questions that are left.

    The fields that make the key are not asked for.
    """
    facts = [
        one
        for one in facts_shown(organisation_id, at)
        if one.kind.name == record and one.fact.key == key and one.field is not None
    ]
    known = [one for one in facts if one.prevails and one.fact.source != Source.DECLARED]
    told = {one.fact.field for one in known} | set(keys.key_fields(load_vocabulary().records[record]))
    declared = {one.fact.field: one.value for one in facts if one.fact.source == Source.DECLARED}
    told |= IDENTITY_FIELDS if record == SUBJECT else set()
    fields = load_vocabulary().records[record].fields
    return known, [Asked(record, name, key, declared.get(name)) for name in fields if name not in told]
