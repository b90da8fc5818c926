"""The API of panels before their deadline: formed, given cases, opened for scores; and the rubric of a call."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import Http404, HttpRequest
from ninja import Path, Router

from kechuang.accounts.calling import SURE, Sure, acting
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import READERS
from kechuang.accounts.tokens import bearer
from kechuang.fulfilment import calls, rules
from kechuang.fulfilment import queries as cases
from kechuang.fulfilment.assessing import benefit_of
from kechuang.fulfilment.judging import api_panel_shapes as shapes
from kechuang.fulfilment.judging import assigning, material, panels, queries
from kechuang.fulfilment.judging.api import CallNumber, Number
from kechuang.fulfilment.judging.api import panel_line as line
from kechuang.fulfilment.judging.api import router as shared
from kechuang.fulfilment.judging.api_shapes import PanelLine
from kechuang.fulfilment.judging.indicators import as_plain
from kechuang.fulfilment.judging.models import Panel
from kechuang.fulfilment.judging.rubrics import default_for
from kechuang.fulfilment.judging.seats import declined
from kechuang.fulfilment.models import Call, Document
from kechuang.fulfilment.office_views.frame import CALL_OFFICE
from kechuang.journal import clock
from kechuang.policy.language.values import Words
from kechuang.reader.problems import wrong
from kechuang.reader.told import told
from kechuang.registry.queries import evidence_of

router = Router(tags=["judging"], auth=bearer)
DocumentId = Annotated[int, Path(ge=1, le=2**63 - 1, examples=[1], description="材料编号 · its number")]
_SEES = (*CALL_OFFICE, *sorted(READERS))
_TITLE = {"zh": "研发投入", "en": "R&D"}
_RUBRIC = {
    "criteria": [
        {"key": "research", "title": _TITLE, "weight": 1, "scale": {"least": "0", "most": "10", "step": "0.5"}}
    ],
    "vetoes": [],
    "veto": "majority",
    "blind": {"scoring": False, "meeting": False},
    "trim": 1,
    "counts": "trimmed",
    "size": 5,
    "per_case": 5,
    "quorum": 4,
    "outlier": 20,
    "bands": [{"grade": "pass", "from": 60}, {"grade": "fail", "from": 0}],
}  # fmt: skip


def managed(request: HttpRequest, number: int) -> Panel:
    """A panel of the bearer's own department, or 404."""
    actor = acting(request, *CALL_OFFICE)
    panel = queries.panel_at(number, actor)
    if not rules.may_manage(actor, panel.call):
        raise Http404
    return panel


@router.get(
    "/judges",
    response=shapes.JudgeList,
    **told(
        "list_judges", "可选的评审专家", "Whom a panel may seat", "可以指定的专家，和尚未成组的专家抽取。"
    ),
)
def list_judges(request: HttpRequest) -> dict[str, Any]:
    """Whom an officer may name to a panel, and the draws that seat no panel yet."""
    actor = acting(request, *CALL_OFFICE)
    people = queries.people_for(clock.today())
    return {
        "people": [
            {"id": one.pk, "name": one.user.name, "organisation": one.organisation.name} for one in people
        ],
        "draws": [one.number for one in queries.draws_for(actor)],
    }


