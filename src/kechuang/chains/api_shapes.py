"""What the API says of needs and challenges, and what it takes. Sums are whole fen."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from kechuang.reader.api_shapes import Said, Shape

Text = Annotated[str, Field(min_length=1, max_length=5000)]


class QuestionTold(Shape):
    """A question and its answer; who asked is not said."""

    id: int
    text: str
    asked_at: str
    answer: str
    answered_at: str | None


class ChallengeLine(Shape):
    """A challenge in a list; the budget in fen."""

    number: str
    title: Said
    kind: str
    form: str
    call: str
    closes_at: str
    budget_fen: int
    hash: str


class ChallengeList(Shape):
    """Challenges, the newest first."""

    challenges: list[ChallengeLine]


class ChallengeTold(ChallengeLine):
    """A challenge: content is what the hash is over, as canonical JSON."""

    content: dict[str, Any]
    questions: list[QuestionTold]


class Target(BaseModel):
    """What must be reached, and how that is measured."""

    model_config = ConfigDict(strict=True, extra="forbid")
    text: Text
    measure: Text


class NeedGiven(BaseModel):
    """A need as its organisation writes it."""

    model_config = ConfigDict(strict=True, extra="forbid")
    kind: Literal["bottleneck", "chain", "systemic", "disruptive"]
    title: Annotated[str, Field(min_length=1, max_length=200)]
    title_en: Annotated[str, Field(max_length=300)] = ""
    summary: Text
    background: Annotated[str, Field(max_length=5000)] = ""
    current: Annotated[str, Field(max_length=5000)] = ""
    conditions: Annotated[str, Field(max_length=5000)] = ""
    targets: list[Target] = Field(min_length=1, max_length=20)
    confidential: list[Literal["background", "current", "conditions", "targets"]] = Field(
        default_factory=list, max_length=4
    )
    deadline: Annotated[date, Field(strict=False)]
    budget_fen: int = Field(ge=1, le=10**15)


class NeedLine(Shape):
    """A need in a list."""

    number: str
    title: str
    kind: str
    state: str
    organisation: str
    deadline: str
    budget_fen: int


class AspectTold(Shape):
    """A score of the screening, and why."""

    aspect: str
    score: int
    reason: str


class NeedTold(NeedLine):
    """A need without its confidential fields (open_need tells those); challenge: its hash, once it is on the list."""

    title_en: str
    summary: str
    details: dict[str, Any] = Field(description="不保密的内容 · what is not confidential")
    confidential: list[str]
    screening: list[AspectTold]
    challenge: str | None
    revision: int
    may_edit: bool


class NeedList(Shape):
    """Needs, the newest first."""

    needs: list[NeedLine]


class Scored(BaseModel):
    """A score of one aspect, and why."""

    model_config = ConfigDict(strict=True, extra="forbid")
    score: int = Field(ge=0, le=100)
    reason: Text


class ScreeningGiven(BaseModel):
    """The four scores, and whether the need may go on the list."""

    model_config = ConfigDict(strict=True, extra="forbid")
    industry: Scored
    research: Scored
    targets: Scored
    finance: Scored
    fit: bool


class ListingGiven(BaseModel):
    """The call on whose list a need goes, and the terms."""

    model_config = ConfigDict(strict=True, extra="forbid")
    call: Annotated[str, Field(max_length=32)]
    form: Literal["open_challenge", "chief_engineer"]
    rights: Text
    budget_fen: int = Field(ge=1, le=10**15)


class Spoken(BaseModel):
    """A question, or an answer."""

    model_config = ConfigDict(strict=True, extra="forbid")
    text: Text


class DetailsTold(Shape):
    """The confidential fields of a need; reading them is kept in the journal."""

    number: str
    details: dict[str, Any]
