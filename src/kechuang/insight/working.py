"""The work of this room outside of any request: make a population ready, answer what takes long.

It may be begun again after a crash: what an earlier attempt left behind is replaced.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq
import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import QueryDict

from kechuang.entitlements.working import FACTS
from kechuang.exchange.simulation import told
from kechuang.insight import populations
from kechuang.insight.answers import find, law_of
from kechuang.insight.models import Population, Simulation, State
from kechuang.insight.questions import read_question
from kechuang.operations.folders import make_private
from kechuang.policy.encoding.loading import shipped_packs
from kechuang.policy.encoding.pack import Pack
from kechuang.population.generate import batches_of
from kechuang.reader.packs import pack_named

SEED: Final = 20230713
SECONDS_BETWEEN_NOTES: Final = 0.4
log = structlog.get_logger("kechuang.insight")


class Progress:
    """Notes how far the work is, not more often than people can read."""

    def __init__(self, record: Population | Simulation, state: State, total: int | None) -> None:
        self.record, self.done, self.noted = record, 0, time.monotonic()
        self.total = total
        self._note(state=state, done=0, total=total)

    def __call__(self, more: int) -> None:
        """So many more are done."""
        self.reach(self.done + more, self.total)

    def reach(self, done: int, total: int | None) -> None:
        """So many are done, of so many."""
        self.done = done
        if time.monotonic() - self.noted >= SECONDS_BETWEEN_NOTES:
            self._note(done=done, total=total)

    def _note(self, **values: object) -> None:
        type(self.record).objects.filter(pk=self.record.pk).update(**values)
        self.noted = time.monotonic()


def make(population: Population) -> None:
    """Make a population ready, unless it is: its facts, then the law's verdicts."""
    if population.state == State.READY and populations.is_written(population.folder):
        return
    try:
        _make(population)
        state = State.READY
    except (InterfaceError, OperationalError):
        raise  # the database is gone: the job begins again
    except Exception:
        log.exception("population failed", population=population.pk)
        state = State.FAILED
    population.state = state
    Population.objects.filter(pk=population.pk).update(state=state)


def _make(population: Population) -> None:
    law, folder = law_of(population), population.folder
    populations.delete(folder)
    make_private(folder.parent)
    folder.mkdir(mode=0o700)
    made = Progress(population, State.MAKING, population.size)
    populations.write_facts(folder, _batches(population, law.pack), _offered(law.pack), made)
    populations.write_verdicts(folder, law, Progress(population, State.ASSESSING, population.size))


def _offered(law: Pack) -> list[Pack]:
    """The packs that a visitor may compare the law with."""
    return [law, *(pack_named(name) for name in shipped_packs() if name != law.id)]


def _batches(population: Population, pack: Pack) -> Iterator[pa.RecordBatch]:
    if not population.run:
        yield from batches_of(population.size, SEED, population.year, population.on, pack.vocabulary)
        return
    with pq.ParquetFile(f"{settings.MEDIA_ROOT}/{population.run}/{FACTS}") as file:
        table = file.read()
    yield from table.unify_dictionaries().combine_chunks().to_batches()


def answer(simulation_id: str) -> None:
    """Answer one question, in both languages."""
    simulation = Simulation.objects.select_related("population").filter(pk=simulation_id).first()
    if simulation is None or simulation.state == State.READY:
        return
    try:
        population = simulation.population
        law = law_of(population)
        question = read_question(QueryDict(simulation.query), law, "zh")
        found = find(population, question, Progress(simulation, State.ASSESSING, None).reach)
        values = {
            "state": State.READY,
            "told": {language: told(found, language) for language in ("zh", "en")},
        }
    except (InterfaceError, OperationalError):
        raise  # the database is gone: the job begins again
    except Exception:
        log.exception("simulation failed", simulation=simulation_id)
        values = {"state": State.FAILED}
    Simulation.objects.filter(pk=simulation_id).update(**values)
