"""Writes docs/language.md: every type, operator, function and limit of the language, out of the code that reads it.

    python -m kechuang.policy.words.language_reference > docs/language.md

Its examples are read, typed and put into words by the program itself; a test refuses the page when it is stale.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import Final

from kechuang.policy.cases.facts import MAX_RECORDS, MAX_TEXT
from kechuang.policy.encoding.loading import load_pack
from kechuang.policy.encoding.pack import Pack
from kechuang.policy.language.expression import (
    AGGREGATE_NAMES,
    MAX_LENGTH,
    MAX_NESTING,
    MAX_NODES,
    Scope,
    read_expression,
)
from kechuang.policy.language.functions import FUNCTIONS, Function
from kechuang.policy.language.problems import PackError, Place, Problems
from kechuang.policy.language.tree import CONSTANT, ROUNDINGS, Forest, Node
from kechuang.policy.language.typing_rules import FaultError, arithmetic
from kechuang.policy.language.values import (
    FIRST_DAY,
    LAST_DAY,
    MAX_MONEY_FEN,
    MAX_NUMBER,
    MAX_RATE,
    RATE_UNIT,
    Words,
    money_text,
)
from kechuang.policy.language.weights import MAX_DEPTH, MAX_EXPONENT
from kechuang.policy.words.sentence_words import COMPARISON_WORDS, DATE_WORDS
from kechuang.policy.words.sentences import Writer
from kechuang.policy.words.wording import spaced

_TYPES: Final = {
    "money": ("`100万元` `1.2亿元` `3500元` `12.5元` `1分`", "金额，内部为整数分", "a sum, whole fen inside"),
    "rate": ("`10%` `4.35%` `1:1`", "比例，精确分数", "a rate, an exact fraction"),
    "number": ("`3`", "整数", "a whole number"),
    "date": ("`2024-06-20`", "日期", "a date"),
    "boolean": ("`true` `false`", "是否", "true or false"),
    "text": ('`"A-1"`', "文字，只比较是否相同", "a text, only compared for being the same"),
    "code:…": ('`"national"`', "代码，须在所属代码表内", "a code, a member of its code list"),
    "table:…": ("`sums[award.level]`", "表，按一个或两个代码查", "a table, looked up by one or two codes"),
}
_NAMES: Final = (
    ("kind", "主体的事实", "a fact of the subject"),
    ("this_year.sales", "测算年度的年度数据", "a figure of the assessed year"),
    ("last_year.sales", "上年的年度数据", "a figure of the year before"),
    ("years_ago(2).sales", "前 n 年的年度数据", "a figure of n years before"),
    ("contract.paid", "`each` 所指的那条记录", "the record that `each` names"),
    ("on", "测算日", "the day of assessment"),
    ("year", "测算年度", "the assessed year"),
)
_SIGNS: Final = {"add": "+", "sub": "-", "mul": "*", "div": "/", "pow": "**"}
_COMPARING: Final = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}
_LOGIC: Final = (
    'kind == "enterprise" and this_year.above_scale',
    'size == "small" or size == "micro"',
    "not this_year.above_scale",
    'size in {"micro", "small", "medium"}',
    'size not in {"large"}',
    "this_year.sales >= (500万元 if this_year.above_scale else 100万元)",
    "1万元 <= this_year.sales <= 5万元",
)
_AGGREGATING: Final = {
    "sum": 'sum(i.principal for i in interests if i.kind == "pledge") > 0元',
    "count": 'count(s for s in statuses if s.level == "national") >= 2',
    "any": 'any(s.kind == "tech_sme" for s in statuses if s.granted_on <= on)',
    "all": 'all(s.level == "national" for s in statuses if s.kind == "srdi")',
    "max": "max(s.expires_on for s in statuses) >= on",
    "min": "min(s.granted_on for s in statuses) <= on",
}
_CALLS: Final = {
    "min": "min(this_year.sales, 5万元) > 1元",
    "max": "max(this_year.sales, last_year.sales) > 1元",
    "round_down": "round_down(this_year.sales, 1万元) >= 5万元",
    "round_up": "round_up(this_year.sales, 1万元) >= 5万元",
    "round_half_up": "round_half_up(this_year.sales, 1元) >= 5万元",
    "year_of": "year_of(registered_on) == year",
    "days_between": "days_between(registered_on, on) <= 60",
    "months_between": "months_between(registered_on, on) < 12",
    "years_between": "years_between(registered_on, on) >= 3",
    "add_days": "add_days(registered_on, 60) >= on",
    "add_months": "add_months(registered_on, 36) >= on",
    "month_before": "month_before(registered_on) < on",
    "in_force": "in_force(registered_on)",
    "known": "known(registered_on)",
}
_ORDERED: Final = "金额、比例、整数或日期，类型相同 money, rate, number or date, all alike"
_ROUNDED: Final = "值与单位：金额、比例或整数 a value and its unit: money, rate or number"


def language_page(pack: Pack) -> str:
    """The page as Markdown, ending with a line break; its examples use the shared vocabulary and the pack's series."""
    return "\n".join(_Page(pack).lines()) + "\n"


