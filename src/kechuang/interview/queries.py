"""What the pages of the interview show: where it stands, what was answered, what came out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Final

from django.urls import reverse

from kechuang.interview.state import State, benefits_about, bound_of, encoded, replayed
from kechuang.policy.cases.outcome import Assessment, Outcome
from kechuang.policy.encoding.binding import FOR, NO_RECORD, Bound
from kechuang.policy.encoding.pack import Pack
from kechuang.policy.interview import (
    Answer,
    Because,
    Lists,
    Question,
    Step,
    changes,
    question_for,
    sentence,
    step,
    why,
)
from kechuang.policy.interview.asking import question_about_lists
from kechuang.policy.interview.keys import LISTS
from kechuang.policy.language.tree import AGGREGATES
from kechuang.policy.language.values import MONEY, RATE, Words, rate_text
from kechuang.policy.words.explanation import Explanation
from kechuang.policy.words.wording import joined, value_text
from kechuang.reader.explaining import Group, explained

REASONS_SHOWN: Final = 6  # benefits named under "why do you ask"
_NONE, _UNKNOWN = Words("没有", "none"), Words("不知道", "not known")
_LISTS = Words("与您有关的情形", "What concerns you")
_AND = Words("、", ", ")


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer as the list of answers shows it."""

    key: str
    title: str
    about: str
    value: str


@dataclass(frozen=True)
class Standing:
    """One interview on a page: the state in the address and what follows from it, each worked out when it is needed."""

    state: State
    bound: Bound
    facts: Mapping[str, Any]
    settled: frozenset[str]

    @property
    def answers(self) -> Mapping[str, Answer]:
        """The answers that still fit."""
        return self.state.answers

    @cached_property
    def step(self) -> Step:
        """The results of what is known, and the next question."""
        return step(self.bound, self.facts, self.settled, benefits_about(self.bound.pack, self.state.about))

    @cached_property
    def token(self) -> str:
        """The state as a text for the address."""
        return encoded(self.state, self.bound.pack)

    @property
    def assessment(self) -> Assessment:
        """The results of what is known so far."""
        return self.step.assessment


def standing(state: State, pack: Pack) -> Standing:
    """Where an interview stands. Raises BrokenStateError."""
    bound = bound_of(state, pack)
    facts, settled, kept = replayed(state, bound)
    return Standing(State(state.on, state.about, kept), bound, facts, settled)


def question_again(key: str, here: Standing) -> Question:
    """The question with this key, asked now or answered before; KeyError for a key that fits nothing."""
    if key != LISTS:
        return question_for(key, here.bound, here.facts)
    given = here.answers.get(key)
    if isinstance(given, Lists):
        return question_about_lists((*given.some, *given.none), here.bound)
    found = here.step.question
    if found is None or found.key != key:
        raise KeyError(key)
    return found


def before(key: str | None, here: Standing) -> str | None:
    """The key of the answer given before `key`, or the last one; None at the beginning."""
    keys = list(here.answers)
    if key in here.answers:
        keys = keys[: keys.index(str(key))]
    return keys[-1] if keys else None


def reasons(question: Question, here: Standing, language: str) -> tuple[tuple[Because, ...], int]:
    """Why the question is asked: the weightiest benefits that hang on it, and how many there are."""
    found = why(question, here.bound, language)
    return found[:REASONS_SHOWN], len(found)


def typed(question: Question, answer: Answer) -> Any:
    """An answer as the form shows it again."""
    if answer is None:
        return ""
    if question.form == MONEY and isinstance(answer, int):
        return _wan(answer)
    if question.form == RATE:
        return rate_text(answer).removesuffix("%")  # type: ignore[arg-type]
    if question.form == "boolean":
        return "yes" if answer else "no"
    if isinstance(answer, Lists):
        return dict.fromkeys(answer.some, 1)
    return answer if isinstance(answer, Mapping) else str(answer)


def _wan(fen: int) -> str:
    """Fen in 万元, exactly, without separators."""
    whole, rest = divmod(fen, 10**6)
    return f"{whole}.{rest:06d}".rstrip("0").rstrip(".")


def answered(here: Standing, language: str) -> list[Answered]:
    """Every answer with its question, in the order given."""
    return [_answered(key, answer, here, language) for key, answer in here.answers.items()]


def _answered(key: str, answer: Answer, here: Standing, language: str) -> Answered:
    if key == LISTS:
        return Answered(key, _LISTS.pick(language), "", _lists(answer, here, language))
    question = question_for(key, here.bound, here.facts)
    fact, records = question.fact, here.bound.pack.vocabulary.records
    if fact is None or fact.field is None:
        title = records[key].title.pick(language)
    else:
        title = records[fact.record].fields[fact.field].title.pick(language)
        title = title if fact.year is None else f"{fact.year} {title}"
    about = question.about.pick(language) if question.about else ""
    return Answered(key, title, about, _value(question, answer, here, language))


def _lists(answer: Answer, here: Standing, language: str) -> str:
    if not isinstance(answer, Lists):
        return _UNKNOWN.pick(language)
    records = here.bound.pack.vocabulary.records
    return _AND.pick(language).join(records[name].title.pick(language) for name in answer.some) or _NONE.pick(
        language
    )


