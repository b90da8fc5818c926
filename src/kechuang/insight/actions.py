"""What changes things: make a population ready, ask what takes long, delete what is old."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from kechuang.entitlements.models import Run
from kechuang.entitlements.queries import LOST_JOBS
from kechuang.entitlements.versions import pack_then
from kechuang.insight import populations
from kechuang.insight.models import Population, Simulation, State
from kechuang.insight.questions import Question
from kechuang.operations.folders import make_private
from kechuang.policy.encoding.pack import Pack
from kechuang.reader.packs import pack_in_force

MOST_WAITING = 20
AT_ONCE = 10_000  # subjects of a city that is made while the visitor waits
ID_LENGTH = 40


class TooManyError(Exception):
    """Too many are waiting already."""


def city_day(today: date) -> date:
    """The day of the synthetic city: the first of the month, so that it is made once a month."""
    return today.replace(day=1)


def population_for(question: Question, run: Run | None, today: date) -> Population:
    """The population that a question is about, its work begun if it is not there yet. A small city is made at once."""
    if run is not None:
        found = _population(pack_then(run.pack, run.pack_hash), run.subjects_used, run.on, run.year, run.id)
    else:
        on = city_day(today)
        found = _population(pack_in_force(), question.size, on, on.year - 1, "")
    if found.state == State.READY and populations.is_written(found.folder):
        return found
    if found.size <= AT_ONCE:
        return _made_at_once(found)
    if found.state in {State.READY, State.FAILED} or found.job is None or is_lost(found.job):
        _begin(found)
    return found


def _made_at_once(population: Population) -> Population:
    """Made by the first request that asks; others wait for it."""
    from kechuang.insight.working import make

    with transaction.atomic():
        locked = Population.objects.select_for_update().get(pk=population.pk)
        make(locked)
    return locked


def is_lost(job: int | None) -> bool:
    """Whether a job was given up."""
    return ProcrastinateJob.objects.filter(pk=job, status__in=LOST_JOBS).exists()


def _population(pack: Pack, size: int, on: date, year: int, run: str) -> Population:
    key = f"{run or size}|{on}|{year}|{pack.id}|{pack.hash}"
    found, _ = Population.objects.get_or_create(
        id=hashlib.sha256(key.encode()).hexdigest()[:ID_LENGTH],
        defaults={
            "size": size,
            "run": run,
            "on": on,
            "year": year,
            "pack": pack.id,
            "pack_hash": pack.hash,
            "used_at": timezone.now(),
        },
    )
    if found.used_at < timezone.now() - timedelta(days=1):
        Population.objects.filter(pk=found.pk).update(used_at=timezone.now())
    return found


def _begin(population: Population) -> None:
    from kechuang.insight.tasks import make_population

    with transaction.atomic():
        population.state = State.WAITING
        population.job = make_population.defer(population_id=population.pk)
        population.save(update_fields=["state", "job"])


def ask(population: Population, question: Question) -> Simulation:
    """A question for the background, begun if it was not asked yet. Raises TooManyError when too many wait."""
    from kechuang.insight.tasks import answer_simulation

    key = hashlib.sha256(f"{population.pk}|{question.query}".encode()).hexdigest()[:ID_LENGTH]
    found = Simulation.objects.filter(pk=key).first()
    if found is not None and (
        found.state == State.READY or not (found.state == State.FAILED or is_lost(found.job))
    ):
        return found
    if Simulation.objects.filter(state__in=[State.WAITING, State.ASSESSING]).count() >= MOST_WAITING:
        raise TooManyError
    with transaction.atomic():
        found, _ = Simulation.objects.update_or_create(
            id=key, defaults={"population": population, "query": question.query, "state": State.WAITING}
        )
        found.job = answer_simulation.defer(simulation_id=key)
        found.save(update_fields=["job"])
    return found


def delete_old() -> int:
    """Delete populations that nobody used for KEEP_DAYS or whose month, pack or run has gone, with their answers.

    Also folders of a day ago that belong to no population. Returns how many populations went.
    """
    now = timezone.now()
    before = now - timedelta(days=settings.KEEP_DAYS)
    runs = set(Run.objects.values_list("id", flat=True))
    hashes = {pack_in_force().hash}
    old = [
        one
        for one in Population.objects.all()
        if one.used_at < before
        or (one.run and one.run not in runs)
        or (not one.run and one.pack_hash not in hashes)
    ]
    for one in old:
        populations.delete(one.folder)
        one.delete()
    Simulation.objects.filter(created_at__lt=before).delete()
    known = set(Population.objects.values_list("id", flat=True))
    home = Path(settings.DATA) / "simulations"
    make_private(home)
    for folder in home.glob("*/"):
        if folder.name not in known and folder.stat().st_mtime < (now - timedelta(days=1)).timestamp():
            populations.delete(folder)
    return len(old)
