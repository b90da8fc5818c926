"""Every benefit that needs no experts runs from call to voucher by the same table: the rest is data."""

from __future__ import annotations

from datetime import timedelta

import pytest

from factories import AT, make_department, make_membership, make_organisation
from fulfilment.city import WAN, at_noon, close_call, paid_by_bank
from kechuang.accounts.roles import Role
from kechuang.entitlements import releasing, versions
from kechuang.fulfilment import applying, calls, clockwork, notices, workflow
from kechuang.fulfilment.models import Decision
from kechuang.policy import load_pack
from kechuang.policy.cases.facts import read_facts_section
from kechuang.policy.language.values import read_literal
from kechuang.policy.language.vocabulary import SUBJECT
from kechuang.registry import actions as registry
from kechuang.registry.keys import key_of
from kechuang.treasury import actions as treasury

pytestmark = pytest.mark.django_db
PACK = load_pack("weihai-2023-5")
BENEFITS = [one for one in PACK.benefits if one.lifecycle in {"recognition", "formula"}]


def granted_example(benefit):
    """The first worked example of the benefit that gives money, under the readings chosen."""
    return next(
        one
        for one in benefit.examples
        if one.expect.text("outcome") in {"entitled", "may_apply"}
        and not one.readings
        and one.expect.get("amount")
    )


def state_facts(manager, facts):
    """The facts of a worked example, as the organisation's own."""
    said = []
    for name, value in facts.items():
        if isinstance(value, list):
            for place, given in enumerate(value, start=1):
                numbered = dict.fromkeys(PACK.vocabulary.records[name].key, f"编号 {place}")
                row = {**(numbered if "number" in numbered else {}), **given}
                key = key_of(name, row)
                said += [
                    registry.Statement(name, field, one, key) for field, one in row.items() if one is not None
                ]
            if not value:
                said.append(registry.Statement(name, field="", value=False))
        elif name not in {"uscc", "name", "kind", "district"} and value is not None:
            said.append(registry.Statement(SUBJECT, name, value))
    registry.state_many(manager.organisation, said, actor=manager, at=AT - timedelta(days=2))


@pytest.mark.parametrize("benefit", BENEFITS, ids=[one.id for one in BENEFITS])
def test_a_worked_example_runs_from_call_to_voucher(city, benefit, pdf_upload):
    example = granted_example(benefit)
    facts = read_facts_section(example.facts, PACK.vocabulary)
    department = make_department(PACK.measures[benefit.measure].departments[0][0])
    officer, decider = (make_membership(role, department) for role in (Role.OFFICER, Role.DECIDER))
    manager = make_membership(Role.MANAGER, make_organisation(kind=facts.get("kind", "enterprise")))
    state_facts(manager, facts)
    budget = treasury.Budget(year=2026, measure=benefit.measure, title="资金", source="威财预〔2026〕1号")
    money = treasury.appropriate(budget, 10_000 * WAN, actor=city.accountant, at=AT)
    window = (AT - timedelta(days=1), AT + timedelta(days=10))
    version = releasing.version_in_force()
    plan = calls.Plan(benefit.id, version, example.year, example.on, window, money)
    call = calls.publish(
        calls.draft(plan, actor=officer, at=AT), reserve_fen=10_000 * WAN, actor=officer, at=AT
    )
    key = applying.keys_to_apply_for(call, manager.organisation, AT)[0]

    case = applying.start(call, actor=manager, at=AT, key=key)
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
    assert case.award.payments.get().reference.startswith("V")
    assert Decision.objects.get(case=case).basis["benefit"] == benefit.id
    assert versions.pack_of(case.version_id).hash == PACK.hash
