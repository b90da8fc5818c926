"""A filer's book: lines come to stand when a filing is applied, and give way when it is undone.

Loans, interest, losses, covers and claims are facts by themselves; balances are added up over all banks and the sum
becomes the fact, so that the order in which banks file does not matter. Everything here runs inside the transaction of
a chunk.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.db import connection
from django.db.models import Q, QuerySet

from kechuang.finance.filing import talents
from kechuang.finance.filing.kinds import FilingKind, filing_kinds, plain_number, without_code
from kechuang.finance.models import FiledLine, Filing
from kechuang.policy.language.vocabulary import load_vocabulary
from kechuang.registry import keys
from kechuang.registry.actions.stating import on_change
from kechuang.registry.lists import corrected
from kechuang.registry.lists.applying import lock_organisations
from kechuang.registry.models import Fact, ListImport, ListRow
from kechuang.registry.values import typed_of

BALANCES: Final = "balances"
_KEPT: Final = (
    "filer_id", "filing_id", "row", "organisation_id", "record", "key", "bare_key", "values", "replaces_id",
)  # fmt: skip
Place = tuple[int, str]
"""An organisation and the key of a record."""

# Whoever declares the loan by its bare number would make it count twice: of that number there is no other record.
_SILENCE: Final = """
    INSERT INTO registry_fact (organisation_id, record, key, field, value, known_from, source, stated_by_id,
                               list_import_id)
    SELECT DISTINCT ON (l.organisation_id, w.key) l.organisation_id, l.record, w.key, '', 'false'::jsonb,
           %(at)s, 'list', i.applied_by_id, i.id
    FROM finance_filedline l JOIN finance_filing g ON g.id = l.filing_id
    JOIN registry_listimport i ON i.id = g.list_import_id
    CROSS JOIN LATERAL (
        SELECT l.bare_key AS key
        UNION SELECT o.key FROM unnest(%(places)s::bigint[], %(keys)s::text[], %(plains)s::text[])
            AS o(organisation_id, key, plain) WHERE o.organisation_id = l.organisation_id AND o.plain = l.bare_key
    ) w
    WHERE l.organisation_id = ANY(%(organisations)s) AND l.record = %(record)s AND l.ended_at IS NULL
      AND NOT EXISTS (
        SELECT FROM registry_fact f WHERE f.organisation_id = l.organisation_id AND f.record = l.record
          AND f.key = w.key AND f.field = '' AND f.source = 'list' AND f.known_to IS NULL)
    ORDER BY l.organisation_id, w.key, l.id
"""


def enter(filing: Filing, rows: Sequence[ListRow], at: datetime) -> None:
    """Let these rows of an applied filing stand in the filer's book, and in the sums that rest on it."""
    kind = filing_kinds()[filing.kind]
    said = [row for row in rows if row.change != ListRow.Change.REFUSED and row.organisation_id is not None]
    known = _standing(filing, {int(row.organisation_id or 0) for row in said})
    fresh, ended = [], []
    for row in said:
        before = known.get((row.organisation_id, row.key))  # type: ignore[arg-type]
        values = {**(before.values if before else {}), **row.after}
        if before and before.values == values:
            continue
        ended += [before.pk] if before else []
        fresh.append(
            FiledLine(
                filer_id=filing.filer_id,
                filing=filing,
                row=row.row,
                organisation_id=int(row.organisation_id or 0),
                record=kind.record,
                key=row.key,
                bare_key=_bare_key(kind, values) if kind.is_fact else row.key,
                values=values,
                known_from=at,
                replaces=before,
            )
        )
    FiledLine.objects.filter(pk__in=ended).update(ended_at=at)
    FiledLine.objects.bulk_create(fresh, batch_size=2_000)
    _follow(filing, {(one.organisation_id, one.key) for one in fresh}, at)


