"""What this room reads; each list shows what the membership may see and no more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from kechuang.accounts.models import Membership
from kechuang.accounts.queries import away_from
from kechuang.entitlements import versions
from kechuang.entitlements.releasing import version_in_force
from kechuang.finance import overlaps, rules
from kechuang.finance.alerts import Alert, alerts_of
from kechuang.finance.filing.kinds import FACTS, filing_kinds, number_of
from kechuang.finance.models import FiledLine, Filing, Letter, LineNote, Overlap, Partner, Pool, PoolEntry
from kechuang.policy.language.values import Words
from kechuang.policy.language.vocabulary import Field, load_vocabulary
from kechuang.registry.lists import corrected
from kechuang.registry.lists.showing import ShownField, shown_fields
from kechuang.registry.models import ListRow
from kechuang.registry.showing import said_of
from kechuang.registry.values import typed_of

NOTED = "noted"


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A line of a filing: the row, its fields before and after, and what the law says of it."""

    row: ListRow
    fields: list[ShownField]
    notes: list[LineNote] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The organisation's registered name, else the name as filed."""
        return self.row.organisation.name if self.row.organisation else self.row.name


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A standing line: what it says, field by field, without the filer's code in its number."""

    line: FiledLine
    record: Words
    number: str
    said: list[tuple[Words, Words]]
    corrected: dict[str, Any] = field(
        default_factory=dict
    )  # by field: the plain value, corrected by a department

    @property
    def told(self) -> list[tuple[Words, Words, Words | None]]:
        """What it says field by field, and what a department has corrected it to."""
        mended = {
            about.title: said_of(about, typed_of(self.corrected[name], about.type))
            for name, about in _fields_of(self.line.record).items()
            if name in self.corrected
        }
        return [(title, said, mended.get(title)) for title, said in self.said]


def filings(membership: Membership) -> QuerySet[Filing]:
    """Filings that one may see, the newest first."""
    return rules.filings_visible_to(membership).select_related("list_import__imported_by__user", "filer")


def filing_at(number: int, membership: Membership) -> Filing:
    """One filing; 404 where there is none or it is another's."""
    found = filings(membership).select_related(
        "list_import__applied_by__user",
        "list_import__undone_by__user",
        "list_import__imported_by__organisation",
    )
    return get_object_or_404(found, pk=number)


def rows_of(filing: Filing, change: str, membership: Membership) -> QuerySet[ListRow]:
    """The rows that change something in one way, or of which the law says something; none that one stays away from."""
    rows = ListRow.objects.filter(list_import=filing.list_import_id).select_related("organisation")
    rows = rows.exclude(organisation__in=away_from(membership))
    if change == NOTED:
        return rows.filter(row__in=filing.notes.values("row")).exclude(change=ListRow.Change.REFUSED)
    return rows.filter(change=change)


def notes_of(filing: Filing, membership: Membership) -> QuerySet[LineNote]:
    """What the law says of the taken lines."""
    away = filing.list_import.rows.filter(organisation__in=away_from(membership))
    return filing.notes.exclude(row__in=away.values("row"))


def tallies(filing: Filing, changes: Iterable[str], membership: Membership) -> dict[str, int]:
    """How many rows change something in each way, and of how many the law says something."""
    if away_from(membership).exists():
        counted = {change: rows_of(filing, change, membership).count() for change in changes}
    else:
        counted = {change: filing.list_import.counts.get(change, 0) for change in changes}
    return counted | {NOTED: notes_of(filing, membership).values("row").distinct().count()}


def shown(rows: Iterable[ListRow], filing: Filing) -> list[ShownRow]:
    """Rows with their words and notes."""
    rows, sheet = list(rows), filing_kinds()[filing.kind].sheet
    notes: defaultdict[int, list[LineNote]] = defaultdict(list)
    for note in filing.notes.filter(row__in=[row.row for row in rows]):
        notes[note.row].append(note)
    return [ShownRow(_bare(row), shown_fields(row, sheet), notes[row.row]) for row in rows]


def benefit_titles() -> dict[str, Words]:
    """What the benefits of the law in force are called, by id."""
    return {one.id: one.title for one in versions.pack_of(version_in_force().pk).benefits}


def _bare(row: ListRow) -> ListRow:
    """The row with its own number, as the filer wrote it."""
    for values in (row.after, row.before):
        if isinstance(values.get("number"), str):
            values["number"] = number_of(values)
    return row


def lines(membership: Membership, record: str = "") -> QuerySet[FiledLine]:
    """Standing lines that one may see."""
    found = rules.lines_visible_to(membership).select_related("organisation", "filer", "filing__list_import")
    return found.filter(record=record) if record else found


def title_of_record(record: str) -> Words:
    """What a kind of line is called."""
    return next(kind.title for kind in filing_kinds().values() if kind.record == record)


def shown_lines(found: Iterable[FiledLine]) -> list[ShownLine]:
    """Lines with their words."""
    found = list(found)
    mended = corrected_of(found)
    return [
        ShownLine(
            line,
            title_of_record(line.record),
            number_of(line.values),
            [(about.title, said_of(about, typed_of(value, about.type))) for about, value in _told(line)],
            mended[line.pk],
        )
        for line in found
    ]


