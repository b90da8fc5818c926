"""The API of sweeps and of versions of the policy: what their pages do, with a token."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Final, Literal

from django.http import Http404, HttpRequest
from ninja import Path, Router
from pydantic import Field

from kechuang.accounts.calling import LARGEST, SURE, Given, Id, Sure, Text, acting
from kechuang.accounts.models import Membership
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.accounts.tokens import bearer
from kechuang.entitlements import releasing, sweep_queries, sweeping
from kechuang.entitlements.models import Release, Sweep
from kechuang.entitlements.release_views import PUBLIC
from kechuang.entitlements.sweep_views import READERS, SWEEPERS
from kechuang.entitlements.versions import pack_of
from kechuang.journal import clock
from kechuang.reader.api_shapes import Shape
from kechuang.reader.problems import ProblemError
from kechuang.reader.told import told

router = Router(tags=["sweeps"], auth=bearer)
MOST: Final = 200
Day = Annotated[date, Field(strict=False)]


class NewSweep(Given):
    """A sweep of the city for a benefit."""

    benefit: Annotated[str, Field(max_length=120)]
    on: Day = Field(description="测算日 · the day conditions are judged by")
    year: int = Field(ge=2000, le=2099, description="测算年度 · assessed year")
    readings: dict[Annotated[str, Field(max_length=60)], Annotated[str, Field(max_length=60)]] = Field(
        default={}, max_length=50, description="口径的选择 · readings chosen"
    )


class NewRelease(Given):
    """A version that is offered: the one of the software, or one from a draft; and why."""

    note: Text
    draft: Annotated[str, Field(pattern="^[A-Za-z0-9_-]{16,32}$")] | None = Field(
        None,
        description="草稿编号；缺省为随软件更新而来的版本 · id of a draft; by default the version of the software",
    )


class ToldSweep(Shape):
    """A sweep and how far it is; counts by outcome."""

    id: int
    benefit: str
    pack: str
    on: date
    year: int
    state: str = Field(description="waiting, running, done, stopped, failed")
    done: int
    total: int | None
    counts: dict[str, int]


class ToldSweeps(Shape):
    """Sweeps, the newest first."""

    sweeps: list[ToldSweep]


class ToldRelease(Shape):
    """A version of the policy and where it stands."""

    id: int
    pack: str
    state: str = Field(description="proposed, in_force, replaced, rejected")
    note: str
    proposed_at: datetime
    decided_at: datetime | None
    effect_known: bool


class ToldReleases(Shape):
    """Versions, the newest first."""

    releases: list[ToldRelease]


@router.get(
    "/sweeps", response=ToldSweeps, **told("sweeps", "筛查一览", "Sweeps", "筛查，新的在前，至多 200 次。")
)
def sweeps(request: HttpRequest) -> dict[str, Any]:
    """Sweeps that the token may see, the newest first, 200 at most."""
    actor = acting(request, *READERS)
    found = sweep_queries.sweeps_visible_to(actor, pack_of(releasing.version_in_force().pk))
    return {"sweeps": [_sweep(one, actor) for one in found[:MOST]]}


@router.post(
    "/sweeps",
    response=ToldSweep,
    **told(
        "startSweep", "开始筛查", "Start a sweep", "对全市单位筛查本部门负责的一个事项，在后台进行。",
        {"benefit": "29.ventures", "on": "2026-03-01", "year": 2025},
    ),
)  # fmt: skip
def start_sweep(request: HttpRequest, given: NewSweep) -> dict[str, Any]:
    """Sweep the city for a benefit that the token's department answers for, in the background."""
    actor = acting(request, *SWEEPERS)
    own = sweep_queries.benefits_of(actor, pack_of(releasing.version_in_force().pk))
    if given.benefit not in {one.id for one in own}:
        raise ProblemError("not-found")
    return _sweep(sweeping.start(**given.model_dump(), actor=actor, at=clock.now()), actor)


@router.get(
    "/sweeps/{number}", response=ToldSweep, **told("sweep", "一次筛查", "One sweep", "进度和各类结果的户数。")
)
def sweep(request: HttpRequest, number: Id) -> dict[str, Any]:
    """How far a sweep is, and how many had which outcome."""
    return _sweep(_found(request, number, *READERS), acting(request, *READERS))


