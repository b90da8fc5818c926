"""What programs send to write a call, to publish it, to share out its money and to answer objections."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from kechuang.accounts.calling import Given, Number, Text
from kechuang.fulfilment.calls import LEAST_NOTICE_DAYS
from kechuang.policy.language.values import MAX_MONEY_FEN
from kechuang.reader.api_shapes import Said

Moment = Annotated[
    datetime, Field(strict=False, description="时刻，如 2026-03-01T09:00:00+08:00 · a moment with zone")
]
Day = Annotated[date, Field(strict=False)]


class NewCall(Given):
    """A call for a benefit of one's own measures; with a sweep it offers the award to whom the sweep found."""

    benefit: Annotated[str, Field(max_length=120)]
    year: int = Field(ge=2000, le=2099)
    on: Day = Field(description="测算日 · the day conditions are judged by")
    opens_at: Moment
    closes_at: Moment
    appropriation: Number
    sweep: Number | None = None


class Title(Given):
    """What a document is called, in both languages."""

    zh: Annotated[str, Field(min_length=1, max_length=200)]
    en: Annotated[str, Field(min_length=1, max_length=200)]


class Why(Given):
    """Why applicants hand a document in, and the city does not fetch it itself."""

    zh: Annotated[str, Field(max_length=500)]
    en: Annotated[str, Field(max_length=500)]


class CallDocument(Given):
    """A document that applicants hand in; one without a key gets one."""

    key: Annotated[str, Field(max_length=64, pattern="^[a-z0-9-]*$")] = ""
    title: Title
    why: Why


class Gate(Given):
    """An office of the joint review, its working days, and what its silence means."""

    gate: Annotated[str, Field(max_length=32, description="会审单位，如 credit · a key of gates.yaml")]
    days: int = Field(ge=1, le=999)
    silence: Literal["agree", "escalate"]


class CallChange(Given):
    """What of a draft is changed; what is left out, or null, stays, but for `publish_at`: null clears it."""

    revision: int = Field(ge=0, description="所见的版本号 · the revision that was seen")
    title: Said | None = None
    guide: Said | None = None
    on: Day | None = None
    opens_at: Moment | None = None
    closes_at: Moment | None = None
    publish_at: Moment | None = None
    rule: Literal["pro_rata", "ranking", "queue"] | None = Field(
        None, description="资金不足时怎样分配 · how too little money is shared"
    )
    recommended: bool | None = None
    gates: Annotated[list[Gate], Field(max_length=9)] | None = Field(
        None, description="会审单位，全部列出 · the joint review, all of it"
    )
    quorum: Annotated[int, Field(ge=0, le=9)] | None = Field(
        None, description="会审至少几家反馈 · how many gates must answer"
    )
    documents: Annotated[list[CallDocument], Field(max_length=50)] | None = Field(
        None, description="要交的材料，全部列出 · what is to be handed in, all of it"
    )
    notice_days: Annotated[int, Field(ge=LEAST_NOTICE_DAYS, le=60)] | None = None

    def changes(self) -> dict[str, Any]:
        """What calls.change takes."""
        named = self.model_fields_set - {"revision"}
        said = self.model_dump(include=named)
        return {name: value for name, value in said.items() if value is not None or name == "publish_at"}


class Reserve(Given):
    """What a call reserves of its appropriation."""

    reserve_fen: int = Field(ge=1, le=MAX_MONEY_FEN)


class Extension(Given):
    """More time for everybody, with the reason that is published."""

    closes_at: Moment
    reason: Text


class OfferTo(Given):
    """Lines of the sweep that the award is offered to; none named: all that it found."""

    lines: list[Number] = Field(
        default=[], max_length=10_000, description="筛查结果的行 · lines of the sweep"
    )


class Ranks(Given):
    """Places of determined cases, by their numbers."""

    ranks: dict[Annotated[str, Field(max_length=32)], Annotated[int, Field(ge=1, le=1_000_000)]] = Field(
        min_length=1, max_length=10_000
    )


class ObjectionAnswer(Given):
    """Whether an objection is upheld, and why."""

    upheld: bool
    answer: Text
