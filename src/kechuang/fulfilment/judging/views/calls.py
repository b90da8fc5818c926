"""A call that experts judge: its rubric, all its cases side by side, and the sums."""

from __future__ import annotations

from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from kechuang.accounts.acting import acting, as_role
from kechuang.accounts.models import Membership
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import DEPARTMENT, READERS, Role
from kechuang.fulfilment import calls, rules
from kechuang.fulfilment import queries as cases
from kechuang.fulfilment.assessing import benefit_of
from kechuang.fulfilment.fields import fen_of
from kechuang.fulfilment.judging import allocations, queries
from kechuang.fulfilment.judging.allocating import BY_GRADE, Terms
from kechuang.fulfilment.judging.allocations import METHOD_WORDS
from kechuang.fulfilment.judging.evaluated import GRADES
from kechuang.fulfilment.judging.forms import AllocationForm
from kechuang.fulfilment.judging.models import Allocation
from kechuang.fulfilment.judging.rubric_form import given_in, rows_of
from kechuang.fulfilment.judging.rubrics import default_for
from kechuang.fulfilment.models import Call
from kechuang.fulfilment.office_facts import about
from kechuang.fulfilment.office_views.frame import CALL_OFFICE
from kechuang.journal import clock
from kechuang.policy.language.values import Words, yuan

POST_OR_READ: Final = ["GET", "HEAD", "POST"]
COUNTS_WORDS: Final = {
    "raw": Words("原始平均分", "the plain mean"),
    "trimmed": Words("去掉最高、最低后的平均分", "the mean without the highest and lowest"),
    "normalised": Words("按专家宽严校正后的平均分", "the mean corrected for each expert's strictness"),
}
VETO_WORDS: Final = {
    "any": Words("任一专家提出即否决", "by any one expert"),
    "majority": Words("过半数专家提出即否决", "by more than half of the experts"),
}
SCALE_PARTS: Final = (("least", _("最低分")), ("most", _("最高分")), ("step", _("每档")))
NUMBER_PARTS: Final = (
    ("size", _("评审组人数")),
    ("per_case", _("每件几位专家")),
    ("quorum", _("评审会至少几人到会")),
    ("trim", _("去掉最高、最低各几个")),
    ("outlier", _("与其他专家相差几分须说明")),
)


@require_http_methods(POST_OR_READ)
@as_role(*CALL_OFFICE, *sorted(READERS))
def rubric(request: HttpRequest, number: str) -> HttpResponse:
    """The rubric: changed until the call is published, read afterwards."""
    membership = acting(request)
    call = _call(request, number)
    may_change = call.state == Call.State.DRAFT and rules.may_manage(membership, call)
    given, problem = call.rubric or default_for(benefit_of(call)), None
    if request.method == "POST":
        if not may_change:
            raise Http404
        given = {} if "none" in request.POST else given_in(request.POST)
        try:
            revision = request.POST.get("revision", "")
            calls.change(
                call, {"rubric": given}, revision=int(revision) if revision.isdecimal() else -1,
                actor=membership, at=clock.now(),
            )  # fmt: skip
        except Refused as refused:
            problem = refused.words
        else:
            return redirect("call", number)
    shown = {
        "call": call,
        "rows": rows_of(given),
        "given": given,
        "may_change": may_change,
        "problem": problem,
        "scale_parts": SCALE_PARTS,
        "number_parts": NUMBER_PARTS,
        "counts": COUNTS_WORDS,
        "vetoes": VETO_WORDS,
        "revision": request.POST.get("revision", call.revision),
    }
    return render(request, "fulfilment/judging/rubric.html", shown, status=422 if problem else 200)


@require_safe
@as_role(*CALL_OFFICE, *sorted(READERS))
def evaluation(request: HttpRequest, number: str) -> HttpResponse:
    """All cases of a call: figures from the facts, earlier grades, score, rank and grade."""
    call, membership = _call(request, number), acting(request)
    found = list(queries.evaluated_cases(call, membership))
    beside = queries.beside_scores(found, clock.now())
    shown = {
        "call": call,
        "panels": queries.panels_of(call, membership),
        "manages": rules.may_manage(membership, call),
        "rows": [(case, about(case), *beside[case.pk]) for case in found],
        "tally": [(title, sum(case.grade == grade for case in found)) for grade, title in GRADES.items()],
        "waiting": sum(case.grade == "" for case in found),
        "decides": membership.role == Role.DECIDER,
        "whole": not call.cases.filter(rules.kept_from(membership)).exists(),
    }
    return render(request, "fulfilment/judging/evaluation.html", shown)


