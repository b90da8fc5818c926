"""Responsible departments (责任单位) with the names they bore on a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

from kechuang.reference.tables import table


@dataclass(frozen=True)
class Name:
    """A full name and the first day it was borne; None is open. `confidence`: document, general or unconfirmed."""

    valid_from: date | None
    zh: str
    en: str
    source: str
    confidence: str


@dataclass(frozen=True)
class Department:
    """A department as the document calls it, with its later names (oldest first)."""

    short: str
    en: str
    uscc: str | None
    also: tuple[str, ...]
    names: tuple[Name, ...]

    def name(self, on: date) -> Name:
        """Return the name in force on that day."""
        return [n for n in self.names if n.valid_from is None or n.valid_from <= on][-1]


@cache
def departments() -> dict[str, Department]:
    """Return every department by the words that stand after 责任单位 in the document."""
    return {
        short: Department(
            short=short,
            en=row["en"],
            uscc=row.get("uscc"),
            also=tuple(row.get("also", ())),
            names=tuple(
                Name(n.get("from"), n["zh"], n["en"], n["source"], n["confidence"]) for n in row["names"]
            ),
        )
        for short, row in table("departments")["departments"].items()
    }


def department(short: str) -> Department:
    """Return a department by its short name or another short form of it. Raises LookupError that names it."""
    known = departments()
    if short in known:
        return known[short]
    for candidate in known.values():
        if short in candidate.also:
            return candidate
    raise LookupError(f"no department {short!r} in reference/departments.yaml; there are {'、'.join(known)}")


def department_name(short: str, on: date) -> str:
    """Return the full Chinese name that the department bore on that day."""
    return department(short).name(on).zh
