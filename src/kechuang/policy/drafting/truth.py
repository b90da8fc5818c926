"""What a hand-made encoding says of a text, in the terms that a draft is measured by.

From a finished pack, or from a small truth file written by hand for a text that has no pack.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from kechuang.policy.drafting.tokens import value_text
from kechuang.policy.encoding.agreement import (
    FIGURE_KINDS,
    comparisons,
    equals,
    figure_of,
    parameter_values,
    value_type,
)
from kechuang.policy.encoding.pack import Benefit, Pack
from kechuang.policy.language.parameter import Parameter, Quote
from kechuang.policy.language.tree import Node
from kechuang.policy.language.values import MONEY, RATE
from kechuang.policy.text.document import Clause, Document
from kechuang.policy.text.lexicon import AT_LEAST, BoundaryWord, Figure, boundary_words, figures

Place = tuple[str, int]  # clause, offset in its text


@dataclass(slots=True)
class Given:
    """One benefit: where its sum stands (offsets of its clause), and what it is."""

    clause: str
    spots: frozenset[int]
    name: str
    kind: str
    instrument: str
    lifecycle: str
    payee: str


@dataclass(slots=True)
class Truth:
    """Values, roles and operators by place, departments by clause, and the benefits."""

    values: dict[Place, str] = field(default_factory=dict)
    roles: dict[Place, str] = field(default_factory=dict)
    operators: dict[Place, str] = field(default_factory=dict)
    departments: set[tuple[str, str]] = field(default_factory=set)
    benefits: list[Given] = field(default_factory=list)


def truth_of_pack(pack: Pack) -> Truth:
    """What a finished pack encodes."""
    truth = Truth()
    for key, clause in pack.document.clauses.items():
        measure = pack.measures.get(key)
        if measure is None:
            continue
        truth.departments |= {(key, name) for name, _ in measure.departments}
        words = boundary_words(clause.text)
        for benefit in measure.benefits:
            spots: set[int] = set()
            for parameter in benefit.parameters.values():
                for figure in _figures_of(pack, clause, parameter):
                    role = _role(benefit, parameter)
                    truth.values[key, figure.start] = value_text(figure) or figure.text
                    truth.roles[key, figure.start] = role
                    if role in ("sum", "rate", "limit", "floor", "cap"):
                        spots |= set(range(figure.start, figure.end))
            for quote, node in _claims(benefit):
                for word in _inside(words, quote):
                    truth.operators[key, word.start] = _operator(word, node, clause.text)
            amount = benefit.amount.quote
            if amount is not None:
                spots |= set(range(amount.start, amount.end))
            truth.benefits.append(
                Given(key, frozenset(spots), benefit.id, benefit.amount.kind, benefit.instrument, benefit.lifecycle,
                      benefit.payee)
            )  # fmt: skip
    return truth


def _figures_of(pack: Pack, clause: Clause, parameter: Parameter) -> Iterator[Figure]:
    """The figures of the text that a parameter stands for."""
    if parameter.quote is None:
        return
    needed, others = parameter_values(parameter, pack.chosen_readings())
    kinds = FIGURE_KINDS.get(value_type(parameter), ())
    for figure in figures(clause.text):
        inside = parameter.quote.start <= figure.start and figure.end <= parameter.quote.end
        if inside and figure.kind in kinds and any(equals(figure, value) for value in (*needed, *others)):
            yield figure


def _role(benefit: Benefit, parameter: Parameter) -> str:
    """What a parameter does in its benefit, by where it is used."""
    amount, type_ = benefit.amount, value_type(parameter)
    if any(_uses(cap.node, parameter.key) for cap in (*amount.caps, *amount.total_caps)):
        return "cap"
    if any(share.parameter == parameter.key for share in benefit.split):
        return "share"
    if amount.node is not None and _uses(amount.node, parameter.key) and type_ in (MONEY, RATE):
        return {"limit": "limit", "at_least": "floor"}.get(amount.kind, "sum" if type_ == MONEY else "rate")
    if amount.kind == "at_least" and type_ == MONEY:
        return "floor"
    return "threshold"


def _uses(node: Node, key: str) -> bool:
    if node.op == "parameter" and isinstance(node.value, Parameter) and node.value.key == key:
        return True
    return any(_uses(arg, key) for arg in node.args)


def _claims(benefit: Benefit) -> Iterator[tuple[Quote, Node | None]]:
    """The quotes that claim boundary words, with the condition's expression; none for amounts and caps."""
    for condition in benefit.conditions:
        if condition.quote is not None:
            yield condition.quote, condition.node
    for quote in (
        benefit.amount.quote,
        *(cap.quote for cap in (*benefit.amount.caps, *benefit.amount.total_caps)),
    ):
        if quote is not None:
            yield quote, None


def _operator(word: BoundaryWord, node: Node | None, text: str) -> str:
    """The operator that a claim gives a word: 'in' where a membership means it (市级以上)."""
    if node is None or "in" not in word.operators:
        return word.operators[0]
    of_level = (
        word.operators == AT_LEAST and figure_of(word, figures(text), text) is None and _has(node, "in")
    )
    return "in" if of_level or not list(comparisons(node, positive=True)) else word.operators[0]


def _has(node: Node, op: str) -> bool:
    return node.op == op or any(_has(arg, op) for arg in node.args)


def _inside(words: list[BoundaryWord], quote: Quote) -> list[BoundaryWord]:
    return [word for word in words if quote.start <= word.start and word.end <= quote.end]


def truth_of_file(text: str, document: Document) -> Truth:
    """What a truth file says: YAML by clause, with `figures`, `words`, `departments` and `benefits`; each by its quote.

    ValueError when a quote does not stand once in its clause or holds no such token.
    """
    truth = Truth()
    for key, entry in yaml.safe_load(text).items():
        clause = document.clauses[str(key)]
        truth.departments |= {(clause.key, name) for name in entry.get("departments", ())}
        for one in entry.get("figures", ()):
            figure = _one(figures(clause.text), clause, one)
            truth.values[clause.key, figure.start] = one.get("value") or value_text(figure) or figure.text
            truth.roles[clause.key, figure.start] = one["role"]
        for one in entry.get("words", ()):
            word = _one(boundary_words(clause.text), clause, one)
            truth.operators[clause.key, word.start] = one["operator"]
        for one in entry.get("benefits", ()):
            start, end = _span(clause, one["quote"])
            truth.benefits.append(
                Given(clause.key, frozenset(range(start, end)), one["quote"], one["kind"], one["instrument"],
                      one["lifecycle"], one["payee"])
            )  # fmt: skip
    return truth


def _span(clause: Clause, quote: str) -> tuple[int, int]:
    found = clause.find(quote)
    if len(found) != 1:
        message = (
            f"'{quote}' stands {len(found)} times in clause {clause.key}, expected once: quote other words"
        )
        raise ValueError(message)
    return found[0]


def _one(tokens: list[Any], clause: Clause, entry: Mapping[str, Any]) -> Any:
    """The one token within a quote; `which` picks among several, from 1."""
    start, end = _span(clause, entry["quote"])
    inside = [one for one in tokens if start <= one.start and one.end <= end]
    which = int(entry.get("which", 1))
    if len(inside) < which or (len(inside) > 1 and "which" not in entry):
        message = f"'{entry['quote']}' holds {len(inside)} such tokens in clause {clause.key}: quote one, or say which"
        raise ValueError(message)
    return inside[which - 1]
