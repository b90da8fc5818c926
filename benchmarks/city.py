"""The register of a whole city: one sweep, all standings, one changed fact, from the database and back into it.

    python benchmarks/city.py [organisations]

Makes a database of its own in a temporary folder, fills it with a synthetic city by COPY, and measures.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from common import keep, machine, show
from pyarrow import csv

ORGANISATIONS, SEED = 100_000, 20230713
ON, AT = date(2026, 3, 2), datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
RUNS = 5  # of what takes milliseconds


def main() -> None:
    """Fill and measure."""
    from kechuang.operations.postgres import Postgres, url_of

    size = int(sys.argv[1]) if len(sys.argv) > 1 else ORGANISATIONS
    with tempfile.TemporaryDirectory(prefix="kechuang-city-") as name:
        data = Path(name)
        data.chmod(0o711)
        os.environ |= {
            "KECHUANG_DATA": name,
            "DATABASE_URL": url_of(data),
            "DJANGO_SETTINGS_MODULE": "kechuang.web.settings",
        }
        server = Postgres(data)
        server.start()
        try:
            _measure(size)
        finally:
            server.stop()


def _measure(size: int) -> None:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    print(machine())
    rows: list[dict[str, Any]] = []

    def timed(what: str, act: Callable[[], object]) -> Any:
        began = time.perf_counter()
        found = act()
        rows.append({"step": what, "seconds": round(time.perf_counter() - began, 3)})
        print(rows[-1], flush=True)
        return found

    facts = timed("fill the database (COPY, analysed)", lambda: fill(size))
    print(f"{size:,} organisations, {facts:,} facts")
    _steps(timed)
    show("The register of a city", rows)
    keep("city", {"organisations": size, "facts": facts, "steps": rows})


def _steps(timed: Callable[[str, Callable[[], object]], Any]) -> None:
    from django.db import transaction

    from kechuang.entitlements import releasing, renewing, sweeping
    from kechuang.entitlements.models import Standing, Sweep
    from kechuang.registry.actions import state

    version, officer = releasing.version_in_force(), _officer()
    for benefit in ("9.rd_growth", "3.contract_volume"):
        if benefit in {one.id for one in sweeping.pack_of(version.pk).benefits}:
            sweep = sweeping.start(benefit, on=ON, year=ON.year - 1, actor=officer, at=AT)
            timed(f"sweep of {benefit}", lambda number=sweep.pk: sweeping.carry_out(number, lambda: AT))
            print(Sweep.objects.get(pk=sweep.pk).counts)
    timed("all standings, made", lambda: renewing.renew_all(version, ON, lambda: AT))
    timed("all standings, renewed", lambda: renewing.renew_all(version, ON.replace(day=3), lambda: AT))
    some = list(Standing.objects.order_by("organisation")[1_000:50_000:10_000])
    for one in some:
        with transaction.atomic():
            state(one.organisation, "years", "rd_spend", 123_456_700, key="2025", actor=officer, at=AT)
        timed(
            "one changed fact, re-assessed and kept",
            lambda number=one.organisation_id: renewing.renew(
                [number], version, ON.replace(day=3), lambda: AT
            ),
        )


def _officer() -> Any:
    """Somebody who acts."""
    from kechuang.accounts.models import Membership, Organisation, User
    from kechuang.accounts.roles import Role

    user = User.objects.create_user("officer", name="筛查员")
    office = Organisation.objects.create(
        uscc="bureau", name="科技局", kind="government", department="市科技局", created_at=AT
    )
    return Membership.objects.create(user=user, organisation=office, role=Role.OFFICER, since=ON)


def fill(size: int) -> int:
    """Organisations and their facts, as declared; how many facts."""
    from django.db import connection

    from kechuang.policy.language.vocabulary import load_vocabulary
    from kechuang.population.generate import batches_of

    vocabulary, count, first = load_vocabulary(), 0, 1
    indexes = _without_indexes()
    for batch in batches_of(size, SEED, ON.year - 1, ON, vocabulary):
        organisations = pa.table(
            {
                "id": pa.array(range(first, first + len(batch))),
                "uscc": batch.column("uscc"),
                "name": batch.column("name"),
                "kind": batch.column("kind").cast(pa.string()),
                "district": pc.fill_null(batch.column("district"), ""),
                "department": pa.array([""] * len(batch)),
                "created_at": pa.array([AT.isoformat()] * len(batch)),
            }
        )
        copy_in("accounts_organisation", organisations)
        for facts in facts_of(batch, first, vocabulary):
            copy_in("registry_fact", facts)
            count += len(facts)
        first += len(batch)
    with connection.cursor() as cursor:
        for index in indexes:
            cursor.execute(index)
        cursor.execute("SELECT setval('accounts_organisation_id_seq', %s)", [first])
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("ANALYZE")
    return count


def _without_indexes() -> list[str]:
    """Drop what slows the filling down: triggers that look up keys, indexes; the commands that make these again."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'registry_fact' AND indexname !~ '_pkey$'"
        )
        found = cursor.fetchall()
        for name, _ in found:
            cursor.execute(f'DROP INDEX "{name}"')
    return [index for _, index in found]


