"""A list is taken back: what it said is known no longer, and what was known before it is known again.

Field by field: where something else was said after the list, that stays, and the list's page says so. Where a later
list said the same, the fact stays too, on the word of that list.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Final

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
# A list that came later and said the same: the facts stay, on its word from now on.
_REPEATED: Final = """
    SELECT DISTINCT ON (f.id) f.id, i.id
    FROM registry_fact f
    JOIN registry_listimport own ON own.id = f.list_import_id
    JOIN registry_listimport i ON i.record = f.record AND i.state = 'applied' AND i.applied_at > own.applied_at
    JOIN registry_listrow r ON r.list_import_id = i.id AND r.organisation_id = f.organisation_id AND r.key = f.key
                           AND r.change IN ('added', 'changed', 'same')
    WHERE f.id = ANY(%(facts)s) AND r.after -> f.field = f.value AND r.after ?& %(needs)s::text[]
    ORDER BY f.id, i.applied_at DESC, i.id DESC
"""
_HAND_OVER: Final = """
    INSERT INTO registry_fact (organisation_id, record, key, field, value, valid_from, valid_to, known_from, source,
                               stated_by_id, list_import_id, supersedes_id)
    SELECT f.organisation_id, f.record, f.key, f.field, f.value, f.valid_from, f.valid_to, f.known_to, f.source,
           i.applied_by_id, i.id, f.supersedes_id
    FROM unnest(%(facts)s::bigint[], %(lists)s::bigint[]) AS later(fact, list)
    JOIN registry_fact f ON f.id = later.fact JOIN registry_listimport i ON i.id = later.list
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


def carry_on(list_import_id: int, now: Callable[[], datetime], needs: Sequence[str] = ()) -> None:
    """Undo what is left of a list, from where an earlier attempt stopped; needs: see `next_chunk`."""
    following.each_chunk(partial(next_chunk, needs=needs), list_import_id, now)


def next_chunk(list_import_id: int, at: datetime, needs: Sequence[str] = ()) -> bool:
    """Take the next facts back; False when there are none left, and the list is undone.

    needs: fields without which a row of a later list is no whole record, and hands nothing over.
    """
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
        for name, count in _take_back(list(facts), needs, at).items():
            found.counts[name] = found.counts.get(name, 0) + count
        found.done += len(facts)
        found.save(update_fields=["counts", "done"])
        for hook in on_change:
            hook(organisations)
    return True


def _take_back(facts: list[int], needs: Sequence[str], at: datetime) -> dict[str, int]:
    """Let these facts stand no longer; how many are restored, how many repeated by a later list. Holds the locks."""
    with connection.cursor() as cursor:
        cursor.execute(_REPEATED, {"facts": facts, "needs": list(needs)})
        later = dict(cursor.fetchall())
        cursor.execute(_CLOSE, {"facts": facts, "at": at})
        cursor.execute(_HAND_OVER, {"facts": list(later), "lists": list(later.values())})
        cursor.execute(_RESTORE, {"facts": [one for one in facts if one not in later]})
        return {"restored": int(cursor.rowcount), "repeated": len(later)}


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