def leave(filing: Filing, at: datetime) -> int:
    """Take what an undone filing said out of the book. How many lines leave or change.

    What stands afterwards is what the filer's other filings say, the later over the earlier, as with the facts; a
    record that none of them states as a whole stands no longer.
    """
    places = set(FiledLine.objects.filter(filing=filing).values_list("organisation_id", "key"))
    lock_organisations(sorted({organisation for organisation, _ in places}))
    standing = _standing(filing, {organisation for organisation, _ in places})
    said = _said_without(filing, places)
    ended, back = [], []
    for place in places & standing.keys():
        line, (row, values) = standing[place], said.get(place, (None, {}))
        if (
            row is not None
            and line.filing_id != filing.pk
            and _but_selection(line.values) == _but_selection(values)
        ):
            continue
        ended.append(line.pk)
        if row is not None:
            again = {"filing_id": row.list_import.filing.pk, "row": row.row, "values": values}
            back.append(again_at(line, at, replaces_id=line.pk, **again))
    FiledLine.objects.filter(pk__in=ended).update(ended_at=at)
    FiledLine.objects.bulk_create(back, batch_size=2_000)
    _follow(filing, places, at)
    return len(ended)


def again_at(line: FiledLine, at: datetime, **changes: Any) -> FiledLine:
    """The line once more, as it is known from a moment on; changes: what is different now."""
    kept = {name: getattr(line, name) for name in _KEPT}
    return FiledLine(**{**kept, "known_from": at, **changes})


def set_aside(line: FiledLine, at: datetime) -> None:
    """A person has decided that a line does not count; its facts are withdrawn by whoever decides."""
    FiledLine.objects.filter(pk=line.pk, ended_at__isnull=True).update(ended_at=at)
    if line.record == talents.LOANS:
        talents.follow({line.organisation_id}, at)


def silence(record: str, organisations: Iterable[int], at: datetime) -> None:
    """Nobody else's word counts on a record that a filer has filed: neither beside it nor twice, however written."""
    wanted = sorted(set(organisations))
    declared = Fact.objects.filter(organisation__in=wanted, record=record, known_to__isnull=True)
    own = declared.exclude(source=Fact.Source.LIST).values_list("organisation_id", "key").distinct()
    other = [(one, key, plain) for one, key in own if (plain := plain_number(key)) != key]
    places, keys_, plains = zip(*other, strict=True) if other else ((), (), ())
    given: dict[str, Any] = {"at": at, "record": record, "organisations": wanted}
    given |= {"places": list(places), "keys": list(keys_), "plains": list(plains)}
    with connection.cursor() as cursor:
        cursor.execute(_SILENCE, given)


def _standing(filing: Filing, organisations: Collection[int]) -> dict[Place, FiledLine]:
    """The lines of the filer's book of these organisations, of the kind of record that the filing is about."""
    lines = FiledLine.objects.filter(
        filer_id=filing.filer_id,
        record=filing_kinds()[filing.kind].record,
        organisation_id__in=organisations,
        ended_at__isnull=True,
    )
    return {(one.organisation_id, one.key): one for one in lines}


def _but_selection(values: Mapping[str, Any]) -> dict[str, Any]:
    """What a filer has said itself: whether it is selected is the city's word, and follows the list of partners."""
    return {name: value for name, value in values.items() if name != "cooperating"}


def rows_of_others(filing: Filing, organisations: Collection[int]) -> QuerySet[ListRow]:
    """The rows that the filer's other applied filings say of the same kind of record, the earliest first."""
    rows = ListRow.objects.filter(
        list_import__filing__filer=filing.filer_id,
        list_import__record=filing.list_import.record,
        list_import__state=ListImport.State.APPLIED,
        organisation__in=organisations,
    )
    others = rows.exclude(list_import=filing.list_import_id).exclude(change=ListRow.Change.REFUSED)
    return others.select_related("list_import__filing").order_by("list_import__applied_at", "id")


def is_whole(row: ListRow) -> bool:
    """Whether a row states a whole record, and does not only add to one, as a repayment does."""
    whole = filing_kinds()[row.list_import.filing.kind].whole
    return bool(whole) and all(name in row.after for name in whole)


