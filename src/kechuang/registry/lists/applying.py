"""A list becomes facts, chunk by chunk: each chunk is one transaction, so a crash loses nothing and repeats nothing.

What differs from what lists say now is superseded, all in SQL over whole chunks; what is the same stays.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from django.db import connection, transaction

from kechuang.accounts.models import Organisation
from kechuang.journal.actions import record
from kechuang.journal.protection import check_keys_at_once
from kechuang.policy.language.vocabulary import load_vocabulary
from kechuang.registry.actions import following
from kechuang.registry.actions.stating import on_change
from kechuang.registry.lists import corrected, ending
from kechuang.registry.models import Coverage, ListImport, ListRow

CHUNK: Final = 5_000
State = ListImport.State
Change = ListRow.Change

_NAME_THEM: Final = """
    UPDATE registry_listrow r SET organisation_id = o.id FROM accounts_organisation o
    WHERE r.list_import_id = %(list)s AND r.id BETWEEN %(first)s AND %(last)s
      AND r.organisation_id IS NULL AND r.change = 'added' AND o.uscc = r.subject ->> 'uscc'
"""
_MAKE_ROOM: Final = """
    CREATE TEMPORARY TABLE IF NOT EXISTS list_said (
        organisation_id bigint, key text, field text, value jsonb
    ) ON COMMIT DELETE ROWS;
    CREATE TEMPORARY TABLE IF NOT EXISTS list_closed (
        id bigint, organisation_id bigint, key text, field text, known_to timestamptz
    ) ON COMMIT DELETE ROWS;
    DELETE FROM list_said;
    DELETE FROM list_closed
"""
_SAY: Final = """
    INSERT INTO list_said
    SELECT r.organisation_id, r.key, f.key, f.value
    FROM registry_listrow r CROSS JOIN LATERAL jsonb_each(r.after) f
    WHERE r.list_import_id = %(list)s AND r.id BETWEEN %(first)s AND %(last)s
      AND r.change <> 'refused' AND r.organisation_id IS NOT NULL AND f.key = ANY(%(fields)s)
"""
_CLOSE_NONE: Final = """
    UPDATE registry_fact f SET known_to = GREATEST(%(at)s, f.known_from)
    WHERE f.organisation_id IN (SELECT organisation_id FROM list_said) AND f.record = %(record)s
      AND f.key = '' AND f.field = '' AND f.source = 'list' AND f.known_to IS NULL
"""
_CLOSE: Final = """
    WITH closed AS (
        UPDATE registry_fact f SET known_to = GREATEST(%(at)s, f.known_from)
        FROM list_said s
        WHERE f.organisation_id = s.organisation_id AND f.record = %(record)s AND f.key = s.key AND f.field = s.field
          AND f.source = 'list' AND f.known_to IS NULL AND f.value IS DISTINCT FROM s.value
        RETURNING f.id, f.organisation_id, f.key, f.field, f.known_to
    )
    INSERT INTO list_closed SELECT * FROM closed
"""
_STATE: Final = """
    INSERT INTO registry_fact (organisation_id, record, key, field, value, known_from, source, stated_by_id,
                               list_import_id, supersedes_id)
    SELECT s.organisation_id, %(record)s, s.key, s.field, s.value, COALESCE(c.known_to, %(at)s), 'list', %(actor)s,
           %(list)s, c.id
    FROM list_said s
    LEFT JOIN list_closed c ON c.organisation_id = s.organisation_id AND c.key = s.key AND c.field = s.field
    WHERE c.id IS NOT NULL OR NOT EXISTS (
        SELECT FROM registry_fact f
        WHERE f.organisation_id = s.organisation_id AND f.record = %(record)s AND f.key = s.key AND f.field = s.field
          AND f.source = 'list' AND f.known_to IS NULL
    )
