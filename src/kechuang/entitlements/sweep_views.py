"""Pages of sweeps: start one, watch it, read who is in and who is out and why, take the list away."""

from __future__ import annotations

import tempfile
from dataclasses import fields
from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kechuang.accounts.acting import acting, as_role
from kechuang.accounts.models import Membership
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.entitlements import sweep_queries as queries
from kechuang.entitlements import sweeping
from kechuang.entitlements.models import Sweep
from kechuang.entitlements.releasing import version_in_force
from kechuang.entitlements.sweep_export import write_workbook
from kechuang.entitlements.sweep_forms import SweepForm
from kechuang.entitlements.versions import pack_of
from kechuang.journal import clock
from kechuang.reader.paging import paged
from kechuang.reader.templatetags.kechuang import language
from kechuang.reference.divisions import weihai_districts

SWEEPERS = (Role.OFFICER, Role.DECIDER)
READERS = (*SWEEPERS, Role.LEADER, Role.AUDITOR)


def _sweep(request: HttpRequest, number: int) -> Sweep:
    pack = pack_of(version_in_force().pk)
    found = queries.sweeps_visible_to(acting(request), pack).filter(pk=number).first()
    if found is None:
        raise Http404
    return found


@require_safe
@as_role(*READERS)
def sweeps(request: HttpRequest) -> HttpResponse:
    """The sweeps so far, the newest first."""
    membership = acting(request)
    found = queries.sweeps_visible_to(membership, pack_of(version_in_force().pk))
    pages = paged(request, found)
    seen = queries.as_seen_by(membership, pages["page"])
    rows = [(one, pack_of(one.version_id).benefit(one.benefit)) for one in seen]
    shown = {
        **pages,
        "rows": rows,
        "may_start": membership.role in SWEEPERS,
    }
    return render(request, "entitlements/sweeps.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
@as_role(*SWEEPERS)
def begin(request: HttpRequest) -> HttpResponse:
    """Choose a benefit, the day and the year, and start."""
    membership, today = acting(request), clock.today()
    pack = pack_of(version_in_force().pk)
    benefits = queries.benefits_of(membership, pack)
    first = {"on": today.isoformat(), "year": today.year - 1, "benefit": request.GET.get("benefit", "")}
    form = SweepForm(pack, benefits, request.POST if request.method == "POST" else None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            sweep = sweeping.start(**form.asked(), actor=membership, at=clock.now())
        except Refused as refused:
            form.add_error(refused.field or None, refused.words.pick(language()))
        else:
            return redirect("sweep", sweep.pk)
    shown = {"form": form, "pack": pack, "measures": form.measures()}
    return render(request, "entitlements/sweep_new.html", shown, status=422 if form.errors else 200)


@require_safe
@as_role(*READERS)
def sweep(request: HttpRequest, number: int) -> HttpResponse:
    """How far a sweep is; what it has found, once it has ended."""
    found = _sweep(request, number)
    ended = found.state in sweeping.ENDED
    polled = request.headers.get("HX-Target") == "progress"
    if polled and ended:
        return HttpResponse(headers={"HX-Refresh": "true"})
    (found,) = queries.as_seen_by(acting(request), [found])
    shown = {
        "sweep": found,
        "benefit": pack_of(found.version_id).benefit(found.benefit),
        "pack": pack_of(found.version_id),
        "ended": ended,
        "lost": queries.was_lost(found),
        "may_act": acting(request).role in SWEEPERS,
        "may_call": queries.may_call(found, acting(request)),
    }
    if polled:
        return render(request, "entitlements/_sweep_progress.html", shown)
    if not ended:
        return render(request, "entitlements/sweep_progress.html", shown)
    return render(request, "entitlements/sweep.html", shown | _lines(request, found))


def _chosen(request: HttpRequest) -> queries.LineFilters:
    names = {field.name for field in fields(queries.LineFilters)}
    return queries.LineFilters(**{name: request.GET[name].strip() for name in names if request.GET.get(name)})


def _lines(request: HttpRequest, sweep: Sweep) -> dict[str, Any]:
    chosen = _chosen(request)
    membership = acting(request)
    sums = queries.sums(sweep, chosen, membership)
    pages = paged(request, queries.lines_in_pages(sweep, chosen, membership), sums["count"])
    return {
        "chosen": chosen,
        "sums": sums,
        **pages,
        "rows": [(line, *queries.in_words(sweep, line, language())) for line in pages["page"]],
        "reasons": queries.reason_counts(sweep, language(), membership),
        "districts": [one.code for one in weihai_districts(clock.today())],
        "outcomes": [(each, sweep.counts[each]) for each in queries.OUTCOMES if sweep.counts.get(each)],
    }


@require_safe
@as_role(*READERS)
def export(request: HttpRequest, number: int) -> HttpResponseBase:
    """The lines that fit the filters, as a workbook."""
    return workbook_of(_sweep(request, number), _chosen(request), acting(request))


def workbook_of(sweep: Sweep, chosen: queries.LineFilters, membership: Membership) -> FileResponse:
    """The lines of a sweep that a membership may see and that fit, in the language of the moment."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - FileResponse closes it
    write_workbook(file, sweep, queries.lines(sweep, chosen, membership), language())
    file.seek(0)
    return FileResponse(
        file, as_attachment=True, filename=f"sweep-{sweep.benefit}-{sweep.on.isoformat()}.xlsx"
    )


@require_POST
@as_role(*SWEEPERS)
def stop(request: HttpRequest, number: int) -> HttpResponse:
    """Stop after the part in hand."""
    sweeping.stop(_sweep(request, number), actor=acting(request), at=clock.now())
    return redirect("sweep", number)


@require_POST
@as_role(*SWEEPERS)
def resume(request: HttpRequest, number: int) -> HttpResponse:
    """Go on where it stopped."""
    found = _sweep(request, number)
    if found.state in sweeping.ENDED - {Sweep.State.DONE} or queries.was_lost(found):
        sweeping.resume(found, actor=acting(request), at=clock.now())
    return redirect("sweep", number)
