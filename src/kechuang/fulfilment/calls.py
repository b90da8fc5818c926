"""Calls (申报通知): written, published, extended, closed, and their money shared out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from kechuang.accounts.models import Membership, Organisation
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import DEPARTMENT
from kechuang.entitlements import versions
from kechuang.entitlements.models import PackVersion, Sweep
from kechuang.fulfilment import announcing, rules
from kechuang.fulfilment.guide import documents_of, guide_of
from kechuang.fulfilment.judging import rubrics
from kechuang.fulfilment.models import Call, Case
from kechuang.fulfilment.table import gates, transitions
from kechuang.journal.actions import CLOCK, Clock, record
from kechuang.policy.encoding.pack import Benefit
from kechuang.policy.language.values import yuan
from kechuang.treasury import actions as treasury
from kechuang.treasury import locks
from kechuang.treasury.models import Appropriation, Reserve
from kechuang.treasury.sharing import Claim, share

SILENCE: Final = ("agree", "escalate")
LEAST_NOTICE_DAYS: Final = 5
"""Working days that a list is public at least, see the basis of `publish` in transitions.yaml."""
OPEN_STATES: Final = (
    "offered", "draft", "submitted", "recommended", "accepted", "returned", "reviewing", "evaluating", "graded",
)  # fmt: skip
CHANGEABLE: Final = frozenset(
    {
        "title", "guide", "opens_at", "closes_at", "publish_at", "rule", "recommended", "gates", "quorum", "documents",
        "notice_days", "appropriation", "on", "readings", "rubric", "sealed", "needs",
    }
)  # fmt: skip


def departments_for(benefit: Benefit, version: PackVersion) -> tuple[str, ...]:
    """The responsible departments (责任单位) of the benefit's measure, as the document names them."""
    return tuple(name for name, _ in versions.pack_of(version.hash).measures[benefit.measure].departments)


def lifecycles() -> frozenset[str]:
    """The lifecycles that the table of transitions can carry."""
    return frozenset(one for rule in transitions().values() for one in rule.lifecycles)


def paid_here(benefit: Benefit) -> bool:
    """Whether the benefit is a sum that the city itself pays, rather than a limit, a thing in kind or others' money."""
    return benefit.payer == "city" and benefit.amount.kind not in {"limit", "at_least", "in_kind"}


@dataclass(frozen=True)
class Plan:
    """What a call begins with. on: the day conditions are judged by; window: opening and closing.

    sweep: the call offers the award to whom the sweep found, for confirmation (免申即享).
    """

    benefit: str
    version: PackVersion
    year: int
    on: date
    window: tuple[datetime, datetime]
    appropriation: Appropriation
    sweep: Sweep | None = None


def draft(plan: Plan, *, actor: Membership, at: datetime) -> Call:
    """Begin a call: title, guide and documents are written from the pack; all of it may be changed until published."""
    pack = versions.pack_of(plan.version.hash)
    benefit, appropriation, sweep = pack.benefit(plan.benefit), plan.appropriation, plan.sweep
    department = _responsible(benefit, plan.version, actor)
    if benefit.lifecycle not in lifecycles():
        raise Refused(
            "这一事项的办理流程尚未开通。",
            "Cases of this kind of benefit cannot be run yet.",
            field="benefit",
        )
    if benefit.lifecycle == "finance" and not paid_here(benefit):
        raise Refused(
            "这一事项不由市级资金拨付：请出具推荐函或确认函。",
            "The city does not pay this: issue a letter of recommendation or confirmation instead.",
            field="benefit",
        )
    if not benefit.amount.is_paid:
        raise Refused(
            "这一事项不发放资金，不用申报通知：由责任部门登记为事实。",
            "This benefit moves no money, so no call is written for it: the department records it as a fact.",
            field="benefit",
        )
    if appropriation.measure != benefit.measure:
        raise Refused(
            f"预算属于第 {appropriation.measure} 条，不属于第 {benefit.measure} 条。",
            f"The appropriation is for measure {appropriation.measure}, not {benefit.measure}.",
            field="appropriation",
        )
    if sweep and sweep.benefit != benefit.id:
        raise Refused(
            "所选的筛查是另一个政策事项的，请重选。",
            "The sweep chosen is of another benefit: choose again.",
            field="sweep",
        )
    words = "免申即享" if sweep else "申报"
    english = "award without application" if sweep else "applications"
    with transaction.atomic():
        prefix = f"{timezone.localdate(at).year}-{benefit.measure}"
        locked = Appropriation.objects.select_for_update().get(
            pk=appropriation.pk
        )  # numbers one call at a time
        call = Call.objects.create(
            number=f"{prefix}-{_next(prefix):02d}",
            title={
                "zh": f"{plan.year} 年度{benefit.title.zh}{words}",
                "en": f"{benefit.title.en} {plan.year}: {english}",
            },
            benefit=benefit.id,
            version=plan.version,
            year=plan.year,
            on=plan.on,
            department=department,
            appropriation=locked,
            recommended=sweep is None,
            documents=[] if sweep else documents_of(benefit),
            guide=guide_of(pack, benefit, on=plan.on, year=plan.year),
            opens_at=plan.window[0],
            closes_at=plan.window[1],
            sweep=sweep,
            # Projects are judged where the officer asks for it: the province or the library may have judged already.
            rubric={} if sweep or benefit.lifecycle == "project" else rubrics.default_for(benefit),
            readings=dict(sweep.readings) if sweep else {},
            created_by=actor,
            created_at=at,
        )
        data = {"number": call.number, "benefit": benefit.id}
        record("call.drafted", f"call:{call.pk}", actor=actor, at=at, data=data)
    return call


