"""The shapes of appropriations, entries and batches, as the API tells them and takes them. Sums are whole fen."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from kechuang.policy.language.values import MAX_MONEY_FEN
from kechuang.reader.api_shapes import Shape
from kechuang.treasury.names import PartState
from kechuang.treasury.paying import MOST_PAYMENTS

Number = Annotated[int, Field(ge=1, le=2**63 - 1)]


class ToldAppropriation(Shape):
    """Money for a year and a measure."""

    id: int
    year: int
    measure: str
    title: str
    source: str
    amount_fen: int
    reserved_fen: int
    committed_fen: int = Field(description="含已拨付 · what is paid is still committed")
    paid_fen: int
    recovered_fen: int
    free_fen: int
    function_code: str = Field(description="功能分类，未填为空 · budget subject, empty while not given")
    economic_code: str = Field(description="经济分类，未填为空 · economic class, empty while not given")


class ToldAppropriations(Shape):
    """Appropriations in the order of the measures."""

    appropriations: list[ToldAppropriation]


class ToldEntry(Shape):
    """One line of the ledger."""

    id: int
    act: str = Field(
        description="appropriate, reduce, reserve, release, commit, revoke, pay, return, recover"
    )
    amount_fen: int
    at: datetime
    subject: str = Field(description="如 case:17 · such as case:17")
    uscc: str = Field(description="收款单位的代码，无则空 · code of the organisation, empty for none")
    payment: str
    voucher: str


class ToldWholeEntry(ToldEntry):
    """An entry with what it rests on; siblings: all entries of the same award, the oldest first."""

    appropriation: int
    award: int | None
    batch: str
    receivable: int | None
    about: str = Field(description="事由的名称 · what the subject is called")
    entered_by: str
    siblings: list[int]


class ToldLedger(Shape):
    """Entries, the newest first; ask for the next with before = the smallest id."""

    entries: list[ToldEntry]


class ToldPart(Shape):
    """One part of an award that is paid in parts."""

    id: int
    number: int
    title: str
    amount_fen: int
    holder: str = Field(description="收款人；空为单位账户 · payee; empty: the organisation's own account")
    released_at: datetime | None = Field(description="可拨付时间；空为未到条件 · null: it waits")
    state: PartState = Field(description="未到条件、待拨付、拨付中、已付、不再拨付 · how it stands")


class ToldParts(Shape):
    """The parts in which an award is paid."""

    award: int
    parts: list[ToldPart]


class ToldAwardDue(Shape):
    """An award that may be paid now; of one in parts, those that may be paid."""

    id: int
    subject: str
    uscc: str
    appropriation: int
    left_fen: int
    has_account: bool
    parts: list[ToldPart]


class ToldAllDue(Shape):
    """Awards that may be paid now, the longest due first; ask for the next with after = the last id."""

    awards: list[ToldAwardDue]


class ToldPayment(Shape):
    """One payment of a batch."""

    number: str
    award: int
    uscc: str
    amount_fen: int
    state: str = Field(description="prepared, sent, paid, returned, withdrawn")
    reference: str
    reason: str


class ToldBatch(Shape):
    """A batch of payments."""

    number: str
    state: str = Field(description="prepared, approved, sent, settled, withdrawn")
    prepared_at: datetime
    approved_at: datetime | None
    sent_at: datetime | None
    sha256: str = Field(description="预算管理一体化文件（CSV）的校验值 · of the CSV for the budget system")
    amount_fen: int = Field(
        description="未撤回的合计，含退回 · of all payments not withdrawn, returned ones too"
    )
    payments_count: int = Field(description="未撤回的笔数 · payments not withdrawn")
    paid: int = Field(description="已付笔数 · payments that the bank has paid")
    paid_fen: int
    returned: int = Field(description="退回笔数 · payments that the bank has sent back")
    returned_fen: int


class ToldBatches(Shape):
    """Batches, the newest first."""

    batches: list[ToldBatch]


class ToldWholeBatch(ToldBatch):
    """A batch with its payments."""

    payments: list[ToldPayment]


class _Given(BaseModel):
    """A body: it has these members and no others."""

    model_config = ConfigDict(strict=True, extra="forbid")


class Approval(_Given):
    """What is approved: the sum that was seen, so that nothing else is."""

    amount_fen: int = Field(ge=1, le=MAX_MONEY_FEN, description="批次合计 · the sum of the batch")


class Dispatch(_Given):
    """Which file went out: its hash, so that a batch that changed meanwhile is not taken for sent."""

    sha256: str = Field(
        pattern="^[0-9a-f]{64}$", description="送出文件（CSV）的校验值 · of the CSV that went out"
    )


class NewBatch(_Given):
    """Which awards to put into a new batch, and which parts of awards that are paid in parts."""

    awards: list[Number] = Field(
        default_factory=list, max_length=MOST_PAYMENTS, description="资金编号 · numbers of awards"
    )
    parts: list[Number] = Field(
        default_factory=list, max_length=MOST_PAYMENTS, description="分期、分拨编号 · numbers of parts"
    )


class NewPart(_Given):
    """One payee's share of an award."""

    title: str = Field(min_length=1, max_length=200, description="名称 · what it is for")
    amount_fen: int = Field(ge=1, le=MAX_MONEY_FEN, description="金额（分） · sum in fen")
    holder: str = Field("", max_length=200, description="户名 · holder of the account")
    bank: str = Field("", max_length=200, description="开户银行 · bank")
    account: str = Field("", max_length=34, description="账号 · number of the account")


class NewParts(_Given):
    """How an award is divided: the parts add up to it."""

    parts: list[NewPart] = Field(min_length=1, max_length=60, description="各部分 · the parts")


class BankResult(_Given):
    """What the bank says of one payment."""

    model_config = ConfigDict(strict=False, extra="forbid")
    number: str = Field(max_length=40, description="拨付编号 · number of the payment")
    paid: bool = Field(description="true 已付，false 退回 · true paid, false returned")
    on: date = Field(description="银行日期 · day of the bank")
    reference: str = Field(
        "", max_length=64, description="银行凭证号，已付的必填 · voucher, needed when paid"
    )
    reason: str = Field("", max_length=200, description="退回原因 · why it came back")


class BankResults(_Given):
    """The bank's answers for a batch: all are entered, or none."""

    results: list[BankResult] = Field(
        min_length=1, max_length=MOST_PAYMENTS, description="逐笔结果 · one for each payment"
    )


class ToldSettled(Shape):
    """How many payments were entered as paid or returned, and how many had been entered before."""

    paid: int
    returned: int
    unchanged: int
    state: str
