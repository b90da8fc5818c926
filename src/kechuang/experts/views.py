"""Pages of the pool for the department that keeps it, and the expert's own page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kechuang.accounts.acting import acting, as_role
from kechuang.accounts.models import Membership
from kechuang.accounts.roles import Role
from kechuang.experts import actions, correcting, declaring, drawing, queries, rules
from kechuang.experts import forms as asked
from kechuang.experts.catalogue import entry, fields, grounds
from kechuang.experts.models import Absence, Employment, Expert, Work
from kechuang.experts.pages import done
from kechuang.journal import clock
from kechuang.reader.paging import paged
from kechuang.registry.files import ACCEPTED

SEE_POOL: Final = (Role.OFFICER, Role.DECIDER, Role.AUDITOR)
Bound = dict[str, forms.Form]
Act = Callable[[Expert, dict[str, Any], Membership, datetime], object]


@require_safe
@as_role(*SEE_POOL)
def index(request: HttpRequest) -> HttpResponse:
    """The pool, by name."""
    who = acting(request)
    names = ("q", "state", "field", "due")
    chosen = queries.Filters(**{name: request.GET.get(name, "").strip()[:100] for name in names})
    shown = {
        "chosen": chosen,
        "narrowed": chosen != queries.Filters(),
        "fields": fields(),
        "titles": entry().titles,
        "counts": queries.state_counts(who),
        "states": Expert.State.values,
        "may_enter": who.role == Role.OFFICER,
        "today": clock.today(),
        **paged(request, queries.experts(who, chosen, clock.today())),
    }
    return render(request, "experts/index.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
@as_role(Role.OFFICER)
def new(request: HttpRequest) -> HttpResponse:
    """Enter an expert."""
    form, who = asked.ProfileForm(request.POST or None), acting(request)
    made: list[Expert] = []
    if request.method == "POST" and done(
        form,
        lambda given: made.append(
            actions.propose(form.profile(), given["id_number"], actor=who, at=clock.now())
        ),
    ):
        return redirect("expert-entry", made[0].pk)
    return render(request, "experts/new.html", {"form": form, "rules": entry()}, status=_status(request))


@require_safe
@as_role(*SEE_POOL)
def one(request: HttpRequest, number: int) -> HttpResponse:
    """One entry: profile, checks, ties, works, draws, and what may be done."""
    return _page(request, queries.expert_at(number, acting(request)), {})


def _page(request: HttpRequest, expert: Expert, bound: Bound, **more: Any) -> HttpResponse:
    who = acting(request)
    profile = actions.profile_of(expert)
    known = {**vars(profile), "fields_": profile.fields}
    doubles = actions.doubles_of(expert)
    keeps = rules.may_keep(who, expert) and expert.merged_into_id is None
    shown = {
        "expert": expert,
        "keeps": keeps,
        "confirms": who.role == Role.DECIDER
        and expert.state in {"proposed", "lapsed"}
        and not expert.merged_into_id,
        "title": entry().titles.get(expert.title),
        "fields": fields(),
        "grounds": grounds(),
        "age": actions.age_on(expert.born, clock.today()),
        "most_age": entry().most_age,
        "check_due": rules.check_due_on(expert),
        "today": clock.today(),
        "employments": queries.employments_of(expert),
        "files": expert.files.select_related("evidence"),
        "absences": expert.absences.filter(until__gte=clock.today()),
        "ties": queries.ties_of(expert, who),
        "works": queries.works_of(expert),
        "drawn": queries.invitations_to(expert),
        "doubles": doubles,
        "accepted": ACCEPTED,
        "confirm_form": asked.ConfirmForm(),
        "check_form": asked.CheckForm(),
        "change_form": asked.ProfileForm(first=False, initial=known, prefix="change"),
        "remove_form": asked.ReasonForm(prefix="remove"),
        "merge_form": asked.MergeForm(doubles, prefix="merge"),
        "file_form": asked.FileForm(prefix="file"),
        "employ_form": asked.EmploymentForm(prefix="employ"),
        "withdraw_form": _withdrawals(expert, who),
        "tie_form": asked.TieForm("office", prefix="tie"),
        **{f"{name}_form": form for name, form in bound.items()},
        "faulty": next(iter(bound.values()), None),
        **more,
    }
    return render(request, "experts/expert.html", shown, status=422 if bound else 200)


@require_POST
@as_role(Role.OFFICER, Role.DECIDER)
def act(request: HttpRequest, number: int, name: str) -> HttpResponse:
    """One act on an entry; what is refused comes back with the sentence and all that was typed."""
    who = acting(request)
    expert = queries.expert_at(number, who)
    if name == "confirm":
        return _confirm(request, expert)
    if name not in _ACTS or (who.role != Role.OFFICER):
        raise Http404
    form = _withdrawals(expert, who, request.POST) if name == "withdraw" else _form_of(name, request, expert)
    if done(form, lambda given: _ACTS[name](expert, {**given, "form": form}, who, clock.now())):
        return redirect(f"{reverse('expert-entry', args=[number])}#{name}")
    return _page(request, expert, {name: form})


def _confirm(request: HttpRequest, expert: Expert) -> HttpResponse:
    form, codes = asked.ConfirmForm(request.POST), []
    if done(
        form,
        lambda given: codes.append(
            actions.confirm(expert, actor=acting(request), at=clock.now(), no_record=given["no_record"])[1]
        ),
    ):
        address = request.build_absolute_uri(f"/invitations/{codes[0]}") if codes[0] else ""
        return _page(request, queries.expert_at(expert.pk, acting(request)), {}, invited=address)
    return _page(request, expert, {"confirm": form})


def _form_of(name: str, request: HttpRequest, expert: Expert) -> forms.Form:
    made: dict[str, Callable[[], forms.Form]] = {
        "change": lambda: asked.ProfileForm(request.POST, first=False, prefix="change"),
        "check": lambda: asked.CheckForm(request.POST),
        "remove": lambda: asked.ReasonForm(request.POST, prefix="remove"),
        "merge": lambda: asked.MergeForm(actions.doubles_of(expert), request.POST, prefix="merge"),
        "file": lambda: asked.FileForm(request.POST, request.FILES, prefix="file"),
        "employ": lambda: asked.EmploymentForm(request.POST, prefix="employ"),
        "tie": lambda: asked.TieForm("office", request.POST, prefix="tie"),
    }
    return made[name]()


def _withdrawals(expert: Expert, who: Membership, typed: QueryDict | None = None) -> asked.WithdrawForm:
    """The form to take back what was entered of an expert by mistake, as far as this officer may."""
    works = [one for one in queries.works_of(expert) if rules.may_withdraw(who, one)]
    return asked.WithdrawForm(queries.employments_of(expert), works, typed, prefix="withdraw")


def _withdraw(_expert: Expert, given: dict[str, Any], who: Membership, at: datetime) -> object:
    found = given["form"].found[given["what"]]
    if isinstance(found, Work):
        return correcting.withdraw_work(found, reason=given["reason"], actor=who, at=at)
    return correcting.withdraw_employment(found, reason=given["reason"], actor=who, at=at)


def _employ(expert: Expert, given: dict[str, Any], who: Membership, at: datetime) -> object:
    days = given["began_on"], given["ended_on"]
    return actions.employ(expert, given["organisation"], given["employer"], days, actor=who, at=at)


def _change(expert: Expert, given: dict[str, Any], who: Membership, at: datetime) -> object:
    return actions.change(expert, given["form"].profile(), revision=expert.revision, actor=who, at=at)


def _merge(expert: Expert, given: dict[str, Any], who: Membership, at: datetime) -> object:
    into = queries.expert_at(int(given["into"]), who)
    return actions.merge(expert, into, reason=given["reason"], actor=who, at=at)


_ACTS: Final[dict[str, Act]] = {
    "change": _change,
    "check": lambda expert, given, who, at: actions.check(
        expert, no_record=given["no_record"], note=given["note"], actor=who, at=at
    ),
    "remove": lambda expert, given, who, at: actions.remove(expert, reason=given["reason"], actor=who, at=at),
    "merge": _merge,
    "file": lambda expert, given, who, at: actions.add_file(expert, given["file"], actor=who, at=at),
    "employ": _employ,
    "withdraw": _withdraw,
    "tie": lambda expert, given, who, at: declaring.enter(expert, given["form"].said(), actor=who, at=at),
}


@require_http_methods(["GET", "HEAD", "POST"])
@as_role(Role.OFFICER)
def work(request: HttpRequest) -> HttpResponse:
    """Enter a paper, patent or project; ties follow from it."""
    who = acting(request)
    pool = list(queries.experts(who, queries.Filters(), clock.today()))
    form = asked.WorkForm(pool, request.POST or None)
    if request.method == "POST" and done(
        form,
        lambda given: declaring.state_work(
            form.work(),
            [form.pool[key] for key in given["experts"]],
            given["organisations"],
            actor=who,
            at=clock.now(),
        ),
    ):
        return redirect("experts")
    return render(request, "experts/work.html", {"form": form}, status=_status(request))


def _status(request: HttpRequest) -> int:
    return 422 if request.method == "POST" else 200


@require_safe
@as_role(Role.EXPERT)
def own(request: HttpRequest) -> HttpResponse:
    """The expert's own page: draws, profile to agree to, days one cannot, interests."""
    return _own(request, {})


