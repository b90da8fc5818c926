"""Filings of banks and insurers: checked before anything changes, applied, known by their source, taken back."""

from __future__ import annotations

import io
from datetime import date, timedelta

import openpyxl
import pytest

from factories import AT, make_membership, make_organisation
from finance.factories import (
    WAN,
    apply,
    faults,
    file,
    loan,
    make_filer,
    make_partner,
    take,
    undo,
)
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.finance import rules, working
from kechuang.finance.filing import actions
from kechuang.finance.filing.kinds import filing_kinds
from kechuang.finance.filing.template import write_template
from kechuang.finance.models import FiledLine, Filing
from kechuang.journal.models import Event
from kechuang.registry import actions as registry
from kechuang.registry import queries
from kechuang.registry.assembly import case_of
from kechuang.registry.models import Fact
from kechuang.registry.rules import may_dispute

pytestmark = pytest.mark.django_db
LATER, LATEST = AT + timedelta(days=1), AT + timedelta(days=2)


def test_the_dry_run_changes_nothing(bank, firm):
    filing = take(bank, "loans", [loan(firm)])

    assert filing.list_import.state == "checked"
    assert filing.list_import.counts["added"] == 1
    assert not Fact.objects.exists()
    assert not FiledLine.objects.exists()


def test_an_applied_line_is_a_fact_of_the_firm_with_the_file_and_the_bank_behind_it(bank, firm):
    filing = file(bank, "loans", [loan(firm)])

    (known,) = case_of(firm, LATER)["loans"]
    assert known["number"] == f"{bank.organisation.uscc}/HT-1"
    assert (known["principal"], known["bank"]) == (500 * WAN, bank.organisation.name)
    fact = Fact.objects.get(field="principal")
    assert (fact.source, fact.list_import.file_hash, fact.stated_by) == (
        "list",
        filing.list_import.file_hash,
        bank,
    )
    assert Event.objects.filter(kind="list.applied").exists()


def test_a_bank_cannot_speak_of_the_loans_of_another(bank, firm):
    other = make_filer()
    file(other, "loans", [loan(firm, principal="800万元")])

    file(
        bank,
        "loans",
        [loan(firm, principal="600万元", signed_on="2024-01-01", due_on="2025-01-01")],
        at=LATER,
    )

    told = {one["number"]: one["principal"] for one in case_of(firm, LATEST)["loans"]}
    assert told == {f"{other.organisation.uscc}/HT-1": 800 * WAN, f"{bank.organisation.uscc}/HT-1": 600 * WAN}


def test_a_bank_sees_its_own_filings_and_lines_only(bank, firm):
    other = make_filer()
    file(other, "loans", [loan(firm)])
    own = file(bank, "loans", [loan(firm, "HT-2")])

    assert list(rules.filings_visible_to(bank)) == [own]
    assert [line.filer for line in rules.lines_visible_to(bank)] == [bank.organisation]


def test_a_firm_sees_the_lines_about_it_and_may_dispute_them(bank, firm):
    file(bank, "loans", [loan(firm), loan(make_organisation())])
    manager = make_membership(Role.MANAGER, firm)

    assert [line.organisation for line in rules.lines_visible_to(manager)] == [firm]
    assert may_dispute(manager, Fact.objects.get(organisation=firm, field="principal"))


def test_only_banks_file_loans_and_only_insurers_covers(firm):
    insurer = make_filer("insurer")
    with pytest.raises(Refused, match="no such filing"):
        take(insurer, "loans", [loan(firm)])
    with pytest.raises(Refused, match="no such filing"):
        take(make_membership(Role.MANAGER, firm), "loans", [loan(firm)])


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"principal": "很多"}, "贷款本金"),
        ({"principal": None}, "贷款本金"),
        ({"kind": "gift"}, "贷款类别"),
        ({"due_on": "2025-02-28"}, "合同到期日"),
        ({"balance": "501万元"}, "贷款余额"),
        ({"cooperating": True}, "cooperating"),
        ({"uscc": "91371000MA3C00000X"}, "主体代码"),
    ],
)
def test_a_wrong_cell_is_named_and_the_other_lines_go_on(bank, firm, change, column):
    filing = take(bank, "loans", [{**loan(firm), **change}, loan(firm, "HT-2")])

    assert faults(filing) == [(1, column)]
    assert filing.list_import.counts["added"] == 1


