"""Story 11: a need on the list, sealed bids opened together, one selected, under contract, its first stage paid."""

from __future__ import annotations

import re

import pytest

from stories.acting import (
    a_pdf,
    act,
    answer_as_bank,
    become,
    download,
    fill,
    follow,
    forward,
    hand_in,
    newest_batch,
    press,
    said,
    says,
    visit,
)
from stories.conftest import PHONE

pytestmark = pytest.mark.story

CALL, NEED = "2026-7-02", "XQ2026-0002"
EARLIER = "2026-7-01"  # the call of summer, its contract drafted for the second time
TITLE = "大丝束碳纤维原丝稳定制备"
BIDDER, OTHER = "威海攻关科技有限公司（演示）", "威海海纳新材料有限公司（演示）"
QUESTION, ANSWER = "中试线可以使用几个月？", "不少于六个月，水电由需求单位承担。"
SECRET = "2.1 吨丙烯腈"
APPROACHES = {
    "gongguan": (
        "1200000",
        "以干喷湿纺为基础，先在百吨线上验证凝固浴控制，再放大到千吨线，十八个月内达到指标。",
    ),
    "haina": (
        "1450000",
        "以湿法纺丝为基础，改进聚合釜温度控制和牵伸工艺，二十个月内达到指标并完成第三方检测。",
    ),
}


@pytest.fixture(scope="module")
def demo_site(begun):
    with begun() as demo:
        yield demo


def test_the_undertaker_confirms_the_contract_that_was_drafted_anew_as_it_had_asked(page):
    become(page, "gongguan")
    visit(page, "/cases/")
    says(page, "请确认合同")
    number = re.search(rf"{EARLIER}-\S+", said(page))[0]
    visit(page, f"/cases/{number}/")
    says(
        page, "合同待您确认", "威科合〔2026〕0007号（演示）", "600,000.00 元", "400,000.00 元",
        "单炉口试验", "2026-12-15", "250,000.00 元", "全线应用", "2027-08-31", "350,000.00 元",
    )  # fmt: skip
    press(page, "确认并签订合同")
    says(page, "实施中", "合同和里程碑")

    become(page, "keji-jingban")
    visit(page, "/projects/")
    says(page, BIDDER, "0 / 2", "2026-12-15", "600,000.00")
    visit(page, f"/cases/{number}/")

    says(page, "第二阶段期限太短")


def test_a_stranger_reads_the_challenge_on_a_phone_and_nothing_confidential(open_page):
    page = open_page(PHONE)
    visit(page, "/challenges/")
    says(page, TITLE, "最高 150.00 万元")
    follow(page, TITLE)

    says(
        page,
        "威海拓新纤维有限公司（演示）",
        "拉伸强度",
        "不低于 4900 MPa",
        "2026-09-21 17:00",
        "还没有人提问",
    )
    assert SECRET not in page.content()


def test_a_bidder_asks_and_everybody_reads_the_answer_but_not_who_asked(page, open_page):
    become(page, "gongguan")
    visit(page, f"/challenges/{NEED}/")
    fill(page.locator("form[action$='/ask/']"), {"text": QUESTION})
    press(page, "提问")
    become(page, "tuoxin")
    visit(page, f"/challenges/{NEED}/")
    fill(page.locator("form[action*='/questions/']"), {"text": ANSWER})
    press(page, "答复")

    stranger = open_page()
    visit(stranger, f"/challenges/{NEED}/")

    says(stranger, QUESTION, ANSWER)
    assert BIDDER not in said(stranger)


@pytest.mark.parametrize("bidder", APPROACHES)
def test_two_enterprises_bid_under_seal(page, bidder, tmp_path):
    become(page, bidder)
    visit(page, f"/challenges/{NEED}/")
    press(page, "我来揭榜")
    number = re.search(rf"{CALL}-[^/]+", page.url)[0]
    visit(page, f"/challenges/{NEED}/")
    press(page, "打开保密内容")
    says(page, SECRET)

    asked, approach = APPROACHES[bidder]
    visit(page, f"/cases/{number}/parts/proposal")
    fill(page, {"approach": approach, "asked_fen": asked})
    press(page, "保存并继续")
    visit(page, f"/cases/{number}/parts/consortium")
    press(page, "保存并继续")
    hand_in(page, number, a_pdf(tmp_path))
    visit(page, f"/cases/{number}/check")
    press(page, "提交")
    says(page, "已收到您的申报", number)

    visit(page, f"/cases/{number}/")
    says(page, "密封")


def test_nobody_sees_a_bid_before_the_opening(page):
    become(page, "keji-jingban")
    for place in (f"/cases/?call={CALL}", "/tasks/", f"/calls/{CALL}/"):
        visit(page, place)
        assert BIDDER not in said(page), place
        assert OTHER not in said(page), place
    visit(page, f"/calls/{CALL}/open-bids/")

    says(page, "谁也看不到有没有投标", "2026-09-21 17:00")
    assert page.get_by_role("button", name="同时开启全部投标").count() == 0


def test_after_the_close_all_bids_are_opened_together(page):
    assert forward(page, weeks=2, days=1).startswith("2026-09-22")
    become(page, "keji-jingban")
    visit(page, f"/calls/{CALL}/open-bids/")
    press(page, "同时开启全部投标")

    says(page, "由林岚同时开启全部投标", "校验值")
    assert page.locator("main tbody tr").count() == len(APPROACHES)


