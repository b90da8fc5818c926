"""From what is due to money that has arrived: the accountant prepares, the treasurer approves, the bank answers."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from browser.beginning import begin


@pytest.fixture
def people(open_page, site_data):
    """A function that opens the site as somebody of the finance bureau."""
    sessions = begin("treasury.story", site_data)
    return lambda role: open_page(session=sessions[role])


def test_money_goes_from_what_is_due_to_the_bank_s_voucher(people, violations):
    accountant, treasurer = people("accountant"), people("treasurer")

    accountant.goto("/treasury/to-pay/")
    accountant.locator("thead input").check()
    assert "已选 2 笔，合计 623,456.00 元" in accountant.locator("[data-selected]").inner_text()
    accountant.get_by_role("button", name="把选中的列入新批次").click()
    accountant.get_by_text("等财政复核岗复核。").wait_for()
    assert accountant.get_by_role("button", name="复核同意").count() == 0
    batch = accountant.url.partition("?")[0]

    treasurer.goto(batch)
    treasurer.get_by_role("button", name="复核同意").click()
    treasurer.get_by_text("已复核，待送出").wait_for()

    accountant.goto(batch)
    with accountant.expect_download() as download:
        accountant.get_by_role("link", name="CSV").click()
    sent = download.value.path().read_bytes().decode("utf-8-sig")
    assert sent.count("\r\n") == 3
    assert "500000.00" in sent
    accountant.get_by_role("button", name="标为已送出").click()
    accountant.get_by_text("已送出，待银行结果").wait_for()

    with accountant.expect_download() as download:
        accountant.get_by_role("link", name="下载结果表模板").click()
    accountant.locator("input[type=file]").set_input_files(
        {
            "name": "结果.xlsx",
            "mimeType": "application/octet-stream",
            "buffer": _answered(download.value.path()),
        }
    )
    accountant.get_by_role("button", name="核对结果").click()
    accountant.get_by_role("button", name="登记这 2 笔结果").wait_for()
    assert violations(accountant) == []
    accountant.get_by_role("button", name="登记这 2 笔结果").click()

    accountant.locator(".outcome", has_text="已办结").wait_for()
    accountant.goto("/treasury/")
    paid = accountant.locator("tbody tr", has_text="企业研发投入递增补助")
    assert "623,456.00" in paid.inner_text()
    accountant.get_by_role("link", name="企业研发投入递增补助").click()
    accountant.get_by_role("link", name="拨付", exact=True).first.click()
    accountant.locator(".chain").get_by_role("link", name="9. 引导企业加大研发投入").click()
    accountant.get_by_role("heading", name="引导企业加大研发投入").wait_for()


def _today() -> str:
    """The city's day: a result dated before the batch was sent is refused."""
    return datetime.now(ZoneInfo("Asia/Shanghai")).date().isoformat()


def _answered(form: Path) -> bytes:
    """The form for the bank's answer, filled in: all paid."""
    book = openpyxl.load_workbook(io.BytesIO(form.read_bytes()))
    for row in (2, 3):
        for column, value in ((4, "成功"), (5, f"HX{row}"), (6, _today())):
            book.active.cell(row, column, value)
    filled = io.BytesIO()
    book.save(filled)
    return filled.getvalue()
