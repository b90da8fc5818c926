"""What is filed after a sum was determined: the decision is refused, an award held, the office told; and back again."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from factories import AT, make_department, make_membership, make_organisation
from finance.factories import file, loan, make_filer, make_partner, undo
from fulfilment.city import WAN, at_noon, carried_to, close_call, make_city, paid_by_bank
from fulfilment.office import look
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.entitlements import releasing
from kechuang.finance import overlaps, partners
from kechuang.finance.models import Overlap, Partner
from kechuang.fulfilment import applying, calls, clockwork, notices, workflow
from kechuang.fulfilment.outgrown import follow
from kechuang.journal.models import Event, Message
from kechuang.registry import actions as registry
from kechuang.treasury import actions as treasury

pytestmark = pytest.mark.django_db
YEAR, ON = 2025, date(2026, 3, 2)
BEFORE, SOON = AT - timedelta(days=1), AT + timedelta(hours=1)
GOOD = {
    "kind": "bottleneck",
    "secured": False,
    "rate": "4.35%",
    "signed_on": "2025-03-01",
    "due_on": "2026-03-01",
}


class Office:
    """A city with a selected bank that has lent 6000万 under the clause, and a call for its risk money."""

    def __init__(self, pdf):
        self.city, department = make_city(), make_department("市科技局")
        self.officer = make_membership(Role.OFFICER, department)
        self.decider = make_membership(Role.DECIDER, department)
        self.bank = make_filer()
        make_partner(self.bank, self.officer, since=date(2023, 1, 1))
        self.firms = [make_organisation() for _ in range(4)]
        self.loans = self.lend(self.firms[:3])
        self.state_new("6000万元", BEFORE)
        self.case, self.call = self._accepted(pdf)

    def lend(self, firms, at=BEFORE, **more):
        lines = [loan(one, f"GG-{place}", **{"principal": "2000万元", "balance": "2000万元", **GOOD, **more})
                 for place, one in enumerate(firms)]  # fmt: skip
        return file(self.bank, "loans", lines, at=at)

    def state_new(self, amount, at):
        own = {"uscc": self.bank.organisation.uscc, "kind": "bottleneck_new", "year": YEAR, "amount": amount}
        return file(self.bank, "balances", [own], at=at)

    def _accepted(self, pdf):
        budget = treasury.Budget(year=2026, measure="24", title="资金", source="威财预〔2026〕1号")
        money = treasury.appropriate(budget, 1000 * WAN, actor=self.city.accountant, at=AT)
        window = (AT - timedelta(days=1), AT + timedelta(days=10))
        version = releasing.version_in_force()
        plan = calls.Plan("24.bank_risk", version, YEAR, ON, window, money)
        call = calls.draft(plan, actor=self.officer, at=AT)
        call = calls.publish(call, reserve_fen=1000 * WAN, actor=self.officer, at=AT)
        case = applying.start(call, actor=self.bank, at=AT)
        name = self.bank.organisation.name
        applying.state_account(case, name, "威海银行", "6228480402564890018", actor=self.bank, at=AT)
        evidence = registry.keep_evidence(pdf, self.bank.organisation, actor=self.bank, at=AT)
        for document in call.documents:
            applying.hand_in(case, document["key"], evidence, actor=self.bank, at=AT)
        applying.agree(case, agreed=True, actor=self.bank, at=AT)
        case = workflow.apply(case, "submit", actor=self.bank, at=AT)
        case = workflow.apply(case, "recommend", actor=self.city.district, at=AT, amount=case.declared_fen)
        return workflow.apply(case, "accept", actor=self.officer, at=AT), call

    def determine(self, amount, at=AT):
        self.case.refresh_from_db()
        return workflow.apply(self.case, "determine", actor=self.decider, at=at, amount=amount)

    def cleared(self):
        """The case after its notice: (case, moment)."""
        case = self.determine(36 * WAN)
        after = close_call(self.call)
        call = calls.settle(self.call, actor=self.decider, at=after)
        notice = notices.publish(call, [case], actor=self.officer, at=after)
        ended = at_noon(notice.last_day + timedelta(days=1))
        clockwork.strike(ended)
        self.case.refresh_from_db()
        return self.case, ended

    def decided(self):
        case, ended = self.cleared()
        return workflow.apply(case, "decide", actor=self.decider, at=ended), ended

    def holds(self):
        self.case.refresh_from_db()
        self.case.award.refresh_from_db()
        return self.case.award.holds


@pytest.fixture
def office(pdf_upload):
    return Office(pdf_upload)


def told() -> list[str]:
    return list(Event.objects.filter(kind__in=["case.outgrown", "case.fits_again"]).order_by("number")
                .values_list("kind", flat=True))  # fmt: skip


def test_the_balance_counts_as_it_is_known_on_the_day_of_the_determination(office):
    assert office.case.declared_fen == 36 * WAN  # 0.6% of 6000万
    office.state_new("5000万元", SOON)

    with pytest.raises(Refused, match="Renew the facts"):
        office.determine(36 * WAN, SOON)
    office.case = workflow.apply(office.case, "renew", actor=office.officer, at=SOON)
    assert (office.case.state, office.case.declared_fen) == ("submitted", 30 * WAN)
    again = workflow.apply(office.case, "recommend", actor=office.city.district, at=SOON, amount=30 * WAN)
    office.case = workflow.apply(again, "accept", actor=office.officer, at=SOON)
    with pytest.raises(Refused, match="at most 300,000"):
        office.determine(30 * WAN + 1, SOON)
    assert office.determine(30 * WAN, SOON).determined_fen == 30 * WAN


def test_loans_undone_leave_less_than_the_balance_that_the_bank_states(office):
    undo(office.loans, office.bank, SOON)

    with pytest.raises(Refused, match=r"60,000,000\.00 yuan as newly granted, more than the 0\.00 yuan"):
        office.determine(36 * WAN, SOON)


@pytest.mark.parametrize(
    "miss", [{"secured": True}, {"rate": "4.36%"}, {"due_on": "2028-03-02", "rate": "4%"}]
)
def test_a_loan_that_is_corrected_out_of_the_terms_does_not_count(office, miss):
    office.lend(office.firms[:1], SOON, **miss)

    with pytest.raises(Refused) as refused:
        office.determine(36 * WAN, SOON)

    assert "40,000,000" in refused.value.words.zh
    assert "1 笔不合条款（GG-0）" in refused.value.words.zh


def test_loans_above_the_limit_of_an_enterprise_count_to_the_limit(office):
    more = {"principal": "2000万元", "balance": "2000万元", **GOOD}
    file(office.bank, "loans", [loan(office.firms[0], "GG-9", **more)], at=SOON)
    office.state_new("8000万元", SOON)
    office.case = workflow.apply(office.case, "renew", actor=office.officer, at=SOON)
    again = workflow.apply(
        office.case, "recommend", actor=office.city.district, at=SOON, amount=office.case.declared_fen
    )
    office.case = workflow.apply(again, "accept", actor=office.officer, at=SOON)

    with pytest.raises(Refused, match=r"more than the 60,000,000\.00 yuan of bottleneck loans"):
        office.determine(48 * WAN, SOON)


def test_a_loan_above_the_limit_does_not_count_nor_a_secured_one_of_before_the_bank_was_selected(office):
    Partner.objects.update(since=date(2025, 6, 1))
    office.lend(office.firms[:1], SOON, principal="2000.01万元")
    office.lend(office.firms[1:2], SOON, secured=True)

    with pytest.raises(Refused) as refused:
        office.determine(36 * WAN, SOON)

    assert "2 笔不合条款（GG-0、GG-0）" in refused.value.words.zh


def test_a_loan_that_keeps_the_terms_to_the_day_and_the_rate_counts(office):
    office.lend(office.firms[:1], SOON, due_on="2028-03-01", rate="4.75%")

    with pytest.raises(Refused, match="at most 360,000") as refused:
        office.determine(1000 * WAN, SOON)

    assert "不合条款" not in refused.value.words.zh


def test_a_balance_restated_after_the_determination_refuses_the_decision(office):
    case, ended = office.cleared()
    office.state_new("5000万元", ended)

    with pytest.raises(Refused, match=r"at most 300,000\.00 yuan by what is known now"):
        workflow.apply(case, "decide", actor=office.decider, at=ended + timedelta(hours=1))

    assert told() == ["case.outgrown"]
    case = workflow.apply(case, "reconsider", actor=office.decider, at=ended, reason="余额更正")
    assert case.state == "accepted"


def test_a_balance_restated_after_the_decision_stops_the_payment_and_tells_the_office(office):
    case, ended = office.decided()
    office.state_new("5999.99万元", ended + timedelta(hours=1))

    assert office.holds() == 1
    event = Event.objects.get(kind="case.outgrown")
    assert (event.data["due_fen"], event.data["sum_fen"]) == (35_999_940, 36 * WAN)
    sent = Message.objects.filter(event=event.number)
    assert {one.membership_id for one in sent} >= {office.officer.pk, office.decider.pk}
    assert "暂停" in sent.first().body["zh"]
    with pytest.raises(Refused):
        paid_by_bank(office.city, case, ended + timedelta(hours=2))


def test_looking_once_more_says_nothing_new_and_a_balance_put_right_frees_the_payment(office):
    case, ended = office.decided()
    wrong = office.state_new("5000万元", ended)
    assert follow([office.bank.organisation_id], at=ended) == 1
    assert told() == ["case.outgrown"]

    undo(wrong, office.bank, ended + timedelta(hours=1))

    assert told() == ["case.outgrown", "case.fits_again"]
    assert office.holds() == 0
    paid_by_bank(office.city, case, ended + timedelta(hours=2))
    case.refresh_from_db()
    assert case.state == "paid"


def test_a_balance_restated_after_the_payment_is_for_a_person_to_claim_back(office):
    case, ended = office.decided()
    paid_by_bank(office.city, case, ended)
    office.state_new("1000万元", ended + timedelta(days=1))

    assert office.holds() == 1  # were the bank to send it back, it would not be paid again
    event = Event.objects.get(kind="case.outgrown")
    assert "追回" in Message.objects.filter(event=event.number).first().body["zh"]


def test_a_balance_that_grows_changes_nothing(office):
    office.lend(office.firms, AT)
    office.determine(36 * WAN)
    office.state_new("8000万元", SOON)

    assert told() == []


def test_a_bank_that_leaves_the_list_and_an_overlap_found_are_said_as_well(office):
    office.decided()
    later = AT + timedelta(days=40)
    spell = Partner.objects.get(organisation=office.bank.organisation)
    partners.end(spell, actor=office.officer, on=date(2025, 12, 30), at=later)
    look(later)

    assert told() == ["case.outgrown"]
    assert Event.objects.get(kind="case.outgrown").data["due_fen"] == 0


def test_a_loan_set_aside_as_filed_twice_is_said_as_well(office):
    office.decided()
    later = AT + timedelta(days=40)
    firm = office.firms[0]
    file(
        make_filer(),
        "loans",
        [loan(firm, "GG-0", principal="2000万元", balance="2000万元", **GOOD)],
        at=later,
    )
    one = Overlap.objects.filter(first__filer=office.bank.organisation).first()

    overlaps.decide(one, "second", "另一家为准", actor=office.officer, at=later)
    look(later)

    assert told() == ["case.outgrown"]
    assert "40,000,000" in Event.objects.get(kind="case.outgrown").data["why"]


def test_half_of_the_premium_follows_a_policy_that_is_filed_anew(pdf_upload):
    office = Office(pdf_upload)
    firm, insurer = make_membership(Role.MANAGER, make_organisation()), make_filer("insurer")
    make_partner(insurer, office.officer, since=date(2023, 1, 1))
    policy = {"uscc": firm.organisation.uscc, "number": "BX", "kind": "rd_loss", "starts_on": "2025-02-01",
              "ends_on": "2026-01-31", "sum_insured": "500万元", "paid_on": "2025-02-01"}  # fmt: skip
    file(insurer, "covers", [{**policy, "premium_paid": "60万元"}], at=BEFORE)
    budget = treasury.Budget(year=2026, measure="24", title="保费", source="威财预〔2026〕2号")
    money = treasury.appropriate(budget, 1000 * WAN, actor=office.city.accountant, at=AT)
    plan = calls.Plan("24.loss_insurance", releasing.version_in_force(), YEAR, ON,
                      (AT - timedelta(days=1), AT + timedelta(days=10)), money)  # fmt: skip
    call = calls.draft(plan, actor=office.officer, at=AT)
    call = calls.publish(call, reserve_fen=1, actor=office.officer, at=AT)
    case = applying.start(call, actor=firm, at=AT)
    applying.state_account(case, firm.organisation.name, "威海银行", "6228480402564890018", actor=firm, at=AT)
    pdf_upload.seek(0)
    evidence = registry.keep_evidence(pdf_upload, firm.organisation, actor=firm, at=AT)
    for document in call.documents:
        applying.hand_in(case, document["key"], evidence, actor=firm, at=AT)
    applying.agree(case, agreed=True, actor=firm, at=AT)
    office.city.officer, office.city.decider = office.officer, office.decider
    case = carried_to(
        office.city, case, "determined", amount_fen=20 * WAN
    )  # half would be 30万: the ceiling holds

    file(insurer, "covers", [{**policy, "premium_paid": "40万元"}], at=SOON)
    assert told() == []
    file(insurer, "covers", [{**policy, "premium_paid": "39.99万元"}], at=SOON + timedelta(hours=1))

    assert Event.objects.get(kind="case.outgrown").data["due_fen"] == 19_995_000
