"""What reads sweeps and their lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

from django.db.models import Count, F, Q, QuerySet, Sum
from procrastinate.contrib.django.models import ProcrastinateJob

from kechuang.accounts.models import Membership
from kechuang.accounts.queries import away_from, may_be_recused
from kechuang.accounts.roles import DEPARTMENT
from kechuang.entitlements.models import Sweep, SweepLine
from kechuang.entitlements.queries import LOST_JOBS
from kechuang.entitlements.sweeping import ENDED
from kechuang.entitlements.versions import pack_of
from kechuang.journal.statements import Given, Pages
from kechuang.policy.cases.outcome import Outcome
from kechuang.policy.encoding.binding import bind
from kechuang.policy.encoding.pack import Benefit, Pack
from kechuang.policy.words.reasons import plain_reason

OUTCOMES: Final = [str(outcome) for outcome in Outcome]


def benefits_of(membership: Membership, pack: Pack) -> list[Benefit]:
    """The benefits that a membership may sweep or see: those its department answers for; all, where it is none."""
    department = membership.organisation.department
    if membership.role not in DEPARTMENT or not department:
        return list(pack.benefits)
    return [
        benefit
        for measure in pack.measures.values()
        if department in {name for name, _ in measure.departments}
        for benefit in measure.benefits
    ]


def may_call(sweep: Sweep, membership: Membership) -> bool:
    """Whether a membership may write a call for whom a finished sweep found: its department pays this benefit."""
    pack = pack_of(sweep.version_id)
    benefit = pack.benefit(sweep.benefit)
    return (
        sweep.state == Sweep.State.DONE
        and membership.role in DEPARTMENT
        and membership.organisation.department
        in {name for name, _ in pack.measures[benefit.measure].departments}
        and benefit.amount.is_paid
        and (benefit.lifecycle != "finance" or benefit.payer == "city")
    )


def sweeps_visible_to(membership: Membership, pack: Pack) -> QuerySet[Sweep]:
    """The sweeps of the benefits that a membership may see, the newest first."""
    found = Sweep.objects.select_related("started_by__user", "started_by__organisation")
    if membership.role not in DEPARTMENT or not membership.organisation.department:
        return found
    return found.filter(benefit__in=[one.id for one in benefits_of(membership, pack)])


def was_lost(sweep: Sweep) -> bool:
    """Whether nobody works on a sweep that has not ended: its job was given up."""
    return (
        sweep.state not in ENDED
        and ProcrastinateJob.objects.filter(pk=sweep.job, status__in=LOST_JOBS).exists()
    )


@dataclass(frozen=True)
class LineFilters:
    """What narrows the lines of a sweep, as it stands in the address bar; empty: not narrowed."""

    q: str = ""
    outcome: str = ""
    district: str = ""
    because: str = ""

    @property
    def narrowed(self) -> bool:
        """Whether anything is left out."""
        return bool(self.q or self.outcome or self.district or self.because)


def lines_visible_to(membership: Membership) -> QuerySet[SweepLine]:
    """All lines of sweeps but those of organisations that the membership stays away from."""
    return SweepLine.objects.exclude(organisation__in=away_from(membership))


def lines(sweep: Sweep | Given, chosen: LineFilters, membership: Membership) -> QuerySet[SweepLine]:
    """The lines that fit the filters with their organisations, the largest sum first."""
    found = lines_visible_to(membership).filter(sweep=sweep).select_related("organisation")
    if chosen.outcome in OUTCOMES:
        found = found.filter(outcome=chosen.outcome)
    if chosen.because:
        found = found.filter(because=chosen.because)
    if chosen.district:
        found = found.filter(organisation__district=chosen.district)
    if chosen.q:
        found = found.filter(
            Q(organisation__name__icontains=chosen.q) | Q(organisation__uscc__icontains=chosen.q)
        )
    return found.order_by(F("amount_fen").desc(nulls_last=True), "id")


def lines_in_pages(sweep: Sweep, chosen: LineFilters, membership: Membership) -> Pages:
    """`lines`, a page at a time. No statement is kept of what somebody looks for, nor for who may stay away."""
    seldom = bool(chosen.q or chosen.because or chosen.district) or chosen.outcome not in {"", *OUTCOMES}
    key = None if seldom or may_be_recused(membership) else ("lines of a sweep", chosen.outcome)
    return Pages(key, lambda sweep: lines(sweep, chosen, membership), sweep=sweep.pk)


def sums(sweep: Sweep, chosen: LineFilters, membership: Membership) -> dict[str, int]:
    """Of `lines`: `count` and `fen`."""
    if chosen.q or chosen.district:
        found = (
            lines(sweep, chosen, membership).order_by().aggregate(count=Count("id"), fen=Sum("amount_fen"))
        )
        return {key: int(value or 0) for key, value in found.items()}
    outcomes = {chosen.outcome} if chosen.outcome in OUTCOMES else set(OUTCOMES)
    fit = [
        one
        for one in _groups(sweep, membership)
        if one.outcome in outcomes and (not chosen.because or one.because == chosen.because)
    ]
    return {"count": sum(one.lines for one in fit), "fen": sum(one.fen for one in fit)}


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """One reason, its sentence, and how many organisations it holds for."""

    outcome: str
    because: str
    sentence: str
    count: int


def as_seen_by(membership: Membership, sweeps: Iterable[Sweep]) -> list[Sweep]:
    """The sweeps with the counts and sums that the membership may know: what it stays away from is not in them.

    For showing only; at most two more queries.
    """
    shown = [copy(one) for one in sweeps]
    away = list(away_from(membership))
    if not away:
        return shown
    by_number = {one.pk: one for one in shown}
    hidden = SweepLine.objects.filter(sweep__in=by_number, organisation__in=away).order_by()
    for number, outcome, count, fen in hidden.values_list("sweep", "outcome").annotate(
        lines=Count("id"), fen=Sum("amount_fen")
    ):
        one = by_number[number]
        one.counts = {**one.counts, outcome: one.counts.get(outcome, 0) - count}
        one.done, one.total, one.amount_fen = one.done - count, one.total - count, one.amount_fen - (fen or 0)
    return shown


def reason_counts(sweep: Sweep, language: str, membership: Membership) -> list[ReasonCount]:
    """How often each reason was given, the most frequent first."""
    found = [one for one in _groups(sweep, membership) if one.because]
    return [
        ReasonCount(
            one.outcome, one.because, sentence_of(sweep, one.outcome, one.because, language), one.lines
        )
        for one in sorted(found, key=lambda one: (-one.lines, one.because))
    ]


class Group(NamedTuple):
    """The lines of a sweep that came out alike for the same reason: how many, and their sum."""

    outcome: str
    because: str
    lines: int
    fen: int


def _groups(sweep: Sweep, membership: Membership) -> tuple[Group, ...]:
    """All lines that a membership may see, in groups. Of what is done nothing changes any more: it is kept."""
    if sweep.state == Sweep.State.DONE and not may_be_recused(membership):
        return _groups_when_done(sweep.pk, sweep.ended_at)
    return _grouped(lines_visible_to(membership).filter(sweep=sweep))


@lru_cache(maxsize=256)
def _groups_when_done(number: int, _ended_at: datetime | None) -> tuple[Group, ...]:
    return _grouped(SweepLine.objects.filter(sweep=number))


def _grouped(found: QuerySet[SweepLine]) -> tuple[Group, ...]:
    rows = found.order_by().values_list("outcome", "because")
    return tuple(Group(*row) for row in rows.annotate(lines=Count("id"), fen=Sum("amount_fen", default=0)))


def sentence_of(sweep: Sweep, outcome: str, because: str, language: str) -> str:
    """The reason of a line in one sentence."""
    readings = tuple(sorted(sweep.readings.items()))
    return _sentence(
        (sweep.version_id, sweep.on, sweep.year, readings), sweep.benefit, outcome, because, language
    )


@lru_cache(maxsize=4_096)
def _sentence(by: tuple[Any, ...], benefit: str, outcome: str, because: str, language: str) -> str:
    version, on, year, readings = by
    bound = bind(pack_of(version), on, year, dict(readings))
    return plain_reason(bound, benefit, Outcome(outcome), because or None, language)


@lru_cache(maxsize=4_096)
def missing_title(version: str, path: str, language: str) -> str:
    """A missing fact by its path ('years.rd_spend', 'loans', 'district') in words."""
    records = pack_of(version).vocabulary.records
    record, _, name = path.rpartition(".")
    if not record and name in records:
        return records[name].title.pick(language)
    kind = records.get(record or "subject")
    found = kind.fields.get(name) if kind else None
    return found.title.pick(language) if found else path


def told(sweep: Sweep, found: QuerySet[SweepLine], language: str) -> Iterator[tuple[SweepLine, str, str]]:
    """Each line with its reason and the facts that are missing, in words."""
    for line in found.iterator(chunk_size=2_000):
        yield line, *in_words(sweep, line, language)


def in_words(sweep: Sweep, line: SweepLine, language: str) -> tuple[str, str]:
    """A line's reason, and the facts that are missing."""
    missing = [missing_title(sweep.version_id, path, language) for path in line.missing]
    between = "、" if language == "zh" else ", "
    return sentence_of(sweep, line.outcome, line.because, language), between.join(dict.fromkeys(missing))
