"""What each figure of a clause does: a sum, a rate, a cap, a threshold, a limit, a share, a span, or part of a name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

from kechuang.policy.drafting.candidates import Sure
from kechuang.policy.drafting.rules import cue, first_rule, lexicon, words_at
from kechuang.policy.encoding.agreement import LOOKS_BACK, figure_of
from kechuang.policy.language.values import Words
from kechuang.policy.text.lexicon import FEN_PER_YUAN, SCALES, BoundaryWord, Figure, boundary_words, figures

Role = Literal[
    "sum", "unit_sum", "rate", "cap", "limit", "floor", "threshold", "span", "share", "date",
    "name", "reference", "duty", "other",
]  # fmt: skip
MAIN: Final = ("sum", "unit_sum", "rate", "limit", "floor")  # a benefit begins with one of these
ENCODED: Final = (*MAIN, "cap", "threshold", "span", "share", "date")
STOPS: Final = "，。；：！？\n|"
SENTENCE_STOPS: Final = "。；！？\n"
_JOINED: Final = re.compile(r"[、和及或]|或者|以及")
_UNIT: Final = re.compile("(?:单位：|（单位：|（)(?P<scale>[亿万千百]?)元")
_IN_FULL: Final = re.compile("[，。；：、]")
_FAR: Final = 16  # letters between a boundary word and its figure


@dataclass(frozen=True, slots=True)
class Part:
    """One figure of a clause: its role and why, the boundary words that speak of it, and where its phrase is.

    `group` is the start of the first figure of a list (分别给予 500万元、300万元) or of a row, else its own start. `scale` is
    the unit of a table in fen where its cells hold plain numbers (单位：万元), else 0.
    """

    figure: Figure
    words: tuple[BoundaryWord, ...]
    role: Role
    sure: Sure
    why: Words
    start: int  # of the phrase between the stops around it
    end: int
    group: int
    scale: int = 0

    @property
    def is_ceiling(self) -> bool:
        """Whether a word makes it a ceiling: 不超过, 最高, 上限."""
        return any(word.is_ceiling for word in self.words)


@dataclass(slots=True)
class Reading:
    """The figures of a text with their roles, and the boundary words that speak of no figure."""

    text: str
    parts: list[Part] = field(default_factory=list)
    loose: list[BoundaryWord] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Around:
    """What a figure stands among. `left` reaches back to the stop or figure before, `right` on to the next stop."""

    figure: Figure
    words: tuple[BoundaryWord, ...]
    left: str
    right: str
    after: str  # the phrase after the next stop
    phrase: str
    before: str  # the role of the last main figure of this sentence, or nothing
    since: str  # what stands between that one and this
    earlier: str  # the role of the last main figure of the clause, or nothing

    @property
    def kind(self) -> str:
        return self.figure.kind

    @property
    def at_most(self) -> bool:
        return any(word.is_ceiling for word in self.words)

    @property
    def bounded(self) -> bool:
        return bool(self.words) and not self.at_most

    @property
    def looks_back(self) -> bool:
        return any(word.word in LOOKS_BACK for word in self.words)


def read_roles(text: str) -> Reading:
    """Every figure of a clause's text with its role, in order; and the boundary words without a figure."""
    found = figures(text)
    words = boundary_words(text, lexicon().boundary_names)
    spoken: dict[int, list[BoundaryWord]] = {}
    reading = Reading(text)
    for word in words:
        figure = figure_of(word, found, text) or _further(word, found, text)
        if figure is None:
            reading.loose.append(word)
        else:
            spoken.setdefault(figure.start, []).append(word)
    for figure in found:
        reading.parts.append(_part(reading, figure, tuple(spoken.get(figure.start, ()))))
    return reading


def _further(word: BoundaryWord, found: list[Figure], text: str) -> Figure | None:
    """The next figure of the same phrase, a little further on: 不超过企业当年在银行贷款余额的 1%."""
    one = next((one for one in found if one.start >= word.end), None)
    if one is None or word.word in LOOKS_BACK or one.start - word.end > _FAR:
        return None
    return None if _IN_FULL.search(text, word.end, one.start) else one


