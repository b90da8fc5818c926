"""The facts that a benefit reads, as applications show them: what is known and from whom, and what is asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from kechuang.accounts.models import Organisation
from kechuang.fulfilment.assessing import CaseAssessment, pack_of
from kechuang.fulfilment.models import Case
from kechuang.fulfilment.sections import bound_benefit_of, fields_of
from kechuang.policy.cases.outcome import Missing
from kechuang.policy.encoding.binding import BoundBenefit
from kechuang.policy.language.tree import Node
from kechuang.policy.language.values import Value, Words
from kechuang.policy.language.vocabulary import SUBJECT, YEARS, Field, RecordKind, load_vocabulary
from kechuang.policy.words.wording import known_value, value_text
from kechuang.registry import keys, values
from kechuang.registry.assembly import IDENTITY, SOURCES
from kechuang.registry.forms import Asked
from kechuang.registry.models import Correction, Fact
from kechuang.registry.provenance import REGISTERED, told_to_itself
from kechuang.registry.queries import facts_known

_NO: Final = Words("没有", "none")


@dataclass(frozen=True)
class Known:
    """One fact that stands: `fact` None for what the organisation's own row says. asked: the city does not hold it."""

    about: Field
    value: Value
    fact: Fact | None
    disputed: bool = False

    @property
    def source(self) -> Words:
        """Who says so: the title of the list where there is one."""
        if self.fact is None:
            return REGISTERED
        return told_to_itself(self.fact)

    def said(self, language: str) -> str:
        """The value as people read it."""
        return value_text(self.value, self.about.type, load_vocabulary(), language)

    @property
    def words(self) -> Words:
        """The value in both languages."""
        return Words(self.said("zh"), self.said("en"))


@dataclass
class Shown:
    """One record on the page of its section: what the city knows of it, and what is asked."""

    kind: RecordKind
    key: str
    known: list[Known] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    stated: list[Known] = field(default_factory=list)  # what is asked, with the answer that stands
    own: bool = False  # stated by the organisation alone, so it may take it back

    @property
    def title(self) -> Words:
        """What tells the record from others of its kind."""
        if self.kind.name == SUBJECT:
            return self.kind.title
        told = keys.values_of(self.kind.name, self.key)
        parts = [
            [
                value_text(value, self.kind.fields[name].type, load_vocabulary(), language)
                for name, value in told.items()
            ]
            for language in ("zh", "en")
        ]
        if self.kind.name == YEARS:
            return Words(f"{self.key} 年", self.key)
        return Words("，".join(parts[0]) or self.key, ", ".join(parts[1]) or self.key)


@dataclass(frozen=True)
class FactSection:
    """The section of one kind of record. none: somebody says that the organisation has no such record."""

    kind: RecordKind
    records: list[Shown]
    missing: frozenset[
        tuple[str, str]
    ]  # (key, field) of the facts that are still needed; ('', '') the list itself
    none: Known | None = None

    @property
    def many(self) -> bool:
        """Whether records may be added."""
        return self.kind.name not in {SUBJECT, YEARS}

    @property
    def asked(self) -> list[Asked]:
        """All questions of the page."""
        return [one for record in self.records for one in record.asked]

    @property
    def city_knows(self) -> bool:
        """Whether everything known here comes from others than the organisation, and nothing is to be asked."""
        told = [one for record in self.records for one in record.known]
        return bool(told) and not any(one.value is not None for one in self.asked) and not self.missing

    @property
    def answered(self) -> bool:
        """Whether anything is known at all."""
        return bool(self.none or any(one.value is not None for one in self.asked)) or any(
            record.known for record in self.records
        )


def fact_sections(case: Case, found: CaseAssessment, at: datetime) -> dict[str, FactSection]:
    """The fact sections of an application by kind of record, as known at `at`; three queries."""
    standing = _standing(case.organisation, at)
    disputed = set(
        Correction.objects.filter(organisation=case.organisation_id, state=Correction.State.OPEN).values_list(
            "fact_id", flat=True
        )
    )
    needed = _needed(found)
    made = {}
    for name, fields in fields_of(case).items():
        kind = pack_of(case).vocabulary.records[name]
        facts = standing.get(name, {})
        records = [
            _shown(case.organisation, kind, key, wanted, facts.get(key, {}), disputed)
            for key, wanted in _places(case, kind, fields, facts)
        ]
        none = facts.get("", {}).get("")
        made[name] = FactSection(
            kind,
            records,
            frozenset(needed.get(name, ())),
            Known(Field("", "boolean", _NO, None, None), value=False, fact=none)
            if none and name != SUBJECT
            else None,
        )
    return made


