"""Filings of banks and insurers: checked before anything changes, applied, known by their source, taken back."""

from __future__ import annotations

import io
from datetime import date, timedelta

import openpyxl
import pytest

from factories import AT, make_department, make_membership, make_organisation
from finance.factories import (
    WAN,
    apply,
    faults,
    file,
    interest,
    loan,
    loans_of_interest,
    make_filer,
    make_partner,
    take,
    undo,
)
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.finance import partners, rules, working
from kechuang.finance import queries as finance_queries
from kechuang.finance.filing import actions
from kechuang.finance.filing.kinds import filing_kinds
from kechuang.finance.filing.template import write_template
from kechuang.finance.models import FiledLine, Filing, LineNote, Overlap
from kechuang.journal.models import Event
from kechuang.registry import actions as registry
from kechuang.registry import queries
from kechuang.registry.assembly import case_of
from kechuang.registry.models import Fact
from kechuang.registry.rules import may_dispute

pytestmark = pytest.mark.django_db
LATER, LATEST = AT + timedelta(days=1), AT + timedelta(days=2)


@pytest.fixture
def bank():
    return make_filer()


@pytest.fixture
def firm():
    return make_organisation()


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


def test_a_repayment_needs_the_loan_first_and_changes_it(bank, firm):
    repaid = {"uscc": firm.uscc, "number": "HT-1", "balance": "0元", "repaid_on_time": True}
    assert faults(take(bank, "repayments", [repaid])) == [(1, "借款合同编号")]
    file(bank, "loans", [loan(firm)])

    file(bank, "repayments", [repaid], at=LATER)

    (known,) = case_of(firm, LATEST)["loans"]
    assert (known["balance"], known["repaid_on_time"], known["principal"]) == (0, True, 500 * WAN)
    assert FiledLine.objects.get(ended_at=None).values["principal"] == 500 * WAN


def test_interest_agrees_with_ones_own_loan(bank, firm):
    file(bank, "loans", [loan(firm, "ZY-1", kind="pledge", signed_on="2025-01-10", due_on="2027-01-10")])

    found = take(
        bank,
        "interest",
        [interest(firm), interest(firm, year=2026, principal="400万元", signed_on="2025-01-11")],
    )

    assert faults(found) == [(1, "计息本金"), (2, "合同签订日")]


def test_a_month_without_a_quote_is_refused_on_filing(bank):
    firm = make_organisation()
    registry.state(
        firm, "subject", "size", "small", actor=make_membership(Role.OFFICER), at=AT, source="verified"
    )

    lines = [interest(firm, signed_on="2019-08-05")]
    loans_of_interest(bank, lines)

    filing = take(bank, "interest", lines)

    (fault,) = filing.list_import.rows.get().faults
    assert fault["column"] == "合同签订日"
    assert "LPR" in fault["expected"]["zh"]
    assert "load" in fault["remedy"]["en"]


@pytest.mark.parametrize(
    ("more", "days", "columns"),
    [
        ({"signed_on": "2025-12-20", "due_on": "2026-12-20"}, 12, []),
        ({"signed_on": "2025-12-20", "due_on": "2026-12-20"}, 13, ["本年度计息天数"]),
        ({"signed_on": "2025-03-01", "due_on": "2025-06-01"}, 92, []),
        ({"signed_on": "2025-03-01", "due_on": "2025-06-01"}, 93, ["本年度计息天数"]),
        ({"signed_on": "2024-03-01", "due_on": "2026-06-01"}, 365, []),
        ({"signed_on": "2024-03-01", "due_on": "2026-06-01"}, 366, ["本年度计息天数"]),
        ({"signed_on": "2026-02-20", "due_on": "2026-06-01"}, 1, ["本年度计息天数"]),
        ({"kind": "branch"}, 1, ["贷款类别"]),
    ],
)
def test_interest_is_of_a_filed_loan_of_its_kind_for_days_that_loan_and_year_share(
    bank, firm, more, days, columns
):
    line = interest(firm, interest_days=days, signed_on=more.get("signed_on", "2025-03-01"))
    assert faults(take(bank, "interest", [line])) == [(1, "借款合同编号")]

    file(bank, "loans", [loan(firm, "ZY-1", principal="1000万元", **{"kind": "pledge", **more})])
    file(make_filer(), "loans", [loan(firm, "ZY-1", principal="1000万元", kind="pledge")])

    assert [column for _, column in faults(take(bank, "interest", [line]))] == columns


