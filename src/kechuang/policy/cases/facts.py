"""Facts of one case: read from plain data (JSON, YAML), checked against the vocabulary.

Every fault is named, none is guessed away.
"""

from __future__ import annotations

from datetime import date, datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

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
    TEXT,
    Value,
    code_list,
    read_literal,
)
from kechuang.policy.language.vocabulary import SUBJECT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kechuang.policy.language.sections import Section
    from kechuang.policy.language.vocabulary import Field, RecordKind, Vocabulary

MAX_TEXT: Final = 500
MAX_RECORDS: Final = 10_000
_EXPECTED: Final = {
    MONEY: "a sum such as '120万元' or '3500.50元' (or a whole number of fen)",
    RATE: "a rate such as '4.35%'",
    NUMBER: "a whole number",
    DATE: "a date such as '2024-06-20'",
    BOOLEAN: "true or false",
    TEXT: "a text",
}


class FactsError(ValueError):
    """A case that cannot be read: `faults` names each place, what was found and what was expected."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(faults))


def read_case(data: Mapping[str, Any], vocabulary: Vocabulary) -> dict[str, Any]:
    """Read one case from plain data.

    Texts such as '120万元', '4.35%', '2024-06-20', or ints (fen, numbers) and booleans.

    Returns the facts for `assess`. Raises FactsError naming every fault: unknown names, wrong types, values
    out of range, a key twice.
    """
    faults: list[str] = []
    lists = frozenset(kind.name for kind in vocabulary.related)
    facts = _record(data, vocabulary.subject, vocabulary, SUBJECT, faults, also=lists)
    if not isinstance(data, dict):
        raise FactsError(faults)
    for kind in vocabulary.related:
        rows = data.get(kind.name)
        if rows is None:
            continue
        if not isinstance(rows, list) or len(rows) > MAX_RECORDS:
            faults.append(
                f"{kind.name}: expected a list of at most {MAX_RECORDS} records, found {type(rows).__name__}"
            )
            continue
        facts[kind.name] = [
            _record(row, kind, vocabulary, f"{kind.name}[{number}]", faults)
            for number, row in enumerate(rows, start=1)
        ]
        faults += repeated_keys(facts[kind.name], kind)
    if faults:
        raise FactsError(faults)
    return facts


def read_facts_section(section: Section, vocabulary: Vocabulary) -> dict[str, Any]:
    """The facts of a worked example in a pack; faults are noted at the example's place."""
    try:
        return read_case(_plain(section), vocabulary)
    except FactsError as error:
        for fault in error.faults:
            section.fault(fault)
        return {}


def read_value(raw: object, field: Field, vocabulary: Vocabulary) -> Value:
    """One value of a field; ValueError says what was found and what was expected. None and '' are unknown."""
    if raw is None or raw == "":
        return None
    if field.type.startswith("code:"):
        return _code(raw, field, vocabulary)
    value = _typed(raw, field.type)
    if value is None:
        message = f"found {raw!r}, expected {_EXPECTED[field.type]}"
        raise ValueError(message)
    check_range(value, field.type)
    return value


def check_range(value: Value, type_: str) -> None:
    """ValueError for a value outside what facts may be.

    Sums, numbers and rates are not negative; sums at most 10 trillion yuan; dates from 1900 to 2200; rates in steps
    of 0.0001 %.
    """
    if type_ in (MONEY, NUMBER, RATE) and isinstance(value, (int, Fraction)) and value < 0:
        message = f"found {value}, expected nothing below zero"
        raise ValueError(message)
    if type_ == MONEY and abs(int(str(value))) > MAX_MONEY_FEN:
        message = f"found a sum of {value} fen, expected at most {MAX_MONEY_FEN // 100:,} yuan"
        raise ValueError(message)
    if type_ == NUMBER and isinstance(value, int) and abs(value) > MAX_NUMBER:
        message = f"found {value}, expected at most {MAX_NUMBER:,}"
        raise ValueError(message)
    if type_ == DATE and isinstance(value, date) and not FIRST_DAY <= value <= LAST_DAY:
        message = f"found {value}, expected a date from {FIRST_DAY} to {LAST_DAY}"
        raise ValueError(message)
    if type_ == RATE and isinstance(value, (int, Fraction)):
        scaled = Fraction(value) * RATE_UNIT
        if scaled.denominator != 1 or abs(scaled) > MAX_RATE:
            message = f"found {value}, expected a rate of at most {MAX_RATE // RATE_UNIT * 100}% in steps of 0.0001%"
            raise ValueError(message)


