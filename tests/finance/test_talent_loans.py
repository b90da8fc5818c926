"""Talent loans to persons count to the total of the firm in which they work: as facts, in notes, in letters."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from factories import AT, make_department, make_membership, make_organisation
from finance.factories import WAN, file, loan, make_filer, take, undo
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.finance import letters, overlaps
from kechuang.finance.models import LineNote, Overlap
from kechuang.registry import actions as registry
from kechuang.registry.assembly import case_of
from kechuang.registry.models import Fact

pytestmark = pytest.mark.django_db
BEFORE, LATER, SOON = AT - timedelta(days=1), AT + timedelta(days=1), timedelta(minutes=1)
ON = date(2026, 3, 2)


def make_talent(number, relation, organisation, at=BEFORE):
    """A talent of municipal level within the period, on file with an organisation in this relation."""
    manager = make_membership(Role.MANAGER, organisation)
    said = {
        "kind": "innovation", "level": "municipal", "relation": relation,
        "managed_from": date(2022, 1, 1), "managed_until": date(2027, 12, 31),
    }  # fmt: skip
    for name, value in said.items():
        registry.state(organisation, "talents", name, value, key=number, actor=manager, at=at)
    return manager


@pytest.fixture
def team():
    """A firm with six talents, each of whom is a person of the house: (firm, people)."""
    firm, people = make_organisation(), [make_organisation(kind="person") for _ in range(6)]
    for place, person in enumerate(people):
        make_talent(f"RC-{place}", "self", person)
        make_talent(f"RC-{place}", "employed", firm)
    return firm, people


def lend(person, number, wan=900, **more):
    terms = {
        "kind": "talent",
        "secured": False,
        "guaranteed": False,
        "due_on": "2026-03-01",
        "signed_on": "2025-03-02",
    }
    sum_ = f"{wan}万元"
    return loan(person, number, principal=sum_, balance=sum_, **{**terms, **more})


def drawn(firm, at=AT + SOON):
    return sum(one["principal"] for one in case_of(firm, at).get("loans") or () if one["kind"] == "talent")


def test_a_talent_loan_to_a_person_is_a_fact_of_the_firm_with_its_source_and_no_more_than_it_needs(
    bank, team
):
    firm, people = team

    filing = file(bank, "loans", [lend(people[0], "RCD-1", rate="3%"), loan(people[1], "HT-2")])

    (known,) = case_of(firm, AT + SOON)["loans"]
    assert known == {
        "number": f"{bank.organisation.uscc}/RCD-1", "kind": "talent", "principal": 900 * WAN, "balance": 900 * WAN,
        "signed_on": date(2025, 3, 2), "due_on": date(2026, 3, 1), "secured": False, "guaranteed": False,
        "talent": "RC-0",
    }  # fmt: skip
    facts = Fact.objects.filter(organisation=firm, record="loans")
    assert {(one.source, one.list_import_id) for one in facts} == {("list", filing.list_import_id)}


def test_persons_of_other_firms_and_loans_of_other_kinds_do_not_count(bank, team):
    firm, people = team
    stranger = make_organisation(kind="person")
    make_talent("RC-9", "self", stranger)

    file(bank, "loans", [lend(stranger, "X"), lend(people[0], "Y", kind="other")])

    assert case_of(firm, AT + SOON).get("loans") is None


def test_restated_repaid_and_undone_loans_of_persons_follow_with_their_history(bank, team):
    firm, people = team
    file(bank, "loans", [lend(people[0], "A"), lend(people[1], "B")], at=AT)
    again = file(bank, "loans", [lend(people[0], "A", 500)], at=LATER)
    file(bank, "repayments", [{"uscc": people[1].uscc, "number": "B", "balance": "0元"}], at=LATER)

    assert (drawn(firm), drawn(firm, LATER + SOON)) == (1800 * WAN, 1400 * WAN)
    assert {one["balance"] for one in case_of(firm, LATER + SOON)["loans"]} == {500 * WAN, 0}
    undo(again, bank, LATER + timedelta(hours=1))
    assert drawn(firm, LATER + timedelta(hours=2)) == 1800 * WAN
    assert drawn(firm, LATER + SOON) == 1400 * WAN


def test_a_talent_who_joins_later_brings_the_loan_and_one_who_leaves_takes_it_along(bank):
    firm, person = make_organisation(), make_organisation(kind="person")
    make_talent("RC-1", "self", person)
    file(bank, "loans", [lend(person, "A")])
    assert drawn(firm) == 0

    manager = make_talent("RC-1", "founder", firm, at=LATER)
    assert (drawn(firm, AT + SOON), drawn(firm, LATER + SOON)) == (0, 900 * WAN)
    registry.withdraw_record(firm, "talents", "RC-1", actor=manager, at=LATER + timedelta(hours=1))

    assert drawn(firm, LATER + timedelta(hours=2)) == 0


def test_a_loan_on_file_with_person_and_firm_counts_once(bank, team):
    firm, people = team
    file(bank, "loans", [lend(people[0], "A"), lend(firm, "A")])

    assert drawn(firm) == 900 * WAN


def test_a_loan_set_aside_as_filed_twice_leaves_the_firm_as_well(bank, team):
    firm, people = team
    for one in (bank, make_filer()):
        file(one, "loans", [lend(people[0], "A")])
    assert drawn(firm) == 1800 * WAN
    officer = make_membership(Role.OFFICER)

    overlaps.decide(Overlap.objects.first(), "first", "同一笔", actor=officer, at=LATER)

    assert drawn(firm, LATER + SOON) == 900 * WAN


def test_the_line_that_takes_the_firm_above_its_total_is_told_with_the_sums(bank, team):
    firm, people = team
    file(make_filer(), "loans", [lend(one, f"A{place}", 1000) for place, one in enumerate(people[:4])])
    file(make_filer(), "loans", [lend(firm, "F", 500)])

    within = take(bank, "loans", [lend(people[4], "B", 500)])
    above = take(bank, "loans", [lend(people[4], "B", 501), loan(people[5], "C", kind="other")], at=AT)

    assert not LineNote.objects.filter(filing=within, benefit="27.talent_firm_loan").exists()
    (note,) = LineNote.objects.filter(filing=above, benefit="27.talent_firm_loan")
    assert note.row == 1
    assert note.words["zh"] == (
        f"任职企业“{firm.name}”的人才贷（含其人才个人所借）本金合计 50,010,000.00 元，超过总额 50,000,000.00 元。"
    )
    assert "50,010,000.00 yuan" in note.words["en"]


def test_persons_whose_loans_in_one_file_exceed_the_total_together_are_told_so(bank, team):
    _, people = team

    filing = take(bank, "loans", [lend(one, f"A{place}", 1000) for place, one in enumerate(people)])

    notes = LineNote.objects.filter(filing=filing, benefit="27.talent_firm_loan")
    assert [one.row for one in notes] == [1, 2, 3, 4, 5, 6]
    assert "60,000,000.00" in notes[0].words["zh"]


def test_no_letter_confirms_the_limit_of_a_firm_whose_talents_have_drawn_more(bank, team):
    firm, people = team
    officer = make_membership(Role.OFFICER, make_department("市地方金融监管局"))
    asked = {"actor": officer, "on": ON, "at": AT + SOON}
    file(
        bank,
        "loans",
        [lend(one, f"A{place}", 1000, due_on="2026-03-02") for place, one in enumerate(people[:5])],
    )
    letter = letters.prepare("27.talent_firm_loan", firm, 2025, **asked)
    assert letter.result["values"]["let.drawn"] == 5000 * WAN
    letters.discard(letter, actor=officer, at=AT + SOON)

    file(bank, "loans", [lend(people[5], "A9", 1, due_on="2026-03-02")], at=AT + SOON)

    with pytest.raises(Refused, match="over by 10,000 yuan"):
        letters.prepare("27.talent_firm_loan", firm, 2025, actor=officer, on=ON, at=AT + 2 * SOON)
