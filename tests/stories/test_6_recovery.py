"""Story 6: material was false: found, heard, claimed in instalments, all received, on the credit record, closed."""

from __future__ import annotations

import re

import pytest

from stories.acting import act, become, fill, follow, forward, press, says, visit

pytestmark = pytest.mark.story

CASE = "2026-9-02-00001"
LANWAN = "威海蓝湾智能装备有限公司（演示）"


def test_a_breach_is_found_and_the_enterprise_is_told_when_it_is_heard(page):
    become(page, "keji-jingban")
    act(
        page,
        CASE,
        "find_breach",
        reason="专项审计发现部分研发费用凭证与实际不符。",
        hearing_on="2026-10-29",
    )
    says(page, "待听证")

    become(page, "lanwan")
    visit(page, "/home/")
    says(page, "请准备听证")
    visit(page, f"/cases/{CASE}/")
    says(page, "追回程序", "专项审计发现部分研发费用凭证与实际不符。", "2026-10-29")


def test_it_is_heard_and_the_money_is_claimed_in_instalments(page):
    forward(page, weeks=2)
    become(page, "keji-jingban")
    act(page, CASE, "hear", reason="企业说明凭证装订有误，同意退还，申请分三期。")
    become(page, "keji-shending")
    plan = "2026-11-10 37500.00\n2026-11-20 37500.00\n2026-11-30 37500.00"
    act(page, CASE, "claim", amount="112500", plan=plan, reason="凭证与实际不符，退回全部补助。")
    says(page, "追回中", "112,500.00 元")

    become(page, "lanwan")
    visit(page, f"/cases/{CASE}/")

    says(page, "应退还 11.25 万元", "2026-11-10", "37,500.00 元")


def test_it_comes_back_in_three_receipts(page):
    forward(page, weeks=5)
    become(page, "caizheng-jingban")
    visit(page, "/treasury/receivables/")
    follow(page, LANWAN)
    for place, left in enumerate(("7.50 万元", "3.75 万元", "0.00 元"), start=1):
        fill(page, {"amount": "37500", "on": f"2026-11-{place}0", "voucher": f"SK{place:03d}"})
        press(page, "登记到账")
        says(page, f"SK{place:03d}", f"还应收 {left}")
    says(page, "已结清")


def test_the_credit_record_is_entered_and_the_case_closed(page):
    become(page, "keji-jingban")
    visit(page, f"/cases/{CASE}/")
    says(page, "已追回", "请先登记信用记录")
    fill(page, {"credit-text": "研发费用凭证失实，已全额退回。"})
    press(page, "登记信用记录")
    act(page, CASE, "close", note="资金已全部收回。")

    says(page, "已办结", "追回 11.25 万元", "研发费用凭证失实，已全额退回。")


def test_the_ledger_balances(page):
    become(page, "caizheng-fuhe")
    visit(page, "/treasury/")
    row = page.locator("tbody tr", has_text="加大研发投入").first
    amount, paid, committed, reserved, free, recovered = map(
        fen_of, row.locator("td.number").all_inner_texts()
    )

    assert free == amount - reserved - committed
    assert 0 < recovered < paid <= committed <= amount


def fen_of(text):
    """A sum of the table in fen: "1,200.00", and a dash for nothing."""
    return int(re.sub(r"[^0-9]", "", text) or 0)
