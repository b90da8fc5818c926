"""Pages of what an organisation can get: its own, and that of an organisation as offices see it."""

from __future__ import annotations

from typing import cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kechuang.accounts.acting import ActingRequest, as_role
from kechuang.accounts.models import Organisation
from kechuang.accounts.roles import Role
from kechuang.entitlements.releasing import version_in_force
from kechuang.entitlements.standing_pages import standing_shown
from kechuang.journal import clock
from kechuang.reader.templatetags.kechuang import RECORDS_SHOWN, language
from kechuang.registry.rules import organisations_visible_to


@require_safe
@as_role(Role.MANAGER, Role.CLERK)
def own(request: HttpRequest) -> HttpResponse:
    """What my organisation can get now, what it lacks, what is due."""
    return _shown(request, cast("ActingRequest", request).membership.organisation, mine=True)


@require_safe
@as_role(Role.OFFICER, Role.DECIDER, Role.DISTRICT, Role.LEADER, Role.AUDITOR)
def of_organisation(request: HttpRequest, number: int) -> HttpResponse:
    """What an organisation can get, for the offices that see its profile."""
    visible = organisations_visible_to(cast("ActingRequest", request).membership)
    found = visible.filter(pk=number).first()
    if found is None:
        raise Http404
    return _shown(request, found, mine=False)


def _shown(request: HttpRequest, organisation: Organisation, *, mine: bool) -> HttpResponse:
    shown = standing_shown(
        organisation, version_in_force(), on=clock.today(), at=clock.now(), language=language(), mine=mine
    )
    return render(
        request, "entitlements/standing.html", shown | {"mine": mine, "records_shown": RECORDS_SHOWN}
    )
