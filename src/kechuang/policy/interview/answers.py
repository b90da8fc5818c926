"""Answers: read from what a person typed, and put among the facts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, Final

from kechuang.policy.cases.facts import read_value
from kechuang.policy.cases.outcome import Missing
from kechuang.policy.encoding.binding import Bound
from kechuang.policy.interview.asking import COUNT, KINDS, RECORDS, Question, question_about
from kechuang.policy.interview.keys import LISTS, fact_of, selector
from kechuang.policy.language.values import MONEY, NUMBER, RATE, RATE_UNIT, TEXT, Value, Words
from kechuang.policy.language.vocabulary import SUBJECT, YEARS, Vocabulary

MOST_RECORDS: Final = 20  # of one list, in an interview
_DIGITS: Final = 20  # of a number of records; what is longer is not read
_BARE: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_YES_NO: Final = {
    "yes": True, "y": True, "true": True, "是": True, "no": False, "n": False, "false": False, "否": False,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Lists:
    """The answer about several lists: those that hold something, and those that hold nothing."""

    some: tuple[str, ...]
    none: tuple[str, ...]


Answer = (
    Value | Mapping[str, int] | Lists
)  # None: I do not know; a mapping: records by code; a number: records

_EXPECTED: Final = {
    "boolean": Words("请选择“是”或“否”", "choose yes or no"),
    "choice": Words("请从列出的选项中选一项", "choose one of the options"),
    "money": Words(
        "请填写金额，例如 120 或 120万元", "give a sum, such as 120 (in 10,000 yuan) or 1200000元"
    ),
    "rate": Words("请填写百分比，例如 4.35", "give a percentage, such as 4.35"),
    "number": Words("请填写整数", "give a whole number"),
    "date": Words("请填写日期，例如 2024-06-20", "give a date, such as 2024-06-20"),
    "kinds": Words("请从列出的选项中选择，每项不超过 20", "choose among the options, at most 20 of each"),
    "count": Words("请填写 0 到 20 的整数", "give a whole number from 0 to 20"),
    "records": Words("请从列出的选项中选择", "choose among the options"),
}


class AnswerError(ValueError):
    """An answer that cannot be read: `words` says what is expected, in both languages."""

    def __init__(self, words: Words) -> None:
        self.words = words
        super().__init__(words.en)


def read_answer(question: Question, raw: object, bound: Bound) -> Answer:
    """The answer in `raw`; AnswerError when it fits no answer.

    Text for one fact; a mapping code -> number or a list of codes for kinds; a list of names for several lists.
    None and '' are "I do not know".
    """
    if raw is None or raw == "":
        return None
    if question.form == RECORDS:
        return _lists(question, raw)
    if question.form == KINDS:
        return _kinds(question, raw)
    if question.form == COUNT:
        count = int(raw) if isinstance(raw, str) and len(raw) <= _DIGITS and raw.strip().isdecimal() else raw
        if not isinstance(count, int) or not 0 <= count <= MOST_RECORDS:
            raise AnswerError(_EXPECTED[COUNT])
        return count
    return _one(question, raw, bound)


def _one(question: Question, raw: object, bound: Bound) -> Value:
    fact, vocabulary = question.fact, bound.pack.vocabulary
    if fact is None or fact.field is None:
        raise AnswerError(_EXPECTED[question.form])
    try:
        return read_value(
            _plain(question.form, raw), vocabulary.records[fact.record].fields[fact.field], vocabulary
        )
    except (ValueError, OverflowError):
        raise AnswerError(_EXPECTED[question.form]) from None


def _plain(form: str, raw: object) -> object:
    """What a person types, as the facts are written: 120 is 120 万元, 4.35 is 4.35 %."""
    if not isinstance(raw, str):
        return raw
    text = raw.strip()
    if form == "boolean":
        return _YES_NO.get(text.lower(), text)
    if form in (MONEY, RATE, NUMBER):
        text = re.sub(r"(?<=[0-9])[,，](?=[0-9]{3})|(?<=[0-9]) (?=[^0-9])", "", text).replace("％", "%")
    if form == MONEY and _BARE.fullmatch(text):
        return text + "万元"
    return text + "%" if form == RATE and _BARE.fullmatch(text) else text


def _lists(question: Question, raw: object) -> Lists:
    if isinstance(raw, Lists):
        return raw
    offered = [one.code for one in question.options]
    chosen = list(raw) if isinstance(raw, (list, tuple)) else []
    if not isinstance(raw, (list, tuple)) or any(name not in offered for name in chosen):
        raise AnswerError(_EXPECTED[RECORDS])
    return Lists(
        tuple(name for name in offered if name in chosen),
        tuple(name for name in offered if name not in chosen),
    )


def _kinds(question: Question, raw: object) -> dict[str, int]:
    offered = [one.code for one in question.options]
    counts = dict.fromkeys(raw, 1) if isinstance(raw, (list, tuple)) else raw
    most = MOST_RECORDS if question.several else 1
    if not isinstance(counts, Mapping) or any(
        code not in offered or isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= most
        for code, count in counts.items()
    ):
        raise AnswerError(_EXPECTED[KINDS])
    return {code: counts[code] for code in offered if counts.get(code)}


def put(
    facts: Mapping[str, Any], settled: frozenset[str], key: str, answer: Answer, vocabulary: Vocabulary
) -> tuple[dict[str, Any], frozenset[str]]:
    """The facts and settled questions once `key` is answered. KeyError when the key fits nothing.

    None leaves the fact unknown and settles the question: it is not asked again.
    """
    if key == LISTS:
        none = answer.none if isinstance(answer, Lists) else ()
        return {**{name: [] for name in none}, **facts}, settled | {key}
    fact = fact_of(key, facts, vocabulary)
    if answer is None:
        return dict(facts), settled | {key}
    return {**facts, **_placed(fact, answer, facts, vocabulary)}, settled - {key}


def _placed(
    fact: Missing, answer: Answer, facts: Mapping[str, Any], vocabulary: Vocabulary
) -> dict[str, Any]:
    """The field of the subject, or the whole list, as it stands with the answer."""
    if fact.record == SUBJECT:
        return {str(fact.field): answer}
    if fact.field is None:
        return {fact.record: _records(fact.record, answer, vocabulary)}
    rows = [dict(row) for row in facts.get(fact.record) or ()]
    if fact.record == YEARS and fact.year is not None:
        row = next((row for row in rows if row.get("year") == fact.year), None)
        if row is None:
            row = {"year": fact.year}
            rows.append(row)
    else:
        row = rows[fact.index or 0]
    row[fact.field] = answer
    return {fact.record: rows}


def _records(record: str, answer: Answer, vocabulary: Vocabulary) -> list[dict[str, Any]]:
    """New records: so many of each code, or so many of which nothing is known.

    Whoever counts several says that they are different things. Numbers and names of papers are not asked for, so a
    text of the key that must tell records apart says which one it is: '#1', '#2'.
    """
    kind = vocabulary.records[record]
    by = selector(kind)
    if isinstance(answer, Mapping):
        rows: list[dict[str, Any]] = [{str(by): code} for code, count in answer.items() for _ in range(count)]
    else:
        rows = [{} for _ in range(answer if isinstance(answer, int) else 0)]
    texts = [name for name in kind.key if kind.fields[name].type == TEXT]
    for place, row in enumerate(rows if len(rows) > 1 else (), start=1):
        row.update(dict.fromkeys(texts, f"#{place}"))
    return rows


def replay(
    answers: Mapping[str, Answer], vocabulary: Vocabulary, given: Mapping[str, Any] | None = None
) -> tuple[dict[str, Any], frozenset[str]]:
    """The facts and settled questions after all answers, on top of the facts `given`.

    An answer about a record that another answer has taken away is left out.
    """
    facts: dict[str, Any] = dict(given or {})
    settled: frozenset[str] = frozenset()
    for key, answer in answers.items():
        try:
            facts, settled = put(facts, settled, key, answer, vocabulary)
        except KeyError:
            continue
    return facts, settled


def plain_facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts as plain data for JSON, which `read_case` reads back.

    Sums in whole fen, rates as '4.35%', dates as texts.
    """
    return {name: _plain_value(value) for name, value in facts.items()}


def _plain_value(value: Any) -> Any:
    if isinstance(value, list):
        return [plain_facts(row) for row in value]
    if isinstance(value, Fraction):
        whole, rest = divmod(int(value * RATE_UNIT), RATE_UNIT // 100)
        return f"{whole}.{rest:04d}".rstrip("0").rstrip(".") + "%"
    return value.isoformat() if isinstance(value, date) else value


def question_for(key: str, bound: Bound, facts: Mapping[str, Any]) -> Question:
    """The question with this key, to ask it anew; KeyError when it fits nothing.

    The question about several lists belongs to its moment and cannot be had so.
    """
    return question_about(fact_of(key, facts, bound.pack.vocabulary), bound, facts)


__all__ = ["Answer", "AnswerError", "Lists", "put", "question_for", "read_answer", "replay"]
