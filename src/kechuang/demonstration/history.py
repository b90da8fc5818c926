"""Half a year of the invented city, lived through by the same acts that people do: nothing is written past them.

First batch of measure 9: applied for in March, paid in May; one payment comes back and is paid again, one award is
claimed back.
In September a second batch and an award without application for carriers are open, with cases in every state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from kechuang.accounts.models import Membership, Organisation
from kechuang.accounts.roles import Role
from kechuang.demonstration import challenges, finance, judging
from kechuang.demonstration.people import cast, make_enterprise, make_offices
from kechuang.demonstration.register import draw
from kechuang.entitlements import releasing, versions
from kechuang.fulfilment import applying, calls, clockwork, notices, workflow
from kechuang.fulfilment.findings import record_credit
from kechuang.fulfilment.models import Call, Case
from kechuang.policy import assess
from kechuang.policy.cases.outcome import Outcome
from kechuang.registry import actions as registry
from kechuang.registry.assembly import cases_of
from kechuang.registry.models import Fact
from kechuang.treasury import actions as treasury
from kechuang.treasury.models import Appropriation, Award, Payment, Receivable

WAN: Final = 1_000_000  # fen
UNITS: Final = 300
SEED: Final = 7
DISTRICTS: Final = (
    "huancui",
    "gaoqu",
    "jingqu",
    "wendeng",
    "rongcheng",
)  # 乳山 has no account: its cases wait
GATES: Final = [
    {"gate": "credit", "days": 5, "silence": "agree"},
    {"gate": "green", "days": 5, "silence": "escalate"},
]
BUDGETS: Final = {
    "9": 1200, "14": 300, "15": 200, "16": 100, "17": 200, "18": 100, "22": 500, "29": 400, "30": 100,
    "7": 500, "25": 300,
}  # fmt: skip


def day(month: int, number: int, hour: int = 10) -> datetime:
    """That hour in Weihai, in 2026."""
    return datetime(2026, month, number, hour, tzinfo=UTC) - timedelta(hours=8)


BEGINS: Final = day(2, 2)
OPENS: Final = day(9, 7)  # where the demonstration's clock stands when it begins


@dataclass
class City:
    """The people of the offices by user name, and the units of the register."""

    people: Mapping[str, Membership]
    units: Sequence[Organisation]
    managers: dict[int, Membership]

    def manager(self, organisation: Organisation) -> Membership:
        """Who acts for an organisation; a person without a password where people.yaml has nobody."""
        found = self.managers.get(organisation.pk)
        if found is None:
            found = self.managers[organisation.pk] = _ghost(organisation)
        return found

    def district(self, case: Case) -> Membership:
        """The district officer of a case."""
        return next(self.people[name] for name in DISTRICTS if self.people[name].scope == case.district)


def live(progress: Callable[[str], object]) -> City:
    """Everything, in order; `progress` is told what comes next."""
    progress("offices, accounts, register")
    city = _found()
    money = {measure: _appropriate(city, measure, wan) for measure, wan in BUDGETS.items()}
    progress("measure 9, first batch")
    call = _first_batch(city, money["9"])
    progress("payments, recovery")
    _pay(city, call)
    _claim_back(city, call)
    progress("measure 9, second batch; carriers without application")
    _second_batch(city, money["9"])
    progress("pool of experts; agencies to be judged")
    _agencies(city, money["17"])
    progress("banks and insurers; a challenge")
    _loans_and_needs(city, money)
    return city


def _found() -> City:
    people = make_offices(BEGINS)
    releasing.begin(BEGINS)
    units = draw(UNITS, SEED, year=2025, on=date(2026, 3, 2), at=BEGINS)
    managers: dict[int, Membership] = {}
    growers = []
    for row in [*cast()["enterprises"], *cast()["carriers"], *cast()["growers"]]:
        organisation, members = make_enterprise(row, BEGINS)
        _state_facts(organisation, row, BEGINS)
        people |= members
        if members:
            managers[organisation.pk] = next(iter(members.values()))
        else:
            growers.append(organisation)
    return City(people, [*growers, *units], managers)


def _state_facts(organisation: Organisation, row: Mapping[str, Any], at: datetime) -> None:
    """What lists of departments say of an organisation of people.yaml."""
    from kechuang.journal.actions import CLOCK

    def say(record: str, key: str, **fields: Any) -> None:
        for name, value in fields.items():
            registry.state(
                organisation, record, name, value, key=key, actor=CLOCK, at=at, source=Fact.Source.LIST
            )

    if "carrier" in row:
        given = {
            "name": row["carrier"],
            "kind": row["kind"],
            "level": row["level"],
            "approved_on": row["approved_on"],
        }
        say("carriers", f"{row['carrier']}|{row['kind']}|{row['level']}", **given)
        return
    say("years", "2025", above_scale=True, has_rd_activity=True, rd_spend=row["spend"] * WAN)
    say("years", "2024", rd_spend=row["before"] * WAN)
    status = {
        "kind": "high_tech_enterprise",
        "granted_on": date(2024, 12, 12),
        "expires_on": date(2027, 12, 11),
    }
    say("statuses", "high_tech_enterprise||2024", **status)


def _appropriate(city: City, measure: str, wan: int) -> Appropriation:
    title = versions.pack_of(releasing.version_in_force().hash).measures[measure].title.zh
    budget = treasury.Budget(2026, measure, f"2026 年{title}资金", "威财预〔2026〕1号（演示）")
    return treasury.appropriate(budget, wan * WAN, actor=city.people["caizheng-jingban"], at=day(2, 3))


def _call(city: City, money: Appropriation, opens: datetime, closes: datetime, **changes: Any) -> Call:
    officer = city.people["keji-jingban"]
    benefit, reserve = changes.pop("benefit", "9.rd_growth"), changes.pop("reserve")
    plan = calls.Plan(
        benefit=benefit,
        version=releasing.version_in_force(),
        year=2025,
        on=(opens + timedelta(hours=8)).date(),
        window=(opens, closes),
        appropriation=money,
        sweep=changes.pop("sweep", None),
    )
    at = opens - timedelta(days=3)
    call = calls.draft(plan, actor=officer, at=at)
    call = calls.change(call, changes, revision=call.revision, actor=officer, at=at)
    return calls.publish(call, reserve_fen=reserve * WAN, actor=officer, at=at)


def _who_may_apply(city: City, call: Call, at: datetime) -> list[Organisation]:
    """The units for which the benefit passes, in the order of their numbers."""
    pack = versions.pack_of(call.version_id)
    facts = cases_of([unit.pk for unit in city.units], at, call.on, pack.vocabulary)
    passing = (Outcome.ENTITLED, Outcome.MAY_APPLY)
    return [
        unit
        for unit in city.units
        if assess(pack, facts[unit.pk], call.on, call.year).results[call.benefit].outcome in passing
    ]


def _apply_for(
    city: City, call: Call, organisation: Organisation, at: datetime, *, until: str = "submit"
) -> Case:
    """An application, begun and, unless `until` is "start", submitted."""
    manager = city.manager(organisation)
    case = applying.start(call, actor=manager, at=at)
    if until == "start":
        return case
    number = f"62284804{organisation.pk:011d}"
    applying.state_account(case, organisation.name, "威海银行（演示）", number, actor=manager, at=at)
    applying.agree(case, agreed=True, actor=manager, at=at)
    return workflow.apply(case, "submit", actor=manager, at=at)


def _check(city: City, case: Case, at: datetime, *, until: str) -> Case:
    """The offices' acts on a submitted case, up to `until`."""
    people = city.people
    declared = case.declared_fen
    steps: list[tuple[str, Membership, dict[str, Any]]] = [
        ("recommend", city.district(case), {"amount": declared}),
        ("accept", people["keji-jingban"], {}),
        ("ask_review", people["keji-jingban"], {}),
        ("answer_gate", people["xinyong"], {"result": "agreed"}),
        ("answer_gate", people["lvse"], {"result": "agreed"}),
        ("determine", people["keji-shending"], {"amount": declared}),
    ]
    for place, (command, actor, given) in enumerate(steps):
        case = workflow.apply(case, command, actor=actor, at=at + timedelta(hours=place), **given)
        if command == until:
            break
    return case


