"""The head of every page on a phone: two rows in both languages, signed in or not, the open door in sight."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.utils import timezone

from fulfilment.city import make_city
from fulfilment.office import signed_in

AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
ROWS = """() => {
    const tools = [...document.querySelectorAll('.masthead-row > :not(nav)')], rows = [];
    const doors = [...document.querySelectorAll('.masthead-doors > a, .masthead-more')];
    for (const some of [tools, doors]) {
        const boxes = some.map(one => one.getBoundingClientRect()).filter(box => box.width && box.height);
        rows.push([Math.min(...boxes.map(box => box.bottom)) - Math.max(...boxes.map(box => box.top)),
                   Math.min(...boxes.map(box => box.top)), Math.max(...boxes.map(box => box.bottom))]);
    }
    const door = document.querySelector('.masthead-doors [aria-current]')?.getBoundingClientRect();
    const frame = document.querySelector('.masthead-doors').getBoundingClientRect();
    return { overlap: rows.map(row => row[0]), below: rows[1][1] - rows[0][2],
             wide: document.documentElement.scrollWidth - innerWidth,
             open: door ? door.left >= frame.left - 1 && door.right <= frame.right + 1 : null };
}"""


@pytest.fixture
def open_phone(browser, live_server, monkeypatch):
    """Opens a page of a running site on a phone, as somebody or as nobody."""
    monkeypatch.setattr(timezone, "now", lambda: AT)
    contexts = []

    def opened(who, language, width):
        context = browser.new_context(base_url=live_server.url, viewport={"width": width, "height": 844})
        context.set_default_timeout(60_000)
        cookies = [{"name": "django_language", "value": language, "url": live_server.url}]
        if who:
            session = signed_in(who).cookies["sessionid"].value
            cookies.append({"name": "sessionid", "value": session, "url": live_server.url})
        context.add_cookies(cookies)
        contexts.append(context)
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.django_db(transaction=True)
def test_the_head_stands_in_two_rows_on_a_phone_for_everybody_in_both_languages(open_phone):
    city = make_city()
    wrong = {}

    for who, address in ((None, "/notices/"), (city.officer, "/organisations/")):
        for language in ("zh-hans", "en"):
            for width in (390, 320):
                page = open_phone(who, language, width)
                page.goto(address)
                found = page.evaluate(ROWS)
                good = (
                    min(found["overlap"]) > 0 and found["below"] > -8 and found["wide"] <= 0 and found["open"]
                )
                if not good:
                    wrong[address, language, width] = found

    assert wrong == {}


@pytest.mark.django_db(transaction=True)
def test_every_door_on_a_phone_is_reached_by_keyboard_and_comes_into_sight(open_phone):
    page = open_phone(make_city().officer, "en", 320)
    page.goto("/tasks/")
    last = page.locator(".masthead-doors > a").last

    last.focus()

    box, more = last.bounding_box(), page.locator(".masthead-more").bounding_box()
    assert box["x"] + box["width"] <= more["x"]
    page.locator(".masthead-more summary").click()
    listed = page.locator(".masthead-more ul").bounding_box()
    assert listed["x"] >= 0
    assert listed["x"] + listed["width"] <= 320
