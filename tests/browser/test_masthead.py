"""The head of every page on a phone: two rows in both languages, signed in or not, the open door in sight."""

from __future__ import annotations

import pytest

from fulfilment.city import make_city

pytestmark = pytest.mark.usefixtures("clock_at")
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


@pytest.mark.django_db(transaction=True)
def test_the_head_stands_in_two_rows_on_a_phone_for_everybody_in_both_languages(enter):
    city = make_city()
    wrong = {}

    for who, address in ((None, "/notices/"), (city.officer, "/organisations/")):
        for language in ("zh-hans", "en"):
            for width in (390, 320):
                page = enter(who, width, language)
                page.goto(address)
                found = page.evaluate(ROWS)
                good = (
                    min(found["overlap"]) > 0 and found["below"] > -8 and found["wide"] <= 0 and found["open"]
                )
                if not good:
                    wrong[address, language, width] = found

    assert wrong == {}


@pytest.mark.django_db(transaction=True)
def test_every_door_on_a_phone_is_reached_by_keyboard_and_comes_into_sight(enter):
    page = enter(make_city().officer, 320, "en")
    page.goto("/tasks/")
    last = page.locator(".masthead-doors > a").last

    last.focus()

    box, more = last.bounding_box(), page.locator(".masthead-more").bounding_box()
    assert box["x"] + box["width"] <= more["x"]
    page.locator(".masthead-more summary").click()
    listed = page.locator(".masthead-more ul").bounding_box()
    assert listed["x"] >= 0
    assert listed["x"] + listed["width"] <= 320
