"""The lists of the treasury, a page at a time, with their counts and sums, and what a list leads to: kept statements.

No statement is kept of what somebody looks for, nor for whoever may stay away from somebody: their conditions name the
organisations.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Hashable, Sequence
from datetime import date, datetime
from typing import Any, Final

from django.db.models import Count, Q, QuerySet, Sum, Value

from kechuang.accounts.models import Membership
from kechuang.accounts.queries import may_be_recused
from kechuang.journal.statements import Ask, Given, Pages, ask, ask_count, asked, part_of
from kechuang.treasury import rules
from kechuang.treasury.models import Appropriation, Award, Batch, Entry, Part, Payment
from kechuang.treasury.queries import (
    STOPPED,
    Wanted,
    appropriations,
    batches,
    batches_open_to,
    entries,
    lines_of,
    not_paid,
    parts_due,
    receivables,
    seen_by,
    sums_of_payments,
    to_pay,
    under_way,
)

TALLIED: Final = 100  # what is more than that a tab need not count to the last


def tallies(who: Membership, at: datetime, today: date, **known: int) -> dict[str, int]:
    """How much work waits behind each tab of the treasury; of what is to be paid TALLIED at most are counted.

    known: what a page has counted for itself, by the names of the tabs.
    """
    known = {name: min(number, TALLIED) if name == "to_pay" else number for name, number in known.items()}
    return known | {name: one.first() or 0 for name, one in tallies_asks(who, at, today, known).items()}


def tallies_asks(
    who: Membership, at: datetime, today: date, known: Container[str] = ()
) -> dict[str, Ask[int]]:
    """What `tallies` reads, to be sent together."""
    return {
        name: ask_count(_key(who, "tally", name), rows, at=at, today=today)
        for name, rows in _waiting(who).items()
        if name not in known
    }


def _key(who: Membership, *of: Hashable) -> Hashable | None:
    """What a statement is kept by; None for whoever may stay away from somebody."""
    return None if may_be_recused(who) else (*of, rules.may_see(who))


def _waiting(who: Membership) -> dict[str, Callable[..., QuerySet[Any]]]:
    """What waits, by tab; of a moment and a day."""
    return {
        "to_pay": lambda at, today: Award.objects.filter(pk__in=_first_to_pay(who, at)),  # noqa: ARG005
        "batches": lambda at, today: _batches_under_way(who),  # noqa: ARG005
        "overdue": lambda at, today: receivables(who, today, state="overdue"),  # noqa: ARG005
    }


def _first_to_pay(who: Membership, at: datetime | Given) -> QuerySet[Award, int]:
    return to_pay(who, at).order_by().values_list("pk", flat=True)[:TALLIED]


def _batches_under_way(who: Membership) -> QuerySet[Batch]:
    states = [Batch.State.PREPARED, Batch.State.APPROVED, Batch.State.SENT]
    return seen_by(who, batches_open_to(who).filter(state__in=states))


def years(who: Membership) -> Ask[int]:
    """The years that have an appropriation, the newest first."""
    return ask(
        ("years of appropriations", rules.may_see(who)),
        lambda: (
            seen_by(who, Appropriation.objects.all())
            .order_by("-year")
            .values_list("year", flat=True)
            .distinct()
        ),
    )


def every_appropriation(who: Membership) -> Ask[Appropriation]:
    """All appropriations, the latest year first."""
    return ask(("appropriations of all years", rules.may_see(who)), lambda: appropriations(who))


def of_year(who: Membership, year: int) -> Ask[Appropriation]:
    """The appropriations of a year, in the order of the measures."""
    return ask(("appropriations", rules.may_see(who)), lambda year: appropriations(who, year=year), year=year)


def appropriation(who: Membership, number: int) -> Appropriation:
    """One appropriation. Raises ObjectDoesNotExist."""

    def numbered(number: Given) -> QuerySet[Appropriation]:
        return seen_by(who, Appropriation.objects.filter(pk=number).select_related("entered_by__user"))

    return ask(("appropriation", rules.may_see(who)), numbered, number=number).get()


LEDGER: Final = (
    "pk", "at", "act", "subject", "amount_fen", "voucher", "on", "award", "award__organisation__name",
    "entered_by__user__name",
)  # fmt: skip
"""What a line of the ledger shows of an entry."""


def ledger(who: Membership, wanted: Wanted, money: Appropriation) -> tuple[list[dict[str, Any]], Pages]:
    """The entries of an appropriation, by the names of LEDGER, one page at a time; before them their sums.

    For each act among them: how many, and their sum in fen; in the order in which money moves.
    """
    key = None if wanted.q else _key(who, "ledger", wanted)

    def lines(money: Appropriation | Given | int) -> Any:
        return entries(who, wanted, money).values(*LEDGER)

    def by_act(money: Appropriation | Given | int) -> QuerySet[Entry, Any]:
        grouped = entries(who, wanted, money).order_by().values("act")
        return grouped.annotate(entries=Count("id"), fen=Sum("amount_fen"))

    found: dict[str, Any] = {row["act"]: row for row in asked(part_of(key, "by act"), by_act, money=money.pk)}
    return [found[act] for act in Entry.Act.values if act in found], Pages(key, lines, money=money.pk)


TO_PAY: Final = (
    "pk", "subject", "paid_fen", "payable_from", "organisation__name", "appropriation_id", "appropriation__title",
    "appropriation__year", "account__holder", "account__bank", "account__number", "divided", "left_fen",
    "has_account", "returned",
)  # fmt: skip
"""What the list of what is to be paid shows of an award."""


def to_pay_in_pages(who: Membership, at: datetime, **filters: Any) -> tuple[int, int, Pages]:
    """How many awards `to_pay` has, what is left of them in fen, and by the names of TO_PAY a page of them."""
    key = None if filters.get("q") else _key(who, "list to pay", *sorted(filters.items()))

    def shown(at: datetime | Given) -> Any:
        return to_pay(who, at, **filters).prefetch_related(None).values(*TO_PAY)

    def total(at: datetime | Given) -> QuerySet[Any, Any]:
        grouped: QuerySet[Any, Any] = to_pay(who, at, **filters).order_by().values(all=Value(1))
        grouped = grouped.annotate(count=Count("pk"), fen=Sum("left_fen", default=0))
        return grouped.values_list("count", "fen")

    rows = asked(part_of(key, "total"), total, at=at)
    count, fen = rows[0] if rows else (0, 0)
    return count, fen, Pages(key, shown, at=at)


def not_yet_payable(who: Membership, at: datetime) -> dict[str, int]:
    """How many committed awards are not payable yet (notice, contract), are stopped, or are on their way."""
    rows = asked(_key(who, "not yet payable"), lambda at: _waiting_for_their_day(who, at), at=at)
    on_their_way = ask_count(_key(who, "under way"), lambda: under_way(who)).first() or 0
    noticed, held = rows[0] if rows else (0, 0)
    return {"noticed": noticed, "held": held, "under_way": on_their_way}


def _waiting_for_their_day(who: Membership, at: datetime | Given) -> QuerySet[Any, Any]:
    waits = Q(payable_from__isnull=True) | Q(payable_from__gt=at)
    wanted = {"noticed": Count("pk", filter=waits), "held": Count("pk", filter=Q(holds__gt=0))}
    rows: QuerySet[Any, Any] = not_paid(who).order_by().values(all=Value(1)).annotate(**wanted)
    return rows.values_list(*wanted)


def with_parts(rows: Sequence[dict[str, Any]], at: datetime) -> list[dict[str, Any]]:
    """Awards of a page, each with its `due_parts`."""
    parts: dict[int, list[Part]] = {row["pk"]: [] for row in rows}
    divided = [row["pk"] for row in rows if row["divided"]]
    for one in parts_due(at).filter(award__in=divided) if divided else ():
        parts[one.award_id].append(one)
    return [{**row, "due_parts": parts[row["pk"]]} for row in rows]


BATCH: Final = (
    "pk", "number", "state", "prepared_at", "prepared_by__user__name", "approved_at", "approved_by__user__name",
)  # fmt: skip
"""What the list of batches shows of one, beside `with_sums`."""


def batches_in_pages(who: Membership, state: str) -> tuple[int, Pages]:
    """How many batches there are in a state, and one page of them at a time by the names of BATCH."""
    key = _key(who, "list of batches", state)
    every = seen_by(who, batches_open_to(who)).filter(Q(state=state) if state else Q())
    count = ask_count(key, lambda: every).first() or 0
    return count, Pages(key, lambda: every.order_by("-id").values(*BATCH))


def with_sums(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Batches of a page, each with what queries.sums_of_payments names."""
    found = asked("sums of batches", _sums_of, batches=tuple(row["pk"] for row in rows)) if rows else []
    sums = {one["batch"]: one for one in found}
    return [{**dict.fromkeys(sums_of_payments(), 0), **sums.get(row["pk"], {}), **row} for row in rows]


