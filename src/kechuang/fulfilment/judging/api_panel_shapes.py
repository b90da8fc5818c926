"""What the API says of panels, their meetings and the rubric of a call, and what it takes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, ConfigDict, Field

from kechuang.accounts.calling import Given, Number, Text
from kechuang.fulfilment.judging.api_shapes import Key, PanelLine
from kechuang.reader.api_shapes import Said, Shape

Place = Annotated[int, Field(ge=1, le=100_000)]
Moment = Annotated[AwareDatetime, Field(strict=False, examples=["2026-04-01T17:00:00+08:00"])]
Title = Annotated[str, Field(max_length=200)]
Grade = Literal["excellent", "good", "pass", "fail"]
Points = Annotated[str, Field(max_length=12, examples=["0.5"])]


class JudgeTold(Shape):
    """Somebody who may be named to a panel."""

    id: int
    name: str
    organisation: str


class JudgeList(Shape):
    """Whom an officer may name by hand, by name; and the draws whose seats no panel takes yet."""

    people: list[JudgeTold]
    draws: list[str]


class PanelGiven(Given):
    """A panel: with the number of a draw its people are those drawn, else those named."""

    call: Annotated[str, Field(max_length=32)]
    name: Annotated[str, Field(min_length=1, max_length=100)]
    people: list[Number] = Field(
        default_factory=list, max_length=99, description="list_judges 的编号 · ids of list_judges"
    )
    chair: Number
    scores_due_at: Moment
    draw: Annotated[str, Field(max_length=32, description="抽取编号 · number of a draw")] = ""
    reason: Annotated[str, Field(max_length=2000, description="人数或单位特殊的理由 · why it is odd")] = ""


class SeatGiven(Given):
    """Who joins: nobody named is the draw's next substitute; whoever is named has a reason."""

    person: Number | None = None
    reason: Annotated[str, Field(max_length=2000)] = ""


class LeaveGiven(Given):
    """Who leaves, by place, why, and where it is the chair who takes it over."""

    seat: Place
    reason: Annotated[str, Field(min_length=1, max_length=2000)]
    chair: Place | None = None
    replaced: bool = Field(
        default=False, description="同时由下一位候补接替 · the next substitute takes the seat"
    )


class ChairGiven(Given):
    """Who takes the chair, by place, and why."""

    seat: Place
    reason: Annotated[str, Field(min_length=1, max_length=2000)]


class SeatTold(Shape):
    """A seat, and how far its sheets are."""

    place: int
    name: str
    chair: bool
    assigned: int
    sealed: int
    declined: str | None = Field(
        description="谢绝抽取的原因，没有谢绝的为 null · why the draw was declined meanwhile"
    )


class CaseAssigned(Shape):
    """A case before the panel, and the seats that judge it."""

    place: int
    case: str
    seats: list[int]
    away: list[int] = Field(description="须回避的席位 · seats that stay away from it")


class AssignmentsTold(Shape):
    """Who sits, who judges what now, and what would be balanced; proposed: null where too few may judge a case."""

    id: int
    state: str
    per_case: int
    seats: list[SeatTold]
    cases: list[CaseAssigned]
    proposed: dict[str, list[int]] | None


class AssignmentsGiven(Given):
    """The whole of who judges what: {place of the case: places of seats}; what is not named is taken off."""

    pairs: dict[Annotated[str, Field(pattern=r"^[1-9][0-9]{0,4}$")], list[Place]] = Field(max_length=5000)


class MoreTime(Given):
    """A later deadline, and why."""

    scores_due_at: Moment
    reason: Text


class FieldsGiven(Given):
    """The fields of expertise that cases belong to, as codes of fields.yaml; cases not named stay as they are."""

    cases: dict[str, list[Annotated[str, Field(max_length=32)]]] = Field(
        min_length=1, max_length=500, description="受理编号 → 领域 · number of a case → its fields"
    )


class BlindPaper(Shape):
    """A document of a case before the panel, and whether a copy without names stands beside it."""

    id: int
    case: str
    title: Said
    has_copy: bool


class BlindPapers(Shape):
    """The documents of a panel's cases."""

    documents: list[BlindPaper]


