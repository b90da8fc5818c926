"""The API of draws: prepared, carried out, cancelled; for everybody to read and to do again."""

from __future__ import annotations

from typing import Annotated, Any, Final

from django.http import Http404, HttpRequest
from ninja import Path, Router

from kechuang.accounts.calling import BECAUSE, Because, acting
from kechuang.accounts.models import Membership
from kechuang.accounts.roles import Role
from kechuang.accounts.tokens import bearer
from kechuang.experts import api_given as bodies
from kechuang.experts import api_shapes as shapes
from kechuang.experts import drawing, queries, replaying, rules
from kechuang.experts.models import Draw
from kechuang.journal import clock
from kechuang.reader.told import told

router = Router(tags=["experts"], auth=bearer)
MOST: Final = 200
DrawNumber = Annotated[
    str, Path(max_length=32, description="抽取编号 · number of the draw", examples=["C2026-001"])
]
_DRAW: Final = {
    "purpose": "第 7 条评审",
    "seats": 5,
    "substitutes": 2,
    "first_day": "2026-04-01",
    "last_day": "2026-04-03",
}


@router.get(
    "/draws",
    auth=None,
    response=shapes.ToldDraws,
    **told("draws", "专家抽取", "Draws of experts", "抽取，新的在前，至多 200 次。无需令牌。"),
)
def draws(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001 - the framework gives it
    """Draws, the newest first, 200 at most. No token is needed."""
    names = ("number", "purpose", "seats", "substitutes", "state", "pool_hash", "commitment")
    return {"draws": [{name: getattr(one, name) for name in names} for one in queries.draws()[:MOST]]}


@router.get(
    "/draws/{number}",
    auth=None,
    response=shapes.WholeDraw,
    **told("draw", "一次抽取", "One draw", "一次抽取的全部内容，可用 kechuang draw verify 核验。无需令牌。"),
)
def draw(request: HttpRequest, number: DrawNumber) -> dict[str, Any]:  # noqa: ARG001
    """All of a draw, as `kechuang draw verify` takes it, and what differs when it is done again. No token is needed."""
    return _draw(queries.draw_at(number))


@router.post(
    "/draws",
    response=shapes.WholeDraw,
    **told("prepareDraw", "准备抽取", "Prepare a draw", "冻结名单，公布种子的校验值。", _DRAW),
)
def prepare(request: HttpRequest, given: bodies.NewDraw) -> dict[str, Any]:
    """Freeze the pool and commit a seed."""
    actor = acting(request, Role.OFFICER)
    subject, parties = drawing.find_parties(given.call, actor)
    plan = drawing.Plan(
        purpose=given.purpose,
        seats=given.seats,
        substitutes=given.substitutes,
        days=(given.first_day, given.last_day),
        fields=tuple(given.fields),
        organisations=tuple(parties),
        subject=subject,
    )
    return _draw(drawing.prepare(plan, actor=actor, at=clock.now()))


@router.post(
    "/draws/{number}/carry-out",
    response=shapes.WholeDraw,
    **told("carryOutDraw", "抽取", "Carry out a draw", "公布种子，抽出专家并通知。", {"witness": "0302"}),
)
def carry_out(request: HttpRequest, number: DrawNumber, given: bodies.Carried) -> dict[str, Any]:
    """Publish the seed and tell those drawn."""
    actor = acting(request, Role.OFFICER, Role.DECIDER)
    found = _own(number, actor)
    return _draw(drawing.carry_out(found, witness=given.witness, actor=actor, at=clock.now()))


@router.post(
    "/draws/{number}/cancel",
    response=shapes.WholeDraw,
    **told("cancelDraw", "作废抽取", "Cancel a draw", "作废尚未进行的抽取，写明原因。", BECAUSE),
)
def cancel(request: HttpRequest, number: DrawNumber, given: Because) -> dict[str, Any]:
    """Give up a draw that was prepared; it stays in the list."""
    actor = acting(request, Role.OFFICER, Role.DECIDER)
    return _draw(drawing.cancel(_own(number, actor), reason=given.reason, actor=actor, at=clock.now()))


@router.post(
    "/draws/{number}/declines",
    response=shapes.WholeDraw,
    **told(
        "declineSeat",
        "登记不能参加",
        "Note who cannot come",
        "登记抽中的专家不能参加，由候补递补；专家可为本人登记。",
        {"place": 2, "reason": "出差"},
    ),
)
def decline(request: HttpRequest, number: DrawNumber, given: bodies.Declined) -> dict[str, Any]:
    """Note that somebody drawn cannot come; the next substitute takes the seat. Experts do it for themselves."""
    actor = acting(request, Role.OFFICER, Role.DECIDER, Role.EXPERT)
    found = queries.draw_at(number)
    one = found.drawn.select_related("membership").filter(place=given.place).first()
    if one is None or not (one.membership.user_id == actor.user_id or rules.may_run(actor, found)):
        raise Http404
    drawing.decline(one, reason=given.reason, actor=actor, at=clock.now())
    return _draw(queries.draw_at(number))


def _own(number: str, actor: Membership) -> Draw:
    """A draw that the actor's department prepared; 404 for others, as on its page."""
    found = queries.draw_at(number)
    if not rules.may_run(actor, found):
        raise Http404
    return found


def _draw(one: Draw) -> dict[str, Any]:
    told_of = drawing.exported(queries.draw_at(one.number))
    return {"draw": told_of, "differences": [one.what for one in replaying.verify(told_of)]}
