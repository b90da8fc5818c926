"""Pages of payments: what is due, batches, their file for the budget system, the bank's answer."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from datetime import date
from typing import Any, Final

from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kechuang.accounts.acting import acting, as_role
from kechuang.accounts.models import Membership
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.journal import clock
from kechuang.policy.language.values import Words
from kechuang.reader.paging import paged
from kechuang.treasury import actions, bank_files, exporting, lists, queries, returned, rules
from kechuang.treasury.forms import ReasonForm, ResultForm, StateFilter, ToPayFilter
from kechuang.treasury.models import Award, Batch, Part
from kechuang.treasury.pages import ROWS, found_or_404, frame
from kechuang.treasury.paying import MOST_PAYMENTS
from kechuang.treasury.views import XLSX, attachment

SIGNED_FOR: Final = 3600  # seconds that a dry run may be confirmed within
SALT: Final = "kechuang.treasury.bank-result"


@require_http_methods(["GET", "HEAD", "POST"])
@as_role(*rules.SEES)
def to_pay(request: HttpRequest) -> HttpResponse:
    """Awards that may be paid now; the accountant chooses some, or all that are filtered, and prepares a batch."""
    who, at = acting(request), clock.now()
    filters = ToPayFilter(request.GET)
    given = filters.cleaned_data if filters.is_valid() else {}
    chosen: dict[str, Any] = {name: given.get(name) or None for name in ("appropriation",)}
    chosen |= {"measure": given.get("measure", ""), "q": given.get("q", "")}
    refused: Words | None = None
    if request.method == "POST":
        try:
            awards, parts = _chosen(request, queries.to_pay(who, at, **chosen))
            batch = actions.prepare_batch(awards, parts=parts, actor=who, at=at)
        except Refused as error:
            refused = error.words
        else:
            return redirect(f"{reverse('treasury-batch', args=[batch.number])}?done=prepared")
    count, total_fen, found = lists.to_pay_in_pages(who, at, **chosen)
    pages, money = paged(request, found, count, ROWS), lists.every_appropriation(who).rows()
    rows = lists.with_parts(pages["page"].object_list, at)
    own_tally = {} if any(chosen.values()) else {"to_pay": count}
    shown = {
        **frame(request, "to-pay", at, **own_tally),
        "filters": filters,
        **pages,
        "rows": rows,
        "subjects": queries.subjects_shown(award["subject"] for award in rows),
        "returns": returned.returns(rows),
        "total_fen": total_fen,
        "measures": list(dict.fromkeys(one.measure for one in money)),
        "appropriations": money,
        "waiting": lists.not_yet_payable(who, at),
        "refused": refused,
        "ticked": (set(request.POST.getlist("award")), set(request.POST.getlist("part")))
        if rules.may_prepare(who)
        else None,
        "most": MOST_PAYMENTS,
    }
    return render(request, "treasury/to_pay.html", shown, status=422 if refused else 200)


def _chosen(request: HttpRequest, found: Any) -> tuple[list[Award], list[Part]]:
    """The awards and parts ticked, or all of the filtered list."""
    if request.POST.get("which") == "all":
        return list(found[: MOST_PAYMENTS + 1]), []
    numbers, parts = _numbers(request, "award"), _numbers(request, "part")
    found = Part.objects.filter(pk__in=parts, award__in=queries.seen_awards(acting(request)))
    return list(queries.awards_numbered(acting(request), numbers)), list(found)


def _numbers(request: HttpRequest, name: str) -> set[int]:
    return {int(value) for value in request.POST.getlist(name) if value.isascii() and value.isdigit()}


@require_safe
@as_role(*rules.SEES)
def batches(request: HttpRequest) -> HttpResponse:
    """All batches, the newest first."""
    filters = StateFilter(request.GET, of=Batch)
    state = filters.cleaned_data["state"] if filters.is_valid() else ""
    count, found = lists.batches_in_pages(acting(request), state)
    pages = paged(request, found, count, ROWS)
    rows = lists.with_sums(pages["page"].object_list)
    shown = {**frame(request, "batches"), "filters": filters, **pages, "rows": rows}
    return render(request, "treasury/batches.html", shown)


@require_safe
@as_role(*rules.SEES)
def batch(request: HttpRequest, number: str) -> HttpResponse:
    """One batch: its payments, and the next act of whoever may do it."""
    return _batch(request, _batch_of(request, number))


def _batch_of(request: HttpRequest, number: str) -> Batch:
    return found_or_404(lambda: lists.batch(acting(request), number))


def _batch(request: HttpRequest, of_batch: Batch, **more: Any) -> HttpResponse:
    """The page of a batch; more: `refused`, what an act said no with, or `form` of a result file."""
    count, stopped, found = lists.lines_in_pages(of_batch)
    pages = paged(request, found, count, ROWS)
    shown = {
        **frame(request, "batches"),
        "batch": of_batch,
        **pages,
        "subjects": queries.subjects_shown(line["award__subject"] for line in pages["page"]),
        "own": of_batch.prepared_user == acting(request).user_id,
        "stopped": stopped,
        "form": ResultForm(),
        **more,
    }
    return render(request, "treasury/batch.html", shown, status=422 if more else 200)


@require_POST
@as_role(Role.ACCOUNTANT, Role.TREASURER)
def batch_act(request: HttpRequest, number: str, act: str) -> HttpResponse:
    """Approve, withdraw, take one payment out, mark as sent: what fits is done, else the page says why not."""
    of_batch, who, at = _batch_of(request, number), acting(request), clock.now()
    reason = ReasonForm(request.POST)
    words = reason.cleaned_data["reason"] if reason.is_valid() else ""
    acts: dict[str, Callable[[], object]] = {
        "approve": lambda: actions.approve_batch(of_batch, actor=who, at=at, seen_fen=_seen_fen(request)),
        "withdraw": lambda: actions.withdraw_batch(of_batch, reason=_given(words), actor=who, at=at),
        "take-out": lambda: _take_out(request, of_batch, _given(words)),
        "send": lambda: actions.mark_sent(
            of_batch, actor=who, at=at, file_hash=request.POST.get("file_hash", "")
        ),
    }
    if act not in acts:
        raise Http404
    try:
        acts[act]()
    except Refused as error:
        return _batch(request, _batch_of(request, number), refused=error.words)
    return redirect(f"{reverse('treasury-batch', args=[number])}?done={act}")


def _seen_fen(request: HttpRequest) -> int:
    """The sum that the button has shown; 0, which no batch adds up to, where a form does not say it."""
    said = request.POST.get("seen_fen", "")
    return int(said) if re.fullmatch("[0-9]{1,18}", said) else 0


def _given(reason: str) -> str:
    if not reason:
        raise Refused("请写明原因。", "Give the reason.", "reason")
    return reason


def _take_out(request: HttpRequest, of_batch: Batch, reason: str) -> None:
    payment = found_or_404(lambda: of_batch.payments.get(number=request.POST.get("payment", "")))
    actions.withdraw_payment(payment, reason=reason, actor=acting(request), at=clock.now())


@require_safe
@as_role(*rules.SEES)
def batch_file(request: HttpRequest, number: str, kind: str) -> HttpResponse:
    """The file for the budget system as CSV or workbook, or the form for the bank's answer. Who took it is recorded."""
    of_batch = _batch_of(request, number)
    try:
        return file_of(of_batch, kind, acting(request))
    except Refused as error:
        return _batch(request, of_batch, refused=error.words)


