"""An analyst changes a figure, sees who gains, solves an appropriation, takes the result away; without script too."""

from __future__ import annotations

import json

import pytest

CHANGED = "/simulate/?n=10000&set=9.rd_growth.subsidy_rate%3D6%25"
FULL = f"{CHANGED}&solve=9.rd_growth.subsidy_rate&appropriation=300%E4%B8%87%E5%85%83&sensitivity=1"


def test_a_changed_rate_is_told_drawn_solved_and_taken_away(open_page, tmp_path):
    page = open_page()
    page.goto("/simulate/?n=10000")
    page.get_by_text("没有改动；以下是现行政策的结果。").wait_for()

    page.get_by_label("查找").fill("补助比例上限")
    assert page.locator(".panel:visible").count() < page.locator(".panel").count()
    page.get_by_label("查找").fill("")
    rate = page.locator("input[name='p.9.rd_growth.subsidy_rate']")
    rate.fill("6")
    rate.press("Tab")

    page.get_by_role("heading", name="补助比例上限由 5% 改为 6%").wait_for()
    assert "set=9.rd_growth.subsidy_rate%3D6%25" in page.url
    assert page.locator(".lever.is-changed").count() == 1
    by_district = page.locator("section.answered", has_text="按区市：")
    by_district.locator("svg").wait_for()
    assert "环翠区" in by_district.locator("table").inner_text()

    page.get_by_label("求哪个数").select_option("9.rd_growth.subsidy_rate")
    page.locator("#f-appropriation").fill("300万元")
    page.locator("#f-appropriation").press("Enter")
    page.get_by_role("heading", name="拨款 3,000,000.00 元：补助比例上限可定为").wait_for()

    with page.expect_download() as download:
        page.get_by_role("link", name="JSON").click()
    download.value.save_as(tmp_path / "simulation.json")
    told = json.loads((tmp_path / "simulation.json").read_text(encoding="utf-8"))
    assert told["changes"][0]["after"] == "6%"
    assert told["solution"]["best"]["sum_fen"] <= 300_000_000
    assert page.complaints == []


def test_it_works_without_a_script(open_page):
    page = open_page(java_script_enabled=False)
    page.goto("/simulate/?n=10000")

    page.locator("input[name='p.9.rd_growth.subsidy_rate']").fill("6")
    page.get_by_role("button", name="推演").click()

    page.wait_for_url(lambda url: url.endswith(CHANGED))
    assert "由 5% 改为 6%" in page.locator("h2.answer").inner_text()
    assert "环翠区" in page.locator("section.answered", has_text="按区市：").locator("table").inner_text()


@pytest.mark.parametrize(("language", "scheme", "width"), [("zh-hans", "light", 390), ("en", "dark", 1280)])
def test_it_serves_everybody(open_page, violations, overflow, language, scheme, width):
    page = open_page(language, scheme, width)
    page.goto(FULL)
    page.locator("section.answered svg").first.wait_for()
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")

    assert violations(page) == []
    assert overflow(page) <= 0
    assert page.complaints == []


def test_no_figure_of_a_table_is_hidden_beyond_its_edge_on_a_desk(open_page):
    page = open_page(width=1280)
    page.goto(FULL)

    hidden = "tables => tables.map(one => one.scrollWidth - one.clientWidth)"
    assert set(page.locator(".answered .rows").evaluate_all(hidden)) == {0}
