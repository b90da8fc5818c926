"""What an applicant does before submitting: begin, hand in files, state the account, make the declaration; and offers.

Facts are stated in the registry, once for all cases (registry.actions.state).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from kechuang.accounts.models import Membership, Organisation
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import APPLICANTS
from kechuang.entitlements.models import SweepLine
from kechuang.fulfilment import guards, payee_accounts, rules, sections, statements
from kechuang.fulfilment.assessing import assess_case, benefit_of, by_record, entitlement_of
from kechuang.fulfilment.holding import live_for_the_same
from kechuang.fulfilment.models import Call, Case, Document
from kechuang.fulfilment.noting import note
from kechuang.fulfilment.projects.bids import must_be_free_to_bid
from kechuang.fulfilment.telling import tell_applicant
from kechuang.fulfilment.workflow import lock
from kechuang.policy.cases.outcome import Outcome
from kechuang.registry.keys import key_of
from kechuang.registry.lists.applying import lock_organisations
from kechuang.registry.models import Evidence
from kechuang.treasury import actions as treasury
from kechuang.treasury import hooks
from kechuang.treasury import queries as awards
from kechuang.treasury.models import Account

EDITABLE = ("draft", "returned", "offered")


def start(call: Call, *, actor: Membership, at: datetime, key: str = "") -> Case:
    """Begin an application for the actor's organisation; the one already begun is returned instead of a second.

    key: the record it is about, where each record is an entitlement of its own.
    """
    if actor.role not in APPLICANTS:
        raise Refused("请以申报单位的身份办理。", "Act for the organisation that applies.")
    organisation = actor.organisation
    with transaction.atomic():
        locked = Call.objects.select_for_update().get(pk=call.pk)
        live = Case.objects.filter(call=locked, organisation=organisation, key=key)
        existing = live.exclude(state__in=["withdrawn", "declined"]).first()
        if existing:
            return existing
        if locked.sweep_id is not None:
            raise Refused(
                "这次是免申即享：名单由部门列出，列入的单位会收到待确认的通知，不需要申报。",
                "This is an award without application: the department lists who receives it, and tells them; "
                "you need not apply.",
            )
        case = _new(locked, organisation, key, actor, at)
        guards.window_open(case, actor, at, {})
        _check_key(case, at)
        must_be_free_to_bid(case)
        lock_organisations(
            [organisation.pk]
        )  # of two calls that begin a case at once one comes after the other
        _must_be_asked_once(case)
        case.save()
        note("case.started", case, actor, at)
    return case


def offer(call: Call, lines: Iterable[SweepLine], *, actor: Membership, at: datetime) -> int:
    """Offer the award to those whom the sweep found, for confirmation until the call closes; how many are new.

    Whoever was granted the very same by another call, or has a case for it there, is passed over.
    """
    if not rules.may_manage(actor, call) or call.sweep_id is None:
        raise Refused("这次申报不是免申即享。", "This call is not an award without application.")
    new = 0
    with transaction.atomic():
        locked = Call.objects.select_for_update().get(pk=call.pk)
        if locked.state != Call.State.PUBLISHED:
            raise Refused("请先发布。", "Publish the call first.")
        lines = list(lines)
        lock_organisations([line.organisation_id for line in lines])
        for line in lines:
            for key in _keys_that_pass(locked, line.organisation, at):
                live = Case.objects.filter(call=locked, organisation=line.organisation, key=key)
                if live.exists():
                    continue
                case = _new(locked, line.organisation, key, None, at)
                if awards.granted(entitlement_of(case)) is not None or live_for_the_same(case):
                    continue
                case.state = "offered"
                case.account = Account.objects.filter(
                    organisation=line.organisation, replaced_at__isnull=True
                ).first()
                found = assess_case(case, at)
                case.known_at, case.result, case.declared_fen = at, found.as_plain(), found.amount_fen
                case.save()
                tell_applicant("offered", case, note("case.offered", case, actor, at))
                new += 1
    return new


def hand_in(case: Case, key: str, evidence: Evidence, *, actor: Membership, at: datetime) -> Document:
    """Put a file under one of the call's documents."""
    with transaction.atomic():
        locked = _editable(case, actor, sections.DOCUMENTS)
        if key not in {one["key"] for one in locked.call.documents}:
            raise Refused(
                "本次申报没有这项材料。", "The call does not ask for this document.", field="documents"
            )
        if evidence.organisation_id != locked.organisation_id:
            raise Refused("这不是本单位的文件。", "This file is another organisation's.", field="documents")
        found = locked.documents.filter(key=key, evidence=evidence, removed_at__isnull=True).first()
        if found:
            return found
        document = Document.objects.create(
            case=locked, key=key, evidence=evidence, added_by=actor, added_at=at
        )
        _touch(locked)
        note("case.document_added", locked, actor, at, key=key, hash=evidence.hash, name=evidence.name)
    return document


def take_out(document: Document, *, actor: Membership, at: datetime) -> None:
    """Take a file out again; the file itself stays among the organisation's evidence."""
    with transaction.atomic():
        locked = _editable(document.case, actor, sections.DOCUMENTS)
        changed = locked.documents.filter(pk=document.pk, removed_at__isnull=True).update(removed_at=at)
        if changed:
            _touch(locked)
            note("case.document_removed", locked, actor, at, key=document.key)


