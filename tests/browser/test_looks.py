"""Every page serves everybody: nothing for axe to find, nothing wider than a phone, nothing blocked."""

from __future__ import annotations

import pytest

PAGES = {
    "home": "/",
    "upload": "/assessments/",
    "subjects": "{run}",
    "benefits": "{run}benefits/",
    "missing": "{run}missing/",
    "refused": "{run}refused/",
    "subject": "{run}subjects/1/",
    "delete": "{run}delete/",
    "measures": "/measures/",
    "measure": "/measures/9/",
    "benefit": "/measures/9/rd_growth/",
    "nowhere": "/nowhere/",
}


@pytest.mark.parametrize(("language", "scheme", "width"), [("zh-hans", "light", 390), ("en", "dark", 1280)])
def test_every_page_serves_everybody(open_page, example, violations, overflow, language, scheme, width):
    page = open_page(language, scheme, width)
    found, wide = {}, {}

    for name, address in PAGES.items():
        page.goto(address.format(run=example))
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        found[name] = violations(page)
        wide[name] = overflow(page)

    assert {name: lines for name, lines in found.items() if lines} == {}
    assert {name: pixels for name, pixels in wide.items() if pixels > 0} == {}
    assert [line for line in page.complaints if "404" not in line] == []


@pytest.mark.parametrize("width", [390, 1280])
def test_the_way_in_can_be_walked_by_keyboard(open_page, width):
    page = open_page(width=width)
    page.goto("/assessments/")
    reached = []

    for _ in range(26):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()")
        )

    way = ["跳到正文", "下载空白表（中文）", "id_file", "id_on", "id_year", "上传并测算"]
    order = [reached.index(name) for name in way]
    assert order == sorted(order)
