"""From the determined sum to the bank and back: notices, decisions, batches, what is revoked, returned or claimed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from kechuang.accounts.models import Membership
from kechuang.demonstration.city import WAN, City, day
from kechuang.fulfilment import calls, clockwork, notices, workflow
from kechuang.fulfilment.findings import record_credit
from kechuang.fulfilment.models import Call, Case, Notice
from kechuang.treasury import actions as treasury
from kechuang.treasury.models import Award, Payment, Receivable


def issue(
    city: City, call: Call, numbers: Sequence[int], at: datetime, *, objected: bool = False
) -> list[Case]:
    """Share the money, publish these cases the day after, and decide them once the notice has ended."""
    officer, decider = city.people["keji-jingban"], city.people["keji-shending"]
    call = calls.settle(call, actor=decider, at=at)
    notice = notices.publish(call, _cases(numbers), actor=officer, at=at + timedelta(days=1))
    if objected:
        _object_and_answer(notice, decider, at + timedelta(days=3))
    ended = at + timedelta(days=(notice.last_day - at.date()).days + 1)
    clockwork.strike(ended)
    later = ended + timedelta(hours=2)
    return [workflow.apply(case, "decide", actor=decider, at=later) for case in _cases(numbers)]


def _cases(numbers: Sequence[int]) -> list[Case]:
    return list(Case.objects.filter(pk__in=numbers).order_by("pk"))


def _object_and_answer(notice: Notice, decider: Membership, at: datetime) -> None:
    said = notices.Said(
        name="某同行企业负责人",
        contact="13800000000",
        ground="该企业 2025 年研发投入增长可能包含购买厂房的支出。",
        remedy="请核实研发投入口径。",
    )
    line = notice.lines.order_by("line")[0]
    objection = notices.object_to(line, said, at=at)
    text = "经统计部门核对，公示数为统计口径的研发投入，不含购建厂房支出。异议不成立。"
    notices.answer(objection, upheld=False, text=text, actor=decider, at=at + timedelta(days=3))


def decide_again(city: City, case: Case, at: datetime) -> None:
    """A decision is revoked for an error, the sum determined anew, published anew, and decided under another number."""
    decider = city.people["keji-shending"]
    less = (case.determined_fen or 0) - WAN
    why = "决定下达后，企业书面说明有一笔设备款重复计入研发投入，按更正后的数重新核定。"
    case = workflow.apply(case, "reconsider", actor=decider, at=at, reason=why)
    case = workflow.apply(case, "determine", actor=decider, at=at + timedelta(hours=2), amount=less)
    issue(city, case.call, [case.pk], at + timedelta(hours=3))


def pay(city: City, call: Call) -> None:
    """Two batches: a payment of the first comes back, its account is corrected, and it is paid with the second."""
    first, *others = Award.objects.filter(
        case__call=call, payable_from__lte=day(4, 30), cancelled_at__isnull=True
    ).order_by("pk")
    [returned] = _batch(city, [first, *others], day(5, 6), back=1)
    case = Case.objects.get(award=returned)
    account = {
        "holder": case.organisation.name,
        "bank": "威海银行经区支行（演示）",
        "number": f"62284805{case.organisation_id:011d}",
    }
    manager = city.manager(case.organisation)
    workflow.apply(case, "correct_account", actor=manager, at=day(5, 12), account=account)
    later = Award.objects.filter(case__call=call, payable_from__gt=day(4, 30), cancelled_at__isnull=True)
    _batch(city, [Award.objects.get(pk=returned.pk), *later], day(5, 20))


def pay_out(city: City, cases: Sequence[Case], at: datetime) -> None:
    """A batch of its own for what these cases were given."""
    _batch(city, [case.award for case in cases if case.award], at)


def _batch(city: City, awards: Sequence[Award], at: datetime, *, back: int = 0) -> list[Award]:
    """Prepared, approved, sent, answered by the bank the day after; the awards of those that came `back`."""
    accountant, treasurer = city.people["caizheng-jingban"], city.people["caizheng-fuhe"]
    batch = treasury.prepare_batch(awards, actor=accountant, at=at)
    batch = treasury.approve_batch(batch, actor=treasurer, at=at + timedelta(hours=1))
    batch = treasury.mark_sent(batch, actor=accountant, at=at + timedelta(hours=2))
    payments = list(batch.payments.order_by("pk"))
    on = (at + timedelta(days=1)).date()
    results = [_result(payment, on, back=place < back) for place, payment in enumerate(payments)]
    treasury.settle(batch, results, actor=accountant, at=at + timedelta(days=1))
    return [payment.award for payment in payments[:back]]


def _result(payment: Payment, on: date, *, back: bool) -> treasury.Result:
    reason = "账号与户名不符" if back else ""
    return treasury.Result(payment.number, not back, on, reference=f"HD{payment.number}", reason=reason)


def claim_back(city: City, call: Call) -> None:
    """Material was false: answered in writing, heard, claimed back in instalments, the first received."""
    officer, decider = city.people["keji-jingban"], city.people["keji-shending"]
    case = call.cases.filter(state="paid").order_by("-pk")[0]
    ground = "审计发现申报的研发项目人员工时记录系事后编制，研发投入数据失实。"
    hearing_on = date(2026, 7, 15)
    case = workflow.apply(
        case, "find_breach", actor=officer, at=day(7, 1), reason=ground, hearing_on=hearing_on
    )
    defence = "工时记录确为年末补写，但人员和项目属实。我单位愿意提供工资发放记录，请在听证时核对。"
    manager = city.manager(case.organisation)
    case = workflow.apply(case, "state_defence", actor=manager, at=day(7, 8), text=defence)
    heard = "企业承认记录系补写，愿意退回资金，申请分三期。"
    case = workflow.apply(case, "hear", actor=officer, at=day(7, 15), reason=heard)
    paid = case.award.paid_fen if case.award else 0
    third = paid // 3
    plan = [(date(2026, 8, 31), third), (date(2026, 10, 31), third), (date(2026, 12, 31), paid - 2 * third)]
    why = "研发投入数据失实。"
    case = workflow.apply(case, "claim", actor=decider, at=day(7, 20), amount=paid, plan=plan, reason=why)
    finding = case.findings.latest("id")
    record_credit(finding, "申报材料失实，列入科研诚信记录两年。", actor=officer, at=day(7, 21))
    accountant = city.people["caizheng-jingban"]
    due = Receivable.objects.get(finding=finding)
    treasury.receive(due, third, date(2026, 8, 28), "SK20260828001", actor=accountant, at=day(8, 28))
