"""Pages of projects: contract and milestones for office and enterprise, the list, the opening of bids."""

from __future__ import annotations

import io
from datetime import timedelta

import openpyxl
import pytest
from django.test import Client
from django.utils.html import escape

from factories import AT, make_membership, make_organisation
from fulfilment.city import WAN, manager_of
from fulfilment.office import signed_in
from fulfilment.projects import (
    applicant_of,
    decided_project,
    filled_in,
    make_office,
    make_project_call,
    paid_stage,
    reached,
    signed,
)
from fulfilment.test_bids import APPROACH, NEED
from fulfilment.test_every_benefit import PACK
from kechuang.accounts import tokens
from kechuang.accounts.models import Organisation
from kechuang.accounts.roles import Role
from kechuang.fulfilment import applying, workflow
from kechuang.fulfilment.models import Case, CaseMember
from kechuang.fulfilment.projects import filling
from kechuang.fulfilment.projects.queries import Chosen
from kechuang.fulfilment.projects.views import workbook_of
from kechuang.journal import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def office():
    return make_office()


@pytest.fixture
def started(city, office, clock_at, pdf_upload):
    """A decided project of measure 24, its manager, and the time."""
    clock_at(AT)
    case, at = decided_project(city, office, pdf_upload)
    clock_at(at)
    return case, manager_of(case), at


def text_of(answer):
    return answer.content.decode()


def test_an_officer_drafts_the_contract_line_by_line_and_faults_come_back(office, started):
    case, _, at = started
    client, address = signed_in(office.officer), f"/cases/{case.number}/acts/draft_contract/"
    first, second = at.date() + timedelta(days=90), at.date() + timedelta(days=180)
    typed = {"revision": case.revision, "draft_contract-contract_number": "威科合〔2026〕1号"}
    own, milestones = {"draft_contract-own_fen": "0"}, "draft_contract-milestones"

    wrong = client.post(address, typed | own | {milestones: f"{first} 30万元 样机"})
    uneven = client.post(address, typed | own | {milestones: f"{first} 30万元 样机：通过检测"})
    lines = f"{first} 30万元 样机：通过第三方检测\n{second} 20万元 示范：连续运行 720 小时"
    silent = client.post(address, typed | {milestones: lines})
    answer = client.post(address, typed | own | {milestones: lines})

    assert "请写成" in text_of(wrong)
    assert "两者要相等" in text_of(uneven)
    assert "请填写自筹资金" in text_of(silent)
    assert answer.status_code == 302
    page = text_of(client.get(f"/cases/{case.number}/"))
    assert "合同待承担单位确认" in page
    assert "通过第三方检测" in page
    assert "威科合〔2026〕1号" in page


def test_an_enterprise_reports_with_a_file_and_asks_for_a_delay(office, started, pdf_upload):
    case, manager, at = started
    case = signed(office, case, at)
    client = signed_in(manager)

    empty = client.post(f"/cases/{case.number}/milestones/1/report/", {"text": ""})
    pdf_upload.seek(0)
    sent = client.post(
        f"/cases/{case.number}/milestones/1/report/", {"text": "精度 0.008 毫米", "file": pdf_upload}
    )
    day = case.contract.milestones.get(number=2).due_on + timedelta(days=20)
    asked = client.post(
        f"/cases/{case.number}/change/", {"milestone": "2", "due_on": day.isoformat(), "text": "进口部件晚到"}
    )
    page = text_of(client.get(f"/cases/{case.number}/"))
    listed = text_of(signed_in(office.officer).get("/projects/?kind=reported"))
    tasks = text_of(signed_in(office.officer).get("/tasks/?act=accept_milestone"))

    assert (empty.status_code, sent.status_code, asked.status_code) == (422, 302, 302)
    assert "精度 0.008 毫米" in page
    assert "待答复" in page
    assert manager.organisation.name in listed
    assert manager.organisation.name in tasks
    accept = {"revision": Case.objects.get(pk=case.pk).revision, "accept_milestone-milestone": "1"}
    done = signed_in(office.officer).post(
        f"/cases/{case.number}/acts/accept_milestone/", accept | {"accept_milestone-conclusion": "达到指标"}
    )
    assert done.status_code == 302


def test_the_list_counts_what_is_late_sums_what_is_paid_and_is_exported(city, office, started, clock_at):
    case, _, at = started
    case = signed(office, case, at)
    case = reached(office, case, 1, at)
    paid_stage(city, case, 1, at)
    clock_at(at + timedelta(days=200))
    client = signed_in(office.decider)

    late, export = client.get("/projects/?kind=late"), client.get("/projects/list.xlsx?kind=late")
    elsewhere = signed_in(make_office("市农业农村局").officer).get("/projects/")

    assert case.organisation.name in text_of(late)
    assert "逾期" in text_of(late)
    assert "250,000.00" in text_of(late)
    assert export.status_code == 200
    assert case.organisation.name not in text_of(elsewhere)


@pytest.mark.parametrize("projects", [1, 3])
def test_the_list_asks_the_database_as_often_for_one_project_as_for_three(
    city, office, clock_at, pdf_upload, projects, django_assert_num_queries
):
    name = '<b>威海</b>&"甲"{x}%s'
    for place in range(projects):
        pdf_upload.seek(0)
        case, at = decided_project(city, office, pdf_upload)
        clock_at(at)
        signed(office, case, at)
        Organisation.objects.filter(pk=case.organisation_id).update(name=f"{name}{place}")
    client = signed_in(office.officer)

    with django_assert_num_queries(7):
        page = text_of(client.get("/projects/"))

    assert page.count('#contract" lang="zh-CN">') == projects
    assert f'lang="zh-CN">{escape(name)}0</a>' in page
    assert "<b>" not in page


