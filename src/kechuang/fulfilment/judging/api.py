"""The API of panels, sheets and sums: the same acts and the same eyes as the pages."""

from __future__ import annotations

from typing import Annotated, Any, Final

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from ninja import Path, Router

from kechuang.accounts.calling import acting, told_file
from kechuang.accounts.tokens import bearer
from kechuang.fulfilment import queries as cases
from kechuang.fulfilment import rules
from kechuang.fulfilment.judging import allocations, material, panels, queries, sheets, tallies
from kechuang.fulfilment.judging import api_shapes as shapes
from kechuang.fulfilment.judging.allocating import Terms
from kechuang.fulfilment.judging.models import Assignment, Panel
from kechuang.fulfilment.judging.panels import rubric_of
from kechuang.fulfilment.judging.rubrics import plain
from kechuang.fulfilment.models import Call
from kechuang.fulfilment.office_views.frame import CALL_OFFICE
from kechuang.journal import clock
from kechuang.reader.told import told
from kechuang.registry.views.evidence import handed_out

MOST: Final = 100  # in one answer
router = Router(tags=["judging"], auth=bearer)
Number = Annotated[int, Path(..., ge=1, le=2**31 - 1, examples=[1], description="编号 · its number")]
CallNumber = Annotated[
    str, Path(..., max_length=32, examples=["2026-4-01"], description="通知编号 · number of the call")
]


@router.get(
    "/panels",
    response=shapes.PanelList,
    **told(
        "list_panels",
        "评审组一览",
        "List the panels",
        "看得到的评审组，新的在前，至多 100 个；截止前只有份数。",
    ),
)
def list_panels(request: HttpRequest) -> dict[str, Any]:
    """The panels that the bearer may see, the newest first; before the deadline with counts alone."""
    actor = acting(request)
    return {"panels": [panel_line(one, request) for one in queries.panels_seen(actor)[:MOST]]}


@router.get(
    "/panels/{number}",
    response=shapes.PanelTold,
    **told(
        "read_panel", "一个评审组", "Read a panel", "申报、截止后的结果和评审会的等次。截止前没有任何分数。"
    ),
)
def readpanel_line(request: HttpRequest, number: Number) -> dict[str, Any]:
    """Its cases, and after the deadline their results and grades. Before it there is no score in the answer."""
    panel = queries.panel_at(number, acting(request))
    meeting = getattr(panel, "meeting", None) if panel.state in tallies.OPEN else None
    named = queries.sees_names(panel, acting(request))
    lines = queries.lines(panel, acting(request), clock.now())
    return {
        **panel_line(panel, request),
        "meeting": meeting.hash if meeting and meeting.concluded_at else None,
        "cases": [
            {
                "place": one.place.place,
                "case": one.place.case.number if named else "",
                "result": None if one.outcome is None else tallies.plain(one.outcome),
                "grade": one.proposal.grade if one.proposal else None,
                "selected": one.proposal.selected if one.proposal else None,
                "reason": one.proposal.reason if one.proposal else "",
                "lacking": one.lacking,
            }
            for one in lines
        ],
    }


@router.get(
    "/reviews",
    response=shapes.ReviewList,
    **told("list_reviews", "我的评审", "List my reviews", "分给令牌所代表身份评审的申报，截止近的在前。"),
)
def list_reviews(request: HttpRequest) -> dict[str, Any]:
    """The cases that the bearer judges, those due first."""
    return {"reviews": [_review(one) for one in queries.reviews_of(acting(request))]}


@router.get(
    "/reviews/{number}",
    response=shapes.ReviewTold,
    **told(
        "read_review", "一件待评审的申报", "Read a review", "评审标准、材料和自己的评分表；盲评时不含单位。"
    ),
)
def read_review(request: HttpRequest, number: Number) -> dict[str, Any]:
    """Rubric, material and the bearer's own sheet; nameless where it is blind."""
    return _whole(queries.review_at(number, acting(request)))


