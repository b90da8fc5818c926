"""The facts of a case beside their evidence: what prevails, who says so, until when, what is disputed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from kechuang.fulfilment import sections
from kechuang.fulfilment.assessing import benefit_of, pack_of
from kechuang.fulfilment.models import Case
from kechuang.journal import statements
from kechuang.journal.statements import Ask
from kechuang.policy.language.values import Words
from kechuang.policy.language.vocabulary import SUBJECT, Field, RecordKind, load_vocabulary
from kechuang.policy.words.wording import value_text
from kechuang.registry import keys, values
from kechuang.registry.assembly import SOURCES
from kechuang.registry.models import Correction, Fact
from kechuang.registry.provenance import told_to_offices
from kechuang.registry.queries import facts_known, with_people
from kechuang.registry.rules import FILERS

FILED: Final = re.compile(r"[0-9A-Z]{18}/(?=.)")
"""Before the number of a loan or policy: the code of whoever filed it."""
PERSONS: Final = ("person", "team")
"""Kinds of organisations whose names public lists mask."""
OWN_FIELDS: Final = ("uscc", "name", "kind", "district")
"""What the register says of the organisation itself; these are no facts to be verified."""


@dataclass(frozen=True)
class Row:
    """One field: the fact that prevails, and what other sources say otherwise."""

    field: Field
    fact: Fact | None  # None: said by the register, or by nobody
    shown: Words
    others: list[tuple[Fact, Words]]
    dispute: Correction | None

    @property
    def source(self) -> Words | None:
        """Who says so."""
        return None if self.fact is None else source_of(self.fact)


def source_of(fact: Fact) -> Words:
    """Who says a fact; of what a bank or an insurer has filed its name."""
    filer = _filer_of(fact)
    return told_to_offices(fact) if filer is None else Words(f"{filer}报送", f"filed by {filer}")


def _filer_of(fact: Fact) -> str | None:
    """The name of the bank or the insurer whose list says it; None for every other source."""
    by = fact.stated_by.organisation if fact.stated_by and fact.source == Fact.Source.LIST else None
    return by.name if by is not None and by.kind in FILERS else None


@dataclass(frozen=True)
class Record:
    """One record of a kind, such as one year's figures or one title."""

    label: Words | None  # None for the organisation itself
    rows: list[Row]


@dataclass(frozen=True)
class Section:
    """One part of the application that holds facts. changed: it says something else now than when it was submitted."""

    key: str
    title: Words
    records: list[Record]
    changed: bool


def sections_of_facts(case: Case, known_at: datetime, changed: Iterable[str]) -> list[Section]:
    """The facts that the benefit reads, section by section, as they were known at `known_at`. In three queries."""
    vocabulary, moved = pack_of(case).vocabulary, set(changed)
    found = _facts(case, known_at)
    disputes = {one.fact_id: one for one in _disputes(case).rows()}
    said = []
    for key, names in sections.fields_of(case).items():
        kind = vocabulary.records[key]
        records = [
            Record(label_of(kind, record, rows), _rows(kind, record, names, rows, disputes))
            for record, rows in sorted(found.get(key, {}).items(), reverse=True)
            if key != SUBJECT
        ]
        if key == SUBJECT:
            records = [Record(None, _subject(case, kind, names, found.get(key, {}).get("", {}), disputes))]
        said.append(Section(key, kind.title, records, key in moved))
    return said


def _facts(case: Case, known_at: datetime) -> Mapping[str, dict[str, dict[str, list[Fact]]]]:
    """{record: {key: {field: facts, the prevailing first}}}."""
    grouped: dict[str, dict[str, dict[str, list[Fact]]]] = {}
    for fact in with_people(known(case, known_at).rows()):
        grouped.setdefault(fact.record, {}).setdefault(fact.key, {}).setdefault(fact.field, []).append(fact)
    for keyed in grouped.values():
        for fields in keyed.values():
            for facts in fields.values():
                facts.sort(key=lambda one: SOURCES.index(Fact.Source(one.source)))
    return grouped


def asks(case: Case, known_at: datetime) -> list[Ask[Any]]:
    """What `sections_of_facts` reads of the database first."""
    return [known(case, known_at), _disputes(case)]


