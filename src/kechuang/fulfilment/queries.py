"""What is read of calls, cases, notices: each list starts from what the reader may see."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from django.db.models import F, Q, QuerySet
from django.db.models.expressions import OrderBy
from django.http import Http404
from django.urls import reverse
from django.utils import timezone

from kechuang.accounts.models import Membership, Organisation
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import APPLICANTS, Role
from kechuang.entitlements.standing_pages import Due
from kechuang.fulfilment import rules, tally
from kechuang.fulfilment.models import Call, Case, Notice
from kechuang.fulfilment.parties import parties_of
from kechuang.fulfilment.table import states, transitions
from kechuang.journal import statements
from kechuang.journal.queries import events_of
from kechuang.journal.statements import Given
from kechuang.policy.language.values import Words
from kechuang.treasury.hooks import Noticed

EVERYTHING: Final = Q()
DUE_FIRST: Final[tuple[str | OrderBy, ...]] = (F("due_on").asc(nulls_last=True), "id")


@dataclass(frozen=True)
class Filters:
    """Filters of a list of cases, as the address bar has them; '' for all."""

    q: str = ""  # number or name of the organisation
    state: str = ""
    stage: str = ""
    call: str = ""
    district: str = ""
    measure: str = ""
    overdue: str = ""  # "1": only what is past its day
    sort: str = ""  # one of SORTS; else what is due first


SORTS: Final = (
    "-state_since",
    "number",
    "-number",
    "-declared_fen",
    "-determined_fen",
    "organisation__name",
)


def case_at(number: str, membership: Membership) -> Case:
    """The case of this number, or 404 alike for what is missing and what is foreign."""

    def numbered(number: str | Given) -> QuerySet[Case]:
        found = rules.visible_cases(membership).filter(number=number)
        return found.select_related("call__department", "organisation")

    if membership.role in APPLICANTS:  # every organisation would keep a statement of its own
        case = numbered(number).first()
    else:
        case = statements.ask_first(
            ("case", rules.statement_key(membership)), numbered, number=number
        ).first()
    if case is None:
        raise Http404
    return case


def call_at(number: str, membership: Membership | None) -> Call:
    """The call of this number, or 404."""
    found = rules.visible_calls(membership).filter(number=number)
    call = found.select_related("department", "appropriation", "sweep").first()
    if call is None:
        raise Http404
    return call


def cases(
    membership: Membership, filters: Filters, today: date, within: Q = EVERYTHING, *, act: str = ""
) -> QuerySet[Case]:
    """The cases that this membership may see, filtered and sorted, each with call and organisation.

    Each with its `day`: of its next act, for a reviewer of the answer that it owes.
    act: of the to-do list that `within` narrows to.
    """
    if membership.role == Role.REVIEWER:
        found, order = _of_reviewer(membership, filters, today, act)
        filters = replace(filters, overdue="")
        # The answer that is owed says it already, as in `cases_owed_an_answer`.
        within = Q(state__in=transitions()[act].sources) if act else within
    else:
        found, order = rules.visible_cases(membership).annotate(day=F("due_on")), DUE_FIRST
    if filters.sort in SORTS and (rules.sees_whole(membership) or not filters.sort.endswith("_fen")):
        order = (filters.sort, "id")
    found = found.filter(within, chosen(filters, today), called(filters.q))
    return found.select_related("call", "organisation").order_by(*order)


def _of_reviewer(
    reviewer: Membership, filters: Filters, today: date, act: str
) -> tuple[QuerySet[Case], tuple[str | OrderBy, ...]]:
    """What a reviewer's list is of, each case with its `day`, and in which order."""
    if newest_first(reviewer, filters, act):
        return rules.with_answer(rules.visible_cases(reviewer), reviewer), ("-id",)
    found = rules.cases_owed_an_answer(reviewer)
    found = found.filter(Q(day__lt=today)) if filters.overdue else found
    return found, (F("day").asc(nulls_last=True), "own__case_id")


def newest_first(membership: Membership, filters: Filters, act: str) -> bool:
    """Whether a list begins with what is newest: all that a reviewer was ever asked.

    The answers it has given have no day any more. Its to-do list and what is late go by the days of those it owes.
    """
    return membership.role == Role.REVIEWER and not (filters.overdue or act == "answer_gate")


def chosen(filters: Filters, today: date) -> Q:
    """What the filters mean but for words, as a condition on Case and Tally."""
    wanted = {
        "state": filters.state,
        "call__number": filters.call,
        "district": filters.district,
        "call__benefit__startswith": filters.measure and f"{filters.measure}.",
    }
    found = Q(**{name: value for name, value in wanted.items() if value})
    if filters.stage:
        found &= Q(state__in=states_of(filters.stage))
    if filters.overdue:
        found &= Q(due_on__lt=today)
    return found


NUMBER: Final = re.compile(r"\d{4}(-|$)")
OF_CALLS: Final = re.compile(r"\d{4}(-\w*){0,2}")
"""Beginnings of numbers of calls, so of all their cases: 2026-9-07 is the call of 2026-9-07-00002."""


def called(words: str) -> Q:
    """The cases whose number begins so, or whose organisation's name has these words in it."""
    if not words:
        return EVERYTHING
    if NUMBER.match(words):
        return Q(number__startswith=words)
    return Q(organisation__in=Organisation.objects.filter(name__contains=words))


