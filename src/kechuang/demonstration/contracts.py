"""A project of summer whose contract waits for its undertaker, who has sent the first draft back."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from kechuang.chains.actions import Written
from kechuang.demonstration import challenges
from kechuang.demonstration.city import WAN, City, day, send_in
from kechuang.demonstration.payments import issue
from kechuang.fulfilment import applying, clockwork, workflow
from kechuang.fulfilment.models import Case
from kechuang.fulfilment.projects import bids, filling
from kechuang.fulfilment.projects.contracts import Planned
from kechuang.treasury.models import Appropriation

UNDERTAKER: Final = "gongguan"
NEED: Final = Written(
    kind="bottleneck",
    title="碳化炉炉口密封与能耗控制",
    title_en="Sealing and energy use of carbonisation furnaces",
    summary="需要碳化炉炉口非接触密封和余热回用技术，降低氮气和电力消耗。",
    current="现有炉口每小时耗氮气 180 立方米，吨丝耗电 2.4 万千瓦时。",
    conditions="可在一条千吨线上停机改造，每次不超过十天。",
    targets=[("氮气消耗", "下降 30% 以上，连续运行 720 小时实测"), ("吨丝耗电", "下降 15% 以上，第三方检测")],
    confidential=("current",),
    deadline=date(2027, 12, 31),
    budget_fen=80 * WAN,
)
APPROACH: Final = "以气幕与石墨迷宫组合密封炉口，回收排气余热预热氮气，先在一个炉口试验，再用于全线。"
GRANTED: Final = 60 * WAN
STAGES: Final = (
    ("单炉口试验", "单个炉口氮气消耗下降 30% 以上，连续运行 240 小时", date(2026, 12, 15), 25 * WAN),
    ("全线应用", "全线吨丝耗电下降 15% 以上，第三方检测", date(2027, 3, 31), 35 * WAN),
)
LATER: Final = date(2027, 8, 31)  # the day of the second stage as it was drafted anew
NUMBER: Final = "威科合〔2026〕0007号（演示）"
WHY: Final = "第二阶段期限太短：全线改造须等生产线年度检修停机，请延至 2027 年 8 月底。"


def make_project(city: City, money: Appropriation) -> Case:
    """A need, a bid, its selection and decision; a contract drafted, sent back with the reason, drafted anew."""
    people = city.people
    need = challenges.make_need(people, day(6, 9), NEED)
    call = challenges.list_need(people, need, money, (day(6, 22, 9), day(7, 3, 17)), wan=80)
    manager = people[UNDERTAKER]
    case = applying.start(call, actor=manager, at=day(6, 29), key=need.number)
    filling.propose(case, APPROACH, GRANTED, actor=manager, at=day(6, 29, 11))
    case = send_in(case, manager, day(6, 29, 14))
    clockwork.strike(day(7, 3, 18))
    officer, decider = people["keji-jingban"], people["keji-shending"]
    bids.open_all(call, actor=officer, at=day(7, 6))
    case = workflow.apply(case, "accept", actor=officer, at=day(7, 6, 14))
    case = bids.select(case, date(2026, 7, 8), actor=decider, at=day(7, 8))
    case = workflow.apply(case, "determine", actor=decider, at=day(7, 8, 14), amount=GRANTED)
    [case] = issue(city, call, [case.pk], day(7, 9))
    case = _draft(city, case, STAGES[1][2], day(8, 17))
    case = workflow.apply(case, "return_contract", actor=manager, at=day(8, 24), reason=WHY)
    return _draft(city, case, LATER, day(9, 1))


def _draft(city: City, case: Case, second: date, at: datetime) -> Case:
    """The contract as the office drafts it, the second stage due on a day."""
    first, (title, criteria, _, fen) = STAGES
    milestones = [Planned(*first), Planned(title, criteria, second, fen)]
    given: dict[str, Any] = {"contract_number": NUMBER, "own_fen": 40 * WAN, "milestones": milestones}
    return workflow.apply(case, "draft_contract", actor=city.people["keji-jingban"], at=at, **given)
