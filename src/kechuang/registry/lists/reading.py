"""The dry run: a list is read and compared with what lists say already; nothing is changed."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final

from django.db import connection, transaction

from kechuang.accounts.models import Organisation
from kechuang.exchange.joining import Row
from kechuang.exchange.lists import UNSAID, WHO, ListSheet, read_list
from kechuang.exchange.workbook import MISSING_COLUMN
from kechuang.policy.language.vocabulary import RecordKind, load_vocabulary
from kechuang.registry import files
from kechuang.registry.lists import corrected, ending
from kechuang.registry.lists.rows import Said, plain_fault, said_by, twice, unknown
from kechuang.registry.models import Fact, ListImport, ListRow

CHUNK: Final = 5_000
SECONDS_BETWEEN_NOTES: Final = 0.4
State = ListImport.State
BEGUN: Final = (State.WAITING, State.READING, State.COMPARING)
"""States of a list that is not compared yet: the dry run may begin anew."""
Change = ListRow.Change
_COLUMNS: Final = (
    "list_import_id", "row", "organisation_id", "code", "name", "key", "subject", "change", "before", "after", "filled",
    "corrected", "faults",
)  # fmt: skip
_COPY: Final = f"COPY registry_listrow ({', '.join(_COLUMNS)}) FROM STDIN"
Known = dict[tuple[int, str], dict[str, Any]]
Organisations = Mapping[str, tuple[int, str]]
"""Number and name by code."""


class Progress:
    """Notes how far the reading of a list is, not more often than people can read."""

    def __init__(self, list_import: ListImport) -> None:
        self.list_import = list_import
        self.noted = 0.0

    def begin(self, state: str, total: int | None) -> None:
        """The next step begins."""
        ListImport.objects.filter(pk=self.list_import.pk, state__in=BEGUN).update(
            state=state, done=0, total=total
        )

    def __call__(self, done: int, total: int | None) -> None:
        """`done` of `total` rows, or of an unknown number."""
        if time.monotonic() - self.noted >= SECONDS_BETWEEN_NOTES:
            ListImport.objects.filter(pk=self.list_import.pk).update(done=done, total=total)
            self.noted = time.monotonic()


def _nothing_more(_part: Sequence[Said], _organisations: Organisations) -> None:
    """A department's list is checked cell by cell and no further."""


@dataclass(frozen=True, slots=True)
class How:
    """How the rows of one sender are read and what they are compared with.

    kind: the columns. read: the rows of the kept file. said: one row as a change. known: what stands now by
    (organisation, key). look: notes faults that only the rows of a part together with their organisations show.
    """

    kind: RecordKind
    read: Callable[[Path, Progress], ListSheet]
    said: Callable[[Row, RecordKind, str], Said]
    known: Callable[[str, Sequence[int]], Known]
    look: Callable[[Sequence[Said], Organisations], None] = field(default=_nothing_more)


def of_department(record: str) -> How:
    """A department's list: one kind of record of the vocabulary, compared with what lists say now."""
    vocabulary = load_vocabulary()
    kind = vocabulary.records[record]
    return How(
        kind, lambda path, progress: read_list(path, kind, vocabulary, progress), said_by, _known_by_lists
    )


def compare(list_import: ListImport, how: How | None = None) -> None:
    """Read the list and keep every row with what it would change. Raises UnusableFileError."""
    how, progress = how or of_department(list_import.record), Progress(list_import)
    progress.begin(State.READING, None)
    ListRow.objects.filter(list_import=list_import).delete()
    sheet = how.read(files.path_of(list_import.file_hash), progress)
    said = _all_said(sheet, how)
    progress.begin(State.COMPARING, len(said))
    counts: Counter[str] = Counter(rows=len(said))
    for place, part in enumerate(chunks(said, CHUNK), start=1):
        with transaction.atomic():
            _keep(list_import, part, how, counts)
        progress(min(place * CHUNK, len(said)), len(said))
    if list_import.complete:
        with transaction.atomic():
            counts["ended"] = ending.note(list_import, how.kind, max((one.number for one in said), default=0))
    ListImport.objects.filter(pk=list_import.pk, state=State.COMPARING).update(
        counts=dict(counts), stated=_stated(sheet), done=len(said), total=len(said), state=State.CHECKED
    )


