"""What each figure of a clause does: a sum, a rate, a cap, a threshold, a limit, a share, a span, or part of a name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

from kechuang.policy.drafting.candidates import Sure
from kechuang.policy.drafting.rules import cue, first_rule, lexicon, reason, words_at
from kechuang.policy.encoding.agreement import LOOKS_BACK, figure_of
from kechuang.policy.language.values import Words
from kechuang.policy.text.lexicon import FEN_PER_YUAN, SCALES, BoundaryWord, Figure, boundary_words, figures

Role = Literal[
    "sum", "unit_sum", "rate", "cap", "limit", "floor", "threshold", "span", "share", "date",
    "name", "reference", "duty", "other",
]  # fmt: skip
MAIN: Final = ("sum", "unit_sum", "rate", "limit", "floor")  # a benefit begins with one of these
ENCODED: Final = (*MAIN, "cap", "threshold", "span", "share", "date")
LONGEST: Final = 20_000  # letters of a clause that is read; a longer one is a text without headings
MOST_FIGURES: Final = 400
STOPS: Final = "，。；：！？\n|"
SENTENCE_STOPS: Final = "。；！？\n"
_JOINED: Final = re.compile(r"[、和及或]|或者|以及")
_UNIT: Final = re.compile("(?:单位：|（单位：|（)(?P<scale>[亿万千百]?)元")
_IN_FULL: Final = re.compile("[，。；：、]")
_FAR: Final = 16  # letters between a boundary word and its figure


@dataclass(frozen=True, slots=True)
class Part:
    """One figure of a clause: its role and why, the boundary words that speak of it, and where its phrase is.

    `group` is the start of the first figure of a list (分别给予 500万元、300万元) or of a row, else its own start.
    `scale` is the unit of a table in fen where its cells hold plain numbers (单位：万元), else 0.
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
    if len(text) > LONGEST or len(found) > MOST_FIGURES:
        return _unread(text, found)
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


def _unread(text: str, found: list[Figure]) -> Reading:
    """A clause too long to be one: every token stays open."""
    why = reason("not_plain")
    parts = [Part(one, (), "other", "check", why, one.start, one.end, one.start) for one in found]
    return Reading(text, parts, boundary_words(text))


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
        return Part(figure, (), last.role, last.sure, reason("listed"), *span, last.group)
    name = first_rule("names", f"{around.left}⟨{figure.text}⟩{around.right}")
    if name is not None and not words and not cue("length", around.left):
        return Part(figure, words, "name", name.sure, words_at(name.data["why"]), *span, figure.start)
    for role, sure, holds, why in ROLES:
        if holds(around):
            return Part(figure, words, role, sure, reason(why), *span, figure.start)
    return Part(figure, words, "other", "check", reason("not_plain"), *span, figure.start)


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
    group = first.group if first else figure.start
    return Part(
        figure, (), "sum", "likely", reason("cell"), *phrase_of(text, figure.start, figure.end), group, scale
    )


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
    """A ceiling in a sentence of its own on what the clause gave before: 单个企业年度补助金额最高…."""
    follows = one.earlier in ("rate", "sum", "unit_sum") and one.before == ""
    return (
        one.kind == "money"
        and one.at_most
        and follows
        and bool(cue("total", one.left))
        and not cue("verb", one.left)
    )


def _is_for(one: _Around) -> bool:
    """对单户额度不超过…的贷款，给予…: a condition on what is supported."""
    return (
        one.at_most
        and one.phrase.startswith("对")
        and one.right.startswith("的")
        and bool(cue("verb", one.after))
    )


def _is_duty(one: _Around) -> bool:
    """A frequency or term of the department's own work: 不少于 10次, 15个工作日内."""
    return one.kind in ("period", "count") and not one.before and bool(cue("of_duty", one.figure.text))


def _is_given(one: _Around) -> bool:
    return bool(cue("verb", one.left) or cue("gives", one.left) or cue("given", one.right))


def _is_cap_rate(one: _Around) -> bool:
    """A ceiling that is itself a rate: 贴息上限不超过余额的 1%."""
    return one.kind == "rate" and one.at_most and one.before != "" and bool(cue("ceiling", one.left))


def _is_limit(one: _Around) -> bool:
    """A ceiling on a loan, a balance or a line of credit, and on no subsidy to it."""
    lends = one.kind == "money" and one.at_most and bool(cue("lends", one.left))
    return lends and not cue("subsidy", one.left)


def _is_rate(one: _Around) -> bool:
    given = _is_given(one) or cue("verb", one.right) or cue("verb", one.after)
    return one.kind in ("rate", "ratio") and bool(given)


def _back_and_given(one: _Around) -> bool:
    """50万元以内的奖励: the word stands behind, yet the sum is given."""
    return (
        one.looks_back and one.at_most and bool(cue("given", one.right)) and not cue("growth_rate", one.left)
    )


_Rule = tuple[Role, Sure, Callable[[_Around], bool], str]


def _money(one: _Around) -> bool:
    return one.kind == "money"


def _many(one: _Around) -> bool:
    return one.kind in ("period", "count")


def _share(one: _Around) -> bool:
    return one.kind in ("rate", "ratio")


# Read from the top; the first that holds gives the role. The last word names the reason in words.yaml.
ROLES: Final[tuple[_Rule, ...]] = (
    ("date", "check", lambda one: one.kind == "date", "date"),
    ("other", "check", lambda one: one.kind == "label", "label"),
    ("reference", "likely", lambda one: _share(one) and bool(cue("base", one.right)), "reference"),
    ("share", "likely", lambda one: _share(one) and bool(cue("share", one.right)), "share"),
    ("duty", "likely", _is_duty, "duty"),
    ("duty", "likely", lambda one: _money(one) and one.bounded and bool(cue("fund", one.left)), "fund"),
    ("threshold", "likely", _is_for, "for"),
    ("threshold", "clear", lambda one: one.looks_back and not _back_and_given(one), "behind"),
    ("floor", "clear", lambda one: _money(one) and one.bounded and bool(cue("insures", one.phrase)), "cover"),
    ("sum", "check", lambda one: _money(one) and one.bounded and bool(cue("verb", one.left)), "at_least"),
    ("threshold", "clear", lambda one: one.bounded, "line"),
    ("threshold", "likely", lambda one: _many(one) and one.at_most, "term"),
    ("span", "likely", lambda one: _many(one) and bool(cue("length", one.left)), "span"),
    ("other", "check", _many, "count"),
    ("limit", "clear", _is_limit, "limit"),
    ("cap", "likely", _is_cap, "cap"),
    ("cap", "likely", _is_total, "total"),
    ("cap", "likely", _is_cap_rate, "cap_rate"),
    ("rate", "clear", _is_rate, "rate"),
    ("threshold", "check", lambda one: _share(one) and bool(cue("growth_rate", one.left)), "growth"),
    ("unit_sum", "likely", lambda one: _money(one) and bool(cue("each_one", one.left)), "unit_sum"),
    ("sum", "clear", lambda one: _money(one) and _is_given(one), "given"),
    ("sum", "check", lambda one: _money(one) and one.at_most, "ceiling"),
)


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
