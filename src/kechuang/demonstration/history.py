"""Half a year of the invented city, lived through by the same acts that people do: nothing is written past them.

First batch of measure 9: applied for in March, paid in May; one decision is revoked and decided again, one payment
comes back and is paid to another account, one award is claimed back.
In summer banks and an insurer file, an evaluation runs from call to payment, and a project waits for its contract.
In September a second batch and an award without application for carriers are open, with cases in every state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from kechuang.accounts import contacts
from kechuang.accounts.models import Membership, Organisation
from kechuang.demonstration import challenges, contracts, evaluated, finance, judging, payments
from kechuang.demonstration.city import BEGINS, OPENS, WAN, City, day, send_in
from kechuang.demonstration.people import cast, make_enterprise, make_offices
from kechuang.demonstration.register import draw
from kechuang.entitlements import releasing, versions
from kechuang.fulfilment import applying, calls, clockwork, workflow
from kechuang.fulfilment.judging import requests
from kechuang.fulfilment.models import Call, Case
from kechuang.policy import assess
from kechuang.policy.cases.outcome import Outcome
from kechuang.registry import actions as registry
from kechuang.registry.assembly import cases_of
from kechuang.registry.models import Fact
from kechuang.treasury import actions as treasury
from kechuang.treasury.models import Appropriation

UNITS: Final = 300
SEED: Final = 7
GATES: Final = [
    {"gate": "credit", "days": 5, "silence": "agree"},
    {"gate": "green", "days": 5, "silence": "escalate"},
]
BUDGETS: Final = {
    "9": 1200, "14": 300, "15": 200, "16": 100, "17": 200, "18": 100, "22": 500, "29": 400, "30": 100,
    "7": 500, "25": 300,
}  # fmt: skip


def live(progress: Callable[[str], object]) -> City:
    """Everything, in order; `progress` is told what comes next."""
    progress("offices, accounts, register")
    city = _found()
    money = {measure: _appropriate(city, measure, wan) for measure, wan in BUDGETS.items()}
    progress("measure 9, first batch")
    call = _first_batch(city, money["9"])
    progress("payments, recovery")
    payments.pay(city, call)
    payments.claim_back(city, call)
    progress("measure 9, second batch; carriers without application")
    _second_batch(city, money["9"])
    progress("pool of experts; agencies to be judged")
    _agencies(city, money)
    progress("banks and insurers; challenges")
    _loans_and_needs(city, money)
    return city


def _found() -> City:
    people = make_offices(BEGINS)
    for username, reached in cast()["contacts"].items():
        actor = people[username]
        contacts.state_contact(actor.organisation, contacts.Reached(**reached), actor=actor, at=BEGINS)
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
    return send_in(case, manager, at)


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
    applicants = [unit for unit in _who_may_apply(city, call, opens) if city.has_officer(unit)]
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
    decided = payments.issue(city, call, [case.pk for case in checked], day(4, 14), objected=True)
    payments.decide_again(city, decided[1], day(4, 28))
    return call


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


def _agencies(city: City, money: Mapping[str, Appropriation]) -> None:
    """A pool of experts; an evaluation that is over, and one that is closed, every case accepted, nobody drawn yet."""
    officer, decider = city.people["keji-jingban"], city.people["keji-shending"]
    members = judging.make_agencies(day(6, 22))
    city.people = {**city.people, **members}
    judging.make_experts(officer, decider, day(6, 24))
    _evaluate(city, money["14"])
    opens, closes = day(8, 3, 9), day(8, 28, 17)
    call = _judged_call(city, judging.BENEFIT, money["17"], (opens, closes), reserve=80)
    cases = []
    for place, row in enumerate(row for row in cast()["agencies"] if "clients" in row):
        manager = members[next(iter(row["manager"]))]
        case = judging.apply_for(call, manager, day(8, 10) + timedelta(days=place))
        cases.append(_check(city, case, day(8, 18) + timedelta(minutes=place), until="accept"))
    clockwork.strike(closes + timedelta(minutes=1))
    asks = city.people["qiming"]
    case = next(one for one in cases if one.organisation_id == asks.organisation_id)
    requests.ask(case, evaluated.OPEN, actor=asks, at=day(9, 3))


def _evaluate(city: City, money: Appropriation) -> None:
    """The evaluation of summer, from its call to the payment."""
    closes = day(7, 10, 17)
    call = _judged_call(city, evaluated.BENEFIT, money, (day(6, 30, 9), closes), reserve=30)
    cases = evaluated.apply_all(city, call)
    evaluated.keep_off(city, cases["hailian"])
    for place, (username, case) in enumerate(cases.items()):
        cases[username] = _check(city, case, day(7, 8) + timedelta(minutes=place), until="accept")
    clockwork.strike(closes + timedelta(minutes=1))
    evaluated.judge(city, call, cases)


def _judged_call(
    city: City, benefit: str, money: Appropriation, window: tuple[datetime, datetime], *, reserve: int
) -> Call:
    rubric = judging.rubric_for(versions.pack_of(releasing.version_in_force().hash).benefit(benefit))
    return _call(city, money, *window, benefit=benefit, reserve=reserve, rubric=rubric)


def _loans_and_needs(city: City, money: Mapping[str, Appropriation]) -> None:
    """What banks and an insurer filed in summer, a pool that shares losses, a contract that waits, a challenge."""
    members = finance.make_filers(day(6, 8)) | challenges.make_innovators(day(6, 8))
    city.people = {**city.people, **members}
    finance.name_partner(city.people, date(2025, 1, 1), day(6, 9))
    finance.employ_talent(day(6, 10))
    contracts.make_project(city, money["7"])
    finance.file_loans(city.people, day(8, 4))
    finance.file_claim(city.people, day(8, 5))
    pool = finance.open_pool(city.people, day(8, 6))
    finance.share_loss(city.people, pool, day(8, 7))
    finance.write_letter(city.people, day(8, 11))
    finance.call_for_interest(city.people, money["25"], (day(9, 1, 9), day(9, 25, 17)))
    need = challenges.make_need(city.people, day(8, 3))
    challenges.list_need(city.people, need, money["7"], (day(9, 1, 9), day(9, 21, 17)))
