"""An officer's word on a fact: what was declared, by which evidence, and the value as verified."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kechuang.accounts.acting import as_role
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.fulfilment import office_facts, queries, sections
from kechuang.fulfilment.models import Case
from kechuang.fulfilment.office_forms import VerifyForm, refuse
from kechuang.fulfilment.office_views.frame import acting
from kechuang.journal import clock
from kechuang.registry import actions as registry
from kechuang.registry import values
from kechuang.registry.forms import Asked, FactForm, fact_form
from kechuang.registry.models import Evidence, Fact


@require_http_methods(["GET", "HEAD", "POST"])
@as_role(Role.OFFICER)
def verify(request: HttpRequest, number: str, fact: int) -> HttpResponse:
    """Verify one fact of a case."""
    found = queries.case_at(number, acting(request))
    wanted = _fact(found, fact)
    field = values.field_of(wanted.record, wanted.field)
    asked = Asked(wanted.record, wanted.field, wanted.key, values.typed_of(wanted.value, field.type))
    data = request.POST or None
    said = fact_form([asked], data)
    files = [(one.pk, one.name) for one in Evidence.objects.filter(organisation=found.organisation_id)]
    proof = VerifyForm(files, data, request.FILES or None, initial={"evidence": wanted.evidence_id})
    if request.method == "POST" and _done(request, found, wanted, asked, said, proof):
        return redirect(f"{reverse('case', args=[number])}#facts")
    shown = {
        "case": found,
        "fact": wanted,
        "sees_files": True,
        "field": field,
        "shown": office_facts.shown_of(wanted),
        "source": office_facts.SOURCES[Fact.Source(wanted.source)],
        "said": said,
        "proof": proof,
    }
    status = 422 if said.errors or proof.errors else 200
    return render(request, "fulfilment/office/verify.html", shown, status=status)


def _fact(found: Case, number: int) -> Fact:
    """A fact that is known now, of the case's organisation, that the benefit reads; 404 for any other."""
    known = Fact.objects.filter(organisation=found.organisation_id, known_to__isnull=True)
    fact = (
        known.select_related("evidence", "organisation", "stated_by__user", "stated_by__organisation")
        .filter(pk=number)
        .first()
    )
    if fact is None or fact.field not in sections.fields_of(found).get(fact.record, ()):
        raise Http404
    return fact


def _done(
    request: HttpRequest, found: Case, fact: Fact, asked: Asked, said: FactForm, proof: VerifyForm
) -> bool:
    """Keep the value as verified; whether it is kept."""
    if not (said.is_valid() and proof.is_valid()):
        return False
    value: Any = said.cleaned_data.get(asked.name)
    if value is None:
        said.add_error(asked.name, _("请填写核实后的值。"))
        return False
    actor, at = acting(request), clock.now()
    try:
        evidence = _evidence(found, proof, actor, at)
        registry.verify(fact, value, actor=actor, at=at, evidence=evidence)
    except Refused as refused:
        refuse(proof, refused)
        return False
    return True


def _evidence(found: Case, proof: VerifyForm, actor: Any, at: Any) -> Evidence | None:
    """The file that the verification rests on: one uploaded now, or one that is there."""
    if proof.cleaned_data.get("upload"):
        return registry.keep_evidence(proof.cleaned_data["upload"], found.organisation, actor=actor, at=at)
    chosen = proof.cleaned_data.get("evidence")
    return Evidence.objects.filter(organisation=found.organisation_id, pk=chosen).first() if chosen else None
