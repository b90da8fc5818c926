"""Sweeps (全市筛查): one benefit, every subject of the policy in the city, each with its outcome and the reason.

A part of the city is one transaction that keeps its lines and how far the sweep has come, so a sweep that was killed
goes on where it stopped. All parts rest on the facts known when the sweep was started.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final

import numpy as np
import pyarrow as pa
import structlog
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import QuerySet

from kechuang.accounts.models import Membership
from kechuang.accounts.queries import subjects
from kechuang.accounts.refusals import Refused
from kechuang.entitlements.copying import copied
from kechuang.entitlements.models import Sweep
from kechuang.entitlements.releasing import version_in_force
from kechuang.entitlements.versions import pack_as_known, pack_of
from kechuang.journal.actions import defer, record
from kechuang.policy.cases.assessment import assess_bound
from kechuang.policy.cases.outcome import Outcome
from kechuang.policy.columns.casting import to_cases
from kechuang.policy.columns.population import assess_columns
from kechuang.policy.columns.projecting import projected, read_by_benefits
from kechuang.policy.columns.verdict import NO_REASON, UNDETERMINED, BenefitColumns
from kechuang.policy.encoding.binding import Bound, bind
from kechuang.policy.reforms.reform import limited
from kechuang.registry.assembly import columns_of, numbers_after

log = structlog.get_logger("kechuang.entitlements")
PART: Final = 8_192  # organisations in one transaction
CARRY_OUT: Final = "kechuang.entitlements.tasks.carry_out_sweep"
State = Sweep.State
ENDED: Final = frozenset({State.STOPPED, State.DONE, State.FAILED})
_OUTCOMES: Final = tuple(Outcome)
_LINE: Final = ("sweep_id", "organisation_id", "outcome", "because", "missing", "amount_fen")


def start(
    benefit: str,
    *,
    on: date,
    year: int,
    readings: Mapping[str, str] | None = None,
    actor: Membership,
    at: datetime,
) -> Sweep:
    """Begin a sweep by the version in force, on the facts known now; it is carried out in the background.

    Raises Refused for a benefit, year or reading that the version does not know.
    """
    version = version_in_force()
    pack = pack_of(version.pk)
    if benefit not in {one.id for one in pack.benefits}:
        raise Refused(
            "现行政策没有这个事项，请重选。",
            "The policy in force has no such benefit: choose again.",
            "benefit",
        )
    try:
        bind(pack, on, year, readings)
    except ValueError as error:
        raise Refused(
            f"不能按这个年度或解读筛查：{error}。", f"Not for this year or reading: {error}.", "year"
        ) from error
    with transaction.atomic():
        sweep = Sweep.objects.create(
            benefit=benefit,
            version=version,
            readings=dict(readings or {}),
            on=on,
            year=year,
            known_at=at,
            total=subjects().filter(created_at__lte=at).count(),
            started_by=actor,
            started_at=at,
        )
        _queue(sweep)
        told = {"benefit": benefit, "version": version.pk, "on": on.isoformat(), "year": year}
        record("sweep.started", f"sweep:{sweep.pk}", actor=actor, at=at, data=told)
    return sweep


def stop(sweep: Sweep, *, actor: Membership, at: datetime) -> None:
    """Stop a sweep after the part in hand; what has ended stays as it is."""
    with transaction.atomic():
        found = Sweep.objects.select_for_update().get(pk=sweep.pk)
        if found.state in ENDED or found.stop:
            return
        found.stop = True
        if found.state == State.WAITING:
            found.state, found.ended_at = State.STOPPED, at
        found.save()
        record("sweep.stopped", f"sweep:{sweep.pk}", actor=actor, at=at, data={"done": found.done})


def resume(sweep: Sweep, *, actor: Membership, at: datetime) -> None:
    """Go on with a sweep that was stopped, failed or lost its worker, where it left off. Refused when it is done."""
    with transaction.atomic():
        found = Sweep.objects.select_for_update().get(pk=sweep.pk)
        if found.state == State.DONE:
            raise Refused("筛查已经完成，无需继续。", "The sweep is done: there is nothing to go on with.")
        found.state, found.stop, found.problem, found.ended_at = State.WAITING, False, {}, None
        found.save()
        _queue(found)
        record("sweep.resumed", f"sweep:{sweep.pk}", actor=actor, at=at, data={"done": found.done})


def _queue(sweep: Sweep) -> None:
    sweep.job = defer(CARRY_OUT, sweep_id=sweep.pk)
    sweep.save(update_fields=["job"])


def carry_out(sweep_id: int, now: Callable[[], datetime]) -> None:
    """Assess the organisations that are left, part by part; what goes wrong is kept as a sentence."""
    begun = Sweep.objects.filter(pk=sweep_id, state__in=[State.WAITING, State.RUNNING])
    if not begun.update(state=State.RUNNING):
        return
    try:
        bound = _bound(Sweep.objects.get(pk=sweep_id))
        while _next_part(sweep_id, bound, now):
            pass
    except (InterfaceError, OperationalError):
        raise  # the database is gone: the job begins again
    except Exception:
        log.exception("sweep failed", sweep=sweep_id)
        words = {
            "zh": "筛查时出错，错误已记录，可以继续",
            "en": "the sweep failed; the error is recorded; resume it",
        }
        _running(sweep_id).update(state=State.FAILED, problem=words, ended_at=now())


def _running(sweep_id: int) -> QuerySet[Sweep]:
    return Sweep.objects.filter(pk=sweep_id, state=State.RUNNING)


def _bound(sweep: Sweep) -> Bound:
    """The one benefit, bound as the sweep asks."""
    pack = pack_as_known(sweep.version_id, sweep.known_at)
    return limited(bind(pack, sweep.on, sweep.year, sweep.readings), [sweep.benefit])


def _next_part(sweep_id: int, bound: Bound, now: Callable[[], datetime]) -> bool:
    """Assess the next part and keep its lines; False when the sweep has ended."""
    with transaction.atomic():
        sweep = _running(sweep_id).select_for_update().first()
        if sweep is None:
            return False
        numbers = [] if sweep.stop else numbers_after(sweep.after, PART, sweep.known_at)
        if not numbers:
            sweep.state, sweep.ended_at = State.STOPPED if sweep.stop else State.DONE, now()
            sweep.save()
            return False
        columns, lines = assessed(bound, numbers, sweep.known_at)
        copied("entitlements_sweepline", _LINE, ((sweep.pk, *line) for line in lines))
        counts = Counter(sweep.counts) + Counter(str(_OUTCOMES[place]) for place in columns.outcome.tolist())
        sweep.counts, sweep.amount_fen = dict(counts), sweep.amount_fen + columns.total_fen
        sweep.after, sweep.done = numbers[-1], sweep.done + len(numbers)
        sweep.save()
    return True


Line = tuple[int, str, str, str, int | None]
"""Organisation, outcome, key of the reason, paths of the missing facts as JSON, fen."""


def assessed(bound: Bound, numbers: list[int], at: datetime) -> tuple[BenefitColumns, Iterator[Line]]:
    """The one benefit of a limited bound pack over some organisations: its columns, and a line for each of them."""
    wanted = read_by_benefits(bound.benefits, bound.pack.vocabulary)
    kinds = {kind for kind, _ in wanted if kind != bound.pack.vocabulary.subject.name}
    known, table = columns_of(numbers, at, bound.on, bound.pack.vocabulary, kinds)
    columns = assess_columns(bound, table)[bound.benefits[0].benefit.id]
    places = np.flatnonzero(columns.outcome == UNDETERMINED)
    missing = dict(zip(places.tolist(), _missing(bound, projected(table, wanted), places), strict=True))
    return columns, _lines(known, columns, missing)


def _missing(bound: Bound, table: pa.Table, places: Any) -> Iterator[str]:
    """The paths of the facts that each undetermined organisation lacks, by the reference evaluator."""
    for facts in to_cases(table.take(pa.array(places)), bound.pack.vocabulary):
        (result,) = assess_bound(bound, facts).results.values()
        yield json.dumps(list(dict.fromkeys(one.path for one in result.missing)))


def _lines(numbers: list[int], columns: BenefitColumns, missing: Mapping[int, str]) -> Iterator[Line]:
    rows = zip(
        numbers, columns.outcome.tolist(), columns.because.tolist(), columns.amount.tolist(), strict=True
    )
    for place, (number, outcome, because, amount) in enumerate(rows):
        yield (
            number,
            str(_OUTCOMES[outcome]),
            "" if because == NO_REASON else columns.reasons[because],
            missing.get(place, "[]"),
            amount if amount >= 0 else None,
        )
