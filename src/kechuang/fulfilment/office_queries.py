"""What the lists of the offices read: to-do tabs by act, objections, sweeps and appropriations to begin a call with."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
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
from kechuang.journal.statements import Ask
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
    """One act of the to-do list: how many cases wait for it, how many of them are past their day, in which states.

    states: None where they were not counted by state.
    """

    command: str
    title: Words
    count: int
    overdue: int
    states: frozenset[str] | None


def ready_for(rule: Transition, scope: str, of: type[Case | Tally] = Case) -> Q:
    """The cases that wait for this very act, as a condition: in its states, and with what the act asks for before.

    scope: of the membership that would act.
    """
    states = Q(state__in=rule.sources)
    if rule.lifecycles == ("project",):
        states &= Q(call__benefit__in=benefits_of("project"))
    if rule.command == "answer_gate":
        return states & Q(pending__contains=[scope])
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


def acts_to_do(role: str) -> list[Transition]:
    """The acts that are this role's work, in the order of a case's life."""
    return [
        rule
        for rule in transitions().values()
        if role in rule.who and rule.command not in {*ASIDE, *FROM_THE_PANEL}
    ]


def tabs(membership: Membership, today: date) -> list[Tab]:
    """The to-do list by act: in one query, and one more for the acts that wait for something in a contract."""
    by_tally, in_contracts = _kinds(membership.role, membership.scope, pack_in_force().hash)
    numbers: dict[str, tuple[int, int, frozenset[str] | None]] = {}
    numbers |= tally.counts(membership, by_tally, today) if by_tally.which else {}
    numbers |= _by_contract(in_contracts, membership, today)
    # A reviewer's days are those of the answers asked of it, which no tally knows.
    if membership.role == Role.REVIEWER:
        (late,) = _answers_late(membership, today).first() or (0,)
        numbers = {command: (count, late, states) for command, (count, _, states) in numbers.items()}
    return [Tab(rule.command, rule.title, *numbers[rule.command]) for rule in acts_to_do(membership.role)]


def asks(membership: Membership, today: date) -> list[Ask[Any]]:
    """What `tabs` and what waits beside the cases read first: to be sent together."""
    by_tally, in_contracts = _kinds(membership.role, membership.scope, pack_in_force().hash)
    counted = [tally.counts_ask(membership, by_tally, today)] if by_tally.which else []
    by_contract = [_contracts(in_contracts, membership, today)] if in_contracts else []
    answers = [_answers_late(membership, today)] if membership.role == Role.REVIEWER else []
    return [*counted, *by_contract, *answers, *_objections(membership), *_corrections(membership)]


def _answers_late(membership: Membership, today: date) -> Ask[tuple[int]]:
    """How many cases wait for the answer of a reviewer past the day that it was given."""
    return statements.ask(
        ("answers late", rules.statement_key(membership), today),
        lambda: (
            rules.cases_owed_an_answer(membership)
            .filter(Q(day__lt=today), state="reviewing")
            .order_by()
            .values(all=Value(1))
            .annotate(count=Count("pk"))
            .values_list("count")
        ),
    )


@lru_cache(maxsize=256)
def _kinds(role: str, scope: str, pack: str) -> tuple[tally.Kinds, list[Transition]]:
    """What waits for each act by the pack in force, and the acts that contracts tell of."""
    found = acts_to_do(role)
    by_tally = {
        rule.command: (ready_for(rule, scope, Tally), ready_for(rule, scope))
        for rule in found
        if rule.command not in OF_CONTRACTS
    }
    states = sorted({state for rule in found for state in rule.sources})
    in_contracts = [rule for rule in found if rule.command in OF_CONTRACTS]
    return tally.Kinds((role, scope, pack), by_tally, states), in_contracts


def _by_contract(
    rules_of_contracts: Sequence[Transition], membership: Membership, today: date
) -> dict[str, tuple[int, int, None]]:
    """How many cases wait for each act, and how many of them are late: counted among those that have a contract."""
    if not rules_of_contracts:
        return {}
    commands = [rule.command for rule in rules_of_contracts]
    numbers = _contracts(rules_of_contracts, membership, today).first() or (0,) * (2 * len(commands))
    return {name: (*numbers[2 * place : 2 * place + 2], None) for place, name in enumerate(commands)}


def _contracts(
    rules_of_contracts: Sequence[Transition], membership: Membership, today: date
) -> Ask[tuple[Any, ...]]:
    commands = tuple(rule.command for rule in rules_of_contracts)
    return statements.ask(
        ("contracts", rules.statement_key(membership), today, commands, tuple(benefits_of("project"))),
        lambda: _under_contract(rules_of_contracts, membership, today),
    )


def _under_contract(
    rules_of_contracts: Sequence[Transition], membership: Membership, today: date
) -> QuerySet[Any, tuple[Any, ...]]:
    """One row: for each act how many cases wait for it, and how many of them are late."""
    wanted = {}
    for rule in rules_of_contracts:
        ready = ready_for(rule, membership.scope)
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
    return waiting(_objections(membership))


def corrections_open(membership: Membership) -> Waiting:
    """The disputes about facts that this department's officers answer; without whom one stays away from. One query."""
    return waiting(_corrections(membership))


def _objections(membership: Membership) -> list[Ask[Any]]:
    if membership.role not in DEPARTMENT:
        return []
    key = ("objections", rules.statement_key(membership))
    return [waiting_ask(key, lambda: objections_seen(membership).filter(state=Objection.State.OPEN))]


def _corrections(membership: Membership) -> list[Ask[Any]]:
    if membership.role != Role.OFFICER:
        return []
    key = ("corrections", rules.statement_key(membership))
    return [waiting_ask(key, lambda: corrections(membership, state=Correction.State.OPEN, mine=True))]


def waiting_ask(key: Hashable, build: Callable[[], QuerySet[Any]]) -> Ask[Any]:
    """How many rows a query has, and the first day by which one of them is due."""
    return statements.ask(
        key,
        lambda: (
            build()
            .order_by()
            .values(all=Value(1))
            .annotate(count=Count("pk"), first=Min("due_on"))
            .values_list("count", "first")
        ),
    )


def waiting(asks: Iterable[Ask[Any]]) -> Waiting:
    """What waits by the first of these; nothing where there is none, for whoever has nothing to answer."""
    numbers = next((one.first() for one in asks), None)
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
    found = found.select_related("organisation", "case__call__department", "case__organisation")
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
