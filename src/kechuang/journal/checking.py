"""Whether the chain of events is whole: numbers without gap, each hash right, each event naming the one before."""

from __future__ import annotations

from dataclasses import dataclass

from kechuang.journal.actions import BEGINNING, hash_of
from kechuang.journal.models import ChainEnd, Event


@dataclass(frozen=True)
class Problem:
    """Something wrong at an event: `what` ("number", "hash", "previous", "end"), what was found, what was expected."""

    number: int
    what: str
    found: str
    expected: str


def check_chain(first: int = 1) -> list[Problem]:
    """Every problem of the chain from event `first` on; an empty list when it is whole.

    A change of one byte anywhere is found: at its own event as "hash", and at the next as "previous" if it was
    hashed anew. The end is compared with what is kept beside the chain, so that cut-off events are missed too.
    """
    problems: list[Problem] = []
    before = Event.objects.filter(number=first - 1).first() if first > 1 else None
    number, previous = first - 1, before.hash if before else BEGINNING
    for event in Event.objects.filter(number__gte=first).order_by("number").iterator(chunk_size=2000):
        if event.number != number + 1:
            problems.append(Problem(event.number, "number", str(event.number), str(number + 1)))
        elif event.previous != previous and (before or first == 1):
            problems.append(Problem(event.number, "previous", event.previous, previous))
        made = hash_of(event)
        if made != event.hash:
            problems.append(Problem(event.number, "hash", event.hash, made))
        number, previous, before = event.number, event.hash, event
    return problems + _end(number, previous)


def _end(number: int, previous: str) -> list[Problem]:
    end = ChainEnd.objects.first()
    expected = f"{end.number} {end.hash}" if end else f"0 {BEGINNING}"
    found = f"{number} {previous}"
    return [] if found == expected else [Problem(number, "end", found, expected)]
