"""What a reader does with the text: open it, ask what words mean, go to the benefit and back, search."""

from __future__ import annotations

import re

import pytest

from kechuang.policy import load_pack
from kechuang.policy.encoding.citations import segments_of

GROWTH = next(one.start for one in segments_of(load_pack("weihai-2023-5"))["9"] if one.text == "10%")
MARK = f"#m-9-{GROWTH}"


def test_from_a_figure_to_its_sentence_to_the_benefit_and_back(open_page):
    page = open_page()
    page.goto("/policy/#9.2")

    page.locator(MARK).click()
    page.locator("#phrase-title").wait_for()

    said = page.locator("#phrase").inner_text()
    assert "研发投入增量不低于上年研发投入的 10%" in said
    assert "统计年报中的研发经费支出" in said
    assert "about=9.rd_growth" in page.get_by_role("link", name="测一测能否享受").get_attribute("href")
    page.locator("#phrase").get_by_role("link", name="研发投入递增补助").first.click()
    page.wait_for_url(lambda url: url.endswith("/measures/9/rd_growth/"))
    page.locator("ol.conditions").get_by_role("link", name="原文 9.2").nth(3).click()
    page.wait_for_url(re.compile(r"/policy/#m-9-\d+$"))
    assert page.locator(".mark:target").count() == 1
    assert page.complaints == []


def test_hovering_and_focusing_words_shows_their_sentence_and_the_keyboard_walks_the_marks(open_page):
    page = open_page()
    page.goto("/policy/#9")

    page.locator(MARK).hover()
    page.locator(".tip").wait_for()
    assert "研发投入增长比例：10%" in page.locator(".tip").inner_text()
    page.keyboard.press("Escape")
    assert page.locator(".tip").is_hidden()

    article = page.locator('[id="9"]')
    assert article.locator('[tabindex="0"]').count() == 1  # one stop a measure, the arrows do the rest
    page.locator('[id="9"] .mark').first.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    here = page.evaluate("document.activeElement.textContent")
    assert here == "有研发活动"
    page.keyboard.press("Enter")
    page.locator("#phrase-title:focus").wait_for()
    assert here in page.locator("#phrase-title").inner_text()
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.textContent") == here
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.className") == "sentence"
    assert page.complaints == []


def test_what_is_typed_is_searched_at_once_and_leads_to_its_sentence(open_page):
    page = open_page()
    page.goto("/policy/search/")

    page.locator("#q").press_sequentially("增量超过")
    page.locator("#hits mark").first.wait_for()
    page.locator("#hits a[href='/policy/#9.2']").first.click()
    assert page.locator(".sentence:target").inner_text().startswith("建立企业研发投入递增奖励机制")
    assert page.complaints == []


def test_all_of_it_works_without_a_script(open_page):
    page = open_page(java_script_enabled=False)
    page.goto("/policy/")

    page.locator(MARK).click()
    page.wait_for_url(lambda url: url.endswith(f"/policy/phrases/9-{GROWTH}/"))
    assert "研发投入增量不低于上年研发投入的 10%" in page.locator("main").inner_text()
    page.get_by_role("link", name="回到原文").click()
    page.wait_for_url(lambda url: url.endswith(f"/policy/{MARK}"))
    page.locator("#q").fill("市财政局")
    page.get_by_role("button", name="查找").click()
    assert "共 " in page.locator("#hits").inner_text()


@pytest.mark.parametrize(("language", "scheme", "width"), [("zh-hans", "light", 390), ("en", "dark", 1280)])
def test_every_reader_page_serves_everybody(open_page, violations, overflow, language, scheme, width):
    page = open_page(language, scheme, width)
    found, wide = {}, {}
    addresses = [
        "/policy/",
        f"/policy/phrases/9-{GROWTH}/",
        "/policy/search/?q=研发",
        "/policy/compare/?all=1",
    ]
    addresses += ["/packs/", "/measures/14/", "/measures/14/contract/", "/measures/9/rd_growth/examples/3/"]

    for address in addresses:
        page.goto(address)
        if address == "/policy/":
            page.locator(MARK).click()
            page.locator("#phrase-title").wait_for()
        page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true })")
        found[address] = violations(page)
        wide[address] = overflow(page)

    assert {name: lines for name, lines in found.items() if lines} == {}
    assert {name: pixels for name, pixels in wide.items() if pixels > 0} == {}
    assert page.complaints == []


def test_on_a_phone_the_phrase_comes_from_below_and_goes_again(open_page):
    page = open_page(width=390)
    page.goto("/policy/#9.2")

    page.locator(MARK).click()
    page.locator("#phrase-title").wait_for()
    box = page.locator("aside.phrase").bounding_box()
    assert box["y"] + box["height"] == pytest.approx(844, abs=1)
    assert page.locator(MARK).bounding_box()["y"] < box["y"]

    page.get_by_role("button", name="关闭").click()
    page.locator("#phrase[data-empty]").wait_for(state="attached")
    assert page.evaluate("document.activeElement.id") == MARK[1:]


def test_a_paper_is_waited_for_and_then_there(open_page):
    page = open_page(width=390)
    page.goto("/measures/9/")
    address = page.get_by_role("link", name="下载 PDF").get_attribute("href")

    for _ in range(120):
        response = page.request.get(address)
        if response.status == 200:
            break
        assert "正在排版 PDF" in response.text()
        page.wait_for_timeout(500)

    assert response.body().startswith(b"%PDF")
