"""What the helper process can be asked for, by name. Each task takes a function for its progress and plain data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from kechuang.drafting import checking

Progress = Callable[[int], None]


def check(
    _progress: Progress, files: dict[str, str], pack_id: str, only: str | None, before: dict[str, Any] | None
) -> dict[str, Any]:
    """The counts of a version, see `checking.check`."""
    return checking.check(files, pack_id, only, before)


def look(
    _progress: Progress, files: dict[str, str], pack_id: str, name: str, language: str, today: str
) -> dict[str, Any]:
    """All about one file, see `checking.look`."""
    return checking.look(files, pack_id, name, language, today)


TASKS: Final[Mapping[str, Callable[..., Any]]] = {"check": check, "look": look}
