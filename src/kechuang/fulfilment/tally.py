"""Counts and sums of cases, whatever their number: read from the tally, less what the person stays away from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Count, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from kechuang.accounts.models import Membership
from kechuang.accounts.queries import away_from
from kechuang.accounts.roles import APPLICANTS
from kechuang.fulfilment import rules
from kechuang.fulfilment.models import Call, Case, Tally
from kechuang.fulfilment.tally_models import COLUMNS, GROUPED, SUMMED
from kechuang.journal import statements
from kechuang.journal.statements import Ask, ask
from kechuang.policy.language.values import Words


class Kinds(NamedTuple):
    """Kinds of cases. key: all that the conditions depend on; which: by name, on Tally and on Case."""

    key: Hashable
    which: Mapping[str, tuple[Q, Q]]
    states: Collection[str]  # those that a case of any kind can be in: most cases have ended


SUMS = {name.removesuffix("_fen"): name for name in SUMMED}


def totals(membership: Membership, which: Q, begins: str = "", *, of_case: Q | None = None) -> dict[str, int]:
    """How many cases the membership sees of those that `which` means, and their sums in fen, by SUMS.

    which: conditions on Tally; of_case: the same on Case, None where they are about what both have. begins: what the
    numbers of their calls begin with.
    """
    of_calls = Q(call__number__startswith=begins) if begins else Q()
    if membership.role in APPLICANTS:
        return of_cases(rules.visible_cases(membership).filter(which, of_calls))
    numbers = totals_ask(membership, which, begins).first() or (0,) * (1 + len(SUMS))
    found = dict(zip(("count", *SUMS), numbers, strict=True))
    away = _stayed_away_from(membership)
    if away is None:
        return found
    hidden = of_cases(away.filter(which if of_case is None else of_case, of_calls))
    return {key: found[key] - hidden[key] for key in found}


def totals_ask(membership: Membership, which: Q, begins: str = "") -> Ask[tuple[Any, ...]]:
    """What `totals` reads first: one row of the count and the sums."""
    wanted = {"count": Sum("cases", default=0), **_sums()}
    values = {"call__number__startswith": begins} if begins else {}
    return ask(
        ("totals", _place(membership), which, *values),
        lambda **given: (
            Tally.objects.filter(rules.seen_by(membership), which, **given)
            .order_by()
            .values(all=Value(1))
            .annotate(**wanted)
            .values_list(*wanted)
        ),
        **values,
    )


class Counted(NamedTuple):
    """Cases of one kind: how many, how many of them are past their day, and the states that they are in."""

    cases: int
    late: int
    states: frozenset[str]


def counts(membership: Membership, kinds: Kinds, today: date) -> dict[str, Counted]:
    """The cases of each kind that the membership sees, in one query."""
    groups = _groups(kinds.which, counts_ask(membership, kinds, today).rows())
    away = _stayed_away_from(membership)
    if away is not None:
        hidden = {name: Count("pk", filter=one) for name, (_, one) in kinds.which.items()}
        groups.subtract(_groups(kinds.which, _by_state_and_lateness(away, hidden, today)))
    return {
        name: _counted({group[1:]: n for group, n in groups.items() if group[0] == name})
        for name in kinds.which
    }


def counts_ask(membership: Membership, kinds: Kinds, today: date) -> Ask[tuple[Any, ...]]:
    """What `counts` reads first."""
    return ask(
        ("counts", _place(membership), today, kinds.key),
        lambda: _by_state_and_lateness(
            Tally.objects.filter(rules.seen_by(membership), state__in=kinds.states),
            {name: Sum("cases", filter=one, default=0) for name, (one, _) in kinds.which.items()},
            today,
        ),
    )


def _by_state_and_lateness(
    rows: QuerySet[Any], wanted: Mapping[str, Sum | Count], today: date
) -> QuerySet[Any]:
    """Counts by group: writing a condition once more for what is late, or for each state, costs as much again."""
    is_late = Coalesce(Q(due_on__lt=today), False)  # noqa: FBT003 - no day: never late
    groups: QuerySet[Any] = rows.order_by().values("state", is_late=is_late).annotate(**wanted)
    return groups.values_list("state", "is_late", *wanted)


def _groups(names: Iterable[str], rows: Iterable[tuple[Any, ...]]) -> Counter[tuple[str, str, bool]]:
    """Cases by name, state and whether they are late."""
    found = [(state, is_late, dict(zip(names, numbers, strict=True))) for state, is_late, *numbers in rows]
    return Counter({(name, state, late): n for state, late, by_name in found for name, n in by_name.items()})


def _counted(groups: Mapping[tuple[str, bool], int]) -> Counted:
    """The groups of one kind together."""
    late = sum(n for (_, is_late), n in groups.items() if is_late)
    return Counted(sum(groups.values()), late, frozenset(state for (state, _), n in groups.items() if n))


def _place(membership: Membership) -> tuple[Hashable, ...]:
    """What `rules.seen_by` asks of an office."""
    return membership.role, membership.organisation_id, membership.scope


class Group(NamedTuple):
    """A call and a district that has cases of it."""

    call: str
    title: Words
    district: str


def groups(membership: Membership) -> list[Group]:
    """The calls and districts of the cases that the membership sees."""
    rows = groups_ask(membership).rows()
    away = _stayed_away_from(membership)
    hidden = Counter(away.values_list("call", "district")) if away is not None else Counter()
    seen = [(call, district) for call, district, n in rows if n > hidden[call, district]]
    titles = statements.asked(
        "titles of calls",
        lambda calls: Call.objects.filter(pk__any_of=calls).values_list("pk", "number", "title"),
        calls=tuple({call: None for call, _ in seen}),
    )
    named = {call: (number, Words(title["zh"], title["en"])) for call, number, title in titles}
    return [Group(*named[call], district) for call, district in seen]


def groups_ask(membership: Membership) -> Ask[tuple[int, str, int]]:
    """What `groups` reads first: call, district, number of cases."""
    return ask(
        ("groups", _place(membership)),
        lambda: (
            Tally.objects.filter(rules.seen_by(membership))
            .order_by()
            .values("call", "district")
            .annotate(n=Sum("cases"))
            .filter(n__gt=0)
            .values_list("call", "district", "n")
        ),
    )


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
