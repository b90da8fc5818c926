"""The API of needs and challenges. The list of challenges is for everybody; the rest takes a token."""

from __future__ import annotations

from typing import Annotated, Any, Final

from django.http import HttpRequest
from ninja import Path, Query, Router

from kechuang.accounts.calling import SURE, Sure, acting
from kechuang.accounts.models import Membership
from kechuang.accounts.roles import APPLICANTS
from kechuang.accounts.tokens import bearer
from kechuang.chains import actions, queries, rules
from kechuang.chains import api_shapes as shapes
from kechuang.chains.models import Challenge, Need, Question
from kechuang.chains.words import DETAILS
from kechuang.fulfilment.models import Call
from kechuang.journal import clock
from kechuang.reader.problems import ProblemError
from kechuang.reader.told import told

MOST: Final = 100
router = Router(tags=["challenges"])
Number = Annotated[
    str, Path(..., max_length=32, examples=["XQ2026-0001"], description="需求编号 · number of the need")
]
_NEED: Final = {
    "kind": "bottleneck",
    "title": "碳纤维预浸料自动铺放工艺",
    "summary": "大尺寸部件铺放缺陷率高。",
    "targets": [{"text": "缺陷率低于千分之五", "measure": "第三方检测报告"}],
    "deadline": "2027-06-30",
    "budget_fen": 200_000_000,
}


@router.get(
    "/challenges",
    response=shapes.ChallengeList,
    **told(
        "list_challenges", "榜单", "List the challenges", "已张榜的需求，新的在前，至多 100 项。无需令牌。"
    ),
)
def list_challenges(
    request: HttpRequest,  # noqa: ARG001 - the framework gives it
    kind: Annotated[str, Query(max_length=16, description="需求类型 · kind of need")] = "",
) -> dict[str, Any]:
    """The public list of challenges, 100 at most."""
    return {"challenges": [_line(one) for one in queries.challenges(kind)[:MOST]]}


@router.get(
    "/challenges/{number}",
    response=shapes.ChallengeTold,
    **told("read_challenge", "一项榜单", "Read a challenge", "公开内容、遴选分数和理由、问答。无需令牌。"),
)
def read_challenge(request: HttpRequest, number: Number) -> dict[str, Any]:  # noqa: ARG001
    """What is public of a challenge, with questions and answers."""
    found = _challenge(number)
    asked = [_question(one) for one in found.questions.order_by("id")]
    return {**_line(found), "content": found.content, "questions": asked}


@router.post(
    "/challenges/{number}/questions",
    response=shapes.QuestionTold,
    auth=bearer,
    **told(
        "ask_challenge",
        "提问",
        "Ask about a challenge",
        "问题和答复对所有人公开，不显示提问单位。",
        {"text": "中试线能用几个月？"},
    ),
)
def ask(request: HttpRequest, number: Number, given: shapes.Spoken) -> dict[str, Any]:
    """Ask about a challenge, before its call closes."""
    return _question(actions.ask(_challenge(number), given.text, actor=acting(request), at=clock.now()))


@router.post(
    "/challenges/{number}/questions/{question}/answer",
    response=shapes.QuestionTold,
    auth=bearer,
    **told(
        "answer_challenge",
        "答复",
        "Answer a question",
        "需求单位或责任部门答复一次，截止后冻结。",
        {"text": "六个月。"},
    ),
)
def answer(
    request: HttpRequest,
    number: Number,
    question: Annotated[
        int, Path(..., ge=1, le=2**62, examples=[1], description="提问编号 · number of the question")
    ],
    given: shapes.Spoken,
) -> dict[str, Any]:
    """Answer a question for everybody."""
    found = _challenge(number).questions.filter(pk=question).first()
    if found is None:
        raise ProblemError("not-found")
    return _question(actions.answer(found, given.text, actor=acting(request), at=clock.now()))


@router.get(
    "/needs",
    response=shapes.NeedList,
    auth=bearer,
    **told("list_needs", "需求一览", "List the needs", "看得到的需求，新的在前，至多 100 项。"),
)
def list_needs(
    request: HttpRequest, state: Annotated[str, Query(max_length=16, description="状态 · state")] = ""
) -> dict[str, Any]:
    """The needs that the bearer may see, 100 at most."""
    return {"needs": [_need_line(one) for one in queries.needs(acting(request), state)[:MOST]]}


