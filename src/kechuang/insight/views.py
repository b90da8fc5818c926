"""The page of simulations: it parses, asks, and renders; and hands out the same as files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kechuang.entitlements.models import Run
from kechuang.entitlements.queries import run_at
from kechuang.entitlements.versions import pack_then
from kechuang.exchange.paper import PaperError
from kechuang.exchange.simulation import parameter_title
from kechuang.exchange.simulation_files import FORMATS, MAKERS
from kechuang.exchange.simulation_tables import active, cell, tables_of
from kechuang.insight import actions, answers
from kechuang.insight.charts import charts_of
from kechuang.insight.levers import panels
from kechuang.insight.models import Population, State
from kechuang.insight.questions import FIELD, READING, SIZES, Question, literal, read_question, solvable
from kechuang.policy.encoding.binding import Bound, bind
from kechuang.policy.encoding.loading import shipped_packs
from kechuang.policy.language.values import MONEY
from kechuang.reader.packs import pack_in_force, pack_named
from kechuang.reader.templatetags.kechuang import language

TYPES: Final = {
    "json": "application/json",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
OUTCOME: Final = "outcome"  # the part of the page that is drawn anew
WIDE: Final = frozenset({"totals", "benefits", "sensitivity"})


@dataclass(frozen=True)
class Asked:
    """One request, read: the run (None: a synthetic city), the law, the question, the population."""

    run: Run | None
    law: Bound
    question: Question
    population: Population


def _asked(request: HttpRequest) -> Asked:
    """Read the request and see to it that the population is there or on its way. 404 for a run that is not there."""
    named, today = request.GET.get("run", ""), timezone.localdate()
    run = run_at(named) if named else None
    if run is not None and run.state != Run.State.DONE:
        raise Http404
    if run is not None:
        law = bind(pack_then(run.pack, run.pack_hash), run.on, run.year)
    else:
        on = actions.city_day(today)
        law = bind(pack_in_force(), on, on.year - 1)
    question = read_question(request.GET, law, language())
    return Asked(run, law, question, actions.population_for(question, run, today))


@require_safe
def simulate(request: HttpRequest) -> HttpResponse:
    """What can be changed on the left, what comes of it on the right."""
    asked = _asked(request)
    partial = request.headers.get("HX-Target") == OUTCOME
    typed = any(name.startswith((FIELD, READING)) for name in request.GET)
    if typed and not partial and not asked.question.faults:
        return redirect(f"{request.path}?{asked.question.query}")
    try:
        shown = _outcome(asked)
    except (answers.BusyError, actions.TooManyError):
        return _busy(request)
    shown |= {"asked": asked, "query": asked.question.query}
    if partial:
        response = render(request, "insight/_outcome.html", shown)
        if typed:
            response.headers["HX-Push-Url"] = f"{request.path}?{asked.question.query}"
        return response
    shown |= _controls(asked)
    response = render(request, "insight/simulate.html", shown, status=422 if asked.question.faults else 200)
    if asked.run is not None:
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _outcome(asked: Asked) -> dict[str, Any]:
    """The answer; or how far the population or the answer is."""
    population, question = asked.population, asked.question
    if population.state != State.READY:
        return {"population": population, "waiting": population}
    if answers.seconds(question, asked.law, population.size) > answers.AT_MOST:
        simulation = actions.ask(population, question)
        if simulation.state != State.READY:
            return {"population": population, "waiting": simulation, "question_waits": True}
        return _told(population, simulation.told[language()])
    return _told(population, answers.answered(population, question, language()))


def _told(population: Population, data: dict[str, Any]) -> dict[str, Any]:
    charts = charts_of(data)
    tables = [
        {
            "table": table,
            "rows": [
                [
                    (cell(value, kind, data["language"]), kind, value, head)
                    for value, (head, kind) in zip(row, table.columns, strict=True)
                ]
                for row in table.rows
            ],
            "chart": charts.get(table.key),
            "chart_id": f"chart-{table.key}",
            "wide": table.key in WIDE,
        }
        for table in tables_of(data)
    ]
    return {"population": population, "data": data, "tables": tables, "active": active(data)}


def _controls(asked: Asked) -> dict[str, Any]:
    question, law = asked.question, asked.law
    pack = question.reform.pack or law.pack
    names = [law.pack.id, *(name for name in shipped_packs() if name != law.pack.id)]
    chosen = panels(question, law, language())
    given = "" if question.appropriation is None else literal(question.appropriation, MONEY)
    return {
        "law": law,
        "panels": chosen,
        "sizes": SIZES,
        "packs": [
            (name, pack_named(name).title.pick(language()), pack_named(name) is pack) for name in names
        ],
        "changes": sum(one.changes for one in chosen),
        "solvable": [
            (one.key, f"{one.benefit.title.pick(language())} · {parameter_title(pack, one.key, language())}")
            for one in solvable(pack, law.on, law.readings)
        ],
        "appropriation": question.typed.get("appropriation", given),
        "faults": question.faults,
    }


@require_safe
def report(request: HttpRequest, kind: str) -> HttpResponse:
    """The answer as a file."""
    if kind not in FORMATS:
        raise Http404
    asked = _asked(request)
    try:
        shown = _outcome(asked)
        if "data" not in shown:
            return redirect(f"/simulate/?{asked.question.query}")
        with answers.turn():
            content = MAKERS[kind](shown["data"])
    except (answers.BusyError, actions.TooManyError):
        return _busy(request)
    except PaperError as error:
        return _not_now(request, _("本机不能生成 PDF"), error.words.pick(language()))
    response = HttpResponse(content, content_type=TYPES[kind])
    response.headers["Content-Disposition"] = (
        f'attachment; filename="kechuang-simulation-{asked.law.on}.{kind}"'
    )
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _not_now(request: HttpRequest, title: str, text: str) -> HttpResponse:
    return render(request, "web/problem.html", {"title": title, "text": text}, status=503)


def _busy(request: HttpRequest) -> HttpResponse:
    return _not_now(request, _("推演的人太多"), _("请过一分钟再试；您的改动都在网址里，不会丢失。"))
