"""Explains one result in full, in sentences of 中文 or English, with the clause quoted and every value shown.

What depends on the pack alone is written beforehand (explanation_parts); what depends on the case is put into words
when it is asked for, so that explaining a whole pack costs little more than assessing it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any, Final, Generic, NamedTuple, TypeVar, cast, overload

from kechuang.policy.cases.evaluator import Environment, compile_node
from kechuang.policy.cases.outcome import Assessment, Item, Outcome, Result
from kechuang.policy.encoding.pack import Share
from kechuang.policy.language.tree import Node
from kechuang.policy.language.values import Value
from kechuang.policy.language.vocabulary import SUBJECT, YEARS
from kechuang.policy.words.explanation_parts import (
    AmountParts,
    BenefitParts,
    CapParts,
    ConditionParts,
    Told,
    parts_of,
)
from kechuang.policy.words.reasons import (
    MissingFact,
    headline,
    missing_fact,
    reason_in,
    record_environment,
    record_label,
    shortfall_sentence,
    subject_environment,
)
from kechuang.policy.words.sentences import writer_of

LANGUAGES: Final = ("zh", "en")
_Owner = TypeVar("_Owner")
_Kept = TypeVar("_Kept")


class kept(Generic[_Owner, _Kept]):  # noqa: N801 - reads as a decorator
    """A property computed when first read and kept in the instance; functools' own takes a lock at each first read."""

    def __init__(self, compute: Callable[[_Owner], _Kept]) -> None:
        self.compute = compute
        self.name = compute.__name__
        self.__doc__ = compute.__doc__

    @overload
    def __get__(self, owner: None, kind: type[_Owner]) -> kept[_Owner, _Kept]: ...
    @overload
    def __get__(self, owner: _Owner, kind: type[_Owner]) -> _Kept: ...
    def __get__(self, owner: _Owner | None, kind: type[_Owner]) -> kept[_Owner, _Kept] | _Kept:
        """The value, computed once."""
        if owner is None:
            return self
        value = owner.__dict__[self.name] = self.compute(owner)
        return value


class Verdict(StrEnum):
    """What came of one condition; `not_examined` when there was no record, or no right kind of subject, to examine."""

    HOLDS = "holds"
    FAILS = "fails"
    UNKNOWN = "unknown"
    NOT_EXAMINED = "not_examined"

    @property
    def sign(self) -> str:
        """✓ ✗ ? –."""
        return _SIGNS[self]


_SIGNS: Final = {Verdict.HOLDS: "✓", Verdict.FAILS: "✗", Verdict.UNKNOWN: "?", Verdict.NOT_EXAMINED: "–"}
_VERDICTS: Final = {True: Verdict.HOLDS, False: Verdict.FAILS, None: Verdict.UNKNOWN}


class Place(NamedTuple):
    """Where a fact was read: its kind of record, its field, and the row (for annual figures at least its year).

    known: whether anything was there.
    """

    record: str
    field: str
    row: Mapping[str, Any]
    known: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """A fact or an intermediate value in words: title, value with unit, meaning of a name, register of a fact.

    source: the register that holds such a fact, wherever this value came from. place: where the value was read.
    """

    title: str
    value: str
    meaning: str | None
    source: str | None
    place: Place | None = None


class Check(NamedTuple):
    """One line of the checklist: the condition in words and what came of it."""

    parts: ConditionParts
    verdict: Verdict
    decisive: bool
    case: Case

    @property
    def facts(self) -> tuple[Shown, ...]:
        """The facts that the condition reads."""
        return self.case.shown(self.parts.facts)

    @property
    def terms(self) -> tuple[Shown, ...]:
        """The named intermediate values that it is made of."""
        return self.case.shown(self.parts.terms)


@dataclass(frozen=True, slots=True)
class CapTold:
    """A ceiling with its value in fen (None: unknown) and whether it is the one that binds."""

    parts: CapParts
    fen: int | Fraction | None
    binds: bool


@dataclass(frozen=True, slots=True)
class AmountTold:
    """How a sum came about: the value of the formula, the ceilings, and what was cut by rounding; all in fen."""

    parts: AmountParts
    formula: int | Fraction | None
    caps: tuple[CapTold, ...]
    amount: int | None
    case: Case

    @property
    def facts(self) -> tuple[Shown, ...]:
        """The facts that the formula reads."""
        return self.case.shown(self.parts.facts)

    @property
    def terms(self) -> tuple[Shown, ...]:
        """The named intermediate values of the formula."""
        return self.case.shown(self.parts.terms)

    @property
    def rounded(self) -> bool:
        """Whether rounding changed the sum."""
        held = [one for one in (self.formula, *(cap.fen for cap in self.caps)) if one is not None]
        return self.amount is not None and bool(held) and min(held) != self.amount


