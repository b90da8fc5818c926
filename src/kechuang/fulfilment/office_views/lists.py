"""The to-do list and the list of all cases: filters, columns, saved views, selection, export."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import date
from operator import itemgetter
from typing import Any, Final

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kechuang.accounts.acting import acting, as_role
from kechuang.accounts.models import Membership
from kechuang.fulfilment import bulk, office_queries, office_tables, queries, rules, saved_views, tally
from kechuang.fulfilment.judging import requests
from kechuang.fulfilment.models import Tally
from kechuang.fulfilment.office_export import workbook
from kechuang.fulfilment.office_views.frame import OFFICES, WORKERS, file
from kechuang.fulfilment.table import states, transitions
from kechuang.journal import clock, statements
from kechuang.journal.queries import unread
from kechuang.journal.statements import Ask, together
from kechuang.reader.packs import pack_in_force
from kechuang.reader.paging import paged
from kechuang.reader.templatetags.kechuang import language

MOST_ROWS: Final = 100_000  # of an export
NAMES: Final = tuple(field.name for field in fields(queries.Filters))


LISTS: Final = ("tasks", "cases")
"""The lists whose selection is kept."""


@require_safe
@as_role(*WORKERS)
def tasks(request: HttpRequest) -> HttpResponse:
    """What waits for this person, act by act."""
    membership, today = acting(request), clock.today()
    waiting = [*office_queries.asks(membership, today), *requests.asks(membership)]
    with together([*waiting, *_asks(membership, "tasks")]):
        return render(request, "fulfilment/office/tasks.html", _tasks(request, membership, today))


def _tasks(request: HttpRequest, membership: Membership, today: date) -> dict[str, Any]:
    found_tabs = office_queries.tabs(membership, today)
    known = {tab.command: tab for tab in found_tabs}
    busiest = next((tab.command for tab in found_tabs if tab.count), found_tabs[0].command)
    chosen = request.GET.get("act", "") if request.GET.get("act") in known else busiest
    return {
        "tabs": found_tabs,
        "act": chosen,
        "rule": transitions()[chosen],
        "bulk": [transitions()[chosen]] if chosen in bulk.commands_of(membership) else [],
        "objections": office_queries.objections_open(membership),
        "corrections": office_queries.corrections_open(membership),
        "recusal_requests": requests.waiting(membership),
        **_listed(request, membership, "tasks", known[chosen]),
    }


@require_safe
@as_role(*OFFICES)
def cases(request: HttpRequest) -> HttpResponse:
    """All cases that this person may see."""
    membership = acting(request)
    with together(_asks(membership, "cases")):
        shown = {
            "bulk": [transitions()[command] for command in bulk.commands_of(membership)],
            **_listed(request, membership, "cases"),
        }
        return render(request, "fulfilment/office/cases.html", shown)


def _asks(membership: Membership, name: str) -> list[Ask[Any]]:
    """What every list reads first: to be sent together."""
    return [
        tally.groups_ask(membership),
        saved_views.kept(membership.pk, name),
        unread(membership.user_id),
    ]


def _listed(
    request: HttpRequest, membership: Membership, name: str, tab: office_queries.Tab | None = None
) -> dict[str, Any]:
    """A table of cases: a constant number of queries, however many there are."""
    today, chosen = clock.today(), filters_of(request.GET)
    query = request.GET.copy()
    act, only = (tab.command, tab.states) if tab else ("", None)
    if act:
        query["act"] = act  # the tab that is shown when the address names none
    within = within_of(membership, name, act)
    # In one state the database begins with what is due first there, however much else is due before that.
    narrowed = within[1] & Q(state=min(only)) if only and len(only) == 1 else within[1]
    sums = queries.sums(membership, chosen, today, within)
    columns = office_tables.chosen(request.GET.getlist("column"), membership)
    key = ("cases", act, only, chosen, rules.statement_key(membership), today, pack_in_force().hash)
    ordered = statements.Pages(
        None if chosen.q else key,  # what somebody looks for is seldom looked for again
        lambda: office_tables.rows(queries.cases(membership, chosen, today, narrowed, act=act)),
    )
    selected = set(request.session.get(_key(name), []))
    return {
        "list": name,
        "chosen": chosen,
        "narrowed": any(getattr(chosen, one) for one in NAMES if one != "sort"),
        "today": today,
        "columns": columns,
        "whole": rules.sees_whole(membership),
        "newest_first": queries.newest_first(membership, chosen, act),
        "all_columns": office_tables.columns_of(membership),
        "keys": {column.key for column in columns},
        "sums": sums,
        "selected": selected,
        "views": saved_views.kept(membership.pk, name).rows(),
        "choices": choices(membership),
        "states": states(),
        "query": query.urlencode(),
        **paged(request, ordered, sums["count"]),
    }


def filters_of(query: QueryDict) -> queries.Filters:
    """The filters of an address."""
    return queries.Filters(**{name: str(query[name]).strip()[:100] for name in NAMES if query.get(name)})


def choices(membership: Membership) -> dict[str, Any]:
    """What the filters offer: the calls and districts that there are, in one query."""
    rows = tally.groups(membership)
    calls = {row.call: row.title for row in rows}
    return {
        "calls": sorted(calls.items(), key=itemgetter(0), reverse=True),
        "districts": sorted({row.district for row in rows if row.district}),
    }


def within_of(membership: Membership, name: str, act: str) -> tuple[Q | None, Q]:
    """What narrows a list before its filters, on Tally and on Case: the tab of the to-do list. 404 for no such list."""
    if name == "cases":
        return queries.EVERYTHING, queries.EVERYTHING
    if name != "tasks" or act not in {rule.command for rule in office_queries.acts_to_do(membership.role)}:
        raise Http404
    rule = transitions()[act]
    on_tally = (
        None
        if act in office_queries.OF_CONTRACTS
        else office_queries.ready_for(rule, membership.scope, Tally)
    )
    return on_tally, office_queries.ready_for(rule, membership.scope)


@require_POST
@as_role(*WORKERS)
def select(request: HttpRequest, name: str) -> HttpResponse:
    """Keep what is ticked and go where the button says: another page of the list, all of it, or none."""
    if name not in LISTS:
        raise Http404
    membership, query = acting(request), _query_of(request)
    kept = remembered(request, name)
    wanted = request.POST.get("go", "")
    if wanted == "all":
        within = within_of(membership, name, query.get("act", ""))[1]
        found = queries.cases(membership, filters_of(query), clock.today(), within).values_list(
            "pk", flat=True
        )
        kept = set(found[: bulk.MOST])
    elif wanted == "none":
        kept = set()
    elif wanted.isdecimal():
        query["page"] = wanted
    request.session[_key(name)] = sorted(kept)
    return redirect(f"{reverse(name)}?{query.urlencode()}")


def remembered(request: HttpRequest, name: str) -> set[int]:
    """What is selected in a list: what was before, but for the rows of this page, which say themselves."""
    before = set(request.session.get(_key(name), []))
    return (before - set(numbers(request, "shown"))) | set(numbers(request, "case"))


def forget(request: HttpRequest, name: str) -> None:
    """Nothing is selected any more."""
    request.session.pop(_key(name), None)


def numbers(request: HttpRequest, name: str) -> list[int]:
    """Whole numbers that a form gives under a name."""
    return [int(one) for one in request.POST.getlist(name) if one.isdecimal() and len(one) < 19]  # noqa: PLR2004 - bigint


def _key(name: str) -> str:
    return f"selected-{name}"


def _query_of(request: HttpRequest) -> QueryDict:
    """The address of the list that a form stands on, to be changed."""
    return QueryDict(request.POST.get("query", "")[:2000], mutable=True)


@require_POST
@as_role(*OFFICES)
def save_view(request: HttpRequest, name: str) -> HttpResponse:
    """Keep the filters and columns of a list under a name; the same name again replaces them."""
    if name not in {"tasks", "cases"}:
        raise Http404
    query = _query_of(request)
    query.pop("page", None)
    saved_views.keep(name, request.POST.get("title", ""), query.urlencode(), actor=acting(request))
    return redirect(f"{reverse(name)}?{query.urlencode()}")


@require_POST
@as_role(*OFFICES)
def drop_view(request: HttpRequest, number: int) -> HttpResponse:
    """Forget a saved view of one's own."""
    page = saved_views.drop(number, actor=acting(request))
    if page is None:
        raise Http404
    return redirect(reverse(page))


@require_safe
@as_role(*OFFICES)
def export(request: HttpRequest, name: str) -> HttpResponse:
    """The list as a workbook, with its filters and columns."""
    within = within_of(acting(request), name, request.GET.get("act", ""))[1]
    chosen, columns = filters_of(request.GET), request.GET.getlist("column")
    act = request.GET.get("act", "") if name == "tasks" else ""
    data = workbook_of(acting(request), chosen, within, columns, act)
    return file(data, "xlsx", f"{_('申报')}-{clock.today().isoformat()}")


def workbook_of(
    membership: Membership, chosen: queries.Filters, within: Q, keys: Sequence[str] = (), act: str = ""
) -> bytes:
    """A list of cases as a workbook in the language of the moment; keys: its columns, the usual ones by default."""
    found = office_tables.rows(queries.cases(membership, chosen, clock.today(), within, act=act))
    columns = office_tables.chosen(keys, membership)
    headings = [(column.key, column.title, column.kind) for column in columns]
    rows = ([column.read(case) for column in columns] for case in found[:MOST_ROWS].iterator(chunk_size=1000))
    return workbook(_("申报"), headings, rows, language())
