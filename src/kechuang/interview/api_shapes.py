"""The shapes of the interview's answers."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from kechuang.reader.api_shapes import Basis, Cited, Said, Shape


class FactAsked(Shape):
    """What a question asks for: a field of a kind of record, or the whole list (field null)."""

    kind: str
    field: str | None
    year: int | None
    record: int | None = Field(description="第几条记录，从 1 起 · which record, counted from 1")


class Choice(Shape):
    """One answer to choose from."""

    code: str
    title: Said
    note: Said | None


class Reason(Shape):
    """Why the question is asked: a benefit that hangs on it, with the words that say so."""

    benefit: str
    title: str
    sentence: str
    quote: Cited | None
    why: str | None


class NextQuestion(Shape):
    """One question."""

    key: str
    form: str = Field(description="boolean, choice, money, number, rate, date, kinds, count, records")
    fact: FactAsked | None
    ask: Said
    help: Said | None
    about: Said | None
    source: Said | None
    unit: Said | None
    several: bool
    options: list[Choice]
    benefits: list[str]
    fen: int = Field(description="所涉事项至多可给的金额 · the most that the benefits at stake can give")
    why: list[Reason]


class Interviewed(Basis):
    """Where the interview stands."""

    facts: dict[str, Any] = Field(
        description="已知的事实，连同刚才的回答 · facts known by now, with the answer given"
    )
    skipped: list[str]
    question: NextQuestion | None = Field(description="没有可问的为 null · null when nothing is left to ask")
    remaining: int = Field(description="大约还有几问 · about how many questions are left")
    open: list[str] = Field(description="还可能改变的事项 · benefits that answers may still change")
    open_fen: int
    entitled_fen: int
    ceiling_fen: int
    outcomes: dict[str, int]