def _sums_of(batches: Given) -> Any:
    payments = Payment.objects.filter(batch__pk__any_of=batches).exclude(state=Payment.State.WITHDRAWN)
    return payments.order_by().values("batch").annotate(**sums_of_payments())


def batch(who: Membership, number: str) -> Batch:
    """One batch by its number, as `queries.batches` gives it. Raises ObjectDoesNotExist."""
    key = _key(who, "batch")
    return ask(key, lambda number: batches(who).filter(number=number), number=number).get()


LINE: Final = (
    "pk", "number", "state", "amount_fen", "holder", "bank", "account", "reference", "settled_on", "reason",
    "award__subject", "award__organisation__name", "award__appropriation__title", "part_title", "stopped",
)  # fmt: skip
"""What a line of a batch shows of a payment."""


def lines_in_pages(of_batch: Batch) -> tuple[int, int, Pages]:
    """How many payments a batch has, how many of them are stopped, and by the names of LINE a page of them."""

    def total(batch: Given) -> QuerySet[Any, Any]:
        grouped: QuerySet[Any, Any] = Payment.objects.filter(batch=batch).order_by().values(all=Value(1))
        grouped = grouped.annotate(count=Count("pk"), stopped=Count("pk", filter=STOPPED))
        return grouped.values_list("count", "stopped")

    rows = asked("lines in all", total, batch=of_batch.pk)
    count, stopped = rows[0] if rows else (0, 0)
    return count, stopped, Pages("lines", lambda batch: lines_of(batch).values(*LINE), batch=of_batch.pk)


