"""Answers to questions: how long one will take, and what comes of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Final

from kechuang.entitlements.versions import pack_then
from kechuang.exchange.simulation import Population as Over
from kechuang.exchange.simulation import Simulation as Found
from kechuang.exchange.simulation import told
from kechuang.insight import populations
from kechuang.insight.models import Population
from kechuang.insight.questions import Question
from kechuang.policy.encoding.binding import Bound, bind
from kechuang.policy.language.values import Words
from kechuang.policy.reforms.comparing import compare
from kechuang.policy.reforms.reform import touched
from kechuang.policy.reforms.sensitivity import sensitivity
from kechuang.policy.reforms.solving import UnsolvableError, solve

AT_MOST: Final = 2.0  # seconds that a request may take; what takes longer goes to the background
PATIENCE: Final = 30.0  # seconds that a request waits for another one of its process
KEPT: Final = 24  # answers that a process keeps: the exports of what was just looked at
# Seconds for a million subjects, measured on two cores of 2.5 GHz that were not ours alone (docs/benchmarks.md).
_ALWAYS, _A_BENEFIT, _SOLVING, _SENSITIVITY = 0.5, 0.06, 1.0, 10.0
_one_at_a_time = threading.Lock()
Progress = Callable[[int, int | None], None]


class BusyError(Exception):
    """Others are being answered."""


def law_of(population: Population) -> Bound:
    """The law that a population was assessed by."""
    return bind(pack_then(population.pack, population.pack_hash), population.on, population.year)


def seconds(question: Question, law: Bound, rows: int) -> float:
    """About how long an answer over so many rows takes."""
    changed = len(touched(law, question.reform.applied_to(law)))
    per_million = (_ALWAYS + _A_BENEFIT * changed) if changed else 0.0
    per_million += _SOLVING if question.appropriation is not None else 0.0
    per_million += _SENSITIVITY if question.sensitivity else 0.0
    return per_million * rows / 1_000_000


@contextmanager
def turn() -> Iterator[None]:
    """One answer at a time in each process, so that nobody can exhaust the site. Raises BusyError after a while."""
    if not _one_at_a_time.acquire(timeout=PATIENCE):
        raise BusyError
    try:
        yield
    finally:
        _one_at_a_time.release()


def answered(population: Population, question: Question, language: str) -> dict[str, Any]:
    """What the answer says, in one language; kept for a while."""
    with turn():
        index = population.folder / populations.INDEX
        asked = (population.pk, index.stat().st_mtime_ns, question.query)
        found = _kept(asked, _Asked(population, question))
        return told(found, language)


class _Asked:
    """What an answer is made from; equal to all others, since what counts stands in the key beside it."""

    def __init__(self, population: Population, question: Question) -> None:
        self.population, self.question = population, question

    def __hash__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Asked)


@lru_cache(maxsize=KEPT)
def _kept(_key: tuple[str, int, str], asked: _Asked) -> Found:
    return find(asked.population, asked.question)


def find(population: Population, question: Question, progress: Progress | None = None) -> Found:
    """Work out the answer. `progress` is called with (done, total) steps."""
    law = law_of(population)
    loaded = populations.load(population.folder, law)
    after = question.reform.applied_to(law)
    rows = loaded.base.rows
    done = 0

    def report(more: int) -> None:
        nonlocal done
        done += more
        if progress is not None:
            progress(done, rows)

    found = compare(loaded.base, after, loaded.table, loaded.groupings, progress=report)
    effects = solution = None
    if question.appropriation is not None:
        solution = _solved(after, loaded, question)
    if question.sensitivity:
        effects = sensitivity(after, loaded.table, progress=progress)
    return Found(_over(population, loaded), found, effects, solution)


def _solved(after: Bound, loaded: populations.Loaded, question: Question) -> Any:
    """The solution; None for a question that has no answer, which the page has said beside the field."""
    try:
        return solve(after, loaded.table, question.solve, question.appropriation or 0)
    except UnsolvableError:
        return None


def _over(population: Population, loaded: populations.Loaded) -> Over:
    if population.run:
        made_up = (loaded.table.schema.metadata or {}).get(b"kechuang.synthetic") == b"true"
        return Over(Words("上传的文件", "the uploaded file"), synthetic=made_up, table=loaded.table)
    return Over(Words("虚构城市", "synthetic city"), synthetic=True, table=loaded.table)
