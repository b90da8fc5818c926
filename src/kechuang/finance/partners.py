"""Selected banks and insurers of measure 24: named by an officer of a responsible department, from a day to a day."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from kechuang.accounts.models import Membership, Organisation
from kechuang.accounts.protection import must_not_stay_away
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.entitlements import versions
from kechuang.entitlements.releasing import version_in_force
from kechuang.finance.filing.restating import follow_list
from kechuang.finance.models import Partner
from kechuang.fulfilment.outgrown import look_again_soon
from kechuang.journal.actions import record
from kechuang.registry.rules import FILERS

MEASURE = "24"


def may_name(membership: Membership) -> bool:
    """Whether one names partners: an officer of a department that answers for the measure."""
    names = {name for name, _ in versions.pack_of(version_in_force().pk).measures[MEASURE].departments}
    return membership.role == Role.OFFICER and membership.organisation.department in names


def name(
    organisation: Organisation,
    since: date,
    until: date | None,
    source: str,
    *,
    actor: Membership,
    at: datetime,
) -> Partner:
    """Put a bank or an insurer on the list; Refused for others, and for a period that begins after it ends."""
    if not may_name(actor):
        raise Refused("合作机构由责任单位遴选。", "Partners are selected by the responsible departments.")
    must_not_stay_away(actor, [organisation.pk])
    if organisation.kind not in FILERS:
        raise Refused(
            "请填写银行或保险机构的代码。", "Give the code of a bank or an insurer.", "organisation"
        )
    if until is not None and until < since:
        raise Refused("止日早于起日。", "The last day lies before the first.", "until")
    with transaction.atomic():
        Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
        earlier = Partner.objects.filter(organisation=organisation)
        if any(
            (one.until is None or one.until >= since) and (until is None or one.since <= until)
            for one in earlier
        ):
            raise Refused(
                "与已有的期间重叠：请先结束。", "It overlaps a period on the list: end that first.", "since"
            )
        found = Partner.objects.create(
            organisation=organisation, since=since, until=until, source=source, named_by=actor, named_at=at
        )
        follow_list(organisation, actor, at)
        look_again_soon([organisation.pk])  # whose facts do not change; those it lent to follow theirs
        _note("partner.named", found, actor, at)
    return found


def end(partner: Partner, *, actor: Membership, on: date, at: datetime) -> Partner:
    """The partner's last day is `on`; what was lent before stays a loan of a selected bank."""
    with transaction.atomic():
        found = (
            Partner.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=partner.pk)
        )
        if not may_name(actor):
            raise Refused("合作机构由责任单位遴选。", "Partners are selected by the responsible departments.")
        must_not_stay_away(actor, [found.organisation.pk])
        if found.until is not None and found.until <= on:
            raise Refused("这家机构已不在名单上。", "It is off the list already.")
        found.until = max(on, found.since)
        found.save(update_fields=["until"])
        follow_list(found.organisation, actor, at)
        look_again_soon([found.organisation.pk])
        _note("partner.ended", found, actor, at)
    return found


def _note(kind: str, partner: Partner, actor: Membership, at: datetime) -> None:
    told = {"since": str(partner.since), "until": str(partner.until or ""), "source": partner.source}
    subject = f"partner:{partner.pk}"
    record(kind, subject, actor=actor, at=at, organisation_id=partner.organisation.pk, data=told)
