"""What a pack claims of one clause: which parameter stands for a figure, which condition for a boundary word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final

from kechuang.policy.encoding.agreement import (
    FIGURE_KINDS,
    disagreement,
    equals,
    figure_of,
    parameter_values,
    shown,
    value_type,
)
from kechuang.policy.encoding.pack import Benefit, Cap, Condition, Declared, Measure, Pack
from kechuang.policy.language.parameter import Parameter, Quote
from kechuang.policy.language.problems import Place
from kechuang.policy.text.document import Clause
from kechuang.policy.text.lexicon import AT_LEAST, BoundaryWord, Figure, boundary_words, figures

NOWHERE: Final = (0, 0)


@dataclass(frozen=True, slots=True)
class Mark:
    """One token of a clause's text: a figure, a boundary word or a department, at (start, end)."""

    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Claim:
    """One place of the pack that answers for a token: what it is, what it says (value or operator or reason), where."""

    what: str
    says: str
    place: Place

    def __str__(self) -> str:
        return f"{self.what} ({self.says}) at {self.place}"


@dataclass(frozen=True, slots=True)
class Fault:
    """One disagreement: the clause, the line of the raw text, and a sentence with the place in the pack."""

    clause: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"measure {self.clause}, line {self.line} of the text: {self.message}"


@dataclass(slots=True)
class ClauseClaims:
    """The tokens of one clause and who claims them. `disputed` are tokens whose claim does not agree with the text."""

    pack: Pack
    key: str
    text: str
    base: int  # offset of `text` in the document
    figures: list[Figure]
    words: list[BoundaryWord]
    claims: dict[Mark, list[Claim]] = field(default_factory=dict)
    disputed: set[Mark] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)

    def line(self, offset: int) -> int:
        """The raw line of an offset in this clause."""
        return self.pack.document.line(self.base + offset)

    def fault(self, offset: int, message: str) -> None:
        """Note a disagreement about the words at an offset."""
        self.faults.append(Fault(self.key, self.line(offset), message))

    def span(self, quote: Quote) -> tuple[int, int]:
        """Where the quote stands; when it does not, the nearest words are disputed and nothing is claimed."""
        found = self.pack.document.clauses[self.key].find(quote.text)
        if len(found) == 1:
            return found[0]
        near = self.pack.document.clauses[self.key].nearest(quote.text) if not found else found[0]
        start, end = near or NOWHERE
        self.disputed |= {mark for mark in self.claims if start <= mark.start and mark.end <= end}
        says = (
            f"the text says '{self.text[start:end]}'"
            if not found
            else f"these words stand {len(found)} times here"
        )
        self.fault(start, f"{says}, the pack quotes '{quote.text}' at {quote.place}")
        return NOWHERE

    def within(self, span: tuple[int, int], kind: str = "") -> Iterator[Mark]:
        """The tokens that lie wholly within a span, of one kind or of all."""
        for mark in self.claims:
            if span[0] <= mark.start and mark.end <= span[1] and kind in ("", mark.kind):
                yield mark


def claims_of_clause(pack: Pack, clause: Clause) -> ClauseClaims:
    """Everything that the measure of a clause claims of it."""
    found = ClauseClaims(
        pack, clause.key, clause.text, clause.start, figures(clause.text), boundary_words(clause.text)
    )
    found.claims = {mark: [] for mark in _marks(found, clause)}
    measure = pack.measures.get(clause.key)
    if measure is None:
        return found
    for benefit in measure.benefits:
        _claim_benefit(found, benefit)
    for entry in measure.programmatic:
        _claim_declared(found, "programmatic", entry)
    for entry in measure.gaps:
        _claim_declared(found, "gap", entry)
    _claim_departments(found, clause, measure)
    return found


def claims_of_closing(pack: Pack) -> ClauseClaims | None:
    """The dates of the closing sentence against the validity of the pack; None for a document without closing.

    A day that the closing counts from another (自发布之日起, 有效期5年) has no date there: the document worked it out.
    """
    closing = pack.document.anchors.get("closing")
    if closing is None:
        return None
    dates = [figure for figure in figures(closing.text) if figure.kind == "date"]
    found = ClauseClaims(pack, "closing", closing.text, closing.start, dates, [])
    found.claims = {Mark("figure", one.text, one.start, one.end): [] for one in dates}
    for name, day in zip(("valid_from", "valid_to"), pack.valid, strict=True):
        place = Place(f"{pack.id}/pack.yaml", path=f"document.{name}")
        marks = [mark for mark, one in zip(found.claims, dates, strict=True) if one.value == day]
        for mark in marks:
            found.claims[mark].append(Claim(name, day.isoformat(), place))
        if not marks and getattr(pack.document, name) != day:
            said = "、".join(one.text for one in dates) or "no date"
            found.disputed |= {mark for mark, claims in found.claims.items() if not claims}
            found.fault(0, f"the text says {said}, but {name} is {day.isoformat()} at {place}")
    return found


def _marks(found: ClauseClaims, clause: Clause) -> Iterator[Mark]:
    yield from (Mark("figure", one.text, one.start, one.end) for one in found.figures)
    yield from (Mark("boundary word", one.word, one.start, one.end) for one in found.words)
    yield from (Mark("department", one.name, one.start, one.end) for one in clause.departments)


