"""Figures of the enterprises over four years: industry, staff, sales, assets, R&D; size by the 2011 standard.

Most figures are log-normal with growth. Some are laid exactly on a threshold of the kind that policies use
(growth of exactly 10%, an increment of exactly 1,000,000 yuan), some have a prior year that is zero or
unknown: where evaluations go wrong, there must be cases.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from kechuang.population.recipe import recipe
from kechuang.reference.industries import scoped
from kechuang.reference.sizes import FEN_PER_WAN, above_scale_thresholds, size_floors, size_row

YEARS: Final = 4
"""Years on file: the assessed year and three before it, oldest first in every array here."""

_SIZES: Final = ("micro", "small", "medium", "large")
_MEASURES: Final = ("employees", "revenue", "assets")
_FEN_PER_HEAD: Final = 45 * FEN_PER_WAN  # sales a person and year, median
_ON_THE_LINE: Final = 0.03  # share laid exactly on a threshold, each way
_STEP: Final = 100_000  # figures on the line start at a multiple of this: 10% growth thrice stays whole


@dataclass(frozen=True)
class Finances:
    """Figures of every subject of a chunk (nonsense outside enterprises): rows x YEARS, in fen, oldest year first.

    `industry` points into `industries`, `size` into micro, small, medium, large; `sized` says where the
    standard gives a size. `on_file` says which years exist; a False in `rd_known` is an R&D figure that
    nobody gave.
    """

    industries: list[str]
    industry: np.ndarray
    employees: np.ndarray
    sales: np.ndarray
    assets: np.ndarray
    rd: np.ndarray
    rd_known: np.ndarray
    on_file: np.ndarray
    above_scale: np.ndarray
    does_rd: np.ndarray
    size: np.ndarray
    sized: np.ndarray


def draw_finances(
    rng: np.random.Generator, enterprise: np.ndarray, registered: np.ndarray, year: int
) -> Finances:
    """Draw the figures of one chunk; `registered` is the calendar year of registration."""
    count = len(enterprise)
    industries = recipe()["industries"]
    weights = np.cumsum([row["weight"] for row in industries.values()])
    rd_share = np.array([row["rd"] for row in industries.values()])
    industry = np.searchsorted(weights, rng.random(count) * weights[-1], side="right")
    years = np.arange(year - YEARS + 1, year + 1)
    on_file = enterprise[:, None] & (registered[:, None] <= years)
    staff = np.exp(rng.normal(2.6, 1.3, (count, 1)) + _drift(rng, count, 0.1))
    employees = np.maximum(1, np.rint(staff)).astype(np.int64)
    sales = _grown(rng, _sum(rng, employees[:, 0] * float(_FEN_PER_HEAD), 0.9), 0.06, 0.2)
    assets = np.rint(sales * np.exp(rng.normal(0.1, 0.6, (count, 1)))).astype(np.int64)
    does_rd = enterprise & (rng.random(count) < rd_share[industry])
    rd = _grown(rng, _sum(rng, sales[:, 0] * 0.045, 0.8), 0.1, 0.3) * does_rd[:, None]
    _lay_on_the_line(rng, sales, rd, does_rd)
    size, sized = _sizes(list(industries), industry, employees[:, -1], sales[:, -1], assets[:, -1])
    above = sales >= _thresholds()[industry][:, None]
    above ^= rng.random((count, 1)) < _ON_THE_LINE  # the list and the figures disagree here and there
    rd_known = rng.random((count, YEARS)) >= _ON_THE_LINE
    return Finances(
        list(industries),
        industry,
        employees,
        sales,
        assets,
        rd,
        rd_known,
        on_file,
        above,
        does_rd,
        size,
        sized & enterprise,
    )


def _drift(rng: np.random.Generator, count: int, spread: float) -> np.ndarray:
    """A random walk over the years, starting at 0."""
    steps = rng.normal(0, spread, (count, YEARS))
    steps[:, 0] = 0
    return np.cumsum(steps, axis=1)


def _sum(rng: np.random.Generator, median: np.ndarray, spread: float) -> np.ndarray:
    return median * np.exp(rng.normal(0, spread, len(median)))


def _grown(rng: np.random.Generator, first: np.ndarray, growth: float, spread: float) -> np.ndarray:
    """Sums that start at `first` and grow by a log-normal factor a year, to the yuan."""
    walk = _drift(rng, len(first), spread) + growth * np.arange(YEARS)
    grown: np.ndarray = np.rint(first[:, None] * np.exp(walk) / 100).astype(np.int64) * 100
    return grown


def _lay_on_the_line(
    rng: np.random.Generator, sales: np.ndarray, rd: np.ndarray, does_rd: np.ndarray
) -> None:
    """Give some enterprises figures exactly on a threshold, and some no R&D in the year before."""
    fate = rng.random(len(sales))
    ten_per_cent = fate < _ON_THE_LINE
    for figures, rows in ((sales, ten_per_cent), (rd, ten_per_cent & does_rd)):
        first = (figures[rows, 0] // _STEP + 1) * _STEP
        figures[rows] = first[:, None] * 11 ** np.arange(YEARS) // 10 ** np.arange(YEARS)
    one_million = does_rd & (fate >= _ON_THE_LINE) & (fate < 2 * _ON_THE_LINE)
    rd[one_million, -1] = rd[one_million, -2] + 100 * FEN_PER_WAN
    nothing_before = does_rd & (fate >= 2 * _ON_THE_LINE) & (fate < 3 * _ON_THE_LINE)
    rd[nothing_before, -2] = 0


def _sizes(
    codes: list[str], industry: np.ndarray, employees: np.ndarray, sales: np.ndarray, assets: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Sizes of enterprises as `kechuang.reference.sizes.enterprise_size` gives them, all at once."""
    rows = [size_row(code) for code in codes]
    sized = np.array([row is not None for row in rows])[industry]
    figures = np.stack([employees, sales, assets], axis=1)
    size = np.zeros(len(industry), dtype=np.int64)
    for place, name in enumerate(_SIZES[1:], start=1):
        floors = np.array([[0] * 3 if row is None else _floors(row, name) for row in rows])[industry]
        size[(figures >= floors).all(axis=1)] = place
    return size, sized


def _floors(row: str, size: str) -> list[int]:
    return [size_floors(row)[size].get(measure, 0) for measure in _MEASURES]


@cache
def _thresholds() -> np.ndarray:
    """Sales from which an enterprise of each industry is usually on the above-scale list."""
    never = np.iinfo(np.int64).max
    return np.array([_threshold(code, never) for code in recipe()["industries"]])


def _threshold(code: str, never: int) -> int:
    for threshold in above_scale_thresholds():
        if scoped(code, dict.fromkeys(threshold.scope, 1)):
            return threshold.revenue or 0
    return never
