"""The draw as a calculation that anybody can do again: no database, no Django, standard library only.

A draw is a plain JSON object:

    {"format": 2, "number", "purpose", "prepared_at", "first_day", "last_day", "seats", "substitutes",
     "pool": {"most_of_an_institution", "fields", "parties_hash",
              "eligible": [{"key", "name", "fields", "institutions"}],
              "excluded": [{"key", "name", "reasons"}]},
     "pool_hash", "commitment",
     "outcome": null or {"seed", "witness", "reason", "done_at"},
     "drawn": [{"place", "key"}], "declined": [{"place", "reason"}]}

pool_hash: SHA-256 over the canonical JSON of what `frozen` returns. commitment: SHA-256 over the 32 bytes of the seed.
Order: ascending HMAC-SHA-256 with the seed as its key, over expert's key, line feed, witness. The first in this order
are drawn, passing over whoever has an institution of which as many are drawn as it may have. `name` is masked, and
`institutions` are opaque. Draws of format 1 know one institution of each person: "institution", '' for none.
Neither hash binds when the draw was prepared and done, who declined later, or the reasons: those are statements. The
witness is bound by the order alone: another that draws the same people in the same order changes nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

FORMATS: Final = (1, 2)
SEED_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it should be: `what` names it, `problem` says which kind of fault."""

    what: str
    problem: str  # shape, format, pool_hash, commitment, order, place, unknown, count, decline
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
    institutions = {one["key"]: _institutions(one) for one in pool["eligible"]}
    used: Counter[str] = Counter()
    found: list[str] = []
    for key in order(seed, witness, list(institutions)):
        if len(found) == count:
            break
        if any(used[one] >= pool["most_of_an_institution"] for one in institutions[key]):
            continue
        used.update(institutions[key])
        found.append(key)
    return found


def format_of(pool: Mapping[str, Any]) -> int:
    """The format of a draw, by its frozen pool."""
    return 1 if any("institution" in one for one in pool["eligible"]) else 2


def _institutions(one: Mapping[str, Any]) -> list[str]:
    """Where somebody of the pool works, in either format."""
    if "institution" in one:
        return [one["institution"]] if one["institution"] else []
    named: list[str] = one["institutions"]
    return named


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
    if type(draw.get("format")) is not int or draw["format"] not in FORMATS:
        return [Difference("format", "format", str(draw.get("format")), " or ".join(map(str, FORMATS)))]
    try:
        return _verify(draw)
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        return [Difference("file", "shape", f"{type(fault).__name__}: {fault}", "a whole draw")]


def _verify(draw: Mapping[str, Any]) -> list[Difference]:
    if not isinstance(draw["drawn"], list) or not isinstance(draw["declined"], list):
        return [Difference("drawn", "shape", "no list", "lists of rows")]
    differences = []
    if draw["format"] != (told := format_of(draw["pool"])):
        differences.append(Difference("format", "format", str(draw["format"]), str(told)))
    if draw["pool_hash"] != pool_hash(draw):
        differences.append(Difference("pool_hash", "pool_hash", str(draw["pool_hash"]), pool_hash(draw)))
    outcome = draw["outcome"]
    if not outcome or not outcome["seed"]:
        if draw["drawn"]:
            differences.append(Difference("drawn", "count", str(len(draw["drawn"])), "0"))
        return differences + _declined(draw["declined"], 0)
    differences += _seed(draw["commitment"], outcome["seed"])
    seed = bytes.fromhex(outcome["seed"])
    expected = drawn(draw["pool"], seed, outcome["witness"], draw["seats"] + draw["substitutes"])
    return differences + _drawn(draw, expected) + _declined(draw["declined"], len(expected))


def _seed(published: str, told: str) -> list[Difference]:
    """The seed as it is told is the one whose hash was published."""
    seed, found = bytes.fromhex(told), []
    if len(seed) != SEED_BYTES or seed.hex() != told:
        found.append(Difference("outcome.seed", "count", told, f"{SEED_BYTES} bytes in hexadecimal"))
    if published != commitment(seed):
        found.append(Difference("commitment", "commitment", str(published), commitment(seed)))
    return found


def _drawn(draw: Mapping[str, Any], expected: Sequence[str]) -> list[Difference]:
    """Who was drawn is exactly whom the seed gives, each in one place, the places counted from one."""
    rows, known = draw["drawn"], {one["key"] for one in draw["pool"]["eligible"]}
    differences = [
        Difference(f"drawn.{place}", "place", said, "a place of its own, from 1")
        for place, said in _misplaced(rows)
    ]
    differences += [
        Difference(f"drawn.{one['place']}", "unknown", str(one["key"]), "somebody of the pool")
        for one in rows
        if one["key"] not in known
    ]
    found = {one["place"]: one["key"] for one in reversed(rows)}  # of two in one place the first is looked at
    for place in range(1, max(len(expected), len(rows)) + 1):
        should = expected[place - 1] if place <= len(expected) else "-"
        if found.get(place, "-") != should:
            differences.append(Difference(f"drawn.{place}", "order", str(found.get(place, "-")), should))
    exact = [{"place": place, "key": key} for place, key in enumerate(expected, 1)]
    if not differences and canonical(sorted(rows, key=lambda one: one["place"])) != canonical(exact):
        differences.append(Difference("drawn", "shape", f"{len(rows)} rows", "places and keys alone"))
    return differences


def _declined(rows: Sequence[Mapping[str, Any]], last: int) -> list[Difference]:
    """Whoever declined was drawn, and is named once."""
    twice = dict(_misplaced(rows))
    return [
        Difference(f"declined.{place}", "decline", str(one["place"]), "a place that was drawn, once")
        for place, one in enumerate(rows, 1)
        if place in twice or one["place"] > last
    ]


def _misplaced(rows: Sequence[Mapping[str, Any]]) -> list[tuple[int, str]]:
    """The rows, counted from one, whose place is no whole number above zero or is taken by a row before."""
    seen: set[int] = set()
    found = []
    for number, one in enumerate(rows, 1):
        place = one["place"]
        if type(place) is not int or place < 1 or place in seen:
            found.append((number, str(place)))
        else:
            seen.add(place)
    return found
