"""Why a question is asked: the benefits that hang on it, with the words of the clause."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from kechuang.policy.cases.outcome import Missing
from kechuang.policy.encoding.binding import Bound
from kechuang.policy.interview.asking import Question
from kechuang.policy.language.tree import AGGREGATES, Node
from kechuang.policy.language.values import Words
from kechuang.policy.language.vocabulary import SUBJECT, YEARS
from kechuang.policy.words.explanation_parts import BenefitParts, Cited, parts_of


@dataclass(frozen=True, slots=True)
class Because:
    """One benefit that an answer may settle: what of it hangs on the fact, as a sentence, and the words that say so.

    `quote` is None where the text has no words of its own; `why` then says what the condition stands on.
    """

    benefit: str
    title: str
    sentence: str
    quote: Cited | None
    why: str | None


def why(question: Question, bound: Bound, language: str = "zh") -> tuple[Because, ...]:
    """What hangs on the answer, for each benefit that it may settle, the weightiest first.

    For a question without stakes (`question_for`): for each benefit of the pack that reads the fact.
    """
    facts = (
        [question.fact]
        if question.fact is not None
        else [Missing(one.code, None) for one in question.options]
    )
    found: dict[str, Because] = {}
    for fact in facts:
        for one in _hanging(fact, bound, language):
            found.setdefault(one.benefit, one)
    return tuple(found[key] for key in question.benefits or found if key in found)


def _hanging(fact: Missing, bound: Bound, language: str) -> tuple[Because, ...]:
    """What hangs on a fact in any benefit of the pack; kept, as it is the same for every case."""
    key = ("why", language, fact.record, fact.field)
    if key not in bound.compiled:
        parts = parts_of(bound, language)
        bound.compiled[key] = tuple(
            told
            for one in bound.benefits
            for told in _first(fact, parts[one.benefit.id], one.benefit.each, language)
        )
    return cast("tuple[Because, ...]", bound.compiled[key])


def _first(fact: Missing, parts: BenefitParts, each: str | None, language: str) -> Iterator[Because]:
    """The condition, the first with words of the clause, else the sum, of a benefit that reads the fact."""
    if (fact.record, fact.field) == (SUBJECT, "kind"):
        words = Words("此项面向{0}", "This is for: {0}")
        yield Because(parts.id, parts.title, words.pick(language).format(parts.subjects), None, None)
        return
    whole = fact.field is None and fact.record == each
    reading = [condition for condition in parts.conditions if whole or reads(condition.node, fact)]
    if reading:
        told = next((one for one in reading if one.quote is not None), reading[0])
        yield Because(parts.id, parts.title, told.sentence, told.quote, told.why)
        return
    nodes = [*(one.node for one in (*parts.amount.facts, *parts.amount.terms))]
    nodes += [cap.node for cap in (*parts.amount.caps, *parts.amount.total_caps)]
    if any(reads(node, fact) for node in nodes):
        yield Because(parts.id, parts.title, parts.amount.sentence, parts.amount.quote, None)


def reads(root: Node, fact: Missing) -> bool:
    """Whether an expression reads a fact of this kind and field, or a list."""
    for node in root.walk():
        if fact.field is None:
            if node.op in AGGREGATES and node.value == fact.record:
                return True
        elif node.op == "annual":
            if fact.record == YEARS and node.value == fact.field:
                return True
        elif node.op == "field" and node.value == (fact.record, fact.field):
            return True
    return False