def change(call: Call, changes: Mapping[str, Any], *, revision: int, actor: Membership, at: datetime) -> Call:
    """Change a draft; `revision` is the one that the person saw."""
    unknown = set(changes) - CHANGEABLE
    if unknown:
        message = f"a call has no changeable field {sorted(unknown)}"
        raise KeyError(message)
    with transaction.atomic():
        locked = _locked(call, actor, {Call.State.DRAFT})
        if locked.revision != revision:
            raise Refused(
                "这份通知在您打开之后有了变化，请重新载入。",
                "This call has changed since you opened it. Reload the page.",
            )
        for name, value in changes.items():
            setattr(locked, name, value)
        _check(locked)
        if "appropriation" in changes:
            _check_reserve(locked)
        locked.revision += 1
        locked.save()
        record("call.changed", f"call:{locked.pk}", actor=actor, at=at, data={"fields": sorted(changes)})
    return locked


def publish(call: Call, *, reserve_fen: int, actor: Membership | Clock, at: datetime) -> Call:
    """Publish a draft and reserve its money; or, when `publish_at` lies ahead, leave that to the clock."""
    if reserve_fen <= 0:
        raise Refused("请填写预留金额。", "State the sum to reserve.", field="reserve")
    with transaction.atomic():
        locked = _locked(call, actor, {Call.State.DRAFT})
        locked.reserved_fen = reserve_fen
        _check(locked)
        _check_reserve(locked)
        if locked.closes_at <= at:
            raise Refused(
                "截止时间已过，请修改。", "The closing time has passed: change it.", field="closes_at"
            )
        if locked.publish_at and locked.publish_at > at:
            locked.save()
            record(
                "call.scheduled", f"call:{locked.pk}", actor=actor, at=at,
                data={"publish_at": locked.publish_at.isoformat(), "reserve_fen": reserve_fen},
            )  # fmt: skip
            return locked
        locked.state, locked.published_at = Call.State.PUBLISHED, at
        locked.revision += 1
        locked.save()
        treasury.reserve(locked.appropriation, reserve_fen, subject=f"call:{locked.pk}", actor=actor, at=at)
        record(
            "call.published", f"call:{locked.pk}", actor=actor, at=at,
            data={"number": locked.number, "reserve_fen": reserve_fen, "closes_at": locked.closes_at.isoformat()},
        )  # fmt: skip
        announcing.later(locked)
    return locked


def extend(call: Call, closes_at: datetime, reason: str, *, actor: Membership, at: datetime) -> Call:
    """Give everybody more time, with a reason that is published; a window is never shortened."""
    if not reason.strip():
        raise Refused("请写明延期的原因。", "State why.", field="reason")
    with transaction.atomic():
        locked = _locked(call, actor, {Call.State.PUBLISHED})
        if closes_at <= locked.closes_at:
            raise Refused("新的截止时间须晚于原截止时间。", "The new time must be later.", field="closes_at")
        before, locked.closes_at = locked.closes_at, closes_at
        locked.revision += 1
        locked.save()
        record(
            "call.extended", f"call:{locked.pk}", actor=actor, at=at,
            data={"from": before.isoformat(), "to": closes_at.isoformat(), "reason": reason.strip()},
        )  # fmt: skip
    return locked


