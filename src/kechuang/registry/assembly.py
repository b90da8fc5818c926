"""From what the house knows to what the engine reads: typed facts of one case, or the table of many.

Of several sources that speak for one field the first of DECISION, LIST, VERIFIED, DECLARED prevails. A source that says
that there is no record (field '', value false) silences the sources that come after it, not those before. A kind of
record is known to be none where a source says so, or where the city holds the complete list (Coverage); else a kind
without records is unknown.

Two times. Known: a fact counts from known_from on, until known_to. Valid: a fact counts on the days from valid_from to
valid_to, both included; null is open. Kinds of records that carry their own dates (DATED) count on any day: whether a
status has expired, and which year a figure is of, is for the law to judge, so an expired status is a fact too.

The fields that a key tells are read from the key, others from the facts. A part that a key lacks may be stated later;
should the record thereby become the same as another, the part stays unknown, so that nothing is counted twice.

What an organisation is (code, name, kind, district) is read from its own row as it stood at that time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import numpy as np
import pyarrow as pa
from django.utils import timezone
from pyarrow import csv

from kechuang.accounts.models import Organisation
from kechuang.accounts.queries import subjects
from kechuang.journal import statements
from kechuang.journal.statements import Ask
from kechuang.policy.language.vocabulary import SUBJECT, RecordKind, Vocabulary, load_vocabulary
from kechuang.registry.columns import FACT_SCHEMA, table_of
from kechuang.registry.models import Coverage, Fact
from kechuang.registry.periods import DATED
from kechuang.registry.reading import read_text, told_by_key, twice

SOURCES: Final = tuple(Fact.Source)
"""The order of precedence."""

IDENTITY: Final = ("uscc", "name", "kind", "district")
"""Fields of the subject that its organisation's row holds."""

_RANK: Final = " ".join(f"WHEN '{source.value}' THEN {rank}" for rank, source in enumerate(SOURCES))


def facts_query(which: str) -> str:
    """The facts known and valid: organisation, record, key, field, value as text, rank of the source.

    which: a condition on the table. Parameters: those of the condition, and those of `_times`.
    """
    return f"""
        SELECT organisation_id, record, key, field, value #>> '{{}}' AS value, CASE source {_RANK} END AS rank
        FROM registry_fact
        WHERE {which} AND known_from <= %(at)s AND (known_to IS NULL OR known_to > %(at)s)
          AND (record = ANY(%(dated)s) OR
               (valid_from IS NULL OR valid_from <= %(on)s) AND (valid_to IS NULL OR valid_to >= %(on)s))
    """  # noqa: S608 - made of constants


def case_of(
    organisation: Organisation | int,
    at: datetime,
    on: date | None = None,
    vocabulary: Vocabulary | None = None,
) -> dict[str, Any]:
    """The facts of one organisation known at a time, as `policy.assess` takes them.

    on: the day on which facts must be valid, the day of `at` unless given. vocabulary: the shared one unless given.
    KeyError when there is no such organisation.
    """
    number = organisation if isinstance(organisation, int) else organisation.pk
    return cases_of([number], at, on, vocabulary)[number]


def cases_of(
    organisations: Iterable[int], at: datetime, on: date | None = None, vocabulary: Vocabulary | None = None
) -> dict[int, dict[str, Any]]:
    """The facts of several organisations by number, in the order given: as `case_of`.

    In one query; two when some have been renamed since.
    """
    wanted = tuple(organisations)
    known = vocabulary or load_vocabulary()
    said: defaultdict[int, list[_Said]] = defaultdict(list)
    with statements.together(asks(wanted, at, on)):
        subjects = identities(wanted, at)
        listed = covered(at)
        for number, *row in _facts(wanted, at, on).rows():
            said[number].append(_Said(*row))
    return {
        number: _case(subjects[number], said[number], listed, known)
        for number in wanted
        if number in subjects
    }


def asks(wanted: tuple[int, ...], at: datetime, on: date | None = None) -> list[Ask[Any]]:
    """What `cases_of` reads first."""
    return [_identified(wanted, at), _covered(at), _facts(wanted, at, on)]


