"""What an organisation can get now, as its page shows it: results with the next step, facts it lacks, what is due."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from kechuang.accounts.models import Organisation
from kechuang.entitlements.models import PackVersion
from kechuang.entitlements.standing import assess_organisation
from kechuang.policy.cases.outcome import Assessment, Missing, Outcome, Result
from kechuang.policy.language.values import Words
from kechuang.policy.language.vocabulary import RecordKind
from kechuang.policy.words.explanation import Explanation
from kechuang.policy.words.reasons import MissingFact, missing_fact
from kechuang.reader.explaining import explained
from kechuang.registry import provenance
from kechuang.registry.keys import key_of
from kechuang.registry.provenance import told_to_itself, told_to_offices
from kechuang.registry.queries import facts_known

SHOWN_OPEN: Final = 5
"""How many undetermined benefits are shown at once; more are folded away, with their number."""


@dataclass(frozen=True, slots=True)
class Due:
    """Something that waits for an organisation: what, where to do it, until when, for which benefit ('': none)."""

    title: Words
    url: str
    until: date | None = None
    benefit: str = ""


due_for: list[Callable[[Organisation, datetime], Iterable[Due]]] = []
"""Rooms above say here what waits for an organisation at a time: open calls, notices, hearings."""


@dataclass(frozen=True, slots=True)
class Held:
    """What an organisation has applied for or received already: the benefit, the record ('': itself), which case."""

    benefit: str
    key: str
    number: str
    said: Words  # "已申报", "已享受 15.00 万元"


held_by: list[Callable[[Organisation, int], Iterable[Held]]] = []
"""Rooms above say here what an organisation holds already of an assessed year."""


@dataclass(slots=True)
class Lacking:
    """Facts of one kind of record that would settle something."""

    kind: RecordKind
    facts: list[MissingFact] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Shown:
    """One benefit with what to do next."""

    told: Explanation
    due: Due | None
    lacks: int
    held: tuple[Held, ...] = ()
    left_fen: int | None = None  # what it can still get, None where no sum is known

    @property
    def spent(self) -> bool:
        """Whether all of it is applied for or received."""
        return bool(self.held) and not self.left_fen

    @property
    def spent_words(self) -> Words | None:
        """What stands in the place of the sum when nothing is left of it."""
        return self.held[-1].said if self.spent else None


@dataclass(frozen=True, slots=True)
class ShownGroup:
    """The benefits that came out alike; `opened` when they are shown at once."""

    outcome: Outcome
    opened: bool
    benefits: list[Shown]


def standing_shown(
    organisation: Organisation, version: PackVersion, *, on: date, at: datetime, language: str, mine: bool
) -> dict[str, Any]:
    """What the page of an organisation's standing shows; assessed now, on the facts known at `at`.

    mine: it is shown to the organisation itself, and says who stated each fact in words to it.
    """
    assessment = assess_organisation(organisation, version, on=on, known_at=at)
    shown = explained(assessment, language)
    due = sorted(
        (one for ask in due_for for one in ask(organisation, at)), key=lambda one: one.until or date.max
    )
    by_benefit = {one.benefit: one for one in reversed(due) if one.benefit}
    held: dict[str, list[Held]] = {}
    for one in (each for ask in held_by for each in ask(organisation, assessment.bound.year)):
        held.setdefault(one.benefit, []).append(one)
    gone = _gone(assessment, held)
    facts = list(facts_known(organisation.pk, at).select_related("list_import"))
    return {
        "organisation": organisation,
        "pack": assessment.bound.pack,
        "version": version,
        "on": on,
        "year": assessment.bound.year,
        "due": due,
        "known": bool(facts),
        "sources": provenance.sources_of(facts, on, told_to_itself if mine else told_to_offices),
        "entitled_fen": shown["entitled_fen"] - gone[Outcome.ENTITLED],
        "ceiling_fen": shown["ceiling_fen"] - gone[Outcome.MAY_APPLY],
        "groups": [
            ShownGroup(
                group.outcome,
                group.opened and not _is_long(group.outcome, len(group.explained)),
                [
                    Shown(
                        one,
                        by_benefit.get(one.benefit_id),
                        len(one.missing),
                        tuple(held.get(one.benefit_id, ())),
                        left_of(assessment, one.result, held.get(one.benefit_id, ())),
                    )
                    for one in group.explained
                ],
            )
            for group in shown["groups"]
        ],
        **wanted_facts(assessment, language),
    }


def _gone(assessment: Assessment, held: Mapping[str, Sequence[Held]]) -> Counter[Outcome]:
    """By how many fen the totals are smaller for what is held already."""
    gone: Counter[Outcome] = Counter()
    for benefit, found in held.items():
        result = assessment.results.get(benefit)
        if result is None or result.amount is None:
            continue
        if result.outcome is Outcome.ENTITLED or result.bound.benefit.amount.kind == "up_to":
            gone[result.outcome] += result.amount - (left_of(assessment, result, found) or 0)
    return gone


def left_of(assessment: Assessment, result: Result, held: Sequence[Held]) -> int | None:
    """What can still be got of a benefit: nothing where the whole is held, else the sums of the other records."""
    if not held or result.amount is None:
        return result.amount
    taken = {one.key for one in held}
    each = result.bound.benefit.each
    if each is None or "" in taken:
        return 0
    rows = list(assessment.facts.get(each) or [])  # type: ignore[call-overload]
    others = [
        item.amount or 0
        for item in result.items
        if item.index is not None and item.outcome.passes and key_of(each, rows[item.index]) not in taken
    ]
    return min(result.amount, sum(others))


def _is_long(outcome: Outcome, count: int) -> bool:
    """Whether what is undetermined would bury the rest of the page; what is lacking for it is listed below anyhow."""
    return outcome == Outcome.UNDETERMINED and count > SHOWN_OPEN


def wanted_facts(assessment: Assessment, language: str) -> dict[str, Any]:
    """What keeps benefits undetermined.

    `lacking`: facts by kind of record, the kind with the most benefits first; `unlisted`: kinds of which nothing is
    known, not even that there is none; `wanted`: how many of both.
    """
    records = assessment.bound.pack.vocabulary.records
    found: dict[str, Lacking] = {}
    benefits: dict[str, set[str]] = {}
    for result in assessment.of(Outcome.UNDETERMINED):
        for one in result.missing:
            if one.record not in records:
                continue  # a quote that the reference data lack is nothing that an organisation can state
            kind = found.setdefault(one.record, Lacking(records[one.record]))
            benefits.setdefault(one.record, set()).add(result.benefit_id)
            if one.field is not None:
                _add(kind.facts, one, assessment, language)
    kinds = sorted(found.values(), key=lambda one: -len(benefits[one.kind.name]))
    stated = [one for one in kinds if one.facts]
    unlisted = [one.kind for one in kinds if not one.facts]
    return {
        "lacking": stated,
        "unlisted": unlisted,
        "wanted": sum(len(one.facts) for one in stated) + len(unlisted),
    }


def _add(facts: list[MissingFact], one: Missing, assessment: Assessment, language: str) -> None:
    fact = missing_fact(one, assessment, language)
    if fact.title not in {known.title for known in facts}:
        facts.append(fact)