def _part(reading: Reading, figure: Figure, words: tuple[BoundaryWord, ...]) -> Part:
    around = _around(reading, figure, words)
    span = phrase_of(reading.text, figure.start, figure.end)
    cell = _cell(reading, figure, words)
    if cell is not None:
        return cell
    last = reading.parts[-1] if reading.parts else None
    joined = last is not None and _JOINED.fullmatch(reading.text, last.figure.end, figure.start)
    if last and joined and last.figure.kind == figure.kind and not words and last.role != "name":
        why = Words("与前一数字并列", "listed with the figure before it")
        return Part(figure, (), last.role, last.sure, why, *span, last.group)
    name = first_rule("names", f"{around.left}⟨{figure.text}⟩{around.right}")
    if name is not None and not words and not cue("length", around.left):
        return Part(figure, words, "name", name.sure, words_at(name.data["why"]), *span, figure.start)
    for role, sure, holds, why in ROLES:
        if holds(around):
            return Part(figure, words, role, sure, why, *span, figure.start)
    why = Words("看不出它的作用", "its purpose is not plain")
    return Part(figure, words, "other", "check", why, *span, figure.start)


def table_of(text: str, at: int) -> tuple[int, int] | None:
    """Where the table begins in which an offset stands, and where its row begins; None outside of tables."""
    row = text.rfind("\n", 0, at) + 1
    if not text.startswith("|", row):
        return None
    top = row
    while top and text.startswith("|", text.rfind("\n", 0, top - 1) + 1):
        top = text.rfind("\n", 0, top - 1) + 1
    return top, row


def _cell(reading: Reading, figure: Figure, words: tuple[BoundaryWord, ...]) -> Part | None:
    """A sum in a table that says what is given: with its own unit, or in the unit of the table."""
    text = reading.text
    table = table_of(text, figure.start)
    if table is None or words or not cue("table", text[: text.find("\n", table[0])]):
        return None
    unit = _UNIT.search(text, 0, figure.start)
    scale = SCALES[unit["scale"]] * FEN_PER_YUAN if unit and figure.kind == "count" else 0
    if figure.kind != "money" and not scale:
        return None
    first = next((one for one in reading.parts if one.figure.start >= table[1] and one.role == "sum"), None)
    why = Words("表中的金额", "a sum in a table")
    group = first.group if first else figure.start
    return Part(figure, (), "sum", "likely", why, *phrase_of(text, figure.start, figure.end), group, scale)


def phrase_of(text: str, start: int, end: int) -> tuple[int, int]:
    """The stretch around (start, end) between the stops before and after it."""
    left = max(text.rfind(stop, 0, start) for stop in STOPS) + 1
    right = min((at for stop in STOPS if (at := text.find(stop, end)) >= 0), default=len(text))
    return left, right


def sentence_of(text: str, start: int, end: int) -> tuple[int, int]:
    """The stretch around (start, end) between 。 or ； before and after it."""
    left = max(text.rfind(stop, 0, start) for stop in SENTENCE_STOPS) + 1
    right = min((at for stop in SENTENCE_STOPS if (at := text.find(stop, end)) >= 0), default=len(text))
    return left, right


def _around(reading: Reading, figure: Figure, words: tuple[BoundaryWord, ...]) -> _Around:
    text = reading.text
    left, right = phrase_of(text, figure.start, figure.end)
    after = phrase_of(text, right + 1, right + 1) if right + 1 < len(text) else (right, right)
    begin, _ = sentence_of(text, figure.start, figure.end)
    last = reading.parts[-1].figure.end if reading.parts else 0
    main = next((one for one in reversed(reading.parts) if one.role in MAIN), None)
    same = main is not None and main.figure.start >= begin
    return _Around(
        figure,
        words,
        text[max(left, last) : figure.start],
        text[figure.end : right],
        text[slice(*after)],
        text[left:right],
        main.role if main and same else "",
        text[main.figure.end : figure.start] if main and same else "",
        main.role if main else "",
    )


def _is_cap(one: _Around) -> bool:
    """A ceiling on what was given just before: no new verb and no new recipient since."""
    follows = one.before in ("rate", "sum", "unit_sum") and not cue("verb", one.left)
    return one.at_most and follows and not cue("recipient", one.since)


def _is_total(one: _Around) -> bool:
    """A ceiling in a sentence of its own on what the clause gave before: 单个企业年度补助金额最高不超过…"""
    follows = one.earlier in ("rate", "sum", "unit_sum") and one.before == ""
    return one.kind == "money" and one.at_most and follows and bool(cue("total", one.left)) and not cue("verb", one.left)


def _is_for(one: _Around) -> bool:
    """对单户额度不超过…的贷款，给予…: a condition on what is supported."""
    return one.at_most and one.phrase.startswith("对") and one.right.startswith("的") and bool(cue("verb", one.after))


def _is_duty(one: _Around) -> bool:
    """A frequency or term of the department's own work: 不少于 10次, 15个工作日内."""
    return one.kind in ("period", "count") and not one.before and bool(cue("of_duty", one.figure.text))


def _is_given(one: _Around) -> bool:
    return bool(cue("verb", one.left) or cue("gives", one.left) or cue("given", one.right))


