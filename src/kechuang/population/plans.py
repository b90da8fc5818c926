"""Plans: for each record kind, which subjects own how many records and how each field is drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from kechuang.policy.language.vocabulary import RecordKind

if TYPE_CHECKING:
    from kechuang.population.city import City
    from kechuang.population.draws import Draw

Owners = Callable[["City", np.random.Generator], tuple[np.ndarray, np.ndarray | None]]
"""Gives the subject of each record, ascending, and for records that follow others the place of the one followed."""


@dataclass(frozen=True)
class Plan:
    """How the records of one kind are drawn. Fields are drawn in the order in which they stand here.

    `sure` names the fields that are never unknown; `follows` the record kind that has to be drawn before.
    """

    owners: Owners
    fields: Mapping[str, Draw] = field(default_factory=dict)
    sure: tuple[str, ...] = ("kind", "year")
    follows: str | None = None

    def order(self, kind: RecordKind) -> list[str]:
        """The fields in the order of drawing: those planned, then the others."""
        return [*self.fields, *(name for name in kind.fields if name not in self.fields)]


def some(most: int = 1, **shares: float) -> Owners:
    """Give 1 to `most` records to a share of each kind of subject (or other group of `City.group`)."""

    def owners(city: City, rng: np.random.Generator) -> tuple[np.ndarray, None]:
        share = np.zeros(len(city.kinds))
        for group, part in shares.items():
            share[city.group(group)] = part
        counts = (rng.random(len(share)) < share) * rng.integers(1, most + 1, len(share))
        return np.repeat(np.arange(len(share)), counts), None

    return owners


def following(of_kind: str, name: str, **shares: float) -> Owners:
    """Give one record to a share of the records of another kind, by the code in its field `name`."""

    def owners(city: City, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        followed = city.records[of_kind]
        share = np.zeros(followed.size)
        for code, part in shares.items():
            share[followed.is_(name, code)] = part
        link = np.flatnonzero(rng.random(followed.size) < share)
        return followed.owner[link], link

    return owners
