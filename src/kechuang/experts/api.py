"""The API of the pool: what its pages do, with a token. Own acts and recusals: api_own; draws: api_draws."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated, Any, Final

from django.http import Http404, HttpRequest
from django.urls import reverse
from ninja import Query, Router

from kechuang.accounts.calling import BECAUSE, Because, Id, acting
from kechuang.accounts.models import Membership, Organisation
from kechuang.accounts.queries import organisation_by_code
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.accounts.tokens import bearer
from kechuang.experts import actions, correcting, declaring, queries
from kechuang.experts import api_given as bodies
from kechuang.experts import api_shapes as shapes
from kechuang.experts.models import Employment, Expert, Tie, Work
from kechuang.journal import clock
from kechuang.policy.language.values import Words
from kechuang.reader.problems import wrong
from kechuang.reader.told import told
from kechuang.registry.queries import evidence_of

router = Router(tags=["experts"], auth=bearer)
MOST: Final = 200
POOL: Final = (Role.OFFICER, Role.DECIDER, Role.AUDITOR)
TIE: Final = {"kind": "holding", "organisation": "91371000MA3C4D5E6X"}
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
    return {"count": found.count(), "experts": [expert_told(one) for one in found[start : start + MOST]]}


@router.get(
    "/experts/{number}",
    response=shapes.ToldExpert,
    **told("expertEntry", "一位专家", "One expert", "一位专家的条目。"),
)
def expert(request: HttpRequest, number: Id) -> dict[str, Any]:
    """One entry of the pool."""
    return expert_told(queries.expert_at(number, acting(request, *POOL)))


@router.post(
    "/experts",
    response=shapes.ToldExpert,
    **told("proposeExpert", "录入专家", "Enter an expert", "录入一位专家，待审定岗批准。", _PERSON),
)
def propose(request: HttpRequest, given: bodies.NewExpert) -> dict[str, Any]:
    """Enter an expert, to be confirmed by the decider."""
    actor = acting(request, Role.OFFICER)
    said = given.model_dump(exclude={"id_number", "fields"})
    profile = actions.Profile(**said, fields=tuple(given.fields))
    return expert_told(actions.propose(profile, given.id_number, actor=actor, at=clock.now()))


@router.post(
    "/experts/{number}/confirm",
    response=shapes.ConfirmedExpert,
    **told(
        "confirmExpert",
        "批准入库",
        "Confirm an entry",
        "批准入库并邀请专家；邀请的网址只告知一次。",
        {"no_record": True},
    ),
)
def confirm(request: HttpRequest, number: Id, given: bodies.Checked) -> dict[str, Any]:
    """Take an expert into the pool and invite them; the address to open is told this once."""
    actor = acting(request, Role.DECIDER)
    found = queries.expert_at(number, actor)
    done, code = actions.confirm(found, actor=actor, at=clock.now(), no_record=given.no_record)
    address = request.build_absolute_uri(reverse("invitation", args=[code])) if code else ""
    return {**expert_told(done), "address": address}


@router.post(
    "/experts/{number}/check",
    response=shapes.ToldExpert,
    **told("checkExpert", "年度核对", "The yearly check", "核对职称、年龄、诚信记录。", {"no_record": True}),
)
def check(request: HttpRequest, number: Id, given: bodies.Checked) -> dict[str, Any]:
    """Check title, age and integrity file; whoever no longer meets the rules lapses."""
    actor = acting(request, Role.OFFICER)
    found = queries.expert_at(number, actor)
    return expert_told(actions.check(found, **given.model_dump(), actor=actor, at=clock.now()))


@router.post(
    "/experts/{number}/remove",
    response=shapes.ToldExpert,
    **told("removeExpert", "移出专家库", "Remove an expert", "移出专家库，写明原因。", BECAUSE),
)
def remove(request: HttpRequest, number: Id, given: Because) -> dict[str, Any]:
    """Take somebody out of the pool, with the reason."""
    actor = acting(request, Role.OFFICER)
    found = queries.expert_at(number, actor)
    return expert_told(actions.remove(found, reason=given.reason, actor=actor, at=clock.now()))


@router.post(
    "/experts/{number}/merge",
    response=shapes.ToldExpert,
    **told(
        "mergeExperts", "合并条目", "Merge entries", "把本条目并入另一条。", {"into": 7, "reason": "同一人"}
    ),
)
def merge(request: HttpRequest, number: Id, given: bodies.Merged) -> dict[str, Any]:
    """Merge an entry into another of the same person; ties of both stay."""
    actor = acting(request, Role.OFFICER)
    gone, into = queries.expert_at(number, actor), queries.expert_at(given.into, actor)
    return expert_told(actions.merge(gone, into, reason=given.reason, actor=actor, at=clock.now()))


@router.post(
    "/experts/{number}/ties",
    response=shapes.ToldTie,
    **told(
        "enterTie", "录入关联", "Enter a tie", "为本部门管理的专家录入关联。", {**TIE, "source": "来函 3 号"}
    ),
)
def entertie_told(request: HttpRequest, number: Id, given: bodies.NewTie) -> dict[str, Any]:
    """Enter what ties an expert, with what it rests on."""
    actor = acting(request, Role.OFFICER)
    found = queries.expert_at(number, actor)
    return tie_told(declaring.enter(found, said_of(given), actor=actor, at=clock.now()))


@router.get(
    "/experts/{number}/background",
    response=shapes.Background,
    **told(
        "expertBackground", "任职和关联", "Background of an expert", "任职、不能参加的日期、关联、共同成果。"
    ),
)
def expert_background(request: HttpRequest, number: Id) -> dict[str, Any]:
    """Where an expert works, when they cannot come, what ties them, and what they did with others."""
    actor = acting(request, *POOL)
    found = queries.expert_at(number, actor)
    return background(found, queries.ties_of(found, actor))


@router.post(
    "/experts/{number}/change",
    response=shapes.ToldExpert,
    **told(
        "changeExpert", "更正条目", "Change an entry", "更正一位专家的条目；没有写的不变，专家须重新确认。",
        {"revision": 1, "title": "full"},
    ),
)  # fmt: skip
def change(request: HttpRequest, number: Id, given: bodies.ProfileChange) -> dict[str, Any]:
    """Correct an entry on the revision that was seen; the expert must agree to it anew."""
    actor = acting(request, Role.OFFICER)
    found = queries.expert_at(number, actor)
    said = given.model_dump(exclude={"revision"}, exclude_none=True)
    said |= {"fields": tuple(said["fields"])} if "fields" in said else {}
    profile = replace(actions.profile_of(found), **said)
    changed = actions.change(found, profile, revision=given.revision, actor=actor, at=clock.now())
    return expert_told(changed)


@router.post(
    "/experts/{number}/files",
    response=shapes.ToldExpert,
    **told(
        "addExpertFile", "附上证明材料", "Add a file", "把已上传的材料（keepEvidence）附在一位专家的条目上。",
        {"evidence": 7},
    ),
)  # fmt: skip
def add_file(request: HttpRequest, number: Id, given: bodies.FileNamed) -> dict[str, Any]:
    """Put a file, uploaded before, beside an entry; only the department and the expert may open it."""
    actor = acting(request, Role.OFFICER)
    found = queries.expert_at(number, actor)
    kept = evidence_of(actor.organisation_id, actor).filter(pk=given.evidence).first()
    if kept is None:
        expected = Words("本单位材料的编号", "the number of a file of one's own")
        raise wrong("/evidence", given.evidence, expected)
    actions.attach(found, kept, actor=actor, at=clock.now())
    return expert_told(queries.expert_at(number, actor))


@router.post(
    "/experts/{number}/employments",
    response=shapes.Background,
    **told(
        "addEmployment", "录入任职", "Enter an employment", "录入一位专家现在或从前的任职单位。",
        {"organisation": "91371000MA3C4D5E6X", "began_on": "2020-01-01"},
    ),
)  # fmt: skip
def add_employment(request: HttpRequest, number: Id, given: bodies.NewEmployment) -> dict[str, Any]:
    """Enter where an expert works or worked; recusals follow from it."""
    actor = acting(request, Role.OFFICER)
    found = queries.expert_at(number, actor)
    employ_by(given, found, actor)
    return background(found, queries.ties_of(found, actor))


@router.post(
    "/experts/{number}/employments/{employment}/withdraw",
    response=shapes.Background,
    **told(
        "withdrawEmployment", "撤回误录的任职", "Take an employment back",
        "撤回误录的任职，写明原因；由此而来的回避随即结束，原记录保留。", BECAUSE,
    ),
)  # fmt: skip
def withdraw_employment(request: HttpRequest, number: Id, employment: Id, given: Because) -> dict[str, Any]:
    """Take back an employment entered by mistake; the recusals that followed from it end."""
    actor = acting(request, Role.OFFICER)
    found = queries.expert_at(number, actor)
    one = found.employments.filter(pk=employment).first()
    if one is None:
        raise Http404
    correcting.withdraw_employment(one, reason=given.reason, actor=actor, at=clock.now())
    return background(found, queries.ties_of(found, actor))


@router.post(
    "/works/{number}/withdraw",
    response=shapes.ToldWork,
    **told(
        "withdrawWork", "撤回误录的成果", "Take a work back",
        "撤回误录的共同成果，写明原因；由录入部门办理，由此而来的回避随即结束。", BECAUSE,
    ),
)  # fmt: skip
def withdraw_work(request: HttpRequest, number: Id, given: Because) -> dict[str, Any]:
    """Take back a work entered by mistake; the ties that followed from it end."""
    actor = acting(request, Role.OFFICER)
    found = queries.work_at(number, actor)
    correcting.withdraw_work(found, reason=given.reason, actor=actor, at=clock.now())
    return {name: getattr(found, name) for name in ("id", "kind", "title", "identifier")}


@router.post(
    "/works",
    response=shapes.ToldWork,
    **told(
        "stateWork", "录入共同成果", "Enter a work", "录入论文、专利或项目；共同完成的人和单位之间即有关联。",
        {"kind": "paper", "title": "碳纤维预浸料", "identifier": "10.1000/1", "on": "2025-06-01", "experts": [3, 7],
         "source": "中国知网"},
    ),
)  # fmt: skip
def state_work(request: HttpRequest, given: bodies.NewWork) -> dict[str, Any]:
    """Enter a paper, patent or project done together; ties follow from it."""
    actor = acting(request, Role.OFFICER)
    pool = queries.experts(actor, queries.Filters(), clock.today()).in_bulk(given.experts)
    if missing := set(given.experts) - pool.keys():
        number = min(missing)
        raise wrong("/experts", number, Words("本部门专家的编号", "numbers of experts of one's department"))
    organisations = [organisation_of(one) for one in dict.fromkeys(given.organisations) if one]
    work = Work(**given.model_dump(exclude={"experts", "organisations"}))
    shared = [one for one in organisations if one is not None]
    made = declaring.state_work(work, list(pool.values()), shared, actor=actor, at=clock.now())
    return {name: getattr(made, name) for name in ("id", "kind", "title", "identifier")}


def organisation_of(code: str) -> Organisation | None:
    """The organisation of a code, None for none named; Refused where none has registered."""
    found = organisation_by_code(code)
    if code and found is None:
        raise Refused("没有找到这个单位。", "There is no such organisation.", "organisation")
    return found


def said_of(given: bodies.NewTie) -> declaring.Said:
    """What is said of a tie, its organisation and expert found."""
    organisation = organisation_of(given.organisation)
    other = Expert.objects.filter(pk=given.other, merged_into__isnull=True).first() if given.other else None
    if given.other and other is None:
        raise Refused("没有找到这位专家。", "There is no such expert.", "other")
    said = given.model_dump(exclude={"organisation", "other"})
    return declaring.Said(organisation=organisation, other=other, **said)


def expert_told(one: Expert) -> dict[str, Any]:
    """An entry as the API tells it."""
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
        "revision",
    )
    return {"id": one.pk, "agreed": one.agreed_at is not None, **{name: getattr(one, name) for name in names}}


def tie_told(one: Tie) -> dict[str, Any]:
    """A tie as the API tells it."""
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


def background(one: Expert, ties: Iterable[Tie]) -> dict[str, Any]:
    """Where an expert works, when they cannot come, what ties them and what they did with others."""
    return {
        "employments": [
            {
                "id": found.pk,
                "organisation": found.organisation.uscc if found.organisation else "",
                "employer": found.organisation.name if found.organisation else found.employer,
                "began_on": found.began_on,
                "ended_on": found.ended_on,
            }
            for found in queries.employments_of(one)
        ],
        "absences": [
            {"id": found.pk, "since": found.since, "until": found.until, "note": found.note}
            for found in one.absences.filter(until__gte=clock.today())
        ],
        "ties": [tie_told(found) for found in ties],
        "works": [
            {"id": found.pk, "kind": found.kind, "title": found.title, "identifier": found.identifier}
            for found in queries.works_of(one)
        ],
    }


def employ_by(given: bodies.NewEmployment, one: Expert, actor: Membership) -> Employment:
    """Enter where an expert works or worked."""
    organisation, days = organisation_of(given.organisation), (given.began_on, given.ended_on)
    return actions.employ(one, organisation, given.employer, days, actor=actor, at=clock.now())
