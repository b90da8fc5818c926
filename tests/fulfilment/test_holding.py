"""What is applied for or received is not promised a second time."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from fulfilment.city import AT, carried_to, make_call, make_case, make_grower, manager_of
from fulfilment.office import paid, signed_in
from kechuang.fulfilment import workflow

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_at")]


def standing(manager) -> tuple[str, str]:
    """The total under 可申报最高, and what stands beside measure 9, on the page of an organisation's standing."""
    page = signed_in(manager).get("/standing/").content.decode()
    total = re.search(r'ceiling-sum">.*?<strong>(.*?)</strong>', page, re.DOTALL).group(1)
    [beside] = re.findall(r'id="b-9.rd_growth".*?<div class="reasoning">', page, re.DOTALL)
    return re.sub(r"<[^>]+>|\s", "", total), beside


def test_what_is_applied_for_does_not_count_as_still_to_be_had(city):
    manager = make_grower()
    before, beside = standing(manager)
    carried_to(city, make_case(make_call(city), manager), "submitted")

    after, then = standing(manager)

    assert "15.00" in beside
    assert "已申报" in then
    assert "15.00" not in then
    assert before != after


def test_a_draft_is_not_an_application(city):
    manager = make_grower()
    before = standing(manager)
    make_case(make_call(city), manager)

    assert standing(manager)[0] == before[0]
    assert "已申报" not in standing(manager)[1]


def test_what_has_been_paid_is_said_as_received_on_the_standing_and_beside_the_case(city):
    manager = make_grower()
    [case] = paid(city, manager)

    page = signed_in(manager).get(f"/cases/{case.number}/").content.decode()
    side = page[page.index('id="tally"') :]

    assert "已享受 15.00 万元" in standing(manager)[1]
    assert "已享受 15.00 万元" in side
    assert "可申报" not in side[: side.index("tally-why")]


def test_what_was_not_supported_may_be_had_again(city):
    manager = make_grower()
    before = standing(manager)[0]
    case = carried_to(city, make_case(make_call(city), manager), "accepted")
    workflow.apply(case, "reject", actor=city.decider, at=AT + timedelta(hours=1), reason="材料不齐")

    assert standing(manager_of(case))[0] == before


def test_an_office_sees_that_it_is_applied_for_without_the_number(city):
    manager = make_grower()
    case = carried_to(city, make_case(make_call(city), manager), "submitted")

    page = signed_in(city.officer).get(f"/standing/{manager.organisation_id}/").content.decode()

    assert "已申报" in page
    assert case.number not in page
