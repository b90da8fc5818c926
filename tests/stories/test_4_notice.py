"""Story 4: the window closes, too little money is shared out, the list is public, an objection is heard."""

from __future__ import annotations

import pytest

from stories.acting import (
    act,
    acts_offered,
    become,
    download,
    fill,
    follow,
    forward,
    press,
    said,
    says,
    visit,
)
from stories.conftest import PHONE

pytestmark = pytest.mark.story

CALL, CASE, OTHER = "2026-9-02", "2026-9-02-00001", "2026-9-02-00002"
CARRIERS = "2026-29-01"
NOTICE = f"{CALL}-N1"


def test_the_window_closes_by_the_clock_and_the_money_is_shared_out_in_proportion(page):
    assert forward(page, weeks=4, days=3).startswith("2026-10-08")
    become(page, "keji-shending")
    visit(page, f"/calls/{CALL}/")
    says(page, "已截止", "2026-09-30 17:00")

    follow(page, "分配资金")
    says(page, "同比例", "可用 45.00 万元", "核定合计 60.00 万元", "还差 15.00 万元")
    says(page, "112,500.00 元", "337,500.00 元", "75.00%")
    press(page, "确认分配")

    visit(page, f"/calls/{CARRIERS}/settle/")
    press(page, "确认分配")


def test_the_list_is_published_for_five_working_days(page):
    become(page, "keji-jingban")
    visit(page, "/tasks/?act=publish")
    says(page, CASE, OTHER, CARRIERS, "合计 3 件")
    press(page, page.locator("button[name=go][value=all]"))
    press(page, "批量发布公示")
    says(page, "将对 3 件申报办理“发布公示”", "共 2 份")
    press(page, "发布公示 3 件")
    says(page, "已办成 3", "未能办理 0")

    visit(page, f"/notices/{NOTICE}/")

    says(
        page, "公示期为 2026年10月9日 至 2026年10月14日", "与发布时一致"
    )  # the 10th, a Saturday, is worked; the 11th is not
    says(page, "450,000.00", "按不超过增量 5%的比例给予补助")


def test_a_stranger_reads_the_list_on_a_phone_and_objects(open_page):
    page = open_page(PHONE)
    visit(page, "/notices/")
    follow(page, "研发投入递增补助")
    says(page, "威海蓝湾智能装备有限公司（演示）", "150,000.00", "112,500.00")
    follow(page, "提出异议")
    fill(
        page,
        {
            "line": "1",
            "name": "某同行企业",
            "contact": "13800000001",
            "ground": "该企业 2025 年研发投入可能包含委托外部加工的费用。",
            "remedy": "请核实研发投入口径。",
        },
    )
    press(page, "提交异议")

    says(
        page, "已收到您的异议", f"{NOTICE}", "威海蓝湾智能装备有限公司（演示）", "答复前这一家的资金不会拨付"
    )
    visit(page, f"/notices/{NOTICE}/")
    says(page, "有 1 项异议正在办理")
    assert "13800000001" not in page.content()


def test_nothing_is_decided_while_the_objection_is_open(page):
    assert forward(page, weeks=1).startswith("2026-10-15")

    become(page, "keji-shending")
    assert "decide" not in acts_offered(page, CASE)
    says(page, "公示中")


def test_it_is_answered_the_notice_ends_and_the_decision_is_issued(page):
    become(page, "keji-jingban")
    visit(page, "/objections/")
    follow(page, "威海蓝湾智能装备有限公司（演示）")
    says(page, "某同行企业", "13800000001", "委托外部加工的费用")
    answer = "经统计部门核对，公示数为统计口径的研发投入，不含委托加工费用。异议不成立。"
    fill(page, {"upheld": "no", "answer": answer})
    press(page, "答复")
    says(page, answer)

    forward(page, hours=1)
    visit(page, f"/notices/{NOTICE}/")
    says(page, "异议和答复", answer)
    become(page, "keji-shending")
    visit(page, "/tasks/?act=decide")
    says(page, CASE, OTHER, CARRIERS, "合计 3 件")
    for number in (CASE, OTHER):
        act(page, number, "decide")
        says(page, "已下达", f"{number}-D")
    visit(page, f"/cases/?call={CARRIERS}&state=cleared")
    act(page, page.locator("table.cases td.nowrap").first.inner_text().strip(), "decide")


def test_the_officer_releases_the_letter_and_lanwan_reads_the_decision(page, tmp_path):
    become(page, "keji-jingban")
    visit(page, f"/cases/{CASE}/")
    says(page, "待发的信")
    press(page, "读过，发出")

    become(page, "lanwan")
    visit(page, f"/cases/{CASE}/")
    says(page, "已下达", "关于下达研发投入递增补助的决定", f"{CASE}-D", "11.25 万元", "尾号 1234")
    letter = download(page, page.get_by_role("link", name="下载决定书（PDF）"), tmp_path)
    assert letter.name == f"{CASE}-D.pdf"
    assert letter.read_bytes().startswith(b"%PDF")
    visit(page, "/messages/")
    assert CASE in said(page) or "研发投入递增补助" in said(page)
