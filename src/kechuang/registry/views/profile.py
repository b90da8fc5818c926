"""The profile of an organisation (一企一档): its own, and as officers see it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from datetime import date
from typing import Any, Final

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kechuang.accounts.acting import acting, as_role
from kechuang.accounts.models import Membership, Organisation
from kechuang.accounts.roles import APPLICANTS, Role
from kechuang.exchange.lists import write_listing
from kechuang.journal import clock
from kechuang.policy.language.vocabulary import YEARS, load_vocabulary
from kechuang.reader.paging import paged
from kechuang.reader.templatetags.kechuang import district_name, language
from kechuang.reference.divisions import weihai_districts
from kechuang.registry import actions, files, queries, rules, showing
from kechuang.registry.queries import OrganisationFilters
from kechuang.registry.showing import ShownRecord
from kechuang.registry.timeline import time_line
from kechuang.registry.views.common import attached

OFFICES: Final = tuple(
    role
    for role in Role
    if role not in APPLICANTS and role not in {Role.REVIEWER, Role.EXPERT, Role.OPERATOR}
)
"""Roles that open the profiles of others."""
MOST_EXPORTED: Final = 200_000


@require_safe
@as_role(*APPLICANTS)
def own(request: HttpRequest) -> HttpResponse:
    """The profile of one's own organisation, with what may be filled in."""
    organisation = acting(request).organisation
    shown = _profile(request, organisation)
    filled = {record.kind.name for record in shown["records"]}
    others = [kind for kind in load_vocabulary().records.values() if kind.name not in filled]
    kept = request.GET.get("kept", "")
    more = {"others": others, "accepted": files.ACCEPTED, "kept": int(kept) if kept.isdecimal() else None}
    return render(request, "registry/own.html", {**shown, **more})


@require_safe
@as_role(*OFFICES)
def one(request: HttpRequest, number: int) -> HttpResponse:
    """The profile of an organisation, for officers."""
    organisation = queries.organisation_at(number, acting(request))
    shown = _profile(request, organisation)
    return render(
        request, "registry/organisation.html", {**shown, "verifies": rules.may_verify(acting(request))}
    )


def _profile(request: HttpRequest, organisation: Organisation) -> dict[str, Any]:
    """What both profiles show; four queries."""
    membership = acting(request)
    facts = showing.facts_open_to(membership, organisation, clock.now())
    records = showing.records_shown(facts)
    sees = rules.may_see_files_of(membership, organisation)
    return {
        "organisation": organisation,
        "records": records,
        "kinds": _by_kind(records),
        "from_city": sum(one.prevails and one.fact.source != "declared" for one in facts),
        "from_itself": sum(one.prevails and one.fact.source == "declared" for one in facts),
        "disputed": [one for one in facts if one.disputed],
        "line": time_line(records, clock.today()),
        "evidence": list(queries.evidence_of(organisation.pk, membership)) if sees else [],
        "sees_evidence": sees,
        "kind_words": load_vocabulary().codes["subject_kind"],
        "own": membership.organisation_id == organisation.pk and membership.role in APPLICANTS,
    }


def _by_kind(records: list[ShownRecord]) -> list[dict[str, Any]]:
    """The records of each kind together, figures of the latest year first."""
    found: dict[str, dict[str, Any]] = {}
    for record in records:
        kind = record.kind
        found.setdefault(kind.name, {"kind": kind, "records": []})["records"].append(record)
    if YEARS in found:
        found[YEARS]["records"].reverse()
    return list(found.values())


@require_safe
@as_role(*OFFICES)
def every(request: HttpRequest) -> HttpResponse:
    """The organisations that one may see."""
    chosen = _chosen(request)
    count, found = queries.organisations_in_pages(acting(request), chosen)
    pages = paged(request, found, count)
    shown = {
        **pages,
        "rows": [(one, queries.held_by(one, clock.today())) for one in pages["page"].object_list],
        "chosen": chosen,
        "narrowed": any(getattr(chosen, field.name) for field in fields(chosen)),
        "kinds": load_vocabulary().codes["subject_kind"],
        "statuses": load_vocabulary().codes["status_kind"],
        "districts": weihai_districts(clock.today()),
        "address": request.GET.urlencode(),
    }
    return render(request, "registry/organisations.html", shown)


@require_safe
@as_role(*OFFICES)
def export(request: HttpRequest) -> HttpResponseBase:
    """The list as a workbook, as it is narrowed on the page."""
    return workbook_of(acting(request), _chosen(request))


def workbook_of(membership: Membership, chosen: OrganisationFilters) -> FileResponse:
    """The organisations that a membership may see and that fit, as a workbook in the language of the moment."""
    found = queries.with_statuses(queries.organisations(membership, chosen))[:MOST_EXPORTED]
    heads = [_("主体代码"), _("名称"), _("主体类型"), _("区市"), _("资质")]
    return attached(
        lambda file: write_listing(file, _("单位"), heads, _exported(found, clock.today())),
        _("单位") + ".xlsx",
    )


def _exported(found: Any, today: date) -> Iterator[list[str]]:
    codes = load_vocabulary().codes
    for each in found:
        held = [
            codes["status_kind"][code].pick(language())
            for code, holds in queries.held_by(each, today)
            if holds
        ]
        kind = codes["subject_kind"].get(each.kind)
        district = district_name(each.district) if each.district else ""
        yield [each.uscc, each.name, kind.pick(language()) if kind else "", district, "、".join(held)]


def _chosen(request: HttpRequest) -> OrganisationFilters:
    names = [field.name for field in fields(OrganisationFilters)]
    return OrganisationFilters(**{name: request.GET.get(name, "").strip()[:100] for name in names})


@require_safe
@as_role(*OFFICES, *APPLICANTS)
def history(request: HttpRequest, number: int) -> HttpResponse:
    """All that was ever said of one field: who, when, with which evidence."""
    fact = queries.fact_at(number, acting(request))
    said = showing.history_of(fact)
    shown = {
        "fact": showing.shown(fact),
        "said": said,
        "organisation": fact.organisation,
        "own": acting(request).role in APPLICANTS,
        "record": ShownRecord(said[0].kind, fact.key),
    }
    return render(request, "registry/history.html", shown)


@require_POST
@as_role(*APPLICANTS)
def withdraw_record(request: HttpRequest, record: str) -> HttpResponse:
    """Take back what one's own organisation declared of a record."""
    if record not in load_vocabulary().records:
        raise Http404
    membership = acting(request)
    actions.withdraw_record(
        membership.organisation, record, request.POST.get("key", ""), actor=membership, at=clock.now()
    )
    return redirect("organisation")
