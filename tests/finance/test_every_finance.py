"""Every benefit of the finance chain that moves the city's money runs from filed lines to voucher by the same table."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from factories import AT, make_department, make_membership, make_organisation
from finance.factories import file, loan, make_filer, make_partner, make_tech_sme
from finance.test_caps import make_firm
from fulfilment.city import WAN, at_noon, close_call, make_city, paid_by_bank
from fulfilment.test_every_benefit import BENEFITS, PACK, granted_example, state_facts
from fulfilment.test_every_evaluation import BENEFITS as EVALUATED
from fulfilment.test_every_project import MOVES_MONEY
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.entitlements import releasing
from kechuang.finance import letters
from kechuang.finance.letters import is_letter
from kechuang.fulfilment import applying, calls, clockwork, notices, workflow
from kechuang.policy.cases.facts import read_facts_section
from kechuang.policy.language.values import read_literal
from kechuang.registry import actions as registry
from kechuang.registry.values import plain_of
from kechuang.treasury import actions as treasury
from kechuang.treasury.models import Award

pytestmark = pytest.mark.django_db
FINANCE = [one for one in PACK.benefits if one.lifecycle == "finance"]
MONEY = [one for one in FINANCE if not is_letter(one)]
FILED = {"interests": ("bank", "interest"), "covers": ("insurer", "covers"), "balances": ("bank", "balances")}
"""Records that banks and insurers file: who files them, and as which kind."""


def test_five_kinds_of_money_and_the_rest_are_letters():
    assert [one.id for one in MONEY] == [
        "24.bank_risk", "24.loss_insurance", "25.interest", "25.appraisal", "25.insurance", "27.branch_interest",
    ]  # fmt: skip
    assert {one.id for one in FINANCE} - {one.id for one in MONEY} == {
        "23.risk_compensation", "23.provincial_interest", "24.investment", "24.loan", "26.talent_rd_cover",
        "26.talent_personal_cover", "26.product_insurance", "27.talent_loan", "27.talent_firm_loan",
    }  # fmt: skip


def test_everything_that_the_city_pays_is_run_to_its_voucher_here_or_beside():
    run = {one.id for one in [*MONEY, *BENEFITS, *EVALUATED]} | set(MOVES_MONEY)

    assert run == {one.id for one in PACK.benefits if one.amount.is_paid and one.payer == "city"}
    assert len(run) == 44


@pytest.fixture
def city():
    return make_city()


def file_facts(manager, facts, filers):
    """What banks and insurers know of the worked example, filed by them; the rest is the organisation's own word."""
    own = {name: value for name, value in facts.items() if name not in FILED}
    state_facts(manager, own)
    for name in FILED.keys() & facts.keys():
        who, kind = FILED[name]
        filer = manager if manager.organisation.kind == who else filers[who]
        for place, row in enumerate(facts[name], start=1):
            told = {field: plain_of(value) for field, value in row.items() if field != "cooperating"}
            usual = {
                "interests": {
                    "number": f"编号 {place}",
                    "signed_on": "2022-06-01",
                    "interest_days": 365,
                    "principal": 100,
                },
                "covers": {"number": f"编号 {place}", "starts_on": "2023-01-01", "ends_on": "2023-12-31"},
            }
            told = {**usual.get(name, {}), **told}
            line = {"uscc": manager.organisation.uscc, **told}
            if told.get("kind") == "bottleneck_new":
                file_new_loan(filer, told)
            found = file(filer, kind, [line], at=AT - timedelta(days=1))
            assert found.list_import.counts["added"] == 1, found.list_import.rows.get().faults


def file_new_loan(bank, balance):
    """Bottleneck loans of the year that come to the bank's balance, none above what one enterprise may be lent."""
    year, left, lines = balance["year"], balance["amount"], []
    days = {"signed_on": f"{year}-03-01", "due_on": f"{year + 1}-03-01"}
    while left:
        sum_ = min(left, 2000 * WAN)
        more = {"kind": "bottleneck", "principal": f"{sum_}分", "balance": f"{sum_}分"}
        lines.append(loan(make_organisation(), f"GG-{len(lines)}", **more, **days))
        left -= sum_
    file(bank, "loans", lines, at=AT - timedelta(days=1))


