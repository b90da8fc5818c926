"""Which value of a parameter fits an appropriation? Solved on a stated grid, by search, with every total exact.

The search tries several values in one pass and narrows to one step. All totals that it saw must run one way; where they
do not, the whole grid is tried (or, when it is long, evenly chosen values of it), and the answer says so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from kechuang.policy.encoding.binding import variants
from kechuang.policy.encoding.changes import named
from kechuang.policy.language.values import (
    BOOLEAN,
    FEN_PER,
    MAX_MONEY_FEN,
    MAX_NUMBER,
    MONEY,
    RATE,
    Value,
    Words,
)
from kechuang.policy.reforms.sensitivity import value_in
from kechuang.policy.reforms.strands import NO_MONEY, Tally, strand_of
from kechuang.policy.reforms.trying import Trial

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import pyarrow as pa

    from kechuang.policy.columns.population import Progress
    from kechuang.policy.encoding.binding import Bound, BoundBenefit
    from kechuang.policy.encoding.changes import Changeable

AT_ONCE: Final = 12  # values tried in one pass
MOST_SCANNED: Final = 600  # values of a grid that are tried one by one
_LARGE: Final = 10 * FEN_PER["万元"]

UP: Final = "up"
DOWN: Final = "down"
FLAT: Final = "flat"
MIXED: Final = "mixed"


class UnsolvableError(ValueError):
    """A question that has no answer; `words` says why, in both languages."""

    def __init__(self, words: Words) -> None:
        self.words = words
        super().__init__(words.en)


@dataclass(frozen=True, slots=True)
class Grid:
    """The values tried: first + step * n for n from 0 to count - 1. Dates go by days."""

    first: Value
    step: Fraction | int
    count: int

    def at(self, place: int) -> Value:
        """The value at a place."""
        if isinstance(self.first, date):
            return self.first + timedelta(days=int(self.step) * place)
        value = Fraction(self.first) + self.step * place  # type: ignore[arg-type]
        return value if isinstance(self.first, Fraction) else int(value)

    def nearest(self, value: Value) -> int:
        """The place of the last value that is not above another; 0 when all are."""
        if isinstance(self.first, date) and isinstance(value, date):
            place = (value - self.first).days // int(self.step)
        else:
            place = (Fraction(value) - Fraction(self.first)) // Fraction(self.step)  # type: ignore[arg-type]
        return min(max(place, 0), self.count - 1)


@dataclass(frozen=True, slots=True)
class Point:
    """One value tried, and the tally of the benefit there."""

    place: int
    value: Value
    tally: Tally


@dataclass(frozen=True, slots=True)
class Solution:
    """The value that spends most without exceeding the appropriation (fen), and what lies one step beyond it.

    `direction`: how the totals ran over the values tried: up, down, flat, or mixed. `best` is None when no value fits;
    `beyond` is None at the end of the grid. Among values of equal total the one that is most generous to the eye is
    taken: the largest when totals rise, the smallest when they fall. `scanned`: every value of the grid was tried;
    else `tried` of `grid.count`. `now` is the present value's point, `curve` all points tried, in order.
    """

    key: str
    type: str
    strand: str
    appropriation: int
    grid: Grid
    direction: str
    best: Point | None
    beyond: Point | None
    now: Point
    curve: tuple[Point, ...] = field(repr=False)

    @property
    def tried(self) -> int:
        """How many values were tried."""
        return len(self.curve)

    @property
    def scanned(self) -> bool:
        """Whether every value of the grid was tried."""
        return self.tried == self.grid.count


def standard_grid(bound: Bound, one: Changeable) -> Grid:
    """The values that are tried unless others are asked for.

    Rates 0 to 100 % (or ten times the present rate) by 0.01 %; sums 0 to twenty times the present one by 1万元, or by
    1元 below 10万元; whole numbers 0 to ten times the present one, at least to 100; dates over the document's validity.
    """
    value = value_in(bound, one)
    if value is None or one.type == BOOLEAN:
        raise UnsolvableError(
            Words(f"{one.key} 没有可求解的数值", f"{one.key} has no value that could be solved for")
        )
    if isinstance(value, date):
        start, end = bound.pack.valid
        return Grid(start, 1, (end - start).days + 1)
    now = Fraction(value)
    if one.type == RATE:
        step = Fraction(1, 10_000)
        return Grid(Fraction(0), step, int(max(Fraction(1), 10 * now) / step) + 1)
    if one.type == MONEY:
        unit = FEN_PER["元"] if now < _LARGE else FEN_PER["万元"]
        most = min(max(20 * now, Fraction(100 * unit)), Fraction(MAX_MONEY_FEN))
        return Grid(0, unit, int(most / unit) + 1)
    return Grid(0, 1, int(min(max(10 * now, Fraction(100)), Fraction(MAX_NUMBER))) + 1)


def solve(
    bound: Bound,
    table: pa.Table,
    key: str,
    appropriation: int,
    grid: Grid | None = None,
    *,
    threads: int = 2,
    progress: Progress | None = None,
) -> Solution:
    """The value under which a parameter's benefit comes closest to an appropriation (fen) without exceeding it.

    The sums are the known ones of the parameter's own benefit over the population: no other benefit hangs on it.
    Undetermined subjects are not in them (`Tally.undetermined`). `progress` is called with the values tried since the
    last call. Raises ValueError for an unknown parameter or one without a value, and for a benefit that gives no money
    or is not in force.
    """
    one = named(bound.pack, key)
    benefit = next(found for found in bound.benefits if found.benefit.id == one.benefit.id)
    strand = strand_of(one.benefit)
    if strand == NO_MONEY or not benefit.in_force:
        raise UnsolvableError(
            Words(
                f"{one.benefit.id} {'不给付资金' if benefit.in_force else '不在有效期'}，没有可求解的总额",
                f"{one.benefit.id} {'gives no money' if benefit.in_force else 'is not in force'}: "
                "there is no total to solve for",
            )
        )
    search = _Search(bound, table, one, grid or standard_grid(bound, one), threads, progress)
    now = Point(search.grid.nearest(value_in(bound, one)), value_in(bound, one), search.present())
    ends = search.try_all([0, search.grid.count - 1])
    search.try_all(_spread(0, search.grid.count - 1))
    direction = search.direction()
    if direction != MIXED:
        rising = ends[-1].tally.fen >= ends[0].tally.fen
        search.narrow(lambda point: (point.tally.fen <= appropriation) == rising)
        direction = search.direction()
    if direction == MIXED:
        search.scan()
    best, beyond = search.answer(appropriation, direction)
    curve = tuple(search.points[place] for place in sorted(search.points))
    return Solution(
        one.key, one.type, strand, appropriation, search.grid, direction, best, beyond, now, curve
    )


class _Search:
    """The values of a grid that have been tried so far."""

    def __init__(
        self,
        bound: Bound,
        table: pa.Table,
        one: Changeable,
        grid: Grid,
        threads: int,
        progress: Progress | None,
    ) -> None:
        self.bound, self.one, self.grid, self.progress = bound, one, grid, progress
        self.points: dict[int, Point] = {}
        self.forest = bound.forest.over()
        self.trial = Trial(bound, self._variants([0, grid.count - 1]), table, threads)

    def _variants(self, places: Sequence[int]) -> tuple[BoundBenefit, ...]:
        changes = [{self.one.key: self.grid.at(place)} for place in places]
        return variants(self.bound, self.one.benefit.id, changes, self.forest)

    def present(self) -> Tally:
        """The tally at the present value."""
        return self.trial.tallies(variants(self.bound, self.one.benefit.id, [{}], self.forest))[0]

    def try_all(self, places: Iterable[int]) -> list[Point]:
        """The points at these places, in their order; new ones are tried a few at once."""
        asked = sorted(set(places))
        new = [place for place in asked if place not in self.points]
        for start in range(0, len(new), AT_ONCE):
            part = new[start : start + AT_ONCE]
            tallies = self.trial.tallies(self._variants(part), self.progress)
            for place, tally in zip(part, tallies, strict=True):
                self.points[place] = Point(place, self.grid.at(place), tally)
        return [self.points[place] for place in asked]

    def direction(self) -> str:
        """How the totals ran over the values tried, from the first to the last."""
        totals = [self.points[place].tally.fen for place in sorted(self.points)]
        rises = any(after > before for before, after in pairwise(totals))
        falls = any(after < before for before, after in pairwise(totals))
        return {(True, True): MIXED, (True, False): UP, (False, True): DOWN, (False, False): FLAT}[
            rises, falls
        ]

    def narrow(self, early: Callable[[Point], bool]) -> None:
        """Try values until the last place of the early ones and the first of the others are neighbours."""
        while True:
            known = sorted(self.points)
            last = max((place for place in known if early(self.points[place])), default=-1)
            first = min((place for place in known if place > last), default=self.grid.count)
            if first - last <= 1 or last < 0:
                return
            self.try_all(_spread(last, first))

    def scan(self) -> None:
        """Try the whole grid, or evenly chosen values of a long one."""
        step = max(1, -(-self.grid.count // MOST_SCANNED))
        self.try_all(range(0, self.grid.count, step))

    def answer(self, appropriation: int, direction: str) -> tuple[Point | None, Point | None]:
        """The best point tried, and the one a step beyond it."""
        fitting = [point for point in self.points.values() if point.tally.fen <= appropriation]
        if not fitting:
            return None, None
        sign = -1 if direction == DOWN else 1
        best = max(fitting, key=lambda point: (point.tally.fen, sign * point.place))
        place = best.place + sign
        beyond = self.try_all([place])[0] if 0 <= place < self.grid.count else None
        return best, beyond


def _spread(low: int, high: int) -> list[int]:
    """Up to AT_ONCE places between two others, evenly spaced."""
    gap = high - low
    return sorted({low + gap * part // (AT_ONCE + 1) for part in range(1, AT_ONCE + 1)} - {low, high})
