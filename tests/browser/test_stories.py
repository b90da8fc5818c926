"""What a visitor does from the first page to the downloaded workbook, in a real browser on the whole site."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from openpyxl import load_workbook

from kechuang.reference.uscc import make_uscc


def enterprise(number: int, spend: str) -> dict[str, object]:
    return {
        "uscc": make_uscc("9", "1", "371002", f"MA{number:06d}"),
        "name": f"海滨{number}号公司",
        "kind": "enterprise",
        "statuses": [
            {"kind": "high_tech_enterprise", "granted_on": "2022-12-12", "expires_on": "2025-12-11"}
        ],
        "years": [
            {"year": 2023, "rd_spend": spend, "above_scale": True, "has_rd_activity": True},
            {"year": 2022, "rd_spend": "600万元"},
        ],
    }


@pytest.fixture
def file(tmp_path) -> Path:
    """One that may apply for 15 万元, one that is 99 万元 short, one with a mistake."""
    path = tmp_path / "海滨企业.json"
    cases = [enterprise(1, "900万元"), enterprise(2, "601万元"), enterprise(3, "很多")]
    path.write_text(json.dumps(cases, ensure_ascii=False), encoding="utf-8")
    return path


def hand_in(page, file: Path) -> None:
    page.goto("/assessments/")
    page.locator("#id_file").set_input_files(file)
    page.locator("#id_on").fill("2024-06-01")
    page.locator("#id_year").fill("2023")
    page.locator("form[enctype] button[type=submit]").click()


def test_from_upload_to_reasons_to_the_downloaded_workbook(open_page, file, tmp_path):
    page = open_page()

    hand_in(page, file)
    page.locator("table.subjects").wait_for()

    assert "可申报最高 15.00 万元" in page.locator("h1").inner_text().replace("\n", " ")
    assert "已测算 8 行 + 未受理 4 行" in page.locator(".result-head").inner_text()

    page.get_by_role("link", name="海滨1号公司").click()
    page.locator("#b-9\\.rd_growth > summary").click()
    reasons = page.locator("#b-9\\.rd_growth .reasoning").inner_text()
    assert "增长 10%（含）以上" in reasons
    assert "150,000.00 元" in reasons
    assert page.locator("#b-9\\.rd_growth .checklist .yes").count() == 7

    page.get_by_role("link", name="返回全部主体").click()
    page.get_by_role("link", name="查看未受理的行").click()
    assert "很多" in page.locator("table.faults").inner_text()

    with page.expect_download() as download:
        page.get_by_role("link", name="下载结果工作簿").click()
    download.value.save_as(tmp_path / "results.xlsx")
    assert len(load_workbook(tmp_path / "results.xlsx", read_only=True).sheetnames) > 1
    assert page.complaints == []


def test_a_refusal_says_by_how_much_in_english_too(open_page, file):
    page = open_page(language="en", width=390)

    hand_in(page, file)
    page.get_by_role("link", name="海滨2号公司").click()
    page.locator(".folded > summary").click()
    page.locator("#b-9\\.rd_growth > summary").click()

    assert "short by 590,000 yuan" in page.locator("#b-9\\.rd_growth .checklist").inner_text()


def test_all_works_without_a_script(open_page, file):
    page = open_page(java_script_enabled=False)

    hand_in(page, file)
    page.locator("table.subjects").wait_for()
    page.get_by_role("link", name="海滨1号公司").click()
    page.locator("#b-9\\.rd_growth > summary").click()

    assert page.locator("#b-9\\.rd_growth .reasoning").is_visible()


def test_the_template_filled_in_by_nobody_is_refused_with_a_sentence(open_page, tmp_path):
    page = open_page()
    page.goto("/assessments/")
    with page.expect_download() as download:
        page.get_by_role("link", name="下载空白表（中文）").click()
    empty = tmp_path / "空白表.xlsx"
    download.value.save_as(empty)

    hand_in(page, empty)

    page.get_by_role("heading", level=1, name="测").or_(
        page.get_by_role("heading", level=1, name="主体")
    ).wait_for()
    page.get_by_text("没有一家主体通过检查").or_(page.get_by_text("这份文件不能测算")).first.wait_for()


@pytest.mark.parametrize(
    ("name", "words"),
    [("宏.xlsm", "宏"), ("炸弹.xlsx", "空白表"), ("图片.xlsx", "空白表"), ("坏.json", "JSON")],
)
def test_a_bad_file_gets_a_sentence_and_the_site_lives_on(open_page, tmp_path, name, words):
    path = tmp_path / name
    if name == "宏.xlsm":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("[Content_Types].xml", "<Types/>")
            archive.writestr("xl/workbook.xml", "<workbook/>")
            archive.writestr("xl/vbaProject.bin", b"\0" * 100)
    elif name == "炸弹.xlsx":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("[Content_Types].xml", "<Types/>")
            archive.writestr("xl/worksheets/sheet1.xml", b"0" * 400_000_000)
    else:
        path.write_bytes(b"\x89PNG nothing" if name == "图片.xlsx" else b'[{"name": ')
    page = open_page()

    hand_in(page, path)
    page.get_by_role("heading", name="这份文件不能测算").wait_for()

    assert words in page.locator("main").inner_text()
    assert page.request.get("/health").status == 200


def test_a_file_past_the_limit_is_told_before_a_byte_is_sent(open_page, tmp_path):
    path = tmp_path / "大.xlsx"
    with path.open("wb") as file:
        file.truncate(65 * 1024**2)
    page = open_page()
    page.goto("/assessments/")

    page.locator("#id_file").set_input_files(path)

    assert "64 MB" in page.locator("#id_file").evaluate("field => field.validationMessage")


def test_a_subject_of_the_invented_city_can_be_found_by_benefit_and_outcome(open_page, example):
    page = open_page()
    page.goto(example)

    page.locator("#outcome").select_option("entitled")
    page.get_by_role("button", name="筛选").click()

    page.wait_for_url("**outcome=entitled**")
    rows = page.locator("table.subjects tbody tr")
    rows.first.wait_for()
    assert rows.count() < 50
