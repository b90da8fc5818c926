"""Every project that moves money runs from call to voucher, stage by stage, to its acceptance; or it fails."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from factories import AT
from fulfilment.projects import (
    applicant_of,
    decided,
    drafted,
    filled_in,
    make_office,
    make_project_call,
    paid_stage,
    reached,
    signed,
)
from fulfilment.test_every_benefit import PACK
from kechuang.fulfilment import applying, workflow
from kechuang.fulfilment.models import Case, Milestone
from kechuang.fulfilment.verifying import checks
from kechuang.treasury import actions as treasury
from kechuang.treasury import paying
from kechuang.treasury.checking import check_ledger
from kechuang.treasury.models import Entry, Part
from treasury.factories import refused

pytestmark = pytest.mark.django_db
MOVES_MONEY = ("7.city_project", "16.capability_programme", "18.consortium_project", "24.grant")


@pytest.fixture
def under_contract(city, pdf_upload):
    """A function: a project of this benefit under contract; the case, its office, and the time."""

    def begin(benefit_id="24.grant"):
        benefit = PACK.benefit(benefit_id)
        manager, example = applicant_of(benefit)
        office = make_office(PACK.measures[benefit.measure].departments[0][0])
        call = make_project_call(city, office, benefit_id, example.on, example.year)
        key = applying.keys_to_apply_for(call, manager.organisation, AT)[0]
        case = filled_in(applying.start(call, actor=manager, at=AT, key=key), manager, pdf_upload)
        case = workflow.apply(case, "submit", actor=manager, at=AT)
        case, at = decided(city, office, case)
        return signed(office, case, at), office, at

    return begin


def problems_of_decisions():
    return [
        one for check in checks() if check.title.en in {"decisions", "cases"} for one in check.run() if one
    ]


@pytest.mark.parametrize("benefit", MOVES_MONEY)
def test_a_worked_example_runs_from_call_to_the_last_voucher(city, under_contract, benefit):
    case, office, at = under_contract(benefit)
    amount = case.award.amount_fen
    later = at + timedelta(days=80)

    case = reached(office, case, 1, later)
    first = paid_stage(city, case, 1, later)
    half_way = Case.objects.get(pk=case.pk).award.paid_fen
    case = reached(office, case, 2, later + timedelta(days=90))
    second = paid_stage(city, case, 2, later + timedelta(days=91))
    end = later + timedelta(days=95)
    given = {"grade": "excellent", "conclusion": "全部指标达到"}
    case = workflow.apply(case, "finish", actor=office.decider, at=end, **given)
    case = workflow.apply(case, "close", actor=office.officer, at=end)

    assert case.state == "closed"
    assert half_way == amount // 2
    assert case.award.paid_fen == amount == case.contract.amount_fen
    vouchers = (
        Entry.objects.filter(award=case.award, act="pay").order_by("id").values_list("voucher", flat=True)
    )
    assert list(vouchers) == [first, second]
    assert case.contract.grade == "excellent"
    assert check_ledger() == []
    assert problems_of_decisions() == []


def test_a_project_is_not_payable_before_its_contract_is_signed(city, pdf_upload, under_contract):
    case, _, at = under_contract()
    part = Part.objects.get(award=case.award, number=1)

    with refused("还没有到拨付条件"):
        paying.prepare_batch([case.award], actor=city.accountant, at=at)
    with pytest.raises(IntegrityError, match="only released"), transaction.atomic():
        Part.objects.filter(pk=part.pk).update(released_at=at)
    with pytest.raises(IntegrityError, match="on an accepted report"), transaction.atomic():
        Milestone.objects.filter(part=part).update(accepted_at=at)


def test_a_failed_project_gives_back_what_was_paid_and_frees_the_rest(city, under_contract):
    case, office, at = under_contract("7.city_project")
    amount, money = case.award.amount_fen, case.call.appropriation
    case = reached(office, case, 1, at)
    paid_stage(city, case, 1, at)

    case = workflow.apply(case, "fail", actor=office.decider, at=at, reason="关键人员离开，无法继续")
    money.refresh_from_db()
    freed = money.committed_fen
    hearing = at.date() + timedelta(days=10)
    case = workflow.apply(
        case, "find_breach", actor=office.officer, at=at, reason="资金未用于项目", hearing_on=hearing
    )
    at += timedelta(days=10)
    case = workflow.apply(case, "hear", actor=office.officer, at=at, reason="承认")
    claim = {
        "amount": amount // 2,
        "plan": [(hearing + timedelta(days=30), amount // 2)],
        "reason": "全部追回",
    }
    case = workflow.apply(case, "claim", actor=office.decider, at=at, **claim)
    receivable = case.findings.get().receivable
    treasury.receive(receivable, amount // 2, at.date(), "SK1", actor=city.accountant, at=at)
    case.refresh_from_db()

    assert freed == amount // 2
    assert case.state == "recovered"
    assert case.award.recovered_fen == amount // 2 == case.award.paid_fen
    assert check_ledger() == []


def test_a_failed_project_of_which_nothing_is_claimed_is_closed_when_accepted_stages_are_paid(
    city, under_contract
):
    case, office, at = under_contract()
    case = reached(office, case, 1, at)
    case = workflow.apply(case, "fail", actor=office.decider, at=at, reason="技术路线被替代")

    with refused("没有拨付"):
        workflow.apply(case, "close", actor=office.officer, at=at)
    paid_stage(city, case, 1, at)
    case = workflow.apply(Case.objects.get(pk=case.pk), "close", actor=office.officer, at=at)

    assert case.state == "closed"


def test_a_finding_that_does_not_hold_leads_back_to_where_the_project_stood(city, under_contract):
    case, office, at = under_contract()
    case = reached(office, case, 1, at)
    paid_stage(city, case, 1, at)
    case = workflow.apply(
        Case.objects.get(pk=case.pk), "fail", actor=office.decider, at=at, reason="市场变化"
    )
    hearing = at.date() + timedelta(days=10)
    case = workflow.apply(
        case, "find_breach", actor=office.officer, at=at, reason="疑似挪用", hearing_on=hearing
    )

    case = workflow.apply(case, "drop_finding", actor=office.decider, at=at, reason="不成立")

    assert case.state == "failed"


class TestContract:
    def test_stages_add_up_to_the_award_exactly(self, under_contract):
        case, office, at = under_contract()
        milestones = list(case.contract.milestones.all())

        assert sum(one.amount_fen for one in milestones) == case.award.amount_fen
        assert [(one.due_on, one.agreed_on) for one in milestones] == [
            (one.due_on,) * 2 for one in milestones
        ]
        with refused("不能"):
            drafted(office, case, at)

    def test_criteria_and_sums_are_not_changed_once_signed(self, under_contract):
        case, _, _ = under_contract()
        for changed in (
            {"criteria": "宽一些"},
            {"amount_fen": 1},
            {"due_on": case.contract.milestones.get(number=1).due_on + timedelta(1)},
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                case.contract.milestones.filter(number=1).update(**changed)

    def test_a_refused_milestone_is_reported_on_again(self, under_contract):
        case, office, at = under_contract()
        manager = case.organisation.memberships.get()
        case = workflow.apply(case, "report_milestone", actor=manager, at=at, milestone=1, text="基本完成")
        with refused("还没有答复"):
            workflow.apply(case, "report_milestone", actor=manager, at=at, milestone=1, text="再报一次")
        case = workflow.apply(
            case, "refuse_milestone", actor=office.officer, at=at, milestone=1, reason="精度未达到"
        )

        case = reached(office, case, 1, at)

        reports = case.contract.milestones.get(number=1).reports.all()
        assert [one.result for one in reports] == ["refused", "accepted"]

    def test_a_delay_is_asked_for_and_decided_and_the_day_as_signed_is_kept(self, under_contract):
        case, office, at = under_contract()
        manager, first = case.organisation.memberships.get(), case.contract.milestones.get(number=1)
        later = first.due_on + timedelta(days=30)
        asked = {"milestone": 1, "due_on": later, "text": "进口部件晚到"}
        case = workflow.apply(case, "ask_change", actor=manager, at=at, **asked)
        case = workflow.apply(
            case, "change", actor=office.officer, at=at, result="agreed", conclusion="情况属实"
        )

        first.refresh_from_db()
        assert (first.agreed_on, first.due_on) == (later - timedelta(days=30), later)
        assert case.due_on == later
        with refused("须晚于"):
            workflow.apply(case, "ask_change", actor=manager, at=at, **asked)

    def test_a_refused_change_changes_nothing(self, under_contract):
        case, office, at = under_contract()
        manager, first = case.organisation.memberships.get(), case.contract.milestones.get(number=1)
        asked = {"milestone": 1, "due_on": first.due_on + timedelta(days=30), "text": "晚一些"}
        case = workflow.apply(case, "ask_change", actor=manager, at=at, **asked)
        workflow.apply(case, "change", actor=office.officer, at=at, result="opposed", conclusion="理由不足")

        assert case.contract.milestones.get(number=1).due_on == first.due_on

    def test_the_whole_is_accepted_when_every_milestone_is(self, under_contract):
        case, office, at = under_contract()
        case = reached(office, case, 1, at)

        with refused("还有 1 个里程碑"):
            workflow.apply(case, "finish", actor=office.decider, at=at, grade="good", conclusion="好")
