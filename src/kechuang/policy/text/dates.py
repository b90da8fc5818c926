"""Since when and until when a document is in force: dates in its closing, or days and years from its issue.

自 2026年 1月 1日起施行 · 自发布之日起施行 · 自印发之日起 30 日后施行 · 有效期至 2028年 · 有效期 5 年
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final

from kechuang.policy.text.numerals import LETTERS, chinese_number

DAY: Final = r"\s?(\d{4})年(\d{1,2})月(\d{1,2})日"
_FORCE: Final = "(?:正式)?(?:施行|实施|执行|生效)"
_COUNT: Final = rf"\s?(?:[0-9]{{1,3}}|[{LETTERS}]{{1,5}})"
_ISSUE: Final = r"自(?:本[^，。；]{1,6})?(?:发布|印发|公布|下发|颁布|签发)之日(?:起)?"
RELATIVE: Final = rf"{_ISSUE}(?:满?(?P<wait>{_COUNT})(?P<unit>个?工作日|日|天|个月)(?:后|之后|起))?{_FORCE}"
SPAN: Final = rf"有效期(?:限)?(?:为|是)?(?P<span>{_COUNT})(?P<span_unit>年|个月)"
A_DAY: Final = re.compile(DAY)
IN_FORCE_FROM: Final = re.compile(rf"自{DAY}起?(?:施行|实施|执行|生效)")
IN_FORCE_TO: Final = re.compile(rf"有效期(?:限)?(?:至|到){DAY}")
_FROM_ISSUE: Final = re.compile(RELATIVE)
_LASTING: Final = re.compile(SPAN)
MONTHS: Final = 12


def day_of(found: re.Match[str] | None) -> date | None:
    """The date of a match whose first three groups are year, month and day; an impossible one is None."""
    if found is None:
        return None
    year, month, day = (int(found[group]) for group in (1, 2, 3))
    try:
        return date(year, month, day)
    except ValueError:
        return None


def in_force(closing: str, issued: date | None) -> tuple[date | None, date | None]:
    """The first and the last day of force; None for what the words do not say, or cannot say without the day of issue.

    30日后: the day of issue does not count (民法典 art. 201), so the first day of force is the one after the thirtieth.
    5 years from 2026-04-16 end on 2031-04-15.
    """
    start = day_of(IN_FORCE_FROM.search(closing))
    if start is None and issued is not None:
        start = _from_issue(closing, issued)
    end = day_of(IN_FORCE_TO.search(closing))
    lasting = _LASTING.search(closing)
    if end is None and lasting is not None and start is not None:
        months = _count(lasting["span"]) * (MONTHS if lasting["span_unit"] == "年" else 1)
        after = _months_later(start, months)
        end = after - timedelta(days=1) if after else None
    return start, end


def is_relative(closing: str) -> bool:
    """Whether a day of force is counted from another day, so that a person should check it."""
    return bool(_FROM_ISSUE.search(closing) or _LASTING.search(closing))


def _from_issue(closing: str, issued: date) -> date | None:
    found = _FROM_ISSUE.search(closing)
    if found is None or found["unit"] in ("工作日", "个工作日"):
        return None  # working days depend on a calendar that the text does not hold
    if found["wait"] is None:
        return issued
    if found["unit"] == "个月":
        return _months_later(issued, _count(found["wait"]))
    return issued + timedelta(days=_count(found["wait"]) + 1)


def _count(words: str) -> int:
    return int(words) if words.strip().isdigit() else chinese_number(words.strip())


def _months_later(day: date, months: int) -> date | None:
    """The same day some months later, the last of its month where there is none; None beyond the calendar."""
    year, month = divmod(day.month - 1 + months, MONTHS)
    if day.year + year > date.max.year:
        return None
    first = date(day.year + year, month + 1, 1)
    following = date(first.year + (first.month == MONTHS), first.month % MONTHS + 1, 1)
    return min(first.replace(day=1) + timedelta(days=day.day - 1), following - timedelta(days=1))
