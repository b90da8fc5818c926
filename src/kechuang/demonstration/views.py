"""The way into the demonstration: whose place to take, and a clock that can be put forward."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from kechuang.accounts.models import User
from kechuang.demonstration.people import PASSWORD, accounts
from kechuang.fulfilment import clockwork
from kechuang.journal import clock

STEPS: Final = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7)}


@require_safe
def demo(request: HttpRequest) -> HttpResponse:
    """Who can sign in, and what time it is here."""
    shown = {"accounts": accounts(), "password": PASSWORD, "now": clock.now()}
    return render(request, "demonstration/demo.html", shown)


@require_POST
def enter(request: HttpRequest) -> HttpResponse:
    """Take the place of one of the invented people, without typing the password."""
    known = {one.username for one in accounts()}
    user = User.objects.filter(username=request.POST.get("username", ""), username__in=known).first()
    if user is None:
        raise Http404
    login(request, user)
    return redirect("start")


@require_POST
def forward(request: HttpRequest) -> HttpResponse:
    """Put the clock forward, and let happen what is due then."""
    step = STEPS.get(request.POST.get("step", ""))
    if step is None:
        raise Http404
    clock.put_forward(step)
    clockwork.strike(clock.now())
    return redirect("demo")
