"""What the pages of panels write: points, grades, states, figures."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from kechuang.fulfilment.judging.evaluated import GRADES
from kechuang.fulfilment.judging.indicators import Indicator, figure_text
from kechuang.fulfilment.judging.models import Panel, Sheet
from kechuang.fulfilment.judging.rubrics import Rubric, plain
from kechuang.fulfilment.judging.tallies import hundredths
from kechuang.policy.language.values import Words
from kechuang.reader.templatetags.kechuang import language, words

register = template.Library()

PANEL_STATES = {
    Panel.State.FORMING: Words("组建中", "being formed"),
    Panel.State.SCORING: Words("打分中", "scoring"),
    Panel.State.OPENED: Words("已截止，待评审会", "scores closed, meeting to come"),
    Panel.State.CONCLUDED: Words("评审会已结束", "meeting concluded"),
}
_PANEL_LOOKS = {"forming": "waits", "scoring": "moves", "opened": "shown", "concluded": "good"}
_GRADE_LOOKS = {"excellent": "good", "good": "moves", "pass": "shown", "fail": "ended"}


@register.simple_tag
def panel_badge(panel: Panel) -> SafeString:
    """The state of a panel."""
    key = Panel.State(panel.state)
    return format_html('<span class="state state-{}">{}</span>', _PANEL_LOOKS[key], words(PANEL_STATES[key]))


@register.simple_tag
def grade_badge(grade: str) -> SafeString | str:
    """A grade as word, sign and colour; nothing for none."""
    if not grade:
        return ""
    return format_html('<span class="state state-{}">{}</span>', _GRADE_LOOKS[grade], words(GRADES[grade]))


@register.filter
def points(value: Any) -> str:
    """Points of 100 with two decimals, from an exact fraction or from hundredths; a dash for what is missing."""
    if value is None:
        return "–"
    whole = hundredths(value) if isinstance(value, Fraction) else int(value)
    return f"{whole // 100}.{whole % 100:02d}"


@register.filter
def figure(value: Any, indicator: Indicator) -> str:
    """An indicator in words: a ratio in per cent, a sum in yuan, a number; a dash for what is unknown."""
    return figure_text(value, indicator.type, language())


@register.filter
def change_text(growth: Fraction | None) -> str:
    """Growth with its sign, in per cent: +12.50%; nothing where it is unknown."""
    return "" if growth is None else f"{'-' if growth < 0 else '+'}{points(abs(growth) * 100)}%"


@register.filter
def seat_name(place: int) -> str:
    """专家 3."""
    return f"Expert {place}" if language() == "en" else f"专家 {place}"


@register.filter
def case_name(place: int) -> str:
    """What a case is called before its panel: 第 3 件."""
    return f"Case {place}" if language() == "en" else f"第 {place} 件"


@register.simple_tag
def until(moment: datetime, now: datetime) -> str:
    """How long there is still: days, hours, minutes."""
    left = int((moment - now).total_seconds()) // 60
    if left < 0:
        return "closed" if language() == "en" else "已截止"
    days, hours, minutes = left // 1440, left % 1440 // 60, left % 60
    if language() == "en":
        said = f"{days} days {hours} h" if days else f"{hours} h {minutes} min"
        return f"{said} left"
    return f"还有 {days} 天 {hours} 小时" if days else f"还有 {hours} 小时 {minutes} 分"


@register.filter
def grade_words(grade: str) -> str:
    """A grade as a word."""
    return words(GRADES[grade])


@register.filter
def scale(value: Fraction) -> str:
    """A bound or step of a scale."""
    return plain(value)


@register.simple_tag
def sheet_points(sheet: Sheet, rubric: Rubric) -> str:
    """The points of a sheet."""
    return points(rubric.total(sheet.scores))


@register.filter
def moment(value: datetime) -> str:
    """A time as the city's clocks show it."""
    return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
