"""What a draft would cost: an invented city assessed under two encodings. Plain data; runs in the helper process.

Sums are whole fen throughout. Limits on loans and covers are no payments and are left out of all totals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Any, Final

import numpy as np
import pyarrow as pa

from kechuang.drafting.checking import as_pack, problems_that_matter
from kechuang.drafting.files import RefusedError
from kechuang.policy.columns.population import PopulationResult, assess_table
from kechuang.policy.columns.verdict import ENTITLED, MAY_APPLY
from kechuang.policy.encoding.loading import load_pack
from kechuang.policy.encoding.pack import Pack
from kechuang.population.generate import batches_of

SEED: Final = 20230713
BATCHES: Final = 8  # assessed together: 131,072 subjects
Plain = dict[str, Any]
Array = np.ndarray[Any, Any]


@dataclass
class _Tally:
    """One benefit so far: subjects that pass and the fen they may have."""

    passed: int = 0
    fen: int = 0


@dataclass
class _Totals:
    """What the parts of the city add up to."""

    before: dict[str, _Tally] = field(default_factory=dict)
    after: dict[str, _Tally] = field(default_factory=dict)
    winners: int = 0
    losers: int = 0
    gained: int = 0
    lost: int = 0
    districts: dict[str, list[int]] = field(default_factory=dict)


def effect(
    progress: Callable[[int], None],
    before: str | Mapping[str, str],
    after: Mapping[str, str],
    pack_id: str,
    subjects: int,
    on: str,
    year: int,
) -> Plain:
    """Both encodings over the same invented city. `before` is the id of a shipped pack, or the files of a version.

    `benefits`: each with subjects and fen on both sides (None: it is not there); `winners`, `losers`: subjects whose
    total rises or falls, by how much in all (`gained`, `lost`); `districts`: fen on both sides. Raises RefusedError
    while either encoding has faults, and for a day or year that it does not take.
    """
    with ExitStack() as stack:
        first = load_pack(before) if isinstance(before, str) else _whole(stack, before, pack_id)
        second = _whole(stack, after, pack_id)
        day, totals, done = date.fromisoformat(on), _Totals(), 0
        for ours, theirs in _parts(first, second, subjects, (year, day)):
            try:
                results = assess_table(first, ours, day, year), assess_table(second, theirs, day, year)
            except ValueError as error:
                raise RefusedError(f"不能按这一天测算：{error}", f"not on this day: {error}") from error
            _add(totals, *results, ours)
            done += ours.num_rows
            progress(done)
        return _plain(totals, first, second, (subjects, day))


def _whole(stack: ExitStack, files: Mapping[str, str], pack_id: str) -> Pack:
    pack, problems = stack.enter_context(as_pack(files, pack_id))
    wrong = len(problems_that_matter(problems))
    if pack is None or wrong:
        raise RefusedError(
            f"编码还有 {wrong} 处错误，改正后才能测算", f"the encoding has {wrong} fault(s); mend them first"
        )
    return pack


def _parts(
    first: Pack, second: Pack, subjects: int, when: tuple[int, date]
) -> Iterator[tuple[pa.Table, pa.Table]]:
    """The city part by part, in the vocabulary of each encoding; the same subjects on both sides."""
    ours = _tables(first, subjects, when)
    if first.vocabulary == second.vocabulary:
        yield from ((table, table) for table in ours)
    else:
        yield from zip(ours, _tables(second, subjects, when), strict=True)


def _tables(pack: Pack, subjects: int, when: tuple[int, date]) -> Iterator[pa.Table]:
    batches = batches_of(subjects, SEED, *when, pack.vocabulary)
    while part := list(islice(batches, BATCHES)):
        yield pa.Table.from_batches(part)


def _add(totals: _Totals, before: PopulationResult, after: PopulationResult, table: pa.Table) -> None:
    sums = _tally(totals.before, before), _tally(totals.after, after)
    change = sums[1] - sums[0]
    totals.winners += int(np.count_nonzero(change > 0))
    totals.losers += int(np.count_nonzero(change < 0))
    totals.gained += int(change[change > 0].sum())
    totals.lost -= int(change[change < 0].sum())
    districts = table.column("district").combine_chunks().cast(pa.string()).dictionary_encode()
    places = districts.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    for place, code in enumerate([*districts.dictionary.to_pylist(), ""]):
        here = places == (place if code else -1)
        held = totals.districts.setdefault(code, [0, 0])
        for side, found in enumerate(sums):
            held[side] += int(found[here].sum())


def _tally(held: dict[str, _Tally], result: PopulationResult) -> Array:
    """Add each benefit of a part, and give the fen paid to every subject of it."""
    paid = np.zeros(result.rows, dtype=np.int64)
    for bound in result.bound.benefits:
        columns, tally = result.benefits[bound.benefit.id], held.setdefault(bound.benefit.id, _Tally())
        tally.passed += int(np.count_nonzero(np.isin(columns.outcome, (ENTITLED, MAY_APPLY))))
        if bound.benefit.amount.is_paid:
            tally.fen += columns.total_fen
            known = columns.sums > 0
            paid[columns.rows[known]] += columns.sums[known]
    return paid


def _plain(totals: _Totals, first: Pack, second: Pack, city: tuple[int, date]) -> Plain:
    subjects, day = city
    benefits = {one.id: one for pack in (first, second) for one in pack.benefits}
    rows = [
        {
            "id": key,
            "title": {"zh": one.title.zh, "en": one.title.en},
            "ceiling": one.amount.kind == "up_to",
            "paid": one.amount.is_paid,
            "before": _side(totals.before.get(key)),
            "after": _side(totals.after.get(key)),
        }
        for key, one in benefits.items()
    ]
    return {
        "subjects": subjects,
        "benefits": rows,
        "before_fen": sum(one.fen for one in totals.before.values()),
        "after_fen": sum(one.fen for one in totals.after.values()),
        **{name: getattr(totals, name) for name in ("winners", "losers", "gained", "lost")},
        "districts": [
            {"code": code, "before": held[0], "after": held[1]}
            for code, held in sorted(totals.districts.items())
            if held != [0, 0]
        ],
        "in_force": [pack.valid[0] <= day <= pack.valid[1] for pack in (first, second)],
    }


def _side(tally: _Tally | None) -> Plain | None:
    return None if tally is None else {"passed": tally.passed, "fen": tally.fen}
