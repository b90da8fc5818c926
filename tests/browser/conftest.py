"""A browser, a page that notes complaints, and the finished results of the invented city."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page

AXE = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="session", autouse=True)
def _database_beside_the_browser() -> None:
    """Playwright's loop runs in this thread, beside which Django would refuse to ask, and to drop, the database."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"


@pytest.fixture
def open_page(browser, site):
    """A function that opens a page in a language, scheme and width, and notes what the browser complains of."""
    contexts, complaints = [], []

    def open_one(language: str = "zh-hans", scheme: str = "light", width: int = 1280, **more: object) -> Page:
        viewport = {"width": width, "height": 844}
        context = browser.new_context(base_url=site, viewport=viewport, color_scheme=scheme, **more)
        context.set_default_timeout(60_000)
        context.add_cookies([{"name": "django_language", "value": language, "url": site}])
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.complaints = complaints
        return page

    yield open_one
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def example(browser, site) -> str:
    """The address of the results of the invented city."""
    page = browser.new_page(base_url=site)
    page.goto("/assessments/")
    page.get_by_role("button", name="用虚构的 300 家单位试一试").click()
    page.locator("table.subjects").wait_for(timeout=120_000)
    address = page.url.removeprefix(site)
    page.close()
    return address


@pytest.fixture
def violations():
    """A function that asks axe for what on a page hinders people, as short lines."""

    def ask(page: Page) -> list[str]:
        page.evaluate(AXE.read_text(encoding="utf-8"))
        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
        found = page.evaluate("tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", tags)["violations"]
        return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"][:3]]

    return ask
