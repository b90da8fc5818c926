"""Whether a bank or an insurer is selected is said by the city: when the list changes, lines filed before follow it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from kechuang.accounts.models import Membership, Organisation
from kechuang.finance.filing import book
from kechuang.finance.filing.checking import STARTS, was_selected
from kechuang.finance.models import FiledLine, Partner
from kechuang.registry.actions.stating import on_change
from kechuang.registry.lists.applying import lock_organisations
from kechuang.registry.models import Fact

FIELD: Final = "cooperating"


def follow_list(filer: Organisation, actor: Membership, at: datetime) -> int:
    """State anew what was filed under another list of partners, with the facts that rest on it; how many lines.

    Runs in the transaction that changes the list. What was known before stays known for its time.
    """
    spells = tuple(Partner.objects.filter(organisation=filer).values_list("since", "until"))
    lines = FiledLine.objects.filter(filer=filer, ended_at__isnull=True, values__has_key=FIELD)
    moved = [
        (line, now)
        for line in lines.select_related("filing__list_import")
        if (now := was_selected(spells, _day_of(line))) != line.values[FIELD]
    ]
    if not moved:
        return 0
    organisations = sorted({line.organisation_id for line, _ in moved})
    lock_organisations(organisations)
    FiledLine.objects.filter(pk__in=[line.pk for line, _ in moved]).update(ended_at=at)
    FiledLine.objects.bulk_create([_anew(line, now, at) for line, now in moved], batch_size=2_000)
    for line, now in moved:
        if line.record == book.BALANCES:
            book.restate(line.filing, {(line.organisation_id, line.key)}, at)
        else:
            _state(line, now, actor, at)
    for hook in on_change:
        hook(organisations)
    return len(moved)


def _day_of(line: FiledLine) -> date | None:
    """The day on which it counts whether the filer is selected: of signing, of the cover, the last of the year."""
    if line.record == book.BALANCES:
        return date(int(line.values["year"]), 12, 31)
    day = line.values.get(STARTS[line.record][0])
    return None if day is None else date.fromisoformat(day)


def _anew(line: FiledLine, now: bool, at: datetime) -> FiledLine:  # noqa: FBT001 - what is said of it
    return FiledLine(
        filer_id=line.filer_id,
        filing_id=line.filing_id,
        row=line.row,
        organisation_id=line.organisation_id,
        record=line.record,
        key=line.key,
        bare_key=line.bare_key,
        values={**line.values, FIELD: now},
        known_from=at,
        replaces=line,
    )


def _state(line: FiledLine, now: bool, actor: Membership, at: datetime) -> None:  # noqa: FBT001 - what is said of it
    place = {
        "organisation_id": line.organisation_id,
        "record": line.record,
        "key": line.key,
        "field": FIELD,
        "source": Fact.Source.LIST,
    }
    before = Fact.objects.filter(**place, known_to__isnull=True).first()
    since = at
    if before is not None:
        since = before.known_to = max(at, before.known_from)
        before.save(update_fields=["known_to"])
    Fact.objects.create(
        **place,
        value=now,
        known_from=since,
        stated_by=actor,
        list_import=line.filing.list_import,
        supersedes=before,
    )