def test_undoing_restores_what_the_bank_had_said_before(bank, firm):
    file(bank, "loans", [loan(firm)])
    second = file(bank, "loans", [loan(firm, principal="600万元"), loan(firm, "HT-2")], at=LATER)

    undo(second, bank, LATEST)

    (known,) = case_of(firm, LATEST + timedelta(seconds=1))["loans"]
    assert known["principal"] == 500 * WAN
    assert FiledLine.objects.get(ended_at=None).values["principal"] == 500 * WAN
    assert len(case_of(firm, LATEST - timedelta(seconds=1))["loans"]) == 2


def test_what_a_later_filing_repeats_stands_when_the_earlier_one_is_undone(bank, firm):
    first = file(bank, "loans", [loan(firm), loan(firm, "HT-2")])
    second = file(bank, "loans", [loan(firm)], at=LATER)

    undo(first, bank, LATEST)

    (known,) = case_of(firm, LATEST + timedelta(seconds=1))["loans"]
    assert (known["number"], known["principal"]) == (f"{bank.organisation.uscc}/HT-1", 500 * WAN)
    (line,) = FiledLine.objects.filter(ended_at=None)
    assert (line.filing, line.values["principal"]) == (second, 500 * WAN)
    undo(second, bank, LATEST + timedelta(days=1))
    assert case_of(firm, LATEST + timedelta(days=2)).get("loans", []) == []
    assert not FiledLine.objects.filter(ended_at=None).exists()


def test_a_balance_that_a_later_filing_repeats_stays_in_the_sum(bank, firm):
    line = {"uscc": firm.uscc, "kind": "bank_loans", "year": 2025, "amount": "300万元"}
    first = file(bank, "balances", [line])
    file(bank, "balances", [line], at=LATER)

    undo(first, bank, LATEST)

    (known,) = case_of(firm, LATEST + timedelta(seconds=1))["balances"]
    assert known["amount"] == 300 * WAN


def test_a_repayment_alone_keeps_no_loan_standing(bank, firm):
    first = file(bank, "loans", [loan(firm, balance="500万元")])
    repaid = {"uscc": firm.uscc, "number": "HT-1", "balance": "500万元"}
    second = file(bank, "repayments", [repaid], at=LATER, name="七月还款.jsonl")

    with pytest.raises(Refused, match=r"undo 七月还款\.jsonl first"):
        undo(first, bank, LATEST)
    undo(second, bank, LATEST)
    undo(first, bank, LATEST)

    assert case_of(firm, LATEST + timedelta(seconds=1)).get("loans", []) == []
    assert not FiledLine.objects.filter(ended_at=None).exists()


def test_a_loan_that_the_firm_declares_too_counts_once(bank, firm):
    manager = make_membership(Role.MANAGER, firm)
    registry.state(firm, "loans", "principal", 500 * WAN, key="HT-1", actor=manager, at=AT)

    filing = file(bank, "loans", [loan(firm)], at=LATER)

    assert [one["number"] for one in case_of(firm, LATEST)["loans"]] == [f"{bank.organisation.uscc}/HT-1"]
    undo(filing, bank, LATEST)
    assert [one["number"] for one in case_of(firm, LATEST + timedelta(days=1))["loans"]] == ["HT-1"]


def test_a_firms_balance_is_the_sum_over_all_banks_in_any_order(bank, firm):
    other = make_filer()
    line = {"uscc": firm.uscc, "kind": "bank_loans", "year": 2025, "amount": "300万元"}
    first = file(bank, "balances", [line])
    file(other, "balances", [{**line, "amount": "200万元"}])
    assert case_of(firm, LATER)["balances"] == [{"kind": "bank_loans", "year": 2025, "amount": 500 * WAN}]

    undo(first, bank, LATER)

    assert case_of(firm, LATEST)["balances"] == [{"kind": "bank_loans", "year": 2025, "amount": 200 * WAN}]


