"""What is checked of each line: its loan, its days, its number, the law, the list of partners, earlier filings."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from factories import AT, make_department, make_membership, make_organisation
from finance.factories import (
    WAN,
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
from kechuang.accounts.roles import Role
from kechuang.finance import partners
from kechuang.finance import queries as finance_queries
from kechuang.finance.models import FiledLine, LineNote, Overlap
from kechuang.registry import actions as registry
from kechuang.registry.assembly import case_of

pytestmark = pytest.mark.django_db
LATER, LATEST = AT + timedelta(days=1), AT + timedelta(days=2)


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


@pytest.mark.parametrize("year", [1900, 2020, 2021, 2022, 2026])
def test_interest_of_a_year_before_the_document_is_taken_with_the_other_lines(bank, firm, year):
    signed = {"signed_on": "1900-01-01" if year == 1900 else "2020-01-10", "kind": "branch"}
    days = {"year": year, "interest_days": 50}
    lines = [interest(firm, "OLD", **signed, **days), interest(firm, "ZY-1")]
    loans_of_interest(bank, lines)

    found = take(bank, "interest", lines)

    assert (found.list_import.state, faults(found)) == ("checked", [])
    assert found.list_import.counts["added"] == 2


@pytest.mark.parametrize("kind", ["rd_loss", "pledge", "talent_rd", "other"])
@pytest.mark.parametrize(
    "days",
    [
        {"starts_on": "2019-01-01", "ends_on": "2029-12-31", "paid_on": "2019-01-01"},
        {"starts_on": "2027-01-01", "ends_on": "2027-12-31"},
    ],
)
def test_a_cover_of_years_long_past_or_to_come_is_taken(firm, kind, days):
    cover = {"uscc": firm.uscc, "number": "BX-1", "kind": kind, "sum_insured": "1000万元", **days}

    found = take(make_filer("insurer"), "covers", [cover])

    assert (found.list_import.state, faults(found)) == ("checked", [])


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


@pytest.mark.parametrize(
    ("more", "column", "found", "expected"),
    [
        (
            {"paid_on": "2025-05-31"},
            "赔付日",
            "2025-05-31",
            "no earlier than the day of the loss, 2025-06-01",
        ),
        (
            {"paid_on": "2026-03-03"},
            "赔付日",
            "2026-03-03",
            "no later than the day of the filing, 2026-03-02",
        ),
        (
            {"claimed_on": "2024-12-31"},
            "出险日",
            "2024-12-31",
            "within the cover, from 2025-01-01 to 2026-12-31",
        ),
        (
            {"claimed_on": "2026-03-03"},
            "出险日",
            "2026-03-03",
            "no later than the day of the filing, 2026-03-02",
        ),
        (
            {"amount": "300.01万元"},
            "赔付金额",
            "3,000,100.00",
            "at most the sum insured of 3,000,000.00 yuan",
        ),
    ],
)
def test_a_claim_lies_within_its_cover_and_in_the_past(firm, more, column, found, expected):
    insurer = make_filer("insurer")
    days = {"starts_on": "2025-01-01", "ends_on": "2026-12-31"}
    cover = {"uscc": firm.uscc, "number": "BX-1", "kind": "rd_loss", "sum_insured": "300万元", **days}
    file(insurer, "covers", [cover])
    claim = {"uscc": firm.uscc, "number": "BX-1", "claim": "PA-1", "claimed_on": "2025-06-01"}

    good = take(insurer, "claims", [{**claim, "paid_on": "2026-03-02", "amount": "300万元"}])
    bad = take(insurer, "claims", [{**claim, **more}])

    assert faults(good) == []
    (fault,) = bad.list_import.rows.get().faults
    assert (fault["column"], fault["found"], fault["expected"]["en"]) == (column, found, expected)
    assert fault["remedy"]["zh"].startswith("请核对后改正")


def test_a_claim_filed_anew_is_held_against_what_was_filed_of_it_before(firm):
    insurer = make_filer("insurer")
    days = {"starts_on": "2025-01-01", "ends_on": "2025-12-31"}
    file(insurer, "covers", [{"uscc": firm.uscc, "number": "BX-1", "kind": "rd_loss", **days}])
    claim = {"uscc": firm.uscc, "number": "BX-1", "claim": "PA-1"}
    paid = {"claimed_on": "2025-06-01", "paid_on": "2025-08-01", "amount": "9亿元"}
    file(insurer, "claims", [{**claim, **paid}])  # a policy whose sum is not filed sets no limit

    assert faults(take(insurer, "claims", [{**claim, "claimed_on": "2025-08-02"}])) == [(1, "赔付日")]


def test_a_policy_of_several_covers_insures_the_sum_of_them(firm):
    insurer = make_filer("insurer")
    days = {"starts_on": "2025-01-01", "ends_on": "2025-12-31", "sum_insured": "100万元"}
    covers = [{"uscc": firm.uscc, "number": "BX-1", "kind": kind, **days} for kind in ("rd_loss", "other")]
    file(insurer, "covers", covers)
    claim = {"uscc": firm.uscc, "number": "BX-1", "claim": "PA-1", "claimed_on": "2025-06-01"}

    assert faults(take(insurer, "claims", [{**claim, "amount": "200万元"}])) == []
    assert faults(take(insurer, "claims", [{**claim, "amount": "201万元"}])) == [(1, "赔付金额")]


def test_nothing_that_has_happened_is_dated_after_the_filing(bank, firm):
    insurer = make_filer("insurer")
    file(bank, "loans", [loan(firm, due_on="2031-03-01")])
    loss = {"uscc": firm.uscc, "number": "HT-1", "amount": "1万元"}
    cover = {"uscc": firm.uscc, "number": "BX", "kind": "rd_loss", "starts_on": "2026-04-01"}
    owed = {"uscc": firm.uscc, "kind": "bank_loans", "amount": "1万元"}

    def told(filer, kind, line):
        return [column for _, column in faults(take(filer, kind, [line]))]

    assert told(bank, "loans", loan(firm, "HT-2", signed_on="2026-03-03", due_on="2027-03-03")) == [
        "合同签订日"
    ]
    assert told(bank, "losses", {**loss, "lost_on": "2030-08-31"}) == ["认定损失日"]
    assert told(insurer, "covers", {**cover, "ends_on": "2027-03-31", "paid_on": "2026-03-03"}) == [
        "保费支付日"
    ]
    assert told(bank, "balances", {**owed, "year": 2027}) == ["年度"]
    assert told(bank, "losses", {**loss, "lost_on": "2026-03-02"}) == []
    assert told(insurer, "covers", {**cover, "ends_on": "2027-03-31", "paid_on": "2026-03-02"}) == []
    assert told(bank, "balances", {**owed, "year": 2026}) == []
