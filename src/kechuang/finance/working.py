"""What the background work of this room does outside of any request; each step is one transaction, anew if cut."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from kechuang.accounts.models import Membership
from kechuang.finance import overlaps
from kechuang.finance.filing import book, restating
from kechuang.finance.filing.kinds import filing_kinds
from kechuang.finance.filing.reading import how_of
from kechuang.finance.models import FiledLine, Filing
from kechuang.fulfilment import outgrown
from kechuang.registry import working as registry
from kechuang.registry.actions import following as disputes
from kechuang.registry.lists import applying, undoing
from kechuang.registry.models import ListImport, ListRow

State = ListImport.State


def read_filing(list_import_id: int) -> None:
    """The dry run of one filing."""
    registry.read_list(list_import_id, how_of)


def apply_filing(list_import_id: int, now: Callable[[], datetime]) -> None:
    """Carry a filing out, or on from where an earlier attempt stopped; then what was settled before follows it."""
    while _apply_chunk(list_import_id, now()):
        pass
    _follow(list_import_id, State.APPLIED, now())


def _apply_chunk(list_import_id: int, at: datetime) -> bool:
    """The next rows become facts and stand in the filer's book at once; False when all do."""
    with transaction.atomic():
        found = ListImport.objects.select_for_update().filter(pk=list_import_id, state=State.APPLYING).first()
        if found is None:
            return False
        begun = found.done
        if not applying.next_chunk(list_import_id, at):
            return False
        rows = list(ListRow.objects.filter(list_import=found).order_by("id")[begun : begun + applying.CHUNK])
        filing = Filing.objects.select_related("list_import").get(list_import=found)
        book.enter(filing, rows, at)
        overlaps.find({row.organisation_id for row in rows if row.organisation_id}, at)
        disputes.follow(at)
    return True


def undo_filing(list_import_id: int, now: Callable[[], datetime]) -> None:
    """Take a filing back, or carry on taking it back: its lines first, then what they said, then what rests on it."""
    with transaction.atomic():
        found = ListImport.objects.select_for_update().filter(pk=list_import_id, state=State.UNDOING).first()
        if found is not None:
            book.leave(Filing.objects.select_related("list_import").get(list_import=found), now())
            disputes.follow(now())
    filing = Filing.objects.select_related("list_import").get(list_import=list_import_id)
    kind = filing_kinds()[filing.kind]
    undoing.carry_on(list_import_id, now, kind.whole)
    if found is not None and kind.is_fact:
        touched = FiledLine.objects.filter(filing=filing).values_list("organisation_id", flat=True)
        with transaction.atomic():
            book.silence(kind.record, touched, now())
            restating.follow_list(filing.filer, _whoever_undid(filing), now())
    _follow(list_import_id, State.UNDONE, now())


def _whoever_undid(filing: Filing) -> Membership:
    actor = filing.list_import.undone_by
    assert actor is not None  # noqa: S101 - set by actions.undo
    return actor


def _follow(list_import_id: int, state: str, at: datetime) -> None:
    """Settled cases of whom the lines are about, and of their filer, of whom no fact changed; again after a crash."""
    filing = Filing.objects.filter(list_import=list_import_id, list_import__state=state).first()
    if filing is not None:
        rows = ListRow.objects.filter(list_import=list_import_id, organisation__isnull=False)
        about = rows.exclude(change=ListRow.Change.REFUSED).values_list("organisation_id", flat=True)
        outgrown.follow({filing.filer_id, *about.distinct()}, at=at)