@pytest.mark.parametrize("benefit", MONEY, ids=[one.id for one in MONEY])
def test_a_worked_example_runs_from_filed_lines_to_voucher(city, benefit, pdf_upload):
    example = granted_example(benefit)
    facts = read_facts_section(example.facts, PACK.vocabulary)
    department = make_department(PACK.measures[benefit.measure].departments[0][0])
    officer, decider = (make_membership(role, department) for role in (Role.OFFICER, Role.DECIDER))
    filers = {kind: make_filer(kind) for kind in ("bank", "insurer")}
    manager = make_membership(Role.MANAGER, make_organisation(kind=facts.get("kind", "enterprise")))
    for one in (*filers.values(), manager):
        make_partner(one, officer, since=date(2023, 1, 1))
    file_facts(manager, facts, filers)
    budget = treasury.Budget(year=2026, measure=benefit.measure, title="资金", source="威财预〔2026〕1号")
    money = treasury.appropriate(budget, 10_000 * WAN, actor=city.accountant, at=AT)
    window = (AT - timedelta(days=1), AT + timedelta(days=10))
    plan = calls.Plan(benefit.id, releasing.version_in_force(), example.year, example.on, window, money)
    call = calls.publish(
        calls.draft(plan, actor=officer, at=AT), reserve_fen=10_000 * WAN, actor=officer, at=AT
    )

    case = applying.start(
        call, actor=manager, at=AT, key=applying.keys_to_apply_for(call, manager.organisation, AT)[0]
    )
    applying.state_account(
        case, manager.organisation.name, "威海银行", "6228480402564890018", actor=manager, at=AT
    )
    evidence = registry.keep_evidence(pdf_upload, manager.organisation, actor=manager, at=AT)
    for document in call.documents:
        applying.hand_in(case, document["key"], evidence, actor=manager, at=AT)
    applying.agree(case, agreed=True, actor=manager, at=AT)
    case = workflow.apply(case, "submit", actor=manager, at=AT)
    case = workflow.apply(case, "recommend", actor=city.district, at=AT, amount=case.declared_fen)
    case = workflow.apply(case, "accept", actor=officer, at=AT)
    case = workflow.apply(case, "determine", actor=decider, at=AT, amount=case.declared_fen)
    after = close_call(call)
    call = calls.settle(call, actor=decider, at=after)
    notice = notices.publish(call, [case], actor=officer, at=after)
    ended = at_noon(notice.last_day + timedelta(days=1))
    clockwork.strike(ended)
    case = workflow.apply(case, "decide", actor=decider, at=ended)
    case = paid_by_bank(city, case, ended)

    assert case.state == "paid"
    assert case.award.paid_fen == case.declared_fen == read_literal(example.expect.text("amount")).value
    assert case.award.payments.get().settled_on == ended.date()
    if benefit.id == "27.branch_interest":
        again = {"uscc": manager.organisation.uscc, "number": "下一年", "year": example.year + 1}
        days = {"signed_on": "2022-06-01", "principal": "100元", "interest_days": 1}
        with pytest.raises(Refused, match="No line can be applied"):  # the city has granted a year already
            file(make_filer(), "interest", [{**again, **days, "kind": "branch", "subsidy_years": 1}])


@pytest.mark.parametrize("benefit", [one for one in FINANCE if is_letter(one)], ids=lambda one: one.id)
def test_what_the_city_does_not_pay_ends_with_a_letter_and_no_award(city, benefit):
    example = next(one for one in benefit.examples if one.expect.text("outcome") in {"entitled", "may_apply"})
    facts = read_facts_section(example.facts, PACK.vocabulary)
    department = make_department(PACK.measures[benefit.measure].departments[0][0])
    officer, decider = (make_membership(role, department) for role in (Role.OFFICER, Role.DECIDER))
    manager = make_membership(Role.MANAGER, make_organisation(kind=facts.get("kind", "enterprise")))
    state_facts(manager, facts)
    year = example.year or example.on.year - 1

    letter = letters.prepare(benefit.id, manager.organisation, year, actor=officer, on=example.on, at=AT)
    letter = letters.issue(letter, actor=decider, at=AT + timedelta(hours=1))

    assert letter.state == "issued"
    assert letters.replayed(letter)
    assert letters.paper(letter, "zh").startswith(b"%PDF")
    assert not Award.objects.exists()
    budget = treasury.Budget(year=2026, measure=benefit.measure, title="资金", source="威财预〔2026〕1号")
    money = treasury.appropriate(budget, WAN, actor=city.accountant, at=AT)
    plan = calls.Plan(benefit.id, releasing.version_in_force(), year, example.on, (AT, AT), money)
    with pytest.raises(Refused, match="letter"):
        calls.draft(plan, actor=officer, at=AT)


