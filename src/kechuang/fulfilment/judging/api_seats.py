"""The API of a panel's seats: added, left, the chair given to somebody else."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router

from kechuang.accounts.calling import acting
from kechuang.accounts.refusals import Refused
from kechuang.accounts.tokens import bearer
from kechuang.fulfilment.judging import api_panel_shapes as shapes
from kechuang.fulfilment.judging import queries, seats
from kechuang.fulfilment.judging.api import Number
from kechuang.fulfilment.judging.api import panel_line as line
from kechuang.fulfilment.judging.api_panels import managed
from kechuang.fulfilment.judging.api_shapes import PanelLine
from kechuang.fulfilment.judging.models import Panel, Seat
from kechuang.journal import clock
from kechuang.policy.language.values import Words
from kechuang.reader.problems import wrong
from kechuang.reader.told import told

router = Router(tags=["judging"], auth=bearer)


@router.post(
    "/panels/{number}/seats",
    response=PanelLine,
    **told(
        "add_seat",
        "增加专家",
        "Add a seat",
        "不写人选的取抽取的下一位候补；由经办人指定的须写明理由。打分开始后只能为不足的件增加。",
        {"reason": ""},
    ),
)
def add_seat(request: HttpRequest, number: Number, given: shapes.SeatGiven) -> dict[str, Any]:
    """Add the draw's next substitute, or somebody of list_judges with the reason."""
    panel = managed(request, number)
    person = None
    if given.person is not None:
        person = queries.people_for(clock.today()).filter(pk=given.person).first()
        if person is None:
            raise wrong("/person", given.person, Words("list_judges 中的编号", "an id of list_judges"))
    seats.add(panel, person, given.reason, actor=acting(request), at=clock.now())
    return line(managed(request, number), request)


@router.post(
    "/panels/{number}/leave",
    response=PanelLine,
    **told(
        "leave_seat",
        "专家退出",
        "Take somebody off a panel",
        "没有提交的评分表随之结束；组长退出的须同时指定新组长；replaced 为 true 时由下一位候补接替。",
        {"seat": 5, "reason": "与申报单位有合作。"},
    ),
)
def leave_seat(request: HttpRequest, number: Number, given: shapes.LeaveGiven) -> dict[str, Any]:
    """Take somebody off the panel, with the reason; once scores are taken only for a conflict or a declined draw."""
    panel = managed(request, number)
    chair = None if given.chair is None else _seat(panel, given.chair, "chair")
    own = _seat(panel, given.seat, "seat")
    actor, at = acting(request), clock.now()
    seats.leave(panel, own, given.reason, actor=actor, at=at, chair=chair, replaced=given.replaced)
    return line(managed(request, number), request)


@router.post(
    "/panels/{number}/chair",
    response=PanelLine,
    **told(
        "appoint_chair",
        "更换组长",
        "Give the chair to somebody else",
        "评审会结论确认前，由本组另一位专家任组长，并写明原因。",
        {"seat": 2, "reason": "原组长须回避其中一件。"},
    ),
)
def appoint_chair(request: HttpRequest, number: Number, given: shapes.ChairGiven) -> dict[str, Any]:
    """Give the chair to another of the panel, with the reason."""
    panel = managed(request, number)
    heir = _seat(panel, given.seat, "seat")
    seats.appoint(panel, heir, given.reason, actor=acting(request), at=clock.now())
    return line(managed(request, number), request)


def _seat(panel: Panel, place: int, field: str) -> Seat:
    found = panel.seats.filter(place=place, left_at__isnull=True).first()
    if found is None:
        raise Refused("请选择本组的专家。", "Choose an expert of the panel.", field)
    return found
