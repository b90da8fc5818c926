"""From a raw text to an exported pack: draft, break a number, mend it, see the cost and the difference."""

from __future__ import annotations

import zipfile

import pytest

from kechuang.cli import main
from kechuang.drafting.files import shipped_files
from kechuang.policy.encoding.loading import pack_folder

TEXT = pack_folder("weihai-2023-5") / "source.txt"
EXAMPLES = """    examples:
      - title: {zh: 增量 100 万元多一分，补助 5 万元, en: one fen above an increment of 1 million}
        on: 2024-06-01
        facts:
          kind: enterprise
          statuses: [{kind: tech_sme, granted_on: 2023-05-20, expires_on: 2024-12-31}]
          years:
            - {year: 2023, rd_spend: 600.000001万元, above_scale: true, has_rd_activity: true}
            - {year: 2022, rd_spend: 500万元}
        expect: {outcome: may_apply, amount: 5万元}
      - title: {zh: 恰好 100 万元，不算超过, en: exactly 1 million does not exceed it}
        on: 2024-06-01
        facts:
          kind: enterprise
          statuses: [{kind: tech_sme, granted_on: 2023-05-20, expires_on: 2024-12-31}]
          years:
            - {year: 2023, rd_spend: 600万元, above_scale: true, has_rd_activity: true}
            - {year: 2022, rd_spend: 500万元}
        expect: {outcome: not_eligible}
      - title: {zh: 高校不是企业, en: a university is no enterprise}
        on: 2024-06-01
        facts: {kind: university}
        expect: {outcome: not_eligible, because: for}"""


def begin(page) -> str:
    """Begin a draft with the raw text of Weihai; its address."""
    page.goto("/draft/")
    page.locator("#id_t-file").set_input_files(TEXT)
    page.locator("#id_t-pack_id").fill("weihai-2027")
    page.locator("form[enctype] button[type=submit]").click()
    page.locator(".draft-rows").wait_for()
    return page.url


def change(page, old: str, new: str) -> None:
    """Select words in the editor as find does, and type others over them; the paste keeps indentation as it is."""
    page.locator(".cm-content").click()
    page.keyboard.press("Control+f")
    page.keyboard.type(old)
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    page.keyboard.insert_text(new)


@pytest.fixture(scope="module")
def drafted(browser, site):
    """The address of a draft of Weihai's text that several tests read."""
    page = browser.new_page(base_url=site)
    page.set_default_timeout(60_000)
    address = begin(page)
    page.close()
    return address.removeprefix(site)


def test_from_a_raw_text_to_an_exported_pack(open_page, tmp_path):
    page = open_page()
    address = begin(page)
    assert page.locator(".draft-rows tbody tr:not(.heading)").count() == 36

    page.locator("a[href$='/measures/9/']").first.click()
    change(page, "value: 5%", "value: 6%")
    fault = page.locator(".faults-found li", has_text="原文是 5%")
    fault.wait_for()
    assert "写的是 6%" in fault.inner_text()
    assert page.locator("#clause .token-error", has_text="5%").count() == 1
    assert page.locator(".cm-lint-marker-error").count() == 1

    change(page, "value: 6%", "value: 5%")
    page.locator("#findings .all-well").wait_for()
    change(page, "stacking: {rule: ask}", f"stacking: {{rule: ask}}\n{EXAMPLES}")
    page.locator("#examples-heading .is-well").wait_for()
    page.locator("#note").fill("补写算例")
    page.get_by_role("button", name="保存", exact=True).click()
    page.wait_for_url("**saved=1")
    assert page.locator("#examples tbody tr").count() == 3

    page.get_by_role("button", name="多花多少钱").click()
    page.locator(".effect-line").wait_for()
    assert page.locator(".effect-line").inner_text().startswith(("多花", "少花"))

    page.goto(address + "compare/")
    assert "补写算例" in page.locator("#to").inner_text()
    assert page.locator(".diff ins", has_text="examples:").count() == 1

    with page.expect_download() as download:
        page.get_by_role("link", name="导出政策包").click()
    download.value.save_as(tmp_path / "pack.zip")
    with zipfile.ZipFile(tmp_path / "pack.zip") as archive:
        archive.extractall(tmp_path)
    assert "补助 5 万元" in shipped_files(tmp_path / "weihai-2027")["measures/09.yaml"]
    assert (
        main(["pack", "check", str(tmp_path / "weihai-2027")]) == 1
    )  # the other measures still want examples
    assert page.complaints == []


def test_the_story_in_english_on_a_phone(open_page, drafted):
    page = open_page(language="en", width=390)
    page.goto(drafted + "measures/9/")
    assert "不超过增量" in page.locator("#clause").inner_text().replace(" ", "")
    assert "at least" in page.locator("#sentences").inner_text()

    page.get_by_text("Encoding", exact=True).first.click()
    change(page, "value: 5%", "value: 6%")

    page.locator(".faults-found li", has_text="the text says 5%").wait_for()
    assert page.locator("#sentences").is_hidden()
    assert page.complaints == []


def test_text_that_was_not_saved_waits_in_the_browser(open_page, drafted):
    page = open_page()
    page.goto(drafted + "measures/9/")
    change(page, "value: 5%", "value: 6%")
    page.locator(".faults-found").wait_for()

    page.reload()
    page.get_by_role("button", name="取回这份文字").click()

    assert "value: 6%" in page.locator(".cm-content").inner_text()
    page.locator(".faults-found li", has_text="6%").wait_for()


def test_the_editor_can_be_left_by_keyboard(open_page, drafted):
    page = open_page()
    page.goto(drafted + "measures/9/")
    page.locator(".cm-content").focus()
    focused = "document.activeElement.id || document.activeElement.className"

    page.keyboard.press("Tab")
    assert page.evaluate(focused) == "code-host"
    page.keyboard.press("Control+z")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")

    assert page.evaluate(focused) != "code-host"
    assert "Esc" in page.locator("#code-help").inner_text()


def test_drafting_works_without_a_script(open_page):
    page = open_page(java_script_enabled=False)
    page.goto("/draft/")
    page.locator("#id_p-pack").select_option("example-city")
    page.locator("#id_p-pack_id").fill("next-year")
    page.get_by_role("button", name="复制并开始起草").click()
    page.locator("a[href$='/measures/1/']").first.click()
    text = page.locator("#code").input_value()

    page.locator("#code").fill(text.replace("value: 15%", "value: 16%"))
    page.get_by_role("button", name="只检查，不保存").click()
    assert "原文是 15%" in page.locator("#findings").inner_text()
    page.get_by_role("button", name="保存", exact=True).click()

    assert "第 2 版" in page.locator("#saved").inner_text()
    assert page.locator("#examples .failed").count() > 0


@pytest.mark.parametrize(("language", "scheme", "width"), [("zh-hans", "light", 390), ("en", "dark", 1280)])
def test_the_pages_of_a_draft_serve_everybody(
    open_page, drafted, violations, overflow, language, scheme, width
):
    page = open_page(language, scheme, width)
    found, wide = {}, {}

    for name in (
        "start",
        "",
        "measures/9/",
        "measures/15/",
        "files/source.txt/",
        "versions/",
        "compare/",
        "effect/",
        "delete/",
    ):
        page.goto("/draft/" if name == "start" else drafted + name)
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        found[name] = violations(page)
        wide[name] = overflow(page)

    assert {name: lines for name, lines in found.items() if lines} == {}
    assert {name: pixels for name, pixels in wide.items() if pixels > 0} == {}
    assert page.complaints == []
