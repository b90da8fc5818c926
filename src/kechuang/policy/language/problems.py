"""Places in files, and problems found there: every error names the place, what was found, what was expected."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


class Place(NamedTuple):
    """Where something stands: a file, a 1-based line and column, and the key path in a YAML file."""

    file: str
    line: int = 0
    column: int = 0
    path: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{where} ({self.path})" if self.path else where

    def shifted(self, columns: int) -> Place:
        """The place `columns` characters further right on the same line."""
        return Place(self.file, self.line, self.column + columns, self.path)


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of a pack: the place, and a sentence that says what was found and what was expected."""

    place: Place
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class PackError(ValueError):
    """A pack that cannot be used. `problems` holds every fault found, not only the first."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        lines = "\n".join(str(problem) for problem in problems)
        super().__init__(f"{len(problems)} problem(s) in the pack:\n{lines}")


@dataclass(slots=True)
class Problems:
    """Collects the faults of a pack while it is read, so that all are shown at once."""

    found: list[Problem] = field(default_factory=list)

    def add(self, place: Place, message: str) -> None:
        """Note one fault at `place`."""
        self.found.append(Problem(place, message))

    def in_order(self) -> tuple[Problem, ...]:
        """All faults noted so far, in the order of the files."""
        return tuple(sorted(self.found, key=lambda one: (one.place.file, one.place.line, one.place.column)))

    def stop_if_any(self) -> None:
        """Raise PackError with all faults noted so far, in the order of the files."""
        if self.found:
            raise PackError(list(self.in_order()))
