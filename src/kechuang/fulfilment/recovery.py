"""Recovery, as effects of the table: finding, what the organisation says to it, hearing, claim; and what is due when.

The case is locked; the caller saves it and records the event.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.utils import timezone

from kechuang.accounts.models import Membership
from kechuang.accounts.refusals import Refused
from kechuang.fulfilment import decisions, outgrown
from kechuang.fulfilment.assessing import award_of
from kechuang.fulfilment.models import Case, Contract, Defence, Finding
from kechuang.fulfilment.table import transitions
from kechuang.journal.actions import defer
from kechuang.registry.calendar import working_day_if_known
from kechuang.treasury import actions as treasury
from kechuang.treasury.models import Receivable
from kechuang.treasury.queries import plan_of

Given = Mapping[str, Any]
Said = dict[str, Any] | None
MOST_DEFENCES: Final = 20  # of one finding
DAYS_TO_HEARING: Final = 90  # from the day on which it is fixed


def open_finding(case: Case, actor: Membership, at: datetime, given: Given) -> Said:
    """A breach and the day on which the organisation is heard; nothing more is paid meanwhile."""
    hearing_on = _day_of_hearing(given, at)
    finding = Finding.objects.create(
        case=case, ground=given["reason"], found_by=actor, found_at=at, hearing_on=hearing_on
    )
    case.due_on = _heard_by(finding)
    treasury.hold(award_of(case), subject=f"finding:{finding.pk}", actor=actor, at=at)
    return {"hearing_on": hearing_on.isoformat()}


def move_hearing(case: Case, _actor: Membership, at: datetime, given: Given) -> Said:
    """The hearing is on another day, earlier or later, as long as it is not recorded: the organisation is told."""
    finding, day = _finding(case), _day_of_hearing(given, at)
    before = finding.hearing_on
    if day == before:
        raise Refused("听证已定在这一天。", "The hearing is on this day already.", field="hearing_on")
    finding.hearing_on = day
    finding.save(update_fields=["hearing_on"])
    case.due_on = _heard_by(finding)
    return {"hearing_on": day.isoformat(), "hearing_was_on": before.isoformat() if before else None}


def _day_of_hearing(given: Given, at: datetime) -> date:
    """Refuse a day that has come, and one so far away that money would be stopped for it beyond all reason."""
    day: date = given["hearing_on"]
    today = timezone.localdate(at)
    if day <= today:
        raise Refused("听证日期须在今天之后。", "The hearing must be after today.", field="hearing_on")
    last = today + timedelta(days=DAYS_TO_HEARING)
    if day > last:
        raise Refused(
            f"听证日期最迟为 {last}（{DAYS_TO_HEARING} 日内）：听证前资金一直暂缓。请核对日期。",
            f"The hearing is on {last} at the latest, within {DAYS_TO_HEARING} days: money is stopped until then. "
            "Check the day.",
            field="hearing_on",
        )
    return day


def _heard_by(finding: Finding) -> date | None:
    """By when the hearing is recorded: the days that the table gives, or the day of the hearing where it is later."""
    days = transitions()["find_breach"].days or 0
    by_table = working_day_if_known(timezone.localdate(finding.found_at), days)
    return max((day for day in (by_table, finding.hearing_on) if day), default=None)


def state_defence(case: Case, actor: Membership, at: datetime, given: Given) -> Said:
    """What the organisation says to the finding, with one file if it likes; more may follow until the hearing."""
    finding, evidence = _finding(case), given.get("evidence")
    if finding.defences.count() >= MOST_DEFENCES:
        raise Refused(
            "陈述申辩已达二十份，其余请在听证时提交。", "Twenty are in: bring the rest to the hearing."
        )
    if evidence is not None and evidence.organisation_id != case.organisation_id:
        raise Refused("这不是本单位的文件。", "This file is another organisation's.", field="evidence")
    made = Defence.objects.create(
        finding=finding, text=given["text"].strip(), evidence=evidence, stated_by=actor, stated_at=at
    )
    return {"text": made.text, **({"name": evidence.name, "sha256": evidence.hash} if evidence else {})}


def hear(case: Case, _actor: Membership, _at: datetime, given: Given) -> Said:
    """What the organisation said."""
    finding = _finding(case)
    finding.heard = given["reason"]
    finding.save(update_fields=["heard"])
    return None


def drop_finding(case: Case, actor: Membership, at: datetime, _given: Given) -> Said:
    """The finding does not hold. Money that the bank has sent back meanwhile may be paid again.

    Facts may have changed while it stood, when nobody looked at the case: it is looked at again in the background.
    """
    finding = _finding(case)
    finding.dropped_at = at
    finding.save(update_fields=["dropped_at"])
    award = treasury.unhold(award_of(case), subject=f"finding:{finding.pk}", actor=actor, at=at)
    contract = Contract.objects.filter(case=case).first()
    if contract is not None:
        case.state = "failed" if contract.failed_at else "completed"
    elif award.committed_fen == 0:  # the support has ended before, and stays ended
        case.state = "failed"
    elif award.paid_fen == 0:
        case.state = "decided"
    defer(outgrown.LOOK_AGAIN, organisations=[case.organisation_id])
    return None


def end_support(case: Case, actor: Membership, at: datetime, given: Given) -> Said:
    """The finding holds and nothing is paid: the decision is revoked, and what was bound for it is free again."""
    revoked = decisions.revoke(case, actor=actor, at=at)
    freed = treasury.give_back(award_of(case), released=True, reason=given["reason"], actor=actor, at=at)
    return {"freed_fen": freed, **({"revoked": revoked.number} if revoked else {})}


def claim(case: Case, actor: Membership, at: datetime, given: Given) -> Said:
    """The sum that must come back, and by when; the first instalment is what is due next."""
    finding = _finding(case)
    receivable = treasury.open_receivable(
        award_of(case), given["amount"], given["reason"], given["plan"], actor=actor, at=at
    )
    finding.receivable = receivable
    finding.save(update_fields=["receivable"])
    case.due_on = due_next(receivable)
    freed = treasury.give_back(award_of(case), released=True, reason=given["reason"], actor=actor, at=at)
    return {
        "freed_fen": freed,
        "amount_fen": given["amount"],
        "plan": [[day.isoformat(), fen] for day, fen in given["plan"]],
    }


def due_next(receivable: Receivable) -> date | None:
    """The day of the first instalment that is not full; None when all have come, or none was agreed."""
    waiting = (one for one in plan_of(receivable, date.min) if one["back_fen"] < one["amount_fen"])
    return next((one["due_on"] for one in waiting), None)


def owed(receivable: Receivable, today: date) -> tuple[int, int]:
    """What the organisation is to repay by the next day of the plan, what is late with it, and all that is left: fen.

    Without a plan all of it is due.
    """
    left = receivable.amount_fen - receivable.recovered_fen
    until = due_next(receivable)
    if until is None:
        return left, left
    due = (one for one in plan_of(receivable, today) if one["due_on"] <= max(until, today))
    return sum(one["amount_fen"] - one["back_fen"] for one in due), left


def _finding(case: Case) -> Finding:
    """The finding that the case is about now."""
    return case.findings.select_for_update().filter(dropped_at__isnull=True).latest("id")


EFFECTS: Final[Mapping[str, Callable[[Case, Any, datetime, Given], Said]]] = {
    one.__name__: one
    for one in (open_finding, move_hearing, state_defence, hear, drop_finding, end_support, claim)
}
