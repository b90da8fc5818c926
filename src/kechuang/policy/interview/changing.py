"""What would change a result, as sentences: an act and its last day, a figure, a day to wait for."""

from __future__ import annotations

from fractions import Fraction
from typing import Final, cast

from kechuang.policy.cases.outcome import Assessment, Missing
from kechuang.policy.interview.counterfactual import DO, HELD, OBTAIN, WAIT, Change
from kechuang.policy.language.values import MONEY, Value, Words, code_list, is_code
from kechuang.policy.language.vocabulary import SUBJECT, YEARS
from kechuang.policy.words.reasons import headline, record_label
from kechuang.policy.words.wording import joined, spaced, value_text

_ALONG: Final = Words("，并", " and ")
_SAID: Final = {
    "then": Words("{0}，即{1}", "{0}: {1}"),
    "by": Words("最迟 {1} {0}", "{0} by {1}"),
    "of_year": Words("{1} 年{0}", "{0} in {1}"),
    "record": Words("“{1}”：{0}", "“{1}”: {0}"),
    "more": Words("{0}（还差 {1}）", "{0} ({1} more)"),
    "above": Words("{0}（还差 {1}，须超过这一数）", "{0} ({1} more, and a little above)"),
    "closed": Words(
        "假如{0}，则{1}；{2} 年已经结束，供安排以后年度参考",
        "Had it been so that {0}: {1}. {2} is over; take it as a measure for later years",
    ),
    "wait": Words(
        "到 {0} 条件即满足（还有 {1} 天），届时{2}", "On {0}, in {1} days, the conditions hold: {2}"
    ),
    "wait_one": Words("明天（{0}）条件即满足，届时{2}", "Tomorrow, on {0}, the conditions hold: {2}"),
    "held": Words(
        "{0}，金额即达上限，再多不再增加（您多出 {1}）",
        "The ceiling is met once {0}; more adds nothing (yours is {1} above)",
    ),
}


def sentence(change: Change, assessment: Assessment, language: str = "zh") -> str:
    """What would change a result, in one sentence without its full stop."""
    then = headline(change.then, language)
    then = then[:1].lower() + then[1:]
    if change.way == WAIT:
        text = _say(
            language, "wait_one" if change.gap == 1 else "wait", str(change.on), str(change.gap), then
        )
    elif change.way == HELD:
        text = _say(language, "held", _act(change, assessment, language), _gap(change, assessment, language))
    else:
        act, over = _act(change, assessment, language), _year_over(change, assessment)
        text = (
            _say(language, "then", act, then)
            if over is None
            else _say(language, "closed", act, then, str(over))
        )
    text = text[:1].upper() + text[1:]
    return spaced(text) if language == "zh" else text


def _year_over(change: Change, assessment: Assessment) -> int | None:
    """The year of the figure that would have to change, if it is over."""
    year = None if change.fact is None else change.fact.year
    return None if year is None or year >= assessment.bound.on.year else year


def _act(change: Change, assessment: Assessment, language: str) -> str:
    """The act: file the contract by …, R&D spend in 2025 reaches 7 million (120,000 more), obtain a status."""
    fact = cast("Missing", change.fact)
    kind = assessment.bound.pack.vocabulary.records[fact.record]
    field = kind.fields[str(fact.field)]
    words = cast("Words", kind.obtain if change.way == OBTAIN else field.change)
    strict = (
        field.type == MONEY and change.way not in (DO, OBTAIN, HELD) and cast("int", change.value) % 100 == 1
    )
    value = cast("int", change.value) - 1 if strict else change.value
    text = words.pick(language).format(_value(value, field.type, assessment, language))
    along = [cast("Words", kind.fields[name].change).pick(language) for name in change.along]
    text = joined([text, *along], language, last=_ALONG)
    if fact.year is not None:
        text = _say(language, "of_year", text, str(fact.year))
    if change.gap is not None and change.way != HELD:
        gap = _gap(change, assessment, language, less=1 if strict else 0)
        text = _say(language, "above" if strict else "more", text, gap)
    if change.by is not None:
        text = _say(language, "by", text, change.by.isoformat())
    if change.way != OBTAIN and fact.record not in (SUBJECT, YEARS) and fact.index is not None:
        text = _say(language, "record", text, record_label(assessment, fact.record, fact.index, language))
    return text


def _gap(change: Change, assessment: Assessment, language: str, less: int = 0) -> str:
    fact = cast("Missing", change.fact)
    field = assessment.bound.pack.vocabulary.records[fact.record].fields[str(fact.field)]
    return _value(cast("Fraction | int", change.gap) - less, field.type, assessment, language)


def _value(value: Value, type_: str, assessment: Assessment, language: str) -> str:
    vocabulary = assessment.bound.pack.vocabulary
    if is_code(type_):
        return vocabulary.codes[code_list(type_)][str(value)].pick(language)
    return value_text(value, type_, vocabulary, language)


def _say(language: str, key: str, *parts: str) -> str:
    return _SAID[key].pick(language).format(*parts)
