"""The API of risk pools: read them and their ledgers, open one, move it, share losses and what comes back."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Annotated, Any, Final, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Path, Query, Router
from pydantic import Field

from kechuang.accounts.calling import Given, Id, acting
from kechuang.accounts.models import Membership
from kechuang.accounts.roles import Role
from kechuang.accounts.tokens import bearer
from kechuang.finance import api_shapes as shapes
from kechuang.finance import pools, queries, rules
from kechuang.finance.api import told_lines
from kechuang.finance.api_offices import organisation_of
from kechuang.finance.models import Pool, PoolEntry
from kechuang.journal import clock
from kechuang.policy.language.values import MAX_MONEY_FEN
from kechuang.reader.answers import answer_known
from kechuang.reader.told import told

router = Router(tags=["finance"], auth=bearer)
ROWS: Final = 200
Ratio = Annotated[str, Field(pattern=r"^[0-9]{1,6}/[1-9][0-9]{0,5}$", examples=["7/20"])]
Sum = Annotated[int, Field(ge=1, le=MAX_MONEY_FEN)]
Reason = Annotated[str, Field(min_length=1, max_length=300)]


class PartGiven(Given):
    """A party and its exact part of the losses; borne_by_pool: it is paid from the pool."""

    party: Annotated[str, Field(min_length=1, max_length=100)]
    ratio: Ratio
    borne_by_pool: bool = False


class PoolGiven(Given):
    """What a pool begins with; the balance and the share of one debtor that give warning."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    measure: Literal["23", "24"]
    source: Annotated[str, Field(min_length=1, max_length=200)]
    parts: list[PartGiven] = Field(min_length=1, max_length=20)
    floor_fen: Annotated[int, Field(ge=0, le=MAX_MONEY_FEN)] = 0
    concentration: Ratio = "1/5"


class MoveGiven(Given):
    """A movement; uscc: for whom it is reserved or released."""

    act: Literal["contribute", "withdraw", "reserve", "release"]
    amount_fen: Sum
    reason: Reason
    uscc: Annotated[str, Field(max_length=32)] = ""


class LossGiven(Given):
    """Why a loss is shared; the finding that allows a balance below zero."""

    reason: Reason
    finding: Annotated[str, Field(max_length=300)] = ""


class RecoveryGiven(Given):
    """What came back of a loss."""

    amount_fen: Sum
    reason: Reason


@router.get(
    "/pools",
    response=shapes.ToldPools,
    exclude_none=True,
    **told("pools", "资金池", "Pools", "风险补偿资金池的余额、预留、损失、收回、分担比例和预警。"),
)
def all_pools(request: HttpRequest) -> HttpResponse:
    """Every risk pool: balance, reserves, losses, shares and early warnings."""
    _sees_pools(request)
    today = clock.today()
    found = [shapes.ToldPool(**_plain(one, today, acting(request))) for one in queries.all_pools()]
    return answer_known(shapes.ToldPools(on=today, pools=found))


@router.get(
    "/pools/{number}/entries",
    response=shapes.ToldPoolLedger,
    exclude_none=True,
    **told("poolLedger", "资金池台账", "Ledger of a pool", "一个资金池的台账，新的在前，至多 200 笔。"),
)
def pool_entries(
    request: HttpRequest,
    number: Id,
    before: Annotated[
        int | None, Query(ge=1, le=2**63 - 1, description="只要编号更小的 · only ids below")
    ] = None,
) -> HttpResponse:
    """The entries of a pool, the newest first, 200 at a time."""
    _sees_pools(request)
    found = queries.entries_of(queries.pool_at(number), acting(request))
    found = found.filter(pk__lt=before) if before else found
    return answer_known(shapes.ToldPoolLedger(entries=[_entry(one) for one in found[:ROWS]]))


@router.get(
    "/pools/{number}",
    response=shapes.WholePool,
    exclude_none=True,
    **told("pool", "一个资金池", "One pool", "依据、警戒线、分担比例，待分担的损失和尚可收回的损失。"),
)
def one_pool(request: HttpRequest, number: Id) -> HttpResponse:
    """One pool, with the losses that wait to be shared and those of which something may still come back."""
    return _whole(queries.pool_at(number), _sees_pools(request))


@router.post(
    "/pools",
    response=shapes.WholePool,
    exclude_none=True,
    **told(
        "openPool", "设立资金池", "Open a pool", "设立风险补偿资金池；分担比例为分数，合计须正好为 1。",
        {"name": "科技成果转化贷款风险补偿资金池", "measure": "23", "source": "威财金〔2023〕2号",
         "floor_fen": 600_000_000, "concentration": "1/5",
         "parts": [{"party": "市级", "ratio": "7/10", "borne_by_pool": True}, {"party": "银行", "ratio": "3/10"}]},
    ),
)  # fmt: skip
def open_pool(request: HttpRequest, given: PoolGiven) -> HttpResponse:
    """Open a pool; the parts are exact fractions and add up to one, some of it the pool's."""
    actor = acting(request, Role.OFFICER)
    parts = [pools.Part(one.party, Fraction(one.ratio), one.borne_by_pool) for one in given.parts]
    setup = pools.Setup(
        given.name, given.measure, given.source, parts, given.floor_fen, Fraction(given.concentration)
    )
    return _whole(pools.open_pool(setup, actor=actor, at=clock.now()), actor)