class _Page:
    """Writes the page; holds what its examples are read with."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self.writers = Writer(pack, "zh"), Writer(pack, "en")

    def lines(self) -> Iterator[str]:
        yield "<!-- Written by `python -m kechuang.policy.words.language_reference`; change the code instead. -->"
        yield ""
        yield "# 表达式语言 · the expression language"
        yield ""
        yield (
            "条件、金额和口径都写成表达式：一个有类型的小语言，写法是 Python 表达式的一部分，但不由 Python 执行。"
            "Conditions, sums and readings are expressions: a small typed language, written as a part of Python's "
            "expressions and never run by Python. 每个例子都由程序读入并译成句子。"
            "Every example on this page is read and put into words by the program."
        )
        for section in (
            self.types,
            self.names,
            self.arithmetic,
            self.comparisons,
            self.logic,
            self.aggregates,
        ):
            yield ""
            yield from section()
        for section in (self.functions, self.series, self.unknown, self.limits):
            yield ""
            yield from section()

    def types(self) -> Iterator[str]:
        yield "## 类型与字面量 · types and literals"
        yield ""
        yield from _table(
            ("类型 type", "写法 written", "含义", "meaning"),
            ((f"`{name}`", *told) for name, told in _TYPES.items()),
        )

    def names(self) -> Iterator[str]:
        yield "## 名称 · names"
        yield ""
        yield "另有参数、`let` 所定名称和政策包的定义。Also parameters, `let` names and the definitions of the pack."
        yield ""
        yield from _table(
            ("写法 written", "含义", "meaning", "类型 type"),
            ((f"`{text}`", zh, en, f"`{self.read(text).type}`") for text, zh, en in _NAMES),
        )

    def arithmetic(self) -> Iterator[str]:
        yield "## 运算 · arithmetic"
        yield ""
        yield (
            f"除数和指数须为常数，指数不超过 {MAX_EXPONENT}。The divisor and the exponent are constants, the exponent "
            f"at most {MAX_EXPONENT}. 空格：没有意义，读入时报错。"
            "An empty cell has no meaning and is a fault when read."
        )
        yield ""
        kinds = ("money", "rate", "number")
        yield from _table(
            ("左 left", "右 right", *(f"`{sign}`" for sign in _SIGNS.values())),
            (
                (f"`{left}`", f"`{right}`", *(_typed(op, left, right) for op in _SIGNS))
                for left in kinds
                for right in kinds
            ),
        )

    def comparisons(self) -> Iterator[str]:
        yield "## 比较 · comparisons"
        yield ""
        yield (
            "两边类型须相同。超过用 `>`，以上、不低于、含用 `>=`，不超过、最高用 `<=`。"
            "Both sides have the same type; the boundary words of the text choose the sign."
        )
        yield ""
        yield from _table(
            ("写法 written", "读作", "reads", "日期读作", "of dates"),
            (
                (f"`a {sign} b`", *_pair(COMPARISON_WORDS[op]), *_pair(DATE_WORDS[op]))
                for op, sign in _COMPARING.items()
            ),
        )

    def logic(self) -> Iterator[str]:
        yield "## 逻辑与选择 · logic and choice"
        yield ""
        yield from self.examples((text, text) for text in _LOGIC)

    def aggregates(self) -> Iterator[str]:
        yield "## 汇总记录 · aggregates over related records"
        yield ""
        yield (
            "一层循环，可带筛选，不嵌套；可用 "
            + " ".join(f"`{name}`" for name in AGGREGATE_NAMES)
            + "。One plain loop with an optional filter, never nested. "
            "没有记录时：`sum` 为零，`any` 为否，`all` 为是，`max` `min` 未知。"
            "Over no records `sum` is zero, `any` false, `all` true, `max` and `min` unknown."
        )
        yield ""
        yield from self.examples((name, _AGGREGATING[name]) for name in AGGREGATE_NAMES)

    def functions(self) -> Iterator[str]:
        yield "## 函数 · functions"
        yield ""
        yield from _table(
            ("函数 function", "参数 takes", "结果 gives", "含义 meaning"),
            ((f"`{name}`", _takes(name, one), _gives(one), one.says) for name, one in FUNCTIONS.items()),
        )
        yield ""
        yield from self.examples((name, _CALLS[name]) for name in FUNCTIONS)

    def series(self) -> Iterator[str]:
        yield "## 序列 · series"
        yield ""
        yield (
            "序列按日期所在的日历月取值，没有报价的月份未知。A series gives the rate quoted in the calendar month of a "
            "date; a month without a quote is unknown. "
            f"政策包 {self.pack.id} 的序列：The series of pack {self.pack.id}:"
        )
        yield ""
        calls = ((name, f"{name}(month_before(registered_on)) <= 5%") for name in self.pack.series)
        yield from self.examples(calls)

    def unknown(self) -> Iterator[str]:
        yield "## 未知 · what is unknown"
        yield ""
        yield (
            "没有给出的事实是未知，不是零，也不是否。运算、比较、函数遇未知则未知；`and` 有一项为否即为否，"
            "`or` 有一项为是即为是，即使其他项未知；`if` 的条件未知则未知；记录表未知，或未被筛除的记录缺数，"
            "则汇总未知（`any` `all` 已能判定的除外）；"
            "未被筛除的记录键不全、可能与另一条相同，则 `sum` `count` 未知；`known(x)` 总有答案。"
        )
        yield ""
        yield (
            "A fact that is not given is unknown: not zero and not false. Arithmetic, comparisons and functions of the "
            "unknown are unknown. `and` with a false part is false and `or` with a true part is true, whatever else is "
            "unknown. A choice by an unknown condition is unknown. An aggregate is unknown when its list is, or when a "
            "record that the filter does not exclude lacks a value, unless `any` or `all` is settled already; a `sum` "
            "or `count` also when such a record lacks a part of its key and may be another one again. `known(x)` "
            "always has an answer."
        )

    def limits(self) -> Iterator[str]:
        yield "## 界限 · limits"
        yield ""
        yield "越界即报错，不会静默截断。What lies beyond is refused, never cut silently."
        yield ""
        rows = (
            ("表达式长度 length of an expression", f"{MAX_LENGTH} characters"),
            ("括号层数 nesting", f"{MAX_NESTING}"),
            ("组成部分 parts of an expression", f"{MAX_NODES}"),
            ("连同名称展开的深度 depth with names opened", f"{MAX_DEPTH}"),
            ("指数 exponent", f"{MAX_EXPONENT}"),
            ("金额 money", f"±{money_text(MAX_MONEY_FEN, 'en')}"),
            ("整数 number", f"±{MAX_NUMBER:,}"),
            ("比例 rate", f"±{MAX_RATE // RATE_UNIT * 100:,}%, 0.0001%"),
            ("日期 date", f"{FIRST_DAY} … {LAST_DAY}"),
            ("文字 text", f"{MAX_TEXT} characters"),
            ("一个主体的一类记录 records of a kind of one subject", f"{MAX_RECORDS:,}"),
        )
        yield from _table(("项目 of", "界限 limit"), rows)

    # -- examples --------------------------------------------------------------------------------------------------

    def examples(self, named: Iterable[tuple[str, str]]) -> Iterator[str]:
        """A table of expressions with their sentences."""
        zh, en = self.writers
        nodes = ((text, self.read(text)) for _, text in named)
        yield from _table(
            ("例 example", "读作", "reads"),
            ((f"`{text}`", zh.sentence(node), en.sentence(node)) for text, node in nodes),
        )

    def read(self, text: str) -> Node:
        """The tree of an example; PackError when it is none of the language."""
        problems = Problems()
        each = "contracts" if text.startswith("contract.") else None
        scope = Scope(self.pack.vocabulary, Forest(), {}, frozenset(self.pack.series), each)
        node = read_expression(text, Place("docs/language.md"), scope, problems)
        if node is None:
            raise PackError(problems.found)
        return node


def _typed(op: str, left: str, right: str) -> str:
    """The type of `left op right` as the rules give it; empty where they refuse it."""
    forest = Forest()
    second = forest.node("const", right, CONSTANT, (), 2)
    try:
        return f"`{arithmetic(op, forest.node('on', left, 'subject'), second)}`"
    except FaultError:
        return ""


def _pair(words: Words) -> tuple[str, str]:
    return spaced(words.zh.format("a", "b")), words.en.format("a", "b")


def _takes(name: str, one: Function) -> str:
    if one.takes is None:
        return _ROUNDED if name in ROUNDINGS else _ORDERED
    return ", ".join(f"`{type_}`" for type_ in one.takes) if one.takes else f"任一事实 any fact `{name}(x)`"


def _gives(one: Function) -> str:
    return f"`{one.gives}`" if one.gives else "同参数 as its arguments"


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    heads = list(heads)
    for cells in (heads, ["---"] * len(heads), *rows):
        yield f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.stdout.write(language_page(load_pack()))
