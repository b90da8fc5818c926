"""The API of the pool, of recusals and of draws: what the pages do, with a token; draws are for everybody to read."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Final

from django.http import Http404, HttpRequest
from ninja import Path, Query, Router
from pydantic import Field

from kechuang.accounts.calling import BECAUSE, SURE, Because, Given, Id, Sure, Text, acting
from kechuang.accounts.models import Membership, Organisation
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.accounts.tokens import bearer
from kechuang.experts import actions, declaring, drawing, queries, replaying
from kechuang.experts import api_shapes as shapes
from kechuang.experts.models import Draw, Expert, Tie
from kechuang.experts.pages import STAFF_ROLES
from kechuang.journal import clock
from kechuang.reader.told import told

router = Router(tags=["experts"], auth=bearer)
MOST: Final = 200
POOL: Final = (Role.OFFICER, Role.DECIDER, Role.AUDITOR)
Day = Annotated[date, Field(strict=False)]
DrawNumber = Annotated[
    str, Path(max_length=32, description="抽取编号 · number of the draw", examples=["C2026-001"])
]


class NewExpert(Given):
    """An expert to be entered; the ID number is hashed and forgotten."""

    name: Annotated[str, Field(min_length=1, max_length=64)]
    id_number: Annotated[str, Field(min_length=6, max_length=32)]
    born: Day
    title: Annotated[str, Field(max_length=32, description="entry.yaml 的代码 · a code of entry.yaml")]
    fields: Annotated[
        list[str], Field(max_length=20, description="fields.yaml 的代码 · codes of fields.yaml")
    ]
    email: Annotated[str, Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]
    orcid: Annotated[str, Field(max_length=40)] = ""
    exception: Annotated[str, Field(max_length=500)] = ""


class Checked(Given):
    """The integrity file was looked at, and what it holds."""

    no_record: bool = Field(description="没有失信记录 · the integrity file holds nothing")
    note: Annotated[str, Field(max_length=500)] = ""


class Merged(Given):
    """Into which entry, and why they are one person."""

    into: Annotated[int, Field(ge=1, le=2**63 - 1)]
    reason: Text


class NewTie(Given):
    """What ties a person to an organisation (by its code) or to another expert (by number)."""

    kind: Annotated[str, Field(max_length=32, description="grounds.yaml 的代码 · a code of grounds.yaml")]
    organisation: Annotated[str, Field(max_length=32, description="统一社会信用代码 · its code")] = ""
    other: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = None
    began_on: Day | None = None
    ended_on: Day | None = None
    note: Annotated[str, Field(max_length=500)] = ""
    source: Annotated[str, Field(max_length=200, description="依据 · what it rests on")] = ""


class Days(Given):
    """Days, both included."""

    since: Day
    until: Day
    note: Annotated[str, Field(max_length=200)] = ""


class NewDraw(Given):
    """A draw to be prepared; with the number of a call, whoever is tied to an applicant is left out."""

    purpose: Annotated[str, Field(min_length=1, max_length=200)]
    call: Annotated[str, Field(max_length=32)] = ""
    seats: Annotated[int, Field(ge=1, le=99)]
    substitutes: Annotated[int, Field(ge=0, le=99)] = 0
    first_day: Day
    last_day: Day
    fields: Annotated[list[str], Field(max_length=20)] = Field(default_factory=list)


class Carried(Given):
    """The words of the witness, if there are any."""

    witness: Annotated[str, Field(max_length=200)] = ""


class Declined(Given):
    """Who of those drawn cannot come, and why."""

    place: Annotated[int, Field(ge=1, le=200)]
    reason: Text


_DRAW: Final = {
    "purpose": "第 7 条评审",
    "seats": 5,
    "substitutes": 2,
    "first_day": "2026-04-01",
    "last_day": "2026-04-03",
}
_TIE: Final = {"kind": "holding", "organisation": "91371000MA3C4D5E6X"}
_PERSON: Final = {
    "name": "张三", "id_number": "E1234567", "born": "1975-05-20", "title": "full", "fields": ["materials"],
    "email": "zhang@example.com",
}  # fmt: skip


@router.get(
    "/experts",
    response=shapes.ToldExperts,
    **told("experts", "专家库", "The pool", "本部门管理的专家，每页 200 位。"),
)
def experts(
    request: HttpRequest,
    state: Annotated[str, Query(max_length=16, description="状态 · state; empty for all")] = "",
    page: Annotated[int, Query(ge=1, le=100_000, description="第几页 · which page")] = 1,
) -> dict[str, Any]:
    """The experts that one's department keeps, 200 a page."""
    found = queries.experts(acting(request, *POOL), queries.Filters(state=state), clock.today())
    start = (page - 1) * MOST
    return {"count": found.count(), "experts": [_expert(one) for one in found[start : start + MOST]]}


