"""What rests on a loan or policy that is corrected or taken back later: in no order does it count on nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from factories import AT, make_department, make_membership, make_organisation
from finance.factories import WAN, faults, file, interest, loan, make_filer, make_partner, take, undo
from finance.test_caps import make_firm
from fulfilment.city import at_noon, close_call, make_appropriation, make_city
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.entitlements import releasing
from kechuang.finance import partners
from kechuang.finance.models import FiledLine, LineNote
from kechuang.fulfilment import applying, calls, clockwork, notices, workflow
from kechuang.registry import actions as registry
from kechuang.registry import calendar
from kechuang.registry.assembly import case_of
from kechuang.registry.models import Fact
from kechuang.registry.values import plain_of

pytestmark = pytest.mark.django_db
ON = date(2026, 3, 2)
SOON, LATER, LATEST = AT + timedelta(hours=1), AT + timedelta(days=1), AT + timedelta(days=2)
PLEDGE = {"kind": "pledge", "principal": "1000万元", "balance": "1000万元", "due_on": "2027-01-10"}
POLICY = {"number": "BX-1", "kind": "rd_loss", "starts_on": "2025-01-01", "ends_on": "2025-12-31"}
CLAIM = {"number": "BX-1", "claim": "PA-1", "claimed_on": "2025-06-01", "amount": "80万元"}


def pledge(firm, **more):
    return loan(firm, "ZY-1", **{**PLEDGE, "signed_on": "2025-01-10", **more})


def standing(record):
    return [one.values for one in FiledLine.objects.filter(record=record, ended_at=None)]


def known_as_filed(firm, at):
    """Whether facts and the filer's book say the same of the firm's loans."""
    facts = [{name: plain_of(one) for name, one in row.items()} for row in case_of(firm, at).get("loans", [])]
    return facts == standing("loans")


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("repayments", {"number": "ZY-1", "balance": "100万元", "repaid_on_time": True}),
        ("interest", {"number": "ZY-1", "year": 2025, "kind": "pledge", "signed_on": "2025-01-10",
                      "principal": "1000万元", "interest_days": 300}),
        ("losses", {"number": "ZY-1", "lost_on": "2026-02-01", "amount": "1万元"}),
    ],
)  # fmt: skip
def test_loans_are_not_undone_under_what_was_filed_of_them(bank, firm, kind, line):
    first = file(bank, "loans", [pledge(firm), loan(firm, "HT-2")])
    later = file(bank, kind, [{"uscc": firm.uscc, **line}], at=SOON, name="之后.jsonl")

    with pytest.raises(Refused, match=r"undo 之后\.jsonl first"):
        undo(first, bank, LATER)
    assert len(standing("loans")) == 2
    undo(later, bank, LATER)
    undo(first, bank, LATER)

    assert FiledLine.objects.filter(ended_at=None).count() == 0
    assert case_of(firm, LATEST).get("loans", []) == []


def test_a_loan_that_another_filing_states_too_holds_what_rests_on_it(bank, firm):
    first = file(bank, "loans", [pledge(firm)])
    file(bank, "loans", [pledge(firm)], at=SOON)
    file(bank, "repayments", [{"uscc": firm.uscc, "number": "ZY-1", "balance": "100万元"}], at=SOON)

    undo(first, bank, LATER)

    (known,) = standing("loans")
    assert (known["principal"], known["balance"]) == (1000 * WAN, 100 * WAN)
    assert known_as_filed(firm, LATEST)


def test_policies_are_not_undone_under_their_claims(firm):
    insurer = make_filer("insurer")
    first = file(insurer, "covers", [{"uscc": firm.uscc, **POLICY}])
    file(insurer, "claims", [{"uscc": firm.uscc, **CLAIM}], name="理赔.jsonl")

    with pytest.raises(Refused, match=r"理赔\.jsonl"):
        undo(first, insurer, LATER)


def test_what_an_undone_filing_alone_has_said_leaves_the_book_as_it_leaves_the_facts(bank, firm):
    first = file(bank, "loans", [loan(firm, rate="4%", secured=False)])
    later = {name: value for name, value in loan(firm, principal="600万元").items() if name != "balance"}
    file(bank, "loans", [later], at=SOON)
    assert known_as_filed(firm, LATER)

    undo(first, bank, LATER)

    (line,) = standing("loans")
    assert line["principal"] == 600 * WAN
    assert not line.keys() & {"balance", "rate", "secured"}
    assert known_as_filed(firm, LATEST)


def test_undoing_brings_no_selection_back_that_the_city_has_ended(bank, firm):
    officer = make_membership(Role.OFFICER, make_department("市科技局"))
    partner = make_partner(bank, officer, since=date(2025, 1, 1))
    days = {"signed_on": "2026-03-01", "due_on": "2027-03-01"}
    file(bank, "loans", [loan(firm, **days)])
    again = file(bank, "loans", [loan(firm, **days, rate="4%")], at=SOON)
    assert standing("loans")[0]["cooperating"] is True
    partners.end(partner, actor=officer, on=date(2026, 2, 28), at=LATER)

    undo(again, bank, LATER)

    assert standing("loans")[0]["cooperating"] is False
    assert known_as_filed(firm, LATEST)


@pytest.mark.parametrize(
    ("more", "column"),
    [
        ({"ends_on": "2025-05-31"}, "保险终止日"),
        ({"starts_on": "2025-06-02"}, "保险起始日"),
        ({"sum_insured": "79万元"}, "保额"),
    ],
)
def test_a_policy_filed_anew_still_covers_its_claims(firm, more, column):
    insurer = make_filer("insurer")
    cover = {"uscc": firm.uscc, **POLICY, "sum_insured": "100万元"}
    file(insurer, "covers", [cover])
    file(insurer, "claims", [{"uscc": firm.uscc, **CLAIM}])

    found = take(insurer, "covers", [{**cover, **more}])

    assert faults(found) == [(1, column)]
    assert "PA-1" in found.list_import.rows.get().faults[0]["expected"]["en"]
    least = {"starts_on": "2025-06-01", "ends_on": "2025-06-01", "sum_insured": "80万元"}
    assert faults(take(insurer, "covers", [{**cover, **least}])) == []


def test_covers_of_a_policy_filed_together_hold_its_claims_together(firm):
    insurer = make_filer("insurer")
    covers = [
        {"uscc": firm.uscc, **POLICY, "kind": kind, "sum_insured": "50万元"} for kind in ("rd_loss", "other")
    ]
    file(insurer, "covers", covers)
    file(insurer, "claims", [{"uscc": firm.uscc, **CLAIM}])

    moved = [{**covers[0], "sum_insured": "10万元"}, {**covers[1], "sum_insured": "70万元"}]

    assert faults(take(insurer, "covers", moved)) == []
    assert faults(take(insurer, "covers", moved[:1])) == [(1, "保额")]


class Subsidy:
    """A small firm with a pledge loan of 1000万 whose interest is filed, and its case for the city's subsidy."""

    def __init__(self, bank):
        self.bank, self.city, department = bank, make_city(), make_department("市市场监管局")
        self.officer = make_membership(Role.OFFICER, department)
        self.decider = make_membership(Role.DECIDER, department)
        self.manager = make_firm()
        self.firm = self.manager.organisation
        file(bank, "loans", [pledge(self.firm)], at=AT - timedelta(hours=2))
        self.filed = file(bank, "interest", [interest(self.firm)], at=AT - timedelta(hours=1))
        self.case = self._accepted()

    def _accepted(self):
        money = make_appropriation(self.city, measure="25")
        window = (AT - timedelta(days=1), AT + timedelta(days=30))
        version = releasing.version_in_force()
        plan = calls.Plan("25.interest", version, 2025, ON, window, money)
        call = calls.draft(plan, actor=self.officer, at=AT)
        changes = {"documents": [], "recommended": False}
        call = calls.change(call, changes, revision=call.revision, actor=self.officer, at=AT)
        call = calls.publish(call, reserve_fen=30 * WAN, actor=self.officer, at=AT)
        case = applying.start(call, actor=self.manager, at=AT)
        applying.state_account(
            case, self.firm.name, "威海银行", "6228480402564890018", actor=self.manager, at=AT
        )
        applying.agree(case, agreed=True, actor=self.manager, at=AT)
        case = workflow.apply(case, "submit", actor=self.manager, at=AT)
        return workflow.apply(case, "accept", actor=self.officer, at=AT)

    def determine(self):
        self.case.refresh_from_db()
        amount = self.case.declared_fen
        return workflow.apply(self.case, "determine", actor=self.decider, at=LATER, amount=amount)


