"""The API of a panel's meeting: minutes, proposed grades, dissent, conclusion; and the grades taken into the cases."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest
from ninja import Router

from kechuang.accounts.calling import SURE, Sure, acting
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import DEPARTMENT, READERS, Role
from kechuang.accounts.tokens import bearer
from kechuang.fulfilment.judging import api_panel_shapes as shapes
from kechuang.fulfilment.judging import meetings, queries, tallies
from kechuang.fulfilment.judging.api import Number
from kechuang.fulfilment.judging.api import panel_line as line
from kechuang.fulfilment.judging.api_panels import managed
from kechuang.fulfilment.judging.models import Panel
from kechuang.fulfilment.models import Case
from kechuang.journal import clock
from kechuang.reader.told import told
from kechuang.registry.rules import may_see_evidence

router = Router(tags=["judging"], auth=bearer)
JUDGES: Final = (Role.EXPERT, Role.REVIEWER, *sorted(DEPARTMENT))


@router.get(
    "/panels/{number}/meeting",
    response=shapes.MeetingTold,
    **told(
        "read_meeting", "评审会", "Read the meeting", "会议记录、到会席位、保留意见和结论；截止前没有内容。"
    ),
)
def read_meeting(request: HttpRequest, number: Number) -> dict[str, Any]:
    """The minutes, who was present, dissents and conclusion; nothing before the deadline."""
    actor = acting(request, *JUDGES, *sorted(READERS))
    return _meeting(queries.panel_at(number, actor), request)


@router.post(
    "/panels/{number}/meeting",
    response=shapes.MeetingTold,
    **told(
        "write_minutes",
        "填写会议记录",
        "Write the minutes",
        "会议日期、到会席位和记录；结论确认前可以重写。",
        {"held_on": "2026-04-02", "present": [1, 2, 3, 4], "minutes": "经讨论，同意各件得分。"},
    ),
)
def write_minutes(request: HttpRequest, number: Number, given: shapes.MinutesGiven) -> dict[str, Any]:
    """Write the minutes, or write them anew until the meeting is concluded; grades begin with the bands."""
    panel = _judged(request, number)
    places = {one.place: one.pk for one in panel.seats.filter(left_at__isnull=True)}
    if not places.keys() >= set(given.present):
        raise Refused("请勾选到会的专家。", "Tick who was present.", "present")
    there = getattr(panel, "meeting", None)
    present = [places[one] for one in given.present]
    minutes = meetings.Minutes(given.held_on, present, given.minutes, there.file if there else None)
    meetings.write(panel, minutes, actor=acting(request), at=clock.now())
    return _meeting(_judged(request, number), request)


@router.post(
    "/panels/{number}/grades",
    response=shapes.MeetingTold,
    **told(
        "propose_grades",
        "提出等次",
        "Propose grades",
        "评审会逐件提出等次；与得分所在档次不同的须写明理由。",
        {"grades": [{"place": 1, "grade": "good", "reason": "成效突出。"}]},
    ),
)
def propose_grades(request: HttpRequest, number: Number, given: shapes.GradesGiven) -> dict[str, Any]:
    """Set the grades that the meeting proposes; whoever leaves the band of a score says why."""
    panel = _judged(request, number)
    asks = meetings.asks_selection(panel)
    said = {
        _case(panel, one.place, request).pk: meetings.Proposed(
            one.grade, one.reason, one.selected if asks else None
        )
        for one in given.grades
    }
    meetings.propose(panel, said, actor=acting(request), at=clock.now())
    return _meeting(panel, request)


@router.post(
    "/panels/{number}/dissents",
    response=shapes.MeetingTold,
    **told(
        "state_dissent",
        "提出保留意见",
        "Record a dissent",
        "到会的专家对一件或对全部提出保留意见，不能撤回。",
        {"words": "不同意第 2 件的等次。", "place": 2},
    ),
)
def state_dissent(request: HttpRequest, number: Number, given: shapes.DissentGiven) -> dict[str, Any]:
    """Record what somebody present holds against a proposal; it stays for good."""
    panel = _judged(request, number)
    case = None if given.place is None else _case(panel, given.place, request)
    meetings.dissent(panel, case, given.words, actor=acting(request), at=clock.now())
    return _meeting(panel, request)


@router.post(
    "/panels/{number}/conclude",
    response=shapes.MeetingTold,
    **told(
        "conclude_meeting",
        "确认会议结论",
        "Conclude the meeting",
        "组长确认结论；离群评分未说明的，写明不再等待的理由。",
        {"without_answers": ""},
    ),
)
def conclude_meeting(request: HttpRequest, number: Number, given: shapes.ConclusionGiven) -> dict[str, Any]:
    """The chair concludes the meeting; where written reasons are missing, with the reason to go on without."""
    panel = _judged(request, number)
    said = {"without_answers": given.without_answers, "without_sheets": given.without_sheets}
    meetings.conclude(panel, actor=acting(request), at=clock.now(), **said)
    return _meeting(_judged(request, number), request)


@router.post(
    "/panels/{number}/grade",
    response=shapes.GradedTold,
    **told(
        "grade_cases",
        "写入等次",
        "Take the grades over",
        "把确认的等次逐件写入申报；不能写入的列出原因。",
        SURE,
    ),
)
def grade_cases(request: HttpRequest, number: Number, given: Sure) -> dict[str, Any]:  # noqa: ARG001 - it is meant
    """Take the concluded grades over into the cases; what could not be is named with the reason."""
    panel = managed(request, number)
    refused = meetings.grade_all(panel, actor=acting(request), at=clock.now())
    said = {key: {"zh": one.words.zh, "en": one.words.en} for key, one in refused.items()}
    return {"call": panel.call.number, "refused": said}


def _judged(request: HttpRequest, number: int) -> Panel:
    """A panel that the bearer takes part in or manages, or 404."""
    return queries.panel_at(number, acting(request, *JUDGES))


def _case(panel: Panel, place: int, request: HttpRequest) -> Case:
    found = (one.case for one in queries.cases_before(panel, acting(request)) if one.place == place)
    case = next(found, None)
    if case is None:
        raise Refused("这件申报不在本评审组。", "The case is not before this panel.", "place")
    return case


def _meeting(panel: Panel, request: HttpRequest) -> dict[str, Any]:
    there = getattr(panel, "meeting", None) if panel.state in tallies.OPEN else None
    dissents = queries.dissents_seen(panel, acting(request)) if there else []
    whole = not queries.kept_from(panel, acting(request))
    return {
        **line(panel, request),
        "held_on": there and there.held_on,
        "present": list(there.present.order_by("place").values_list("place", flat=True)) if there else [],
        "minutes": there.minutes if there and whole else "",
        "file": there.file_id
        if there and there.file and may_see_evidence(acting(request), there.file)
        else None,
        "concluded_at": there and there.concluded_at,
        "hash": there.hash if there else "",
        "dissents": [
            {"seat": one.seat.place, "place": about and about.place, "words": one.words}
            for one, about in dissents
        ],
    }
