"""What the lists of the offices read: to-do tabs by act, objections, sweeps and appropriations to begin a call with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from kechuang.accounts.models import Membership
from kechuang.accounts.roles import DEPARTMENT, READERS
from kechuang.entitlements.models import Sweep, SweepLine
from kechuang.fulfilment import rules
from kechuang.fulfilment.acts import ASIDE
from kechuang.fulfilment.models import Approval, Call, Case, Change, Milestone, Objection, Report
from kechuang.fulfilment.projects.queries import flag
from kechuang.fulfilment.table import Transition, transitions
from kechuang.policy.language.values import Words
from kechuang.reader.packs import pack_in_force
from kechuang.treasury.models import Appropriation, Award

_PENDING: Final = Approval.objects.filter(
    case=OuterRef("pk"), voided_at__isnull=True, result=Approval.Result.PENDING
)


_REPORTED: Final = Report.objects.filter(milestone__contract__case=OuterRef("pk"), result=Report.Result.WAITS)
_CHANGE_ASKED: Final = Change.objects.filter(contract__case=OuterRef("pk"), result=Change.Result.WAITS)
_TO_ACCEPT: Final = Milestone.objects.filter(contract__case=OuterRef("pk"), accepted_at__isnull=True)


@dataclass(frozen=True)
class Tab:
    """One act of the to-do list: how many cases wait for it, and how many of them are past their day."""

    command: str
    title: Words
    count: int
    overdue: int


def ready_for(rule: Transition, membership: Membership) -> Q:
    """The cases that wait for this very act: in its states, and with what the act asks for before."""
    states = Q(state__in=rule.sources)
    if rule.lifecycles == ("project",):
        states &= Q(call__benefit__in=benefits_of("project"))
    if rule.command == "answer_gate":
        return states & Q(Exists(_PENDING.filter(kind=membership.scope)))
    heard = Q(state="reviewing") & (Q(waiting=False) | Q(call__quorum__gt=0, answered__gte=F("call__quorum")))
    asked_for = {
        "recommend": states & Q(call__recommended=True),
        "accept": Q(state="recommended") | Q(state="submitted", call__recommended=False),
        "ask_review": states & ~Q(call__gates=[]),
        "determine": Q(state="accepted", call__gates=[]) | heard,
        "publish": states & Q(granted_fen__gt=0),
        "accept_milestone": states & Q(reported=1),
        "change": states & Q(change_asked=1),
        "finish": states & Q(to_accept=0),
    }
    return asked_for.get(rule.command, states)


def benefits_of(lifecycle: str) -> list[str]:
    """The benefits of a lifecycle, by the pack in force."""
    return [one.id for one in pack_in_force().benefits if one.lifecycle == lifecycle]


def waiting(membership: Membership) -> QuerySet[Case]:
    """The cases that the membership may see, each with whether a gate is `waiting` and how many have `answered`."""
    answered = (
        Approval.objects.filter(case=OuterRef("pk"), voided_at__isnull=True, asked_at__isnull=False)
        .exclude(kind__in=("recommendation", "acceptance"))
        .exclude(result=Approval.Result.PENDING)
        .order_by()
        .values("case")
        .annotate(n=Count("pk"))
        .values("n")
    )
    return rules.visible_cases(membership).annotate(
        waiting=Exists(_PENDING),
        answered=Coalesce(Subquery(answered, output_field=IntegerField()), 0),
        reported=flag(_REPORTED),
        change_asked=flag(_CHANGE_ASKED),
        to_accept=flag(_TO_ACCEPT),
    )


def acts_to_do(membership: Membership) -> list[Transition]:
    """The acts that are this role's work, in the order of a case's life."""
    return [
        rule for rule in transitions().values() if membership.role in rule.who and rule.command not in ASIDE
    ]


def tabs(membership: Membership, today: date) -> list[Tab]:
    """The to-do list by act, in one query."""
    found = acts_to_do(membership)
    if not found:
        return []
    wanted = {rule.command: ready_for(rule, membership) for rule in found}
    late = Q(due_on__lt=today)
    numbers = waiting(membership).aggregate(
        **{f"{name}_count": Count("pk", filter=which, distinct=True) for name, which in wanted.items()},
        **{f"{name}_late": Count("pk", filter=which & late, distinct=True) for name, which in wanted.items()},
    )
    return [
        Tab(rule.command, rule.title, numbers[f"{rule.command}_count"], numbers[f"{rule.command}_late"])
        for rule in found
    ]


def to_do(membership: Membership, command: str) -> QuerySet[Case]:
    """The cases that wait for an act."""
    rule = transitions()[command]
    which = waiting(membership).filter(ready_for(rule, membership)).values("pk")
    return Case.objects.filter(pk__in=which)


def objections_open(membership: Membership) -> int:
    """How many objections wait for an answer of this department."""
    if membership.role not in DEPARTMENT:
        return 0
    open_ones = Objection.objects.filter(state=Objection.State.OPEN)
    return open_ones.filter(line__notice__call__department=membership.organisation_id).count()


def calls_listed(membership: Membership | None, state: str, measure: str, q: str) -> QuerySet[Call]:
    """The calls that one may see, by their state, measure and words of the title."""
    found = rules.visible_calls(membership).select_related("department")
    if state:
        found = found.filter(state=state)
    if measure:
        found = found.filter(benefit__startswith=f"{measure}.")
    if q:
        found = found.filter(Q(title__zh__icontains=q) | Q(title__en__icontains=q) | Q(number__startswith=q))
    return found


def appropriations(year: int | None = None) -> QuerySet[Appropriation]:
    """The money that calls may be written for."""
    return Appropriation.objects.filter(year=year) if year else Appropriation.objects.all()


def sweeps_done() -> QuerySet[Sweep]:
    """Finished sweeps, the newest first."""
    return Sweep.objects.filter(state=Sweep.State.DONE).select_related("version").order_by("-id")


def swept(sweep: Sweep, *, inside: bool) -> QuerySet[SweepLine]:
    """Whom a sweep found (inside) or did not, the largest sum first."""
    passes = Q(outcome__in=("entitled", "may_apply"))
    found = sweep.lines.select_related("organisation").filter(passes if inside else ~passes)
    return found.order_by(F("amount_fen").desc(nulls_last=True), "id")


def offered_to(call: Call) -> set[int]:
    """The organisations that have a case in this call."""
    return set(call.cases.values_list("organisation", flat=True))


def awards_paid(year: str, measure: str, district: str, q: str) -> QuerySet[Award]:
    """Paid awards, for everybody."""
    found = Award.objects.filter(paid_fen__gt=0, cancelled_at__isnull=True)
    found = found.select_related("organisation", "case__call__department")
    if year:
        found = found.filter(year=int(year)) if year.isdecimal() else found.none()
    if measure:
        found = found.filter(benefit__startswith=f"{measure}.")
    if district:
        found = found.filter(organisation__district=district)
    if q:
        named = Q(organisation__name__contains=q) & ~Q(organisation__kind__in=("person", "team"))
        found = found.filter(named | Q(case__number__startswith=q))
    return found.order_by("-id")


def objections_seen(membership: Membership) -> QuerySet[Objection]:
    """The objections that this office answers or reads."""
    found = Objection.objects.select_related(
        "line__notice__call__department", "line__case__organisation", "answered_by__organisation", "evidence"
    )
    if membership.role in DEPARTMENT:
        return found.filter(line__notice__call__department=membership.organisation_id)
    return found if membership.role in READERS else found.none()


def objections_answered(notice_id: int) -> QuerySet[Objection]:
    """What the public is shown of objections to a notice: those answered."""
    done = (Objection.State.UPHELD, Objection.State.REJECTED)
    return (
        Objection.objects.filter(line__notice=notice_id, state__in=done).select_related("line").order_by("id")
    )
