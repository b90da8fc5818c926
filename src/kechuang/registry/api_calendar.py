"""The API of the calendar of working days: read it, and enter a year."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import Field

from kechuang.accounts.calling import Given, acting
from kechuang.accounts.roles import Role
from kechuang.accounts.tokens import bearer
from kechuang.journal import clock
from kechuang.reader.answers import answer
from kechuang.reader.api_shapes import Shape
from kechuang.reader.told import told
from kechuang.registry import calendar
from kechuang.registry.rules import SEE_CALENDAR

router = Router(tags=["registry"], auth=bearer)
Written = Annotated[str, Field(max_length=2000)]


class HolidaysGiven(Given):
    """The days off and make-up days of a year; spans such as 2027-02-06..2027-02-12, separated by blanks or lines."""

    year: Annotated[int, Field(ge=2000, le=2099)]
    notice: Annotated[str, Field(min_length=1, max_length=100)] = Field(description="文号或标题 · its number")
    issued_on: Annotated[date, Field(strict=False)] = Field(description="印发日期 · when it was issued")
    source: Annotated[str, Field(min_length=1, max_length=300)] = Field(
        description="出处 · where it is published"
    )
    closed: Written = Field(description="放假的日子 · days off")
    open: Written = Field("", description="调休上班的周末 · weekends worked in exchange")


class ToldYear(Shape):
    """A year of the calendar; known_from: null for what comes with the software."""

    year: int
    notice: str
    issued_on: date
    source: str
    closed: list[tuple[date, date]] = Field(description="各段首日和末日 · first and last day of each span")
    open: list[date]
    known_from: datetime | None


class ToldCalendar(Shape):
    """Every year that is known, the newest first."""

    years: list[ToldYear]


@router.get(
    "/calendar",
    response=ToldCalendar,
    **told(
        "workingDays",
        "工作日历",
        "The calendar of working days",
        "各年的放假和调休安排；没有安排的年份不推算。",
    ),
)
def working_days(request: HttpRequest) -> HttpResponse:
    """The years whose days off are known: brought by the software or entered by an operator."""
    acting(request, *sorted(SEE_CALENDAR))
    return answer(_told())


@router.post(
    "/calendar",
    response=ToldCalendar,
    **told(
        "enterHolidays",
        "录入放假安排",
        "Enter the holidays of a year",
        "系统管理员录入一年的放假和调休安排；重新录入即更正。",
        {
            "year": 2027,
            "notice": "国办发明电〔2026〕6号",
            "issued_on": "2026-11-05",
            "source": "https://www.gov.cn/",
            "closed": "2027-01-01..2027-01-13",
            "open": "",
        },
    ),
)
def enter_holidays(request: HttpRequest, given: HolidaysGiven) -> HttpResponse:
    """An operator enters the days off of a year; periods that were counted before keep their day."""
    actor = acting(request, Role.OPERATOR)
    calendar.enter(calendar.Entry(**given.model_dump()), actor=actor, at=clock.now())
    return answer(_told())


def _told() -> ToldCalendar:
    return ToldCalendar(
        years=[
            ToldYear(
                year=one.year,
                notice=one.notice,
                issued_on=one.issued_on,
                source=one.source,
                closed=list(one.closed),
                open=list(one.open),
                known_from=one.known_from,
            )
            for one in calendar.shown()
        ]
    )
