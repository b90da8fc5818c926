"""An expert's own pages: which cases wait, and one case at a time, saved as it is written and sealed once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kechuang.accounts.acting import acting, as_role
from kechuang.accounts.forms import refuse
from kechuang.accounts.refusals import Refused
from kechuang.fulfilment import keeping
from kechuang.fulfilment.judging import material, panels, queries, sheets
from kechuang.fulfilment.judging.forms import WordsForm
from kechuang.fulfilment.judging.models import Assignment, Panel, Sheet
from kechuang.fulfilment.judging.rubrics import Criterion, Rubric, plain
from kechuang.fulfilment.judging.sealing import complete
from kechuang.fulfilment.judging.tallies import hundredths
from kechuang.fulfilment.judging.views.panels import JUDGES, POST_OR_READ
from kechuang.journal import clock
from kechuang.policy.language.values import Words
from kechuang.reader.templatetags.kechuang import words
from kechuang.registry.views.evidence import handed_out

WRONG: Final = 422
CONFLICT: Final = _("需要回避的原因")
EXPLAIN: Final = _("打分理由的书面说明")


def for_judges(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A page of those who judge: what was typed outlives a sign-in that ran out."""
    return keeping.kept_for(view, JUDGES)


@require_safe
@as_role(*JUDGES)
def index(request: HttpRequest) -> HttpResponse:
    """My sheets: what waits, by deadline, and what is done."""
    found = list(queries.reviews_of(acting(request)))
    now = clock.now()
    waiting = [one for one in found if one.panel.state == Panel.State.SCORING and not _sealed(one)]
    asked = [one for one in found if queries.asked_of(one)]
    done = [one for one in found if one not in waiting and one not in asked]
    opened = queries.panels_seen(acting(request)).filter(seats__membership=acting(request)).distinct()
    shown = {"waiting": waiting, "asked": asked, "done": done, "now": now, "opened": opened}
    return render(request, "fulfilment/judging/reviews.html", shown)


@dataclass(frozen=True)
class Asked:
    """One criterion as the sheet asks it: what was scored or typed, and what is wrong with it."""

    criterion: Criterion
    score: str
    reason: str
    wrong: str


@require_http_methods(POST_OR_READ)
@for_judges
def page(request: HttpRequest, number: int) -> HttpResponse:
    """One case: its material, the criteria, and what has been written so far."""
    own = queries.review_at(number, acting(request))
    if request.method != "POST":
        return _page(request, own, keeping.taken(request), {})
    act = request.POST.get("act", "save")
    if act == "seal":
        return _seal(request, own)
    wrong = _save(request, own)
    if wrong:
        return _page(request, own, request.POST, wrong, WRONG)
    if act == "check":
        refused = complete(queries.begun_sheet(own), panels.rubric_of(own.panel.call))
        if refused is not None:
            return _page(request, own, request.POST, {refused.field: refused.words}, WRONG)
        return redirect(f"{reverse('review', args=[number])}?check=1")
    return redirect(f"{reverse('review', args=[number])}?saved=1")


@require_POST
@for_judges
def save(request: HttpRequest, number: int) -> HttpResponse:
    """Keep what is written as soon as it is; the line below the sheet says what came of it."""
    own = queries.review_at(number, acting(request))
    wrong = _save(request, own)
    sheet = queries.sheet_of(own)
    shown = {"wrong": wrong, "at": clock.now(), "sheet": sheet, "left": _left(own, sheet), "swapped": True}
    return render(request, "fulfilment/judging/_saved.html", shown)


@require_POST
@for_judges
def give_back(request: HttpRequest, number: int) -> HttpResponse:
    """Declare a conflict and give the case back."""
    own = queries.review_at(number, acting(request))
    form = WordsForm(CONFLICT, request.POST, prefix="conflict")
    if form.is_valid():
        try:
            panels.give_back(own, form.cleaned_data["words"], actor=acting(request), at=clock.now())
        except Refused as refused:
            refuse(form, refused)
        else:
            return redirect(f"{reverse('reviews')}?returned=1")
    return _page(request, own, None, {}, WRONG, conflict=form)


@require_POST
@for_judges
def explain(request: HttpRequest, number: int) -> HttpResponse:
    """Write the reason for a score far from the others."""
    own = queries.review_at(number, acting(request))
    asked = queries.asked_of(own)
    if asked is None:
        raise Http404
    form = WordsForm(EXPLAIN, request.POST, prefix="explain")
    if form.is_valid():
        try:
            sheets.answer(asked, form.cleaned_data["words"], actor=acting(request), at=clock.now())
        except Refused as refused:
            refuse(form, refused)
        else:
            return redirect("reviews")
    return _page(request, own, None, {}, WRONG, explain=form)


@require_safe
@as_role(*JUDGES)
def paper(request: HttpRequest, number: int, document: int) -> HttpResponseBase:
    """A document of the case; a blind expert gets it under a name that tells nothing."""
    own = queries.review_at(number, acting(request))
    return handed_out(material.paper_at(own, document))


