"""Keys of questions: short names that stay the same when other answers change.

- `kind`: a field of the subject
- `years.2024.rd_spend`: a figure of a year
- `statuses`: a whole list
- `statuses.tech_sme.granted_on`: a field of a record, told apart by its code; tech_sme-2 is the second of that code
- `contests.1.held_on`: a field of a record, by its place in the list
- `records`: which of several lists hold anything
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from kechuang.policy.cases.outcome import Missing
from kechuang.policy.language.values import is_code
from kechuang.policy.language.vocabulary import SUBJECT, YEARS, RecordKind, Vocabulary

LISTS: Final = "records"


def selector(kind: RecordKind) -> str | None:
    """The coded field that tells the records of a kind apart."""
    if kind.by is not None:
        return kind.by
    field = kind.fields.get("kind")
    return "kind" if field is not None and is_code(field.type) else None


def key_of(fact: Missing, facts: Mapping[str, Any], vocabulary: Vocabulary) -> str:
    """The key of the question for a fact."""
    if fact.record == SUBJECT:
        return str(fact.field)
    if fact.field is None:
        return fact.record
    if fact.record == YEARS and fact.year is not None:
        return f"{YEARS}.{fact.year}.{fact.field}"
    place = reference(vocabulary.records[fact.record], facts[fact.record], fact.index or 0)
    return f"{fact.record}.{place}.{fact.field}"


def reference(kind: RecordKind, rows: Sequence[Mapping[str, Any]], index: int) -> str:
    """How a key names a record: by its code, or by its place when the code is not known."""
    by = selector(kind)
    code = rows[index].get(by) if by else None
    if by is None or code is None:
        return str(index + 1)
    before = sum(1 for row in rows[:index] if row.get(by) == code)
    return f"{code}-{before + 1}" if before else str(code)


def fact_of(key: str, facts: Mapping[str, Any], vocabulary: Vocabulary) -> Missing:
    """The fact that a key asks for; KeyError when there is no such field, list or record."""
    record, *rest = key.split(".")
    if not rest:
        if record in vocabulary.subject.fields:
            return Missing(SUBJECT, record)
        if record != SUBJECT and record in vocabulary.records:
            return Missing(record, None)
    elif len(rest) == 2 and record != SUBJECT and record in vocabulary.records:  # noqa: PLR2004 - place and field
        place, name = rest
        kind = vocabulary.records[record]
        if name in kind.fields:
            if record == YEARS and len(place) == 4 and place.isdecimal():  # noqa: PLR2004 - a year
                return Missing(YEARS, name, int(place))
            index = _index(place, kind, facts.get(record) or ())
            if index is not None:
                return Missing(record, name, None, index)
    raise KeyError(f"there is no question '{key}'")


def _index(place: str, kind: RecordKind, rows: Sequence[Mapping[str, Any]]) -> int | None:
    """The position of the record that `place` names; None when there is none."""
    if place.isdecimal():
        return int(place) - 1 if 0 < int(place) <= len(rows) else None
    by = selector(kind)
    code, dash, nth = place.rpartition("-")
    code, number = (code, nth) if dash and nth.isdecimal() else (place, "1")
    same = [index for index, row in enumerate(rows) if by and row.get(by) == code]
    return same[int(number) - 1] if 0 < int(number) <= len(same) else None