"""


def carry_on(list_import_id: int, now: Callable[[], datetime]) -> None:
    """Apply what is left of a list, from where an earlier attempt stopped."""
    following.each_chunk(next_chunk, list_import_id, now)


def next_chunk(list_import_id: int, at: datetime) -> bool:
    """Apply the next rows; False when there are none left, and the list is applied."""
    with transaction.atomic():
        found = ListImport.objects.select_for_update().filter(pk=list_import_id, state=State.APPLYING).first()
        if found is None:
            return False
        rows = ListRow.objects.filter(list_import=found).order_by("id")
        ids = list(rows.values_list("id", flat=True)[found.done : found.done + CHUNK])
        if not ids:
            _finish(found, at)
            return False
        _register(found, ids[0], ids[-1], at)
        chunk = rows.filter(id__range=(ids[0], ids[-1]))
        organisations = sorted(
            set(chunk.exclude(change=Change.REFUSED).values_list("organisation_id", flat=True))
        )
        lock_organisations(organisations)
        stated = _state(found, ids[0], ids[-1], at, organisations)
        ending.close(found, ids[0], ids[-1], at)
        found.counts["facts"] = found.counts.get("facts", 0) + stated
        found.done += len(ids)
        found.save(update_fields=["counts", "done"])
        if stated or chunk.filter(change=Change.ENDED).exists():
            for hook in on_change:
                hook(organisations)
    return True


def lock_organisations(organisations: list[int]) -> None:
    """Hold the locks of these organisations until the act is done, taken in order so that nobody waits in a ring."""
    locked = Organisation.objects.select_for_update(no_key=True).filter(pk__in=organisations).order_by("pk")
    list(locked.values_list("pk", flat=True))


def _register(found: ListImport, first: int, last: int, at: datetime) -> None:
    """Register the organisations that the list names in full and nobody knows yet."""
    new = ListRow.objects.filter(
        list_import=found, id__range=(first, last), organisation__isnull=True, change=Change.ADDED
    )
    subjects = {row["uscc"]: row for row in new.values_list("subject", flat=True)}
    if not subjects:
        return
    check_keys_at_once()
    Organisation.objects.bulk_create(
        [Organisation(created_at=at, **subject) for subject in subjects.values()], ignore_conflicts=True
    )
    with connection.cursor() as cursor:
        cursor.execute(_NAME_THEM, {"list": found.pk, "first": first, "last": last})


def _state(found: ListImport, first: int, last: int, at: datetime, organisations: list[int]) -> int:
    """Supersede and state the facts of these rows; how many are new. Holds the locks. Corrections stay.

    Rows of a kind that the vocabulary does not have are no facts, nor are columns that its kind does not have.
    """
    kind = load_vocabulary().records.get(found.record)
    if kind is None:
        return 0
    named: dict[str, Any] = {
        "list": found.pk,
        "first": first,
        "last": last,
        "at": at,
        "record": found.record,
        "actor": found.applied_by_id,
        "fields": list(kind.fields),
    }
    with connection.cursor() as cursor:
        cursor.execute(_MAKE_ROOM)
        cursor.execute(_SAY, named)
        corrected.keep(found.record, organisations)
        cursor.execute("ANALYZE list_said")
        cursor.execute(_CLOSE_NONE, named)
        cursor.execute(_CLOSE, named)
        cursor.execute(_STATE, named)
        return int(cursor.rowcount)


def _finish(found: ListImport, at: datetime) -> None:
    found.state, found.applied_at = State.APPLIED, at
    found.save(update_fields=["state", "applied_at"])
    if found.complete:
        Coverage.objects.filter(record=found.record, known_to__isnull=True).update(known_to=at)
        Coverage.objects.create(record=found.record, known_from=at, list_import=found)
    actor = found.applied_by
    assert actor is not None  # noqa: S101 - set by actions.apply_list
    corrected.tell_of(found, at)
    record("list.applied", f"list:{found.pk}", actor=actor, at=at, data=told_of(found))


def told_of(found: ListImport) -> dict[str, Any]:
    """A list as events tell it."""
    return {
        "record": found.record,
        "file": found.file_name,
        "hash": found.file_hash,
        "complete": found.complete,
        "counts": found.counts,
    }
