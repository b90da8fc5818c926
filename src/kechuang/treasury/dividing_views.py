"""The page on which an award is divided among payees, once, before anything of it is paid."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from kechuang.accounts.acting import acting, as_role
from kechuang.accounts.refusals import Refused
from kechuang.journal import clock
from kechuang.treasury import actions, queries, rules
from kechuang.treasury.dividing import MOST_PARTS
from kechuang.treasury.forms import SharesForm
from kechuang.treasury.models import Award
from kechuang.treasury.paging import found_or_404, frame

PREFIX: Final = "share"
ROWS: Final = 3
"""Payees asked for at first; a button adds one."""


@require_http_methods(["GET", "HEAD", "POST"])
@as_role(*rules.SEES)
def parts(request: HttpRequest, number: int) -> HttpResponse:
    """The parts of an award; while it has none and nothing is paid, the accountant divides it here."""
    award = found_or_404(lambda: queries.seen_awards(acting(request)).get(pk=number))
    if request.method != "POST":
        return _page(request, award, _blank(ROWS))
    if "more" in request.POST:
        return _page(request, award, _blank(ROWS, request))
    form = SharesForm(_filled(request), prefix=PREFIX)
    refused = None
    if form.is_valid():
        shares = [_share(one) for one in form.cleaned_data]
        try:
            actions.divide_among(award, shares, actor=acting(request), at=clock.now())
        except Refused as error:
            refused = error.words
        else:
            return redirect("treasury-award-parts", number)
    return _page(request, award, form, refused=refused, status=422)


def _share(given: dict[str, Any]) -> actions.Share:
    return actions.Share(
        given["title"], given["amount"], given["holder"].strip(), given["bank"].strip(), given["account"]
    )


def _rows(request: HttpRequest) -> list[dict[str, str]]:
    """What was typed, row by row."""
    asked = request.POST.get(f"{PREFIX}-TOTAL_FORMS", "")
    count = min(int(asked), MOST_PARTS) if asked.isascii() and asked.isdigit() and len(asked) < ROWS else 0
    names = list(SharesForm.form.base_fields)
    return [{name: request.POST.get(f"{PREFIX}-{row}-{name}", "") for name in names} for row in range(count)]


def _filled(request: HttpRequest) -> dict[str, str]:
    """The rows in which something stands, numbered anew: rows left empty are no payees."""
    rows = [row for row in _rows(request) if any(value.strip() for value in row.values())]
    rows = rows or _rows(request)[:1] or [{}]
    found = {f"{PREFIX}-{at}-{name}": value for at, row in enumerate(rows) for name, value in row.items()}
    return found | {f"{PREFIX}-TOTAL_FORMS": str(len(rows)), f"{PREFIX}-INITIAL_FORMS": "0"}


def _blank(rows: int, request: HttpRequest | None = None) -> Any:
    """The form before it is sent: empty, or with what was typed and one row more."""
    typed: list[dict[str, str]] = [] if request is None else _rows(request)
    initial = [*typed, {}] if typed else [{}] * rows
    return SharesForm(initial=initial[:MOST_PARTS], prefix=PREFIX)


def _page(request: HttpRequest, award: Award, form: Any, *, status: int = 200, **more: Any) -> HttpResponse:
    made = list(award.parts.order_by("number"))
    shown = {
        **frame(request, "to-pay"),
        "award": award,
        "subject": queries.subjects_shown([award.subject])[award.subject],
        "parts": made,
        "formset": form,
        "may_divide": rules.may_prepare(acting(request)) and not made and not award.payments.exists(),
        **more,
    }
    return render(request, "treasury/parts.html", shown, status=status)
