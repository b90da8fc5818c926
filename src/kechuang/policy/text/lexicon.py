"""The figures and boundary words of an official Chinese text: what an encoding must account for.

Generic: knows how figures and thresholds are written, nothing about any city. Every Arabic digit of a text belongs to
some figure (ordinals such as 第3 apart), so that no digit can change unnoticed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Final, Literal

from kechuang.policy.text.numerals import DIGITS, LETTERS, chinese_number

FigureKind = Literal["money", "rate", "ratio", "date", "period", "count", "label"]
FigureValue = int | Fraction | date | tuple[int, str] | str

FEN_PER_YUAN: Final = 100
SCALES: Final = {"亿": 10**8, "万": 10**4, "千": 10**3, "百": 10**2, "": 1}
MEASURE_WORDS: Final = "个家项名人类种条大批次件套台所户篇场位支部款座处轮倍"
INDEFINITE: Final = "批种些次大"  # 一批, 一种, 一次性, 一大批: no figures
# Atomic and bounded: a hostile text may not make the search go back and forth, nor hold a number without end.
_NUMBER = r"(?>[0-9０-９]{1,18}(?:[,，][0-9０-９]{3}(?![0-9０-９])){0,5}(?:[.．][0-9０-９]{1,9})?)"
_NUMERAL = f"(?![零〇])[{LETTERS}]{{1,8}}"
_UNIT = r"(?:个月|个?工作日|周年|年(?!度)|个?小时|天|日|周)"

FIGURE: Final = re.compile(
    r"(?P<day>[0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日)"
    r"|(?P<label>[〔\[][0-9]{4}[〕\]][0-9]{1,6}号|[0-9]{1,6}(?:[+＋](?:[0-9]{1,6}|[A-Z])){1,9}"
    rf"|(?:(?:19|20)[0-9]{{2}}|[{''.join(DIGITS)}]{{4}})年(?:[0-9{LETTERS}]{{1,3}}月(?:[0-9{LETTERS}]{{1,3}}日)?)?)"
    rf"|(?P<ratio>{_NUMBER}[:：]{_NUMBER})"
    rf"|(?P<rate>{_NUMBER})(?P<per>[%％‰])|百分之(?P<percent>{_NUMERAL})"
    rf"|(?P<money>{_NUMBER})\s?(?P<scale>[亿万千百]?)元"
    rf"|(?P<listed>{_NUMBER})(?=(?:[、—–～~至-]{_NUMBER}){{1,9}}+\s?(?P<common>[亿万千百]?)元)"
    rf"|(?P<written>[{LETTERS}万亿]{{1,12}})元"
    rf"|(?<!第)(?P<span>{_NUMBER})(?P<unit>{_UNIT})|(?<![第{LETTERS}])(?P<spelt>{_NUMERAL})(?P<spelt_unit>{_UNIT})"
    rf"|(?<!第)(?P<count>{_NUMBER})(?P<many>[亿万]?)(?P<noun>[{MEASURE_WORDS}]?)"
    rf"|(?<![第{LETTERS}])(?P<counted>{_NUMERAL})(?P<spelt_noun>[{MEASURE_WORDS}])(?!一体|龙)"
)

AT_LEAST: Final = (">=", "in")
AT_MOST: Final = ("<=", "in")
MORE: Final = (">",)
LESS: Final = ("<",)
# 民法典 art. 1259: 以上 以下 以内 届满 include the number itself, 不满 超过 以外 do not.
OPERATORS: Final[dict[str, tuple[str, ...]]] = {
    "不得超过": AT_MOST, "不超过": AT_MOST, "不高于": AT_MOST, "不多于": AT_MOST, "不大于": AT_MOST,
    "不得低于": AT_LEAST, "不低于": AT_LEAST, "不少于": AT_LEAST, "不小于": AT_LEAST,
    "超过": MORE, "高于": MORE, "多于": MORE, "大于": MORE,
    "低于": LESS, "少于": LESS, "小于": LESS, "不满": LESS, "未满": LESS, "不足": LESS,
    "以上": AT_LEAST, "以下": AT_MOST, "以内": AT_MOST, "以外": MORE,
    "最高": AT_MOST, "上限": AT_MOST, "最低": AT_LEAST, "下限": AT_LEAST,
    "达到": AT_LEAST, "满": AT_LEAST,
    "不含": (">", "<"), "含": (">=", "<="),
}  # fmt: skip
ONLY_BEFORE_FIGURE: Final = frozenset(
    {"不满", "未满", "不足", "达到", "满"}
)  # elsewhere plain verbs: 建设期满
WORD: Final = re.compile(
    "|".join(word for word in OPERATORS if word not in ("含", "不含"))
    + r"|(?<=[（(])(?:不含|含)(?=[^（）()]{0,8}[）)])"
)
THE_ABOVE: Final = re.compile(r"(?:^|[，。；：、\n])$")  # 以上措施: the measures above


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a text, with its exact value and offsets.

    Values: money int fen; rate and ratio Fraction; count int; period (int, unit); date a date; label the words
    themselves (1+4+N, a year, a month, a document number, and what has no exact value in its kind: 1.5年).
    """

    kind: FigureKind
    text: str
    value: FigureValue
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class BoundaryWord:
    """One word that draws a line, with the operators it allows: '>', '>=', '<', '<=', or 'in' (a level and above).

    `partner` is the other word where two mean one thing: 超过10%（含） and 10%（含）以上 both allow only '>=' or 'in'.
    """

    word: str
    operators: tuple[str, ...]
    start: int
    end: int
    partner: str | None = None

    @property
    def is_ceiling(self) -> bool:
        """Whether the word makes a sum a ceiling: 不超过, 最高, 上限."""
        return self.operators == AT_MOST


