"""Whether a bank or an insurer is selected is said by the city: when the list changes, lines filed before follow it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from kechuang.accounts.models import Membership, Organisation
from kechuang.finance.filing import book
from kechuang.finance.filing.checking import STARTS, was_selected
from kechuang.finance.models import FiledLine, Filing, Partner
from kechuang.registry.actions import following as disputes
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
    changed = (
        book.again_at(line, at, values={**line.values, FIELD: now}, replaces_id=line.pk)
        for line, now in moved
    )
    FiledLine.objects.bulk_create(changed, batch_size=2_000)
    sums: dict[Filing, set[book.Place]] = defaultdict(set)
    for line, _ in moved:
        if line.record == book.BALANCES:
            sums[line.filing].add((line.organisation_id, line.key))
    for filing, places in sums.items():
        book.restate(filing, places, at)
    _state([(line, now) for line, now in moved if line.record != book.BALANCES], actor, at)
    for hook in on_change:
        hook(organisations)
    disputes.follow(at)
    return len(moved)


def _day_of(line: FiledLine) -> date | None:
    """The day on which it counts whether the filer is selected: of signing, of the cover, the last of the year."""
    if line.record == book.BALANCES:
        return date(int(line.values["year"]), 12, 31)
    day = line.values.get(STARTS[line.record][0])
    return None if day is None else date.fromisoformat(day)


def _state(lines: Sequence[tuple[FiledLine, bool]], actor: Membership, at: datetime) -> None:
    """Supersede what the facts of these lines said of the list; known since now, never before what stood until now."""
    current = {
        (one.organisation_id, one.record, one.key): one
        for one in Fact.objects.filter(
            organisation__in={line.organisation_id for line, _ in lines},
            record__in={line.record for line, _ in lines},
            field=FIELD,
            source=Fact.Source.LIST,
            known_to__isnull=True,
        )
    }
    made = []
    for line, now in lines:
        before = current.get((line.organisation_id, line.record, line.key))
        since = at
        if before is not None:
            since = before.known_to = max(at, before.known_from)
        made.append(
            Fact(
                organisation_id=line.organisation_id,
                record=line.record,
                key=line.key,
                field=FIELD,
                value=now,
                known_from=since,
                source=Fact.Source.LIST,
                stated_by=actor,
                list_import=line.filing.list_import,
                supersedes=before,
            )
        )
    ended = [one.supersedes for one in made if one.supersedes is not None]
    Fact.objects.bulk_update(ended, ["known_to"], batch_size=1_000)
    Fact.objects.bulk_create(made, batch_size=2_000)