def test_one_bid_is_selected_and_determined_the_other_is_told_why_not(page):
    chosen, other = number_of(page, BIDDER), number_of(page, OTHER)
    become(page, "keji-jingban")
    for number in (chosen, other):
        act(page, number, "accept")
    visit(page, f"/cases/{chosen}/")
    says(page, "可能重复的支持", EARLIER)
    form = page.locator(".overlap form")
    fill(form, {"overlap-same": "no", "overlap-why": "碳化炉密封和原丝制备是两个项目，任务和设备都不相同。"})
    press(page, form.locator("button"))
    says(page, "是两个项目，任务和设备都不相同")
    become(page, "keji-shending")
    act(page, other, "reject", reason="技术路线放大风险高于另一家，本次不立项。")
    visit(page, f"/cases/{chosen}/")
    page.get_by_text("技术方案", exact=True).click()
    says(page, "申请金额", "120.00 万元", "干喷湿纺")
    press(page, "立项")
    says(page, "2026-09-22")

    act(page, chosen, "determine", amount="1200000")

    says(page, "已核定", "120.00 万元")


def test_it_is_public_for_five_working_days_and_then_decided(page):
    become(page, "keji-shending")
    visit(page, f"/calls/{CALL}/settle/")
    press(page, "确认分配")
    become(page, "keji-jingban")
    visit(page, "/tasks/?act=publish")
    press(page, page.locator("button[name=go][value=all]"))
    press(page, "批量发布公示")
    press(page, "发布公示 1 件")
    visit(page, f"/notices/{CALL}-N1/")
    says(page, BIDDER, "1,200,000.00")

    forward(page, weeks=1, days=2)
    number = number_of(page, BIDDER)
    become(page, "keji-shending")
    act(page, number, "decide")

    says(page, "已下达", f"{number}-D")


def test_the_contract_fixes_two_milestones_and_what_each_is_worth(page):
    number = number_of(page, BIDDER)
    become(page, "keji-jingban")
    milestones = (
        "2026-11-30 500000 百吨线样品：拉伸强度不低于 4700 MPa，第三方检测\n"
        "2027-06-30 700000 千吨线放大：拉伸强度不低于 4900 MPa，连续运行 720 小时"
    )
    act(
        page, number, "draft_contract",
        contract_number="威科合〔2026〕1号（演示）", own_fen="600000", milestones=milestones,
    )  # fmt: skip

    says(page, "合同待承担单位确认", "百吨线样品", "千吨线放大", "500,000.00 元", "600,000.00 元")


def test_the_undertaker_reads_the_whole_contract_and_signs_it(page):
    number = number_of(page, BIDDER)
    become(page, "gongguan")
    visit(page, "/cases/")
    says(page, "请确认合同")
    visit(page, f"/cases/{number}/")
    says(
        page, "合同待您确认", "威科合〔2026〕1号（演示）", "1,200,000.00 元", "600,000.00 元",
        "拉伸强度不低于 4700 MPa，第三方检测", "2026-11-30", "500,000.00 元",
        "拉伸强度不低于 4900 MPa，连续运行 720 小时", "2027-06-30", "700,000.00 元",
    )  # fmt: skip
    press(page, "确认并签订合同")
    says(page, "实施中", "合同和里程碑", "自筹资金", "600,000.00 元")

    become(page, "keji-jingban")
    visit(page, f"/cases/{number}/")
    says(page, "合同和里程碑", "百吨线样品", "千吨线放大", "500,000.00 元", "700,000.00 元")
    visit(page, "/projects/")
    says(page, BIDDER, "0 / 2", "2026-11-30", "1,200,000.00")


def test_the_first_milestone_is_reported_and_accepted(page, tmp_path):
    forward(page, weeks=2)
    number = number_of(page, BIDDER)
    become(page, "gongguan")
    visit(page, f"/cases/{number}/")
    follow(page, "提交阶段报告")
    fill(page, {"text": "百吨线样品经第三方检测，拉伸强度 4760 MPa。"})
    page.locator("[name=file]").set_input_files(a_pdf(tmp_path))
    press(page, "提交阶段报告")
    says(page, "4760 MPa", "材料.pdf")

    become(page, "keji-jingban")
    visit(page, "/projects/")
    says(page, "有报告待验收")
    act(page, number, "accept_milestone", milestone="1", conclusion="检测报告有效，达到约定指标。")

    says(page, "验收通过", "达到约定指标")


def test_its_stage_is_paid_and_the_banks_answer_entered(page, tmp_path):
    number = number_of(page, BIDDER)
    become(page, "caizheng-jingban")
    visit(page, "/treasury/to-pay/")
    says(page, BIDDER, "500,000.00")
    press(page, page.locator("button[name=which][value=all]"))
    become(page, "caizheng-fuhe")
    visit(page, newest_batch(page))
    press(page, page.get_by_role("button", name="复核同意，拨付"))
    become(page, "caizheng-jingban")
    visit(page, newest_batch(page))
    download(page, page.get_by_role("link", name="CSV", exact=True), tmp_path)
    press(page, "标为已送出")
    answer = download(page, page.get_by_role("link", name="下载结果表模板"), tmp_path)
    answer_as_bank(answer, "2026-10-15")
    page.locator("#id_file").set_input_files(answer)
    press(page, "核对结果")
    press(page, page.get_by_role("button", name="登记这 1 笔结果"))
    says(page, "已办结", "HD001")

    become(page, "gongguan")
    visit(page, f"/cases/{number}/")

    says(page, "实施中", "已拨付", "500,000.00 元")


def number_of(page, bidder):
    """The number of a bid, which is drawn at random, as the record of the opening and the lists name it."""
    become(page, "keji-jingban")
    page.goto(f"/cases/?call={CALL}")
    row = page.locator("main table.cases tbody tr", has_text=bidder)
    return re.search(rf"{CALL}-\S+", row.first.inner_text())[0]
