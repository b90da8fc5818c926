"""Chooses the next question: the fact that settles most money and most benefits for least effort.

Stateless: the same facts and settled questions give the same next question. docs/interview.md states the score.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from kechuang.policy.cases.assessment import assess_bound
from kechuang.policy.cases.evaluator import Environment, compile_node
from kechuang.policy.cases.outcome import Assessment, Missing, Outcome, Result
from kechuang.policy.encoding.binding import Bound
from kechuang.policy.interview.asking import (
    CHOICE,
    COUNT,
    KINDS,
    RECORDS,
    Question,
    form_of,
    is_askable,
    question_about,
    question_about_lists,
)
from kechuang.policy.interview.keys import LISTS, key_of, selector
from kechuang.policy.interview.stakes import NO_RECORDS, WHOLE, Stake, stakes_of
from kechuang.policy.language.values import BOOLEAN, DATE, MONEY, NUMBER, RATE
from kechuang.policy.language.vocabulary import SUBJECT, YEARS, Vocabulary

# What it costs to answer, by the form of the question.
BURDEN: Final = {
    BOOLEAN: 4, CHOICE: 6, KINDS: 8, COUNT: 8, DATE: 10, NUMBER: 12, RATE: 12, MONEY: 14, RECORDS: 12,
}  # fmt: skip
LISTS_AT_ONCE: Final = 3  # so many lists, or more, are asked for by one question first
_SCALE: Final = 1000
_AT_HAND: Final = 3  # an answer from a paper that lies on the table costs a third
_FOLLOW_UPS: Final = 2  # questions that a list is usually followed by, if it holds anything


@dataclass(frozen=True, slots=True)
class Step:
    """Where an interview stands: what is known by now, the next question, and what it may still bring.

    `open` holds the benefits that further answers may change, `fen` the most that these can give, `remaining` about how
    many questions are left, the next one included.
    """

    assessment: Assessment
    question: Question | None
    open: tuple[str, ...]
    fen: int
    remaining: int


@dataclass(slots=True)
class _Candidate:
    """A fact that might be asked for, and what it would settle: benefit -> chance in 64ths."""

    fact: Missing
    chances: dict[str, int]
    score: int = 0


def next_question(
    bound: Bound,
    facts: Mapping[str, Any],
    settled: frozenset[str] = frozenset(),
    only: frozenset[str] | None = None,
) -> Question | None:
    """The question to ask next; None when no answer can change an outcome or a sum any more.

    `settled` holds the keys of questions that are not asked again: those answered with "I do not know", and the
    question about several lists once it was answered. `only` limits the questions to some benefits.
    """
    return step(bound, facts, settled, only).question


def step(
    bound: Bound,
    facts: Mapping[str, Any],
    settled: frozenset[str] = frozenset(),
    only: frozenset[str] | None = None,
) -> Step:
    """The assessment of what is known, of every benefit, and the next question, about `only` some if they are given."""
    assessment = assess_bound(bound, facts)
    open_facts = {
        key: missing
        for key, result in assessment.results.items()
        if (only is None or key in only) and (missing := _open(result, assessment))
    }
    stakes = stakes_of(bound)
    candidates = _candidates(open_facts, bound, facts, settled, stakes)
    asked = {key for one in candidates for key in one.chances}
    open_ = tuple(key for key in open_facts if key in asked)
    return Step(
        assessment=assessment,
        question=_question(candidates, bound, facts, settled, stakes),
        open=open_,
        fen=sum(stakes[key].fen for key in open_),
        remaining=_remaining(candidates, open_facts, settled),
    )


def _open(result: Result, assessment: Assessment) -> tuple[Missing, ...]:
    """The unknown facts that may still change the outcome or the sum of one result; none when it is settled."""
    undetermined = result.outcome is Outcome.UNDETERMINED
    if not undetermined and (not result.outcome.passes or not _may_rise(result, assessment)):
        return ()
    found = list(result.missing) if undetermined else []
    for item in result.items:
        if item.outcome is Outcome.UNDETERMINED:
            found += item.missing
    vocabulary = assessment.bound.pack.vocabulary
    return tuple(one for one in dict.fromkeys(found) if is_askable(one, vocabulary))


def _may_rise(result: Result, assessment: Assessment) -> bool:
    """Whether another record could raise the sum of a benefit that is had already: not once a ceiling holds it."""
    if result.bound.amount is None or not result.open_items:
        return False
    env = Environment(assessment.facts)
    caps = [compile_node(node, assessment.bound)(env) for _, node in result.bound.total_caps]
    return result.amount is None or result.amount not in caps


def _candidates(
    open_facts: Mapping[str, tuple[Missing, ...]],
    bound: Bound,
    facts: Mapping[str, Any],
    settled: frozenset[str],
    stakes: Mapping[str, Stake],
) -> list[_Candidate]:
    """The facts that may be asked for, each once, in the order of the document, with their scores."""
    vocabulary = bound.pack.vocabulary
    found: dict[Missing, _Candidate] = {}
    for key, missing in open_facts.items():
        for fact in missing:
            candidate = found.get(fact)
            if candidate is None:
                candidate = found[fact] = _Candidate(fact, {})
            only = len(missing) == 1
            candidate.chances[key] = WHOLE if only else stakes[key].chance((fact.record, fact.field))
    kept = [
        one for one in found.values() if not settled or key_of(one.fact, facts, vocabulary) not in settled
    ]
    kept = [one for one in kept if not _follows(one.fact, kept, vocabulary)]
    for one in kept:
        burden = _burden(one.fact, bound, facts)
        one.score = _worth(one.chances, stakes) * _SCALE // burden
    return kept


def _follows(fact: Missing, others: Iterable[_Candidate], vocabulary: Vocabulary) -> bool:
    """Whether a fact is the date of an act of which it will be asked first whether it was done."""
    if fact.field is None:
        return False
    acts = [one.name for one in vocabulary.records[fact.record].fields.values() if one.done_on == fact.field]
    return bool(acts) and any(
        (one.fact.record, one.fact.index) == (fact.record, fact.index) and one.fact.field in acts
        for one in others
    )


def _worth(chances: Mapping[str, int], stakes: Mapping[str, Stake]) -> int:
    """What an answer is expected to settle: money and a weight for every benefit, times the chance."""
    return sum(stakes[key].weight * chance for key, chance in chances.items())


def _burden(fact: Missing, bound: Bound, facts: Mapping[str, Any]) -> int:
    """What an answer costs, times three; a third of that when the paper it stands on is already at hand."""
    vocabulary = bound.pack.vocabulary
    burden = BURDEN.get(form_of(fact, vocabulary), BURDEN[MONEY])
    if fact.field is None or fact.record == SUBJECT:
        return burden * _AT_HAND
    rows = facts.get(fact.record) or ()
    if fact.record == YEARS and fact.year is not None:
        begun = any(row.get("year") == fact.year or fact.field in row for row in rows)
    else:
        by = selector(vocabulary.records[fact.record])
        begun = any(name != by for name in rows[fact.index or 0])
    return burden if begun else burden * _AT_HAND


def _question(
    candidates: list[_Candidate],
    bound: Bound,
    facts: Mapping[str, Any],
    settled: frozenset[str],
    stakes: Mapping[str, Stake],
) -> Question | None:
    if not candidates:
        return None
    best = max(candidates, key=lambda one: one.score)  # the first of equals, so the order is the document's
    lists = _lists(candidates, settled)
    if lists:
        chances: dict[str, int] = {}
        for one in lists:
            for key, chance in one.chances.items():
                chances[key] = max(chance, chances.get(key, 0))
        score = _worth(chances, stakes) * _SCALE // ((BURDEN[RECORDS] + len(lists)) * _AT_HAND)
        if score > best.score or best.fact.field is None:
            names = tuple(one.fact.record for one in lists)
            return _with_stakes(question_about_lists(names, bound), chances, stakes)
    return _with_stakes(question_about(best.fact, bound, facts), best.chances, stakes)


def _lists(candidates: Iterable[_Candidate], settled: frozenset[str]) -> list[_Candidate]:
    """The unknown lists, if there are enough of them to be asked for at once."""
    found = [one for one in candidates if one.fact.field is None]
    return found if len(found) >= LISTS_AT_ONCE and LISTS not in settled else []


def _with_stakes(question: Question, chances: Mapping[str, int], stakes: Mapping[str, Stake]) -> Question:
    benefits = sorted(chances, key=lambda key: -stakes[key].fen)
    return replace(question, benefits=tuple(benefits), fen=sum(stakes[key].fen for key in benefits))


def _remaining(
    candidates: list[_Candidate], open_facts: Mapping[str, tuple[Missing, ...]], settled: frozenset[str]
) -> int:
    """About how many questions are left.

    Halfway between all that may be asked, and those asked if each benefit's facts come in order until one rules it out.
    """
    if not candidates:
        return 0
    asked: dict[Missing, int] = {}
    reached = dict.fromkeys(open_facts, WHOLE)
    for one in sorted(candidates, key=lambda one: -one.score):
        asked[one.fact] = (WHOLE + max(reached[key] for key in one.chances)) // 2
        for key, chance in one.chances.items():
            reached[key] = reached[key] * (WHOLE - chance) // WHOLE
    lists = _lists(candidates, settled)
    total = sum(chance for fact, chance in asked.items() if fact.field is not None)
    open_lists = sum(chance for fact, chance in asked.items() if fact.field is None)
    held = open_lists * (WHOLE - NO_RECORDS) // WHOLE  # those that hold something
    total += WHOLE + held if lists else open_lists
    total += held * _FOLLOW_UPS
    return max(1, (total + WHOLE // 2) // WHOLE)


__all__ = ["BURDEN", "Step", "next_question", "step"]
