"""Two colleagues, one application, two telephones: one of them without JavaScript."""

from __future__ import annotations

import pytest

from browser.beginning import begin
from registry.factories import PDF


@pytest.fixture
def colleagues(open_page, site_data):
    """A function that opens the site on a telephone as the manager or the clerk of one enterprise."""
    sessions = begin("fulfilment.applicant_story", site_data)

    def as_one(role: str, **more: object):
        return open_page(width=390, session=sessions[role], **more)

    return as_one


def test_two_colleagues_fill_in_one_application_and_submit_it(colleagues, violations, overflow):
    manager, clerk = colleagues("manager", java_script_enabled=False), colleagues("clerk")

    manager.goto("/home/")
    manager.get_by_role("button", name="开始填报").click()
    manager.get_by_role("link", name="收款账户").click()
    manager.get_by_label("开户银行").fill("威海银行环翠支行")
    manager.get_by_label("账号").fill("622848 0402")
    manager.get_by_role("button", name="保存，回到清单").click()
    assert "已填" in manager.locator(".task", has_text="收款账户").inner_text()
    case = manager.url

    clerk.goto(case)
    assert violations(clerk) == []
    clerk.get_by_role("link", name="年度数据").click()
    clerk.get_by_label("2025 年的研发投入是多少？").fill("1200")
    clerk.get_by_label("2025 年的研发投入是多少？").press("Tab")
    clerk.get_by_text("已保存").wait_for()
    assert "30.00" in clerk.locator(".tally-sum").inner_text()
    clerk.get_by_role("button", name="保存并继续").click()
    clerk.get_by_label("审计报告").set_input_files(
        {"name": "审计.pdf", "mimeType": "application/pdf", "buffer": PDF}
    )
    clerk.get_by_role("button", name="上传并继续").click()
    clerk.get_by_role("button", name="声明并继续").wait_for()
    for tick in clerk.locator(".clause-tick input").all():
        tick.check()
    clerk.get_by_role("button", name="声明并继续").click()
    clerk.get_by_role("link", name="核对并提交").wait_for()
    assert overflow(clerk) <= 0
    assert violations(clerk) == []
    assert clerk.complaints == []

    manager.goto(case)
    manager.get_by_role("link", name="核对并提交").click()
    assert "1,200 万元" in manager.locator("main").inner_text()
    manager.get_by_role("button", name="提交").click()
    assert "已收到您的申报" in manager.locator("h1").inner_text()

    clerk.goto(case)
    assert "环翠区科技局" in clerk.locator(".who-has-it").inner_text()
    assert overflow(clerk) <= 0
    assert violations(clerk) == []
