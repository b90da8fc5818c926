"""YAML read with places: each value remembers its file, line and column, so that errors can point to it.

Aliases are refused and size and depth are bounded, so that a hostile file can neither hang nor exhaust the reader.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from kechuang.policy.language.problems import Place, Problems

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES = 2_000_000
MAX_DEPTH = 40
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class Section:
    """A YAML value with its place: a mapping, a list or a scalar (always kept as written, as text)."""

    value: Any
    place: Place
    problems: Problems

    def has(self, key: str) -> bool:
        """Whether this mapping has `key` with a value that is not empty."""
        return isinstance(self.value, dict) and key in self.value

    def get(self, key: str) -> Section | None:
        """The value at `key`, or None when this is no mapping or has no such key."""
        return self.value.get(key) if isinstance(self.value, dict) else None

    def need(self, key: str) -> Section | None:
        """The value at `key`; a missing one is noted as a problem."""
        found = self.get(key)
        if found is None:
            self.fault(f"'{key}' is missing here: add it")
        return found

    def fault(self, message: str) -> None:
        """Note a problem at this place."""
        self.problems.add(self.place, message)

    def text(self, key: str, default: str = "") -> str:
        """The scalar at `key` as text, or `default` when there is none."""
        found = self.get(key)
        return default if found is None else found.scalar()

    def scalar(self) -> str:
        """This scalar as text; a mapping or list here is noted as a problem."""
        if isinstance(self.value, (dict, list)):
            self.fault("expected one value here, found a mapping or a list")
            return ""
        return str(self.value)

    def mapping(self) -> dict[str, Section]:
        """This mapping; anything else is noted as a problem and read as empty."""
        if isinstance(self.value, dict):
            return self.value
        if self.value not in ("", None):
            self.fault(f"expected a mapping (key: value), found {self._kind()}")
        return {}

    def items(self) -> list[Section]:
        """This list; anything else is noted as a problem and read as empty."""
        if isinstance(self.value, list):
            return self.value
        if self.value not in ("", None):
            self.fault(f"expected a list, found {self._kind()}")
        return []

    def texts(self, key: str) -> tuple[str, ...]:
        """The list of scalars at `key`, as text; a missing key is an empty list."""
        found = self.get(key)
        return () if found is None else tuple(item.scalar() for item in found.items())

    def only(self, allowed: set[str]) -> None:
        """Note each key that is not in `allowed`, with the nearest guesses."""
        for key, child in self.mapping().items():
            if key not in allowed:
                child.fault(f"unknown key '{key}'; expected one of: {', '.join(sorted(allowed))}")

    def _kind(self) -> str:
        if isinstance(self.value, dict):
            return "a mapping"
        return "a list" if isinstance(self.value, list) else f"'{self.value}'"


def read_section(file: Path, root: Path, problems: Problems) -> Section | None:
    """Read one YAML file below `root`; None (with the problem noted) when it cannot be read."""
    name = file.relative_to(root).as_posix() if file.is_relative_to(root) else file.name
    try:
        raw = file.read_bytes()
        if len(raw) > MAX_BYTES:
            problems.add(Place(name), f"{len(raw)} bytes; at most {MAX_BYTES} are read. Split the file")
            return None
        found = _Builder(name, problems).build(raw.decode("utf-8"))
    except OSError as error:
        problems.add(Place(name), f"cannot be read: {error.strerror}")
    except UnicodeDecodeError as error:
        problems.add(Place(name), f"is not UTF-8 at byte {error.start}")
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(name, mark.line + 1, mark.column + 1) if mark else Place(name)
        problems.add(place, f"is not valid YAML: {error.problem}")
    except yaml.YAMLError as error:
        problems.add(Place(name), f"is not valid YAML: {error}")
    else:
        if found is None:
            problems.add(Place(name), "is empty")
        return found
    return None


class _Builder:
    """Makes sections from YAML's events in one pass, without recursion: depth is counted before anything is built."""

    def __init__(self, file: str, problems: Problems) -> None:
        self.file = file
        self.problems = problems
        self.open: list[Section] = []  # the mappings and lists around the current event, outermost first
        self.keys: list[str | None] = []  # for each of them the key that waits for its value; None in a list
        self.whole: Section | None = None

    def build(self, text: str) -> Section | None:
        """The whole text as a section; None when it is empty."""
        for event in yaml.parse(text, Loader=_Loader):
            kind = type(event)
            if kind is yaml.ScalarEvent:
                self._scalar(event)
            elif kind in (yaml.MappingStartEvent, yaml.SequenceStartEvent):
                self._start({} if kind is yaml.MappingStartEvent else [], event)
            elif kind in (yaml.MappingEndEvent, yaml.SequenceEndEvent):
                self.open.pop()
                self.keys.pop()
            elif kind is yaml.DocumentStartEvent and self.whole is not None:
                self._refuse(event, "a second document (---) is not read; keep one a file")
            elif kind is yaml.AliasEvent:
                self._refuse(event, "YAML aliases (*name) are not read; write the value out")
        return self.whole

    def _scalar(self, event: Any) -> None:
        mark = event.start_mark
        if self.open and isinstance(self.open[-1].value, dict) and self.keys[-1] is None:
            self._key(event.value, mark)
            return
        column = mark.column + (2 if event.style in ("'", '"') else 1)
        self._put(Section(event.value, Place(self.file, mark.line + 1, column, self._path()), self.problems))

    def _key(self, key: str, mark: Any) -> None:
        if key in self.open[-1].value:
            place = Place(self.file, mark.line + 1, mark.column + 1, self._path())
            self.problems.add(place, f"'{key}' stands twice here; keep one")
        self.keys[-1] = key

    def _start(self, value: dict[str, Section] | list[Section], event: Any) -> None:
        mark = event.start_mark
        if len(self.open) >= MAX_DEPTH:
            self._refuse(event, f"is nested deeper than {MAX_DEPTH} levels")
        if self.open and isinstance(self.open[-1].value, dict) and self.keys[-1] is None:
            self._refuse(event, "expected a plain key here, found a mapping or a list")
        section = Section(
            value, Place(self.file, mark.line + 1, mark.column + 1, self._path()), self.problems
        )
        self._put(section)
        self.open.append(section)
        self.keys.append(None)

    def _put(self, section: Section) -> None:
        """Hang a section into the mapping or list around it."""
        if not self.open:
            self.whole = section
        elif isinstance(self.open[-1].value, list):
            self.open[-1].value.append(section)
        else:
            self.open[-1].value[self.keys[-1]] = section
            self.keys[-1] = None

    def _path(self) -> str:
        """The key path of what comes next, such as benefits.rd_growth.examples[0].on."""
        if not self.open:
            return ""
        around, key = self.open[-1], self.keys[-1]
        if isinstance(around.value, list):
            return f"{around.place.path}[{len(around.value)}]"
        return f"{around.place.path}.{key}" if around.place.path and key else key or around.place.path

    def _refuse(self, event: Any, message: str) -> None:
        mark = event.start_mark
        raise yaml.MarkedYAMLError(problem=message, problem_mark=mark)


def walk_files(folder: Path, pattern: str) -> Iterator[Path]:
    """The files below `folder` that match, in the order of their names."""
    yield from sorted(folder.glob(pattern))
