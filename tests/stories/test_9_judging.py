"""Story 9: experts are drawn in public, judge four agencies each alone, meet; a person sets the sums."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from playwright.sync_api import Page

from stories.acting import act, become, fill, follow, forward, press, said, says, visit
from stories.conftest import PHONE

pytestmark = pytest.mark.story

CALL = "2026-17-01"
PANEL = "高企培育评审组"
YANGFAN, LINGHANG, QIMING, BOYUAN = (
    "威海扬帆科技服务有限公司（演示）",
    "威海领航知识产权服务有限公司（演示）",
    "荣成启明企业咨询有限公司（演示）",
    "文登博远管理咨询有限公司（演示）",
)
SCORES = {YANGFAN: "9", LINGHANG: "8", QIMING: "7", BOYUAN: "5"}
FAR_OFF = "4"  # what one of the experts gives 启明, where the others give 7
EMPLOYED = "郝"  # 郝建平 works at 博远, which applies
PROPOSED = "辛"  # 辛可为 is not confirmed


def today(page: Page) -> date:
    """The day of the demonstration's clock, which other stories may have put forward."""
    return datetime.strptime(forward(page), "%Y-%m-%d %H:%M").date()  # noqa: DTZ007 - as the page says it


def become_expert(page: Page, name: str) -> None:
    """Take the place of somebody by name."""
    visit(page, "/demo/")
    press(page, page.locator("main tbody tr", has_text=name).locator("button"))


def open_panel(page: Page) -> None:
    """Open the panel from the list of panels."""
    visit(page, "/panels/")
    follow(page, PANEL)


def on_the_panel(page: Page) -> list[str]:
    """Who sits on the panel, the chair first."""
    become(page, "keji-jingban")
    open_panel(page)
    seats = page.locator("main ul.document-list li:has(strong)").all()
    seats.sort(key=lambda one: "组长" not in one.inner_text())
    return [one.locator("strong").inner_text() for one in seats]


def waiting(page: Page, heading: str) -> list[tuple[str, str]]:
    """(whose case, address of its sheet) of what waits under this heading on the page of one's reviews."""
    visit(page, "/reviews/")
    lines = page.locator("main section", has=page.get_by_role("heading", name=heading)).locator("li")
    found = []
    for line in lines.all():
        whose = next((one for one in SCORES if one in line.inner_text()), "")
        found.append((whose, line.locator("a").get_attribute("href") or ""))
    return found


def write_sheet(page: Page, points: str, team: str) -> None:
    """Fill in a sheet with the same points everywhere but for the team."""
    marks = dict.fromkeys(("clients", "success", "satisfaction"), points)
    fill(page, {f"score-{name}": value for name, value in {**marks, "team": team}.items()})


def seal_sheet(page: Page) -> None:
    """Check the sheet and hand it in."""
    press(page, "核对并提交")
    says(page, "提交前核对", "满分 100")
    press(page, "提交评分表")
    says(page, "评分表已提交")


def test_an_agency_has_asked_that_somebody_be_kept_off_and_an_officer_answers(page, open_page):
    phone = open_page(PHONE)
    become(phone, "qiming")
    visit(phone, f"/cases/{CALL}-00003/recusals/")
    says(phone, "郝建平", "待答复")

    become(page, "keji-jingban")
    visit(page, "/tasks/")
    follow(page, "回避申请")
    follow(page, QIMING)
    says(page, "该专家任职的公司与我单位同时参评")
    page.get_by_label("郝建平").check()
    fill(page, {"upheld": "yes", "text": "经核实属实。"})
    press(page, "答复")
    says(page, "准予", "登记回避 1 人")
    visit(page, "/recusal-requests/?state=all")
    says(page, "威海海联技术转移有限公司（演示）", "准予", "未予准许")

    visit(phone, f"/cases/{CALL}-00003/recusals/")

    says(phone, "准予", "郝建平")


def test_the_officer_freezes_the_pool_and_draws_before_a_witness(page):
    on = today(page)
    become(page, "keji-jingban")
    visit(page, "/draws/")
    follow(page, "准备抽取")
    days = {"first_day": on.isoformat(), "last_day": (on + timedelta(days=30)).isoformat()}
    people = {"seats": "5", "substitutes": "1", "fields_": ["management"]}
    fill(page, {"purpose": "2025 年度高企培育机构评价", "subject": CALL, **days, **people})
    press(page, "冻结名单")
    says(page, "可抽取 6 位", "同一单位至多 1 人", "与申报单位有关联，需回避 1", "名单与公布的校验值一致")

    fill(page, {"carry-witness": "3 09 14 21 27 33"})
    press(page, "抽取")

    says(page, "已按公布的种子重新推算，结果一致", "3 09 14 21 27 33")
    drawn = said(page, "main table")
    assert drawn.count("有席位") == 5
    assert drawn.count("候补") == 1
    assert EMPLOYED not in drawn
    assert PROPOSED not in drawn