def file_of(of_batch: Batch, kind: str, actor: Membership) -> HttpResponse:
    """A file of a batch: csv, xlsx or answer. Who took it is recorded. Raises Refused."""
    number = of_batch.number
    name = f"batch-{number}.csv" if kind == "csv" else f"batch-{number}-{kind}.xlsx"
    if kind == "csv":
        data = exporting.csv_of(of_batch)
    elif kind == "answer":
        data = exporting.answer_form_of(of_batch, bank_files.COLUMNS)
    else:
        data = exporting.workbook_of(of_batch)
    actions.note_export(of_batch, name=name, sha256=exporting.hash_of(data), actor=actor, at=clock.now())
    return attachment(data, name, "text/csv; charset=utf-8" if kind == "csv" else XLSX)


@require_POST
@as_role(Role.ACCOUNTANT)
def batch_results(request: HttpRequest, number: str) -> HttpResponse:
    """The bank's answer: first a dry run with every row; confirmed, it is entered."""
    of_batch = _batch_of(request, number)
    if "signed" in request.POST:
        return _enter_results(request, of_batch)
    form = ResultForm(request.POST, request.FILES)
    if not form.is_valid():
        return _batch(request, of_batch, form=form)
    file = form.cleaned_data["file"]
    try:
        checked = bank_files.check(of_batch, bank_files.read(file.name, file), clock.today())
    except Refused as error:
        return _batch(request, of_batch, refused=error.words)
    shown = {
        **frame(request, "batches"),
        "batch": of_batch,
        "checked": checked,
        "file": file.name,
        "signed": "" if checked.faults else _signed(of_batch, checked.results),
    }
    return render(request, "treasury/results.html", shown, status=422 if checked.faults else 200)


def _signed(of_batch: Batch, results: list[actions.Result]) -> str:
    """The checked results, so that what is confirmed is what was shown."""
    rows = [
        [*dataclasses.astuple(result)[:2], result.on.isoformat(), result.reference, result.reason]
        for result in results
    ]
    return signing.dumps([of_batch.number, rows], salt=SALT, compress=True)


def _enter_results(request: HttpRequest, of_batch: Batch) -> HttpResponse:
    try:
        number, rows = signing.loads(request.POST["signed"], salt=SALT, max_age=SIGNED_FOR)
    except signing.BadSignature:
        words = Words(
            "核对结果已超过一小时。请重新上传文件。", "The check is over an hour old. Upload the file again."
        )
        return _batch(request, of_batch, refused=words)
    if number != of_batch.number:
        raise Http404
    results = [
        actions.Result(name, paid, date.fromisoformat(on), reference, reason)
        for name, paid, on, reference, reason in rows
    ]
    try:
        actions.settle(of_batch, results, actor=acting(request), at=clock.now())
    except Refused as error:
        return _batch(request, _batch_of(request, number), refused=error.words)
    return redirect(f"{reverse('treasury-batch', args=[number])}?done=results")
