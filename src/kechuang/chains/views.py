"""Pages of needs and challenges."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kechuang.accounts.acting import acting, acting_or_none, as_role
from kechuang.accounts.forms import refuse
from kechuang.accounts.models import Membership
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import APPLICANTS, Role
from kechuang.chains import actions, queries, rules
from kechuang.chains.forms import ListForm, NeedForm, ScreeningForm, TextForm
from kechuang.chains.models import Challenge, Need
from kechuang.chains.words import ASPECTS, DETAILS, FORMS, KINDS, STATES
from kechuang.fulfilment import applying
from kechuang.fulfilment.models import Call
from kechuang.fulfilment.office_views.frame import picked
from kechuang.journal import clock
from kechuang.policy.language.values import Words
from kechuang.reader.paging import paged
from kechuang.reader.templatetags.kechuang import words

WRONG: Final = 422
WRITE: Final = ["GET", "HEAD", "POST"]


@require_safe
@as_role(*rules.SEES)
def needs(request: HttpRequest) -> HttpResponse:
    """Own needs of an enterprise; for the department, those to screen and to list."""
    who, chosen = acting(request), picked(request, ("state", "kind", "q"))
    found = queries.needs(who, chosen["state"], chosen["kind"], chosen["q"])
    shown = {
        "chosen": chosen,
        "narrowed": any(chosen.values()),
        "kinds": KINDS,
        "states": STATES,
        "may_write": who.role in APPLICANTS,
        **paged(request, found, rows=30),
    }
    return render(request, "chains/needs.html", shown)


@require_http_methods(WRITE)
@as_role(*APPLICANTS)
def write(request: HttpRequest, number: str = "") -> HttpResponse:
    """Begin a need, or change it before it is handed in."""
    who = acting(request)
    found = _need(who, number) if number else None
    if found is not None and not rules.may_edit(who, found):
        raise Http404
    form = NeedForm(request.POST or None, initial=_initial(found) if found else None)
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        said = actions.Written(budget_fen=given.pop("budget"), **given)
        try:
            made = actions.write(said, actor=who, at=clock.now(), need=found)
            return redirect("need", made.number)
        except Refused as refused:
            refuse(form, refused)
    return _form(request, "need_edit", form, {"need": found})


def _initial(need: Need) -> dict[str, Any]:
    names = (
        "kind",
        "title",
        "title_en",
        "summary",
        "background",
        "current",
        "conditions",
        "deadline",
        "confidential",
    )
    targets = "\n".join(f"{one['text']}：{one['measure']}" for one in need.targets)
    return {name: getattr(need, name) for name in names} | {"targets": targets, "budget": need.budget_fen}


def _form(request: HttpRequest, name: str, form: Any, shown: dict[str, Any]) -> HttpResponse:
    errors = [
        (f"f-{field}", text) for field, texts in form.errors.items() if field != "__all__" for text in texts
    ]
    status = WRONG if request.method == "POST" else 200
    return render(request, f"chains/{name}.html", {"form": form, "errors": errors, **shown}, status=status)


def _need(who: Membership, number: str) -> Need:
    return get_object_or_404(rules.visible_needs(who).select_related("organisation"), number=number)


@require_safe
@as_role(*rules.SEES)
def need(request: HttpRequest, number: str) -> HttpResponse:
    """One need: what it is about, its screening, who has read what is confidential."""
    return _need_page(request, _need(acting(request), number))


def _need_page(
    request: HttpRequest, found: Need, *, refused: Refused | None = None, opened: dict[str, Any] | None = None
) -> HttpResponse:
    who = acting(request)
    own = who.role in APPLICANTS and who.organisation_id == found.organisation_id
    shown = {
        "need": found,
        "title": Words(found.title, found.title_en or found.title),
        "state": STATES[found.state],
        "kind": KINDS[found.kind],
        "own": own,
        "may_edit": rules.may_edit(who, found),
        "may_withdraw": own and found.state in {"draft", "handed_in", "screened", "declined"},
        "details": [
            {"title": title, "value": getattr(found, key), "closed": key in found.confidential and not opened}
            for key, title in DETAILS.items()
            if getattr(found, key)
        ],
        "may_open": bool(found.confidential) and opened is None and rules.sees_details(who, found),
        "screenings": [(ASPECTS[one.aspect], one) for one in found.screenings.select_related("by__user")],
        "may_screen": rules.is_screener(who) and found.state == Need.State.HANDED_IN,
        "may_list": rules.is_screener(who) and found.state == Need.State.SCREENED,
        "challenge": Challenge.objects.filter(need=found).select_related("call").first(),
        "readers": queries.readings(found)[:50] if own or rules.is_screener(who) else [],
        "sealed": bool(found.confidential) and rules.unopened().filter(need=found).exists(),
        "refused": refused.words if refused else None,
    }
    return render(request, "chains/need.html", shown, status=WRONG if refused else 200)


def _act(request: HttpRequest, number: str, do: Callable[[Need, Membership], object]) -> HttpResponse:
    """Do something with a need and show its page, with the sentence when it is refused."""
    who = acting(request)
    found = _need(who, number)
    try:
        do(found, who)
    except Refused as refused:
        return _need_page(request, found, refused=refused)
    return redirect("need", number)


@require_POST
@as_role(*APPLICANTS)
def hand_in(request: HttpRequest, number: str) -> HttpResponse:
    """Hand a need in."""
    return _act(request, number, lambda found, who: actions.hand_in(found, actor=who, at=clock.now()))


@require_POST
@as_role(*APPLICANTS)
def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    """Take a need back."""
    return _act(request, number, lambda found, who: actions.withdraw(found, actor=who, at=clock.now()))


@require_POST
@as_role(*rules.SEES)
def details(request: HttpRequest, number: str) -> HttpResponse:
    """Open the confidential fields; who reads them is kept. A bidder comes here from the challenge."""
    who = acting(request)
    found = rules.visible_needs(who).filter(number=number).first()
    if found is None:
        listed = (
            rules.visible_challenges()
            .filter(need__number=number)
            .select_related("need__organisation")
            .first()
        )
        if listed is None:
            raise Http404
        return _challenge_page(request, listed, opening=True)
    try:
        opened = actions.open_details(found, actor=who, at=clock.now())
    except Refused as refused:
        return _need_page(request, found, refused=refused)
    return _need_page(request, found, opened=opened)


@require_http_methods(WRITE)
@as_role(Role.OFFICER)
def screen(request: HttpRequest, number: str) -> HttpResponse:
    """Score a need by the four aspects."""
    who = acting(request)
    found = _need(who, number)
    if not rules.is_screener(who) or found.state != Need.State.HANDED_IN:
        raise Http404
    form = ScreeningForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            fit = form.cleaned_data["fit"] == "yes"
            actions.screen(found, form.found(), fit=fit, actor=who, at=clock.now())
            return redirect("need", number)
        except Refused as refused:
            refuse(form, refused)
    return _form(request, "need_screen", form, {"need": found})


@require_http_methods(WRITE)
@as_role(Role.OFFICER)
def list_need(request: HttpRequest, number: str) -> HttpResponse:
    """Put a screened need on the list of a call."""
    who = acting(request)
    found = _need(who, number)
    if not rules.is_screener(who) or found.state != Need.State.SCREENED:
        raise Http404
    drafts = Call.objects.filter(department=who.organisation_id, state=Call.State.DRAFT, sweep__isnull=True)
    calls = {one.pk: one for one in drafts}
    choices = [(pk, f"{one.number} {words(one.title)}") for pk, one in calls.items()]
    form = ListForm(request.POST or None, calls=choices, initial={"budget": found.budget_fen})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        terms = {"form": given["form"], "rights": given["rights"], "budget_fen": given["budget"]}
        try:
            actions.list_need(found, calls[given["call"]], **terms, actor=who, at=clock.now())
            return redirect("need", number)
        except Refused as refused:
            refuse(form, refused)
    return _form(request, "need_list", form, {"need": found})


@require_safe
def challenges(request: HttpRequest) -> HttpResponse:
    """The list of challenges, for everybody, with the four numbers of the funnel."""
    chosen = picked(request, ("kind", "q"))
    found = queries.challenges(chosen["kind"], chosen["q"])
    shown = {
        "chosen": chosen,
        "narrowed": any(chosen.values()),
        "kinds": KINDS,
        "funnel": queries.funnel(),
        "now": clock.now(),
        **paged(request, found, rows=30),
    }
    return render(request, "chains/challenges.html", shown)


def _challenge(number: str) -> Challenge:
    found = rules.visible_challenges().select_related("need__organisation", "call")
    return get_object_or_404(found, need__number=number)


@require_safe
def challenge(request: HttpRequest, number: str) -> HttpResponse:
    """One challenge: what is public of it, questions and answers, and the way to bid."""
    return _challenge_page(request, _challenge(number))


def _challenge_page(
    request: HttpRequest, found: Challenge, *, form: TextForm | None = None, opening: bool = False
) -> HttpResponse:
    who, now = acting_or_none(request), clock.now()
    opened, refused = None, None
    if opening and who is not None:
        try:
            opened = actions.open_details(found.need, actor=who, at=now)
        except Refused as error:
            refused = error.words
    taking = found.call.state == Call.State.PUBLISHED and found.call.opens_at <= now <= found.call.closes_at
    office = bool(who and who.role == Role.OFFICER and who.organisation_id == found.call.department_id)
    own_need = bool(who and who.role in APPLICANTS and who.organisation_id == found.need.organisation_id)
    content = found.content
    shown = {
        "challenge": found,
        "content": content,
        "kind": KINDS[content["kind"]],
        "form_words": FORMS[content["form"]],
        "details": [(DETAILS[key], value) for key, value in content["details"].items()],
        "closed": [DETAILS[key] for key in content["confidential"]],
        "opened": [(DETAILS[key], value) for key, value in (opened or {}).items()],
        "may_open": bool(content["confidential"]) and opened is None and rules.sees_details(who, found.need),
        "screening": [(ASPECTS[aspect], score, reason) for aspect, score, reason in content["screening"]],
        "winners": queries.winners(found),
        "questions": list(found.questions.order_by("id")),
        "taking": taking,
        "frozen": now > found.call.closes_at,
        "may_ask": bool(who and who.role in APPLICANTS) and taking and not own_need,
        "may_answer": (office or own_need) and taking,
        "may_bid": (who is None or who.role in APPLICANTS) and taking and not own_need,
        "form": form or TextForm(),
        "refused": refused,
        "today": clock.today(),
    }
    wrong = refused is not None or (form is not None and bool(form.errors))
    return render(request, "chains/challenge.html", shown, status=WRONG if wrong else 200)


@require_POST
@as_role(*APPLICANTS)
def ask(request: HttpRequest, number: str) -> HttpResponse:
    """Ask about a challenge."""
    found, form = _challenge(number), TextForm(request.POST)
    if form.is_valid():
        try:
            actions.ask(found, form.cleaned_data["text"], actor=acting(request), at=clock.now())
            return redirect(f"{reverse('challenge', args=[number])}#questions")
        except Refused as refused:
            refuse(form, refused)
    return _challenge_page(request, found, form=form)


@require_POST
@as_role(*APPLICANTS, Role.OFFICER)
def answer(request: HttpRequest, number: str, question: int) -> HttpResponse:
    """Answer a question for everybody."""
    found = _challenge(number)
    asked = get_object_or_404(found.questions, pk=question)
    form = TextForm(request.POST)
    if form.is_valid():
        try:
            actions.answer(asked, form.cleaned_data["text"], actor=acting(request), at=clock.now())
            return redirect(f"{reverse('challenge', args=[number])}#questions")
        except Refused as refused:
            refuse(form, refused)
    return _challenge_page(request, found, form=form)


@require_POST
@as_role(*APPLICANTS)
def bid(request: HttpRequest, number: str) -> HttpResponse:
    """Begin a bid: a case of the call about this need."""
    found = _challenge(number)
    form = TextForm()
    try:
        case = applying.start(found.call, actor=acting(request), at=clock.now(), key=found.need.number)
        return redirect("case", case.number)
    except Refused as refused:
        form = TextForm({"text": "-"})
        form.is_valid()
        refuse(form, refused)
    return _challenge_page(request, found, form=form)
