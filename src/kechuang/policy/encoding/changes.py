"""Changed parameters: what may be changed in a pack, under which name, and to which values.

A parameter is named '<benefit>.<parameter>' ('9.rd_growth.subsidy_rate'), one row of a table with its codes behind
it ('22.award.sums[national]', with two keys '4.hub.shares[national,leader]'). A changed value holds on every date
and under every reading.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from kechuang.policy.language.parameter import Table
from kechuang.policy.language.values import (
    BOOLEAN,
    DATE,
    FIRST_DAY,
    LAST_DAY,
    MAX_MONEY_FEN,
    MAX_NUMBER,
    MAX_RATE,
    MONEY,
    NUMBER,
    RATE,
    RATE_UNIT,
    Value,
    Words,
    read_literal,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kechuang.policy.encoding.pack import Benefit, Pack
    from kechuang.policy.language.parameter import Parameter

_FINEST: Final = 10**12  # the largest denominator of a changed rate
_SHOWN: Final = 12
_TYPES: Final = {
    MONEY: Words("金额，如 100万元", "a sum such as 100万元"),
    RATE: Words("比例，如 10% 或 1:3", "a rate such as 10% or 1:3"),
    NUMBER: Words("整数，如 3", "a whole number such as 3"),
    DATE: Words("日期，如 2024-06-20", "a date such as 2024-06-20"),
    BOOLEAN: Words("true 或 false", "true or false"),
}
_RANGES: Final = {
    MONEY: Words("0 元至 10 万亿元", "0 to 10 trillion yuan"),
    RATE: Words("0% 至 100,000%，分母不超过一万亿", "0% to 100,000%, with a denominator of at most 10^12"),
    NUMBER: Words("0 至一万亿", "0 to 10^12"),
    DATE: Words(f"{FIRST_DAY} 至 {LAST_DAY}", f"{FIRST_DAY} to {LAST_DAY}"),
}


class ChangeError(ValueError):
    """A change that a pack does not allow; `words` says what was found and what was expected, in both languages."""

    def __init__(self, words: Words) -> None:
        self.words = words
        super().__init__(words.en)


@dataclass(frozen=True, slots=True)
class Changeable:
    """One value that may be changed: of a parameter, or of one row (`codes`) of a table parameter."""

    key: str
    type: str
    benefit: Benefit
    parameter: Parameter
    codes: tuple[str, ...] | None

    def at(self, on: date, readings: Mapping[str, str]) -> Value:
        """The pack's own value on a date under readings; None when there is none."""
        value = self.parameter.at(on, readings)
        if isinstance(value, Table):
            return value.rows.get(self.codes or ())
        return value


@lru_cache(maxsize=16)
def changeable(pack: Pack) -> Mapping[str, Changeable]:
    """Everything in a pack that may be changed, by name, in the order of the document."""
    return {one.key: one for benefit in pack.benefits for one in _of(benefit)}


def _of(benefit: Benefit) -> Iterator[Changeable]:
    for name, parameter in benefit.parameters.items():
        key = f"{benefit.id}.{name}"
        if not parameter.type.startswith("table:"):
            yield Changeable(key, parameter.type, benefit, parameter, None)
            continue
        values = [value for dated in parameter.values for value in dated.options.values()]
        rows = dict.fromkeys(codes for table in values if isinstance(table, Table) for codes in table.rows)
        for codes in rows:
            yield Changeable(
                f"{key}[{','.join(codes)}]", parameter.type.split(":")[1], benefit, parameter, codes
            )


def parse_change(pack: Pack, text: str) -> tuple[str, Value]:
    """Read '9.rd_growth.subsidy_rate=6%': the parameter's name and its new value.

    Raises ChangeError (a ValueError) for a text without '=', an unknown name (naming the nearest), a value of
    another type or out of range.
    """
    key, sign, literal = text.partition("=")
    if not sign:
        raise ChangeError(
            Words(
                f"“{text}”不是改动；应如 9.rd_growth.subsidy_rate=6%",
                f"'{text}' is no change; expected one such as 9.rd_growth.subsidy_rate=6%",
            )
        )
    found = named(pack, key)
    return found.key, read_value(found, literal)