def _first_batch(city: City, money: Appropriation) -> Call:
    opens, closes = day(3, 3, 9), day(4, 3, 17)
    call = _call(city, money, opens, closes, reserve=600, gates=GATES, quorum=2)
    applicants = [unit for unit in _who_may_apply(city, call, opens) if _has_officer(city, unit)]
    sent = [
        _apply_for(city, call, unit, opens + timedelta(days=1, hours=place))
        for place, unit in enumerate(applicants)
    ]
    clockwork.strike(closes + timedelta(minutes=1))
    checked = [
        _check(city, case, day(4, 8) + timedelta(minutes=place), until="determine")
        for place, case in enumerate(sent[:-1])
    ]
    late = _check(city, sent[-1], day(4, 8), until="accept")
    why = "经核，年度研发投入数与统计数不一致，企业书面确认以统计数为准，不再符合条件。"
    workflow.apply(late, "reject", actor=city.people["keji-shending"], at=day(4, 13), reason=why)
    call = calls.settle(call, actor=city.people["keji-shending"], at=day(4, 14))
    notice = notices.publish(call, checked, actor=city.people["keji-jingban"], at=day(4, 15))
    _object_and_answer(city, notice)
    clockwork.strike(day(4, 24))
    for case in checked:
        workflow.apply(case, "decide", actor=city.people["keji-shending"], at=day(4, 27))
    return call


