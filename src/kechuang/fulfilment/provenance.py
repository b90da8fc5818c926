"""Who said the facts that a case was worked out from: what stands beside their values in its reasons."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from kechuang.fulfilment import office_facts
from kechuang.fulfilment.asking import years_read
from kechuang.fulfilment.assessing import benefit_of, by_record
from kechuang.fulfilment.models import Case
from kechuang.fulfilment.office_facts import Section, source_of
from kechuang.fulfilment.sections import bound_benefit_of, fields_of
from kechuang.policy.language.vocabulary import YEARS
from kechuang.registry import provenance
from kechuang.registry.models import Fact
from kechuang.registry.provenance import Sources
from kechuang.registry.queries import with_people


def sources_of(case: Case, known_at: datetime, shown: Iterable[Section]) -> Sources:
    """Who said the facts that prevailed at a time and hold on the day of the case.

    shown: as they stand now, for who stated them is known there: only of others it is read.
    """
    read = {one.pk: one for one in _facts(shown)}
    fields = fields_of(case)
    facts = [
        read.get(one.pk, one)
        for one in office_facts.known(case, known_at).rows()
        if one.field in fields.get(one.record, ())
    ]
    with_people([one for one in facts if one.pk not in read and one.source == Fact.Source.LIST])
    return provenance.sources_of(facts, case.on, source_of)


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