def read_value(found: Changeable, text: str) -> Value:
    """A literal of the language as the new value of a parameter. Raises ChangeError."""
    try:
        literal = read_literal(text)
    except ValueError as error:
        expected = _TYPES[found.type]
        raise ChangeError(
            Words(
                f"{found.key}：应为{expected.zh}，现为“{text.strip()}”",
                f"{found.key}: expected {expected.en}; {error}",
            )
        ) from None
    if literal.type != found.type:
        raise _wrong_type(found, text.strip())
    return _checked(found, literal.value)


def named(pack: Pack, key: str) -> Changeable:
    """The changeable value with this name; blanks do not count. Raises ChangeError naming the nearest names."""
    known = changeable(pack)
    plain = re.sub(r"\s", "", key)
    if plain not in known:
        raise _unknown(pack, plain)
    return known[plain]


def checked_changes(pack: Pack, parameters: Mapping[str, Value] | None) -> dict[str, Value]:
    """Changes with their full names, each value checked and exact. Raises ChangeError (a ValueError)."""
    checked: dict[str, Value] = {}
    for key, value in (parameters or {}).items():
        found = named(pack, key)
        checked[found.key] = _checked(found, value)
    return checked


def changed_value(
    parameter: Parameter, own: Value | Table, rows: Mapping[tuple[str, ...] | None, Value]
) -> Value | Table:
    """A parameter's value with changes put in: `rows` by the codes of a table's row, or under None.

    Raises ChangeError when a row is changed that the table does not have on the date.
    """
    if None in rows:
        return rows[None]
    if not isinstance(own, Table) or any(codes not in own.rows for codes in rows):
        raise ChangeError(
            Words(
                f"参数 {parameter.key} 在测算日没有这一行，不能改动",
                f"parameter {parameter.key} has no such row on the day of assessment, so it cannot be changed",
            )
        )
    return Table(own.by, {codes: rows.get(codes, value) for codes, value in own.rows.items()})


def _checked(found: Changeable, value: object) -> Value:
    """A value as the evaluators hold it, or ChangeError for another type or one out of range."""
    if found.type == BOOLEAN and isinstance(value, bool):
        return value
    if found.type == DATE and type(value) is date:
        return _within(found, value, ok=FIRST_DAY <= value <= LAST_DAY)
    if found.type == RATE and isinstance(value, (int, Fraction)) and not isinstance(value, bool):
        exact = Fraction(value)
        ok = 0 <= exact * RATE_UNIT <= MAX_RATE and exact.denominator <= _FINEST
        return _within(found, exact, ok=ok)
    if found.type in (MONEY, NUMBER) and type(value) is int:
        most = MAX_MONEY_FEN if found.type == MONEY else MAX_NUMBER
        return _within(found, value, ok=0 <= value <= most)
    raise _wrong_type(found, repr(value))


def _within(found: Changeable, value: Value, *, ok: bool) -> Value:
    if not ok:
        allowed = _RANGES[found.type]
        raise ChangeError(
            Words(
                f"{found.key}：应在 {allowed.zh}之间，现为 {value}",
                f"{found.key}: found {value}, expected {allowed.en}",
            )
        )
    return value


def _wrong_type(found: Changeable, value: str) -> ChangeError:
    expected = _TYPES[found.type]
    return ChangeError(
        Words(
            f"{found.key}：应为{expected.zh}，现为“{value}”",
            f"{found.key}: expected {expected.en}, found '{value}'",
        )
    )


def _unknown(pack: Pack, key: str) -> ChangeError:
    """Names of the same benefit or table go first, then names that look alike."""
    known = list(changeable(pack))
    stem = key.partition("[")[0]
    near = [one for one in known if one.startswith((f"{stem}[", f"{stem}."))]
    near += [one for one in get_close_matches(key, known, n=5, cutoff=0.5) if one not in near]
    listed = ", ".join((near or known)[:_SHOWN])
    return ChangeError(
        Words(
            f"政策包 {pack.id} 没有参数“{key}”；{'相近的有' if near else '例如'}：{listed}",
            f"pack {pack.id} has no parameter '{key}'; {'the nearest are' if near else 'there are, for example'}: "
            f"{listed}",
        )
    )
