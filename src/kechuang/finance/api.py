"""The API of banks and insurers: file, ask how far, apply, undo; the lines that stand; and what firms can get.

With a token only. Pools stand in api_pools, what offices do in api_offices.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Annotated, Any, Final

from django.http import HttpRequest, HttpResponse
from ninja import File, Form, Header, Query, Router
from ninja.files import UploadedFile

from kechuang.accounts.calling import Id as Number
from kechuang.accounts.calling import acting
from kechuang.accounts.models import Membership
from kechuang.accounts.roles import APPLICANTS
from kechuang.accounts.tokens import bearer
from kechuang.entitlements.releasing import version_in_force
from kechuang.finance import api_shapes as shapes
from kechuang.finance import queries, rules
from kechuang.finance.filing import actions
from kechuang.finance.filing.kinds import WRITTEN, number_of
from kechuang.finance.models import FiledLine, Filing
from kechuang.finance.offers import Offer, Wish, offers
from kechuang.journal import clock
from kechuang.policy.language.values import Words
from kechuang.reader.answers import answer_known
from kechuang.reader.api_shapes import Said
from kechuang.reader.problems import ProblemError, wrong
from kechuang.reader.told import told

router = Router(tags=["finance"], auth=bearer)
ROWS: Final = 200
MOST_TOLD: Final = 500


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
    filing = actions.take(
        file.chunks(),
        file.name or "",
        kind,
        actor=membership,
        at=clock.now(),
        key=idempotency_key,
        channel=Filing.Channel.PROGRAM,
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
    "/lines",
    response=shapes.FiledLines,
    exclude_none=True,
    **told(
        "filedLines",
        "现行报送",
        "Lines on file",
        "现行的报送：本机构的、关于本单位的；部门见全部。至多 200 行。",
    ),
)
def filed_lines(
    request: HttpRequest,
    record: Annotated[
        str, Query(max_length=16, description="种类 · loans, covers, losses …; empty for all")
    ] = "",
    before: Annotated[
        int | None, Query(ge=1, le=2**63 - 1, description="只要编号更小的 · only ids below")
    ] = None,
) -> HttpResponse:
    """The lines that stand: a filer's own, those about one's own organisation, or all for departments."""
    found = queries.lines(acting(request, *rules.SEE_ALL, *APPLICANTS), record).order_by("-pk")
    found = found.filter(pk__lt=before) if before else found
    return answer_known(shapes.FiledLines(lines=told_lines(found[:ROWS])))


@router.get(
    "/offers",
    response=shapes.FinanceOffers,
    exclude_none=True,
    **told(
        "offers", "可用的金融支持", "Finance on offer", "本单位可以得到的金融支持，按给出的金额和期限测算。"
    ),
)
def finance_offers(request: HttpRequest, wish: Query[shapes.Wished]) -> HttpResponse:
    """What finance the token's organisation can get, and what each would cost and bring at these sums."""
    actor = acting(request, *APPLICANTS)
    given = {
        "principal": wish.principal_fen,
        "days": wish.days,
        "premium": wish.premium_fen,
        "fee": wish.fee_fen,
    }
    known_sums = {name: value for name, value in given.items() if value is not None}
    rate = Fraction(wish.rate) if wish.rate else None
    if rate is not None and rate > 1:
        raise wrong("/rate", wish.rate, Words("不大于 1 的分数", "a fraction of at most 1"), "query")
    found = offers(
        actor.organisation,
        version_in_force(),
        Wish(rate=rate, **known_sums),
        on=clock.today(),
        at=clock.now(),
    )
    known: dict[str, Any] = {} if found.rate is None else {"rate": fraction(found.rate)}
    told_of = [_offer(one, qualifies=True) for one in found.good]
    told_of += [_offer(one, qualifies=False) for one in found.others]
    return answer_known(shapes.FinanceOffers(on=clock.today(), offers=told_of, **known))


def _one(request: HttpRequest, number: int) -> Filing:
    return queries.filing_at(number, acting(request))


def _own_act(request: HttpRequest, number: int, act: Any) -> HttpResponse:
    membership, filing = acting(request), _one(request, number)
    if filing.filer_id != membership.organisation_id:
        raise ProblemError("not-found")
    act(filing, actor=membership, at=clock.now())
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


def told_lines(found: Iterable[FiledLine]) -> list[shapes.ToldLine]:
    """Standing lines as they were filed, with what departments have corrected."""
    found = list(found)
    corrected = queries.corrected_of(found)
    return [
        shapes.ToldLine(
            id=line.pk,
            filer=line.filer.uscc,
            uscc=line.organisation.uscc,
            organisation=line.organisation.name,
            record=line.record,
            number=number_of(line.values),
            values={name: value for name, value in line.values.items() if name not in {"number", WRITTEN}},
            corrected=corrected[line.pk],
        )
        for line in found
    ]


def fraction(rate: Fraction) -> str:
    """An exact rate as the API writes it: "31/1000"."""
    return f"{rate.numerator}/{rate.denominator}"


def _offer(one: Offer, *, qualifies: bool) -> shapes.FinanceOffer:
    sums = {
        "limit_fen": one.limit_fen,
        "cost_fen": one.cost_fen,
        "brings_fen": one.brings_fen,
        "net_fen": one.net_fen,
    }
    known: dict[str, Any] = {name: value for name, value in sums.items() if value is not None}
    return shapes.FinanceOffer(
        benefit=one.benefit.id,
        title=said(one.benefit.title),
        qualifies=qualifies,
        outcome=str(one.outcome),
        told=said(one.told),
        reason=said(one.reason),
        ceiling=one.up_to,
        **known,
    )


def said(words: Words) -> Said:
    """A sentence in both languages."""
    return Said(zh=words.zh, en=words.en)
