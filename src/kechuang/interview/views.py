"""Pages of the interview. Every one is made from the address alone: no session, no database, no account."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, Final

import segno
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kechuang.exchange.paper import PaperError, pdf_of
from kechuang.exchange.plain import intake_of
from kechuang.exchange.results import Totals, results_of
from kechuang.exchange.writing import write_file
from kechuang.interview import queries
from kechuang.interview.state import BrokenStateError, State, benefits_about, decoded, encoded
from kechuang.policy.interview import Answer, AnswerError, Question, plain_facts, read_answer
from kechuang.policy.language.values import Words
from kechuang.policy.words.explanation import explain
from kechuang.reader.packs import pack_in_force
from kechuang.reader.queries import sections
from kechuang.reader.templatetags.kechuang import language

View = Callable[..., HttpResponse]
_FORMS: Final = {
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_CHOOSE: Final = Words(
    "请选一项；不清楚就点“不知道”", "Choose one; if you are not sure, say that you do not know"
)
_FILL: Final = Words(
    "请填写；不清楚就点“不知道”", "Fill this in; if you are not sure, say that you do not know"
)
_DIGITS: Final = 20  # of a number of records; what is longer is not read
_SCANNED: Final = 2900  # letters of a link; a QR code holds 2953
_EMPTY_IS_NONE: Final = ("kinds", "records")  # nothing ticked means that there is nothing
_FIRST_KINDS: Final = ("enterprise", "institution", "university", "hospital", "team", "person")


def whole_state(view: View) -> View:
    """Show a page that says what to do when the text in the address is cut short or changed."""

    @require_safe
    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **more: Any) -> HttpResponse:
        try:
            return view(request, *args, **more)
        except BrokenStateError:
            return render(request, "interview/broken.html", status=400)

    return checked


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """What this is, how long it takes, that nothing is kept; ways in by kind of subject and by part of the policy."""
    pack = pack_in_force()
    today = timezone.localdate()
    topics = [
        {
            "title": one.title,
            "measures": [measure for measure in one.measures if measure.benefits],
            "state": encoded(State(today, "+".join(measure.key for measure in one.measures)), pack),
        }
        for one in sections(pack)
        if any(measure.benefits for measure in one.measures)
    ]
    kinds = pack.vocabulary.codes["subject_kind"]
    shown = {
        "pack": pack,
        "topics": topics,
        "kinds": [(code, kinds[code]) for code in _FIRST_KINDS if code in kinds],
    }
    return render(request, "interview/start.html", shown)


@whole_state
def questions(request: HttpRequest) -> HttpResponse:
    """Take the answer in the address, if there is one, and ask what is to be asked next."""
    here = queries.standing(_state(request), pack_in_force())
    key = request.GET.get("q")
    if key is None:
        again = request.GET.get("change")
        return _page(request, here, _question(again, here) if again else here.step.question)
    question = _question(key, here)
    try:
        answer = _answer(request, question, here)
    except AnswerError as error:
        return _page(request, here, question, error.words)
    here = queries.standing(here.state.answered(key, answer), pack_in_force())
    return _page(request, here, here.step.question)


def _state(request: HttpRequest) -> State:
    """The state in the address; without one a new one, limited to what `about` names (404 when that is nothing)."""
    token, about, pack = request.GET.get("s", ""), request.GET.get("about", ""), pack_in_force()
    if token or not about:
        return decoded(token, pack, timezone.localdate())
    if not benefits_about(pack, about):
        raise Http404
    return State(timezone.localdate(), about)


def _question(key: str, here: queries.Standing) -> Question:
    """The question that is asked now, or one that was answered before."""
    try:
        return queries.question_again(key, here)
    except KeyError:
        raise Http404 from None


def _answer(request: HttpRequest, question: Question, here: queries.Standing) -> Answer:
    """The answer in the address; AnswerError when it cannot be read."""
    if "unknown" in request.GET:
        return None
    values = request.GET.getlist("v")
    if question.form == "records":
        return read_answer(question, values, here.bound)
    if question.form == "kinds":
        counts = {value: request.GET.get(f"n-{value}", "1").strip() for value in values}
        raw = {code: _number(count) for code, count in counts.items()}
        return read_answer(question, raw, here.bound)
    value = values[-1].strip() if values else ""
    if not value:
        raise AnswerError(_CHOOSE if question.options or question.form == "boolean" else _FILL)
    return read_answer(question, value, here.bound)


def _number(text: str) -> int:
    """How many records of a kind; -1, which no question takes, for what is no number."""
    return int(text) if text.isdecimal() and len(text) <= _DIGITS else -1


def _page(
    request: HttpRequest, here: queries.Standing, question: Question | None, wrong: Words | None = None
) -> HttpResponse:
    """The page of a question; the results when nothing is left to ask."""
    whole = not request.htmx or request.htmx.history_restore_request  # type: ignore[attr-defined]
    if question is None:
        address = f"{reverse('ask-results')}?{urlencode({'s': here.token})}"
        return HttpResponseRedirect(address) if whole else HttpResponse(headers={"HX-Redirect": address})
    told = language()
    because, count = queries.reasons(question, here, told)
    given = request.GET if wrong else None
    typed = (
        queries.typed(question, here.answers.get(question.key))
        if given is None
        else _typed(question, request)
    )
    shown = {
        "here": here,
        "question": question,
        "reasons": because,
        "reasons_count": count,
        "answers": queries.answered(here, told),
        "back": queries.before(question.key, here),
        "changing": question.key in here.answers,
        "typed": typed,
        "wrong": wrong,
    }
    response = render(request, "interview/question.html" if whole else "interview/_question.html", shown)
    if not whole and wrong is None:
        query = {"s": here.token, **({"change": question.key} if shown["changing"] else {})}
        response.headers["HX-Push-Url"] = f"{reverse('ask-questions')}?{urlencode(query)}"
    response.headers["Vary"] = "HX-Request, Cookie"
    return response


def _typed(question: Question, request: HttpRequest) -> Any:
    """What was typed and could not be read, so that nothing is lost."""
    values = request.GET.getlist("v")
    if question.form in _EMPTY_IS_NONE:
        return {value: request.GET.get(f"n-{value}", "1") for value in values}
    return values[-1] if values else ""


@whole_state
def results(request: HttpRequest) -> HttpResponse:
    """What came out, by outcome, with reasons, what would change it, and what to prepare."""
    here = queries.standing(_state(request), pack_in_force())
    today = timezone.localdate()
    shown = {
        "here": here,
        "pack": here.bound.pack,
        "answers": queries.answered(here, language()),
        "today": encoded(queries.reassessed(here, today), here.bound.pack)
        if here.state.on != today
        else None,
        "everything": encoded(State(here.state.on, "", here.answers), here.bound.pack)
        if here.state.about
        else None,
        **queries.outcome_of(here, language()),
    }
    return render(request, "interview/results.html", shown)


@whole_state
def reasons(request: HttpRequest, measure: str, key: str) -> HttpResponse:
    """The full reasoning of one result: every condition with its words and facts, and how the sum came about."""
    here = queries.standing(_state(request), pack_in_force())
    benefit = f"{measure}.{key}"
    if benefit not in here.assessment.results:
        raise Http404
    one = explain(here.assessment, benefit, language())
    shown = {"here": here, "one": one, "changes": queries.would_change(one, here, language())}
    return render(request, "interview/reasons.html", shown)


@whole_state
def paper(request: HttpRequest) -> HttpResponse:
    """The results as a PDF."""
    here = queries.standing(_state(request), pack_in_force())
    shown = {
        "here": here,
        "pack": here.bound.pack,
        "answers": queries.answered(here, language()),
        **queries.outcome_of(here, language()),
    }
    html = render(request, "interview/paper.html", shown).content.decode()
    try:
        made = pdf_of(html)
    except PaperError as error:
        shown = {"title": _("暂时不能生成 PDF"), "text": error.words.pick(language()), "here": here}
        return render(request, "interview/no_paper.html", shown, status=503)
    return _attached(made, "application/pdf", "pdf", here)


@whole_state
def download(request: HttpRequest, form: str) -> HttpResponse:
    """The results as `kechuang assess` writes them, JSON or a workbook; or the facts, as it reads them."""
    if form not in (*_FORMS, "facts"):
        raise Http404
    here = queries.standing(_state(request), pack_in_force())
    plain = plain_facts(here.facts)
    if form == "facts":
        text = json.dumps(plain, ensure_ascii=False, indent=2) + "\n"
        return _attached(text.encode(), "application/json", "facts.json", here)
    intake = intake_of([plain], here.bound.pack.vocabulary)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"results.{form}"
        write_file(path, results_of(here.bound, intake), intake, Totals(here.bound), language())
        return _attached(path.read_bytes(), _FORMS[form], form, here)


def _attached(content: bytes, type_: str, ending: str, here: queries.Standing) -> HttpResponse:
    name = f"kechuang-{here.state.on.isoformat()}.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(content, content_type=type_, headers=headers)


@whole_state
def share(request: HttpRequest) -> HttpResponse:
    """The link to these answers, to copy or to open on a phone; there is nothing personal in it."""
    here = queries.standing(_state(request), pack_in_force())
    place = "ask-results" if here.step.question is None else "ask-questions"
    link = request.build_absolute_uri(f"{reverse(place)}?{urlencode({'s': here.token})}")
    picture = None
    if len(link) <= _SCANNED:
        picture = segno.make_qr(link, error="l").svg_data_uri(scale=4, border=4, dark="#000", light="#fff")
    return render(request, "interview/share.html", {"here": here, "link": link, "picture": picture})
