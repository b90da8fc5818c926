"""The list of contracts: running, due, late; filtered; each with its next milestone and what is paid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from kechuang.accounts.models import Membership
from kechuang.fulfilment import rules
from kechuang.fulfilment.models import Change, Contract, Milestone, Report

SOON: Final = timedelta(days=30)
KINDS: Final = ("running", "due", "late", "reported", "changes", "completed", "failed")


@dataclass(frozen=True)
class Chosen:
    """Which contracts are wanted; '' for all. kind: one of KINDS."""

    q: str = ""  # number of the contract or case, or name of the organisation
    kind: str = ""
    measure: str = ""


def contracts(who: Membership, chosen: Chosen, today: date) -> QuerySet[Contract]:
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
    """Contracts with what tells their kinds."""
    reports = Report.objects.filter(milestone__contract=OuterRef("pk"), result=Report.Result.WAITS)
    open_ones = Milestone.objects.filter(contract=OuterRef("pk"), accepted_at__isnull=True)
    return Contract.objects.filter(case__in=rules.visible_cases(who)).annotate(
        next_on=Subquery(open_ones.order_by("due_on").values("due_on")[:1]),
        paid_fen=F("case__award__paid_fen"),
        late=Exists(open_ones.filter(due_on__lt=today)),
        reported=Exists(reports),
        asked=Exists(Change.objects.filter(contract=OuterRef("pk"), result=Change.Result.WAITS)),
    )


def _counted(rows: QuerySet[Milestone]) -> Coalesce:
    return Coalesce(Subquery(rows.values("contract").annotate(n=Count("pk")).values("n")), 0)


def _of_kind(kind: str, today: date) -> Q:
    running = Q(finished_at__isnull=True, failed_at__isnull=True)
    kinds = {
        "running": running,
        "due": running & Q(next_on__lte=today + SOON),
        "late": running & Q(late=True),
        "reported": running & Q(reported=True),
        "changes": running & Q(asked=True),
        "completed": Q(finished_at__isnull=False),
        "failed": Q(failed_at__isnull=False),
    }
    return kinds.get(kind, Q())


def sums(found: QuerySet[Contract]) -> dict[str, int]:
    """Count and sums of a list, for its footer."""
    numbers = found.order_by().values("pk")
    of = Contract.objects.filter(pk__in=numbers)
    return of.aggregate(
        count=Count("pk"),
        amount=Coalesce(Sum("amount_fen"), 0),
        paid=Coalesce(Sum("case__award__paid_fen"), 0),
    )


def counts(who: Membership, today: date) -> dict[str, int]:
    """How many contracts there are of each kind, in one query."""
    found = contracts(who, Chosen(), today).order_by()
    return found.aggregate(
        **{kind: Count("pk", filter=_of_kind(kind, today), distinct=True) for kind in KINDS}
    )
