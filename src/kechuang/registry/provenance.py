"""Who said the facts that an assessment rests on: what stands beside their values in its reasons."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Final

from kechuang.accounts.refusals import Refused
from kechuang.policy.language.values import Words
from kechuang.policy.language.vocabulary import SUBJECT
from kechuang.policy.words.explanation import Place
from kechuang.registry.assembly import IDENTITY, SOURCES
from kechuang.registry.keys import key_of
from kechuang.registry.models import Fact
from kechuang.registry.periods import DATED

REGISTERED: Final = Words("单位登记信息", "registration of the organisation")
_TO_OFFICES: Final = {
    Fact.Source.DECISION: Words("本系统的决定", "decided here"),
    Fact.Source.LIST: Words("部门名录", "department's list"),
    Fact.Source.VERIFIED: Words("已核实", "verified"),
    Fact.Source.DECLARED: Words("单位填报", "declared"),
}
_TO_ITSELF: Final = {
    Fact.Source.DECISION: Words("本市决定", "decision of the city"),
    Fact.Source.LIST: Words("部门名录", "department's list"),
    Fact.Source.VERIFIED: Words("部门核实", "verified by an officer"),
    Fact.Source.DECLARED: Words("本单位填报", "stated by you"),
}


def told_to_offices(fact: Fact) -> Words:
    """Who says a fact, in the words of offices."""
    return _TO_OFFICES[Fact.Source(fact.source)]


def told_to_itself(fact: Fact) -> Words:
    """Who says a fact, to the organisation that it is about: by the title of the list where there is one."""
    listed = fact.list_import
    if listed and listed.title:
        return Words(listed.title, listed.title)
    return _TO_ITSELF[Fact.Source(fact.source)]


class Sources:
    """Who said each fact, by its place: record, key and field."""

    def __init__(self, said: Mapping[tuple[str, str, str], Words]) -> None:
        self.said = said

    def of(self, place: Place) -> Words | None:
        """Who said what was read there; None for what nobody stated as a fact, such as what is only supposed."""
        if place.record == SUBJECT and place.field in IDENTITY:
            return REGISTERED
        try:
            key = "" if place.record == SUBJECT else key_of(place.record, place.row)
        except Refused:  # nothing of its key is known
            return None
        return self.said.get((place.record, key, place.field))


def sources_of(facts: Iterable[Fact], on: date, told: Callable[[Fact], Words]) -> Sources:
    """Who said the facts that hold on a day, of several sources the one that prevails; told: in whose words."""
    found = sorted(
        (one for one in facts if _holds(one, on)), key=_rank, reverse=True
    )  # what prevails comes last
    return Sources({(one.record, one.key, one.field): told(one) for one in found})


def _rank(fact: Fact) -> int:
    return SOURCES.index(Fact.Source(fact.source))


def _holds(fact: Fact, on: date) -> bool:
    """Whether a fact counts on a day, as registry.assembly reads it."""
    return fact.record in DATED or (
        (fact.valid_from is None or fact.valid_from <= on) and (fact.valid_to is None or fact.valid_to >= on)
    )
