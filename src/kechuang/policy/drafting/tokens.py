"""Tokens of a clause and the values they stand for, as literals of the language."""

from __future__ import annotations

from typing import Final

from kechuang.policy.drafting.roles import Part
from kechuang.policy.encoding.agreement import shown
from kechuang.policy.language.values import DATE, MONEY, NUMBER, RATE, read_literal
from kechuang.policy.text.lexicon import BoundaryWord, Figure

Span = tuple[int, int]
TYPES: Final = {"money": MONEY, "rate": RATE, "ratio": RATE, "count": NUMBER, "period": NUMBER, "date": DATE}


def span_of(token: Figure | BoundaryWord) -> Span:
    """Where a token stands in its clause."""
    return token.start, token.end


def value_text(figure: Figure) -> str | None:
    """A figure's value as a literal of the language; None when the language cannot write it exactly."""
    kind = TYPES.get(figure.kind)
    value = figure.value[0] if isinstance(figure.value, tuple) else figure.value
    if kind is None:
        return None
    text = figure.text.replace("：", ":") if figure.kind == "ratio" else shown(kind, value)
    try:
        literal = read_literal(text)
    except ValueError:
        return None
    return text if literal.value == value else None


def said(part: Part) -> str:
    """What a figure says: its value, in the unit of its table if it has one."""
    value = part.figure.value
    if part.scale and isinstance(value, int):
        return shown(MONEY, value * part.scale)
    return value_text(part.figure) or part.figure.text
