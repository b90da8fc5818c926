"""Indicators beside the score: figures computed from facts by the engine, and the same of the years before.

Each is data (evaluated.yaml) in the language of the packs. What is unknown stays unknown: a figure, a ratio with
nothing to divide by, growth without the year before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final

from kechuang.policy.cases.evaluator import Environment, compile_node
from kechuang.policy.encoding.binding import Bound
from kechuang.policy.encoding.pack import Pack
from kechuang.policy.language.expression import Scope, read_expression
from kechuang.policy.language.problems import PackError, Place, Problems
from kechuang.policy.language.tree import CONSTANT, Forest, Node
from kechuang.policy.language.values import DATE, MONEY, NUMBER, RATE, Value, Words, money_text
from kechuang.policy.language.vocabulary import load_vocabulary

YEARS_BACK: Final = 2
"""How many years before the assessed one stand beside it."""
PLACE: Final = Place("judging/evaluated.yaml")


@dataclass(frozen=True, slots=True)
class Indicator:
    """A figure: `text` is an expression, `over` '' or what it is divided by. clause: {measure: words of the document}.

    type: of the figure, `rate` for a ratio. fields: those of the evaluated record that it reads.
    """

    record: str
    title: Words
    text: str
    over: str
    clause: tuple[tuple[str, str], ...]
    type: str
    fields: frozenset[str]


@dataclass(frozen=True, slots=True)
class Figure:
    """An indicator's value in the assessed year, those of years before (the latest first), growth against the last."""

    indicator: Indicator
    value: Value
    before: tuple[tuple[int, Value], ...] = ()

    @property
    def has_before(self) -> bool:
        """Whether anything is known of the years before."""
        return any(value is not None for _, value in self.before)

    @property
    def growth(self) -> Fraction | None:
        """Against the year before; None for ratios, and where that year is unknown or zero."""
        last = self.before[0][1] if self.before else None
        if self.indicator.over or self.value is None or not last:
            return None
        return Fraction(self.value) / Fraction(last) - 1  # type: ignore[arg-type]


def figure_text(value: Value, type_: str, language: str) -> str:
    """A figure in words: a ratio in per cent with two decimals, a sum, a number; a dash for what is unknown."""
    if value is None:
        return "–"
    exact = Fraction(value)  # type: ignore[arg-type]
    if type_ == RATE:
        hundredths = int((abs(exact) * 10_000 + Fraction(1, 2)).__floor__())
        return f"{'-' if exact < 0 else ''}{hundredths // 100}.{hundredths % 100:02d}%"
    return money_text(int(exact), language) if type_ == MONEY else f"{int(exact):,}"


def as_plain(figure: Figure) -> dict[str, Any]:
    """A figure as plain JSON: fen and whole numbers as text, ratios and growth as "1/20", null for what is unknown."""

    def exact(value: Value) -> str | None:
        return None if value is None else str(value)

    title = figure.indicator.title
    return {
        "title": {"zh": title.zh, "en": title.en},
        "value": exact(figure.value),
        "before": {str(year): exact(value) for year, value in figure.before},
        "growth": exact(figure.growth),
        "clause": dict(figure.indicator.clause),
    }


def read_indicator(record: str, given: Mapping[str, Any]) -> Indicator:
    """An indicator as evaluated.yaml writes it; PackError where an expression is none of the language."""
    nodes = [_node(record, given["is"]), *([_node(record, given["over"])] if given.get("over") else [])]
    fields = {node.value[1] for root in nodes for node in root.walk()
              if node.op == "field" and isinstance(node.value, tuple) and node.value[0] == record}  # fmt: skip
    return Indicator(
        record=record,
        title=Words(**given["title"]),
        text=given["is"],
        over=given.get("over", ""),
        clause=tuple((str(measure), words) for measure, words in given["clause"].items()),
        type=RATE if given.get("over") else nodes[0].type,
        fields=frozenset(str(name) for name in fields),
    )


def figures(
    indicators: Iterable[Indicator],
    facts: Mapping[str, Any],
    row_of: Callable[[int], Mapping[str, Any] | None],
    pack: Pack,
    assessed: tuple[int, date],
) -> list[Figure]:
    """The indicators of a record in a year, and in the years before. row_of: the record as it was in a year, if known.

    assessed: the assessed year, and the day that conditions are judged by.
    """
    wanted = tuple(indicators)
    year, on = assessed
    by_year = {
        one: _values(wanted, facts, row_of(one), pack, (one, on))
        for one in range(year, year - YEARS_BACK - 1, -1)
    }
    return [
        Figure(
            one, by_year[year][place], tuple((back, by_year[back][place]) for back in by_year if back != year)
        )
        for place, one in enumerate(wanted)
    ]


def _values(
    wanted: tuple[Indicator, ...],
    facts: Mapping[str, Any],
    row: Mapping[str, Any] | None,
    pack: Pack,
    assessed: tuple[int, date],
) -> list[Value]:
    base = Environment(facts)
    env = Environment(facts, base, row or {})
    return [_value(pair, env) for pair in _compiled(wanted, pack, *assessed)]


def _value(pair: Sequence[Any], env: Environment) -> Value:
    value = pair[0](env)
    if pair[1] is None or value is None:
        return value  # type: ignore[no-any-return]
    divisor = pair[1](env)
    return Fraction(value) / Fraction(divisor) if divisor else None


@lru_cache(maxsize=256)
def _compiled(wanted: tuple[Indicator, ...], pack: Pack, year: int, on: date) -> list[tuple[Any, Any]]:
    """Each indicator ready for many cases, its year and day put in."""
    forest = Forest()
    bound = Bound(pack, on, year, {}, (), {}, forest)

    def change(node: Node) -> Node | None:
        if node.op == "year":
            return forest.node("const", NUMBER, CONSTANT, (), year)
        return forest.node("const", DATE, CONSTANT, (), on) if node.op == "on" else None

    def ready(record: str, text: str) -> Any:
        return compile_node(forest.rewrite(_node(record, text, forest), change, {}), bound)

    return [
        (ready(one.record, one.text), ready(one.record, one.over) if one.over else None) for one in wanted
    ]


def _node(record: str, text: str, forest: Forest | None = None) -> Node:
    problems = Problems()
    scope = Scope(load_vocabulary(), forest or Forest(), {}, each=record)
    node = read_expression(text, PLACE, scope, problems)
    if node is None or node.type not in {MONEY, NUMBER, RATE}:
        raise PackError(problems.found)
    return node
