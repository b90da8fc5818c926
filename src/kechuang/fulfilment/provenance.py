"""Who said the facts that a case was worked out from: what stands beside their values in its reasons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from kechuang.accounts.refusals import Refused
from kechuang.fulfilment import office_facts
from kechuang.fulfilment.asking import REGISTERED, years_read
from kechuang.fulfilment.assessing import benefit_of, by_record
from kechuang.fulfilment.models import Case
from kechuang.fulfilment.office_facts import Section, source_of
from kechuang.fulfilment.sections import bound_benefit_of, fields_of
from kechuang.policy.language.values import Words
from kechuang.policy.language.vocabulary import SUBJECT, YEARS
from kechuang.policy.words.explanation import Place
from kechuang.registry.assembly import IDENTITY
from kechuang.registry.keys import key_of
from kechuang.registry.models import Fact
from kechuang.registry.periods import DATED
from kechuang.registry.queries import with_people


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


def sources_of(case: Case, known_at: datetime, shown: Iterable[Section]) -> Sources:
    """Who said the facts that prevailed at a time and hold on the day of the case.

    shown: as they stand now, for who stated them is known there: only of others it is read.
    """
    read = {one.pk: one for one in _facts(shown)}
    fields = fields_of(case)
    facts = [
        read.get(one.pk, one)
        for one in office_facts.known(case, known_at).rows()
        if one.field in fields.get(one.record, ()) and _holds(one, case.on)
    ]
    with_people([one for one in facts if one.pk not in read and one.source == Fact.Source.LIST])
    facts.sort(key=lambda one: -office_facts.ORDER.index(Fact.Source(one.source)))  # what prevails comes last
    return Sources({(one.record, one.key, one.field): source_of(one) for one in facts})


def _holds(fact: Fact, on: date) -> bool:
    """Whether a fact counts on a day, as registry.assembly reads it."""
    return fact.record in DATED or (
        (fact.valid_from is None or fact.valid_from <= on) and (fact.valid_to is None or fact.valid_to >= on)
    )


def _facts(shown: Iterable[Section]) -> list[Fact]:
    return [row.fact for section in shown for record in section.records for row in record.rows if row.fact]


def declared(case: Case, shown: Iterable[Section]) -> list[Fact]:
    """The facts among those shown that the result rests on and that the applicant alone has stated."""
    years = {str(case.year - back) for back in years_read(bound_benefit_of(case))}
    benefit = benefit_of(case)
    own = benefit.each if by_record(benefit) else None
    return [
        one
        for one in _facts(shown)
        if one.source == Fact.Source.DECLARED
        and (one.record != YEARS or one.key in years)
        and (one.record != own or one.key == case.key)
    ]