def _facts(wanted: tuple[int, ...], at: datetime, on: date | None) -> Ask[tuple[Any, ...]]:
    return statements.ask_sql(
        facts_query("organisation_id = ANY(%(wanted)s)"), wanted=wanted, **_times(at, on)
    )


def _times(at: datetime, on: date | None) -> dict[str, Any]:
    return {"at": at, "on": on or timezone.localdate(at), "dated": tuple(DATED)}


def identities(wanted: tuple[int, ...], at: datetime) -> dict[int, tuple[str, ...]]:
    """What each organisation was at a time: the values of IDENTITY, '' for unknown ones.

    The rows say what they are now; of those changed since, the history says what they were.
    """
    rows = _identified(wanted, at).rows()
    found = {number: tuple(values) for number, _, *values in rows}
    if first := {number: event for number, event, *_ in rows if event is not None}:
        for event, number, *values in statements.ask_sql(_BEFORE, changed=tuple(first)).rows():
            if event < first[number]:
                found[number] = tuple(values)
    return found


_NAMES: Final = ", ".join(IDENTITY)
_NOW: Final = f"""
    SELECT id, first, {_NAMES} FROM accounts_organisation LEFT JOIN (
      SELECT pgh_obj_id, min(pgh_id) AS first FROM accounts_organisationevent
      WHERE pgh_obj_id = ANY(%(wanted)s) AND pgh_created_at > %(at)s AND pgh_label = 'update' GROUP BY pgh_obj_id
    ) AS changed ON pgh_obj_id = id
    WHERE id = ANY(%(wanted)s) ORDER BY id
"""  # noqa: S608 - made of constants
"""What organisations are now, and the first change of each after a time."""
_BEFORE: Final = f"""
    SELECT pgh_id, pgh_obj_id, {_NAMES} FROM accounts_organisationevent
    WHERE pgh_obj_id = ANY(%(changed)s) ORDER BY pgh_id
"""  # noqa: S608 - made of constants


def _identified(wanted: tuple[int, ...], at: datetime) -> Ask[tuple[Any, ...]]:
    return statements.ask_sql(_NOW, wanted=wanted, at=at)


def covered(at: datetime) -> frozenset[str]:
    """The kinds of records of which the house held the complete list at a time."""
    return frozenset(_covered(at).rows())


def _covered(at: datetime) -> Ask[str]:
    return statements.ask(
        "covered",
        lambda at: (
            Coverage.objects.filter(known_from__lte=at)
            .exclude(known_to__lte=at)
            .values_list("record", flat=True)
        ),
        at=at,
    )


def numbers_after(after: int, limit: int, at: datetime | None = None) -> list[int]:
    """The next subjects of the policy after a number, in order; of those there were at a time, if one is given."""
    found = subjects().filter(pk__gt=after)
    found = found if at is None else found.filter(created_at__lte=at)
    return list(found.order_by("pk").values_list("pk", flat=True)[:limit])


def columns_of(
    organisations: Iterable[int],
    at: datetime,
    on: date | None = None,
    vocabulary: Vocabulary | None = None,
    kinds: Iterable[str] | None = None,
) -> tuple[list[int], pa.Table]:
    """The numbers of these organisations in ascending order, and their table for `assess_table`; rows as `cases_of`.

    kinds: the kinds of records that are wanted, all unless given; others stay unknown. In three queries.
    """
    known = vocabulary or load_vocabulary()
    subjects = identities(tuple(organisations), at)
    numbers = list(subjects)
    wanted = None if kinds is None else [SUBJECT, *kinds]
    which = "organisation_id = ANY(%(numbers)s)" + ("" if wanted is None else " AND record = ANY(%(wanted)s)")
    chosen = {} if wanted is None else {"wanted": tuple(wanted)}
    facts = _read(facts_query(which), {"numbers": tuple(numbers), **chosen, **_times(at, on)})
    columns = zip(*subjects.values(), strict=True) if subjects else [()] * len(IDENTITY)
    named = dict(zip(IDENTITY, columns, strict=True))
    listed = covered(at) if wanted is None else covered(at) & frozenset(wanted)
    return numbers, table_of(np.array(numbers, dtype=np.int64), named, facts, listed, known)