@shared.post(  # one address, one router: it is read there
    "/panels",
    response=PanelLine,
    **told(
        "form_panel", "组建评审组", "Form a panel", "由抽取结果，或由经办人指定的专家，组建评审组。",
        {"call": "2026-4-01", "name": "第一评审组", "draw": "C2026-001", "chair": 12,
         "scores_due_at": "2026-04-01T17:00:00+08:00"},
    ),
)  # fmt: skip
def form_panel(request: HttpRequest, given: shapes.PanelGiven) -> dict[str, Any]:
    """Form a panel of those drawn, or of experts named here."""
    actor = acting(request, *CALL_OFFICE)
    call = _own_call(request, given.call)
    if not call.rubric:
        raise Http404
    known = {one.pk: one for one in queries.people_for(clock.today())}
    draw = queries.draws_for(actor).filter(number=given.draw).first() if given.draw else None
    if given.draw and draw is None:
        expected = Words("尚未成组的抽取编号", "the number of a draw that seats no panel yet")
        raise wrong("/draw", given.draw, expected)
    expert = Words("list_judges 中的编号", "an id of list_judges")
    for place, one in enumerate(given.people):
        if one not in known:
            raise wrong(f"/people/{place}", one, expert)
    if given.chair not in known:
        raise wrong("/chair", given.chair, expert)
    people = draw.memberships() if draw else [known[one] for one in given.people]
    plan = panels.Plan(given.name, people, known[given.chair], given.scores_due_at, draw, given.reason)
    return line(panels.form(call, plan, actor=actor, at=clock.now()), request)


@router.get(
    "/panels/{number}/assignments",
    response=shapes.AssignmentsTold,
    **told(
        "read_assignments",
        "分配情况",
        "Read who judges what",
        "席位、每件由谁评审、谁须回避，以及一个均衡的方案。",
    ),
)
def read_assignments(request: HttpRequest, number: Number) -> dict[str, Any]:
    """Seats, who judges which case, who stays away, and a balanced proposal."""
    return _assigned(managed(request, number), request)


@router.post(
    "/panels/{number}/assignments",
    response=shapes.AssignmentsTold,
    **told(
        "assign_cases",
        "分配评审",
        "Assign the cases",
        "以“第几件 → 席位”写出全部分配；没有写的撤下。",
        {"pairs": {"1": [1, 2, 3, 4, 5]}},
    ),
)
def assign_cases(request: HttpRequest, number: Number, given: shapes.AssignmentsGiven) -> dict[str, Any]:
    """Say who judges which case: all of it, by places; what is not named is taken off."""
    panel, actor = managed(request, number), acting(request)
    places = {one.place: one.case_id for one in queries.cases_before(panel, actor)}
    seats = {one.place: one.pk for one in panel.seats.filter(left_at__isnull=True)}
    pairs = {int(place): chosen for place, chosen in given.pairs.items()}
    if pairs.keys() - places.keys() or any(one not in seats for chosen in pairs.values() for one in chosen):
        raise Refused("申报或专家不在本评审组。", "A case or expert is not of this panel.")
    wanted = {case: [seats[one] for one in pairs.get(place, [])] for place, case in places.items()}
    panels.assign(panel, wanted, actor=actor, at=clock.now())
    return _assigned(managed(request, number), request)


@router.post(
    "/panels/{number}/begin",
    response=PanelLine,
    **told("begin_panel", "开始打分", "Begin the scoring", "每件的专家足数后开放打分并通知专家。", SURE),
)
def begin_panel(request: HttpRequest, number: Number, given: Sure) -> dict[str, Any]:  # noqa: ARG001 - it is meant
    """Open the panel for scores; its experts are told."""
    panel = managed(request, number)
    panels.begin(panel, actor=acting(request), at=clock.now())
    return line(managed(request, number), request)


@router.post(
    "/panels/{number}/fields",
    response=PanelLine,
    **told(
        "state_panel_fields",
        "填写各件的领域",
        "State the fields of cases",
        "写明各件属于哪些领域；建议由谁评审以此为据。",
        {"cases": {"2026-4-01-00001": ["materials"]}},
    ),
)
def state_panel_fields(request: HttpRequest, number: Number, given: shapes.FieldsGiven) -> dict[str, Any]:
    """State the fields of expertise that cases belong to."""
    panel = managed(request, number)
    places = dict(panel.cases.values_list("case__number", "case"))
    unknown = next((one for one in given.cases if one not in places), None)
    if unknown is not None:
        expected = Words("本评审组各件的编号", "the number of a case before this panel")
        raise wrong(f"/cases/{unknown}", unknown, expected)
    fields = {places[one]: codes for one, codes in given.cases.items()}
    panels.state_fields(panel, fields, actor=acting(request), at=clock.now())
    return line(managed(request, number), request)