def test_anybody_reads_the_draw_and_checks_it(open_page):
    page = open_page(PHONE)
    visit(page, "/draws/")
    follow(page, "C2026-002")

    says(page, "2025 年度高企培育机构评价", "种子承诺", "已按公布的种子重新推算，结果一致")
    page.locator("summary", has_text="查看名单").click()
    says(page, "郝某某", "与申报单位有关联，需回避")
    assert "郝建平" not in page.content()


def test_the_officer_forms_the_panel_of_the_draw_and_puts_the_cases_before_it(page):
    due = today(page) + timedelta(days=6)
    become(page, "keji-jingban")
    visit(page, "/draws/C2026-002/")
    rows = page.locator("main table").first.locator("tbody tr").all()
    seated = [row.locator("th").inner_text() for row in rows if "有席位" in row.inner_text()]
    visit(page, f"/calls/{CALL}/panels/new/")
    drawn = page.locator("[name=draw] option", has_text="C2026-002").get_attribute("value")
    chair = page.locator("[name=chair] option", has_text=seated[0]).get_attribute("value")
    fill(page, {"name": PANEL, "scores_due_at": f"{due}T17:00", "draw": drawn, "chair": chair})
    press(page, "组建评审组")
    says(page, "由抽取 C2026-002 产生", "组长", *seated)

    for place in range(1, 5):
        act(page, f"{CALL}-{place:05d}", "evaluate", panel=PANEL)

    open_panel(page)
    says(page, *SCORES)


def test_one_who_was_drawn_declares_a_tie_and_is_not_offered_that_case(page):
    last = on_the_panel(page)[-1]
    become_expert(page, last)
    visit(page, "/expert/")
    form = page.locator("form[action$='/tie/']")
    page.locator("summary", has_text="申报关联").click()
    fill(
        form,
        {"tie-kind": "paid", "tie-organisation": YANGFAN, "tie-note": "2025 年为该单位授课两次，取得报酬。"},
    )
    press(page, "申报并回避")
    says(page, "现在回避", YANGFAN)

    become(page, "keji-jingban")
    open_panel(page)
    follow(page, "分配专家")
    says(page, "须回避", "这是按领域契合和工作量均衡提出的方案", last)
    row = page.locator("table.assign-table tr", has_text=YANGFAN)
    assert row.locator("input").count() == 4
    press(page, "确认专家分配")
    press(page, "开始打分")

    says(page, "0 / 16")


def test_an_expert_scores_on_a_phone_and_loses_nothing_when_the_page_is_gone(page, open_page):
    phone = open_page(PHONE)
    sheets = []
    for name in on_the_panel(page):
        become_expert(phone, name)
        sheets = waiting(phone, "待打分")
        if QIMING in dict(sheets):
            break
    visit(phone, sheets[0][1])
    for field, typed, onward in (
        ("#score-clients", "6.5", "#reason-clients"),
        ("#reason-clients", "服务企业多，覆盖三个区市。", "#score-success"),
    ):
        with phone.expect_response(lambda answer: "/save/" in answer.url):
            phone.locator(field).fill(typed)
            phone.locator(onward).focus()
    phone.locator("#saved", has_text="已保存").wait_for()

    phone.reload()

    assert phone.locator("#score-clients").input_value() == "6.5"
    assert phone.locator("#reason-clients").input_value() == "服务企业多，覆盖三个区市。"
    for whose, address in sheets:
        visit(phone, address)
        write_sheet(phone, FAR_OFF if whose == QIMING else SCORES[whose], team=SCORES[whose])
        seal_sheet(phone)
    says(phone, "没有待打分的申报")


def test_the_others_score_at_their_desks_and_nobody_sees_a_score(page):
    for name in on_the_panel(page):
        become_expert(page, name)
        for whose, address in waiting(page, "待打分"):
            visit(page, address)
            write_sheet(page, SCORES[whose], team=SCORES[whose])
            seal_sheet(page)

    become(page, "keji-jingban")
    open_panel(page)

    says(page, "16 / 16", "打分截止")
    assert "90.00" not in page.content()
    assert "评审结果" not in said(page)