def _read(query: str, given: Mapping[str, Any]) -> pa.Table:
    """The rows of a query with FACT_SCHEMA: written as one text by the database, so that not each costs a message."""
    quoted = {
        name: f"""'"' || replace(coalesce({name}, ''), '"', '""') || '"'""" for name in ("key", "value")
    }
    line = f"""concat_ws(',', organisation_id, record, {quoted["key"]}, '"' || field || '"', {quoted["value"]}, rank)"""
    whole = f"SELECT string_agg({line}, E'\n') FROM ({query}) AS facts"  # noqa: S608 - constants
    ((text,),) = statements.ask_sql(whole, **given).rows()
    if text is None:
        return FACT_SCHEMA.empty_table()
    return csv.read_csv(
        pa.BufferReader(text.encode()),
        csv.ReadOptions(column_names=FACT_SCHEMA.names),
        csv.ParseOptions(newlines_in_values=True),
        csv.ConvertOptions(column_types=FACT_SCHEMA, strings_can_be_null=False),
    )


@dataclass(frozen=True, slots=True)
class _Said:
    """One fact: record, key, field, value as text, rank of its source."""

    record: str
    key: str
    field: str
    value: str | None
    rank: int


def _case(
    subject: tuple[str, ...], said: list[_Said], listed: frozenset[str], vocabulary: Vocabulary
) -> dict[str, Any]:
    by_kind: defaultdict[str, list[_Said]] = defaultdict(list)
    for one in said:
        by_kind[one.record].append(one)
    own = [one for one in by_kind[SUBJECT] if not one.key and one.field and one.field not in IDENTITY]
    texts = {**_first(own), **dict(zip(IDENTITY, subject, strict=True))}
    case = _typed(texts, vocabulary.subject, vocabulary)
    for kind in vocabulary.related:
        records = _records(by_kind[kind.name], kind, vocabulary)
        if records is not None or kind.name in listed:
            case[kind.name] = records or []
    return case


def _records(said: list[_Said], kind: RecordKind, vocabulary: Vocabulary) -> list[dict[str, Any]] | None:
    """The records of one kind, by length and text of their keys; None when nothing is known of them."""
    gone: dict[str, int] = {}
    for one in said:
        if not one.field and one.value == "false":
            gone[one.key] = min(one.rank, gone.get(one.key, len(SOURCES)))
    found: defaultdict[str, list[_Said]] = defaultdict(list)
    for one in said:
        silenced = min(gone.get("", len(SOURCES)), gone.get(one.key, len(SOURCES)))
        speaks = one.field in kind.fields or (not one.field and one.value == "true")
        if one.key and speaks and one.rank <= silenced:
            found[one.key].append(one)
    if not found:
        return [] if "" in gone else None
    keys = sorted(found, key=lambda one: (len(one), one))
    told = [told_by_key(kind.name, key) for key in keys]
    texts = [{**_first(found[key]), **tells} for key, tells in zip(keys, told, strict=True)]
    records = [_typed(one, kind, vocabulary) for one in texts]
    for place in twice(records, told, kind):
        for name in kind.key:
            if name not in told[place]:
                records[place].pop(name, None)
    return records


def _first(said: list[_Said]) -> dict[str, str | None]:
    """Each field's value from the source that prevails."""
    return {one.field: one.value for one in sorted(said, key=lambda one: -one.rank)}


def _typed(texts: Mapping[str, str | None], kind: RecordKind, vocabulary: Vocabulary) -> dict[str, Any]:
    """The fields in the order of the vocabulary, without those that are unknown."""
    read = {
        name: read_text(text, field, vocabulary)
        for name, field in kind.fields.items()
        if (text := texts.get(name))
    }
    return {name: value for name, value in read.items() if value is not None}