@pytest.fixture
def subsidy(bank):
    return Subsidy(bank)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"signed_on": "2025-02-10"}, "as filed for the loan: 2025-02-10"),
        ({"kind": "other"}, "the kind that was filed for the loan"),
        ({"principal": "999万元", "balance": "0元"}, "principal of 9,990,000.00 yuan"),
        ({"due_on": "2025-10-01"}, "at most 264 days"),
    ],
)
def test_no_subsidy_while_interest_does_not_agree_with_a_loan_corrected_since(subsidy, more, told):
    corrected = take(subsidy.bank, "loans", [pledge(subsidy.firm, **more)], at=SOON)
    (note,) = LineNote.objects.filter(filing=corrected)
    assert (note.benefit, note.outcome) == ("25.interest", "undetermined")
    assert told in note.words["en"]
    assert faults(corrected) == []
    file(subsidy.bank, "loans", [pledge(subsidy.firm, **more)], at=SOON)

    with pytest.raises(Refused, match=r"1 lines of interest do not agree with the loans .*\(ZY-1\)"):
        subsidy.determine()


def test_interest_that_agrees_with_the_corrected_loan_counts_again(subsidy):
    file(subsidy.bank, "loans", [pledge(subsidy.firm, signed_on="2025-03-10")], at=SOON)
    days = {"signed_on": "2025-03-10", "interest_days": 297}
    file(subsidy.bank, "interest", [interest(subsidy.firm, **days)], at=SOON)

    case = workflow.apply(subsidy.case, "renew", actor=subsidy.officer, at=LATER)
    case = workflow.apply(case, "accept", actor=subsidy.officer, at=LATER)
    case = workflow.apply(case, "determine", actor=subsidy.decider, at=LATER, amount=case.declared_fen)

    exact = 1000 * WAN * 297 * 310 * 20 // (365 * 10_000 * 100)  # February 2025: 3.10%, a fifth of it
    assert case.determined_fen == exact
    assert not Fact.objects.filter(
        record="interests", field="signed_on", value="2025-01-10", known_to=None
    ).exists()


