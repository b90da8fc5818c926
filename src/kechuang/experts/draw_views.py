"""Pages of recusals, for all staff, and of draws, for everybody."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kechuang.accounts.acting import acting, acting_or_none, as_role
from kechuang.accounts.models import Membership
from kechuang.accounts.roles import Role
from kechuang.experts import declaring, drawing, queries, replaying, rules
from kechuang.experts import forms as asked
from kechuang.experts.catalogue import fields, grounds
from kechuang.experts.pages import STAFF_ROLES, done
from kechuang.journal import clock
from kechuang.reader.paging import paged


@require_http_methods(["GET", "HEAD", "POST"])
@as_role(*STAFF_ROLES)
def recusals(request: HttpRequest) -> HttpResponse:
    """What one stays away from, and a form to say more; auditors read everybody's."""
    who = acting(request)
    form = asked.TieForm("self", request.POST or None)
    if request.method == "POST" and done(
        form, lambda given: declaring.declare(declaring.Said(**given), actor=who, at=clock.now())
    ):
        return redirect("recusals")
    ties = list(queries.ties(who)[:500])
    shown = {
        "form": form,
        "grounds": grounds(),
        "ties": [(one, declaring.may_withdraw(who, one)) for one in ties],
        "everybody": who.role == Role.AUDITOR,
        "reads_more": who.role in {Role.AUDITOR, Role.OFFICER, Role.DECIDER},
        "today": clock.today(),
        **paged(request, queries.recusals(who)),
    }
    return render(request, "experts/recusals.html", shown, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@as_role(Role.OFFICER)
def withdraw(request: HttpRequest, number: int) -> HttpResponse:
    """Take back a tie that was entered by mistake."""
    who = acting(request)
    tie = queries.tie_at(number, who)
    if not declaring.may_withdraw(who, tie) or tie.withdrawn_at:
        raise Http404
    form = asked.ReasonForm(request.POST or None)
    if request.method == "POST" and done(
        form, lambda given: declaring.withdraw(tie, why=given["reason"], actor=who, at=clock.now())
    ):
        return redirect("recusals")
    shown = {"tie": tie, "ground": grounds().get(tie.kind), "form": form}
    return render(request, "experts/withdraw.html", shown, status=422 if form.errors else 200)


@require_safe
def draws(request: HttpRequest) -> HttpResponse:
    """All draws, the newest first."""
    who = acting_or_none(request)
    shown = {"may_draw": bool(who and who.role == Role.OFFICER), **paged(request, queries.draws(), rows=30)}
    return render(request, "experts/draws.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
@as_role(Role.OFFICER)
def new(request: HttpRequest) -> HttpResponse:
    """Prepare a draw: what for, how many, of which fields, on which days."""
    who = acting(request)
    form = asked.DrawForm(request.POST or None)
    made: list[Any] = []
    if request.method == "POST" and done(form, lambda given: made.append(_prepare(form, given, who))):
        return redirect("draw", made[0].number)
    return render(request, "experts/draw_new.html", {"form": form}, status=422 if form.errors else 200)


def _prepare(form: asked.DrawForm, given: dict[str, Any], who: Membership) -> object:
    subject, parties = drawing.find_parties(given["subject"].strip(), who)
    plan = drawing.Plan(
        purpose=given["purpose"],
        seats=given["seats"],
        substitutes=given["substitutes"],
        days=form.days(),
        fields=tuple(given["fields_"]),
        organisations=tuple(parties),
        subject=subject,
    )
    return drawing.prepare(plan, actor=who, at=clock.now())


@require_safe
def draw(request: HttpRequest, number: str) -> HttpResponse:
    """One draw: hashes, pool with masked names, exclusions by reason, the outcome, and whether it replays."""
    return _draw(request, number)


def _draw(request: HttpRequest, number: str, **more: Any) -> HttpResponse:
    found, who = queries.draw_at(number), acting_or_none(request)
    told = drawing.exported(found)
    runs = bool(who and rules.may_run(who, found))
    names = {one["key"]: one["name"] for one in told["pool"]["eligible"]}
    places = {one["key"]: one["place"] for one in told["drawn"]}
    drawn = queries.drawn_of(found)
    seated = {one.pk for one in found.seated()}
    shown = {
        "draw": found,
        "told": told,
        "fields": fields(),
        "excluded": sorted(
            Counter(why for one in told["pool"]["excluded"] for why in one["reasons"]).items()
        ),
        "drawn": [(one, names.get(one.expert.key, ""), one.pk in seated) for one in drawn],
        "places": places,
        "differences": replaying.verify(told),
        "runs": runs,
        "form": asked.CarryOutForm(prefix="carry"),
        "cancel_form": asked.ReasonForm(prefix="cancel"),
        "decline_form": asked.DeclineForm(prefix="decline"),
        **more,
    }
    return render(request, "experts/draw.html", shown, status=422 if more else 200)


@require_safe
def as_json(_request: HttpRequest, number: str) -> HttpResponse:
    """The whole draw as a file that `kechuang draw verify` takes."""
    found = queries.draw_at(number)
    response = HttpResponse(replaying.canonical(drawing.exported(found)), content_type="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="draw-{found.number}.json"'
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@require_POST
@as_role(Role.OFFICER, Role.DECIDER)
def act(request: HttpRequest, number: str, name: str) -> HttpResponse:
    """Carry out, cancel, or note that somebody who was drawn cannot come."""
    found, who, at = queries.draw_at(number), acting(request), clock.now()
    if not rules.may_run(who, found):
        raise Http404
    if name == "carry-out":
        form: Any = asked.CarryOutForm(request.POST, prefix="carry")
        ended = done(form, lambda given: drawing.carry_out(found, witness=given["witness"], actor=who, at=at))
        return redirect("draw", number) if ended else _draw(request, number, form=form)
    if name == "cancel":
        form = asked.ReasonForm(request.POST, prefix="cancel")
        ended = done(form, lambda given: drawing.cancel(found, reason=given["reason"], actor=who, at=at))
        return redirect("draw", number) if ended else _draw(request, number, cancel_form=form)
    if name == "decline":
        form = asked.DeclineForm(request.POST, prefix="decline")
        place = request.POST.get("place", "")
        one = found.drawn.filter(place=int(place) if place.isdecimal() and len(place) < 5 else 0).first()  # noqa: PLR2004 - a place
        if one is None:
            raise Http404
        ended = done(form, lambda given: drawing.decline(one, reason=given["reason"], actor=who, at=at))
        return redirect("draw", number) if ended else _draw(request, number, decline_form=form)
    raise Http404
