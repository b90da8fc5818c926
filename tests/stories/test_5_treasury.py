"""Story 5: the money is paid: a batch by two people, a file for the budget system, the bank's answer, the way back."""

from __future__ import annotations

import csv
import hashlib
import io

import pytest

from stories.acting import answer_as_bank, become, download, follow, newest_batch, press, said, says, visit

pytestmark = pytest.mark.story

CASE = "2026-9-02-00001"
LANWAN = "威海蓝湾智能装备有限公司（演示）"


def test_who_prepares_a_batch_cannot_approve_it(page):
    become(page, "caizheng-jingban")
    visit(page, "/treasury/to-pay/")
    says(page, "合计 3 笔", LANWAN, "112,500.00", "337,500.00")
    press(page, page.locator("button[name=which][value=all]"))

    says(page, "3 笔", "待复核", "等财政复核岗复核")
    assert page.get_by_role("button", name="复核同意").count() == 0


def test_another_approves_and_the_file_goes_to_the_budget_system(page, tmp_path):
    become(page, "caizheng-fuhe")
    visit(page, "/treasury/batches/")
    follow(page, "2026")
    press(page, page.get_by_role("button", name="复核同意，拨付"))
    says(page, "已复核，待送出", "钱敏", "郑严")

    become(page, "caizheng-jingban")
    visit(page, newest_batch(page))
    exported = download(page, page.get_by_role("link", name="CSV", exact=True), tmp_path).read_bytes()
    assert hashlib.sha256(exported).hexdigest() in said(page)
    rows = list(csv.DictReader(io.StringIO(exported.decode("utf-8-sig"))))
    assert {row["收款人名称"]: row["金额（元）"] for row in rows}[LANWAN] == "112500.00"
    press(page, "标为已送出")
    says(page, "已送出，待银行结果")


def test_the_banks_answer_is_checked_and_entered(page, tmp_path):
    become(page, "caizheng-jingban")
    visit(page, newest_batch(page))
    answer = download(page, page.get_by_role("link", name="下载结果表模板"), tmp_path)
    answer_as_bank(answer, "2026-10-15")
    page.locator("#id_file").set_input_files(answer)
    press(page, "核对结果")
    says(page, "将登记 3 笔", "已付")
    press(page, "登记这 3 笔结果")

    says(page, "已办结", "已付", "HD001")


def test_the_case_says_paid_and_everybody_may_read_it(page, open_page):
    become(page, "lanwan")
    visit(page, f"/cases/{CASE}/")
    says(page, "已拨付", "已到账", "2026-10-15", "HD001", "11.25 万元")

    stranger = open_page()
    visit(stranger, "/awards/?q=蓝湾")
    says(stranger, LANWAN, "112,500.00", "合计 1 笔")


def test_an_entry_of_the_ledger_leads_back_to_the_clause(page):
    become(page, "caizheng-fuhe")
    visit(page, "/treasury/")
    follow(page, "加大研发投入")
    visit(page, f"{page.url}?q=蓝湾&act=pay")
    press(page, page.locator("tbody a:has(.ledger-pay)").first)
    says(page, "从凭证一步步回到政策原文", "HD001", LANWAN, "2026-10-15", "研发投入递增补助")

    press(page, page.locator(".chain a").last)

    says(page, "引导企业加大研发投入", "不超过增量")
