"""YAML read with places: each value remembers its file, line and column, so that errors can point to it.

Aliases are refused and size and depth are bounded, so that a hostile file can neither hang nor exhaust the reader.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from kechuang.policy.problems import Place, Problems

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES = 2_000_000
MAX_DEPTH = 40
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
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
        return "a list" if isinstance(self.value, list) else f"'{self.value}'"


def read_section(file: Path, root: Path, problems: Problems) -> Section | None:
    """Read one YAML file below `root`; None (with the problem noted) when it cannot be read."""
    name = file.relative_to(root).as_posix() if file.is_relative_to(root) else file.name
    try:
        raw = file.read_bytes()
    except OSError as error:
        problems.add(Place(name), f"cannot be read: {error.strerror}")
        return None
    if len(raw) > MAX_BYTES:
        problems.add(Place(name), f"{len(raw)} bytes; at most {MAX_BYTES} are read. Split the file")
        return None
    try:
        text = raw.decode("utf-8")
        fault = _hostile(text, name)
        if fault is not None:
            problems.add(*fault)
            return None
        node = yaml.compose(text, Loader=_Loader)
    except UnicodeDecodeError as error:
        problems.add(Place(name), f"is not UTF-8 at byte {error.start}")
        return None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(name, mark.line + 1, mark.column + 1) if mark else Place(name)
        problems.add(place, f"is not valid YAML: {error.problem}")
        return None
    except (yaml.YAMLError, RecursionError) as error:
        problems.add(Place(name), f"is not valid YAML: {error}")
        return None
    if node is None:
        problems.add(Place(name), "is empty")
        return None
    return _section(node, name, "", problems)


def _hostile(text: str, file: str) -> tuple[Place, str] | None:
    """The first alias or too deep nesting, found without recursion, before anything is built."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        place = Place(file, event.start_mark.line + 1, event.start_mark.column + 1)
        if isinstance(event, yaml.AliasEvent):
            return place, "YAML aliases (*name) are not read; write the value out"
        if isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            depth += 1
            if depth > MAX_DEPTH:
                return place, f"is nested deeper than {MAX_DEPTH} levels"
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            depth -= 1
    return None


def _section(node: yaml.Node, file: str, path: str, problems: Problems) -> Section:
    place = Place(file, node.start_mark.line + 1, node.start_mark.column + 1, path)
    if isinstance(node, yaml.MappingNode):
        value: dict[str, Section] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            child_path = f"{path}.{key}" if path else key
            if key in value:
                key_place = Place(file, key_node.start_mark.line + 1, key_node.start_mark.column + 1, child_path)
                problems.add(key_place, f"'{key}' stands twice here; keep one")
            value[key] = _section(value_node, file, child_path, problems)
        return Section(value, place, problems)
    if isinstance(node, yaml.SequenceNode):
        children = [_section(n, file, f"{path}[{i}]", problems) for i, n in enumerate(node.value)]
        return Section(children, place, problems)
    quoted = node.style in ("'", '"')
    return Section(node.value, place.shifted(1) if quoted else place, problems)


def walk_files(folder: Path, pattern: str) -> Iterator[Path]:
    """The files below `folder` that match, in the order of their names."""
    yield from sorted(folder.glob(pattern))
