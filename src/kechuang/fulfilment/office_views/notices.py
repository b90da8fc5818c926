"""Public notices as everybody reads them: the frozen list, its copies for machines and paper, and objections to it."""

from __future__ import annotations

from typing import Any, Final

from allauth.account.adapter import get_adapter
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_http_methods, require_safe

from kechuang.accounts.acting import acting_or_none
from kechuang.accounts.forms import refuse
from kechuang.accounts.models import Membership
from kechuang.accounts.queries import away_from
from kechuang.accounts.refusals import Refused
from kechuang.exchange.paper import PaperError, pdf_of
from kechuang.fulfilment import notices, office_queries, queries, rules
from kechuang.fulfilment.models import Call, Notice, Objection
from kechuang.fulfilment.office_forms import RULES, ObjectForm
from kechuang.fulfilment.office_views.frame import file
from kechuang.fulfilment.parties import cases_with
from kechuang.journal import clock
from kechuang.journal.actions import CLOCK, canonical
from kechuang.reader.paging import paged
from kechuang.reader.templatetags.kechuang import language, words
from kechuang.registry import actions as registry

RECEIPT: Final = "objection"  # in the session: the number of the objection just raised


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The notices: those that are up first."""
    state = request.GET.get("state", "")
    state = state if state in Notice.State.values else ""
    found = queries.notices(state)
    shown = {
        "state": state,
        "states": Notice.State.values,
        "today": clock.today(),
        **paged(request, found, rows=30),
    }
    return render(request, "fulfilment/public/notices.html", shown)


def notice_at(number: str) -> Notice:
    """The notice of this number; 404 where there is none."""
    found = queries.notices().filter(number=number).first()
    if found is None:
        raise Http404
    return found


@require_safe
def page(request: HttpRequest, number: str) -> HttpResponse:
    """One notice, in the look of an official paper."""
    found, membership = notice_at(number), acting_or_none(request)
    today = clock.today()
    shown = {
        **_told(found),
        "today": today,
        "open": found.state == Notice.State.PUBLISHED and today <= found.last_day,
        "answered": list(office_queries.objections_answered(found.pk)),
        "manages": bool(membership and rules.may_manage(membership, found.call)),
        "takes_back": bool(membership and rules.may_take_back(membership, found)),
        "waiting": Objection.objects.filter(line__notice=found, state=Objection.State.OPEN)
        .exclude(line__case__in=cases_with(away_from(membership)))
        .count(),
    }
    return render(request, "fulfilment/public/notice.html", shown)


def _told(found: Notice) -> dict[str, Any]:
    """A notice's frozen content, and the hash worked out anew over it."""
    content = found.content
    return {
        "notice": found,
        "content": content,
        "rule": RULES[Call.Rule(content["rule"])],
        "intact": notices.hash_of(content) == found.hash,
        "withheld": any(not line["code"] for line in content["lines"]),
    }


@require_safe
def as_json(_request: HttpRequest, number: str) -> HttpResponse:
    """The exact content that the hash is over, byte for byte."""
    found = notice_at(number)
    response = HttpResponse(canonical(found.content), content_type="application/json")
    response.headers["ETag"] = f'"{found.hash}"'
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@require_safe
def as_pdf(request: HttpRequest, number: str) -> HttpResponse:
    """The notice on paper."""
    found = notice_at(number)
    try:
        data = paper_of(found)
    except PaperError as error:
        shown = {"notice": found, "problem": error.words}
        return render(request, "fulfilment/public/no_paper.html", shown, status=503)
    return file(data, "pdf", found.number)


def paper_of(found: Notice) -> bytes:
    """A notice as PDF, in the language of the moment. Raises PaperError."""
    shown = {**_told(found), "language": language()}
    return pdf_of(render_to_string("fulfilment/public/notice_paper.html", shown))


@require_http_methods(["GET", "HEAD", "POST"])
def object_to(request: HttpRequest, number: str) -> HttpResponse:
    """Raise an objection: open to everybody, with or without an account."""
    found, membership = notice_at(number), acting_or_none(request)
    at = clock.now()
    lines = [(line["line"], f"{line['line']}. {_named(line)}") for line in found.content["lines"]]
    form = ObjectForm(
        lines,
        data=request.POST or None,
        files=request.FILES or None,
        initial=_known(request, membership, len(lines)),
    )
    if request.method == "POST" and form.is_valid():
        try:
            notices.count_try(get_adapter().get_client_ip(request), at)
            raised = _raise(found, form.cleaned_data, membership, at)
        except Refused as refused:
            refuse(form, refused)
        else:
            request.session[RECEIPT] = raised.number
            return redirect("objection-receipt")
    shown = {
        **_told(found),
        "form": form,
        "membership": membership,
        "today": clock.today(),
        "open": found.state == Notice.State.PUBLISHED and clock.today() <= found.last_day,
    }
    return render(request, "fulfilment/public/object.html", shown, status=422 if form.errors else 200)


def _named(line: dict[str, Any]) -> str:
    """A line of a notice as people tell it from others: the name, and what the support is for where that is told."""
    return f"{line['name']} · {words(line['about'])}" if "about" in line else str(line["name"])


def _known(request: HttpRequest, membership: Membership | None, lines: int) -> dict[str, Any]:
    """What need not be typed: the line that the link names, and the person who is signed in."""
    line = request.GET.get("line", "")
    known: dict[str, Any] = {"line": line if line.isdecimal() else (1 if lines == 1 else "")}
    if membership:
        known |= {
            "name": membership.organisation.name,
            "contact": membership.user.phone or membership.user.email,
        }
    return known


def _raise(found: Notice, given: dict[str, Any], membership: Membership | None, at: Any) -> Objection:
    line = found.lines.get(line=given["line"])
    evidence = None
    if given.get("evidence"):  # without an account it is the department's: nobody else sees it
        keeper, actor = (
            (membership.organisation, membership) if membership else (found.call.department, CLOCK)
        )
        evidence = registry.keep_evidence(given["evidence"], keeper, actor=actor, at=at)
    said = notices.Said(given["name"], given["contact"], given["ground"], given["remedy"], evidence)
    return notices.object_to(line, said, at=at, raised_by=membership)


@require_safe
def receipt(request: HttpRequest) -> HttpResponse:
    """What was received, under which number, and by when it is answered; shown to the one who sent it."""
    number = request.session.get(RECEIPT)
    found = Objection.objects.select_related("line__notice").filter(number=number).first() if number else None
    if found is None:
        raise Http404
    content = found.line.notice.content
    return render(
        request,
        "fulfilment/public/receipt.html",
        {
            "objection": found,
            "content": content,
            "line": content["lines"][found.line.line - 1],
            "today": clock.today(),
        },
    )
