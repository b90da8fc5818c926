"""The shape of a simulation, as `kechuang simulate` writes it. Sums are whole fen under names that end in `_fen`."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from kechuang.reader.api_shapes import Shape, absent


class Over(Shape):
    """Over whom."""

    title: str
    synthetic: bool
    note: str
    subjects: int


class Law(Shape):
    """One of the two policies that are compared."""

    pack: str
    title: str
    number: str
    hash: str
    on: date
    year: int
    readings: dict[str, str]
    parameters: dict[str, str] = Field(description="改动的参数 · parameters that are changed")


class Changed(Shape):
    """One thing that is changed."""

    kind: str = Field(description="parameter, reading, pack")
    key: str
    title: str
    before: str
    after: str
    measure: str = absent()
    benefit: str = absent()
    value: str = absent("口径所选 · option of a reading")
    quote: str = absent()
    clause: str = absent()


class Strand(Shape):
    """Sums of one strand over the whole policy: entitled, ceiling or no money. Strands are never added up."""

    title: str
    before_fen: int
    after_fen: int
    change_fen: int
    touched_before_fen: int
    touched_after_fen: int


class Reached(Shape):
    """How many subjects the touched benefits reach."""

    before: int
    after: int
    newly: int
    no_longer: int


class Pair(Shape):
    """Subjects before and after."""

    before: int
    after: int


class Moved(Shape):
    """A subject with a large change."""

    row: int
    code: str
    name: str
    district: str
    size: str
    change_fen: int


class Quantile(Shape):
    """Of the changes that are not zero, the one at so many per mille."""

    per_mille: int
    change_fen: int


class Bar(Shape):
    """How many changes lie in a range."""

    above_fen: int
    up_to_fen: int | None
    sign: int
    subjects: int


class Movement(Shape):
    """Winners and losers of one strand."""

    winners: int
    losers: int
    unchanged: int
    gained_fen: int
    lost_fen: int
    largest_gains: list[Moved]
    largest_losses: list[Moved]
    quantiles: list[Quantile]
    histogram: list[Bar]


class Tally(Shape):
    """One benefit over all subjects."""

    passing: int
    undetermined: int
    not_eligible: int
    sum_fen: int
    unknown_sums: int


class BenefitChange(Shape):
    """A touched benefit before and after; `flows[i][j]`: from the i-th to the j-th outcome."""

    id: str
    title: str
    measure: str
    strand: str
    strand_after: str
    strand_title: str
    before: Tally | None
    after: Tally | None
    newly: int
    no_longer: int
    flows: list[list[int]]


class GroupStrand(Shape):
    """Sums, winners and losers of a group in one strand."""

    before_fen: int
    after_fen: int
    winners: int
    losers: int


class Group(Shape):
    """One group."""

    code: str | None
    name: str
    subjects: int
    reached_before: int
    reached_after: int
    entitled: GroupStrand
    ceiling: GroupStrand


class Grouping(Shape):
    """All groups of one kind; they add up to the whole."""

    key: str
    title: str
    rows: list[Group]


class Step(Shape):
    """What a step of a parameter changes."""

    change_fen: int
    passing: int


class Effect(Shape):
    """A parameter tried a step down and a step up."""

    key: str
    benefit: str
    title: str
    strand: str
    strand_title: str
    value: str | None
    down: str | None
    up: str | None
    sum_fen: int
    at_down: Step | None
    at_up: Step | None


class Point(Shape):
    """A value that was tried: as a text, and `at` as a number to draw (per cent, 万元, a count); None for a date."""

    value: str
    at: float | None
    sum_fen: int
    passing: int
    undetermined: int


class Solution(Shape):
    """The value that spends most without exceeding the appropriation, and what lies a step beyond it."""

    key: str
    benefit: str
    title: str
    type: str
    strand: str
    strand_title: str
    appropriation_fen: int
    direction: str
    step: str
    first: str
    last: str
    best: Point | None
    beyond: Point | None
    now: Point
    tried: int
    of: int
    scanned: bool
    curve: list[Point]
    sentence: str


class Simulated(Shape):
    """The law and the reform side by side, in one language."""

    program: str
    language: str
    population: Over
    law: Law
    reform: Law
    changes: list[Changed]
    headline: str
    strands: dict[str, Strand]
    reached: Reached
    undetermined: Pair
    movements: dict[str, Movement]
    benefits: list[BenefitChange]
    groups: list[Grouping]
    sensitivity: list[Effect] = absent()
    solution: Solution = absent()
