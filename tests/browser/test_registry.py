"""A department brings in a list; an enterprise fills in what is left, and disputes what is wrong."""

from __future__ import annotations

import re
from datetime import date

import pytest

from browser.beginning import begin
from registry.factories import PDF, STATUSES, workbook


@pytest.fixture
def visit(open_page, site_data):
    """A function that opens the site as the clerk or the officer; `visit.uscc` is the enterprise's code."""
    people = begin("registry.story", site_data)

    def opened(who: str, **more: object):
        return open_page(session=people[who], **more)

    opened.uscc = people["uscc"]
    return opened


def file(name, data):
    return {"name": name, "mimeType": "application/octet-stream", "buffer": data}


def test_a_list_comes_in_and_one_figure_is_filled_in_and_another_disputed(visit, violations):
    page = visit("officer")
    page.goto("/lists/new/")
    rows = [visit.uscc, "", "高新技术企业", "国家级", "GR1", date(2025, 11, 3)]
    page.get_by_label("名录（.xlsx）").set_input_files(file("名录.xlsx", workbook(STATUSES, rows)))
    page.get_by_label("名录叫什么").fill("2025 年第二批高新技术企业")
    page.get_by_role("button", name="上传并比对").click()
    page.get_by_text(
        "新增 1 行，更改 0 行，相同 0 行，未受理 0 行。"
    ).wait_for()  # the page looks again by itself
    assert page.get_by_text("推算", exact=True).count() == 1
    page.get_by_role("button", name="写入档案").click()
    page.get_by_text("5 项事实更新").wait_for()
    assert violations(page) == []

    own = visit("clerk")
    own.goto("/organisation/")
    assert own.locator(".timeline-bar").count() == 1
    assert violations(own) == []
    own.get_by_role("link", name=re.compile("填写.*年度数据 2025")).click()
    own.get_by_text("部门已提供，不用填").wait_for()
    own.get_by_label("2025 年的销售收入是多少？").fill("9800")
    own.get_by_label("2025 年有多少从业人员？").click()  # leaving the answer saves it
    own.get_by_text("已保存").wait_for()

    own.get_by_role("link", name=re.compile("更正.*研发投入（统计口径）")).click()
    own.get_by_role("textbox", name="研发投入（统计口径）").fill("731.2")
    own.get_by_label("为什么不对").fill("漏报了委外研发费用")
    own.get_by_label("证明材料（可不传）").set_input_files(file("审计报告.pdf", PDF))
    own.get_by_role("button", name="提交更正申请").click()
    own.get_by_text("还有 10 个工作日").wait_for()

    page.goto("/corrections/")
    page.get_by_role("link", name="研发投入（统计口径）").click()
    page.get_by_label("答复的理由").fill("与审计报告核对无误")
    page.get_by_role("button", name="采纳并更正").click()
    page.get_by_text("已采纳").wait_for()
    assert violations(page) == []
    own.goto("/organisation/")
    own.get_by_text("731.2 万元").wait_for()
    own.get_by_text("9,800 万元").wait_for()

    phone = visit("clerk", java_script_enabled=False, width=390)
    phone.goto("/organisation/facts/years/add/")
    phone.get_by_label("年度").fill("2024")
    phone.get_by_role("button", name="继续").click()
    phone.get_by_label("2024 年的销售收入是多少？").fill("8600")
    phone.get_by_role("button", name="保存", exact=True).click()
    phone.get_by_text("8,600 万元").wait_for()
