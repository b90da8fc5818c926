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
from kechuang.treasury.forms import SharesForm
from kechuang.treasury.models import Award
from kechuang.treasury.pages import found_or_404, frame

PREFIX: Final = "share"


@require_http_methods(["GET", "HEAD", "POST"])
@as_role(*rules.SEES)
def parts(request: HttpRequest, number: int) -> HttpResponse:
    """The parts of an award; while it has none and nothing is paid, the accountant divides it here."""
    award = found_or_404(lambda: queries.seen_awards(acting(request)).get(pk=number))
    if request.method != "POST":
        return _page(request, award, SharesForm(prefix=PREFIX))
    form = SharesForm(request.POST, prefix=PREFIX)
    if "more" in request.POST:
        return _page(request, award, _with_a_row_more(form))
    refused = None
    if form.is_valid():
        shares = [_share(one) for one in form.cleaned_data if one]  # a row left empty is no payee
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


def _with_a_row_more(form: Any) -> Any:
    """The form with what was typed, not judged yet, and one row."""
    typed = [{name: one[name].value() for name in one.fields} for one in form.forms]
    more = SharesForm(initial=typed, prefix=PREFIX)
    more.extra = 1
    return more


def _page(request: HttpRequest, award: Award, form: Any, *, status: int = 200, **more: Any) -> HttpResponse:
    made = queries.parts_shown(award)
    shown = {
        **frame(request, "to-pay"),
        "award": award,
        "subject": queries.subjects_shown([award.subject])[award.subject],
        "parts": made,
        "in_stages": bool(made) and not any(one.account for one, _state in made),
        "formset": form,
        "may_divide": rules.may_prepare(acting(request)) and not made and not award.payments.exists(),
        **more,
    }
    return render(request, "treasury/parts.html", shown, status=status)
