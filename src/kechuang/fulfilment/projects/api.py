"""The API of projects: contracts with their milestones; sealed bids and selection. Acts go through /cases/…/acts."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Path, Query, Router
from pydantic import BaseModel, ConfigDict, Field

from kechuang.accounts.calling import acting
from kechuang.accounts.models import Membership
from kechuang.accounts.roles import Role
from kechuang.accounts.tokens import bearer
from kechuang.fulfilment import queries as of_cases
from kechuang.fulfilment import rules
from kechuang.fulfilment.models import CaseMember, Opening
from kechuang.fulfilment.projects import bids, contracts, matching, queries, showing
from kechuang.journal import clock
from kechuang.reader.api_shapes import Shape
from kechuang.reader.problems import ProblemError
from kechuang.reader.told import told

MOST = 100
router = Router(tags=["projects"], auth=bearer)
CaseNumber = Annotated[
    str, Path(..., max_length=32, examples=["2026-24-01-00001"], description="申报编号 · number of the case")
]
CallNumber = Annotated[
    str, Path(..., max_length=32, examples=["2026-7-01"], description="通知编号 · number of the call")
]


class ProjectLine(Shape):
    """A contract in a list; sums in fen."""

    contract: str
    case: str
    organisation: str
    code: str
    state: str
    signed_at: str
    next_on: str | None
    milestones: int
    done: int
    late: bool
    amount_fen: int
    paid_fen: int


class ProjectList(Shape):
    """Contracts, what is due first."""

    projects: list[ProjectLine]


class MilestoneTold(Shape):
    """A milestone: what was signed, and where it stands."""

    number: int
    title: str
    criteria: str
    agreed_on: str
    due_on: str
    amount_fen: int
    accepted_at: str | None
    state: str = Field(description="due, late, reported, payable, on_way, paid, dropped")


class MemberTold(Shape):
    """One of those that undertake a project together; shares in hundredths of a per cent."""

    organisation: str
    code: str
    role: str
    money: int
    work: int
    duty: str
    confirmed: bool


class ProjectTold(Shape):
    """A contract with its milestones and members."""

    contract: str
    case: str
    amount_fen: int
    own_fen: int | None = Field(
        description="自筹，分；未约定过的为 null · own money in fen; null: never agreed"
    )
    grade: str
    milestones: list[MilestoneTold]
    members: list[MemberTold]


class PlannedTold(Shape):
    """A milestone of a contract as drafted."""

    title: str
    criteria: str
    due_on: str
    amount_fen: int


class DraftTold(Shape):
    """A contract as drafted, and what came of it; the hash is over number, sums and milestones."""

    case: str
    revision: int = Field(description="确认时要写的版本号 · the revision to confirm on")
    contract: str
    amount_fen: int
    own_fen: int
    milestones: list[PlannedTold]
    hash: str
    drafted_at: str
    state: str = Field(description="waits, confirmed, returned, dropped")
    reason: str = Field(description="为何退回 · why it was sent back")


class BidTold(Shape):
    """One bid in the record of an opening."""

    number: str
    key: str
    organisation: str
    submitted_at: str | None
    hash: str


class OpeningTold(Shape):
    """All bids of a call, opened together."""

    opened_at: str
    hash: str
    bids: list[BidTold]


class Selection(BaseModel):
    """The day of the selection."""

    model_config = ConfigDict(extra="forbid")
    on: date = Field(description="立项日期 · day of the selection")


class MatchedSum(BaseModel):
    """The other body's sum; 0: it gives nothing."""

    model_config = ConfigDict(strict=True, extra="forbid")
    amount_fen: int = Field(ge=0, le=10**15, description="金额，分 · sum in fen")


class MatchedTold(Shape):
    """A figure of another body that the city's sum follows; null: unknown, which is never zero."""

    record: str
    field: str
    value: int | bool | None
    stated: bool


class CaseStands(Shape):
    """A case after an act."""

    number: str
    state: str
    revision: int
    matched: list[MatchedTold]


@router.get(
    "/projects",
    response=ProjectList,
    **told("list_projects", "项目一览", "List the projects", "看得到的合同，到期最近的在前，至多 100 份。"),
)
def list_projects(
    request: HttpRequest,
    kind: Annotated[
        queries.Kind | Literal[""], Query(description="进展，空为全部 · how it stands, empty: all")
    ] = "",
) -> dict[str, Any]:
    """The contracts of the cases that the bearer may see, 100 at most."""
    found: Any = queries.contracts(acting(request), queries.Chosen(kind=kind), clock.today())[:MOST]
    return {
        "projects": [
            {
                "contract": one.number,
                "case": one.case.number,
                "organisation": one.case.organisation.name,
                "code": one.case.organisation.uscc,
                "state": one.case.state,
                "signed_at": one.signed_at.isoformat(),
                "next_on": one.next_on and one.next_on.isoformat(),
                "milestones": one.milestones_n,
                "done": one.done,
                "late": bool(one.late),
                "amount_fen": one.amount_fen,
                "paid_fen": one.paid_fen,
            }
            for one in found
        ]
    }


@router.get(
    "/projects/{number}",
    response=ProjectTold,
    **told("read_project", "一个项目", "Read a project", "合同、里程碑、承担单位；number 是申报编号。"),
)
def read_project(request: HttpRequest, number: CaseNumber) -> dict[str, Any]:
    """The contract of a case with its milestones."""
    case = of_cases.case_at(number, acting(request))
    contract = queries.contract_of(case)
    if contract is None:
        raise ProblemError("not-found")
    return {
        "contract": contract.number,
        "case": case.number,
        "amount_fen": contract.amount_fen,
        "own_fen": contract.own_fen,
        "grade": contract.grade,
        "milestones": [_stage(one) for one in showing.stages(contract, clock.today())],
        "members": [member_told(one) for one in case.members.select_related("organisation")],
    }


