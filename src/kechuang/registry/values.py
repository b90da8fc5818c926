"""Facts as they lie in the database: plain JSON, one way to write each value, exact in both directions."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

from kechuang.accounts.refusals import Refused
from kechuang.exchange.expectations import expected
from kechuang.exchange.intake import shown
from kechuang.policy.cases.facts import read_value
from kechuang.policy.language.values import DATE, RATE, Value
from kechuang.policy.language.vocabulary import Field, load_vocabulary


def plain_of(value: Value) -> Any:
    """A typed value as JSON: fen and numbers as integers, days in ISO 8601, rates as "1/20", codes as text."""
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    return value.isoformat() if isinstance(value, date) else value


def typed_of(plain: Any, type_: str) -> Value:
    """The typed value of what `plain_of` wrote."""
    if plain is None or isinstance(plain, bool):
        return plain
    if type_ == DATE:
        return date.fromisoformat(plain)
    return Fraction(plain) if type_ == RATE else plain


def field_of(record: str, name: str) -> Field:
    """A field of the vocabulary; raises Refused for a fact that there is none of."""
    kind = load_vocabulary().records.get(record)
    field = kind.fields.get(name) if kind else None
    if field is None:
        raise Refused(
            f"没有“{record}.{name}”这一项：请按词汇表填写。",
            f"There is no fact '{record}.{name}': use the names of the vocabulary.",
            name,
        )
    return field


def read(field: Field, raw: object) -> Value:
    """One value, typed; raises Refused that names the field, what was found, what is expected and what to do."""
    vocabulary = load_vocabulary()
    try:
        value = read_value(raw, field, vocabulary)
    except (ValueError, OverflowError):
        value = None
    if value is None:
        looks, found = expected(field, vocabulary), shown("" if raw is None else raw)
        raise Refused(
            f"{field.title.zh}：现为{found}；应为{looks.zh}；请改正，不知道的留空。",
            f"{field.title.en}: found {found}; expected {looks.en}; correct it, or leave it empty if it is not known.",
            field.name,
        )
    return value
