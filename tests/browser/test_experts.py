"""The pool, the expert's own page, recusals and a draw, as people look at them: on a desk and on a phone."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from experts.factories import make_decider, make_expert, make_officer, make_proposed
from factories import make_membership, make_organisation
from kechuang.accounts.roles import Role
from kechuang.experts import actions, declaring, drawing
from kechuang.experts.declaring import Said
from kechuang.experts.models import Work

pytestmark = pytest.mark.usefixtures("clock_at")
AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
SHOTS = os.environ.get("SHOTS", "")  # a folder for pictures, to look at


def a_pool():
    """An officer, a pool of seven, ties of several kinds, one draw carried out and one prepared."""
    officer = make_officer()
    make_decider()
    names = ("林海生", "于静怡", "孙立群", "毕文博", "丛晓燕", "欧阳明远", "邹建国")
    fields = (
        ("materials", "manufacturing"),
        ("electronics",),
        ("ocean",),
        ("finance",),
        ("biomedicine",),
        ("materials",),
    )
    homes = (
        "哈尔滨工业大学（威海）",
        "山东大学（威海）",
        "海洋研究院",
        "立信会计师事务所",
        "威海市立医院",
        "船舶设计院",
        "北洋大学",
    )
    firm = make_organisation(name="威海海鸥电机有限公司")
    pool = [
        make_expert(officer, name=name, employer=home, fields=fields[number % len(fields)])
        for number, (name, home) in enumerate(zip(names, homes, strict=True))
    ]
    make_proposed(officer, name="待批准的王工", born=date(1958, 1, 1), exception="船用低速机方向仅此一人")
    actions.check(pool[6], no_record=False, note="见通报", actor=officer, at=AT)
    actions.employ(pool[0], firm, "", (date(2018, 1, 1), date(2024, 6, 30)), actor=officer, at=AT)
    declaring.declare(
        Said("kinship", organisation=firm, note="配偶任财务总监"), actor=pool[1].membership, at=AT
    )
    paper = Work(
        kind="paper",
        title="高速永磁电机转子冷却",
        identifier="10.1/2025.7",
        on=date(2025, 7, 1),
        source="知网",
    )
    declaring.state_work(paper, pool[:2], [firm], actor=officer, at=AT)
    actions.add_absence(
        pool[2], date(2026, 4, 1), date(2026, 4, 10), "出国访问", actor=pool[2].membership, at=AT
    )
    days = (date(2026, 4, 1), date(2026, 4, 3))
    plan = drawing.Plan("2026 年第 7 条项目评审（装备组）", 2, 1, days, organisations=(firm.pk,))
    done = drawing.carry_out(
        drawing.prepare(plan, actor=officer, at=AT), witness="0302", actor=officer, at=AT
    )
    drawing.decline(done.drawn.get(place=1), reason="家中有事", actor=officer, at=AT)
    return officer, pool, done, drawing.prepare(plan, actor=officer, at=AT)


@pytest.mark.django_db(transaction=True)
def test_everybody_finds_their_page_whole_on_a_desk_and_on_a_phone(enter, violations, overflow):
    officer, pool, done, prepared = a_pool()
    reviewer = make_membership(Role.REVIEWER, scope="credit")
    drawn = done.seated()[0].membership
    visits = [
        ("pool", officer, "/experts/"),
        ("new", officer, "/experts/new/"),
        ("work", officer, "/experts/works/new/"),
        ("entry", officer, f"/experts/{pool[1].pk}/"),
        ("own", drawn, "/expert/"),
        ("recusals", pool[1].membership, "/recusals/"),
        ("declare", reviewer, "/recusals/"),
        ("draws", None, "/draws/"),
        ("draw-new", officer, "/draws/new/"),
        ("draw", None, f"/draws/{done.number}/"),
        ("draw-prepared", officer, f"/draws/{prepared.number}/"),
    ]
    found, wide = {}, {}
    for name, who, address in visits:
        for width, language in ((1280, "zh-hans"), (390, "en")):
            page = enter(who, width, language)
            page.goto(address)
            found[name, width] = violations(page)
            wide[name, width] = overflow(page)
            if SHOTS:
                page.screenshot(path=Path(SHOTS) / f"{name}-{width}.png", full_page=True)

    assert {place: lines for place, lines in found.items() if lines} == {}
    assert {place: by for place, by in wide.items() if by > 0} == {}


@pytest.mark.django_db(transaction=True)
def test_an_expert_declares_a_tie_and_gives_a_seat_to_a_substitute(enter):
    _officer, _pool, done, _prepared = a_pool()
    seat = done.seated()[0]
    firm = make_organisation(name="威海新港机械有限公司")

    page = enter(seat.membership)
    page.goto("/expert/")
    page.get_by_text("申报关联", exact=True).click()
    page.locator("#id_tie-kind").select_option("holding")
    page.locator("#id_tie-organisation").fill(firm.name)
    page.get_by_role("button", name="申报并回避").click()
    told = page.locator("main").inner_text()
    page.get_by_text("不能参加", exact=True).first.click()
    page.get_by_label("原因").fill("与评审时间冲突")
    page.get_by_role("button", name="提交").click()
    page.get_by_text("与评审时间冲突").wait_for()

    assert "现在回避：" in told
    assert firm.name in told
    assert seat not in done.seated()
