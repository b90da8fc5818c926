"""What the API says of a measure and of a benefit, as `api_shapes`: conditions, parameters, readings, examples."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from kechuang.reader.api_shapes import BenefitBrief, MeasureBrief, Quote, Reading, Said, Shape, Term


class Duty(Shape):
    """Something that departments do, without money."""

    id: str
    title: Said
    quote: Quote | None
    who: list[str]
    evidence: list[Said]
    indicators: list[Term]


class Declared(Shape):
    """Words of the text that no encoding computes, and why."""

    quote: Quote | None
    why: Said
    owner: str | None


class Measure(MeasureBrief):
    """One measure: its words, what it gives, what departments do, what of it is not computed."""

    pack: str
    hash: str
    text: str
    start: int
    end: int
    digest: str
    anchors: list[str]
    duties: list[Duty]
    programmatic: list[Declared]
    gaps: list[Declared]


class Condition(Shape):
    """One condition: as a sentence, as an expression, and the words that say so."""

    key: str
    sentence: Said
    expression: str
    quote: Quote | None
    why: Said | None = Field(
        description="原文没有对应文字时的说明 · why it stands without words of the document"
    )
    readings: list[str]
    facts: list[str] = Field(description="用到的事实 · facts that it reads, such as years.rd_spend")


Amount = Annotated[int | str | bool | None, Field(union_mode="left_to_right")]


class Row(Shape):
    """One row of a table parameter."""

    keys: list[str]
    value: Amount
    text: Said


class DatedValue(Shape):
    """A value from a day on, under one option of its reading ('' where there is no choice)."""

    since: date
    option: str
    value: Amount = Field(description="金额为分，比率为分数 · a sum in fen, a rate as a fraction")
    text: Said | None
    rows: list[Row]


class Parameter(Shape):
    """A number of the document with every value that it has had."""

    key: str
    title: Said
    type: str
    by: list[str] = Field(description="表的键所属代码表 · code lists of a table's keys")
    reading: str | None
    quote: Quote | None
    cites: Said | None
    values: list[DatedValue]


class Cap(Shape):
    """A ceiling."""

    key: str
    sentence: Said
    quote: Quote | None


class GivenBy(Shape):
    """What is given: kind, formula, ceilings an item and in all."""

    kind: str
    sentence: Said
    expression: str | None
    quote: Quote | None
    readings: list[str]
    facts: list[str]
    caps: list[Cap]
    total_caps: list[Cap]


class Share(Shape):
    """A share of the sum."""

    key: str
    title: Said
    parameter: str


class Evidence(Shape):
    """A document to show: `shared` where the city fetches it, `asked` why the applicant has to hand it in."""

    title: Said
    shared: Said | None
    asked: Said | None


class Example(Shape):
    """A worked example, checked with every change: its facts can be sent to /api/assess as they are."""

    title: Said
    on: date
    year: int
    readings: dict[str, str]
    facts: dict[str, object]
    expect: dict[str, object]


class Benefit(BenefitBrief):
    """One benefit in full, as it stands on `on`."""

    pack: str
    hash: str
    on: date
    in_force: bool
    lifecycle: Term
    subjects: list[Term]
    payee: Term
    payer: Term
    per: list[Term] = Field(description="计算单位 · what it is counted by")
    each: str | None = Field(
        description="逐条判断的记录 · kind of record of which each is examined by itself"
    )
    departments: list[str]
    decides: Said
    conditions: list[Condition]
    parameters: list[Parameter]
    given: GivenBy
    split: list[Share]
    evidence: list[Evidence]
    stacking: Said
    rules: list[str]
    readings: list[Reading]
    examples: list[Example]