@router.post(
    "/panels/{number}/extend",
    response=PanelLine,
    **told(
        "extend_panel",
        "延长打分时间",
        "Give more time",
        "延后打分截止时间并说明原因；不能提前。",
        {"scores_due_at": "2026-04-08T17:00:00+08:00", "reason": "一位专家出差。"},
    ),
)
def extend_panel(request: HttpRequest, number: Number, given: shapes.MoreTime) -> dict[str, Any]:
    """Give the experts more time, with the reason."""
    panel = managed(request, number)
    panels.extend(panel, given.scores_due_at, given.reason, actor=acting(request), at=clock.now())
    return line(managed(request, number), request)


@router.get(
    "/panels/{number}/documents",
    response=shapes.BlindPapers,
    **told(
        "list_blind_copies", "申报材料和隐名副本", "Documents and blind copies", "各件的材料，是否已有隐名副本。"
    ),
)  # fmt: skip
def list_blind_copies(request: HttpRequest, number: Number) -> dict[str, Any]:
    """The documents of the panel's cases, and which have a copy without names."""
    return _papers(managed(request, number), request)


@router.post(
    "/panels/{number}/documents/{document}",
    response=shapes.BlindPapers,
    **told(
        "put_blind_copy",
        "放入隐名副本",
        "Put in a blind copy",
        "把已上传的隐名副本（keepEvidence）放到一份材料旁，供盲评专家查阅。",
        {"evidence": 7},
    ),
)
def put_blind_copy(
    request: HttpRequest, number: Number, document: DocumentId, given: shapes.CopyGiven
) -> dict[str, Any]:
    """Put a copy without names, uploaded before, beside a document, for blind experts."""
    panel, actor = managed(request, number), acting(request)
    there = [one.case for one in queries.cases_before(panel, actor)]
    found = Document.objects.select_related("case__call").filter(pk=document, case__in=there).first()
    if found is None:
        raise Http404
    kept = evidence_of(actor.organisation_id, actor).filter(pk=given.evidence).first()
    if kept is None:
        expected = Words("本单位材料的编号", "the number of a file of one's own")
        raise wrong("/evidence", given.evidence, expected)
    material.put_blind_copy(found, kept, actor=actor, at=clock.now())
    return _papers(panel, request)


@router.get(
    "/rubrics/{number}",
    response=shapes.RubricTold,
    **told("read_rubric", "评审标准", "Read the rubric", "一份通知的评审标准；草稿还没有时为缺省的标准。"),
)
def read_rubric(request: HttpRequest, number: CallNumber) -> dict[str, Any]:
    """The rubric of a call; of a draft that has none, what it would begin with."""
    return _rubric(request, number)


@router.post(
    "/rubrics/{number}",
    response=shapes.RubricTold,
    **told(
        "change_rubric", "修改评审标准", "Change the rubric", "发布前可改；null 为不设专家评审。",
        {"revision": 1, "rubric": _RUBRIC},
    ),
)  # fmt: skip
def change_rubric(request: HttpRequest, number: CallNumber, given: shapes.RubricChange) -> dict[str, Any]:
    """Change the rubric of a draft on the revision that was seen; null: no experts judge."""
    call = _own_call(request, number)
    said = given.rubric.model_dump(by_alias=True) if given.rubric else {}
    calls.change(call, {"rubric": said}, revision=given.revision, actor=acting(request), at=clock.now())
    return _rubric(request, number)


