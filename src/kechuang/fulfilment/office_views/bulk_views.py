"""Bulk acts: asked once, carried out one by one, each with its result."""

from __future__ import annotations

import time
from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from kechuang.accounts.acting import acting, as_role
from kechuang.accounts.queries import away_from
from kechuang.accounts.refusals import Refused
from kechuang.fulfilment import acts, bulk, rules, tally
from kechuang.fulfilment.models import BulkRun, Case
from kechuang.fulfilment.office_views.frame import WORKERS
from kechuang.fulfilment.office_views.lists import forget, remembered
from kechuang.fulfilment.parties import cases_with
from kechuang.fulfilment.table import transitions
from kechuang.journal import clock
from kechuang.reader.paging import paged

AT_ONCE: Final = 1.0  # seconds before the rest goes to the background
LISTED: Final = 100


@require_POST
@as_role(*WORKERS)
def ask(request: HttpRequest, name: str) -> HttpResponse:
    """Say what will happen, to how many, with which sum; then once to confirm."""
    membership, command = acting(request), request.POST.get("command", "")
    if name not in {"tasks", "cases"} or command not in bulk.commands_of(membership):
        raise Http404
    kept = remembered(request, name)
    request.session[f"selected-{name}"] = sorted(kept)
    found = rules.visible_cases(membership).filter(pk__in=kept)
    if "confirmed" in request.POST:
        return _begin(request, name, command, kept)
    shown = {
        "list": name,
        "rule": transitions()[command],
        "query": request.POST.get("query", "")[:2000],
        "sums": tally.of_cases(found),
        "proposed_fen": _proposed(list(found.select_related("call")[: bulk.MOST]), command),
        "some": found.select_related("organisation").order_by("number")[:LISTED],
        "calls": found.order_by().values("call").distinct().count(),
    }
    return render(request, "fulfilment/office/bulk_ask.html", shown)


def _proposed(found: list[Case], command: str) -> int | None:
    """What the sums of the act add up to; None for an act without a sum."""
    if command not in {"recommend", "determine"}:
        return None
    return sum(acts.proposed_fen(case, command) or 0 for case in found)


def _begin(request: HttpRequest, name: str, command: str, kept: set[int]) -> HttpResponse:
    try:
        run = bulk.start(kept, command, actor=acting(request), at=clock.now())
    except Refused as refused:
        shown = {"list": name, "rule": transitions()[command], "problem": refused.words, "sums": {"count": 0}}
        return render(request, "fulfilment/office/bulk_ask.html", shown, status=422)
    forget(request, name)
    until = time.monotonic() + AT_ONCE
    if not bulk.carry_on(run, at=clock.now(), go_on=lambda: time.monotonic() < until):
        bulk.later(run)
    return redirect("bulk-run", run.pk)


@require_safe
@as_role(*WORKERS)
def run(request: HttpRequest, number: int) -> HttpResponse:
    """How far a bulk act is, and what came of each case."""
    found = get_object_or_404(BulkRun, pk=number, membership=acting(request))
    counts = bulk.counts(found)
    shown = {
        "run": found,
        "rule": transitions()[found.command],
        "counts": counts,
        "ended": not counts["waiting"],
        "passed": counts["done"] + counts["refused"],
        **paged(
            request,
            found.lines.exclude(state="waiting")
            .exclude(case__in=cases_with(away_from(acting(request))))
            .select_related("case__organisation")
            .order_by("-state", "id"),
            rows=LISTED,
        ),
    }
    part = request.headers.get("HX-Target") == "bulk-progress" and not shown["ended"]
    if request.headers.get("HX-Target") == "bulk-progress" and shown["ended"]:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, f"fulfilment/office/{'_bulk_progress' if part else 'bulk_run'}.html", shown)


@require_POST
@as_role(*WORKERS)
def go_on(request: HttpRequest, number: int) -> HttpResponse:
    """Carry on with a run that stands still, after a restart of the machine."""
    bulk.later(get_object_or_404(BulkRun, pk=number, membership=acting(request)))
    return redirect("bulk-run", number)
