"""The calendar of working days (工作日历): years that an operator enters beside those that the software brings."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from kechuang.accounts.models import Membership
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.journal.actions import record
from kechuang.reference import workdays
from kechuang.reference.tables import table
from kechuang.reference.workdays import Year
from kechuang.registry.models import Holidays

FEWEST: Final = 13
"""Statutory days off in a year since 2025 (《全国年节及纪念日放假办法》第二条)."""
AHEAD: Final = 1  # years: the notice comes in November for the next year
KEPT: Final = timedelta(seconds=60)
"""How long a process goes on with what it has read: so long a correction may take to be known everywhere."""
DAY: Final = r"\d{4}-\d{1,2}-\d{1,2}"
SPAN: Final = re.compile(rf"({DAY})(?:\s*(?:\.\.|至|到|~|～|—|–)\s*({DAY}))?")
SEPARATOR: Final = re.compile(r"[\s,，;；、]+")
_read: dict[str, tuple[float, Mapping[int, Year]]] = {}


@dataclass(frozen=True)
class Entry:
    """A year as it was written in a form: spans such as "2027-01-01..2027-01-03", one a line."""

    year: int
    notice: str
    issued_on: date
    source: str
    closed: str
    open: str


@dataclass(frozen=True)
class ShownYear:
    """One year as pages show it. known_from: since when, None for what came with the software."""

    year: int
    notice: str
    issued_on: date
    source: str
    closed: Sequence[tuple[date, date]]  # first and last day of each span
    open: Sequence[date]
    known_from: datetime | None
    entered_by: str


def working_day_after(day: date, n: int) -> date:
    """The n-th working day after a day. Refused where it falls into a year without a calendar: never guessed."""
    try:
        return workdays.add_working_days(day, n)
    except workdays.MissingCalendar as missing:
        raise Refused(
            f"期限落在 {missing.year} 年，该年还没有工作日历：请系统管理员先在“工作日历”中录入该年的放假安排。",
            f"The deadline falls into {missing.year}, of which there is no calendar of working days: ask the operator "
            "to enter that year's holidays on the page “Working days” first.",
        ) from missing


def working_day_if_known(day: date, n: int) -> date | None:
    """The same; None where the calendar of that year is not there yet, for what must not wait for it."""
    try:
        return workdays.add_working_days(day, n)
    except workdays.MissingCalendar:
        return None


def entered() -> Mapping[int, Year]:
    """The years entered, for `reference.workdays`; asked of the database once a minute at most."""
    kept = _read.get("years")
    if kept is None or time.monotonic() - kept[0] > KEPT.total_seconds():
        found = {one.year: (_days(one.closed), _days(one.open)) for one in Holidays.objects.order_by("id")}
        if kept is not None and kept[1] != found:
            workdays.working_days_between.cache_clear()
        _read["years"] = kept = (time.monotonic(), found)
    return kept[1]


def forget() -> None:
    """Read the years anew the next time."""
    _read.clear()
    workdays.working_days_between.cache_clear()


def shown() -> list[ShownYear]:
    """Every year that is known, the newest first; of one entered twice the row that counts."""
    brought = table("workdays")["years"]
    found = {
        year: ShownYear(
            year,
            brought[year]["notice"],
            brought[year]["issued_on"],
            brought[year]["source"],
            _spans(workdays.days_off(year)[0]),
            sorted(workdays.days_off(year)[1]),
            None,
            "",
        )
        for year in brought
    }
    for one in Holidays.objects.select_related("entered_by__user").order_by("id"):
        found[one.year] = ShownYear(
            one.year,
            one.notice,
            one.issued_on,
            one.source,
            _spans(_days(one.closed)),
            sorted(_days(one.open)),
            one.known_from,
            one.entered_by.user.name,
        )
    return [found[year] for year in sorted(found, reverse=True)]


def enter(entry: Entry, *, actor: Membership, at: datetime) -> Holidays:
    """Enter the days off of a year; what was entered of it before is superseded, and the same does nothing.

    Raises Refused naming the field: a year that the software brings, a day of another year, a make-up day that is no
    weekend or a day off, fewer days than the law gives.
    """
    if actor.role != Role.OPERATOR:
        raise Refused("工作日历由系统管理员录入。", "The calendar of working days is entered by an operator.")
    today = timezone.localdate(at)
    _refuse_year(entry.year, today)
    for name in ("notice", "source"):
        if not getattr(entry, name).strip():
            raise Refused("请填写这一项。", "Fill this in.", name)
    if entry.issued_on > today:
        raise Refused("印发日期不能晚于今天。", "The notice cannot be issued after today.", "issued_on")
    closed = _written(entry.closed, entry.year, "closed")
    make_up = _written(entry.open, entry.year, "open")
    _must_be_whole(closed)
    _must_be_weekends(make_up, closed)
    said = {
        "notice": entry.notice.strip(),
        "issued_on": entry.issued_on,
        "source": entry.source.strip(),
        "closed": [day.isoformat() for day in closed],
        "open": [day.isoformat() for day in make_up],
    }
    with transaction.atomic():
        before = Holidays.objects.filter(year=entry.year).first()
        if before is not None and all(getattr(before, name) == value for name, value in said.items()):
            return before
        made = Holidays.objects.create(year=entry.year, known_from=at, entered_by=actor, **said)
        told = {**said, "issued_on": entry.issued_on.isoformat(), "year": entry.year}
        record("holidays.entered", f"holidays:{entry.year}", actor=actor, at=at, data=told)
        transaction.on_commit(forget)
    return made


def _refuse_year(year: int, today: date) -> None:
    if year in workdays.brought_years():
        raise Refused(
            f"{year} 年的放假安排已随软件提供，不能另录。",
            f"The days off of {year} come with the software and are not entered again.",
            "year",
        )
    if not workdays.brought_years()[0] < year <= today.year + AHEAD:
        raise Refused(
            f"请填写 {today.year} 或 {today.year + AHEAD} 年：国务院办公厅每年十一月公布下一年的安排。",
            f"Give {today.year} or {today.year + AHEAD}: the notice for the next year comes each November.",
            "year",
        )


def _must_be_whole(closed: Sequence[date]) -> None:
    if len(closed) < FEWEST:
        raise Refused(
            f"只有 {len(closed)} 天，全年法定节假日不少于 {FEWEST} 天。请把各个假期都写上。",
            f"These are {len(closed)} days; the law gives {FEWEST} a year at least. Write down every holiday.",
            "closed",
        )


def _must_be_weekends(make_up: Sequence[date], closed: Sequence[date]) -> None:
    for day in make_up:
        if not workdays.is_weekend(day) or day in closed:
            raise Refused(
                f"{day} 不是周末，或已列为放假日，不能是调休上班日。",
                f"{day} is no weekend, or stands among the days off: it cannot be a make-up day.",
                "open",
            )


def _written(text: str, year: int, field: str) -> list[date]:
    """The days of spans as they were written, in order; Refused for what is no day of the year."""
    found: set[date] = set()
    rest = SPAN.sub("", text)
    if SEPARATOR.sub("", rest):
        raise _unreadable(SEPARATOR.sub(" ", rest).strip(), field)
    for first, last in SPAN.findall(text):
        try:
            begin, end = _day(first), _day(last or first)
        except ValueError:
            raise _unreadable(last or first, field) from None
        if end < begin or begin.year != year or end.year != year:
            raise Refused(
                f"“{first}{'..' + last if last else ''}”不在 {year} 年内，或结束早于开始。",
                f"“{first}{'..' + last if last else ''}” is not within {year}, or ends before it begins.",
                field,
            )
        found.update(begin + timedelta(days=n) for n in range((end - begin).days + 1))
    return sorted(found)


def _unreadable(text: str, field: str) -> Refused:
    return Refused(
        f"“{text[:40]}”不是日期。请每行写一段，如 2027-02-06..2027-02-12。",
        f"“{text[:40]}” is no day. Write a span a line, such as 2027-02-06..2027-02-12.",
        field,
    )


def _day(text: str) -> date:
    return date(*map(int, text.split("-")))


def _days(written: Sequence[str]) -> frozenset[date]:
    return frozenset(map(date.fromisoformat, written))


def _spans(days: frozenset[date]) -> list[tuple[date, date]]:
    """Days that follow each other, as first and last."""
    spans: list[tuple[date, date]] = []
    for day in sorted(days):
        if spans and day - spans[-1][1] == timedelta(days=1):
            spans[-1] = (spans[-1][0], day)
        else:
            spans.append((day, day))
    return spans
