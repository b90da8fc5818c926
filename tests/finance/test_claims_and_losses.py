"""Claims and losses are facts of the organisation with their source: filed, filed anew, undone, disputed, set aside."""

from __future__ import annotations

from datetime import date, timedelta
from importlib import import_module

import pytest
from django.db import connection
from django.http import Http404

from factories import AT, make_department, make_membership, make_organisation
from finance.factories import WAN, file, loan, make_filer, undo
from finance.test_pools import Act, make_loss, make_pool
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.finance import overlaps, pools
from kechuang.finance.models import FiledLine, Overlap
from kechuang.journal.sealing import check_seals
from kechuang.registry import actions as registry
from kechuang.registry import queries, rules, showing
from kechuang.registry.assembly import case_of
from kechuang.registry.models import Fact, ListImport

pytestmark = pytest.mark.django_db
LATER, LATEST, SOON = AT + timedelta(days=1), AT + timedelta(days=2), timedelta(minutes=1)


def cover(firm, number="BX-1", **more) -> dict:
    days = {"starts_on": "2025-01-01", "ends_on": "2025-12-31"}
    return {"uscc": firm.uscc, "number": number, "kind": "rd_loss", **days, **more}


def claim(firm, number="BX-1", **more) -> dict:
    said = {"claim": "PA-1", "claimed_on": "2025-06-01", "paid_on": "2025-08-01", "amount": "12.34万元"}
    return {"uscc": firm.uscc, "number": number, **said, **more}


@pytest.fixture
def insurer():
    return make_filer("insurer")


def test_a_claim_is_a_fact_of_the_insured_with_its_filing_as_source(insurer, firm):
    file(insurer, "covers", [cover(firm)])

    filing = file(insurer, "claims", [claim(firm)])

    (known,) = case_of(firm, AT + SOON)["claims"]
    assert known == {
        "number": f"{insurer.organisation.uscc}/BX-1",
        "claim": "PA-1",
        "claimed_on": date(2025, 6, 1),
        "paid_on": date(2025, 8, 1),
        "amount": 12_340_000,
    }
    facts = Fact.objects.filter(organisation=firm, record="claims")
    assert {(one.source, one.list_import_id) for one in facts} == {("list", filing.list_import_id)}
    assert filing.list_import.counts["facts"] == 5


def test_a_claim_filed_anew_leaves_what_was_known_before(insurer, firm):
    file(insurer, "covers", [cover(firm)])
    file(insurer, "claims", [claim(firm), claim(firm, claim="PA-2", amount="1万元")])

    again = file(insurer, "claims", [claim(firm, amount="15万元")], at=LATER)

    def amounts(at):
        return [one["amount"] for one in case_of(firm, at)["claims"]]

    assert (amounts(AT + SOON), amounts(LATER + SOON)) == ([12_340_000, WAN], [15 * WAN, WAN])
    undo(again, insurer, LATEST)
    assert amounts(LATEST + SOON) == [12_340_000, WAN]
    assert amounts(LATER + SOON) == [15 * WAN, WAN]


def test_an_undone_filing_of_losses_leaves_none(bank, firm):
    loss = make_loss(bank, firm)
    assert [one["amount"] for one in case_of(firm, AT + SOON)["losses"]] == [100 * WAN]

    undo(loss.filing, bank, LATER)

    assert not case_of(firm, LATER + SOON).get("losses")
    assert case_of(firm, AT + SOON)["losses"][0]["lost_on"] == date(2026, 2, 1)


def test_what_the_debtor_says_of_the_same_loss_counts_no_longer(bank, firm):
    manager = make_membership(Role.MANAGER, firm)
    registry.state(firm, "losses", "amount", 7, key="HT-1", actor=manager, at=AT - SOON)

    make_loss(bank, firm)

    assert [one["amount"] for one in case_of(firm, AT + SOON)["losses"]] == [100 * WAN]


def test_a_loan_set_aside_takes_its_loss_out_of_what_is_known(bank, firm):
    make_loss(bank, firm)
    file(make_filer(), "loans", [loan(firm, "HT-1", principal="3000万元", balance="3000万元")])
    officer = make_membership(Role.OFFICER)

    overlaps.decide(Overlap.objects.first(), "second", "同一笔贷款", actor=officer, at=LATER)

    assert not case_of(firm, LATER + SOON).get("losses")
    assert not FiledLine.objects.filter(record="losses", ended_at=None).exists()


def test_a_loss_that_the_debtor_disputes_is_not_shared_and_once_corrected_is_filed_anew(bank, firm):
    bureau = make_department()
    officer, decider = make_membership(Role.OFFICER, bureau), make_membership(Role.DECIDER, bureau)
    pool, loss = make_pool(officer), make_loss(bank, firm)
    pools.move(pool, Act.CONTRIBUTE, 900 * WAN, "出资", actor=officer, at=AT)
    fact = Fact.objects.get(organisation=firm, record="losses", field="amount")
    manager = make_membership(Role.MANAGER, firm)
    one = registry.raise_correction(fact, 80 * WAN, ground="已还二十万元", actor=manager, at=LATER)

    with pytest.raises(Refused, match="disputes this loss"):
        pools.lose(pool, loss, "逾期", actor=decider, at=LATER)
    registry.answer_correction(one, uphold=True, answer="核实", actor=officer, at=LATER)
    with pytest.raises(Refused, match="corrected after a dispute"):
        pools.lose(pool, loss, "逾期", actor=decider, at=LATER)
    line = {"uscc": firm.uscc, "number": "HT-1", "lost_on": "2026-02-01", "amount": "80万元"}
    file(bank, "losses", [line], at=LATEST)
    entry = pools.lose(
        pool, FiledLine.objects.get(record="losses", ended_at=None), "逾期", actor=decider, at=LATEST
    )

    assert entry.whole_fen == 80 * WAN


def test_lines_filed_before_they_were_facts_become_facts_by_the_upgrade(bank, firm):
    upgrade = import_module("kechuang.finance.migrations.0003_claims_and_losses_are_facts").Migration
    loss = make_loss(bank, make_organisation())
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE registry_fact DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM registry_fact WHERE record = 'losses'")
        cursor.execute("ALTER TABLE registry_fact ENABLE TRIGGER USER")
        cursor.execute("UPDATE registry_listimport SET record = 'filed_losses' WHERE record = 'losses'")
        for query in upgrade.operations[0].sql:
            cursor.execute(query)

    (known,) = case_of(loss.organisation, AT + SOON)["losses"]
    assert (known["amount"], known["number"]) == (100 * WAN, loss.values["number"])
    assert ListImport.objects.get(filing=loss.filing).record == "losses"
    assert {one.row for one in check_seals({"registry_fact": ()}) if one.found == "there"} == set()


def test_what_a_bank_filed_is_read_by_its_department_the_auditor_and_the_firm_alone(bank, firm):
    file(bank, "loans", [loan(firm)])
    fact = Fact.objects.filter(organisation=firm, record="loans", field="principal").get()
    office = make_department("市科技局")
    own, others = make_membership(Role.CLERK, firm), (Role.LEADER, Role.POLICY, Role.ACCOUNTANT)

    def sees(member):
        shown = showing.facts_open_to(member, firm, LATER)
        return any(one.fact == fact for one in shown), rules.may_see_fact(member, fact)

    assert sees(make_membership(Role.OFFICER, office)) == sees(own) == (True, True)
    assert [sees(make_membership(role, make_department(f"{role}局"))) for role in others] == [
        (False, False)
    ] * 3
    with pytest.raises(Http404):
        queries.fact_at(fact.pk, make_membership(Role.LEADER, make_department("市政府")))