def state_account(
    case: Case, holder: str, bank: str, number: str, *, actor: Membership, at: datetime
) -> Account:
    """State the account to pay to; it replaces the organisation's former one and is prefilled next time."""
    given = payee_accounts.checked(case, holder, bank, number)
    with transaction.atomic():
        locked = _editable(case, actor, sections.ACCOUNT)
        account = treasury.state_account(locked.organisation, **given, actor=actor, at=at)
        locked.account = account
        locked.save(update_fields=["account"])
        _touch(locked)
        note("case.account_stated", locked, actor, at, tail=account.number[-4:], bank=account.bank)
    return account


def agree(case: Case, *, agreed: bool, actor: Membership, at: datetime) -> None:
    """Make the declaration in the words of today, or take it back before submitting; the same again does nothing."""
    with transaction.atomic():
        locked = _editable(case, actor, sections.STATEMENT)
        text = statements.hash_of(locked)
        if (locked.statement.get("agreed"), locked.statement.get("text")) == (agreed, text):
            return
        locked.statement = {"agreed": agreed, "by": actor.label, "at": at.isoformat(), "text": text}
        locked.save(update_fields=["statement"])
        _touch(locked)
        note("case.declared" if agreed else "case.declaration_withdrawn", locked, actor, at)


def keys_to_apply_for(call: Call, organisation: Organisation, at: datetime) -> list[str]:
    """The records that the organisation may apply for in this call, by key; [''] when it applies for itself."""
    return _keys_that_pass(call, organisation, at, also=(Outcome.UNDETERMINED,))


def probe(call: Call, organisation: Organisation, at: datetime, key: str = "") -> Case:
    """A case that is not kept: to see what an application would come to."""
    return Case(
        call=call,
        organisation=organisation,
        key=key,
        state="draft",
        version_id=call.version_id,
        on=call.on,
        year=call.year,
        created_at=at,
    )


def _keys_that_pass(
    call: Call, organisation: Organisation, at: datetime, also: tuple[Outcome, ...] = ()
) -> list[str]:
    if call.needs:
        return [need["number"] for need in call.needs]
    benefit = benefit_of(call)
    found = assess_case(probe(call, organisation, at), at)
    if not by_record(benefit):
        return [""] if found.outcome.passes or also else []
    each = str(benefit.each)
    rows = list(found.assessment.facts.get(each) or [])  # type: ignore[call-overload]
    return [
        key_of(each, rows[item.index])
        for item in found.result.items
        if item.index is not None and (item.outcome.passes or item.outcome in also)
    ]


def _new(call: Call, organisation: Organisation, key: str, actor: Membership | None, at: datetime) -> Case:
    """A case not yet kept, numbered after those that there are; the call is locked."""
    return Case(
        number=f"{call.number}-{_place(call):05d}",
        call=call,
        department_id=call.department_id,
        organisation=organisation,
        key=key,
        district=organisation.district,
        state_since=at,
        version_id=call.version_id,
        on=call.on,
        year=call.year,
        created_by=actor,
        created_at=at,
        account=Account.objects.filter(organisation=organisation, replaced_at__isnull=True).first(),
    )


def _place(call: Call) -> int:
    """The next place of a call; drawn at random where bids are sealed, since a row of numbers would count them."""
    taken = (
        {int(one.rpartition("-")[2]) for one in call.cases.values_list("number", flat=True)}
        if call.pk
        else set()
    )
    if call.sealed:
        return next(
            place for place in iter(lambda: 10_000 + secrets.randbelow(90_000), None) if place not in taken
        )
    return max(taken, default=0) + 1


def _check_key(case: Case, at: datetime) -> None:
    known = keys_to_apply_for(case.call, case.organisation, at)
    if case.key not in known and (case.key or by_record(benefit_of(case))):
        raise Refused(
            "请先在单位档案中登记要申报的事项，再从列表中选择。",
            "Enter what you apply for in your organisation's profile first, then choose it from the list.",
        )


def _must_be_asked_once(case: Case) -> None:
    found = awards.granted(entitlement_of(case))
    if found is not None:
        called = hooks.called(found.subject)
        raise Refused(
            f"这一事项已经核定过（{called}），同一事项只支持一次，不能再次申报。",
            f"This was granted already ({called}); the same is supported once and cannot be applied for again.",
        )
    other = live_for_the_same(case)
    if other is not None:
        raise Refused(
            f"这一事项已在另一件申报中办理（{other.number}），同一事项只支持一次；要改在这里申报，请先撤回或放弃那一件。",
            f"This is asked for already in another case ({other.number}); the same is supported once. "
            "To apply here instead, withdraw or decline that one first.",
        )


def check_editable(case: Case, actor: Membership, section: str) -> None:
    """Raise Refused unless this section may be filled in now by this membership."""
    if actor.role not in APPLICANTS or case.organisation_id != actor.organisation_id:
        raise Refused("这一步不由您办理。", "This act is not yours to do.")
    if case.state not in EDITABLE:
        raise Refused(
            "已提交的申报不能修改；需要修改时请先撤回。",
            "A submitted application cannot be changed. Withdraw it first if it must be.",
        )
    if case.state == "returned" and section not in case.asked_back:
        raise Refused("这一部分不在补正范围内。", "This section was not returned for supplement.")


def _editable(case: Case, actor: Membership, section: str) -> Case:
    locked = lock(case.pk)
    check_editable(locked, actor, section)
    return locked


def _touch(case: Case) -> None:
    case.revision += 1
    case.save(update_fields=["revision"])
