"""Story 2: district and department work on the applications; a change voids only the opinions that rest on it."""

from __future__ import annotations

import pytest

from stories.acting import act, acts_offered, become, fill, follow, press, says, visit

pytestmark = pytest.mark.story

CASE, OTHER = "2026-9-02-00001", "2026-9-02-00002"


def test_the_district_recommends_the_sum_that_it_has_checked(page):
    become(page, "huancui")
    visit(page, "/tasks/")
    says(page, CASE, "威海蓝湾智能装备有限公司（演示）", "合计 1 件")

    act(page, CASE, "recommend", amount="140000", note="统计报表与账册核对一致，区级建议 14 万元。")

    says(page, "已推荐", "14.00 万元", "统计报表与账册核对一致")


def test_the_department_accepts_asks_the_offices_and_sends_back_the_account(page):
    become(page, "keji-jingban")
    act(page, CASE, "accept")
    says(page, "已受理")
    act(page, CASE, "ask_review")
    says(page, "会审中", "信用", "绿色门槛")
    become(page, "xinyong")
    visit(page, f"/cases/{CASE}/")
    says(page, "是否列入失信、异常或黑名单")
    act(page, CASE, "answer_gate", result="agreed")

    become(page, "keji-jingban")
    act(page, CASE, "send_back", sections=["account"], reason="账号少一位，请核对后补正。")

    says(page, "待补正")


def test_lanwan_answers_and_only_what_rests_on_the_account_is_void(page):
    become(page, "lanwan")
    visit(page, "/home/")
    says(page, "请补正")
    visit(page, f"/cases/{CASE}/")
    says(page, "只需要改下面标为“需补正”的部分", "账号少一位，请核对后补正。")
    follow(page, "收款账户")
    fill(page, {"number": "6228 4804 0000 0000 1234"})
    press(page, "保存并继续")
    visit(page, f"/cases/{CASE}/check")
    says(page, "核对并提交")
    press(page, "提交")
    says(page, "已收到您的申报")

    become(page, "keji-jingban")
    visit(page, f"/cases/{CASE}/")

    voided = page.locator(".opinions .voided")
    assert voided.count() == 2
    for one in voided.all():
        assert "因为这些部分变了：收款账户" in one.inner_text()
    says(page, "信用 同意", where=".opinions li:not(.voided)")


def test_recommended_and_accepted_anew_the_credit_office_need_not_answer_again(page):
    become(page, "huancui")
    act(page, CASE, "recommend", amount="150000")
    become(page, "keji-jingban")
    act(page, CASE, "accept")
    act(page, CASE, "ask_review")
    act(page, OTHER, "ask_review")
    become(page, "xinyong")
    visit(page, "/tasks/")
    says(page, OTHER, "合计 1 件")
    act(page, OTHER, "answer_gate", result="agreed")
    become(page, "lvse")
    for case in (CASE, OTHER):
        act(page, case, "answer_gate", result="agreed")

    visit(page, "/tasks/")

    says(page, "这里没有等您办理的申报")


def test_the_decider_determines_both_sums(page):
    become(page, "keji-shending")
    visit(page, "/tasks/?act=determine")
    says(page, CASE, OTHER, "合计 2 件")

    act(page, CASE, "determine", amount="150000")
    says(page, "已核定", "15.00 万元")
    act(page, OTHER, "determine", amount="450000")
    says(page, "已核定", "45.00 万元")

    assert "publish" not in acts_offered(page, CASE)
    says(page, "请先确定资金分配")
