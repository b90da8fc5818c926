"""The API of banks and insurers: file, ask how far, apply, undo; and of pools. With a token only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from ninja import File, Form, Header, Path, Query, Router
from ninja.files import UploadedFile

from kechuang.accounts.acting import acting
from kechuang.accounts.models import Membership
from kechuang.accounts.refusals import Refused
from kechuang.accounts.tokens import bearer
from kechuang.finance import api_shapes as shapes
from kechuang.finance import queries, rules
from kechuang.finance.filing import actions
from kechuang.finance.models import Filing, Pool, PoolEntry
from kechuang.journal import clock
from kechuang.reader.answers import answer_known
from kechuang.reader.problems import ProblemError
from kechuang.reader.told import told

router = Router(tags=["finance"], auth=bearer)
ROWS: Final = 200
MOST_TOLD: Final = 500
Number = Annotated[int, Path(ge=1, le=2**63 - 1, description="编号 · number", examples=[1])]


@router.post(
    "/filings",
    response=shapes.ToldFiling,
    exclude_none=True,
    **told(
        "fileBatch",
        "报送一批",
        "File a batch",
        "报送一批贷款、余额、计息、还款、保单、理赔或损失：.xlsx 工作簿，或每行一个 JSON 对象的 .jsonl 文件。"
        "检查在后台进行；同一个 Idempotency-Key 只报送一次。",
    ),
)
def file_batch(
    request: HttpRequest,
    file: File[UploadedFile],
    kind: Annotated[
        str, Form(max_length=16, description="报送内容 · what is filed: loans, interest, covers …")
    ],
    idempotency_key: Annotated[
        str, Header(max_length=100, description="幂等键 · same key, same filing")
    ] = "",
) -> HttpResponse:
    """File a batch: a workbook, or JSON lines. It is checked in the background; the same key files once."""
    membership = acting(request)
    if not rules.is_filer(membership):
        raise ProblemError("not-found")
    filing = _acted(
        lambda: actions.take(
            file.chunks(),
            file.name or "",
            kind,
            actor=membership,
            at=clock.now(),
            key=idempotency_key,
            channel=Filing.Channel.PROGRAM,
        )
    )
    return answer_known(_filing(filing, acting(request), detailed=True))


@router.get(
    "/filings",
    response=shapes.ToldFilings,
    exclude_none=True,
    **told("filings", "报送批次", "Filings", "本机构报送的批次，新的在前，至多 200 批。"),
)
def filings(
    request: HttpRequest,
    before: Annotated[
        int | None, Query(ge=1, le=2**63 - 1, description="只要编号更小的 · only ids below")
    ] = None,
) -> HttpResponse:
    """The filings that the token may see, the newest first, 200 at a time."""
    found = queries.filings(acting(request))
    found = found.filter(pk__lt=before) if before else found
    return answer_known(shapes.ToldFilings(filings=[_filing(one, acting(request)) for one in found[:ROWS]]))


@router.get(
    "/filings/{number}",
    response=shapes.ToldFiling,
    exclude_none=True,
    **told("filing", "一批报送", "One filing", "一批报送的进度、行数、错误和条件提示。"),
)
def filing(request: HttpRequest, number: Number) -> HttpResponse:
    """One filing: progress, counts, faults and what the law says of its lines."""
    return answer_known(_filing(_one(request, number), acting(request), detailed=True))


@router.post(
    "/filings/{number}/apply",
    response=shapes.ToldFiling,
    exclude_none=True,
    **told("applyFiling", "写入一批", "Apply a filing", "检查无误后写入档案，在后台进行。"),
)
def apply_filing(request: HttpRequest, number: Number) -> HttpResponse:
    """Let the lines of a checked filing become facts, in the background."""
    return _own_act(request, number, actions.apply)


@router.post(
    "/filings/{number}/undo",
    response=shapes.ToldFiling,
    exclude_none=True,
    **told("undoFiling", "撤销一批", "Undo a filing", "整批撤销已写入的报送，恢复写入之前的内容。"),
)
def undo_filing(request: HttpRequest, number: Number) -> HttpResponse:
    """Take an applied filing back, in the background."""
    return _own_act(request, number, actions.undo)


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
    found = [_pool(one, today, acting(request)) for one in Pool.objects.prefetch_related("shares")]
    return answer_known(shapes.ToldPools(on=today, pools=found))


@router.get(
    "/pools/{number}/entries",
    response=shapes.ToldPoolLedger,
    exclude_none=True,
    **told("poolLedger", "资金池台账", "Ledger of a pool", "一个资金池的台账，新的在前，至多 200 笔。"),
)
def pool_entries(
    request: HttpRequest,
    number: Number,
    before: Annotated[
        int | None, Query(ge=1, le=2**63 - 1, description="只要编号更小的 · only ids below")
    ] = None,
) -> HttpResponse:
    """The entries of a pool, the newest first, 200 at a time."""
    _sees_pools(request)
    pool = _found(lambda: queries.pool_at(number))
    found = queries.entries_of(pool, acting(request))
    found = found.filter(pk__lt=before) if before else found
    return answer_known(shapes.ToldPoolLedger(entries=[_entry(one) for one in found[:ROWS]]))


def _sees_pools(request: HttpRequest) -> None:
    if acting(request).role not in rules.SEE_POOLS:
        raise ProblemError("not-found")


def _one(request: HttpRequest, number: int) -> Filing:
    found: Filing = _found(lambda: queries.filing_at(number, acting(request)))
    return found


def _found(find: Callable[[], Any]) -> Any:
    try:
        return find()
    except Http404:
        raise ProblemError("not-found") from None


def _acted(act: Callable[[], Any]) -> Any:
    try:
        return act()
    except Refused as refused:
        raise ProblemError("refused", refused.words) from None


def _own_act(request: HttpRequest, number: int, act: Any) -> HttpResponse:
    membership, filing = acting(request), _one(request, number)
    if filing.filer_id != membership.organisation_id:
        raise ProblemError("not-found")
    _acted(lambda: act(filing, actor=membership, at=clock.now()))
    return answer_known(_filing(_one(request, number), acting(request), detailed=True))


def _filing(filing: Filing, membership: Membership, *, detailed: bool = False) -> shapes.ToldFiling:
    taken = filing.list_import
    rest: dict[str, Any] = {"total": taken.total} if taken.total is not None else {}
    if taken.problem:
        rest |= {"problem_zh": taken.problem["zh"], "problem_en": taken.problem["en"]}
    counts = {name: taken.counts.get(name, 0) for name in ("added", "changed", "same", "refused")}
    return shapes.ToldFiling(
        id=filing.pk,
        kind=filing.kind,
        file=taken.file_name,
        hash=taken.file_hash,
        state=taken.state,
        done=taken.done,
        taken_at=taken.created_at,
        faults=_faults(filing, membership) if detailed else [],
        notes=_notes(filing, membership) if detailed else [],
        **counts,
        **rest,
    )


def _faults(filing: Filing, membership: Membership) -> list[shapes.ToldFault]:
    rows = queries.rows_of(filing, "refused", membership)[:MOST_TOLD]
    return [
        shapes.ToldFault(
            row=row.row,
            column=fault["column"],
            found=fault["found"],
            expected_zh=fault["expected"]["zh"],
            expected_en=fault["expected"]["en"],
            remedy_zh=fault["remedy"]["zh"],
            remedy_en=fault["remedy"]["en"],
        )
        for row in rows
        for fault in row.faults
    ]


def _notes(filing: Filing, membership: Membership) -> list[shapes.ToldNote]:
    return [
        shapes.ToldNote(row=one.row, benefit=one.benefit, outcome=one.outcome, **one.words)
        for one in queries.notes_of(filing, membership)[:MOST_TOLD]
    ]


def _pool(pool: Pool, today: Any, membership: Membership) -> shapes.ToldPool:
    return shapes.ToldPool(
        id=pool.pk,
        name=pool.name,
        measure=pool.measure,
        balance_fen=pool.balance_fen,
        reserved_fen=pool.reserved_fen,
        free_fen=pool.free_fen,
        lost_fen=pool.lost_fen,
        recovered_fen=pool.recovered_fen,
        shares=[
            shapes.ToldShare(
                party=one.party, ratio=f"{one.numerator}/{one.denominator}", borne_by_pool=one.borne_by_pool
            )
            for one in pool.shares.all()
        ],
        alerts=[
            shapes.ToldAlert(
                ground=one.ground,
                zh=one.words.zh,
                en=one.words.en,
                **({"uscc": one.organisation.uscc} if one.organisation else {}),
            )
            for one in queries.alerts(pool, today, membership)
        ],
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
