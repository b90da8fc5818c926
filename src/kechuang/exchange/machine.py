"""Results for machines, as JSON.

    {"pack": {"id", "hash", "title", "document"}, "on": "2024-06-01", "year": 2023,
     "readings": {"I-17": "two-intervals", …},
     "rows": {"in", "assessed", "refused"}, "subjects": {"in", "assessed", "refused"},
     "results": [{"uscc": …, "name": …, "benefits": {"9.rd_growth": {
         "outcome": "entitled" | "may_apply" | "undetermined" | "not_eligible" | "not_in_force",
         "amount_fen": whole number or absent,
         "because": key of the condition (or for, no_record, amount) or absent,
         "missing": [{"fact": "years.rd_spend", "year": 2022, "record": 1}],
         "short": {"gap": "12000000", "type": "money"}}}}],
     "refused": [{"subject", "name", "row", "faults": [{"sheet", "row", "column", "found", "expected", "remedy"}]}],
     "faults": […], "stated": [{"sheet", "column", "row", "how", "found", "read_as", "count"}],
     "totals": {"entitled_fen", "ceiling_fen", "benefits": {"9.rd_growth":
         {"subjects": {"entitled": 1, …}, "entitled_fen", "ceiling_fen"}}}}

`missing` and `short` are given for up to 20,000 subjects; records are counted from 1. A gap of money is in fen,
of a rate a fraction.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import IO, Any

from kechuang.exchange.intake import Fault, Intake
from kechuang.exchange.results import Line, SubjectResult, Totals
from kechuang.policy.cases.outcome import Missing
from kechuang.policy.encoding.binding import Bound


def write_json(
    file: IO[str], results: Iterable[SubjectResult], intake: Intake, totals: Totals, language: str = "zh"
) -> None:
    """Write the results as they come, then what was refused and the totals, which are complete by then."""
    head = json.dumps(run_of(totals.bound, intake), ensure_ascii=False)
    file.write(head[:-1] + ',\n"results": [')
    for number, result in enumerate(results):
        file.write(",\n" if number else "\n")
        json.dump(_subject(result), file, ensure_ascii=False)
        totals.add(result)
    tail = {
        "refused": [
            {
                "subject": one.subject,
                "name": one.name,
                "row": one.row,
                "faults": [_fault(fault, language) for fault in one.faults],
            }
            for one in intake.refused
        ],
        "faults": [_fault(fault, language) for fault in intake.faults],
        "stated": [
            {
                "sheet": one.sheet,
                "column": one.column,
                "row": one.row,
                "how": one.how.pick(language),
                "found": one.found,
                "read_as": one.read_as,
                "count": one.count,
            }
            for one in intake.stated
        ],
        "totals": totals_of(totals),
    }
    file.write("],\n" + json.dumps(tail, ensure_ascii=False)[1:] + "\n")


def run_of(bound: Bound, intake: Intake) -> dict[str, Any]:
    """What a result rests on: pack, day, year, readings, and the rows in, assessed and refused."""
    pack, refused = bound.pack, intake.subjects_refused
    return {
        "pack": {"id": pack.id, "hash": pack.hash, "title": pack.title.zh, "document": pack.document.number},
        "on": bound.on.isoformat(),
        "year": bound.year,
        "readings": dict(bound.readings),
        "rows": {"in": intake.rows_in, "assessed": intake.rows_used, "refused": intake.rows_refused},
        "subjects": {"in": intake.size + refused, "assessed": intake.size, "refused": refused},
    }


def totals_of(totals: Totals) -> dict[str, Any]:
    """The totals by benefit, sums in fen."""
    return {
        "entitled_fen": totals.entitled_fen,
        "ceiling_fen": totals.ceiling_fen,
        "benefits": {
            benefit_id: {
                "subjects": {str(outcome): count for outcome, count in total.subjects.items() if count},
                "entitled_fen": total.entitled_fen,
                "ceiling_fen": total.ceiling_fen,
            }
            for benefit_id, total in totals.benefits.items()
        },
    }


def _subject(result: SubjectResult) -> dict[str, Any]:
    benefits = {benefit_id: _line(line) for benefit_id, line in result.lines.items()}
    return {"uscc": result.code, "name": result.name, "benefits": benefits}


def _line(line: Line) -> dict[str, Any]:
    found: dict[str, Any] = {"outcome": str(line.outcome)}
    if line.amount is not None:
        found["amount_fen"] = line.amount
    if line.because is not None:
        found["because"] = line.because
    if line.missing:
        found["missing"] = [_missing(fact) for fact in line.missing]
    if line.short is not None:
        found["short"] = {"gap": str(line.short.gap), "type": line.short.type}
    return found


def _missing(fact: Missing) -> dict[str, Any]:
    found: dict[str, Any] = {"fact": fact.path}
    if fact.year is not None:
        found["year"] = fact.year
    if fact.index is not None:
        found["record"] = fact.index + 1
    return found


def _fault(fault: Fault, language: str) -> dict[str, Any]:
    return {
        "sheet": fault.sheet,
        "row": fault.row,
        "column": fault.column,
        "found": fault.found,
        "expected": fault.expected.pick(language),
        "remedy": fault.remedy.pick(language),
    }