def _claim_benefit(found: ClauseClaims, benefit: Benefit) -> None:
    keys: dict[int, str] = {}  # start of a figure -> the parameter of this benefit that stands for it
    for parameter in benefit.parameters.values():
        if parameter.quote is not None:
            for figure in _claim_figures(found, benefit, parameter, parameter.quote):
                keys[figure.start] = parameter.key
    for condition in benefit.conditions:
        if condition.quote is not None:
            _claim_condition(found, benefit, condition, condition.quote, keys)
    _claim_amount(found, benefit)
    for cap in (*benefit.amount.caps, *benefit.amount.total_caps):
        _claim_cap(found, benefit, cap)


def _claim_amount(found: ClauseClaims, benefit: Benefit) -> None:
    """The words of an amount are ceilings, or 不低于 for a limit; anything else belongs to a condition."""
    amount = benefit.amount
    if amount.quote is not None:
        for word in _claim_words(found, f"amount {benefit.id}", amount.kind, amount.quote):
            if word.is_ceiling and not amount.is_ceiling:
                but = f"the amount of {benefit.id} is {amount.kind} at {amount.place}"
                _dispute(found, word, f"makes a ceiling, but {but}")
            elif not word.is_ceiling and (word.operators != AT_LEAST or amount.kind != "at_least"):
                but = f"the amount of {benefit.id} quotes it at {amount.quote.place}"
                _dispute(found, word, f"needs a condition, but {but}")


def _claim_figures(
    found: ClauseClaims, benefit: Benefit, parameter: Parameter, quote: Quote
) -> Sequence[Figure]:
    """Claim the figures in the quote that equal the parameter's values; a value without its figure is a fault."""
    start, end = found.span(quote)
    type_ = value_type(parameter)
    inside = [one for one in found.figures if start <= one.start and one.end <= end]
    kin = [one for one in inside if one.kind in FIGURE_KINDS.get(type_, ())]
    needed, others = parameter_values(parameter, found.pack.chosen_readings())
    name, place = f"parameter {benefit.id}.{parameter.key}", parameter.values[0].place
    claimed = [one for one in kin if any(equals(one, value) for value in (*needed, *others))]
    for figure in claimed:
        found.claims[Mark("figure", figure.text, figure.start, figure.end)].append(
            Claim(name, figure.text, place)
        )
    missing = [shown(type_, value) for value in needed if not any(equals(one, value) for one in kin)]
    if missing and end:
        said = "、".join(one.text for one in kin) or "no such figure"
        found.disputed |= {Mark("figure", one.text, one.start, one.end) for one in kin if one not in claimed}
        at = kin[0].start if kin else start
        found.fault(
            at,
            f"the text says {said}, but {name} is {'、'.join(missing)} at {place}; quoted at {quote.place}",
        )
    return claimed


def _claim_condition(
    found: ClauseClaims, benefit: Benefit, condition: Condition, quote: Quote, keys: dict[int, str]
) -> None:
    name = f"condition {benefit.id}.{condition.key}"
    for word in _claim_words(found, name, condition.source or "by reading", quote):
        figure = figure_of(word, found.figures, found.text)
        wrong = disagreement(word, condition.node, keys.get(figure.start, "") if figure else "")
        if wrong:
            _dispute(found, word, f"disagrees with {name} at {condition.place}: {wrong}")


def _claim_cap(found: ClauseClaims, benefit: Benefit, cap: Cap) -> None:
    if cap.quote is None:
        return
    for word in _claim_words(found, f"cap {benefit.id}.{cap.key}", "<=", cap.quote):
        if not word.is_ceiling:
            _dispute(
                found, word, f"is no ceiling, but cap {benefit.id}.{cap.key} quotes it at {cap.quote.place}"
            )


def _claim_words(found: ClauseClaims, name: str, says: str, quote: Quote) -> list[BoundaryWord]:
    start, end = found.span(quote)
    inside = [word for word in found.words if start <= word.start and word.end <= end]
    for word in inside:
        found.claims[Mark("boundary word", word.word, word.start, word.end)].append(
            Claim(name, says, quote.place)
        )
    return inside


def _dispute(found: ClauseClaims, word: BoundaryWord, message: str) -> None:
    found.disputed.add(Mark("boundary word", word.word, word.start, word.end))
    found.fault(word.start, f"'{word.word}' {message}")


def _claim_declared(found: ClauseClaims, what: str, entry: Declared) -> None:
    """Words declared to compute nothing; an entry whose quote holds no figure or boundary word is a fault."""
    span = found.span(entry.quote) if entry.quote else NOWHERE
    marks = list(found.within(span))
    owner = f" ({entry.owner})" if entry.owner else ""
    for mark in marks:
        found.claims[mark].append(Claim(what, f"{entry.why.en}{owner}", entry.place))
    if not marks and (entry.quote is None or span != NOWHERE):
        found.fault(
            span[0],
            f"the entry under '{what}' at {entry.place} quotes no figure and no boundary word; delete it",
        )


def _claim_departments(found: ClauseClaims, clause: Clause, measure: Measure) -> None:
    named = [mark for mark in found.claims if mark.kind == "department"]
    unnamed = [mark.text for mark in named if mark.text not in {name for name, _ in measure.departments}]
    for name, place in measure.departments:
        marks = [mark for mark in named if mark.text == name]
        for mark in marks:
            found.claims[mark].append(Claim("departments", name, place))
        if not marks:
            near = get_close_matches(name, unnamed, 1, 0.0)
            at = next((mark for mark in named if mark.text in near), None)
            if at is not None:
                found.disputed.add(at)
            said = f"names '{at.text}'" if at else "names no such department"
            found.fault(
                at.start if at else len(clause.text) - 1, f"the text {said}, the pack '{name}' at {place}"
            )
