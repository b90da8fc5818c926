"""The shapes of an organisation's own facts, evidence and disputes, as the API tells them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from kechuang.reader.api_shapes import Said, Shape, absent

Plain = bool | int | str
PLAIN_WORDS = (
    "金额为整数分，日期如 2024-06-20，比率如 1/20，代码为词汇表中的代码 · sums in whole fen, days as 2024-06-20, "
    "rates as 1/20, codes as in the vocabulary"
)


class KeptFile(Shape):
    """A file that proves something, kept by the SHA-256 of its content."""

    id: int
    name: str
    hash: str
    type: str
    size: int
    scan: str = Field(description="waiting, clean, infected, not_scanned")


class ToldFact(Shape):
    """What one source says of one field; prevails: no other source counts more."""

    id: int
    record: str
    key: str
    field: str = Field(description="空表示没有这类记录 · empty: there is no record of the kind")
    value: Plain = Field(description=PLAIN_WORDS)
    source: str = Field(description="decision, list, verified, declared")
    prevails: bool
    disputed: bool
    known_from: datetime
    valid_from: date = absent()
    valid_to: date = absent()
    evidence: int = absent("材料编号 · number of the file")


class OwnFacts(Shape):
    """All that is known of the organisation now."""

    uscc: str
    name: str
    at: datetime
    facts: list[ToldFact]


class ToldCorrection(Shape):
    """A dispute about a fact, and what became of it."""

    id: int
    fact: int
    proposed: Plain = Field(description=PLAIN_WORDS)
    ground: str
    state: str = Field(description="open, upheld, rejected, withdrawn, settled, lapsed")
    due_on: date
    raised_at: datetime
    answer: str = absent()
    answered_at: datetime = absent()


class HeldStatus(Shape):
    """A status of an organisation, and whether it holds today."""

    status: str
    holds: bool


class ToldOrganisation(Shape):
    """An organisation of the register; codes of the vocabulary and of the districts."""

    id: int
    uscc: str
    name: str
    kind: str
    district: str
    statuses: list[HeldStatus]


class ToldOrganisations(Shape):
    """A page of organisations, and how many there are."""

    count: int
    organisations: list[ToldOrganisation]


class KeptFiles(Shape):
    """Files of an organisation, the newest first."""

    files: list[KeptFile]


class PastFact(Shape):
    """What one source said of a field, and from when until when the house knew it so."""

    id: int
    value: Plain = Field(description=PLAIN_WORDS)
    source: str = Field(description="decision, list, verified, declared")
    prevails: bool
    known_from: datetime
    known_to: datetime | None = Field(description="空为现在仍如此 · none: so still")
    stated_by: str = Field(description="谁说的 · who said so")
    list: int | None = Field(description="名录编号 · number of the list")
    evidence: int | None = Field(description="材料编号 · number of the file")


class FactHistory(Shape):
    """All that was ever said of one field, the newest first."""

    organisation: int
    record: str
    key: str
    field: str
    said: list[PastFact]


class ToldCellFault(Shape):
    """What is wrong with a cell, and what to do."""

    column: str
    found: str
    expected: Said
    remedy: Said


class ToldRow(Shape):
    """A row of a list: what it changes, before and after by field, or why it is refused."""

    row: int
    code: str
    name: str
    key: str
    change: str = Field(description="added, changed, same, refused, ended")
    before: dict[str, Plain]
    after: dict[str, Plain]
    corrected: dict[str, Plain] = Field(
        description="部门已更正、本行另有说法的 · what a department has corrected and the row says otherwise"
    )
    faults: list[ToldCellFault]


class ToldRows(Shape):
    """A page of rows, and how many there are."""

    count: int
    rows: list[ToldRow]


class OwnCorrections(Shape):
    """The disputes of the organisation."""

    corrections: list[ToldCorrection]


class FactStatement(BaseModel):
    """What the organisation says of one field."""

    model_config = ConfigDict(strict=True, extra="forbid")

    record: Annotated[str, Field(max_length=32, description="记录类别 · kind of record", examples=["years"])]
    field: Annotated[str, Field(max_length=32, description="字段 · field", examples=["sales"])]
    value: bool | int | Annotated[str, Field(max_length=500)] = Field(
        description="如 3000万元、4.35%、2024-06-20、true，或整数分 · such as these, or whole fen",
        examples=["3000万元"],
    )
    key: Annotated[str, Field(max_length=200)] = Field(
        "",
        description="哪一条记录：标识字段以 | 相连，主体为空 · which record: its key fields joined by |, '' for the "
        "subject",
        examples=["2025"],
    )
    evidence: int | None = Field(None, description="材料编号 · number of a file of one's own")
