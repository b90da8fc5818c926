"""Holds the population evaluator to the reference evaluator: outcome, reason and sum of every benefit of every case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kechuang.policy.cases.assessment import assess_bound
from kechuang.policy.columns.casting import to_table
from kechuang.policy.columns.population import NO_AMOUNT, NO_REASON, OUTCOMES, assess_columns
from kechuang.policy.encoding.binding import bind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from kechuang.policy.cases.outcome import Outcome
    from kechuang.policy.encoding.pack import Pack

CHUNKS = (
    8  # about so many, so that cases meet the ends of chunks; a chunk costs as much as a hundred cases in it
)
Answer = tuple["Outcome", str | None, int | None]


def answers(
    pack: Pack,
    cases: Sequence[Mapping[str, Any]],
    on: date,
    year: int,
    readings: Mapping[str, str] | None = None,
    parameters: Mapping[str, Any] | None = None,
) -> list[dict[str, Answer]]:
    """Each case's results by benefit; fails when the two evaluators differ anywhere."""
    bound = bind(pack, on, year, readings, parameters)
    chunk = max(7, len(cases) // CHUNKS)
    columns = assess_columns(bound, to_table(cases, pack.vocabulary), threads=1, chunk_rows=chunk)
    found = []
    for row, case in enumerate(cases):
        expected = {
            key: (result.outcome, result.because, result.amount)
            for key, result in assess_bound(bound, case).results.items()
        }
        for key, column in columns.items():
            because, amount = int(column.because[row]), int(column.amount[row])
            answer = (
                OUTCOMES[column.outcome[row]],
                None if because == NO_REASON else column.reasons[because],
                None if amount == NO_AMOUNT else amount,
            )
            assert answer == expected[key], f"{key} of {case}: population {answer}, reference {expected[key]}"
        found.append(expected)
    return found
