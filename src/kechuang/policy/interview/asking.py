"""A question in words: what is asked, about what, in which form, with which answers to choose from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from kechuang.policy.cases.outcome import Missing
from kechuang.policy.encoding.binding import Bound
from kechuang.policy.interview.keys import LISTS, key_of, selector
from kechuang.policy.language.tree import Node
from kechuang.policy.language.values import (
    BOOLEAN,
    DATE,
    MONEY,
    NUMBER,
    RATE,
    TEXT,
    Words,
    code_list,
    is_code,
)
from kechuang.policy.language.vocabulary import SUBJECT, SUBJECT_KEY, YEARS, Field, RecordKind, Vocabulary
from kechuang.policy.words.wording import spaced

CHOICE: Final = "choice"  # one code of a list
KINDS: Final = "kinds"  # which records, by their code, and how many of each
COUNT: Final = "count"  # how many records
RECORDS: Final = "records"  # which of several lists hold anything
NEVER_ASKED: Final = (SUBJECT_KEY, "name")  # who somebody is changes no outcome

_UNITS: Final = {MONEY: Words("万元", "× 10,000 yuan"), RATE: Words("%", "%")}
_ASK: Final = {
    "boolean": Words("是否{0}？", "Does this hold: {0}?"),
    "choice": Words("{0}是哪一类？", "Which applies: {0}?"),
    "date": Words("{0}是哪一天？", "On which day: {0}?"),
    "number": Words("{0}是多少？", "What number: {0}?"),
    "quantity": Words("{0}是多少？", "How much: {0}?"),
    "kinds": Words("您有下列哪些“{0}”？", "Which of these do you have under “{0}”?"),
    "count": Words("您有几项“{0}”？", "How many do you have under “{0}”?"),
    "records": Words("下列哪些与您有关？", "Which of these concern you?"),
    "of_year": Words("{1} 年{0}", "{0} in {1}"),
}
_RECORDS_HELP: Final = Words(
    "勾选有的；没有勾选的视为没有，后面不再问起。",
    "Tick what you have. What is left is taken as none and not asked about again.",
)
_NONE_HELP: Final = Words("没有就填 0。", "0 if there is none.")
_NTH: Final = Words("{0}（第 {1} 项）", "{0} (no. {1})")


@dataclass(frozen=True, slots=True)
class Option:
    """One answer to choose from: its code, its words, and more about it."""

    code: str
    title: Words
    note: Words | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A question. `form`: boolean, choice, money, number, rate, date, or for lists kinds, count, records.

    `fact` is what is asked for (None: several lists at once), `about` the record that it belongs to, `benefits` what
    the answer may settle, the weightiest first, and `fen` the most that these can give.
    """

    key: str
    form: str
    fact: Missing | None
    ask: Words
    help: Words | None = None
    about: Words | None = None
    source: Words | None = None
    options: tuple[Option, ...] = ()
    unit: Words | None = None
    several: bool = False
    benefits: tuple[str, ...] = ()
    fen: int = 0


def is_askable(fact: Missing, vocabulary: Vocabulary) -> bool:
    """Whether a person can be asked: not for names and numbers of papers, nor for what a reference series lacks."""
    kind = vocabulary.records.get(fact.record)
    if kind is None:
        return False
    if fact.field is None:
        return True
    if fact.record == YEARS and fact.index is None and fact.year is None:
        return False
    return kind.fields[fact.field].type != TEXT and fact.field not in NEVER_ASKED


def form_of(fact: Missing, vocabulary: Vocabulary) -> str:
    """The form of the question for a fact."""
    kind = vocabulary.records[fact.record]
    if fact.field is None:
        return KINDS if selector(kind) else COUNT
    type_ = kind.fields[fact.field].type
    return CHOICE if is_code(type_) else type_


def question_about(fact: Missing, bound: Bound, facts: Mapping[str, Any]) -> Question:
    """The question for one fact, without what is at stake."""
    vocabulary = bound.pack.vocabulary
    kind = vocabulary.records[fact.record]
    form = form_of(fact, vocabulary)
    if fact.field is None:
        return _for_list(fact, kind, form, bound)
    field = kind.fields[fact.field]
    return Question(
        key=key_of(fact, facts, vocabulary),
        form=form,
        fact=fact,
        ask=_ask(field, form, fact.year),
        help=field.help or field.note,
        about=_about(fact, kind, facts, vocabulary),
        source=field.source,
        options=_codes(field, vocabulary) if form == CHOICE else (),
        unit=_UNITS.get(form),
    )


