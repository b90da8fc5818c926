"""What is odd about the days of a call, told to who writes it: the law forbids none of it, so nothing is refused."""

from __future__ import annotations

from datetime import date
from typing import Final

from django.utils import timezone

from kechuang.fulfilment.models import Call
from kechuang.fulfilment.notices import ANSWER_DAYS
from kechuang.policy.language.values import Words
from kechuang.reference.workdays import MissingCalendar, add_working_days, first_working_day, is_working_day

_WEEKDAYS: Final = ("一", "二", "三", "四", "五", "六", "日")


def cautions_of(call: Call) -> list[Words]:
    """That the call closes on a day off, or that the days after it cannot be reckoned for want of a calendar."""
    day = timezone.localdate(call.closes_at)
    try:
        if not is_working_day(day):
            return [_day_off(day), *_not_reckoned(call, day)]
    except MissingCalendar as missing:
        return [
            Words(
                f"截止日 {day} 在 {missing.year} 年，该年还没有工作日历：不能判断是不是工作日，"
                "截止后的公示、答复等期限也推算不出。请系统管理员先在“工作日历”中录入。",
                f"The call closes on {day}, and there is no calendar of working days of {missing.year}: whether it is "
                "a working day is not known, nor are the days of notice and answers after it. "
                "Ask the operator to enter that year first.",
            )
        ]
    return _not_reckoned(call, day)


def _day_off(day: date) -> Words:
    zh, en = (
        f"截止日 {day}（星期{_WEEKDAYS[day.weekday()]}）不是工作日",
        f"The call closes on {day}, a {day:%A} off",
    )
    try:
        later = first_working_day(day)
    except MissingCalendar:
        return Words(f"{zh}，当天没有人答复咨询。", f"{en}: nobody answers questions on that day.")
    return Words(
        f"{zh}，当天没有人答复咨询。如需顺延，下一个工作日是 {later}。",
        f"{en}: nobody answers questions on that day. The next working day is {later}.",
    )


def _not_reckoned(call: Call, day: date) -> list[Words]:
    """That the notice that begins at the earliest, with the answers to it, runs into a year without calendar."""
    try:
        add_working_days(day, call.notice_days + ANSWER_DAYS)
    except MissingCalendar as missing:
        return [
            Words(
                f"截止后的公示和答复期限落到 {missing.year} 年，该年还没有工作日历，到时不能公示。"
                "请系统管理员先在“工作日历”中录入。",
                f"The notice after the close, and the answers to it, run into {missing.year}, of which there is no "
                "calendar of working days: nothing can be published then. Ask the operator to enter that year first.",
            )
        ]
    return []
