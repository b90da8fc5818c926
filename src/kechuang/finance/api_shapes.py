"""The shapes of filings and pools, as the API tells them. Sums are whole fen."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from kechuang.policy.language.values import MAX_MONEY_FEN
from kechuang.reader.api_shapes import Said, Shape, absent


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


class ToldLine(Shape):
    """A line that stands, as it was filed: values by field, sums in fen."""

    id: int
    filer: str = Field(description="报送机构代码 · code of who filed it")
    uscc: str
    organisation: str
    record: str
    number: str
    values: dict[str, Any]
    corrected: dict[str, Any] = Field(description="部门已更正的 · what a department has corrected, by field")


class FiledLines(Shape):
    """Lines that stand, the newest first, at most 200."""

    lines: list[ToldLine]


class OpenLoss(Shape):
    """A shared loss of which something may still come back."""

    entry: int
    uscc: str
    left_fen: int


class WholePool(ToldPool):
    """A pool with what it rests on, losses that wait to be shared, and shared ones that are not recovered."""

    source: str
    floor_fen: int
    concentration: str
    waiting: list[ToldLine]
    open_losses: list[OpenLoss]


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


class Wished(BaseModel):
    """What one would like; what is left out is taken as usual: 1000万元 for a year, at the LPR."""

    model_config = ConfigDict(extra="forbid")

    principal_fen: Annotated[int, Field(ge=1, le=MAX_MONEY_FEN)] | None = Field(
        None, description="贷款本金，分 · principal in fen"
    )
    days: Annotated[int, Field(ge=1, le=366)] | None = Field(
        None, description="本年度计息天数 · days of interest within the year"
    )
    rate: Annotated[str, Field(pattern=r"^[0-9]{1,6}/[1-9][0-9]{0,5}$")] | None = Field(
        None, description="银行年利率，分数 · yearly rate as a fraction", examples=["69/2000"]
    )
    premium_fen: Annotated[int, Field(ge=0, le=MAX_MONEY_FEN)] | None = Field(
        None, description="保费，分 · premium in fen"
    )
    fee_fen: Annotated[int, Field(ge=0, le=MAX_MONEY_FEN)] | None = Field(
        None, description="评估费，分 · fee of the appraisal in fen"
    )


class FinanceOffer(Shape):
    """One offer; sums are left out where it is no matter of money, or unknown. ceiling: a person decides the sum."""

    benefit: str
    title: Said
    qualifies: bool
    outcome: str
    told: Said
    reason: Said
    ceiling: bool
    limit_fen: int = absent()
    cost_fen: int = absent()
    brings_fen: int = absent()
    net_fen: int = absent()


class FinanceOffers(Shape):
    """What one can get first, then why not the others."""

    on: date
    rate: str = absent("年利率 · yearly rate")
    offers: list[FinanceOffer]


class LineOverlap(Shape):
    """Two lines that may be the same support twice, and what was decided on them."""

    id: int
    ground: str = Field(description="contract, pledge, principal")
    uscc: str
    first: ToldLine
    second: ToldLine
    found_at: datetime
    decision: str = Field(description="both, first, second; 空为未判断 · empty: undecided")
    reason: str


class LineOverlaps(Shape):
    """Pairs of lines, the newest first, at most 200."""

    overlaps: list[LineOverlap]


class ToldPartner(Shape):
    """A selected bank or insurer; until is left out while it is open."""

    id: int
    uscc: str
    name: str
    since: date
    until: date = absent()
    source: str


class ToldPartners(Shape):
    """The selected banks and insurers, by name."""

    partners: list[ToldPartner]


class FinanceLetter(Shape):
    """A letter: whom it is about, for which year, and the sentences that it says."""

    id: int
    number: str
    benefit: str
    uscc: str
    organisation: str
    department: str
    on: date
    year: int
    state: str = Field(description="prepared, issued, discarded")
    amount_fen: int = absent()
    words: dict[str, list[str]]
    prepared_at: datetime
    issued_at: datetime = absent()


class FinanceLetters(Shape):
    """Letters, the newest first, at most 200; benefits: those that end with a letter."""

    letters: list[FinanceLetter]
    benefits: list[str]


class ToldQuote(Shape):
    """One month of the LPR; rates are exact fractions. known_from: left out for what the software brings."""

    month: date
    quoted_on: date
    one_year: str
    five_year: str
    source: str
    known_from: datetime = absent()
    superseded: bool


class ToldSeries(Shape):
    """Quotes, the newest month first; loaded: how many months a load changed."""

    quotes: list[ToldQuote]
    loaded: int = absent()
