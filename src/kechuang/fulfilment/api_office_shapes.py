"""What the API says of calls, cases and notices, and what it takes for an act."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from kechuang.fulfilment import queries
from kechuang.policy.language.values import MAX_MONEY_FEN
from kechuang.reader.api_shapes import Said, Shape

Fen = Annotated[int, Field(ge=0, le=MAX_MONEY_FEN)]
Words = Annotated[str, Field(max_length=2000)]
Short = Annotated[str, Field(max_length=100)]


class CallLine(Shape):
    """A call in a list."""

    number: str
    title: Said
    benefit: str
    state: str = Field(description="published, closed, settled; draft, withdrawn for its department")
    opens_at: str
    closes_at: str
    department: str
    without_application: bool = Field(description="免申即享 · offered for confirmation")


class CallAsked(Shape):
    """A document to hand in."""

    key: str
    title: Said
    why: dict[str, str]


class CallContact(Shape):
    """How a department is reached."""

    person: str
    phone: str
    address: str


class CallTold(CallLine):
    """A call."""

    year: int
    on: str
    pack: str
    guide: dict[str, str]
    documents: list[CallAsked]
    gates: list[dict[str, Any]]
    quorum: int
    recommended: bool
    rule: str
    notice_days: int
    contact: CallContact | None = Field(
        description="责任单位的联系方式，没有填写的为空 · how the department is reached, if it says so"
    )


class CallList(Shape):
    """Calls, the newest first."""

    calls: list[CallLine]


class CaseFilters(BaseModel):
    """What narrows a list of cases; '' does not. act: those that wait for this act of the bearer's."""

    model_config = ConfigDict(extra="forbid")

    q: Annotated[Short, Field(description="编号开头或单位名称 · beginning of the number, or a name")] = ""
    state: Annotated[Short, Field(description="状态 · state of docs/workflow.md")] = ""
    stage: Annotated[Short, Field(description="阶段 · stage of docs/workflow.md")] = ""
    call: Annotated[Short, Field(description="通知编号 · number of the call")] = ""
    district: Annotated[Short, Field(description="区划代码 · code of the district")] = ""
    measure: Annotated[Short, Field(description="第几条 · measure")] = ""
    overdue: Annotated[bool, Field(description="只要逾期的 · only what is past its day")] = False
    act: Annotated[Short, Field(description="待办的步骤，见 tasks · an act that waits, see tasks")] = ""

    @property
    def filters(self) -> queries.Filters:
        """The same as the lists take it."""
        said = self.model_dump(exclude={"act", "overdue"})
        return queries.Filters(**said, overdue="1" if self.overdue else "")


class CaseLine(Shape):
    """A case in a list. Sums in fen; null where there is none yet, and for a reviewer, whose page has none."""

    number: str
    call: str
    organisation: str
    code: str
    district: str
    state: str
    state_since: str
    due_on: str | None
    declared_fen: int | None
    recommended_fen: int | None
    determined_fen: int | None
    granted_fen: int | None
    revision: int


class CaseList(Shape):
    """Cases of a page, and how many there are."""

    count: int
    cases: list[CaseLine]


class ActOpen(Shape):
    """An act that the table gives the caller now."""

    command: str
    title: Said
    needs: list[str]
    hindrance: Said | None = Field(
        description="为何现在不能办；null 为可办 · why not now; null: nothing hinders it"
    )


class DecisionTold(Shape):
    """A decision on a case; a former one is revoked and no longer holds."""

    number: str
    amount_fen: int
    issued_at: str
    hash: str
    revoked_at: str | None = Field(description="已撤销的时间；null 为有效 · null: in force")
    revoked_why: str


class CaseTold(CaseLine):
    """A case with the acts that are open to the caller."""

    benefit: str
    pack: str
    known_at: str | None
    outcome: str | None
    acts: list[ActOpen]
    decisions: list[DecisionTold]


class MilestoneGiven(BaseModel):
    """A milestone of a contract."""

    model_config = ConfigDict(strict=True, extra="forbid")

    title: Annotated[str, Field(min_length=1, max_length=200)] = Field(description="名称 · what")
    criteria: Words = Field(description="验收指标 · how it is measured")
    due_on: Annotated[date, Field(strict=False)] = Field(description="到期 · by when")
    amount_fen: Fen = Field(description="阶段金额，分 · the stage in fen")


class AccountGiven(BaseModel):
    """A bank account."""

    model_config = ConfigDict(strict=True, extra="forbid")

    holder: Annotated[str, Field(max_length=200)] = Field(description="户名 · holder")
    bank: Annotated[str, Field(max_length=200)] = Field(description="开户银行 · bank with branch")
    number: Annotated[str, Field(max_length=60)] = Field(description="账号 · number")


class ActGiven(BaseModel):
    """What an act needs; what it does not need is left out."""

    model_config = ConfigDict(strict=True, extra="forbid")

    revision: int = Field(ge=0, description="所见的版本号 · the revision that was seen")
    amount_fen: Fen | None = Field(None, description="金额，分 · the sum in fen")
    sure: Annotated[
        bool,
        Field(description="金额不到原来的百分之一时须为 true · the sum is meant, though below a hundredth"),
    ] = False
    reason: Words | None = Field(None, description="理由 · why")
    note: Words | None = Field(None, description="备注 · a note")
    sections: list[Annotated[str, Field(max_length=64)]] | None = Field(
        None, max_length=50, description="需要补正的部分 · sections to supplement"
    )
    result: Literal["agreed", "opposed"] | None = Field(None, description="会审意见 · answer of a gate")
    hearing_on: Annotated[date, Field(strict=False)] | None = Field(
        None, description="听证日期 · day of the hearing"
    )
    plan: list[Annotated[tuple[Annotated[date, Field(strict=False)], Fen], Field(strict=False)]] | None = (
        Field(None, max_length=100, description="还款计划 [[日期, 分], …] · instalments")
    )
    rank: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(None, description="名次 · rank")
    panel: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = Field(None, description="评审组 · panel")
    contract_number: Annotated[str, Field(max_length=64)] | None = Field(
        None, description="合同登记编号 · number of the contract"
    )
    own_fen: Fen | None = Field(
        None,
        description="承担单位的自筹资金，分；没有的填 0 · own money of the undertaker in fen, 0 for none",
    )
    milestones: list[MilestoneGiven] | None = Field(
        None, max_length=30, description="里程碑 · milestones of the contract"
    )
    milestone: Annotated[int, Field(ge=1, le=30)] | None = Field(
        None, description="第几个里程碑 · which milestone"
    )
    text: Words | None = Field(None, description="说明 · what is reported or asked for")
    due_on: Annotated[date, Field(strict=False)] | None = Field(None, description="新的日期 · the later day")
    evidence: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = Field(
        None, description="本单位材料的编号 · number of a file of one's own"
    )
    account: AccountGiven | None = Field(None, description="收款账户 · bank account")
    conclusion: Words | None = Field(None, description="结论 · what was found")
    grade: Literal["excellent", "good", "pass"] | None = Field(
        None, description="验收等次 · grade of the acceptance"
    )


class NoticeLineTold(Shape):
    """A notice in a list."""

    number: str
    call: str
    title: Said
    state: str
    first_day: str
    last_day: str
    hash: str
    total_fen: int


class NoticeList(Shape):
    """Notices, the newest first."""

    notices: list[NoticeLineTold]


class NoticeTold(Shape):
    """A notice: the content is what the hash is over, as canonical JSON."""

    number: str
    state: str
    first_day: str
    last_day: str
    hash: str
    content: dict[str, Any]