@dataclass(frozen=True, slots=True)
class Case:
    """The subject, or one of its records, in one assessment: where values are asked for."""

    assessment: Assessment
    env: Environment
    language: str

    def value(self, node: Node) -> Value:
        """The value of a node, from the assessment or computed now."""
        return cast("Value", compile_node(node, self.assessment.bound)(self.env))

    def shown(self, told: tuple[Told, ...]) -> tuple[Shown, ...]:
        """Facts or terms with their values in words."""
        writer = writer_of(self.assessment.bound, self.language)
        shown = []
        for one in told:
            value = self.value(one.node)
            text = writer.value(value, one.node.type)
            shown.append(Shown(one.title, text, one.meaning, one.source, self._place(one.node, value)))
        return tuple(shown)

    def _place(self, node: Node, value: Value) -> Place | None:
        """Where the value of a fact was read; None for what is no fact."""
        if node.op == "annual":
            back = self.value(node.args[0])
            row = {"year": self.assessment.bound.year - back} if isinstance(back, int) else {}
            return Place(YEARS, str(node.value), row, value is not None)
        if node.op != "field":
            return None
        record, name = cast("tuple[str, str]", node.value)
        return Place(record, name, {} if record == SUBJECT else self.env.record, value is not None)


@dataclass(eq=False)
class RecordExplanation:
    """The explanation for one related record, or for the subject itself (label None)."""

    parts: BenefitParts
    result: Result
    item: Item
    case: Case

    @kept
    def label(self) -> str | None:
        """What the record is called."""
        each, index = self.result.bound.benefit.each, self.item.index
        if each is None or index is None:
            return None
        return record_label(self.case.assessment, each, index, self.case.language)

    @property
    def outcome(self) -> Outcome:
        """What came of this record."""
        return self.item.outcome

    @kept
    def checks(self) -> tuple[Check, ...]:
        """Every condition with its verdict, also those after the one that decided."""
        case, because = self.case, self.item.because
        env = case.env
        return tuple(
            [Check(one, _VERDICTS[one.run(env)], one.key == because, case) for one in self.parts.conditions]
        )

    @kept
    def shortfall(self) -> str | None:
        """How far the deciding condition is from holding."""
        short = self.item.short
        if short is None:
            return None
        return shortfall_sentence(short, self.case.assessment.bound, self.case.env, self.case.language)

    @kept
    def amount(self) -> AmountTold | None:
        """How the sum came about; None when the record does not pass or no money is given."""
        formula = self.result.bound.formula
        if formula is None or not self.item.outcome.passes:
            return None
        value = cast("int | Fraction | None", self.case.value(formula))
        caps = told_caps(self.parts.amount.caps, value, self.case)
        return AmountTold(self.parts.amount, value, caps, self.item.amount, self.case)


