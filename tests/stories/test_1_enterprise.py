"""Story 1: an enterprise registers, two colleagues work together; another finishes its application and submits it."""

from __future__ import annotations

import re

import pytest

from kechuang.reference.uscc import make_uscc
from stories.acting import become, download, fill, follow, leave, press, said, says, visit

pytestmark = pytest.mark.story

CODE = make_uscc("9", "1", "371002", "MA3KC900")
PASSWORD = "lan-hai-deng-ta-2026"
CASE = "2026-9-02-00001"


def test_an_enterprise_registers_by_its_code_and_a_colleague_joins(page, open_page):
    visit(page, "/register")
    fill(page, {"uscc": CODE[:-1] + ("A" if CODE[-1] != "A" else "B")})
    press(page, "继续")
    says(page, "校验")
    fill(page, {"uscc": CODE})
    press(page, "继续")
    fill(page, {"name": "威海听涛精密仪器有限公司（演示）", "kind": "enterprise", "district": "371002"})
    press(page, "继续")
    says(page, CODE, "威海听涛精密仪器有限公司（演示）", "环翠区")
    fill(page, {"name": "宋涛", "email": "songtao@example.com", "username": "tingtao", "password": PASSWORD})
    press(page, "登记")
    says(page, "登记好了", "您现在是威海听涛精密仪器有限公司（演示）的单位管理员")

    follow(page, "邀请同事")
    fill(page, {"email": "heyun@example.com", "role": "clerk"})
    press(page, "发出邀请")
    address = page.locator("#address").input_value()
    colleague = open_page()
    visit(colleague, re.sub(r"^https?://[^/]+", "", address))
    says(colleague, "邀请您代表威海听涛精密仪器有限公司（演示）办事", "经办人", "宋涛")
    fill(colleague, {"name": "何云", "username": "tingtao-caiwu", "password": PASSWORD})
    press(colleague, "建立账户并接受")

    for one in (page, colleague):
        visit(one, "/people/")
        says(one, "宋涛", "何云", "单位管理员", "经办人")


def test_it_states_its_facts_once_and_both_see_what_it_can_get(page, open_page):
    sign_in(page, "tingtao")
    for year, spend in (("2025", "1300"), ("2024", "1000")):
        state_year(page, year, spend)
    visit(page, "/organisation/facts/statuses/add/")
    fill(page, {"key-statuses::kind": "high_tech_enterprise", "key-statuses::granted_on": "2024-12-12"})
    press(page, "继续")
    page.locator("main [name$=':expires_on']:not([type=hidden])").fill("2027-12-11")
    press(page, "保存")

    visit(page, "/home/")
    says(page, "现在可以申报", "2025 年度研发投入递增补助申报", "15.00 万元")

    colleague = open_page()
    sign_in(colleague, "tingtao-caiwu")
    visit(colleague, "/standing/")
    says(colleague, "可申报最高", "15.00 万元", "研发投入递增补助")


def test_lanwan_goes_on_with_its_draft_checks_and_submits(page, tmp_path):
    become(page, "lanwan")
    visit(page, "/home/")
    says(page, "等您办理", CASE, "请提交", "2026-09-30")

    visit(page, f"/cases/{CASE}/")
    says(page, "填报中", "收款账户", "申报声明", "15.00 万元")
    follow(page, "收款账户")
    press(page, "保存并继续")
    says(page, "开户银行")
    fill(page, {"bank": "威海银行环翠支行（演示）", "number": "6228 4804 0000 0000 123"})
    press(page, "保存并继续")
    for box in page.locator("main input[type=checkbox]").all():
        box.check()
    press(page, "声明并继续")

    visit(page, f"/cases/{CASE}/check")
    says(page, "核对并提交", "公示时会公开", "威海银行环翠支行（演示）", "15.00 万元")
    press(page, "提交")

    says(page, "已收到您的申报", CASE, "校验值")
    assert re.search(r"服务器收到的时间：2026-09-07 1\d:\d\d:\d\d", said(page))
    receipt = download(page, page.get_by_role("link", name="下载回执（PDF）"), tmp_path)
    assert receipt.read_bytes().startswith(b"%PDF")


def test_its_colleague_sees_the_same_case(page):
    become(page, "lanwan-caiwu")
    visit(page, "/cases/")
    says(page, CASE, "已提交", "申报 15.00 万元")

    visit(page, f"/cases/{CASE}/")
    says(page, "已提交", "环翠区科技局（演示）", "王海")


def sign_in(page, username):
    leave(page)
    visit(page, "/sign-in")
    fill(page, {"login": username, "password": PASSWORD})
    press(page, "登录")


def state_year(page, year, spend):
    visit(page, "/organisation/facts/years/add/")
    fill(page, {"key-years::year": year})
    press(page, "继续")
    fill(
        page,
        {
            f"years:{year}:above_scale": "yes",
            f"years:{year}:has_rd_activity": "yes",
            f"years:{year}:rd_spend_0": spend,
        },
    )
    press(page, "保存")
