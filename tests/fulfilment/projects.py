"""Stories of projects: from a call to a contract, milestones, stages and acceptance, in small steps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from factories import AT, make_department, make_membership, make_organisation
from fulfilment.city import WAN, City, at_noon, close_call, manager_of
from fulfilment.test_every_benefit import PACK, granted_example, state_facts
from kechuang.accounts.models import Membership
from kechuang.accounts.roles import Role
from kechuang.entitlements import releasing
from kechuang.fulfilment import applying, calls, clockwork, notices, workflow
from kechuang.fulfilment.models import Call, Case
from kechuang.fulfilment.projects import matching
from kechuang.fulfilment.projects.contracts import Planned
from kechuang.policy.cases.facts import read_facts_section
from kechuang.registry import actions as registry
from kechuang.treasury import paying, settling
from kechuang.treasury.models import Part


@dataclass
class Office:
    """The responsible department of a measure."""

    officer: Membership
    decider: Membership


def make_office(name: str = "市科技局") -> Office:
    department = make_department(name)
    return Office(*(make_membership(role, department) for role in (Role.OFFICER, Role.DECIDER)))


def make_project_call(city: City, office: Office, benefit: str, on: date, year: int, **changes) -> Call:
    """A published call for a project benefit, open for ten days."""
    from kechuang.treasury import actions as treasury
    from kechuang.treasury.models import Appropriation

    measure = benefit.partition(".")[0]
    source = f"威财预〔2026〕{Appropriation.objects.count() + 1}号"
    budget = treasury.Budget(year=2026, measure=measure, title="项目资金", source=source)
    money = treasury.appropriate(budget, 10_000 * WAN, actor=city.accountant, at=AT)
    window = (AT - timedelta(days=1), AT + timedelta(days=10))
    call = calls.draft(
        calls.Plan(benefit, releasing.version_in_force(), year, on, window, money),
        actor=office.officer,
        at=AT,
    )
    if changes:
        call = calls.change(call, changes, revision=call.revision, actor=office.officer, at=AT)
    return calls.publish(call, reserve_fen=10_000 * WAN, actor=office.officer, at=AT)


def applicant_of(benefit) -> tuple[Membership, object]:
    """The manager of an organisation with the facts of the benefit's worked example, and the example."""
    example = granted_example(benefit)
    facts = read_facts_section(example.facts, PACK.vocabulary)
    facts["projects"] = [{"code": "XM-1", **one} for one in facts["projects"]]
    manager = make_membership(Role.MANAGER, make_organisation(kind=facts.get("kind", "enterprise")))
    state_facts(manager, facts)
    return manager, example


def filled_in(case: Case, manager: Membership, pdf_upload, at: datetime = AT) -> Case:
    """Account, documents and declaration."""
    applying.state_account(
        case, manager.organisation.name, "威海银行", "6228480402564890018", actor=manager, at=at
    )
    pdf_upload.seek(0)
    evidence = registry.keep_evidence(pdf_upload, manager.organisation, actor=manager, at=at)
    for document in case.call.documents:
        applying.hand_in(case, document["key"], evidence, actor=manager, at=at)
    applying.agree(case, agreed=True, actor=manager, at=at)
    return Case.objects.get(pk=case.pk)


def decided_project(
    city: City, office: Office, pdf_upload, benefit: str = "24.grant"
) -> tuple[Case, datetime]:
    """A decided project without contract, from call to decision; and the time then."""
    manager, example = applicant_of(PACK.benefit(benefit))
    call = make_project_call(city, office, benefit, example.on, example.year)
    key = applying.keys_to_apply_for(call, manager.organisation, AT)[0]
    case = filled_in(applying.start(call, actor=manager, at=AT, key=key), manager, pdf_upload)
    return decided(city, office, workflow.apply(case, "submit", actor=manager, at=AT))


def sent_back(case: Case, at: datetime, reason: str = "第二阶段的期限太短") -> Case:
    """The contract sent back by its undertaker."""
    return workflow.apply(case, "return_contract", actor=manager_of(case), at=at, reason=reason)


def decided(city: City, office: Office, case: Case, at: datetime = AT) -> tuple[Case, datetime]:
    """The submitted case, carried to its decision; and the time then."""
    if case.call.benefit == "16.capability_programme":
        matching.say(case, case.declared_fen, actor=city.district, at=at)
    if case.call.recommended:
        case = workflow.apply(case, "recommend", actor=city.district, at=at, amount=case.declared_fen)
    case = workflow.apply(case, "accept", actor=office.officer, at=at)
    case = workflow.apply(case, "determine", actor=office.decider, at=at, amount=case.declared_fen)
    return issued(office, case, close_call(case.call))


def issued(office: Office, case: Case, after: datetime) -> tuple[Case, datetime]:
    """The determined case of a closed call, through its notice to its decision."""
    call = calls.settle(Call.objects.get(pk=case.call_id), actor=office.decider, at=after)
    notice = notices.publish(call, [Case.objects.get(pk=case.pk)], actor=office.officer, at=after)
    ended = at_noon(notice.last_day + timedelta(days=1))
    clockwork.strike(ended)
    return workflow.apply(case, "decide", actor=office.decider, at=ended), ended


def two_halves(case: Case, at: datetime) -> list[Planned]:
    """Two milestones, half the money each, in three and six months."""
    amount, today = case.award.amount_fen, at.date()
    half = amount // 2
    return [
        Planned("样机", "样机通过第三方检测，精度不低于 0.01 毫米", today + timedelta(days=90), half),
        Planned("示范应用", "两条产线连续运行 720 小时", today + timedelta(days=180), amount - half),
    ]


def drafted(office: Office, case: Case, at: datetime, **changes) -> Case:
    """The decided case with a contract that waits for its undertaker."""
    given = {
        "contract_number": f"威科合〔2026〕{case.pk}",
        "own_fen": 30 * WAN,
        "milestones": two_halves(case, at),
        **changes,
    }
    return workflow.apply(case, "draft_contract", actor=office.officer, at=at, **given)


def signed(office: Office, case: Case, at: datetime) -> Case:
    """The decided case under contract."""
    manager = case.organisation.memberships.filter(role=Role.MANAGER).first()
    return workflow.apply(drafted(office, case, at), "sign", actor=manager, at=at)


def reached(office: Office, case: Case, milestone: int, at: datetime) -> Case:
    """A milestone, reported and accepted."""
    manager = case.organisation.memberships.filter(role=Role.MANAGER).first()
    case = workflow.apply(
        case, "report_milestone", actor=manager, at=at, milestone=milestone, text="指标已达到"
    )
    given = {"milestone": milestone, "conclusion": "达到约定指标"}
    return workflow.apply(case, "accept_milestone", actor=office.officer, at=at, **given)


def paid_stage(city: City, case: Case, number: int, at: datetime) -> str:
    """One stage paid by the bank; the number of its voucher."""
    part = Part.objects.get(award=case.award, number=number)
    batch = paying.prepare_batch([], parts=[part], actor=city.accountant, at=at)
    batch = paying.approve_batch(batch, actor=city.treasurer, at=at)
    batch = paying.mark_sent(batch, actor=city.accountant, at=at)
    (payment,) = batch.payments.all()
    voucher = f"HX{payment.pk}"
    result = settling.Result(payment.number, paid=True, on=at.date(), reference=voucher)
    settling.settle(batch, [result], actor=city.accountant, at=at)
    return voucher