def _seal(request: HttpRequest, own: Assignment) -> HttpResponse:
    try:
        sheets.seal(own, revision=_revision(request), actor=acting(request), at=clock.now())
    except Refused as refused:
        return _page(request, own, None, {refused.field or "sheet": refused.words}, WRONG)
    return redirect(f"{reverse('reviews')}?sealed=1")


def _save(request: HttpRequest, own: Assignment) -> dict[str, Words]:
    """Keep all that can be kept; what cannot comes back by its field, and stays on the page as it was typed."""
    rubric, wrong = panels.rubric_of(own.panel.call), {}
    scores = {}
    for one in rubric.criteria:
        text = request.POST.get(f"score-{one.key}")
        if text is None:
            continue
        try:
            if text.strip():
                one.steps_of(text)
            scores[one.key] = text
        except Refused as refused:
            wrong[one.key] = refused.words
    written = sheets.Written(
        scores,
        {
            one.key: request.POST[f"reason-{one.key}"]
            for one in rubric.criteria
            if f"reason-{one.key}" in request.POST
        },
        _vetoes(request, rubric),
        request.POST.get("comment"),
    )
    try:
        sheets.save(own, written, revision=_revision(request), actor=acting(request), at=clock.now())
    except Refused as refused:
        wrong[refused.field or "sheet"] = refused.words
    return wrong


def _vetoes(request: HttpRequest, rubric: Rubric) -> dict[str, str | None]:
    if "vetoes" not in request.POST:
        return {}
    ticked = set(request.POST.getlist("veto"))
    return {key: request.POST.get(f"veto-{key}", "") if key in ticked else None for key in rubric.vetoes}


def _page(
    request: HttpRequest,
    own: Assignment,
    typed: QueryDict | None,
    wrong: dict[str, Words],
    status: int = 200,
    *,
    conflict: Any = None,
    explain: Any = None,
) -> HttpResponse:
    rubric, sheet = panels.rubric_of(own.panel.call), queries.sheet_of(own)
    writing = (
        own.panel.state == Panel.State.SCORING and clock.now() < own.panel.scores_due_at and not _sealed(own)
    )
    total = rubric.total(sheet.scores) if sheet else None
    vetoes = [
        (key, title, key in typed.getlist("veto") if typed else bool(sheet and key in sheet.vetoes),
         typed.get(f"veto-{key}", "") if typed else (sheet.vetoes.get(key, "") if sheet else ""))
        for key, title in rubric.vetoes.items()
    ]  # fmt: skip
    shown = {
        "who": keeping.who(request),
        "own": own,
        "panel": own.panel,
        "call": own.panel.call,
        "rubric": rubric,
        "sheet": sheet,
        "revision": typed.get("revision")
        if typed and "revision" not in wrong
        else (sheet.revision if sheet else 0),
        "asked": [_asked_of(one, sheet, typed, wrong) for one in rubric.criteria],
        "vetoes": vetoes,
        "comment": typed.get("comment", "") if typed else (sheet.comment if sheet else ""),
        "writing": writing,
        "checking": writing and "check" in request.GET and sheet and complete(sheet, rubric) is None,
        "total": None if total is None else hundredths(total),
        "left": _left(own, sheet),
        "parts": material.parts(own, clock.now()),
        "papers": material.papers(own),
        "wrong": wrong,
        "kept": typed is not None and request.method != "POST",
        "conflict_form": conflict or WordsForm(CONFLICT, prefix="conflict"),
        "question": queries.asked_of(own),
        "explain_form": explain or WordsForm(EXPLAIN, prefix="explain"),
        "form": next((one for one in (conflict, explain) if one is not None), None),
        "now": clock.now(),
    }
    return render(request, "fulfilment/judging/review.html", shown, status=status)


def _asked_of(one: Criterion, sheet: Sheet | None, typed: QueryDict | None, wrong: dict[str, Words]) -> Asked:
    steps = sheet.scores.get(one.key) if sheet else None
    score = "" if steps is None else plain(steps * one.step)
    reason = sheet.reasons.get(one.key, "") if sheet else ""
    if typed is not None:
        score, reason = typed.get(f"score-{one.key}", score), typed.get(f"reason-{one.key}", reason)
    said = wrong.get(one.key) or wrong.get(f"reason-{one.key}")
    return Asked(one, score, reason, words(said) if said else "")


def _left(own: Assignment, sheet: Sheet | None) -> int:
    """How many criteria have no score yet."""
    there = sheet.scores if sheet else {}
    return sum(one.key not in there for one in panels.rubric_of(own.panel.call).criteria)


def _sealed(own: Assignment) -> bool:
    sheet = getattr(own, "sheet", None)
    return sheet is not None and sheet.sealed_at is not None


def _revision(request: HttpRequest) -> int:
    text = request.POST.get("revision", "")
    return int(text) if text.isdecimal() and len(text) < 10 else -1  # noqa: PLR2004 - a stale page