def test_a_number_is_the_same_however_it_is_written(bank, firm):
    manager = make_membership(Role.MANAGER, firm)
    registry.state(firm, "loans", "principal", 500 * WAN, key="ht 1", actor=manager, at=AT)
    for number in ("HT-1", "ht-1", "HT-1 ", "ＨＴ－１", "HT—1", "h t――1"):
        file(bank, "loans", [loan(firm, number)], at=LATER)
    file(make_filer(), "loans", [loan(firm, "ht–1", principal="400万元", balance="400万元")], at=LATER)

    own = FiledLine.objects.get(filer=bank.organisation, ended_at=None)
    assert own.values["number"] == f"{bank.organisation.uscc}/HT-1"
    assert Overlap.objects.get().ground == "contract"
    shown = {one.number for one in finance_queries.shown_lines([own])}
    assert shown == {"h t――1"}


def test_what_the_law_says_of_a_loan_stands_beside_its_line(bank, firm):
    officer = make_membership(Role.OFFICER, make_department())
    make_partner(bank, officer)
    for field, value in {
        "kind": "high_tech_enterprise",
        "granted_on": date(2025, 1, 1),
        "expires_on": date(2027, 12, 31),
    }.items():
        registry.state(
            firm,
            "statuses",
            field,
            value,
            key="high_tech_enterprise||2025",
            actor=officer,
            at=AT,
            source="list",
        )
    place = {
        "code": "KBZ-1",
        "organisation": "bottleneck_library",
        "library_from": date(2024, 1, 1),
        "library_until": date(2030, 1, 1),
    }
    for field, value in place.items():
        registry.state(firm, "projects", field, value, key="KBZ-1", actor=officer, at=AT, source="list")
    good = {
        "kind": "bottleneck",
        "secured": False,
        "rate": "4.35%",
        "signed_on": "2025-03-01",
        "due_on": "2026-03-01",
    }
    lines = [
        loan(firm, "A", **good),
        loan(firm, "B", **{**good, "rate": "4.36%"}),
        loan(firm, "C", **{**good, "due_on": "2028-03-02", "rate": "4%"}),
        loan(firm, "D", **{**good, "secured": True}),
    ]

    filing = take(bank, "loans", lines, at=LATER)

    notes = {note.row: note.words["zh"] for note in LineNote.objects.filter(filing=filing)}
    assert filing.list_import.counts["added"] == 4
    assert set(notes) == {2, 3, 4}
    assert "利率" in notes[2]
    assert "36 个月" in notes[3]


def test_loans_within_their_terms_may_exceed_the_limit_of_the_firm_together(bank):
    firm = make_organisation()
    officer = make_membership(Role.OFFICER, make_department())
    for field, value in {
        "kind": "tech_sme",
        "granted_on": date(2026, 1, 1),
        "expires_on": date(2026, 12, 31),
    }.items():
        registry.state(
            firm, "statuses", field, value, key="tech_sme||2026", actor=officer, at=AT, source="list"
        )
    more = {"risk_compensated": True, "principal": "1500万元", "balance": "1500万元"}

    alone = take(bank, "loans", [loan(firm, "A", **more)], at=LATER)
    both = take(bank, "loans", [loan(firm, "A", **more), loan(firm, "B", **more)], at=LATER)

    assert not LineNote.objects.filter(filing=alone).exists()
    assert [note.row for note in LineNote.objects.filter(filing=both)] == [1, 2]
    assert "1,000" in LineNote.objects.filter(filing=both).first().words["zh"]