def withdraw(call: Call, reason: str, *, actor: Membership, at: datetime) -> Call:
    """Take back a draft, or a published call that nobody has applied to."""
    if not reason.strip():
        raise Refused("请写明理由。", "State the reason.", field="reason")
    with transaction.atomic():
        locked = _locked(call, actor, {Call.State.DRAFT, Call.State.PUBLISHED})
        if locked.sealed and locked.state == Call.State.PUBLISHED:
            raise Refused(
                "密封投标的通知发布后不能撤回。", "A sealed call is not withdrawn once it is published."
            )
        if locked.cases.exclude(state__in=["draft", "withdrawn", "declined"]).exists():
            raise Refused("已有申报，不能撤回。", "There are applications: the call cannot be withdrawn.")
        if locked.state == Call.State.PUBLISHED and locked.reserved_fen:
            treasury.release_reserve(locked.appropriation, subject=f"call:{locked.pk}", actor=actor, at=at)
        locked.state, locked.reserved_fen = Call.State.WITHDRAWN, 0
        locked.revision += 1
        locked.save()
        record("call.withdrawn", f"call:{locked.pk}", actor=actor, at=at, data={"reason": reason.strip()})
    return locked


def close(call: Call, *, at: datetime, actor: Membership | Clock = CLOCK) -> bool:
    """Close a call whose window is over. Whether it closed."""
    with transaction.atomic():
        locked = Call.objects.select_for_update().get(pk=call.pk)
        if locked.state != Call.State.PUBLISHED or at <= locked.closes_at:
            return False
        locked.state = Call.State.CLOSED
        locked.revision += 1
        locked.save(update_fields=["state", "revision"])
        record("call.closed", f"call:{locked.pk}", actor=actor, at=at, data={"number": locked.number})
    return True


def settle(call: Call, *, actor: Membership, at: datetime) -> Call:
    """Share the call's money among its determined cases, by the rule that the call states.

    Every case must be determined or ended, so that the result does not depend on who was looked at first. The call then
    holds what these cases and those under notice will draw, no more and no less: with none, all of it is free again.
    Raises Refused, also when money that an earlier sharing set free is wanted again and is gone.
    """
    with transaction.atomic():
        locked = _locked(call, actor, {Call.State.CLOSED, Call.State.SETTLED})
        rules.applies_to_all(actor, locked)
        cases = list(locked.cases.select_for_update().filter(state="determined").order_by("pk"))
        locks.appropriation(locked.appropriation_id)  # before the look at what awards have drawn
        why_not = hindrance(locked)
        if why_not is not None:
            raise why_not
        if locked.rule == Call.Rule.RANKING and any(case.rank is None for case in cases):
            raise Refused("按排名分配的，请先给每件申报排名。", "Rank every case first.", field="rank")
        available = locked.reserved_fen - granted_already(locked)
        sums = share([claim_of(case) for case in cases], available, locked.rule)
        for case in cases:
            case.granted_fen = sums[case.pk]
            case.revision += 1
            case.save(update_fields=["granted_fen", "revision"])
        held = noticed_fen(locked) + sum(sums.values())
        subject = f"call:{locked.pk}"
        treasury.hold_reserve(locked.appropriation, held, subject=subject, actor=actor, at=at)
        locked.state = Call.State.SETTLED
        locked.revision += 1
        locked.save(update_fields=["state", "revision"])
        record(
            "call.settled", subject, actor=actor, at=at,
            data={
                "rule": locked.rule,
                "available_fen": available,
                "held_fen": held,
                "sums": {case.number: [case.determined_fen, case.granted_fen] for case in cases},
            },
        )  # fmt: skip
    return locked


def hindrance(call: Call) -> Refused | None:
    """Why the money of a closed call cannot be shared out now; None when nothing hinders it."""
    if call.sealed and call.opened_at is None:
        return Refused("请先开标。", "Open the bids first.")
    open_cases = call.cases.filter(state__in=OPEN_STATES).count()
    if open_cases:
        return Refused(
            f"还有 {open_cases} 件没有办完，全部核定后才能分配资金。",
            f"Cases still open: {open_cases}. The money is shared out when all are determined.",
        )
    done = call.state == Call.State.SETTLED and not call.cases.filter(state="determined").exists()
    if done and held_fen(call) == noticed_fen(call):
        return Refused(
            "没有已核定的申报，也没有要释放的预留。", "There is no determined case and no reserve to release."
        )
    return None


def asked_fen(call: Call) -> int:
    """The sum of what has been determined and not yet shared out."""
    return sum(
        one or 0 for one in call.cases.filter(state="determined").values_list("determined_fen", flat=True)
    )


