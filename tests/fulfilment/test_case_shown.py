"""What the page of a case says: its next step, its sums, whose day it is, who says a fact."""

from __future__ import annotations

import re
from datetime import date, timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from fulfilment.city import AT, WAN, carried_to, close_call, make_call, make_case, make_grower, manager_of
from fulfilment.office import offered, reviewed, signed_in
from fulfilment.test_office_api import bearer
from kechuang.fulfilment import calls, notices, workflow
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


def laid_before(city, days, silence="agree"):
    """A case that waits for the credit office, which has this many working days."""
    call = make_call(city, gates=[{"gate": "credit", "days": days, "silence": silence}], quorum=1)
    return reviewed(city, carried_to(city, make_case(call), "accepted"))


@pytest.mark.parametrize(
    ("silence", "chinese", "english"),
    [
        (
            "agree",
            "请在 2026-03-09 前（含当日）反馈；逾期未反馈的，视为同意。",
            "silence counts as agreement.",
        ),
        (
            "escalate",
            "逾期未反馈的，由审定人写明理由后决定。",
            "silence is left to the decider, with reasons.",
        ),
    ],
)
def test_a_reviewer_is_shown_its_own_day_and_what_its_silence_means(city, silence, chinese, english):
    case = laid_before(city, 5, silence)
    reviewer = city.reviewers["credit"]

    said, translated = page_of(reviewer, case), page_of(reviewer, case, "en")
    listed, officer = words_at(reviewer, "/tasks/"), page_of(city.officer, case)

    assert case.due_on == date(2026, 3, 16)
    assert chinese in said
    assert english in translated
    assert "下一步：反馈会审意见 · 会审岗" in said
    assert "2026-03-16" not in said + listed
    assert "2026-03-09 还有 5 个工作日" in listed
    assert "会审中 2026-03-16" in officer


def test_a_reviewers_lists_begin_with_the_answer_due_first_and_count_what_is_late_by_it(city, clock_at):
    slow, quick = laid_before(city, 8), laid_before(city, 2)
    reviewer = city.reviewers["credit"]
    clock_at(
        AT + timedelta(days=4)
    )  # the answer to the second was due two days ago; both cases are due later

    tasks, late = words_at(reviewer, "/tasks/"), words_at(reviewer, "/tasks/?overdue=1")
    every = words_at(reviewer, "/cases/")

    assert tasks.index(quick.number) < tasks.index(slow.number)
    assert "2026-03-04 已逾期" in every
    assert "2026-03-12" in every
    assert "1 件逾期" in tasks
    assert quick.number in late
    assert slow.number not in late
    assert "合计 1 件" in late


def test_all_that_a_reviewer_was_asked_is_listed_with_the_newest_first(city):
    first, second = laid_before(city, 2), laid_before(city, 8)
    reviewer = city.reviewers["credit"]

    every, by_number = words_at(reviewer, "/cases/"), words_at(reviewer, "/cases/?sort=number")

    assert every.index(second.number) < every.index(first.number)
    assert by_number.index(first.number) < by_number.index(second.number)
    assert "新的在前" in every
    assert "期限最近的在前" not in every


def test_a_reviewers_lists_have_no_sums_as_its_page_has_none(city):
    case = laid_before(city, 5)
    reviewer = city.reviewers["credit"]

    listed = words_at(reviewer, "/cases/?column=declared&column=number") + words_at(reviewer, "/tasks/")
    book = load_workbook(BytesIO(signed_in(reviewer).get("/tasks/list/cases/export.xlsx").content)).active
    refused = Client().get("/api/cases.xlsx?column=declared", **bearer(reviewer))
    told = [
        Client().get(f"/api/cases{address}", **bearer(reviewer)).json()
        for address in (f"/{case.number}", "?act=answer_gate")
    ]

    assert case.declared_fen
    assert case.number in listed
    assert "金额" not in listed
    assert not any("金额" in str(cell.value) for row in book.iter_rows() for cell in row)
    assert refused.status_code == 422
    for one in (told[0], told[1]["cases"][0]):
        assert (one["number"], one["declared_fen"], one["recommended_fen"]) == (case.number, None, None)


def test_a_program_of_a_reviewer_is_told_the_day_of_its_own_answer(city):
    case = laid_before(city, 5)
    reviewer = city.reviewers["credit"]

    told, listed, officer = (
        Client().get(f"/api/cases{address}", **bearer(who)).json()
        for address, who in ((f"/{case.number}", reviewer), ("", reviewer), (f"/{case.number}", city.officer))
    )

    assert told["due_on"] == listed["cases"][0]["due_on"] == "2026-03-09"
    assert officer["due_on"] == "2026-03-16"


def test_a_reviewers_list_asks_the_database_as_often_for_three_cases_as_for_one(
    city, django_assert_max_num_queries
):
    laid_before(city, 5)
    client = signed_in(city.reviewers["credit"])
    client.get("/tasks/")
    with CaptureQueriesContext(connection) as one:
        client.get("/tasks/")
    laid_before(city, 5)
    laid_before(city, 5)

    with django_assert_max_num_queries(len(one)):
        assert "合计 3 件" in words_of(client.get("/tasks/"))


def recommended(city, case, amount, **more):
    """What the district's form answers, with a sum as it was typed."""
    client = signed_in(city.district)
    client.cookies["django_language"] = more.pop("language", "zh-hans")
    given = {"revision": case.revision, "recommend-amount": amount, "recommend-note": "已核对。"}
    return client.post(f"/cases/{case.number}/acts/recommend/", {**given, **more})


