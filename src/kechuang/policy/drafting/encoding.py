"""One clause on its way into a measure file: which tokens are claimed by what, and which stay open for which reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from kechuang.policy.drafting.facts import Conditions
from kechuang.policy.drafting.grants import Grant, Guess
from kechuang.policy.drafting.quoting import unique_quote
from kechuang.policy.drafting.roles import Part, Reading
from kechuang.policy.drafting.rules import Rule, title
from kechuang.policy.drafting.tables import Split
from kechuang.policy.drafting.tokens import Span, span_of, value_text
from kechuang.policy.drafting.yaml_text import Inline, both
from kechuang.policy.language.values import Words
from kechuang.policy.text.document import Clause
from kechuang.policy.text.lexicon import BoundaryWord, Figure, boundary_words

KEYS: Final = {
    "sum": "standard", "unit_sum": "standard", "rate": "rate", "cap": "cap", "limit": "ceiling", "floor": "floor",
    "threshold": "threshold", "span": "span", "share": "share", "date": "day",
}  # fmt: skip


@dataclass(slots=True)
class Encoding:
    """A clause with its tokens: `claimed` ones, `reasons` for those that stay open, and `gaps` as they were listed."""

    clause: Clause
    reading: Reading
    claimed: set[Span] = field(default_factory=set)
    reasons: dict[Span, Words] = field(default_factory=dict)
    gaps: dict[Span, Words] = field(default_factory=dict)
    benefits: dict[str, Any] = field(default_factory=dict)
    drafted: list[Drafted] = field(default_factory=list)
    open_points: dict[str, str] = field(default_factory=dict)  # new facts: name -> the words that ask for it
    general: tuple[str, ...] = ()  # clauses that state conditions for the whole document

    @property
    def words(self) -> list[BoundaryWord]:
        """All boundary words, with a figure or without."""
        return [*(word for part in self.reading.parts for word in part.words), *self.reading.loose]

    def quote_words(self, span: Span, allowed: Sequence[Span]) -> str | None:
        """A quote around `span` that holds no boundary word but those allowed."""
        words = (span_of(one) for one in boundary_words(self.clause.text))
        return unique_quote(self.clause, span, [one for one in words if one not in allowed])

    def quote_figures(self, span: Span, allowed: Sequence[Span]) -> str | None:
        """A quote around `span` that holds no figure of an equal value but those allowed."""
        figures = [part.figure for part in self.reading.parts]
        values = [one.value for one in figures if span_of(one) in allowed]
        avoid = [span_of(one) for one in figures if one.value in values and span_of(one) not in allowed]
        return unique_quote(self.clause, span, avoid)


@dataclass(frozen=True, slots=True)
class Drafted:
    """A benefit with its guesses, as the candidates report them."""

    id: str
    grant: Grant
    instrument: Guess
    lifecycle: Guess
    subject: Rule
    subject_words: str
    per: tuple[str, ...]
    per_words: tuple[str, ...]
    conditions: Conditions
    new_facts: tuple[tuple[str, Span], ...]


@dataclass(slots=True)
class Bench:
    """One benefit being encoded: what it claims goes into `encoding`, its parameters are collected here."""

    encoding: Encoding
    grant: Grant
    parameters: dict[str, Any] = field(default_factory=dict)

    def parameter(self, parts: Sequence[Part], split: Split | None = None) -> str | None:
        """Add a parameter for one figure, or a table for several; None when it cannot be written or quoted."""
        spans = [span_of(part.figure) for part in parts]
        values = [value_text(part.figure) for part in parts]
        quote = self.encoding.quote_figures((spans[0][0], spans[-1][1]), spans)
        if quote is None or None in values or any(span in self.encoding.claimed for span in spans):
            return None
        stem = KEYS[parts[0].role]
        name = f"{stem}_{1 + sum(1 for one in self.parameters if one.rsplit('_', 1)[0] == stem)}"
        words = title("sum" if parts[0].role == "unit_sum" else parts[0].role)
        titled = both(words.zh, words.en)
        if split is None:
            self.parameters[name] = Inline(value=values[0], quote=quote, title=titled)
        else:
            rows = Inline(zip(split.codes, values, strict=True))
            self.parameters[name] = {"by": [split.list], "values": rows, "quote": quote, "title": titled}
        self.encoding.claimed.update(spans)
        return name

    def free_words(self, parts: Sequence[Part]) -> list[BoundaryWord]:
        """The words of an amount or cap that are still free: ceilings, and of a least cover 不低于."""
        return [
            word
            for part in parts
            for word in part.words
            if span_of(word) not in self.encoding.claimed and (word.is_ceiling or part.role == "floor")
        ]

    def quoted(
        self, entry: dict[str, Any], spoken: Sequence[BoundaryWord], near: Sequence[Figure]
    ) -> dict[str, Any]:
        """Add the quote that claims the boundary words; words that no quote can hold stay open."""
        allowed = [span_of(word) for word in spoken]
        spans = [*allowed, *(span_of(one) for one in near)]
        span = (min(start for start, _ in spans), max(end for _, end in spans))
        quote = self.encoding.quote_words(span, allowed)
        if quote is not None:
            entry["quote"] = quote
            self.encoding.claimed.update(allowed)
        return entry
