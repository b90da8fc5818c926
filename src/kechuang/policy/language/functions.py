"""The functions of the language: what they take, what they give, and their exact meaning for one case."""

from __future__ import annotations

import calendar
import operator
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from kechuang.policy.language.typing_rules import FaultError, fault, same_type
from kechuang.policy.language.values import BOOLEAN, DATE, MONEY, NUMBER, RATE
from kechuang.policy.language.weights import MAX_EXPONENT

if TYPE_CHECKING:
    from collections.abc import Callable

    from kechuang.policy.language.tree import Node

__all__ = ["FUNCTIONS", "FaultError", "call_function"]


@dataclass(frozen=True, slots=True)
class Function:
    """A function: types of its arguments (None.

    Any money, rate, number or date, all alike), its result, meaning in one line.
    """

    takes: tuple[str, ...] | None
    gives: str | None
    says: str


FUNCTIONS: Final[dict[str, Function]] = {
    "min": Function(None, None, "the smallest of its arguments / 取最小"),
    "max": Function(None, None, "the largest of its arguments / 取最大"),
    "round_down": Function(None, None, "to a whole multiple of the unit, downwards / 向下取整"),
    "round_up": Function(None, None, "to a whole multiple of the unit, upwards / 向上取整"),
    "round_half_up": Function(None, None, "to the nearest multiple of the unit, halves upwards / 四舍五入"),
    "year_of": Function((DATE,), NUMBER, "the calendar year of a date / 所在年份"),
    "days_between": Function((DATE, DATE), NUMBER, "days from the first to the second date / 相隔天数"),
    "months_between": Function(
        (DATE, DATE), NUMBER, "whole months from the first to the second date / 相隔整月数"
    ),
    "years_between": Function(
        (DATE, DATE), NUMBER, "whole years from the first to the second date / 相隔整年数"
    ),
    "add_days": Function((DATE, NUMBER), DATE, "the date so many days later / 若干天后"),
    "add_months": Function(
        (DATE, NUMBER), DATE, "the date so many months later, at most the month's last day / 若干月后"
    ),
    "month_before": Function((DATE,), DATE, "the first day of the calendar month before / 上月"),
    "in_force": Function((DATE,), BOOLEAN, "whether the document is in force on that date / 在文件有效期内"),
    "known": Function((), BOOLEAN, "whether the fact is known / 已知"),
}


def call_function(name: str, args: tuple[Node, ...]) -> str:
    """The type of a call; a fault when the arguments do not fit."""
    function = FUNCTIONS[name]
    if name == "known":
        if len(args) != 1:
            fault(-1, "known takes one fact")
        return BOOLEAN
    if function.takes is None:
        return _call_alike(name, args)
    found = tuple(arg.type for arg in args)
    if found != function.takes:
        fault(-1, f"{name} takes ({', '.join(function.takes)}), found ({', '.join(found)})")
    return str(function.gives)


def _call_alike(name: str, args: tuple[Node, ...]) -> str:
    if len(args) < 2 or (name.startswith("round") and len(args) != 2):  # noqa: PLR2004
        fault(
            -1, f"{name} takes {'a value and a unit' if name.startswith('round') else 'two or more values'}"
        )
    found = same_type(name, *args)
    if found not in ((MONEY, NUMBER, RATE) if name.startswith("round") else (MONEY, NUMBER, RATE, DATE)):
        fault(-1, f"{name} does not take {found}")
    if name.startswith("round") and (
        args[1].op != "const" or not isinstance(args[1].value, (int, Fraction)) or args[1].value <= 0
    ):
        fault(-1, f"the unit of {name} must be a literal above zero, such as 1元")
    return found


def round_down(value: Fraction | int, unit: Fraction | int) -> Fraction | int:
    """The largest multiple of `unit` that is not above `value`."""
    return value // unit * unit


def round_up(value: Fraction | int, unit: Fraction | int) -> Fraction | int:
    """The smallest multiple of `unit` that is not below `value`."""
    return -(-value // unit) * unit


def round_half_up(value: Fraction | int, unit: Fraction | int) -> Fraction | int:
    """The nearest multiple of `unit`; exactly between two, the upper."""
    return (2 * value + unit) // (2 * unit) * unit


def power(value: Fraction | int, exponent: int) -> Fraction | int | None:
    """`value` multiplied by itself; unknown for an exponent below 0 or above MAX_EXPONENT."""
    return value**exponent if 0 <= exponent <= MAX_EXPONENT else None


def months_between(first: date, second: date) -> int:
    """Whole months from `first` to `second`; negative when `second` is earlier."""
    months = (second.year - first.year) * 12 + second.month - first.month
    return months - (second.day < first.day)


def add_months(day: date, months: int) -> date:
    """The same day of the month so many months later; the month's last day when it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def month_before(day: date) -> date:
    """The first day of the calendar month before `day`."""
    return add_months(day.replace(day=1), -1)


SCALAR: Final[dict[str, Callable[..., Any]]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": lambda a, b: Fraction(a) / b if b else None,  # a parameter may be zero: unknown
    "pow": power,
    "neg": operator.neg,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
    "eq": operator.eq,
    "ne": operator.ne,
    "min": min,
    "max": max,
    "round_down": round_down,
    "round_up": round_up,
    "round_half_up": round_half_up,
    "year_of": lambda day: day.year,
    "days_between": lambda first, second: (second - first).days,
    "months_between": months_between,
    "years_between": lambda first, second: months_between(first, second) // 12,
    "add_days": lambda day, days: day + timedelta(days=days),
    "add_months": add_months,
    "month_before": month_before,
}