def question_about_lists(names: tuple[str, ...], bound: Bound) -> Question:
    """Which of several lists hold anything: one question in place of many."""
    records = bound.pack.vocabulary.records
    options = tuple(Option(name, records[name].offer or records[name].title, None) for name in names)
    return Question(LISTS, RECORDS, None, _ASK["records"], _RECORDS_HELP, options=options)


def _for_list(fact: Missing, kind: RecordKind, form: str, bound: Bound) -> Question:
    vocabulary, by = bound.pack.vocabulary, selector(kind)
    ask = kind.ask or _filled(_ASK[form], kind.title)
    if by is None:
        return Question(fact.record, COUNT, fact, ask, kind.help or kind.note or _NONE_HELP)
    useful = _useful_codes(bound, fact.record, by)
    options = tuple(
        one for one in _codes(kind.fields[by], vocabulary) if useful is None or one.code in useful
    )
    return Question(
        key=fact.record,
        form=KINDS,
        fact=fact,
        ask=ask,
        help=kind.help or kind.note,
        source=kind.fields[by].source,
        options=options,
        several=not kind.single,
    )


def _useful_codes(bound: Bound, record: str, by: str) -> frozenset[object] | None:
    """The codes of a list that any benefit in force tells apart; None: all of them."""
    key = ("useful codes", record)
    if key not in bound.compiled:
        bound.compiled[key] = _codes_named(bound, record, by)
    return cast("frozenset[object] | None", bound.compiled[key])


def _codes_named(bound: Bound, record: str, by: str) -> frozenset[object] | None:
    named: set[object] = set()
    for one in bound.benefits:
        roots = [node for _, node in one.conditions] if one.in_force else []
        reads = one.in_force and one.benefit.each == record
        found: set[object] = set()
        for node in (below for root in roots for below in root.walk()):
            reads = reads or _reads(node, record)
            if node.op in ("in", "eq") and _is_field(node.args[0], record, by):
                found.update(node.value if node.op == "in" else (node.args[1].value,))
            elif node.op == "ne" and _is_field(node.args[0], record, by):
                return None
        if reads and not found:
            return None
        named |= found
    return frozenset(named) if named else None


def _reads(node: Node, record: str) -> bool:
    return (node.op == "field" and node.value[0] == record) or (
        node.op.endswith("_of") and node.value == record
    )


def _is_field(node: Node, record: str, name: str) -> bool:
    return node.op == "field" and node.value == (record, name)


def _codes(field: Field, vocabulary: Vocabulary) -> tuple[Option, ...]:
    return tuple(Option(code, title) for code, title in vocabulary.codes[code_list(field.type)].items())


def _ask(field: Field, form: str, year: int | None) -> Words:
    if field.ask is not None:
        return field.ask if year is None else _with_year(field.ask, year)
    title = field.title
    if form == BOOLEAN:
        title = Words(title.zh.removeprefix("是否"), title.en)
    if year is not None:
        title = _filled(_ASK["of_year"], title, Words(str(year), str(year)))
    name = "quantity" if form in (MONEY, RATE) else form
    return _filled(_ASK[name if name in (BOOLEAN, CHOICE, DATE, NUMBER, "quantity") else "number"], title)


def _with_year(words: Words, year: int) -> Words:
    return Words(words.zh.replace("{year}", str(year)), words.en.replace("{year}", str(year)))


def _about(fact: Missing, kind: RecordKind, facts: Mapping[str, Any], vocabulary: Vocabulary) -> Words | None:
    """The record that a fact belongs to, in words; None for the subject and its years."""
    if fact.record == SUBJECT or fact.index is None:
        return None
    rows, by = facts[fact.record], selector(kind)
    code = rows[fact.index].get(by) if by else None
    if by is None or code is None:
        return kind.title if len(rows) == 1 else _filled(_NTH, kind.title, _number(fact.index + 1))
    title = vocabulary.codes[code_list(kind.fields[by].type)][code]
    same = [place for place, row in enumerate(rows) if row.get(by) == code]
    if len(same) > 1:
        title = _filled(_NTH, title, _number(same.index(fact.index) + 1))
    return Words(f"{kind.title.zh} · {title.zh}", f"{kind.title.en} · {title.en}")


def _number(value: int) -> Words:
    return Words(str(value), str(value))


def _filled(words: Words, *parts: Words) -> Words:
    return Words(
        spaced(words.zh.format(*(part.zh for part in parts))), words.en.format(*(part.en for part in parts))
    )
