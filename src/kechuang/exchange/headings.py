"""The headings of a workbook: how the template writes them, and how a sheet's own are matched to the vocabulary."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from kechuang.exchange.cells import Column, plain
from kechuang.policy.language.values import MONEY, RATE, Words, code_list, is_code
from kechuang.policy.language.vocabulary import SUBJECT, SUBJECT_KEY, Field, RecordKind, Vocabulary

GUIDE: Final = Words("填写说明", "Guide")
"""The first sheet of the template; it is never read."""
EXAMPLE: Final = Words("示例", "example")
"""What the code of the example row begins with; such a row is never read."""

LISTED: Final = "subject."
"""What the names of columns begin with that tell who a subject is, on a sheet of records."""

NONE: Final = Words("无", "none")
"""Alone in the column of codes: nobody has records of this kind."""
NONE_WORDS: Final = frozenset({NONE.zh, NONE.en})

_GUIDES: Final = {"填写说明", "说明", "guide", "instructions", "readme"}
_CODE_NAMES: Final = ("统一社会信用代码", "社会信用代码", "信用代码", "单位代码")
_UNIT: Final = re.compile(r"(?P<title>.*)\((?P<unit>元|万元|亿元|分|yuan|%)\)")
_NEAR: Final = 0.55


@dataclass(frozen=True, slots=True)
class Headings:
    """Where the headings stand and what each column means; `code` is the column of the subject's code."""

    row: int
    columns: Mapping[int, Column]
    code: int | None
    help: Mapping[int, str]
    unknown: Mapping[int, str]
    double: Mapping[int, str]


def heading(field: Field, language: str = "zh") -> str:
    """The heading that the template writes: the title, with the unit of sums and rates."""
    title = field.title.pick(language)
    if field.type == MONEY:
        return f"{title}（元）" if language == "zh" else f"{title} (yuan)"
    if field.type == RATE:
        return f"{title}（%）" if language == "zh" else f"{title} (%)"
    return title


def kind_of_sheet(title: str, vocabulary: Vocabulary) -> RecordKind | None:
    """The record kind that a sheet's name means."""
    wanted = plain(title)
    for kind in vocabulary.records.values():
        if wanted in {plain(name) for name in (kind.name, sheet_name(kind, "zh"), sheet_name(kind, "en"))}:
            return kind
    return None


def sheet_name(kind: RecordKind, language: str) -> str:
    """A record kind's sheet name: at most 31 characters, none that a workbook forbids."""
    return re.sub(r"[\[\]:*?/\\]", " ", kind.title.pick(language))[:31].strip()


def is_guide(title: str) -> bool:
    """Whether a sheet explains and is not to be read."""
    return plain(title) in _GUIDES


def match_headings(row: int, texts: Mapping[int, str], kind: RecordKind, vocabulary: Vocabulary) -> Headings:
    """What the texts of one row mean as headings of this record kind."""
    names = _names(kind, vocabulary)
    code_names = _code_names(vocabulary)
    columns: dict[int, Column] = {}
    helps: dict[int, str] = {}
    unknown: dict[int, str] = {}
    double: dict[int, str] = {}
    code: int | None = None
    for place, text in texts.items():
        field, unit = _field(text, names)
        if kind.name != SUBJECT and field is None and plain(text) in code_names:
            double.update({place: text} if code is not None else {})
            code = place if code is None else code
        elif field is None and kind.name != SUBJECT and plain(text) in _name_names(vocabulary):
            helps[place] = text
        elif field is None:
            unknown[place] = text
        elif any(column.field is field for column in columns.values()):
            double[place] = text
        else:
            columns[place] = Column(text, field, unit, _codes(field, vocabulary))
            code = place if kind.name == SUBJECT and field.name == SUBJECT_KEY else code
    return Headings(row, columns, code, helps, unknown, double)


def nearest(text: str, kind: RecordKind) -> str | None:
    """The heading most like a text that is none."""
    titles = {plain(heading(field)): heading(field) for field in kind.fields.values()}
    titles |= {plain(field.title.zh): heading(field) for field in kind.fields.values()}
    titles |= {plain(heading(field, "en")): heading(field, "en") for field in kind.fields.values()}
    near = get_close_matches(plain(text), titles, 1, _NEAR)
    return titles[near[0]] if near else None


def nearest_sheet(text: str, vocabulary: Vocabulary) -> str | None:
    """The sheet name most like a text that is none."""
    titles = {plain(sheet_name(kind, "zh")): sheet_name(kind, "zh") for kind in vocabulary.records.values()}
    near = get_close_matches(plain(text), titles, 1, _NEAR)
    return titles[near[0]] if near else None


def _field(text: str, names: Mapping[str, Field]) -> tuple[Field | None, str | None]:
    """The field and the unit that a heading names."""
    whole = plain(text)
    if whole in names:
        return names[whole], None
    found = _UNIT.fullmatch(whole)
    if found is None or found["title"] not in names:
        return None, None
    field, unit = names[found["title"]], found["unit"]
    if field.type != (RATE if unit == "%" else MONEY):
        return None, None
    return field, "元" if unit == "yuan" else unit


def _names(kind: RecordKind, vocabulary: Vocabulary) -> dict[str, Field]:
    names: dict[str, Field] = {}
    for field in kind.fields.values():
        written: Iterable[str] = (field.name, field.title.zh, field.title.en)
        if field.name == f"{LISTED}name":
            written = (*written, *_name_names(vocabulary))
        if kind.name == SUBJECT and field.name == SUBJECT_KEY:
            written = (*written, *_CODE_NAMES)
        for name in written:
            names.setdefault(plain(name), field)
    return names


def _code_names(vocabulary: Vocabulary) -> set[str]:
    title = vocabulary.subject.fields[SUBJECT_KEY].title
    return {plain(name) for name in (SUBJECT_KEY, title.zh, title.en, *_CODE_NAMES)}


def _name_names(vocabulary: Vocabulary) -> set[str]:
    title = vocabulary.subject.fields["name"].title
    return {plain(name) for name in ("name", title.zh, title.en, "企业名称", "单位名称", "主体名称")}


def _codes(field: Field, vocabulary: Vocabulary) -> dict[str, str] | None:
    if not is_code(field.type):
        return None
    members = vocabulary.codes[code_list(field.type)]
    return {plain(name): code for code, title in members.items() for name in (title.en, title.zh, code)}