def test_a_sum_below_a_hundredth_of_the_proposal_is_asked_about_once(city):
    case = carried_to(city, make_case(make_call(city)), "submitted")

    asked, english = recommended(city, case, "15.00"), recommended(city, case, "15.00", language="en")
    page = asked.content.decode()
    another = recommended(city, case, "16.00", **{"recommend-sure": "1500"})
    case.refresh_from_db()
    before = case.state
    done = recommended(city, case, "15.00", **{"recommend-sure": "1500"})
    case.refresh_from_db()

    assert (asked.status_code, another.status_code, before) == (422, 422, "submitted")
    assert "15.00 元 不到原来金额 150,000.00 元 的百分之一，请核对是否写错了单位。" in page
    assert 'name="recommend-sure" value="1500"' in page
    assert 'value="15.00"' in page
    assert "已核对。" in page
    assert "15.00 yuan is less than a hundredth of the former sum of 150,000.00 yuan." in words_of(english)
    assert (done.status_code, case.state, case.recommended_fen) == (302, "recommended", 1500)


def test_who_determines_is_asked_too_and_a_hundredth_is_not_asked_about(city):
    case = carried_to(city, make_case(make_call(city)), "accepted")
    client, address = signed_in(city.decider), f"/cases/{case.number}/acts/determine/"

    asked = client.post(address, {"revision": case.revision, "determine-amount": "1499.99"})
    done = client.post(address, {"revision": case.revision, "determine-amount": "1500.00"})

    assert "1,499.99 元 不到原来金额 150,000.00 元 的百分之一" in words_of(asked)
    assert done.status_code == 302


def test_a_list_shows_sums_to_the_fen(city):
    case = carried_to(city, make_case(make_call(city)), "submitted")
    workflow.apply(case, "recommend", actor=city.district, at=AT, amount=1500)

    chinese, english = words_at(city.officer, "/tasks/"), words_at(city.officer, "/tasks/", "en")

    assert "15.00 0.0015 –" in chinese
    assert "150,000.00 15.00 –" in english


def test_a_recommendation_that_is_void_is_no_sum_any_more(city):
    case = carried_to(city, make_case(make_call(city)), "recommended", amount_fen=1500)
    case = workflow.apply(
        case, "send_back", actor=city.officer, at=AT, sections=["years"], reason="研发投入请核对。"
    )
    said = registry.Statement("years", "rd_spend", 901 * WAN, "2025")
    registry.state_many(case.organisation, [said], actor=manager_of(case), at=AT + timedelta(hours=1))
    case = workflow.apply(case, "resubmit", actor=manager_of(case), at=AT + timedelta(hours=2))

    page, listed = page_of(city.district, case), words_at(city.district, "/tasks/")

    assert case.state == "submitted"
    assert "推荐 – 核定" in page
    assert "推荐 15.00 元" in page  # what was done stands in the timeline
    assert "15.05 – –" in listed
    assert "0.0015" not in listed


def test_an_applicant_sees_what_it_asked_for_and_from_the_notice_on_what_was_determined(city, clock_at):
    call = make_call(city)
    case = carried_to(city, make_case(call), "submitted")
    manager = manager_of(case)

    asked, english = page_of(manager, case), page_of(manager, case, "en")
    case = workflow.apply(case, "recommend", actor=city.district, at=AT, amount=case.declared_fen)
    case = workflow.apply(case, "accept", actor=city.officer, at=AT)
    case = workflow.apply(case, "determine", actor=city.decider, at=AT, amount=12_345_678)
    determined = page_of(manager, case)
    after = close_call(call)
    notices.publish(calls.settle(call, actor=city.decider, at=after), [case], actor=city.officer, at=after)
    clock_at(after)
    noticed = page_of(manager, case)

    assert "申报金额 15.00 万元 150,000.00 元" in asked
    assert "核定金额" not in asked
    assert "Sum asked for 150,000.00 yuan" in english
    assert "核定金额 公示时告知" in determined
    assert "123,456.78" not in determined
    assert "核定金额 约 12.34 万元 123,456.78 元" in noticed


def test_confirming_an_offer_dates_its_acceptance(city):
    manager = make_grower()
    case = offered(city, manager)
    account = {"holder": manager.organisation.name, "bank": "威海银行", "number": "6228480402564890018"}
    given = {"revision": case.revision, **account}
    signed_in(manager).post(f"/cases/{case.number}/confirm", given)

    page = page_of(manager, case)

    assert "受理 03-02 核定" in page


def test_a_stage_passed_twice_has_the_day_of_the_last_time(city):
    case = carried_to(city, make_case(make_call(city)), "recommended")
    case = workflow.apply(case, "send_back", actor=city.officer, at=AT, sections=["years"], reason="请核对。")
    said = registry.Statement("years", "rd_spend", 901 * WAN, "2025")
    registry.state_many(case.organisation, [said], actor=manager_of(case), at=AT + timedelta(hours=1))
    case = workflow.apply(case, "resubmit", actor=manager_of(case), at=AT + timedelta(hours=2))
    later = AT + timedelta(days=2)
    workflow.apply(case, "recommend", actor=city.district, at=later, amount=WAN)

    assert "区市推荐 03-04" in page_of(manager_of(case), case)
