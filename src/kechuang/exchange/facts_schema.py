"""The facts of one case as JSON Schema (draft 2020-12), out of the vocabulary: for editors, forms and the API.

It says of each fact what `read_json` takes; what a schema cannot say (check signs of codes, keys that stand twice)
is said by the reader when it refuses a case.
"""

from __future__ import annotations

from typing import Any, Final

from kechuang.policy.cases.facts import MAX_RECORDS, MAX_TEXT
from kechuang.policy.language.values import (
    BOOLEAN,
    DATE,
    MAX_MONEY_FEN,
    MAX_NUMBER,
    MAX_RATE,
    MONEY,
    NUMBER,
    RATE,
    RATE_UNIT,
    TEXT,
    Words,
    code_list,
    is_code,
)
from kechuang.policy.language.vocabulary import SUBJECT_KEY, Field, RecordKind, Vocabulary

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_DAY: Final = r"^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
_SUM: Final = (
    r"^([0-9]{1,13}(\.[0-9]{1,2})?元|[0-9]{1,9}(\.[0-9]{1,6})?万元"
    r"|[0-9]{1,5}(\.[0-9]{1,10})?亿元|[0-9]{1,15}分)$"
)
_UNKNOWN: Final = {"enum": [None, ""]}
_TYPES: Final[dict[str, list[dict[str, Any]]]] = {
    MONEY: [
        {"type": "string", "pattern": _SUM, "examples": ["120万元", "3500.50元"]},
        {"type": "integer", "minimum": 0, "maximum": MAX_MONEY_FEN, "description": "分 · fen"},
    ],
    RATE: [
        {"type": "string", "pattern": r"^[0-9]{1,5}(\.[0-9]{1,4})?%$", "examples": ["4.35%"]},
        {"type": "integer", "minimum": 0, "maximum": MAX_RATE // RATE_UNIT},
    ],
    NUMBER: [
        {"type": "integer", "minimum": 0, "maximum": MAX_NUMBER},
        {"type": "string", "pattern": "^[0-9]{1,12}$"},
    ],
    DATE: [{"type": "string", "format": "date", "pattern": _DAY, "examples": ["2024-06-20"]}],
    BOOLEAN: [{"type": "boolean"}, {"enum": ["true", "false"]}],
    TEXT: [{"type": "string", "minLength": 1, "maxLength": MAX_TEXT}],
}


def facts_schema(vocabulary: Vocabulary) -> dict[str, Any]:
    """The schema of one case: the subject's facts, and each kind of record as a list. null and '' mean: not known."""
    schema = _record(vocabulary.subject, vocabulary)
    schema["properties"] |= {
        kind.name: {
            "type": ["array", "null"],
            "title": _said(kind.title),
            "maxItems": MAX_RECORDS,
            "items": _record(kind, vocabulary),
        }
        for kind in vocabulary.related
    }
    return schema


def _record(kind: RecordKind, vocabulary: Vocabulary) -> dict[str, Any]:
    fields = {name: _field(field, vocabulary) for name, field in kind.fields.items()}
    return _described(
        {"type": "object", "title": _said(kind.title)},
        kind.note,
        properties=fields,
        additionalProperties=False,
    )


def _field(field: Field, vocabulary: Vocabulary) -> dict[str, Any]:
    if is_code(field.type):
        members = vocabulary.codes[code_list(field.type)]
        allowed: list[dict[str, Any]] = [{"enum": list(members), "description": _codes(members)}]
    else:
        allowed = [dict(one) for one in _TYPES[field.type]]
    if field.name == SUBJECT_KEY:
        allowed[0]["format"] = "uscc"
    return _described({"title": _said(field.title)}, field.note, anyOf=[*allowed, _UNKNOWN])


def _described(schema: dict[str, Any], note: Words | None, **more: Any) -> dict[str, Any]:
    return schema | ({"description": _said(note)} if note else {}) | more


def _codes(members: Any) -> str:
    return "；".join(f"{code} {title.zh} {title.en}" for code, title in members.items())


def _said(words: Words) -> str:
    return f"{words.zh} · {words.en}"
