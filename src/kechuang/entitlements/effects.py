"""What a version would change for the organisations of this city, beside the version in force.

    {"against": hash of the version in force, "on": "2026-03-02", "year": 2025, "known_at": time,
     "organisations": 100000,
     "benefits": [{"id": "9.rd_growth", "title": {zh, en}, "strand": "entitled" | "ceiling" | "none",
                   "before": {"passing": 120, "undetermined": 40, "fen": 1500000000} or null, "after": …,
                   "gained": 12, "lost": 3}],
     "strands": {"entitled": [before, after], "ceiling": [before, after]},
     "gaining": 15, "losing": 3, "unchanged": 99982}

Only the benefits that the change touches are listed; all others are the same by construction. `strands`, `gaining` and
`losing` (organisations whose sum in any strand rises or falls) are about these too. Sums in fen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

import numpy as np
import pyarrow as pa

from kechuang.policy.columns.population import assess_columns
from kechuang.policy.columns.verdict import MAY_APPLY, BenefitColumns
from kechuang.policy.encoding.binding import Bound, bind
from kechuang.policy.encoding.pack import Pack
from kechuang.policy.reforms.reform import limited, touched
from kechuang.policy.reforms.strands import (
    NO_MONEY,
    NOBODY,
    STRANDS,
    Tally,
    by_strand,
    differences,
    strand_of,
    sums_of,
    tally_of,
)
from kechuang.registry.assembly import columns_of, numbers_after

PART: Final = 8_192
Columns = Mapping[str, BenefitColumns]


@dataclass
class _Total:
    """What the parts of the city add up to."""

    organisations: int = 0
    sides: list[dict[str, Tally]] = field(default_factory=lambda: [{}, {}])
    gained: dict[str, int] = field(default_factory=dict)
    lost: dict[str, int] = field(default_factory=dict)
    gaining: int = 0
    losing: int = 0


def effect_of(
    before: Pack, after: Pack, *, on: date, year: int, known_at: datetime, progress: Callable[[int], None]
) -> dict[str, Any]:
    """The effect as plain JSON; progress is told how many organisations are done. ValueError as `bind`."""
    bounds = (bind(before, on, year), bind(after, on, year))
    ids = touched(*bounds)
    narrowed = tuple(limited(bound, ids) for bound in bounds)
    total, last = _Total(), 0
    while numbers := numbers_after(last, PART, known_at):
        _add(total, narrowed, _tables(narrowed, numbers, known_at) if ids else ())
        last = numbers[-1]
        total.organisations += len(numbers)
        progress(total.organisations)
    return _plain(total, narrowed, ids) | {"against": before.hash, "known_at": known_at.isoformat()}


def _tables(bounds: tuple[Bound, ...], numbers: list[int], at: datetime) -> tuple[pa.Table, ...]:
    """The same organisations in the vocabulary of each version."""
    first, second = bounds
    table = columns_of(numbers, at, first.on, first.pack.vocabulary)[1]
    if first.pack.vocabulary == second.pack.vocabulary:
        return (table, table)
    return (table, columns_of(numbers, at, second.on, second.pack.vocabulary)[1])


def _add(total: _Total, bounds: tuple[Bound, ...], tables: tuple[pa.Table, ...]) -> None:
    if not tables:
        return
    sides = [assess_columns(bound, table) for bound, table in zip(bounds, tables, strict=True)]
    for held, columns in zip(total.sides, sides, strict=True):
        for key, one in columns.items():
            held[key] = held.get(key, NOBODY) + tally_of(one)
    nobody = np.zeros(tables[0].num_rows, dtype=np.bool_)
    for key in {**sides[0], **sides[1]}:
        had, has = (side[key].outcome <= MAY_APPLY if key in side else nobody for side in sides)
        total.gained[key] = total.gained.get(key, 0) + int((has & ~had).sum())
        total.lost[key] = total.lost.get(key, 0) + int((had & ~has).sum())
    change = _changes(bounds, sides, tables[0].num_rows)
    total.gaining += int((change.max(axis=0) > 0).sum())
    total.losing += int((change.min(axis=0) < 0).sum())


def _changes(bounds: tuple[Bound, ...], sides: list[dict[str, BenefitColumns]], rows: int) -> Any:
    """The change of every organisation's sum, one row a strand."""
    places = np.arange(rows)
    kinds = [{one.benefit.id: strand_of(one.benefit) for one in bound.benefits} for bound in bounds]
    sums = [
        [sums_of(by_strand(side, kind, strand), places) for strand in STRANDS]
        for side, kind in zip(sides, kinds, strict=True)
    ]
    return np.stack([differences(new, old) for old, new in zip(*sums, strict=True)])


def _plain(total: _Total, bounds: tuple[Bound, ...], ids: tuple[str, ...]) -> dict[str, Any]:
    benefits = {one.benefit.id: one.benefit for bound in bounds for one in bound.benefits}
    kinds = {key: strand_of(one) for key, one in benefits.items()}
    strands = {
        strand: [sum(held[key].fen for key in held if kinds[key] == strand) for held in total.sides]
        for strand in STRANDS
    }
    return {
        "on": bounds[0].on.isoformat(),
        "year": bounds[0].year,
        "organisations": total.organisations,
        "benefits": [
            {
                "id": key,
                "title": {"zh": benefits[key].title.zh, "en": benefits[key].title.en},
                "strand": kinds.get(key, NO_MONEY),
                "before": _side(total.sides[0].get(key)),
                "after": _side(total.sides[1].get(key)),
                "gained": total.gained.get(key, 0),
                "lost": total.lost.get(key, 0),
            }
            for key in ids
        ],
        "strands": strands,
        "gaining": total.gaining,
        "losing": total.losing,
    }


def _side(tally: Tally | None) -> dict[str, int] | None:
    if tally is None:
        return None
    return {"passing": tally.passing, "undetermined": tally.undetermined, "fen": tally.fen}