def known(case: Case, at: datetime) -> Ask[Fact]:
    """What was known of its organisation at a time, from all sources."""
    return statements.ask(
        "facts of a case",
        lambda organisation, at: (
            facts_known(organisation, at).exclude(field="").select_related("evidence", "list_import")
        ),
        organisation=case.organisation_id,
        at=at,
    )


def _disputes(case: Case) -> Ask[Correction]:
    return statements.ask(
        "disputes open",
        lambda organisation: Correction.objects.filter(
            organisation=organisation, state=Correction.State.OPEN
        ),
        organisation=case.organisation_id,
    )


def _subject(
    case: Case,
    kind: RecordKind,
    names: Iterable[str],
    facts: Mapping[str, list[Fact]],
    disputes: Mapping[int, Correction],
) -> list[Row]:
    own = {"uscc": case.organisation.uscc, "name": case.organisation.name, "kind": case.organisation.kind,
           "district": case.organisation.district}  # fmt: skip
    rows = []
    for name in _order(kind, {*names, "name", "uscc"} & kind.fields.keys()):
        if name in OWN_FIELDS:
            rows.append(Row(kind.fields[name], None, _words(kind.fields[name], own[name] or None), [], None))
        else:
            rows.append(_row(kind.fields[name], facts.get(name, []), disputes))
    return rows


def _rows(
    kind: RecordKind,
    record: str,
    names: Iterable[str],
    facts: Mapping[str, list[Fact]],
    disputes: Mapping[int, Correction],
) -> list[Row]:
    """The fields of one record; what its key says stands above it and is not said again."""
    told = _told_by(kind, record)
    return [
        _row(kind.fields[name], facts.get(name, []), disputes)
        for name in _order(kind, names)
        if name in facts or name not in told
    ]


def _row(field: Field, facts: list[Fact], disputes: Mapping[int, Correction]) -> Row:
    if not facts:
        return Row(field, None, _words(field, None), [], None)
    first, *rest = facts
    others = [(one, shown_of(field, one)) for one in rest if one.value != first.value]
    dispute = next((disputes[one.pk] for one in facts if one.pk in disputes), None)
    return Row(field, first, shown_of(field, first), others, dispute)


def shown_of(field: Field, fact: Fact) -> Words:
    """The value of a fact in words: sums in yuan, codes by their titles, yes or no."""
    return _words(field, values.typed_of(fact.value, field.type))


def _words(field: Field, value: object) -> Words:
    vocabulary = load_vocabulary()
    return Words(*(value_text(value, field.type, vocabulary, language) for language in ("zh", "en")))


def _told_by(kind: RecordKind, key: str) -> Mapping[str, object]:
    """What a record's key says; nothing for one that is no key of the kind any more."""
    try:
        return {name: value for name, value in keys.values_of(kind.name, key).items() if value is not None}
    except ValueError:
        return {}


def about(case: Case) -> Words | None:
    """The record that a case is about, in words; None when it is about the organisation itself."""
    each = benefit_of(case).each
    return label_of(pack_of(case).vocabulary.records[each], case.key) if each and case.key else None


def about_in_public(case: Case) -> Words | None:
    """What a public list says a case is about, so that two of one organisation are told apart; a need with its title.

    None for a person or team: the number of a prize would tell whose masked name it is.
    """
    if case.organisation.kind in PERSONS:
        return None
    need = next((one for one in case.call.needs if one["number"] == case.key), None)
    if need is not None:
        return Words(*(f"{case.key} {need['title'][language]}" for language in ("zh", "en")))
    return about(case)


def label_of(kind: RecordKind, key: str, facts: Mapping[str, Iterable[Fact]] | None = None) -> Words:
    """The record as people tell it from others: what its key says, in words.

    facts: of the record; a number that a bank or an insurer has filed stands with its name instead of its code.
    """
    vocabulary, told = load_vocabulary(), dict(_told_by(kind, key))
    number = str(told.get("number", ""))
    if FILED.match(number):
        names = {_filer_of(one) for of_field in (facts or {}).values() for one in of_field} - {None}
        told["number"] = " ".join([*sorted(str(one) for one in names), FILED.sub("", number, count=1)])
    said = [
        " · ".join(
            value_text(value, kind.fields[name].type, vocabulary, language) for name, value in told.items()
        )
        for language in ("zh", "en")
    ]
    return Words(*(one or key for one in said))


def _order(kind: RecordKind, names: Iterable[str]) -> list[str]:
    wanted = set(names)
    return [name for name in kind.fields if name in wanted]
