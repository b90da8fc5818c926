"""Claims and losses that were filed when only the filers' books held them become facts of the organisations."""

from django.db import migrations

_STATE = """
    INSERT INTO registry_fact (organisation_id, record, key, field, value, known_from, source, stated_by_id,
                               list_import_id)
    SELECT l.organisation_id, l.record, l.key, v.key, v.value, l.known_from, 'list', i.applied_by_id, i.id
    FROM finance_filedline l
    JOIN finance_filing g ON g.id = l.filing_id
    JOIN registry_listimport i ON i.id = g.list_import_id
    CROSS JOIN LATERAL jsonb_each(l.values) v
    WHERE l.ended_at IS NULL AND l.record IN ('claims', 'losses')
      AND v.key IN ('number', 'claim', 'claimed_on', 'paid_on', 'lost_on', 'amount')
      AND NOT EXISTS (
        SELECT FROM registry_fact f WHERE f.organisation_id = l.organisation_id AND f.record = l.record
          AND f.key = l.key AND f.field = v.key AND f.source = 'list' AND f.known_to IS NULL)
    ORDER BY l.id, v.key
"""
_NAME = """
    UPDATE registry_listimport SET record = substr(record, 7) WHERE record IN ('filed_claims', 'filed_losses')
"""
_NAME_BACK = """
    UPDATE registry_listimport SET record = 'filed_' || record WHERE record IN ('claims', 'losses')
"""


class Migration(migrations.Migration):
    dependencies = [
        ("finance", "0002_kept_apart"),
        ("journal", "0003_seals"),
        ("registry", "0004_recused_may_not_write"),
    ]

    operations = [
        migrations.RunSQL([_NAME, _STATE], [_NAME_BACK]),
    ]
