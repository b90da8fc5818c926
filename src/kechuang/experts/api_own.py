"""The API of experts about themselves, and of everybody's ties and recusals."""

from __future__ import annotations

from typing import Any, Final

from django.http import Http404, HttpRequest
from ninja import Router

from kechuang.accounts.calling import BECAUSE, SURE, Because, Id, Sure, acting
from kechuang.accounts.models import Membership
from kechuang.accounts.roles import Role
from kechuang.accounts.tokens import bearer
from kechuang.experts import actions, declaring, queries
from kechuang.experts import api_given as bodies
from kechuang.experts import api_shapes as shapes
from kechuang.experts.api import TIE, background, employ_by, expert_told, said_of, tie_told
from kechuang.experts.models import Expert
from kechuang.experts.pages import STAFF_ROLES
from kechuang.journal import clock
from kechuang.reader.told import told

router = Router(tags=["experts"], auth=bearer)
MOST: Final = 200


@router.post(
    "/expert/agree",
    response=shapes.ToldExpert,
    **told("agreeProfile", "确认本人信息", "Agree to one's profile", "确认信息无误、关联已申报完整。", SURE),
)
def agree(request: HttpRequest, given: Sure) -> dict[str, Any]:  # noqa: ARG001 - it is meant
    """The expert says that the profile is right and no interest is missing."""
    actor = acting(request, Role.EXPERT)
    found = _own(actor)
    actions.agree(found, actor=actor, at=clock.now())
    return expert_told(_own(actor))


@router.post(
    "/expert/absences",
    response=shapes.ToldExpert,
    **told(
        "addAbsence",
        "不能参加的日期",
        "bodies.Days one cannot come",
        "登记不能参加评审的日期。",
        {"since": "2026-04-01", "until": "2026-04-09"},
    ),
)
def add_absence(request: HttpRequest, given: bodies.Days) -> dict[str, Any]:
    """The expert cannot come on these days."""
    actor = acting(request, Role.EXPERT)
    actions.add_absence(_own(actor), **given.model_dump(), actor=actor, at=clock.now())
    return expert_told(_own(actor))


@router.get(
    "/recusals",
    response=shapes.ToldRecusals,
    **told("recusals", "回避", "Recusals", "正在回避的单位：本人的；部门另见本部门专家的；审计见全部。"),
)
def recusals(request: HttpRequest) -> dict[str, Any]:
    """Recusals in force: one's own, of one's experts for a department, all for auditors; 200 at most."""
    found = queries.recusals(acting(request, *STAFF_ROLES))[:MOST]
    return {
        "recusals": [
            {
                "person": one.user.name,
                "uscc": one.organisation.uscc,
                "organisation": one.organisation.name,
                "ground": one.ground,
                "began_at": one.began_at.isoformat(),
            }
            for one in found
        ]
    }


@router.post(
    "/recusals",
    response=shapes.ToldTie,
    **told("declareTie", "申报关联", "Declare a tie", "申报本人的关联，随即回避。", TIE),
)
def declare(request: HttpRequest, given: bodies.NewTie) -> dict[str, Any]:
    """Say what ties oneself; one stays away from that moment on."""
    actor = acting(request, *STAFF_ROLES)
    return tie_told(declaring.declare(said_of(given), actor=actor, at=clock.now()))


@router.post(
    "/recusals/{number}/withdraw",
    response=shapes.ToldTie,
    **told(
        "withdrawTie", "撤销关联", "Take back a tie", "撤销填错的关联，写明原因；不能撤销本人的。", BECAUSE
    ),
)
def withdraw(request: HttpRequest, number: Id, given: Because) -> dict[str, Any]:
    """Take back what was entered by mistake; never one's own."""
    actor = acting(request, Role.OFFICER)
    declaring.withdraw(queries.tie_at(number, actor), why=given.reason, actor=actor, at=clock.now())
    return tie_told(queries.tie_at(number, actor))


@router.get(
    "/recusals/ties",
    response=shapes.ToldTies,
    **told("ties", "关联", "Ties", "本人的关联；部门另见本部门专家和同事的；审计见全部。至多 200 项。"),
)
def all_ties(request: HttpRequest) -> dict[str, Any]:
    """What ties oneself; of one's experts and colleagues for a department; all for auditors. 200 at most."""
    return {"ties": [tie_told(one) for one in queries.ties(acting(request, *STAFF_ROLES))[:MOST]]}


@router.get(
    "/expert",
    response=shapes.OwnEntry,
    **told("ownEntry", "本人条目", "One's own entry", "专家本人的条目、任职、不能参加的日期、关联和抽取。"),
)
def own_entry(request: HttpRequest) -> dict[str, Any]:
    """The expert's own entry: profile, employments, days one cannot, ties, and the draws one was drawn in."""
    actor = acting(request, Role.EXPERT)
    return _whole(_own(actor), actor)


@router.post(
    "/expert/absences/{number}/remove",
    response=shapes.OwnEntry,
    **told("dropAbsence", "可以参加了", "One can come after all", "撤下本人登记的不能参加的日期。", SURE),
)
def drop_absence(request: HttpRequest, number: Id, given: Sure) -> dict[str, Any]:  # noqa: ARG001 - it is meant
    """Take back days on which one could not come."""
    actor = acting(request, Role.EXPERT)
    own = _own(actor)
    actions.drop_absence(_theirs(own.absences, number), actor=actor, at=clock.now())
    return _whole(_own(actor), actor)


@router.post(
    "/expert/employments",
    response=shapes.OwnEntry,
    **told(
        "stateEmployment", "填写本人任职", "State an employment", "专家填写本人现在或从前的任职单位。",
        {"employer": "哈尔滨工业大学（威海）", "began_on": "2020-01-01"},
    ),
)  # fmt: skip
def state_employment(request: HttpRequest, given: bodies.NewEmployment) -> dict[str, Any]:
    """The expert says where they work or worked; recusals follow from it."""
    actor = acting(request, Role.EXPERT)
    employ_by(given, _own(actor), actor)
    return _whole(_own(actor), actor)


@router.post(
    "/expert/employments/{number}/end",
    response=shapes.OwnEntry,
    **told("endEmployment", "已经离职", "End an employment", "登记今天起已离开一个任职单位。", SURE),
)
def end_employment(request: HttpRequest, number: Id, given: Sure) -> dict[str, Any]:  # noqa: ARG001
    """An employment of one's own has ended today; it keeps away for the years of the look-back."""
    actor = acting(request, Role.EXPERT)
    own = _own(actor)
    left = _theirs(own.employments.filter(withdrawn_at__isnull=True), number)
    actions.leave(left, clock.today(), actor=actor, at=clock.now())
    return _whole(_own(actor), actor)


def _own(actor: Membership) -> Expert:
    found = queries.own_entry(actor)
    if found is None:
        raise Http404
    return found


def _theirs(found: Any, number: int) -> Any:
    one = found.filter(pk=number).first()
    if one is None:
        raise Http404
    return one


def _whole(one: Expert, actor: Membership) -> dict[str, Any]:
    drawn = queries.invitations_to(one)[:20]
    return {
        **expert_told(one),
        **background(one, queries.ties(actor)),
        "drawn": [
            {
                "number": found.draw.number,
                "purpose": found.draw.purpose,
                "place": found.place,
                "first_day": found.draw.first_day,
                "last_day": found.draw.last_day,
                "declined": getattr(found, "decline", None) is not None,
            }
            for found in drawn
        ],
    }