@router.get(
    "/projects/{number}/draft",
    response=DraftTold,
    **told(
        "read_contract_draft",
        "拟定的合同",
        "Read the contract as drafted",
        "最近一次拟定的合同文本；承担单位核对后办理 sign（确认签订）或 return_contract（退回修改）。没有的回 404。",
    ),
)
def read_contract_draft(request: HttpRequest, number: CaseNumber) -> dict[str, Any]:
    """The contract that was drafted last, whole, as the undertaker confirms it."""
    case = of_cases.case_at(number, acting(request))
    draft = case.contract_drafts.first()
    if draft is None:
        raise ProblemError("not-found")
    return {
        "case": case.number,
        "revision": case.revision,
        "contract": draft.number,
        "amount_fen": draft.amount_fen,
        "own_fen": draft.own_fen,
        "milestones": [
            {
                "title": one.title,
                "criteria": one.criteria,
                "due_on": one.due_on.isoformat(),
                "amount_fen": one.amount_fen,
            }
            for one in contracts.planned_of(draft)
        ],
        "hash": draft.hash,
        "drafted_at": draft.drafted_at.isoformat(),
        "state": draft.state or "waits",
        "reason": draft.reason,
    }


def member_told(one: CaseMember) -> dict[str, Any]:
    """One of those that undertake a project, as the API tells it."""
    return {
        "organisation": one.organisation.name,
        "code": one.organisation.uscc,
        "role": one.role,
        "money": one.money,
        "work": one.work,
        "duty": one.duty,
        "confirmed": one.confirmed_at is not None,
    }


def _stage(one: showing.Stage) -> dict[str, Any]:
    milestone = one.milestone
    return {
        "number": milestone.number,
        "title": milestone.title,
        "criteria": milestone.criteria,
        "agreed_on": milestone.agreed_on.isoformat(),
        "due_on": milestone.due_on.isoformat(),
        "amount_fen": milestone.amount_fen,
        "accepted_at": milestone.accepted_at and milestone.accepted_at.isoformat(),
        "state": one.state,
    }


@router.get(
    "/projects/calls/{number}/opening",
    response=OpeningTold,
    **told("read_opening", "开标记录", "Read the opening", "本部门一份通知的开标记录；没有开标的回 404。"),
)
def read_opening(request: HttpRequest, number: CallNumber) -> dict[str, Any]:
    """The record of an opening of one's own department; 404 before it."""
    actor = acting(request, Role.OFFICER)
    call = of_cases.call_at(number, actor)
    made = queries.opening_of(call)
    if made is None or not rules.may_manage(actor, call):
        raise ProblemError("not-found")
    return _opening(made, actor)


@router.post(
    "/projects/calls/{number}/opening",
    response=OpeningTold,
    **told(
        "open_bids", "开标", "Open the bids", "截止后同时开启一份通知的全部密封投标；重复开标不产生变动。"
    ),
)
def open_bids(request: HttpRequest, number: CallNumber) -> dict[str, Any]:
    """Open all sealed bids of a call together; a second time does nothing."""
    call = of_cases.call_at(number, acting(request))
    actor = acting(request)
    return _opening(bids.open_all(call, actor=actor, at=clock.now()), actor)


def _opening(made: Opening, actor: Membership) -> dict[str, Any]:
    """The record as the page shows it: no bid of whom the reader stays away from."""
    seen = queries.names_of_bids(made, actor)
    return {
        "opened_at": made.opened_at.isoformat(),
        "hash": made.hash,
        "bids": [one for one in made.bids if one["number"] in seen],
    }


@router.post(
    "/projects/{number}/selection",
    response=CaseStands,
    **told(
        "select_bid", "立项", "Select a bid", "揭榜立项；同一需求可以有几家同时立项。", {"on": "2026-04-01"}
    ),
)
def select_bid(request: HttpRequest, number: CaseNumber, given: Selection) -> dict[str, Any]:
    """Select a bid: its project becomes a fact."""
    case = of_cases.case_at(number, acting(request))
    bids.select(case, given.on, actor=acting(request), at=clock.now())
    return _stands(request, number)


@router.post(
    "/projects/{number}/matched",
    response=CaseStands,
    **told(
        "state_matched_sum",
        "确认配套金额",
        "State the matched sum",
        "区市或部门确认县级财政支持额。",
        {"amount_fen": 30_000_000},
    ),
)
def state_matched_sum(request: HttpRequest, number: CaseNumber, given: MatchedSum) -> dict[str, Any]:
    """State the sum of the other body that the city's follows."""
    case = of_cases.case_at(number, acting(request))
    matching.say(case, given.amount_fen, actor=acting(request), at=clock.now())
    return _stands(request, number)


def _stands(request: HttpRequest, number: str) -> dict[str, Any]:
    case = of_cases.case_at(number, acting(request))
    return {
        "number": case.number,
        "state": case.state,
        "revision": case.revision,
        "matched": [
            {
                "record": one.followed.record,
                "field": one.followed.field,
                "value": one.value,
                "stated": one.stated,
            }
            for one in matching.matched(case)
        ],
    }