@router.put(
    "/reviews/{number}",
    response=shapes.ReviewTold,
    **told(
        "write_review",
        "填写评分表",
        "Write a sheet",
        "只改给出的项；revision 是所见的版本号。截止或已提交后回 409。",
        {"revision": 0, "scores": {"research": "8.5"}, "reasons": {"research": "研发投入增长明显。"}},
    ),
)
def write_review(request: HttpRequest, number: Number, given: shapes.SheetGiven) -> dict[str, Any]:
    """Change what is given, on the revision that was seen. After the deadline or the seal: 409."""
    own = queries.review_at(number, acting(request))
    written = sheets.Written(given.scores, given.reasons, given.vetoes, given.comment)
    sheets.save(own, written, revision=given.revision, actor=acting(request), at=clock.now())
    return _whole(queries.review_at(number, acting(request)))


@router.post(
    "/reviews/{number}/seal",
    response=shapes.ReviewTold,
    **told(
        "seal_review", "提交评分表", "Seal a sheet", "提交后不能再改；缺项的回 409 并说明。", {"revision": 3}
    ),
)
def seal_review(request: HttpRequest, number: Number, given: shapes.SealGiven) -> dict[str, Any]:
    """Seal the sheet for good. What is not complete is answered with 409 and the sentence."""
    own = queries.review_at(number, acting(request))
    sheets.seal(own, revision=given.revision, actor=acting(request), at=clock.now())
    return _whole(queries.review_at(number, acting(request)))


@router.post(
    "/reviews/{number}/return",
    response=shapes.ReviewList,
    **told(
        "give_back_review",
        "声明回避并退回",
        "Give a case back",
        "声明回避并退回一件申报，由经办人另行分配；答复为其余待评审的申报。",
        {"reason": "与申报单位有合作。"},
    ),
)
def give_back_review(request: HttpRequest, number: Number, given: shapes.ConflictGiven) -> dict[str, Any]:
    """Declare a conflict and give the case back, for an officer to assign anew; the answer is what is left."""
    own = queries.review_at(number, acting(request))
    panels.give_back(own, given.reason, actor=acting(request), at=clock.now())
    return list_reviews(request)


@router.post(
    "/reviews/{number}/explanation",
    response=shapes.ReviewTold,
    **told(
        "explain_review",
        "说明离群评分",
        "Explain a score",
        "对与其他专家相差较大的评分作书面说明；没有询问的回 404。",
        {"words": "该单位服务的企业已逐户核对。"},
    ),
)
def explain_review(request: HttpRequest, number: Number, given: shapes.ReasonGiven) -> dict[str, Any]:
    """Write the reason for a score far from the others, where it is asked for."""
    own = queries.review_at(number, acting(request))
    question = queries.asked_of(own)
    if question is None:
        raise Http404
    sheets.answer(question, given.words, actor=acting(request), at=clock.now())
    return _whole(queries.review_at(number, acting(request)))


@router.get(
    "/reviews/{number}/documents/{document}",
    **told_file(
        "review_document",
        "评审材料",
        "A document of a review",
        "一件待评审申报的一份材料；盲评时为隐名副本。",
        "application/octet-stream",
    ),
)
def review_document(
    request: HttpRequest,
    number: Number,
    document: Annotated[int, Path(ge=1, le=2**63 - 1, examples=[1], description="材料编号 · its number")],
) -> HttpResponseBase:
    """A document of a case that the bearer judges; where it is blind, the copy without names."""
    return handed_out(material.paper_at(queries.review_at(number, acting(request)), document))


@router.get(
    "/allocations/{number}",
    response=shapes.AllocationTold,
    **told(
        "read_allocation",
        "核定金额方案",
        "Read the proposed sums",
        "各件上限、可用资金和三种方案，只舍不入。",
    ),
)
def read_allocation(request: HttpRequest, number: CallNumber) -> dict[str, Any]:
    """Ceilings, what is available, and the three alternatives."""
    call = _own(request, number)
    return _allocation(
        call, allocations.table(call, Terms(allocations.PARTS), actor=acting(request), at=clock.now())
    )