def _is_rate(one: _Around) -> bool:
    given = _is_given(one) or cue("verb", one.right) or cue("verb", one.after)
    return one.kind in ("rate", "ratio") and bool(given)


def _back_and_given(one: _Around) -> bool:
    """50万元以内的奖励: the word stands behind, yet the sum is given."""
    return (
        one.looks_back and one.at_most and bool(cue("given", one.right)) and not cue("growth_rate", one.left)
    )


_Rule = tuple[Role, Sure, Callable[[_Around], bool], Words]
# Read from the top; the first that holds gives the role.
ROLES: Final[tuple[_Rule, ...]] = (
    ("date", "check", lambda one: one.kind == "date", Words("日期", "a date")),
    ("other", "check", lambda one: one.kind == "label", Words("标号，没有可计算的值", "a label without a value")),
    ("reference", "likely", lambda one: one.kind == "rate" and bool(cue("base", one.right)),
     Words("另一支持的标准，本文件不计算", "the standard of another support, not computed here")),
    ("share", "likely", lambda one: one.kind == "rate" and bool(cue("share", one.right)),
     Words("“用于”：所得的分配", "用于: how the sum is divided")),
    ("duty", "likely", _is_duty, Words("部门职责的频次或时限，不计算金额", "a frequency or term of a duty; no sum is computed")),
    ("duty", "likely", lambda one: one.kind == "money" and one.bounded and bool(cue("fund", one.left)),
     Words("资金或基金的规模，不是给予的金额", "the size of a fund, not a sum that is given")),
    ("threshold", "likely", _is_for, Words("对……的：所支持对象的条件", "对…的: a condition on what is supported")),
    ("threshold", "clear", lambda one: one.looks_back and not _back_and_given(one),
     Words("数字后的边界词：条件的界限", "a boundary word behind the figure: a condition")),
    ("floor", "clear", lambda one: one.kind == "money" and one.bounded and bool(cue("insures", one.phrase)),
     Words("保额不低于：下限", "a cover of at least this")),
    ("sum", "check", lambda one: one.kind == "money" and one.bounded and bool(cue("verb", one.left)),
     Words("给予不低于：由人核定", "given, at least this: a person settles it")),
    ("threshold", "clear", lambda one: one.bounded, Words("超过、不低于等：条件的界限", "more than, at least: a condition")),
    ("threshold", "likely", lambda one: one.kind in ("period", "count") and one.at_most,
     Words("期限或数量不超过：条件的界限", "a term or number of at most this: a condition")),
    ("span", "likely", lambda one: one.kind in ("period", "count") and bool(cue("length", one.left)),
     Words("近、连续、每：时间跨度或次数", "a span of time or a number of times")),
    ("other", "check", lambda one: one.kind in ("period", "count"),
     Words("期限或个数，作用不明", "a term or count whose purpose is not plain")),
    ("limit", "clear", lambda one: one.kind == "money" and one.at_most and bool(cue("lends", one.left))
     and not cue("subsidy", one.left), Words("贷款、额度不超过：额度，不拨付", "a ceiling on a loan or balance: a limit, not paid")),
    ("cap", "likely", _is_cap, Words("前文已给金额或比例，此处不超过：限额", "a ceiling on what was given just before")),
    ("cap", "likely", _is_total, Words("对前文所给金额的限额", "a ceiling on what the clause gave before")),
    ("cap", "likely", lambda one: one.kind == "rate" and one.at_most and bool(cue("ceiling", one.left)) and one.before != "",
     Words("上限的比例", "a ceiling as a rate")),
    ("rate", "clear", _is_rate, Words("按比例给予", "given at this rate")),
    ("threshold", "check", lambda one: one.kind in ("rate", "ratio") and bool(cue("growth_rate", one.left)),
     Words("增长或占比，没有边界词", "a growth or share without a boundary word")),
    ("unit_sum", "likely", lambda one: one.kind == "money" and bool(cue("each_one", one.left)),
     Words("每人、每月等的标准", "a standard for each person, month …")),
    ("sum", "clear", lambda one: one.kind == "money" and _is_given(one), Words("给予的金额", "the sum given")),
    ("sum", "check", lambda one: one.kind == "money" and one.at_most, Words("不超过某金额，对象不明", "at most this sum, of what is not plain")),
)  # fmt: skip


def groups(parts: list[Part]) -> Iterator[list[Part]]:
    """The parts, those of one list together."""
    together: list[Part] = []
    for part in parts:
        if together and part.group != together[0].group:
            yield together
            together = []
        together.append(part)
    if together:
        yield together
