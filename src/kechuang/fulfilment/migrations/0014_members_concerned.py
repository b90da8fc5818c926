from django.db import migrations

# The members of a consortium beside its lead, as parties.subjects_of says it to queries.
MEMBERS = """
    CREATE OR REPLACE FUNCTION treasury_concerning(subject text) RETURNS SETOF bigint LANGUAGE sql STABLE AS $$
        SELECT organisation_id FROM fulfilment_casemember
        WHERE case_id = CASE WHEN subject ~ '^case:[0-9]+$' THEN substring(subject, 6)::bigint END
    $$
"""
NOBODY = """
    CREATE OR REPLACE FUNCTION treasury_concerning(subject text) RETURNS SETOF bigint LANGUAGE sql STABLE AS
        'SELECT NULL::bigint WHERE false'
"""


class Migration(migrations.Migration):

    dependencies = [
        ('fulfilment', '0013_salted_sheets'),
        ('treasury', '0006_concerning'),
    ]

    operations = [migrations.RunSQL(MEMBERS, NOBODY)]
