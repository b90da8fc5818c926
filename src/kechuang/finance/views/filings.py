"""Filings: taken in, checked line by line, applied, undone; and the lines that stand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kechuang.accounts.acting import acting, as_role
from kechuang.accounts.models import Membership
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.exchange.lists import write_listing
from kechuang.finance import queries, rules
from kechuang.finance.filing import actions
from kechuang.finance.filing.kinds import filing_kinds, kinds_for
from kechuang.finance.filing.template import write_template
from kechuang.finance.models import Filing
from kechuang.journal import clock
from kechuang.reader.paging import paged
from kechuang.reader.templatetags.kechuang import language
from kechuang.registry.models import ListRow
from kechuang.registry.views.common import attached
from kechuang.registry.views.lists import CHANGES, UNDER_WAY

APPLICANT: Final = (Role.MANAGER, Role.CLERK)
SEE: Final = (*APPLICANT, Role.OFFICER, Role.DECIDER, Role.AUDITOR)


@require_safe
@as_role(*SEE)
def every(request: HttpRequest) -> HttpResponse:
    """A filer's own filings; those of all banks and insurers for departments."""
    membership = acting(request)
    if membership.role in APPLICANT and not rules.is_filer(membership):
        return redirect("filed-lines")
    shown = {
        **paged(request, queries.filings(membership)),
        "kinds": filing_kinds(),
        "files": rules.is_filer(membership),
        "lines": rules.lines_visible_to(membership).count(),
    }
    return render(request, "finance/filings.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
@as_role(*APPLICANT)
def new(request: HttpRequest) -> HttpResponse:
    """Take a filing in; it is checked in the background."""
    membership = acting(request)
    kinds = kinds_for(membership.organisation.kind)
    if not kinds:
        return redirect("filed-lines")
    chosen = request.POST.get("kind") or request.GET.get("kind") or kinds[0].name
    kind = next((one for one in kinds if one.name == chosen), kinds[0])
    shown: dict[str, Any] = {"kinds": kinds, "kind": kind}
    if request.method != "POST":
        return render(request, "finance/filing_new.html", shown)
    upload = request.FILES.get("file")
    try:
        if upload is None:
            raise Refused("请选择填好的文件。", "Choose the file that you filled in.", "file")  # noqa: TRY301
        found = actions.take(upload.chunks(), upload.name or "", chosen, actor=membership, at=clock.now())
    except Refused as refused:
        return render(request, "finance/filing_new.html", {**shown, "refused": refused}, status=422)
    return redirect("filing", found.pk)


@require_safe
@as_role(*APPLICANT)
def template(request: HttpRequest, kind: str, language: str) -> HttpResponseBase:
    """The empty workbook of one kind of filing."""
    return template_of(acting(request), kind, language)


def template_of(membership: Membership, kind: str, language: str) -> FileResponse:
    """The workbook to fill in for one kind that a filer files; 404 for any other kind or language."""
    found = next((one for one in kinds_for(membership.organisation.kind) if one.name == kind), None)
    if found is None or language not in {"zh", "en"}:
        raise Http404
    name = f"{found.title.zh}.xlsx" if language == "zh" else f"{kind}.xlsx"
    return attached(lambda file: write_template(file, found, language), name)


@require_safe
@as_role(*SEE)
def one(request: HttpRequest, number: int) -> HttpResponse:
    """How far the work is; then faults, differences and what the law says, line by line."""
    filing = queries.filing_at(number, acting(request))
    kind, list_import = filing_kinds()[filing.kind], filing.list_import
    polled = request.headers.get("HX-Target") == "progress"
    shown: dict[str, Any] = {"filing": filing, "list": list_import, "kind": kind}
    if list_import.state in UNDER_WAY:
        page = "registry/_list_progress.html" if polled else "finance/filing_progress.html"
        return render(request, page, shown)
    if polled:
        return HttpResponse(headers={"HX-Refresh": "true"})
    membership = acting(request)
    tallies = queries.tallies(filing, CHANGES, membership)
    order = ("refused", "noted", "added", "changed", "same")
    first = next((change for change in order if tallies[change]), "added")
    change = request.GET.get("change", first)
    if change not in tallies:
        raise Http404
    pages = paged(request, queries.rows_of(filing, change, membership), tallies[change])
    shown |= {
        **pages,
        "tallies": [one for one in tallies.items() if one[1] or one[0] == change],
        "change": change,
        "rows": queries.shown(pages["page"].object_list, filing),
        "titles": queries.benefit_titles(),
        "mine": filing.filer_id == membership.organisation_id,
        "applicable": any(list_import.counts.get(one) for one in ("added", "changed", "same")),
        "overlaps": queries.overlaps_of(filing, membership).count() if membership.role == Role.OFFICER else 0,
    }
    return render(request, "finance/filing.html", shown)


@require_POST
@as_role(*APPLICANT)
def apply(request: HttpRequest, number: int) -> HttpResponse:
    """Let the lines become facts."""
    return _acted(request, number, actions.apply)


@require_POST
@as_role(*APPLICANT)
def undo(request: HttpRequest, number: int) -> HttpResponse:
    """Take the filing back."""
    return _acted(request, number, actions.undo)


def _acted(request: HttpRequest, number: int, act: Any) -> HttpResponse:
    filing = queries.filing_at(number, acting(request))
    try:
        act(filing, actor=acting(request), at=clock.now())
    except Refused as refused:
        return render(request, "registry/refused.html", {"refused": refused.words}, status=409)
    return redirect("filing", number)


@require_safe
@as_role(*SEE)
def errors(request: HttpRequest, number: int) -> HttpResponseBase:
    """The refused lines, and what the law says of the others, as a workbook."""
    return errors_of(number, acting(request))


def errors_of(number: int, membership: Membership) -> FileResponse:
    """The same of a filing that a membership may see, in the language of the moment."""
    filing = queries.filing_at(number, membership)
    heads = [_("行"), _("主体代码"), _("单位名称"), _("列"), _("现为"), _("应为"), _("怎样改")]
    return attached(
        lambda file: write_listing(file, _("错误和提示"), heads, _faults(filing, membership)),
        f"filing-{number}.xlsx",
    )


def _faults(filing: Filing, membership: Membership) -> Iterator[list[Any]]:
    chosen = language()
    rows = queries.rows_of(filing, ListRow.Change.REFUSED, membership)
    for row in rows.iterator(chunk_size=2_000):
        for fault in row.faults:
            said = [fault["column"], fault["found"], fault["expected"][chosen], fault["remedy"][chosen]]
            yield [row.row, row.code, row.name, *said]
    for note in queries.notes_of(filing, membership).iterator(chunk_size=2_000):
        yield [note.row, "", "", note.benefit, "", note.words[chosen], ""]


@require_safe
@as_role(*SEE)
def lines(request: HttpRequest) -> HttpResponse:
    """The lines that stand: a filer's own, those about one's own organisation, or all for departments."""
    membership = acting(request)
    record = request.GET.get("record", "")
    found = queries.lines(membership, record)
    counts: defaultdict[str, int] = defaultdict(int)
    for name in rules.lines_visible_to(membership).values_list("record", flat=True):
        counts[name] += 1
    pages = paged(request, found)
    shown = {
        **pages,
        "record": record,
        "records": [(name, queries.title_of_record(name), count) for name, count in sorted(counts.items())],
        "rows": queries.shown_lines(pages["page"].object_list),
        "about": membership.role in APPLICANT and not rules.is_filer(membership),
        "files": rules.is_filer(membership),
    }
    return render(request, "finance/lines.html", shown)