@router.post(
    "/needs",
    response=shapes.NeedLine,
    auth=bearer,
    **told(
        "hand_in_need",
        "提出需求",
        "Hand in a need",
        "提出技术需求并提交遴选；提交后不能修改。",
        _NEED,
    ),
)
def hand_in(request: HttpRequest, given: shapes.NeedGiven) -> dict[str, Any]:
    """Write a need and hand it in."""
    made = actions.write(_written(given), actor=acting(request), at=clock.now())
    return _need_line(actions.hand_in(made, actor=acting(request), at=clock.now()))


@router.post(
    "/needs/drafts",
    response=shapes.NeedTold,
    auth=bearer,
    **told(
        "draft_need", "起草需求", "Draft a need", "起草技术需求；提交前可以修改，只有本单位看得到。", _NEED
    ),
)
def draft_need(request: HttpRequest, given: shapes.NeedGiven) -> dict[str, Any]:
    """Begin a need without handing it in; until then it may be changed, and nobody else sees it."""
    actor = acting(request, *APPLICANTS)
    made = actions.write(_written(given), actor=actor, at=clock.now())
    return _whole(_need(request, made.number), actor)


@router.get(
    "/needs/{number}",
    response=shapes.NeedTold,
    auth=bearer,
    **told("read_need", "一项需求", "Read a need", "内容（保密部分除外）、遴选分数和理由、是否已张榜。"),
)
def read_need(request: HttpRequest, number: Number) -> dict[str, Any]:
    """A need without what is confidential, its screening, and whether it is on the list."""
    return _whole(_need(request, number), acting(request))


@router.post(
    "/needs/{number}/change",
    response=shapes.NeedTold,
    auth=bearer,
    **told("change_need", "修改需求", "Change a need", "提交前重写一项需求；写出全部内容。", _NEED),
)
def change_need(request: HttpRequest, number: Number, given: shapes.NeedGiven) -> dict[str, Any]:
    """Write a need anew before it is handed in: all of it."""
    actor = acting(request, *APPLICANTS)
    need = _need(request, number)
    actions.write(_written(given), actor=actor, at=clock.now(), need=need)
    return _whole(_need(request, number), actor)


@router.post(
    "/needs/{number}/hand-in",
    response=shapes.NeedTold,
    auth=bearer,
    **told("submit_need", "提交遴选", "Submit a need", "提交起草好的需求；提交后不能修改。", SURE),
)
def submit_need(request: HttpRequest, number: Number, given: Sure) -> dict[str, Any]:  # noqa: ARG001 - it is meant
    """Hand in a need that was drafted; from then on it is not changed."""
    actor = acting(request, *APPLICANTS)
    actions.hand_in(_need(request, number), actor=actor, at=clock.now())
    return _whole(_need(request, number), actor)


@router.post(
    "/needs/{number}/withdraw",
    response=shapes.NeedTold,
    auth=bearer,
    **told("withdraw_need", "撤回需求", "Withdraw a need", "张榜前撤回本单位的需求。", SURE),
)
def withdraw_need(request: HttpRequest, number: Number, given: Sure) -> dict[str, Any]:  # noqa: ARG001
    """Take a need of one's own back, before it is on the list."""
    actor = acting(request, *APPLICANTS)
    actions.withdraw(_need(request, number), actor=actor, at=clock.now())
    return _whole(_need(request, number), actor)


@router.post(
    "/needs/{number}/details",
    response=shapes.DetailsTold,
    auth=bearer,
    **told(
        "open_need",
        "打开保密内容",
        "Open what is confidential",
        "对需求单位、遴选部门和已开始揭榜的单位开放；谁看过都有记录。",
    ),
)
def open_details(request: HttpRequest, number: Number) -> dict[str, Any]:
    """The confidential fields of a need, to whom they are open."""
    who = acting(request)
    found = rules.visible_needs(who).filter(number=number).first()
    if found is None:
        found = _challenge(number).need
    return {"number": found.number, "details": actions.open_details(found, actor=who, at=clock.now())}