def test_a_sealed_bid_is_filled_in_taken_back_and_opened_on_pages(city, office, clock_at, pdf_upload):
    clock_at(AT)
    changes = {"needs": [NEED], "sealed": True, "recommended": False}
    call = make_project_call(city, office, "7.city_project", AT.date(), 2025, **changes)
    manager = make_membership(Role.MANAGER, make_organisation())
    case = applying.start(call, actor=manager, at=AT, key=NEED["number"])
    client = signed_in(manager)

    wrong = client.post(
        f"/cases/{case.number}/parts/proposal", {"approach": APPROACH, "asked_fen": "200万元"}
    )
    client.post(f"/cases/{case.number}/parts/proposal", {"approach": APPROACH, "asked_fen": "100万元"})
    case = filled_in(case, manager, pdf_upload)
    workflow.apply(case, "submit", actor=manager, at=AT)
    sealed = text_of(client.get(f"/cases/{case.number}/"))
    unseen = signed_in(office.officer).get(f"/cases/{case.number}/")
    back = client.post(f"/cases/{case.number}/take-back/")
    workflow.apply(Case.objects.get(pk=case.pk), "submit", actor=manager, at=AT)
    clock_at(call.closes_at + timedelta(minutes=1))
    officer = signed_in(office.officer)
    before, opened = (
        officer.get(f"/calls/{call.number}/open-bids/"),
        officer.post(f"/calls/{call.number}/open-bids/"),
    )
    record = text_of(officer.get(opened.url))

    assert wrong.status_code == 422
    assert "已密封" in sealed
    assert "截止后同时开标" in sealed
    assert (unseen.status_code, back.status_code, before.status_code) == (404, 302, 200)
    assert case.number in record
    assert officer.get(f"/cases/{case.number}/").status_code == 200


def test_a_member_confirms_its_share_on_its_own_page(city, office, clock_at):
    clock_at(AT)
    manager, example = applicant_of(PACK.benefit("18.consortium_project"))
    call = make_project_call(city, office, "18.consortium_project", example.on, example.year)
    key = applying.keys_to_apply_for(call, manager.organisation, AT)[0]
    case = applying.start(call, actor=manager, at=AT, key=key)
    partner = make_membership(
        Role.MANAGER, make_organisation(name="哈尔滨工业大学（威海）", kind="university")
    )
    rows = {
        "money-0": "66.67", "work-0": "50", "duty-0": "总体设计", "uscc-1": partner.organisation.uscc,
        "money-1": "33.33%", "work-1": "50", "duty-1": "材料配方",
    }  # fmt: skip

    uneven = signed_in(manager).post(f"/cases/{case.number}/parts/consortium", rows | {"money-1": "33.3"})
    signed_in(manager).post(f"/cases/{case.number}/parts/consortium", rows)
    member = CaseMember.objects.get(case=case, organisation=partner.organisation)
    page = text_of(signed_in(partner).get("/projects/invitations/"))
    stale = signed_in(partner).post(f"/projects/invitations/{member.pk}/confirm/", {"seen": "1:1:x"})
    signed_in(partner).post(f"/projects/invitations/{member.pk}/confirm/", {"seen": "3333:5000:材料配方"})

    assert "合计 99.97%" in text_of(uneven)
    assert (member.money, member.work) == (3333, 5000)
    assert "33.33%" in page
    assert stale.status_code == 422
    member.refresh_from_db()
    assert member.confirmed_at is not None
    assert signed_in(manager).get(f"/cases/{case.number}/check").status_code == 200


def test_programs_read_contracts_and_act_on_milestones(office, started, settings):
    settings.API_RATE = 0
    case, manager, at = started
    case = signed(office, case, at)
    workflow.apply(case, "report_milestone", actor=manager, at=at, milestone=1, text="达到")
    _, secret = tokens.make(title="程序", days=300, actor=office.officer, at=clock.now())
    headers = {"Authorization": f"Bearer {secret}"}
    revision = Case.objects.get(pk=case.pk).revision

    listed = Client().get("/api/projects", headers=headers).json()
    body = {"revision": revision, "milestone": 1, "conclusion": "达到指标"}
    done = Client().post(
        f"/api/cases/{case.number}/acts/accept_milestone",
        body,
        content_type="application/json",
        headers=headers,
    )
    one = Client().get(f"/api/projects/{case.number}", headers=headers).json()

    assert [found["case"] for found in listed["projects"]] == [case.number]
    assert done.status_code == 200, done.content
    assert [stage["state"] for stage in one["milestones"]] == ["payable", "due"]
    assert one["amount_fen"] == 50 * WAN


def test_filling_of_a_call_without_needs_has_no_proposal(city, office, clock_at):
    clock_at(AT)
    manager, example = applicant_of(PACK.benefit("24.grant"))
    call = make_project_call(city, office, "24.grant", example.on, example.year)
    key = applying.keys_to_apply_for(call, manager.organisation, AT)[0]
    case = applying.start(call, actor=manager, at=AT, key=key)

    assert signed_in(manager).get(f"/cases/{case.number}/parts/proposal").status_code == 404
    assert filling.name_members(case, [], actor=manager, at=AT) == []


def test_the_list_as_a_workbook_says_the_city_s_day_on_which_a_contract_was_signed(office, started):
    case, _, at = started
    night = at.replace(hour=17, minute=30)  # in Weihai it is half past one of the next day
    signed(office, case, night)

    book = openpyxl.load_workbook(io.BytesIO(workbook_of(office.decider, Chosen())))

    row = next(row for row in book.active.values if row[1] == case.number)
    assert row[5] == (night + timedelta(hours=8)).date().isoformat()
