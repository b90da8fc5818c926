"""Pages of projects: the list of contracts; reports and changes of undertakers; selection, opening, invitations."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Any, Final

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kechuang.accounts.acting import acting, as_role
from kechuang.accounts.forms import refuse
from kechuang.accounts.models import Membership
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import APPLICANTS, Role
from kechuang.accounts.widgets import Day
from kechuang.fulfilment import queries as of_cases
from kechuang.fulfilment import rules, workflow
from kechuang.fulfilment.applicant_views.common import WRONG, page
from kechuang.fulfilment.fields import Yuan
from kechuang.fulfilment.models import Call, Case, CaseMember, Opening
from kechuang.fulfilment.office_export import workbook
from kechuang.fulfilment.office_views.frame import OFFICES, file, picked
from kechuang.fulfilment.projects import bids, consortium, matching, queries
from kechuang.fulfilment.projects.applicant_forms import ChangeForm, ReportForm
from kechuang.fulfilment.table import states
from kechuang.journal import clock
from kechuang.policy.language.values import Words
from kechuang.reader.paging import paged
from kechuang.reader.templatetags.kechuang import language
from kechuang.registry import actions as registry

MOST: Final = 50_000  # rows of an export
READ: Final = ["GET", "HEAD", "POST"]
KIND_WORDS: Final = {
    "running": Words("实施中", "under way"),
    "due": Words("三十天内到期", "due within thirty days"),
    "late": Words("逾期", "overdue"),
    "reported": Words("待验收", "to be accepted"),
    "changes": Words("待答复变更", "change asked for"),
    "completed": Words("已验收", "accepted in whole"),
    "failed": Words("已终止", "ended early"),
}
HEADINGS: Final = (
    ("number", Words("合同登记编号", "contract"), "text"),
    ("case", Words("申报编号", "case"), "text"),
    ("organisation", Words("承担单位", "undertaker"), "text"),
    ("title", Words("项目类别", "programme"), "words"),
    ("state", Words("状态", "state"), "words"),
    ("signed_on", Words("签订日期", "signed on"), "day"),
    ("milestones", Words("里程碑数", "milestones"), "number"),
    ("done", Words("已验收里程碑", "accepted milestones"), "number"),
    ("next_on", Words("下一到期日", "next due"), "day"),
    ("amount", Words("合同金额", "contract sum"), "sum"),
    ("paid", Words("已拨付", "paid"), "sum"),
)
NAMES: Final = tuple(one.name for one in fields(queries.Chosen))


@require_safe
@as_role(*OFFICES)
def index(request: HttpRequest) -> HttpResponse:
    """Contracts: what runs, what is due, what is late; filtered, with sums."""
    who, today = acting(request), clock.today()
    given = picked(request, NAMES)
    chosen = queries.Chosen(**given)
    sums, found = queries.contracts_in_pages(who, chosen, today)
    pages = paged(request, found, sums["count"])
    shown = {
        "chosen": chosen,
        "narrowed": any(given.values()),
        "kinds": [(kind, KIND_WORDS[kind], sums[kind]) for kind in queries.KINDS],
        **pages,
        "rows": queries.shown(who, pages["page"].object_list, today),
        "sums": sums,
        "query": request.GET.urlencode(),
    }
    return render(request, "fulfilment/projects/index.html", shown)


@require_safe
@as_role(*OFFICES)
def export(request: HttpRequest) -> HttpResponse:
    """The same list as a workbook."""
    return file(workbook_of(acting(request), queries.Chosen(**picked(request, NAMES))), "xlsx", "projects")


def workbook_of(membership: Membership, chosen: queries.Chosen) -> bytes:
    """The contracts that a membership may see and that fit, in the language of the moment."""
    found: Any = queries.contracts(membership, chosen, clock.today())[:MOST]
    rows = (
        (
            one.number,
            one.case.number,
            one.case.organisation.name,
            Words(one.case.call.title["zh"], one.case.call.title["en"]),
            states()[one.case.state].title,
            timezone.localdate(one.signed_at),
            one.milestones_n,
            one.done,
            one.next_on,
            one.amount_fen,
            one.paid_fen,
        )
        for one in found
    )
    return workbook(_("项目"), HEADINGS, rows, language())


@require_http_methods(READ)
@as_role(*APPLICANTS)
def report(request: HttpRequest, number: str, place: int) -> HttpResponse:
    """Report on a milestone, with a file."""
    case, membership, at = of_cases.case_at(number, acting(request)), acting(request), clock.now()
    milestone = get_object_or_404(queries.milestones_of(case), number=place)
    form = ReportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        given: dict[str, Any] = {"milestone": place, "text": form.cleaned_data["text"]}
        try:
            if upload := form.cleaned_data.get("file"):
                given["evidence"] = registry.keep_evidence(upload, case.organisation, actor=membership, at=at)
            workflow.apply(case, "report_milestone", actor=membership, at=at, **given)
            return redirect(f"{reverse('case', args=[number])}#contract")
        except Refused as refused:
            refuse(form, refused)
    shown = {"case": case, "milestone": milestone, "form": form, "errors": _errors(form)}
    return page(request, "milestone_report", shown, WRONG if request.method == "POST" else 200)


@require_http_methods(READ)
@as_role(*APPLICANTS)
def ask_change(request: HttpRequest, number: str) -> HttpResponse:
    """Ask for a later day, or another change."""
    case, membership = of_cases.case_at(number, acting(request)), acting(request)
    if case.state != "running":
        raise Http404
    left = queries.open_milestones_of(case)
    choices = [(one.number, f"{one.number}. {one.title}（{one.due_on}）") for one in left]
    form = ChangeForm(request.POST or None, milestones=choices)
    if request.method == "POST" and form.is_valid():
        try:
            workflow.apply(case, "ask_change", actor=membership, at=clock.now(), **form.cleaned_data)
            return redirect(f"{reverse('case', args=[number])}#contract")
        except Refused as refused:
            refuse(form, refused)
    shown = {"case": case, "form": form, "errors": _errors(form)}
    return page(request, "contract_change", shown, WRONG if request.method == "POST" else 200)


def _errors(form: Any) -> list[tuple[str, str]]:
    return [(f"f-{name}", text) for name, texts in form.errors.items() if name != "__all__" for text in texts]


@require_POST
@as_role(*APPLICANTS)
def take_back(request: HttpRequest, number: str) -> HttpResponse:
    """Take a sealed bid back, to change it before the close."""
    case = of_cases.case_at(number, acting(request))
    try:
        workflow.apply(case, "take_back", actor=acting(request), at=clock.now())
    except Refused as refused:
        shown = {"case": case, "words": refused.words}
        return render(request, "fulfilment/projects/refused.html", shown, status=WRONG)
    return redirect("case", number)


class SelectForm(forms.Form):
    """The day of selection."""

    on = Day()


class SumForm(forms.Form):
    """A sum, zero allowed."""

    matched = Yuan()


@require_POST
@as_role(Role.DECIDER)
def select(request: HttpRequest, number: str) -> HttpResponse:
    """Select a bid (立项)."""
    case, form = of_cases.case_at(number, acting(request)), SelectForm(request.POST)
    if form.is_valid():
        try:
            bids.select(case, form.cleaned_data["on"], actor=acting(request), at=clock.now())
            return redirect(f"{reverse('case', args=[number])}#project")
        except Refused as refused:
            refuse(form, refused)
    return _refused(request, case, form)


@require_POST
@as_role(Role.DISTRICT, Role.OFFICER)
def matched(request: HttpRequest, number: str) -> HttpResponse:
    """State the sum of the other body that this one follows."""
    case, form = of_cases.case_at(number, acting(request)), SumForm(request.POST)
    if form.is_valid():
        try:
            matching.say(case, form.cleaned_data["matched"], actor=acting(request), at=clock.now())
            return redirect(f"{reverse('case', args=[number])}#project")
        except Refused as refused:
            refuse(form, refused)
    return _refused(request, case, form)


def _refused(request: HttpRequest, case: Case, form: forms.Form) -> HttpResponse:
    said = next(str(text) for texts in form.errors.values() for text in texts)
    shown = {"case": case, "words": Words(said, said)}
    return render(request, "fulfilment/projects/refused.html", shown, status=WRONG)


@require_http_methods(READ)
@as_role(Role.OFFICER)
def open_bids(request: HttpRequest, number: str) -> HttpResponse:
    """Open all sealed bids of a call together; afterwards the record of it."""
    membership, at = acting(request), clock.now()
    call: Call = of_cases.call_at(number, membership)
    if not call.sealed or not rules.may_manage(membership, call):
        raise Http404
    refused = None
    if request.method == "POST":
        try:
            bids.open_all(call, actor=membership, at=at)
            return redirect("open-bids", number)
        except Refused as error:
            refused = error.words
    opening = queries.opening_of(call)
    shown = {
        "call": call,
        "opening": opening,
        "bids": _opened(opening, membership) if opening else [],
        "may_open": at > call.closes_at,
        "refused": refused,
    }
    return render(request, "fulfilment/projects/open_bids.html", shown, status=WRONG if refused else 200)


def _opened(opening: Opening, membership: Membership) -> list[dict[str, Any]]:
    """The bids that were opened, by name and with the time received; none of whom the reader stays away from."""
    names = queries.names_of_bids(opening, membership)
    return [
        {
            **one,
            "name": names[one["number"]],
            "at": one["submitted_at"] and datetime.fromisoformat(one["submitted_at"]),
        }
        for one in opening.bids
        if one["number"] in names
    ]


@require_safe
@as_role(*APPLICANTS)
def invitations(request: HttpRequest) -> HttpResponse:
    """The consortia that this organisation is named in, to confirm its share and duty."""
    membership = acting(request)
    found = consortium.waiting_for(membership.organisation)
    shown = {
        "members": [
            {"member": one, "money": consortium.percent(one.money), "work": consortium.percent(one.work)}
            for one in found
        ],
        "may_confirm": membership.role == Role.MANAGER,
    }
    return render(request, "fulfilment/projects/invitations.html", shown)


@require_POST
@as_role(Role.MANAGER)
def confirm(request: HttpRequest, number: int) -> HttpResponse:
    """Agree to one's own share and duty, as they were shown."""
    membership = acting(request)
    found: CaseMember = get_object_or_404(consortium.waiting_for(membership.organisation), pk=number)
    try:
        consortium.must_be_as_shown(found, request.POST.get("seen", ""))
        consortium.confirm(found, actor=membership, at=clock.now())
    except Refused as refused:
        shown = {"words": refused.words}
        return render(request, "fulfilment/projects/refused.html", shown, status=WRONG)
    return redirect("consortium-invitations")
