"""The pages of the finance chain as banks, firms and offices see them: nothing hinders anybody, at any width."""

from __future__ import annotations

import os

import pytest

from browser.beginning import begin

PAGES = {
    "bank": [
        "/filings/",
        "/filings/new/",
        "/filings/{filing}/",
        "/filings/{filing}/?change=noted",
        "/filings/lines/",
    ],
    "firm": ["/standing/finance/?principal=800%E4%B8%87%E5%85%83&days=300", "/filings/lines/"],
    "officer": [
        "/overlaps/",
        "/overlaps/{overlap}/",
        "/partners/",
        "/letters/",
        "/letters/new/",
        "/pools/",
        "/pools/new/",
    ],
    "decider": ["/pools/{pool}/", "/letters/{letter}/"],
    "operator": ["/series/"],
}
SHOTS = os.environ.get("SHOTS")  # a folder: pictures of every page, to look at


@pytest.fixture(scope="module")
def told(site, site_data):
    """Sessions by role, and the numbers of what there is."""
    return begin("finance.story", site_data)


@pytest.mark.parametrize(("language", "width"), [("zh-hans", 1280), ("en", 390)])
def test_every_page_is_free_of_hindrances_and_fits_the_width(
    site, browser, violations, overflow, told, language, width
):
    found = {}
    for role, pages in PAGES.items():
        context = browser.new_context(base_url=site, viewport={"width": width, "height": 900})
        context.set_default_timeout(60_000)
        cookies = {"sessionid": told[role], "django_language": language}
        context.add_cookies([{"name": name, "value": value, "url": site} for name, value in cookies.items()])
        page = context.new_page()
        for place, address in enumerate(pages):
            answer = page.goto(address.format(**told))
            assert answer is not None
            wide = overflow(page) > 0
            wrong = [*violations(page), *(["wider than the page"] if wide else [])]
            if answer.status != 200 or wrong:
                found[address] = (answer.status, wrong)
            if SHOTS:
                page.screenshot(path=f"{SHOTS}/{language}-{width}-{role}-{place}.png", full_page=True)
        context.close()

    assert found == {}