def chunks(things: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """The things in lists of at most `size`."""
    rest = iter(things)
    while part := list(islice(rest, size)):
        yield part


def _all_said(sheet: ListSheet, how: How) -> list[Said]:
    """What each row says; a record that stands twice is refused on both: which of them holds is not known."""
    title = how.kind.title.zh
    said = [how.said(row, how.kind, title) for row in sheet.rows]
    first: dict[tuple[str, str], Said] = {}
    for one in said:
        if one.faults:
            continue
        other = first.setdefault((one.code, one.key), one)
        if other is not one:
            one.faults.append(twice(one, other.number, title))
            if not other.faults:
                other.faults.append(twice(other, one.number, title))
    return said


def _keep(list_import: ListImport, part: Sequence[Said], how: How, counts: Counter[str]) -> None:
    codes = {one.code for one in part if not one.faults}
    known = {
        uscc: (number, name)
        for number, uscc, name in Organisation.objects.filter(uscc__in=codes).values_list(
            "id", "uscc", "name"
        )
    }
    how.look(part, known)
    numbers = [number for number, _ in known.values()]
    before, mended = how.known(list_import.record, numbers), corrected.of_rows(list_import.record, numbers)
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        for one in part:
            copy.write_row(_row(list_import, one, how.kind, known, (before, mended), counts))


def _known_by_lists(record: str, organisations: Sequence[int]) -> Known:
    """What lists say now of these organisations' records of a kind: {(organisation, key): {field: value}}."""
    facts = Fact.objects.filter(
        organisation_id__in=organisations, record=record, source=Fact.Source.LIST, known_to__isnull=True
    ).exclude(field="")
    found: Known = {}
    for organisation, key, name, value in facts.values_list("organisation_id", "key", "field", "value"):
        found.setdefault((organisation, key), {})[name] = value
    return found


def _row(
    list_import: ListImport,
    one: Said,
    kind: RecordKind,
    organisations: Organisations,
    known: tuple[Known, corrected.ByRecord],
    counts: Counter[str],
) -> tuple[Any, ...]:
    """One row as the database takes it; counted by what it would change."""
    subject: dict[str, str] = {}
    organisation = organisations.get(one.code)
    if not one.faults and organisation is None:
        counts["unknown_organisation"] += 1
        if list_import.register_unknown and all(one.who.get(name) for name in WHO):
            subject = {"uscc": one.code, **one.who}
            counts["register"] += 1
        else:
            one.faults.append(unknown(one, kind.title.zh, register=list_import.register_unknown))
    number, name = organisation or (None, "")
    place = (number or 0, one.key)
    before, stands = _as_repeated(one, known[0].get(place, {}), known[1].get(place, {}))
    change = _change(one, before)
    counts[change] += 1
    counts["corrected"] += bool(stands)
    counts["filled"] += bool(one.filled) and change in (Change.ADDED, Change.CHANGED)
    counts["names_differ"] += bool(name and one.who.get("name") and name != one.who["name"])
    differs = {
        field: value for field, value in before.items() if field in one.after and value != one.after[field]
    }
    return (
        list_import.pk,
        one.number,
        number,
        one.code[:500],
        one.who.get("name", "")[:500],
        one.key,
        json.dumps(subject, ensure_ascii=False),
        str(change),
        json.dumps(differs, ensure_ascii=False),
        json.dumps(one.after, ensure_ascii=False),
        json.dumps(one.filled),
        json.dumps(stands, ensure_ascii=False),
        json.dumps([plain_fault(fault) for fault in one.faults], ensure_ascii=False),
    )


def _as_repeated(
    one: Said, before: Mapping[str, Any], mended: Mapping[str, corrected.Corrected]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What stands before a row, and by field what departments have corrected of it and the row says otherwise.

    A row that only repeats what was corrected changes nothing.
    """
    stands = {
        name: mend.fact.value
        for name, mend in mended.items()
        if not one.faults and name in one.after and one.after[name] != mend.fact.value
    }
    repeated = {name: one.after[name] for name in stands if mended[name].repeats(one.after[name])}
    return {**before, **repeated}, stands


def _change(one: Said, before: dict[str, Any]) -> ListRow.Change:
    if one.faults:
        return Change.REFUSED
    if not before:
        return Change.ADDED
    return (
        Change.SAME if all(before.get(name) == value for name, value in one.after.items()) else Change.CHANGED
    )


def _stated(sheet: ListSheet) -> list[dict[str, str]]:
    found = [{"zh": one.sentence("zh"), "en": one.sentence("en")} for one in sheet.faults]
    told = [one for one in sheet.stated if one.how is not MISSING_COLUMN or one.column not in UNSAID]
    return found + [{"zh": one.sentence("zh"), "en": one.sentence("en")} for one in told]
