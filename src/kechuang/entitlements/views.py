"""Pages of uploads and results: each parses, calls one action or query, and renders."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Callable
from dataclasses import fields
from typing import Any

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kechuang.entitlements import actions, queries, reporting
from kechuang.entitlements.forms import UploadForm
from kechuang.entitlements.models import Run
from kechuang.entitlements.versions import pack_then
from kechuang.exchange.results import DETAILED
from kechuang.policy.cases.outcome import Outcome
from kechuang.reader.explaining import explained
from kechuang.reader.packs import pack_in_force
from kechuang.reader.paging import paged
from kechuang.reader.templatetags.kechuang import RECORDS_SHOWN, language

View = Callable[..., HttpResponseBase]


def of_run(view: View) -> View:
    """A page of one run, which search engines leave alone."""

    @functools.wraps(view)
    def found(request: HttpRequest, run_id: str, **named: Any) -> HttpResponseBase:
        response = view(request, queries.run_at(run_id), **named)
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return found


def finished(view: View) -> View:
    """A page of results; before there are any, the page that shows how far the work is."""

    @functools.wraps(view)
    def found(request: HttpRequest, run: Run, **named: Any) -> HttpResponseBase:
        return view(request, run, **named) if run.state == Run.State.DONE else redirect("run", run.id)

    return of_run(found)


@require_safe
def template(_request: HttpRequest, language: str) -> HttpResponseBase:
    """The empty workbook."""
    if language not in {"zh", "en"}:
        raise Http404
    file = tempfile.TemporaryFile()  # noqa: SIM115 - FileResponse closes it
    reporting.write_empty_workbook(file, language)
    file.seek(0)
    name = "科创测算表.xlsx" if language == "zh" else "kechuang-template.xlsx"
    return FileResponse(file, as_attachment=True, filename=name)


@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """The way in for a file: take it in and go to the page of its assessment; faults come back with what to do."""
    today = timezone.localdate()
    if request.method != "POST":
        return _upload(request, UploadForm(initial={"on": today.isoformat(), "year": today.year - 1}))
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _upload(request, form, status=422)
    given = form.cleaned_data
    run = actions.start_run(given["file"], given["on"], given["year"], language())
    return redirect("run", run.id)


def _upload(request: HttpRequest, form: UploadForm, status: int = 200) -> HttpResponse:
    shown = {"form": form, "pack": pack_in_force(), "keep_days": settings.KEEP_DAYS}
    return render(request, "entitlements/upload.html", shown, status=status)


@require_POST
def example(_request: HttpRequest) -> HttpResponse:
    """Assess an invented city instead of a file."""
    today = timezone.localdate()
    return redirect("run", actions.start_run(None, today, today.year - 1, language()).id)


@require_safe
@of_run
def run(request: HttpRequest, run: Run) -> HttpResponse:
    """How far the work is; why it ended without results; or the subjects with their sums."""
    polled = request.headers.get("HX-Target") == "progress"
    if polled and run.ended:
        return HttpResponse(headers={"HX-Refresh": "true"})
    if run.state == Run.State.DONE:
        return _subjects(request, run)
    if run.ended:
        return render(request, "entitlements/ended.html", {"run": run})
    steps = [Run.State.WAITING, Run.State.READING, Run.State.ASSESSING]
    before = queries.waiting_before(run) if run.state == Run.State.WAITING else 0
    shown = {"run": run, "before": before, "step": steps.index(Run.State(run.state))}
    return render(request, f"entitlements/{'_' if polled else ''}progress.html", shown)


def _subjects(request: HttpRequest, run: Run) -> HttpResponse:
    names = {field.name for field in fields(queries.Filters)}
    chosen = queries.Filters(**{name: request.GET[name].strip() for name in names if request.GET.get(name)})
    found = queries.subjects(run, chosen)
    sums = queries.sums(found)
    shown = {
        **_frame(run, "run"),
        "chosen": chosen,
        "narrowed": bool(chosen.q or chosen.kind or chosen.district or chosen.outcome or chosen.benefit),
        **paged(request, found, sums["count"]),
        "sums": sums,
        "choices": queries.choices(run),
        "kinds": pack_then(run.pack, run.pack_hash).vocabulary.codes["subject_kind"],
        "outcomes": [str(outcome) for outcome in Outcome],
        "benefits": list(pack_then(run.pack, run.pack_hash).benefits),
    }
    return render(request, "entitlements/subjects.html", shown)


def _frame(run: Run, tab: str) -> dict[str, Any]:
    """What stands above every page of results."""
    pack = pack_then(run.pack, run.pack_hash)
    return {"run": run, "tab": tab, "pack": pack, "changed": pack.hash != run.pack_hash, "detailed": DETAILED}


@require_safe
@finished
def run_benefits(request: HttpRequest, run: Run) -> HttpResponse:
    """All benefits over all subjects."""
    totals = queries.benefit_totals(run)
    shown = {
        **_frame(run, "run-benefits"),
        "totals": totals,
        "outcomes": [str(outcome) for outcome in Outcome],
    }
    return render(request, "entitlements/run_benefits.html", shown)


@require_safe
@finished
def run_missing(request: HttpRequest, run: Run) -> HttpResponse:
    """The facts that would settle what is undetermined."""
    shown = {**_frame(run, "run-missing"), "wanted": queries.wanted(run)}
    return render(request, "entitlements/run_missing.html", shown)


@require_safe
@finished
def run_refused(request: HttpRequest, run: Run) -> HttpResponse:
    """What was found wrong in the file, row by row, and how unclear cells were read."""
    found = queries.faults(run)
    shown = {**_frame(run, "run-refused"), **paged(request, found)}
    return render(request, "entitlements/run_refused.html", shown)


@require_safe
@finished
def subject(request: HttpRequest, run: Run, position: int) -> HttpResponse:
    """One subject: what it can have and why, benefit by benefit."""
    found = queries.subject_at(run, position)
    assessment = queries.assessment_of(run, position)
    shown = {
        **_frame(run, "run"),
        "subject": found,
        "records_shown": RECORDS_SHOWN,
        **explained(assessment, language()),
    }
    return render(request, "entitlements/subject.html", shown)


@require_safe
@finished
def download(request: HttpRequest, run: Run, kind: str) -> HttpResponseBase:
    """The results as a file; while it is being written, a page that waits for it."""
    if kind not in reporting.FORMATS:
        raise Http404
    if kind not in run.reports:
        page = "no_report" if run.problem else "writing"
        return render(request, f"entitlements/{page}.html", {"run": run}, status=200 if run.problem else 202)
    name = f"kechuang-{run.on.isoformat()}.{kind}"
    return FileResponse(reporting.report_path(run.folder, kind).open("rb"), as_attachment=True, filename=name)


@require_POST
@of_run
def cancel(_request: HttpRequest, run: Run) -> HttpResponse:
    """Stop the work."""
    actions.cancel_run(run)
    return redirect("run", run.id)


@require_http_methods(["GET", "HEAD", "POST"])
@of_run
def delete(request: HttpRequest, run: Run) -> HttpResponse:
    """Ask once, then delete the file and its results for good."""
    if request.method != "POST":
        return render(request, "entitlements/delete.html", {"run": run})
    actions.delete_run(run)
    return render(request, "entitlements/deleted.html")
