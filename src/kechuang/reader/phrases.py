"""What the pack says of words of the text: a sentence for each citation, and all that its card shows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Final

from kechuang.policy.encoding.binding import bind
from kechuang.policy.encoding.citations import Citation, CitationKind, Segment, citations_of, segments_of
from kechuang.policy.encoding.pack import Benefit, Declared, Duty, Measure, Pack, Reading
from kechuang.policy.language.parameter import Parameter
from kechuang.policy.language.tree import Node
from kechuang.policy.language.values import Words
from kechuang.policy.words.explanation_parts import (
    AmountParts,
    BenefitParts,
    CapParts,
    ConditionParts,
    parts_of,
)
from kechuang.reader import queries
from kechuang.reader.queries import ShownParameter

KIND_WORDS: Final[Mapping[CitationKind, Words]] = {
    "figure": Words("标准", "figure"),
    "cap": Words("上限", "ceiling"),
    "amount": Words("金额", "amount"),
    "condition": Words("条件", "condition"),
    "term": Words("中间量", "term"),
    "scope": Words("享受范围", "scope"),
    "stacking": Words("叠加", "stacking"),
    "reading": Words("口径", "reading"),
    "validity": Words("有效期", "validity"),
    "department": Words("责任单位", "department"),
    "duty": Words("部门职责", "duty"),
    "programmatic": Words("不参与计算", "not computed"),
    "gap": Words("尚未编码", "not encoded"),
}
AMOUNT_WORDS: Final = {
    "exact": Words("给予 {0}", "{0}"),
    "up_to": Words("最高 {0}", "up to: {0}"),
    "limit": Words("额度最高 {0}", "a limit of up to: {0}"),
    "at_least": Words("不低于 {0}", "at least: {0}"),
    "in_kind": Words("{0}", "{0}"),
}
COLON: Final = Words("：", ": ")
CEILING: Final = Words("不超过 {0}", "at most: {0}")
VALIDITY: Final = {
    "valid_from": Words("自 {0} 起施行", "in force from {0}"),
    "valid_to": Words("有效期至 {0}", "in force until {0}"),
}
DOCUMENT_VALIDITY: Final = Words("文件的有效期", "validity of the document")
RESPONSIBLE: Final = Words(
    "负责本条；在本文件中共负责 {0} 条", "responsible here, and for {0} measures in all"
)
UNCLAIMED: Final = Words(
    "这里的数字或边界词还没有对应的编码", "nothing encodes this figure or boundary word yet"
)


@dataclass(frozen=True)
class Told:
    """One citation for people: its words in the text, the word for its kind, a title, what it says, what it opens."""

    citation: Citation
    words: str
    word: str
    title: str
    said: str
    condition: ConditionParts | None = None
    amount: AmountParts | None = None
    cap: CapParts | None = None
    parameter: ShownParameter | None = None
    uses: tuple[str, ...] = ()
    readings: tuple[Reading, ...] = ()
    measures: tuple[Measure, ...] = ()
    benefit: Benefit | None = None


@dataclass(frozen=True)
class Phrase:
    """The words of a segment with all that speaks of them, and the benefits that they belong to, each once."""

    segment: Segment
    place: str
    anchor: str
    told: tuple[Told, ...]
    benefits: tuple[tuple[Benefit, BenefitParts], ...]


def place_of(segment: Segment) -> str:
    """The name of a segment in addresses and anchors: '9-57'."""
    return f"{segment.clause}-{segment.start}"


@lru_cache(maxsize=16)
def told(pack: Pack, language: str, on: date) -> Mapping[str, tuple[Told, ...]]:
    """All citations by clause, in the order of the text, with the values of a day."""
    found: dict[str, list[Told]] = {key: [] for key in segments_of(pack)}
    teller = _Teller(pack, language, on)
    for citation in citations_of(pack):
        found[citation.clause].append(teller.tell(citation))
    return {key: tuple(items) for key, items in found.items()}


def phrase_at(pack: Pack, place: str) -> Segment | None:
    """The marked words at a place; None where nothing is cited."""
    clause, _dash, start = place.rpartition("-")
    found = (one for one in segments_of(pack).get(clause, ()) if one.citations and str(one.start) == start)
    return next(found, None)


def phrase_of(pack: Pack, place: str, language: str, on: date) -> Phrase:
    """The marked words at a place with all that is told of them; ValueError where nothing is cited."""
    segment = phrase_at(pack, place)
    if segment is None:
        raise ValueError(f"nothing is cited at '{place}'; expected a clause and the start of its words: 9-57")
    by_citation = {id(one.citation): one for one in told(pack, language, on)[segment.clause]}
    cards = tuple(_each_reading_once(by_citation[id(citation)] for citation in segment.citations))
    parts = parts_of(bind(pack, on), language)
    benefits = {one.citation.benefit.id: one.citation.benefit for one in cards if one.citation.benefit}
    with_parts = tuple((one, parts[one.id]) for one in benefits.values())
    return Phrase(segment, place, anchor_of(pack, segment), cards, with_parts)


def _each_reading_once(cards: Iterable[Told]) -> Iterator[Told]:
    """The cards with every reading on the first one that names it; a card for a reading told before is left out."""
    seen: set[str] = set()
    for card in cards:
        fresh = tuple(one for one in card.readings if one.id not in seen)
        if fresh or card.citation.kind != "reading":
            yield replace(card, readings=fresh)
        seen |= {one.id for one in card.readings}


def mark_of(pack: Pack, clause: str, start: int) -> str:
    """The place of the first marked words at or after `start` in a clause; '' when there are none."""
    found = (one for one in segments_of(pack).get(clause, ()) if one.start >= start and one.citations)
    segment = next(found, None)
    return place_of(segment) if segment else ""


def anchor_of(pack: Pack, segment: Segment) -> str:
    """The sentence in which a segment stands."""
    document = pack.document
    if segment.clause not in document.clauses:
        return segment.clause
    clause = document.clauses[segment.clause]
    at = clause.start + segment.start
    inside = (one.id for one in clause.sentences if one.start <= at < one.end)
    return next(inside, f"{clause.key}.departments")


class _Teller:
    """Tells the citations of one pack in one language on one day."""

    def __init__(self, pack: Pack, language: str, on: date) -> None:
        self.pack = pack
        self.language = language
        self.on = on
        self.parts = parts_of(bind(pack, on), language)
        self.tellers: Mapping[CitationKind, Callable[[Citation], Told]] = {
            "figure": self.figure,
            "cap": self.cap,
            "amount": self.amount,
            "condition": self.condition,
            "term": self.term,
            "scope": lambda one: self.plain(one, self.of(one).scope),
            "stacking": lambda one: self.plain(one, self.of(one).stacking),
            "reading": self.reading,
            "validity": self.validity,
            "department": self.department,
            "duty": self.duty,
            "programmatic": self.declared,
            "gap": self.declared,
        }

    def tell(self, citation: Citation) -> Told:
        return self.tellers[citation.kind](citation)

    def of(self, citation: Citation) -> BenefitParts:
        return self.parts[citation.benefit.id] if citation.benefit else next(iter(self.parts.values()))

    def plain(self, citation: Citation, said: str, title: str = "", **more: object) -> Told:
        benefit = citation.benefit
        title = title or (self.pick(benefit.title) if benefit else "")
        word = self.pick(KIND_WORDS[citation.kind])
        document = self.pack.document
        clause = document.clauses.get(citation.clause) or document.anchors[citation.clause]
        words = clause.text[citation.start : citation.end]
        return Told(citation, words, word, title, said, benefit=benefit, **more)  # type: ignore[arg-type]

    def figure(self, citation: Citation) -> Told:
        one = citation.thing
        assert isinstance(one, Parameter)  # noqa: S101 - what citations_of promises
        shown = queries.parameter(self.pack, one, self.language)
        readings = (self.pack.readings[one.reading],) if one.reading else ()
        said = f"{shown.title}{self.pick(COLON)}{'; '.join(shown.values)}"
        uses = tuple(self.uses(citation, one))
        return self.plain(citation, said, shown.title, parameter=shown, readings=readings, uses=uses)

    def uses(self, citation: Citation, parameter: Parameter) -> Iterator[str]:
        """The conditions and sums of the benefit that a parameter decides."""
        benefit, parts = citation.benefit, self.of(citation)
        if benefit is None:
            return
        for condition, shown in zip(benefit.conditions, parts.conditions, strict=True):
            if _holds(condition.node, parameter):
                yield shown.sentence
        if benefit.amount.node is not None and _holds(benefit.amount.node, parameter):
            yield self.sum_of(parts.amount)
        caps = zip((*benefit.amount.caps, *benefit.amount.total_caps), _caps(parts.amount), strict=True)
        for cap, shown_cap in caps:
            if _holds(cap.node, parameter):
                yield self.pick(CEILING).format(shown_cap.sentence)

    def condition(self, citation: Citation) -> Told:
        key = citation.key.rpartition(".")[2]
        shown = next(one for one in self.of(citation).conditions if one.key == key)
        readings = tuple(self.pack.readings[one.id] for one in shown.readings)
        return self.plain(citation, shown.sentence, condition=shown, readings=readings)

    def amount(self, citation: Citation) -> Told:
        shown = self.of(citation).amount
        readings = tuple(self.pack.readings[one.id] for one in shown.readings)
        return self.plain(citation, self.sum_of(shown), amount=shown, readings=readings)

    def sum_of(self, amount: AmountParts) -> str:
        return self.pick(AMOUNT_WORDS[amount.kind]).format(amount.sentence)

    def cap(self, citation: Citation) -> Told:
        key = citation.key.rpartition(".")[2]
        shown = next(one for one in _caps(self.of(citation).amount) if one.key == key)
        return self.plain(citation, self.pick(CEILING).format(shown.sentence), cap=shown)

    def term(self, citation: Citation) -> Told:
        parts = self.of(citation)
        title = self.pick(getattr(citation.thing, "title", Words("", "")))
        terms = (*(term for one in parts.conditions for term in one.terms), *parts.amount.terms)
        meaning = next((term.meaning for term in terms if term.title == title and term.meaning), "")
        return self.plain(citation, f"{title} = {meaning}" if meaning else title, title)

    def reading(self, citation: Citation) -> Told:
        one = self.pack.readings[citation.key]
        chosen = self.pick(one.options[one.chosen].title)
        title = f"{one.id} {self.pick(one.title)}"
        return self.plain(
            citation, f"{self.pick(one.title)}{self.pick(COLON)}{chosen}", title, readings=(one,)
        )

    def validity(self, citation: Citation) -> Told:
        words = self.pick(VALIDITY[citation.key])
        return self.plain(citation, words.format(citation.thing), self.pick(DOCUMENT_VALIDITY))

    def department(self, citation: Citation) -> Told:
        name = citation.key
        also = tuple(
            one for one in self.pack.measures.values() if name in {named for named, _place in one.departments}
        )
        said = self.pick(RESPONSIBLE).format(len(also))
        return self.plain(citation, said, name, measures=also)

    def duty(self, citation: Citation) -> Told:
        one = citation.thing
        assert isinstance(one, Duty)  # noqa: S101 - what citations_of promises
        return self.plain(citation, self.pick(one.title), self.pick(one.title))

    def declared(self, citation: Citation) -> Told:
        one = citation.thing
        said = self.pick(one.why if isinstance(one, Declared) else UNCLAIMED)
        return self.plain(citation, said, self.pick(KIND_WORDS[citation.kind]))

    def pick(self, words: Words) -> str:
        return words.pick(self.language)


def _caps(amount: AmountParts) -> tuple[CapParts, ...]:
    return (*amount.caps, *amount.total_caps)


def _holds(node: Node, parameter: Parameter) -> bool:
    return any(one.op == "parameter" and one.value is parameter for one in node.walk())
