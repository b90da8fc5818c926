"""What the API says of panels and sheets, and what it takes."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from kechuang.policy.language.values import MAX_MONEY_FEN
from kechuang.reader.api_shapes import Said, Shape

Text = Annotated[str, Field(max_length=2000)]
Key = Annotated[str, Field(max_length=64)]
Fen = Annotated[int, Field(ge=0, le=MAX_MONEY_FEN)]


class PanelLine(Shape):
    """A panel in a list."""

    id: int
    call: str
    name: str
    state: str = Field(description="forming, scoring, opened, concluded")
    blind: bool
    scores_due_at: str
    assigned: int = Field(description="应交评分表 · sheets assigned, of cases that the caller may see")
    sealed: int = Field(description="已提交 · of these sealed; nothing else is told before the deadline")


class PanelList(Shape):
    """Panels, the newest first."""

    panels: list[PanelLine]


class ResultTold(Shape):
    """A case before a panel. result: null before the deadline; figures in hundredths of a point of 100."""

    place: int
    case: str
    result: dict[str, Any] | None
    grade: str | None
    selected: bool | None
    reason: str
    lacking: int = Field(
        description="还缺几份评分表；截止前按分配的专家计 · sheets it lacks; before the deadline by who is assigned"
    )


class PanelTold(PanelLine):
    """A panel with its cases."""

    cases: list[ResultTold]
    meeting: str | None = Field(description="会议内容的校验值 · hash of the concluded meeting")


class ReviewLine(Shape):
    """A case that the caller judges; `case` and `organisation` are null where it is blind."""

    id: int
    panel: str
    place: int
    call: str
    case: str | None
    organisation: str | None
    scores_due_at: str
    sealed: bool


class ReviewList(Shape):
    """Reviews, those due first."""

    reviews: list[ReviewLine]


class PaperTold(Shape):
    """A document of the case; open: the caller may take it."""

    id: int
    title: Said
    open: bool


class ReviewTold(ReviewLine):
    """A case with its rubric, material and the caller's own sheet; asked: a written reason is waited for."""

    rubric: dict[str, Any]
    material: list[dict[str, Any]]
    documents: list[PaperTold]
    asked: bool
    scores: dict[str, str] = Field(description="评分，按量表书写 · scores as the scale writes them")
    reasons: dict[str, str]
    vetoes: dict[str, str]
    comment: str
    revision: int


class SheetGiven(BaseModel):
    """What is written on a sheet; what is left out stays. An empty score or a veto of null takes it away."""

    model_config = ConfigDict(strict=True, extra="forbid")

    revision: int = Field(
        ge=0, description="所见的版本号，还没有时为 0 · the revision that was seen, 0 for none yet"
    )
    scores: dict[Key, Annotated[str, Field(max_length=12)]] = Field(default_factory=dict, max_length=20)
    reasons: dict[Key, Text] = Field(default_factory=dict, max_length=20)
    vetoes: dict[Key, Text | None] = Field(default_factory=dict, max_length=20)
    comment: Text | None = None


class ConflictGiven(BaseModel):
    """Why one stays away from a case."""

    model_config = ConfigDict(strict=True, extra="forbid")

    reason: Annotated[str, Field(min_length=1, max_length=2000)]


class ReasonGiven(BaseModel):
    """Why a score is far from the others."""

    model_config = ConfigDict(strict=True, extra="forbid")

    words: Annotated[str, Field(min_length=1, max_length=2000)]


class SealGiven(BaseModel):
    """Which revision is sealed."""

    model_config = ConfigDict(strict=True, extra="forbid")

    revision: int = Field(ge=0)


class ProposalTold(Shape):
    """One alternative: {case: fen} and what it costs."""

    method: str
    total_fen: int
    wanted_fen: int
    sums: dict[str, int]


class AllocationTold(Shape):
    """What may be given to whom, and the alternatives."""

    call: str
    available_fen: int
    pool_fen: int | None
    ceilings: dict[str, int]
    proposals: list[ProposalTold]
    refused: dict[str, str] = Field(description="未能核定的及原因 · what was not determined, and why")


class AllocationGiven(BaseModel):
    """The sums that the decider chooses, by the numbers of cases, and why."""

    model_config = ConfigDict(strict=True, extra="forbid")

    method: Annotated[str, Field(max_length=16, examples=["grade"])]
    sums: dict[Annotated[str, Field(max_length=32)], Fen] = Field(max_length=5000)
    reason: Text
    parts: dict[Key, Annotated[int, Field(ge=0, le=100)]] = Field(
        default_factory=dict,
        max_length=4,
        description="各等次占上限的百分比 · percent of the ceiling by grade",
    )
    unit_fen: Annotated[int, Field(ge=1, le=1_000_000)] = 100