def test_newly_granted_loans_are_the_figure_of_the_bank_itself(bank, firm):
    make_partner(bank, make_membership(Role.OFFICER))
    line = {"uscc": firm.uscc, "kind": "bottleneck_new", "year": 2025, "amount": "1亿元"}
    assert faults(take(bank, "balances", [line])) == [(1, "主体代码")]

    own = {**line, "uscc": bank.organisation.uscc}
    file(bank, "loans", [loan(firm, kind="bottleneck", principal="9999万元", balance="9999万元")])
    (fault,) = take(bank, "balances", [own]).list_import.rows.get().faults
    assert (fault["column"], fault["found"]) == ("余额", "100,000,000.00")
    assert "99,990,000.00 元" in fault["expected"]["zh"]

    file(bank, "loans", [loan(firm, "HT-2", kind="bottleneck", principal="1万元", balance="1万元")])
    file(bank, "balances", [own])

    (known,) = case_of(bank.organisation, LATER)["balances"]
    assert (known["amount"], known["cooperating"]) == (10_000 * WAN, True)


def test_claims_and_losses_stand_in_the_book_and_are_facts_like_loans_and_covers(bank, firm):
    insurer = make_filer("insurer")
    cover = {
        "uscc": firm.uscc,
        "number": "BX-1",
        "kind": "rd_loss",
        "starts_on": "2025-01-01",
        "ends_on": "2025-12-31",
    }
    claim = {
        "uscc": firm.uscc,
        "number": "BX-1",
        "claim": "P-1",
        "claimed_on": "2025-06-01",
        "amount": "20万元",
    }
    assert faults(take(insurer, "claims", [claim])) == [(1, "保单号")]
    file(insurer, "covers", [cover])
    file(insurer, "claims", [claim])
    file(bank, "loans", [loan(firm)])
    file(
        bank, "losses", [{"uscc": firm.uscc, "number": "HT-1", "lost_on": "2026-02-01", "amount": "100万元"}]
    )

    filed = {"covers", "claims", "loans", "losses"}
    assert set(Fact.objects.values_list("record", flat=True)) == filed
    assert set(FiledLine.objects.values_list("record", flat=True)) == filed


def test_a_program_that_asks_twice_files_once(bank, firm):
    first = take(bank, "loans", [loan(firm)], key="2026-03-02/1", channel="program")

    again = actions.take(
        [first_bytes(first)],
        "报送.jsonl",
        "loans",
        actor=bank,
        at=LATER,
        key="2026-03-02/1",
        channel="program",
    )

    assert again == first
    assert Filing.objects.count() == 1
    with pytest.raises(Refused, match="another file"):
        take(bank, "loans", [loan(firm, "HT-9")], key="2026-03-02/1")


def first_bytes(filing):
    from kechuang.registry import files

    return files.path_of(filing.list_import.file_hash).read_bytes()


@pytest.mark.parametrize("kind", list(filing_kinds()))
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_template_of_every_kind_is_read_back(kind, language, data_folder):
    target = data_folder / "t.xlsx"
    write_template(target, filing_kinds()[kind], language)
    book = openpyxl.load_workbook(target)
    sheet = book.worksheets[1]
    headings = [cell.value for cell in sheet[1]]
    assert len(headings) == len(filing_kinds()[kind].sheet.fields) + 2


def test_a_workbook_is_filed_like_json_lines(bank, firm):
    file_ = io.BytesIO()
    write_template(file_, filing_kinds()["loans"], "zh")
    book = openpyxl.load_workbook(io.BytesIO(file_.getvalue()))
    sheet = book.worksheets[1]
    given = {
        "主体代码": firm.uscc,
        "借款合同编号": "HT-1",
        "贷款类别": "科技成果转化贷款",
        "贷款本金（元）": 5_000_000,
        "合同签订日": date(2025, 3, 1),
        "合同到期日": date(2026, 3, 1),
    }
    headings = [cell.value for cell in sheet[1]]
    for column, heading in enumerate(headings, start=1):
        sheet.cell(3, column, given.get(heading))
    out = io.BytesIO()
    book.save(out)

    filing = actions.take([out.getvalue()], "贷款.xlsx", "loans", actor=bank, at=AT)
    working.read_filing(filing.list_import_id)
    filing.list_import.refresh_from_db()
    apply(filing, bank)

    assert case_of(firm, LATER)["loans"][0]["principal"] == 500 * WAN
    assert not queries.list_imports().exists()  # it is no list of a department