@router.get(
    "/experts/{number}",
    response=shapes.ToldExpert,
    **told("expertEntry", "一位专家", "One expert", "一位专家的条目。"),
)
def expert(request: HttpRequest, number: Id) -> dict[str, Any]:
    """One entry of the pool."""
    return _expert(queries.expert_at(number, acting(request, *POOL)))


@router.post(
    "/experts",
    response=shapes.ToldExpert,
    **told("proposeExpert", "录入专家", "Enter an expert", "录入一位专家，待审定岗批准。", _PERSON),
)
def propose(request: HttpRequest, given: NewExpert) -> dict[str, Any]:
    """Enter an expert, to be confirmed by the decider."""
    actor = acting(request, Role.OFFICER)
    said = given.model_dump(exclude={"id_number", "fields"})
    profile = actions.Profile(**said, fields=tuple(given.fields))
    return _expert(actions.propose(profile, given.id_number, actor=actor, at=clock.now()))


@router.post(
    "/experts/{number}/confirm",
    response=shapes.ToldExpert,
    **told("confirmExpert", "批准入库", "Confirm an entry", "批准入库并邀请专家。", {"no_record": True}),
)
def confirm(request: HttpRequest, number: Id, given: Checked) -> dict[str, Any]:
    """Take an expert into the pool and invite them."""
    actor = acting(request, Role.DECIDER)
    found = queries.expert_at(number, actor)
    return _expert(actions.confirm(found, actor=actor, at=clock.now(), no_record=given.no_record)[0])


@router.post(
    "/experts/{number}/check",
    response=shapes.ToldExpert,
    **told("checkExpert", "年度核对", "The yearly check", "核对职称、年龄、诚信记录。", {"no_record": True}),
)
def check(request: HttpRequest, number: Id, given: Checked) -> dict[str, Any]:
    """Check title, age and integrity file; whoever no longer meets the rules lapses."""
    actor = acting(request, Role.OFFICER)
    found = queries.expert_at(number, actor)
    return _expert(actions.check(found, **given.model_dump(), actor=actor, at=clock.now()))


@router.post(
    "/experts/{number}/remove",
    response=shapes.ToldExpert,
    **told("removeExpert", "移出专家库", "Remove an expert", "移出专家库，写明原因。", BECAUSE),
)
def remove(request: HttpRequest, number: Id, given: Because) -> dict[str, Any]:
    """Take somebody out of the pool, with the reason."""
    actor = acting(request, Role.OFFICER)
    found = queries.expert_at(number, actor)
    return _expert(actions.remove(found, reason=given.reason, actor=actor, at=clock.now()))


@router.post(
    "/experts/{number}/merge",
    response=shapes.ToldExpert,
    **told(
        "mergeExperts", "合并条目", "Merge entries", "把本条目并入另一条。", {"into": 7, "reason": "同一人"}
    ),
)
def merge(request: HttpRequest, number: Id, given: Merged) -> dict[str, Any]:
    """Merge an entry into another of the same person; ties of both stay."""
    actor = acting(request, Role.OFFICER)
    gone, into = queries.expert_at(number, actor), queries.expert_at(given.into, actor)
    return _expert(actions.merge(gone, into, reason=given.reason, actor=actor, at=clock.now()))


@router.post(
    "/experts/{number}/ties",
    response=shapes.ToldTie,
    **told(
        "enterTie", "录入关联", "Enter a tie", "为本部门管理的专家录入关联。", {**_TIE, "source": "来函 3 号"}
    ),
)
def enter_tie(request: HttpRequest, number: Id, given: NewTie) -> dict[str, Any]:
    """Enter what ties an expert, with what it rests on."""
    actor = acting(request, Role.OFFICER)
    found = queries.expert_at(number, actor)
    return _tie(declaring.enter(found, _said(given), actor=actor, at=clock.now()))


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
    return _expert(_own(actor))


