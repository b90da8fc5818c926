"""Calls as everybody reads them, and as a department writes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from kechuang.accounts.acting import acting, acting_or_none, as_role
from kechuang.accounts.contacts import contact_of
from kechuang.accounts.forms import refuse
from kechuang.accounts.models import Membership
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import APPLICANTS, DEPARTMENT, READERS, Role
from kechuang.entitlements import releasing, versions
from kechuang.entitlements.models import PackVersion, Sweep
from kechuang.fulfilment import calls, office_queries, queries, rules, scheduling, tally
from kechuang.fulfilment.assessing import benefit_of, pack_of
from kechuang.fulfilment.call_days import cautions_of
from kechuang.fulfilment.fields import local
from kechuang.fulfilment.guide import fetched_of, keyed
from kechuang.fulfilment.models import Call
from kechuang.fulfilment.office_forms import RULES, SILENCE, CallForm, NewCallForm
from kechuang.fulfilment.office_views.frame import CALL_OFFICE, picked
from kechuang.fulfilment.table import gates, voices
from kechuang.journal import clock
from kechuang.policy.language.values import yuan
from kechuang.reader.paging import paged
from kechuang.reader.templatetags.kechuang import words
from kechuang.treasury.models import Appropriation

DOCUMENTS: Final = 3  # empty lines for further documents on the page of a draft
POST_OR_READ: Final = ["GET", "HEAD", "POST"]


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The calls, the newest first."""
    chosen = picked(request, ("state", "measure", "q"))
    membership = acting_or_none(request)
    found = office_queries.calls_listed(membership, chosen["state"], chosen["measure"], chosen["q"])
    shown = {
        "chosen": chosen,
        "narrowed": any(chosen.values()),
        "today": clock.today(),
        "now": clock.now(),
        "states": _states_shown(membership),
        "measures": sorted({one.partition(".")[0] for one in _benefits_of_calls(membership)}, key=_measure),
        "may_write": bool(membership and membership.role in DEPARTMENT),
        **paged(request, found, rows=30),
    }
    return render(request, "fulfilment/public/calls.html", shown)


def _states_shown(membership: Membership | None) -> list[str]:
    hidden = set() if membership and membership.role in {*DEPARTMENT, *READERS} else {"draft", "withdrawn"}
    return [state for state in Call.State.values if state not in hidden]


def _benefits_of_calls(membership: Membership | None) -> list[str]:
    return list(rules.visible_calls(membership).order_by().values_list("benefit", flat=True).distinct())


def _measure(key: str) -> tuple[int, str]:
    return (int(key), "") if key.isdecimal() else (999, key)


@require_safe
def page(request: HttpRequest, number: str) -> HttpResponse:
    """One call: what it gives, to whom, by when, what to hand in and what not; for its department, what to do."""
    membership = acting_or_none(request)
    call = queries.call_at(number, membership)
    manages = bool(membership and rules.may_manage(membership, call))
    shown = {
        **described(call),
        "reached": contact_of(call.department),
        "membership": membership,
        "manages": manages,
        "opens_bids": manages and membership is not None and membership.role == Role.OFFICER,
        "judged": benefit_of(call).lifecycle in {"evaluation", "project"},
        "counts": _counts(call, membership)
        if membership and (manages or membership.role in READERS)
        else None,
        "may_apply": membership is None or membership.role in APPLICANTS,
        "hindered": scheduling.unpublished_because(call)
        if manages and call.state == Call.State.DRAFT
        else None,
        "extensions": queries.extensions_of(call),
        "taking": call.state == Call.State.PUBLISHED and call.opens_at <= clock.now() <= call.closes_at,
    }
    return render(request, "fulfilment/public/call.html", shown)