@dataclass(eq=False)
class Explanation:
    """One result explained in one language. Everything is put into words when asked for, and then kept."""

    assessment: Assessment
    result: Result
    parts: BenefitParts
    case: Case

    @property
    def language(self) -> str:
        """'zh' or 'en'."""
        return self.case.language

    @property
    def benefit_id(self) -> str:
        """'9.rd_growth'."""
        return self.parts.id

    @property
    def outcome(self) -> Outcome:
        """One of the five outcomes."""
        return self.result.outcome

    @kept
    def headline(self) -> str:
        """The outcome with its sum."""
        return headline(self.result, self.language)

    @kept
    def reason(self) -> str:
        """One short sentence that says why."""
        spoken = self.speaking
        env = self.case.env if spoken is None else spoken.case.env
        return reason_in(self.assessment, self.result, self.parts, self.language, env)

    @kept
    def missing(self) -> tuple[MissingFact, ...]:
        """The facts still needed: those of the result, and those of records that may raise the sum."""
        found = [*self.result.missing, *(one for item in self.result.items for one in item.missing)]
        return tuple(missing_fact(one, self.assessment, self.language) for one in dict.fromkeys(found))

    @kept
    def kind(self) -> Verdict:
        """Whether the subject is of a kind that can have the benefit."""
        if not self.result.bound.in_force:
            return Verdict.NOT_EXAMINED
        return _VERDICTS[cast("bool | None", self.case.value(self.result.bound.kind_fits))]

    @kept
    def records(self) -> tuple[RecordExplanation, ...]:
        """One explanation for each related record; a single one for a benefit of the subject itself."""
        return tuple(
            [
                RecordExplanation(self.parts, self.result, item, self._case_of(item))
                for item in self.result.items
            ]
        )

    @kept
    def speaking(self) -> RecordExplanation | None:
        """The record that speaks for the whole: the first with its outcome and reason."""
        outcome, because = self.result.outcome, self.result.because
        for one in self.records:
            if one.item.outcome is outcome and one.item.because == because:
                return one
        return self.records[0] if self.records else None

    @kept
    def checks(self) -> tuple[Check, ...]:
        """The checklist of the record that speaks for the whole; not examined when there is none."""
        if self.speaking is not None:
            return self.speaking.checks
        case = self.case
        return tuple(
            [Check(one, Verdict.NOT_EXAMINED, decisive=False, case=case) for one in self.parts.conditions]
        )

    @kept
    def total(self) -> int | None:
        """The sum over the records that pass, before the ceilings on it, in fen."""
        if self.result.amount is None:
            return None
        return sum(item.amount or 0 for item in self.result.items if item.outcome.passes)

    @kept
    def total_caps(self) -> tuple[CapTold, ...]:
        """The ceilings on the sum over all records."""
        return told_caps(self.parts.amount.total_caps, self.total, self.case)

    @kept
    def shares(self) -> tuple[tuple[str, int], ...]:
        """How the sum is split: (title, fen). Shares are cut to the fen; a fen left over goes to the first."""
        benefit, amount = self.result.bound.benefit, self.result.amount
        if amount is None or not benefit.split:
            return ()
        rates = [self._rate(share) for share in benefit.split]
        fen = [int(amount * rate) for rate in rates]
        if sum(rates) == 1:
            fen[0] += amount - sum(fen)
        return tuple(
            (share.title.pick(self.language), one) for share, one in zip(benefit.split, fen, strict=True)
        )

    def _rate(self, share: Share) -> Fraction:
        value = self.assessment.bound.value_of(self.result.bound.benefit.parameters[share.parameter])
        return Fraction(cast("Fraction", value))

    def _case_of(self, item: Item) -> Case:
        each = self.result.bound.benefit.each
        if each is None or item.index is None:
            return self.case
        return Case(self.assessment, record_environment(self.case.env, item, each), self.language)

    def to_text(self) -> str:
        """The whole explanation as printable text."""
        from kechuang.policy.words.explanation_text import text_of

        return text_of(self)

    def to_dict(self) -> dict[str, Any]:
        """The whole explanation as plain data for JSON: texts, sums in fen, no other types."""
        from kechuang.policy.words.explanation_text import data_of

        return data_of(self)


def told_caps(caps: tuple[CapParts, ...], value: int | Fraction | None, case: Case) -> tuple[CapTold, ...]:
    """The ceilings with their values; the lowest of those below `value` binds."""
    values = [cast("int | Fraction | None", case.value(cap.node)) for cap in caps]
    lowest = min((one for one in values if one is not None), default=None)
    binding = lowest if value is not None and lowest is not None and lowest < value else None
    return tuple(
        CapTold(cap, one, binds=one is not None and one == binding)
        for cap, one in zip(caps, values, strict=True)
    )


def explain(assessment: Assessment, benefit_id: str, language: str = "zh") -> Explanation:
    """Explain the result for one benefit ('9.rd_growth') in 'zh' or 'en'; KeyError for one that was not assessed."""
    if language not in LANGUAGES:
        raise ValueError(f"language '{language}' is unknown; expected one of: {', '.join(LANGUAGES)}")
    if benefit_id not in assessment.results:
        raise KeyError(f"no result for '{benefit_id}'; there are: {', '.join(assessment.results)}")
    parts, case = (
        parts_of(assessment.bound, language),
        Case(assessment, subject_environment(assessment), language),
    )
    return Explanation(assessment, assessment.results[benefit_id], parts[benefit_id], case)


def explain_all(assessment: Assessment, language: str = "zh") -> tuple[Explanation, ...]:
    """Explain every result of an assessment, in the order of the document."""
    if language not in LANGUAGES:
        raise ValueError(f"language '{language}' is unknown; expected one of: {', '.join(LANGUAGES)}")
    parts, case = (
        parts_of(assessment.bound, language),
        Case(assessment, subject_environment(assessment), language),
    )
    return tuple(
        [Explanation(assessment, result, parts[key], case) for key, result in assessment.results.items()]
    )
