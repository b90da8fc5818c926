"""Working days in China by the State Council's yearly notices. A year without a table is refused, never guessed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import cache, lru_cache
from typing import Final

from kechuang.reference.tables import table

Year = tuple[frozenset[date], frozenset[date]]
"""Days off and make-up working days of a year."""
further: Final[list[Callable[[], Mapping[int, Year]]]] = []
"""Rooms above tell here of years that were entered since; those of this package stay as they are."""
_DAY = timedelta(days=1)
_SATURDAY = 5


class MissingCalendar(LookupError):  # noqa: N818 - reads as what it is: except MissingCalendar
    """A year whose holidays are not in the table yet."""

    def __init__(self, year: int) -> None:
        there = ", ".join(map(str, calendar_years()))
        super().__init__(
            f"no working-day table for {year}; there are {there}. An operator enters {year} on the page /calendar/ "
            "from the State Council's notice on holidays (published in November)."
        )
        self.year = year


def brought_years() -> tuple[int, ...]:
    """Return the years whose table comes with the software, ascending."""
    return tuple(sorted(table("workdays")["years"]))


def calendar_years() -> tuple[int, ...]:
    """Return the years that have a table, ascending: brought along or entered since."""
    return tuple(sorted({*brought_years(), *(year for more in further for year in more())}))


def is_working_day(day: date) -> bool:
    """Say whether offices work on that day: make-up Saturdays and Sundays do, holidays do not."""
    off, work = days_off(day.year)
    return day in work or not (is_weekend(day) or day in off)


def add_working_days(day: date, n: int) -> date:
    """Return the n-th working day after `day` (before it, if n is negative); the day itself does not count.

    With n = 0 the day itself. Raises MissingCalendar when the count runs into a year without a table.
    """
    step = _DAY if n > 0 else -_DAY
    left = abs(n)
    while left:
        day += step
        left -= is_working_day(day)
    return day


@lru_cache(maxsize=10_000)  # lists ask for the same days again and again
def working_days_between(first: date, last: date) -> int:
    """Return the number of working days from `first` to `last`, both included; 0 if `last` is before `first`."""
    return sum(is_working_day(first + i * _DAY) for i in range((last - first).days + 1))


def days_left(today: date, last: date | None) -> int | None:
    """Working days from tomorrow to the last day; below zero when it has passed.

    None where there is no day, or no calendar of its year.
    """
    if last is None:
        return None
    try:
        if last < today:
            return working_days_between(last, last) - working_days_between(last, today) or -1
        return working_days_between(today, last) - working_days_between(today, today)
    except MissingCalendar:
        return None


def first_working_day(day: date) -> date:
    """Return the day itself if it is a working day, else the next one."""
    while not is_working_day(day):
        day += _DAY
    return day


def is_weekend(day: date) -> bool:
    """Say whether it is a Saturday or a Sunday."""
    return day.weekday() >= _SATURDAY


def days_off(year: int) -> Year:
    """Return (days off, make-up working days) of a year. Raises MissingCalendar."""
    found = _brought(year) or next((more()[year] for more in further if year in more()), None)
    if found is None:
        raise MissingCalendar(year)
    return found


@cache
def _brought(year: int) -> Year | None:
    years = table("workdays")["years"]
    if year not in years:
        return None
    return frozenset(_spread(years[year]["closed"])), frozenset(years[year]["open"])


def _spread(spans: list[date | str]) -> list[date]:
    """Turn days and spans written first..last into days."""
    days = []
    for span in spans:
        first, last = (span, span) if isinstance(span, date) else map(date.fromisoformat, span.split(".."))
        days += [first + i * _DAY for i in range((last - first).days + 1)]
    return days
