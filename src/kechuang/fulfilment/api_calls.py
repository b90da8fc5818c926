"""The API of a department's calls, notices and objections: what its pages do, with the token of an officer."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from django.http import Http404, HttpRequest
from ninja import Router
from pydantic import Field

from kechuang.accounts.calling import BECAUSE, SURE, Because, Sure, acting
from kechuang.accounts.models import Membership
from kechuang.accounts.roles import DEPARTMENT, READERS, Role
from kechuang.accounts.tokens import bearer
from kechuang.entitlements import releasing, versions
from kechuang.fulfilment import api_call_bodies as bodies
from kechuang.fulfilment import api_office_shapes as shapes
from kechuang.fulfilment import applying, calls, guide, notices, office_queries, queries, rules, sharing_out
from kechuang.fulfilment.api_office import CallNumber, NoticeNumber, _days, whole_call
from kechuang.fulfilment.call_days import cautions_of
from kechuang.fulfilment.models import Call, Objection
from kechuang.journal import clock
from kechuang.reader.api_shapes import Said, Shape
from kechuang.reader.problems import ProblemError
from kechuang.reader.told import told
from kechuang.treasury.models import Appropriation

router = Router(tags=["offices"], auth=bearer)
OFFICE: Final = tuple(sorted(DEPARTMENT))
MOST: Final = 200
_WINDOW: Final = {"opens_at": "2026-03-01T09:00:00+08:00", "closes_at": "2026-03-31T17:30:00+08:00"}


class OwnCall(shapes.CallTold):
    """A call as its department sees it."""

    revision: int
    reserved_fen: int
    publish_at: datetime | None
    cautions: list[Said] = Field(
        description="截止日不是工作日，或缺工作日历 · that it closes on a day off, or that a calendar is missing"
    )


class Offered(Shape):
    """How many offers are new."""

    new: int


class CaseShare(Shape):
    """What one case gets; none while the sharing is hindered."""

    case: str
    amount_fen: int | None


class ToldSharing(Shape):
    """What sharing out would come to.

    held_fen: in reserve now; freed_fen: free again afterwards; added_fen: reserved anew.
    """

    available_fen: int
    asked_fen: int
    held_fen: int
    freed_fen: int = Field(description="分配后释放的预留 · what of the reserve is free again afterwards")
    added_fen: int = Field(description="分配时补充的预留 · what is reserved anew")
    open_cases: int
    hindrance: Said | None
    shares: list[CaseShare]


class NoticeState(Shape):
    """A notice and where it stands."""

    number: str
    state: str
    first_day: str
    last_day: str
    hash: str


class ToldObjection(Shape):
    """An objection, as the department that answers it sees it."""

    number: str
    notice: str
    line: int
    name: str
    ground: str
    remedy: str
    state: str
    due_on: date
    answer: str


class ToldObjections(Shape):
    """Objections, the most due first."""

    objections: list[ToldObjection]


@router.post(
    "/calls",
    response=OwnCall,
    **told(
        "draftCall", "起草申报通知", "Draft a call", "为本部门负责的事项起草，内容由政策包写成，发布前可以修改。",
        {"benefit": "9.rd_growth", "year": 2025, "on": "2026-03-01", **_WINDOW, "appropriation": 1},
    ),
)  # fmt: skip
def draft_call(request: HttpRequest, given: bodies.NewCall) -> dict[str, Any]:
    """Begin a call; title, guide and documents are written from the pack and may be changed until published."""
    actor = acting(request, *OFFICE)
    money = Appropriation.objects.filter(pk=given.appropriation).first()
    sweep = office_queries.sweeps_done().filter(pk=given.sweep).first() if given.sweep else None
    version = sweep.version if sweep else releasing.version_in_force()
    known = {one.id for one in versions.pack_of(version.hash).benefits}
    if money is None or (given.sweep and sweep is None) or given.benefit not in known:
        raise ProblemError("not-found")
    plan = calls.Plan(
        benefit=given.benefit,
        version=version,
        year=sweep.year if sweep else given.year,
        on=sweep.on if sweep else given.on,
        window=(given.opens_at, given.closes_at),
        appropriation=money,
        sweep=sweep,
    )
    return _own(calls.draft(plan, actor=actor, at=clock.now()))


@router.get(
    "/calls/{number}",
    response=OwnCall,
    **told("ownCall", "本部门的申报通知", "A call of one's own", "本部门的申报通知，包括草稿。"),
)
def own_call(request: HttpRequest, number: CallNumber) -> dict[str, Any]:
    """A call of the token's department, drafts too."""
    return _own(_managed(acting(request, *OFFICE), number))