def held_fen(call: Call) -> int:
    """What the call holds of its appropriation now."""
    held = Reserve.objects.filter(appropriation=call.appropriation_id, subject=f"call:{call.pk}").first()
    return held.amount_fen if held else 0


def noticed_fen(call: Call) -> int:
    """What the awards will draw that are under public notice, or past it and not decided on yet."""
    waiting = call.cases.filter(state__in=("noticed", "cleared"), award__cancelled_at__isnull=True)
    return sum(waiting.values_list("award__amount_fen", flat=True))


def granted_already(call: Call) -> int:
    """What an earlier sharing has given to cases that went on since."""
    later = call.cases.filter(award__cancelled_at__isnull=True, award__isnull=False).exclude(
        state="determined"
    )
    return sum(later.values_list("award__amount_fen", flat=True))


def claim_of(case: Case) -> Claim:
    """What a determined case asks of the call's money."""
    since = case.submitted_at or case.created_at
    return Claim(id=case.pk, ceiling_fen=case.determined_fen or 0, rank=case.rank, submitted_at=since)


def _locked(call: Call, actor: Membership | Clock, states: set[Call.State]) -> Call:
    locked = (
        Call.objects.select_for_update(of=("self",))
        .select_related("appropriation", "department")
        .get(pk=call.pk)
    )
    if isinstance(actor, Membership) and not rules.may_manage(actor, locked):
        raise Refused("这次申报不由您的部门办理。", "This call is run by another department.")
    if locked.state not in states:
        raise Refused("这份通知现在不能这样办理。", "This cannot be done with the call now.")
    return locked


def _check_reserve(call: Call) -> None:
    if call.reserved_fen and call.reserved_fen > call.appropriation.free_fen:
        raise Refused(
            f"预算只余 {yuan(call.appropriation.free_fen)} 元，不够预留。请减少预留金额，或请财政部门追加预算。",
            f"The appropriation has {yuan(call.appropriation.free_fen)} yuan left, less than you reserve. "
            "Reserve less, or ask finance to add to it.",
            field="reserve",
        )


def _check(call: Call) -> None:
    if call.closes_at <= call.opens_at:
        raise Refused("截止时间须晚于开始时间。", "The call must close after it opens.", field="closes_at")
    if call.notice_days < LEAST_NOTICE_DAYS:
        raise Refused(
            f"公示至少 {LEAST_NOTICE_DAYS} 个工作日。",
            f"A notice is up for {LEAST_NOTICE_DAYS} working days at least.",
            field="notice_days",
        )
    if call.closes_at - call.opens_at < timedelta(hours=1):
        raise Refused(
            "申报时间至少一小时，请改晚截止时间。",
            "A call is open for an hour at least: close it later.",
            field="closes_at",
        )
    named = [gate["gate"] for gate in call.gates]
    if set(named) - set(gates()) or len(named) != len(set(named)):
        raise Refused("会审单位重复或不存在。", "A gate is named twice or does not exist.", field="gates")
    if any(gate["silence"] not in SILENCE or gate["days"] < 1 for gate in call.gates):
        raise Refused(
            "请填写会审期限和逾期的含义。", "State each gate's days and what silence means.", field="gates"
        )
    keys = [one["key"] for one in call.documents]
    if len(keys) != len(set(keys)):
        raise Refused("同一代号的材料列了两次。", "A document is named twice.", field="documents")
    if call.rubric:
        rubrics.read(call.rubric)
    if call.needs and call.recommended:
        raise Refused(
            "榜单的揭榜不经区市推荐。", "Bids for a challenge go without recommendation.", field="recommended"
        )
    if call.quorum > len(named):
        raise Refused(
            "“会审至少几家反馈”不能多于会审单位数。",
            "“Reviewing offices that must answer at least” cannot be more than the reviewing offices.",
            field="quorum",
        )


def _responsible(benefit: Benefit, version: PackVersion, actor: Membership) -> Organisation:
    """The actor's department, when the measure names it."""
    named = departments_for(benefit, version)
    if actor.role not in DEPARTMENT or actor.organisation.department not in named:
        raise Refused(
            f"第 {benefit.measure} 条的责任单位是：{'、'.join(named)}。",
            f"Measure {benefit.measure} is the responsibility of: {', '.join(named)}.",
            field="benefit",
        )
    return actor.organisation


def _next(prefix: str) -> int:
    numbers = Call.objects.filter(number__startswith=f"{prefix}-").values_list("number", flat=True)
    return max((int(number.rpartition("-")[2]) for number in numbers), default=0) + 1
