"""The API of the treasury: appropriations, ledger, batches. With the token of somebody who may see them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final, TypeVar, cast

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Header, Path, Query, Router

from kechuang.accounts.acting import ActingRequest
from kechuang.accounts.models import Membership
from kechuang.accounts.refusals import Refused
from kechuang.accounts.tokens import bearer
from kechuang.journal import clock
from kechuang.reader.answers import answer
from kechuang.reader.problems import ProblemError
from kechuang.reader.told import told
from kechuang.treasury import actions, lists, queries, rules
from kechuang.treasury import api_shapes as shapes
from kechuang.treasury.models import Appropriation, Entry, Part
from kechuang.treasury.names import PartState

router = Router(tags=["treasury"], auth=bearer)
ROWS: Final = 200  # in one answer
MOST: Final = 2**63 - 1  # number of a row
Thing = TypeVar("Thing")
BatchNumber = Annotated[
    str, Path(max_length=32, description="批次号 · number of the batch", examples=["2026-0001"])
]
Identity = Annotated[
    int, Path(ge=1, le=MOST, description="预算编号 · number of the appropriation", examples=[1])
]


@router.get(
    "/appropriations",
    response=shapes.ToldAppropriations,
    **told(
        "appropriations", "预算", "Appropriations", "各项预算的金额：已预留、已承诺、已拨付、已追回、可用。"
    ),
)
def appropriations(
    request: HttpRequest,
    year: Annotated[int | None, Query(ge=2000, le=2099, description="预算年度 · budget year")] = None,
) -> HttpResponse:
    """Every appropriation of a year, or of all: reserved, committed, paid, recovered, free."""
    found = queries.appropriations(_who(request), year=year)
    return answer(shapes.ToldAppropriations(appropriations=[_appropriation(one) for one in found]))


@router.get(
    "/appropriations/{number}/entries",
    response=shapes.ToldLedger,
    **told("ledger", "台账", "The ledger", "一项预算的台账，新的在前，每次至多 200 笔。"),
)
def ledger(
    request: HttpRequest,
    number: Identity,
    before: Annotated[int | None, Query(ge=1, le=MOST, description="只要编号更小的 · only ids below")] = None,
) -> HttpResponse:
    """The ledger of one appropriation, the newest first, 200 entries at a time."""
    who = _who(request)
    money = _found(lambda: lists.appropriation(who, number))
    found = queries.entries(who, queries.Wanted(), money)
    found = found.filter(pk__lt=before) if before else found
    return answer(shapes.ToldLedger(entries=[_entry(one) for one in found[:ROWS]]))


@router.get(
    "/due",
    response=shapes.ToldAllDue,
    **told("due", "待拨付", "What is due", "已到可拨付日、没有异议、还没有列入批次的资金，每次至多 200 笔。"),
)
def due(
    request: HttpRequest,
    after: Annotated[int | None, Query(ge=1, le=MOST, description="只要编号更大的 · only ids above")] = None,
) -> HttpResponse:
    """Awards that may be paid now, by number, 200 at a time."""
    found: QuerySet[Any] = queries.to_pay(_who(request), clock.now()).order_by("pk")
    found = found.filter(pk__gt=after) if after else found
    return answer(
        shapes.ToldAllDue(
            awards=[
                shapes.ToldAwardDue(
                    id=one.pk,
                    subject=one.subject,
                    uscc=one.organisation.uscc,
                    appropriation=one.appropriation_id,
                    left_fen=one.committed_fen - one.paid_fen,
                    has_account=one.has_account,
                    parts=[_part(part, "due") for part in one.due_parts],
                )
                for one in found[:ROWS]
            ]
        )
    )


@router.get(
    "/batches",
    response=shapes.ToldBatches,
    **told("batches", "拨付批次", "Batches", "拨付批次，新的在前，至多 200 批。"),
)
def batches(request: HttpRequest) -> HttpResponse:
    """The newest 200 batches."""
    found = queries.batches(_who(request))[:ROWS]
    return answer(shapes.ToldBatches(batches=[shapes.ToldBatch(**_batch(one)) for one in found]))


@router.get(
    "/batches/{number}",
    response=shapes.ToldWholeBatch,
    **told("batch", "一个批次", "One batch", "一个批次和其中的每笔拨付。"),
)
def batch(request: HttpRequest, number: BatchNumber) -> HttpResponse:
    """One batch with its payments."""
    return _whole(_batch_of(request, number))


@router.post(
    "/batches",
    response=shapes.ToldWholeBatch,
    **told(
        "prepareBatch",
        "准备批次",
        "Prepare a batch",
        "把资金列入新批次，每笔拨付余额；分期、分拨的资金可只列其中几部分。"
        "同一个 Idempotency-Key 只准备一批：没有收到答复的，原样再发一次。",
        {"awards": [1, 2], "parts": [7]},
    ),
)
def prepare(
    request: HttpRequest,
    given: shapes.NewBatch,
    idempotency_key: Annotated[str, Header(max_length=100, description="幂等键 · same key, same batch")] = "",
) -> HttpResponse:
    """Put awards into a new batch, each with what is left to pay; all of them, or none; once for a key."""
    who = _who(request)
    chosen = list(queries.awards_numbered(who, given.awards))
    if len(chosen) != len(set(given.awards)):
        raise ProblemError("not-found")
    parts = list(Part.objects.filter(pk__in=given.parts, award__in=queries.seen_awards(who)))
    if len(parts) != len(set(given.parts)):
        raise ProblemError("not-found")
    made = _done(
        lambda: actions.prepare_batch(chosen, parts=parts, actor=who, at=clock.now(), key=idempotency_key)
    )
    return _whole(_batch_of(request, made.number))


@router.post(
    "/awards/{number}/parts",
    response=shapes.ToldParts,
    **told(
        "divideAward",
        "分给几个收款人",
        "Divide an award among payees",
        "把一笔资金分给几个收款人，各有账户和金额，合计等于核定金额；开始拨付前办理一次。",
        {"parts": [{"title": "主要完成人", "amount_fen": 100_000_000}]},
    ),
)
def divide(request: HttpRequest, number: Identity, given: shapes.NewParts) -> HttpResponse:
    """Fix the payees of an award and their sums, before anything is paid; the same again changes nothing."""
    who = _who(request)
    award = _found(lambda: queries.seen_awards(who).get(pk=number))
    shares = [actions.Share(**one.model_dump()) for one in given.parts]
    _done(lambda: actions.divide_among(award, shares, actor=who, at=clock.now()))
    return answer(shapes.ToldParts(award=award.pk, parts=[_part(*one) for one in queries.parts_shown(award)]))


@router.post(
    "/batches/{number}/approve",
    response=shapes.ToldWholeBatch,
    **told(
        "approveBatch",
        "复核批次",
        "Approve a batch",
        "复核他人准备的批次，写明合计；重复复核不产生变动。",
        {"amount_fen": 50_000_000},
    ),
)
def approve(request: HttpRequest, number: BatchNumber, given: shapes.Approval) -> HttpResponse:
    """Approve what another person prepared, naming its sum; a second time does nothing."""
    found = _batch_of(request, number)
    who, at, seen_fen = _who(request), clock.now(), given.amount_fen
    _done(lambda: actions.approve_batch(found, actor=who, at=at, seen_fen=seen_fen))
    return _whole(_batch_of(request, number))


@router.post(
    "/batches/{number}/sent",
    response=shapes.ToldWholeBatch,
    **told(
        "sendBatch",
        "标为已送出",
        "Mark a batch as sent",
        "文件已送预算管理一体化系统，写明其校验值。",
        {"sha256": "0" * 64},
    ),
)
def sent(request: HttpRequest, number: BatchNumber, given: shapes.Dispatch) -> HttpResponse:
    """The file of this hash has gone to the budget system; a second time does nothing."""
    found = _batch_of(request, number)
    who, at = _who(request), clock.now()
    _done(lambda: actions.mark_sent(found, actor=who, at=at, file_hash=given.sha256))
    return _whole(_batch_of(request, number))


@router.post(
    "/batches/{number}/results",
    response=shapes.ToldSettled,
    **told(
        "settleBatch",
        "登记银行结果",
        "Enter the bank's results",
        "逐笔登记银行结果：全部登记，或一笔也不登记；相同的结果再次登记不产生变动。",
        {"results": [{"number": "2026-0001-001", "paid": True, "on": "2026-03-03", "reference": "HX1"}]},
    ),
)
def results(request: HttpRequest, number: BatchNumber, given: shapes.BankResults) -> HttpResponse:
    """Enter what the bank answered: all of it, or nothing; the same again changes nothing."""
    found = _batch_of(request, number)
    said = [actions.Result(**one.model_dump()) for one in given.results]
    done = _done(lambda: actions.settle(found, said, actor=_who(request), at=clock.now()))
    state = _batch_of(request, number).state
    return answer(
        shapes.ToldSettled(paid=done.paid, returned=done.returned, unchanged=done.unchanged, state=state)
    )


def _who(request: HttpRequest) -> Membership:
    """Whom the token acts for; for those who may not see the treasury there is no such address."""
    membership = cast("ActingRequest", request).membership
    if not rules.may_see(membership):
        raise ProblemError("not-found")
    return membership


def _found(ask: Callable[[], Thing]) -> Thing:
    try:
        return ask()
    except ObjectDoesNotExist:
        raise ProblemError("not-found") from None


def _done(act: Callable[[], Thing]) -> Thing:
    """What an action did; its refusal as a problem with the same sentence."""
    try:
        return act()
    except Refused as refused:
        raise ProblemError("refused", refused.words) from None


def _batch_of(request: HttpRequest, number: str) -> Any:
    """One batch of queries.batches, which knows its sum."""
    who = _who(request)
    return _found(lambda: lists.batch(who, number))


def _part(one: Part, state: PartState) -> shapes.ToldPart:
    return shapes.ToldPart(
        id=one.pk,
        number=one.number,
        title=one.title,
        amount_fen=one.amount_fen,
        holder=one.holder,
        released_at=one.released_at,
        state=state,
    )


def _appropriation(one: Appropriation) -> shapes.ToldAppropriation:
    names = shapes.ToldAppropriation.model_fields
    return shapes.ToldAppropriation(
        **{"id": one.pk} | {name: getattr(one, name) for name in names if name != "id"}
    )


def _entry(one: Entry) -> shapes.ToldEntry:
    return shapes.ToldEntry(
        id=one.pk,
        act=one.act,
        amount_fen=one.amount_fen,
        at=one.at,
        subject=one.subject,
        uscc=one.award.organisation.uscc if one.award else "",
        payment=one.payment.number if one.payment else "",
        voucher=one.voucher,
    )


def _batch(one: Any) -> dict[str, Any]:
    """A batch of queries.batches, which knows its sum."""
    names = ("number", "state", "prepared_at", "approved_at", "sent_at")
    sums = ("paid", "paid_fen", "returned", "returned_fen")
    told = {name: getattr(one, name) for name in (*names, *sums)}
    return told | {"sha256": one.file_hash, "amount_fen": one.fen, "payments_count": one.lines}


def _whole(one: Any) -> HttpResponse:
    payments = [
        shapes.ToldPayment(
            number=line.number,
            award=line.award_id,
            uscc=line.award.organisation.uscc,
            amount_fen=line.amount_fen,
            state=line.state,
            reference=line.reference,
            reason=line.reason,
        )
        for line in queries.lines_of(one)
    ]
    return answer(shapes.ToldWholeBatch(**_batch(one), payments=payments))