def figures(text: str) -> list[Figure]:
    """Every figure of `text`, in order, none overlapping another."""
    return [figure for found in FIGURE.finditer(text) if (figure := _figure(found)) is not None]


def boundary_words(text: str, names: Collection[str] = ()) -> list[BoundaryWord]:
    """Every boundary word of `text`, in order; words inside one of the proper `names` are left out."""
    numbers = {(figure.start, figure.end) for figure in figures(text)}
    starts = {start for start, _ in numbers}
    hidden = [found.span() for name in names for found in re.finditer(re.escape(name), text)]
    words = [
        BoundaryWord(found[0], OPERATORS[found[0]], found.start(), found.end())
        for found in WORD.finditer(text)
        if not any(start <= found.start() < end for start, end in hidden)
        and not (found[0] == "以上" and THE_ABOVE.search(text, 0, found.start()))
        and (found[0] not in ONLY_BEFORE_FIGURE or found.end() in starts)
    ]
    return list(_combined(words, text, numbers))


def _figure(found: re.Match[str]) -> Figure | None:
    """The figure of a match of FIGURE; None for words that only look like one (一批, 一次性)."""
    return next(reader(found) for group, reader in READERS.items() if found[group] is not None)


def _label(found: re.Match[str]) -> Figure:
    return Figure("label", found[0], found[0], *found.span())


def _ratio(found: re.Match[str]) -> Figure:
    left, right = (_exact(side) for side in re.split("[:：]", found["ratio"]))
    return Figure("ratio", found[0], left / right, *found.span()) if right else _label(found)


def _rate(found: re.Match[str]) -> Figure:
    whole = 1000 if found["per"] == "‰" else 100
    return Figure("rate", found[0], _exact(found["rate"]) / whole, *found.span())


def _spelt_rate(found: re.Match[str]) -> Figure:
    return Figure("rate", found[0], Fraction(chinese_number(found["percent"]), 100), *found.span())


def _spelt_money(found: re.Match[str]) -> Figure:
    return Figure("money", found[0], chinese_number(found["written"]) * FEN_PER_YUAN, *found.span())


def _period(found: re.Match[str]) -> Figure:
    length = _exact(found["span"])
    if length.denominator != 1:
        return _label(found)
    return Figure("period", found[0], (int(length), _unit(found["unit"])), *found.span())


def _spelt_period(found: re.Match[str]) -> Figure:
    length = chinese_number(found["spelt"])
    return Figure("period", found[0], (length, _unit(found["spelt_unit"])), *found.span())


def _count(found: re.Match[str]) -> Figure:
    value = _exact(found["count"]) * SCALES[found["many"]]
    return Figure("count", found[0], int(value), *found.span()) if value.denominator == 1 else _label(found)


def _spelt_count(found: re.Match[str]) -> Figure | None:
    if found["counted"] == "一" and found["spelt_noun"] in INDEFINITE:
        return None
    return Figure("count", found[0], chinese_number(found["counted"]), *found.span())


def _day(found: re.Match[str]) -> Figure:
    year, month, day = (int(part) for part in re.findall("[0-9]+", found[0]))
    try:
        return Figure("date", found[0], date(year, month, day), *found.span())
    except ValueError:
        return _label(found)


def _money(found: re.Match[str], number: str, scale: str) -> Figure:
    fen = _exact(number) * SCALES[scale] * FEN_PER_YUAN
    if fen.denominator != 1:
        return _label(found)
    return Figure("money", found[0], int(fen), *found.span())


READERS: Final[dict[str, Callable[[re.Match[str]], Figure | None]]] = {
    "label": _label, "day": _day, "ratio": _ratio, "rate": _rate, "percent": _spelt_rate,
    "money": lambda found: _money(found, found["money"], found["scale"]),
    "listed": lambda found: _money(found, found["listed"], found["common"]),
    "written": _spelt_money, "span": _period, "spelt": _spelt_period, "count": _count, "counted": _spelt_count,
}  # fmt: skip


def _exact(number: str) -> Fraction:
    return Fraction(re.sub("[,，]", "", number).replace("．", "."))


def _unit(word: str) -> str:
    """年, 月, 工作日, 日, 周 or 小时."""
    return {"个月": "月", "周年": "年", "天": "日"}.get(word, word.removeprefix("个"))


def _combined(words: list[BoundaryWord], text: str, numbers: set[tuple[int, int]]) -> Iterator[BoundaryWord]:
    """Give each 含 or 不含 and the word it belongs to the operator that both mean."""
    changed = list(words)
    for index, inner in enumerate(words):
        if inner.word not in ("含", "不含"):
            continue
        at = _partner(words, index, text, numbers)
        if at is None:
            continue
        upward = words[at].operators[0] in (">", ">=")
        inclusive = AT_LEAST if upward else AT_MOST
        operators = inclusive if inner.word == "含" else (MORE if upward else LESS)
        changed[at] = replace(words[at], operators=operators, partner=inner.word)
        changed[index] = replace(inner, operators=operators, partner=words[at].word)
    yield from changed


def _partner(words: list[BoundaryWord], index: int, text: str, numbers: set[tuple[int, int]]) -> int | None:
    """The word that 含 belongs to: right after its bracket, or before it with nothing but a figure between."""
    inner = words[index]
    close = re.compile(r"[^（）()]*[）)]").match(text, inner.end)
    follows = index + 1 < len(words) and words[index + 1].word not in ONLY_BEFORE_FIGURE
    if close and follows and words[index + 1].start == close.end():
        return index + 1
    if index == 0:
        return None
    between = (words[index - 1].end, inner.start - 1)
    if between[0] == between[1] or between in numbers:
        return index - 1
    return None
