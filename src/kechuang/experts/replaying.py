"""The draw as a calculation that anybody can do again: no database, no Django, standard library only.

A draw is a plain JSON object:

    {"format": 1, "number", "purpose", "prepared_at", "first_day", "last_day", "seats", "substitutes",
     "pool": {"most_of_an_institution", "fields", "parties_hash",
              "eligible": [{"key", "name", "fields", "institution"}],
              "excluded": [{"key", "name", "reasons"}]},
     "pool_hash", "commitment",
     "outcome": null or {"seed", "witness", "reason", "done_at"},
     "drawn": [{"place", "key"}], "declined": [{"place", "reason"}]}

pool_hash: SHA-256 over the canonical JSON of what `frozen` returns. commitment: SHA-256 over the 32 bytes of the seed.
Order: ascending HMAC-SHA-256 with the seed as its key, over expert's key, line feed, witness. The first in this order
are drawn, passing over whoever's institution has as many drawn as it may have. `name` is masked, `institution` opaque.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

FORMAT: Final = 1
SEED_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it should be: `what` names it, `problem` says which kind of fault."""

    what: str
    problem: str  # shape, format, pool_hash, commitment, order, count, decline
    found: str
    expected: str


def canonical(value: object) -> bytes:
    """JSON with sorted keys and no blanks, in UTF-8: the same data always give the same bytes."""
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


def frozen(draw: Mapping[str, Any]) -> dict[str, Any]:
    """What the hash of the pool is over."""
    names = ("number", "purpose", "first_day", "last_day", "seats", "substitutes", "pool")
    return {name: draw[name] for name in names}


def pool_hash(draw: Mapping[str, Any]) -> str:
    """The hash of what was frozen, in hexadecimal."""
    return hashlib.sha256(canonical(frozen(draw))).hexdigest()


def commitment(seed: bytes) -> str:
    """What is published of a seed before the draw."""
    return hashlib.sha256(seed).hexdigest()


def order(seed: bytes, witness: str, keys: Sequence[str]) -> list[str]:
    """The keys in the order that a seed gives."""
    return sorted(keys, key=lambda key: (hmac.digest(seed, f"{key}\n{witness}".encode(), "sha256"), key))


def drawn(pool: Mapping[str, Any], seed: bytes, witness: str, count: int) -> list[str]:
    """The keys of those drawn, `count` at most, in their places: seats first, then substitutes."""
    institution = {one["key"]: one["institution"] for one in pool["eligible"]}
    used: Counter[str] = Counter()
    found: list[str] = []
    for key in order(seed, witness, list(institution)):
        if len(found) == count:
            break
        if institution[key] and used[institution[key]] >= pool["most_of_an_institution"]:
            continue
        used[institution[key]] += 1
        found.append(key)
    return found


def seated(draw: Mapping[str, Any]) -> list[str]:
    """The keys of those who have a seat after all declines."""
    gone = {one["place"] for one in draw["declined"]}
    there = [
        one["key"] for one in sorted(draw["drawn"], key=lambda one: one["place"]) if one["place"] not in gone
    ]
    return there[: draw["seats"]]


def verify(draw: object) -> list[Difference]:
    """Do the draw again and name what differs; empty when everything is as it must be."""
    if not isinstance(draw, dict):
        return [Difference("file", "shape", type(draw).__name__, "object")]
    if draw.get("format") != FORMAT:
        return [Difference("format", "format", str(draw.get("format")), str(FORMAT))]
    try:
        return _verify(draw)
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        return [Difference("file", "shape", f"{type(fault).__name__}: {fault}", "a whole draw")]


def _verify(draw: Mapping[str, Any]) -> list[Difference]:
    differences = []
    if draw["pool_hash"] != pool_hash(draw):
        differences.append(Difference("pool_hash", "pool_hash", str(draw["pool_hash"]), pool_hash(draw)))
    outcome = draw["outcome"]
    if not outcome or not outcome["seed"]:
        if draw["drawn"]:
            differences.append(Difference("drawn", "count", str(len(draw["drawn"])), "0"))
        return differences
    seed = bytes.fromhex(outcome["seed"])
    if len(seed) != SEED_BYTES:
        differences.append(Difference("outcome.seed", "count", str(len(seed)), str(SEED_BYTES)))
    if draw["commitment"] != commitment(seed):
        differences.append(Difference("commitment", "commitment", str(draw["commitment"]), commitment(seed)))
    expected = drawn(draw["pool"], seed, outcome["witness"], draw["seats"] + draw["substitutes"])
    found = {one["place"]: one["key"] for one in draw["drawn"]}
    for place in range(1, max([len(expected), *found]) + 1):
        should = expected[place - 1] if place <= len(expected) else "-"
        if found.get(place, "-") != should:
            differences.append(Difference(f"drawn.{place}", "order", found.get(place, "-"), should))
    differences += [
        Difference(f"declined.{one['place']}", "decline", str(one["place"]), "a place that was drawn")
        for one in draw["declined"]
        if one["place"] not in found
    ]
    return differences
