"""Working days: holidays, make-up days, counting, and refusal of a year that is not loaded."""

from datetime import date, timedelta

import pytest

from kechuang.reference import workdays
from kechuang.reference.workdays import (
    MissingCalendar,
    add_working_days,
    brought_years,
    days_left,
    first_working_day,
    is_working_day,
    working_days_between,
)


@pytest.fixture(autouse=True)
def nothing_entered(monkeypatch):
    """As outside of the site: no year but those that the software brings."""
    monkeypatch.setattr(workdays, "further", [])


def days_of(year):
    return [
        date(year, 1, 1) + timedelta(days=i) for i in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)
    ]


def test_four_years_are_loaded():
    assert brought_years() == (2023, 2024, 2025, 2026)


@pytest.mark.parametrize(
    ("year", "make_up", "working"), [(2023, 7, 249), (2024, 8, 251), (2025, 5, 248), (2026, 6, 248)]
)
def test_make_up_days_and_working_days_of_a_year(year, make_up, working):
    on_weekends = [day for day in days_of(year) if day.weekday() >= 5 and is_working_day(day)]
    assert len(on_weekends) == make_up
    assert working_days_between(date(year, 1, 1), date(year, 12, 31)) == working


@pytest.mark.parametrize(
    ("day", "working"),
    [
        (date(2023, 9, 28), True),
        (date(2023, 9, 29), False),
        (date(2023, 10, 7), True),
        (date(2024, 2, 9), True),
        (date(2024, 2, 18), True),
        (date(2025, 10, 8), False),
        (date(2026, 9, 20), True),
        (date(2026, 10, 7), False),
        (date(2026, 11, 22), False),
    ],
)
def test_known_days(day, working):
    assert is_working_day(day) is working


def test_counting_skips_a_holiday_and_uses_the_make_up_day():
    assert add_working_days(date(2023, 9, 27), 1) == date(2023, 9, 28)
    assert add_working_days(date(2023, 9, 28), 1) == date(2023, 10, 7)
    assert add_working_days(date(2023, 9, 28), 5) == date(2023, 10, 11)


def test_five_working_days_of_public_notice_over_new_year():
    assert add_working_days(date(2023, 12, 28), 5) == date(2024, 1, 5)


def test_counting_backwards_undoes_counting_forwards_from_a_working_day():
    day = date(2024, 5, 11)
    assert add_working_days(add_working_days(day, 17), -17) == day


def test_no_days_leave_the_day_as_it_is():
    assert add_working_days(date(2024, 5, 1), 0) == date(2024, 5, 1)


def test_first_working_day_of_a_holiday_and_of_a_working_day():
    assert first_working_day(date(2026, 2, 20)) == date(2026, 2, 24)
    assert first_working_day(date(2026, 2, 24)) == date(2026, 2, 24)


def test_a_span_that_ends_before_it_begins_is_empty():
    assert working_days_between(date(2024, 5, 10), date(2024, 5, 9)) == 0


@pytest.mark.parametrize("day", [date(2022, 12, 31), date(2027, 1, 1)])
def test_a_year_without_a_table_is_refused(day):
    with pytest.raises(MissingCalendar, match=f"no working-day table for {day.year}"):
        is_working_day(day)


def test_a_count_that_runs_out_of_the_tables_is_refused():
    with pytest.raises(MissingCalendar, match="2027"):
        add_working_days(date(2026, 12, 30), 5)


@pytest.mark.parametrize(
    ("today", "last", "left"),
    [
        (date(2026, 3, 2), date(2026, 3, 2), 0),  # a Monday
        (date(2026, 3, 2), date(2026, 3, 6), 4),
        (date(2026, 3, 7), date(2026, 3, 9), 1),  # a Saturday, which does not count itself
        (date(2026, 10, 1), date(2026, 10, 20), 10),  # a holiday, with a make-up day on the way
        (date(2026, 3, 9), date(2026, 3, 6), -1),
        (date(2026, 3, 10), date(2026, 3, 6), -2),
        (date(2026, 3, 8), date(2026, 3, 7), -1),  # passed, though no working day lies between
    ],
)
def test_days_left_begin_tomorrow_and_are_below_zero_once_passed(today, last, left):
    assert days_left(today, last) == left


def test_days_left_are_unknown_without_a_day_or_a_calendar():
    assert days_left(date(2026, 3, 2), None) is None
    assert days_left(date(2026, 12, 30), date(2037, 1, 4)) is None
