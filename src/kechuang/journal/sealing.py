"""Seals: what the site itself wrote into a row, hashed by the database as it was written, to compare with later.

Triggers lay a seal for every row that is added, changed or deleted through the site's own connections. Whoever changes
a row past them, or from another program, leaves it with a seal that no longer fits. See docs/decisions/0033.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection, transaction
from psycopg import sql

MARK: Final = 4  # bytes of a mark: one for each column, in the order in which JSON of the database has them
UNSEALED: Final = "row"  # named instead of a column: a row without seal, or a seal without row

Tables = Mapping[str, Sequence[str]]
"""Tables that are sealed, each with the columns that are not: {"treasury_payment": ()}."""


@dataclass(frozen=True)
class Problem:
    """A column whose value is not the one that was sealed: found and expected are marks of it, never the value."""

    table: str
    row: int
    column: str
    found: str
    expected: str


def keep_sealed(tables: Tables) -> list[str]:
    """Lay triggers on these tables; those new here, or changed by an upgrade, are sealed as they stand. Which they are.

    Does nothing, and costs one query, where all stands already.
    """
    changed = []
    for table, columns, laid in _as_they_are(tables):
        form = _form(columns)
        if form != laid:
            _seal_anew(table, form, tables[table], laid=bool(laid))
            changed.append(table)
    return changed


def seal_again(tables: Tables) -> None:
    """Seal all rows as they stand: for an operator, or a benchmark, who has knowingly written past the triggers."""
    for table, columns, _ in _as_they_are(tables):
        with connection.cursor() as cursor:
            query = _SEAL_ALL.format(table=sql.Identifier(table), marks=sql.SQL(_MARKS))
            cursor.execute(query, _named(table, _form(columns), tables[table]))


def count(table: str) -> int:
    """How many rows a sealed table has."""
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SELECT COUNT(*) FROM {}").format(sql.Identifier(table)))
        return int(cursor.fetchone()[0])


def check_seals(tables: Tables) -> Iterator[Problem]:
    """Every column of these tables that is not as it was sealed, every row without seal, every seal without row."""
    for table, columns, _ in _as_they_are(tables):
        yield from _of_table(table, columns, tables[table])


def _of_table(table: str, columns: list[str], without: Sequence[str]) -> Iterator[Problem]:
    query = _COMPARE.format(table=sql.Identifier(table), marks=sql.SQL(_MARKS))
    with connection.cursor() as cursor:
        cursor.execute(query, {"table": table, "without": list(without)})
        rows = cursor.fetchall()
    for row, marks, sealed, form in rows:
        found, expected = bytes(marks or b""), bytes(sealed or b"")
        if not found or not expected or form != _form(columns):
            yield Problem(
                table, row, UNSEALED, "there" if found else "gone", "sealed" if expected else "no such row"
            )
            continue
        pairs = [
            [marks[place * MARK : (place + 1) * MARK].hex() for marks in (found, expected)]
            for place in range(len(columns))
        ]
        changed = [(column, *pair) for column, pair in zip(columns, pairs, strict=True) if pair[0] != pair[1]]
        for column, one, other in changed or [(UNSEALED, "other", "sealed")]:
            yield Problem(table, row, column, one, other)


def _as_they_are(tables: Tables) -> list[tuple[str, list[str], str]]:
    """Of each table that is there: its name, the columns that are sealed, and the form of the triggers that stand."""
    with connection.cursor() as cursor:
        cursor.execute(_CATALOGUE, [list(tables)])
        found = cursor.fetchall()
    return [
        (
            table,
            sorted(set(columns) - set(tables[table]), key=lambda name: (len(name.encode()), name.encode())),
            bytes(arguments or b"").split(b"\0")[0].decode(),
        )
        for table, columns, arguments in found
    ]


def _seal_anew(table: str, form: str, without: Sequence[str], *, laid: bool) -> None:
    name = sql.Identifier(table)
    arguments = {
        "table": name,
        "form": sql.Literal(form),
        "without": sql.Literal("{" + ",".join(without) + "}"),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        for operation, rows in (("insert", "NEW"), ("update", "NEW"), ("delete", "OLD")):
            here = arguments | {
                "name": sql.Identifier(f"seal_{operation}"),
                "operation": sql.SQL(operation.upper()),
                "rows": sql.SQL(rows),
            }
            if laid:
                cursor.execute(sql.SQL("DROP TRIGGER {name} ON {table}").format(**here))
            cursor.execute(_TRIGGER.format(**here))
        cursor.execute(_SEAL_ALL.format(table=name, marks=sql.SQL(_MARKS)), _named(table, form, without))


def _named(table: str, form: str, without: Sequence[str]) -> dict[str, Any]:
    return {"table": table, "form": form, "without": list(without)}


def _form(columns: Sequence[str]) -> str:
    """Eight letters for a list of columns: a seal says which columns it is of."""
    return hashlib.sha256(",".join(sorted(columns)).encode()).hexdigest()[:8]


# Written into each query: a function of the database's own would cost four times as much.
_MARKS: Final = (
    "(SELECT decode(string_agg(left(COALESCE(md5(value), '00000000'), 8), ''), 'hex')"
    " FROM jsonb_each_text(content))"
)
_CATALOGUE: Final = """
    SELECT c.relname, array_agg(a.attname::text),
           (SELECT g.tgargs FROM pg_trigger g WHERE g.tgrelid = c.oid AND g.tgname = 'seal_insert')
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relname = ANY(%s) AND c.relkind = 'r' AND pg_table_is_visible(c.oid)
    GROUP BY c.oid, c.relname ORDER BY c.relname