def test_a_loan_may_be_extended_or_repaid_early_under_its_interest(subsidy):
    file(subsidy.bank, "loans", [pledge(subsidy.firm, due_on="2028-01-10", balance="0元")], at=SOON)

    assert not LineNote.objects.exists()
    assert subsidy.determine().state == "determined"


@pytest.fixture
def in_2028(django_capture_on_commit_callbacks):
    """A moment in the last year of the document, of which the operator has entered the calendar."""
    closed = "2028-01-01\n2028-01-26 至 2028-02-01\n2028-10-01 至 2028-10-07"
    entry = calendar.Entry(
        2028, "国办发明电〔2027〕0号", date(2027, 11, 5), "https://www.gov.cn/", closed, ""
    )
    with django_capture_on_commit_callbacks(execute=True):
        calendar.enter(entry, actor=make_membership(Role.OPERATOR), at=datetime(2027, 12, 1, tzinfo=UTC))
    yield datetime(2028, 3, 1, 2, tzinfo=UTC)
    calendar.forget()


def granted_year(people, year, money, at):
    """The case of a year of branch interest, carried to its award; people: manager, officer and decider."""
    manager, officer, decider = people
    window = (at - timedelta(days=1), at + timedelta(days=30))
    plan = calls.Plan("27.branch_interest", releasing.version_in_force(), year, at.date(), window, money)
    call = calls.draft(plan, actor=officer, at=at)
    changes = {"documents": [], "recommended": False}
    call = calls.change(call, changes, revision=call.revision, actor=officer, at=at)
    call = calls.publish(call, reserve_fen=30 * WAN, actor=officer, at=at)
    case = applying.start(call, actor=manager, at=at)
    name = manager.organisation.name
    applying.state_account(case, name, "威海银行", "6228480402564890018", actor=manager, at=at)
    applying.agree(case, agreed=True, actor=manager, at=at)
    case = workflow.apply(case, "submit", actor=manager, at=at)
    case = workflow.apply(case, "accept", actor=officer, at=at)
    case = workflow.apply(case, "determine", actor=decider, at=at, amount=case.declared_fen)
    after = close_call(call)
    call = calls.settle(call, actor=decider, at=after)
    notice = notices.publish(call, [case], actor=officer, at=after)
    ended = at_noon(notice.last_day + timedelta(days=1))
    clockwork.strike(ended)
    case.refresh_from_db()
    return workflow.apply(case, "decide", actor=decider, at=ended)


def test_a_sixth_year_of_branch_interest_is_refused_though_each_bank_counts_from_one(in_2028):
    city, department = make_city(), make_department("市地方金融监管局")
    manager, before = make_membership(Role.MANAGER, make_organisation()), in_2028 - timedelta(days=2)
    firm = manager.organisation
    status = {"kind": "leading_tech", "granted_on": date(2022, 1, 1), "expires_on": date(2030, 1, 1)}
    for name, value in status.items():
        registry.state(firm, "statuses", name, value, key="leading_tech||2022", actor=manager, at=before)
    people = manager, make_membership(Role.OFFICER, department), make_membership(Role.DECIDER, department)
    money = make_appropriation(city, measure="27")
    for year in range(2022, 2028):
        bank, signed = make_filer(), f"{year}-01-10"
        line = interest(firm, "ZH", year=year, kind="branch", signed_on=signed, subsidy_years=1)
        loan_ = {
            "kind": "branch",
            "principal": "1000万元",
            "signed_on": signed,
            "due_on": f"{year + 1}-01-09",
        }
        file(bank, "loans", [loan(firm, "ZH", **loan_)], at=before)
        file(bank, "interest", [line], at=before)
        owed = {"uscc": firm.uscc, "kind": "bank_loans", "year": year, "amount": "1000万元"}
        file(bank, "balances", [owed], at=before)

    granted = [granted_year(people, year, money, in_2028) for year in (2027, 2023, 2022, 2026, 2024)]

    assert {one.award.committed_fen for one in granted} == {10 * WAN}
    with pytest.raises(Refused, match=r"5 years of subsidy are granted .*2022, 2023, 2024, 2026, 2027"):
        granted_year(people, 2025, money, in_2028)