@router.post(
    "/calls/{number}/change",
    response=OwnCall,
    **told(
        "changeCall", "修改草稿", "Change a draft", "修改草稿；没有写的不变，publish_at 写 null 即取消定时。",
        {"revision": 1, "publish_at": "2026-03-01T09:00:00+08:00"},
    ),
)  # fmt: skip
def change_call(request: HttpRequest, number: CallNumber, given: bodies.CallChange) -> dict[str, Any]:
    """Change a draft on the revision that was seen; `publish_at` lets the clock publish it, null leaves it to you."""
    actor = acting(request, *OFFICE)
    changes = given.changes()
    if "documents" in changes:
        changes["documents"] = guide.keyed(changes["documents"])
    call = _managed(actor, number)
    return _own(calls.change(call, changes, revision=given.revision, actor=actor, at=clock.now()))


@router.post(
    "/calls/{number}/publish",
    response=OwnCall,
    **told(
        "publishCall",
        "发布申报通知",
        "Publish a call",
        "发布并预留资金，或等到定时发布。",
        {"reserve_fen": 100_000_000},
    ),
)
def publish_call(request: HttpRequest, number: CallNumber, given: bodies.Reserve) -> dict[str, Any]:
    """Publish a draft and reserve its money; with `publish_at` ahead that is left to the clock."""
    actor = acting(request, *OFFICE)
    call = _managed(actor, number)
    return _own(calls.publish(call, reserve_fen=given.reserve_fen, actor=actor, at=clock.now()))


@router.post(
    "/calls/{number}/extend",
    response=OwnCall,
    **told(
        "extendCall", "延期", "Extend a call", "延长申报时间，原因一并公布。",
        {"closes_at": "2026-04-10T17:30:00+08:00", "reason": "系统停机一天。"},
    ),
)  # fmt: skip
def extend_call(request: HttpRequest, number: CallNumber, given: bodies.Extension) -> dict[str, Any]:
    """More time for everybody, with a reason that is published."""
    actor = acting(request, *OFFICE)
    return _own(
        calls.extend(_managed(actor, number), given.closes_at, given.reason, actor=actor, at=clock.now())
    )


@router.post(
    "/calls/{number}/withdraw",
    response=OwnCall,
    **told("withdrawCall", "撤回申报通知", "Withdraw a call", "撤回草稿，或还没有人申报的通知。", BECAUSE),
)
def withdraw_call(request: HttpRequest, number: CallNumber, given: Because) -> dict[str, Any]:
    """Take back a draft, or a call that nobody has applied to."""
    actor = acting(request, *OFFICE)
    return _own(calls.withdraw(_managed(actor, number), given.reason, actor=actor, at=clock.now()))


@router.post(
    "/calls/{number}/offers",
    response=Offered,
    **told(
        "offerAward",
        "发出待确认通知",
        "Offer the award",
        "向筛查列出的单位发出待确认通知；不写行号即全部。",
        {"lines": []},
    ),
)
def offer_award(request: HttpRequest, number: CallNumber, given: bodies.OfferTo) -> dict[str, Any]:
    """Offer the award to those whom the sweep found; nobody gets it twice."""
    actor = acting(request, *OFFICE)
    call = _managed(actor, number)
    if call.sweep is None:
        raise ProblemError("not-found")
    found = office_queries.swept(call.sweep, actor, inside=True)
    wanted = found.filter(pk__in=given.lines) if given.lines else found
    return {"new": applying.offer(call, wanted, actor=actor, at=clock.now())}


@router.get(
    "/calls/{number}/sharing",
    response=ToldSharing,
    **told(
        "previewSharing", "预览分配", "Preview the sharing", "按申报通知的规则，各家可得多少；不产生变动。"
    ),
)
def preview_sharing(request: HttpRequest, number: CallNumber) -> dict[str, Any]:
    """The claims and what each would get by the rule of the call; nothing is changed."""
    actor = acting(request, *OFFICE)
    call = _managed(actor, number)
    rules.applies_to_all(actor, call)
    found = sharing_out.preview(call)
    return {
        "available_fen": found.available_fen,
        "asked_fen": found.asked_fen,
        "held_fen": found.held_fen,
        "freed_fen": 0 if found.hindered else found.freed_fen,
        "added_fen": 0 if found.hindered else found.added_fen,
        "open_cases": found.open_cases,
        "hindrance": found.hindered and {"zh": found.hindered.zh, "en": found.hindered.en},
        "shares": [{"case": case.number, "amount_fen": fen} for case, fen in found.rows],
    }


