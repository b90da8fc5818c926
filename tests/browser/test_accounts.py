"""An organisation comes in: a person registers it, invites a colleague, who accepts and switches between capacities."""

from __future__ import annotations

import pytest

from kechuang.reference.uscc import make_uscc


@pytest.mark.parametrize("language", ["zh-hans"])
def test_register_invite_accept_and_switch(open_page, violations, overflow, language):
    first = open_page(language)
    register(first, make_uscc("9", "1", "371002", "MA3ABC01"), "威海甲科技有限公司", "wangwu", "王五")
    assert "登记好了" in first.locator("h1").inner_text()
    assert violations(first) == []

    first.get_by_role("link", name="邀请同事").click()
    first.get_by_label("对方的邮箱").fill("zhao@example.com")
    first.get_by_role("button", name="发出邀请").click()
    address = first.get_by_label("邀请网址").input_value()

    second = open_page(language, width=390)
    second.goto(address)
    assert "邀请您代表威海甲科技有限公司办事" in second.locator("h1").inner_text()
    fill_person(second, "zhaoliu", "赵六")
    with second.expect_navigation():
        second.get_by_role("button", name="建立账户并接受").click()
    second.goto("/register")
    second.get_by_label("贵单位的统一社会信用代码是什么？").fill(make_uscc("9", "1", "371002", "MA3ABC02"))
    second.get_by_text("✓ 代码正确").wait_for()
    second.get_by_role("button", name="继续").click()
    describe(second, "威海乙科技有限公司")
    second.get_by_role("button", name="登记", exact=True).click()

    second.locator(".masthead-who summary").click()
    assert "威海乙科技有限公司" in second.locator(".who-full").inner_text()
    second.get_by_role("link", name="切换身份").click()
    second.get_by_role("button", name="换成这个身份").click()
    second.locator(".masthead-who summary").click()
    assert "威海甲科技有限公司" in second.locator(".who-full").inner_text()
    assert overflow(second) <= 0
    assert violations(second) == []
    assert first.complaints == []


def register(page, code, name, username, person):
    page.goto("/register")
    page.get_by_label("贵单位的统一社会信用代码是什么？").fill(code)
    page.get_by_role("button", name="继续").click()
    describe(page, name)
    fill_person(page, username, person)
    page.get_by_role("button", name="登记", exact=True).click()


def describe(page, name):
    page.get_by_label("单位全称").fill(name)
    page.get_by_label("企业", exact=True).check()
    page.get_by_label("环翠区").check()
    page.get_by_role("button", name="继续").click()


def fill_person(page, username, person):
    page.get_by_label("姓名").fill(person)
    page.get_by_label("邮箱").fill(f"{username}@example.com")
    page.get_by_label("用户名").fill(username)
    page.get_by_label("口令").fill("一段很长的口令也很好记呀")
