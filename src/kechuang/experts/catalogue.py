"""The data of this room: grounds of recusal, rules of entry, fields of expertise, each read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from kechuang.policy.language.values import Words

HERE: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Ground:
    """Why somebody stays away: what the tie is with, how many years it holds after its end (None: for good)."""

    key: str
    title: Words
    why: Words
    reaches: frozenset[str]  # "organisation", "person"
    years: int | None
    who: frozenset[str]  # "self", "office", "computed", "party"

    def holds(self, began_on: date | None, ended_on: date | None, today: date) -> bool:
        """Whether a tie with these days (None: not known, still so) keeps away today."""
        if began_on and began_on > today:
            return False
        return ended_on is None or self.years is None or years_after(ended_on, self.years) >= today


@dataclass(frozen=True, slots=True)
class Entry:
    """The rules of entry: see entry.yaml. titles: from the highest down."""

    titles: Mapping[str, Words]
    least_title: str
    most_age: int
    check_days: int
    term_years: int
    draws_a_year: int
    most_of_an_institution: int

    def is_high_enough(self, title: str) -> bool:
        """Whether a title is the least one or above it."""
        order = list(self.titles)
        return title in order and order.index(title) <= order.index(self.least_title)


def years_after(day: date, years: int) -> date:
    """The same day so many years later (earlier, if negative); 29 February becomes 28."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


@cache
def grounds() -> Mapping[str, Ground]:
    """All grounds by key."""
    return {
        key: Ground(
            key,
            _words(one),
            _words(one["why"]),
            frozenset(one["with"]),
            one["years"],
            frozenset(one["who"]),
        )
        for key, one in _read("grounds.yaml").items()
    }


@cache
def entry() -> Entry:
    """The rules of entry."""
    found = _read("entry.yaml")
    return Entry(**{**found, "titles": {key: _words(one) for key, one in found["titles"].items()}})


@cache
def fields() -> Mapping[str, Words]:
    """Fields of expertise by key."""
    return {key: _words(one) for key, one in _read("fields.yaml").items()}


def ground_words(key: str) -> Words:
    """What a ground is called; a key that the data no longer know is its own name."""
    return grounds()[key].title if key in grounds() else Words(key, key)


def _words(said: Mapping[str, str]) -> Words:
    return Words(said["zh"], said["en"])


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((HERE / name).read_text(encoding="utf-8"))
    return found
