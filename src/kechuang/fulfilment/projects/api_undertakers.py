"""The API of those who undertake a project: who does it together, what is proposed, and agreeing to one's share."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import Http404, HttpRequest
from ninja import Router
from pydantic import Field

from kechuang.accounts.calling import Given, Id, Text, acting
from kechuang.accounts.models import Membership, Organisation
from kechuang.accounts.queries import organisation_by_code
from kechuang.accounts.roles import APPLICANTS, Role
from kechuang.accounts.tokens import bearer
from kechuang.fulfilment import queries as of_cases
from kechuang.fulfilment.models import Bid, Case, CaseMember
from kechuang.fulfilment.projects import consortium, filling
from kechuang.fulfilment.projects.api import CaseNumber, MemberTold
from kechuang.fulfilment.projects.api import member_told as told_member
from kechuang.journal import clock
from kechuang.policy.language.values import MAX_MONEY_FEN, Words
from kechuang.reader.api_shapes import Said, Shape
from kechuang.reader.problems import wrong
from kechuang.reader.told import told

router = Router(tags=["projects"], auth=bearer)
Part = Annotated[int, Field(ge=1, le=10_000, description="万分之几 · hundredths of a per cent")]


class StakeGiven(Given):
    """What one organisation brings and gets; uscc: its code."""

    uscc: Annotated[str, Field(min_length=1, max_length=32)]
    money: Part
    work: Part
    duty: Text


class MembersGiven(Given):
    """All that undertake the project together, oneself as lead; none: one undertakes it alone."""

    members: list[StakeGiven] = Field(max_length=12)


class ProposalGiven(Given):
    """How the need would be met, and for how much."""

    approach: Annotated[str, Field(min_length=1, max_length=20_000)]
    asked_fen: Annotated[int, Field(ge=1, le=MAX_MONEY_FEN)]


class UndertakingTold(Shape):
    """The project parts of an application; approach and asked_fen are null where nothing is proposed."""

    case: str
    revision: int
    members: list[MemberTold]
    approach: str | None
    asked_fen: int | None


class StakeTold(Shape):
    """A consortium that one is named in; shares in hundredths of a per cent."""

    id: int
    case: str
    title: Said
    lead: str
    money: int
    work: int
    duty: str
    confirmed: bool


class StakeList(Shape):
    """Consortia that one is named in and that may still change."""

    consortia: list[StakeTold]


class StakeSeen(Given):
    """One's share and duty as they were read; what has changed meanwhile is refused."""

    money: Part
    work: Part
    duty: Text


@router.get(
    "/applications/{number}/undertaking",
    response=UndertakingTold,
    **told("read_undertaking", "承担单位和方案", "Read the undertaking", "一件申报的承担单位、分工和揭榜方案。"),
)  # fmt: skip
def read_undertaking(request: HttpRequest, number: CaseNumber) -> dict[str, Any]:
    """Who would undertake the project of an application of one's own, and what is proposed."""
    return _whole(of_cases.case_at(number, acting(request, *APPLICANTS)))


@router.post(
    "/applications/{number}/members",
    response=UndertakingTold,
    **told(
        "name_members",
        "填写联合体",
        "Name the consortium",
        "写出全部承担单位（含牵头的本单位）；比例合计须正好 100%。空列表为独自承担。",
        {
            "members": [
                {"uscc": "91371000MA3C4D5E6X", "money": 6000, "work": 6000, "duty": "总体设计"},
                {"uscc": "12371000493300012K", "money": 4000, "work": 4000, "duty": "检测"},
            ]
        },
    ),
)
def name_members(request: HttpRequest, number: CaseNumber, given: MembersGiven) -> dict[str, Any]:
    """Say who undertakes the project together; each member's manager then confirms."""
    actor = acting(request, *APPLICANTS)
    case = of_cases.case_at(number, actor)
    stakes = [
        consortium.Stake(_organisation(one.uscc, place), one.money, one.work, one.duty)
        for place, one in enumerate(given.members)
    ]
    filling.name_members(case, stakes, actor=actor, at=clock.now())
    return _whole(of_cases.case_at(number, actor))


@router.post(
    "/applications/{number}/proposal",
    response=UndertakingTold,
    **told(
        "propose_bid",
        "填写揭榜方案",
        "State the proposal",
        "揭榜方案和申请金额；提交前可以修改。",
        {"approach": "分三步完成中试。", "asked_fen": 100_000_000},
    ),
)
def propose_bid(request: HttpRequest, number: CaseNumber, given: ProposalGiven) -> dict[str, Any]:
    """Say how the need would be met, and for how much, while the bid may be changed."""
    actor = acting(request, *APPLICANTS)
    case = of_cases.case_at(number, actor)
    filling.propose(case, given.approach, given.asked_fen, actor=actor, at=clock.now())
    return _whole(of_cases.case_at(number, actor))


@router.get(
    "/consortia",
    response=StakeList,
    **told("list_consortia", "联合体邀请", "Consortia one is named in", "其他单位牵头、列有本单位的申报。"),
)
def list_consortia(request: HttpRequest) -> dict[str, Any]:
    """The applications of others in which one's organisation is named, while they may still change."""
    return _stakes(acting(request, *APPLICANTS))


@router.post(
    "/consortia/{number}/confirm",
    response=StakeList,
    **told(
        "confirm_stake",
        "确认分工",
        "Confirm one's stake",
        "单位管理员确认所见的比例和任务；其间有变动的回 409。",
        {"money": 4000, "work": 4000, "duty": "检测"},
    ),
)
def confirm_stake(request: HttpRequest, number: Id, given: StakeSeen) -> dict[str, Any]:
    """The organisation's own manager agrees to its share and duty as they were read."""
    actor = acting(request, Role.MANAGER)
    found: CaseMember | None = consortium.waiting_for(actor.organisation).filter(pk=number).first()
    if found is None:
        raise Http404
    consortium.must_be_as_shown(found, f"{given.money}:{given.work}:{given.duty}")
    consortium.confirm(found, actor=actor, at=clock.now())
    return _stakes(actor)


def _organisation(code: str, place: int) -> Organisation:
    found = organisation_by_code(code)
    if found is None:
        expected = Words("已登记单位的统一社会信用代码", "the code of a registered organisation")
        raise wrong(f"/members/{place}/uscc", code, expected)
    return found


def _whole(case: Case) -> dict[str, Any]:
    bid = Bid.objects.filter(case=case).first()
    return {
        "case": case.number,
        "revision": case.revision,
        "members": [told_member(one) for one in case.members.select_related("organisation")],
        "approach": bid and bid.approach,
        "asked_fen": bid and bid.asked_fen,
    }


def _stakes(actor: Membership) -> dict[str, Any]:
    return {
        "consortia": [
            {
                "id": one.pk,
                "case": one.case.number,
                "title": one.case.call.title,
                "lead": one.case.organisation.name,
                "money": one.money,
                "work": one.work,
                "duty": one.duty,
                "confirmed": one.confirmed_at is not None,
            }
            for one in consortium.waiting_for(actor.organisation)
        ]
    }
