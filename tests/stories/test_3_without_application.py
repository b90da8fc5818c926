"""Story 3: 免申即享: the whole city is swept, whoever qualifies is offered the award and confirms or declines."""

from __future__ import annotations

import re

import pytest

from stories.acting import act, become, fill, follow, press, said, says, visit

pytestmark = pytest.mark.story

BENEFIT = "29.national_carrier"
CALL = "2026-29-01"


def test_the_city_is_swept_and_everybody_is_listed_with_the_reason(page):
    become(page, "keji-jingban")
    visit(page, "/sweeps/new/")
    fill(page, {"benefit": BENEFIT, "on": "2026-09-07", "year": "2025"})
    press(page, "开始筛查")
    page.locator("table.subjects").wait_for()
    page.look()
    says(page, "威海东岸科技孵化器有限公司（演示）", "威海半月湾创业服务有限公司（演示）")
    says(page, "可申报 2 家", "没有“孵化载体认定”记录")

    visit(page, f"{page.url.split('?')[0]}?q=东岸")

    says(page, "合计 1 家", "可申报", "3 项条件均已满足")


def test_a_call_is_made_of_it_published_and_offered(page):
    become(page, "keji-jingban")
    visit(page, f"/calls/new/?benefit={BENEFIT}")
    fill(
        page,
        {"year": "2025", "on": "2026-09-07", "opens_at": "2026-09-07T09:00", "closes_at": "2026-09-30T17:00"},
    )
    for name, word in (("appropriation", "· 29 ·"), ("sweep", "2026-09-07")):
        chosen = page.locator(f"[name={name}] option", has_text=word).first.get_attribute("value")
        fill(page, {name: chosen})
    press(page, "起草")
    press(page, "保存")
    says(page, CALL, "不经区市推荐", "不用交材料")
    follow(page, "发布")
    fill(page, {"reserve": "3000000"})
    press(page, "发布")

    visit(page, f"/calls/{CALL}/offers/")
    says(page, "威海东岸科技孵化器有限公司（演示）", "威海半月湾创业服务有限公司（演示）")
    press(page, page.locator("button[name=all]"))

    assert re.search(r"已向 \d+ 家发出", said(page))
    visit(page, f"/calls/{CALL}/offers/?side=out")
    assert "没有满足的条件" in said(page)


def test_one_confirms_with_its_account_and_one_declines(page):
    become(page, "dongan")
    visit(page, "/home/")
    says(page, "请确认")
    follow(page, "免申即享")
    says(page, "您符合条件，不用申报，不用交材料", "待确认")
    number = re.search(rf"{CALL}-\d+", said(page))[0]
    fill(page, {"bank": "威海银行经区支行（演示）", "number": "6228 4804 0000 0000 777"})
    press(page, "确认领取")
    says(page, "已收到您的申报", number)

    become(page, "banyuewan")
    visit(page, "/home/")
    follow(page, "免申即享")
    follow(page, "放弃")
    fill(page, {"reason": "已享受同类支持，本年度放弃。"})
    press(page, "放弃")
    says(page, "已放弃", "已享受同类支持，本年度放弃。")

    become(page, "keji-shending")
    visit(page, f"/cases/?call={CALL}")
    says(page, "已受理", "已放弃")
    act(page, number, "determine")
    says(page, "已核定")
