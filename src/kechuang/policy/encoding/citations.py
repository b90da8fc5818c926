"""Which words of the document which piece of the pack speaks of: the way from the text to its encoding and back.

    citations_of(pack)   every quote of the pack, every figure and every name, with its place in the text
    segments_of(pack)    the text of each clause cut so that each piece lies under the same citations throughout

Quotes overlap: a figure stands in a condition, a condition in the phrase of a reading. A segment names all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final, Literal, get_args

from kechuang.policy.encoding.pack import (
    Amount,
    Benefit,
    Cap,
    Condition,
    Declared,
    Duty,
    Let,
    Measure,
    Pack,
    Reading,
    Stacking,
)
from kechuang.policy.encoding.trace import Token, trace
from kechuang.policy.language.parameter import Parameter, Quote

CitationKind = Literal[
    "figure", "cap", "amount", "condition", "term", "scope", "stacking", "reading", "validity", "department", "duty",
    "programmatic", "gap",
]  # fmt: skip
KINDS: Final[tuple[CitationKind, ...]] = get_args(CitationKind)
CLOSING: Final = "closing"
Thing = (
    Parameter | Condition | Amount | Cap | Let | Benefit | Stacking | Reading | Duty | Declared | str | None
)


@dataclass(frozen=True, slots=True)
class Citation:
    """One piece of the pack that speaks of words of the text, at (start, end) in the text of its clause.

    `key` names it within its kind: '9.rd_growth.floor', 'I-9', a department. `thing` is what the pack holds; a name
    for departments and dates, None for words that nothing encodes.
    """

    kind: CitationKind
    key: str
    clause: str
    start: int
    end: int
    thing: Thing
    benefit: Benefit | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """Words of a clause under the same citations throughout, the narrowest first; none where nothing is encoded.

    `tokens` are the figures, boundary words and departments of the trace that begin in it.
    """

    clause: str
    start: int
    end: int
    text: str
    citations: tuple[Citation, ...]
    tokens: tuple[Token, ...]


@lru_cache(maxsize=16)
def citations_of(pack: Pack) -> tuple[Citation, ...]:
    """Every citation of a pack in the order of the text; each figure, boundary word and department is under one."""
    found = [one for measure in pack.measures.values() for one in _of_measure(pack, measure)]
    found += _readings(pack)
    found += _tokens(pack)
    order = {key: place for place, key in enumerate((*pack.document.clauses, CLOSING))}
    return tuple(
        sorted(found, key=lambda one: (order[one.clause], one.start, -one.end, KINDS.index(one.kind)))
    )


@lru_cache(maxsize=16)
def segments_of(pack: Pack) -> Mapping[str, tuple[Segment, ...]]:
    """The text of each clause (and 'closing') as segments that follow each other without a gap.

    Sentences begin and end with a segment, so a page can set them off.
    """
    document = pack.document
    texts = {key: (clause.text, clause.start) for key, clause in document.clauses.items()}
    if CLOSING in document.anchors:
        texts[CLOSING] = (document.anchors[CLOSING].text, document.anchors[CLOSING].start)
    cuts: dict[str, set[int]] = {key: {0, len(text)} for key, (text, _) in texts.items()}
    for key, clause in document.clauses.items():
        named = document.anchors.get(f"{key}.departments")
        for anchor in (*clause.sentences, *((named,) if named else ())):
            cuts[key] |= {anchor.start - clause.start, anchor.end - clause.start}
    over: dict[str, list[Citation]] = {key: [] for key in texts}
    for citation in citations_of(pack):
        cuts[citation.clause] |= {citation.start, citation.end}
        over[citation.clause].append(citation)
    tokens = trace(pack).tokens
    return {
        key: tuple(
            _cut(key, text, sorted(cuts[key]), over[key], [one for one in tokens if one.clause == key])
        )
        for key, (text, _) in texts.items()
    }


def _cut(
    key: str, text: str, cuts: list[int], over: list[Citation], tokens: list[Token]
) -> Iterator[Segment]:
    for start, end in pairwise(cuts):
        citing = [one for one in over if one.start <= start and end <= one.end]
        citing.sort(key=lambda one: (one.end - one.start, KINDS.index(one.kind)))
        here = tuple(token for token in tokens if start <= token.start < end)
        yield Segment(key, start, end, text[start:end], tuple(citing), here)


def _of_measure(pack: Pack, measure: Measure) -> Iterator[Citation]:
    """What the quotes of one measure speak of; figures and words that nothing quotes come later."""
    for benefit in measure.benefits:
        yield from _of_benefit(benefit)
    for duty in measure.duties:
        yield from _quoted("duty", duty.id, duty.quote, duty)
    for number, entry in enumerate(measure.programmatic):
        yield from _quoted("programmatic", f"{measure.key}.{number}", entry.quote, entry)
    for number, entry in enumerate(measure.gaps):
        yield from _quoted("gap", f"{measure.key}.{number}", entry.quote, entry)
    clause = pack.document.clauses.get(measure.key)
    for mention in clause.departments if clause else ():
        yield Citation("department", mention.name, measure.key, mention.start, mention.end, mention.name)


def _of_benefit(benefit: Benefit) -> Iterator[Citation]:
    amount = benefit.amount
    yield from _quoted("amount", benefit.id, amount.quote, amount, benefit)
    yield from _quoted("scope", benefit.id, benefit.per_quote, benefit, benefit)
    yield from _quoted("stacking", benefit.id, benefit.stacking.quote, benefit.stacking, benefit)
    for cap in (*amount.caps, *amount.total_caps):
        yield from _quoted("cap", f"{benefit.id}.{cap.key}", cap.quote, cap, benefit)
    for condition in benefit.conditions:
        yield from _quoted("condition", f"{benefit.id}.{condition.key}", condition.quote, condition, benefit)
    for let in benefit.lets:
        yield from _quoted("term", f"{benefit.id}.{let.key}", let.quote, let, benefit)


def _quoted(
    kind: CitationKind, key: str, quote: Quote | None, thing: Thing, benefit: Benefit | None = None
) -> Iterator[Citation]:
    if quote is not None and quote.start < quote.end:
        yield Citation(kind, key, quote.clause, quote.start, quote.end, thing, benefit)


def _readings(pack: Pack) -> Iterator[Citation]:
    for reading in pack.readings.values():
        clause = pack.document.clauses.get(reading.measure)
        for start, end in clause.find(reading.phrase) if clause else ():
            yield Citation("reading", reading.id, reading.measure, start, end, reading)


def _tokens(pack: Pack) -> Iterator[Citation]:
    """Each figure under the parameter or date that stands for it; a token that nothing quotes as a gap."""
    parameters = {
        f"parameter {benefit.id}.{one.key}": (benefit, one)
        for benefit in pack.benefits
        for one in benefit.parameters.values()
    }
    unseen = dict(parameters)
    for token in trace(pack).tokens:
        place = (token.clause, token.start, token.end)
        for claim in token.claims:
            if claim.what in parameters:
                benefit, one = parameters[claim.what]
                unseen.pop(claim.what, None)
                yield Citation("figure", f"{benefit.id}.{one.key}", *place, one, benefit)
            elif claim.what in ("valid_from", "valid_to"):
                yield Citation("validity", claim.what, *place, claim.says)
        if not token.claims and token.kind != "department":
            yield Citation("gap", token.text, *place, None)
    for benefit, one in unseen.values():  # its figure is written in words, or differs: its quote has to do
        yield from _quoted("figure", f"{benefit.id}.{one.key}", one.quote, one, benefit)
