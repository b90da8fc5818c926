"""No order of lines, banks or cases pays more than a yearly ceiling, and every order comes to the same sum."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from factories import AT, make_department, make_membership, make_organisation
from finance.factories import WAN, file, interest, make_filer, undo
from fulfilment.city import at_noon, before_the_rule, make_appropriation, make_city
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.entitlements import releasing
from kechuang.entitlements.standing import assess_organisation
from kechuang.fulfilment import applying, calls, clockwork, notices, workflow
from kechuang.registry import actions as registry
from kechuang.treasury.models import CapUse

pytestmark = pytest.mark.django_db
DAY = {"on": date(2026, 3, 2), "year": 2025}
NUMBERS = ("A", "B", "C", "D", "E", "F")


def make_firm():
    """A small technology SME of whom nothing but its status is known."""
    manager = make_membership(Role.MANAGER, make_organisation())
    at = AT - timedelta(days=3)
    registry.state(manager.organisation, "subject", "size", "small", actor=manager, at=at)
    for name, value in {"kind": "tech_sme", "granted_on": "2026-01-01", "expires_on": "2026-12-31"}.items():
        registry.state(
            manager.organisation, "statuses", name, value, key="tech_sme||2026", actor=manager, at=at
        )
    return manager


def drawn_lines(dice, firm):
    """Lines of interest and a balance at each of three banks: (kind of filing, bank, line)."""
    lines = []
    for number in NUMBERS:
        principal = f"{dice.randint(1, 4_000_000_000)}分"
        kind = dice.choice(["pledge", "branch"])
        days, years = dice.randint(1, 356), dice.randint(1, 5)
        more = {"kind": kind, "principal": principal, "interest_days": days, "subsidy_years": years}
        lines.append(("interest", dice.randrange(3), interest(firm, number, **more)))
    for bank in range(3):
        amount = f"{dice.randint(0, 5_000_000_000)}分"
        line = {"uscc": firm.uscc, "kind": "bank_loans", "year": 2025, "amount": amount}
        lines.append(("balances", bank, line))
    return lines


@pytest.mark.parametrize("seed", range(3))
def test_any_order_of_lines_and_banks_gives_the_same_sums_below_every_ceiling(seed):
    dice = random.Random(seed)
    banks = [make_filer() for _ in range(3)]
    version, sums = releasing.version_in_force(), []
    template = drawn_lines(dice, make_organisation())
    for _ in range(2):
        manager = make_firm()
        order = list(template)
        dice.shuffle(order)
        for step, (kind, bank, line) in enumerate(order):
            at = AT + timedelta(seconds=step)
            filing = file(banks[bank], kind, [{**line, "uscc": manager.organisation.uscc}], at=at)
            if dice.random() < 0.3:  # taken back and filed again
                undo(filing, banks[bank], at)
                file(banks[bank], kind, [{**line, "uscc": manager.organisation.uscc}], at=at)
        found = assess_organisation(manager.organisation, version, known_at=AT + timedelta(hours=1), **DAY)
        sums.append([found.results[one].amount for one in ("25.interest", "27.branch_interest")])

    assert sums[0] == sums[1]
    pledge, branch = sums[0]
    assert pledge is None or 0 <= pledge <= 20 * WAN
    branches = [line for kind, _, line in template if kind == "interest" and line["kind"] == "branch"]
    balance = sum(int(line["amount"][:-1]) for kind, _, line in template if kind == "balances")
    base = min(sum(int(line["principal"][:-1]) for line in branches), 3000 * WAN)
    assert branch is None or branch == min(base // 100, balance // 100)


@pytest.mark.parametrize("seed", range(2))
def test_the_cases_of_one_year_together_stay_below_the_ceiling_in_any_order(seed):
    dice = random.Random(seed)
    city = make_city()
    department = make_department("市市场监管局")
    officer, decider = (make_membership(role, department) for role in (Role.OFFICER, Role.DECIDER))
    manager, bank = make_firm(), make_filer()
    money = make_appropriation(city, measure="25")
    big = {"principal": "1亿元", "interest_days": 60}  # 60 days of a hundred million: some 10 万元
    file(bank, "interest", [interest(manager.organisation, one, **big) for one in NUMBERS[:3]], at=AT)
    determined = []
    for _ in range(3):
        plan = calls.Plan(
            "25.interest", releasing.version_in_force(), 2025, DAY["on"],
            (AT - timedelta(days=1), AT + timedelta(days=30)), money,
        )  # fmt: skip
        call = calls.draft(plan, actor=officer, at=AT)
        changes = {"documents": [], "recommended": False}
        call = calls.change(call, changes, revision=call.revision, actor=officer, at=AT)
        call = calls.publish(call, reserve_fen=30 * WAN, actor=officer, at=AT)
        with before_the_rule(manager.organisation):
            case = applying.start(call, actor=manager, at=AT)
        applying.state_account(
            case, manager.organisation.name, "威海银行", "6228480402564890018", actor=manager, at=AT
        )
        applying.agree(case, agreed=True, actor=manager, at=AT)
        case = workflow.apply(case, "submit", actor=manager, at=AT)
        case = workflow.apply(case, "accept", actor=officer, at=AT)
        try:
            case = workflow.apply(case, "determine", actor=decider, at=AT, amount=dice.randint(1, 20 * WAN))
        except Refused:
            continue  # what is determined already counts against the year
        determined.append((call, case))
    dice.shuffle(determined)

    after, granted = AT + timedelta(days=31), 0
    for call, case in determined:
        calls.close(call, at=after)
        calls.settle(call, actor=decider, at=after)
        try:
            notice = notices.publish(call, [case], actor=officer, at=after)
        except Refused:
            continue  # the yearly subsidy of the enterprise is granted once
        ended = at_noon(notice.last_day + timedelta(days=1))
        clockwork.strike(ended)
        case.refresh_from_db()
        decided = workflow.apply(case, "decide", actor=decider, at=ended)
        granted += decided.award.committed_fen

    assert 0 < granted <= 20 * WAN
    assert sum(one.used_fen for one in CapUse.objects.filter(organisation=manager.organisation)) == granted
