"""What the helper process can be asked for, by name. Each task takes a function for its progress and plain data."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any, Final

from kechuang.drafting import checking, differences

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


def lines(_progress: Progress, before: str, after: str) -> list[dict[str, Any]]:
    """Two texts line by line, see `differences.of_lines`."""
    return differences.of_lines(before, after)


def compare(_progress: Progress, before: dict[str, str], after: dict[str, str]) -> dict[str, Any]:
    """Two versions, see `differences.of_versions`."""
    return differences.of_versions(before, after)


def begin(_progress: Progress, pack_id: str, text: str, data: str, file_name: str) -> dict[str, Any]:
    """A draft pack from a text as published, pasted or as the content of a file (base64), see `beginning.begin`."""
    from kechuang.drafting import beginning  # the bench starts faster without what typing does not need

    return beginning.begin(pack_id, text, base64.b64decode(data), file_name)


def effect(progress: Progress, **given: Any) -> dict[str, Any]:
    """What a version would cost, see `effects.effect`."""
    from kechuang.drafting import effects

    return effects.effect(progress, **given)


TASKS: Final[Mapping[str, Callable[..., Any]]] = {
    "check": check,
    "look": look,
    "lines": lines,
    "compare": compare,
    "begin": begin,
    "effect": effect,
}