@router.post(
    "/pools/{number}/movements",
    response=shapes.WholePool,
    exclude_none=True,
    **told(
        "movePool", "资金池记账", "Move a pool", "注入、划出、预留、释放；预留和释放写明单位。划出由审定岗办理。",
        {"act": "reserve", "amount_fen": 80_000_000, "reason": "备案贷款", "uscc": "91371000MA3C4D5E6X"},
    ),
)  # fmt: skip
def move_pool(request: HttpRequest, number: Id, given: MoveGiven) -> HttpResponse:
    """Contribute, withdraw, reserve for an organisation or release; what leaves is for the decider."""
    actor = acting(request, Role.OFFICER, Role.DECIDER)
    pool = queries.pool_at(number)
    organisation = organisation_of(given.uscc) if given.uscc else None
    pools.move(
        pool,
        given.act,
        given.amount_fen,
        given.reason,
        organisation=organisation,
        actor=actor,
        at=clock.now(),
    )
    return _whole(queries.pool_at(number), actor)


@router.post(
    "/pools/{number}/losses/{line}",
    response=shapes.WholePool,
    exclude_none=True,
    **told(
        "shareLoss", "分担损失", "Share a loss", "按比例分担一笔报送的损失；余额不足的须写认定意见。",
        {"reason": "逾期九十天，催收无果", "finding": ""},
    ),
)  # fmt: skip
def share_loss(
    request: HttpRequest,
    number: Id,
    line: Annotated[int, Path(ge=1, le=2**63 - 1, examples=[1], description="报送行编号 · id of the line")],
    given: LossGiven,
) -> HttpResponse:
    """Share a filed loss by the declared ratios; a balance below zero needs a written finding."""
    actor = acting(request, Role.DECIDER)
    pool, loss = queries.pool_at(number), queries.loss_at(line, actor)
    pools.lose(pool, loss, given.reason, finding=given.finding, actor=actor, at=clock.now())
    return _whole(queries.pool_at(number), actor)


@router.post(
    "/pools/{number}/entries/{entry}/recoveries",
    response=shapes.WholePool,
    exclude_none=True,
    **told(
        "recoverLoss", "登记收回", "Enter a recovery", "一笔已分担损失收回的金额，按各方所承担的部分分回。",
        {"amount_fen": 10_000_000, "reason": "处置抵押物"},
    ),
)  # fmt: skip
def recover_loss(
    request: HttpRequest,
    number: Id,
    entry: Annotated[int, Path(ge=1, le=2**63 - 1, examples=[1], description="台账编号 · id of the entry")],
    given: RecoveryGiven,
) -> HttpResponse:
    """Enter what came back of a shared loss; it is shared back to who has borne it."""
    actor = acting(request, Role.OFFICER)
    loss = queries.shared_loss_at(queries.pool_at(number), entry, actor)
    pools.recover(loss, given.amount_fen, given.reason, actor=actor, at=clock.now())
    return _whole(queries.pool_at(number), actor)


def _sees_pools(request: HttpRequest) -> Membership:
    return acting(request, *sorted(rules.SEE_POOLS))


def _plain(pool: Pool, today: date, membership: Membership) -> dict[str, Any]:
    return {
        "id": pool.pk,
        "name": pool.name,
        "measure": pool.measure,
        "balance_fen": pool.balance_fen,
        "reserved_fen": pool.reserved_fen,
        "free_fen": pool.free_fen,
        "lost_fen": pool.lost_fen,
        "recovered_fen": pool.recovered_fen,
        "shares": [
            shapes.ToldShare(
                party=one.party, ratio=f"{one.numerator}/{one.denominator}", borne_by_pool=one.borne_by_pool
            )
            for one in pool.shares.all()
        ],
        "alerts": [
            shapes.ToldAlert(
                ground=one.ground,
                zh=one.words.zh,
                en=one.words.en,
                **({"uscc": one.organisation.uscc} if one.organisation else {}),
            )
            for one in queries.alerts(pool, today, membership)
        ],
    }


def _whole(pool: Pool, membership: Membership) -> HttpResponse:
    waiting = told_lines(queries.losses_waiting(pool, membership))
    left = [
        shapes.OpenLoss(
            entry=entry.pk, uscc=entry.organisation.uscc if entry.organisation else "", left_fen=fen
        )
        for entry, fen in queries.losses_open(pool, membership)
    ]
    return answer_known(
        shapes.WholePool(
            **_plain(pool, clock.today(), membership),
            source=pool.source,
            floor_fen=pool.floor_fen,
            concentration=pool.concentration,
            waiting=waiting,
            open_losses=left,
        )
    )


def _entry(entry: PoolEntry) -> shapes.ToldPoolEntry:
    rest: dict[str, Any] = {} if entry.whole_fen is None else {"whole_fen": entry.whole_fen}
    if entry.organisation:
        rest["uscc"] = entry.organisation.uscc
    return shapes.ToldPoolEntry(
        id=entry.pk,
        act=entry.act,
        amount_fen=entry.amount_fen,
        parts=entry.parts,
        reason=entry.reason,
        finding=entry.finding,
        at=entry.made_at,
        **rest,
    )
