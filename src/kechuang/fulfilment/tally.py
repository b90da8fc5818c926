"""Counts and sums of cases, whatever their number: read from the tally, less what the person stays away from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from kechuang.accounts.models import Membership
from kechuang.accounts.queries import away_from
from kechuang.accounts.roles import APPLICANTS
from kechuang.fulfilment import rules
from kechuang.fulfilment.models import Case, Tally
from kechuang.fulfilment.tally_models import COLUMNS, GROUPED, SUMMED

SUMS = {name.removesuffix("_fen"): name for name in SUMMED}


def totals(membership: Membership, which: Q) -> dict[str, int]:
    """How many cases the membership sees of those that `which` means, and their sums in fen, by SUMS.

    which: conditions on what Tally and Case both have.
    """
    if membership.role in APPLICANTS:
        return of_cases(rules.visible_cases(membership).filter(which))
    found = Tally.objects.filter(rules.seen_by(membership), which).aggregate(
        count=Sum("cases", default=0), **_sums()
    )
    away = _stayed_away_from(membership)
    if away is None:
        return found
    hidden = of_cases(away.filter(which))
    return {key: found[key] - hidden[key] for key in found}


def counts(
    membership: Membership, which: Mapping[str, tuple[Q, Q]], today: date
) -> dict[str, tuple[int, int]]:
    """How many cases the membership sees of each kind, and how many of them are late, in one query.

    which: by name, on Tally and on Case.
    """
    seen = Tally.objects.filter(rules.seen_by(membership))
    found = _on_time_and_late(
        seen, {name: Sum("cases", filter=one, default=0) for name, (one, _) in which.items()}, today
    )
    away = _stayed_away_from(membership)
    if away is None:
        return found
    hidden = _on_time_and_late(
        away, {name: Count("pk", filter=one) for name, (_, one) in which.items()}, today
    )
    return {name: (n - hidden[name][0], late - hidden[name][1]) for name, (n, late) in found.items()}


def _on_time_and_late(
    rows: QuerySet[Any], wanted: Mapping[str, Sum | Count], today: date
) -> dict[str, tuple[int, int]]:
    """Counts of all and of those past their day: a group for each, since writing a condition twice costs as much."""
    is_late = Coalesce(Q(due_on__lt=today), False)  # noqa: FBT003 - no day: never late
    groups = list(rows.order_by().values(is_late=is_late).annotate(**wanted))
    return {
        name: (sum(one[name] for one in groups), sum(one[name] for one in groups if one["is_late"]))
        for name in wanted
    }


def groups(membership: Membership) -> list[dict[str, Any]]:
    """The calls and districts of the cases that the membership sees; call__number, call__title, district."""
    names = ("call__number", "call__title", "district")
    rows = (
        Tally.objects.filter(rules.seen_by(membership))
        .values(*names)
        .annotate(n=Sum("cases"))
        .filter(n__gt=0)
    )
    away = _stayed_away_from(membership)
    hidden = Counter(away.values_list("call__number", "district")) if away is not None else Counter()
    seen = ({**row, "n": row["n"] - hidden[row["call__number"], row["district"]]} for row in rows)
    return [row for row in seen if row["n"] > 0]


def of_cases(found: QuerySet[Case]) -> dict[str, int]:
    """As `totals`, counted one by one: for lists that words have narrowed."""
    return found.order_by().aggregate(count=Count("pk"), **_sums())


def _stayed_away_from(membership: Membership) -> QuerySet[Case] | None:
    """The cases that the office sees and this person must not, in counts neither; None when there is none."""
    if not away_from(membership).exists():
        return None
    return Case.objects.filter(rules.seen_by(membership)).filter(rules.kept_from(membership))


def per_state(rows: QuerySet[Any], count: Sum | Count) -> dict[tuple[str, str], dict[str, int]]:
    """Count and sums of each call and state, of Tally or Case, without those that come to nothing."""
    found = rows.order_by().values("call__number", "state").annotate(count=count, **_sums())
    told = {(row.pop("call__number"), row.pop("state")): {**row} for row in found}
    return {group: numbers for group, numbers in told.items() if any(numbers.values())}


def _sums() -> dict[str, Sum]:
    return {key: Sum(name, default=0) for key, name in SUMS.items()}


def join() -> int:
    """Make one row of the rows that speak of one group; how many rows went. May run beside anything, itself too."""
    keys = ", ".join([*GROUPED, "granted"])
    sums = ", ".join(f"SUM({name})::bigint" for name in ("cases", *SUMMED))
    nothing = " AND ".join(f"SUM({name}) = 0" for name in ("cases", *SUMMED))
    sql = f"""
        WITH several AS (
            SELECT unnest(array_agg(id)) AS id FROM fulfilment_tally GROUP BY {keys}
            HAVING count(*) > 1 OR ({nothing})
        ), gone AS (
            DELETE FROM fulfilment_tally WHERE id IN (SELECT id FROM several) RETURNING *
        ), made AS (
            INSERT INTO fulfilment_tally ({COLUMNS})
            SELECT {keys}, {sums} FROM gone GROUP BY {keys} HAVING NOT ({nothing}) RETURNING 1
        )
        SELECT (SELECT count(*) FROM gone) - (SELECT count(*) FROM made)
    """  # noqa: S608 - names of columns, see tally_models
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return int(cursor.fetchone()[0])
