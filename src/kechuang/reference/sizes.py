"""Enterprise size by the 2011 standard, and what 规模以上 (above scale) means.

Being above scale is membership of a list of the statistics office, a fact to be asked for.
`above_scale_thresholds` shows the entry thresholds of that list; nothing here computes membership from them.
"""

from __future__ import annotations

from dataclasses import dataclass

from kechuang.reference.industries import scoped
from kechuang.reference.tables import table

FEN_PER_WAN = 1_000_000
"""Fen in 万元 (ten thousand yuan)."""

_SIZES = ("large", "medium", "small")


def size_row(industry_code: str) -> str | None:
    """Return the row of the size standard for a GB/T 4754-2017 code, e.g. 3412 → industry, 6513 → software.

    None where the standard does not reach (rail, finance, education, health) or the code is too short to tell
    (59, 70).
    """
    return scoped(industry_code, table("size_standard")["scope"])


def size_floors(row: str) -> dict[str, dict[str, int]]:
    """Return the floors of a row, e.g. `{"large": {"employees": 1000, "revenue": 40_000_000_000}, …}`; money in fen.

    Raises LookupError for a row that the standard does not have.
    """
    rows = table("size_standard")["rows"]
    if row not in rows:
        raise LookupError(f"no row {row!r} in the size standard; there are {', '.join(rows)}")
    return {
        size: {
            what: floor if what == "employees" else floor * FEN_PER_WAN
            for what, floor in rows[row][size].items()
        }
        for size in _SIZES
    }


def enterprise_size(
    industry_class: str | None,
    employees: int | None,
    revenue_fen: int | None,
    assets_fen: int | None,
) -> str | None:
    """Return micro, small, medium or large by 工信部联企业〔2011〕300号; None when what is known does not decide it.

    `industry_class` is a row of the standard (industry, software, …; see `size_row`), or None if that is not
    known. A size needs all of its floors (a figure on the floor reaches it); whoever misses one falls to the
    next size down. A figure that is not known leaves the answer open only if it matters: 5 persons in
    industry are micro whatever the revenue.
    """
    if industry_class is None:
        return None
    known = {"employees": employees, "revenue": revenue_fen, "assets": assets_fen}
    for size, floors in size_floors(industry_class).items():
        figures = [(known[what], floor) for what, floor in floors.items()]
        if any(figure is not None and figure < floor for figure, floor in figures):
            continue
        return None if any(figure is None for figure, _ in figures) else size
    return "micro"


@dataclass(frozen=True)
class Threshold:
    """Entry threshold of the above-scale list; `revenue` in fen a year, None means every such unit."""

    zh: str
    en: str
    scope: tuple[str, ...]
    revenue: int | None


def above_scale_thresholds() -> tuple[Threshold, ...]:
    """Return the entry thresholds of the above-scale list, to show beside the fact, not to replace it."""
    return tuple(
        Threshold(
            row["zh"],
            row["en"],
            tuple(row["scope"]),
            None if row["revenue"] is None else row["revenue"] * FEN_PER_WAN,
        )
        for row in table("above_scale")["thresholds"]
    )
