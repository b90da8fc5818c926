"""Who wants to know when money moves: rooms above put their functions in these lists (in their apps.py)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from kechuang.journal.actions import Actor, Clock
from kechuang.treasury.models import Award

Told = Callable[[Award, datetime, Actor | Clock], object]


@dataclass(frozen=True)
class Noticed:
    """A public notice: its number, its page, and its days, both included."""

    number: str
    url: str
    first_day: date
    last_day: date


before_locks: Final[list[Callable[[list[int]], object]]] = []
"""Called with award numbers, in ascending order, before the treasury locks anything: lock your rows for them here, by
ascending number, and the order of all locks stays one (docs/treasury.md)."""

on_paid: Final[list[Told]] = []
"""The bank has paid, within the transaction of the act; what is raised here undoes the act."""

on_returned: Final[list[Told]] = []
"""The bank has sent the money back: the award may be paid again."""

on_recovered: Final[list[Told]] = []
"""Money has come back for a receivable of this award."""

concerning: Final[list[Callable[[list[int]], Collection[str]]]] = []
"""Which subjects ("case:17") these organisations undertake with a payee: who stays away from one is kept from them.

The database's own guard of batches asks the function treasury_concerning, which the same room gives its body."""

subject_pages: Final[dict[str, Callable[[Iterable[int]], dict[int, tuple[str, str]]]]] = {}
"""What a subject is called and where its page is: {"case": numbers -> {number: (text, address)}}."""

notices_of: Final[dict[str, Callable[[int], Noticed | None]]] = {}
"""The public notice that a subject of a kind was last in: {"case": primary key -> Noticed}."""

subjects_called: Final[dict[str, Callable[[str], Iterable[int]]]] = {}
"""Which subjects of a kind are called so, as people type it: {"case": "2026-9-02" -> primary keys}."""


def called(subject: str) -> str:
    """What people call a subject such as "case:17": its number as they know it, "2026-9-01-00001"."""
    kind, _, number = subject.partition(":")
    if kind not in subject_pages or not number.isdecimal():
        return subject
    return subject_pages[kind]([int(number)]).get(int(number), (subject, ""))[0]


def prepare_locks(awards: Iterable[int]) -> None:
    """Let the rooms above lock what they will change when they are told of these awards."""
    numbers = sorted(set(awards))
    for lock in before_locks:
        lock(numbers)


def tell(told: list[Told], award: Award, at: datetime, actor: Actor | Clock) -> None:
    """Tell everyone in the list."""
    for one in told:
        one(award, at, actor)
