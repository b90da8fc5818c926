"""The ways into the house: which doors a visitor sees, and which one stands open."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from kechuang.accounts.models import Membership
from kechuang.accounts.roles import Role
from kechuang.finance.rules import is_filer

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


@dataclass(frozen=True)
class Door:
    """A way into the house: the room of the code, the name of its first page, what it is called and what it is for."""

    room: str
    first: str
    label: StrPromise
    says: StrPromise | str = ""


ASK: Final = Door("interview", "ask", _("问一问"), _("回答几个问题，就知道能享受什么、最高多少、还差什么。"))
TOOLS: Final = (
    Door(
        "reader",
        "policy",
        _("读政策"),
        _("逐句读原文。点任何一个数字或条件，看它怎样计算、由谁确定、有没有别的读法。"),
    ),
    ASK,
    Door("entitlements", "upload", _("批量测算"), _("上传一张表，逐家逐项测算，理由写明，结果可下载。")),
    Door("insight", "simulate", _("推演"), _("改一个数，看全市多花多少、谁增谁减；给定预算，反求比例。")),
    Door("drafting", "draft-start", _("起草"), _("把下一年的文稿读成可运行的政策，边写、边查、边算。")),
    Door("api_pages", "api", _("接口"), _("供程序调用：政策、测算、问答、解释、推演。")),
)
"""Open to everybody, account or not."""

CALLS: Final = Door("fulfilment", "calls", _("可申报"), _("现在能申报什么、到哪一天、交什么材料。"))
NOTICES: Final = Door("fulfilment", "notices", _("公示"), _("拟支持名单和金额，谁都可以看、可以提异议。"))
PUBLIC: Final = (
    CALLS,
    NOTICES,
    Door("fulfilment", "awards", _("已拨付"), _("已经拨付的资金，一笔一笔查到条款。")),
    Door("chains", "challenges", _("榜单"), _("企业要解决的技术难题，谁能解谁来揭榜。")),
    Door("experts", "draws", _("专家抽取"), _("评审专家怎样抽出来的，谁都可以重新推算。")),
)
_CASES: Final = Door("fulfilment", "cases", _("全部申报"))
_TASKS: Final = Door("fulfilment", "tasks", _("待办"))
_MONEY: Final = Door("treasury", "treasury", _("资金"))
_POOL: Final = Door("experts", "experts", _("专家库"))
_RECUSALS: Final = Door("experts", "recusals", _("回避"))
_REQUESTS: Final = Door("fulfilment", "recusal-requests", _("回避申请"))
_DRAWS: Final = PUBLIC[-1]
_NEEDS: Final = Door("chains", "needs", _("技术需求"))
_PROJECTS: Final = Door("fulfilment", "projects", _("在研项目"))
_JOURNAL: Final = Door("accounts", "journal", _("留痕"))
_UNITS: Final = Door("registry", "organisations", _("全部单位"))
_RELEASES: Final = Door("entitlements", "releases", _("政策版本"))

_FILINGS: Final = Door("finance", "filings", _("金融报送"))
_POOLS: Final = Door("finance", "pools", _("资金池"))
_LETTERS: Final = Door("finance", "letters", _("推荐和确认函"))
_SERIES: Final = Door("finance", "series", _("利率序列"))
_CALENDAR: Final = Door("registry", "calendar", _("工作日历"))

_APPLICANT: Final = (
    Door("fulfilment", "home-applicant", _("我的首页")),
    Door("entitlements", "standing", _("能享受什么")),
    CALLS,
    Door("fulfilment", "cases", _("我的申报")),
    Door("registry", "organisation", _("单位档案")),
    Door("finance", "offers", _("金融支持")),
    Door("accounts", "people", _("同事")),
    _NEEDS,
    Door("fulfilment", "consortium-invitations", _("分工确认")),
)
_FILER: Final = (_FILINGS, *(door for door in _APPLICANT if door.first != "offers"))
_DEPARTMENT: Final = (
    _TASKS, _CASES, CALLS, NOTICES, Door("fulfilment", "panels", _("评审组")), _PROJECTS, _UNITS,
    Door("fulfilment", "objections", _("异议")), Door("registry", "corrections", _("事实更正")),
    Door("registry", "lists", _("部门名录")), Door("entitlements", "sweeps", _("全市筛查")), _NEEDS, _POOL, _DRAWS,
    _RECUSALS, _REQUESTS, _FILINGS, Door("finance", "overlaps", _("疑似重复")), _LETTERS, _POOLS,
    Door("finance", "partners", _("合作机构")),
)  # fmt: skip
_FINANCE: Final = (
    _MONEY, Door("treasury", "treasury-to-pay", _("待拨付")), Door("treasury", "treasury-batches", _("拨付批次")),
    Door("treasury", "treasury-receivables", _("应收款")), _CASES, _POOLS, _RECUSALS,
)  # fmt: skip
BY_ROLE: Final = {
    Role.MANAGER: _APPLICANT,
    Role.CLERK: _APPLICANT,
    Role.DISTRICT: (_TASKS, _CASES, CALLS, NOTICES, _UNITS, _RECUSALS),
    Role.OFFICER: _DEPARTMENT,
    Role.DECIDER: tuple(door for door in _DEPARTMENT if door.first != "lists"),
    Role.REVIEWER: (_TASKS, _CASES, _RECUSALS),
    Role.EXPERT: (
        Door("fulfilment", "reviews", _("我的评审")),
        Door("experts", "expert", _("我的专家信息")),
        _RECUSALS,
        _DRAWS,
        CALLS,
        NOTICES,
    ),
    Role.ACCOUNTANT: _FINANCE,
    Role.TREASURER: _FINANCE,
    Role.POLICY: (_RELEASES, CALLS, NOTICES, _RECUSALS),
    Role.LEADER: (_MONEY, _CASES, CALLS, NOTICES, _UNITS, _PROJECTS, _RECUSALS, _REQUESTS),
    Role.AUDITOR: (_CASES, _MONEY, NOTICES, _UNITS, _JOURNAL, _PROJECTS, _POOL, _DRAWS, _RECUSALS, _REQUESTS),
    Role.OPERATOR: (
        Door("accounts", "staff", _("人员")),
        Door("accounts", "claims", _("认领")),
        _JOURNAL,
        Door("accounts", "deliveries", _("投递")),
        _SERIES,
        _CALENDAR,
        _RECUSALS,
    ),
}
"""What each role works with, the first being where it begins."""


SHOWN: Final = 7
"""How many doors of a role stand in the header; the others open from “more”, before what is open to everybody."""


Whose = tuple[str, bool] | None
"""A role, and whether it acts for a bank or an insurer; None for a stranger."""


def doors_of(whose: Whose) -> tuple[Door, ...]:
    """The doors in the header: of the visitor's role, or what strangers want most."""
    return _by_role(*whose)[:SHOWN] if whose else (*TOOLS[:2], CALLS, NOTICES)


