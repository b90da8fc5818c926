"""One case on one page, and what its people do there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kechuang.accounts.acting import acting, as_role
from kechuang.accounts.forms import refuse
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.fulfilment import acts, case_reads, casework, findings, queries, rules, sections, stacking
from kechuang.fulfilment.judging.models import Panel
from kechuang.fulfilment.models import Approval, Call, Case
from kechuang.fulfilment.office_facts import about
from kechuang.fulfilment.office_forms import SILENCE, CreditForm, NoteForm, OverlapForm, act_form
from kechuang.fulfilment.office_views.dossiers import MAY_TAKE
from kechuang.fulfilment.office_views.frame import CALL_OFFICE, OFFICES, WORKERS
from kechuang.fulfilment.projects import showing
from kechuang.fulfilment.table import transitions
from kechuang.journal import actions as journal
from kechuang.journal import clock
from kechuang.journal.queries import drafts_for
from kechuang.journal.statements import prefetched, together
from kechuang.reader.packs import pack_in_force
from kechuang.reader.templatetags.kechuang import RECORDS_SHOWN, exact, language

Forms = dict[str, forms.Form]


@require_safe
@as_role(*OFFICES)
def case(request: HttpRequest, number: str) -> HttpResponse:
    """One case: everything about it, and the acts that are open to the person."""
    found = queries.case_at(number, acting(request))
    return _page(request, found, {})


def _page(request: HttpRequest, found: Case, bound: Forms, status: int = 200) -> HttpResponse:
    """The page; `bound`: forms that came back with faults, by their name."""
    membership, at = acting(request), clock.now()
    with together(case_reads.asks(found, membership, at)):
        return render(
            request, "fulfilment/office/case.html", _shown(request, found, bound, at), status=status
        )


def _shown(request: HttpRequest, found: Case, bound: Forms, at: datetime) -> dict[str, Any]:
    membership = acting(request)
    prefetched(found, "approvals", case_reads.approvals(found).rows())  # of guards, forms and the page alike
    open_acts = casework.open_acts(found, membership, at)
    given = _given(found)
    done = request.GET.get("done", "")
    return {
        "case": found,
        "membership": membership,
        "works": membership.role in WORKERS,
        "today": clock.today(),
        "acts": [
            {
                "act": one,
                "form": bound.get(one.rule.command) or _form(one.rule.command, given, one.amount_fen),
            }
            for one in open_acts
        ],
        "done": transitions()[done].title if done in transitions() else None,
        "faulty": next((form for form in bound.values() if form.errors), None),
        "note_form": bound.get("note") or NoteForm(prefix="note"),
        "credit_form": bound.get("credit") or CreditForm(prefix="credit"),
        "overlap_form": OverlapForm(prefix="overlap"),
        "overlap_bound": bound.get("overlap"),
        "silences": SILENCE,
        "may_select": membership.role == Role.DECIDER and found.state in {"accepted", "reviewing", "graded"},
        "may_match": membership.role in {Role.DISTRICT, Role.OFFICER}
        and found.state not in {"closed", "withdrawn"},
        "may_verify": membership.role == Role.OFFICER
        and found.state not in {"closed", "rejected", "withdrawn"},
        "may_take": membership.role in MAY_TAKE,
        "about": about(found),
        "records_shown": RECORDS_SHOWN,
        "pack": pack_in_force(),
        **casework.dossier(found, membership, at, language()),
        "project": showing.project(found, clock.today()) if rules.sees_whole(membership) else None,
    }


def _given(found: Case) -> dict[str, Any]:
    """What the forms of acts offer."""
    silent = any(
        one.voided_at is None and one.result == Approval.Result.SILENT for one in found.approvals.all()
    )
    return {
        "sections": sections.sections_of(found),
        "panels": Panel.objects.filter(call=found.call, state__in=(Panel.State.FORMING, Panel.State.SCORING)),
        "milestones": showing.milestone_choices(found),
        "ranked": found.call.rule == Call.Rule.RANKING,
        "escalated": silent and any(gate["silence"] == "escalate" for gate in found.call.gates),
    }


def _form(command: str, given: dict[str, Any], amount_fen: int | None, data: Any = None) -> forms.Form:
    return act_form(command, transitions()[command].needs, {**given, "amount": amount_fen}, data)


@require_POST
@as_role(*WORKERS)
def act(request: HttpRequest, number: str, command: str) -> HttpResponse:
    """Carry out one act; what is refused comes back with the sentence and all that was typed."""
    found = queries.case_at(number, acting(request))
    if command not in transitions():
        raise Http404
    form = _form(command, _given(found), acts.proposed_fen(found, command), request.POST)
    if form.is_valid() and not _is_asked_again(request, found, command, form):
        given = {name: value for name, value in form.cleaned_data.items() if value not in (None, "", [])}
        try:
            acts.do(
                found,
                command,
                actor=acting(request),
                at=clock.now(),
                revision=_revision(request, found),
                **given,
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            return redirect(f"{reverse('case', args=[number])}?done={command}")
    return _page(request, found, {command: form}, 422)


def _is_asked_again(request: HttpRequest, found: Case, command: str, form: forms.Form) -> bool:
    """Whether a sum that looks slipped is yet to be confirmed: the form then asks once, for this very sum."""
    amount = form.cleaned_data.get("amount")
    proposed = None if amount is None else acts.looks_slipped(found, command, amount, acting(request))
    if proposed is None or request.POST.get(f"{command}-sure") == str(amount):
        return False
    said = {"sum": exact(amount), "proposed": exact(proposed)}
    form.add_error("amount", _("%(sum)s 不到原来金额 %(proposed)s 的百分之一，请核对是否写错了单位。") % said)
    form.unsure = amount  # type: ignore[attr-defined]  # the page asks under the field
    return True


def _revision(request: HttpRequest, found: Case) -> int:
    text = request.POST.get("revision", "")
    return int(text) if text.isdecimal() and len(text) < 10 else found.revision - 1  # noqa: PLR2004 - none given is stale


def _aside(
    request: HttpRequest, found: Case, name: str, form: forms.Form, do: Callable[[dict[str, Any]], object]
) -> HttpResponse:
    """Something beside the acts of the table: done, or back with the sentence."""
    if form.is_valid():
        try:
            do(form.cleaned_data)
        except Refused as refused:
            refuse(form, refused)
        else:
            return redirect(f"{reverse('case', args=[found.number])}#{name}")
    return _page(request, found, {name: form}, 422)


@require_POST
@as_role(*WORKERS)
def note(request: HttpRequest, number: str) -> HttpResponse:
    """Leave a note for colleagues."""
    found, actor = queries.case_at(number, acting(request)), acting(request)
    form = NoteForm(request.POST, prefix="note")
    return _aside(
        request,
        found,
        "note",
        form,
        lambda given: casework.note(found, given["text"], actor=actor, at=clock.now()),
    )


@require_POST
@as_role(*CALL_OFFICE)
def overlap(request: HttpRequest, number: str, other: str) -> HttpResponse:
    """Say whether another case supports the same thing."""
    found, actor = queries.case_at(number, acting(request)), acting(request)
    second = next((one.case for one in stacking.overlaps(found) if one.case.number == other), None)
    if second is None:
        raise Http404
    form = OverlapForm(request.POST, prefix="overlap")
    form.other = second.pk  # type: ignore[attr-defined]  # the page shows the faults under this overlap
    return _aside(
        request, found, "overlap", form,
        lambda given: stacking.decide(
            found, second, same=given["same"] == "yes", why=given["why"], actor=actor, at=clock.now()
        ),
    )  # fmt: skip


@require_POST
@as_role(*CALL_OFFICE)
def credit(request: HttpRequest, number: str, finding: int) -> HttpResponse:
    """Enter the credit record of a finding."""
    found, actor = queries.case_at(number, acting(request)), acting(request)
    wanted = get_object_or_404(found.findings, pk=finding)
    form = CreditForm(request.POST, prefix="credit")
    return _aside(
        request, found, "credit", form,
        lambda given: findings.record_credit(wanted, given["text"], actor=actor, at=clock.now()),
    )  # fmt: skip


@require_POST
@as_role(*CALL_OFFICE)
def release(request: HttpRequest, number: str) -> HttpResponse:
    """Send the letters about a case that waited for somebody to read them."""
    found, actor = queries.case_at(number, acting(request)), acting(request)
    if not rules.may_manage(actor, found.call):
        raise Http404
    journal.release(
        drafts_for(f"case:{found.pk}").filter(pk__in=_numbers(request)), actor=actor, at=clock.now()
    )
    return redirect(f"{reverse('case', args=[number])}#letters")


def _numbers(request: HttpRequest) -> list[int]:
    return [int(one) for one in request.POST.getlist("letter") if one.isdecimal() and len(one) < 19]  # noqa: PLR2004 - bigint
