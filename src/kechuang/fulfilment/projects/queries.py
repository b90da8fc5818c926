"""The list of contracts: running, due, late; filtered; each with its next milestone and what is paid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
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
from kechuang.journal.statements import Ask, Pages, ask_count, asked, part_of, together

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

    next_on: the day of the next milestone; done, milestones: how many; paid_fen: of the award; late, reported, asked:
    whether a milestone is past its day, a report or a change waits.
    """
    every = Milestone.objects.filter(contract=OuterRef("pk")).order_by()
    found = _marked(who, today).annotate(
        milestones_n=_counted(every), done=_counted(every.filter(accepted_at__isnull=False))
    )
    if chosen.q:
        named = Q(number__icontains=chosen.q) | Q(case__number__startswith=chosen.q)
        found = found.filter(named | Q(case__organisation__name__icontains=chosen.q))
    if chosen.measure:
        found = found.filter(case__call__benefit__startswith=f"{chosen.measure}.")
    found = found.filter(_of_kind(chosen.kind, today))
    found = found.select_related("case__organisation", "case__call", "case__award")
    return found.order_by(F("next_on").asc(nulls_last=True), "-id")


def _marked(who: Membership, today: date) -> QuerySet[Contract]:
    """Contracts with what tells their kinds; none for those whose case page tells of none."""
    reports = Report.objects.filter(milestone__contract=OuterRef("pk"), result=Report.Result.WAITS)
    open_ones = Milestone.objects.filter(contract=OuterRef("pk"), accepted_at__isnull=True)
    seen = rules.visible_cases(who) if rules.sees_whole(who) else rules.visible_cases(who).none()
    return Contract.objects.filter(case__in=seen).annotate(
        next_on=Subquery(open_ones.order_by("due_on").values("due_on")[:1]),
        paid_fen=F("case__award__paid_fen"),
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
    """Of `contracts` the count and the sums amount and paid, and a page at a time."""
    searched = (
        chosen.q or chosen.measure or chosen.kind not in {"", *KINDS}
    )  # anything may stand in the address
    key = None if searched else ("contracts listed", chosen.kind, rules.statement_key(who), today)

    def listed() -> QuerySet[Any]:
        return contracts(who, chosen, today)

    def summed() -> QuerySet[Any, Any]:
        of: QuerySet[Any, Any] = Contract.objects.filter(pk__in=listed().order_by().values("pk"))
        named = {
            "count": Count("pk"),
            "amount": Sum("amount_fen"),
            "paid": Sum("case__award__paid_fen", default=0),
        }
        of = of.order_by().values(all=Value(1)).annotate(**named)
        return of.values(*named)

    found = asked(part_of(key, "sums"), summed)
    return found[0] if found else {"count": 0, "amount": 0, "paid": 0}, Pages(key, listed)


def counts(who: Membership, today: date) -> dict[str, int]:
    """How many contracts there are of each kind."""
    asks = counts_asks(who, today)
    with together(asks.values()):
        return {kind: one.first() or 0 for kind, one in asks.items()}


def counts_asks(who: Membership, today: date) -> dict[str, Ask[int]]:
    """What `counts` reads."""
    place = rules.statement_key(who)

    def of_kind(kind: str) -> QuerySet[Contract]:
        return _marked(who, today).filter(_of_kind(kind, today))

    return {kind: ask_count(("contracts", kind, place, today), partial(of_kind, kind)) for kind in KINDS}
