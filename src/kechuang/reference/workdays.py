"""Working days in China by the State Council's yearly notices. A year without a table is refused, never guessed."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache, lru_cache

from kechuang.reference.tables import table

_DAY = timedelta(days=1)
_SATURDAY = 5


class MissingCalendar(LookupError):  # noqa: N818 - reads as what it is: except MissingCalendar
    """A year whose holidays are not in the table yet."""


def calendar_years() -> tuple[int, ...]:
    """Return the years that have a table, ascending."""
    return tuple(sorted(table("workdays")["years"]))


def is_working_day(day: date) -> bool:
    """Say whether offices work on that day: make-up Saturdays and Sundays do, holidays do not."""
    off, work = _year(day.year)
    return day in work or (day.weekday() < _SATURDAY and day not in off)


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


@cache
def _year(year: int) -> tuple[frozenset[date], frozenset[date]]:
    """Return (days off, make-up working days) of a year."""
    years = table("workdays")["years"]
    if year not in years:
        raise MissingCalendar(
            f"no working-day table for {year}; there are {', '.join(map(str, sorted(years)))}. Add {year} to "
            "reference/workdays.yaml from the State Council's notice on holidays (usually published in November)."
        )
    return frozenset(_spread(years[year]["closed"])), frozenset(years[year]["open"])


def _spread(spans: list[date | str]) -> list[date]:
    """Turn days and spans written first..last into days."""
    days = []
    for span in spans:
        first, last = (span, span) if isinstance(span, date) else map(date.fromisoformat, span.split(".."))
        days += [first + i * _DAY for i in range((last - first).days + 1)]
    return days
