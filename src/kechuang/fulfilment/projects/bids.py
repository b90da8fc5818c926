"""Bids for an open challenge: the proposal, the seal, the opening of all bids together, the selection.

Call.needs: what a call asks bids for, as its list of challenges was published: [{number, kind, form, title: {zh, en},
budget_fen}]. number is the key of the cases about it; kind and form are codes of the vocabulary's projects.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from datetime import date, datetime
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from kechuang.accounts.models import Membership
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.fulfilment import rules
from kechuang.fulfilment.judging.guards import grade_supports, graded_where_asked
from kechuang.fulfilment.models import Bid, Call, Case, Opening
from kechuang.fulfilment.noting import note
from kechuang.fulfilment.projects.supposing import PROJECTS, need_of, project_of
from kechuang.journal.actions import Clock, canonical, record
from kechuang.policy.language.values import Words, yuan
from kechuang.registry import actions as registry
from kechuang.registry.models import Fact

SECTION: Final = "proposal"
SHORTEST: Final = 20  # characters of an approach


kept_out: list[Callable[[str, Collection[int]], Words | None]] = []
"""Rooms above know who may not bid: (number of the need, organisations) gives the sentence, None for nothing."""


def must_be_free_to_bid(case: Case) -> None:
    """Raise Refused where the bidder, or one that undertakes the project with it, may not bid for the need."""
    together = case.members.values_list("organisation", flat=True) if case.pk else []
    for ask in kept_out if case.call.needs else []:
        why = ask(case.key, {case.organisation_id, *together})
        if why is not None:
            raise Refused(why.zh, why.en)


def propose(case: Case, approach: str, asked_fen: int, *, actor: Membership, at: datetime) -> Bid:
    """Say how the need would be met and for how much. The caller holds the case and has looked that it may change."""
    if len(approach.strip()) < SHORTEST:
        raise Refused(
            f"请写明技术方案，至少 {SHORTEST} 字。",
            f"Describe the approach: {SHORTEST} characters at least.",
            "approach",
        )
    _check_sum(case, asked_fen)
    with transaction.atomic():
        given = {"approach": approach.strip(), "asked_fen": asked_fen}
        now = Bid.objects.filter(case=case).first()
        if now is not None and (now.approach, now.asked_fen) == (given["approach"], asked_fen):
            return now
        made, _ = Bid.objects.update_or_create(case=case, defaults=given)
        case.revision += 1
        case.save(update_fields=["revision"])
        note("case.proposed", case, actor, at, asked_fen=asked_fen)
    return made


def _check_sum(case: Case, asked_fen: int) -> None:
    budget = need_of(case)["budget_fen"]
    if not 0 < asked_fen <= budget:
        raise Refused(
            f"申请金额须大于零且不超过榜单金额 {yuan(budget)} 元。",
            f"The sum must be above zero and at most {yuan(budget)} yuan, the budget of the challenge.",
            "asked_fen",
        )


def most(case: Case) -> tuple[int, Words] | None:
    """What a bid can be given at most, in fen, whatever the clause allows, and what that is; None for no bid."""
    if not case.call.needs:
        return None
    found = Bid.objects.filter(case=case).first()
    bounds = [(need_of(case)["budget_fen"], Words("榜单金额", "the budget of the challenge"))]
    if found is not None:
        bounds.append((found.asked_fen, Words("揭榜单位申请的金额", "the sum that the bidder asked for")))
    return min(bounds, key=lambda one: one[0])


def within_bid(case: Case, amount_fen: int) -> None:
    """Raise Refused for a sum above what the bidder asked for, or above the budget of the need."""
    bound = most(case)
    if bound is not None and amount_fen > bound[0]:
        fen, what = bound
        raise Refused(
            f"金额不能超过{what.zh} {yuan(fen)} 元，现为 {yuan(amount_fen)} 元。",
            f"The sum is at most {what.en}, {yuan(fen)} yuan; found {yuan(amount_fen)}.",
            "amount",
        )


def check_proposal(case: Case) -> None:
    """Raise Refused unless a bid has its proposal; other applications have none."""
    if not case.call.needs:
        return
    must_be_free_to_bid(case)
    found = Bid.objects.filter(case=case).first()
    if found is None:
        raise Refused("还缺：揭榜方案。", "Missing: the proposal.", SECTION)
    _check_sum(case, found.asked_fen)


def content_of(case: Case) -> list[Any] | None:
    """What the section says, as plain JSON."""
    found = Bid.objects.filter(case=case).first() if case.pk else None
    return [found.approach, found.asked_fen] if found else None


def seal_of(sections: dict[str, str]) -> str:
    """One hash over those of all sections: on the receipt of a bidder, and again in the record of the opening."""
    return hashlib.sha256(canonical(dict(sections))).hexdigest()


def open_all(call: Call, *, actor: Membership, at: datetime) -> Opening:
    """Open all sealed bids of a call together, after its close; the same again does nothing."""
    with transaction.atomic():
        locked = Call.objects.select_for_update(of=("self",)).select_related("department").get(pk=call.pk)
        if actor.role != Role.OFFICER or not rules.may_manage(actor, locked):
            raise Refused("这次开标不由您办理。", "Opening these bids is not yours to do.")
        if not locked.sealed:
            raise Refused("这次申报不是密封投标。", "This call is not sealed.")
        done = Opening.objects.filter(call=locked).first()
        if done is not None:
            return done
        if at <= locked.closes_at:
            raise Refused(
                f"{timezone.localtime(locked.closes_at):%Y-%m-%d %H:%M} 截止后才能开标。",
                f"Bids are opened after {timezone.localtime(locked.closes_at):%Y-%m-%d %H:%M}.",
            )
        handed_in = (
            locked.cases.filter(state="submitted").select_related("organisation").order_by("key", "number")
        )
        bids = [
            {
                "number": one.number,
                "key": one.key,
                "organisation": one.organisation.uscc,
                "submitted_at": one.submitted_at.isoformat() if one.submitted_at else None,
                "hash": seal_of(one.sections),
            }
            for one in handed_in
        ]
        made = Opening.objects.create(
            call=locked,
            bids=bids,
            hash=hashlib.sha256(canonical(bids)).hexdigest(),
            opened_by=actor,
            opened_at=at,
        )
        locked.opened_at = at
        locked.revision += 1
        locked.save(update_fields=["opened_at", "revision"])
        data = {"number": locked.number, "bids": bids, "hash": made.hash}
        record("call.bids_opened", f"call:{locked.pk}", actor=actor, at=at, data=data)
    return made


def select(case: Case, on: date, *, actor: Membership, at: datetime) -> Case:
    """Select a bid (立项): its project becomes a fact, by decision of the department; others for one need may follow.

    From then on its conditions are judged by the day of the selection, which the day of the call could not foresee.
    Several bidders may be selected for one need (赛马); each has a project of its own. Where experts judge, the bid is
    graded first, and none that they failed is selected.
    """
    with transaction.atomic():
        locked = Case.objects.select_for_update(of=("self",), no_key=True).select_related(
            "call", "organisation"
        )
        found = locked.get(pk=case.pk)
        if actor.role != Role.DECIDER or not rules.may_see(actor, found):
            raise Refused("这一步不由您办理。", "This act is not yours to do.")
        if not found.call.needs or found.state not in {"accepted", "reviewing", "graded"}:
            raise Refused("只有已受理的揭榜可以立项。", "Only a bid that is accepted can be selected.")
        graded_where_asked(found, actor, at, {})
        grade_supports(found, actor, at, {})
        must_be_free_to_bid(found)
        if on > timezone.localdate(at):
            raise Refused("立项日期不能晚于今天。", "The day of selection cannot lie ahead.", "on")
        said = {**project_of(found), "selected": True, "selected_on": on}
        registry.state_many(
            found.organisation,
            [registry.Statement(PROJECTS, name, value, found.key) for name, value in said.items()],
            actor=actor,
            at=at,
            source=Fact.Source.DECISION,
        )
        found.on = on
        found.revision += 1
        found.save(update_fields=["on", "revision"])
        note("case.selected", found, actor, at, on=on.isoformat(), need=found.key)
    return found


def end_selection(case: Case, actor: Membership | Clock, at: datetime) -> dict[str, str]:
    """The bid ends without a contract: what its selection stated is stated no longer; what the event says of it.

    All of it is taken back, the day too: indicators count the projects of a year by it.
    """
    if not case.call.needs:
        return {}
    ended = registry.withdraw_record(
        case.organisation, PROJECTS, case.key, actor=actor, at=at, source=Fact.Source.DECISION
    )
    return {"unselected": case.key} if ended else {}
