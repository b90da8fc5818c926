"""What a check of `kechuang verify` is, and what it finds; rooms above this one add checks of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from kechuang.journal.actions import canonical
from kechuang.policy.language.values import Words

LONGEST: Final = 200
"""Characters of a value on a line of a terminal."""


@dataclass(frozen=True)
class Problem:
    """Something that is not as it was done. place: "event:17", "case:2026-9-01-00003", "evidence:3fa0…"."""

    place: str
    what: str
    found: str
    expected: str


@dataclass(frozen=True)
class Check:
    """One kind of check: its name, what it yields (None: one thing found right), what to do about a problem."""

    title: Words
    run: Callable[[], Iterator[Problem | None]]
    remedy: Words


further: list[Check] = []
"""Checks of rooms above, added when Django starts; they run after those of this room."""


def told(
    place: str, found: Mapping[str, Any], expected: Mapping[str, Any], prefix: str = ""
) -> Iterator[Problem]:
    """A problem for each figure that differs: `found` as it is kept, `expected` as it is derived again."""
    for name in dict.fromkeys((*expected, *found)):
        one, other = found.get(name), expected.get(name)
        if canonical(one) != canonical(other):
            yield Problem(place, f"{prefix}{name}", short(one), short(other))


def replayed(place: str, kept: Mapping[str, Any], again: Mapping[str, Any]) -> Iterator[Problem]:
    """One problem, of the first part in which a result that is kept differs from the same worked out again."""
    if canonical(again) != canonical(kept):
        field = next(key for key in {**again, **kept} if again.get(key) != kept.get(key))
        yield Problem(place, f"replay of {field}", short(kept.get(field)), short(again.get(field)))


def short(value: Any) -> str:
    """A value as a terminal shows it: cut where it is long."""
    text = str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