@router.post(
    "/sweeps/{number}/stop",
    response=ToldSweep,
    **told("stopSweep", "停止筛查", "Stop a sweep", "办完手上的一批后停止。", SURE),
)
def stop_sweep(request: HttpRequest, number: Id, given: Sure) -> dict[str, Any]:  # noqa: ARG001 - it is meant
    """Stop after the part in hand."""
    found = _found(request, number, *SWEEPERS)
    sweeping.stop(found, actor=acting(request), at=clock.now())
    return _sweep(_found(request, number, *SWEEPERS), acting(request, *SWEEPERS))


@router.post(
    "/sweeps/{number}/resume",
    response=ToldSweep,
    **told("resumeSweep", "继续筛查", "Resume a sweep", "从停下的地方继续。", SURE),
)
def resume_sweep(request: HttpRequest, number: Id, given: Sure) -> dict[str, Any]:  # noqa: ARG001
    """Go on where it stopped."""
    found = _found(request, number, *SWEEPERS)
    if found.state not in sweeping.ENDED and not sweep_queries.was_lost(found):
        raise Refused("筛查正在进行，无需继续。", "The sweep is under way: there is nothing to go on with.")
    sweeping.resume(found, actor=acting(request), at=clock.now())
    return _sweep(_found(request, number, *SWEEPERS), acting(request, *SWEEPERS))


@router.get(
    "/releases",
    response=ToldReleases,
    **told(
        "releases",
        "政策版本",
        "Versions of the policy",
        "现行和以往的版本，新的在前；政策岗另见提出的和搁置的。",
    ),
)
def releases(request: HttpRequest) -> dict[str, Any]:
    """The versions in force now and before, the newest first; for policy officers those proposed and rejected too."""
    found = Release.objects.order_by("-pk")
    if acting(request).role != Role.POLICY:
        found = found.filter(state__in=PUBLIC)
    return {"releases": [_release(one) for one in found[:MOST]]}


@router.post(
    "/releases",
    response=ToldRelease,
    **told(
        "proposeRelease",
        "提出版本",
        "Propose a version",
        "提出更换版本，影响在后台测算。",
        {"note": "2026 年度政策修订。"},
    ),
)
def propose_release(request: HttpRequest, given: NewRelease) -> dict[str, Any]:
    """Offer a version for the live site; its effect is worked out in the background."""
    actor, at = acting(request, Role.POLICY), clock.now()
    if given.draft is None:
        return _release(releasing.propose(releasing.shipped(), note=given.note, actor=actor, at=at))
    with releasing.pack_of_draft(given.draft) as pack:
        return _release(releasing.propose(pack, note=given.note, actor=actor, at=at))


@router.post(
    "/releases/{number}/{act}",
    response=ToldRelease,
    **told(
        "decideRelease",
        "处理提出的版本",
        "Decide on a version",
        "批准、搁置，或重新测算影响；批准须由提出人以外的人办理。",
        SURE,
    ),
)
def decide_release(
    request: HttpRequest,
    number: Annotated[
        int, Path(ge=1, le=LARGEST, description="版本编号 · number of the version", examples=[1])
    ],
    act: Annotated[
        Literal["approve", "reject", "effect"], Path(description="步骤 · act", examples=["approve"])
    ],
    given: Sure,  # noqa: ARG001
) -> dict[str, Any]:
    """Approve a version, lay it aside, or work its effect out again; another person than its proposer approves."""
    actor = acting(request, Role.POLICY)
    acts = {"approve": releasing.approve, "reject": releasing.reject, "effect": releasing.work_out_again}
    found = Release.objects.filter(pk=number).first()
    if found is None:
        raise Http404
    acts[act](found, actor=actor, at=clock.now())
    found.refresh_from_db()
    return _release(found)


def _found(request: HttpRequest, number: int, *roles: Role) -> Sweep:
    pack = pack_of(releasing.version_in_force().pk)
    found = sweep_queries.sweeps_visible_to(acting(request, *roles), pack).filter(pk=number).first()
    if found is None:
        raise Http404
    return found


def _sweep(one: Sweep, actor: Membership) -> dict[str, Any]:
    (one,) = sweep_queries.as_seen_by(actor, [one])
    names = ("benefit", "on", "year", "state", "done", "total", "counts")
    return {"id": one.pk, "pack": one.version_id, **{name: getattr(one, name) for name in names}}


def _release(one: Release) -> dict[str, Any]:
    names = ("state", "note", "proposed_at", "decided_at")
    told_of = {name: getattr(one, name) for name in names}
    return {"id": one.pk, "pack": one.version_id, "effect_known": bool(one.effect), **told_of}
