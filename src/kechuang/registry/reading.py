"""Values of facts as text, read by the type that the vocabulary gives the field.

What a vocabulary cannot read (a code that it does not list, a sum out of range) is unknown under it: a fact stays as it
was stated, whatever later versions of the vocabulary make of the field.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Final

from kechuang.policy.cases.facts import MAX_TEXT, check_range
from kechuang.policy.language.values import BOOLEAN, DATE, MONEY, NUMBER, RATE, Value, code_list, is_code
from kechuang.policy.language.vocabulary import Field, RecordKind, Vocabulary
from kechuang.registry.keys import values_of

WHOLE: Final = r"(?:0|-?[1-9][0-9]{0,17})"
_RATE: Final = re.compile(rf"({WHOLE})(?:/([1-9][0-9]{{0,17}}))?")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TRUTH: Final = {"true": True, "false": False}


def read_text(text: str, field: Field, vocabulary: Vocabulary) -> Value:
    """The value that a text (text_of) gives a field; None when the vocabulary cannot read it."""
    if is_code(field.type):
        return text if text in vocabulary.codes[code_list(field.type)] else None
    try:
        value = _typed(text, field.type)
        check_range(value, field.type)
    except ValueError:
        return None
    return value


def text_of(value: object) -> str:
    """A plain value (as Fact.value) or a typed one as text: true, 1200, 2024-06-20, 1/20; '' for an unknown one."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value)


def told_by_key(record: str, key: str) -> dict[str, str]:
    """The fields of a record that its key tells, as text; none where the key is none of the kind's."""
    try:
        return {name: text_of(value) for name, value in values_of(record, key).items() if value is not None}
    except (KeyError, ValueError):
        return {}


def twice(
    records: Sequence[Mapping[str, Value]], told: Sequence[Mapping[str, str]], kind: RecordKind
) -> list[int]:
    """The places of records of one subject whose key fields, completed by facts, are those of another record."""
    keys = [tuple(record.get(name) for name in kind.key) for record in records]
    whole = [key for key in keys if None not in key]
    return [
        place
        for place, key in enumerate(keys)
        if kind.key
        and None not in key
        and whole.count(key) > 1
        and any(name not in told[place] for name in kind.key)
    ]


def _typed(text: str, type_: str) -> Value:
    if type_ in (MONEY, NUMBER):
        return int(text) if re.fullmatch(WHOLE, text) else None
    if type_ == RATE:
        found = _RATE.fullmatch(text)
        return None if found is None else Fraction(int(found[1]), int(found[2] or 1))
    if type_ == DATE:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    if type_ == BOOLEAN:
        return _TRUTH.get(text)
    return text if 0 < len(text) <= MAX_TEXT else None