def _value(question: Question, answer: Answer, here: Standing, language: str) -> str:
    if answer is None:
        return _UNKNOWN.pick(language)
    if isinstance(answer, Mapping):
        titles = {one.code: one.title.pick(language) for one in question.options}
        parts = [
            titles[code] if count == 1 else f"{titles[code]} × {count}" for code, count in answer.items()
        ]
        return joined(parts, language, last=_AND) or _NONE.pick(language)
    fact, vocabulary = question.fact, here.bound.pack.vocabulary
    if fact is None or fact.field is None:
        return str(answer) if answer else _NONE.pick(language)
    type_ = vocabulary.records[fact.record].fields[fact.field].type
    return value_text(answer, type_, vocabulary, language)


# -- results -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shown:
    """One result with what would change it."""

    told: Explanation
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Aside:
    """A benefit that is for others, or needs a record that there is none of."""

    address: str
    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class ShownGroup:
    """The results that came out alike; `aside` names those that are for others, or for want of any record."""

    outcome: Outcome
    shown: tuple[Shown, ...]
    aside: tuple[Aside, ...]

    @property
    def size(self) -> int:
        """How many benefits."""
        return len(self.shown) + len(self.aside)


@dataclass(frozen=True, slots=True)
class ToPrepare:
    """A document to show, where it is fetched or why it is asked for, and the benefits that want it."""

    title: str
    note: str
    shared: bool
    benefits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Overlap:
    """Benefits that pass for the same record: whether they stand beside each other is judged by a person."""

    record: str
    benefits: tuple[str, ...]


def outcome_of(here: Standing, language: str) -> dict[str, Any]:
    """Everything that the page of results shows."""
    wanted = benefits_about(here.bound.pack, here.state.about)
    found = explained(here.assessment, language)
    groups = [_group(group, here, language, wanted) for group in found["groups"]]
    passing = [one.told for group in groups for one in group.shown if group.outcome.passes]
    return {
        "groups": [group for group in groups if group.size],
        "entitled_fen": found["entitled_fen"],
        "ceiling_fen": found["ceiling_fen"],
        "prepare": list(_to_prepare(passing)),
        "overlaps": list(_overlaps(passing)),
        "rules": _rules(passing, here.bound.pack, language),
    }


def _group(group: Group, here: Standing, language: str, wanted: frozenset[str] | None) -> ShownGroup:
    told = [one for one in group.explained if wanted is None or one.benefit_id in wanted]
    aside, shown = [], []
    measures = reverse("measures")
    for one in told:
        if wanted is None and _is_aside(one):
            aside.append(Aside(f"{measures}{one.benefit_id.replace('.', '/')}/", one.parts.title, one.reason))
        else:
            shown.append(Shown(one, would_change(one, here, language)))
    if group.outcome.passes:
        shown.sort(
            key=lambda one: not one.told.result.bound.benefit.amount.is_paid
        )  # money before limits on loans
    else:
        shown.sort(key=lambda one: not one.changes)
    return ShownGroup(group.outcome, tuple(shown), tuple(aside))


def would_change(one: Explanation, here: Standing, language: str) -> tuple[str, ...]:
    """What would change a result, each as a sentence."""
    return tuple(
        sentence(change, here.assessment, language) for change in changes(here.assessment, one.benefit_id)
    )


def _is_aside(one: Explanation) -> bool:
    """Whether a benefit is refused for the kind of subject, or for want of any record of the kinds it looks for."""
    if one.outcome is not Outcome.NOT_ELIGIBLE:
        return False
    if one.result.because in (FOR, NO_RECORD):
        return True
    node = next(
        (node for condition, node in one.result.bound.conditions if condition.key == one.result.because), None
    )
    lists = set() if node is None else {below.value for below in node.walk() if below.op in AGGREGATES}
    return bool(lists) and all(one.assessment.facts.get(str(name)) == [] for name in lists)


def _to_prepare(passing: list[Explanation]) -> Iterator[ToPrepare]:
    """The documents that the benefits ask for, those to be handed in first."""
    found: dict[tuple[str, str, bool], list[str]] = {}
    for one in passing:
        for document in one.parts.evidence:
            found.setdefault(document, []).append(one.parts.title)
    for (title, note, shared), benefits in sorted(found.items(), key=lambda pair: pair[0][2]):
        yield ToPrepare(title, note, shared, tuple(benefits))


def _overlaps(passing: list[Explanation]) -> Iterator[Overlap]:
    """The records for which several benefits pass that are not said to stack."""
    found: dict[str, list[str]] = {}
    for one in passing:
        if one.result.bound.benefit.stacking.rule == "stacks":
            continue
        for record in one.records:
            if record.label is not None and record.outcome.passes:
                found.setdefault(f"{one.parts.each} · {record.label}", []).append(one.parts.title)
    for name, benefits in found.items():
        if len(benefits) > 1:
            yield Overlap(name, tuple(benefits))


def _rules(passing: list[Explanation], pack: Pack, language: str) -> list[dict[str, Any]]:
    """The implementing rules of the benefits that pass, with their steps."""
    ids = {one.benefit_id for one in passing}
    return [
        {
            "title": rule.title.pick(language),
            "number": rule.number,
            "steps": [one.pick(language) for one in rule.steps],
        }
        for rule in pack.rules
        if ids.intersection(rule.refines)
    ]


def reassessed(here: Standing, on: date) -> State:
    """The same answers on another day."""
    return State(on, here.state.about, here.state.answers)
