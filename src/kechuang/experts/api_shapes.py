"""The shapes of answers of this room's API."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import Field

from kechuang.reader.api_shapes import Shape


class ToldExpert(Shape):
    """An expert; never the ID number, nor the day of birth."""

    id: int
    key: str = Field(description="抽取代号 · what the expert is called in draws")
    name: str
    title: str
    fields: list[str]
    email: str
    orcid: str
    state: str
    reason: str
    agreed: bool = Field(description="本人已确认 · the expert has agreed to the profile")
    checked_on: date | None = None
    expires_on: date | None = None
    revision: int


class ConfirmedExpert(ToldExpert):
    """An expert taken in; address: to be opened by them, told this once, '' for who has an account already."""

    address: str


class ToldExperts(Shape):
    """A page of the pool."""

    count: int
    experts: list[ToldExpert]


class ToldTie(Shape):
    """What ties a person."""

    id: int
    kind: str
    organisation: str
    other: int | None = None
    began_on: date | None = None
    ended_on: date | None = None
    source: str
    withdrawn: bool


class ToldTies(Shape):
    """Ties, those in force first."""

    ties: list[ToldTie]


class ToldEmployment(Shape):
    """Where an expert works or worked; organisation: its code, '' where it has not registered."""

    id: int
    organisation: str
    employer: str
    began_on: date | None = None
    ended_on: date | None = None


class ToldAbsence(Shape):
    """Days on which an expert cannot come, both included."""

    id: int
    since: date
    until: date
    note: str


class ToldWork(Shape):
    """A paper, patent or project done together."""

    id: int
    kind: str
    title: str
    identifier: str


class Background(Shape):
    """Where an expert works, when they cannot come, what ties them, what they did with others."""

    employments: list[ToldEmployment]
    absences: list[ToldAbsence]
    ties: list[ToldTie]
    works: list[ToldWork]


class DrawnIn(Shape):
    """A draw that the expert was drawn in."""

    number: str
    purpose: str
    place: int
    first_day: date
    last_day: date
    declined: bool


class OwnEntry(ToldExpert, Background):
    """The expert's own entry."""

    drawn: list[DrawnIn]


class ToldRecusal(Shape):
    """Who stays away from what, and why."""

    person: str
    uscc: str
    organisation: str
    ground: str
    began_at: str


class ToldRecusals(Shape):
    """Recusals in force."""

    recusals: list[ToldRecusal]


class ToldDraw(Shape):
    """A draw in the list."""

    number: str
    purpose: str
    seats: int
    substitutes: int
    state: str
    pool_hash: str
    commitment: str


class ToldDraws(Shape):
    """Draws, the newest first."""

    draws: list[ToldDraw]


class WholeDraw(Shape):
    """A draw as its file has it, and what differs when it is done again: nothing, if all is well."""

    draw: Annotated[dict[str, Any], Field(description="见 docs/experts.md · see docs/experts.md")]
    differences: list[str]
