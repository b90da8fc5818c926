"""Every yearly evaluation that moves money runs from call to voucher: judged where the clause reads a grade."""

from __future__ import annotations

from datetime import timedelta

import pytest

from factories import AT, make_department, make_membership, make_organisation
from fulfilment.city import WAN, at_noon, close_call, paid_by_bank
from fulfilment.judged import AFTER, graded, make_panel, put_before
from fulfilment.test_every_benefit import PACK, granted_example, state_facts
from kechuang.accounts.roles import Role
from kechuang.entitlements import releasing
from kechuang.fulfilment import applying, calls, clockwork, notices, stacking, workflow
from kechuang.fulfilment.judging import allocations
from kechuang.fulfilment.judging.allocating import BY_GRADE, Terms
from kechuang.fulfilment.judging.evaluated import Round, evaluated_by, of_round
from kechuang.fulfilment.models import Decision
from kechuang.fulfilment.verifying import checks
from kechuang.policy.cases.facts import read_facts_section
from kechuang.policy.language.values import read_literal
from kechuang.registry import actions as registry
from kechuang.registry.models import Fact
from kechuang.treasury import actions as treasury

pytestmark = pytest.mark.django_db
BENEFITS = [one for one in PACK.benefits if one.lifecycle == "evaluation" and one.amount.is_paid]
TERMS = Terms(allocations.PARTS)


def ungraded(facts, benefit, now):
    """The facts of an example without what the evaluation of the round settles."""
    what = evaluated_by(benefit)
    if what is None:
        return facts
    settled = {what.grade, what.selected, what.outstanding}
    rows = [
        {name: value for name, value in row.items() if name not in settled or not of_round(row, what, now)}
        for row in facts[what.record]
    ]
    return {**facts, what.record: rows}


def opened(city, benefit, example):
    """A call that is open, with its officer and its decider."""
    department = make_department(PACK.measures[benefit.measure].departments[0][0])
    officer, decider = (make_membership(role, department) for role in (Role.OFFICER, Role.DECIDER))
    budget = treasury.Budget(year=2026, measure=benefit.measure, title="资金", source="威财预〔2026〕1号")
    money = treasury.appropriate(budget, 10_000 * WAN, actor=city.accountant, at=AT)
    window = (AT - timedelta(days=1), AT + timedelta(days=10))
    plan = calls.Plan(benefit.id, releasing.version_in_force(), example.year, example.on, window, money)
    call = calls.draft(plan, actor=officer, at=AT)
    return calls.publish(call, reserve_fen=10_000 * WAN, actor=officer, at=AT), officer, decider


def accepted(city, call, key, people, upload):
    """The case of one record, applied for and accepted. people: whoever applies, and the officer."""
    manager, officer = people
    case = applying.start(call, actor=manager, at=AT, key=key)
    applying.state_account(
        case, manager.organisation.name, "威海银行", "6228480402564890018", actor=manager, at=AT
    )
    upload.seek(0)
    evidence = registry.keep_evidence(upload, manager.organisation, actor=manager, at=AT)
    for document in call.documents:
        applying.hand_in(case, document["key"], evidence, actor=manager, at=AT)
    applying.agree(case, agreed=True, actor=manager, at=AT)
    case = workflow.apply(case, "submit", actor=manager, at=AT)
    case = workflow.apply(case, "recommend", actor=city.district, at=AT, amount=case.declared_fen)
    return workflow.apply(case, "accept", actor=officer, at=AT)


def test_all_evaluations_of_the_document_are_here():
    assert [one.id for one in BENEFITS] == [
        "1.municipal_platform", "4.new_rd_institution", "4.out_of_city_institution", "11.campus_institution",
        "13.event", "14.transfer_agency", "14.training_fund", "17.cultivation_agency", "19.talent_service",
        "21.station", "21.studio", "31.pilot_base", "32.popularisation",
    ]  # fmt: skip
    assert [one.id for one in BENEFITS if evaluated_by(one) is None] == [
        "14.training_fund",
        "19.talent_service",
    ]


@pytest.mark.parametrize("benefit", BENEFITS, ids=[one.id for one in BENEFITS])
def test_a_worked_example_runs_from_call_through_the_panel_to_the_voucher(city, benefit, pdf_upload):
    example = granted_example(benefit)
    facts = ungraded(
        read_facts_section(example.facts, PACK.vocabulary), benefit, Round(example.year, example.on)
    )
    manager = make_membership(Role.MANAGER, make_organisation(kind=facts.get("kind", "enterprise")))
    state_facts(manager, facts)
    call, officer, decider = opened(city, benefit, example)
    key = applying.keys_to_apply_for(call, manager.organisation, AT)[0]

    case = accepted(city, call, key, (manager, officer), pdf_upload)
    ceiling = case.declared_fen
    if call.rubric:
        panel = make_panel(call, officer)
        put_before(panel, [case], officer)
        assert graded(panel, officer, lambda *_: "9.5") == {}
        case.refresh_from_db()
        assert (case.state, case.grade, case.score) == ("graded", "excellent", 9500)
        assert Fact.objects.filter(
            source="decision", value="excellent", organisation=case.organisation
        ).exists()
    after = close_call(call)
    assert after > AFTER
    _, refused = allocations.choose(
        call, BY_GRADE, TERMS, {case.number: ceiling}, "优秀，按上限支持。", actor=decider, at=after
    )
    assert refused == {}
    call = calls.settle(call, actor=decider, at=after)
    case.refresh_from_db()
    notice = notices.publish(call, [case], actor=officer, at=after)
    ended = at_noon(notice.last_day + timedelta(days=1))
    clockwork.strike(ended)
    case = workflow.apply(case, "decide", actor=decider, at=ended)

    case = paid_by_bank(city, case, ended)

    assert case.state == "paid"
    assert case.award.paid_fen == ceiling == read_literal(example.expect.text("amount")).value
    assert case.award.payments.get().reference.startswith("V")
    assert Decision.objects.get(case=case).basis["benefit"] == benefit.id
    assert [one for check in checks() for one in check.run() if one is not None] == []


def test_two_records_of_one_firm_before_one_panel_are_both_determined(city, pdf_upload):
    benefit = PACK.benefit("4.out_of_city_institution")
    example = granted_example(benefit)
    facts = ungraded(
        read_facts_section(example.facts, PACK.vocabulary), benefit, Round(example.year, example.on)
    )
    manager = make_membership(Role.MANAGER, make_organisation())
    named = [{**facts["institutions"][0], "name": name} for name in ("深圳研究院", "上海研究院")]
    state_facts(manager, {**facts, "institutions": named})
    call, officer, decider = opened(city, benefit, example)
    keys = applying.keys_to_apply_for(call, manager.organisation, AT)
    assert len(keys) == 2
    cases = [accepted(city, call, key, (manager, officer), pdf_upload) for key in keys]
    put_before(make_panel(call, officer), cases, officer)

    assert graded(cases[0].panel_cases.get().panel, officer, lambda *_: "9.5") == {}
    for pair in (cases, reversed(cases)):
        stacking.decide(*pair, same=False, why="两家机构各自独立。", actor=officer, at=AFTER)
    sums = {case.number: case.declared_fen for case in cases}
    _, refused = allocations.choose(
        call, BY_GRADE, TERMS, sums, "优秀，按上限支持。", actor=decider, at=close_call(call)
    )

    assert refused == {}
    assert {case.state for case in call.cases.all()} == {"determined"}
