"""Lists of departments: taken in, compared, applied, undone."""

from __future__ import annotations

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
from kechuang.exchange.lists import write_list_template, write_listing
from kechuang.journal import clock
from kechuang.policy.language.vocabulary import load_vocabulary
from kechuang.reader.paging import paged
from kechuang.reader.templatetags.kechuang import language
from kechuang.registry import actions, queries, showing
from kechuang.registry.lists.showing import shown_rows
from kechuang.registry.models import ListImport, ListRow
from kechuang.registry.views.common import attached

SEE_LISTS: Final = (Role.OFFICER, Role.DECIDER, Role.AUDITOR)
State = ListImport.State
UNDER_WAY: Final = (State.WAITING, State.READING, State.COMPARING, State.APPLYING, State.UNDOING)
CHANGES: Final = ("added", "changed", "ended", "refused", "same")


@require_safe
@as_role(*SEE_LISTS)
def every(request: HttpRequest) -> HttpResponse:
    """All lists."""
    pages = paged(request, queries.list_imports())
    pages["page"].object_list = queries.lists_seen_by(acting(request), pages["page"].object_list)
    shown = {
        **pages,
        "records": load_vocabulary().records,
        "imports": acting(request).role == Role.OFFICER,
    }
    return render(request, "registry/lists.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
@as_role(Role.OFFICER)
def new(request: HttpRequest) -> HttpResponse:
    """Take a list in; its differences are worked out in the background."""
    shown: dict[str, Any] = {
        "kinds": load_vocabulary().records,
        "record": request.POST.get("record") or request.GET.get("record", "statuses"),
        "given": request.POST,
    }
    if request.method != "POST":
        return render(request, "registry/list_new.html", shown)
    upload = request.FILES.get("file")
    try:
        if upload is None:
            raise Refused("请选择填好的名录。", "Choose the list that you filled in.", "file")  # noqa: TRY301
        found = actions.take_list(
            upload,
            shown["record"],
            title=request.POST.get("title", "").strip(),
            complete="complete" in request.POST,
            register_unknown="register_unknown" in request.POST,
            actor=acting(request),
            at=clock.now(),
        )
    except Refused as refused:
        return render(request, "registry/list_new.html", {**shown, "refused": refused}, status=422)
    return redirect("list", found.pk)


@require_safe
@as_role(Role.OFFICER)
def template(_request: HttpRequest, record: str, language: str) -> HttpResponseBase:
    """The empty list of one kind of record."""
    return template_of(record, language)


def template_of(record: str, language: str) -> FileResponse:
    """The workbook to fill in for one kind of record; 404 where there is no such kind or language."""
    kind = load_vocabulary().records.get(record)
    if kind is None or language not in {"zh", "en"}:
        raise Http404
    name = f"{kind.title.zh}名录.xlsx" if language == "zh" else f"{record}-list.xlsx"
    return attached(lambda file: write_list_template(file, kind, load_vocabulary(), language), name)


@require_safe
@as_role(*SEE_LISTS)
def one(request: HttpRequest, number: int) -> HttpResponse:
    """How far the work is; then what the list changes, row by row."""
    found = queries.list_import_at(number)
    polled = request.headers.get("HX-Target") == "progress"
    if found.state in UNDER_WAY:
        page = "registry/_list_progress.html" if polled else "registry/list_progress.html"
        return render(request, page, {"list": found, "kind": load_vocabulary().records[found.record]})
    if polled:
        return HttpResponse(headers={"HX-Refresh": "true"})
    (found,) = queries.lists_seen_by(acting(request), [found])
    tallies = [(change, found.counts.get(change, 0)) for change in CHANGES]
    first = next((change for change, count in tallies if count), "added")
    change = request.GET.get("change", first)
    if change not in CHANGES:
        raise Http404
    pages = paged(request, queries.list_rows(found, change, acting(request)), found.counts.get(change, 0))
    shown = {
        **pages,
        "list": found,
        "kind": load_vocabulary().records[found.record],
        "tallies": tallies,
        "change": change,
        "rows": shown_rows(pages["page"].object_list, found.record),
        "imports": acting(request).role == Role.OFFICER,
        "kept": [showing.shown(fact) for fact in _kept(found, acting(request))],
    }
    return render(request, "registry/list.html", shown)


def _kept(found: ListImport, membership: Membership) -> Any:
    """The first facts that undoing left alone."""
    return (
        queries.kept_when_undone(found, membership)[:50]
        if found.state == State.UNDONE and found.counts.get("kept")
        else []
    )


@require_POST
@as_role(Role.OFFICER)
def apply(request: HttpRequest, number: int) -> HttpResponse:
    """Let the list become facts."""
    return _acted(request, number, actions.apply_list)


@require_POST
@as_role(Role.OFFICER)
def undo(request: HttpRequest, number: int) -> HttpResponse:
    """Take the list back."""
    return _acted(request, number, actions.undo_list)


def _acted(request: HttpRequest, number: int, act: Any) -> HttpResponse:
    found = queries.list_import_at(number)
    try:
        act(found, actor=acting(request), at=clock.now())
    except Refused as refused:
        return render(request, "registry/refused.html", {"refused": refused.words}, status=409)
    return redirect("list", number)


@require_safe
@as_role(*SEE_LISTS)
def errors(request: HttpRequest, number: int) -> HttpResponseBase:
    """The refused rows as a workbook."""
    return errors_of(number, acting(request))


def errors_of(number: int, membership: Membership) -> FileResponse:
    """The refused rows of a list that a membership may know of, in the language of the moment."""
    found = queries.list_import_at(number)
    heads = [_("行"), _("主体代码"), _("单位名称"), _("列"), _("现为"), _("应为"), _("怎样改")]
    rows = queries.list_rows(found, ListRow.Change.REFUSED, membership)
    return attached(
        lambda file: write_listing(file, _("未受理的行"), heads, _faults(rows)), f"list-{number}.xlsx"
    )


def _faults(rows: Any) -> Iterator[list[Any]]:
    chosen = language()
    for row in rows.iterator(chunk_size=2_000):
        for fault in row.faults:
            said = [fault["column"], fault["found"], fault["expected"][chosen], fault["remedy"][chosen]]
            yield [row.row, row.code, row.name, *said]
