"""A complete list ends what it no longer names: records that earlier lists have, of the kinds that it does name.

A record with a last day (a status, a cover) ends on the day before the list came, and one that had ended before stays
as it is; a record without one is known no longer. The dry run shows each as a row of its own, undoing brings back what
was. A list of statuses ends those of its own kinds alone: high-tech certificates, not SME numbers beside them. Who
stands on a refused row was named all the same: nothing of theirs ends.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from django.db import connection
from django.utils import timezone

from kechuang.policy.language.vocabulary import RecordKind
from kechuang.registry import keys
from kechuang.registry.models import ListImport, ListRow
from kechuang.registry.periods import SPANS

KIND: Final = (
    "kind"  # the field by which a list holds one kind of things, where records have it first in their key
)
_NOTE: Final = """
    WITH on_file AS (
        SELECT organisation_id, key, jsonb_object_agg(field, value) AS said,
               max(value #>> '{}') FILTER (WHERE field = %(last)s) AS last
        FROM registry_fact
        WHERE record = %(record)s AND source = 'list' AND known_to IS NULL AND field <> ''
        GROUP BY organisation_id, key
    ), named AS (
        SELECT organisation_id, key FROM registry_listrow
        WHERE list_import_id = %(list)s AND change <> 'refused' AND organisation_id IS NOT NULL
    )
    INSERT INTO registry_listrow (list_import_id, row, organisation_id, code, name, key, subject, change, before, after,
                                  filled, faults, closed)
    SELECT %(list)s, %(row)s + row_number() OVER (ORDER BY o.name, o.id, f.key), o.id, o.uscc, o.name, f.key, '{}',
           'ended', CASE WHEN %(last)s = '' THEN f.said WHEN f.last IS NULL THEN '{}'
                         ELSE jsonb_build_object(%(last)s, f.last) END,
           CASE WHEN %(last)s = '' THEN '{}' ELSE jsonb_build_object(%(last)s, %(ended)s::text) END, '[]', '[]', '[]'
    FROM on_file f JOIN accounts_organisation o ON o.id = f.organisation_id
    WHERE (%(last)s = '' OR f.last IS NULL OR f.last > %(ended)s)
      AND (NOT %(by_kind)s OR split_part(f.key, '|', 1) IN (SELECT DISTINCT split_part(key, '|', 1) FROM named))
      AND NOT EXISTS (SELECT FROM named n WHERE n.organisation_id = f.organisation_id AND n.key = f.key)
      AND o.uscc NOT IN (SELECT code FROM registry_listrow WHERE list_import_id = %(list)s AND change = 'refused')
"""
_CLOSE: Final = """
    WITH gone AS (
        SELECT id, organisation_id, key FROM registry_listrow
        WHERE list_import_id = %(list)s AND id BETWEEN %(first)s AND %(last)s AND change = 'ended' AND after = '{}'
    ), closed AS (
        UPDATE registry_fact f SET known_to = GREATEST(%(at)s, f.known_from)
        FROM gone g
        WHERE f.organisation_id = g.organisation_id AND f.record = %(record)s AND f.key = g.key
          AND f.source = 'list' AND f.known_to IS NULL
        RETURNING g.id AS row, f.id AS fact
    )
    UPDATE registry_listrow r SET closed = c.facts
    FROM (SELECT row, jsonb_agg(fact) AS facts FROM closed GROUP BY row) c WHERE r.id = c.row
"""
_REOPEN: Final = """
    INSERT INTO registry_fact (organisation_id, record, key, field, value, valid_from, valid_to, known_from, source,
                               stated_by_id, list_import_id, evidence_id, verified_by_id, verified_at, supersedes_id)
    SELECT p.organisation_id, p.record, p.key, p.field, p.value, p.valid_from, p.valid_to, %(at)s, p.source,
           p.stated_by_id, p.list_import_id, p.evidence_id, p.verified_by_id, p.verified_at, p.supersedes_id
    FROM registry_fact p
    WHERE p.id = ANY(%(facts)s) AND NOT EXISTS (
        SELECT FROM registry_fact f
        WHERE f.organisation_id = p.organisation_id AND f.record = p.record AND f.key = p.key AND f.field = p.field
          AND f.source = 'list' AND f.known_to IS NULL
    )
"""


def note(list_import: ListImport, kind: RecordKind, row: int) -> int:
    """Keep a row, numbered after `row`, for each record that the list ends; how many."""
    last = SPANS.get(kind.name, ("", ""))[1]
    named: dict[str, Any] = {
        "list": list_import.pk,
        "record": kind.name,
        "row": row,
        "last": last,
        "by_kind": keys.parts_of(kind)[:1] == (KIND,),
        "ended": (timezone.localdate(list_import.created_at) - timedelta(days=1)).isoformat(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, named)
        return int(cursor.rowcount)


def close(list_import: ListImport, first: int, last: int, at: Any) -> None:
    """Of the ended records among these rows, those without a last day: known no longer. Call it with the locks held."""
    with connection.cursor() as cursor:
        named = {"list": list_import.pk, "record": list_import.record, "first": first, "last": last, "at": at}
        cursor.execute(_CLOSE, named)


def reopen(list_import: ListImport, at: Any, most: int) -> tuple[list[int], int]:
    """Bring back what was known of up to `most` ended records; of which organisations, and how many facts."""
    rows = list(
        ListRow.objects.filter(list_import=list_import, change=ListRow.Change.ENDED).exclude(closed=[])[:most]
    )
    facts = [fact for row in rows for fact in row.closed]
    if not facts:
        return [], 0
    with connection.cursor() as cursor:
        cursor.execute(_REOPEN, {"facts": facts, "at": at})
        restored = int(cursor.rowcount)
    ListRow.objects.filter(pk__in=[row.pk for row in rows]).update(closed=[])
    return sorted({row.organisation_id for row in rows if row.organisation_id}), restored
