"""What reads the registry. Every list is narrowed to what the membership may see, see rules.py."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, TypeVar

from django.db.models import Count, Exists, Model, OuterRef, Prefetch, Q, QuerySet
from django.http import Http404

from kechuang.accounts.models import Membership, Organisation
from kechuang.accounts.queries import away_from
from kechuang.accounts.roles import APPLICANTS
from kechuang.policy.language.values import Value, Words
from kechuang.policy.language.vocabulary import SUBJECT, Field, RecordKind, load_vocabulary
from kechuang.policy.words.wording import value_text
from kechuang.registry import keys, periods, rules, values
from kechuang.registry.actions.stating import IDENTITY_FIELDS
from kechuang.registry.forms import Asked
from kechuang.registry.models import Correction, Evidence, Fact, ListImport, ListRow

Row = TypeVar("Row", bound=Model)
Source = Fact.Source
PRECEDENCE: Final = (Source.DECISION, Source.LIST, Source.VERIFIED, Source.DECLARED)
"""Where several sources speak for one field, the first of these prevails."""
HANDED_OUT: Final = (Evidence.Scan.CLEAN, Evidence.Scan.NOT_SCANNED)
"""What the scanner must have said of a file before anybody may have it; without a scanner nothing is said."""
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


def known_at(at: datetime) -> Q:
    """Facts that the house knew at a moment: from `known_from` on, up to and without `known_to`."""
    return Q(known_from__lte=at) & (Q(known_to__isnull=True) | Q(known_to__gt=at))


def facts_known(organisation_id: int, at: datetime) -> QuerySet[Fact]:
    """What the house knew of an organisation at a moment, from all sources."""
    return Fact.objects.filter(known_at(at), organisation_id=organisation_id)


def with_people(facts: Iterable[Fact]) -> list[Fact]:
    """The facts with who stated and who verified them, in one query: joined, people would be read once a fact."""
    found = list(facts)
    numbers = {number for one in found for number in (one.stated_by_id, one.verified_by_id) if number}
    people = Membership.objects.select_related("user", "organisation").in_bulk(numbers)
    for one in found:
        one.stated_by = people.get(one.stated_by_id or 0)
        one.verified_by = people.get(one.verified_by_id or 0)
    return found


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


def kept_when_undone(list_import: ListImport, membership: Membership) -> QuerySet[Fact]:
    """What a list said that had given way to something else before the list was undone, and so was left alone."""
    said = Fact.objects.filter(list_import=list_import, known_to__lt=list_import.undone_at)
    said = said.exclude(organisation__in=away_from(membership))
    return said.select_related("organisation").order_by("organisation__name", "record", "key", "field")


@dataclass(frozen=True, slots=True)
class OrganisationFilters:
    """What narrows the list of organisations; '' does not."""

    q: str = ""
    kind: str = ""
    district: str = ""
    status: str = ""


def organisations(membership: Membership, chosen: OrganisationFilters) -> QuerySet[Organisation]:
    """The organisations that a membership may see, by name; each with the `statuses` that it has."""
    found = rules.organisations_visible_to(membership)
    if chosen.q:
        found = found.filter(Q(name__icontains=chosen.q) | Q(uscc__startswith=chosen.q.upper()))
    if chosen.kind:
        found = found.filter(kind=chosen.kind)
    if chosen.district:
        found = found.filter(district=chosen.district)
    if chosen.status:
        found = found.filter(Exists(_status_facts().filter(organisation=OuterRef("pk"), value=chosen.status)))
    return found.order_by("name", "id")


def with_statuses(found: QuerySet[Organisation]) -> QuerySet[Organisation]:
    """The organisations with what is known of their statuses, in one more query: see `held_by`."""
    known = Fact.objects.filter(record="statuses", field__in=["kind", "expires_on"], known_to__isnull=True)
    return found.prefetch_related(Prefetch("facts", queryset=known, to_attr="status_facts"))


def held_by(organisation: Organisation, today: date) -> list[tuple[str, bool]]:
    """The statuses of an organisation read by `with_statuses`, each once: its code, and whether it holds today."""
    ends = {fact.key: fact.value for fact in _status_facts_of(organisation) if fact.field == "expires_on"}
    held: dict[str, bool] = {}
    for fact in _status_facts_of(organisation):
        if fact.field == "kind":
            holds = ends.get(fact.key, "9999") >= today.isoformat()
            held[fact.value] = held.get(fact.value, False) or holds
    return sorted(held.items(), key=lambda one: (not one[1], one[0]))


def _status_facts_of(organisation: Organisation) -> list[Fact]:
    return organisation.status_facts  # type: ignore[attr-defined,no-any-return]  # by with_statuses


def organisation_at(number: int, membership: Membership) -> Organisation:
    """One organisation whose profile a membership may open; 404 where there is none."""
    return _found(rules.organisations_visible_to(membership).filter(pk=number))


def fact_at(number: int, membership: Membership) -> Fact:
    """One fact of an organisation whose profile a membership may open; 404 where there is none."""
    found = Fact.objects.filter(pk=number, organisation__in=rules.organisations_visible_to(membership))
    return _found(
        found.select_related(
            "organisation", "stated_by", "verified_by", "list_import__imported_by", "evidence"
        )
    )


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


def evidence_at(number: int, membership: Membership) -> Evidence:
    """One file that a membership may have; 404 where there is none, it may not, or the scanner has not cleared it."""
    found = _found(Evidence.objects.select_related("organisation").filter(pk=number))
    if not rules.may_see_evidence(membership, found) or found.scan not in HANDED_OUT:
        raise Http404
    return found


def evidence_of(organisation_id: int, membership: Membership) -> QuerySet[Evidence]:
    """The files of an organisation that are open to whoever asks, the newest first."""
    return rules.evidence_open_to(membership, Evidence.objects.filter(organisation_id=organisation_id))


def corrections(membership: Membership, *, state: str = "", mine: bool = False) -> QuerySet[Correction]:
    """Disputes that a membership may see; `mine`: those that one's own department answers."""
    found = rules.corrections_visible_to(membership).select_related(
        "organisation", "fact__list_import__imported_by", "fact__stated_by", "fact__verified_by"
    )
    if state:
        found = found.filter(state=state)
    if mine:
        listed = Q(fact__list_import__imported_by__organisation=membership.organisation_id)
        said = Q(fact__list_import__isnull=True, fact__verified_by__organisation=membership.organisation_id)
        other = Q(
            fact__list_import__isnull=True,
            fact__verified_by__isnull=True,
            fact__stated_by__organisation=membership.organisation_id,
        )
        found = found.filter(listed | said | other)
    return found


