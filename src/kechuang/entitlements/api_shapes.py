"""The shapes of assessments and explanations, as `kechuang assess` and `kechuang explain --json` write them.

Here they are only described; a test holds each answer of the API to its shape, and to what the commands write.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import Field

from kechuang.reader.api_shapes import Basis, Cited, Shape, absent


class Counted(Shape):
    """How many came in, were assessed, were refused."""

    came: int = Field(alias="in")
    assessed: int
    refused: int


class MissingFact(Shape):
    """A fact that is not known: which, of which year, of which record (counted from 1)."""

    fact: str
    year: int = absent()
    record: int = absent()


class Short(Shape):
    """How far the deciding comparison is from holding: money in fen, rates as fractions, dates in days."""

    gap: str
    type: str


class Line(Shape):
    """One benefit for one case."""

    outcome: str = Field(description="entitled, may_apply, undetermined, not_eligible, not_in_force")
    amount_fen: int = absent("may_apply 时为上限 · a ceiling when the outcome is may_apply")
    because: str = absent("起决定作用的条件 · key of the deciding condition, or for, no_record, amount")
    missing: list[MissingFact] = absent()
    short: Short = absent()


class CaseResult(Shape):
    """All benefits of one case."""

    uscc: str = Field(description="代码，没有则为序号 · code, or the position from 1 where there is none")
    name: str
    benefits: dict[str, Line]


class Stated(Shape):
    """A way in which values were read that could have been written more clearly."""

    sheet: str
    column: str
    row: int | None
    how: str
    found: str
    read_as: str
    count: int


class BenefitTotal(Shape):
    """One benefit over all cases."""

    subjects: dict[str, int]
    entitled_fen: int
    ceiling_fen: int


class Totals(Shape):
    """All benefits over all cases; limits on loans and covers are no money and not in the ceilings."""

    entitled_fen: int
    ceiling_fen: int
    benefits: dict[str, BenefitTotal]


class Assessed(Basis):
    """The results of all cases, in their order. `refused` and `faults` are empty: one fault, and all is refused."""

    rows: Counted
    subjects: Counted
    results: list[CaseResult]
    refused: list[dict[str, Any]]
    faults: list[dict[str, Any]]
    stated: list[Stated]
    totals: Totals


class Value(Shape):
    """A fact or intermediate value in words."""

    title: str
    value: str
    meaning: str | None
    source: str | None


class ReadingInForce(Shape):
    """A reading that a condition or sum rests on."""

    id: str
    title: str
    phrase: str
    option: str
    others: list[str]
    decided_by: str | None


class Check(Shape):
    """One line of the checklist."""

    key: str
    verdict: str = Field(description="holds, fails, unknown, not_examined")
    decisive: bool
    sentence: str
    quote: Cited | None
    why: str | None
    terms: list[Value]
    facts: list[Value]
    readings: list[ReadingInForce]


class CapStep(Shape):
    """A ceiling with its value."""

    key: str
    sentence: str
    fen: int | str | None
    binds: bool
    quote: Cited | None


class Steps(Shape):
    """How a sum came about. A value that is no whole number of fen is written 'numerator/denominator'."""

    terms: list[Value]
    facts: list[Value]
    formula_fen: int | str | None
    caps: list[CapStep]
    rounded: bool
    amount_fen: int | None


class RecordExplained(Shape):
    """One related record."""

    label: str
    outcome: str
    because: str | None
    shortfall: str | None
    amount_fen: int | None
    conditions: list[Check]
    amount: Steps | None


class CapSaid(Shape):
    """A ceiling in words."""

    key: str
    sentence: str
    quote: Cited | None


class ShareSaid(Shape):
    """A share of the sum."""

    title: str
    fen: int


class AmountExplained(Shape):
    """The sum."""

    kind: str
    sentence: str
    quote: Cited | None
    readings: list[ReadingInForce]
    caps: list[CapSaid]
    rounding: str
    rounding_why: str
    steps: Steps | None
    total_fen: int | None
    total_caps: list[CapStep]
    shares: list[ShareSaid]


class Kind(Shape):
    """Whom the benefit is for, and whether the case is one of them."""

    subjects: str
    verdict: str


class FactWanted(Shape):
    """A fact still needed; `source` names the register that holds it."""

    path: str
    title: str
    source: str | None


class EvidenceSaid(Shape):
    """A document to show."""

    title: str
    note: str
    shared: bool


class Explanation(Shape):
    """One result in full, in one language."""

    benefit: str
    title: str
    language: str
    outcome: str
    headline: str
    reason: str
    because: str | None
    amount_fen: int | None
    is_ceiling: bool
    kind: Kind
    conditions: list[Check]
    records: list[RecordExplained]
    amount: AmountExplained
    missing: list[FactWanted]
    evidence: list[EvidenceSaid]
    departments: list[str]
    decides: str
    payee: str
    payer: str
    instrument: str
    lifecycle: str
    scope: str
    rules: list[str]
    stacking: str
    valid_from: date
    valid_to: date


class Explained(Basis):
    """The explanations asked for, in the order of the document."""

    explanations: list[Explanation]