def test_whether_a_bank_is_selected_is_said_by_the_city_and_not_by_the_bank(bank, firm):
    make_partner(bank, make_membership(Role.OFFICER), since=date(2025, 3, 1))

    file(bank, "loans", [loan(firm, "A", signed_on="2025-02-28"), loan(firm, "B", signed_on="2025-03-01")])

    told = {one["number"][-1]: one["cooperating"] for one in case_of(firm, LATER)["loans"]}
    assert told == {"A": False, "B": True}


def test_what_was_filed_before_follows_the_list_of_partners(bank, firm):
    insurer = make_filer("insurer")
    officer = make_membership(Role.OFFICER, make_department("市地方金融监管局"))
    cover = {
        "uscc": firm.uscc,
        "number": "BX",
        "kind": "rd_loss",
        "starts_on": "2025-03-01",
        "ends_on": "2025-12-31",
    }
    filing = file(
        bank, "loans", [loan(firm, "A", kind="bottleneck"), loan(firm, "B", signed_on="2025-02-28")]
    )
    own = {"uscc": bank.organisation.uscc, "kind": "bottleneck_new", "year": 2025, "amount": "100万元"}
    file(bank, "balances", [own])
    file(insurer, "covers", [cover])

    def told(at):
        case, own = case_of(firm, at), case_of(bank.organisation, at)
        rows = [*case.get("loans", ()), *case["covers"], *own["balances"]]
        return {str(one.get("number", one["kind"]))[-2:]: one["cooperating"] for one in rows}

    assert set(told(LATER).values()) == {False}
    spells = [
        partners.name(one.organisation, date(2025, 3, 1), None, "名单", actor=officer, at=LATER)
        for one in (bank, insurer)
    ]
    soon, end = LATER + timedelta(minutes=1), LATER + timedelta(minutes=2)
    assert told(soon) == {"/A": True, "/B": False, "BX": True, "ew": True}
    assert set(told(LATER - timedelta(minutes=1)).values()) == {False}  # what was known then stays
    partners.end(spells[0], actor=officer, on=date(2025, 12, 30), at=end)
    assert told(end + timedelta(minutes=1)) == {"/A": True, "/B": False, "BX": True, "ew": False}
    undo(filing, bank, LATEST)
    assert told(LATEST + timedelta(minutes=1)) == {"BX": True, "ew": False}


def test_years_of_subsidy_are_no_fewer_than_those_filed_for_earlier_years(bank, firm):
    branch = {"kind": "branch", "signed_on": "2023-01-10"}
    file(bank, "interest", [interest(firm, "A", year=2024, subsidy_years=2, **branch)])
    file(bank, "loans", [loan(firm, "B", kind="branch", principal="1000万元", signed_on="2025-01-10")])
    later = {"kind": "branch", "year": 2025}
    other = make_filer()
    file(other, "loans", [loan(firm, "B", kind="branch", principal="1000万元", signed_on="2025-01-10")])

    wrong = take(bank, "interest", [interest(firm, "B", subsidy_years=2, **later)])

    assert faults(wrong) == [(1, "累计贴息年数（含本年度）")]
    assert faults(take(bank, "interest", [interest(firm, "B", subsidy_years=3, **later)])) == []
    assert faults(take(other, "interest", [interest(firm, "B", subsidy_years=1, **later)])) == []


def test_undoing_restores_what_the_bank_had_said_before(bank, firm):
    file(bank, "loans", [loan(firm)])
    second = file(bank, "loans", [loan(firm, principal="600万元"), loan(firm, "HT-2")], at=LATER)

    undo(second, bank, LATEST)

    (known,) = case_of(firm, LATEST + timedelta(seconds=1))["loans"]
    assert known["principal"] == 500 * WAN
    assert FiledLine.objects.get(ended_at=None).values["principal"] == 500 * WAN
    assert len(case_of(firm, LATEST - timedelta(seconds=1))["loans"]) == 2


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


def test_claims_and_losses_stand_in_the_book_and_are_no_facts(bank, firm):
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

    assert set(Fact.objects.values_list("record", flat=True)) == {"covers", "loans"}
    assert set(FiledLine.objects.values_list("record", flat=True)) == {"covers", "claims", "loans", "losses"}


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
