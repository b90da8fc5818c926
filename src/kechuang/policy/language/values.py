"""Types and literals of the language: money, rate, number, date, boolean, text and codes.

Inside, money is an int in fen, a rate an exact Fraction, a number an int, a date a datetime.date. Unknown is None.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final

MONEY: Final = "money"
RATE: Final = "rate"
NUMBER: Final = "number"
DATE: Final = "date"
BOOLEAN: Final = "boolean"
TEXT: Final = "text"
PLAIN_TYPES: Final = (MONEY, RATE, NUMBER, DATE, BOOLEAN, TEXT)
CODE_PREFIX: Final = "code:"

# Facts are kept within these bounds (checked where they enter), so that ranges of results are known beforehand.
MAX_MONEY_FEN: Final = 10**15  # ten trillion yuan
MAX_NUMBER: Final = 10**12
FIRST_DAY: Final = date(1900, 1, 1)
LAST_DAY: Final = date(2200, 12, 31)
RATE_UNIT: Final = 10**6  # columns hold rates in millionths
MAX_RATE: Final = 10**9  # in millionths: 1000 times the whole

Value = int | Fraction | date | bool | str | None

FEN_PER: Final = {"亿元": 10**10, "万元": 10**6, "元": 100, "分": 1}
_DECIMAL = r"[0-9]+(?:\.[0-9]+)?"
LITERAL: Final = re.compile(
    rf"(?P<date>\d{{4}}-\d{{2}}-\d{{2}})(?!\d)|(?P<money>{_DECIMAL})(?P<unit>亿元|万元|元|分)|(?P<percent>{_DECIMAL})%"
    r"|(?P<left>\d+):(?P<right>\d+)"
)


@dataclass(frozen=True, slots=True)
class Words:
    """A text in both languages, Chinese first."""

    zh: str
    en: str

    def pick(self, language: str) -> str:
        """The text in `language` ('zh' or 'en')."""
        return self.en if language == "en" else self.zh


@dataclass(frozen=True, slots=True)
class Literal:
    """A literal of the language: its type and its exact value."""

    type: str
    value: Value


def read_literal(text: str) -> Literal:
    """Read one literal such as 100万元, 10%, 1:1, 2024-06-20, 3, true; raise ValueError with what was expected."""
    stripped = text.strip()
    if stripped in ("true", "false"):
        return Literal(BOOLEAN, stripped == "true")
    if re.fullmatch(r"-?\d+", stripped):
        return Literal(NUMBER, int(stripped))
    found = LITERAL.fullmatch(stripped)
    if found is None:
        message = (
            f"'{text}' is no value; expected a sum (100万元), a rate (10%), a whole number, "
            "a date (2024-06-20) or true/false"
        )
        raise ValueError(message)
    return literal_of(found)


def literal_of(found: re.Match[str]) -> Literal:
    """The literal of a match of LITERAL; a sum finer than one fen or a date outside the calendar raises ValueError."""
    if found["date"]:
        day = date.fromisoformat(found["date"])
        if not FIRST_DAY <= day <= LAST_DAY:
            message = f"'{found[0]}' is outside the calendar, expected {FIRST_DAY} to {LAST_DAY}"
            raise ValueError(message)
        return Literal(DATE, day)
    if found["money"]:
        fen = Fraction(found["money"]) * FEN_PER[found["unit"]]
        if fen.denominator != 1:
            message = f"'{found[0]}' is finer than one fen"
            raise ValueError(message)
        return Literal(MONEY, int(fen))
    if found["percent"]:
        return Literal(RATE, Fraction(found["percent"]) / 100)
    if int(found["right"]) == 0:
        message = f"'{found[0]}' divides by zero"
        raise ValueError(message)
    return Literal(RATE, Fraction(int(found["left"]), int(found["right"])))


def is_code(type_: str) -> bool:
    """Whether a type is a code of some list."""
    return type_.startswith(CODE_PREFIX)


def code_list(type_: str) -> str:
    """The name of the list that a code type belongs to."""
    return type_.removeprefix(CODE_PREFIX)


def yuan(fen: int) -> str:
    """Fen as 元 with two decimals and thousands separators, exactly: 12345678 -> '123,456.78'."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def decimal_text(value: Fraction | int, places: int = 6) -> str:
    """An exact short decimal of at most `places` places, marked '≈' when it had to be cut."""
    scaled = Fraction(value) * 10**places
    cut = int(scaled)
    sign = "-" if cut < 0 else ""
    whole, rest = divmod(abs(cut), 10**places)
    digits = f"{whole:,}" + (f".{rest:0{places}d}".rstrip("0") if rest else "")
    return ("" if scaled == cut else "≈") + sign + digits


def money_text(fen: Fraction | int, language: str = "zh") -> str:
    """A sum for people: 万元 from one 万元 up, else 元; exact, or marked '≈'."""
    value = Fraction(fen)
    if language == "en":
        return f"{decimal_text(value / 100, 4)} yuan"
    if abs(value) >= FEN_PER["万元"]:
        return f"{decimal_text(value / FEN_PER['万元'])} 万元"
    return f"{decimal_text(value / 100, 4)} 元"


def rate_text(rate: Fraction | int) -> str:
    """A rate as a percentage: Fraction(71, 10000) -> '0.71%'."""
    return f"{decimal_text(Fraction(rate) * 100)}%"