def corrected_of(found: Sequence[FiledLine]) -> dict[int, dict[str, Any]]:
    """What departments have corrected of what these lines say, by line and field.

    Balances have none: what is corrected is the sum over all banks.
    """
    by_record: defaultdict[str, set[int]] = defaultdict(set)
    for line in found:
        by_record[line.record].add(line.organisation_id)
    mended = {record: corrected.of_rows(record, who) for record, who in by_record.items() if record in FACTS}
    return {
        line.pk: {
            name: one.fact.value
            for name, one in mended.get(line.record, {}).get((line.organisation_id, line.key), {}).items()
            if one.fact.value != line.values.get(name)
        }
        for line in found
    }


def _fields_of(record: str) -> dict[str, Field]:
    """The fields of a kind of line, with whether its filer is selected."""
    known = load_vocabulary().records.get(record)
    fields = {
        name: one
        for kind in filing_kinds().values()
        if kind.record == record
        for name, one in kind.sheet.fields.items()
    }
    if known and "cooperating" in known.fields:
        fields["cooperating"] = known.fields["cooperating"]
    return fields


def _told(line: FiledLine) -> list[tuple[Field, Any]]:
    """The fields of a line in the order of its kind, but for number, filer and what is not known."""
    return [
        (one, line.values[name])
        for name, one in _fields_of(line.record).items()
        if name != "number" and line.values.get(name) is not None
    ]


def overlaps_seen(membership: Membership, *, decided: bool) -> QuerySet[Overlap]:
    """Overlaps for departments and auditors: those that wait, or those decided."""
    seen = rules.overlaps_visible_to(membership)
    found = seen.exclude(decision="") if decided else overlaps.open_overlaps(seen)
    return found.select_related("organisation", "first__filer", "second__filer", "decided_by__user")


def overlap_at(number: int, membership: Membership) -> Overlap:
    """One overlap; 404 where there is none."""
    if membership.role not in rules.SEE_ALL:
        raise Http404
    found = rules.overlaps_visible_to(membership).select_related(
        "organisation",
        "first__filer",
        "first__organisation",
        "second__filer",
        "second__organisation",
        "decided_by__user",
    )
    return get_object_or_404(found, pk=number)


def overlaps_of(filing: Filing, membership: Membership) -> QuerySet[Overlap]:
    """Open overlaps in which a line of a filing stands and that one may see."""
    seen = rules.overlaps_visible_to(membership)
    return overlaps.open_overlaps(seen).filter(Q(first__filing=filing) | Q(second__filing=filing))


def partners(membership: Membership) -> QuerySet[Partner]:
    """The selected banks and insurers that one may see, with who named them."""
    return rules.partners_visible_to(membership).select_related("organisation", "named_by__user")


def letters(membership: Membership) -> QuerySet[Letter]:
    """Letters that one may see, the newest first."""
    return rules.letters_visible_to(membership).select_related(
        "organisation", "department", "prepared_by__user", "issued_by__user"
    )


def letter_at(number: int, membership: Membership) -> Letter:
    """One letter; 404 where there is none or it is another's."""
    return get_object_or_404(letters(membership), pk=number)


def all_pools() -> QuerySet[Pool]:
    """All pools with the shares of their parties, for those who see pools."""
    return Pool.objects.prefetch_related("shares")


def pool_at(number: int) -> Pool:
    """One pool; 404 where there is none."""
    return get_object_or_404(all_pools(), pk=number)


def entries_of(pool: Pool, membership: Membership) -> QuerySet[PoolEntry]:
    """The entries of a pool that one may see, the newest first."""
    kept = away_from(membership)
    found = PoolEntry.objects.filter(pool=pool).exclude(organisation__in=kept)
    found = found.exclude(line__filer__in=kept).exclude(answers__line__filer__in=kept)
    return found.select_related("organisation", "made_by__user", "line").order_by("-id")


def loss_at(number: int, membership: Membership) -> FiledLine:
    """One filed loss of nobody whom one stays away from; 404 where there is none."""
    found = rules.away(FiledLine.objects.all(), membership)
    return get_object_or_404(found, pk=number, record="losses")


def shared_loss_at(pool: Pool, number: int, membership: Membership) -> PoolEntry:
    """One shared loss of a pool; 404 where there is none that one may see."""
    return get_object_or_404(
        entries_of(pool, membership).select_related("pool"), pk=number, act=PoolEntry.Act.LOSE
    )


def losses_waiting(pool: Pool, membership: Membership) -> list[FiledLine]:
    """Filed losses of loans of the pool's measure that no pool has shared."""
    from kechuang.finance.losses import belongs, shared_of

    found = FiledLine.objects.filter(record="losses", ended_at__isnull=True, pool_entries__isnull=True)
    found = rules.away(found, membership).select_related("organisation", "filer")
    return [one for one in found if belongs(one, pool.measure) and shared_of(one) is None]


def losses_open(pool: Pool, membership: Membership) -> list[tuple[PoolEntry, int]]:
    """Shared losses of which something may still come back, and how much."""
    from kechuang.finance.pools import unrecovered

    found = entries_of(pool, membership).filter(act=PoolEntry.Act.LOSE)
    left = [(one, sum(unrecovered(one).values())) for one in found]
    return [one for one in left if one[1]]


def alerts(pool: Pool, today: date, membership: Membership) -> list[Alert]:
    """The warnings of a pool that one may see."""
    away = set(away_from(membership))
    about = [(one, {who.pk for who in (one.organisation, one.bank) if who}) for one in alerts_of(pool, today)]
    return [one for one, who in about if not who & away]
