"""What the lists of the offices read: to-do tabs by act, objections, sweeps and appropriations to begin a call with."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet, Value

from kechuang.accounts.models import Membership
from kechuang.accounts.queries import away_from
from kechuang.accounts.roles import DEPARTMENT, READERS, Role
from kechuang.entitlements.models import Sweep, SweepLine
from kechuang.fulfilment import rules, tally
from kechuang.fulfilment.acts import ASIDE
from kechuang.fulfilment.models import Call, Case, Change, Milestone, Objection, Report, Tally
from kechuang.fulfilment.parties import cases_with
from kechuang.fulfilment.table import Transition, transitions
from kechuang.journal import statements
from kechuang.policy.language.values import Words
from kechuang.reader.packs import pack_in_force
from kechuang.registry.models import Correction
from kechuang.registry.queries import corrections
from kechuang.treasury.models import Appropriation, Award

FROM_THE_PANEL: Final = frozenset({"grade"})
"""Acts that are done for all cases of a panel at once, from its page."""


_REPORTED: Final = Report.objects.filter(milestone__contract__case=OuterRef("pk"), result=Report.Result.WAITS)
_CHANGE_ASKED: Final = Change.objects.filter(contract__case=OuterRef("pk"), result=Change.Result.WAITS)
_TO_ACCEPT: Final = Milestone.objects.filter(contract__case=OuterRef("pk"), accepted_at__isnull=True)
OF_CONTRACTS: Final = {
    "accept_milestone": Exists(_REPORTED),
    "change": Exists(_CHANGE_ASKED),
    "finish": ~Exists(_TO_ACCEPT),
}
"""Acts that wait for what stands in the contract of a case; its contracts are few, so they are counted one by one."""


@dataclass(frozen=True)
class Tab:
    """One act of the to-do list: how many cases wait for it, and how many of them are past their day."""

    command: str
    title: Words
    count: int
    overdue: int


def ready_for(rule: Transition, membership: Membership, of: type[Case | Tally] = Case) -> Q:
    """The cases that wait for this very act, as a condition: in its states, and with what the act asks for before."""
    states = Q(state__in=rule.sources)
    if rule.lifecycles == ("project",):
        states &= Q(call__benefit__in=benefits_of("project"))
    if rule.command == "answer_gate":
        return states & Q(pending__contains=[membership.scope])
    heard = Q(state="reviewing") & (Q(pending=[]) | Q(call__quorum__gt=0, answered__gte=F("call__quorum")))
    asked_for = {
        "recommend": states & Q(call__recommended=True),
        "accept": Q(state="recommended") | Q(state="submitted", call__recommended=False),
        "ask_review": states & ~Q(call__gates=[]),
        "evaluate": ~Q(call__rubric={}) & (Q(state="accepted", call__gates=[]) | heard),
        "determine": Q(state="graded") | Q(call__rubric={}) & (Q(state="accepted", call__gates=[]) | heard),
        "publish": states & (Q(granted_fen__gt=0) if of is Case else Q(granted=True)),
    }
    found = asked_for.get(rule.command, states)
    return found & Q(OF_CONTRACTS[rule.command]) if of is Case and rule.command in OF_CONTRACTS else found


def benefits_of(lifecycle: str) -> list[str]:
    """The benefits of a lifecycle, by the pack in force."""
    return [one.id for one in pack_in_force().benefits if one.lifecycle == lifecycle]


def acts_to_do(membership: Membership) -> list[Transition]:
    """The acts that are this role's work, in the order of a case's life."""
    return [
        rule
        for rule in transitions().values()
        if membership.role in rule.who and rule.command not in {*ASIDE, *FROM_THE_PANEL}
    ]


def tabs(membership: Membership, today: date) -> list[Tab]:
    """The to-do list by act: in one query, and one more for the acts that wait for something in a contract."""
    found = acts_to_do(membership)
    by_tally = {
        rule.command: (ready_for(rule, membership, Tally), ready_for(rule, membership))
        for rule in found
        if rule.command not in OF_CONTRACTS
    }
    states = {state for rule in found for state in rule.sources}
    numbers = tally.counts(membership, by_tally, states, today) if by_tally else {}
    numbers |= _by_contract([rule for rule in found if rule.command in OF_CONTRACTS], membership, today)
    return [Tab(rule.command, rule.title, *numbers[rule.command]) for rule in found]


def _by_contract(
    rules_of_contracts: Sequence[Transition], membership: Membership, today: date
) -> dict[str, tuple[int, int]]:
    """How many cases wait for each act, and how many of them are late: counted among those that have a contract."""
    if not rules_of_contracts:
        return {}
    commands = tuple(rule.command for rule in rules_of_contracts)
    key = ("contracts", rules.key_of(membership), today, commands, tuple(benefits_of("project")))
    rows = statements.asked(key, lambda: _under_contract(rules_of_contracts, membership, today))
    numbers = rows[0] if rows else (0,) * (2 * len(commands))
    return dict(zip(commands, zip(numbers[::2], numbers[1::2], strict=True), strict=True))


def _under_contract(
    rules_of_contracts: Sequence[Transition], membership: Membership, today: date
) -> QuerySet[Any, tuple[Any, ...]]:
    """One row: for each act how many cases wait for it, and how many of them are late."""
    wanted = {}
    for rule in rules_of_contracts:
        ready = ready_for(rule, membership)
        wanted[rule.command] = Count("pk", filter=ready)
        wanted[f"{rule.command}_late"] = Count("pk", filter=ready & Q(due_on__lt=today))
    states = {state for rule in rules_of_contracts for state in rule.sources}
    found = rules.visible_cases(membership).filter(contract__isnull=False, state__in=states)
    return found.order_by().values(all=Value(1)).annotate(**wanted).values_list(*wanted)


@dataclass(frozen=True)
class Waiting:
    """What waits for an answer beside the cases: how many, and the day by which the first must have one."""

    count: int
    first: date | None


def objections_open(membership: Membership) -> Waiting:
    """The objections that wait for an answer of this department; without whom one stays away from. One query."""
    if membership.role not in DEPARTMENT:
        return Waiting(0, None)
    return waiting(
        ("objections", rules.key_of(membership)),
        lambda: objections_seen(membership).filter(state=Objection.State.OPEN),
    )


def corrections_open(membership: Membership) -> Waiting:
    """The disputes about facts that this department's officers answer; without whom one stays away from. One query."""
    if membership.role != Role.OFFICER:
        return Waiting(0, None)
    return waiting(
        ("corrections", rules.key_of(membership)),
        lambda: corrections(membership, state=Correction.State.OPEN, mine=True),
    )


