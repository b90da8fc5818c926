"""A number of the document as expressions use it: quoted, dated, with an option for each reading."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from kechuang.policy.language.problems import Place
    from kechuang.policy.language.values import Value, Words


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of the document: their clause, offsets within the clause's text, and where the pack cites them."""

    text: str
    clause: str
    start: int
    end: int
    place: Place


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A table parameter: code lists of its keys, and its rows; a missing row is unknown, never zero."""

    by: tuple[str, ...]
    rows: Mapping[tuple[str, ...], Value]


@dataclass(frozen=True, slots=True)
class Dated:
    """A value from a date on; `options` has one entry '' or one for each option of `reading`."""

    start: date
    options: Mapping[str, Value | Table]
    place: Place


@dataclass(frozen=True, slots=True, eq=False)
class Parameter:
    """A number of the document: dated, quoted or cited.

    `type` is money, rate, number, date, or table:<type>:<lists>.
    """

    key: str
    title: Words
    type: str
    values: tuple[Dated, ...]
    reading: str | None
    quote: Quote | None
    cites: Words | None
    place: Place

    def at(self, on: date, readings: Mapping[str, str]) -> Value | Table:
        """The value in force on a date under the chosen readings; None (unknown) before the first date."""
        found = [dated for dated in self.values if dated.start <= on]
        if not found:
            return None
        option = readings[self.reading] if self.reading else ""
        return found[-1].options[option]
