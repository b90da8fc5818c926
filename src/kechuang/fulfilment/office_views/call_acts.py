"""What a department does with a call: publish, extend, withdraw, offer to whom a sweep found, share out the money."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from kechuang.accounts.acting import acting, as_role
from kechuang.accounts.forms import refuse
from kechuang.accounts.models import Membership
from kechuang.accounts.refusals import Refused
from kechuang.fulfilment import applying, calls, holding, office_queries, queries, rules, sharing_out
from kechuang.fulfilment.fields import local
from kechuang.fulfilment.models import Call
from kechuang.fulfilment.office_forms import ExtendForm, PublishForm, ReasonForm
from kechuang.fulfilment.office_views.calls import described
from kechuang.fulfilment.office_views.frame import CALL_OFFICE
from kechuang.journal import clock
from kechuang.reader.paging import paged

POST_OR_READ: Final = ["GET", "HEAD", "POST"]
LINES: Final = 50


def _own_call(request: HttpRequest, number: str, *states: Call.State) -> Call:
    """A call of the person's own department in one of these states; 404 for any other."""
    membership = acting(request)
    call = queries.call_at(number, membership)
    if not rules.may_manage(membership, call) or call.state not in states:
        raise Http404
    return call


Act = Callable[[Call, dict[str, Any], Membership, datetime], object]


def _asked(
    request: HttpRequest, call: Call, form: forms.Form, act: Act, shown: dict[str, Any]
) -> HttpResponse:
    """A page that asks once and then acts."""
    if request.method == "POST" and form.is_valid():
        try:
            act(call, form.cleaned_data, acting(request), clock.now())
        except Refused as refused:
            refuse(form, refused)
        else:
            return redirect("call", call.number)
    page = {**described(call), "form": form, **shown}
    return render(request, "fulfilment/office/call_act.html", page, status=422 if form.errors else 200)


@require_http_methods(POST_OR_READ)
@as_role(*CALL_OFFICE)
def publish(request: HttpRequest, number: str) -> HttpResponse:
    """Publish a draft; the page says what will happen."""
    call = _own_call(request, number, Call.State.DRAFT)
    form = PublishForm(
        request.POST or None, initial={"reserve": call.reserved_fen or call.appropriation.free_fen}
    )
    return _asked(
        request, call, form,
        lambda call, given, actor, at: calls.publish(call, reserve_fen=given["reserve"], actor=actor, at=at),
        {"act": "publish", "scheduled": bool(call.publish_at and call.publish_at > clock.now())},
    )  # fmt: skip


@require_http_methods(POST_OR_READ)
@as_role(*CALL_OFFICE)
def extend(request: HttpRequest, number: str) -> HttpResponse:
    """Give everybody more time."""
    call = _own_call(request, number, Call.State.PUBLISHED)
    form = ExtendForm(request.POST or None, initial={"closes_at": local(call.closes_at)})
    return _asked(
        request, call, form,
        lambda call, given, actor, at: calls.extend(call, given["closes_at"], given["reason"], actor=actor, at=at),
        {"act": "extend"},
    )  # fmt: skip


@require_http_methods(POST_OR_READ)
@as_role(*CALL_OFFICE)
def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    """Take back a call that nobody has applied to."""
    call = _own_call(request, number, Call.State.DRAFT, Call.State.PUBLISHED)
    form = ReasonForm(request.POST or None)
    return _asked(
        request, call, form,
        lambda call, given, actor, at: calls.withdraw(call, given["reason"], actor=actor, at=at),
        {"act": "withdraw"},
    )  # fmt: skip


@require_http_methods(POST_OR_READ)
@as_role(*CALL_OFFICE)
def offers(request: HttpRequest, number: str) -> HttpResponse:
    """Whom the sweep found, with the reasons, and whom not; offer the award to those ticked."""
    call = _own_call(request, number, *Call.State)
    if call.sweep is None:
        raise Http404
    found, out = (
        office_queries.swept(call.sweep, acting(request), inside=inside) for inside in (True, False)
    )
    problem = None
    if request.method == "POST":
        wanted = found if "all" in request.POST else found.filter(pk__in=_numbers(request, "line"))
        try:
            new = applying.offer(call, wanted, actor=acting(request), at=clock.now())
        except Refused as refused:
            problem = refused.words
        else:
            return redirect(f"{reverse('call-offers', args=[number])}?sent={new}")
    side = "out" if request.GET.get("side") == "out" else "in"
    shown = {
        **described(call),
        "side": side,
        **paged(request, out if side == "out" else found, rows=LINES),
        "inside": found.count(),
        "outside": out.count(),
        "offered": office_queries.offered_to(call),
        "elsewhere": {},
        "problem": problem,
        "sent": request.GET.get("sent", ""),
        "because": sharing_out.reasons_of(call),
    }
    if side == "in":
        shown["elsewhere"] = holding.live_elsewhere(call, [one.organisation_id for one in shown["page"]])
    return render(request, "fulfilment/office/call_offers.html", shown, status=422 if problem else 200)


@require_http_methods(POST_OR_READ)
@as_role(*CALL_OFFICE)
def settle(request: HttpRequest, number: str) -> HttpResponse:
    """Share out the money: claims, what is available, what the stated rule makes of it, then once to confirm."""
    call = _own_call(request, number, Call.State.CLOSED, Call.State.SETTLED)
    membership, at, problem = acting(request), clock.now(), None
    if request.method == "POST":
        try:
            if "ranks" in request.POST:
                sharing_out.rank(call, _ranks(request), actor=membership, at=at)
                return redirect("call-settle", number)
            calls.settle(call, actor=membership, at=at)
        except Refused as refused:
            problem = refused.words
        else:
            return redirect("call", number)
    try:
        rules.applies_to_all(membership, call)
    except Refused as refused:
        away = {**described(call), "problem": refused.words}
        return render(request, "fulfilment/office/call_settle.html", away, status=409)
    outcome = sharing_out.preview(call)
    shown = {**described(call), "outcome": outcome, "problem": problem, "typed": _typed(request)}
    return render(request, "fulfilment/office/call_settle.html", shown, status=422 if problem else 200)


def _numbers(request: HttpRequest, name: str) -> list[int]:
    return [int(one) for one in request.POST.getlist(name) if one.isdecimal() and len(one) < 19]  # noqa: PLR2004 - bigint


def _typed(request: HttpRequest) -> dict[str, str]:
    return {
        name.removeprefix("rank-"): str(text)
        for name, text in request.POST.items()
        if name.startswith("rank-")
    }


def _ranks(request: HttpRequest) -> dict[str, int | None]:
    """{number of the case: rank}; what is no whole number from 1 up is refused with its place."""
    found: dict[str, int | None] = {}
    for number, text in _typed(request).items():
        if text.strip() and not (text.strip().isdecimal() and 0 < int(text) < 1_000_000):  # noqa: PLR2004 - a place
            raise Refused(
                f"{number}：名次须是从 1 起的整数。", f"{number}: a rank is a whole number from 1 up."
            )
        found[number] = int(text) if text.strip() else None
    return found
