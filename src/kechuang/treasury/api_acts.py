"""What else the accountant does by the API: appropriations, batches taken back, receipts; and files to take away."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Final, Literal, TypeVar

from django.http import HttpRequest, HttpResponse
from ninja import Path, Query
from pydantic import Field

from kechuang.accounts.calling import BECAUSE, Because, Given, Id, Line, acting, told_file
from kechuang.journal import clock
from kechuang.policy.language.values import MAX_MONEY_FEN
from kechuang.reader.answers import answer
from kechuang.reader.api_shapes import Shape
from kechuang.reader.told import told
from kechuang.treasury import actions, exporting, lists, queries, rules
from kechuang.treasury.api import BatchNumber, _appropriation, _entry, _found, _part, _whole, router
from kechuang.treasury.api_shapes import ToldAppropriation, ToldParts, ToldWholeBatch, ToldWholeEntry
from kechuang.treasury.batch_views import file_of
from kechuang.treasury.budgeting import BUDGET_CODE
from kechuang.treasury.names import ACTS
from kechuang.treasury.paying_models import VOUCHER_LENGTH
from kechuang.treasury.views import MOST_EXPORTED, XLSX, attachment

__all__ = ["router"]
Thing = TypeVar("Thing")
Fen = Annotated[int, Field(ge=1, le=MAX_MONEY_FEN, description="金额，分 · the sum in fen")]
Voucher = Annotated[str, Field(min_length=1, max_length=VOUCHER_LENGTH)]
Day = Annotated[date, Field(strict=False)]
ROWS: Final = 200
_CODE: Final = rf"^({BUDGET_CODE})?$"
_BUDGET: Final = {
    "year": 2026, "measure": "9", "title": "企业研发投入补助", "source": "威财预〔2026〕1号", "amount_fen": 100_000_000,
}  # fmt: skip


class NewAppropriation(Given):
    """Money for a year and a measure, by a budget document."""

    year: int = Field(ge=2000, le=2099, description="预算年度 · budget year")
    measure: Annotated[str, Field(max_length=8, description="第几条 · measure")]
    title: Line
    source: Line = Field(description="预算文件 · the budget document")
    amount_fen: Fen
    function_code: Annotated[str, Field(pattern=_CODE, description="功能分类 · budget subject")] = ""
    economic_code: Annotated[str, Field(pattern=_CODE, description="经济分类 · economic class")] = ""


class NewAmount(Given):
    """The new sum of an appropriation, by a document; zero takes back what was entered wrongly."""

    amount_fen: int = Field(ge=0, le=MAX_MONEY_FEN, description="金额，分 · the sum in fen")
    from_fen: int = Field(
        ge=0, le=MAX_MONEY_FEN, description="调整前金额，须与现额一致 · the sum that was seen"
    )
    source: Voucher = Field(description="调整文件 · the document")


class NewSubjects(Given):
    """The budget subjects of an appropriation, and those that were seen."""

    function_code: Annotated[str, Field(pattern=_CODE, description="功能分类 · budget subject")]
    economic_code: Annotated[str, Field(pattern=_CODE, description="经济分类 · economic class")]
    from_function_code: Annotated[str, Field(pattern=_CODE, description="更改前，须与现有一致 · as seen")]
    from_economic_code: Annotated[str, Field(pattern=_CODE, description="更改前，须与现有一致 · as seen")]


class Receipt(Given):
    """Money that came back."""

    amount_fen: Fen
    on: Day = Field(description="到账日期 · day of the bank")
    voucher: Voucher = Field(description="银行凭证号 · number of the voucher")


class ToldInstalment(Shape):
    """One part of a receivable: what has come for it, and whether the rest is late."""

    number: int
    due_on: date
    amount_fen: int
    back_fen: int
    overdue: bool


class ToldReceivable(Shape):
    """Money that must come back."""

    id: int
    award: int
    subject: str
    uscc: str
    ground: str
    amount_fen: int
    recovered_fen: int
    due_on: date | None
    closed: bool
    instalments: list[ToldInstalment]


class ToldReceivables(Shape):
    """Receivables: what is overdue first, then what is due next, what is closed last."""

    receivables: list[ToldReceivable]


@router.post(
    "/appropriations",
    response=ToldAppropriation,
    **told("appropriate", "下达预算", "Appropriate", "登记一项预算，写明预算文件。", _BUDGET),
)
def appropriate(request: HttpRequest, given: NewAppropriation) -> HttpResponse:
    """Money set aside for a year and a measure, by a budget document."""
    said = given.model_dump()
    amount_fen = said.pop("amount_fen")
    made = actions.appropriate(actions.Budget(**said), amount_fen, actor=_who(request), at=clock.now())
    return answer(_appropriation(made))


@router.post(
    "/appropriations/{number}/amount",
    response=ToldAppropriation,
    **told(
        "adjustAppropriation", "调整预算", "Adjust an appropriation", "调整为新的金额，不少于已预留和已承诺之和。",
        {"amount_fen": 120_000_000, "from_fen": 100_000_000, "source": "威财预〔2026〕8号"},
    ),
)  # fmt: skip
def adjust(request: HttpRequest, number: Id, given: NewAmount) -> HttpResponse:
    """A new sum for an appropriation, never below what is reserved and committed."""
    who = _who(request)
    money = _found(lambda: lists.appropriation(who, number))
    said = given.model_dump()
    changed = actions.adjust(money, said.pop("amount_fen"), **said, actor=who, at=clock.now())
    return answer(_appropriation(changed))


@router.post(
    "/appropriations/{number}/subjects",
    response=ToldAppropriation,
    **told(
        "stateSubjects", "填写预算科目", "State budget subjects", "填写或更正科目；已复核的批次仍用复核时的科目。",
        {"function_code": "2060404", "economic_code": "50701", "from_function_code": "", "from_economic_code": ""},
    ),
)  # fmt: skip
def state_subjects(request: HttpRequest, number: Id, given: NewSubjects) -> HttpResponse:
    """Fill in or correct the budget subjects of an appropriation; approved batches keep theirs."""
    who = _who(request)
    money = _found(lambda: lists.appropriation(who, number))
    codes, seen = (
        (given.function_code, given.economic_code),
        (given.from_function_code, given.from_economic_code),
    )
    changed = actions.state_subjects(money, codes, actor=who, at=clock.now(), from_codes=seen)
    return answer(_appropriation(changed))


@router.get(
    "/appropriations/{number}/ledger.xlsx",
    **told_file("ledgerWorkbook", "台账工作簿", "The ledger as a workbook", "一项预算的台账，.xlsx。", XLSX),
)
def ledger_workbook(request: HttpRequest, number: Id) -> HttpResponse:
    """The entries of an appropriation as a workbook."""
    who = _who(request)
    money = _found(lambda: lists.appropriation(who, number))
    found = queries.entries(who, queries.Wanted(), money)[:MOST_EXPORTED]
    data = exporting.ledger_of(found, {act: str(name) for act, name in ACTS.items()})
    return attachment(data, f"ledger-{money.year}-{money.measure}-{money.pk}.xlsx", XLSX)


@router.get(
    "/batches/{number}/file.csv",
    **told_file(
        "batchFile",
        "批次文件",
        "The file of a batch",
        "送预算管理一体化系统的文件；谁取走了会留痕。",
        "text/csv",
    ),
)
def batch_file(request: HttpRequest, number: BatchNumber) -> HttpResponse:
    """The file for the budget system; who took it is recorded."""
    who = _who(request)
    return file_of(_found(lambda: lists.batch(who, number)), "csv", who)


@router.get(
    "/batches/{number}/file.xlsx",
    **told_file(
        "batchWorkbook", "批次工作簿", "A batch as a workbook", "批次的工作簿；谁取走了会留痕。", XLSX
    ),
)
def batch_workbook(request: HttpRequest, number: BatchNumber) -> HttpResponse:
    """The same payments as a workbook; who took it is recorded."""
    who = _who(request)
    return file_of(_found(lambda: lists.batch(who, number)), "xlsx", who)


@router.get(
    "/batches/{number}/answer.xlsx",
    **told_file(
        "answerForm",
        "银行回单模板",
        "Form for the bank's answer",
        "供银行填写结果；谁取走了会留痕。",
        XLSX,
    ),
)
def answer_form(request: HttpRequest, number: BatchNumber) -> HttpResponse:
    """The form that the bank fills in for a batch; who took it is recorded."""
    who = _who(request)
    return file_of(_found(lambda: lists.batch(who, number)), "answer", who)


@router.post(
    "/batches/{number}/withdraw",
    response=ToldWholeBatch,
    **told("withdrawBatch", "撤回批次", "Withdraw a batch", "送出之前撤回整个批次，写明原因。", BECAUSE),
)
def withdraw_batch(request: HttpRequest, number: BatchNumber, given: Because) -> HttpResponse:
    """Take back a whole batch before it is sent; its awards may be paid in another."""
    who = _who(request)
    found = _found(lambda: lists.batch(who, number))
    actions.withdraw_batch(found, reason=given.reason, actor=who, at=clock.now())
    return _whole(lists.batch(who, number))


@router.post(
    "/batches/{number}/payments/{payment}/withdraw",
    response=ToldWholeBatch,
    **told(
        "withdrawPayment", "撤出一笔", "Take out a payment", "送出之前撤出一笔；此前的复核作废。", BECAUSE
    ),
)
def withdraw_payment(
    request: HttpRequest,
    number: BatchNumber,
    payment: Annotated[
        str, Path(max_length=40, description="拨付编号 · payment", examples=["2026-0001-001"])
    ],
    given: Because,
) -> HttpResponse:
    """Take one payment out of a batch not yet sent; an approval before is void."""
    who = _who(request)
    found = _found(lambda: lists.batch(who, number).payments.get(number=payment))
    actions.withdraw_payment(found, reason=given.reason, actor=who, at=clock.now())
    return _whole(lists.batch(who, number))


@router.get(
    "/entries/{number}",
    response=ToldWholeEntry,
    **told(
        "entry", "一笔台账", "One entry", "一笔台账和它所依据的预算、资金、批次、凭证，以及同一笔资金的各笔。"
    ),
)
def entry(request: HttpRequest, number: Id) -> HttpResponse:
    """One entry and all that it rests on: voucher, payment, batch, award, subject, and the award's other entries."""
    who = _who(request)
    chain = queries.chain_of(_found(lambda: queries.entries(who, queries.Wanted()).get(pk=number)))
    return answer(
        ToldWholeEntry(
            **_entry(chain.entry).model_dump(),
            appropriation=chain.appropriation.pk,
            award=chain.award.pk if chain.award else None,
            batch=chain.batch.number if chain.batch else "",
            receivable=chain.receivable.pk if chain.receivable else None,
            about=chain.subject.text,
            entered_by=chain.entry.entered_by.user.name if chain.entry.entered_by else "",
            siblings=[one.pk for one in chain.siblings],
        )
    )