def test_the_deadline_passes_and_the_one_far_off_says_why(page):
    forward(page, weeks=1)
    names = on_the_panel(page)
    says(page, "评审结果", "离群，待说明", "90.00", "80.00", "70.00", "50.00")

    asked = []
    for name in names:
        become_expert(page, name)
        asked += waiting(page, "请作书面说明")
        if asked:
            break
    assert [whose for whose, _ in asked] == [QIMING]
    visit(page, asked[0][1])
    says(page, "分数不变")
    fill(page, {"explain-words": "12 家认定企业中有 5 家在签约前已具备条件，成效不应全部计入。"})
    press(page, "提交说明")

    on_the_panel(page)
    says(page, "离群，说明", "12 家认定企业中有 5 家在签约前已具备条件")


def test_the_panel_meets_one_dissents_and_the_chair_concludes(page):
    names = on_the_panel(page)
    on = today(page)
    become(page, "keji-jingban")
    open_panel(page)
    press(page, page.locator("main a[href$='/meeting/']"))
    minutes = "逐件审阅得分和书面说明，对第三件的成效口径作了讨论，同意按得分拟定等次。"
    fill(page, {"held_on": on.isoformat(), "minutes": minutes})
    for one in page.locator("[name=present]").all():
        one.check()
    press(page, "保存会议记录")
    says(page, "拟定等次", *SCORES)
    press(page, "保存等次")

    become_expert(page, names[1])
    visit(page, "/reviews/")
    press(page, page.locator("main a[href^='/panels/']", has_text=PANEL))
    page.locator("summary", has_text="提出保留意见").click()
    fill(page, {"dissent-words": "启明的认定成功率低于全市平均，定为合格偏高。"})
    press(page, "提出保留意见")
    says(page, "启明的认定成功率低于全市平均")
    become_expert(page, names[0])
    visit(page, "/reviews/")
    press(page, page.locator("main a[href^='/panels/']", has_text=PANEL))
    press(page, "确认评审会结论")

    says(page, "结论确认", "启明的认定成功率低于全市平均")
    assert page.get_by_role("button", name="确认评审会结论").count() == 0


def test_the_officer_takes_the_grades_and_the_decider_sets_the_sums(page):
    become(page, "keji-jingban")
    open_panel(page)
    press(page, "按会议结论评定等次")
    visit(page, f"/calls/{CALL}/evaluation/")
    says(page, "认定成功率", "55.00%", "优秀", "良好", "合格", "不合格")

    become(page, "keji-shending")
    visit(page, f"/calls/{CALL}/evaluation/")
    follow(page, "确定核定金额")
    says(page, "可用 80.00 万元", "已按可用资金压减")
    sums = {1: "40 万元", 2: "25 万元", 3: "15 万元"}
    fill(page, {f"sum-{CALL}-{place:05d}": said_sum for place, said_sum in sums.items()})
    fill(page, {"reason": "总额 80 万元以内，优秀从高，合格从低，兼顾服务企业数量。"})
    press(page, "按以上金额核定")
    says(page, "已按所选金额核定", "优秀从高")
    act(page, f"{CALL}-00004", "reject", reason="绩效评价结果为不合格，不符合奖励条件。")

    visit(page, f"/calls/{CALL}/settle/")
    says(page, "核定合计 80.00 万元")
    press(page, "确认分配")


def test_the_sums_are_published(page):
    become(page, "keji-jingban")
    visit(page, "/tasks/?act=publish")
    says(page, f"{CALL}-00001", f"{CALL}-00003")
    press(page, page.locator("button[name=go][value=all]"))
    press(page, "批量发布公示")
    press(page, page.locator("main button.btn-primary").first)

    visit(page, f"/notices/{CALL}-N1/")
    says(page, YANGFAN, LINGHANG, QIMING, "400,000.00", "250,000.00", "150,000.00")
    assert BOYUAN not in said(page)


def test_an_auditor_reads_all_of_it(page):
    become(page, "shenji")
    if "开始工作时段" in said(page):
        fill(page, {"reason": "专项审计：2025 年度高企培育机构评价。"})
        press(page, "开始")
    open_panel(page)
    says(page, "评审结果", "离群，说明：", "启明的认定成功率低于全市平均", "由抽取 C2026-002 产生")
    visit(page, f"/calls/{CALL}/allocation/")
    says(page, "已作的选择", "优秀从高，合格从低")
    visit(page, "/recusals/")
    says(page, YANGFAN)
