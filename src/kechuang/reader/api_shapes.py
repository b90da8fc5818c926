"""What the API says of packs: the shapes of its answers, which are their own documentation in OpenAPI.

Texts of the document are Chinese as published; titles and sentences come in both languages. Sums are whole fen
(分), rates exact fractions ('1/20'), days as 2024-06-20. Offsets count characters of the document's text from 0.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Shape(BaseModel):
    """A part of an answer: it has these members and no others."""

    model_config = ConfigDict(extra="forbid")


def absent(description: str | None = None) -> Any:
    """A member that is left out when there is nothing to say."""
    return Field(default=None, description=description)


class Said(Shape):
    """A text in both languages."""

    zh: str
    en: str


class Term(Shape):
    """A word of the system: its key in data, and what people call it."""

    key: str
    zh: str
    en: str


class Counts(Shape):
    """How much a pack holds."""

    measures: int
    safeguards: int
    benefits: int
    duties: int


class PackBrief(Shape):
    """One pack in the list."""

    id: str
    title: Said
    city: Said
    document: str | None = Field(description="文号 · number of the document")
    valid_from: date
    valid_to: date
    hash: str = Field(
        description="内容的 SHA-256，内容一变即变 · SHA-256 of the content: another content, another hash"
    )
    in_force: bool = Field(description="是否为本站现行 · whether this site applies it by default")
    counts: Counts


class Packs(Shape):
    """All packs."""

    packs: list[PackBrief]


class Document(Shape):
    """The document as published."""

    title: str
    number: str | None
    issuer: str | None
    issued: date | None
    valid_from: date | None
    valid_to: date | None
    addressees: list[str]
    digest: str = Field(description="全文的摘要 · digest of the whole text")
    characters: int


class Option(Shape):
    """One way to read a phrase."""

    key: str
    title: Said
    effect: Said | None = Field(description="会改变什么 · what it changes")


class Reading(Shape):
    """A phrase that can be read in more than one way: the options, the one chosen, who decided."""

    id: str
    measure: str
    phrase: str
    title: Said
    chosen: str
    options: list[Option]
    decided_by: Said | None


class Rule(Shape):
    """An implementing rule: a document of its own that refines benefits."""

    number: str
    title: Said
    refines: list[str] = Field(description="细化的事项 · ids of the benefits that it refines")
    valid_from: date | None
    valid_to: date | None
    steps: list[Said]
    not_known: Said | None


class Rounding(Shape):
    """How sums are brought to whole units."""

    mode: str
    unit_fen: int
    why: Said


class Pack(Shape):
    """One document and its implementing rules, encoded."""

    id: str
    title: Said
    city: Said
    hash: str
    in_force: bool
    valid_from: date
    valid_to: date
    document: Document
    note: Said | None
    counts: Counts
    rounding: Rounding
    readings: list[Reading]
    rules: list[Rule]
    precedence: Said | None
    stacking: Said | None


class Section(Shape):
    """A part (一、) or section of it (（一）) and the measures under it."""

    id: str
    title: str
    start: int
    end: int
    measures: list[str]


class FullText(Document):
    """The document with its whole text, into which all offsets point."""

    text: str
    parts: list[Section]
    sections: list[Section]


class BenefitBrief(Shape):
    """One benefit in a list."""

    id: str
    measure: str
    title: Said
    instrument: Term
    amount: str = Field(description="exact, up_to, limit, at_least, in_kind")
    valid_from: date
    valid_to: date


class MeasureBrief(Shape):
    """One measure or safeguard in the list."""

    key: str
    title: Said
    section: str = Field(description="所在部分的标题 · heading that it stands under")
    departments: list[str]
    benefits: list[BenefitBrief]
    duty_count: int


class Measures(Shape):
    """The measures and safeguards of a pack, in the order of the document."""

    pack: str
    hash: str
    measures: list[MeasureBrief]


class Quote(Shape):
    """Words of the document and where they stand."""

    text: str
    anchor: str = Field(description="所在句子的锚点 · anchor of the sentence")
    start: int
    end: int


class AnchorBrief(Shape):
    """One anchor in the list."""

    id: str
    start: int
    end: int
    digest: str


class Anchors(Shape):
    """All anchors of a document: title, parts, measures, sentences."""

    pack: str
    hash: str
    anchors: list[AnchorBrief]


class TokenClaim(Shape):
    """A figure, boundary word or department within the anchor, and what of the pack answers for it."""

    kind: str
    text: str
    start: int
    end: int
    state: str = Field(description="claimed, programmatic, gap, error")
    by: list[str]
    says: list[str]


class QuotedBy(Shape):
    """A place of the pack that quotes words of the anchor."""

    benefit: str
    what: str = Field(description="condition, parameter, amount, cap")
    key: str
    quote: Quote


class Anchor(AnchorBrief):
    """One anchor: its words, where they stand, and what the pack claims of them."""

    pack: str
    hash: str
    text: str
    line: int = Field(description="在发布文本中的行号 · line of the text as published")
    claims: list[TokenClaim]
    quoted_by: list[QuotedBy]


class FactField(Shape):
    """One fact: name, type, the register that holds it (none: only the applicant knows)."""

    name: str
    type: str
    title: Said
    note: Said | None
    source: Said | None
    ask: Said | None


class RecordKind(Shape):
    """One kind of record; `subject` is the case itself, all others are lists within it."""

    name: str
    title: Said
    note: Said | None
    key: list[str]
    fields: list[FactField]


class CodeList(Shape):
    """A list of codes."""

    name: str
    codes: list[Term]


class Vocabulary(Shape):
    """Every fact that a pack may ask for."""

    pack: str
    hash: str
    records: list[RecordKind]
    codes: list[CodeList]


class PackAsked(Shape):
    """The pack that an answer rests on."""

    id: str
    hash: str
    title: str
    document: str | None


class Basis(Shape):
    """What an answer rests on; sent back as they are, these give the same answer again."""

    pack: PackAsked
    on: date
    year: int
    readings: dict[str, str]


class Cited(Shape):
    """Words of the document, with clause and anchor."""

    text: str
    clause: str
    anchor: str