def test_whoever_prepared_a_letter_does_not_issue_it(city):
    firm = make_tech_sme()
    officer = make_membership(Role.OFFICER, city.officer.organisation)
    decider = make_membership(Role.DECIDER, city.officer.organisation, user=officer.user)
    letter = letters.prepare("23.risk_compensation", firm, 2025, actor=officer, on=date(2026, 3, 2), at=AT)

    with pytest.raises(Refused, match="another issues"):
        letters.issue(letter, actor=decider, at=AT)
    with pytest.raises(Refused, match="a letter for this organisation"):
        letters.prepare("23.risk_compensation", firm, 2025, actor=officer, on=date(2026, 3, 2), at=AT)


def test_a_letter_is_refused_with_the_engines_reason(city):
    firm = make_organisation()
    registry.state_none(firm, "statuses", actor=make_membership(Role.MANAGER, firm), at=AT)

    with pytest.raises(Refused) as refused:
        letters.prepare("23.risk_compensation", firm, 2025, actor=city.officer, on=date(2026, 3, 2), at=AT)

    assert "科技型中小企业" in refused.value.words.zh


def make_filed_once(*numbers):
    """A technology SME with commercialisation loans that are filed for the first time and repaid on time."""
    firm, bank = make_firm().organisation, make_filer()
    more = {"risk_compensated": True, "first_filed": True}
    lines = [
        loan(firm, number, signed_on=f"2025-0{place}-01", **more)
        for place, number in enumerate(numbers, start=3)
    ]
    file(bank, "loans", lines)
    repaid = [{"uscc": firm.uscc, "number": one, "balance": "0元", "repaid_on_time": True} for one in numbers]
    file(bank, "repayments", repaid)
    return firm, bank


def test_the_province_is_asked_once_for_a_firm_and_for_the_loan_that_it_has_chosen(city):
    firm, bank = make_filed_once("A", "b")
    asked = {"actor": city.officer, "on": date(2026, 3, 2), "at": AT + timedelta(hours=1)}
    interest = "23.provincial_interest"

    with pytest.raises(Refused) as refused:
        letters.prepare(interest, firm, 2025, **asked)
    assert refused.value.field == "loan"
    assert all(one in refused.value.words.zh for one in ("A", "B"))
    with pytest.raises(Refused, match="has chosen"):
        letters.prepare(interest, firm, 2025, loan="C", **asked)
    letter = letters.prepare(interest, firm, 2025, loan="Ｂ", **asked)
    assert letter.loan == f"{bank.organisation.uscc}/B"
    assert bank.organisation.name in letter.words["zh"][-1]
    with pytest.raises(Refused, match="one letter of this kind"):
        letters.prepare(interest, firm, 2024, loan="A", **asked)
    letter.pk, letter.year, letter.number = None, 2024, "X"
    with pytest.raises(IntegrityError, match="letter_once"), transaction.atomic():
        letter.save(force_insert=True)


@pytest.mark.parametrize("chosen", ["A", "B"])
def test_no_letter_is_issued_for_a_chosen_loan_that_has_come_to_miss_the_conditions(city, chosen):
    firm, bank = make_filed_once("A", "B")
    asked = {"actor": city.officer, "on": date(2026, 3, 2), "at": AT + timedelta(hours=1)}
    decider = make_membership(Role.DECIDER, city.officer.organisation)
    letter = letters.prepare("23.provincial_interest", firm, 2025, loan=chosen, **asked)
    late = {"uscc": firm.uscc, "number": "A", "repaid_on_time": False}
    file(bank, "repayments", [late], at=AT + timedelta(hours=2))

    if chosen == "A":
        with pytest.raises(Refused, match="The facts have changed"):
            letters.issue(letter, actor=decider, at=AT + timedelta(hours=3))
    else:
        assert letters.issue(letter, actor=decider, at=AT + timedelta(hours=3)).state == "issued"


def test_no_letter_while_it_is_open_whether_the_loan_was_filed_twice(city):
    firm, _ = make_filed_once("A")
    asked = {"actor": city.officer, "on": date(2026, 3, 2), "at": AT + timedelta(hours=1)}
    decider = make_membership(Role.DECIDER, city.officer.organisation)
    letter = letters.prepare("23.provincial_interest", firm, 2025, **asked)
    file(make_filer(), "loans", [loan(firm, "A", risk_compensated=True)])

    with pytest.raises(Refused, match="decide on each first"):
        letters.issue(letter, actor=decider, at=AT + timedelta(hours=2))
    letters.discard(letter, actor=decider, at=AT + timedelta(hours=2))
    with pytest.raises(Refused, match="decide on each first"):
        letters.prepare("23.provincial_interest", firm, 2025, **asked)
