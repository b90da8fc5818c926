"""The pages in a real browser: no script is blocked, nothing is wider than a phone, keyboard first."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

PHONE = {"width": 360, "height": 740}
# Relative luminance of a colour of the body, drawn to be sure: 0 is black, 1 white.
LUMINANCE = """(name) => {
    const pen = new OffscreenCanvas(1, 1).getContext('2d')
    pen.fillStyle = getComputedStyle(document.body)[name]
    pen.fillRect(0, 0, 1, 1)
    const [r, g, b] = [...pen.getImageData(0, 0, 1, 1).data].map((c) => (c / 255) ** 2.2)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
}"""
DESK = {"width": 1280, "height": 800}


@pytest.fixture(params=[PHONE, DESK], ids=["phone", "desk"])
def page(request, browser) -> Iterator[Page]:
    page = browser.new_page(viewport=request.param)
    page.complaints = []
    page.on(
        "console",
        lambda said: page.complaints.append(said.text) if said.type in {"error", "warning"} else None,
    )
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    yield page
    page.close()


def test_the_first_page_fits_and_nothing_is_blocked(page, site):
    page.goto(site)

    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("typeof htmx") == "object"
    assert page.complaints == []


def test_the_language_button_switches_and_stays_on_the_page(page, site):
    page.goto(site)

    page.get_by_role("button", name="English").click()

    page.get_by_role("button", name="中文").wait_for()
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.url == f"{site}/"


def test_the_first_key_offers_to_skip_to_the_text(page, site):
    page.goto(site)

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.id") == "main"


def test_letters_are_sixteen_pixels_and_lines_well_apart(page, site):
    page.goto(site)

    style = page.evaluate(
        "(({fontSize, lineHeight}) => [fontSize, lineHeight])(getComputedStyle(document.body))"
    )
    assert style == ["16px", "27.2px"]


def test_dark_is_dark(page, site):
    page.emulate_media(color_scheme="dark")
    page.goto(site)

    ground, ink = (page.evaluate(LUMINANCE, name) for name in ("backgroundColor", "color"))
    assert ground < 0.05
    assert ink > 0.7
