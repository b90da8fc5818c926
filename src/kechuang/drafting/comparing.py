"""Two versions side by side, as their page shows them."""

from __future__ import annotations

from typing import Any, Final

import structlog

from kechuang.drafting import queries
from kechuang.drafting.models import Version
from kechuang.drafting.workshop import BENCH, BenchError, TooLongError

log = structlog.get_logger("kechuang.drafting")

SECONDS: Final = 10
KEPT_SHOWN: Final = 40  # characters of unchanged words beside a change


def of_versions(before: Version, after: Version) -> dict[str, Any]:
    """`law` and `files` as `differences.of_versions` has them, long unchanged words cut; `late` when it takes long."""
    try:
        found = BENCH.ask("compare", SECONDS, before=queries.files_of(before), after=queries.files_of(after))
    except (TooLongError, BenchError) as error:
        log.warning("versions not compared", reason=str(error))
        return {"late": True, "law": [], "files": []}
    for clause in found["law"]:
        clause["changes"] = [
            (kind, _cut(text) if kind == "kept" else text) for kind, text in clause["changes"]
        ]
    return dict(found)


def of_lines(before: str, after: str) -> list[dict[str, Any]]:
    """The rows of two texts; none when it takes too long."""
    try:
        return list(BENCH.ask("lines", SECONDS, before=before, after=after))
    except (TooLongError, BenchError) as error:
        log.warning("texts not compared", reason=str(error))
        return []


def _cut(text: str) -> str:
    if len(text) <= 2 * KEPT_SHOWN:
        return text
    return f"{text[:KEPT_SHOWN]} … {text[-KEPT_SHOWN:]}"
