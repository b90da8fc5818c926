"""A technology SME is asked, answers, changes its mind, sees why and until when, keeps a PDF, and goes on by phone."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

TODAY = timezone.localdate()
SME = {
    "kind": "enterprise",
    "records": ["statuses", "contracts"],
    "statuses": ["tech_sme"],
    "statuses.tech_sme.granted_on": f"{TODAY.year}-01-01",
    "statuses.tech_sme.expires_on": f"{TODAY.year + 1}-12-31",
    "contracts": ["development"],
    "contracts.development.in_city": "yes",
    "contracts.development.side": "buyer",
    "contracts.development.counterparty": "university",
    "contracts.development.signed_on": (TODAY - timedelta(days=20)).isoformat(),
    "contracts.development.year": str(TODAY.year - 1),
    "contracts.development.paid": "100",
    "contracts.development.filed": "no",
    f"years.{TODAY.year - 1}.above_scale": "yes",
    f"years.{TODAY.year - 1}.has_rd_activity": "yes",
    f"years.{TODAY.year - 1}.rd_spend": "688",
    f"years.{TODAY.year - 2}.rd_spend": "600",
}
GO_ON = re.compile("^(继续|Continue)$")


def answer(page, known) -> str:
    key = page.locator("input[name=q]").get_attribute("value")
    value = known[key]
    if isinstance(value, list):
        for one in value:
            page.locator(f"input[type=checkbox][value={one}]").check()
    elif page.locator("input[type=radio]").count():
        page.locator(f"input[type=radio][value={value}]").check()
    else:
        page.locator("#v-1").fill(value)
    page.get_by_role("button", name=GO_ON).click()
    page.wait_for_function(
        "key => location.pathname === '/ask/results/' || (document.querySelector('input[name=q]') || {}).value !== key",
        arg=key,
    )
    return key


def answer_all(page, known) -> list[str]:
    page.goto("/ask/")
    page.get_by_role("link", name=re.compile("^(开始回答|Begin)$")).click()
    keys = []
    while page.locator("input[name=q]").count():
        keys.append(answer(page, known))
        page.wait_for_load_state()
    return keys


def test_an_sme_answers_changes_its_mind_and_goes_on_by_phone(open_page, violations, overflow):
    page = open_page()

    keys = answer_all(page, SME)

    assert set(keys) == set(SME)
    by = (TODAY + timedelta(days=40)).isoformat()
    assert f"最迟 {by} 为合同办理备案" in page.locator("main").inner_text()
    assert "还差 12 万元" in page.locator("main").inner_text()
    assert violations(page) == []

    row = page.locator("#b-9\\.rd_growth")
    row.locator("summary").first.click()
    row.locator(".checklist").wait_for()
    assert "增量超过 100万元" in row.inner_text()

    page.get_by_role("link", name=f"修改 {TODAY.year - 1} 研发投入（统计口径）").click()
    assert page.locator("#v-1").input_value() == "688"
    page.locator("#v-1").fill("900")
    page.get_by_role("button", name=GO_ON).click()
    page.wait_for_url("**/ask/results/**")
    assert "可申报最高 15.00 万元" in page.locator(".headline").inner_text().replace("\n", " ")

    with page.expect_download() as download:
        page.get_by_role("link", name="保存为 PDF").click()
    assert download.value.suggested_filename.endswith(".pdf")

    page.get_by_role("link", name="分享或换到手机").click()
    link = page.locator("#link").input_value()
    assert violations(page) == []
    phone = open_page(width=390)
    phone.goto(link)
    assert "可申报最高 15.00 万元" in phone.locator(".headline").inner_text().replace("\n", " ")
    assert overflow(phone) <= 0
    assert page.complaints == []


def test_without_a_script_in_english_all_is_there(open_page):
    page = open_page(language="en", width=390, java_script_enabled=False)
    page.goto("/ask/questions/")
    for key in ("kind", "records", "statuses"):
        assert page.locator("input[name=q]").get_attribute("value") == key
        values = SME[key] if isinstance(SME[key], list) else [SME[key]]
        for value in values:
            page.locator(f"input[value={value}]").check()
        page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="I do not know").click()

    page.get_by_role("link", name="Back").click()
    assert page.locator("input[name=q]").get_attribute("value") == "statuses.tech_sme.granted_on"
    page.locator("#v-1").fill("2025-03-01")
    page.get_by_role("button", name="Continue").click()
    page.get_by_text("Why do you ask?").click()
    page.locator(".ask-why blockquote").first.wait_for()

    page.get_by_role("link", name="See the result as it stands").click()
    assert "Go on answering" in page.locator("main").inner_text()
    page.locator("details.result summary").first.click()
    page.get_by_role("link", name="Every condition, the words of the text").first.click()
    page.locator(".checklist").first.wait_for()


@pytest.mark.parametrize(("language", "scheme", "width"), [("zh-hans", "light", 390), ("en", "dark", 1280)])
def test_every_question_serves_everybody(open_page, violations, overflow, language, scheme, width):
    page = open_page(language, scheme, width)
    found, wide = {}, {}

    for name, query in {
        "start": "/ask/",
        "choice": "/ask/questions/",
        "lists": "/ask/questions/?q=kind&v=enterprise",
        "wrong": "/ask/questions/?q=kind",
        "results": "/ask/results/",
        "broken": "/ask/results/?s=1abc",
    }.items():
        page.goto(query)
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        found[name] = violations(page)
        wide[name] = overflow(page)

    assert {name: lines for name, lines in found.items() if lines} == {}
    assert {name: pixels for name, pixels in wide.items() if pixels > 0} == {}
    assert [line for line in page.complaints if "400" not in line] == []
