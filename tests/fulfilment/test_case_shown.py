"""What the page of a case says: its next step, its sums, whose day it is, who says a fact."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from fulfilment.city import AT, WAN, carried_to, make_call, make_case, manager_of
from fulfilment.office import signed_in
from kechuang.registry import actions as registry
from kechuang.registry.models import Fact

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_at")]
GATES = [{"gate": "credit", "days": 5, "silence": "agree"}]


def page_of(membership, case, language="zh-hans"):
    """The page as it is read: its words without their marks."""
    return words_at(membership, f"/cases/{case.number}/", language)


def words_at(membership, address, language="zh-hans"):
    client = signed_in(membership)
    client.cookies["django_language"] = language
    return words_of(client.get(address))


def words_of(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.mark.parametrize(
    ("gates", "chinese", "english"),
    [
        ([], "下一步：核定 · 部门审定岗", "Next: Determine"),
        (GATES, "下一步：提请会审", "Next: Ask for joint review"),
    ],
)
def test_the_next_step_is_one_that_the_call_has(city, gates, chinese, english):
    case = carried_to(city, make_case(make_call(city, gates=gates, quorum=len(gates))), "accepted")

    said = {language: page_of(city.officer, case, language) for language in ("zh-hans", "en")}

    assert chinese in said["zh-hans"]
    assert english in said["en"]


def test_reasons_name_who_stated_a_fact_and_not_the_register_that_could(city):
    case = carried_to(city, make_case(make_call(city)), "accepted")

    office, english = page_of(city.officer, case), page_of(city.officer, case, "en")
    own = page_of(manager_of(case), case)

    assert "2025 年研发投入（统计口径） 900 万元 单位填报" in office
    assert "R&amp;D spend (statistics return) in 2025 9,000,000 yuan declared" in english
    assert "2025 年研发投入（统计口径） 900 万元 本单位填报" in own
    assert "万元 统计部门" not in office + own


def test_reasons_keep_the_source_by_which_the_case_was_worked_out(city):
    case = carried_to(city, make_case(make_call(city)), "accepted")
    said = registry.Statement("years", "rd_spend", 900 * WAN, "2025")
    registry.state_many(
        case.organisation, [said], actor=city.officer, at=AT + timedelta(hours=1), source=Fact.Source.LIST
    )

    page = page_of(city.officer, case)

    assert "2025 年研发投入（统计口径） 900 万元 单位填报" in page  # as known when it was submitted
    assert "部门名录" in page  # the table of facts, as known now


def test_who_determines_is_told_how_many_facts_nobody_verified(city):
    case = carried_to(city, make_case(make_call(city)), "accepted")
    fact = Fact.objects.get(organisation=case.organisation, record="years", key="2025", field="rd_spend")

    before, english = page_of(city.decider, case), page_of(city.decider, case, "en")
    registry.verify(fact, fact.value, actor=city.officer, at=AT)
    after = signed_in(city.decider).get(f"/cases/{case.number}/").content.decode()

    assert "有 7 项由申报单位填报，尚未核实。" in before
    assert "7 facts that the result rests on are declared by the applicant and not verified." in english
    assert "有 6 项由申报单位填报，尚未核实。" in after
    linked = re.search(r'尚未核实。<a href="#(fact-\d+)"', after)
    assert linked
    assert f'id="{linked[1]}"' in after
