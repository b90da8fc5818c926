"""Story 10: banks and an insurer file what they know, once; enterprise, offices, pool and auditor work from it."""

from __future__ import annotations

import re

import pytest
from openpyxl import load_workbook

from stories.acting import a_pdf, act, become, download, fill, follow, hand_in, press, said, says, visit

pytestmark = pytest.mark.story

BANK, OTHER = "威海市商业银行科技支行（演示）", "齐鲁银行威海分行（演示）"
FIRM, DEBTOR = "威海拓新纤维有限公司（演示）", "威海双岛新材料有限公司（演示）"
CALL = "2026-25-01"
NUMBER = "ZY-2025-007"
SUBSIDY = "50,958.90"  # 1000 万元 × 3.10% (LPR of December 2024) × 300 / 365 × 20%


@pytest.fixture(scope="module")
def demo_site(begun):
    with begun() as demo:
        yield demo


@pytest.fixture(scope="module")
def codes(browser, demo_site):
    """The codes of the two firms by their names, as a department looks them up."""
    context = browser.new_context(base_url=demo_site.address, locale="zh-CN")
    page = context.new_page()
    page.look = lambda: None
    become(page, "keji-jingban")
    found = {}
    for name in (FIRM, DEBTOR):
        page.goto(f"/organisations/?q={name}")
        found[name] = re.search(r"[0-9A-Z]{18}", said(page))[0]
    context.close()
    return found


def test_a_bank_files_a_workbook_and_sees_the_wrong_cell(page, codes, tmp_path):
    become(page, "weishang")
    says(page, "金融报送", "贷款与条件")
    send(page, "interest", [pledge_loan(codes, principal="一千万")], tmp_path)

    says(page, "未受理 1 行", "计息本金", "一千万", FIRM)
    says(page, "没有可写入的行", "改正后重新上传")


def test_it_mends_the_cell_and_the_lines_become_facts(page, codes, tmp_path):
    become(page, "weishang")
    send(page, "loans", [pledge_contract(codes)], tmp_path)
    write(page)
    send(page, "interest", [pledge_loan(codes)], tmp_path)
    says(page, "新增 1 行", "未受理 0 行")

    write(page)

    says(page, "由初晓写入", "1,000 万元")


def test_another_bank_files_the_same_contract_and_an_officer_decides(page, codes, tmp_path):
    become(page, "qilu")
    send(page, "loans", [pledge_contract(codes, principal=9_800_000)], tmp_path)
    write(page)
    visit(page, "/filings/lines/")
    says(page, NUMBER)
    assert BANK not in said(page)

    become(page, "keji-jingban")
    visit(page, "/overlaps/")
    follow(page, FIRM)
    says(page, BANK, OTHER, "1,000 万元", "980 万元")
    fill(page, {"decision": "first", "reason": "同一合同由两家银行重复报送，以放款行的计息凭证为准。"})
    press(page, "确定")

    says(page, "只算第一项", "不再有效", "以放款行的计息凭证为准")


def test_the_firm_sees_what_is_filed_about_it_and_what_it_can_use(page):
    become(page, "tuoxin")
    visit(page, "/filings/lines/")
    says(page, BANK, NUMBER, "ZH-2025-018", "无需再填")
    assert OTHER not in said(page)

    visit(page, "/standing/finance/")
    says(page, "符合条件的", "知识产权质押贷款贴息", "额度最高")
    fill(page.locator("form.wish"), {"principal": "300万元", "days": "200", "rate": "3.45%"})
    press(page, "试算")

    says(page, "要花 约 5.67 万元 56,712.33 元")


def test_it_applies_without_typing_what_the_bank_has_filed(page, tmp_path):
    become(page, "tuoxin")
    visit(page, f"/calls/{CALL}/apply")
    says(page, f"{SUBSIDY} 元")
    press(page, "开始填报")
    number = re.search(rf"{CALL}-\d+", page.url)[0]
    hand_in(page, number, a_pdf(tmp_path))

    visit(page, f"/cases/{number}/check")
    says(page, NUMBER, "知识产权质押贷款", "1,000 万元", "300")
    assert "未填" not in said(page)
    press(page, "提交")

    says(page, "已收到您的申报", number)


def test_the_office_determines_the_interest_to_the_fen(page):
    become(page, "gaoqu")
    visit(page, "/tasks/")
    number = re.search(rf"{CALL}-\d+", said(page))[0]
    act(page, number, "recommend", amount=SUBSIDY.replace(",", ""))
    become(page, "zhiquan-jingban")
    act(page, number, "accept")

    become(page, "zhiquan-shending")
    act(page, number, "determine", amount=SUBSIDY.replace(",", ""))

    says(page, "已核定", f"{SUBSIDY} 元")


