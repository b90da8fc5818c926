"""A browser, a page that notes complaints, and the finished results of the invented city."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.utils import timezone
from playwright.sync_api import ConsoleMessage, Page

AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)

GIVEN_UP = ("htmx:afterRequest,", "htmx:sendAbort,")
"""What htmx says of a request that a newer one has replaced; of one that failed it says htmx:sendError as well."""


def complains(said: ConsoleMessage) -> bool:
    """Whether what stands in the browser's console tells of a fault."""
    return said.type in {"error", "warning"} and not said.text.startswith(GIVEN_UP)


@pytest.fixture
def open_page(browser, site):
    """A function that opens a page in a language, scheme and width, and notes what the browser complains of.

    session: of whoever is signed in.
    """
    contexts, complaints = [], []

    def open_one(
        language: str = "zh-hans", scheme: str = "light", width: int = 1280, session: str = "", **more: object
    ) -> Page:
        viewport = {"width": width, "height": 844}
        context = browser.new_context(base_url=site, viewport=viewport, color_scheme=scheme, **more)
        context.set_default_timeout(60_000)
        cookies = {"django_language": language, "sessionid": session}
        context.add_cookies(
            [{"name": name, "value": value, "url": site} for name, value in cookies.items() if value]
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if complains(said) else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.complaints = complaints
        return page

    yield open_one
    for context in contexts:
        context.close()


@pytest.fixture
def clock_at(monkeypatch):
    """The site's clock stands in the morning of the day on which the cities of the tests are made."""
    monkeypatch.setattr(timezone, "now", lambda: AT)


@pytest.fixture
def enter(browser, live_server):
    """Opens a page of a site with this test's database, as somebody or as nobody."""
    from fulfilment.office import signed_in

    contexts = []

    def entered(who=None, width=1280, language="zh-hans"):
        context = browser.new_context(base_url=live_server.url, viewport={"width": width, "height": 900})
        context.set_default_timeout(60_000)
        cookies = [{"name": "django_language", "value": language, "url": live_server.url}]
        if who:
            session = signed_in(who).cookies["sessionid"].value
            cookies.append({"name": "sessionid", "value": session, "url": live_server.url})
        context.add_cookies(cookies)
        contexts.append(context)
        return context.new_page()

    yield entered
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
