"""A time line of records: for how long each holds, as bars that need no script and no inline style."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from kechuang.policy.language.values import Words
from kechuang.registry.showing import ShownRecord

MOST: Final = 40  # bars
_LONGEST: Final = 12  # years
_TICKS: Final = 8


@dataclass(frozen=True, slots=True)
class Bar:
    """One record. left, width: percent of the line; past: whether it has ended; open: whether it has no last day."""

    record: ShownRecord
    title: Words
    first: date | None
    last: date | None
    left: str
    width: str
    past: bool
    open: bool


@dataclass(frozen=True, slots=True)
class TimeLine:
    """Bars over years; ticks: (year, percent from the left); today: percent from the left."""

    bars: Sequence[Bar]
    ticks: Sequence[tuple[int, str]]
    today: str
    left_out: int


def time_line(records: Sequence[ShownRecord], today: date) -> TimeLine | None:
    """The time line of those records that say from or until when they hold; None when there are none."""
    dated = [(record, *record.period) for record in records]
    dated = [one for one in dated if one[1] or one[2]]
    if not dated:
        return None
    dated.sort(key=lambda one: one[2] or date.max, reverse=True)
    days = [day for _, *pair in dated[:MOST] for day in pair if day] + [today]
    first_year = max(min(day.year for day in days), today.year - _LONGEST)
    last_year = min(max(day.year for day in days), today.year + _LONGEST)
    begin, end = date(first_year, 1, 1), date(last_year, 12, 31)

    def place(day: date) -> float:
        return min(max((day - begin).days / (end - begin).days, 0), 1) * 100

    bars = []
    for record, first, last in dated[:MOST]:
        left, right = place(first or begin), place(last or end)
        bars.append(
            Bar(
                record=record,
                title=Words(
                    f"{record.kind.title.zh} {record.title.zh}", f"{record.kind.title.en}: {record.title.en}"
                ),
                first=first,
                last=last,
                left=f"{left:.2f}%",
                width=f"{max(right - left, 0.5):.2f}%",
                past=last is not None and last < today,
                open=last is None,
            )
        )
    step = (last_year - first_year) // _TICKS + 1
    ticks = [(year, f"{place(date(year, 1, 1)):.2f}%") for year in range(first_year, last_year + 1, step)]
    return TimeLine(bars, ticks, f"{place(today):.2f}%", max(len(dated) - MOST, 0))