def _object_and_answer(city: City, notice: Any) -> None:
    said = notices.Said(
        name="某同行企业负责人",
        contact="13800000000",
        ground="该企业 2025 年研发投入增长可能包含购买厂房的支出。",
        remedy="请核实研发投入口径。",
    )
    objection = notices.object_to(notice.lines.order_by("line").first(), said, at=day(4, 17))
    text = "经统计部门核对，公示数为统计口径的研发投入，不含购建厂房支出。异议不成立。"
    notices.answer(objection, upheld=False, text=text, actor=city.people["keji-shending"], at=day(4, 20))


def _pay(city: City, call: Call) -> None:
    """Two batches: one payment of the first comes back and is paid with the second."""
    accountant, treasurer = city.people["caizheng-jingban"], city.people["caizheng-fuhe"]
    awards = list(Award.objects.filter(case__call=call, payable_from__isnull=False).order_by("pk"))
    returned = _batch(awards, accountant, treasurer, day(5, 6), back=1)
    _batch(returned, accountant, treasurer, day(5, 20), back=0)


def _batch(
    awards: Sequence[Award], accountant: Membership, treasurer: Membership, at: datetime, *, back: int
) -> list[Award]:
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


def _claim_back(city: City, call: Call) -> None:
    """One award comes back: material was false; heard, claimed in three instalments, the first received."""
    officer, decider = city.people["keji-jingban"], city.people["keji-shending"]
    case = call.cases.filter(state="paid").order_by("-pk")[0]
    ground = "审计发现申报的研发项目人员工时记录系事后编制，研发投入数据失实。"
    hearing_on = date(2026, 7, 15)
    case = workflow.apply(
        case, "find_breach", actor=officer, at=day(7, 1), reason=ground, hearing_on=hearing_on
    )
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


def _second_batch(city: City, money: Appropriation) -> None:
    """Open now: cases in every state before the determination."""
    opens, closes = day(8, 31, 9), day(9, 30, 17)
    call = _call(city, money, opens, closes, reserve=45, gates=GATES, quorum=2)  # less than what is claimed
    _call(
        city,
        Appropriation.objects.get(measure="30"),
        opens,
        closes,
        benefit="30.instrument_use",
        reserve=80,
        rule="queue",
    )
    enterprises = [Organisation.objects.get(name=row["name"]) for row in cast()["enterprises"]]
    _apply_for(city, call, enterprises[0], OPENS - timedelta(days=2), until="start")
    sent = _apply_for(city, call, enterprises[1], OPENS - timedelta(days=3))
    _check(city, sent, OPENS - timedelta(days=2), until="accept")


def _agencies(city: City, money: Appropriation) -> None:
    """A pool of experts, and the evaluation of agencies: closed, every case accepted, nobody drawn yet."""
    officer, decider = city.people["keji-jingban"], city.people["keji-shending"]
    members = judging.make_agencies(day(6, 22))
    judging.make_experts(officer, decider, day(6, 24))
    opens, closes = day(8, 3, 9), day(8, 28, 17)
    rubric = judging.rubric_for(versions.pack_of(releasing.version_in_force().hash).benefit(judging.BENEFIT))
    call = _call(city, money, opens, closes, benefit=judging.BENEFIT, reserve=80, rubric=rubric)
    for place, manager in enumerate(members.values()):
        case = judging.apply_for(call, manager, day(8, 10) + timedelta(days=place))
        _check(city, case, day(8, 18) + timedelta(minutes=place), until="accept")
    clockwork.strike(closes + timedelta(minutes=1))


def _loans_and_needs(city: City, money: Mapping[str, Appropriation]) -> None:
    """What a bank filed in summer, a pool that shares losses, and a challenge that takes sealed bids."""
    members = finance.make_filers(day(6, 8)) | challenges.make_innovators(day(6, 8))
    city.people = {**city.people, **members}
    finance.name_partner(city.people, date(2025, 1, 1), day(6, 9))
    finance.file_loans(city.people, day(8, 4))
    finance.open_pool(city.people, day(8, 6))
    finance.call_for_interest(city.people, money["25"], (day(9, 1, 9), day(9, 25, 17)))
    need = challenges.make_need(city.people, day(8, 3))
    challenges.list_need(city.people, need, money["7"], (day(9, 1, 9), day(9, 21, 17)))


def _has_officer(city: City, organisation: Organisation) -> bool:
    return organisation.district in {city.people[name].scope for name in DISTRICTS}


def _ghost(organisation: Organisation) -> Membership:
    """Somebody who applied and cannot sign in here."""
    from kechuang.accounts.models import User
    from kechuang.demonstration.people import SINCE

    user = User.objects.create_user(f"unit{organisation.pk}", name=f"{organisation.name[:12]}经办")
    return Membership.objects.create(user=user, organisation=organisation, role=Role.MANAGER, since=SINCE)
