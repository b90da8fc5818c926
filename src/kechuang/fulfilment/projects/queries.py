"""The list of contracts: running, due, late; filtered; each with its next milestone and what is paid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, Literal, get_args

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from kechuang.accounts.models import Membership
from kechuang.fulfilment import rules
from kechuang.fulfilment.models import Call, Change, Contract, Milestone, Opening, Report
from kechuang.fulfilment.models import Case as Of
from kechuang.journal.statements import Given, Pages, asked, part_of

SOON: Final = timedelta(days=30)
Kind = Literal["running", "due", "late", "reported", "changes", "completed", "failed"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)


@dataclass(frozen=True)
class Chosen:
    """Which contracts are wanted; '' for all. kind: one of KINDS."""

    q: str = ""  # number of the contract or case, or name of the organisation
    kind: str = ""
    measure: str = ""


def contracts(who: Membership, chosen: Chosen, today: date) -> QuerySet[Any]:
    """The contracts of the cases that one may see, what is due first.

    next_on: the day of the next milestone; done, milestones_n: how many; paid_fen: of the award; late, reported, asked:
    whether a milestone is past its day, a report or a change waits.
    """
    found = _with_progress(_ordered(who, chosen, today))
    return found.select_related("case__organisation", "case__call", "case__award")


def _ordered(who: Membership, chosen: Chosen, today: date) -> QuerySet[Contract]:
    found = _marked(who, today).filter(_fits(chosen, today))
    return found.order_by(F("next_on").asc(nulls_last=True), "-id")


def _fits(chosen: Chosen, today: date) -> Q:
    found = _of_kind(chosen.kind, today)
    if chosen.q:
        named = Q(number__icontains=chosen.q) | Q(case__number__startswith=chosen.q)
        found &= named | Q(case__organisation__name__icontains=chosen.q)
    if chosen.measure:
        found &= Q(case__call__benefit__startswith=f"{chosen.measure}.")
    return found


def _with_progress(found: QuerySet[Contract]) -> QuerySet[Any]:
    every = Milestone.objects.filter(contract=OuterRef("pk")).order_by()
    return found.annotate(
        milestones_n=_counted(every),
        done=_counted(every.filter(accepted_at__isnull=False)),
        paid_fen=F("case__award__paid_fen"),
    )


def _marked(who: Membership, today: date) -> QuerySet[Contract]:
    """Contracts with what tells their kinds; none for those whose case page tells of none."""
    reports = Report.objects.filter(milestone__contract=OuterRef("pk"), result=Report.Result.WAITS)
    open_ones = Milestone.objects.filter(contract=OuterRef("pk"), accepted_at__isnull=True)
    seen = rules.visible_cases(who) if rules.sees_whole(who) else rules.visible_cases(who).none()
    return Contract.objects.filter(case__in=seen).annotate(
        next_on=Subquery(open_ones.order_by("due_on").values("due_on")[:1]),
        late=flag(open_ones.filter(due_on__lt=today)),
        reported=flag(reports),
        asked=flag(Change.objects.filter(contract=OuterRef("pk"), result=Change.Result.WAITS)),
    )


def flag(rows: QuerySet[Any]) -> Case:
    """1 where there is such a row, else 0: a number, since a list is counted by several of them at once."""
    return Case(When(Exists(rows), then=Value(1)), default=Value(0), output_field=IntegerField())


def _counted(rows: QuerySet[Milestone]) -> Coalesce:
    return Coalesce(Subquery(rows.values("contract").annotate(n=Count("pk")).values("n")), 0)


def contract_of(case: Of) -> Contract | None:
    """The signed contract of a case; None before it is signed."""
    return Contract.objects.filter(case=case).select_related("case", "signed_by__user").first()


def milestones_of(case: Of) -> QuerySet[Milestone]:
    """The milestones of the contract of a case."""
    return Milestone.objects.filter(contract__case=case)


def open_milestones_of(case: Of) -> QuerySet[Milestone]:
    """Those that are not accepted yet: what a delay can be asked for."""
    return milestones_of(case).filter(accepted_at__isnull=True)


def opening_of(call: Call) -> Opening | None:
    """The record of the opening of a call's sealed bids; None before it."""
    return Opening.objects.filter(call=call).select_related("opened_by__user").first()


def names_of_bids(opening: Opening, who: Membership) -> dict[str, str]:
    """Who made the bids that were opened, by number; none of whom one stays away from."""
    numbers = [one["number"] for one in opening.bids]
    seen = rules.visible_cases(who).filter(number__in=numbers).select_related("organisation")
    return {one.number: one.organisation.name for one in seen}


def _of_kind(kind: str, today: date) -> Q:
    running = Q(finished_at__isnull=True, failed_at__isnull=True)
    kinds = {
        "running": running,
        "due": running & Q(next_on__lte=today + SOON),
        "late": running & Q(late=1),
        "reported": running & Q(reported=1),
        "changes": running & Q(asked=1),
        "completed": Q(finished_at__isnull=False),
        "failed": Q(failed_at__isnull=False),
    }
    return kinds.get(kind, Q())


def contracts_in_pages(who: Membership, chosen: Chosen, today: date) -> tuple[dict[str, int], Pages]:
    """Of `contracts` the count and the sums amount and paid, and a page at a time their primary keys, for `shown`.

    Beside these, under each of KINDS, how many contracts there are of it, whatever is looked for: all in one row.
    """
    kept = not (chosen.q or chosen.measure) and chosen.kind in {
        "",
        *KINDS,
    }  # anything may stand in the address
    key = ("contracts listed", chosen.kind, rules.statement_key(who), today) if kept else None
    fits = _fits(chosen, today)
    wanted: dict[str, Any] = {
        "count": Count("pk", filter=fits),
        "amount": Sum("amount_fen", filter=fits, default=0),
        "paid": Sum("case__award__paid_fen", filter=fits, default=0),
        **{kind: Count("pk", filter=_of_kind(kind, today)) for kind in KINDS},
    }

    def summed() -> QuerySet[Any, Any]:
        rows: QuerySet[Any, Any] = _marked(who, today).order_by().values(all=Value(1))
        rows = rows.annotate(**wanted)
        return rows.values(*wanted)

    rows = asked(part_of(key, "sums"), summed)
    sums = dict(rows[0]) if rows else dict.fromkeys(wanted, 0)
    return sums, Pages(key, lambda: _ordered(who, chosen, today).values_list("pk", flat=True))


SHOWN: Final = (
    "pk", "number", "amount_fen", "paid_fen", "next_on", "late", "reported", "asked", "milestones_n", "done",
    "case__number", "case__state", "case__organisation__name", "case__call__title",
)  # fmt: skip
"""What the list shows of a contract."""


def shown(who: Membership, numbers: Sequence[int], today: date) -> list[dict[str, Any]]:
    """The contracts of a page by the names of SHOWN, in its order: what they take is asked of no others."""

    def on_the_page(numbers: Given) -> Any:
        return _with_progress(_marked(who, today).filter(pk__any_of=numbers)).values(*SHOWN)

    key = ("contracts shown", rules.statement_key(who), today)
    found = {one["pk"]: one for one in asked(key, on_the_page, numbers=tuple(numbers))} if numbers else {}
    return [found[number] for number in numbers if number in found]
