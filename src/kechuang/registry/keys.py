"""Which record of its kind a fact belongs to: a short text, the same whoever speaks of the record.

The key joins with '|' what tells the records of a kind apart: the `key` fields of the vocabulary, or, where a kind
names none, what IDENTITY says. A part that is not known is empty; at least one is known. The fields in the key are
facts too, so that a record of which nothing else is known still exists; they never contradict the key.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any, Final

from kechuang.accounts.refusals import Refused
from kechuang.policy.cases.facts import read_value
from kechuang.policy.language.values import NUMBER, Value
from kechuang.policy.language.vocabulary import SUBJECT, RecordKind, Vocabulary, load_vocabulary

LONGEST: Final = 200
YEAR_OF: Final = ".year"
IDENTITY: Final[Mapping[str, tuple[str, ...]]] = {
    "commissions": ("purpose", "commissioned_on"),
    "contests": ("name", "held_on"),
    "landings": ("channel",),
    "outreach": ("name", "held_on"),
    "statuses": (
        "kind",
        "level",
        "granted_on.year",
    ),  # renewed: another record; corrected within the year: the same
    "trainings": ("topic", "held_on"),
}
"""What tells records apart where the vocabulary names no key; 'granted_on.year' is the year of that date."""


def parts_of(kind: RecordKind) -> tuple[str, ...]:
    """The parts of a kind's keys, in order; none for the subject itself."""
    return () if kind.name == SUBJECT else kind.key or IDENTITY.get(kind.name, ())


def key_fields(kind: RecordKind) -> tuple[str, ...]:
    """The fields that a form must ask first because they make the key."""
    return tuple(part.removesuffix(YEAR_OF) for part in parts_of(kind))


def key_of(record: str, values: Mapping[str, Value]) -> str:
    """The key of a record with these typed values; raises Refused when none of its key fields is known.

    key_of("years", {"year": 2024}) is "2024"; key_of("statuses", {"kind": "srdi", "granted_on": 2025-06-01}) is
    "srdi||2025".
    """
    kind = load_vocabulary().records[record]
    parts = parts_of(kind)
    if not parts:
        return ""
    written = [_escaped(_written(part, values)) for part in parts]
    if not any(written):
        titles = [kind.fields[name].title for name in key_fields(kind)]
        raise Refused(
            f"没有{'、'.join(one.zh for one in titles)}，不知道是哪一条{kind.title.zh}记录：请至少填写其中一项。",
            f"Without {', '.join(one.en for one in titles)} it is not known which {kind.one} is meant: "
            "give at least one of them.",
            key_fields(kind)[0],
        )
    key = "|".join(written)
    if len(key) > LONGEST:
        name = key_fields(kind)[0]
        raise Refused(
            f"{kind.fields[name].title.zh}有 {len(key)} 字，最多 {LONGEST} 字：请缩短。",
            f"{kind.fields[name].title.en} has {len(key)} characters, at most {LONGEST} are kept: shorten it.",
            name,
        )
    return key


def values_of(record: str, key: str) -> dict[str, Value]:
    """The fields that a key tells, typed: the inverse of `key_of`, but for the day of a date kept as its year.

    {} for the subject and for a plain number given to a record of a kind without key. Raises ValueError for a text
    that is no key of the kind.
    """
    vocabulary = load_vocabulary()
    kind = vocabulary.records[record]
    names, written = parts_of(kind), _split(key) if key else []
    if len(names) != len(written):
        if names == kind.key and (names or key):
            raise ValueError(f"{key!r} is no key of {record}: expected {'|'.join(names) or 'nothing'}")
        return {}
    found = {}
    for name, text in zip(names, written, strict=True):
        if text and not name.endswith(YEAR_OF):
            found[name] = _read(kind, name, text, vocabulary)
    return found


def check(record: str, key: str, field: str, value: Value) -> None:
    """Raise Refused when a key is none of the kind's, or when the value of a key field contradicts it."""
    kind = load_vocabulary().records[record]
    try:
        told = values_of(record, key)
    except ValueError:
        names = "|".join(parts_of(kind))
        raise Refused(
            f"“{key}”不是{kind.title.zh}记录的标识：应为 {names or '空'}。",
            f"'{key}' does not name a record of {record}: expected {names or 'nothing'}.",
            "key",
        ) from None
    if field in told and value != told[field]:
        title = kind.fields[field].title
        raise Refused(
            f"{title.zh}是这条记录的标识（{told[field]}），不能改为“{value}”：请撤回这条记录，另建一条。",
            f"The {title.en} tells this record from others ({told[field]}) and cannot become '{value}': "
            "withdraw the record and state another.",
            field,
        )


def _written(part: str, values: Mapping[str, Value]) -> str:
    name = part.removesuffix(YEAR_OF)
    value: Any = values.get(name)
    if value is None:
        return ""
    if part.endswith(YEAR_OF):
        return str(value.year)
    return value.isoformat() if isinstance(value, date) else str(value)


def _read(kind: RecordKind, name: str, text: str, vocabulary: Vocabulary) -> Value:
    field = kind.fields[name]
    raw: object = int(text) if field.type == NUMBER and text.isdecimal() else text
    value = read_value(raw, field, vocabulary)
    if isinstance(value, Fraction):
        raise ValueError(f"a rate ({text}) is no part of a key")  # noqa: TRY004 - no key field is a rate
    return value


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|")


def _split(key: str) -> list[str]:
    parts, escaped = [""], False
    for sign in key:
        if escaped or sign not in "\\|":
            parts[-1] += sign
            escaped = False
        elif sign == "\\":
            escaped = True
        else:
            parts.append("")
    return parts
