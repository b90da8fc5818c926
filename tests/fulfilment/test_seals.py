"""One changed value, in any column that matters, past every trigger: `kechuang verify` names the row and the column."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection, transaction

from factories import AT
from fulfilment.city import make_call, make_case, make_city, make_grower, manager_of
from fulfilment.office import noticed, paid
from kechuang.accounts.models import Organisation
from kechuang.fulfilment import notices, workflow
from kechuang.fulfilment.models import Approval, Case
from kechuang.fulfilment.sealed import sealed_tables
from kechuang.fulfilment.verifying import checks
from kechuang.journal import sealing

LEGAL = (
    "accounts_membership",
    "accounts_organisation",
    "entitlements_release",
    "fulfilment_approval",
    "fulfilment_call",
    "fulfilment_case",
    "fulfilment_decision",
    "fulfilment_finding",
    "fulfilment_notice",
    "fulfilment_noticeline",
    "fulfilment_objection",
    "journal_message",
    "registry_fact",
    "treasury_account",
    "treasury_appropriation",
    "treasury_award",
    "treasury_batch",
    "treasury_entry",
    "treasury_hold",
    "treasury_payment",
    "treasury_receivable",
    "treasury_instalment",
)
"""Tables of which every column is changed below, once."""
OTHER = {
    "boolean": "NOT COALESCE({0}, false)",
    "date": "COALESCE({0}, '2020-01-01') + 1",
    "timestamp with time zone": "COALESCE({0}, '2020-01-01') + interval '1 second'",
    "jsonb": """'{{"changed": 1}}'""",
    "ARRAY": "array_append({0}, 'changed')",
    "character varying": "CASE WHEN {0} = '' THEN 'x' ELSE overlay(COALESCE({0}, 'y') placing '#' from 1 for 1) END",
    "text": "{0} || '#'",
}
"""Another value for a column of each type of data; one more, where it is a number."""


@pytest.fixture(scope="module")
def lived(django_db_setup, django_db_blocker) -> Iterator[None]:
    """A city in which one case is paid, objected to on its way and claimed back: each legal table has a row."""
    with django_db_blocker.unblock(), transaction.atomic():
        live()
        yield
        transaction.set_rollback(True)


def live() -> None:
    city = make_city()
    [case] = paid(city, make_grower())
    notice, after = noticed(city, make_grower())
    notices.object_to(notice.lines.get(), notices.Said("王某", "13800001234", "理由", "请求"), at=after)
    at = case.state_since + timedelta(days=1)
    case = workflow.apply(
        case,
        "find_breach",
        actor=city.officer,
        at=at,
        reason="材料不实",
        hearing_on=(at + timedelta(days=1)).date(),
    )
    case = workflow.apply(case, "hear", actor=city.officer, at=at + timedelta(days=2), reason="已陈述")
    plan = [((at + timedelta(days=30)).date(), case.award.paid_fen)]
    workflow.apply(
        case,
        "claim",
        actor=city.decider,
        at=at + timedelta(days=3),
        reason="x",
        amount=case.award.paid_fen,
        plan=plan,
    )


def seals() -> list[tuple[str, str]]:
    [check] = [one for one in checks() if one.title.en == "seals"]
    return [(one.place, one.what) for one in check.run() if one is not None]


def past_triggers(query: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(query)
        changed = cursor.rowcount
        cursor.execute("SET LOCAL session_replication_role = origin")
    return changed


def columns_of(table: str) -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s ORDER BY 1",
            [table],
        )
        return dict(cursor.fetchall())


def drop_rules(table: str) -> None:
    """A forger cares for no rule of the table."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('c', 'u')",
            [table],
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}" CASCADE')
        cursor.execute(
            "SELECT indexrelid::regclass::text FROM pg_index "
            "WHERE indrelid = %s::regclass AND indisunique AND NOT indisprimary",
            [table],
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP INDEX {name}")


def test_what_was_only_done_by_acts_agrees_with_its_seals(lived):
    assert seals() == []


@pytest.mark.parametrize("table", LEGAL)
def test_one_changed_value_is_found_and_its_row_and_column_are_named(table, lived):
    without = sealed_tables()[table]
    columns = {name: kind for name, kind in columns_of(table).items() if name not in {"id", *without}}
    with transaction.atomic():
        drop_rules(table)
        missed = {name: found for name, kind in columns.items() if (found := missing(table, name, kind))}
        transaction.set_rollback(True)

    assert missed == {}


def missing(table: str, column: str, kind: str) -> list[sealing.Problem]:
    """What is found instead, when this column of the first row is changed; [] when just that is found."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT min(id) FROM {table}")
            [row] = cursor.fetchone()
        other = OTHER.get(kind, "COALESCE({0}, 0) + 1").format(f'"{column}"')
        assert past_triggers(f'UPDATE {table} SET "{column}" = {other} WHERE id = {row}') == 1
        found = list(sealing.check_seals({table: sealed_tables()[table]}))
        transaction.set_rollback(True)
    right = [(one.row, one.column) for one in found] == [(row, column)]
    return [] if right else found or [sealing.Problem(table, row, column, "nothing", "found")]


@pytest.mark.django_db
def test_a_row_changed_from_another_program_is_named():
    organisation = make_grower().organisation
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL application_name = 'psql'")
        cursor.execute("UPDATE accounts_organisation SET name = name || 'x' WHERE id = %s", [organisation.pk])
        cursor.execute("SET LOCAL application_name = 'kechuang'")

    assert seals() == [(f"accounts_organisation:{organisation.pk}", "name")]


@pytest.mark.django_db
def test_a_row_put_in_or_taken_away_past_the_triggers_is_named():
    case = make_case(make_call(make_city()))
    one = Approval.objects.create(case=case, kind="acceptance", asked_at=AT)
    past_triggers(f"DELETE FROM fulfilment_approval WHERE id = {one.pk}")
    past_triggers(
        "INSERT INTO fulfilment_noticeline (id, notice_id, line, case_id) "
        f"VALUES (999999, 999999, 1, {case.pk})"
    )

    assert seals() == [(f"fulfilment_approval:{one.pk}", "row"), ("fulfilment_noticeline:999999", "row")]


@pytest.mark.django_db
def test_a_row_deleted_by_the_site_leaves_no_trace_of_fault():
    case = make_case(make_call(make_city()))
    one = Approval.objects.create(case=case, kind="acceptance", asked_at=AT)

    Approval.objects.filter(pk=one.pk).delete()

    assert seals() == []


@pytest.mark.django_db
def test_a_seal_is_not_changed():
    make_grower()

    with (
        pytest.raises(Exception, match="Cannot update or delete"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE journal_seal SET marks = ''")


@pytest.mark.django_db
def test_a_column_that_an_upgrade_adds_is_sealed_at_the_end_of_it():
    organisation = manager_of(make_case(make_call(make_city()))).organisation
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE accounts_organisation ADD COLUMN motto text NOT NULL DEFAULT 'so'")

    resealed = sealing.keep_sealed(sealed_tables())

    assert resealed == ["accounts_organisation"]
    assert seals() == []
    past_triggers(f"UPDATE accounts_organisation SET motto = 'thus' WHERE id = {organisation.pk}")
    assert seals() == [(f"accounts_organisation:{organisation.pk}", "motto")]


@pytest.mark.django_db
def test_what_was_knowingly_written_past_the_triggers_can_be_sealed_again():
    case = make_case(make_call(make_city()))
    past_triggers(f"UPDATE fulfilment_case SET reason = 'x' WHERE id = {case.pk}")

    sealing.seal_again(sealed_tables())

    assert seals() == []
    assert Case.objects.get().reason == "x"
    assert Organisation.objects.exists()
