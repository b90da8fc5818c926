"""A list is taken back: what it said is known no longer, and what was known before it is known again.

Field by field: where something else was said after the list, that stays, and the list's page says so.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from django.db import connection, transaction

from kechuang.journal.actions import record
from kechuang.registry.actions import following
from kechuang.registry.actions.stating import on_change
from kechuang.registry.lists import corrected, ending
from kechuang.registry.lists.applying import CHUNK, lock_organisations, told_of
from kechuang.registry.models import Coverage, Fact, ListImport

State = ListImport.State

_CLOSE: Final = """
    UPDATE registry_fact SET known_to = GREATEST(%(at)s, known_from) WHERE id = ANY(%(facts)s) AND known_to IS NULL
"""
# The fact that each of these stood in place of; one that came from a list undone itself leads on to the one before.
_RESTORE: Final = """
    WITH RECURSIVE line AS (
        SELECT f.id AS ended, f.known_to AS at, p.id, p.supersedes_id, p.list_import_id, 1 AS step
        FROM registry_fact f JOIN registry_fact p ON p.id = f.supersedes_id
        WHERE f.id = ANY(%(facts)s)
        UNION ALL
        SELECT l.ended, l.at, p.id, p.supersedes_id, p.list_import_id, l.step + 1
        FROM line l
        JOIN registry_listimport i ON i.id = l.list_import_id AND i.state IN ('undoing', 'undone')
        JOIN registry_fact p ON p.id = l.supersedes_id
    ), before AS (
        SELECT DISTINCT ON (l.ended) l.ended, l.at, l.id
        FROM line l LEFT JOIN registry_listimport i ON i.id = l.list_import_id
        WHERE i.state IS NULL OR i.state NOT IN ('undoing', 'undone')
        ORDER BY l.ended, l.step
    )
    INSERT INTO registry_fact (organisation_id, record, key, field, value, valid_from, valid_to, known_from, source,
                               stated_by_id, list_import_id, evidence_id, verified_by_id, verified_at, supersedes_id)
    SELECT p.organisation_id, p.record, p.key, p.field, p.value, p.valid_from, p.valid_to, b.at, p.source,
           p.stated_by_id, p.list_import_id, p.evidence_id, p.verified_by_id, p.verified_at, p.supersedes_id
    FROM before b JOIN registry_fact p ON p.id = b.id
"""


def carry_on(list_import_id: int, now: Callable[[], datetime]) -> None:
    """Undo what is left of a list, from where an earlier attempt stopped."""
    following.each_chunk(next_chunk, list_import_id, now)


def next_chunk(list_import_id: int, at: datetime) -> bool:
    """Take the next facts back; False when there are none left, and the list is undone."""
    with transaction.atomic():
        found = ListImport.objects.select_for_update().filter(pk=list_import_id, state=State.UNDOING).first()
        if found is None:
            return False
        standing = Fact.objects.filter(list_import=found, known_to__isnull=True).order_by("id")
        facts = dict(standing.values_list("id", "organisation_id")[:CHUNK]) or corrected.of_undone(
            found, CHUNK
        )
        if not facts:
            return _reopen(found, at)
        organisations = sorted(set(facts.values()))
        lock_organisations(organisations)
        with connection.cursor() as cursor:
            named: dict[str, Any] = {"facts": list(facts), "at": at}
            cursor.execute(_CLOSE, named)
            cursor.execute(_RESTORE, named)
            restored = int(cursor.rowcount)
        found.counts["restored"] = found.counts.get("restored", 0) + restored
        found.done += len(facts)
        found.save(update_fields=["counts", "done"])
        for hook in on_change:
            hook(organisations)
    return True


def _reopen(found: ListImport, at: datetime) -> bool:
    """Bring back records that ended without a last day; False when there are none left, and the list is undone."""
    organisations, restored = ending.reopen(found, at, CHUNK)
    if not organisations:
        _finish(found, at)
        return False
    found.counts["restored"] = found.counts.get("restored", 0) + restored
    found.save(update_fields=["counts"])
    for hook in on_change:
        hook(organisations)
    return True


def _finish(found: ListImport, at: datetime) -> None:
    found.state = State.UNDONE
    found.save(update_fields=["state"])
    mine = Coverage.objects.filter(list_import=found, known_to__isnull=True)
    if mine.update(known_to=at):
        earlier = Coverage.objects.filter(record=found.record).exclude(list_import=found)
        before = earlier.filter(list_import__state=State.APPLIED).order_by("-id").first()
        if before:
            Coverage.objects.create(record=found.record, known_from=at, list_import=before.list_import)
    actor = found.undone_by
    assert actor is not None  # noqa: S101 - set by actions.undo_list
    record("list.undone", f"list:{found.pk}", actor=actor, at=at, data=told_of(found))