@router.get(
    "/awards/{number}/parts",
    response=ToldParts,
    **told("awardParts", "一笔资金的各部分", "Parts of an award", "分期、分拨的各部分；没有分开的为空。"),
)
def award_parts(request: HttpRequest, number: Id) -> HttpResponse:
    """The parts in which an award is paid; none where it is paid as a whole."""
    who = _who(request)
    award = _found(lambda: queries.seen_awards(who).get(pk=number))
    return answer(ToldParts(award=award.pk, parts=[_part(*one) for one in queries.parts_shown(award)]))


@router.get(
    "/receivables",
    response=ToldReceivables,
    **told("receivables", "应收追回款", "Receivables", "应收追回款，逾期的在前，至多 200 笔。"),
)
def receivables(
    request: HttpRequest,
    state: Annotated[
        Literal["", "open", "overdue", "closed"],
        Query(description="open、overdue、closed，空为全部 · state, empty for all"),
    ] = "",
) -> HttpResponse:
    """Money that must come back, what is overdue first, 200 at most."""
    found = queries.receivables(_who(request), clock.today(), state=state)[:ROWS]
    return answer(ToldReceivables(receivables=[_receivable(one) for one in found]))


@router.get(
    "/receivables/{number}",
    response=ToldReceivable,
    **told("receivable", "一笔应收追回款", "One receivable", "分期和已收回的金额。"),
)
def receivable(request: HttpRequest, number: Id) -> HttpResponse:
    """One receivable with its instalments and what came back."""
    who = _who(request)
    return answer(_receivable(_found(lambda: queries.receivable(who, number, clock.today()))))