@router.post(
    "/needs/{number}/screening",
    response=shapes.NeedLine,
    auth=bearer,
    **told(
        "screen_need",
        "遴选",
        "Screen a need",
        "四个方面的分数和理由，一次提交。",
        {
            name: {"score": 85, "reason": "理由充分。"}
            for name in ("industry", "research", "targets", "finance")
        }
        | {"fit": True},
    ),
)
def screen(request: HttpRequest, number: Number, given: shapes.ScreeningGiven) -> dict[str, Any]:
    """Score a need by the four aspects."""
    found = {key: (one["score"], one["reason"]) for key, one in given.model_dump(exclude={"fit"}).items()}
    who = acting(request)
    return _need_line(actions.screen(_need(request, number), found, fit=given.fit, actor=who, at=clock.now()))


@router.post(
    "/needs/{number}/listing",
    response=shapes.NeedLine,
    auth=bearer,
    **told(
        "list_need",
        "张榜",
        "Put a need on the list",
        "列入本部门一份未发布的申报通知；公开内容固定。",
        {
            "call": "2026-7-01",
            "form": "open_challenge",
            "rights": "成果归双方共有。",
            "budget_fen": 200_000_000,
        },
    ),
)
def list_need(request: HttpRequest, number: Number, given: shapes.ListingGiven) -> dict[str, Any]:
    """Put a screened need on the list of a call."""
    who, need = acting(request), _need(request, number)
    call = Call.objects.filter(number=given.call, department=who.organisation_id).first()
    if call is None:
        raise ProblemError("not-found")
    terms = given.model_dump(exclude={"call"})
    actions.list_need(need, call, **terms, actor=who, at=clock.now())
    return _need_line(_need(request, number))


def _challenge(number: str) -> Challenge:
    found = (
        rules.visible_challenges()
        .select_related("need__organisation", "call")
        .filter(need__number=number)
        .first()
    )
    if found is None:
        raise ProblemError("not-found")
    return found


def _need(request: HttpRequest, number: str) -> Need:
    found = rules.visible_needs(acting(request)).select_related("organisation").filter(number=number).first()
    if found is None:
        raise ProblemError("not-found")
    return found


def _written(given: shapes.NeedGiven) -> actions.Written:
    said = given.model_dump()
    said["targets"] = [(one["text"], one["measure"]) for one in said["targets"]]
    return actions.Written(**said)


def _whole(one: Need, actor: Membership) -> dict[str, Any]:
    challenge = Challenge.objects.filter(need=one).first()
    shown = {name: getattr(one, name) for name in DETAILS if name not in one.confidential}
    return {
        **_need_line(one),
        "title_en": one.title_en,
        "summary": one.summary,
        "details": {name: value for name, value in shown.items() if value},
        "confidential": one.confidential,
        "screening": [
            {"aspect": found.aspect, "score": found.score, "reason": found.reason}
            for found in one.screenings.order_by("id")
        ],
        "challenge": challenge and challenge.hash,
        "revision": one.revision,
        "may_edit": rules.may_edit(actor, one),
    }


def _line(one: Challenge) -> dict[str, Any]:
    content = one.content
    return {
        "number": content["number"],
        "title": content["title"],
        "kind": content["kind"],
        "form": content["form"],
        "call": one.call.number,
        "closes_at": one.call.closes_at.isoformat(),
        "budget_fen": one.budget_fen,
        "hash": one.hash,
    }


def _question(one: Question) -> dict[str, Any]:
    return {
        "id": one.pk,
        "text": one.text,
        "asked_at": one.asked_at.isoformat(),
        "answer": one.answer,
        "answered_at": one.answered_at and one.answered_at.isoformat(),
    }


def _need_line(one: Need) -> dict[str, Any]:
    return {
        "number": one.number,
        "title": one.title,
        "kind": one.kind,
        "state": one.state,
        "organisation": one.organisation.name,
        "deadline": one.deadline.isoformat(),
        "budget_fen": one.budget_fen,
    }
