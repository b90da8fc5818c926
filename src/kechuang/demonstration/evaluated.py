"""A yearly evaluation that is over: who is to be kept off, the draw, sheets, the meeting, the sum, the payment."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from kechuang.demonstration.city import WAN, City, day, send_in
from kechuang.demonstration.judging import YEAR
from kechuang.demonstration.payments import issue, pay_out
from kechuang.experts import drawing
from kechuang.fulfilment import applying, clockwork, workflow
from kechuang.fulfilment.judging import allocations, assigning, meetings, panels, requests, sheets
from kechuang.fulfilment.judging.allocating import BY_GRADE, Terms
from kechuang.fulfilment.judging.models import Panel
from kechuang.fulfilment.judging.requests import Plea
from kechuang.fulfilment.models import Call, Case
from kechuang.registry import actions as registry

BENEFIT: Final = "14.transfer_agency"
KIND: Final = "technology_transfer"
FACTS: Final = {"kind": KIND, "year": YEAR, "level": "municipal", "filed_on": date(2021, 5, 1)}
SCORES: Final = {"hailian": ("9.5", "9", "9"), "linghang": ("8", "8.5", "8"), "qiming": ("6.5", "7", "6.5")}
"""Who is judged, and the points that the experts give on every criterion, in turn."""
PURPOSE: Final = "2025 年度技术转移服务机构评价"
GIVEN: Final = 10 * WAN
WHOM: Final = "邱敏之"
UPHELD: Final = Plea(
    WHOM, "烟台知识产权研究会（演示）", "rival", "该专家担任同类服务机构的顾问，与我单位有竞争。"
)
REFUSED: Final = Plea("", "山东海岬大学（演示）", "rival", "该校技术转移中心与我单位业务相近。")
WHY_REFUSED: Final = "该校在库专家不在技术转移中心任职，也不参与其经营，事由不成立。"
OPEN: Final = Plea(
    "郝建平", "文登博远管理咨询有限公司（演示）", "rival", "该专家任职的公司与我单位同时参评。"
)
"""Asked of the evaluation that has not begun: left to whoever looks on."""


def apply_all(city: City, call: Call) -> dict[str, Case]:
    """The agencies' applications, submitted; by user name."""
    found = {}
    for place, username in enumerate(SCORES):
        manager, at = city.people[username], day(7, 1) + timedelta(hours=place)
        for name, value in FACTS.items():
            registry.state(
                manager.organisation, "agencies", name, value, key=f"{KIND}|{YEAR}", actor=manager, at=at
            )
        case = applying.start(call, actor=manager, at=at, key=f"{KIND}|{YEAR}")
        found[username] = send_in(case, manager, at)
    return found


def keep_off(city: City, case: Case) -> None:
    """Two requests of an agency: one upheld, so that nobody draws that expert for it, one refused with the reason."""
    officer, manager = city.people["keji-jingban"], city.people["hailian"]
    first, second = (requests.ask(case, plea, actor=manager, at=day(7, 2)) for plea in (UPHELD, REFUSED))
    people = [one.key for one in requests.meant(first, day(7, 6)) if one.name == WHOM]
    requests.answer(first, upheld=True, text="", people=people, actor=officer, at=day(7, 6))
    requests.answer(second, upheld=False, text=WHY_REFUSED, actor=officer, at=day(7, 6, 11))


def judge(city: City, call: Call, cases: dict[str, Case]) -> None:
    """Drawn, judged, met, graded; the one that is excellent is given its sum, decided and paid."""
    panel = _scored(city, call, cases)
    _met(city, panel)
    decider, best = city.people["keji-shending"], cases.pop("hailian")
    why = "评价结果为优秀，按条款上限支持。"
    terms, sums = Terms(allocations.PARTS), {best.number: GIVEN}
    allocations.choose(call, BY_GRADE, terms, sums, why, actor=decider, at=day(7, 21))
    for case in cases.values():
        reason = "绩效评价结果不是优秀，不符合补助条件。"
        workflow.apply(case, "reject", actor=decider, at=day(7, 21, 11), reason=reason)
    pay_out(city, issue(city, call, [best.pk], day(7, 22)), day(8, 5))


def _scored(city: City, call: Call, cases: dict[str, Case]) -> Panel:
    """A panel that was drawn, every sheet sealed, its deadline past."""
    officer, at = city.people["keji-jingban"], day(7, 13)
    people = tuple(case.organisation_id for case in cases.values())
    days = (at.date(), date(2026, 7, 31))
    plan = drawing.Plan(PURPOSE, 5, 1, days, ("management",), people, f"call:{call.pk}")
    draw = drawing.prepare(plan, actor=officer, at=at)
    draw = drawing.carry_out(draw, witness="07 11 18 22 29 30", actor=officer, at=at + timedelta(hours=1))
    members = draw.memberships()
    planned = panels.Plan("技术转移评审组", members, members[0], day(7, 17, 17), draw=draw)
    panel = panels.form(call, planned, actor=officer, at=day(7, 13, 14))
    for case in cases.values():
        workflow.apply(case, "evaluate", actor=officer, at=day(7, 13, 15), panel=panel)
    per_case = panels.rubric_of(call).per_case
    panels.assign(panel, assigning.propose(panel, per_case), actor=officer, at=day(7, 13, 16))
    panels.begin(panel, actor=officer, at=day(7, 14))
    for username, case in cases.items():
        _score(panel, case, SCORES[username])
    clockwork.strike(day(7, 17, 18))
    return Panel.objects.get(pk=panel.pk)


def _score(panel: Panel, case: Case, points: tuple[str, ...]) -> None:
    criteria = panels.rubric_of(panel.call).criteria
    given = panel.assignments.filter(case=case, ended_at__isnull=True).order_by("seat__place")
    for place, one in enumerate(given.select_related("seat__membership", "panel__call")):
        written = sheets.Written(scores={each.key: points[place % len(points)] for each in criteria})
        actor, at = one.seat.membership, day(7, 15) + timedelta(minutes=place)
        sheet = sheets.save(one, written, revision=0, actor=actor, at=at)
        sheets.seal(one, revision=sheet.revision, actor=actor, at=at)


def _met(city: City, panel: Panel) -> None:
    """Everybody came, the grades are the bands of the scores, the chair concludes, the officer takes them over."""
    officer, at = city.people["keji-jingban"], day(7, 20)
    present = list(panel.seats.values_list("pk", flat=True))
    text = "逐件审阅得分和申报材料，各位专家意见一致，同意按得分拟定等次。"
    meetings.write(panel, meetings.Minutes(at.date(), present, text), actor=officer, at=at)
    chair = panel.seats.get(chair=True).membership
    meetings.conclude(panel, actor=chair, at=at + timedelta(hours=2))
    meetings.grade_all(panel, actor=officer, at=at + timedelta(hours=3))