@router.post(
    "/allocations/{number}",
    response=shapes.AllocationTold,
    **told(
        "choose_allocation",
        "确定核定金额",
        "Choose the sums",
        "审定人选定金额并写明理由，逐件按流程核定；超过任何上限的整体退回 409。",
        {"method": "grade", "sums": {"2026-4-01-00001": 50_000_000}, "reason": "成效突出。"},
    ),
)
def choose_allocation(
    request: HttpRequest, number: CallNumber, given: shapes.AllocationGiven
) -> dict[str, Any]:
    """The decider's sums, each determined by the one workflow; any sum above a bound refuses all of them with 409."""
    call, actor, at = _own(request, number), acting(request), clock.now()
    terms = Terms({**allocations.PARTS, **given.parts}, given.unit_fen)
    _, refused = allocations.choose(call, given.method, terms, given.sums, given.reason, actor=actor, at=at)
    found = _allocation(call, allocations.table(call, terms, actor=actor, at=at))
    return {**found, "refused": {key: why.words.en for key, why in refused.items()}}


def _own(request: HttpRequest, number: str) -> Call:
    call = cases.call_at(number, acting(request))
    if acting(request).role not in CALL_OFFICE or not rules.may_manage(acting(request), call):
        raise Http404
    return call


def panel_line(panel: Panel, request: HttpRequest) -> dict[str, Any]:
    """A panel as the list shows it, with how many of its sheets are sealed."""
    whole, _, _ = queries.progress(panel, acting(request))
    return {
        "id": panel.pk,
        "call": panel.call.number,
        "name": panel.name,
        "state": panel.state,
        "blind": panel.blind,
        "scores_due_at": panel.scores_due_at.isoformat(),
        "assigned": whole.assigned,
        "sealed": whole.sealed,
    }


def _review(own: Assignment) -> dict[str, Any]:
    blind, sheet = own.panel.blind, getattr(own, "sheet", None)
    return {
        "id": own.pk,
        "panel": own.panel.name,
        "place": own.place,  # type: ignore[attr-defined]  # annotated by queries.reviews_of
        "call": own.panel.call.number,
        "case": None if blind else own.case.number,
        "organisation": None if blind else own.case.organisation.name,
        "scores_due_at": own.panel.scores_due_at.isoformat(),
        "sealed": bool(sheet and sheet.sealed_at),
    }


def _whole(own: Assignment) -> dict[str, Any]:
    rubric, sheet = rubric_of(own.panel.call), queries.begun_sheet(own)
    steps = {one.key: one.step for one in rubric.criteria}
    return {
        **_review(own),
        "sealed": sheet.sealed_at is not None,
        "rubric": own.panel.call.rubric,
        "material": [
            {"title": _said(part.title), "rows": [[_said(title), _said(value)] for title, value in part.rows]}
            for part in material.parts(own, clock.now())
        ],
        "documents": [
            {"id": one.document.pk, "title": _said(one.title), "open": one.evidence is not None}
            for one in material.papers(own)
        ],
        "asked": queries.asked_of(own) is not None,
        "scores": {key: plain(number * steps[key]) for key, number in sheet.scores.items()},
        "reasons": sheet.reasons,
        "vetoes": sheet.vetoes,
        "comment": sheet.comment,
        "revision": sheet.revision,
    }


def _allocation(call: Call, table: allocations.Table) -> dict[str, Any]:
    numbers = {row.case.pk: row.case.number for row in table.rows}
    return {
        "call": call.number,
        "available_fen": table.available_fen,
        "pool_fen": table.pool_fen,
        "ceilings": {row.case.number: row.line.ceiling_fen for row in table.rows if row.line},
        "proposals": [
            {
                "method": one.method,
                "total_fen": one.total_fen,
                "wanted_fen": one.wanted_fen,
                "sums": {numbers[case]: fen for case, fen in one.sums.items()},
            }
            for one in table.proposals
        ],
        "refused": {},
    }


def _said(words: Any) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}
