"""Dated series such as the LPR: one quote a calendar month, read from a CSV file with its source beside each line."""

from __future__ import annotations

import csv
from datetime import date
from fractions import Fraction
from importlib.resources import files
from pathlib import Path

from kechuang.policy.values import RATE_UNIT


def read_series(folder: Path, name: str, column: str) -> dict[tuple[int, int], Fraction]:
    """The rates of `column` (given in per cent) by (year, month).

    They come from the pack's own `<name>.csv` or else the reference data.

    Lines that begin with '#' are notes. Raises ValueError naming file, line and column for anything that is
    no dated rate,
    and for a month quoted twice; a month without a quote is simply absent, and so unknown.
    """
    own = folder / f"{name}.csv"
    path = own if own.exists() else Path(str(files("kechuang").joinpath("reference", f"{name}.csv")))
    if not path.exists():
        message = f"no series '{name}': neither {own.name} in the pack nor in the reference data"
        raise ValueError(message)
    lines = [
        line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")
    ]
    rows = csv.DictReader(lines)
    if not {"date", column} <= set(rows.fieldnames or ()):
        message = f"{path.name} needs the columns date and {column}, found {rows.fieldnames}"
        raise ValueError(message)
    quotes: dict[tuple[int, int], Fraction] = {}
    for number, row in enumerate(rows, start=2):
        try:
            day, rate = date.fromisoformat(row["date"]), Fraction(row[column]) / 100
        except (ValueError, TypeError, ZeroDivisionError):
            message = (
                f"{path.name} line {number}: expected a date and a rate in per cent, "
                f"found {row['date']!r}, {row[column]!r}"
            )
            raise ValueError(message) from None
        month = (day.year, day.month)
        if month in quotes or (rate * RATE_UNIT).denominator != 1:
            fault = "a second quote for the month" if month in quotes else "a rate finer than 0.0001%"
            message = f"{path.name} line {number}: {fault}"
            raise ValueError(message)
        quotes[month] = rate
    return quotes