def _by_role(role: str, is_filer: bool) -> tuple[Door, ...]:  # noqa: FBT001 - as in Whose
    """What a role works with; whoever applies for a bank or an insurer begins with its filings."""
    return _FILER if is_filer else BY_ROLE[Role(role)]


def more_doors(doors: tuple[Door, ...], whose: Whose = None) -> tuple[Door, ...]:
    """What stands behind “more”: the role's other doors, then what is open to everybody."""
    own = _by_role(*whose)[SHOWN:] if whose else ()
    shown = {door.first for door in (*doors, *own)}
    return (*own, *(door for door in (*TOOLS, *PUBLIC) if door.first not in shown))


def start_of(membership: Membership) -> str:
    """The address of the page where a role begins."""
    return _address(_by_role(membership.role, is_filer(membership))[0].first)


@cache
def _address(first: str) -> str:
    return reverse(first)


def standing_in(request: HttpRequest, doors: tuple[Door, ...]) -> Door | None:
    """The door that the page lies behind: the longest address that it begins with, else the room of its view."""
    behind = [door for door in doors if request.path.startswith(_address(door.first))]
    if behind:
        return max(behind, key=lambda door: len(_address(door.first)))
    room = room_of(request)
    if room == "accounts":  # messages and one's own account lie behind no door
        return None
    return next((door for door in doors if door.room == room), None)


def navigation(request: HttpRequest, membership: Membership | None) -> str:
    """The doors as HTML. It is written once for each role and place in the house, since every page has it."""
    whose = (membership.role, is_filer(membership)) if membership else None
    found = standing_in(request, _doors(whose))
    first = found.first if found else ""
    is_first = bool(request.resolver_match and request.resolver_match.url_name == first)
    return _navigation(whose, first, is_first, get_language())


@cache
def _doors(whose: Whose) -> tuple[Door, ...]:
    doors = doors_of(whose)
    return (*doors, *more_doors(doors, whose))


@lru_cache(maxsize=1024)
def _navigation(whose: Whose, open_door: str, is_first: bool, _language: str | None) -> str:  # noqa: FBT001 - a part of the key
    doors = doors_of(whose)
    shown = {
        "doors": doors,
        "more_doors": more_doors(doors, whose),
        "open_door": open_door,
        "is_first": is_first,
    }
    return render_to_string("web/_nav.html", shown)


def room_of(request: HttpRequest) -> str:
    """The room of the view that answers (of the house's own pages their module); empty where no view does."""
    match = request.resolver_match
    if match is None:
        return ""
    _, room, *module = match.func.__module__.split(".")
    return module[0] if room == "web" and module else room
