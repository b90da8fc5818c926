"""A small city for stories: an office for every role, money for measure 9, and enterprises with facts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from factories import AT, TODAY, make_department, make_membership, make_organisation
from kechuang.accounts.models import Membership, Organisation
from kechuang.accounts.roles import Role
from kechuang.entitlements import releasing
from kechuang.fulfilment import applying, calls, workflow
from kechuang.fulfilment.assessing import benefit_of, by_record
from kechuang.fulfilment.models import Call, Case
from kechuang.registry import actions as registry
from kechuang.treasury import actions as treasury
from kechuang.treasury import paying, settling
from kechuang.treasury.models import Appropriation

YI = 10_000_000_000  # fen in 一亿元
WAN = 1_000_000  # fen in 一万元

CARRIER = {"name": "甲孵化器", "kind": "incubator", "level": "national", "approved_on": date(2025, 1, 10)}
"""What 29.national_carrier rewards."""


@dataclass
class City:
    """Who is who."""

    officer: Membership
    decider: Membership
    district: Membership
    accountant: Membership
    treasurer: Membership
    reviewers: dict[str, Membership] = field(default_factory=dict)


def make_city() -> City:
    bureau, finance = make_department("市科技局"), make_department("市财政局")
    district = make_organisation(name="环翠区科技局", kind="government")
    gates = {
        gate: make_membership(Role.REVIEWER, make_organisation(kind="government"), scope=gate)
        for gate in ("credit", "green")
    }
    return City(
        officer=make_membership(Role.OFFICER, bureau),
        decider=make_membership(Role.DECIDER, bureau),
        district=make_membership(Role.DISTRICT, district, scope="371002"),
        accountant=make_membership(Role.ACCOUNTANT, finance),
        treasurer=make_membership(Role.TREASURER, finance),
        reviewers=gates,
    )


def make_appropriation(city: City, amount_fen: int = YI, measure: str = "9") -> Appropriation:
    """Money of a budget document of its own: the same document sets money aside once."""
    source = f"威财预〔2026〕{Appropriation.objects.count() + 1}号"
    budget = treasury.Budget(year=2026, measure=measure, title=f"第 {measure} 条资金", source=source)
    return treasury.appropriate(budget, amount_fen, actor=city.accountant, at=AT)


def make_call(city: City, appropriation: Appropriation | None = None, **changes) -> Call:
    """A published call for measure 9, year 2025, open from a day ago for thirty days."""
    money = appropriation or make_appropriation(city)
    plan = calls.Plan(
        benefit=changes.pop("benefit", "9.rd_growth"),
        version=releasing.version_in_force(),
        year=changes.pop("year", 2025),
        on=TODAY,
        window=(AT - timedelta(days=1), AT + timedelta(days=30)),
        appropriation=money,
        sweep=changes.pop("sweep", None),
    )
    call = calls.draft(plan, actor=city.officer, at=AT)
    reserve = changes.pop("reserve_fen", money.amount_fen)
    if changes:
        call = calls.change(call, changes, revision=call.revision, actor=city.officer, at=AT)
    return calls.publish(call, reserve_fen=reserve, actor=city.officer, at=AT)


def make_grower(spend_wan: int = 900, before_wan: int = 600, **more) -> Membership:
    """The manager of an above-scale high-tech enterprise whose R&D spend grew: 15 万元 unless said otherwise."""
    manager = make_membership(Role.MANAGER, make_organisation(**more))
    facts = {
        ("years", "2025", "rd_spend"): spend_wan * WAN,
        ("years", "2025", "above_scale"): True,
        ("years", "2025", "has_rd_activity"): True,
        ("years", "2024", "rd_spend"): before_wan * WAN,
        ("statuses", "high_tech_enterprise||2024", "kind"): "high_tech_enterprise",
        ("statuses", "high_tech_enterprise||2024", "granted_on"): date(2024, 12, 12),
        ("statuses", "high_tech_enterprise||2024", "expires_on"): date(2027, 12, 11),
    }
    said = [registry.Statement(record, name, value, key) for (record, key, name), value in facts.items()]
    registry.state_many(manager.organisation, said, actor=manager, at=AT - timedelta(days=2))
    return manager


def make_case(call: Call, manager: Membership | None = None, at: datetime = AT, key: str = "") -> Case:
    """A case ready to be submitted; about the first record that there is, unless a key is given."""
    manager = manager or make_grower()
    if by_record(benefit_of(call)):
        key = key or applying.keys_to_apply_for(call, manager.organisation, at)[0]
    case = applying.start(call, actor=manager, at=at, key=key)
    applying.state_account(
        case, manager.organisation.name, "威海银行环翠支行", "6228480402564890018", actor=manager, at=at
    )
    applying.agree(case, agreed=True, actor=manager, at=at)
    case.refresh_from_db()
    return case


@contextmanager
def before_the_rule(organisation: Organisation) -> Iterator[None]:
    """While an organisation could begin several cases for one entitlement: its cases do not stand in the way."""
    states = dict(Case.objects.filter(organisation=organisation).values_list("pk", "state"))
    Case.objects.filter(pk__in=states).update(state="withdrawn")
    yield
    for number, state in states.items():
        Case.objects.filter(pk=number).update(state=state)


def make_twin(call: Call, first: Case) -> Case:
    """Another case for the very entitlement of the first, as could be begun before that was refused."""
    with before_the_rule(first.organisation):
        return make_case(call, manager_of(first))


def manager_of(case: Case) -> Membership:
    return case.organisation.memberships.get(role=Role.MANAGER)


def carried_to(city: City, case: Case, state: str, at: datetime = AT, amount_fen: int | None = None) -> Case:
    """The case, carried by its officers to a state between submitted and determined."""
    steps = {
        "submitted": lambda: workflow.apply(case, "submit", actor=manager_of(case), at=at),
        "recommended": lambda: workflow.apply(
            case, "recommend", actor=city.district, at=at, amount=amount_fen or case.declared_fen
        ),
        "accepted": lambda: workflow.apply(case, "accept", actor=city.officer, at=at),
        "determined": lambda: workflow.apply(
            case, "determine", actor=city.decider, at=at, amount=amount_fen or case.declared_fen
        ),
    }
    for reached, step in steps.items():
        case = step()
        case.refresh_from_db()
        if reached == state:
            return case
    message = f"there is no way to '{state}' here"
    raise ValueError(message)


def close_call(call: Call) -> datetime:
    """Close the call by letting its window pass; the time afterwards."""
    after = call.closes_at + timedelta(minutes=1)
    assert calls.close(call, at=after)
    return after


def paid_by_bank(city: City, case: Case, at: datetime) -> Case:
    """The award of a case in one batch to the bank, and the bank's answer with a voucher; the case as it is now."""
    batch = paying.prepare_batch([case.award], actor=city.accountant, at=at)
    batch = paying.approve_batch(batch, actor=city.treasurer, at=at)
    batch = paying.mark_sent(batch, actor=city.accountant, at=at)
    results = [
        settling.Result(one.number, paid=True, on=at.date(), reference=f"V{one.pk}")
        for one in batch.payments.all()
    ]
    settling.settle(batch, results, actor=city.accountant, at=at)
    return Case.objects.get(pk=case.pk)


def at_noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 4, 0, tzinfo=UTC)


__all__ = ["AT", "TODAY", "WAN", "YI", "City", "Organisation"]