def facts_of(batch: pa.RecordBatch, first: int, vocabulary: Any) -> Iterator[pa.Table]:
    """The known fields of every record, one table a field."""
    from kechuang.registry.assembly import IDENTITY

    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if name in vocabulary.records:
            yield from _records(vocabulary.records[name], column, first)
        elif name not in IDENTITY:
            owners = pa.array(range(first, first + len(batch)))
            yield _facts("subject", owners, pa.array([""] * len(batch)), name, column)


def _records(kind: Any, column: pa.ListArray, first: int) -> Iterator[pa.Table]:
    from kechuang.registry import keys

    records = column.flatten()
    owners = pc.add(pc.list_parent_indices(column), first)
    names = keys.key_fields(kind)
    parts = zip(*(records.field(name).to_pylist() for name in names), strict=True)
    made: list[str | None] = []
    seen: set[tuple[int, str]] = set()
    for owner, values in zip(owners.to_pylist(), parts, strict=True):
        known = dict(zip(names, values, strict=True))
        key = keys.key_of(kind.name, known) if any(value is not None for value in values) else ""
        made.append(None if not key or (owner, key) in seen else key)
        seen.add((owner, key))
    texts = pa.array(made, pa.string())
    for name in kind.fields:
        yield _facts(kind.name, owners, texts, name, records.field(name))


def _facts(record: str, owners: pa.Array, keys: pa.Array, field: str, values: pa.Array) -> pa.Table:
    if pa.types.is_dictionary(values.type):
        values = values.cast(pa.string())
    known = pc.and_(values.is_valid(), keys.is_valid())
    table = pa.table({"organisation_id": owners, "key": keys, "value": _json(record, field, values)}).filter(
        known
    )
    same = {
        "record": record, "field": field, "source": "declared", "known_from": AT.isoformat(),
    }  # fmt: skip
    for name, text in same.items():
        table = table.append_column(name, pa.array([text] * len(table)))
    return table


def _json(record: str, field: str, values: pa.Array) -> pa.Array:
    from kechuang.policy.language.vocabulary import load_vocabulary

    type_ = load_vocabulary().records[record].fields[field].type
    texts = values.cast(pa.string())
    if type_ == "rate":
        texts = pc.binary_join_element_wise(texts, "1000000", "/")
    if type_ in ("money", "number", "boolean"):
        return texts
    return pc.binary_join_element_wise('"', pc.replace_substring(texts, '"', '\\"'), '"', "")


def copy_in(table: str, rows: pa.Table) -> None:
    """Add rows by COPY."""
    from django.db import connection

    held = BytesIO()
    csv.write_csv(rows, held, csv.WriteOptions(include_header=False))
    names = ", ".join(f'"{name}"' for name in rows.column_names)
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({names}) FROM STDIN (FORMAT csv)") as copy,
    ):
        copy.write(held.getvalue())


if __name__ == "__main__":
    main()
