"""Needs for tests: written, handed in, screened, listed."""

from __future__ import annotations

from datetime import date, timedelta

from factories import AT, make_membership, make_organisation
from fulfilment.city import WAN
from kechuang.accounts.models import Membership
from kechuang.accounts.roles import Role
from kechuang.chains import actions
from kechuang.chains.models import Challenge, Need
from kechuang.entitlements import releasing
from kechuang.fulfilment import calls
from kechuang.fulfilment.models import Call
from kechuang.treasury import actions as treasury

FOUND = {
    "industry": (85, "带动三家下游企业"),
    "research": (80, "已有两年前期研究"),
    "targets": (90, "指标明确、可检测"),
    "finance": (75, "自筹资金已落实"),
}
WRITTEN = actions.Written(
    kind="bottleneck",
    title="大丝束碳纤维原丝",
    title_en="Large-tow carbon fibre precursor",
    summary="需要国产大丝束碳纤维原丝的稳定制备技术。",
    current="现有产线的单耗为每吨 2.1 吨丙烯腈。",
    conditions="可提供百吨级中试线。",
    targets=[("拉伸强度", "不低于 4900 MPa，第三方检测"), ("断裂伸长率", "不低于 1.9%")],
    confidential=("current",),
    deadline=date(2027, 12, 31),
    budget_fen=200 * WAN,
)


def make_need(manager: Membership | None = None) -> Need:
    """A need, handed in."""
    manager = manager or make_membership(Role.MANAGER, make_organisation(name="威海拓新纤维有限公司"))
    need = actions.write(WRITTEN, actor=manager, at=AT)
    return actions.hand_in(need, actor=manager, at=AT)


def make_draft(officer: Membership, accountant: Membership) -> Call:
    """A call for city projects that is not published yet."""
    budget = treasury.Budget(year=2026, measure="7", title="市级科研攻关", source="威财预〔2026〕7号")
    money = treasury.appropriate(budget, 10_000 * WAN, actor=accountant, at=AT)
    window = (AT - timedelta(days=1), AT + timedelta(days=10))
    plan = calls.Plan("7.city_project", releasing.version_in_force(), 2025, AT.date(), window, money)
    return calls.draft(plan, actor=officer, at=AT)


def make_challenge(officer: Membership, accountant: Membership, need: Need | None = None) -> Challenge:
    """A challenge of a published call."""
    need = actions.screen(need or make_need(), FOUND, fit=True, actor=officer, at=AT)
    terms = {
        "form": "open_challenge",
        "rights": "成果归揭榜单位，需求单位免费使用五年。",
        "budget_fen": 150 * WAN,
    }
    made = actions.list_need(need, make_draft(officer, accountant), **terms, actor=officer, at=AT)
    call = Call.objects.get(pk=made.call_id)
    calls.publish(call, reserve_fen=1000 * WAN, actor=officer, at=AT)
    return Challenge.objects.get(pk=made.pk)
