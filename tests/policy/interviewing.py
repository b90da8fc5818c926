"""Interviews held by the tests: somebody answers at random, or by heart."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from kechuang.policy.encoding.binding import Bound
from kechuang.policy.interview import Answer, Lists, Question, Step, put, read_answer, step
from policy import worlds

Respond = Callable[[Question], Answer]


@dataclass(frozen=True)
class Turn:
    """One question as it was asked, and what was known and said."""

    step: Step
    facts: dict[str, Any]
    settled: frozenset[str]
    answer: Answer


def turns(
    bound: Bound, respond: Respond, given: dict[str, Any] | None = None, most: int = 600
) -> Iterator[Turn]:
    """Every turn of an interview, the last one without a question."""
    facts, settled = dict(given or {}), frozenset()
    for _ in range(most):
        here = step(bound, facts, settled)
        answer = None if here.question is None else respond(here.question)
        yield Turn(here, facts, settled, answer)
        if here.question is None:
            return
        facts, settled = put(facts, settled, here.question.key, answer, bound.pack.vocabulary)
    raise AssertionError(f"more than {most} questions")


def at_random(rng: Random, bound: Bound) -> Respond:
    """Answers drawn from the vocabulary, many at a threshold, some unknown."""
    vocabulary = bound.pack.vocabulary

    def respond(question: Question) -> Answer:
        if rng.random() < 0.1:
            return None
        codes = [one.code for one in question.options]
        if question.form == "records":
            chosen = rng.sample(codes, rng.randint(0, min(4, len(codes))))
            return Lists(tuple(chosen), tuple(code for code in codes if code not in chosen))
        if question.form == "kinds":
            chosen = rng.sample(codes, rng.randint(0, min(2, len(codes))))
            return {code: rng.randint(1, 2) if question.several else 1 for code in chosen}
        if question.form == "count":
            return rng.randint(0, 2)
        field = vocabulary.records[question.fact.record].fields[question.fact.field]
        return worlds.value(rng, bound.pack, field, bound.on)

    return respond


def by_heart(bound: Bound, known: dict[str, Any]) -> Respond:
    """Answers as written in `known` by key; lists that are not named are empty, all else is not known."""

    def respond(question: Question) -> Answer:
        none = [] if question.form in ("records", "kinds") else None
        return read_answer(question, known.get(question.key, none), bound)

    return respond
