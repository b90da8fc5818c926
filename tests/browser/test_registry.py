"""A department brings in a list; an enterprise fills in what is left, and disputes what is wrong."""

from __future__ import annotations

from datetime import date

import pytest
from django.contrib.sessions.backends.db import SessionStore

from browser.conftest import AXE
from factories import AT, make_department, make_membership, make_organisation
from kechuang.accounts.roles import Role
from kechuang.journal import clock
from kechuang.registry import actions, working
from kechuang.registry.models import Correction, Fact, ListImport
from registry.factories import PDF, STATUSES, workbook


@pytest.fixture
def visit(browser, live_server, settings, data_folder, monkeypatch):
    """A function that opens a page of the site as a person who is signed in."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # the browser's loop runs in the thread of the test
    settings.EVIDENCE_ROOT = data_folder / "evidence"
    settings.CLAMD = ""
    contexts = []

    def opened(membership, **more):
        session = SessionStore()
        session["_auth_user_id"] = str(membership.user_id)
        session["_auth_user_backend"] = settings.AUTHENTICATION_BACKENDS[0]
        session["_auth_user_hash"] = membership.user.get_session_auth_hash()
        session.save()
        context = browser.new_context(base_url=live_server.url, **more)
        context.set_default_timeout(60_000)
        context.add_cookies([{"name": "sessionid", "value": session.session_key, "url": live_server.url}])
        contexts.append(context)
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()


def file(name, data):
    return {"name": name, "mimeType": "application/octet-stream", "buffer": data}


def violations(page):
    page.evaluate(AXE.read_text(encoding="utf-8"))
    return [one["id"] for one in page.evaluate("axe.run()")["violations"]]


@pytest.mark.django_db(transaction=True)
def test_a_list_comes_in_and_a_figure_is_filled_in_and_another_disputed(visit):
    enterprise = make_organisation(name="海创智能装备有限公司")
    clerk = make_membership(Role.CLERK, enterprise)
    officer = make_membership(Role.OFFICER, make_department())
    actions.state(
        enterprise, "years", "rd_spend", "712.5万元", key="2025", actor=officer, at=AT, source="list"
    )

    page = visit(officer)
    page.goto("/lists/new/")
    page.get_by_label("名录（.xlsx）").set_input_files(
        file(
            "名录.xlsx",
            workbook(STATUSES, [enterprise.uscc, "", "高新技术企业", "国家级", "GR1", date(2025, 11, 3)]),
        )
    )
    page.get_by_label("名录叫什么").fill("2025 年第二批高新技术企业")
    page.get_by_role("button", name="上传并比对").click()
    page.get_by_text("等待处理").wait_for()
    working.read_list(ListImport.objects.get().pk)
    page.get_by_text(
        "新增 1 行，更改 0 行，相同 0 行，未受理 0 行。"
    ).wait_for()  # the page looks again by itself
    assert page.get_by_text("推算", exact=True).count() == 1
    page.get_by_role("button", name="写入档案").click()
    working.apply_list(ListImport.objects.get().pk, clock.now)
    page.get_by_text("5 项事实更新").wait_for()
    assert violations(page) == []

    own = visit(clerk)
    own.goto("/organisation/")
    assert own.locator(".timeline-bar").count() == 2  # the certificate and the year
    assert violations(own) == []
    own.get_by_role("link", name="填写：年度数据 2025").click()
    assert own.get_by_text("部门已提供，不用填").count() == 1
    own.get_by_label("2025 年的销售收入是多少？").fill("9800")
    own.get_by_label("2025 年有多少从业人员？").click()  # leaving the answer saves it
    own.get_by_text("已保存").wait_for()
    assert Fact.objects.get(field="sales").value == 9_800_000_000

    own.get_by_role("link", name="更正：研发投入（统计口径）").click()
    own.get_by_label("研发投入（统计口径）").fill("731.2")
    own.get_by_label("为什么不对").fill("漏报了委外研发费用")
    own.get_by_label("证明材料（可不传）").set_input_files(file("审计报告.pdf", PDF))
    own.get_by_role("button", name="提交更正申请").click()
    own.get_by_text("还有 10 个工作日").wait_for()

    page.goto("/corrections/")
    page.get_by_role("link", name="研发投入（统计口径）").click()
    page.get_by_label("答复的理由").fill("与审计报告核对无误")
    page.get_by_role("button", name="采纳并更正").click()
    page.get_by_text("已采纳").wait_for()
    assert violations(page) == []
    assert Correction.objects.get().state == "upheld"
    own.goto("/organisation/")
    own.get_by_text("731.2 万元").wait_for()


@pytest.mark.django_db(transaction=True)
def test_facts_are_filled_in_without_a_script_on_a_phone(visit):
    clerk = make_membership(Role.CLERK)
    page = visit(clerk, java_script_enabled=False, viewport={"width": 390, "height": 844})

    page.goto("/organisation/")
    page.get_by_role("link", name="年度数据").click()
    page.get_by_label("年度").fill("2025")
    page.get_by_role("button", name="继续").click()
    page.get_by_label("2025 年的销售收入是多少？").fill("9800")
    page.get_by_role("button", name="保存").click()

    page.get_by_text("9,800 万元").wait_for()