@require_http_methods(POST_OR_READ)
@as_role(*CALL_OFFICE, *sorted(READERS))
def allocation(request: HttpRequest, number: str) -> HttpResponse:
    """The sums proposed side by side, what each costs and who gets what; a person chooses, changes and says why."""
    call, membership, at = _call(request, number), acting(request), clock.now()
    data = request.POST or request.GET
    problem: Words | None = None
    refused: dict[str, Refused] = {}
    form = AllocationForm({"method": data.get("method") or BY_GRADE, "unit": data.get("unit") or 100})
    form.is_valid()
    terms, wrong = _terms(data, form)
    method = form.cleaned_data.get("method") or BY_GRADE
    if request.method == "POST" and membership.role in DEPARTMENT and not wrong:
        try:
            sums = _sums(request)
            _kept, refused = allocations.choose(
                call, method, terms, sums, request.POST.get("reason", ""), actor=membership, at=at
            )
        except Refused as why:
            problem = why.words
        else:
            if not refused:
                return redirect(f"{reverse('call-allocation', args=[number])}?done=1")
    table = allocations.table(call, terms, actor=membership, at=at)
    whole = not call.cases.filter(rules.kept_from(membership)).exists()
    chosen = next(one for one in table.proposals if one.method == method)
    shown = {
        "call": call, "table": table, "form": form, "terms": terms, "method": method, "problem": problem or wrong,
        "methods": METHOD_WORDS, "grades": GRADES, "may_choose": membership.role == Role.DECIDER and whole,
        "rows": [(row, _typed(request, row, chosen), [one.sums.get(row.case.pk) for one in table.proposals])
                 for row in table.rows],
        "refused": [(key, one.words) for key, one in sorted(refused.items())],
        "kept": [_kept_choice(one, membership) for one in call.allocations.select_related("chosen_by__user")[:5]],
        "reason": request.POST.get("reason", ""), "done": "done" in request.GET,
    }  # fmt: skip
    status = 422 if problem or wrong or refused else 200
    return render(request, "fulfilment/judging/allocation.html", shown, status=status)


def _terms(data: Any, form: AllocationForm) -> tuple[Terms, Words | None]:
    """Shares and unit as the page has them; what is no whole percentage falls back, with the sentence."""
    parts, wrong = dict(allocations.PARTS), None
    for grade in GRADES:
        text = data.get(f"part-{grade}", "")
        if text.isdecimal() and int(text) <= 100:  # noqa: PLR2004 - percent
            parts[grade] = int(text)
        elif text:
            wrong = Words("各等次的比例应为 0 至 100 的整数。", "The part of a grade is a whole percentage.")
    return Terms(parts, form.cleaned_data.get("unit") or 100), wrong


def _sums(request: HttpRequest) -> dict[str, int]:
    found = {}
    for name, text in request.POST.items():
        if name.startswith("sum-") and str(text).strip():
            try:
                found[name.removeprefix("sum-")] = fen_of(str(text))
            except ValueError:
                raise Refused(
                    f"“{str(text)[:30]}”请写成 150000.00 的样子，单位是元。",
                    f"“{str(text)[:30]}” is no sum in yuan.",
                ) from None
    return found


def _kept_choice(one: Allocation, membership: Membership) -> dict[str, Any]:
    """A choice as it lay there: each sum beside what was proposed, and what every alternative cost at the time.

    Totals tell of every case, so whoever stays away from one gets the lines of the others alone.
    """
    numbers = [line["case"] for line in one.lines]
    seen = rules.visible_cases(membership).filter(number__in=numbers).select_related("organisation")
    names = {case.number: case.organisation.name for case in seen}
    whole = len(names) == len(numbers)
    return {
        "choice": one,
        "lines": [{**line, "name": names[line["case"]]} for line in one.lines if line["case"] in names],
        "cost": [(METHOD_WORDS[method], fen) for method, fen in one.proposed.items()] if whole else [],
        "total_fen": sum(line["amount_fen"] for line in one.lines) if whole else None,
        "reason": one.reason if whole else "",
    }


def _typed(request: HttpRequest, row: allocations.Row, chosen: Any) -> str:
    typed = request.POST.get(f"sum-{row.case.number}") if "reason" in request.POST else None
    if typed is not None:
        return typed
    fen = chosen.sums.get(row.case.pk, 0)
    return yuan(fen) if fen else ""


def _call(request: HttpRequest, number: str) -> Call:
    """A call of the own department, or any for readers; 404 otherwise."""
    membership = acting(request)
    call = cases.call_at(number, membership)
    if membership.role in DEPARTMENT and not rules.may_manage(membership, call):
        raise Http404
    return call