def sums(
    membership: Membership,
    filters: Filters,
    today: date,
    within: tuple[Q | None, Q] = (EVERYTHING, EVERYTHING),
) -> dict[str, int]:
    """Count and sums of a list, for its footer.

    within: what narrows it before its filters, on Tally (None where the tally cannot tell) and on Case.
    """
    # The tally knows the days of cases, and none of answers.
    of_answers = bool(filters.overdue) and membership.role == Role.REVIEWER
    if within[0] is None or of_answers or not (filters.q == "" or OF_CALLS.fullmatch(filters.q)):
        return tally.of_cases(cases(membership, filters, today, within[1]))
    narrowed = chosen(filters, today)
    return tally.totals(membership, within[0] & narrowed, filters.q, of_case=within[1] & narrowed)


def states_of(stage: str) -> list[str]:
    """The states that stand in a stage's to-do list."""
    return [key for key, state in states().items() if state.stage == stage]


def calls_open(at: datetime) -> QuerySet[Call]:
    """Published calls whose window is open."""
    return Call.objects.filter(
        state=Call.State.PUBLISHED, opens_at__lte=at, closes_at__gte=at, sweep__isnull=True
    ).select_related("department")


def extensions_of(call: Call) -> list[tuple[datetime, datetime, str]]:
    """How often everybody was given more time: from and to which moment, and the reason, the latest first."""
    found = events_of(f"call:{call.pk}").filter(kind="call.extended").order_by("-number")
    moments = [(one.data["from"], one.data["to"], one.data["reason"]) for one in found]
    return [(datetime.fromisoformat(since), datetime.fromisoformat(to), why) for since, to, why in moments]


def notices(state: str = "") -> QuerySet[Notice]:
    """Public notices, the newest first: open to everybody."""
    found = Notice.objects.select_related("call__department").order_by("-published_at", "-id")
    return found.filter(state=state) if state else found


def pages_of_cases(numbers: Iterable[int]) -> dict[int, tuple[str, str]]:
    """What cases are called and where their pages are, by primary key: for the ledger, which names them so."""
    found = statements.asked(
        "numbers of cases",
        lambda numbers: Case.objects.filter(pk__any_of=numbers).values_list("pk", "number"),
        numbers=tuple(numbers),
    )
    return {pk: (number, reverse("case", args=[number])) for pk, number in found}


def pages_of_calls(numbers: Iterable[int]) -> dict[int, tuple[str, str]]:
    """As `pages_of_cases`, of calls."""
    found = Call.objects.filter(pk__in=list(numbers)).values_list("pk", "number")
    return {pk: (number, reverse("call", args=[number])) for pk, number in found}


def notice_of_case(number: int) -> Noticed | None:
    """The notice that a case was last in and that was not withdrawn, for the ledger."""
    found = Notice.objects.filter(lines__case=number).exclude(state=Notice.State.WITHDRAWN).first()
    if found is None:
        return None
    return Noticed(found.number, reverse("notice", args=[found.number]), found.first_day, found.last_day)


def parties_of_call(number: str, membership: Membership) -> tuple[str, list[int]] | None:
    """For a draw of experts: the call of this number, if it is this department's, and everybody who applies.

    Raises Refused before sealed bids are opened: who is recused in a draw would tell who has bid.
    """
    call = rules.visible_calls(membership).filter(number=number).first()
    if call is None or not rules.may_manage(membership, call):
        return None
    if call.sealed and call.opened_at is None:
        raise Refused(
            "开标前不能抽取专家：回避名单会透露投标单位。请开标后再抽取。",
            "No draw before the bids are opened: who stays away would tell who has bid. Open the bids first.",
            "subject",
        )
    live = call.cases.exclude(state__in=("draft", "withdrawn", "declined"))
    found = parties_of(list(live.values_list("pk", flat=True)))
    return f"call:{call.pk}", sorted(set().union(*found.values()))


FOUND_AT_MOST: Final = 1_000  # cases that a search of the ledger goes through


def cases_called(words: str) -> list[int]:
    """Cases whose number begins so, by primary key."""
    return list(Case.objects.filter(number__startswith=words).values_list("pk", flat=True)[:FOUND_AT_MOST])


def calls_called(words: str) -> list[int]:
    """Calls whose number begins so, by primary key."""
    return list(Call.objects.filter(number__startswith=words).values_list("pk", flat=True)[:FOUND_AT_MOST])


def due_for(organisation: Organisation, at: datetime) -> Iterator[Due]:
    """What waits for an organisation: its own cases by their day, and the calls that are open."""
    own = Case.objects.filter(organisation=organisation, state__in=["draft", "returned", "offered"])
    applied = set()
    for case in own.select_related("call"):
        applied.add(case.call_id)
        until = case.due_on or timezone.localdate(case.call.closes_at)
        title = Words(case.call.title["zh"], case.call.title["en"])
        yield Due(title, reverse("case", args=[case.number]), until, case.call.benefit)
    for call in calls_open(at).exclude(pk__in=applied).order_by("closes_at", "pk"):
        title = Words(call.title["zh"], call.title["en"])
        yield Due(
            title, reverse("call", args=[call.number]), timezone.localdate(call.closes_at), call.benefit
        )
