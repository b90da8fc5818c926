"""An officer's word on a fact: what was declared, by which evidence, and the value as verified."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from kechuang.accounts.acting import acting, as_role
from kechuang.accounts.models import Membership
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.accounts.views import own_path
from kechuang.journal import clock
from kechuang.registry import actions, files, queries, showing
from kechuang.registry.forms import Asked, VerifyForm, fact_form
from kechuang.registry.models import Evidence, Fact
from kechuang.registry.showing import ShownRecord


@require_http_methods(["GET", "HEAD", "POST"])
@as_role(Role.OFFICER)
def verify(request: HttpRequest, number: int) -> HttpResponse:
    """Check what was declared and say what is right; then back to `next`, the case it is for, or to the profile."""
    fact = queries.fact_at(number, acting(request))
    about = showing.shown(fact)
    asked = Asked(fact.record, fact.field, fact.key, about.value)
    sent = request.method == "POST"
    form = fact_form([asked], request.POST if sent else None)
    kept = [(one.pk, one.name) for one in queries.evidence_of(fact.organisation_id, acting(request))]
    proof = VerifyForm(
        kept, request.POST or None, request.FILES or None, initial={"evidence": fact.evidence_id}
    )
    back = own_path(request.GET.get("next", "")) or reverse(
        "organisation-profile", args=[fact.organisation_id]
    )
    problem = None
    if sent and form.is_valid() and proof.is_valid():
        value = form.cleaned_data[asked.name]
        try:
            _verify(fact, value, asked.name, proof.cleaned_data, acting(request), clock.now())
            return redirect(back)
        except Refused as refused:
            problem = refused.words
    shown: dict[str, Any] = {
        "fact": about,
        "record": ShownRecord(about.kind, fact.key),
        "organisation": fact.organisation,
        "form": form,
        "proof": proof,
        "accepted": files.ACCEPTED,
        "back": back,
        "refused": problem,
    }
    return render(request, "registry/verify.html", shown, status=422 if sent else 200)


def _verify(
    fact: Fact, value: Any, place: str, given: dict[str, Any], actor: Membership, at: datetime
) -> None:
    if value is None:
        raise Refused("请填写核实后的值。", "Give the value as verified.", place)
    evidence: Evidence | None = (
        queries.evidence_of(fact.organisation_id, actor).filter(pk=given["evidence"] or 0).first()
    )
    if given["upload"]:
        evidence = actions.keep_evidence(given["upload"], fact.organisation, actor=actor, at=at)
    actions.verify(fact, value, actor=actor, at=at, evidence=evidence)
