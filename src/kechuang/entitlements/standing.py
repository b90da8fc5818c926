"""What organisations stand to get by a version of the law and the facts known at a time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from kechuang.accounts.models import Organisation
from kechuang.entitlements.models import PackVersion, Standing
from kechuang.entitlements.renewing import mark_stale
from kechuang.entitlements.results import as_plain
from kechuang.entitlements.versions import pack_as_known, pack_of
from kechuang.journal.actions import canonical
from kechuang.policy.cases.assessment import assess
from kechuang.policy.cases.outcome import Assessment, Outcome
from kechuang.policy.columns.verdict import NO_REASON
from kechuang.policy.encoding.binding import bind
from kechuang.registry.assembly import case_of

_OUTCOMES = tuple(Outcome)


def assess_organisation(
    organisation: Organisation | int,
    version: PackVersion | str,
    *,
    on: date,
    year: int | None = None,
    readings: Mapping[str, str] | None = None,
    known_at: datetime,
) -> Assessment:
    """Assess one organisation by a kept version, on the facts and quotes that the house knew at a time.

    All benefits, also for a case of one: what a result tells of its way depends on what was worked out before it.

    The same arguments give the same answer for good. Raises ValueError for readings or years that the pack does not
    know, KeyError when there is no such organisation.
    """
    pack = pack_as_known(version if isinstance(version, str) else version.pk, known_at)
    facts = case_of(organisation, known_at, on, pack.vocabulary)
    return assess(pack, facts, on, year, readings)


def standing_of(organisation: Organisation | int, year: int) -> Standing | None:
    """What is kept of an organisation for a year, perhaps stale; None while nothing is."""
    number = organisation if isinstance(organisation, int) else organisation.pk
    return Standing.objects.filter(organisation=number, year=year).first()


def replay(
    organisation: Organisation | int,
    version: PackVersion | str,
    benefit: str,
    *,
    on: date,
    year: int,
    readings: Mapping[str, str] | None = None,
    known_at: datetime,
) -> bytes:
    """The canonical JSON of one benefit's result (results.as_plain), assessed anew: what a case kept, byte for byte."""
    found = assess_organisation(organisation, version, on=on, year=year, readings=readings, known_at=known_at)
    return canonical(as_plain(found.results[benefit]))


def results_of(kept: Standing) -> dict[str, tuple[Outcome, str | None, int | None]]:
    """Outcome, key of the reason and fen of every benefit, in the order of the document, as a standing keeps them."""
    bound = bind(pack_of(kept.version_id), kept.on, kept.year)
    reasons = bytes.fromhex(kept.reasons)
    found = {}
    for place, one in enumerate(bound.benefits):
        because = None if reasons[place] == NO_REASON else one.reasons[reasons[place]]
        outcome = _OUTCOMES[int(kept.outcomes[place])]
        found[one.benefit.id] = (outcome, because, kept.sums.get(one.benefit.id))
    return found


__all__ = ["assess_organisation", "mark_stale", "replay", "results_of", "standing_of"]