def years_read(benefit: BoundBenefit) -> dict[int, frozenset[str]]:
    """The annual figures that a benefit reads: {years back: names}."""
    found: defaultdict[int, set[str]] = defaultdict(set)
    for root in _roots(benefit):
        for node in root.walk():
            if node.op == "annual":
                back = known_value(node.args[0])
                found[back if isinstance(back, int) else 0].add(str(node.value))
    return {back: frozenset(names) for back, names in sorted(found.items())}


def _roots(benefit: BoundBenefit) -> Iterator[Node]:
    yield from (node for _, node in benefit.conditions)
    yield from (node for _, node in benefit.total_caps)
    if benefit.amount is not None:
        yield benefit.amount


def _standing(organisation: Organisation, at: datetime) -> dict[str, dict[str, dict[str, Fact]]]:
    """The facts that prevail: {record: {key: {field: fact}}}, without records that a better source denies."""
    rank = {source: place for place, source in enumerate(SOURCES)}
    known = list(facts_known(organisation.pk, at).select_related("list_import"))
    denied: dict[tuple[str, str], int] = {}
    for fact in known:
        if fact.key and not fact.field and fact.value is False:
            place = (fact.record, fact.key)
            denied[place] = min(rank[Fact.Source(fact.source)], denied.get(place, len(rank)))
    found = [
        fact
        for fact in known
        if (fact.field or fact.value is not False or not fact.key)
        and rank[Fact.Source(fact.source)] <= denied.get((fact.record, fact.key), len(rank))
    ]
    standing: defaultdict[str, defaultdict[str, dict[str, Fact]]] = defaultdict(lambda: defaultdict(dict))
    for fact in sorted(found, key=lambda one: (-rank[Fact.Source(one.source)], one.pk)):
        standing[fact.record][fact.key][fact.field] = fact
    return {record: dict(by_key) for record, by_key in standing.items()}


def _places(
    case: Case, kind: RecordKind, fields: frozenset[str], facts: dict[str, dict[str, Fact]]
) -> Iterable[tuple[str, list[str]]]:
    """The records of a section by key, each with the fields to show, in the order of the vocabulary."""
    if kind.name == YEARS:
        read = years_read(bound_benefit_of(case))
        for back, names in read.items():
            yield str(case.year - back), [name for name in kind.fields if name in names]
        return
    listed = [name for name in kind.fields if name in fields]
    if kind.name == SUBJECT:
        yield "", [name for name in kind.fields if name in fields | {"uscc", "name"}]
        return
    for key in sorted((key for key in facts if key), key=lambda one: (len(one), one)):
        yield key, listed


def _shown(
    organisation: Organisation,
    kind: RecordKind,
    key: str,
    names: list[str],
    facts: dict[str, Fact],
    disputed: set[int],
) -> Shown:
    made = Shown(kind, key)
    told = keys.values_of(kind.name, key) if key else {}
    for name in names:
        about, fact = kind.fields[name], facts.get(name)
        if kind.name == SUBJECT and name in IDENTITY:
            value: Value = getattr(organisation, name) or None
            made.known.append(Known(about, value, None))
        elif fact is not None and fact.source != Fact.Source.DECLARED:
            value = values.typed_of(fact.value, about.type)
            made.known.append(Known(about, value, fact, fact.pk in disputed))
        elif name not in told:
            value = values.typed_of(fact.value, about.type) if fact else None
            made.asked.append(Asked(kind.name, name, key, value))
            made.stated.append(Known(about, value, fact))
    made.own = bool(key) and bool(facts) and all(one.source == Fact.Source.DECLARED for one in facts.values())
    return made


def _needed(found: CaseAssessment) -> dict[str, set[tuple[str, str]]]:
    """The facts that the assessment lacks: {record: {(key, field)}}."""
    needed: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    for one in missing_of(found):
        needed[one.record].add((_key_of(one, found), one.field or ""))
    return dict(needed)


def missing_of(found: CaseAssessment) -> tuple[Missing, ...]:
    """What is still needed to tell; nothing once the outcome is certain."""
    return (found.item or found.result).missing


def _key_of(one: Missing, found: CaseAssessment) -> str:
    if one.record == YEARS:
        return str(one.year) if one.year else ""
    rows = found.assessment.facts.get(one.record)
    if one.index is None or not isinstance(rows, list):
        return ""
    return keys.key_of(one.record, rows[one.index])