@router.post(
    "/calls/{number}/ranks",
    response=ToldSharing,
    **told(
        "rankCases", "填写名次", "Enter ranks", "填写已核定申报的名次。", {"ranks": {"2026-9-01-00001": 1}}
    ),
)
def rank_cases(request: HttpRequest, number: CallNumber, given: bodies.Ranks) -> dict[str, Any]:
    """Enter the places of determined cases."""
    actor = acting(request, *OFFICE)
    sharing_out.rank(_managed(actor, number), given.ranks, actor=actor, at=clock.now())
    return preview_sharing(request, number)


@router.post(
    "/calls/{number}/settle",
    response=OwnCall,
    **told(
        "settleCall",
        "确认分配",
        "Settle a call",
        "按规则分配资金，确定各家金额；用不到的预留回到预算。",
        SURE,
    ),
)
def settle_call(request: HttpRequest, number: CallNumber, given: Sure) -> dict[str, Any]:  # noqa: ARG001 - it is meant
    """Share out the money by the stated rule; what is not needed of the reserve is free again."""
    actor = acting(request, *OFFICE)
    return _own(calls.settle(_managed(actor, number), actor=actor, at=clock.now()))


@router.post(
    "/notices/{number}/withdraw",
    response=NoticeState,
    **told(
        "withdrawNotice", "撤回公示", "Withdraw a notice", "撤回公示，写明理由；所列申报重新核定。", BECAUSE
    ),
)
def withdraw_notice(request: HttpRequest, number: NoticeNumber, given: Because) -> dict[str, Any]:
    """Take a notice back; its cases are determined anew."""
    actor = acting(request, Role.DECIDER)
    found = queries.notices().filter(number=number).first()
    if found is None or not rules.may_take_back(actor, found):
        raise Http404
    notices.withdraw(found, given.reason, actor=actor, at=clock.now())
    found.refresh_from_db()
    return _days(found)


@router.get(
    "/objections",
    response=ToldObjections,
    **told("objections", "异议", "Objections", "对本部门公示的异议，至多 200 件。"),
)
def objections(request: HttpRequest) -> dict[str, Any]:
    """Objections to notices of the token's department, 200 at most."""
    actor = acting(request, *OFFICE, *sorted(READERS))
    return {"objections": [_objection(one) for one in office_queries.objections_seen(actor)[:MOST]]}


@router.post(
    "/objections/{number}/answer",
    response=ToldObjection,
    **told(
        "answerObjection", "答复异议", "Answer an objection", "成立或不成立，写明理由。",
        {"upheld": False, "answer": "经核对，金额无误。"},
    ),
)  # fmt: skip
def answer_objection(
    request: HttpRequest, number: NoticeNumber, given: bodies.ObjectionAnswer
) -> dict[str, Any]:
    """Answer an objection to a notice of one's own department."""
    actor = acting(request, *OFFICE)
    found = office_queries.objections_seen(actor).filter(number=number).first()
    if found is None:
        raise Http404
    return _objection(
        notices.answer(found, upheld=given.upheld, text=given.answer, actor=actor, at=clock.now())
    )


def _managed(actor: Membership, number: str) -> Call:
    """A call of the actor's own department; any other is as if it were not there."""
    call = queries.call_at(number, actor)
    if not rules.may_manage(actor, call):
        raise Http404
    return call


def _own(call: Call) -> dict[str, Any]:
    told_of: dict[str, Any] = {
        "revision": call.revision,
        "reserved_fen": call.reserved_fen,
        "publish_at": call.publish_at,
    }
    told_of["cautions"] = [{"zh": one.zh, "en": one.en} for one in cautions_of(call)]
    return {**whole_call(call), **told_of}


def _objection(one: Objection) -> dict[str, Any]:
    return {
        "number": one.number,
        "notice": one.line.notice.number,
        "line": one.line.line,
        "name": one.name,
        "ground": one.ground,
        "remedy": one.remedy,
        "state": one.state,
        "due_on": one.due_on,
        "answer": one.answer,
    }
