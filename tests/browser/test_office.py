"""A case on its way through the offices, as people click it; the list that the public reads at the end."""

from __future__ import annotations

import pytest

from fulfilment.city import carried_to, make_call, make_case, make_city, manager_of
from fulfilment.office import noticed

pytestmark = pytest.mark.usefixtures("clock_at")


@pytest.mark.django_db(transaction=True)
def test_a_case_is_recommended_accepted_in_bulk_and_its_notice_read_on_a_phone(enter, violations, overflow):
    city = make_city()
    case = carried_to(city, make_case(make_call(city)), "submitted")
    notice, _ = noticed(city)

    district = enter(city.district)
    district.goto(f"/cases/{case.number}/")
    found = {"case": violations(district)}
    district.locator("#act-recommend input[name=recommend-amount]").fill("999999")
    district.locator("#act-recommend button").click()
    refused = district.locator(".error-summary").inner_text()
    kept = district.locator("#act-recommend input[name=recommend-amount]").input_value()
    district.locator("#act-recommend input[name=recommend-amount]").fill("15万元")
    district.locator("#act-recommend button").click()
    said = district.locator(".done").inner_text()

    officer = enter(city.officer)
    officer.goto("/tasks/")
    officer.get_by_role("button", name="全选 1 件").click()
    officer.get_by_role("button", name="批量受理").click()
    officer.get_by_role("button", name="受理 1 件").click()
    result = officer.locator("main").inner_text()
    found["tasks"] = violations(officer)

    visitor = enter(width=390)
    visitor.goto(f"/notices/{notice.number}/")
    found["notice"] = violations(visitor)
    wide = overflow(visitor)
    case.refresh_from_db()

    assert "不超过 150,000.00 元" in refused
    assert kept == "999999"
    assert "已办理：推荐" in said
    assert "已办成" in result
    assert case.state == "accepted"
    assert {name: lines for name, lines in found.items() if lines} == {}
    assert wide == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_with_letters_twice_as_large_on_a_phone_nothing_leaves_the_page(enter, overflow, language):
    city = make_city()
    case = carried_to(city, make_case(make_call(city)), "accepted")
    wide = {}

    for who, address in (
        (city.officer, "/tasks/"),
        (city.officer, f"/cases/{case.number}/"),
        (city.officer, "/organisations/"),
        (city.accountant, "/treasury/"),
        (city.accountant, "/treasury/batches/"),
        (manager_of(case), "/home/"),
        (manager_of(case), "/organisation/"),
    ):
        page = enter(who, 390, language)
        page.goto(address)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        wide[address] = overflow(page)
        page.context.close()

    assert {address: pixels for address, pixels in wide.items() if pixels > 0} == {}