def described(call: Call) -> dict[str, Any]:
    """A call in words: benefit, clause, documents, gates, rule."""
    benefit, pack = benefit_of(call), pack_of(call)
    return {
        "call": call,
        "benefit": benefit,
        "pack": pack,
        "clause": benefit.amount.quote.text if benefit.amount.quote else "",
        "fetched": fetched_of(benefit),
        "rule": RULES[Call.Rule(call.rule)],
        "gates": [
            {**gate, "title": voices()[gate["gate"]].title, "asks": voices()[gate["gate"]].asks,
             "means": SILENCE[gate["silence"]]}
            for gate in call.gates
        ],
        "cautions": lambda: cautions_of(call),  # for the pages of its department alone
        "today": clock.today(),
        "now": clock.now(),
    }  # fmt: skip


def _counts(call: Call, membership: Membership) -> dict[str, Any]:
    """How many cases that the person may see have come in, and their sums; how many drafts there are."""
    come_in = Q(call=call) & ~Q(state__in=("draft", "withdrawn", "declined"))
    drafts = call.cases.filter(state="draft").exclude(rules.kept_from(membership))
    return {**tally.totals(membership, come_in), "drafts": drafts.count()}


@require_http_methods(POST_OR_READ)
@as_role(*CALL_OFFICE)
def new(request: HttpRequest) -> HttpResponse:
    """Begin a call for a benefit that this department answers for."""
    membership, version = acting(request), releasing.version_in_force()
    on = clock.today()
    sweep = _sweep_asked(request)
    form = NewCallForm(
        offered_benefits(membership, version),
        _sweeps(membership, version),
        [(one.pk, _money(one)) for one in office_queries.appropriations()],
        data=request.POST or None,
        initial={
            "year": sweep.year if sweep else on.year - 1,
            "on": sweep.on if sweep else on,
            **{key: request.GET[key] for key in ("benefit", "sweep") if key in request.GET},
        },
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = calls.draft(_plan(form.cleaned_data, version), actor=membership, at=clock.now())
        except Refused as refused:
            refuse(form, refused)
        else:
            return redirect("call-edit", made.number)
    status = 422 if form.errors else 200
    return render(request, "fulfilment/office/call_new.html", {"form": form}, status=status)


def _sweep_asked(request: HttpRequest) -> Sweep | None:
    """The sweep that the address names: the call is judged by its day and year."""
    number = request.GET.get("sweep", "")
    known = number.isdecimal() and len(number) < 19  # noqa: PLR2004 - bigint
    return office_queries.sweeps_done().filter(pk=number).first() if known else None


def _plan(given: dict[str, Any], version: PackVersion) -> calls.Plan:
    sweep = office_queries.sweeps_done().filter(pk=given["sweep"]).first() if given["sweep"] else None
    return calls.Plan(
        benefit=given["benefit"],
        version=sweep.version if sweep else version,
        year=sweep.year if sweep else given["year"],
        on=sweep.on if sweep else given["on"],
        window=(given["opens_at"], given["closes_at"]),
        appropriation=Appropriation.objects.get(pk=given["appropriation"]),
        sweep=sweep,
    )


def offered_benefits(membership: Membership, version: PackVersion) -> list[tuple[str, str]]:
    """The benefits of the department's measures that are paid and that the table can carry: (id, words)."""
    pack, carried = versions.pack_of(version.hash), calls.lifecycles()
    own = membership.organisation.department
    return [
        (benefit.id, f"{benefit.measure}. {words(benefit.title)}")
        for measure in pack.measures.values()
        if own in {name for name, _ in measure.departments}
        for benefit in measure.benefits
        if benefit.lifecycle in carried and benefit.amount.is_paid
    ]


def _sweeps(membership: Membership, version: PackVersion) -> list[tuple[int, str]]:
    titles = dict(offered_benefits(membership, version))
    return [
        (one.pk, f"{titles[one.benefit]} · {one.year} · {one.on}")
        for one in office_queries.sweeps_done()[:50]
        if one.benefit in titles
    ]


def _money(one: Appropriation) -> str:
    return f"{one.year} · {one.measure} · {one.title} · {yuan(one.free_fen)} / {yuan(one.amount_fen)}"


@require_http_methods(POST_OR_READ)
@as_role(*CALL_OFFICE)
def edit(request: HttpRequest, number: str) -> HttpResponse:
    """Change a draft."""
    membership = acting(request)
    call = queries.call_at(number, membership)
    if call.state != Call.State.DRAFT or not rules.may_manage(membership, call):
        return redirect("call", number)
    form = CallForm(request.POST or None, initial=_initial(call))
    documents = _documents_given(request) if request.method == "POST" else call.documents
    chosen = (
        _gates_given(request) if request.method == "POST" else {gate["gate"]: gate for gate in call.gates}
    )
    if request.method == "POST" and form.is_valid():
        changes = {**_changes(form.cleaned_data), "documents": documents, "gates": _gates(chosen)}
        try:
            calls.change(call, changes, revision=_revision(request), actor=membership, at=clock.now())
        except Refused as refused:
            refuse(form, refused)
        else:
            return redirect("call", number)
    shown = {
        **described(call),
        "form": form,
        "documents": [*documents, *[{"key": "", "title": {}, "why": {}}] * DOCUMENTS],
        "offices": [{"key": key, "voice": voices()[key], "given": chosen.get(key)} for key in gates()],
        "silences": SILENCE,
        "revision": request.POST.get("revision", call.revision),
    }
    return render(request, "fulfilment/office/call_edit.html", shown, status=422 if form.errors else 200)


def _initial(call: Call) -> dict[str, Any]:
    return {
        "title_zh": call.title["zh"],
        "title_en": call.title["en"],
        "guide_zh": call.guide.get("zh", ""),
        "guide_en": call.guide.get("en", ""),
        "on": call.on,
        "opens_at": local(call.opens_at),
        "closes_at": local(call.closes_at),
        "publish_at": local(call.publish_at),
        "rule": call.rule,
        "recommended": call.recommended,
        "quorum": call.quorum,
        "notice_days": call.notice_days,
    }


def _changes(given: dict[str, Any]) -> dict[str, Any]:
    paired = {
        name: {"zh": given.pop(f"{name}_zh"), "en": given.pop(f"{name}_en")} for name in ("title", "guide")
    }
    return {**given, **paired}


@dataclass(frozen=True)
class _Lines:
    """The columns of the documents' table, as they came in."""

    key: list[str]
    zh: list[str]
    en: list[str]
    why_zh: list[str]
    why_en: list[str]


def _documents_given(request: HttpRequest) -> list[dict[str, Any]]:
    """The documents as typed; a line without a Chinese title is left out."""
    names = ("key", "zh", "en", "why_zh", "why_en")
    rows = zip(*(request.POST.getlist(f"document_{name}") for name in names), strict=False)
    return keyed(
        [
            {
                "key": key,
                "title": {"zh": zh.strip()[:200], "en": (en.strip() or zh.strip())[:200]},
                "why": {"zh": why_zh.strip()[:500], "en": (why_en.strip() or why_zh.strip())[:500]},
            }
            for key, zh, en, why_zh, why_en in rows
            if zh.strip()
        ]
    )


def _gates_given(request: HttpRequest) -> dict[str, dict[str, Any]]:
    """The offices ticked, with what was typed beside them."""
    found = {}
    for key in gates():
        if request.POST.get(f"gate_{key}"):
            days = request.POST.get(f"gate_{key}_days", "")
            found[key] = {
                "gate": key,
                "days": int(days) if days.isdecimal() and len(days) < 4 else 0,  # noqa: PLR2004 - 0 is refused with words
                "silence": request.POST.get(f"gate_{key}_silence", ""),
            }
    return found


def _gates(chosen: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    return [chosen[key] for key in gates() if key in chosen]


def _revision(request: HttpRequest) -> int:
    text = request.POST.get("revision", "")
    return int(text) if text.isdecimal() else -1
