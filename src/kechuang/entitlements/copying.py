"""Many rows into the database at once, by COPY."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from django.db import connection

LINES: Final = 2_000  # sent together


def copied(table: str, columns: Sequence[str], rows: Iterable[Sequence[str | int | None]]) -> None:
    """Add rows to a table. Texts hold no tabs, line ends or backslashes: codes, digits and JSON of such.

    `rows` must not ask the database anything while they are gone through: the connection is busy until they end.
    """
    names = ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
        held: list[str] = []
        for row in rows:
            held.append("\t".join("\\N" if cell is None else str(cell) for cell in row))
            if len(held) == LINES:
                copy.write("\n".join(held) + "\n")
                held = []
        if held:
            copy.write("\n".join(held) + "\n")