@router.post(
    "/receivables/{number}/receipts",
    response=ToldReceivable,
    **told(
        "receive", "登记收回", "Enter a receipt", "登记收回的金额和银行凭证号；同一凭证再次登记不产生变动。",
        {"amount_fen": 30_000, "on": "2026-04-02", "voucher": "HX7"},
    ),
)  # fmt: skip
def receive(request: HttpRequest, number: Id, given: Receipt) -> HttpResponse:
    """Enter what came back, by the voucher of the bank; the same again does nothing."""
    who, today = _who(request), clock.today()
    due = _found(lambda: queries.receivable(who, number, today))
    actions.receive(due, given.amount_fen, given.on, given.voucher, actor=who, at=clock.now())
    return answer(_receivable(queries.receivable(who, number, today)))


def _who(request: HttpRequest) -> Any:
    return acting(request, *rules.SEES)


def _receivable(one: Any) -> ToldReceivable:
    """A receivable of queries.receivables, which knows its next day."""
    return ToldReceivable(
        id=one.pk,
        award=one.award_id,
        subject=one.award.subject,
        uscc=one.award.organisation.uscc,
        ground=one.ground,
        amount_fen=one.amount_fen,
        recovered_fen=one.recovered_fen,
        due_on=one.due_on,
        closed=one.closed_at is not None,
        instalments=[ToldInstalment(**row) for row in queries.plan_of(one, clock.today())],
    )
