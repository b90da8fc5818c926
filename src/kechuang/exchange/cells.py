"""One cell of a workbook as a fact: exact, or refused; whatever was unclear is read in a stated way, never silently.

A float of a spreadsheet is taken at its shortest decimal form; if that is finer than a fen, at the 15 significant
digits which the spreadsheet itself shows. Units written in the cell or the heading are honoured.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Final

from kechuang.policy.cases.facts import MAX_TEXT, check_range
from kechuang.policy.language.values import (
    BOOLEAN,
    DATE,
    FEN_PER,
    MONEY,
    NUMBER,
    RATE,
    TEXT,
    Value,
    Words,
    is_code,
)
from kechuang.policy.language.vocabulary import Field

Read = tuple[Value, Words | None]

FULL_WIDTH: Final = Words("全角字符按半角读取", "full-width characters read as half-width")
TEXT_NUMBER: Final = Words("文字形式的数字按数字读取", "number written as text read as a number")
NUMBER_TEXT: Final = Words("数字按文字读取", "number read as text")
TEXT_DATE: Final = Words("文字形式的日期按日期读取", "date written as text read as a date")
SERIAL_DATE: Final = Words("日期序号按日期读取", "serial number of a day read as a date")
TIME_DROPPED: Final = Words("日期中的时刻略去", "time of day left out of a date")
CELL_UNIT: Final = Words("单元格写明的单位优先于标题", "unit written in the cell taken before the heading's")
SHORT_UNIT: Final = Words("“万”“亿”按“万元”“亿元”读取", "万 and 亿 read as 万元 and 亿元")
NO_UNIT: Final = Words("标题未写单位，数字按元读取", "no unit in the heading: numbers read as yuan")
DIGITS_15: Final = Words(
    "小数按表格显示的 15 位有效数字读取", "decimals read at the 15 digits a spreadsheet shows"
)

_SUM: Final = re.compile(
    r"[¥￥]?(?P<number>-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)(?P<unit>亿元|亿|万元|万|元|分|yuan)?",
    re.IGNORECASE,
)
_WHOLE: Final = re.compile(r"(-?(?:\d{1,3}(?:,\d{3})+|\d+))(?:\.0+)?")
_PERCENT: Final = re.compile(r"(-?\d+(?:\.\d+)?)(%?)")
_DAY: Final = re.compile(r"(\d{4})(?:年|/|\.|-)(\d{1,2})(?:月|/|\.|-)(\d{1,2})日?|(\d{4})(\d{2})(\d{2})")
_UNITS: Final = {**FEN_PER, "亿": FEN_PER["亿元"], "万": FEN_PER["万元"], "yuan": FEN_PER["元"]}
_FIRST_SERIAL, _LAST_SERIAL = 10_000, 80_000  # 1927 to 2119: outside, a number is no day
_FIRST_DIGITS, _LAST_DIGITS = 19_000_101, 22_001_231  # a day written 20240301
_MAX_EXACT: Final = 10**15  # beyond, a spreadsheet has lost digits
_INVISIBLE: Final = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_TRUE, _FALSE = {"是", "yes", "true", "y"}, {"否", "no", "false", "n"}


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as the file holds it. percent: shown as a percentage; error: #DIV/0! and its like."""

    value: object
    percent: bool = False
    error: bool = False
    formula: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sheet: its heading, the field it fills, the unit its heading names, the codes it may hold."""

    heading: str
    field: Field
    unit: str | None = None
    codes: Mapping[str, str] | None = None


def read_cell(cell: Cell, column: Column) -> Read:
    """The value of a cell (None: empty, so unknown), and how it was read if that needs saying.

    Raises ValueError when the cell is no value of the column's type.
    """
    raw = cell.value
    if isinstance(raw, str):
        raw = raw.translate(_INVISIBLE).strip()
    if raw is None or raw == "":
        return None, None
    if cell.error:
        raise ValueError
    type_ = column.field.type
    value, how = _code(raw, column) if is_code(type_) else _READERS[type_](raw, cell, column)
    check_range(value, type_)
    return value, how


@cache
def plain(text: str) -> str:
    """A text for comparing: half-width, without blanks and case."""
    folded = unicodedata.normalize("NFKC", text.translate(_INVISIBLE))
    return re.sub(r"[\s*]+", "", folded).casefold()


def _code(raw: object, column: Column) -> Read:
    found = (column.codes or {}).get(plain(str(raw)))
    if found is None:
        raise ValueError
    return found, None


def _text(raw: object, _: Cell, __: Column) -> Read:
    if isinstance(raw, str):
        return _short(raw), None
    if (
        isinstance(raw, bool)
        or not isinstance(raw, (int, float))
        or abs(raw) >= _MAX_EXACT
        or raw != int(raw)
    ):
        raise ValueError
    return str(int(raw)), NUMBER_TEXT


def _short(text: str) -> str:
    if len(text) > MAX_TEXT:
        raise ValueError
    return text


def _boolean(raw: object, _: Cell, __: Column) -> Read:
    if isinstance(raw, bool):
        return raw, None
    word = plain(str(raw)) if isinstance(raw, str) else ""
    if word not in _TRUE | _FALSE:
        raise ValueError
    return word in _TRUE, None


def _money(raw: object, _: Cell, column: Column) -> Read:
    unit = column.unit or "元"
    if isinstance(raw, str):
        text, how = _half_width(raw)
        found = _matched(_SUM, text.replace(" ", ""))
        number, written = Decimal(found["number"].replace(",", "")), found["unit"]
        if written is None:
            how = how or TEXT_NUMBER
        elif _UNITS[written.lower()] != _UNITS[unit]:
            how = CELL_UNIT
        elif written in {"万", "亿"}:
            how = SHORT_UNIT
        return _whole(Fraction(number) * _UNITS[(written or unit).lower()]), how
    exact, how = _decimal(raw, Fraction(1, _UNITS[unit]))
    return _whole(exact * _UNITS[unit]), how or (NO_UNIT if column.unit is None else None)


def _rate(raw: object, cell: Cell, column: Column) -> Read:
    if isinstance(raw, str):
        text, how = _half_width(raw)
        number, sign = _matched(_PERCENT, text.replace(" ", "")).groups()
        if not sign and column.unit != "%":
            raise ValueError
        return Fraction(number) / 100, how or (None if sign else TEXT_NUMBER)
    if not cell.percent and column.unit != "%":
        raise ValueError  # 4.35 or 0.0435: which is meant is not said
    number, how = _decimal(raw, Fraction(1, 10**6 if cell.percent else 10**4))
    return number if cell.percent else number / 100, how


def _number(raw: object, _: Cell, column: Column) -> Read:
    if isinstance(raw, str):
        text, how = _half_width(raw)
        if column.field.name.endswith("year"):
            text = text.removesuffix("年").removesuffix("年度")
        return int(_matched(_WHOLE, text)[1].replace(",", "")), how or TEXT_NUMBER
    number, how = _decimal(raw, Fraction(1))
    return _whole(number), how


def _date(raw: object, _: Cell, __: Column) -> Read:
    if isinstance(raw, datetime):
        moment = raw.replace(hour=0, minute=0, second=0, microsecond=0)
        return raw.date(), None if raw == moment else TIME_DROPPED
    if isinstance(raw, date):
        return raw, None
    if isinstance(raw, str):
        text, how = _half_width(raw)
        year, month, day = (part for part in _matched(_DAY, text.replace(" ", "")).groups() if part)
        found = date(int(year), int(month), int(day))
        return found, None if raw == found.isoformat() else how or TEXT_DATE
    number = _whole(_decimal(raw, Fraction(1))[0])
    if _FIRST_SERIAL <= number <= _LAST_SERIAL:
        return date(1899, 12, 30) + timedelta(days=number), SERIAL_DATE
    if _FIRST_DIGITS <= number <= _LAST_DIGITS:
        return date(number // 10_000, number // 100 % 100, number % 100), TEXT_DATE
    raise ValueError


def _half_width(text: str) -> tuple[str, Words | None]:
    folded = unicodedata.normalize("NFKC", text).strip()
    return folded, None if folded == text else FULL_WIDTH


def _matched(pattern: re.Pattern[str], text: str) -> re.Match[str]:
    found = pattern.fullmatch(text)
    if found is None:
        raise ValueError
    return found


def _decimal(raw: object, step: Fraction) -> tuple[Fraction, Words | None]:
    """A number of the file exactly; a float finer than `step` at 15 significant digits, if that is a multiple."""
    if isinstance(raw, bool) or not isinstance(raw, (int, float)) or abs(raw) >= _MAX_EXACT:
        raise ValueError  # also NaN and infinity, which compare as neither
    exact = Fraction(Decimal(repr(raw)))
    if (exact / step).denominator == 1:
        return exact, None
    shown = Fraction(Decimal(f"{raw:.15g}"))
    if (shown / step).denominator != 1:
        raise ValueError
    return shown, DIGITS_15


def _whole(value: Fraction) -> int:
    if value.denominator != 1:
        raise ValueError
    return int(value)


_READERS: Final[Mapping[str, Callable[[object, Cell, Column], Read]]] = {
    TEXT: _text,
    BOOLEAN: _boolean,
    MONEY: _money,
    RATE: _rate,
    NUMBER: _number,
    DATE: _date,
}