@router.get(
    "/evaluations/{number}",
    response=shapes.EvaluationTold,
    **told(
        "read_evaluation", "评审总表", "Read the evaluation", "一份通知的全部申报：指标、往年等次、得分、等次。"
    ),
)  # fmt: skip
def read_evaluation(request: HttpRequest, number: CallNumber) -> dict[str, Any]:
    """All cases of a call side by side: figures, earlier grades, score and grade."""
    call, actor = _seen_call(request, number), acting(request)
    found = list(queries.evaluated_cases(call, actor))
    beside = queries.beside_scores(found, clock.now())
    return {
        "call": call.number,
        "panels": [one.pk for one in queries.panels_of(call, actor)],
        "cases": [
            {
                "case": one.number,
                "organisation": one.organisation.name,
                "state": one.state,
                "score": one.score,
                "grade": one.grade,
                "earlier": {str(year): _said(words) for year, words in beside[one.pk][1]},
                "figures": [as_plain(figure) for figure in beside[one.pk][0]],
            }
            for one in found
        ],
    }


def _seen_call(request: HttpRequest, number: str) -> Call:
    """A call of the own department, or any for readers; 404 otherwise."""
    actor = acting(request, *_SEES)
    call = cases.call_at(number, actor)
    if actor.role in CALL_OFFICE and not rules.may_manage(actor, call):
        raise Http404
    return call


def _own_call(request: HttpRequest, number: str) -> Call:
    acting(request, *CALL_OFFICE)
    return _seen_call(request, number)


def _rubric(request: HttpRequest, number: str) -> dict[str, Any]:
    call, actor = _seen_call(request, number), acting(request)
    changeable = call.state == Call.State.DRAFT and rules.may_manage(actor, call)
    return {
        "call": call.number,
        "revision": call.revision,
        "changeable": changeable,
        "rubric": call.rubric or (default_for(benefit_of(call)) if changeable else {}),
    }


def _assigned(panel: Panel, request: HttpRequest) -> dict[str, Any]:
    actor, per_case = acting(request), panels.rubric_of(panel.call).per_case
    _, _, by_seat = queries.progress(panel, actor)
    seats = list(panel.seats.filter(left_at__isnull=True).select_related("membership__user"))
    places, gone = queries.cases_before(panel, actor), declined(panel)
    away = assigning.stays_away([one.membership for one in seats], [one.case_id for one in places])
    chosen: dict[int, list[int]] = {}
    live = panel.assignments.filter(ended_at__isnull=True).order_by("seat__place")
    for case, place in live.values_list("case", "seat__place"):
        chosen.setdefault(case, []).append(place)
    return {
        "id": panel.pk,
        "state": panel.state,
        "per_case": per_case,
        "seats": [
            {
                "place": one.place,
                "name": one.membership.user.name,
                "chair": one.chair,
                "assigned": by_seat[one.pk].assigned if one.pk in by_seat else 0,
                "sealed": by_seat[one.pk].sealed if one.pk in by_seat else 0,
                "declined": gone.get(one.pk),
            }
            for one in seats
        ],
        "cases": [
            {
                "place": one.place,
                "case": one.case.number,
                "seats": chosen.get(one.case_id, []),
                "away": [seat.place for seat in seats if (seat.membership_id, one.case_id) in away],
            }
            for one in places
        ],
        "proposed": None
        if queries.kept_from(panel, actor)
        else _proposed(
            panel, per_case, {one.pk: one.place for one in seats}, {one.case_id: one.place for one in places}
        ),
    }


def _proposed(
    panel: Panel, per_case: int, seats: dict[int, int], places: dict[int, int]
) -> dict[str, list[int]] | None:
    """A balanced assignment by places; None where too few may judge a case."""
    try:
        found = assigning.propose(panel, per_case)
    except Refused:
        return None
    return {
        str(places[case]): sorted(seats[one] for one in chosen)
        for case, chosen in found.items()
        if case in places
    }


def _papers(panel: Panel, request: HttpRequest) -> dict[str, Any]:
    there = [one.case for one in queries.cases_before(panel, acting(request))]
    return {
        "documents": [
            {"id": one.pk, "case": one.case.number, "title": _said(title), "has_copy": copy is not None}
            for one, title, copy in material.documents_of(there)
        ]
    }


def _said(words: Words) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}