CLAIM: Final = (
    "pk", "closed_at", "due_on", "amount_fen", "recovered_fen", "left_fen", "award__subject",
    "award__organisation__name", "award__appropriation__title",
)  # fmt: skip
"""What the list of receivables shows of one."""


def receivables_in_pages(who: Membership, today: date, state: str) -> tuple[dict[str, int], Pages]:
    """Their count, and the sums amount_fen, recovered_fen, left_fen; the receivables by the names of CLAIM."""
    key = _key(who, "receivables", state)

    def claims(today: date | Given) -> Any:
        return receivables(who, today, state=state).values(*CLAIM)

    def total(today: date | Given) -> QuerySet[Any, Any]:
        grouped: QuerySet[Any, Any] = receivables(who, today, state=state).order_by().values(all=Value(1))
        wanted = {
            "count": Count("pk"),
            "amount": Sum("amount_fen", default=0),
            "back": Sum("recovered_fen", default=0),
        }
        grouped = grouped.annotate(**wanted)
        return grouped.values_list(*wanted)

    rows = asked(part_of(key, "total"), total, today=today)
    count, amount, back = rows[0] if rows else (0, 0, 0)
    totals = {"count": count, "amount_fen": amount, "recovered_fen": back, "left_fen": amount - back}
    return totals, Pages(key, claims, today=today)