def correction_at(number: int, membership: Membership) -> Correction:
    """One dispute; 404 where there is none that the membership may see."""
    seen = rules.corrections_visible_to(membership).select_related(
        "organisation",
        "evidence",
        "fact__list_import__imported_by__organisation",
        "fact__stated_by__organisation",
        "fact__verified_by__organisation",
        "raised_by__user",
        "raised_by__organisation",
        "answered_by__user",
        "answered_by__organisation",
    )
    return _found(seen.filter(pk=number))


def shown(fact: Fact) -> ShownFact:
    """One fact as pages show it."""
    return _shown(fact, prevails=fact.known_to is None, correction=None)


def list_imports() -> QuerySet[ListImport]:
    """All lists of departments, the newest first; what banks and insurers file stands elsewhere."""
    found = ListImport.objects.exclude(imported_by__role__in=APPLICANTS)
    return found.select_related("imported_by__user", "imported_by__organisation")


def list_import_at(number: int) -> ListImport:
    """One list; 404 where there is none."""
    seen = list_imports().select_related(
        "applied_by__user", "applied_by__organisation", "undone_by__user", "undone_by__organisation"
    )
    return _found(seen.filter(pk=number))


def list_rows(list_import: ListImport, change: str, membership: Membership) -> QuerySet[ListRow]:
    """The rows of a list that change something in one way, without those of whom the reader stays away from."""
    found = ListRow.objects.filter(list_import=list_import, change=change).select_related("organisation")
    return found.exclude(organisation__in=away_from(membership))


def lists_seen_by(membership: Membership, lists: Iterable[ListImport]) -> list[ListImport]:
    """Lists with the counts that the reader may know, for showing only: what one stays away from is not in them."""
    shown = [copy(one) for one in lists]
    away = list(away_from(membership))
    if not away:
        return shown
    hidden = ListRow.objects.filter(list_import__in=[one.pk for one in shown], organisation__in=away)
    by_list: dict[int, dict[str, int]] = {}
    for number, change, rows in (
        hidden.order_by().values_list("list_import", "change").annotate(n=Count("pk"))
    ):
        by_list.setdefault(number, {})[change] = rows
    for one in shown:
        if less := by_list.get(one.pk):
            names = [name for name in ListRow.Change.values if name in one.counts]
            counts = {name: one.counts[name] - less.get(name, 0) for name in names}
            one.counts = {**counts, "rows": sum(counts.values())}
    return shown


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


def _status_facts() -> QuerySet[Fact]:
    return Fact.objects.filter(record="statuses", field="kind", known_to__isnull=True)


def _found(rows: QuerySet[Row]) -> Row:
    found = rows.first()
    if found is None:
        raise Http404
    return found


def declared(organisation_id: int, record: str, key: str, field: str) -> QuerySet[Fact]:
    """What an organisation says now of one field."""
    return Fact.objects.filter(
        organisation_id=organisation_id,
        record=record,
        key=key,
        field=field,
        source=Source.DECLARED,
        known_to__isnull=True,
    )