def test_an_insurer_files_a_cover_and_its_premium(page, codes, tmp_path):
    become(page, "haian")
    cover = ["BD-2026-031", "知识产权质押保险", "2026-01-01", "2026-12-31", 3_000_000, 60_000, "2026-01-05"]
    send(page, "covers", [[codes[FIRM], FIRM, *cover]], tmp_path)
    says(page, "新增 1 行")
    write(page)

    become(page, "tuoxin")
    visit(page, "/filings/lines/?record=covers")
    says(page, "BD-2026-031", "6 万元", "威海海岸财产保险有限公司（演示）")


def test_a_loss_is_shared_by_the_declared_ratios_and_half_of_it_recovered(page, codes, tmp_path):
    become(page, "weishang")
    send(page, "losses", [[codes[DEBTOR], DEBTOR, "ZH-2025-021", "2026-08-31", 1_200_000]], tmp_path)
    says(page, "新增 1 行")
    write(page)

    become(page, "keji-shending")
    visit(page, "/pools/")
    follow(page, "科技成果转化贷款风险补偿资金池")
    says(page, "待分担的损失", DEBTOR, "逾期", "省级 35%", "银行 30%")
    page.get_by_text("按比例分担", exact=True).click()
    fill(page.locator("form[action*='/losses/']"), {"reason": "逾期九十天，催收无果。"})
    press(page, "分担")
    says(page, "省级 42.00 万元", "市级 42.00 万元", "银行 36.00 万元", "尚未收回")

    become(page, "keji-jingban")
    visit(page, "/pools/")
    follow(page, "科技成果转化贷款风险补偿资金池")
    page.get_by_text("登记收回", exact=True).click()
    fill(page.locator("form[action$='/recover/']"), {"amount": "60万元", "reason": "处置抵押设备。"})
    press(page, "登记")

    says(page, "省级 21.00 万元", "市级 21.00 万元", "银行 18.00 万元", "60.00 万元")


def test_a_letter_to_the_province_is_prepared_by_one_and_issued_by_another(page, codes, tmp_path):
    become(page, "keji-jingban")
    visit(page, "/letters/new/")
    fill(page, {"benefit": "23.provincial_interest", "organisation": codes[FIRM], "year": "2025"})
    press(page, "审核并拟函")
    says(page, "推荐函", FIRM, "省级贴息", "50.00 万元")
    letter = re.sub(r"^https?://[^/]+", "", page.url)
    assert page.get_by_role("button", name="签发").count() == 0

    become(page, "keji-shending")
    visit(page, letter)
    press(page, "签发")
    says(page, "已签发", "周正")

    become(page, "tuoxin")
    visit(page, "/letters/")
    says(page, "省级贴息")
    visit(page, letter)
    paper = download(page, page.get_by_role("link", name="下载 PDF"), tmp_path)
    assert paper.read_bytes().startswith(b"%PDF")


def test_the_auditor_reads_all_of_it_and_changes_nothing(page):
    become(page, "shenji")
    fill(page, {"reason": "专项审计：科技金融资金。"})
    press(page, "开始")

    for place in ("/filings/", "/filings/lines/", "/overlaps/?decided", "/partners/", "/pools/", "/letters/"):
        visit(page, place)
        assert page.locator("main form[method=post]").count() == 0, place
    visit(page, "/pools/")
    follow(page, "科技成果转化贷款风险补偿资金池")
    says(page, "60.00 万元", "处置抵押设备")
    assert page.locator("main form[method=post]").count() == 0
    visit(page, "/overlaps/?decided")
    follow(page, FIRM)
    says(page, "以放款行的计息凭证为准")


def pledge_loan(codes, principal=10_000_000):
    """A row of the interest of a year, in the order of the empty sheet."""
    return [codes[FIRM], FIRM, NUMBER, 2025, "知识产权质押贷款", "2025-01-10", principal, 300]


def pledge_contract(codes, principal=10_000_000):
    """A row of the loan that bears the interest, in the order of the empty sheet."""
    days = ["2025-01-10", "2026-01-10"]
    return [codes[FIRM], FIRM, NUMBER, "知识产权质押贷款", principal, principal, *days]


def send(page, kind, rows, folder):
    """Download the empty sheet of a kind of filing, fill it in, upload it, and wait until it is checked."""
    visit(page, f"/filings/new/?kind={kind}")
    path = download(page, page.get_by_role("link", name="空白表").first, folder)
    book = load_workbook(path)
    sheet = book.worksheets[1]
    sheet.delete_rows(2)
    for place, row in enumerate(rows, start=2):
        for column, value in enumerate(row, start=1):
            sheet.cell(place, column).value = value
    book.save(path)
    page.locator("#id_file").set_input_files(path)
    press(page, "上传并检查")
    wait(page)


def write(page):
    """Let the lines of the filing become facts, and wait until they are."""
    press(page, "写入档案")
    wait(page)


def wait(page):
    """The page reloads by itself when the work in the background is done."""
    page.wait_for_selector("nav.tabs")
    page.look()
