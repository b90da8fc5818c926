"""Figures that are read when Prometheus asks, such as how many jobs wait.

A room announces its own in `ready()` of its app: `gauge("cases_overdue", "Cases past a deadline", ["state"], read)`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

Reading = tuple[Sequence[str], float]


@dataclass(frozen=True)
class Gauge:
    """A figure, or one for each combination of the values of `labels`."""

    name: str
    says: str
    labels: tuple[str, ...]
    read: Callable[[], Iterable[Reading]]


_GAUGES: dict[str, Gauge] = {}


def gauge(name: str, says: str, labels: Sequence[str], read: Callable[[], Iterable[Reading]]) -> None:
    """Show a figure at /metrics as `kechuang_<name>`.

    `says`: one English sentence; `labels`: names such as queue; `read`: yields (values of the labels, figure), may ask
    the database, and is called at every scrape, so it answers in milliseconds. Raises ValueError for a name in use.
    """
    known = _GAUGES.setdefault(name, Gauge(name, says, tuple(labels), read))
    if known.read is not read:
        raise ValueError(
            f"gauge {name!r} is already announced by {known.read.__module__}; choose another name"
        )


def gauges() -> tuple[Gauge, ...]:
    """All figures announced, by name."""
    return tuple(_GAUGES[name] for name in sorted(_GAUGES))