"""
_TRIGGER: Final = sql.SQL("""
    CREATE TRIGGER {name} AFTER {operation} ON {table} REFERENCING {rows} TABLE AS rows
    FOR EACH STATEMENT EXECUTE FUNCTION journal_lay_seals({form}, {without})
""")
_SEAL_ALL: Final = sql.SQL("""
    INSERT INTO journal_seal (of, "row", form, digest, marks)
    SELECT %(table)s, id, %(form)s, sha256(convert_to(content::text, 'UTF8')), {marks}
    FROM (SELECT id, to_jsonb(r) - %(without)s::text[] AS content FROM {table} r OFFSET 0) s ORDER BY id
""")
_COMPARE: Final = sql.SQL("""
    SELECT COALESCE(s."row", t.id), {marks}, s.marks, s.form
    FROM (SELECT id, to_jsonb(r) - %(without)s::text[] AS content FROM {table} r) t
    FULL JOIN (SELECT DISTINCT ON ("row") "row", digest, marks, form FROM journal_seal
               WHERE of = %(table)s ORDER BY "row", id DESC) s ON s."row" = t.id
    WHERE s.digest IS DISTINCT FROM sha256(convert_to(t.content::text, 'UTF8')) ORDER BY 1
""")

FUNCTION: Final = """
CREATE FUNCTION journal_lay_seals() RETURNS trigger LANGUAGE plpgsql SET timezone TO 'UTC' AS $$
BEGIN
    IF current_setting('application_name') <> 'kechuang' THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'DELETE' THEN
        INSERT INTO journal_seal (of, "row", form, digest, marks)
        SELECT TG_TABLE_NAME, id, TG_ARGV[0], NULL, '' FROM rows;
    ELSE
        INSERT INTO journal_seal (of, "row", form, digest, marks)
        SELECT TG_TABLE_NAME, id, TG_ARGV[0], sha256(convert_to(content::text, 'UTF8')),
            MARKS
        FROM (SELECT id, to_jsonb(r) - TG_ARGV[1]::text[] AS content FROM rows r OFFSET 0) s ORDER BY id;
    END IF;
    RETURN NULL;
END
$$;
""".replace("MARKS", _MARKS)
"""What the triggers call, for the migration. The name is that of our connections in operations.postgres."""