def repeated_keys(rows: list[dict[str, Any]], kind: RecordKind) -> list[str]:
    """A fault for each record whose key (such as the year) stands twice within one subject."""
    seen: dict[tuple[Any, ...], int] = {}
    faults: list[str] = []
    for number, row in enumerate(rows, start=1):
        key = tuple(row.get(name) for name in kind.key)
        if not kind.key or None in key:
            continue
        if key in seen:
            named = ", ".join(f"{name}={value}" for name, value in zip(kind.key, key, strict=True))
            faults.append(f"{kind.name}[{number}]: {named} stands already in record {seen[key]}; keep one")
        seen.setdefault(key, number)
    return faults


def _record(
    data: object,
    kind: RecordKind,
    vocabulary: Vocabulary,
    place: str,
    faults: list[str],
    also: frozenset[str] = frozenset(),
) -> dict[str, Any]:
    if not isinstance(data, dict):
        faults.append(f"{place}: expected a record with named fields, found {type(data).__name__}")
        return {}
    found: dict[str, Any] = {}
    for name, raw in data.items():
        field = kind.fields.get(str(name))
        if field is None:
            if name not in also:
                faults.append(
                    f"{place}.{name}: there is no such fact; expected one of: "
                    f"{', '.join([*kind.fields, *sorted(also)])}"
                )
            continue
        try:
            value = read_value(raw, field, vocabulary)
        except ValueError as error:
            faults.append(f"{place}.{name}: {error}")
            continue
        if value is not None:
            found[field.name] = value
    return found


def _code(raw: object, field: Field, vocabulary: Vocabulary) -> str:
    members = vocabulary.codes[code_list(field.type)]
    if isinstance(raw, str):
        if raw in members:
            return raw
        for code, title in members.items():
            if raw.strip() in (title.zh, title.en):
                return code
    expected = ", ".join(f"{code} ({title.zh})" for code, title in members.items())
    message = f"found {raw!r}, expected one of: {expected}"
    raise ValueError(message)


def _typed(raw: object, type_: str) -> Value:
    """The value, or None when `raw` is not of this type."""
    plain = _as_given(raw, type_)
    if plain is not None or type_ in (TEXT, BOOLEAN) or not isinstance(raw, str):
        return plain
    try:
        literal = read_literal(str(raw))
    except ValueError:
        return None
    return literal.value if literal.type == type_ else None


def _as_given(raw: object, type_: str) -> Value:
    """A value that already has the Python type of its kind; None otherwise.

    Floats are never taken: they are not exact.
    """
    if type_ == TEXT:
        return raw if isinstance(raw, str) and len(raw) <= MAX_TEXT else None
    if type_ == BOOLEAN:
        return raw if isinstance(raw, bool) else {"true": True, "false": False}.get(str(raw))
    if type_ == DATE:
        return raw if isinstance(raw, date) and not isinstance(raw, datetime) else None
    if type_ == RATE:
        return Fraction(raw) if isinstance(raw, (int, Fraction)) and not isinstance(raw, bool) else None
    return raw if isinstance(raw, int) and not isinstance(raw, bool) else None


def _plain(section: Section) -> Any:
    if isinstance(section.value, dict):
        return {key: _plain(value) for key, value in section.value.items()}
    if isinstance(section.value, list):
        return [_plain(value) for value in section.value]
    return section.value


__all__ = ["FactsError", "check_range", "read_case", "read_facts_section", "read_value", "repeated_keys"]
