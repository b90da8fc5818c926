"""A need that nobody could meet so far, screened and put on the list of a call that takes sealed bids."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final

from kechuang.accounts.models import Membership
from kechuang.chains import actions
from kechuang.chains.models import Need
from kechuang.demonstration.city import WAN
from kechuang.demonstration.people import cast, make_enterprise
from kechuang.entitlements import releasing
from kechuang.fulfilment import calls
from kechuang.fulfilment.models import Call
from kechuang.journal.actions import CLOCK
from kechuang.registry import actions as registry
from kechuang.registry.models import Fact
from kechuang.treasury.models import Appropriation

NEED: Final = actions.Written(
    kind="bottleneck",
    title="大丝束碳纤维原丝稳定制备",
    title_en="Stable production of large-tow carbon fibre precursor",
    summary="需要国产大丝束碳纤维原丝的稳定制备技术，替代目前依赖进口的同类产品。",
    current="现有产线每吨原丝消耗 2.1 吨丙烯腈，批次间强度离散系数 8%。",
    conditions="可提供百吨级中试线，使用不少于六个月。",
    targets=[("拉伸强度", "不低于 4900 MPa，第三方检测"), ("断裂伸长率", "不低于 1.9%，第三方检测")],
    confidential=("current",),
    deadline=date(2028, 6, 30),
    budget_fen=200 * WAN,
)
FOUND: Final = {
    "industry": (85, "带动本市三家下游企业，替代进口。"),
    "research": (80, "企业已有两年前期研究和中试线。"),
    "targets": (90, "指标明确，可由第三方检测。"),
    "finance": (75, "企业自筹资金已落实。"),
}
RIGHTS: Final = "成果归揭榜单位，需求单位免费使用五年。"


def make_innovators(at: datetime) -> dict[str, Membership]:
    """The enterprises with a need, or with an answer; who acts for each, by user name."""
    members: dict[str, Membership] = {}
    for row in cast()["innovators"]:
        organisation, own = make_enterprise(row, at)
        members |= own
        status = {"kind": "tech_sme", "granted_on": date(2026, 3, 20), "expires_on": date(2026, 12, 31)}
        said = [
            registry.Statement("statuses", name, value, "tech_sme||2026") for name, value in status.items()
        ]
        said.append(registry.Statement("subject", "size", "small", ""))
        registry.state_many(organisation, said, actor=CLOCK, at=at, source=Fact.Source.LIST)
    return members


def make_need(people: Mapping[str, Membership], at: datetime, written: actions.Written = NEED) -> Need:
    """Written and handed in by the enterprise, screened by the office."""
    manager, officer = people["tuoxin"], people["keji-jingban"]
    need = actions.write(written, actor=manager, at=at)
    need = actions.hand_in(need, actor=manager, at=at + timedelta(hours=1))
    return actions.screen(need, FOUND, fit=True, actor=officer, at=at + timedelta(days=8))


def list_need(
    people: Mapping[str, Membership],
    need: Need,
    money: Appropriation,
    window: tuple[datetime, datetime],
    wan: int = 150,
) -> Call:
    """Put it, for `wan` ten thousand yuan, on the list of a call that is decided without experts, and publish that."""
    officer, at = people["keji-jingban"], window[0] - timedelta(days=3)
    plan = calls.Plan("7.city_project", releasing.version_in_force(), 2025, window[0].date(), window, money)
    draft = calls.draft(plan, actor=officer, at=at)
    actions.list_need(
        need,
        draft,
        form="open_challenge",
        rights=RIGHTS,
        budget_fen=wan * WAN,
        actor=officer,
        at=at + timedelta(hours=1),
    )
    call = Call.objects.get(pk=draft.pk)
    call = calls.change(
        call, {"rubric": {}}, revision=call.revision, actor=officer, at=at + timedelta(hours=1)
    )
    return calls.publish(call, reserve_fen=2 * wan * WAN, actor=officer, at=at + timedelta(hours=2))