@router.post(
    "/expert/absences",
    response=shapes.ToldExpert,
    **told(
        "addAbsence",
        "不能参加的日期",
        "Days one cannot come",
        "登记不能参加评审的日期。",
        {"since": "2026-04-01", "until": "2026-04-09"},
    ),
)
def add_absence(request: HttpRequest, given: Days) -> dict[str, Any]:
    """The expert cannot come on these days."""
    actor = acting(request, Role.EXPERT)
    actions.add_absence(_own(actor), **given.model_dump(), actor=actor, at=clock.now())
    return _expert(_own(actor))


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
    **told("declareTie", "申报关联", "Declare a tie", "申报本人的关联，随即回避。", _TIE),
)
def declare(request: HttpRequest, given: NewTie) -> dict[str, Any]:
    """Say what ties oneself; one stays away from that moment on."""
    actor = acting(request, *STAFF_ROLES)
    return _tie(declaring.declare(_said(given), actor=actor, at=clock.now()))


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
    return _tie(queries.tie_at(number, actor))


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
    **told("prepareDraw", "准备抽取", "Prepare a draw", "冻结名单，公布种子的哈希。", _DRAW),
)
def prepare(request: HttpRequest, given: NewDraw) -> dict[str, Any]:
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
def carry_out(request: HttpRequest, number: DrawNumber, given: Carried) -> dict[str, Any]:
    """Publish the seed and tell those drawn."""
    actor = acting(request, Role.OFFICER, Role.DECIDER)
    found = queries.draw_at(number)
    return _draw(drawing.carry_out(found, witness=given.witness, actor=actor, at=clock.now()))


@router.post(
    "/draws/{number}/cancel",
    response=shapes.WholeDraw,
    **told("cancelDraw", "作废抽取", "Cancel a draw", "作废尚未进行的抽取，写明原因。", BECAUSE),
)
def cancel(request: HttpRequest, number: DrawNumber, given: Because) -> dict[str, Any]:
    """Give up a draw that was prepared; it stays in the list."""
    actor = acting(request, Role.OFFICER, Role.DECIDER)
    return _draw(drawing.cancel(queries.draw_at(number), reason=given.reason, actor=actor, at=clock.now()))


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
def decline(request: HttpRequest, number: DrawNumber, given: Declined) -> dict[str, Any]:
    """Note that somebody drawn cannot come; the next substitute takes the seat. Experts do it for themselves."""
    actor = acting(request, Role.OFFICER, Role.DECIDER, Role.EXPERT)
    found = queries.draw_at(number)
    one = found.drawn.select_related("membership").filter(place=given.place).first()
    if one is None:
        raise Http404
    drawing.decline(one, reason=given.reason, actor=actor, at=clock.now())
    return _draw(queries.draw_at(number))


def _own(actor: Membership) -> Expert:
    found = queries.own_entry(actor)
    if found is None:
        raise Http404
    return found


def _said(given: NewTie) -> declaring.Said:
    organisation = (
        Organisation.objects.filter(uscc=given.organisation.upper()).first() if given.organisation else None
    )
    if given.organisation and organisation is None:
        raise Refused("没有找到这个单位。", "There is no such organisation.", "organisation")
    other = Expert.objects.filter(pk=given.other, merged_into__isnull=True).first() if given.other else None
    if given.other and other is None:
        raise Refused("没有找到这位专家。", "There is no such expert.", "other")
    said = given.model_dump(exclude={"organisation", "other"})
    return declaring.Said(organisation=organisation, other=other, **said)


def _expert(one: Expert) -> dict[str, Any]:
    names = (
        "key",
        "name",
        "title",
        "fields",
        "email",
        "orcid",
        "state",
        "reason",
        "checked_on",
        "expires_on",
    )
    return {"id": one.pk, "agreed": one.agreed_at is not None, **{name: getattr(one, name) for name in names}}


def _tie(one: Tie) -> dict[str, Any]:
    return {
        "id": one.pk,
        "kind": one.kind,
        "organisation": one.organisation.uscc if one.organisation else "",
        "other": one.other_id,
        "began_on": one.began_on,
        "ended_on": one.ended_on,
        "source": one.source,
        "withdrawn": one.withdrawn_at is not None,
    }


def _draw(one: Draw) -> dict[str, Any]:
    told_of = drawing.exported(queries.draw_at(one.number))
    return {"draw": told_of, "differences": [one.what for one in replaying.verify(told_of)]}
