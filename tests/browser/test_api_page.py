"""The page of the API in a real browser: for everybody, on every width."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(("language", "scheme", "width"), [("zh-hans", "light", 390), ("en", "dark", 1280)])
def test_the_page_of_the_api_serves_everybody(open_page, violations, overflow, language, scheme, width):
    page = open_page(language, scheme, width)

    for address in ("/api/", "/api/problems/invalid-facts"):
        page.goto(address)
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        assert violations(page) == []
        assert overflow(page) <= 0
    assert page.complaints == []


def test_the_contents_lead_to_an_operation_and_its_sample(open_page):
    page = open_page()
    page.goto("/api/")

    page.get_by_role("link", name="说明理由", exact=True).click()
    operation = page.locator("#explain")
    operation.get_by_text("curl", exact=True).click()

    assert page.url.endswith("#explain")
    assert "/api/explain" in operation.locator("pre").first.inner_text()
