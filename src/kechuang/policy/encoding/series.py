"""Dated series such as the LPR: one quote a calendar month, read from a CSV file with its source beside each line."""

from __future__ import annotations

import csv
import re
from datetime import date
from fractions import Fraction
from importlib.resources import files
from pathlib import Path

from kechuang.policy.language.values import RATE_UNIT


def read_series(folder: Path, name: str, column: str) -> dict[tuple[int, int], Fraction]:
    """The rates of `column` (given in per cent) by (year, month).

    They come from the pack's own `<name>.csv` or else the reference data.

    Lines that begin with '#' are notes. Raises ValueError naming file, line and column for anything that is
    no dated rate, and for a month quoted twice; a month without a quote is simply absent, and so unknown.
    """
    if not name.isidentifier():
        message = f"'{name}' is no name of a series; expected a plain name such as lpr"
        raise ValueError(message)
    own = folder / f"{name}.csv"
    path = own if own.exists() else Path(str(files("kechuang").joinpath("reference", f"{name}.csv")))
    if not path.exists():
        message = f"no series '{name}': neither {own.name} in the pack nor in the reference data"
        raise ValueError(message)
    rows = [
        (number, _cells(line, path, number))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if line and not line.startswith("#")
    ]
    header = rows[0][1] if rows else []
    if not {"date", column} <= set(header):
        message = f"{path.name} needs the columns date and {column}, found {', '.join(header) or 'none'}"
        raise ValueError(message)
    quotes: dict[tuple[int, int], Fraction] = {}
    for number, cells in rows[1:]:
        row = dict(zip(header, cells, strict=False))
        try:
            day, rate = date.fromisoformat(row.get("date", "")), _rate(row.get(column, ""))
        except ValueError:
            message = (
                f"{path.name} line {number}: expected a date and a rate in per cent, "
                f"found {row.get('date')!r}, {row.get(column)!r}"
            )
            raise ValueError(message) from None
        month = (day.year, day.month)
        if month in quotes or (rate * RATE_UNIT).denominator != 1:
            fault = "a second quote for the month" if month in quotes else "a rate finer than 0.0001%"
            message = f"{path.name} line {number}: {fault}"
            raise ValueError(message)
        quotes[month] = rate
    return quotes


def _cells(line: str, path: Path, number: int) -> list[str]:
    try:
        return next(csv.reader([line], strict=True))
    except csv.Error as error:
        message = f"{path.name} line {number}: cannot be read as CSV: {error}"
        raise ValueError(message) from None


def _rate(text: str) -> Fraction:
    if not re.fullmatch(r"-?[0-9]{1,6}(\.[0-9]{1,8})?", text):
        raise ValueError(text)
    return Fraction(text) / 100