class CopyGiven(Given):
    """A file without names, kept before (keepEvidence)."""

    evidence: Number


class MinutesGiven(Given):
    """The minutes: the day, the places of the seats that were present, what was said."""

    held_on: Annotated[date, Field(strict=False)]
    present: list[Place] = Field(min_length=1, max_length=99)
    minutes: Annotated[str, Field(min_length=1, max_length=20_000)]


class GradeGiven(Given):
    """The grade proposed for a case, by its place; a reason where it leaves the band of the score."""

    place: Place
    grade: Grade
    reason: Annotated[str, Field(max_length=2000)] = ""
    selected: bool | None = Field(None, description="择优，仅部分条款 · selected, where the clause asks")


class GradesGiven(Given):
    """Grades of some or all cases."""

    grades: list[GradeGiven] = Field(min_length=1, max_length=5000)


class DissentGiven(Given):
    """What somebody present holds against a proposal, or against the whole."""

    words: Text
    place: Place | None = Field(None, description="第几件 · which case; null: the whole")


class ConclusionGiven(Given):
    """Why the meeting goes on without the written reasons that are still asked for; '' where none is."""

    without_answers: Annotated[str, Field(max_length=2000)] = ""
    without_sheets: Annotated[str, Field(max_length=2000)] = ""


class DissentTold(Shape):
    """A dissent, by the place of the seat and of the case."""

    seat: int
    place: int | None
    words: str


class MeetingTold(PanelLine):
    """The meeting of a panel: held_on is null while no minutes are written."""

    held_on: date | None
    present: list[int]
    minutes: str
    file: int | None = Field(
        description="签字的会议记录的材料编号，看得到的才有 · number of the signed minutes, for those who may have them"
    )
    concluded_at: datetime | None
    hash: str
    dissents: list[DissentTold]


class GradedTold(Shape):
    """What was not taken over into its case, and why."""

    call: str
    refused: dict[str, Said]


class CaseEvaluated(Shape):
    """A case of a call: score in hundredths, grade, earlier grades by year, figures from the facts."""

    case: str
    organisation: str
    state: str
    score: int | None
    grade: str
    earlier: dict[str, Said]
    figures: list[dict[str, Any]]


class EvaluationTold(Shape):
    """All cases of a call side by side, the best first."""

    call: str
    panels: list[int]
    cases: list[CaseEvaluated]


class Scale(Given):
    """A scale, in decimals as text."""

    least: Points
    most: Points
    step: Points


class CriterionGiven(Given):
    """One thing that is scored; reason: a written reason is asked for."""

    key: Key
    title: dict[Literal["zh", "en"], Title]
    weight: int = Field(ge=1, le=1000)
    scale: Scale
    reason: bool = False


class VetoGiven(Given):
    """A ground on which experts may refuse a case."""

    key: Key
    title: dict[Literal["zh", "en"], Title]


class BandGiven(Given):
    """From how many points of 100 a grade begins."""

    model_config = ConfigDict(strict=True, extra="forbid", validate_by_name=True)

    grade: Grade
    least: int = Field(ge=0, le=100, alias="from")


class RubricGiven(Given):
    """A rubric, see docs/judging.md."""

    criteria: list[CriterionGiven] = Field(min_length=1, max_length=20)
    vetoes: list[VetoGiven] = Field(default_factory=list, max_length=20)
    veto: Literal["any", "majority"]
    blind: dict[Literal["scoring", "meeting"], bool]
    trim: int = Field(ge=0, le=9)
    counts: Literal["raw", "trimmed", "normalised"]
    size: int = Field(ge=1, le=99)
    per_case: int = Field(ge=1, le=99)
    quorum: int = Field(ge=1, le=99)
    outlier: int = Field(ge=1, le=100)
    bands: list[BandGiven] = Field(min_length=1, max_length=4)


class RubricChange(Given):
    """The rubric of a draft, on the revision that was seen; null: no experts judge."""

    revision: int = Field(ge=0, description="所见的版本号 · the revision that was seen")
    rubric: RubricGiven | None


class RubricTold(Shape):
    """The rubric of a call; {} where no experts judge."""

    call: str
    revision: int
    changeable: bool
    rubric: dict[str, Any]
