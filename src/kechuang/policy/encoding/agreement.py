"""Whether an encoding says what the text says: a figure against a value, a boundary word against an operator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction
from typing import Final

from kechuang.policy.language.parameter import Parameter, Table
from kechuang.policy.language.tree import Node
from kechuang.policy.language.values import DATE, MONEY, NUMBER, RATE, Value, money_text, rate_text
from kechuang.policy.text.lexicon import BoundaryWord, Figure

FIGURE_KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    MONEY: ("money",),
    RATE: ("rate", "ratio"),
    NUMBER: ("count", "period"),
    DATE: ("date",),
}  # the kinds of figure that a parameter of a type can stand for
SIGNS: Final = {"lt": "<", "le": "<=", "gt": ">", "ge": ">="}
MIRRORED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
OPPOSITE: Final = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}
LOOKS_BACK: Final = frozenset(
    {"以上", "以下", "以内", "以外", "含", "不含"}
)  # their figure stands before them
BETWEEN: Final = "（）()含不及本数"  # what may stand between a figure and 以上: 10%（含）以上, 5人及以上
REACH: Final = 8  # letters between a boundary word and its figure: 不超过增量 5%


def value_type(parameter: Parameter) -> str:
    """money, rate, number, date …; for a table the type of its rows."""
    return parameter.type.split(":")[1] if parameter.type.startswith("table:") else parameter.type


def parameter_values(parameter: Parameter, readings: Mapping[str, str]) -> tuple[list[Value], list[Value]]:
    """The values that the text must show (first date, chosen reading), and those of the other readings."""
    first = parameter.values[0].options
    chosen = readings[parameter.reading] if parameter.reading else ""
    others = [value for option, found in first.items() if option != chosen for value in _rows(found)]
    return _rows(first[chosen]), others


def equals(figure: Figure, value: Value) -> bool:
    """Whether a figure of the text is exactly this value; a period by its number alone."""
    if isinstance(figure.value, tuple):
        return figure.value[0] == value
    return not isinstance(value, str) and figure.value == value


def shown(type_: str, value: Value) -> str:
    """A value of a type as the text would print it: 100万元, 10%, 3, 2023-07-13."""
    if type_ == MONEY and isinstance(value, int):
        return money_text(value).replace(" ", "").replace(",", "")
    if isinstance(value, Fraction):
        return rate_text(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def figure_of(word: BoundaryWord, figures: list[Figure], text: str) -> Figure | None:
    """The figure that a boundary word speaks of: just before 以上 and 含, soon after 超过 and 不超过; else None."""
    if word.word in LOOKS_BACK:
        before = [one for one in figures if one.end <= word.start]
        follows = before and set(text[before[-1].end : word.start]) <= set(BETWEEN)
        return before[-1] if follows else None
    for one in figures:
        between = text[word.end : one.start]
        if one.start >= word.end:
            return one if len(between) <= REACH and not set(between) & set("，。；、") else None
    return None


def disagreement(word: BoundaryWord, node: Node, key: str = "") -> str | None:
    """What is wrong with a condition for a boundary word; None when they agree.

    `key` is the parameter that stands for the word's figure: its comparisons are the ones that count. Without it some
    comparison must agree. A condition without any <, <=, >, >= is a membership, which only 以上 and its like allow.
    """
    found = list(comparisons(node, positive=True))
    # A let may fall back on the parameter itself, so what is compared with it outright counts first.
    signs = _signs_about(key, found, inside_lets=False) or _signs_about(key, found, inside_lets=True)
    expected = " or ".join(word.operators)
    if signs:
        wrong = [sign for sign in signs if sign not in word.operators]
        return f"the condition compares with {wrong[0]}, expected {expected}" if wrong else None
    if not found:
        return None if "in" in word.operators else f"the condition compares nothing, expected {expected}"
    signs = [sign for _, sign, _ in found]
    if any(sign in word.operators or MIRRORED[sign] in word.operators for sign in signs):
        return None
    return f"the condition compares with {signs[0]}, expected {expected}"


def _rows(value: Value | Table) -> list[Value]:
    return list(dict.fromkeys(value.rows.values())) if isinstance(value, Table) else [value]


def comparisons(node: Node, *, positive: bool) -> Iterator[tuple[Node, str, Node]]:
    """Each ordering comparison below a node, turned round under `not`; definitions and parameters are not entered."""
    sign = SIGNS.get(node.op)
    if sign:
        yield node.args[0], sign if positive else OPPOSITE[sign], node.args[1]
    kind = getattr(node.value, "kind", "") if node.op == "named" else ""
    if kind not in ("definition", "parameter"):
        for arg in node.args:
            yield from comparisons(arg, positive=positive is not (node.op == "not"))


def _signs_about(key: str, found: list[tuple[Node, str, Node]], *, inside_lets: bool) -> list[str]:
    """The signs as seen from the side that is measured against the parameter `key`."""
    signs: list[str] = []
    for left, sign, right in found:
        signs += [sign] if _holds(right, key, inside_lets=inside_lets) else []
        signs += [MIRRORED[sign]] if _holds(left, key, inside_lets=inside_lets) else []
    return signs


def _holds(node: Node, key: str, *, inside_lets: bool) -> bool:
    if node.op == "parameter":
        return isinstance(node.value, Parameter) and node.value.key == key
    if node.op == "named" and getattr(node.value, "kind", "") == "let" and not inside_lets:
        return False
    return any(_holds(arg, key, inside_lets=inside_lets) for arg in node.args)
