"""Stored standings: kept up when facts, the version in force or the day change.

A part of the city is one transaction: it holds its organisations and rows, then reads the facts, so whoever states a
fact meanwhile waits and marks the row stale again, and of a fact that is being stated it waits for the end.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, Final

import numpy as np
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from procrastinate.exceptions import AlreadyEnqueued

from kechuang.accounts.models import Organisation
from kechuang.accounts.queries import subjects
from kechuang.entitlements.copying import copied
from kechuang.entitlements.models import PackVersion, Standing
from kechuang.entitlements.versions import pack_as_known
from kechuang.journal.actions import defer
from kechuang.policy.cases.assessment import assess_bound
from kechuang.policy.cases.outcome import Outcome
from kechuang.policy.columns.population import assess_columns
from kechuang.policy.columns.verdict import ENTITLED, MAY_APPLY, NO_REASON, BenefitColumns
from kechuang.policy.encoding.binding import Bound, bind
from kechuang.registry.assembly import cases_of, columns_of

Row = tuple[str, dict[str, int], str, int, int]
"""Outcomes, sums, reasons, entitled and ceiling fen, as `Standing` keeps them."""

PART: Final = 8_192  # organisations in one transaction
FEW: Final = 32  # up to so many are assessed one by one
RENEW_STALE: Final = "kechuang.entitlements.tasks.renew_stale"
RENEW_ALL: Final = "kechuang.entitlements.tasks.renew_all"
KEPT: Final = ("outcomes", "sums", "reasons", "entitled_fen", "ceiling_fen")
"""The columns of a standing that `Row` holds, in its order."""
_COLUMNS: Final = ("organisation_id", "year", "version_id", "on", "known_at", *KEPT, "stale")
_OUTCOMES: Final = list(Outcome)


def mark_stale(organisations: Iterable[int]) -> None:
    """What is known of these organisations has changed: their standings are renewed in the background."""
    Standing.objects.filter(organisation__in=list(organisations), stale=False).update(stale=True)
    ask_for_renewal(RENEW_STALE)


def ask_for_renewal(task: str) -> None:
    """Queue a renewal, unless one is queued."""
    try:
        with transaction.atomic():
            defer(task)
    except AlreadyEnqueued:
        pass


def renew_stale(version: PackVersion, on: date, now: Callable[[], datetime]) -> int:
    """Renew the standings of whom something else is known, then make those that are lacking; how many."""
    return sum(_renew_in_parts(_stale, version, on, now)) + sum(_renew_in_parts(_lacking, version, on, now))


def renew_all(version: PackVersion, on: date, now: Callable[[], datetime]) -> int:
    """Renew every standing that is stale, of another version or of another day, and make those that are lacking.

    Those of organisations that have become offices go: they are no subjects any more.
    """
    Standing.objects.filter(~Exists(subjects().filter(pk=OuterRef("organisation")))).delete()
    return sum(_renew_in_parts(_outdated, version, on, now))


def _renew_in_parts(
    find: Callable[[PackVersion, date, int], list[int]],
    version: PackVersion,
    on: date,
    now: Callable[[], datetime],
) -> Iterator[int]:
    after = 0
    while numbers := find(version, on, after):
        renew(numbers, version, on, now)
        after = numbers[-1]
        yield len(numbers)


def _stale(_version: PackVersion, on: date, after: int) -> list[int]:
    stale = Standing.objects.filter(stale=True, year=assessed_year(on))
    return _next(subjects().filter(pk__in=stale.values("organisation")), after)


def _lacking(_version: PackVersion, on: date, after: int) -> list[int]:
    return _next(_without(Standing.objects.filter(year=assessed_year(on))), after)


def _outdated(version: PackVersion, on: date, after: int) -> list[int]:
    kept = Standing.objects.filter(year=assessed_year(on), stale=False, version=version, on=on)
    return _next(_without(kept), after)


def _without(kept: QuerySet[Standing]) -> QuerySet[Organisation]:
    """The subjects of which none of these is kept."""
    return subjects().filter(~Exists(kept.filter(organisation=OuterRef("pk"))))


def _next(found: QuerySet[Organisation], after: int) -> list[int]:
    return list(found.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:PART])


def assessed_year(on: date) -> int:
    """The year that standings are about: the calendar year before, as `bind` has it."""
    return on.year - 1


def renew(numbers: Sequence[int], version: PackVersion, on: date, now: Callable[[], datetime]) -> None:
    """Assess these organisations, at most PART, on what is known now, and keep their standings."""
    with transaction.atomic():
        _lock(numbers, assessed_year(on))
        at = now()
        bound = bind(pack_as_known(version.pk, at), on, assessed_year(on))
        # All of it before any is copied: a connection that copies answers no questions.
        rows = list(few(bound, numbers, at) if len(numbers) <= FEW else many(bound, numbers, at))
        _keep(bound, version, at, rows)


def _lock(numbers: Sequence[int], year: int) -> None:
    """Hold the organisations, as whoever changes their facts does, and the rows that are kept, in the same order.

    The organisations too: of one that has no row yet there is none to hold, or to mark stale.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM accounts_organisation WHERE id = ANY(%s) ORDER BY id FOR SHARE", [list(numbers)]
        )
        cursor.execute(
            """
            SELECT 1 FROM entitlements_standing WHERE organisation_id = ANY(%s) AND year = %s
            ORDER BY organisation_id FOR UPDATE
            """,
            [list(numbers), year],
        )