def _said_without(filing: Filing, places: Collection[Place]) -> dict[Place, tuple[ListRow, dict[str, Any]]]:
    """What the filer's other filings say of these records: the last row, and all that they say together."""
    found: dict[Place, tuple[ListRow, dict[str, Any]]] = {}
    whole: set[Place] = set()
    rows = rows_of_others(filing, {organisation for organisation, _ in places})
    for row in rows.filter(key__in={key for _, key in places}):
        place = (row.organisation_id or 0, row.key)
        if place not in places:
            continue
        found[place] = (row, {**found.get(place, (row, {}))[1], **row.after})
        if is_whole(row):
            whole.add(place)
    return {place: said for place, said in found.items() if place in whole}


def _bare_key(kind: FilingKind, values: dict[str, Any]) -> str:
    """The key of the record as anybody but the filer would write it."""
    fields = load_vocabulary().records[kind.record].fields
    own = {**values, "number": without_code(values["number"])}
    return keys.key_of(
        kind.record, {name: typed_of(own.get(name), fields[name].type) for name in kind.sheet.key}
    )


def _follow(filing: Filing, places: set[Place], at: datetime) -> None:
    """What rests on the lines of these records: sums of balances, and the silence of others."""
    kind = filing_kinds()[filing.kind]
    if kind.record == BALANCES:
        restate(filing, places, at)
    elif kind.is_fact:
        silence(kind.record, [organisation for organisation, _ in places], at)
    if kind.record == talents.LOANS:
        talents.follow({organisation for organisation, _ in places}, at)


def restate(filing: Filing, places: set[Place], at: datetime) -> None:
    """State the sum over all banks of these yearly balances, field by field; where nothing stands it is withdrawn."""
    organisations = sorted({organisation for organisation, _ in places})
    lock_organisations(organisations)
    wanted = Q(organisation_id__in=organisations, record=BALANCES)
    sums = _sums(FiledLine.objects.filter(wanted, ended_at__isnull=True), places)
    current: dict[tuple[int, str, str], Fact] = {
        (one.organisation_id, one.key, one.field): one
        for one in Fact.objects.filter(wanted, source=Fact.Source.LIST, known_to__isnull=True)
        if (one.organisation_id, one.key) in places
    }
    said = {(*place, name): value for place, values in sums.items() for name, value in values.items()}
    leaving = filing.list_import_id if filing.list_import.state == ListImport.State.UNDOING else None
    mended = corrected.standing(BALANCES, organisations)
    same = {
        place
        for place, fact in current.items()
        if place in said and fact.value == said[place] and fact.list_import_id != leaving
    } | {place for place, one in mended.items() if place in said and one.repeats(said[place])}
    ended = {place: fact for place, fact in current.items() if place not in same}
    for fact in ended.values():
        fact.known_to = max(at, fact.known_from)
    Fact.objects.bulk_update(ended.values(), ["known_to"], batch_size=1_000)
    actor = filing.list_import.undone_by_id or filing.list_import.applied_by_id
    Fact.objects.bulk_create(
        [
            Fact(
                organisation_id=place[0],
                record=BALANCES,
                key=place[1],
                field=place[2],
                value=value,
                known_from=ended[place].known_to or at if place in ended else at,
                source=Fact.Source.LIST,
                stated_by_id=actor,
                list_import_id=None if leaving else filing.list_import_id,
                supersedes=ended.get(place),
            )
            for place, value in said.items()
            if place not in same
        ],
        batch_size=2_000,
    )
    for hook in on_change:
        hook(organisations)


def _sums(lines: Iterable[FiledLine], places: set[Place]) -> dict[Place, dict[str, Any]]:
    """The fields of each balance: kind and year as the key has them, the amounts of all banks added up.

    cooperating: whether the bank whose own figure it is was a selected partner, as it stands on its line.
    """
    found: defaultdict[Place, dict[str, Any]] = defaultdict(dict)
    for line in lines:
        place = (line.organisation_id, line.key)
        if place not in places:
            continue
        values = found[place]
        values |= {"kind": line.values["kind"], "year": line.values["year"]}
        values["amount"] = values.get("amount", 0) + line.values["amount"]
        if "cooperating" in line.values:
            values["cooperating"] = line.values["cooperating"]
    return found
