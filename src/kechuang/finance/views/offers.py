"""What finance an organisation can get, and what each offer would cost it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kechuang.accounts.acting import acting, as_role
from kechuang.accounts.roles import Role
from kechuang.entitlements.releasing import version_in_force
from kechuang.finance.forms import WishForm
from kechuang.finance.offers import Wish, offers
from kechuang.journal import clock


@require_safe
@as_role(Role.MANAGER, Role.CLERK)
def mine(request: HttpRequest) -> HttpResponse:
    """All finance offers for one's own organisation, tried with the sums that it types."""
    form = WishForm(request.GET or None)
    given = {}
    if form.is_bound and form.is_valid():
        given = {name: value for name, value in form.cleaned_data.items() if value not in (None, "")}
    wish = Wish(**given)
    found = offers(acting(request).organisation, version_in_force(), wish, on=clock.today(), at=clock.now())
    shown = {"offers": found, "wish": wish, "form": form, "on": clock.today()}
    return render(request, "finance/offers.html", shown)
