"""The applicant's pages from the check on: submit, follow, supplement, withdraw."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from fulfilment.city import (
    AT,
    WAN,
    carried_to,
    make_call,
    make_case,
    make_grower,
)
from fulfilment.office import decided
from kechuang.fulfilment import applying, workflow
from kechuang.fulfilment.models import Case
from kechuang.journal import clock
from kechuang.registry import actions as registry

pytestmark = pytest.mark.django_db
DOCUMENT = {
    "key": "audit",
    "title": {"zh": "审计报告", "en": "audit report"},
    "why": {"zh": "城市没有", "en": "not shared"},
}


@pytest.fixture(autouse=True)
def day(monkeypatch):
    """It is 10:00 on the day of the stories."""
    monkeypatch.setattr(clock, "now", lambda: AT)


@pytest.fixture
def signed_in(manager):
    return sign_in(manager)


def sign_in(membership) -> Client:
    client = Client()
    client.force_login(membership.user)
    return client


def text_of(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def submit(client, case, **more):
    page = client.get(f"/cases/{case.number}/check").content.decode()
    hidden = dict(re.findall(r'name="(revision|checked|command)" value="([^"]*)"', page))
    return client.post(f"/cases/{case.number}/check", {**hidden, **more})


def test_a_checked_application_is_submitted_and_its_receipt_shows_number_time_and_hash(
    city, manager, signed_in
):
    case = make_case(make_call(city), manager)

    sent = submit(signed_in, case)
    receipt = text_of(signed_in.get(sent.url))

    case.refresh_from_db()
    assert (sent.url, case.state) == (f"/cases/{case.number}/receipt", "submitted")
    assert case.number in receipt
    assert "2026-03-02 10:00:00（北京时间）" in receipt
    assert case.sections["years"] in receipt


def test_a_double_click_submits_once(city, manager, signed_in):
    case = make_case(make_call(city), manager)
    page = signed_in.get(f"/cases/{case.number}/check").content.decode()
    hidden = dict(re.findall(r'name="(revision|checked|command)" value="([^"]*)"', page))

    answers = [signed_in.post(f"/cases/{case.number}/check", hidden) for _ in range(2)]

    case.refresh_from_db()
    assert [one.url for one in answers] == [f"/cases/{case.number}/receipt"] * 2
    assert case.revision == int(hidden["revision"]) + 1


def test_what_changed_after_the_check_is_checked_again(city, manager, signed_in):
    case = make_case(make_call(city), manager)
    page = signed_in.get(f"/cases/{case.number}/check").content.decode()
    hidden = dict(re.findall(r'name="(revision|checked|command)" value="([^"]*)"', page))
    registry.state(manager.organisation, "years", "rd_spend", 800 * WAN, key="2025", actor=manager, at=AT)

    answered = signed_in.post(f"/cases/{case.number}/check", hidden)

    case.refresh_from_db()
    assert answered.status_code == 422
    assert "核对之后内容有了变化" in text_of(answered)
    assert case.state == "draft"


def test_the_check_says_what_is_missing_and_offers_no_button(city, manager, signed_in):
    case = applying.start(make_call(city), actor=manager, at=AT)

    page = signed_in.get(f"/cases/{case.number}/check")

    assert "请阅读并勾选申报声明" in text_of(page)
    assert 'name="checked"' not in page.content.decode()


def test_only_the_sections_asked_back_are_open(city, manager, signed_in):
    case = carried_to(city, make_case(make_call(city), manager), "submitted")
    case = workflow.apply(
        case, "send_back", actor=city.district, at=AT, sections=["account"], reason="账号有误。"
    )

    tasks = text_of(signed_in.get(f"/cases/{case.number}/"))
    closed = signed_in.post(
        f"/cases/{case.number}/parts/years", {"years:2025:rd_spend_0": "1", "years:2025:rd_spend_1": "元"}
    )
    account = {"holder": manager.organisation.name, "bank": "威海银行", "number": "6228480402564890026"}
    signed_in.post(f"/cases/{case.number}/parts/account", account)
    again = text_of(signed_in.get(f"/cases/{case.number}/"))
    sent = submit(signed_in, case)

    case.refresh_from_db()
    assert "账号有误。" in tasks
    assert "收款账户 需补正" in tasks
    assert closed.status_code == 422
    assert "收款账户 已补正" in again
    assert (sent.status_code, case.state) == (302, "submitted")


def test_a_case_under_way_says_who_has_it_and_until_when(city, manager, signed_in):
    case = carried_to(city, make_case(make_call(city), manager), "submitted")

    text = text_of(signed_in.get(f"/cases/{case.number}/"))

    assert "环翠区科技局 审核事实、核实金额，然后推荐" in text
    assert "2026-03-09 还有 5 个工作日" in text


def test_the_decision_stands_on_the_page_and_on_paper(city, manager, signed_in):
    case = decided(city, manager)

    page = text_of(signed_in.get(f"/cases/{case.number}/"))
    paper = signed_in.get(f"/cases/{case.number}/decision.pdf")
    receipt = signed_in.get(f"/cases/{case.number}/receipt.pdf")

    assert "关于下达研发投入递增补助的决定" in page
    assert paper.content[:5] == receipt.content[:5] == b"%PDF-"
    assert paper.headers["Content-Type"] == "application/pdf"


def test_withdrawing_takes_a_reason(city, manager, signed_in):
    case = carried_to(city, make_case(make_call(city), manager), "submitted")
    address = f"/cases/{case.number}/withdraw"
    revision = re.search(r'name="revision" value="(\d+)"', signed_in.get(address).content.decode()).group(1)

    silent = signed_in.post(address, {"revision": revision, "reason": " "})
    told = signed_in.post(address, {"revision": revision, "reason": "数据需要重新核实"})

    case.refresh_from_db()
    assert silent.status_code == 422
    assert (told.status_code, case.state, case.reason) == (302, "withdrawn", "数据需要重新核实")


def test_whoever_has_nothing_to_apply_for_learns_why(city):
    manager = make_grower(spend_wan=610, before_wan=600)

    answered = sign_in(manager).post(f"/calls/{make_call(city).number}/apply")

    text = text_of(answered)
    assert "现在没有可以申报的" in text
    assert "打开单位档案" in text
    assert not Case.objects.exists()


def test_own_cases_come_with_what_to_do_first(city, manager, signed_in):
    call = make_call(city)
    applying.start(call, actor=manager, at=AT)

    text = text_of(signed_in.get("/cases/"))

    assert re.search(r"等您办理 .*请提交 2026-04-01", text)


def test_the_first_page_shows_what_waits_and_which_calls_fit(city, manager, signed_in):
    call = make_call(city)

    before = text_of(signed_in.get("/home/"))
    applying.start(call, actor=manager, at=AT)
    after = text_of(signed_in.get("/home/"))

    assert "没有等您办理的事" in before
    assert re.search(r"可申报 .*最高 15.00 万元", before)
    assert "请提交" in after
    assert "打开我的申报" in after
