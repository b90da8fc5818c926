"""Random worlds: cases drawn from the vocabulary, many values just below, at and just above a pack's thresholds."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any

from kechuang.policy.language.parameter import Table
from kechuang.policy.language.values import code_list, is_code

if TYPE_CHECKING:
    from random import Random

    from kechuang.policy.encoding.pack import Pack
    from kechuang.policy.language.vocabulary import Field, RecordKind

MILLIONTH = Fraction(1, 10**6)
UNKNOWN, HALF, MOSTLY = 0.1, 0.5, 0.8


@cache
def thresholds(pack: Pack, type_: str) -> tuple[Any, ...]:
    """Every constant of this type in the pack, with its two nearest neighbours."""
    step = {"money": 1, "number": 1, "rate": MILLIONTH, "date": timedelta(days=1)}[type_]
    found = {pack.valid[0], pack.valid[1]} if type_ == "date" else set()
    for benefit in pack.benefits:
        for parameter in benefit.parameters.values():
            if parameter.type.removeprefix("table:").split(":")[0] == type_:
                for dated in parameter.values:
                    for value in dated.options.values():
                        found |= set(value.rows.values()) if isinstance(value, Table) else {value}
        roots = [condition.node for condition in benefit.conditions]
        found |= {
            node.value for root in roots for node in root.walk() if node.op == "const" and node.type == type_
        }
    return tuple(sorted({near for value in found for near in (value - step, value, value + step)}))


def value(rng: Random, pack: Pack, field: Field, on: date) -> Any:
    """A value of one field; None (unknown) now and then."""
    if rng.random() < UNKNOWN:
        return None
    if is_code(field.type):
        return rng.choice(list(pack.vocabulary.codes[code_list(field.type)]))
    if field.type in ("boolean", "text"):
        return rng.random() < MOSTLY if field.type == "boolean" else rng.choice("甲乙")
    return quantity(rng, pack, field, on)


def quantity(rng: Random, pack: Pack, field: Field, on: date) -> Any:
    """A sum, number, rate or date: at or near a threshold half of the time."""
    if field.type == "number" and field.name.endswith("year"):
        return on.year - rng.randint(0, 4)
    near = thresholds(pack, field.type)
    if near and rng.random() < HALF:
        return rng.choice(near)
    if field.type == "date":
        return on + timedelta(days=rng.randint(-1500, 400))
    top = {"money": 10**12, "number": 2000, "rate": 10**6}[field.type]
    return rng.randint(0, top) * (MILLIONTH if field.type == "rate" else 1)


def record(rng: Random, pack: Pack, kind: RecordKind, on: date) -> dict[str, Any]:
    """One record, without its unknown fields."""
    drawn = {name: value(rng, pack, field, on) for name, field in kind.fields.items()}
    return {name: found for name, found in drawn.items() if found is not None}


def case(rng: Random, pack: Pack, on: date) -> dict[str, Any]:
    """One case: subject fields, and lists of related records that may be unknown, empty or hold a few."""
    drawn = record(rng, pack, pack.vocabulary.subject, on)
    if rng.random() < HALF:
        drawn["kind"] = "enterprise"
    for kind in pack.vocabulary.related:
        size = rng.choice([None, 0, 1, 2, 3])
        if size is not None:
            drawn[kind.name] = unique([record(rng, pack, kind, on) for _ in range(size)], kind)
    return drawn


def unique(rows: list[dict[str, Any]], kind: RecordKind) -> list[dict[str, Any]]:
    """The rows without those whose key stands already; the first stays."""
    seen: set[tuple[Any, ...]] = set()
    kept = []
    for row in rows:
        key = tuple(row.get(name) for name in kind.key)
        if kind.key and None not in key and key in seen:
            continue
        seen.add(key)
        kept.append(row)
    return kept