def waiting(key: Hashable, build: Callable[[], QuerySet[Any]]) -> Waiting:
    """How many rows a kept query has, and the first day by which one of them is due."""
    numbers = statements.first(
        key,
        lambda: (
            build()
            .order_by()
            .values(all=Value(1))
            .annotate(count=Count("pk"), first=Min("due_on"))
            .values_list("count", "first")
        ),
    )
    return Waiting(*numbers) if numbers else Waiting(0, None)


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


def swept(sweep: Sweep, membership: Membership, *, inside: bool) -> QuerySet[SweepLine]:
    """Whom a sweep found (inside) or did not, the largest sum first; without those that one stays away from."""
    passes = Q(outcome__in=("entitled", "may_apply"))
    found = sweep.lines.select_related("organisation").filter(passes if inside else ~passes)
    found = found.exclude(organisation__in=away_from(membership))
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
    ).exclude(line__case__in=cases_with(away_from(membership)))
    if membership.role in DEPARTMENT:
        return found.filter(line__notice__call__department=membership.organisation_id)
    return found if membership.role in READERS else found.none()


def objections_answered(notice_id: int) -> QuerySet[Objection]:
    """What the public is shown of objections to a notice: those answered."""
    done = (Objection.State.UPHELD, Objection.State.REJECTED)
    return (
        Objection.objects.filter(line__notice=notice_id, state__in=done).select_related("line").order_by("id")
    )
