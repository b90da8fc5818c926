"""The shapes of filings and pools, as the API tells them. Sums are whole fen."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field

from kechuang.reader.api_shapes import Shape, absent


class ToldFault(Shape):
    """One thing wrong in a line."""

    row: int
    column: str
    found: str
    expected_zh: str
    expected_en: str
    remedy_zh: str
    remedy_en: str


class ToldNote(Shape):
    """What the law says of a taken line: the benefit whose conditions it does not meet, and why."""

    row: int
    benefit: str
    outcome: str
    zh: str
    en: str


class ToldFiling(Shape):
    """A filing: its state, counts of lines, faults and notes (the first 500 of each)."""

    id: int
    kind: str
    file: str
    hash: str
    state: str = Field(
        description="waiting, reading, comparing, checked, applying, applied, undoing, undone, failed"
    )
    done: int
    total: int = absent("行数 · number of lines")
    taken_at: datetime
    added: int
    changed: int
    same: int
    refused: int
    problem_zh: str = absent()
    problem_en: str = absent()
    faults: list[ToldFault]
    notes: list[ToldNote]


class ToldFilings(Shape):
    """One's own filings, the newest first, at most 200; without faults and notes."""

    filings: list[ToldFiling]


class ToldShare(Shape):
    """One party's part of the losses, as an exact fraction."""

    party: str
    ratio: str
    borne_by_pool: bool


class ToldAlert(Shape):
    """One early warning."""

    ground: str = Field(description="past_due, concentration, floor, reserved")
    uscc: str = absent("债务人代码 · code of the debtor")
    zh: str
    en: str


class ToldPool(Shape):
    """A risk pool."""

    id: int
    name: str
    measure: str
    balance_fen: int
    reserved_fen: int
    free_fen: int
    lost_fen: int
    recovered_fen: int
    shares: list[ToldShare]
    alerts: list[ToldAlert]


class ToldPools(Shape):
    """All pools."""

    on: date
    pools: list[ToldPool]


class ToldPoolEntry(Shape):
    """One movement of a pool; parts: what each party bears of a loss or gets of a recovery."""

    id: int
    act: str = Field(description="contribute, withdraw, reserve, release, lose, recover")
    amount_fen: int
    whole_fen: int = absent()
    parts: dict[str, int]
    uscc: str = absent()
    reason: str
    finding: str
    at: datetime


class ToldPoolLedger(Shape):
    """The entries of a pool, the newest first, at most 200."""

    entries: list[ToldPoolEntry]
