"""Pages of appropriations, their ledgers and what must come back; batches stand in batch_views."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from kechuang.accounts.acting import acting, as_role
from kechuang.accounts.forms import refuse
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.journal import clock
from kechuang.journal.statements import together
from kechuang.reader.paging import paged
from kechuang.reader.templatetags.kechuang import language
from kechuang.treasury import actions, exporting, lists, queries, rules
from kechuang.treasury.forms import (
    AdjustForm,
    AppropriationForm,
    LedgerFilter,
    ReceiptForm,
    StateFilter,
    SubjectsForm,
)
from kechuang.treasury.models import Appropriation, Entry, Receivable
from kechuang.treasury.names import ACTS
from kechuang.treasury.pages import ROWS, asks, day_or_none, found_or_404, frame

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_EXPORTED: Final = 100_000  # entries in one workbook


def attachment(data: bytes, name: str, media_type: str) -> HttpResponse:
    """A file to keep."""
    response = HttpResponse(data, content_type=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_safe
@as_role(*rules.SEES)
def overview(request: HttpRequest) -> HttpResponse:
    """Every appropriation of a year: how much is paid, committed, reserved, free."""
    who, at = acting(request), clock.now()
    with together([lists.years(who), *asks(request, at)]):
        years, shown = lists.years(who).rows(), frame(request, "appropriations", at)
    asked = request.GET.get("year", "")
    year = (
        int(asked) if asked.isascii() and asked.isdigit() and int(asked) in years else next(iter(years), None)
    )
    rows = lists.of_year(who, year).rows() if year else []
    shown |= {"years": years, "year": year, "rows": rows, "totals": queries.totals_of(rows)}
    return render(request, "treasury/overview.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
@as_role(Role.ACCOUNTANT)
def appropriation_new(request: HttpRequest) -> HttpResponse:
    """Money set aside anew."""
    form = AppropriationForm(request.POST or None, initial={"year": clock.today().year})
    if form.is_valid():
        given = form.cleaned_data
        names = ("year", "measure", "title", "source", "function_code", "economic_code")
        budget = actions.Budget(**{name: given[name] for name in names})
        try:
            made = actions.appropriate(budget, given["amount"], actor=acting(request), at=clock.now())
        except Refused as error:
            refuse(form, error)
        else:
            return redirect("treasury-appropriation", made.pk)
    status = 422 if form.errors else 200
    shown = {**frame(request, "appropriations"), "form": form}
    return render(request, "treasury/appropriation_new.html", shown, status=status)


@require_safe
@as_role(*rules.SEES)
def appropriation(request: HttpRequest, number: int) -> HttpResponse:
    """One appropriation with its ledger."""
    money = found_or_404(lambda: lists.appropriation(acting(request), number))
    return _appropriation(request, money, AdjustForm(), 200)


@require_http_methods(["POST"])
@as_role(Role.ACCOUNTANT)
def adjust(request: HttpRequest, number: int) -> HttpResponse:
    """Make an appropriation larger or smaller."""
    money = found_or_404(lambda: lists.appropriation(acting(request), number))
    form = AdjustForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        try:
            actions.adjust(
                money,
                given["amount"],
                source=given["source"],
                actor=acting(request),
                at=clock.now(),
                from_fen=given["from_fen"],
            )
        except Refused as error:
            money.refresh_from_db()
            form.add_error("source" if error.field == "source" else "amount", error.words.pick(language()))
        else:
            return redirect("treasury-appropriation", number)
    return _appropriation(request, money, form, 422)


@require_http_methods(["POST"])
@as_role(Role.ACCOUNTANT)
def subjects(request: HttpRequest, number: int) -> HttpResponse:
    """Fill in or correct the budget subjects of an appropriation."""
    money = found_or_404(lambda: lists.appropriation(acting(request), number))
    form = SubjectsForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        codes = given["function_code"], given["economic_code"]
        seen = given["from_function_code"], given["from_economic_code"]
        try:
            actions.state_subjects(money, codes, actor=acting(request), at=clock.now(), from_codes=seen)
        except Refused as error:
            money.refresh_from_db()
            form.add_error("function_code", error.words.pick(language()))
        else:
            return redirect("treasury-appropriation", number)
    return _appropriation(request, money, AdjustForm(), 422, form)


def _appropriation(
    request: HttpRequest,
    money: Appropriation,
    form: AdjustForm,
    status: int,
    subjects_form: SubjectsForm | None = None,
) -> HttpResponse:
    codes = {"function_code": money.function_code, "economic_code": money.economic_code}
    wanted, filters = _wanted(request)
    sums, found = lists.ledger(acting(request), wanted, money)
    pages = paged(request, found, sum(one["entries"] for one in sums), ROWS)
    held = list(queries.reserves_of(money))
    subjects = [one.subject for one in held] + [entry["subject"] for entry in pages["page"]]
    shown = {
        **frame(request, "appropriations"),
        "money": money,
        "held": held,
        "form": subjects_form or form,
        "adjust": form,
        "subjects_form": subjects_form or SubjectsForm(initial=codes),
        "filters": filters,
        "narrowed": wanted != queries.Wanted(),
        **pages,
        "subjects": queries.subjects_shown(subjects),
        "sums": sums,
    }
    return render(request, "treasury/appropriation.html", shown, status=status)


def _wanted(request: HttpRequest) -> tuple[queries.Wanted, LedgerFilter]:
    """The filters of the address; what cannot be read counts as not given."""
    filters = LedgerFilter(request.GET)
    filters.is_valid()
    given: dict[str, Any] = filters.cleaned_data
    since, until = day_or_none(given.get("since")), day_or_none(given.get("until"))
    return queries.Wanted(given.get("act", ""), given.get("q", ""), since, until), filters


@require_safe
@as_role(*rules.SEES)
def ledger_file(request: HttpRequest, number: int) -> HttpResponse:
    """The entries that the page shows, all of them, as a workbook."""
    money = found_or_404(lambda: lists.appropriation(acting(request), number))
    wanted, _ = _wanted(request)
    found = queries.entries(acting(request), wanted, money)[:MOST_EXPORTED]
    data = exporting.ledger_of(found, {act: str(name) for act, name in ACTS.items()})
    return attachment(data, f"ledger-{money.year}-{money.measure}-{money.pk}.xlsx", XLSX)


@require_safe
@as_role(*rules.SEES)
def entry(request: HttpRequest, number: int) -> HttpResponse:
    """One entry, and all that it rests on: voucher, payment, batch, award, case, clause."""
    found = found_or_404(lambda: queries.entries(acting(request), queries.Wanted()).get(pk=number))
    shown = {**frame(request, "appropriations"), "chain": queries.chain_of(found)}
    return render(request, "treasury/entry.html", shown)


@require_safe
@as_role(*rules.SEES)
def receivables(request: HttpRequest) -> HttpResponse:
    """Money that must come back, what is overdue first."""
    filters = StateFilter(request.GET)
    state = filters.cleaned_data["state"] if filters.is_valid() else ""
    totals, found = lists.receivables_in_pages(acting(request), clock.today(), state)
    pages = paged(request, found, totals["count"], ROWS)
    shown = {
        **frame(request, "receivables"),
        "filters": filters,
        **pages,
        "subjects": queries.subjects_shown(one["award__subject"] for one in pages["page"]),
        "today": clock.today(),
        "totals": totals,
    }
    return render(request, "treasury/receivables.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
@as_role(*rules.SEES)
def receivable(request: HttpRequest, number: int) -> HttpResponse:
    """One receivable: instalments, what came back; an accountant enters what comes."""
    today = clock.today()
    due = found_or_404(lambda: queries.receivable(acting(request), number, today))
    form = ReceiptForm(request.POST or None, today=today, initial={"on": today})
    if request.method == "POST" and form.is_valid() and _received(request, due, form):
        return redirect("treasury-receivable", number)
    entries = due.entries.select_related("entered_by__user").order_by("id")
    shown = {
        **frame(request, "receivables"),
        "due": due,
        "today": today,
        "form": form,
        "plan": queries.plan_of(due, today),
        "entries": entries,
        "subject": queries.subjects_shown([due.award.subject])[due.award.subject],
    }
    return render(request, "treasury/receivable.html", shown, status=422 if form.errors else 200)


def _received(request: HttpRequest, due: Receivable, form: ReceiptForm) -> Entry | None:
    """The entry of a receipt; None when the form says why not."""
    given, at = form.cleaned_data, clock.now()
    try:
        return actions.receive(
            due, given["amount"], given["on"], given["voucher"], actor=acting(request), at=at
        )
    except Refused as error:
        form.add_error("amount" if error.field == "amount_fen" else None, error.words.pick(language()))
        return None