def _own(request: HttpRequest, bound: Bound) -> HttpResponse:
    who = acting(request)
    expert = queries.own_entry(who)
    if expert is None:
        return render(request, "experts/own_none.html", {"office": who.organisation})
    shown = {
        "expert": expert,
        "title": entry().titles.get(expert.title),
        "fields": fields(),
        "grounds": grounds(),
        "check_due": rules.check_due_on(expert),
        "today": clock.today(),
        "drawn": queries.invitations_to(expert)[:20],
        "employments": queries.employments_of(expert),
        "absences": expert.absences.filter(until__gte=clock.today()),
        "ties": queries.ties(who),
        "recusals": queries.recusals(who),
        "absence_form": asked.AbsenceForm(prefix="absence"),
        "employ_form": asked.EmploymentForm(prefix="employ"),
        "tie_form": asked.TieForm("self", prefix="tie"),
        "decline_form": asked.DeclineForm(prefix="decline"),
        **{f"{name}_form": form for name, form in bound.items()},
        "faulty": next(iter(bound.values()), None),
    }
    return render(request, "experts/own.html", shown, status=422 if bound else 200)


@require_POST
@as_role(Role.EXPERT)
def own_act(request: HttpRequest, name: str) -> HttpResponse:
    """What experts do about themselves."""
    who, at = acting(request), clock.now()
    expert = queries.own_entry(who)
    if expert is None:
        raise Http404
    made: dict[str, Callable[[], tuple[forms.Form, Callable[[dict[str, Any]], object]]]] = {
        "agree": lambda: (forms.Form(request.POST), lambda _given: actions.agree(expert, actor=who, at=at)),
        "absence": lambda: (
            asked.AbsenceForm(request.POST, prefix="absence"),
            lambda given: actions.add_absence(expert, **given, actor=who, at=at),
        ),
        "present": lambda: (
            forms.Form(request.POST),
            lambda _given: actions.drop_absence(_absence(request, expert), actor=who, at=at),
        ),
        "employ": lambda: (
            asked.EmploymentForm(request.POST, prefix="employ"),
            lambda given: _employ(expert, given, who, at),
        ),
        "leave": lambda: (
            forms.Form(request.POST),
            lambda _given: actions.leave(_employment(request, expert), clock.today(), actor=who, at=at),
        ),
        "tie": lambda: (
            asked.TieForm("self", request.POST, prefix="tie"),
            lambda given: declaring.declare(_said(given), actor=who, at=at),
        ),
        "decline": lambda: (
            asked.DeclineForm(request.POST, prefix="decline"),
            lambda given: drawing.decline(_drawn(request, expert), reason=given["reason"], actor=who, at=at),
        ),
    }
    if name not in made:
        raise Http404
    form, do = made[name]()
    if done(form, do):
        return redirect(f"{reverse('expert')}#{name}")
    return _own(request, {name: form})


def _said(given: dict[str, Any]) -> declaring.Said:
    return declaring.Said(**{name: given[name] for name in given})


def _number(request: HttpRequest) -> int:
    text = request.POST.get("number", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0  # noqa: PLR2004 - bigint


def _absence(request: HttpRequest, expert: Expert) -> Absence:
    found = expert.absences.filter(pk=_number(request)).first()
    if found is None:
        raise Http404
    return found


def _employment(request: HttpRequest, expert: Expert) -> Employment:
    found = expert.employments.filter(pk=_number(request), withdrawn_at__isnull=True).first()
    if found is None:
        raise Http404
    return found


def _drawn(request: HttpRequest, expert: Expert) -> Any:
    found = expert.drawn.filter(pk=_number(request)).select_related("membership").first()
    if found is None:
        raise Http404
    return found
