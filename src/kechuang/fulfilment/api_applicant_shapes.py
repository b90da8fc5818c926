"""The shapes of calls and applications, as the API tells them to programs of applicants."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from kechuang.reader.api_shapes import Said, Shape, absent

OUTCOMES = "entitled, may_apply, undetermined, not_eligible, not_in_force"
Text = Annotated[str, Field(min_length=1, max_length=200)]


class Worth(Shape):
    """What comes out by the facts known now; amount_fen is a ceiling where `ceiling` is true."""

    outcome: str = Field(description=OUTCOMES)
    amount_fen: int = absent("整数分 · whole fen")
    ceiling: bool
    reason: Said


class OpenCall(Shape):
    """A call whose window is open, and what it would come to for the organisation. keys: what may be applied for."""

    number: str
    title: Said
    benefit: str
    department: str
    closes_at: datetime
    worth: Worth
    keys: list[str] = Field(
        description='可申报的记录；[""] 为单位本身 · the records that may be applied for; [""]: the organisation itself'
    )


class OpenCalls(Shape):
    """All open calls."""

    calls: list[OpenCall]


class SectionState(Shape):
    """One section of an application. hash: what it says, as approvals will rest on it."""

    key: str
    title: Said
    state: str = Field(description="missing, filled, known, asked, supplemented, optional, locked")
    missing: int = Field(description="还差几项 · how many things are missing")
    hash: str


class ToldApplication(Shape):
    """One application: where it stands and what is next."""

    number: str
    call: str
    key: str
    state: str
    revision: int
    due_on: date = absent("下一步的期限 · the day by which the next act is due")
    submitted_at: datetime = absent("服务器收到的时间 · received by the server")
    declared_fen: int = absent()
    determined_fen: int = absent("公示起 · from the public notice on")
    granted_fen: int = absent("公示起 · from the public notice on")
    reason: str = absent("退回、撤回或不予支持的理由 · of a return, a withdrawal or a refusal")


class OwnApplications(Shape):
    """The organisation's applications, the newest first."""

    applications: list[ToldApplication]


class AccountStated(Shape):
    """Where the money goes."""

    holder: str
    bank: str
    number: str


class HandedIn(Shape):
    """A file handed in under one of the documents that the call asks for; `id` is what takeOut names."""

    id: int
    key: str
    evidence: int
    name: str
    hash: str


class WholeApplication(ToldApplication):
    """One application with its sections. checked: send it along when submitting what you have read."""

    sections: list[SectionState]
    documents: list[HandedIn]
    account: AccountStated = absent("收款账户，未填写的没有此项 · none while none is stated")
    worth: Worth
    clauses: list[str] = Field(description="申报声明的各条 · the clauses of the declaration")
    checked: str


class Begin(BaseModel):
    """Which call, and which record of those that it takes."""

    model_config = ConfigDict(strict=True, extra="forbid")

    call: Annotated[str, Field(max_length=32, description="申报通知编号 · number of the call")]
    key: Annotated[str, Field(max_length=200)] = Field("", description="申报的记录 · the record applied for")


class HandIn(BaseModel):
    """Which document, and the number of a file uploaded before (keepEvidence)."""

    model_config = ConfigDict(strict=True, extra="forbid")

    key: Annotated[str, Field(max_length=64, description="材料的标识 · key of the document")]
    evidence: Annotated[int, Field(ge=1, le=2**63 - 1, description="材料编号 · number of the file")]


class BankAccount(BaseModel):
    """Where the money goes."""

    model_config = ConfigDict(strict=True, extra="forbid")

    holder: Text
    bank: Text
    number: Annotated[str, Field(min_length=1, max_length=60)]


class Declaration(BaseModel):
    """The clauses that are agreed to: all of them, or nothing is declared."""

    model_config = ConfigDict(strict=True, extra="forbid")

    agreed: list[Annotated[str, Field(max_length=32)]] = Field(max_length=20)


class Submission(BaseModel):
    """What was read before submitting."""

    model_config = ConfigDict(strict=True, extra="forbid")

    revision: Annotated[int, Field(ge=0, le=2**31 - 1)]
    checked: Annotated[
        str, Field(pattern="^[0-9a-f]{64}$", description="见 readApplication · from readApplication")
    ]
    note: Annotated[
        str,
        Field(
            max_length=2000,
            description="补正说明：要求补正的部分没有改动的，须写明 · needed where what was asked back is unchanged",
        ),
    ] = ""
