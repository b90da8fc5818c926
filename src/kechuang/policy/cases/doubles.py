"""Records that may be one thing filed twice: what is known of their keys does not tell them apart."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NONE: Final[frozenset[int]] = frozenset()
_BEFORE_ALL: Final = -1


def possible_doubles(rows: Sequence[Mapping[str, Any]], key: tuple[str, ...]) -> frozenset[int]:
    """The positions of records that may be another record of the same subject once more.

    rows: the records of one kind of one subject, as `assess` takes them. key: the fields that name a record of the
    kind; without any, nothing tells records apart and none is named.
    """
    if len(rows) < 2 or all(row.get(name) is not None for row in rows for name in key):  # noqa: PLR2004 - a pair
        return NONE
    return unclear([tuple(row.get(name) for name in key) for row in rows])


def unclear(keys: Sequence[tuple[Any, ...]]) -> frozenset[int]:
    """The positions of keys with a part unknown (None) that agree, in all that both know, with another key.

    Of two that may be the same the later one is named, and one with an unknown part rather than a whole one; so
    those not named are certainly different things. Whole keys are compared with nothing: where they stand twice,
    the facts are refused (`facts.repeated_keys`).
    """
    by_known: dict[tuple[bool, ...], list[int]] = {}
    for place, key in enumerate(keys):
        by_known.setdefault(tuple(part is not None for part in key), []).append(place)
    found: set[int] = set()
    for (mine, places), (theirs, others) in product(by_known.items(), repeat=2):
        if all(mine):
            continue
        shared = [part for part, known in enumerate(zip(mine, theirs, strict=True)) if all(known)]
        first: dict[tuple[Any, ...], int] = {}
        for other in others:
            first.setdefault(
                tuple(keys[other][part] for part in shared), _BEFORE_ALL if all(theirs) else other
            )
        found.update(
            place for place in places if first.get(tuple(keys[place][part] for part in shared), place) < place
        )
    return frozenset(found)