def few(bound: Bound, numbers: Sequence[int], at: datetime) -> Iterator[tuple[int, Row]]:
    """What these organisations stand to get, on the facts known at `at`; one by one."""
    for number, facts in cases_of(numbers, at, bound.on, bound.pack.vocabulary).items():
        found = assess_bound(bound, facts)
        results = [found.results[one.benefit.id] for one in bound.benefits]
        reasons = (
            NO_REASON if one.because is None else one.bound.reasons.index(one.because) for one in results
        )
        yield (
            number,
            (
                "".join(str(_OUTCOMES.index(one.outcome)) for one in results),
                {one.benefit_id: one.amount for one in results if one.amount is not None},
                "".join(f"{reason:02x}" for reason in reasons),
                found.entitled_fen,
                found.ceiling_fen,
            ),
        )


def many(bound: Bound, numbers: Sequence[int], at: datetime) -> Iterator[tuple[int, Row]]:
    """The same as `few`, column by column for all at once; in ascending order."""
    known, table = columns_of(numbers, at, bound.on, bound.pack.vocabulary)
    columns = assess_columns(bound, table)
    found = [columns[one.benefit.id] for one in bound.benefits]
    outcomes = _lines([one.outcome + np.uint8(ord("0")) for one in found], len(known))
    digits = np.array([list(f"{reason:02x}".encode()) for reason in range(256)], dtype=np.uint8)
    reasons = _lines([part for one in found for part in digits[one.because].T], len(known))
    sums: list[dict[str, int]] = [{} for _ in known]
    totals = np.zeros((2, len(known)), dtype=np.int64)
    for benefit, one in zip(bound.benefits, found, strict=True):
        rows, given = one.rows[one.sums >= 0], one.sums[one.sums >= 0]
        for row, fen in zip(rows.tolist(), given.tolist(), strict=True):
            sums[row][benefit.benefit.id] = fen
        _count(totals, one, benefit.benefit.amount.kind, (rows, given))
    for place, number in enumerate(known):
        entitled, ceiling = totals[:, place].tolist()
        yield number, (outcomes[place], sums[place], reasons[place], entitled, ceiling)


def _count(totals: Any, columns: BenefitColumns, kind: str, sums: tuple[Any, Any]) -> None:
    """Add a benefit's sums to what organisations are entitled to, or to the ceilings they may apply under."""
    outcome = MAY_APPLY if columns.is_ceiling else ENTITLED
    if outcome == ENTITLED or kind == "up_to":
        totals[outcome][sums[0]] += sums[1]


def _lines(columns: list[Any], size: int) -> list[str]:
    """Columns of letters as one text a row."""
    block = np.ascontiguousarray(np.stack(columns, axis=1)) if size else np.zeros((0, 1), dtype=np.uint8)
    return [row.tobytes().decode("ascii") for row in block]


def _keep(bound: Bound, version: PackVersion, at: datetime, rows: Iterable[tuple[int, Row]]) -> None:
    """Put standings in place of those of the same organisation and year."""
    names = ", ".join(f'"{name}"' for name in _COLUMNS)
    renewed = ", ".join(f'"{name}" = EXCLUDED."{name}"' for name in _COLUMNS[2:])
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE standing_renewed (LIKE entitlements_standing) ON COMMIT DROP;"
            "ALTER TABLE standing_renewed ALTER id DROP NOT NULL"
        )
        copied(
            "standing_renewed",
            _COLUMNS,
            (
                (number, bound.year, version.pk, bound.on.isoformat(), at.isoformat(), *_cells(row))
                for number, row in rows
            ),
        )
        cursor.execute(
            f"""
            INSERT INTO entitlements_standing ({names}) SELECT {names} FROM standing_renewed ORDER BY organisation_id
            ON CONFLICT (organisation_id, year) DO UPDATE SET {renewed};
            DROP TABLE standing_renewed
            """  # noqa: S608 - constants of this module
        )


def _cells(row: Row) -> tuple[str | int, ...]:
    outcomes, sums, reasons, entitled, ceiling = row
    return outcomes, json.dumps(sums), reasons, entitled, ceiling, "f"
